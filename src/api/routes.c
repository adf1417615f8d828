/* SPDX-License-Identifier: MIT */
#include "api/route.h"

#include <string.h>

#include "api/operations.h"
#include "util/percent.h"

/* Methods of one path stand together. */
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
	{ "GET", "/livez", &operation_live, NULL, true },
	{ "GET", "/healthz", &operation_ready, NULL, true },
	{ "GET", "/readyz", &operation_ready, NULL, true },
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

/* The methods of a path, from its first route on. Both lists that exist are static. */
static const char *allowed_methods(const struct route *first)
{
	const struct route *second = first + 1;
	const bool has_post =
		second < routes + ROUTE_COUNT && strcmp(second->path, first->path) == 0;
	return has_post ? "GET, POST" : "GET";
}

enum route_result route_find(struct request *request, const char **ret_allow)
{
	const struct route *first = NULL;
	for (size_t i = 0; i < ROUTE_COUNT; i++) {
		const struct route *route = &routes[i];
		const char *segment = NULL;
		size_t length = 0;
		if (!matches(route->path, request->path, &segment, &length))
			continue;
		if (first == NULL) {
			first = route;
			*ret_allow = allowed_methods(route);
		}
		if (strcmp(route->method, request->method) != 0)
			continue;
		if (segment != NULL && !take_identifier(request, segment, length))
			return ROUTE_UNKNOWN_PATH;
		request->route = route;
		return ROUTE_FOUND;
	}
	return first != NULL ? ROUTE_WRONG_METHOD : ROUTE_UNKNOWN_PATH;
}
