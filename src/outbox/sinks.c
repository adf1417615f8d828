/* SPDX-License-Identifier: MIT */
#include "outbox/sinks.h"

#include <jansson.h>
#include <string.h>

#include "engine/account.h"
#include "engine/engine.h"
#include "store/outbox.h"
#include "util/count.h"
#include "util/json_read.h"
#include "util/strbuf.h"
#include "webhook/signature.h"

enum { ANSWERS_MAXIMUM = 1024 * 1024, DELAY_MAXIMUM_MS = 60 * 1000 };

static const struct field sink_fields[] = {
	{ FIELD_OF(sink, sid), .kind = FIELD_OWN_SID, .prefix = "WS", .flags = HIDDEN },
	{ FIELD_OF(sink, account_sid), .kind = FIELD_ACCOUNT_SID },
	{ FIELD_OF(sink, unique_name), .kind = FIELD_UNIQUE_NAME },
	{ FIELD_OF(sink, answers), .kind = FIELD_TEXT, .flags = HIDDEN },
	{ FIELD_OF(sink, answered), .kind = FIELD_INTEGER },
	{ FIELD_OF(sink, date_created), .kind = FIELD_TIME },
	{ FIELD_OF(sink, date_updated), .kind = FIELD_TIME },
};

const struct resource sink_resource = {
	.number = 8,
	.name = "Sink",
	.list_key = "sinks",
	.sid_prefix = "WS",
	.record_size = sizeof(struct sink),
	.sid_offset = offsetof(struct sink, sid),
	.fields = sink_fields,
	.field_count = COUNT_OF(sink_fields),
	.is_history = true,
};

static const struct field sink_request_fields[] = {
	{ FIELD_OF(sink_request, sid), .kind = FIELD_OWN_SID, .prefix = "WR" },
	{ FIELD_OF(sink_request, account_sid), .kind = FIELD_ACCOUNT_SID, .flags = HIDDEN },
	{ FIELD_OF(sink_request, sink_sid), .parameter = "sink", .kind = FIELD_TEXT,
		.flags = ON_LIST | HIDDEN },
	{ FIELD_OF(sink_request, date_created), .kind = FIELD_TIME },
	{ FIELD_OF(sink_request, date_updated), .kind = FIELD_TIME, .flags = HIDDEN },
	{ FIELD_OF(sink_request, method), .kind = FIELD_TEXT },
	{ FIELD_OF(sink_request, url), .kind = FIELD_TEXT },
	{ FIELD_OF(sink_request, headers), .kind = FIELD_TEXT },
	{ FIELD_OF(sink_request, body), .kind = FIELD_TEXT },
	{ FIELD_OF(sink_request, body_base64), .kind = FIELD_TEXT },
	{ FIELD_OF(sink_request, signature_valid), .kind = FIELD_BOOLEAN },
	{ FIELD_OF(sink_request, answered_status), .kind = FIELD_INTEGER },
};

const struct resource sink_request_resource = {
	.number = 9,
	.name = "Sink request",
	.list_key = "sink_requests",
	.sid_prefix = "WR",
	.record_size = sizeof(struct sink_request),
	.sid_offset = offsetof(struct sink_request, sid),
	.fields = sink_request_fields,
	.field_count = COUNT_OF(sink_request_fields),
	.is_history = true,
};

/* ── the script ──────────────────────────────────────────────────────────────────────────── */

static bool is_status(const json_t *value)
{
	return json_is_integer(value) && json_integer_value(value) >= 200 &&
	       json_integer_value(value) <= 599;
}

static bool is_delay(const json_t *value)
{
	return json_is_integer(value) && json_integer_value(value) >= 0 &&
	       json_integer_value(value) <= DELAY_MAXIMUM_MS;
}

static bool is_answer(json_t *answer)
{
	const char *key;
	json_t *value;
	bool good = json_is_object(answer);
	json_object_foreach(answer, key, value)
	{
		good = good && ((strcmp(key, "status") == 0 && is_status(value)) ||
				       (strcmp(key, "delay_ms") == 0 && is_delay(value)) ||
				       (strcmp(key, "body") == 0 && json_is_string(value)));
	}
	return good;
}

static bool is_script(const char *text)
{
	json_t *answers =
		strlen(text) <= ANSWERS_MAXIMUM ? json_read(text, strlen(text), 0, NULL) : NULL;
	bool good = json_is_array(answers);
	size_t index;
	json_t *answer;
	json_array_foreach(answers, index, answer) good = good && is_answer(answer);
	json_decref(answers);
	return good;
}

