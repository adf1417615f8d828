/* SPDX-License-Identifier: MIT */
#include "request/route.h"
#include "service/resources.h"

#include <string.h>

#include "api/operations.h"
#include "util/count.h"
#include "util/percent.h"

/* The first that matches is taken: what clients ask for most stands first. */
static const struct route routes[] = {
	{ "GET", "/v1/Fleets", &operation_list, &fleet_resource, false, BASIS_DOCUMENTED,
		API_FORM_MAXIMUM },
	{ "POST", "/v1/Fleets", &operation_create, &fleet_resource, false, BASIS_DOCUMENTED,
		API_FORM_MAXIMUM },
	{ "GET", "/v1/Fleets/{Sid}", &operation_fetch, &fleet_resource, false, BASIS_DOCUMENTED,
		API_FORM_MAXIMUM },
	{ "POST", "/v1/Fleets/{Sid}", &operation_update, &fleet_resource, false, BASIS_DOCUMENTED,
		API_FORM_MAXIMUM },
	{ "GET", "/v1/NetworkAccessProfiles", &operation_list, &network_access_profile_resource,
		false, BASIS_DOCUMENTED, API_FORM_MAXIMUM },
	{ "POST", "/v1/NetworkAccessProfiles", &operation_create, &network_access_profile_resource,
		false, BASIS_DOCUMENTED, API_FORM_MAXIMUM },
	{ "GET", "/v1/NetworkAccessProfiles/{Sid}", &operation_fetch,
		&network_access_profile_resource, false, BASIS_DOCUMENTED, API_FORM_MAXIMUM },
	{ "POST", "/v1/NetworkAccessProfiles/{Sid}", &operation_update,
		&network_access_profile_resource, false, BASIS_DOCUMENTED, API_FORM_MAXIMUM },
	{ "GET", "/v1/Sims", &operation_list, &sim_resource, false, BASIS_DOCUMENTED,
		API_FORM_MAXIMUM },
	{ "POST", "/v1/Sims", &operation_create, &sim_resource, false, BASIS_DOCUMENTED,
		API_FORM_MAXIMUM },
	{ "GET", "/v1/Sims/{Sid}", &operation_fetch, &sim_resource, false, BASIS_DOCUMENTED,
		API_FORM_MAXIMUM },
	{ "POST", "/v1/Sims/{Sid}", &operation_update, &sim_resource, false, BASIS_DOCUMENTED,
		API_FORM_MAXIMUM },
	{ "GET", "/v1/SmsCommands", &operation_list, &sms_command_resource, false, BASIS_DOCUMENTED,
		API_FORM_MAXIMUM },
	{ "POST", "/v1/SmsCommands", &operation_create, &sms_command_resource, false,
		BASIS_DOCUMENTED, API_FORM_MAXIMUM },
	{ "GET", "/v1/SmsCommands/{Sid}", &operation_fetch, &sms_command_resource, false,
		BASIS_DOCUMENTED, API_FORM_MAXIMUM },
	{ "GET", "/v1/IpCommands", &operation_list, &ip_command_resource, false, BASIS_DOCUMENTED,
		API_FORM_MAXIMUM },
	{ "POST", "/v1/IpCommands", &operation_create, &ip_command_resource, false,
		BASIS_DOCUMENTED, API_FORM_MAXIMUM },
	{ "GET", "/v1/IpCommands/{Sid}", &operation_fetch, &ip_command_resource, false,
		BASIS_DOCUMENTED, API_FORM_MAXIMUM },
	{ "GET", "/v1/Sims/{Parent}/BillingPeriods", &operation_list, &billing_period_resource,
		false, BASIS_DOCUMENTED, API_FORM_MAXIMUM },
	{ "GET", "/v1/Sims/{Parent}/IpAddresses", &operation_list, &ip_address_resource, false,
		BASIS_DOCUMENTED, API_FORM_MAXIMUM },
	{ "GET", "/v1/NetworkAccessProfiles/{Parent}/Networks", &operation_list,
		&network_access_profile_network_resource, false, BASIS_DOCUMENTED,
		API_FORM_MAXIMUM },
	{ "POST", "/v1/NetworkAccessProfiles/{Parent}/Networks", &operation_create,
		&network_access_profile_network_resource, false, BASIS_DOCUMENTED,
		API_FORM_MAXIMUM },
	{ "GET", "/v1/NetworkAccessProfiles/{Parent}/Networks/{Sid}", &operation_fetch,
		&network_access_profile_network_resource, false, BASIS_DOCUMENTED,
		API_FORM_MAXIMUM },
	{ "DELETE", "/v1/NetworkAccessProfiles/{Parent}/Networks/{Sid}", &operation_remove,
		&network_access_profile_network_resource, false, BASIS_DOCUMENTED,
		API_FORM_MAXIMUM },
	{ "GET", "/v1/Networks", &operation_list, &network_resource, false, BASIS_DOCUMENTED,
		API_FORM_MAXIMUM },
	{ "GET", "/v1/Networks/{Sid}", &operation_fetch, &network_resource, false, BASIS_DOCUMENTED,
		API_FORM_MAXIMUM },
	{ "GET", "/v1/UsageRecords", &operation_list, &usage_record_resource, false,
		BASIS_DOCUMENTED, API_FORM_MAXIMUM },
	{ "GET", "/v1/ESimProfiles", &operation_list, &esim_profile_resource, false,
		BASIS_DOCUMENTED, API_FORM_MAXIMUM },
	{ "POST", "/v1/ESimProfiles", &operation_create, &esim_profile_resource, false,
		BASIS_DOCUMENTED, API_FORM_MAXIMUM },
	{ "GET", "/v1/ESimProfiles/{Sid}", &operation_fetch, &esim_profile_resource, false,
		BASIS_DOCUMENTED, API_FORM_MAXIMUM },
	{ "GET", "/v1/SettingsUpdates", &operation_list, &settings_update_resource, false,
		BASIS_DOCUMENTED, API_FORM_MAXIMUM },
	{ "GET", "/livez", &operation_live, NULL, true, BASIS_NONE, API_FORM_MAXIMUM },
	{ "GET", "/healthz", &operation_ready, NULL, true, BASIS_NONE, API_FORM_MAXIMUM },
	{ "GET", "/readyz", &operation_ready, NULL, true, BASIS_NONE, API_FORM_MAXIMUM },
	{ "GET", "/metrics", &operation_metrics, NULL, true, BASIS_NONE, API_FORM_MAXIMUM },

	{ "GET", "/_emulator/info", &control_info, NULL, false, BASIS_NONE, API_DOCUMENT_MAXIMUM },
	{ "POST", "/_emulator/reset", &control_reset, NULL, false, BASIS_NONE,
		API_DOCUMENT_MAXIMUM },
	{ "GET", "/_emulator/accounts", &control_list_accounts, NULL, false, BASIS_NONE,
		API_DOCUMENT_MAXIMUM },
	{ "POST", "/_emulator/accounts", &control_create_account, NULL, false, BASIS_NONE,
		API_STATE_MAXIMUM },
	{ "DELETE", "/_emulator/accounts/{Sid}", &control_delete_account, NULL, false, BASIS_NONE,
		API_DOCUMENT_MAXIMUM },
	{ "POST", "/_emulator/accounts/{Sid}/fork", &control_fork_account, NULL, false, BASIS_NONE,
		API_DOCUMENT_MAXIMUM },
	{ "GET", "/_emulator/state", &control_export_state, NULL, false, BASIS_NONE,
		API_DOCUMENT_MAXIMUM },
	{ "PUT", "/_emulator/state", &control_import_state, NULL, false, BASIS_NONE,
		API_STATE_MAXIMUM },
	{ "DELETE", "/_emulator/fleets/{Sid}", &control_delete_fleet, &fleet_resource, false,
		BASIS_NONE, API_DOCUMENT_MAXIMUM },
	{ "GET", "/_emulator/clock", &control_show_clock, NULL, false, BASIS_NONE,
		API_DOCUMENT_MAXIMUM },
	{ "PUT", "/_emulator/clock", &control_set_clock, NULL, false, BASIS_NONE,
		API_DOCUMENT_MAXIMUM },
	{ "POST", "/_emulator/clock/advance", &control_advance_clock, NULL, false, BASIS_NONE,
		API_DOCUMENT_MAXIMUM },
	{ "GET", "/_emulator/sims/{Sid}", &control_show_sim, &sim_resource, false, BASIS_NONE,
		API_DOCUMENT_MAXIMUM },
	{ "POST", "/_emulator/sims/{Sid}/sms-commands", &control_send_sms, &sms_command_resource,
		false, BASIS_NONE, API_DOCUMENT_MAXIMUM },
	{ "POST", "/_emulator/sims/{Sid}/ip-commands", &control_send_ip, &ip_command_resource,
		false, BASIS_NONE, API_DOCUMENT_MAXIMUM },
	{ "POST", "/_emulator/sims/{Sid}/usage", &control_use_data, &sim_resource, false,
		BASIS_NONE, API_DOCUMENT_MAXIMUM },
	{ "POST", "/_emulator/sims/{Sid}/usage/generate", &control_generate_usage, &sim_resource,
		false, BASIS_NONE, API_DOCUMENT_MAXIMUM },
	{ "POST", "/_emulator/sims/{Sid}/settings-updates", &control_schedule_settings_update,
		&settings_update_resource, false, BASIS_NONE, API_DOCUMENT_MAXIMUM },
	{ "POST", "/_emulator/sims/{Sid}/attach", &control_attach, &sim_resource, false, BASIS_NONE,
		API_DOCUMENT_MAXIMUM },
	{ "POST", "/_emulator/sims/{Sid}/detach", &control_detach, &sim_resource, false, BASIS_NONE,
		API_DOCUMENT_MAXIMUM },
	{ "PUT", "/_emulator/sims/{Sid}/device", &control_set_device, &sim_resource, false,
		BASIS_NONE, API_DOCUMENT_MAXIMUM },
	{ "POST", "/_emulator/esim-profiles/{Sid}/download", &control_download_esim_profile,
		&esim_profile_resource, false, BASIS_NONE, API_DOCUMENT_MAXIMUM },
	{ "POST", "/_emulator/esim-profiles/{Sid}/install", &control_install_esim_profile,
		&esim_profile_resource, false, BASIS_NONE, API_DOCUMENT_MAXIMUM },
	{ "POST", "/_emulator/esim-profiles/{Sid}/fail", &control_fail_esim_profile,
		&esim_profile_resource, false, BASIS_NONE, API_DOCUMENT_MAXIMUM },
	{ "GET", "/_emulator/deliveries", &control_list_deliveries, &delivery_resource, false,
		BASIS_NONE, API_DOCUMENT_MAXIMUM },
	{ "GET", "/_emulator/deliveries/{Sid}", &control_show_delivery, &delivery_resource, false,
		BASIS_NONE, API_DOCUMENT_MAXIMUM },
	{ "GET", "/_emulator/deliveries/{Sid}/attempts/{number}", &control_show_attempt,
		&delivery_attempt_resource, false, BASIS_NONE, API_DOCUMENT_MAXIMUM },
	{ "POST", "/_emulator/deliveries/replay", &control_replay_deliveries, &delivery_resource,
		false, BASIS_NONE, API_DOCUMENT_MAXIMUM },
	{ "POST", "/_emulator/deliveries/{Sid}/replay", &control_replay_delivery,
		&delivery_resource, false, BASIS_NONE, API_DOCUMENT_MAXIMUM },
	{ "PUT", "/_emulator/sinks/{name}", &control_put_sink, &sink_resource, false, BASIS_NONE,
		API_DOCUMENT_MAXIMUM },
	{ "DELETE", "/_emulator/sinks/{name}", &control_delete_sink, &sink_resource, false,
		BASIS_NONE, API_DOCUMENT_MAXIMUM },
	{ "GET", "/_emulator/sinks/{name}/received", &control_list_received, &sink_request_resource,
		false, BASIS_NONE, API_DOCUMENT_MAXIMUM },
	{ "GET", "/_emulator/sinks/{name}/received/{Sid}", &control_show_received,
		&sink_request_resource, false, BASIS_NONE, API_DOCUMENT_MAXIMUM },
	{ "*", "/_emulator/sinks/{name}/in", &control_receive, &sink_resource, true, BASIS_NONE,
		API_FORM_MAXIMUM },
};

