/* SPDX-License-Identifier: MIT */
#include "outbox/deliveries.h"

#include <string.h>

#include "engine/account.h"
#include "engine/due.h"
#include "engine/engine.h"
#include "model/failure_code.h"
#include "model/sid.h"
#include "outbox/receiver.h"
#include "outbox/retries.h"
#include "store/outbox.h"
#include "util/count.h"
#include "util/url.h"
#include "webhook/overrides.h"

enum {
	FORM_MAXIMUM = 64 * 1024,
	ATTEMPTS_KEPT = 100,
	REPLAYED_AT_ONCE = 50 /* some milliseconds */
};

static const char *const states[] = {
	[DELIVERY_PENDING] = "pending",
	[DELIVERY_DELIVERED] = "delivered",
	[DELIVERY_FAILED] = "failed",
	NULL,
};

const char *const callback_method_names[] = {
	[CALLBACK_GET] = "GET", [CALLBACK_POST] = "POST", NULL
};

static const struct field delivery_fields[] = {
	{ FIELD_OF(delivery, sid), .kind = FIELD_OWN_SID, .prefix = "WD" },
	{ FIELD_OF(delivery, account_sid), .kind = FIELD_ACCOUNT_SID },
	{ FIELD_OF(delivery, event), .kind = FIELD_TEXT, .flags = IN_EVENTS },
	{ FIELD_OF(delivery, subject_sid), .kind = FIELD_TEXT, .flags = IN_EVENTS },
	{ FIELD_OF(delivery, fleet_sid), .parameter = "fleet", .kind = FIELD_TEXT, .flags = ON_LIST,
		.minimum = 1, .maximum = 64 },
	{ FIELD_OF(delivery, state), .parameter = "state", .kind = FIELD_ENUM,
		.flags = ON_LIST | IN_EVENTS, .names = states },
	{ FIELD_OF(delivery, error_code), .kind = FIELD_INTEGER },
	{ FIELD_OF(delivery, method), .kind = FIELD_ENUM, .names = callback_method_names },
	{ FIELD_OF(delivery, url), .kind = FIELD_TEXT },
	{ FIELD_OF(delivery, form), .kind = FIELD_TEXT },
	{ FIELD_OF(delivery, idempotency_token), .kind = FIELD_TEXT },
	{ FIELD_OF(delivery, attempt_count), .kind = FIELD_INTEGER },
	{ FIELD_OF(delivery, quick_retries), .kind = FIELD_INTEGER, .flags = HIDDEN },
	{ FIELD_OF(delivery, scheduled_retries), .kind = FIELD_INTEGER, .flags = HIDDEN },
	{ FIELD_OF(delivery, date_created), .kind = FIELD_TIME },
	{ FIELD_OF(delivery, date_updated), .kind = FIELD_TIME },
	{ FIELD_OF(delivery, next_attempt), .kind = FIELD_LATER_TIME },
};

const struct resource delivery_resource = {
	.number = 10,
	.name = "Delivery",
	.list_key = "deliveries",
	.sid_prefix = "WD",
	.record_size = sizeof(struct delivery),
	.sid_offset = offsetof(struct delivery, sid),
	.fields = delivery_fields,
	.field_count = COUNT_OF(delivery_fields),
	.events = { .created = "delivery", .updated = "delivery" },
	.is_history = true,
};

