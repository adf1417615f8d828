/* SPDX-License-Identifier: MIT */
#include "control/possible.h"

#include <string.h>

#include "request/warning.h"
#include "service/webhook_events.h"

static struct api_error refuse(
	struct request *request, const char *at, const char *key, const char *hint)
{
	struct api_error error =
		control_error(CONTROL_VALUE, arena_format(&request->arena, "%s%s", at, key));
	error.hint = hint;
	return error;
}

/* Whether a pattern fits one of some names, which end with NULL. */
static bool fits_any(const char *pattern, const char *const *names)
{
	for (; *names != NULL; names++) {
		if (matcher_fits_text(pattern, *names))
			return true;
	}
	return false;
}

/* ── operations ──────────────────────────────────────────────────────────────────────────── */

/* The first route of /v1 whose operation and method (NULL: any) are meant, or NULL. */
static const struct route *find_route(
	const struct emulator *emulator, const char *operation, const char *method)
{
	for (const struct section *const *each = emulator->sections; *each != NULL; each++) {
		for (size_t i = 0; i < (*each)->route_count; i++) {
			const struct route *route = &(*each)->routes[i];
			if (route->id != NULL && matcher_fits_text(operation, route->id) &&
				(method == NULL || matcher_fits_text(method, route->method)))
				return route;
		}
	}
	return NULL;
}

static const char *hint_of_unknown(struct request *request, const char *operation)
{
	const char *known[ROUTES_MAXIMUM + 1];
	size_t count = 0;
	for (const struct section *const *each = request->emulator->sections; *each != NULL;
		each++) {
		for (size_t i = 0; i < (*each)->route_count && count < ROUTES_MAXIMUM; i++) {
			if ((*each)->routes[i].id != NULL)
				known[count++] = (*each)->routes[i].id;
		}
	}
	known[count] = NULL;
	return control_unknown_hint(request, operation, known);
}

/* HEAD is what GET is. */
static struct api_error check_operation(
	struct request *request, const char *at, const struct matcher *matcher)
{
	const char *method = matcher->method;
	const struct route *route = find_route(request->emulator, matcher->operation, NULL);
	if (route == NULL)
		return refuse(
			request, at, "operation", hint_of_unknown(request, matcher->operation));
	if (method != NULL && strcmp(method, "HEAD") == 0)
		method = "GET";
	if (find_route(request->emulator, matcher->operation, method) != NULL)
		return error_none();
	return refuse(request, at, "method",
		arena_format(&request->arena, "%s is %s %s: leave `method` out", route->id,
			route->method, route->path));
}

/* ── parameters ──────────────────────────────────────────────────────────────────────────── */

/* Names that nobody knows may be what is looked for. One that is nearly right is not. */
static struct api_error check_names(struct request *request, const char *at,
	const struct parameters *parameters, const struct resource *resource, unsigned place)
{
	for (size_t i = 0; i < parameters->count && place != 0; i++) {
		const char *name = parameters->items[i].name;
		const char *meant = warning_meant(resource, place, name);
		if (meant != NULL)
			return refuse(request, at, name,
				warning_unknown_hint(&request->arena, name, meant));
	}
	return error_none();
}

/* Of an operation that is named in full it is known what it takes. */
static struct api_error check_parameters(
	struct request *request, const char *at, const struct matcher *matcher)
{
	const struct route *route = route_of_operation(request->emulator, matcher->operation);
	if (route == NULL || route->resource == NULL)
		return error_none();
	const unsigned takes = route->operation->takes;
	const char *in_form = arena_format(&request->arena, "%sform.", at);
	const char *in_query = arena_format(&request->arena, "%squery.", at);
	const struct api_error error = check_names(
		request, in_form, &matcher->form, route->resource, takes & (ON_CREATE | ON_UPDATE));
	return is_error(error) ? error
			       : check_names(request, in_query, &matcher->query, route->resource,
					 takes & ON_LIST);
}

/* ── the rest ────────────────────────────────────────────────────────────────────────────── */

static struct api_error check_method(struct request *request, const char *at, const char *method)
{
	static const char *const known[] = { "GET", "POST", "DELETE", "PUT", "PATCH", "HEAD",
		"OPTIONS", "TRACE", "CONNECT", NULL };
	return fits_any(method, known) ? error_none()
				       : refuse(request, at, "method",
						 control_unknown_hint(request, method, known));
}

/* Whether something that a pattern fits begins so. */
static bool may_begin(const char *pattern, const char *root)
{
	for (; *root != '\0'; pattern++, root++) {
		if (*pattern != *root)
			return *pattern == '*';
	}
	return true;
}

static struct api_error check_path(
	struct request *request, const char *at, const char *root, const char *path)
{
	if (strchr(path, '?') != NULL)
		return refuse(request, at, "path", "what follows a ? is no part of the path");
	if (may_begin(path, root))
		return error_none();
	return refuse(request, at, "path",
		arena_format(&request->arena,
			"a path begins with %s, as /v1/Fleets or /v1/Fleets/*", root));
}

struct api_error possible_check_request(
	struct request *request, const char *at, const char *root, const struct matcher *matcher)
{
	struct api_error error = error_none();
	if (matcher->method != NULL)
		error = check_method(request, at, matcher->method);
	if (!is_error(error) && matcher->path != NULL)
		error = check_path(request, at, root, matcher->path);
	if (!is_error(error) && matcher->operation != NULL)
		error = check_operation(request, at, matcher);
	if (!is_error(error) && matcher->operation != NULL)
		error = check_parameters(request, at, matcher);
	if (!is_error(error) && (matcher->given & MATCH_STATUS) != 0 &&
		(matcher->status < 100 || matcher->status > 599))
		error = refuse(request, at, "status", "a status is 100 to 599");
	return error;
}

struct api_error possible_check_event(struct request *request, const char *field, const char *event)
{
	return fits_any(event, webhook_event_names)
		       ? error_none()
		       : refuse(request, "", field,
				 control_unknown_hint(request, event, webhook_event_names));
}
