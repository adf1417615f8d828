/* SPDX-License-Identifier: MIT */
/*
 * Waiting for deliveries.
 *
 * What can be meant comes about in two ways: a delivery is made, or the outcome of an attempt
 * changes its state. Both leave new rows, so each look goes on where the last one ended, and costs
 * what is new. When the call counts from now, a delivery that was there already counts when its
 * state comes to be what is meant.
 */
#include <string.h>

#include "control/possible.h"
#include "control/wait.h"
#include "engine/engine.h"
#include "outbox/deliveries.h"
#include "request/json.h"
#include "service/resources.h"
#include "store/due.h"
#include "util/clock.h"
#include "util/count.h"

enum { READ_AT_ONCE = 256, NEAREST_SHOWN = 3, NEAREST_LOOKED_AT = 100 };

struct delivery_terms {
	const char *event, *state, *fleet, *sid, *subject;
	bool no_such_fleet;	/* when it was last looked for */
	int64_t floor;		/* the place of the last delivery that does not count */
	int64_t since_ms;	/* nor do those from before that time */
	int64_t delivery_place; /* until here all were looked at */
	int64_t attempt_place;	/* and those that had attempts until here */
};

/* In the order in which differences are told. */
static const struct match_key {
	const char *name;
	size_t offset;	   /* in the terms */
	const char *field; /* of the resource */
} match[] = {
	{ "event", offsetof(struct delivery_terms, event), "event" },
	{ "subject", offsetof(struct delivery_terms, subject), "subject_sid" },
	{ "fleet", offsetof(struct delivery_terms, fleet), "fleet_sid" },
	{ "sid", offsetof(struct delivery_terms, sid), "sid" },
	{ "state", offsetof(struct delivery_terms, state), "state" },
};

static const struct key match_keys[] = {
	{ "event", KEY_TEXT, offsetof(struct delivery_terms, event), false },
	{ "state", KEY_TEXT, offsetof(struct delivery_terms, state), false },
	{ "fleet", KEY_TEXT, offsetof(struct delivery_terms, fleet), false },
	{ "sid", KEY_TEXT, offsetof(struct delivery_terms, sid), false },
	{ "subject", KEY_TEXT, offsetof(struct delivery_terms, subject), false },
	{ .name = NULL },
};

static struct api_error read_terms(struct request *request, struct wait *wait)
{
	struct delivery_terms *terms = arena_alloc(&request->arena, sizeof(*terms));
	const struct field *state = resource_field_named(&delivery_resource, "state");
	if (terms == NULL)
		return error_internal();
	wait->terms = terms;
	request->hint = "{\"event\", \"state\": \"pending\" | \"delivered\" | \"failed\", "
			"\"fleet\": \"HF…\" or a name, \"sid\": \"WD…\", \"subject\": \"HC…\"}";
	request->wait.subjects |=
		1u << delivery_resource.number | 1u << delivery_attempt_resource.number;
	const struct api_error error =
		control_read_object(request, wait->match, "match.", match_keys, terms);
	if (!is_error(error) && terms->state != NULL && field_value(state, terms->state) == 0)
		return control_error(CONTROL_VALUE, "match.state");
	if (!is_error(error) && terms->event != NULL)
		return possible_check_event(request, "match.event", terms->event);
	return error;
}

/* ── comparing ───────────────────────────────────────────────────────────────────────────── */

static const char *wanted_by(const struct delivery_terms *terms, const struct match_key *key)
{
	return *(const char *const *)(const void *)((const char *)terms + key->offset);
}

static const char *value_of(const struct delivery *delivery, const struct match_key *key)
{
	const struct field *field = resource_field_named(&delivery_resource, key->field);
	return field->storage == STORED_ENUM ? record_get_name(field, delivery)
					     : record_get_text(field, delivery);
}

/* How many keys differ; the first goes to `ret_first`. */
static unsigned count_differences(const struct delivery_terms *terms,
	const struct delivery *delivery, const struct match_key **ret_first)
{
	unsigned count = 0;
	for (size_t i = 0; i < COUNT_OF(match); i++) {
		const char *wanted = wanted_by(terms, &match[i]);
		const char *was = value_of(delivery, &match[i]);
		if (wanted == NULL || (was != NULL && matcher_fits_text(wanted, was)))
			continue;
		if (count++ == 0)
			*ret_first = &match[i];
	}
	return count;
}

/* Deliveries hold the SID of their Fleet; who waits may give its name. The name of none stays. */
static struct api_error find_fleet(struct context *context, struct delivery_terms *terms)
{
	if (terms->fleet == NULL)
		return error_none();
	const struct api_error error =
		engine_find_sid(context, &fleet_resource, terms->fleet, &terms->fleet);
	terms->no_such_fleet = error.status == 404;
	return terms->no_such_fleet ? error_none() : error;
}

