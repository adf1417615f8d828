/* SPDX-License-Identifier: MIT */
/* Create, fetch, update and list, for any resource. */
#include <string.h>

#include "api/operations.h"
#include "request/page.h"
#include "engine/engine.h"
#include "request/form.h"
#include "request/json.h"
#include "request/warnings.h"
#include "util/cleanup.h"

/* The record that the operation is about, zeroed. */
static bool make_record(struct request *request, void **ret_record)
{
	*ret_record = arena_alloc(&request->arena, request->route->resource->record_size);
	return *ret_record != NULL;
}

/* What was read of the body, for the run to change: it may be run again. NULL without memory. */
static void *copy_changes(struct request *request)
{
	void *copy;
	if (make_record(request, &copy))
		memcpy(copy, request->changes, request->route->resource->record_size);
	return copy;
}

/* The length of the body as far as it is a form: another type of body holds no parameters. */
static size_t form_length(const struct request *request)
{
	return form_has_type(request->content_type) ? request->body_length : 0;
}

/* Reads the body. What it passes over goes unnoticed at Twilio: here there are warnings. */
static struct api_error read_form(struct request *request, unsigned mode, void *record)
{
	struct form_outcome outcome = { 0 };
	const struct api_error error = form_read(request->route->resource, mode, request->body,
		form_length(request), &request->arena, record, &outcome);
	request->given = outcome.given;
	/* What is no form has no parameters, even where it was read as one. */
	if (!warnings_of_body(request))
		request->first_warning = outcome.first_warning;
	warnings_of_query(request, mode);
	return error;
}

/* A collection's record is below another one. */
static struct api_error enter_parent(struct request *request, struct context *context)
{
	const struct resource *resource = request->route->resource;
	if (resource->parent == NULL)
		return error_none();
	return engine_enter_parent(context, resource, request->parent, request->record);
}

static void render_record(struct request *request)
{
	json_add_record(
		&request->reply.body, request->route->resource, request->record, request->origin);
}

/* ── create ──────────────────────────────────────────────────────────────────────────────── */

static struct api_error parse_create(struct request *request)
{
	const struct resource *resource = request->route->resource;
	if (!make_record(request, &request->changes))
		return error_internal();
	resource->set_defaults(request->changes);
	return read_form(request, ON_CREATE, request->changes);
}

static struct api_error run_create(struct request *request, struct context *context)
{
	request->record = copy_changes(request);
	if (request->record == NULL)
		return error_internal();
	const struct api_error error = enter_parent(request, context);
	if (is_error(error))
		return error;
	return engine_create(context, request->route->resource, request->record, request->given);
}

const struct operation operation_create = { .parse = parse_create,
	.run = run_create,
	.render = render_record,
	.status = 201,
	.takes = ON_CREATE,
	.writes = true,
	.can_repeat = true };

/* ── fetch ───────────────────────────────────────────────────────────────────────────────── */

static struct api_error parse_fetch(struct request *request)
{
	warnings_of_query(request, 0);
	return make_record(request, &request->record) ? error_none() : error_internal();
}

static struct api_error run_fetch(struct request *request, struct context *context)
{
	const struct api_error error = enter_parent(request, context);
	if (is_error(error))
		return error;
	return engine_fetch(
		context, request->route->resource, request->identifier, request->record);
}

const struct operation operation_fetch = {
	.parse = parse_fetch, .run = run_fetch, .render = render_record, .status = 200
};

/* ── remove ──────────────────────────────────────────────────────────────────────────────── */

static struct api_error run_remove(struct request *request, struct context *context)
{
	const struct api_error error = enter_parent(request, context);
	if (is_error(error))
		return error;
	return engine_remove(
		context, request->route->resource, request->identifier, request->record);
}

const struct operation operation_remove = {
	.parse = parse_fetch, .run = run_remove, .status = 204, .writes = true, .can_repeat = true
};

/* ── update ──────────────────────────────────────────────────────────────────────────────── */

static struct api_error parse_update(struct request *request)
{
	if (!make_record(request, &request->record) || !make_record(request, &request->changes))
		return error_internal();
	return read_form(request, ON_UPDATE, request->changes);
}

static struct api_error run_update(struct request *request, struct context *context)
{
	void *changes = copy_changes(request);
	if (changes == NULL)
		return error_internal();
	return engine_update(context, request->route->resource, request->identifier, changes,
		request->given, request->record);
}

const struct operation operation_update = { .parse = parse_update,
	.run = run_update,
	.render = render_record,
	.status = 200,
	.takes = ON_UPDATE,
	.writes = true,
	.can_repeat = true };

/* ── list ────────────────────────────────────────────────────────────────────────────────── */

static struct api_error parse_list(struct request *request)
{
	request->list = arena_alloc(&request->arena, sizeof(*request->list));
	if (request->list == NULL || !make_record(request, &request->record))
		return error_internal();
	char *query = request_query(request);
	return page_read_query(request, query, strlen(query));
}

static void add_row(void *closure, const void *record)
{
	struct request *request = closure;
	struct strbuf *body = &request->reply.body;
	if (body->length > 0)
		strbuf_add_char(body, ',');
	json_add_record(body, request->route->resource, record, request->origin);
}

/* Puts what tells of the page before its records, which it depends on. */
static bool add_frame(struct request *request, const struct store_page *page)
{
	struct strbuf *body = &request->reply.body;
	CLEANUP(strbuf_done) struct strbuf head;
	strbuf_init(&head, body->limit);
	strbuf_add_char(&head, '{');
	page_add_meta(&head, request, page);
	strbuf_add_text(&head, ",\"");
	strbuf_add_text(&head, request->route->resource->list_key);
	strbuf_add_text(&head, "\":[");
	strbuf_add_before(body, head.data, head.length);
	strbuf_add_text(body, "]}");
	return !head.failed;
}

static struct api_error run_list(struct request *request, struct context *context)
{
	const struct resource *resource = request->route->resource;
	struct store_page page;
	struct api_error error = enter_parent(request, context);
	if (!is_error(error))
		error = page_seek(request);
	if (!is_error(error))
		error = engine_list(context, resource, request->record, request->given,
			&request->list->position, add_row, request, &page);
	if (is_error(error))
		return error;
	return add_frame(request, &page) ? error_none() : error_internal();
}

const struct operation operation_list = {
	.parse = parse_list, .run = run_list, .status = 200, .takes = ON_LIST
};
