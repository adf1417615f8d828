/* SPDX-License-Identifier: MIT */
#include "request/hint.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "model/sid.h"
#include "request/form.h"
#include "request/route.h"
#include "util/count.h"
#include "util/resemble.h"
#include "util/utf8.h"

/* A hint has so many bytes at most, and what a request sent so many of them. */
enum { HINT_MAXIMUM = 512, SENT_MAXIMUM = 100 };

/* Ends the making of a hint. */
static const char *keep(struct arena *arena, struct strbuf *hint)
{
	const char *copy = hint->failed || hint->length == 0
				   ? NULL
				   : arena_copy(arena, hint->data, hint->length);
	strbuf_done(hint);
	return copy;
}

/* ── parameters ──────────────────────────────────────────────────────────────────────────── */

enum body_form body_form_of(const struct request *request)
{
	const char *type = request->content_type;
	if (request->body_length == 0 || strcmp(request->method, "POST") != 0)
		return BODY_IS_FORM;
	if (request->body[0] == '{' ||
		(type != NULL && strncasecmp(type, "application/json", 16) == 0))
		return BODY_IS_JSON;
	return form_has_type(type) ? BODY_IS_FORM : BODY_IS_OTHER;
}

const char *hint_of_body(enum body_form form)
{
	switch (form) {
	case BODY_IS_FORM: break;
	case BODY_IS_JSON:
		return "a JSON body is not read: send a form (application/x-www-form-urlencoded)";
	case BODY_IS_OTHER:
		return "a body of this Content-Type is not read: send a form "
		       "(application/x-www-form-urlencoded)";
	}
	return NULL;
}

/* "DataLimit: whole megabytes, 1 to 2000000" */
static const char *parameter_hint(struct request *request, const char *parameter)
{
	const char *body = hint_of_body(body_form_of(request));
	const struct field *field = resource_parameter(
		request->route->resource, ON_CREATE | ON_UPDATE | ON_LIST, parameter);
	struct strbuf hint;
	if (body != NULL || field == NULL)
		return body;
	strbuf_init(&hint, HINT_MAXIMUM);
	strbuf_add_format(&hint, "%s: ", parameter);
	field_describe(field, &hint);
	return keep(&request->arena, &hint);
}

/* ── paths ───────────────────────────────────────────────────────────────────────────────── */

/* Adds a path of `length` bytes as a route spells it, whatever the case of its letters. False when
 * it is not of that route; then something may have been added. */
static bool respell(const char *pattern, const char *path, size_t length, struct strbuf *out)
{
	const char *end = path + length;
	while (*pattern != '\0') {
		if (*pattern != '{') {
			if (path == end ||
				tolower((unsigned char)*path) != tolower((unsigned char)*pattern))
				return false;
			strbuf_add_char(out, *pattern++);
			path++;
			continue;
		}
		const char *start = path;
		while (path < end && *path != '/')
			path++;
		if (path == start)
			return false;
		strbuf_add(out, start, (size_t)(path - start));
		pattern += strcspn(pattern, "}") + 1;
	}
	return path == end;
}

/* The path that a route has; NULL when none is like it. */
static const char *respell_by_any(struct request *request, const char *path, size_t length)
{
	struct strbuf spelled;
	strbuf_init(&spelled, HINT_MAXIMUM);
	for (const struct section *const *each = request->emulator->sections; *each != NULL;
		each++) {
		for (size_t i = 0; i < (*each)->route_count; i++) {
			strbuf_reset(&spelled);
			if (respell((*each)->routes[i].path, path, length, &spelled))
				return keep(&request->arena, &spelled);
		}
	}
	strbuf_done(&spelled);
	return NULL;
}

/* The path without what is often put after it. */
static size_t bare_length(const char *path)
{
	static const char ending[] = ".json";
	const size_t ending_length = sizeof(ending) - 1;
	size_t length = strlen(path);
	while (length > 1 && path[length - 1] == '/')
		length--;
	if (length > ending_length &&
		strncasecmp(path + length - ending_length, ending, ending_length) == 0)
		length -= ending_length;
	return length;
}

