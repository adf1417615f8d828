/* SPDX-License-Identifier: MIT */
/*
 * The control API's view of the outbox: deliveries with their attempts, and replaying them.
 *
 * One delivery is shown with all that each attempt sent and got; a list without those texts, which
 * may be large: it says what became of each attempt.
 */
#include <string.h>

#include "api/control.h"
#include "api/json.h"
#include "service/deliveries.h"
#include "util/clock.h"

/* So many attempts, each at its largest, fit into an answer. */
enum { LISTED = 50, LISTED_MAXIMUM = 500, ATTEMPTS_SHOWN = 100 };

/* ── showing ─────────────────────────────────────────────────────────────────────────────── */

struct rows {
	struct request *request;
	struct context *context;
	bool complete;
};

static void add_attempt(void *closure, const void *record)
{
	struct strbuf *rows = &((struct rows *)closure)->request->rows;
	if (rows->length > 0)
		strbuf_add_char(rows, ',');
	json_add_record(rows, &delivery_attempt_resource, record, "");
}

/* What a list says of an attempt. */
static void add_outcome(void *closure, const void *record)
{
	struct strbuf *rows = &((struct rows *)closure)->request->rows;
	const struct delivery_attempt *attempt = record;
	char time[CLOCK_TEXT_SIZE];
	clock_format(attempt->date_created, time);
	strbuf_add_format(rows,
		"%s{\"sid\":\"%s\",\"number\":%lld,\"date_created\":\"%s\",\"result\":\"%s\","
		"\"error_code\":%lld,\"status\":%lld,\"total_us\":%lld,\"error\":",
		rows->length > 0 ? "," : "", attempt->sid, (long long)attempt->number, time,
		attempt->result, (long long)attempt->error_code, (long long)attempt->status,
		(long long)attempt->total_us);
	if (attempt->error != NULL)
		strbuf_add_json_string(rows, attempt->error);
	else
		strbuf_add_text(rows, "null");
	strbuf_add_char(rows, '}');
}

static void add_hint(struct strbuf *out, const char *hint)
{
	if (hint != NULL)
		strbuf_add_json_string(out, hint);
	else
		strbuf_add_text(out, "null");
}

/* A delivery's object, with its newest attempts, newest first, and whether it has had more. */
static void add_delivery(
	struct rows *rows, const struct delivery *delivery, record_visitor *add_each)
{
	struct request *request = rows->request;
	struct strbuf *out = &request->reply.body;
	const struct delivery_attempt filter = { .delivery_sid = delivery->sid };
	struct store_page page;
	const struct store_query query = {
		.scope = rows->context->scope,
		.filter = &filter,
		.filter_set = ATTEMPT_FIELD(delivery_sid),
		.below = INT64_MAX,
		.limit = ATTEMPTS_SHOWN,
	};
	strbuf_reset(&request->rows);
	if (store_list(rows->context->connection, &delivery_attempt_resource, &query, add_each,
		    rows, &page) != STORE_OK) {
		rows->complete = false;
		return;
	}
	json_add_record(out, &delivery_resource, delivery, "");
	if (out->failed || request->rows.failed)
		return;
	out->length--; /* the closing brace */
	strbuf_add_text(out, ",\"attempts\":[");
	strbuf_add(out, request->rows.data, request->rows.length);
	strbuf_add_format(out, "],\"attempts_more\":%s,\"hint\":",
		delivery->attempt_count > (int64_t)page.count ? "true" : "false");
	add_hint(out, delivery_hint(delivery));
	strbuf_add_char(out, '}');
}

static struct api_error run_show(struct request *request, struct context *context)
{
	struct rows rows = { request, context, true };
	struct delivery delivery;
	const struct api_error error =
		service_fetch(context, &delivery_resource, request->identifier, &delivery);
	if (error.code != 0)
		return error;
	add_delivery(&rows, &delivery, add_attempt);
	return rows.complete && !request->rows.failed ? error_none() : error_internal();
}

const struct operation control_show_delivery = {
	.parse = control_parse_nothing, .run = run_show, .status = 200
};

/* ── listing ─────────────────────────────────────────────────────────────────────────────── */

struct listing {
	struct delivery filter;
	int64_t limit;
};

static struct api_error read_limit(struct request *request, int64_t *ret_limit)
{
	const char *text = control_query(request, "limit");
	*ret_limit = LISTED;
	if (text == NULL)
		return error_none();
	if (text[0] == '\0' || strlen(text) > 4 || strspn(text, "0123456789") != strlen(text))
		return control_error(400, "Unacceptable value", "limit");
	*ret_limit = strtol(text, NULL, 10);
	return *ret_limit >= 1 && *ret_limit <= LISTED_MAXIMUM
		       ? error_none()
		       : control_error(400, "Unacceptable value", "limit");
}

