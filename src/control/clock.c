/* SPDX-License-Identifier: MIT */
/* The control API's clock: show, set, advance. */
#include "control/control.h"

#include <string.h>

#include "engine/account.h"
#include "seed/clock_document.h"
#include "util/clock.h"
#include "util/count.h"

/* It is shown, and no part of a clock: states and seeds have none. */
static const char next_due_key[] = "next_due";

/* What falls due next, webhooks too; null when nothing will before time ends. What is overdue waits
 * for an advance, or for its webhook's turn. NULL without memory. */
static json_t *next_due(struct context *context, enum store_result *ret_found)
{
	struct store_due due;
	char at[CLOCK_EXACT_TEXT_SIZE];
	*ret_found = store_next_due(context->connection, context->namespace, store_due_beginning(),
		CLOCK_LATEST_MS, context->arena, &due);
	if (*ret_found != STORE_OK)
		return json_null();
	clock_format_exact(due.due_at_ms, at);
	return json_pack("{s:s, s:s, s:s}", "at", at, "kind", due.kind, "sid", due.subject_sid);
}

static struct api_error run_show(struct request *request, struct context *context)
{
	enum store_result found;
	json_t *clock = clock_document_write(&context->clock, clock_now_ms());
	if (json_object_set_new(clock, next_due_key, next_due(context, &found)) == 0 &&
		found != STORE_FAILED)
		return control_reply(request, clock);
	json_decref(clock);
	return error_internal();
}

const struct operation control_show_clock = {
	.parse = control_parse_nothing, .run = run_show, .status = 200
};

static struct api_error parse_set(struct request *request)
{
	request->hint = "{\"mode\": \"real\" | \"frozen\" | \"scaled\", \"now\": "
			"\"2026-01-02T03:04:05Z\", \"rate\": 60}";
	const struct api_error error = control_parse(request);
	if (!is_error(error) && request->document == NULL)
		return control_error(CONTROL_MISSING_KEY, "mode");
	json_object_del(request->document, next_due_key); /* a clock that was shown can be set */
	return error;
}

static const char *const clock_keys[] = { "mode", "now", "rate", NULL };

/* An empty key is the body, which is no object. */
static struct api_error refuse_member(struct request *request, const char *key)
{
	if (key[0] == '\0')
		return control_error(CONTROL_VALUE, key);
	for (size_t i = 0; clock_keys[i] != NULL; i++) {
		if (strcmp(clock_keys[i], key) == 0)
			return control_error(CONTROL_VALUE, key);
	}
	struct api_error error = control_error(CONTROL_UNKNOWN_KEY, key);
	error.hint = control_unknown_hint(request, key, clock_keys);
	return error;
}

/* A rate alone would change nothing, unless the clock is scaled already. */
static bool lacks_mode(const json_t *document, const struct account_clock *clock)
{
	return clock->mode != CLOCK_SCALED && json_object_get(document, "rate") != NULL &&
	       json_object_get(document, "mode") == NULL;
}

static struct api_error run_set(struct request *request, struct context *context)
{
	struct account_clock clock;
	const char *wrong =
		clock_document_read(request->document, &context->clock, clock_now_ms(), &clock);
	if (wrong != NULL)
		return refuse_member(request, wrong);
	if (lacks_mode(request->document, &clock))
		return control_error(CONTROL_MISSING_KEY, "mode");
	const struct api_error error = account_set_clock(context, &clock);
	return !is_error(error) ? run_show(request, context) : error;
}

const struct operation control_set_clock = {
	.parse = parse_set, .run = run_set, .status = 200, .writes = true
};

/* What an advance is asked for: exactly one of them. */
struct advance_arguments {
	int64_t by_ms; /* -1: not given */
	const char *to;
};

static const struct key advance_keys[] = {
	{ "by", KEY_DURATION, offsetof(struct advance_arguments, by_ms), false },
	{ "to", KEY_TEXT, offsetof(struct advance_arguments, to), false },
	{ .name = NULL },
};

/* Reads a time, or a word for one. False for anything else. */
static bool read_goal(const char *text, struct advance *advance)
{
	static const struct {
		const char *word;
		enum advance_goal goal;
	} words[] = { { "next", ADVANCE_TO_NEXT }, { "idle", ADVANCE_TO_IDLE } };
	for (size_t i = 0; i < COUNT_OF(words); i++) {
		if (strcmp(words[i].word, text) == 0) {
			advance->goal = words[i].goal;
			return true;
		}
	}
	advance->goal = ADVANCE_TO_TIME;
	return clock_parse(text, &advance->to_ms);
}

static struct api_error parse_advance(struct request *request)
{
	struct advance_arguments arguments = { .by_ms = -1 };
	request->hint = "{\"by\": \"72h\"} or {\"to\": \"2026-03-01T00:00:00Z\" | \"next\" | "
			"\"idle\"}; a duration is whole numbers with d, h, m, s or ms: 1h30m";
	const struct api_error error = control_read(request, advance_keys, &arguments);
	if (is_error(error))
		return error;
	if (arguments.by_ms < 0 && arguments.to == NULL)
		return control_error(CONTROL_MISSING_KEY, "by");
	if (arguments.by_ms >= 0 && arguments.to != NULL)
		return control_error(CONTROL_BY_OR_TO, "to");
	request->advance = advance_new(request->caller.account_sid);
	if (request->advance == NULL)
		return error_internal();
	request->advance->by_ms = arguments.by_ms;
	if (arguments.to != NULL && !read_goal(arguments.to, request->advance))
		return control_error(CONTROL_VALUE, "to");
	return error_none();
}

static void add_error_code(struct strbuf *out, int error_code)
{
	if (error_code != 0)
		strbuf_add_format(out, "\"error_code\":%d}", error_code);
	else
		strbuf_add_text(out, "\"error_code\":null}");
}

/* Says what ran. Runs after the scheduler is done with it. */
static void render_advance(struct request *request)
{
	const struct advance *advance = request->advance;
	struct strbuf *out = &request->reply.body;
	char time[CLOCK_TEXT_SIZE];
	clock_format(advance->now_ms, time);
	strbuf_add_format(out, "{\"now\":\"%s\",\"ran\":[", time);
	for (const struct advance_ran *ran = advance->first; ran != NULL; ran = ran->next) {
		clock_format(ran->at_ms, time);
		strbuf_add_format(out,
			"%s{\"kind\":\"%s\",\"sid\":\"%s\",\"at\":\"%s\",\"result\":\"%s\",",
			ran == advance->first ? "" : ",", ran->kind, ran->sid, time,
			ran->outcome.result);
		add_error_code(out, ran->outcome.error_code);
	}
	const int64_t more =
		advance->ran_count > ADVANCE_RAN_SHOWN ? advance->ran_count - ADVANCE_RAN_SHOWN : 0;
	strbuf_add_format(out, "],\"ran_more\":%lld,\"pending\":%lld}", (long long)more,
		(long long)advance->pending);
}

const struct operation control_advance_clock = {
	.parse = parse_advance,
	.render = render_advance,
	.status = 200,
	.advances = true,
	.account = ACCOUNT_NAMED,
};