/* The script's answer to a request's number; its last one repeats, and an empty script says 200.
 * Without memory it has no body. */
static struct sink_answer answer_of(struct arena *arena, const char *script, int64_t number)
{
	struct sink_answer result = { .status = 200, .body = "" };
	json_t *answers = json_read(script, strlen(script), 0, NULL);
	const size_t count = json_array_size(answers);
	const size_t place = (size_t)number < count ? (size_t)number : count - 1;
	json_t *answer = count > 0 ? json_array_get(answers, place) : NULL;
	json_t *status = json_object_get(answer, "status");
	if (status != NULL)
		result.status = (int)json_integer_value(status);
	result.delay_ms = json_integer_value(json_object_get(answer, "delay_ms"));
	const char *body = json_string_value(json_object_get(answer, "body"));
	if (body != NULL)
		result.body = arena_copy(arena, body, strlen(body));
	json_decref(answers);
	return result;
}

/* ── sinks ───────────────────────────────────────────────────────────────────────────────── */

/* Clients take such segments out of a URL, even where they are escaped (RFC 3986, 5.2.4). */
static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static struct api_error refuse_name(struct context *context)
{
	struct api_error error = error_new(context->arena, ERROR_INVALID_PARAMETER, "name");
	error.hint = "a sink's name has at most 64 characters, does not look like a SID, and is "
		     "neither . nor ..";
	return error;
}

struct api_error sink_put(
	struct context *context, const char *name, const char *answers, struct sink *ret_sink)
{
	const struct field *name_field = resource_field(&sink_resource, FIELD_UNIQUE_NAME);
	*ret_sink = (struct sink){ .answers = answers != NULL ? answers : "[]" };
	if (!field_accept(name_field, name, context->arena, ret_sink) || is_dots(name))
		return refuse_name(context);
	if (!is_script(ret_sink->answers))
		return error_new(context->arena, ERROR_INVALID_PARAMETER, "answers");
	const struct api_error error = sink_delete(context, name);
	if (is_error(error) && error.status != 404)
		return error;
	return engine_create(context, &sink_resource, ret_sink, 0);
}

struct api_error sink_delete(struct context *context, const char *name)
{
	struct sink sink;
	const struct api_error error = engine_fetch(context, &sink_resource, name, &sink);
	if (is_error(error))
		return error;
	return error_of_store(
		store_delete(context->connection, &sink_resource, context->namespace, sink.sid));
}

/* Whether the account's token signed the request. */
static struct api_error check_signature(
	struct context *context, struct sink_request *arrived, const char *signature)
{
	const char *auth_token;
	const struct api_error error = account_auth_token(context, &auth_token);
	if (is_error(error))
		return error;
	struct strbuf text;
	char expected[SIGNATURE_SIZE];
	strbuf_init(&text, 1024 * 1024);
	const char *form = strcmp(arrived->method, "POST") == 0 ? arrived->body : NULL;
	const bool has_text = signature != NULL && signature_text(&text, arrived->url, form);
	const bool made = has_text && signature_make(auth_token, text.data, text.length, expected);
	arrived->signature_valid = made && signature_matches(expected, signature);
	strbuf_done(&text);
	return made == has_text ? error_none() : error_internal();
}

/* Now and then, deletes what is older than what is to be kept: anybody can fill a sink. */
static struct api_error trim(struct context *context, const struct sink *sink)
{
	enum { EVERY = 64 };
	if (sink->answered % EVERY != 0)
		return error_none();
	return error_of_store(store_trim_sink_requests(
		context->connection, context->namespace, sink->sid, SINK_REQUESTS_KEPT));
}

struct api_error sink_receive(struct context *context, const char *name,
	struct sink_request *arrived, const char *signature, struct sink_answer *ret_answer)
{
	struct sink sink;
	struct api_error error = engine_fetch(context, &sink_resource, name, &sink);
	if (!is_error(error))
		error = check_signature(context, arrived, signature);
	if (is_error(error))
		return error;
	*ret_answer = answer_of(context->arena, sink.answers, sink.answered++);
	if (ret_answer->body == NULL)
		return error_internal();
	arrived->sink_sid = sink.sid;
	arrived->answered_status = ret_answer->status;
	error = engine_create(context, &sink_request_resource, arrived, 0);
	if (!is_error(error))
		error = engine_save(context, &sink_resource, &sink,
			resource_member_bit(&sink_resource, offsetof(struct sink, answered)));
	return !is_error(error) ? trim(context, &sink) : error;
}
