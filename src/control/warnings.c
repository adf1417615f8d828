/* SPDX-License-Identifier: MIT */
/* The control API's view of warnings: what clients sent that was probably not meant. */
#include <string.h>

#include "control/control.h"
#include "util/clock.h"

/* ── which ones ──────────────────────────────────────────────────────────────────────────── */

struct filter {
	const char *kind; /* NULL: any */
	const char *operation;
};

static struct api_error refuse(const char *field, const char *hint)
{
	struct api_error error = control_error(CONTROL_VALUE, field);
	error.hint = hint;
	return error;
}

static const char *kinds_hint(struct request *request, const char *kind)
{
	const char *names[WARNING_KINDS + 1] = { NULL };
	for (enum warning_kind each = 0; each < WARNING_KINDS; each++)
		names[each] = warning_kind_name(each);
	return control_unknown_hint(request, kind, names);
}

static struct api_error parse_list(struct request *request)
{
	struct filter *filter = arena_alloc(&request->arena, sizeof(*filter));
	if (filter == NULL)
		return error_internal();
	request->arguments = filter;
	filter->kind = control_query(request, "kind");
	filter->operation = control_query(request, "operation");
	if (filter->kind != NULL && warning_kind_named(filter->kind) == WARNING_KINDS)
		return refuse("kind", kinds_hint(request, filter->kind));
	if (filter->operation != NULL &&
		route_of_operation(request->emulator, filter->operation) == NULL)
		return refuse("operation",
			"an operationId of Twilio's OpenAPI file: CreateFleet, ListSim");
	return control_parse_nothing(request);
}

/* ── the list ────────────────────────────────────────────────────────────────────────────── */

static const char list_opening[] = "{\"warnings\":[";

static bool is_wanted(const struct filter *filter, const struct counted_warning *counted)
{
	return (filter->kind == NULL ||
		       strcmp(filter->kind, warning_kind_name(counted->kind)) == 0) &&
	       (filter->operation == NULL || strcmp(filter->operation, counted->operation) == 0);
}

/* Written as text, which is quick: workers with a warning wait meanwhile. */
static void add_warning(void *closure, const struct counted_warning *counted)
{
	struct request *request = closure;
	struct strbuf *out = &request->reply.body;
	char first[CLOCK_TEXT_SIZE], last[CLOCK_TEXT_SIZE];
	if (!is_wanted(request->arguments, counted))
		return;
	clock_format(counted->first_ms, first);
	clock_format(counted->last_ms, last);
	strbuf_add_text(out, out->length > sizeof(list_opening) - 1 ? ",{" : "{");
	if (request->all_accounts)
		strbuf_add_format(out, "\"account_sid\":\"%s\",", counted->account_sid);
	strbuf_add_format(out, "\"kind\":\"%s\",\"operation\":\"%s\"",
		warning_kind_name(counted->kind), counted->operation);
	control_add_member(out, "name", counted->name);
	control_add_member(out, "hint", counted->hint);
	strbuf_add_format(out, ",\"count\":%llu,\"first\":\"%s\",\"last\":\"%s\"}",
		(unsigned long long)counted->count, first, last);
}

static struct api_error run_list(struct request *request, struct context *context)
{
	struct strbuf *body = &request->reply.body;
	(void)context;
	strbuf_add_text(body, list_opening);
	warnings_visit(
		request->emulator->watch->warnings, control_scope(request), add_warning, request);
	strbuf_add_text(body, "]}");
	return error_none();
}

static const char *const list_query[] = { "kind", "operation", NULL };

const struct operation control_list_warnings = {
	.parse = parse_list,
	.run = run_list,
	.status = 200,
	.account = ACCOUNT_NAMED,
	.takes_all = true,
	.query = list_query,
};

static struct api_error run_clear(struct request *request, struct context *context)
{
	(void)context;
	warnings_clear(request->emulator->watch->warnings, control_scope(request));
	return error_none();
}

const struct operation control_clear_warnings = {
	.parse = control_parse_nothing,
	.run = run_clear,
	.status = 204,
	.account = ACCOUNT_NAMED,
	.takes_all = true,
};
