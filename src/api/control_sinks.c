/* SPDX-License-Identifier: MIT */
/* The control API's sinks: built-in receivers of webhooks. */
#include <string.h>

#include "api/control.h"
#include "api/form.h"
#include "service/account.h"
#include "service/json_text.h"
#include "service/sinks.h"
#include "util/base64.h"
#include "util/clock.h"
#include "util/sid.h"

enum {
	TEXT_MAXIMUM = 1024 * 1024, /* of one part of a request; a byte may become three */
	/* Of what came; in JSON a byte may become six, once in the body and once among parameters.
	 */
	LISTED_BYTES_MAXIMUM = 4 * 1024 * 1024
};

/* ── making and deleting ─────────────────────────────────────────────────────────────────── */

struct script {
	const char *answers;
};

static const struct key script_keys[] = {
	{ "answers", KEY_ARRAY, offsetof(struct script, answers), false },
	{ .name = NULL },
};

static struct api_error parse_put(struct request *request, const struct settings *settings)
{
	(void)settings;
	request->hint =
		"{\"answers\": [{\"status\": 500}, {\"delay_ms\": 2000, \"body\": \"…\"}]}: the "
		"last one repeats";
	request->arguments = arena_alloc(&request->arena, sizeof(struct script));
	return request->arguments != NULL ? control_read(request, script_keys, request->arguments)
					  : error_internal();
}

static struct api_error run_put(struct request *request, struct context *context)
{
	const struct script *script = request->arguments;
	struct sink sink;
	struct strbuf url;
	const struct api_error error =
		sink_put(context, request->identifier, script->answers, &sink);
	if (error.code != 0)
		return error;
	strbuf_init(&url, 4096);
	strbuf_add_format(&url, "%s/_emulator/sinks/", request->origin);
	strbuf_add_percent_encoded(&url, sink.unique_name);
	strbuf_add_text(&url, "/in");
	json_t *answer = json_pack("{s:s, s:s, s:o}", "name", sink.unique_name, "url",
		url.failed ? "" : url.data, "answers", json_loads(sink.answers, 0, NULL));
	strbuf_done(&url);
	return control_reply(request, answer);
}

const struct operation control_put_sink = {
	.parse = parse_put, .run = run_put, .status = 200, .writes = true
};

static struct api_error run_delete(struct request *request, struct context *context)
{
	return sink_delete(context, request->identifier);
}

const struct operation control_delete_sink = {
	.parse = control_parse_nothing, .run = run_delete, .status = 204, .writes = true
};

/* ── receiving ───────────────────────────────────────────────────────────────────────────── */

static bool note_account(void *closure, const char *name, const char *value)
{
	if (strcmp(name, "AccountSid") == 0 && sid_has_form(value, "AC"))
		*(const char **)closure = value;
	return true;
}

/* A webhook carries no credentials. Its account is in the query (`account`), or is the AccountSid
 * that every webhook carries. */
static const char *account_of(struct request *request)
{
	const char *named = control_query(request, "account");
	const char *query = strchr(request->target, '\0') + 1;
	const char *texts[2] = { query, request->body };
	const size_t lengths[2] = { strlen(query), request->body_length };
	for (int i = 0; i < 2 && named == NULL; i++) {
		char *copy = arena_copy(&request->arena, texts[i], lengths[i]);
		if (copy == NULL || !form_visit(copy, lengths[i], note_account, &named))
			continue;
	}
	return named != NULL && sid_has_form(named, "AC") ? named : NULL;
}

/* Whatever bytes came, as text. NULL without memory. */
static const char *text_of(struct arena *arena, const char *bytes, size_t length)
{
	struct strbuf text;
	strbuf_init(&text, TEXT_MAXIMUM);
	strbuf_add_as_text(&text, bytes, length);
	const char *copy = text.failed ? NULL : arena_copy(arena, text.data, text.length);
	strbuf_done(&text);
	return copy;
}

struct headers {
	struct arena *arena;
	json_t *object;
	bool complete;
};

static void add_header(void *closure, const char *name, const char *value)
{
	struct headers *headers = closure;
	const char *key = text_of(headers->arena, name, strlen(name));
	const char *text = text_of(headers->arena, value, strlen(value));
	if (key == NULL || text == NULL ||
		json_object_set_new(headers->object, key, json_string(text)) != 0)
		headers->complete = false;
}

static const char *headers_of(struct request *request)
{
	struct headers headers = { &request->arena, json_object(), true };
	if (request->visit_headers != NULL)
		request->visit_headers(request, add_header, &headers);
	const char *text =
		headers.complete ? json_text_copy(&request->arena, headers.object) : NULL;
	json_decref(headers.object);
	return text;
}

/* The URL as the sender gave it. */
static const char *url_of(struct request *request)
{
	const char *query = strchr(request->target, '\0') + 1;
	struct strbuf url;
	strbuf_init(&url, TEXT_MAXIMUM);
	strbuf_add_format(&url, "%s%s%s%s", request->origin, request->target,
		query[0] != '\0' ? "?" : "", query);
	const char *text = url.failed ? NULL : text_of(&request->arena, url.data, url.length);
	strbuf_done(&url);
	return text;
}

