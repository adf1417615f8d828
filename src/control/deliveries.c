/* SPDX-License-Identifier: MIT */
/*
 * The control API's view of the outbox: deliveries with their attempts, and replaying them.
 *
 * An attempt has texts that a receiver chose, and may be large. A list says what became of each;
 * one delivery shows what each sent and got, up to a length; one attempt is shown whole. What an
 * answer is made from is read first and then rendered, while nobody waits for the database.
 */
#include <string.h>

#include "control/control.h"
#include "control/possible.h"
#include "engine/account.h"
#include "engine/engine.h"
#include "outbox/deliveries.h"
#include "request/form.h"
#include "request/json.h"
#include "service/resources.h"
#include "util/clock.h"
#include "util/utf8.h"

enum {
	LISTED = 50,
	LISTED_MAXIMUM = 500,
	ATTEMPTS_SHOWN = 20,
	ANSWER_SHOWN = 4 * 1024,
	/* Bytes of attempts that one list looks at; of deliveries beyond it none are shown. */
	READ_MAXIMUM = 16 * 1024 * 1024
};

/* ── reading ─────────────────────────────────────────────────────────────────────────────── */

struct shown_attempt {
	struct shown_attempt *next;
	struct delivery_attempt attempt;
	size_t answer_bytes; /* of its answer's body, however much of it is shown */
};

struct shown_delivery {
	struct shown_delivery *next;
	struct delivery delivery;
	struct shown_attempt *first, **last_link;
	size_t count;
	bool no_sink; /* the newest attempt met a sink that is not there */
};

/* What is read for one answer. */
struct reading {
	struct arena arena;
	bool in_full; /* with what attempts sent and got */
	struct shown_delivery *first, **last_link;
	struct shown_delivery *current; /* whose attempts are read */
	size_t bytes;			/* of all attempts */
	bool complete;
};

static void reading_begin(struct reading *reading, bool in_full)
{
	*reading = (struct reading){ .in_full = in_full, .complete = true };
	arena_init(&reading->arena);
	reading->last_link = &reading->first;
}

static const char *copy(struct reading *reading, const char *text, size_t length)
{
	const char *copied = text != NULL ? arena_copy(&reading->arena, text, length) : NULL;
	if (text != NULL && copied == NULL)
		reading->complete = false;
	return copied;
}

/* Leaves out what a list does not show. */
static struct delivery_attempt outcome_of(const struct delivery_attempt *attempt)
{
	return (struct delivery_attempt){
		.sid = attempt->sid,
		.account_sid = attempt->account_sid,
		.delivery_sid = attempt->delivery_sid,
		.number = attempt->number,
		.date_created = attempt->date_created,
		.result = attempt->result,
		.error_code = attempt->error_code,
		.error = attempt->error,
		.fault = attempt->fault,
		.status = attempt->status,
		.total_us = attempt->total_us,
	};
}

static size_t length_of(const char *text)
{
	return text != NULL ? strlen(text) : 0;
}

/* A sink's script may say 404, too, but not with an error of ours. */
static bool met_no_sink(const struct delivery_attempt *attempt)
{
	static const char error[] = "{\"error\":";
	return attempt->status == 404 && attempt->answer_body != NULL &&
	       strncmp(attempt->answer_body, error, sizeof(error) - 1) == 0;
}

static void keep_attempt(void *closure, const void *record)
{
	struct reading *reading = closure;
	struct delivery_attempt attempt = *(const struct delivery_attempt *)record;
	struct shown_attempt *shown = arena_alloc(&reading->arena, sizeof(*shown));
	const size_t answer_bytes = length_of(attempt.answer_body);
	reading->bytes += answer_bytes + length_of(attempt.answer_headers) +
			  length_of(attempt.request_headers) + 2 * length_of(attempt.request_body);
	if (!reading->in_full)
		attempt = outcome_of(&attempt);
	else if (answer_bytes > ANSWER_SHOWN)
		attempt.answer_body = copy(reading, attempt.answer_body,
			utf8_prefix(attempt.answer_body, ANSWER_SHOWN));
	const struct delivery_attempt *kept =
		engine_keep(&reading->arena, &delivery_attempt_resource, &attempt);
	if (shown == NULL || kept == NULL) {
		reading->complete = false;
		return;
	}
	shown->attempt = *kept;
	shown->answer_bytes = answer_bytes;
	if (reading->current->count == 0)
		reading->current->no_sink = met_no_sink(record);
	*reading->current->last_link = shown;
	reading->current->last_link = &shown->next;
	reading->current->count++;
}