/* "/Fleets lives under /v1: /v1/Fleets" */
static const char *prefix_hint(struct request *request, const char *prefix)
{
	const char *path = request->path;
	const int length = (int)bare_length(path);
	const char *whole = arena_format(&request->arena, "%s%.*s", prefix, length, path);
	const char *spelled = whole != NULL ? respell_by_any(request, whole, strlen(whole)) : NULL;
	return spelled != NULL ? arena_format(&request->arena, "%.*s lives under %s: %s",
					 length < SENT_MAXIMUM ? length : SENT_MAXIMUM, path,
					 prefix, spelled)
			       : NULL;
}

/* Of a path that a route has, but for its spelling. */
static const char *spelling_hint(struct request *request)
{
	const char *path = request->path;
	const size_t length = bare_length(path);
	const char *spelled = respell_by_any(request, path, length);
	if (spelled == NULL)
		return NULL;
	if (strcmp(spelled, path) == 0) /* nothing but a segment that could not be decoded */
		return "a percent escape of the path means no text: escapes have two hexadecimal "
		       "digits, and stand for UTF-8 without NUL";
	const char *why = path[length] == '/'	? "a path has no slash at its end"
			  : path[length] == '.' ? "a path has no .json at its end"
						: "paths are case-sensitive";
	return arena_format(&request->arena, "%s: %s", why, spelled);
}

/* Of a client whose base URL ends with what its paths begin with. */
static const char *doubled_hint(struct request *request)
{
	static const char doubled[] = "/v1/v1/";
	if (strncmp(request->path, doubled, sizeof(doubled) - 1) != 0)
		return NULL;
	const char *path = request->path + strlen("/v1");
	const char *spelled = respell_by_any(request, path, bare_length(path));
	return spelled != NULL
		       ? arena_format(&request->arena,
				 "the path has /v1 twice, perhaps from a base URL: %s", spelled)
		       : NULL;
}

/* Of a path without variable parts in which letters are wrong. */
static const char *resembling_path(const struct request *request)
{
	const char *nearest = NULL;
	unsigned least = UINT_MAX;
	for (size_t i = 0; i < request->section->route_count; i++) {
		const char *path = request->section->routes[i].path;
		const unsigned distance =
			strchr(path, '{') == NULL ? text_distance(request->path, path) : UINT_MAX;
		if (distance < least) {
			least = distance;
			nearest = path;
		}
	}
	return nearest;
}

/* The path of a route that ends as this one: "/_emulator/requests/verify" for "/_emulator/verify".
 */
static const char *path_ending_so(const struct request *request)
{
	const char *last = strrchr(request->path, '/');
	const size_t length = last != NULL ? strlen(last) : 0;
	for (size_t i = 0; i < request->section->route_count && length > 1; i++) {
		const char *path = request->section->routes[i].path;
		const size_t whole = strlen(path);
		if (whole > length && strcasecmp(path + whole - length, last) == 0)
			return path;
	}
	return NULL;
}

/* "/v1 has Fleets, Sims, …" */
static const char *list_collections(struct request *request)
{
	static const char prefix[] = "/v1/";
	const struct section *section = request->section;
	struct strbuf hint;
	strbuf_init(&hint, HINT_MAXIMUM);
	for (size_t i = 0; i < section->route_count; i++) {
		const struct route *route = &section->routes[i];
		if (strcmp(route->method, "GET") != 0 || strchr(route->path, '{') != NULL ||
			strncmp(route->path, prefix, sizeof(prefix) - 1) != 0)
			continue;
		strbuf_add_text(&hint, hint.length > 0 ? ", " : "there is no such path: /v1 has ");
		strbuf_add_text(&hint, route->path + sizeof(prefix) - 1);
	}
	return keep(&request->arena, &hint);
}

/* "/emulator/reset", "/v1/_emulator/reset" */
static const char *control_hint(struct request *request)
{
	static const char *const wrong[] = { "/emulator/", "/v1/_emulator/", "/v1/emulator/" };
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		const size_t length = strlen(wrong[i]);
		if (strncmp(request->path, wrong[i], length) != 0)
			continue;
		const char *path =
			arena_format(&request->arena, "/_emulator/%s", request->path + length);
		const char *spelled =
			path != NULL ? respell_by_any(request, path, bare_length(path)) : NULL;
		return arena_format(&request->arena, "the control API lives under /_emulator%s%s",
			spelled != NULL ? ": " : "", spelled != NULL ? spelled : "");
	}
	return NULL;
}