/* ── looking ─────────────────────────────────────────────────────────────────────────────── */

struct search {
	struct request *request;
	struct context *context;
	struct wait *wait;
	struct delivery_terms terms; /* with the Fleet's SID */
	bool failed;
};

static void consider(struct search *search, const struct delivery *delivery)
{
	const struct match_key *first;
	if (delivery->date_created >= search->terms.since_ms &&
		count_differences(&search->terms, delivery, &first) == 0)
		wait_found_add(&search->request->arena, &search->wait->found, delivery->sid);
}

static void consider_new(void *closure, const void *record)
{
	consider(closure, record);
}

/* A delivery may be gone when its attempt is looked at. */
static void consider_tried(void *closure, const void *record)
{
	struct search *search = closure;
	struct context *context = search->context;
	const struct delivery_attempt *attempt = record;
	struct delivery delivery;
	int64_t place;
	const enum store_result found = store_find_place(context->connection, &delivery_resource,
		context->namespace, attempt->delivery_sid, &place);
	if (found == STORE_OK && place > search->terms.floor) {
		const struct api_error error =
			engine_fetch(context, &delivery_resource, attempt->delivery_sid, &delivery);
		if (!is_error(error))
			consider(search, &delivery);
		search->failed = search->failed || error.status >= 500;
	}
	search->failed = search->failed || found == STORE_FAILED;
}

static void ignore(void *closure, const void *record)
{
	(void)closure;
	(void)record;
}

/* The place of the newest record, 0 when there is none. */
static enum store_result find_newest(
	struct context *context, const struct resource *resource, int64_t *ret_place)
{
	struct store_page page;
	const struct store_query query = {
		.namespace = context->namespace, .below = INT64_MAX, .limit = 1
	};
	const enum store_result result =
		store_list(context->connection, resource, &query, ignore, NULL, &page);
	*ret_place = page.first_id;
	return result;
}

/* Visits what is newer than a place, and moves that on. */
static enum store_result visit_newer(struct context *context, const struct resource *resource,
	int64_t *place, record_visitor *visit, void *closure)
{
	enum store_result result = STORE_OK;
	struct store_page page = { .count = READ_AT_ONCE };
	while (result == STORE_OK && page.count == READ_AT_ONCE) {
		struct store_query query = { .namespace = context->namespace,
			.limit = READ_AT_ONCE };
		page.count = 0;
		result = store_seek_page_above(context->connection, resource, *place, &query);
		if (result == STORE_OK && query.limit > 0)
			result = store_list(
				context->connection, resource, &query, visit, closure, &page);
		if (page.count > 0)
			*place = page.first_id;
	}
	return result;
}

/* Where counting begins. */
static struct api_error begin(
	struct context *context, const struct wait *wait, struct delivery_terms *terms)
{
	enum store_result found =
		find_newest(context, &delivery_attempt_resource, &terms->attempt_place);
	if (wait->since != NULL && clock_parse(wait->since, &terms->since_ms))
		return error_of_store(found);
	if (found == STORE_OK && wait->since != NULL) {
		found = store_find_place(context->connection, &delivery_resource,
			context->namespace, wait->since, &terms->floor);
		terms->delivery_place = terms->floor;
	} else if (found == STORE_OK && !wait->past) {
		found = find_newest(context, &delivery_resource, &terms->delivery_place);
	}
	if (found != STORE_NOT_FOUND)
		return error_of_store(found);
	struct api_error error = control_error(CONTROL_VALUE, "since");
	error.hint =
		"the SID of a delivery that GET /_emulator/deliveries lists, or a time such as "
		"2026-01-02T03:04:05Z";
	return error;
}

/* True for states that the outcome of an attempt brings about. */
static bool awaits_outcome(const struct delivery_terms *terms)
{
	return terms->state != NULL && strcmp(terms->state, "pending") != 0;
}

static struct api_error look(
	struct request *request, struct context *context, struct wait *wait, bool *ret_is_there)
{
	struct delivery_terms *terms = wait->terms;
	struct api_error error = wait->has_begun ? error_none() : begin(context, wait, terms);
	struct search search = { request, context, wait, *terms, false };
	if (!is_error(error))
		error = find_fleet(context, &search.terms);
	if (is_error(error))
		return error;
	enum store_result result = visit_newer(
		context, &delivery_resource, &terms->delivery_place, consider_new, &search);
	wait_found_begin(&wait->found);
	if (result == STORE_OK && awaits_outcome(terms))
		result = visit_newer(context, &delivery_attempt_resource, &terms->attempt_place,
			consider_tried, &search);
	if (result != STORE_OK || search.failed)
		return error_internal();
	*ret_is_there = wait->found.count >= (size_t)wait->count;
	return error_none();
}

/* ── answering ───────────────────────────────────────────────────────────────────────────── */

