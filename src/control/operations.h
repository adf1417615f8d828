/* SPDX-License-Identifier: MIT */
/* The operations of the control API: what the real service does not have. */
#ifndef CONTROL_OPERATIONS_H
#define CONTROL_OPERATIONS_H

#include "request/route.h"

extern const struct operation control_info; /* info.c */
extern const struct operation control_show_authority, control_show_bundle,
	control_show_java_store; /* authority.c */
extern const struct operation control_reset, control_list_accounts, control_show_account,
	control_create_account, control_delete_account, control_fork_account, control_export_state,
	control_import_state, control_delete_fleet; /* accounts.c */
extern const struct operation control_show_clock, control_set_clock,
	control_advance_clock; /* clock.c */
extern const struct operation control_show_sim, control_send_sms, control_send_ip, control_use_data,
	control_generate_usage, control_attach, control_detach, control_set_device; /* sims.c */
extern const struct operation control_download_esim_profile, control_install_esim_profile,
	control_fail_esim_profile, control_schedule_settings_update; /* provisioning.c */
extern const struct operation control_list_deliveries, control_show_delivery, control_show_attempt,
	control_replay_delivery, control_replay_deliveries; /* deliveries.c */
extern const struct operation control_list_sinks, control_put_sink, control_delete_sink,
	control_list_received, control_show_received, control_receive;	     /* sinks.c */
extern const struct operation control_list_warnings, control_clear_warnings; /* warnings.c */
extern const struct operation control_list_requests, control_show_request,
	control_clear_requests;			       /* requests.c */
extern const struct operation control_verify_requests; /* verify.c */
extern const struct operation control_list_faults, control_replace_faults, control_clear_faults,
	control_add_fault, control_remove_fault, control_show_limits,
	control_set_limits;							   /* faults.c */
extern const struct operation control_describe_control, control_describe_supersim; /* openapi.c */
extern const struct operation control_wait;					   /* wait.c */
extern const struct operation control_listen;					   /* events.c */

#endif