/* Of what Super SIM had in its youth, what Programmable Wireless has, and what has another name. */
static const char *former_hint(const struct request *request)
{
	static const struct {
		const char *path;
		const char *hint;
	} former[] = {
		{ "/v1/Commands", "Commands are SmsCommands since 2021: /v1/SmsCommands; "
				  "datagrams are /v1/IpCommands" },
		{ "/_emulator/seed", "a seed is loaded as a state: PUT /_emulator/state" },
		{ "/v1/RatePlans", "Super SIM has Fleets instead of RatePlans: /v1/Fleets" },
	};
	for (size_t i = 0; i < COUNT_OF(former); i++) {
		const size_t length = strlen(former[i].path);
		const char after = strncmp(request->path, former[i].path, length) == 0
					   ? request->path[length]
					   : 'x';
		if (after == '\0' || after == '/')
			return former[i].hint;
	}
	return NULL;
}

static const char *path_hint(struct request *request)
{
	const char *hint = spelling_hint(request);
	if (hint == NULL)
		hint = prefix_hint(request, "/v1");
	if (hint == NULL)
		hint = prefix_hint(request, "/_emulator");
	if (hint == NULL)
		hint = doubled_hint(request);
	if (hint == NULL)
		hint = control_hint(request);
	if (hint == NULL)
		hint = former_hint(request);
	if (hint != NULL)
		return hint;
	const char *nearest = path_ending_so(request);
	if (nearest == NULL)
		nearest = resembling_path(request);
	if (nearest != NULL)
		return arena_format(&request->arena, "there is no such path: %s?", nearest);
	return request->section->is_control ? "docs/control.md lists the paths"
					    : list_collections(request);
}

/* ── records ─────────────────────────────────────────────────────────────────────────────── */

/* True when a segment of a path names a resource's collection: "Fleets", or "esim-profiles". */
static bool is_collection(const struct resource *resource, const char *segment, size_t length)
{
	if (resource->path != NULL && strlen(resource->path) == length &&
		strncmp(resource->path, segment, length) == 0)
		return true;
	for (size_t i = 0; i < length; i++) {
		if (resource->list_key[i] != (segment[i] == '-' ? '_' : segment[i]))
			return false;
	}
	return resource->list_key[length] == '\0';
}

/* Whether a resource is the one that a text means. */
typedef bool resource_test(const struct resource *resource, const char *text, size_t length);

/* The first one among those of routes; or NULL. */
static const struct resource *find_resource(
	const struct emulator *emulator, resource_test *is_wanted, const char *text, size_t length)
{
	for (const struct section *const *each = emulator->sections; *each != NULL; each++) {
		for (size_t i = 0; i < (*each)->route_count; i++) {
			const struct resource *resource = (*each)->routes[i].resource;
			if (resource != NULL && is_wanted(resource, text, length))
				return resource;
		}
	}
	return NULL;
}

/* The resource that a variable part of a route names, by the segment before it; or NULL. */
static const struct resource *resource_before(
	const struct emulator *emulator, const char *pattern, const char *variable)
{
	const char *end = variable - 1;
	const char *start = end;
	while (start > pattern && start[-1] != '/')
		start--;
	return find_resource(emulator, is_collection, start, (size_t)(end - start));
}

static bool has_prefix(const struct resource *resource, const char *sid, size_t length)
{
	(void)length;
	return resource->path != NULL && resource->parent == NULL &&
	       resource->sid_prefix[0] != '\0' && strncmp(resource->sid_prefix, sid, 2) == 0;
}

/* Of a SID that is another kind's. */
static const char *kind_hint(
	struct request *request, const struct resource *resource, const char *sid)
{
	const struct resource *other =
		find_resource(request->emulator, has_prefix, sid, SID_LENGTH);
	if (other == NULL)
		return arena_format(&request->arena, "SIDs of %s begin with %s",
			resource->path != NULL ? resource->path : resource->list_key,
			resource->sid_prefix);
	return arena_format(&request->arena, "SIDs that begin with %s are of %s: /v1/%s/%s",
		other->sid_prefix, other->path, other->path, sid);
}