static const struct field attempt_fields[] = {
	{ FIELD_OF(delivery_attempt, sid), .kind = FIELD_OWN_SID, .prefix = "WA" },
	{ FIELD_OF(delivery_attempt, account_sid), .kind = FIELD_ACCOUNT_SID, .flags = HIDDEN },
	{ FIELD_OF(delivery_attempt, delivery_sid), .parameter = "delivery", .kind = FIELD_TEXT,
		.flags = ON_LIST | HIDDEN | IN_EVENTS },
	{ FIELD_OF(delivery_attempt, number), .kind = FIELD_INTEGER },
	{ FIELD_OF(delivery_attempt, date_created), .kind = FIELD_TIME },
	{ FIELD_OF(delivery_attempt, date_updated), .kind = FIELD_TIME, .flags = HIDDEN },
	{ FIELD_OF(delivery_attempt, result), .kind = FIELD_TEXT, .flags = IN_EVENTS },
	{ FIELD_OF(delivery_attempt, error_code), .kind = FIELD_INTEGER },
	{ FIELD_OF(delivery_attempt, error), .kind = FIELD_TEXT },
	{ FIELD_OF(delivery_attempt, fault), .kind = FIELD_TEXT },
	{ FIELD_OF(delivery_attempt, request_url), .kind = FIELD_TEXT },
	{ FIELD_OF(delivery_attempt, request_headers), .kind = FIELD_TEXT },
	{ FIELD_OF(delivery_attempt, request_body), .kind = FIELD_TEXT },
	{ FIELD_OF(delivery_attempt, signature), .kind = FIELD_TEXT },
	{ FIELD_OF(delivery_attempt, signed_text), .kind = FIELD_TEXT },
	{ FIELD_OF(delivery_attempt, peer), .kind = FIELD_TEXT },
	{ FIELD_OF(delivery_attempt, status), .kind = FIELD_INTEGER },
	{ FIELD_OF(delivery_attempt, answer_headers), .kind = FIELD_TEXT },
	{ FIELD_OF(delivery_attempt, answer_body), .kind = FIELD_TEXT },
	{ FIELD_OF(delivery_attempt, answer_cut), .kind = FIELD_BOOLEAN },
	{ FIELD_OF(delivery_attempt, lookup_us), .kind = FIELD_INTEGER },
	{ FIELD_OF(delivery_attempt, connect_us), .kind = FIELD_INTEGER },
	{ FIELD_OF(delivery_attempt, first_byte_us), .kind = FIELD_INTEGER },
	{ FIELD_OF(delivery_attempt, total_us), .kind = FIELD_INTEGER },
};

const struct resource delivery_attempt_resource = {
	.number = 11,
	.name = "Attempt",
	.list_key = "delivery_attempts",
	.sid_prefix = "WA",
	.record_size = sizeof(struct delivery_attempt),
	.sid_offset = offsetof(struct delivery_attempt, sid),
	.fields = attempt_fields,
	.field_count = COUNT_OF(attempt_fields),
	.events = { .created = "attempt" },
	.is_history = true,
};

/* ── events ──────────────────────────────────────────────────────────────────────────────── */

void event_begin(struct event *event)
{
	strbuf_init(&event->form, FORM_MAXIMUM);
}

void event_add(struct event *event, const char *name, const char *value)
{
	struct strbuf *form = &event->form;
	if (form->length > 0)
		strbuf_add_char(form, '&');
	strbuf_add_text(form, name);
	strbuf_add_char(form, '=');
	if (value != NULL)
		strbuf_add_form_encoded(form, value);
}

void event_add_account(struct event *event, const struct context *context)
{
	event_add(event, "AccountSid", account_sid_of(context->arena, context->namespace));
}

/* Plans the next attempt and says so in the delivery, which the caller saves. */
static struct api_error plan_attempt(
	struct context *context, struct delivery *delivery, int64_t at_ms)
{
	const char *receiver = receiver_of(context->arena, delivery->url);
	delivery->state = DELIVERY_PENDING;
	delivery->next_attempt = at_ms;
	if (receiver == NULL)
		return error_internal();
	return due_plan(context, DUE_WEBHOOK_ATTEMPT, delivery->sid, at_ms, receiver);
}

struct api_error event_send(
	struct context *context, struct event *event, const char **ret_delivery_sid)
{
	char token[UUID_SIZE];
	uuid_make(token);
	struct delivery delivery = {
		.event = event->name,
		.subject_sid = event->subject_sid,
		.fleet_sid = event->fleet_sid,
		.state = DELIVERY_PENDING,
		.method = event->method,
		.url = event->url,
		.form = event->form.data,
		.idempotency_token = token,
		.next_attempt = context->now_ms,
	};
	struct api_error error = event->form.failed
					 ? error_internal()
					 : engine_create(context, &delivery_resource, &delivery, 0);
	if (!is_error(error))
		error = plan_attempt(context, &delivery, context->now_ms);
	if (!is_error(error) && ret_delivery_sid != NULL)
		*ret_delivery_sid = delivery.sid;
	strbuf_done(&event->form);
	return error;
}

