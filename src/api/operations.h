/* SPDX-License-Identifier: MIT */
/* The operations that the endpoint table is made of. */
#ifndef API_OPERATIONS_H
#define API_OPERATIONS_H

#include "request/route.h"

/* For any resource, as its description says (resources.c). */
extern const struct operation operation_list;
extern const struct operation operation_create;
extern const struct operation operation_fetch;
extern const struct operation operation_update;
extern const struct operation operation_remove;

/* Health (health.c). */
extern const struct operation operation_live;
extern const struct operation operation_ready;

/* The control API: what the real service does not have. */
extern const struct operation operation_metrics, control_info; /* control_info.c */
extern const struct operation control_reset, control_list_accounts, control_create_account,
	control_delete_account, control_fork_account, control_export_state, control_import_state,
	control_delete_fleet; /* control_accounts.c */
extern const struct operation control_show_clock, control_set_clock,
	control_advance_clock; /* control_clock.c */
extern const struct operation control_show_sim, control_send_sms, control_send_ip, control_use_data,
	control_generate_usage, control_attach, control_detach,
	control_set_device; /* control_sims.c */
extern const struct operation control_download_esim_profile, control_install_esim_profile,
	control_fail_esim_profile, control_schedule_settings_update; /* control_provisioning.c */
extern const struct operation control_list_deliveries, control_show_delivery, control_show_attempt,
	control_replay_delivery, control_replay_deliveries; /* control_deliveries.c */
extern const struct operation control_put_sink, control_delete_sink, control_list_received,
	control_show_received, control_receive; /* control_sinks.c */

#endif