enum { ROUTE_COUNT = COUNT_OF(routes) };
_Static_assert((int)ROUTE_COUNT < (int)API_ROUTES_MAXIMUM, "counters have no room for all routes");

/* A piece of a path, as sent. */
struct segment {
	const char *start; /* NULL: the path has none */
	size_t length;
};

/* The variable segments of a path. Of two the first is the parent. */
struct segments {
	struct segment parent, identifier;
};

/*
 * Compares a path with a route's. A variable segment must not be empty. Literal segments are
 * compared as sent: nobody escapes letters that need none.
 */
static bool matches(const char *pattern, const char *path, struct segments *ret_segments)
{
	static const char parent[] = "{Parent}";
	*ret_segments = (struct segments){ 0 };
	while (*pattern != '\0') {
		if (*pattern != '{') {
			if (*pattern++ != *path++)
				return false;
			continue;
		}
		const struct segment segment = { path, strcspn(path, "/") };
		if (segment.length == 0)
			return false;
		if (ret_segments->identifier.start != NULL)
			ret_segments->parent = ret_segments->identifier;
		if (strncmp(pattern, parent, sizeof(parent) - 1) == 0)
			ret_segments->parent = segment;
		else
			ret_segments->identifier = segment;
		pattern += strcspn(pattern, "}") + 1;
		path += segment.length;
	}
	return *path == '\0';
}