/* ── attempts ────────────────────────────────────────────────────────────────────────────── */

static int64_t error_code_of(const struct delivery *delivery, bool overrides_good)
{
	if (!overrides_good)
		return FAILURE_BAD_OVERRIDE;
	return strcmp(delivery->event, "ip_command") == 0 ? FAILURE_IP_COMMAND_RECEIVER
							  : FAILURE_HTTP_RETRIEVAL;
}

/* Decides about the next attempt. False: there is none. */
static bool plan_retry(const struct context *context, struct delivery *delivery,
	const struct overrides *overrides, const struct attempt_failure *failure,
	int64_t *ret_delay_ms)
{
	struct retries retries = { delivery->quick_retries, delivery->scheduled_retries };
	const bool planned =
		retries_plan(&retries, failure, overrides, context->policy, ret_delay_ms);
	delivery->quick_retries = retries.quick;
	delivery->scheduled_retries = retries.scheduled;
	return planned;
}

/* A delivery may be replayed without end: of its attempts the newest are kept. */
static struct api_error trim_attempts(struct context *context, const struct delivery *delivery)
{
	const int64_t last_gone = delivery->attempt_count - ATTEMPTS_KEPT;
	if (last_gone <= 0)
		return error_none();
	return error_of_store(store_trim_attempts(
		context->connection, context->namespace, delivery->sid, last_gone));
}

struct api_error delivery_record_attempt(struct context *context, const char *delivery_sid,
	struct delivery_attempt *attempt, bool read_timed_out, struct delivery *ret_delivery)
{
	struct delivery delivery;
	struct overrides overrides;
	int64_t delay_ms;
	const struct attempt_failure failure = { attempt->result, attempt->status, read_timed_out };
	struct api_error error = engine_fetch(context, &delivery_resource, delivery_sid, &delivery);
	if (error.status == 404)
		return error_none();
	if (is_error(error))
		return error;
	const bool overrides_good = overrides_read(delivery.url, &overrides);
	const bool delivered = strcmp(attempt->result, "delivered") == 0;
	if (!delivered || !overrides_good)
		attempt->error_code = error_code_of(&delivery, overrides_good);
	attempt->delivery_sid = delivery.sid;
	attempt->number = ++delivery.attempt_count;
	delivery.error_code = attempt->error_code;
	delivery.next_attempt = 0;
	delivery.state = delivered ? DELIVERY_DELIVERED : DELIVERY_FAILED;
	if (!delivered && plan_retry(context, &delivery, &overrides, &failure, &delay_ms))
		error = plan_attempt(context, &delivery, context->now_ms + delay_ms);
	if (!is_error(error))
		error = engine_create(context, &delivery_attempt_resource, attempt, 0);
	if (!is_error(error))
		error = engine_save(context, &delivery_resource, &delivery,
			DELIVERY_FIELD(state) | DELIVERY_FIELD(error_code) |
				DELIVERY_FIELD(attempt_count) | DELIVERY_FIELD(quick_retries) |
				DELIVERY_FIELD(scheduled_retries) | DELIVERY_FIELD(next_attempt));
	if (!is_error(error))
		error = trim_attempts(context, &delivery);
	if (!is_error(error))
		*ret_delivery = delivery;
	return error;
}

struct api_error deliveries_trim(struct context *context, enum delivery_state state)
{
	if (state == DELIVERY_PENDING)
		return error_none();
	return error_of_store(store_trim_deliveries(context->connection, context->namespace,
		states[state], context->policy->delivery_history));
}

const char *delivery_hint(const struct delivery *delivery, const struct account_clock *clock)
{
	if (delivery->state == DELIVERY_PENDING && clock->mode == CLOCK_FROZEN)
		return "the account's clock is frozen: POST /_emulator/clock/advance "
		       "{\"to\": \"next\"} sends what is due next";
	if (!url_has_no_path(delivery->url))
		return NULL;
	return "the URL has no path: it is signed without the slash that the receiver sees, so "
	       "validators that rebuild the URL from the request say no; give webhooks a path";
}