/* Reads the newest attempts of a delivery, newest first. */
static void read_attempts(
	struct reading *reading, struct context *context, struct shown_delivery *shown)
{
	const struct delivery_attempt filter = { .delivery_sid = shown->delivery.sid };
	struct store_page page;
	const struct store_query query = {
		.namespace = context->namespace,
		.filter = &filter,
		.filter_set = ATTEMPT_FIELD(delivery_sid),
		.below = INT64_MAX,
		.limit = ATTEMPTS_SHOWN,
	};
	reading->current = shown;
	if (store_list(context->connection, &delivery_attempt_resource, &query, keep_attempt,
		    reading, &page) != STORE_OK)
		reading->complete = false;
}

static void keep_delivery(void *closure, const void *record)
{
	struct reading *reading = closure;
	struct shown_delivery *shown = arena_alloc(&reading->arena, sizeof(*shown));
	const struct delivery *kept = engine_keep(&reading->arena, &delivery_resource, record);
	if (shown == NULL || kept == NULL) {
		reading->complete = false;
		return;
	}
	shown->delivery = *kept;
	shown->last_link = &shown->first;
	*reading->last_link = shown;
	reading->last_link = &shown->next;
}

/* Ends the reading of the database: what follows must not use it. */
static void read_all_attempts(struct reading *reading, struct context *context)
{
	for (struct shown_delivery *each = reading->first;
		each != NULL && reading->complete && reading->bytes < READ_MAXIMUM;
		each = each->next)
		read_attempts(reading, context, each);
	store_snapshot_release(context->connection);
}

/* ── showing ─────────────────────────────────────────────────────────────────────────────── */

/* Makes an object that was written take more members. */
static void reopen(struct strbuf *out)
{
	if (!out->failed)
		out->length--;
}

static void add_attempt(struct strbuf *out, const struct shown_attempt *shown)
{
	json_add_record(out, &delivery_attempt_resource, &shown->attempt, "");
	reopen(out);
	strbuf_add_format(out, ",\"answer_bytes\":%zu}", shown->answer_bytes);
}

/* What a list says of an attempt. */
static void add_outcome(struct strbuf *out, const struct delivery_attempt *attempt)
{
	char time[CLOCK_TEXT_SIZE];
	clock_format(attempt->date_created, time);
	strbuf_add_format(out,
		"{\"sid\":\"%s\",\"number\":%lld,\"date_created\":\"%s\",\"result\":\"%s\","
		"\"error_code\":%lld,\"status\":%lld,\"total_us\":%lld,\"error\":",
		attempt->sid, (long long)attempt->number, time, attempt->result,
		(long long)attempt->error_code, (long long)attempt->status,
		(long long)attempt->total_us);
	strbuf_add_json_nullable(out, attempt->error);
	control_add_member(out, "fault", attempt->fault);
	strbuf_add_char(out, '}');
}

/* What is probably not meant about a delivery, or NULL. Copies of accounts have no sinks. */
static const char *hint_of(const struct context *context, const struct shown_delivery *shown)
{
	static const char sinks[] = "/_emulator/sinks/";
	const struct delivery *delivery = &shown->delivery;
	const char *name = shown->no_sink ? strstr(delivery->url, sinks) : NULL;
	if (name == NULL || delivery->state != DELIVERY_FAILED)
		return delivery_hint(delivery, &context->clock);
	name += strlen(sinks);
	return arena_format(context->arena,
		"the account had no such sink, as copies have none: PUT %s%.*s makes it, and POST "
		"/_emulator/deliveries/%s/replay sends this again",
		sinks, (int)strcspn(name, "/"), name, delivery->sid);
}

/* A delivery's object, with its attempts, and whether it has had more. */
static void add_delivery(struct strbuf *out, const struct context *context,
	const struct shown_delivery *shown, bool in_full)
{
	json_add_record(out, &delivery_resource, &shown->delivery, "");
	reopen(out);
	strbuf_add_text(out, ",\"attempts\":[");
	for (const struct shown_attempt *each = shown->first; each != NULL; each = each->next) {
		strbuf_add_text(out, each != shown->first ? "," : "");
		if (in_full)
			add_attempt(out, each);
		else
			add_outcome(out, &each->attempt);
	}
	strbuf_add_format(out, "],\"attempts_more\":%s,\"hint\":",
		shown->delivery.attempt_count > (int64_t)shown->count ? "true" : "false");
	strbuf_add_json_nullable(out, hint_of(context, shown));
	strbuf_add_char(out, '}');
}

