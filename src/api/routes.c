/* SPDX-License-Identifier: MIT */
#include "api/route.h"

#include <string.h>

#include "api/operations.h"
#include "util/percent.h"

/* The first that matches is taken: what clients ask for most stands first. */
static const struct route routes[] = {
	{ "GET", "/v1/Fleets", &operation_list, &fleet_resource, false },
	{ "POST", "/v1/Fleets", &operation_create, &fleet_resource, false },
	{ "GET", "/v1/Fleets/{Sid}", &operation_fetch, &fleet_resource, false },
	{ "POST", "/v1/Fleets/{Sid}", &operation_update, &fleet_resource, false },
	{ "GET", "/v1/NetworkAccessProfiles", &operation_list, &network_access_profile_resource,
		false },
	{ "POST", "/v1/NetworkAccessProfiles", &operation_create, &network_access_profile_resource,
		false },
	{ "GET", "/v1/NetworkAccessProfiles/{Sid}", &operation_fetch,
		&network_access_profile_resource, false },
	{ "POST", "/v1/NetworkAccessProfiles/{Sid}", &operation_update,
		&network_access_profile_resource, false },
	{ "GET", "/v1/Sims", &operation_list, &sim_resource, false },
	{ "POST", "/v1/Sims", &operation_create, &sim_resource, false },
	{ "GET", "/v1/Sims/{Sid}", &operation_fetch, &sim_resource, false },
	{ "POST", "/v1/Sims/{Sid}", &operation_update, &sim_resource, false },
	{ "GET", "/v1/SmsCommands", &operation_list, &sms_command_resource, false },
	{ "POST", "/v1/SmsCommands", &operation_create, &sms_command_resource, false },
	{ "GET", "/v1/SmsCommands/{Sid}", &operation_fetch, &sms_command_resource, false },
	{ "GET", "/v1/IpCommands", &operation_list, &ip_command_resource, false },
	{ "POST", "/v1/IpCommands", &operation_create, &ip_command_resource, false },
	{ "GET", "/v1/IpCommands/{Sid}", &operation_fetch, &ip_command_resource, false },
	{ "GET", "/livez", &operation_live, NULL, true },
	{ "GET", "/healthz", &operation_ready, NULL, true },
	{ "GET", "/readyz", &operation_ready, NULL, true },
	{ "GET", "/metrics", &operation_metrics, NULL, true },

	{ "GET", "/_emulator/info", &control_info, NULL, false },
	{ "POST", "/_emulator/reset", &control_reset, NULL, false },
	{ "GET", "/_emulator/accounts", &control_list_accounts, NULL, false },
	{ "POST", "/_emulator/accounts", &control_create_account, NULL, false },
	{ "DELETE", "/_emulator/accounts/{Sid}", &control_delete_account, NULL, false },
	{ "POST", "/_emulator/accounts/{Sid}/fork", &control_fork_account, NULL, false },
	{ "GET", "/_emulator/state", &control_export_state, NULL, false },
	{ "PUT", "/_emulator/state", &control_import_state, NULL, false },
	{ "DELETE", "/_emulator/fleets/{Sid}", &control_delete_fleet, &fleet_resource, false },
	{ "GET", "/_emulator/clock", &control_show_clock, NULL, false },
	{ "PUT", "/_emulator/clock", &control_set_clock, NULL, false },
	{ "POST", "/_emulator/clock/advance", &control_advance_clock, NULL, false },
	{ "GET", "/_emulator/sims/{Sid}", &control_show_sim, &sim_resource, false },
	{ "POST", "/_emulator/sims/{Sid}/sms-commands", &control_send_sms, &sms_command_resource,
		false },
	{ "POST", "/_emulator/sims/{Sid}/ip-commands", &control_send_ip, &ip_command_resource,
		false },
	{ "POST", "/_emulator/sims/{Sid}/usage", &control_use_data, &sim_resource, false },
	{ "POST", "/_emulator/sims/{Sid}/attach", &control_attach, &sim_resource, false },
	{ "POST", "/_emulator/sims/{Sid}/detach", &control_detach, &sim_resource, false },
	{ "PUT", "/_emulator/sims/{Sid}/device", &control_set_device, &sim_resource, false },
	{ "GET", "/_emulator/deliveries", &control_list_deliveries, &delivery_resource, false },
	{ "GET", "/_emulator/deliveries/{Sid}", &control_show_delivery, &delivery_resource, false },
	{ "POST", "/_emulator/deliveries/replay", &control_replay_deliveries, &delivery_resource,
		false },
	{ "POST", "/_emulator/deliveries/{Sid}/replay", &control_replay_delivery,
		&delivery_resource, false },
	{ "PUT", "/_emulator/sinks/{name}", &control_put_sink, &sink_resource, false },
	{ "DELETE", "/_emulator/sinks/{name}", &control_delete_sink, &sink_resource, false },
	{ "GET", "/_emulator/sinks/{name}/received", &control_list_received, &sink_request_resource,
		false },
	{ "*", "/_emulator/sinks/{name}/in", &control_receive, &sink_resource, true },
};

