/* SPDX-License-Identifier: MIT */
/* The control API's sinks: built-in receivers of webhooks. */
#include <string.h>

#include "request/page.h"
#include "control/control.h"
#include "engine/account.h"
#include "engine/engine.h"
#include "model/sid.h"
#include "outbox/sinks.h"
#include "request/form.h"
#include "util/base64.h"
#include "util/clock.h"
#include "util/json_read.h"
#include "util/json_text.h"
#include "util/utf8.h"

enum {
	TEXT_MAXIMUM = 1024 * 1024, /* of one part of a request; a byte may become three */
	BODY_SHOWN = 4 * 1024,
	BASE64_SHOWN = BODY_SHOWN / 3 * 4, /* whole groups */
	/* Requests are read so many at a time, until so many bytes are to be shown. */
	READ_AT_ONCE = 20,
	LISTED_BYTES_MAXIMUM = 1024 * 1024,
	SINKS_LISTED = 1000
};

/* ── making, deleting, listing ───────────────────────────────────────────────────────────────────
 */

struct script {
	const char *answers;
};

static const struct key script_keys[] = {
	{ "answers", KEY_ARRAY, offsetof(struct script, answers), false },
	{ .name = NULL },
};

static struct api_error parse_put(struct request *request)
{
	request->hint =
		"{\"answers\": [{\"status\": 500}, {\"delay_ms\": 2000, \"body\": \"…\"}]}: the "
		"last one repeats";
	request->arguments = arena_alloc(&request->arena, sizeof(struct script));
	return request->arguments != NULL ? control_read(request, script_keys, request->arguments)
					  : error_internal();
}

/* Adds what a sink is called and where it is called: two members of an object. */
static void add_sink(struct strbuf *out, const struct request *request, const char *name)
{
	struct strbuf url;
	strbuf_init(&url, 4096);
	strbuf_add_format(&url, "%s/_emulator/sinks/", request->origin);
	strbuf_add_percent_encoded(&url, name);
	strbuf_add_text(&url, "/in");
	strbuf_add_text(out, "\"name\":");
	strbuf_add_json_string(out, name);
	control_add_member(out, "url", url.failed ? "" : url.data);
	strbuf_done(&url);
}

