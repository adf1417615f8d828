/* SPDX-License-Identifier: MIT */
#include "api/routes.h"

#include "api/operations.h"
#include "request/authenticate.h"
#include "request/index.h"
#include "request/json.h"
#include "service/resources.h"
#include "util/count.h"

/* The first that matches is taken: what clients ask for most stands first. */
static const struct route routes[] = {
	{ "GET", "/v1/Fleets", &operation_list, &fleet_resource, .id = "ListFleet",
		.basis = BASIS_DOCUMENTED },
	{ "POST", "/v1/Fleets", &operation_create, &fleet_resource, .id = "CreateFleet",
		.basis = BASIS_DOCUMENTED },
	{ "GET", "/v1/Fleets/{Sid}", &operation_fetch, &fleet_resource, .id = "FetchFleet",
		.basis = BASIS_DOCUMENTED },
	{ "POST", "/v1/Fleets/{Sid}", &operation_update, &fleet_resource, .id = "UpdateFleet",
		.basis = BASIS_DOCUMENTED },
	{ "GET", "/v1/NetworkAccessProfiles", &operation_list, &network_access_profile_resource,
		.id = "ListNetworkAccessProfile", .basis = BASIS_DOCUMENTED },
	{ "POST", "/v1/NetworkAccessProfiles", &operation_create, &network_access_profile_resource,
		.id = "CreateNetworkAccessProfile", .basis = BASIS_DOCUMENTED },
	{ "GET", "/v1/NetworkAccessProfiles/{Sid}", &operation_fetch,
		&network_access_profile_resource, .id = "FetchNetworkAccessProfile",
		.basis = BASIS_DOCUMENTED },
	{ "POST", "/v1/NetworkAccessProfiles/{Sid}", &operation_update,
		&network_access_profile_resource, .id = "UpdateNetworkAccessProfile",
		.basis = BASIS_DOCUMENTED },
	{ "GET", "/v1/Sims", &operation_list, &sim_resource, .id = "ListSim",
		.basis = BASIS_DOCUMENTED },
	{ "POST", "/v1/Sims", &operation_create, &sim_resource, .id = "CreateSim",
		.basis = BASIS_DOCUMENTED },
	{ "GET", "/v1/Sims/{Sid}", &operation_fetch, &sim_resource, .id = "FetchSim",
		.basis = BASIS_DOCUMENTED },
	{ "POST", "/v1/Sims/{Sid}", &operation_update, &sim_resource, .id = "UpdateSim",
		.basis = BASIS_DOCUMENTED, .may_wait = true },
	{ "GET", "/v1/SmsCommands", &operation_list, &sms_command_resource, .id = "ListSmsCommand",
		.basis = BASIS_DOCUMENTED },
	{ "POST", "/v1/SmsCommands", &operation_create, &sms_command_resource,
		.id = "CreateSmsCommand", .basis = BASIS_DOCUMENTED },
	{ "GET", "/v1/SmsCommands/{Sid}", &operation_fetch, &sms_command_resource,
		.id = "FetchSmsCommand", .basis = BASIS_DOCUMENTED },
	{ "GET", "/v1/IpCommands", &operation_list, &ip_command_resource, .id = "ListIpCommand",
		.basis = BASIS_DOCUMENTED },
	{ "POST", "/v1/IpCommands", &operation_create, &ip_command_resource,
		.id = "CreateIpCommand", .basis = BASIS_DOCUMENTED },
	{ "GET", "/v1/IpCommands/{Sid}", &operation_fetch, &ip_command_resource,
		.id = "FetchIpCommand", .basis = BASIS_DOCUMENTED },
	{ "GET", "/v1/Sims/{Parent}/BillingPeriods", &operation_list, &billing_period_resource,
		.id = "ListBillingPeriod", .basis = BASIS_DOCUMENTED },
	{ "GET", "/v1/Sims/{Parent}/IpAddresses", &operation_list, &ip_address_resource,
		.id = "ListSimIpAddress", .basis = BASIS_DOCUMENTED },
	{ "GET", "/v1/NetworkAccessProfiles/{Parent}/Networks", &operation_list,
		&network_access_profile_network_resource, .id = "ListNetworkAccessProfileNetwork",
		.basis = BASIS_DOCUMENTED },
	{ "POST", "/v1/NetworkAccessProfiles/{Parent}/Networks", &operation_create,
		&network_access_profile_network_resource, .id = "CreateNetworkAccessProfileNetwork",
		.basis = BASIS_DOCUMENTED },
	{ "GET", "/v1/NetworkAccessProfiles/{Parent}/Networks/{Sid}", &operation_fetch,
		&network_access_profile_network_resource, .id = "FetchNetworkAccessProfileNetwork",
		.basis = BASIS_DOCUMENTED },
	{ "DELETE", "/v1/NetworkAccessProfiles/{Parent}/Networks/{Sid}", &operation_remove,
		&network_access_profile_network_resource, .id = "DeleteNetworkAccessProfileNetwork",
		.basis = BASIS_DOCUMENTED },
	{ "GET", "/v1/Networks", &operation_list, &network_resource, .id = "ListNetwork",
		.basis = BASIS_DOCUMENTED },
	{ "GET", "/v1/Networks/{Sid}", &operation_fetch, &network_resource, .id = "FetchNetwork",
		.basis = BASIS_DOCUMENTED },
	{ "GET", "/v1/UsageRecords", &operation_list, &usage_record_resource,
		.id = "ListUsageRecord", .basis = BASIS_DOCUMENTED },
	{ "GET", "/v1/ESimProfiles", &operation_list, &esim_profile_resource,
		.id = "ListEsimProfile", .basis = BASIS_DOCUMENTED },
	{ "POST", "/v1/ESimProfiles", &operation_create, &esim_profile_resource,
		.id = "CreateEsimProfile", .basis = BASIS_DOCUMENTED },
	{ "GET", "/v1/ESimProfiles/{Sid}", &operation_fetch, &esim_profile_resource,
		.id = "FetchEsimProfile", .basis = BASIS_DOCUMENTED },
	{ "GET", "/v1/SettingsUpdates", &operation_list, &settings_update_resource,
		.id = "ListSettingsUpdate", .basis = BASIS_DOCUMENTED },
	{ "GET", "/", .operation = &operation_index, .open = true },
	{ "GET", "/livez", .operation = &operation_live, .open = true },
	{ "GET", "/healthz", .operation = &operation_ready, .open = true },
	{ "GET", "/readyz", .operation = &operation_ready, .open = true },
	{ "GET", "/metrics", .operation = &operation_metrics, .open = true },
};

static struct api_error admit(struct request *request, bool open)
{
	return open ? error_none()
		    : authenticate(request->emulator->registry, request->authorization,
			      &request->arena, request->credentials, &request->caller);
}

static void add_error(struct request *request, const struct api_error *error)
{
	json_add_error(&request->reply.body, error);
}

const struct section api_section = {
	.prefix = "",
	.routes = routes,
	.route_count = COUNT_OF(routes),
	.body_maximum = FORM_MAXIMUM,
	.admit = admit,
	.add_error = add_error,
	.error_without_memory =
		"{\"code\":20500,\"message\":\"Internal Server Error\",\"more_info\":"
		"\"https://www.twilio.com/docs/errors/20500\",\"status\":500}",
};
