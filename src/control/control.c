/* SPDX-License-Identifier: MIT */
#include "control/control.h"

#include <string.h>

#include "model/account_clock.h"
#include "request/form.h"
#include "util/clock.h"
#include "util/json_read.h"
#include "util/json_text.h"
#include "util/resemble.h"

/* ── errors ──────────────────────────────────────────────────────────────────────────────── */

static const char *hint_of(const struct request *request, const struct api_error *error)
{
	if (error->hint != NULL)
		return error->hint;
	/* What the body should be helps only when it is at fault. */
	if (request->hint != NULL && error->status == 400)
		return request->hint;
	/* There is a way in that /v1 does not have. Who brings credentials has chosen the other. */
	if (error->status == 401 && request->authorization == NULL)
		return control_error(CONTROL_ADMIN_TOKEN, NULL).hint;
	return error->cure;
}

void control_add_member(struct strbuf *out, const char *key, const char *text)
{
	strbuf_add_format(out, ",\"%s\":", key);
	strbuf_add_json_nullable(out, text);
}

void control_add_error(struct request *request, const struct api_error *error)
{
	struct strbuf *out = &request->reply.body;
	strbuf_add_text(out, "{\"error\":");
	strbuf_add_json_string(out, error->message);
	control_add_member(out, "field", error->field);
	control_add_member(out, "hint", hint_of(request, error));
	strbuf_add_char(out, '}');
}

enum { KNOWN_MAXIMUM = 16, NAMES_MAXIMUM = 1024, NAME_SHOWN = 64 };

const char *control_unknown_hint(
	struct request *request, const char *name, const char *const *known)
{
	const char *nearest = NULL;
	unsigned least = UINT_MAX;
	struct strbuf names;
	strbuf_init(&names, NAMES_MAXIMUM);
	for (; *known != NULL; known++) {
		const unsigned distance = text_distance(name, *known);
		if (distance < least) {
			least = distance;
			nearest = *known;
		}
		strbuf_add_format(&names, "%s%s", names.length > 0 ? ", " : "", *known);
	}
	const char *hint = NULL;
	if (nearest != NULL)
		hint = arena_format(
			&request->arena, "%.*s is unknown: %s?", NAME_SHOWN, name, nearest);
	else if (names.length > 0)
		hint = arena_format(&request->arena, "%.*s is unknown; there are %s", NAME_SHOWN,
			name, names.data);
	strbuf_done(&names);
	return hint;
}

/* ── the query ───────────────────────────────────────────────────────────────────────────── */

struct query_search {
	const char *name;
	const char *value;
};

static bool collect_value(void *closure, const char *name, const char *value)
{
	struct query_search *search = closure;
	if (strcmp(search->name, name) == 0)
		search->value = value;
	return true;
}

const char *control_query(struct request *request, const char *name)
{
	struct query_search search = { .name = name };
	const char *query = request_query(request);
	const size_t length = strlen(query);
	char *copy = arena_copy(&request->arena, query, length);
	const bool good = copy != NULL && form_visit(copy, length, collect_value, &search);
	return good ? search.value : NULL;
}

/* What the query of an operation may have, `account` first. Ended by NULL. */
static void list_known(const struct operation *operation, const char *known[KNOWN_MAXIMUM + 1])
{
	size_t count = 0;
	known[count++] = "account";
	if (operation->takes_all)
		known[count++] = "all";
	for (const char *const *name = operation->query;
		name != NULL && *name != NULL && count < KNOWN_MAXIMUM; name++)
		known[count++] = *name;
	known[count] = NULL;
}

struct query_check {
	const char *const *known;
	const char *unknown; /* the first that is not among them */
};

/* `all` is known everywhere: a call that does not take it says why. */
static bool check_name(void *closure, const char *name, const char *value)
{
	struct query_check *check = closure;
	bool is_known = strcmp(name, "all") == 0;
	(void)value;
	for (const char *const *known = check->known; *known != NULL && !is_known; known++)
		is_known = strcmp(name, *known) == 0;
	if (!is_known && check->unknown == NULL)
		check->unknown = name;
	return true;
}

