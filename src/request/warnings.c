/* SPDX-License-Identifier: MIT */
#include "request/warnings.h"

#include <string.h>

#include "request/form.h"
#include "request/hint.h"
#include "request/route.h"
#include "request/warning.h"
#include "util/clock.h"

enum { HEADER_MAXIMUM = 4096 }; /* before it is cut to what a header may have */

bool warnings_of_body(struct request *request)
{
	const enum body_form form = body_form_of(request);
	if (form == BODY_IS_FORM)
		return false;
	warning_add(&request->arena, &request->first_warning,
		form == BODY_IS_JSON ? WARNING_JSON_BODY : WARNING_OTHER_BODY, "body",
		hint_of_body(form));
	return true;
}

/* ── the query ───────────────────────────────────────────────────────────────────────────── */

struct query_reading {
	struct request *request;
	unsigned place;
};

static bool warn_of_parameter(void *closure, const char *name, const char *value)
{
	const struct query_reading *reading = closure;
	struct request *request = reading->request;
	struct arena *arena = &request->arena;
	const struct resource *resource = request->route->resource;
	(void)value;
	if (resource_parameter(resource, reading->place, name) == NULL)
		warning_of_unknown(arena, &request->first_warning, resource, reading->place, name);
	else
		warning_add(arena, &request->first_warning, WARNING_UNKNOWN_PARAMETER, name,
			arena_format(
				arena, "%s is ignored in the query: send it in the form", name));
	return true;
}

void warnings_of_query(struct request *request, unsigned place)
{
	struct query_reading reading = { request, place };
	const char *query = request_query(request);
	const size_t length = strlen(query);
	if (length == 0)
		return;
	/* A copy: the query is still to be shown as it came. One that cannot be decoded has no
	 * names to tell of. */
	char *copy = arena_copy(&request->arena, query, length);
	if (copy != NULL)
		(void)form_visit(copy, length, warn_of_parameter, &reading);
}

/* ── all of them ─────────────────────────────────────────────────────────────────────────── */

/* "dataLimit is unknown: DataLimit?; colour is unknown, and ignored" */
static const char *make_header(struct request *request)
{
	struct strbuf text;
	strbuf_init(&text, HEADER_MAXIMUM);
	for (const struct warning *each = request->first_warning; each != NULL; each = each->next) {
		strbuf_add_text(&text, text.length > 0 ? "; " : "");
		strbuf_add_text(&text, each->hint);
	}
	const char *header = hint_header(&request->arena, text.data);
	strbuf_done(&text);
	return header;
}

/* Nothing is done, and whoever wonders is told that it is not Twilio who says so. */
static struct api_error refuse(struct request *request)
{
	const struct warning *first = request->first_warning;
	struct api_error error = error_new(&request->arena, ERROR_REFUSED_BY_STRICT, first->name);
	error.field = first->name;
	error.hint = first->hint;
	return error;
}

struct api_error warnings_settle(struct request *request, struct api_error error)
{
	const struct emulator *emulator = request->emulator;
	request->reply.warning = make_header(request);
	/* Who looks by the control API tests nothing. */
	if (request->reply.is_control)
		return error;
	warnings_count(emulator->watch->warnings, request->caller.account_sid, request->route->id,
		request->first_warning, clock_now_ms());
	return emulator->is_strict && !is_error(error) ? refuse(request) : error;
}
