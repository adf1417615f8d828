/* SPDX-License-Identifier: MIT */
#include "watch/matcher.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "util/count.h"
#include "util/resemble.h"

/* ── the keys ────────────────────────────────────────────────────────────────────────────── */

enum key_kind { KEY_OF_TEXT, KEY_OF_PARAMETERS, KEY_OF_NUMBER, KEY_OF_APPLIED };

/* In the order in which differences are told: what is asked for first, then what came of it. */
static const struct key {
	const char *name;
	unsigned bit;
	enum key_kind kind;
	size_t offset;	    /* in a matcher */
	size_t view_offset; /* and in a view */
	const char *hint;
} keys[MATCH_KEYS] = {
	{ "method", MATCH_METHOD, KEY_OF_TEXT, offsetof(struct matcher, method),
		offsetof(struct request_view, method), "a text, as \"POST\"" },
	{ "path", MATCH_PATH, KEY_OF_TEXT, offsetof(struct matcher, path),
		offsetof(struct request_view, path),
		"a text, as \"/v1/Fleets\" or \"/v1/Fleets/*\"" },
	{ "operation", MATCH_OPERATION, KEY_OF_TEXT, offsetof(struct matcher, operation),
		offsetof(struct request_view, operation), "a text, as \"CreateFleet\"" },
	{ "form", MATCH_FORM, KEY_OF_PARAMETERS, offsetof(struct matcher, form),
		offsetof(struct request_view, form),
		"an object of at most 32 texts, as {\"UniqueName\": \"a\"}" },
	{ "query", MATCH_QUERY, KEY_OF_PARAMETERS, offsetof(struct matcher, query),
		offsetof(struct request_view, query),
		"an object of at most 32 texts, as {\"PageSize\": \"50\"}" },
	{ "status", MATCH_STATUS, KEY_OF_NUMBER, offsetof(struct matcher, status),
		offsetof(struct request_view, status), "a number, as 201" },
	{ "code", MATCH_CODE, KEY_OF_NUMBER, offsetof(struct matcher, code),
		offsetof(struct request_view, code), "Twilio's code as a number, as 20404" },
	{ "applied", MATCH_APPLIED, KEY_OF_APPLIED, offsetof(struct matcher, applied),
		offsetof(struct request_view, applied), "true or false" },
};

void matcher_key_names(unsigned allowed, const char *ret_names[MATCH_KEYS + 1])
{
	size_t count = 0;
	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		if (keys[i].bit & allowed)
			ret_names[count++] = keys[i].name;
	}
	ret_names[count] = NULL;
}

/* ── reading ─────────────────────────────────────────────────────────────────────────────── */

static const char *copy_text(struct arena *arena, const char *text)
{
	return arena_copy(arena, text, strlen(text));
}

static bool refuse(
	struct problem *problem, enum problem_kind kind, const char *field, const char *hint)
{
	*problem = (struct problem){ kind, field, hint };
	return false;
}

static bool read_text(struct arena *arena, const json_t *value, const char **ret_text)
{
	const char *text = json_string_value(value);
	if (text == NULL || strlen(text) != json_string_length(value))
		return false;
	*ret_text = copy_text(arena, text);
	return *ret_text != NULL;
}

/* False with the name whose value is no text; or none, when it is not an object, or has too many.
 */
static bool read_parameters(
	struct arena *arena, const json_t *value, struct parameters *ret, const char **ret_name)
{
	const char *name;
	json_t *each;
	*ret = (struct parameters){ 0 };
	*ret_name = NULL;
	if (!json_is_object(value) || json_object_size(value) > MATCH_NAMES_MAXIMUM)
		return false;
	ret->items = arena_alloc(arena, (json_object_size(value) + 1) * sizeof(*ret->items));
	if (ret->items == NULL)
		return false;
	json_object_foreach((json_t *)(void *)(size_t)value, name, each)
	{
		struct parameter *item = &ret->items[ret->count++];
		item->name = copy_text(arena, name);
		if (item->name == NULL || !read_text(arena, each, &item->value)) {
			*ret_name = item->name;
			return false;
		}
	}
	return true;
}