struct api_error control_check_query(struct request *request)
{
	static const struct operation nothing_known = { .parse = NULL };
	const struct route *route = request->route;
	const char *known[KNOWN_MAXIMUM + 1];
	list_known(route != NULL ? route->operation : &nothing_known, known);
	struct query_check check = { .known = known };
	const char *query = request_query(request);
	const size_t length = strlen(query);
	char *copy = arena_copy(&request->arena, query, length);
	if (copy == NULL || !form_visit(copy, length, check_name, &check))
		return control_error(CONTROL_QUERY_UNREADABLE, NULL);
	/* Of what does not exist, nothing is known. */
	if (check.unknown == NULL || route == NULL)
		return error_none();
	struct api_error error = control_error(CONTROL_UNKNOWN_QUERY, check.unknown);
	error.hint = control_unknown_hint(request, check.unknown, known);
	return error;
}

/* ── reading ─────────────────────────────────────────────────────────────────────────────── */

struct api_error control_parse(struct request *request)
{
	json_error_t problem;
	if (request->body_length == 0 || request->document != NULL)
		return error_none();
	request->document =
		json_read(request->body, request->body_length, JSON_REJECT_DUPLICATES, &problem);
	if (request->document != NULL)
		return error_none();
	request->hint = request->hint == NULL
				? arena_copy(&request->arena, problem.text, strlen(problem.text))
				: arena_format(&request->arena, "%s; send JSON: %s", problem.text,
					  request->hint);
	return control_error(CONTROL_BODY_IS_NO_JSON, NULL);
}

static const char *text_value(const json_t *value)
{
	const char *text = json_string_value(value);
	return text != NULL && strlen(text) == json_string_length(value) ? text : NULL;
}

static bool read_text(const json_t *value, bool may_be_empty, const char **place)
{
	*place = text_value(value);
	return *place != NULL && (may_be_empty || (*place)[0] != '\0');
}

static bool read_array(struct arena *arena, json_t *value, const char **place)
{
	*place = json_is_array(value) ? json_text_copy(arena, value) : NULL;
	return *place != NULL;
}

static bool read_key(struct arena *arena, const struct key *key, json_t *value, void *place)
{
	const char *text = text_value(value);
	switch (key->kind) {
	case KEY_TEXT: return read_text(value, false, place);
	case KEY_BYTES: return read_text(value, true, place);
	case KEY_NATURAL:
		*(int64_t *)place = json_integer_value(value);
		return json_is_integer(value) && *(int64_t *)place >= 0 &&
		       *(int64_t *)place <= INT64_MAX / 16;
	case KEY_DURATION: return text != NULL && duration_parse(text, place);
	case KEY_TIME: /* 0 is for "not given" */
		return text != NULL && clock_parse(text, place) && *(int64_t *)place > 0;
	case KEY_NULLABLE_TEXT:
		*(const char **)place = NULL;
		return json_is_null(value) || read_text(value, false, place);
	case KEY_ARRAY: return read_array(arena, value, place);
	case KEY_OBJECT: *(json_t **)place = value; return json_is_object(value);
	case KEY_BOOLEAN: *(bool *)place = json_is_true(value); return json_is_boolean(value);
	}
	return false;
}

static const struct key *key_named(const struct key *keys, const char *name)
{
	for (; keys->name != NULL; keys++) {
		if (strcmp(keys->name, name) == 0)
			return keys;
	}
	return NULL;
}

/* What values of some kinds are, where the body's example may not say it; NULL for others. */
static const char *name_of_kind(enum key_kind kind)
{
	switch (kind) {
	case KEY_NATURAL: return "a whole number from 0";
	case KEY_DURATION: return "a duration, as \"250ms\", \"10s\" or \"1h30m\"";
	case KEY_BOOLEAN: return "true or false";
	default: return NULL;
	}
}

/* Refuses a key. `at` may be a part of the body that it is in. */
static struct api_error refuse_key(
	struct request *request, enum control_error_case which, const char *at, const char *name)
{
	const char *field = at[0] == '\0' ? name : arena_format(&request->arena, "%s%s", at, name);
	return control_error(which, field);
}

static struct api_error refuse_value(struct request *request, const char *at, const struct key *key)
{
	struct api_error error = refuse_key(request, CONTROL_VALUE, at, key->name);
	const char *kind = name_of_kind(key->kind);
	if (kind != NULL)
		error.hint = arena_format(&request->arena, "%s is %s%s%s", key->name, kind,
			request->hint != NULL ? ": " : "",
			request->hint != NULL ? request->hint : "");
	return error;
}

