/* SPDX-License-Identifier: MIT */
#include "control/routes.h"

#include "control/admission.h"
#include "control/control.h"
#include "control/operations.h"
#include "request/index.h"
#include "service/resources.h"
#include "util/count.h"

/* The first that matches is taken. */
static const struct route routes[] = {
	{ "GET", "/_emulator/info", .operation = &control_info },
	{ "GET", "/_emulator", .operation = &operation_index, .open = true },
	{ "GET", "/_emulator/", .operation = &operation_index, .open = true },
	{ "GET", "/_emulator/openapi.json", .operation = &control_describe_control, .open = true },
	{ "GET", "/_emulator/openapi/supersim_v1.json", .operation = &control_describe_supersim,
		.open = true },
	{ "POST", "/_emulator/reset", .operation = &control_reset },
	{ "GET", "/_emulator/accounts", .operation = &control_list_accounts },
	{ "POST", "/_emulator/accounts", .operation = &control_create_account,
		.body_maximum = STATE_DOCUMENT_MAXIMUM },
	{ "DELETE", "/_emulator/accounts/{Sid}", .operation = &control_delete_account },
	{ "POST", "/_emulator/accounts/{Sid}/fork", .operation = &control_fork_account },
	{ "GET", "/_emulator/state", .operation = &control_export_state },
	{ "PUT", "/_emulator/state", .operation = &control_import_state,
		.body_maximum = STATE_DOCUMENT_MAXIMUM },
	{ "DELETE", "/_emulator/fleets/{Sid}", .operation = &control_delete_fleet,
		.resource = &fleet_resource },
	{ "GET", "/_emulator/clock", .operation = &control_show_clock },
	{ "PUT", "/_emulator/clock", .operation = &control_set_clock },
	{ "POST", "/_emulator/clock/advance", .operation = &control_advance_clock },
	{ "GET", "/_emulator/sims/{Sid}", .operation = &control_show_sim,
		.resource = &sim_resource },
	{ "POST", "/_emulator/sims/{Sid}/sms-commands", .operation = &control_send_sms,
		.resource = &sms_command_resource },
	{ "POST", "/_emulator/sims/{Sid}/ip-commands", .operation = &control_send_ip,
		.resource = &ip_command_resource },
	{ "POST", "/_emulator/sims/{Sid}/usage", .operation = &control_use_data,
		.resource = &sim_resource },
	{ "POST", "/_emulator/sims/{Sid}/usage/generate", .operation = &control_generate_usage,
		.resource = &sim_resource },
	{ "POST", "/_emulator/sims/{Sid}/settings-updates",
		.operation = &control_schedule_settings_update,
		.resource = &settings_update_resource },
	{ "POST", "/_emulator/sims/{Sid}/attach", .operation = &control_attach,
		.resource = &sim_resource },
	{ "POST", "/_emulator/sims/{Sid}/detach", .operation = &control_detach,
		.resource = &sim_resource },
	{ "PUT", "/_emulator/sims/{Sid}/device", .operation = &control_set_device,
		.resource = &sim_resource },
	{ "POST", "/_emulator/esim-profiles/{Sid}/download",
		.operation = &control_download_esim_profile, .resource = &esim_profile_resource },
	{ "POST", "/_emulator/esim-profiles/{Sid}/install",
		.operation = &control_install_esim_profile, .resource = &esim_profile_resource },
	{ "POST", "/_emulator/esim-profiles/{Sid}/fail", .operation = &control_fail_esim_profile,
		.resource = &esim_profile_resource },
	{ "GET", "/_emulator/deliveries", .operation = &control_list_deliveries,
		.resource = &delivery_resource },
	{ "GET", "/_emulator/deliveries/{Sid}", .operation = &control_show_delivery,
		.resource = &delivery_resource },
	{ "GET", "/_emulator/deliveries/{Sid}/attempts/{number}",
		.operation = &control_show_attempt, .resource = &delivery_attempt_resource },
	{ "POST", "/_emulator/deliveries/replay", .operation = &control_replay_deliveries,
		.resource = &delivery_resource },
	{ "POST", "/_emulator/deliveries/{Sid}/replay", .operation = &control_replay_delivery,
		.resource = &delivery_resource },
	{ "PUT", "/_emulator/sinks/{name}", .operation = &control_put_sink,
		.resource = &sink_resource },
	{ "DELETE", "/_emulator/sinks/{name}", .operation = &control_delete_sink,
		.resource = &sink_resource },
	{ "GET", "/_emulator/sinks/{name}/received", .operation = &control_list_received,
		.resource = &sink_request_resource },
	{ "GET", "/_emulator/sinks/{name}/received/{Sid}", .operation = &control_show_received,
		.resource = &sink_request_resource },
	{ "GET", "/_emulator/requests", .operation = &control_list_requests },
	{ "DELETE", "/_emulator/requests", .operation = &control_clear_requests },
	{ "GET", "/_emulator/requests/{Sid}", .operation = &control_show_request },
	{ "POST", "/_emulator/requests/verify", .operation = &control_verify_requests },
	{ "*", "/_emulator/sinks/{name}/in", .operation = &control_receive,
		.resource = &sink_resource, .open = true, .body_maximum = FORM_MAXIMUM },
	{ "GET", "/_emulator/warnings", .operation = &control_list_warnings },
	{ "DELETE", "/_emulator/warnings", .operation = &control_clear_warnings },
};

const struct section control_v1_section = {
	.prefix = "/_emulator/v1",
	.mount = "/_emulator",
	.body_maximum = FORM_MAXIMUM,
	.is_control = true,
	.admit = control_admit_v1,
	.add_error = control_add_error,
	.error_without_memory =
		"{\"error\":\"Internal Server Error\",\"field\":null,\"hint\":null}",
};

const struct section control_section = {
	.prefix = "/_emulator",
	.routes = routes,
	.route_count = COUNT_OF(routes),
	.body_maximum = DOCUMENT_MAXIMUM,
	.is_control = true,
	.admit = control_admit,
	.add_error = control_add_error,
	.error_without_memory =
		"{\"error\":\"Internal Server Error\",\"field\":null,\"hint\":null}",
};