static bool read_value(struct arena *arena, const struct key *key, const json_t *value,
	struct matcher *matcher, const char **ret_name)
{
	void *place = (char *)matcher + key->offset;
	*ret_name = NULL;
	switch (key->kind) {
	case KEY_OF_TEXT: return read_text(arena, value, place) && **(const char **)place != '\0';
	case KEY_OF_PARAMETERS: return read_parameters(arena, value, place, ret_name);
	case KEY_OF_NUMBER:
		*(int64_t *)place = json_integer_value(value);
		return json_is_integer(value) && *(int64_t *)place >= 0;
	case KEY_OF_APPLIED: *(bool *)place = json_is_true(value); return json_is_boolean(value);
	}
	return false;
}

static const struct key *key_named(const char *name, unsigned allowed)
{
	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		if ((keys[i].bit & allowed) && strcmp(keys[i].name, name) == 0)
			return &keys[i];
	}
	return NULL;
}

bool matcher_read_key(struct arena *arena, const char *at, const char *name, const json_t *value,
	unsigned allowed, struct matcher *matcher, struct problem *problem)
{
	const struct key *key = key_named(name, allowed);
	const char *parameter;
	const char *field = arena_format(arena, "%s%s", at, name);
	if (key == NULL)
		return refuse(problem, PROBLEM_UNKNOWN_KEY, field, NULL);
	if (!read_value(arena, key, value, matcher, &parameter)) {
		if (parameter != NULL)
			field = arena_format(arena, "%s.%s", field, parameter);
		return refuse(problem, PROBLEM_VALUE, field, key->hint);
	}
	matcher->given |= key->bit;
	return true;
}

bool matcher_read(struct arena *arena, const char *at, const json_t *object, unsigned allowed,
	struct matcher *ret_matcher, struct problem *problem)
{
	const char *name;
	json_t *value;
	*ret_matcher = (struct matcher){ 0 };
	*problem = (struct problem){ .kind = PROBLEM_NONE };
	if (object != NULL && !json_is_object(object))
		return refuse(problem, PROBLEM_VALUE, at, "an object, as {\"method\": \"POST\"}");
	json_object_foreach((json_t *)(void *)(size_t)object, name, value)
	{
		if (!matcher_read_key(arena, at, name, value, allowed, ret_matcher, problem))
			return false;
	}
	return true;
}

/* ── comparing ───────────────────────────────────────────────────────────────────────────── */

bool matcher_fits_text(const char *pattern, const char *text)
{
	for (; *pattern != '\0'; pattern++, text++) {
		if (*pattern == '*' && pattern[1] == '\0')
			return true;
		if (*pattern != *text)
			return false;
	}
	return *text == '\0';
}

/* The same for paths: a `*` that is a segment stands for one that is not empty; the last one, as
 * that of any text, for all that follows. */
static bool path_fits(const char *pattern, const char *path)
{
	for (char before = '\0'; *pattern != '\0'; before = *pattern++, path++) {
		if (*pattern == '*' && pattern[1] == '\0')
			return true;
		if (*pattern == '*' && before == '/' && pattern[1] == '/') {
			const size_t length = strcspn(path, "/");
			if (length == 0)
				return false;
			path += length - 1;
		} else if (*pattern != *path) {
			return false;
		}
	}
	return *path == '\0';
}

static const char *value_of(const struct parameters *parameters, const char *name)
{
	for (size_t i = parameters->count; i > 0; i--) {
		if (strcmp(parameters->items[i - 1].name, name) == 0)
			return parameters->items[i - 1].value;
	}
	return NULL;
}

static bool begins_with(const char *text, const char *beginning)
{
	while (*beginning != '\0' && *beginning == *text)
		beginning++, text++;
	return *beginning == '\0';
}

/* How far apart two texts are, from 1 to 4. A short one resembles nothing, and yet a space at its
 * end is what is looked for. */