static struct api_error add_found(
	struct request *request, struct context *context, struct wait *wait)
{
	struct strbuf *out = &request->reply.body;
	struct delivery delivery;
	const char *separator = "";
	strbuf_add_text(out, ",\"deliveries\":[");
	for (const struct wait_found_item *each = wait->found.first; each != NULL;
		each = each->next) {
		const struct api_error error =
			engine_fetch(context, &delivery_resource, each->sid, &delivery);
		if (error.status == 404)
			continue; /* the history is bounded: it may be gone */
		if (is_error(error))
			return error;
		strbuf_add_text(out, separator);
		json_add_record(out, &delivery_resource, &delivery, "");
		separator = ",";
	}
	strbuf_add_char(out, ']');
	return error_none();
}

/* The nearest of the newest; of two that are as near, the newer one comes first. */
struct nearest {
	struct context *context;
	struct delivery_terms terms;
	struct near {
		const struct delivery *delivery;
		unsigned differences;
	} places[NEAREST_SHOWN + 1];
	size_t count;
	size_t meant;
};

static void compare(void *closure, const void *record)
{
	struct nearest *nearest = closure;
	const struct match_key *first;
	const unsigned differences = count_differences(&nearest->terms, record, &first);
	size_t place = nearest->count;
	nearest->meant += differences == 0;
	while (place > 0 && nearest->places[place - 1].differences > differences)
		place--;
	if (differences == 0 || place == NEAREST_SHOWN)
		return;
	const struct delivery *kept =
		engine_keep(nearest->context->arena, &delivery_resource, record);
	if (kept == NULL)
		return;
	memmove(&nearest->places[place + 1], &nearest->places[place],
		(nearest->count - place) * sizeof(nearest->places[0]));
	nearest->places[place] = (struct near){ kept, differences };
	if (nearest->count < NEAREST_SHOWN)
		nearest->count++;
}

static void add_near(struct strbuf *out, const struct nearest *nearest, const struct near *near)
{
	const struct match_key *first = NULL;
	count_differences(&nearest->terms, near->delivery, &first);
	strbuf_add_format(out,
		"{\"delivery\":\"%s\",\"first_difference\":{\"at\":\"%s\",\"expected\":",
		near->delivery->sid, first->name);
	strbuf_add_json_string(out, wanted_by(&nearest->terms, first));
	strbuf_add_text(out, ",\"was\":");
	strbuf_add_json_nullable(out, value_of(near->delivery, first));
	strbuf_add_text(out, "}}");
}

static struct api_error add_nearest(
	struct request *request, struct context *context, struct nearest *nearest)
{
	struct strbuf *out = &request->reply.body;
	struct store_page page;
	const struct store_query query = {
		.namespace = context->namespace, .below = INT64_MAX, .limit = NEAREST_LOOKED_AT
	};
	const struct api_error error = find_fleet(context, &nearest->terms);
	if (is_error(error))
		return error;
	if (store_list(context->connection, &delivery_resource, &query, compare, nearest, &page) !=
		STORE_OK)
		return error_internal();
	strbuf_add_text(out, ",\"nearest\":[");
	for (size_t i = 0; i < nearest->count; i++) {
		strbuf_add_text(out, i > 0 ? "," : "");
		add_near(out, nearest, &nearest->places[i]);
	}
	strbuf_add_char(out, ']');
	return error_none();
}

/* Whatever is due may bring it about: an attempt, or what makes a delivery. */
static struct api_error find_due(struct context *context, const char **ret_hint)
{
	struct store_due due;
	const enum store_result found = store_next_due(context->connection, context->namespace,
		store_due_beginning(), CLOCK_LATEST_MS, context->arena, &due);
	if (found == STORE_OK)
		*ret_hint = wait_frozen_hint(context);
	return found != STORE_FAILED ? error_none() : error_internal();
}

static struct api_error add_instead(
	struct request *request, struct context *context, struct wait *wait, const char **ret_hint)
{
	const struct delivery_terms *terms = wait->terms;
	struct nearest nearest = { .context = context, .terms = *terms };
	struct api_error error = add_found(request, context, wait);
	if (!is_error(error))
		error = add_nearest(request, context, &nearest);
	if (is_error(error))
		return error;
	if (nearest.meant > wait->found.count) {
		*ret_hint = "there are some that match, from before the call: \"past\": true "
			    "counts all, \"since\" those after a delivery's SID";
	} else if (nearest.terms.no_such_fleet) {
		*ret_hint = POSSIBLE_NO_FLEET;
	} else {
		return find_due(context, ret_hint);
	}
	return error_none();
}

static const char *const keys[] = { "match", "count", "since", "past", NULL };

const struct wait_kind wait_for_delivery = {
	.name = "delivery",
	.keys = keys,
	.read = read_terms,
	.look = look,
	.add_found = add_found,
	.add_instead = add_instead,
};
