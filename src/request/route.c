/* SPDX-License-Identifier: MIT */
#include "request/route.h"

#include <string.h>

#include "util/percent.h"
#include "util/strbuf.h"

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

/* Whether a path has no variable segment. */
static bool is_whole(const struct segments *segments)
{
	return segments->parent.start == NULL && segments->identifier.start == NULL;
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
static const char *allowed_methods(
	const struct section *section, struct arena *arena, const char *path)
{
	struct strbuf allow;
	bool whole = false;
	strbuf_init(&allow, 256);
	for (size_t i = 0; i < section->route_count; i++) {
		struct segments segments;
		if (!matches(section->routes[i].path, path, &segments) ||
			(whole && !is_whole(&segments)))
			continue;
		whole = is_whole(&segments);
		strbuf_add_text(&allow, allow.length > 0 ? ", " : "");
		strbuf_add_text(&allow, section->routes[i].method);
	}
	const char *copy = allow.failed ? NULL : arena_copy(arena, allow.data, allow.length);
	strbuf_done(&allow);
	return copy;
}

/* "/_emulator" and "/_emulator/info" are below "/_emulator", "/_emulators" is not. */
static bool is_below(const char *prefix, const char *target)
{
	const char *at = prefix;
	for (; *at != '\0'; at++, target++) {
		if (*at != *target)
			return false;
	}
	return at == prefix || strchr("/?", *target) != NULL;
}

const struct section *section_of(const struct emulator *emulator, const char *target)
{
	const struct section *const *each = emulator->sections;
	while (!is_below((*each)->prefix, target))
		each++;
	return *each;
}

const struct section *section_served(const struct emulator *emulator, const struct section *section)
{
	const struct section *const *each = emulator->sections;
	if (section->mount == NULL)
		return section;
	while (each[1] != NULL)
		each++;
	return *each;
}

enum route_result route_find(struct request *request, const char **ret_allow)
{
	const struct section *section = section_served(request->emulator, request->section);
	bool known = false, whole = false;
	for (size_t i = 0; i < section->route_count; i++) {
		const struct route *route = &section->routes[i];
		struct segments segments;
		if (!matches(route->path, request->path, &segments) ||
			(whole && !is_whole(&segments)))
			continue;
		known = true;
		whole = is_whole(&segments);
		if (strcmp(route->method, request->method) != 0 && strcmp(route->method, "*") != 0)
			continue;
		if (!decode_segment(&request->arena, segments.parent, &request->parent) ||
			!decode_segment(&request->arena, segments.identifier, &request->identifier))
			return ROUTE_UNKNOWN_PATH;
		request->route = route;
		return ROUTE_FOUND;
	}
	if (known)
		*ret_allow = allowed_methods(section, &request->arena, request->path);
	return known ? ROUTE_WRONG_METHOD : ROUTE_UNKNOWN_PATH;
}

const struct route *route_of_operation(const struct emulator *emulator, const char *id)
{
	for (const struct section *const *each = emulator->sections; *each != NULL; each++) {
		for (size_t i = 0; i < (*each)->route_count; i++) {
			const struct route *route = &(*each)->routes[i];
			if (route->id != NULL && strcmp(route->id, id) == 0)
				return route;
		}
	}
	return NULL;
}

size_t route_number(const struct request *request)
{
	size_t before = 0;
	const struct section *section = section_served(request->emulator, request->section);
	for (const struct section *const *each = request->emulator->sections; *each != NULL;
		each++) {
		if (*each == section && request->route != NULL)
			return before + (size_t)(request->route - (*each)->routes);
		before += (*each)->route_count;
	}
	return before;
}

bool route_name(const struct emulator *emulator, size_t number, const char **ret_method,
	const char **ret_path)
{
	*ret_method = *ret_path = "";
	for (const struct section *const *each = emulator->sections; *each != NULL; each++) {
		if (number < (*each)->route_count) {
			*ret_method = (*each)->routes[number].method;
			*ret_path = (*each)->routes[number].path;
			return true;
		}
		number -= (*each)->route_count;
	}
	return number == 0;
}