static unsigned text_apart(const char *expected, const char *was)
{
	if (was == NULL)
		return 4;
	const unsigned distance = text_distance_within(was, expected, 2);
	if (distance <= 2)
		return 1 + distance / 2;
	return begins_with(was, expected) || begins_with(expected, was) ? 2 : 3;
}

/* Adds up what differs until that is enough, and keeps the first. */
struct comparison {
	struct arena *arena; /* NULL: only whether something differs is asked */
	unsigned distance, enough;
	struct difference first;
};

static void note(struct comparison *comparison, const char *at, const char *name,
	const char *expected, const char *was)
{
	if (comparison->arena == NULL) {
		comparison->distance++;
		return;
	}
	if (comparison->distance == 0)
		comparison->first = (struct difference){
			.at = name == NULL ? at
					   : arena_format(comparison->arena, "%s.%s", at, name),
			.expected = expected,
			.was = was,
		};
	comparison->distance += text_apart(expected, was);
}

static void compare_parameters(struct comparison *comparison, const struct key *key,
	const struct parameters *wanted, const struct parameters *given)
{
	for (size_t i = 0; i < wanted->count && comparison->distance < comparison->enough; i++) {
		const struct parameter *each = &wanted->items[i];
		const char *was = value_of(given, each->name);
		if (was == NULL || !matcher_fits_text(each->value, was))
			note(comparison, key->name, each->name, each->value, was);
	}
}

static const char *number_text(struct arena *arena, int64_t number)
{
	return arena != NULL ? arena_format(arena, "%lld", (long long)number) : "";
}

static const char *applied_text(enum applied applied)
{
	static const char *const names[] = {
		[APPLIED_NOTHING] = NULL,
		[APPLIED_NO] = "false",
		[APPLIED_YES] = "true",
	};
	return names[applied];
}

static void compare_key(struct comparison *comparison, const struct key *key,
	const struct matcher *matcher, const struct request_view *view)
{
	const void *wanted = (const char *)matcher + key->offset;
	const void *given = (const char *)view + key->view_offset;
	switch (key->kind) {
	case KEY_OF_TEXT: {
		const char *expected = *(const char *const *)wanted;
		const char *was = *(const char *const *)given;
		const bool fits =
			was != NULL &&
			(key->bit == MATCH_PATH ? path_fits : matcher_fits_text)(expected, was);
		if (!fits)
			note(comparison, key->name, NULL, expected, was);
		break;
	}
	case KEY_OF_PARAMETERS: compare_parameters(comparison, key, wanted, given); break;
	case KEY_OF_NUMBER:
		if (*(const int64_t *)wanted != *(const int *)given)
			note(comparison, key->name, NULL,
				number_text(comparison->arena, *(const int64_t *)wanted),
				number_text(comparison->arena, *(const int *)given));
		break;
	case KEY_OF_APPLIED:
		if (view->applied != (matcher->applied ? APPLIED_YES : APPLIED_NO))
			note(comparison, key->name, NULL, matcher->applied ? "true" : "false",
				applied_text(view->applied));
		break;
	}
}

static void compare(struct comparison *comparison, const struct matcher *matcher,
	const struct request_view *view)
{
	for (size_t i = 0; i < COUNT_OF(keys) && comparison->distance < comparison->enough; i++) {
		if (matcher->given & keys[i].bit)
			compare_key(comparison, &keys[i], matcher, view);
	}
}

bool matcher_matches(const struct matcher *matcher, const struct request_view *view)
{
	struct comparison comparison = { .arena = NULL, .enough = 1 };
	compare(&comparison, matcher, view);
	return comparison.distance == 0;
}

unsigned matcher_distance(struct arena *arena, const struct matcher *matcher,
	const struct request_view *view, unsigned enough, struct difference *ret_first)
{
	struct comparison comparison = { .arena = arena, .enough = enough };
	compare(&comparison, matcher, view);
	*ret_first = comparison.first;
	return comparison.distance;
}
