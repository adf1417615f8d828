/* SPDX-License-Identifier: MIT */
#include "control/wait.h"

#include <string.h>

#include "engine/account.h"
#include "util/clock.h"
#include "util/count.h"

enum { TIMEOUT_MS = 5000, TIMEOUT_MAXIMUM_MS = 600 * 1000 };

static const struct wait_kind *const kinds[] = { &wait_for_request, &wait_for_delivery,
	&wait_for_sim_status, &wait_for_command, &wait_for_idle };

/* ── what was found ──────────────────────────────────────────────────────────────────────── */

void wait_found_begin(struct wait_found *found)
{
	if (found->place == NULL)
		found->place = &found->first;
	while (*found->place != NULL)
		found->place = &(*found->place)->next;
}

bool wait_found_add(struct arena *arena, struct wait_found *found, const char *sid)
{
	for (const struct wait_found_item *each = found->first; each != NULL; each = each->next) {
		if (strcmp(each->sid, sid) == 0)
			return false;
	}
	if (found->count++ >= WAIT_LISTED)
		return true;
	struct wait_found_item *item = arena_alloc(arena, sizeof(*item));
	if (item == NULL)
		return true;
	memcpy(item->sid, sid, strnlen(sid, SID_LENGTH));
	item->next = *found->place;
	*found->place = item;
	return true;
}

/* ── reading ─────────────────────────────────────────────────────────────────────────────── */

struct wait_arguments {
	struct wait wait;
	const char *name;
};

#define WAIT_KEY(key, kind, member)                                                                \
	{                                                                                          \
		key, kind, offsetof(struct wait_arguments, member), false                          \
	}

static const struct key wait_keys[] = {
	{ "for", KEY_TEXT, offsetof(struct wait_arguments, name), true },
	WAIT_KEY("match", KEY_OBJECT, wait.match),
	WAIT_KEY("count", KEY_NATURAL, wait.count),
	WAIT_KEY("timeout_ms", KEY_NATURAL, wait.timeout_ms),
	WAIT_KEY("since", KEY_TEXT, wait.since),
	WAIT_KEY("past", KEY_BOOLEAN, wait.past),
	WAIT_KEY("within", KEY_DURATION, wait.within_ms),
	{ .name = NULL },
};

static const struct wait_kind *kind_named(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		if (strcmp(kinds[i]->name, name) == 0)
			return kinds[i];
	}
	return NULL;
}

/* A key that stands a level too high is told where it belongs. */
static struct api_error with_place(struct request *request, struct api_error error)
{
	static const char *const of_match[] = { "method", "path", "operation", "form", "query",
		"status", "code", "applied", "event", "state", "fleet", "sid", "subject" };
	for (size_t i = 0; i < COUNT_OF(of_match) && error.field != NULL; i++) {
		if (strcmp(error.field, of_match[i]) == 0)
			error.hint = arena_format(
				&request->arena, "%s belongs into `match`", error.field);
	}
	return error;
}

/* Not every kind knows every key. */
static struct api_error check_keys(struct request *request, const struct wait_kind *kind)
{
	const char *known[COUNT_OF(wait_keys) + 1] = { "for", "timeout_ms" };
	const char *name;
	json_t *value;
	for (size_t i = 0; kind->keys[i] != NULL; i++)
		known[2 + i] = kind->keys[i];
	json_object_foreach(request->document, name, value)
	{
		size_t i = 0;
		while (known[i] != NULL && strcmp(known[i], name) != 0)
			i++;
		if (known[i] != NULL)
			continue;
		struct api_error error = control_error(CONTROL_UNKNOWN_KEY, name);
		error.hint = control_unknown_hint(request, name, known);
		return error;
	}
	return error_none();
}

static struct api_error check_values(const struct wait *wait)
{
	if (wait->count < 1 || wait->count > WAIT_COUNT_MAXIMUM)
		return control_error(CONTROL_VALUE, "count");
	if (wait->timeout_ms > TIMEOUT_MAXIMUM_MS)
		return control_error(CONTROL_VALUE, "timeout_ms");
	if (wait->since != NULL && wait->past)
		return control_error(CONTROL_SINCE_OR_PAST, "past");
	return error_none();
}

static bool glance(struct request *request)
{
	struct wait *wait = request->arguments;
	const unsigned of_account = CHANGED_ACCOUNT | CHANGED_UNKNOWN;
	return !wait->has_begun || (request->wait.changed & of_account) != 0 ||
	       wait->kind->glance(request, wait);
}