/* Decodes a variable segment. False for a malformed one; one that is not there is left out. */
static bool decode_segment(struct arena *arena, struct segment segment, const char **ret_text)
{
	if (segment.start == NULL)
		return true;
	char *text = arena_copy(arena, segment.start, segment.length);
	size_t decoded;
	*ret_text = text;
	return text != NULL && percent_decode(text, segment.length, false, &decoded);
}

/* The methods that a path has, as the Allow header lists them. NULL without memory. */
static const char *allowed_methods(struct arena *arena, const char *path)
{
	struct strbuf allow;
	strbuf_init(&allow, 256);
	for (size_t i = 0; i < ROUTE_COUNT; i++) {
		struct segments segments;
		if (!matches(routes[i].path, path, &segments))
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
		struct segments segments;
		if (!matches(route->path, request->path, &segments))
			continue;
		known = true;
		if (strcmp(route->method, request->method) != 0 && strcmp(route->method, "*") != 0)
			continue;
		if (!decode_segment(&request->arena, segments.parent, &request->parent) ||
			!decode_segment(&request->arena, segments.identifier, &request->identifier))
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

const struct route *route_at(size_t number)
{
	return number < ROUTE_COUNT ? &routes[number] : NULL;
}

bool api_route_name(size_t number, const char **ret_method, const char **ret_path)
{
	const bool known = number < ROUTE_COUNT;
	*ret_method = known ? routes[number].method : "";
	*ret_path = known ? routes[number].path : "";
	return number <= ROUTE_COUNT;
}