/* ── replay ──────────────────────────────────────────────────────────────────────────────── */

static struct api_error replay_one(struct context *context, struct delivery *delivery)
{
	delivery->quick_retries = 0;
	delivery->scheduled_retries = 0;
	const struct api_error error = plan_attempt(context, delivery, context->now_ms);
	if (is_error(error))
		return error;
	return engine_save(context, &delivery_resource, delivery,
		DELIVERY_FIELD(state) | DELIVERY_FIELD(quick_retries) |
			DELIVERY_FIELD(scheduled_retries) | DELIVERY_FIELD(next_attempt));
}

struct api_error delivery_replay(struct context *context, const char *sid, bool *ret_replayed)
{
	struct delivery delivery;
	const struct api_error error = engine_fetch(context, &delivery_resource, sid, &delivery);
	*ret_replayed = !is_error(error) && delivery.state != DELIVERY_PENDING;
	return *ret_replayed ? replay_one(context, &delivery) : error;
}

/* Deliveries are collected first: replaying changes the index that they are visited by. */
struct kept_delivery {
	struct kept_delivery *next;
	struct delivery *delivery;
};

struct collecting {
	struct arena *arena;
	struct kept_delivery *first; /* the oldest */
	bool complete;
};

static void collect(void *closure, const void *record)
{
	struct collecting *collecting = closure;
	struct kept_delivery *kept = arena_alloc(collecting->arena, sizeof(*kept));
	if (kept != NULL)
		kept->delivery = engine_keep(collecting->arena, &delivery_resource, record);
	if (kept == NULL || kept->delivery == NULL) {
		collecting->complete = false;
		return;
	}
	kept->next = collecting->first;
	collecting->first = kept;
}

static void ignore(void *closure, const void *record)
{
	(void)closure;
	(void)record;
}

/* Those that come later are left alone, but for what fills the last piece: there may be no end of
 * them. */
static enum store_result find_newest(
	struct context *context, const struct store_query *of_state, int64_t *ret_id)
{
	struct store_query query = *of_state;
	struct store_page page;
	query.limit = 1;
	const enum store_result result =
		store_list(context->connection, &delivery_resource, &query, ignore, NULL, &page);
	*ret_id = page.first_id;
	return result;
}

/* Collects the oldest of those that are left. */
static enum store_result collect_next(struct context *context, struct replay *replay,
	struct collecting *collecting, struct store_page *ret_page)
{
	const struct delivery filter = { .state = replay->state };
	struct store_query query = {
		.namespace = context->namespace,
		.filter = &filter,
		.filter_set = DELIVERY_FIELD(state),
		.below = INT64_MAX,
		.limit = REPLAYED_AT_ONCE,
	};
	enum store_result result = STORE_OK;
	if (replay->newest == 0)
		result = find_newest(context, &query, &replay->newest);
	if (result == STORE_OK)
		result = store_seek_page_above(
			context->connection, &delivery_resource, replay->above, &query);
	*ret_page = (struct store_page){ 0 };
	if (result == STORE_OK && query.limit > 0)
		result = store_list(context->connection, &delivery_resource, &query, collect,
			collecting, ret_page);
	return result;
}

static struct api_error replay_some(struct context *context, struct replay *replay)
{
	struct collecting collecting = { context->arena, NULL, true };
	struct store_page page;
	const enum store_result found = collect_next(context, replay, &collecting, &page);
	struct api_error error = error_of_store(found);
	if (!collecting.complete)
		error = error_internal();
	for (struct kept_delivery *each = collecting.first; each != NULL && !is_error(error);
		each = each->next)
		error = replay_one(context, each->delivery);
	replay->count += (int64_t)page.count;
	replay->above = page.first_id;
	replay->complete = page.count == 0 || page.first_id >= replay->newest;
	return error;
}

struct api_error deliveries_replay_some(struct context *context, struct replay *replay)
{
	struct context piece = *context;
	struct arena arena;
	arena_init(&arena);
	piece.arena = &arena;
	const struct api_error error = replay_some(&piece, replay);
	arena_done(&arena);
	return is_error(error) ? error_internal() : error; /* its texts are gone */
}