/* Keeps the body, as text and, where that is not the same, as it came. False without memory. */
static bool keep_body(struct request *request, struct sink_request *arrived)
{
	const size_t length = request->body_length;
	struct strbuf encoded;
	arrived->body = text_of(&request->arena, request->body, length);
	if (arrived->body == NULL)
		return false;
	if (strlen(arrived->body) == length && memcmp(arrived->body, request->body, length) == 0)
		return true;
	strbuf_init(&encoded, TEXT_MAXIMUM);
	base64_encode((const uint8_t *)request->body, length, &encoded);
	if (!encoded.failed)
		arrived->body_base64 = arena_copy(&request->arena, encoded.data, encoded.length);
	strbuf_done(&encoded);
	return arrived->body_base64 != NULL;
}

static struct api_error parse_receive(struct request *request, const struct settings *settings)
{
	(void)settings;
	struct sink_request *arrived = arena_alloc(&request->arena, sizeof(*arrived));
	if (arrived == NULL)
		return error_internal();
	request->arguments = arrived;
	request->caller.account_sid = account_of(request);
	if (request->caller.account_sid == NULL) {
		request->hint = "an AccountSid parameter, or ?account=AC…";
		return control_error(400, "Which account's sink is meant?", "account");
	}
	arrived->method = request->method;
	arrived->url = url_of(request);
	arrived->headers = headers_of(request);
	return keep_body(request, arrived) && arrived->url != NULL && arrived->headers != NULL
		       ? error_none()
		       : error_internal();
}

static struct api_error run_receive(struct request *request, struct context *context)
{
	struct sink_answer answer;
	const struct api_error error = sink_receive(
		context, request->identifier, request->arguments, request->signature, &answer);
	if (error.code != 0)
		return error;
	request->reply.status = answer.status;
	request->reply.delay_ms = answer.delay_ms;
	request->reply.content_type = "text/plain; charset=utf-8";
	strbuf_add_text(&request->reply.body, answer.body);
	return error_none();
}

const struct operation control_receive = {
	.parse = parse_receive, .run = run_receive, .writes = true
};

/* ── reading ─────────────────────────────────────────────────────────────────────────────── */

static bool add_parameter(void *closure, const char *name, const char *value)
{
	return json_object_set_new(closure, name, json_string(value)) == 0;
}

/* The request's parameters, decoded: of its form or, for a GET, of its query. */
static json_t *parameters_of(struct arena *arena, const struct sink_request *arrived)
{
	const char *query = strchr(arrived->url, '?');
	const char *text =
		arrived->body[0] != '\0' ? arrived->body : (query != NULL ? query + 1 : "");
	json_t *parameters = json_object();
	const size_t length = strlen(text);
	char *copy = arena_copy(arena, text, length);
	if (copy == NULL || !form_visit(copy, length, add_parameter, parameters))
		json_object_clear(parameters);
	return parameters;
}

struct listing {
	struct arena *arena;
	json_t *array;
	size_t bytes;
	bool complete;
};

/* Newest come first from the store: those that would make the answer too long are left out. */
static void add_received(void *closure, const void *record)
{
	struct listing *listing = closure;
	const struct sink_request *arrived = record;
	char at[CLOCK_TEXT_SIZE];
	clock_format(arrived->date_created, at);
	listing->bytes += strlen(arrived->body) + strlen(arrived->url) + strlen(arrived->headers);
	if (listing->bytes > LISTED_BYTES_MAXIMUM)
		return;
	json_t *shown = json_pack("{s:s, s:s, s:s, s:s, s:o, s:s, s:s?, s:o, s:b, s:I}", "sid",
		arrived->sid, "at", at, "method", arrived->method, "url", arrived->url, "headers",
		json_loads(arrived->headers, 0, NULL), "body", arrived->body, "body_base64",
		arrived->body_base64, "parameters", parameters_of(listing->arena, arrived),
		"signature_valid", arrived->signature_valid, "answered_status",
		(json_int_t)arrived->answered_status);
	/* Oldest first is what a reader of a story expects. */
	if (json_array_insert_new(listing->array, 0, shown) != 0)
		listing->complete = false;
}

static struct api_error run_list(struct request *request, struct context *context)
{
	struct sink sink;
	const struct api_error error =
		service_fetch(context, &sink_resource, request->identifier, &sink);
	if (error.code != 0)
		return error;
	const struct sink_request filter = { .sink_sid = sink.sid };
	struct store_page page;
	const struct store_query query = {
		.scope = context->scope,
		.filter = &filter,
		.filter_set = SINK_REQUEST_FIELD(sink_sid),
		.below = INT64_MAX,
		.limit = SINK_REQUESTS_KEPT,
	};
	struct listing listing = { &request->arena, json_array(), 0, true };
	const enum store_result result = store_list(
		context->connection, &sink_request_resource, &query, add_received, &listing, &page);
	json_t *answer = json_pack("{s:o}", "requests", listing.array);
	if (result == STORE_OK && listing.complete)
		return control_reply(request, answer);
	json_decref(answer);
	return error_internal();
}

const struct operation control_list_received = {
	.parse = control_parse_nothing, .run = run_list, .status = 200
};