static struct api_error run_show(struct request *request, struct context *context)
{
	struct delivery delivery;
	struct reading reading;
	const struct api_error error =
		engine_fetch(context, &delivery_resource, request->identifier, &delivery);
	if (is_error(error))
		return error;
	reading_begin(&reading, true);
	keep_delivery(&reading, &delivery);
	read_all_attempts(&reading, context);
	if (reading.complete)
		add_delivery(&request->reply.body, context, reading.first, true);
	arena_done(&reading.arena);
	return reading.complete ? error_none() : error_internal();
}

const struct operation control_show_delivery = {
	.parse = control_parse_nothing, .run = run_show, .status = 200
};

/* ── one attempt ─────────────────────────────────────────────────────────────────────────── */

struct wanted_attempt {
	struct delivery_attempt attempt;
	bool found, complete;
	struct arena *arena;
};

static void take_attempt(void *closure, const void *record)
{
	struct wanted_attempt *wanted = closure;
	const struct delivery_attempt *kept =
		engine_keep(wanted->arena, &delivery_attempt_resource, record);
	wanted->found = true;
	wanted->complete = kept != NULL;
	if (kept != NULL)
		wanted->attempt = *kept;
}

/* The attempt of a delivery that has a number. Errors: 20404. */
static struct api_error fetch_attempt(struct context *context, const char *delivery_sid,
	int64_t number, struct arena *arena, struct delivery_attempt *ret_attempt)
{
	const struct delivery_attempt filter = { .delivery_sid = delivery_sid, .number = number };
	struct wanted_attempt wanted = { .arena = arena };
	struct store_page page;
	const struct store_query query = {
		.namespace = context->namespace,
		.filter = &filter,
		.filter_set = ATTEMPT_FIELD(delivery_sid) | ATTEMPT_FIELD(number),
		.below = INT64_MAX,
		.limit = 1,
	};
	if (store_list(context->connection, &delivery_attempt_resource, &query, take_attempt,
		    &wanted, &page) != STORE_OK ||
		(wanted.found && !wanted.complete))
		return error_internal();
	*ret_attempt = wanted.attempt;
	return wanted.found ? error_none()
			    : error_new(context->arena, ERROR_NOT_FOUND, context->path);
}

static struct api_error run_show_attempt(struct request *request, struct context *context)
{
	struct delivery delivery;
	struct shown_attempt shown = { 0 };
	struct arena arena;
	int64_t number;
	struct api_error error =
		engine_fetch(context, &delivery_resource, request->parent, &delivery);
	if (is_error(error))
		return error;
	if (!form_read_natural(request->identifier, &number))
		return error_new(context->arena, ERROR_NOT_FOUND, context->path);
	arena_init(&arena);
	error = fetch_attempt(context, delivery.sid, number, &arena, &shown.attempt);
	store_snapshot_release(context->connection);
	shown.answer_bytes = length_of(shown.attempt.answer_body);
	if (!is_error(error))
		add_attempt(&request->reply.body, &shown);
	arena_done(&arena);
	return error;
}

const struct operation control_show_attempt = {
	.parse = control_parse_nothing, .run = run_show_attempt, .status = 200
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
	if (text == NULL || (form_read_natural(text, ret_limit) && *ret_limit >= 1 &&
				    *ret_limit <= LISTED_MAXIMUM))
		return error_none();
	return control_error(CONTROL_VALUE, "limit");
}

/* Filters are those of the resource's description. */
static struct api_error parse_list(struct request *request)
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
			return control_error(CONTROL_VALUE, field->parameter);
		request->given |= field_bit(&delivery_resource, field);
	}
	const struct api_error error = read_limit(request, &listing->limit);
	return !is_error(error) ? control_parse_nothing(request) : error;
}

/* Deliveries hold the SID of their Fleet; a filter may have its name. */
static struct api_error find_fleet(struct context *context, struct delivery *filter)
{
	if (filter->fleet_sid == NULL)
		return error_none();
	struct api_error error =
		engine_find_sid(context, &fleet_resource, filter->fleet_sid, &filter->fleet_sid);
	if (error.status != 404)
		return error;
	error = control_error(CONTROL_VALUE, "fleet");
	error.hint = POSSIBLE_NO_FLEET;
	return error;
}