static struct api_error parse_wait(struct request *request)
{
	struct wait_arguments *arguments = arena_alloc(&request->arena, sizeof(*arguments));
	if (arguments == NULL)
		return error_internal();
	struct wait *wait = &arguments->wait;
	request->arguments = wait;
	wait->count = 1;
	wait->timeout_ms = TIMEOUT_MS;
	request->hint =
		"{\"for\": \"request\" | \"delivery\" | \"sim_status\" | \"command\" | \"idle\", "
		"\"match\": {…}, \"count\": 1 to 1000, \"timeout_ms\": 0 to 600000, \"since\": "
		"\"RQ…\", \"WD…\" or a time, \"past\": true, \"within\": \"1s\"}";
	struct api_error error = control_read(request, wait_keys, arguments);
	if (is_error(error))
		return with_place(request, error);
	wait->kind = kind_named(arguments->name);
	if (wait->kind == NULL)
		return control_error(CONTROL_VALUE, "for");
	error = check_keys(request, wait->kind);
	if (!is_error(error))
		error = check_values(wait);
	request->wait.timeout_ms = wait->timeout_ms;
	request->wait.subjects = wait->kind->subjects | CHANGED_ACCOUNT | CHANGED_UNKNOWN;
	request->wait.glance = wait->kind->glance != NULL ? glance : NULL;
	return !is_error(error) ? wait->kind->read(request, wait) : error;
}

/* ── looking ─────────────────────────────────────────────────────────────────────────────── */

/* Enters the account, if it is the one still that was waited for. One that does not exist may
 * spring into being. */
static struct api_error enter(struct request *request, struct context *context, struct wait *wait)
{
	bool current;
	context->clock = account_clock_real();
	context->now_ms = clock_now_ms();
	const struct api_error error =
		account_enter_namespace(context, request->caller.namespace, &current);
	if (is_error(error))
		return error;
	const bool exists = context->incarnation != 0;
	const bool is_other = wait->incarnation != 0 && wait->incarnation != context->incarnation;
	if (is_other || (exists && !current) || (request->wait.changed & CHANGED_ACCOUNT))
		return control_error(CONTROL_WAIT_WAS_ENDED, NULL);
	wait->incarnation = context->incarnation;
	return error_none();
}

static void begin_answer(struct request *request, const struct wait *wait, int status)
{
	request->reply.status = status;
	strbuf_add_format(&request->reply.body, "\"matched\":%zu", wait->found.count);
}

static struct api_error answer_found(
	struct request *request, struct context *context, struct wait *wait)
{
	strbuf_add_char(&request->reply.body, '{');
	begin_answer(request, wait, 200);
	const struct api_error error = wait->kind->add_found(request, context, wait);
	strbuf_add_char(&request->reply.body, '}');
	return error;
}

const char *wait_frozen_hint(const struct context *context)
{
	return context->clock.mode == CLOCK_FROZEN
		       ? "the account's clock is frozen, so nothing falls due by itself: POST "
			 "/_emulator/clock/advance {\"to\": \"next\"}"
		       : NULL;
}

/* An error's shape, and what was there instead. That is known last, and what helps with it. */
static struct api_error answer_late(
	struct request *request, struct context *context, struct wait *wait)
{
	struct strbuf *out = &request->reply.body;
	struct api_error error = control_error(CONTROL_WAITED_IN_VAIN, NULL);
	const char *hint = NULL;
	begin_answer(request, wait, error.status);
	const struct api_error failed = wait->kind->add_instead(request, context, wait, &hint);
	const char *members = arena_copy(&request->arena, out->data, out->length);
	if (is_error(failed) || members == NULL)
		return error_internal();
	if (hint != NULL)
		error.hint = hint;
	strbuf_reset(out);
	control_add_error(request, &error);
	if (!out->failed)
		out->length--; /* the object goes on */
	strbuf_add_format(out, ",%s}", members);
	return error_none();
}

static struct api_error look(struct request *request, struct context *context, struct wait *wait)
{
	bool is_there = false;
	struct api_error error = enter(request, context, wait);
	wait_found_begin(&wait->found);
	if (!is_error(error))
		error = wait->kind->look(request, context, wait, &is_there);
	wait->has_begun = true;
	if (!is_error(error) && is_there)
		error = answer_found(request, context, wait);
	else if (!is_error(error) && request->wait.is_late)
		error = answer_late(request, context, wait);
	else if (!is_error(error))
		request->wait.goes_on = true;
	return error.status < 500 ? error : error_internal();
}

/* What a look reads is of use for that look only: there may be many of them. */
static struct api_error run_wait(struct request *request, struct context *context)
{
	struct arena scratch;
	arena_init(&scratch);
	context->arena = &scratch;
	const struct api_error error = look(request, context, request->arguments);
	arena_done(&scratch);
	context->arena = &request->arena;
	return error;
}

const struct operation control_wait = {
	.parse = parse_wait, .run = run_wait, .waits = true, .account = ACCOUNT_NAMED
};
