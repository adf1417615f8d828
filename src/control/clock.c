/* SPDX-License-Identifier: MIT */
/* The control API's clock: show, set, advance. */
#include "control/control.h"
#include "engine/account.h"
#include "seed/clock_document.h"
#include "util/clock.h"

static struct api_error run_show(struct request *request, struct context *context)
{
	return control_reply(request, clock_document_write(&context->clock, clock_now_ms()));
}

const struct operation control_show_clock = {
	.parse = control_parse_nothing, .run = run_show, .status = 200
};

static struct api_error parse_set(struct request *request)
{
	const struct api_error error = control_parse(request);
	if (!is_error(error) && request->document == NULL)
		return control_error(400, "Missing key", "mode");
	return error;
}

static struct api_error run_set(struct request *request, struct context *context)
{
	struct account_clock clock;
	const char *wrong =
		clock_document_read(request->document, &context->clock, clock_now_ms(), &clock);
	if (wrong != NULL) {
		request->hint = "{\"mode\": \"real\" | \"frozen\" | \"scaled\", \"now\": "
				"\"2026-01-02T03:04:05Z\", \"rate\": 60}";
		return control_error(400, "Unacceptable value", wrong);
	}
	const struct api_error error = account_set_clock(context, &clock);
	return !is_error(error) ? run_show(request, context) : error;
}

const struct operation control_set_clock = {
	.parse = parse_set, .run = run_set, .status = 200, .writes = true
};

static const struct key advance_keys[] = {
	{ "by", KEY_DURATION, offsetof(struct advance, by_ms), true },
	{ .name = NULL },
};

static struct api_error parse_advance(struct request *request)
{
	request->hint = "{\"by\": \"72h\"}";
	request->advance = advance_new(request->caller.account_sid);
	return request->advance != NULL ? control_read(request, advance_keys, request->advance)
					: error_internal();
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