static struct api_error run_list(struct request *request, struct context *context)
{
	struct listing *listing = request->arguments;
	struct strbuf *out = &request->reply.body;
	struct reading reading;
	struct store_page page;
	const struct page_request newest = { (size_t)listing->limit, PAGE_BELOW, INT64_MAX };
	reading_begin(&reading, false);
	struct api_error error = find_fleet(context, &listing->filter);
	if (!is_error(error))
		error = engine_list(context, &delivery_resource, &listing->filter, request->given,
			&newest, keep_delivery, &reading, &page);
	if (!is_error(error))
		read_all_attempts(&reading, context);
	if (!is_error(error) && !reading.complete)
		error = error_internal();
	strbuf_add_text(out, "{\"deliveries\":[");
	for (const struct shown_delivery *each = reading.first; each != NULL && !is_error(error);
		each = each->next) {
		strbuf_add_text(out, each != reading.first ? "," : "");
		add_delivery(out, context, each, false);
	}
	strbuf_add_text(out, "]}");
	arena_done(&reading.arena);
	return error;
}

static const char *const list_query[] = { "state", "fleet", "limit", NULL };

const struct operation control_list_deliveries = {
	.parse = parse_list, .run = run_list, .status = 200, .query = list_query
};

/* ── replaying ───────────────────────────────────────────────────────────────────────────── */

static struct api_error run_replay(struct request *request, struct context *context)
{
	bool replayed;
	const struct api_error error = delivery_replay(context, request->identifier, &replayed);
	if (is_error(error))
		return error;
	return control_reply(request, json_pack("{s:i}", "replayed", replayed ? 1 : 0));
}

const struct operation control_replay_delivery = {
	.parse = control_parse_nothing, .run = run_replay, .status = 202, .writes = true
};

struct replay_arguments {
	const char *state;
	const char *namespace; /* the account's, from the first piece on */
	int64_t incarnation;
	struct replay replay;
};

static const struct key replay_keys[] = {
	{ "state", KEY_TEXT, offsetof(struct replay_arguments, state), true },
	{ .name = NULL },
};

static struct api_error parse_replay_all(struct request *request)
{
	request->hint = "{\"state\": \"failed\" | \"delivered\"}";
	struct replay_arguments *arguments = arena_alloc(&request->arena, sizeof(*arguments));
	if (arguments == NULL)
		return error_internal();
	request->arguments = arguments;
	const struct api_error error = control_read(request, replay_keys, arguments);
	if (is_error(error))
		return error;
	struct replay *replay = &arguments->replay;
	replay->state =
		field_value(resource_field_named(&delivery_resource, "state"), arguments->state);
	if (replay->state != DELIVERY_FAILED && replay->state != DELIVERY_DELIVERED)
		return control_error(CONTROL_VALUE, "state");
	return error_none();
}

/* Between two pieces the account may have been reset, or deleted: it must not come back by this. */
static struct api_error enter_replayed(struct request *request, struct context *context,
	struct replay_arguments *arguments, bool *ret_current)
{
	const struct caller *caller = &request->caller;
	if (arguments->namespace != NULL)
		return account_enter_incarnation(
			context, arguments->namespace, arguments->incarnation, ret_current);
	const struct api_error error =
		account_enter(context, caller->account_sid, caller->auth_token);
	arguments->namespace = context->namespace;
	arguments->incarnation = context->incarnation;
	*ret_current = true;
	return error;
}

static struct api_error run_replay_all(struct request *request, struct context *context)
{
	struct replay_arguments *arguments = request->arguments;
	struct replay *replay = &arguments->replay;
	bool current = false;
	struct api_error error = enter_replayed(request, context, arguments, &current);
	if (!is_error(error) && current)
		error = deliveries_replay_some(context, replay);
	if (is_error(error))
		return error;
	request->unfinished = current && !replay->complete;
	if (request->unfinished)
		return error_none();
	return control_reply(request, json_pack("{s:I}", "replayed", (json_int_t)replay->count));
}

const struct operation control_replay_deliveries = {
	.parse = parse_replay_all,
	.run = run_replay_all,
	.status = 202,
	.writes = true,
	.account = ACCOUNT_NAMED,
};
