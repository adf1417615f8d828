/* SPDX-License-Identifier: MIT */
#include "control/control.h"

#include <string.h>

#include "model/account_clock.h"
#include "request/form.h"
#include "util/clock.h"
#include "util/json_read.h"
#include "util/json_text.h"

/* ── errors ──────────────────────────────────────────────────────────────────────────────── */

struct api_error control_error(int status, const char *message, const char *field)
{
	/* Any code but 0 makes it an error; the control API does not show codes. */
	return (struct api_error){
		.code = 1, .status = status, .message = message, .field = field
	};
}

static const char *hint_of(const struct request *request, const struct api_error *error)
{
	if (error->hint != NULL)
		return error->hint;
	/* What the body should be helps only when it is at fault. */
	if (request->hint != NULL && error->status == 400)
		return request->hint;
	if (request->remedy != NULL)
		return request->remedy;
	switch (error->status) {
	case 401: return "Basic credentials of an account, or Authorization: Bearer <admin token>";
	case 404: return "docs/control.md lists the paths; SIDs are looked up in the account";
	case 405: return request->reply.allow;
	default: return NULL;
	}
}

static void add_member(struct strbuf *out, const char *key, const char *text)
{
	strbuf_add_format(out, ",\"%s\":", key);
	if (text != NULL)
		strbuf_add_json_string(out, text);
	else
		strbuf_add_text(out, "null");
}

void control_add_error(struct request *request, const struct api_error *error)
{
	struct strbuf *out = &request->reply.body;
	strbuf_add_text(out, "{\"error\":");
	strbuf_add_json_string(out, error->message);
	add_member(out, "field", error->field);
	add_member(out, "hint", hint_of(request, error));
	strbuf_add_char(out, '}');
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

bool control_read_query(struct request *request, const char *name, const char **ret_value)
{
	struct query_search search = { .name = name };
	const char *query = strchr(request->target, '\0') + 1; /* where serve_start cut it */
	const size_t length = strlen(query);
	char *copy = arena_copy(&request->arena, query, length);
	const bool good = copy != NULL && form_visit(copy, length, collect_value, &search);
	*ret_value = good ? search.value : NULL;
	return good;
}

const char *control_query(struct request *request, const char *name)
{
	const char *value;
	return control_read_query(request, name, &value) ? value : NULL;
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
	request->hint = arena_copy(&request->arena, problem.text, strlen(problem.text));
	return control_error(400, "The body is not JSON", NULL);
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

struct api_error control_read(struct request *request, const struct key *keys, void *arguments)
{
	struct api_error error = control_parse(request);
	json_t *document = request->document;
	const char *name;
	json_t *value;
	if (!is_error(error) && document != NULL && !json_is_object(document))
		return control_error(400, "The body must be a JSON object", NULL);
	json_object_foreach(document, name, value)
	{
		const struct key *key = key_named(keys, name);
		if (key == NULL)
			return control_error(400, "No such key", name);
		if (!read_key(&request->arena, key, value, (char *)arguments + key->offset))
			return control_error(400, "Unacceptable value", name);
	}
	for (; keys->name != NULL && !is_error(error); keys++) {
		if (keys->required && json_object_get(document, keys->name) == NULL)
			error = control_error(400, "Missing key", keys->name);
	}
	return error;
}

static const struct key no_keys[] = { { .name = NULL } };

struct api_error control_parse_nothing(struct request *request)
{
	request->hint = "no body is asked for";
	return control_read(request, no_keys, NULL);
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
	change->entry = registry_prepare(registry, &account);
	if (change->entry == NULL)
		return error_internal();
	change->next = request->changes_of_accounts;
	request->changes_of_accounts = change;
	const bool complete =
		seed == NULL || seed_prepare(seed, part, account_sid, registry, change->entry);
	return complete ? error_none() : error_internal();
}