static struct api_error unknown_key(
	struct request *request, const char *at, const struct key *keys, const char *name)
{
	struct api_error error = refuse_key(request, CONTROL_UNKNOWN_KEY, at, name);
	const char *known[KNOWN_MAXIMUM + 1] = { NULL };
	for (size_t i = 0; i < KNOWN_MAXIMUM && keys[i].name != NULL; i++)
		known[i] = keys[i].name;
	error.hint = control_unknown_hint(request, name, known);
	return error;
}

struct api_error control_problem(
	struct request *request, const struct problem *problem, const char *const *known)
{
	static const enum control_error_case cases[] = {
		[PROBLEM_UNKNOWN_KEY] = CONTROL_UNKNOWN_KEY,
		[PROBLEM_VALUE] = CONTROL_VALUE,
		[PROBLEM_MISSING_KEY] = CONTROL_MISSING_KEY,
	};
	const bool is_unknown = problem->kind == PROBLEM_UNKNOWN_KEY;
	if (problem->kind == PROBLEM_NONE || (is_unknown && problem->field == NULL))
		return error_internal(); /* there was no memory for it */
	struct api_error error = control_error(cases[problem->kind], problem->field);
	error.hint = problem->hint;
	if (is_unknown && known != NULL) {
		const char *dot = strrchr(problem->field, '.');
		error.hint = control_unknown_hint(
			request, dot != NULL ? dot + 1 : problem->field, known);
	}
	return error;
}

struct api_error control_read_object(struct request *request, json_t *object, const char *at,
	const struct key *keys, void *arguments)
{
	const char *name;
	json_t *value;
	json_object_foreach(object, name, value)
	{
		const struct key *key = key_named(keys, name);
		if (key == NULL)
			return unknown_key(request, at, keys, name);
		if (!read_key(&request->arena, key, value, (char *)arguments + key->offset))
			return refuse_value(request, at, key);
	}
	for (; keys->name != NULL; keys++) {
		if (keys->required && json_object_get(object, keys->name) == NULL)
			return refuse_key(request, CONTROL_MISSING_KEY, at, keys->name);
	}
	return error_none();
}

struct api_error control_read(struct request *request, const struct key *keys, void *arguments)
{
	const struct api_error error = control_parse(request);
	if (is_error(error))
		return error;
	if (request->document != NULL && !json_is_object(request->document))
		return control_error(CONTROL_BODY_IS_NO_OBJECT, NULL);
	return control_read_object(request, request->document, "", keys, arguments);
}

static const struct key no_keys[] = { { .name = NULL } };

struct api_error control_parse_nothing(struct request *request)
{
	request->hint = "no body is asked for";
	return control_read(request, no_keys, NULL);
}

const char *control_scope(const struct request *request)
{
	return request->all_accounts ? NULL : request->caller.account_sid;
}

struct api_error control_check_journal(const struct request *request, const char *field)
{
	return request->emulator->watch->journal != NULL ? error_none()
							 : control_error(CONTROL_NO_JOURNAL, field);
}

/* ── answering ───────────────────────────────────────────────────────────────────────────── */

struct api_error control_reply(struct request *request, json_t *value)
{
	struct strbuf *body = &request->reply.body;
	json_text_add(body, value);
	json_decref(value);
	return body->failed ? error_internal() : error_none();
}

struct api_error control_remember_account(struct request *request, struct context *context,
	const char *account_sid, const struct seed *seed, const char *part)
{
	struct registry *registry = request->emulator->registry;
	struct account_change *change = arena_alloc(&request->arena, sizeof(*change));
	struct store_account account;
	if (change == NULL || store_fetch_account(context->connection, account_sid, &request->arena,
				      &account) != STORE_OK)
		return error_internal();
	change->account_sid = account.sid;
	change->entry = registry_prepare(registry, &account);
	if (change->entry == NULL)
		return error_internal();
	change->next = request->changes_of_accounts;
	request->changes_of_accounts = change;
	const bool complete =
		seed == NULL || seed_prepare(seed, part, account_sid, registry, change->entry);
	return complete ? error_none() : error_internal();
}