/* Sims are registered by these, and named by SID or unique name afterwards. */
static bool is_iccid(const char *identifier)
{
	const size_t length = strlen(identifier);
	return length >= 18 && length <= 22 && strspn(identifier, "0123456789") == length;
}

/* Of what a variable part of the path holds. NULL when that can be right. */
static const char *identifier_hint(
	struct request *request, const struct resource *resource, const char *identifier)
{
	if (sid_looks_like(identifier) && strncmp(identifier, resource->sid_prefix, 2) != 0)
		return kind_hint(request, resource, identifier);
	if (is_iccid(identifier) && strcmp(resource->list_key, "sims") == 0)
		return arena_format(&request->arena,
			"this is an ICCID: GET /v1/Sims?Iccid=%s finds its Sim, if the account has "
			"one",
			identifier);
	return NULL;
}

static const char *record_hint(struct request *request)
{
	const char *pattern = request->route->path;
	const char *values[2] = { request->parent, request->identifier };
	const struct resource *last = NULL;
	const char *hint = NULL;
	for (size_t i = request->parent != NULL ? 0 : 1; i < 2 && hint == NULL; i++) {
		const char *variable = strchr(pattern, '{');
		if (variable == NULL || values[i] == NULL)
			break;
		last = resource_before(request->emulator, request->route->path, variable);
		hint = last != NULL ? identifier_hint(request, last, values[i]) : NULL;
		pattern = variable + strcspn(variable, "}");
	}
	if (hint != NULL || last == NULL || request->caller.account_sid == NULL)
		return hint;
	return arena_format(&request->arena,
		"account %s has no %s of this SID or name; names are case-sensitive",
		request->caller.account_sid, last->name);
}

/* ── methods and sizes ───────────────────────────────────────────────────────────────────── */

/* What does instead of a DELETE, where somebody may want one. */
static const char *deletion_hint(const struct request *request)
{
	if (strcmp(request->method, "DELETE") != 0)
		return NULL;
	if (strncmp(request->path, "/v1/Fleets/", 11) == 0)
		return "what the Console's Delete Fleet does is DELETE /_emulator/fleets/{Sid}";
	if (strncmp(request->path, "/v1/Sims/", 9) == 0)
		return "a Sim stays: POST with Status=inactive turns it off, and POST "
		       "/_emulator/reset empties the account";
	return NULL;
}

static const char *method_hint(struct request *request)
{
	const char *allow = request->reply.allow;
	if (allow == NULL || request->section->is_control)
		return allow;
	const char *deletion = deletion_hint(request);
	if (deletion != NULL)
		return arena_format(&request->arena, "this path has %s; %s", allow, deletion);
	return arena_format(&request->arena, "this path has %s%s", allow,
		strstr(allow, "POST") != NULL ? "; updates are POST" : "");
}

static const char *size_hint(struct request *request)
{
	const size_t of_route = request->route != NULL ? request->route->body_maximum : 0;
	return arena_format(&request->arena, "a body of this path may have %zu bytes",
		of_route > 0 ? of_route : request->section->body_maximum);
}

/* ── all of it ───────────────────────────────────────────────────────────────────────────── */

const char *hint_make(struct request *request, const struct api_error *error)
{
	const bool is_routed = request->route != NULL;
	if (error->field != NULL && is_routed && request->route->resource != NULL &&
		!request->section->is_control)
		return parameter_hint(request, error->field);
	switch (error->status) {
	case 404: return is_routed ? record_hint(request) : path_hint(request);
	case 405: return method_hint(request);
	case 413: return size_hint(request);
	default: return NULL;
	}
}

const char *hint_header(struct arena *arena, const char *hint)
{
	struct strbuf value;
	if (hint == NULL)
		return NULL;
	strbuf_init(&value, HINT_MAXIMUM);
	while (*hint != '\0' && value.length + 3 < HINT_MAXIMUM) {
		const size_t length = utf8_printable_length(hint);
		if (length > 0) {
			strbuf_add(&value, hint, length);
			hint += length;
			continue;
		}
		strbuf_add_format(&value, "%%%02X", (unsigned)(unsigned char)*hint++);
	}
	return keep(arena, &value);
}