static struct api_error run_put(struct request *request, struct context *context)
{
	const struct script *script = request->arguments;
	struct sink sink;
	struct strbuf *out = &request->reply.body;
	const struct api_error error =
		sink_put(context, request->identifier, script->answers, &sink);
	if (is_error(error))
		return error;
	strbuf_add_char(out, '{');
	add_sink(out, request, sink.unique_name);
	strbuf_add_format(out, ",\"answers\":%s}", sink.answers);
	return error_none();
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

struct sink_list {
	const struct request *request;
	struct strbuf *out;
};

static void list_sink(void *closure, const void *record)
{
	const struct sink_list *list = closure;
	const struct sink *sink = record;
	char created[CLOCK_TEXT_SIZE];
	clock_format(sink->date_created, created);
	/* What is last is the bracket of the list, or a sink. */
	strbuf_add_text(list->out, list->out->data[list->out->length - 1] == '[' ? "{" : ",{");
	add_sink(list->out, list->request, sink->unique_name);
	strbuf_add_format(list->out, ",\"received\":%lld,\"date_created\":\"%s\"}",
		(long long)sink->answered, created);
}

/* Scripts are left out: each may be long. */
static struct api_error run_list_sinks(struct request *request, struct context *context)
{
	const struct store_query query = {
		.namespace = context->namespace, .below = INT64_MAX, .limit = SINKS_LISTED
	};
	struct sink_list list = { request, &request->reply.body };
	struct store_page page;
	strbuf_add_text(list.out, "{\"sinks\":[");
	if (store_list(context->connection, &sink_resource, &query, list_sink, &list, &page) !=
		STORE_OK)
		return error_internal();
	strbuf_add_text(list.out, "]}");
	return error_none();
}

const struct operation control_list_sinks = {
	.parse = control_parse_nothing, .run = run_list_sinks, .status = 200
};

/* ── receiving ───────────────────────────────────────────────────────────────────────────── */

static bool collect_account(void *closure, const char *name, const char *value)
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
	const char *query = request_query(request);
	const char *texts[2] = { query, request->body };
	const size_t lengths[2] = { strlen(query), request->body_length };
	for (int i = 0; i < 2 && named == NULL; i++) {
		char *copy = arena_copy(&request->arena, texts[i], lengths[i]);
		if (copy == NULL || !form_visit(copy, lengths[i], collect_account, &named))
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
	const char *query = request_query(request);
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

static struct api_error parse_receive(struct request *request)
{
	struct sink_request *arrived = arena_alloc(&request->arena, sizeof(*arrived));
	if (arrived == NULL)
		return error_internal();
	request->arguments = arrived;
	request->caller.account_sid = account_of(request);
	if (request->caller.account_sid == NULL)
		return control_error(CONTROL_WHOSE_SINK, "account");
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
	if (is_error(error))
		return error;
	request->reply.status = answer.status;
	request->reply.delay_ms = answer.delay_ms;
	request->reply.content_type = "text/plain; charset=utf-8";
	strbuf_add_text(&request->reply.body, answer.body);
	return error_none();
}

const struct operation control_receive = {
	.parse = parse_receive, .run = run_receive, .writes = true, .any_query = true
};

/* ── reading ─────────────────────────────────────────────────────────────────────────────── */

struct shown_request {
	struct shown_request *next;
	struct sink_request arrived;
	size_t body_bytes; /* as it came, however much of it is shown */
	bool cut;
};

/* What is read for one answer; it is rendered when nobody waits for the database any more. */
struct reading {
	struct arena arena;
	struct shown_request *oldest; /* oldest first is what a reader of a story expects */
	size_t bytes;
	bool complete;
};

/* The length of a body as it came. */
static size_t body_bytes(const struct sink_request *arrived)
{
	if (arrived->body_base64 == NULL)
		return strlen(arrived->body);
	const char *padding = strchr(arrived->body_base64, '=');
	return strlen(arrived->body_base64) / 4 * 3 - (padding != NULL ? strlen(padding) : 0);
}

/* Shortens the body to what is shown. False without memory. */
static bool cut_body(struct arena *arena, struct sink_request *arrived)
{
	const char **base64 = &arrived->body_base64;
	arrived->body = arena_copy(arena, arrived->body, utf8_prefix(arrived->body, BODY_SHOWN));
	if (*base64 == NULL)
		return arrived->body != NULL;
	*base64 = arena_copy(arena, *base64, strnlen(*base64, BASE64_SHOWN));
	return arrived->body != NULL && *base64 != NULL;
}

/* Copies a record, shortened. False without memory. */
static bool keep_shown(struct arena *arena, const void *record, struct shown_request *shown)
{
	shown->arrived = *(const struct sink_request *)record;
	shown->body_bytes = body_bytes(&shown->arrived);
	shown->cut = shown->body_bytes > BODY_SHOWN;
	if (shown->cut && !cut_body(arena, &shown->arrived))
		return false;
	const struct sink_request *kept =
		engine_keep(arena, &sink_request_resource, &shown->arrived);
	if (kept != NULL)
		shown->arrived = *kept;
	return kept != NULL;
}

/* Newest come first from the store. */
static void keep_request(void *closure, const void *record)
{
	struct reading *reading = closure;
	struct shown_request *shown = arena_alloc(&reading->arena, sizeof(*shown));
	if (shown == NULL || !keep_shown(&reading->arena, record, shown)) {
		reading->complete = false;
		return;
	}
	shown->next = reading->oldest;
	reading->oldest = shown;
	reading->bytes += strlen(shown->arrived.body) + strlen(shown->arrived.url) +
			  strlen(shown->arrived.headers);
}

static bool add_parameter(void *closure, const char *name, const char *value)
{
	return json_object_set_new(closure, name, json_string(value)) == 0;
}

/* Adds the request's parameters, decoded: of its form or, for a GET, of its query. */
static void add_parameters(
	struct strbuf *out, struct arena *arena, const struct sink_request *arrived)
{
	const char *query = strchr(arrived->url, '?');
	const char *text =
		arrived->body[0] != '\0' ? arrived->body : (query != NULL ? query + 1 : "");
	json_t *parameters = json_object();
	const size_t length = strlen(text);
	char *copy = arena_copy(arena, text, length);
	if (copy == NULL || !form_visit(copy, length, add_parameter, parameters))
		json_object_clear(parameters);
	json_text_add(out, parameters);
	json_decref(parameters);
}

static void add_request(struct strbuf *out, struct arena *arena, const struct shown_request *shown)
{
	const struct sink_request *arrived = &shown->arrived;
	char at[CLOCK_TEXT_SIZE];
	clock_format(arrived->date_created, at);
	strbuf_add_format(out, "{\"sid\":\"%s\",\"at\":\"%s\"", arrived->sid, at);
	control_add_member(out, "method", arrived->method);
	control_add_member(out, "url", arrived->url);
	strbuf_add_format(out, ",\"headers\":%s", arrived->headers);
	control_add_member(out, "body", arrived->body);
	control_add_member(out, "body_base64", arrived->body_base64);
	strbuf_add_format(out, ",\"body_bytes\":%zu,\"parameters\":", shown->body_bytes);
	if (shown->cut)
		strbuf_add_text(out, "null");
	else
		add_parameters(out, arena, arrived);
	strbuf_add_format(out, ",\"signature_valid\":%s,\"answered_status\":%lld}",
		arrived->signature_valid ? "true" : "false", (long long)arrived->answered_status);
}

/* What binds a token to the list of what one sink received. */
static uint64_t list_of(const struct context *context, const struct sink *sink)
{
	const struct list_parameters list = { .parent_sid = sink->sid };
	return page_list_identity(context->namespace, &sink_request_resource, &list);
}

static struct api_error refuse_place(void)
{
	struct api_error error = control_error(CONTROL_VALUE, "older");
	error.hint = "what `older` of an answer about this sink says";
	return error;
}

/* Where the list begins: at the newest, or below what a token says. */
static struct api_error read_place(struct request *request, uint64_t list, int64_t *ret_below)
{
	const char *token = control_query(request, "older");
	struct page_request place = { .position = INT64_MAX };
	if (token != NULL && !page_token_read(token, list, &place))
		return refuse_place();
	*ret_below = place.position;
	return error_none();
}

/* Reads so much as may be shown at once. `ret_more`: there is something below the last. */
static bool read_requests(struct reading *reading, struct context *context, const char *sink_sid,
	int64_t *below, bool *ret_more)
{
	const struct sink_request filter = { .sink_sid = sink_sid };
	struct store_page page = { .more = true };
	size_t count = 0;
	while (page.more && count < SINK_REQUESTS_KEPT && reading->bytes < LISTED_BYTES_MAXIMUM) {
		const struct store_query query = {
			.namespace = context->namespace,
			.filter = &filter,
			.filter_set = SINK_REQUEST_FIELD(sink_sid),
			.below = *below,
			.limit = READ_AT_ONCE,
		};
		if (store_list(context->connection, &sink_request_resource, &query, keep_request,
			    reading, &page) != STORE_OK)
			return false;
		count += page.count;
		*below = page.last_id;
	}
	*ret_more = page.more;
	return reading->complete;
}

static void render_requests(
	struct strbuf *out, struct reading *reading, uint64_t list, int64_t below, bool more)
{
	char token[PAGE_TOKEN_SIZE];
	strbuf_add_text(out, "{\"requests\":[");
	for (const struct shown_request *each = reading->oldest; each != NULL; each = each->next) {
		strbuf_add_text(out, each != reading->oldest ? "," : "");
		add_request(out, &reading->arena, each);
	}
	page_token_make(list, PAGE_BELOW, below, token);
	strbuf_add_char(out, ']');
	control_add_member(out, "older", more ? token : NULL);
	strbuf_add_char(out, '}');
}

/* Errors: 20404. Unlike records, a sink can be made by its name. */
static struct api_error fetch_sink(struct context *context, const char *name, struct sink *ret_sink)
{
	struct api_error error = engine_fetch(context, &sink_resource, name, ret_sink);
	if (error.status == 404)
		error.hint =
			"the account has no sink of this name: PUT /_emulator/sinks/{name} makes "
			"one; names are case-sensitive";
	return error;
}

static struct api_error run_list(struct request *request, struct context *context)
{
	struct sink sink;
	struct reading reading = { .complete = true };
	int64_t below = INT64_MAX;
	bool more = false;
	struct api_error error = fetch_sink(context, request->identifier, &sink);
	if (is_error(error))
		return error;
	const uint64_t list = list_of(context, &sink);
	error = read_place(request, list, &below);
	if (is_error(error))
		return error;
	arena_init(&reading.arena);
	if (!read_requests(&reading, context, sink.sid, &below, &more))
		error = error_internal();
	store_snapshot_release(context->connection);
	if (!is_error(error))
		render_requests(&request->reply.body, &reading, list, below, more);
	arena_done(&reading.arena);
	return error;
}

static const char *const list_query[] = { "older", NULL };

const struct operation control_list_received = {
	.parse = control_parse_nothing, .run = run_list, .status = 200, .query = list_query
};

/* Reads a request of a sink into `arena`. Error: 20404. */
static struct api_error fetch_request(struct context *context, const struct sink *sink,
	const char *sid, struct arena *arena, struct sink_request *ret_arrived)
{
	const enum store_result result = store_fetch(context->connection, &sink_request_resource,
		context->namespace, sid, arena, ret_arrived);
	if (result == STORE_OK && strcmp(ret_arrived->sink_sid, sink->sid) == 0)
		return error_none();
	return result == STORE_FAILED ? error_internal()
				      : error_new(context->arena, ERROR_NOT_FOUND, context->path);
}

static struct api_error run_show(struct request *request, struct context *context)
{
	struct sink sink;
	struct shown_request shown = { 0 };
	struct arena arena;
	struct api_error error = fetch_sink(context, request->parent, &sink);
	if (is_error(error))
		return error;
	arena_init(&arena);
	error = fetch_request(context, &sink, request->identifier, &arena, &shown.arrived);
	store_snapshot_release(context->connection);
	if (!is_error(error)) {
		shown.body_bytes = body_bytes(&shown.arrived);
		add_request(&request->reply.body, &arena, &shown);
	}
	arena_done(&arena);
	return error;
}

const struct operation control_show_received = {
	.parse = control_parse_nothing, .run = run_show, .status = 200
};