/* Filters are those of the resource's description. */
static struct api_error parse_list(struct request *request, const struct settings *settings)
{
	struct listing *listing = arena_alloc(&request->arena, sizeof(*listing));
	if (listing == NULL)
		return error_internal();
	request->arguments = listing;
	request->hint = "?state=pending|delivered|failed&fleet=<SID or name>&limit=<1 to 500>";
	for (size_t i = 0; i < delivery_resource.field_count; i++) {
		const struct field *field = &delivery_resource.fields[i];
		const char *value =
			field->flags & ON_LIST ? control_query(request, field->parameter) : NULL;
		if (value == NULL)
			continue;
		if (!field_accept(field, value, &request->arena, &listing->filter))
			return control_error(400, "Unacceptable value", field->parameter);
		request->given |= field_bit(&delivery_resource, field);
	}
	const struct api_error error = read_limit(request, &listing->limit);
	return error.code == 0 ? control_parse_nothing(request, settings) : error;
}

struct kept {
	struct arena *arena;
	struct kept_delivery {
		struct kept_delivery *next;
		const struct delivery *delivery;
	} * first, **last_link;
	bool complete;
};

/* Kept first: their attempts are read with the same connection. */
static void keep_delivery(void *closure, const void *record)
{
	struct kept *kept = closure;
	struct kept_delivery *entry = arena_alloc(kept->arena, sizeof(*entry));
	if (entry != NULL)
		entry->delivery = service_keep(kept->arena, &delivery_resource, record);
	if (entry == NULL || entry->delivery == NULL) {
		kept->complete = false;
		return;
	}
	*kept->last_link = entry;
	kept->last_link = &entry->next;
}

static struct api_error run_list(struct request *request, struct context *context)
{
	struct listing *listing = request->arguments;
	struct rows rows = { request, context, true };
	struct kept kept = { .arena = &request->arena, .complete = true };
	struct store_page page;
	const struct page_request newest = { (size_t)listing->limit, PAGE_BELOW, INT64_MAX };
	kept.last_link = &kept.first;
	const struct api_error error = service_list(context, &delivery_resource, &listing->filter,
		request->given, &newest, keep_delivery, &kept, &page);
	if (error.code != 0 || !kept.complete)
		return error.code != 0 ? error : error_internal();
	strbuf_add_text(&request->reply.body, "{\"deliveries\":[");
	for (struct kept_delivery *each = kept.first; each != NULL; each = each->next) {
		if (each != kept.first)
			strbuf_add_char(&request->reply.body, ',');
		add_delivery(&rows, each->delivery, add_outcome);
	}
	strbuf_add_text(&request->reply.body, "]}");
	return rows.complete && !request->rows.failed ? error_none() : error_internal();
}

const struct operation control_list_deliveries = {
	.parse = parse_list, .run = run_list, .status = 200
};

/* ── replaying ───────────────────────────────────────────────────────────────────────────── */

static struct api_error run_replay(struct request *request, struct context *context)
{
	bool replayed;
	const struct api_error error = delivery_replay(context, request->identifier, &replayed);
	if (error.code != 0)
		return error;
	return control_reply(request, json_pack("{s:i}", "replayed", replayed ? 1 : 0));
}

const struct operation control_replay_delivery = {
	.parse = control_parse_nothing, .run = run_replay, .status = 202, .writes = true
};

struct replay {
	const char *state;
};

static const struct key replay_keys[] = {
	{ "state", KEY_TEXT, offsetof(struct replay, state), true },
	{ .name = NULL },
};

static struct api_error parse_replay_all(struct request *request, const struct settings *settings)
{
	(void)settings;
	request->hint = "{\"state\": \"failed\" | \"delivered\"}";
	struct replay *replay = arena_alloc(&request->arena, sizeof(*replay));
	if (replay == NULL)
		return error_internal();
	request->arguments = replay;
	const struct api_error error = control_read(request, replay_keys, replay);
	if (error.code == 0 && strcmp(replay->state, "failed") != 0 &&
		strcmp(replay->state, "delivered") != 0)
		return control_error(400, "Unacceptable value", "state");
	return error;
}

static struct api_error run_replay_all(struct request *request, struct context *context)
{
	const struct replay *replay = request->arguments;
	int64_t count;
	const struct api_error error = deliveries_replay(context, replay->state, &count);
	if (error.code != 0)
		return error;
	return control_reply(request, json_pack("{s:I}", "replayed", (json_int_t)count));
}

const struct operation control_replay_deliveries = {
	.parse = parse_replay_all, .run = run_replay_all, .status = 202, .writes = true
};