enum { ROUTE_COUNT = sizeof(routes) / sizeof(routes[0]) };

/*
 * Compares a path with a route's. A variable segment must not be empty; its text goes to
 * `ret_segment`. Literal segments are compared as sent: nobody escapes letters that need none.
 */
static bool matches(
	const char *pattern, const char *path, const char **ret_segment, size_t *ret_length)
{
	while (*pattern != '\0') {
		if (*pattern != '{') {
			if (*pattern++ != *path++)
				return false;
			continue;
		}
		pattern += strcspn(pattern, "}") + 1;
		const size_t length = strcspn(path, "/");
		if (length == 0)
			return false;
		*ret_segment = path;
		*ret_length = length;
		path += length;
	}
	return *path == '\0';
}

/* Decodes the path's variable segment into the request. False for a malformed one. */
static bool take_identifier(struct request *request, const char *segment, size_t length)
{
	char *identifier = arena_copy(&request->arena, segment, length);
	size_t decoded;
	if (identifier == NULL || !percent_decode(identifier, length, false, &decoded))
		return false;
	request->identifier = identifier;
	return true;
}

/* The methods that a path has, as the Allow header lists them. NULL without memory. */
static const char *allowed_methods(struct arena *arena, const char *path)
{
	struct strbuf allow;
	strbuf_init(&allow, 256);
	for (size_t i = 0; i < ROUTE_COUNT; i++) {
		const char *segment;
		size_t length;
		if (!matches(routes[i].path, path, &segment, &length))
			continue;
		strbuf_add_text(&allow, allow.length > 0 ? ", " : "");
		strbuf_add_text(&allow, routes[i].method);
	}
	const char *copy = allow.failed ? NULL : arena_copy(arena, allow.data, allow.length);
	strbuf_done(&allow);
	return copy;
}

enum route_result route_find(struct request *request, const char **ret_allow)
{
	bool known = false;
	for (size_t i = 0; i < ROUTE_COUNT; i++) {
		const struct route *route = &routes[i];
		const char *segment = NULL;
		size_t length = 0;
		if (!matches(route->path, request->path, &segment, &length))
			continue;
		known = true;
		if (strcmp(route->method, request->method) != 0 && strcmp(route->method, "*") != 0)
			continue;
		if (segment != NULL && !take_identifier(request, segment, length))
			return ROUTE_UNKNOWN_PATH;
		request->route = route;
		return ROUTE_FOUND;
	}
	if (known)
		*ret_allow = allowed_methods(&request->arena, request->path);
	return known ? ROUTE_WRONG_METHOD : ROUTE_UNKNOWN_PATH;
}

size_t api_route_number(const struct request *request)
{
	return request->route != NULL ? (size_t)(request->route - routes) : ROUTE_COUNT;
}

bool api_route_name(size_t number, const char **ret_method, const char **ret_path)
{
	const bool known = number < ROUTE_COUNT;
	*ret_method = known ? routes[number].method : "";
	*ret_path = known ? routes[number].path : "";
	return number <= ROUTE_COUNT;
}
