/* SPDX-License-Identifier: MIT */
/* Waiting for the status of a Sim or of a Command, and until nothing is due. */
#include "control/wait.h"

#include <string.h>

#include "engine/engine.h"
#include "request/json.h"
#include "service/due_kinds.h"
#include "service/resources.h"
#include "store/due.h"
#include "util/clock.h"
#include "util/count.h"

/* ── a status ────────────────────────────────────────────────────────────────────────────── */

struct status_terms {
	const char *sid; /* or a unique name */
	const char *status;
	const char *key; /* the record's in the answer */
	const struct resource *resource;
	void *record;
	bool exists;
};

static const struct key match_keys[] = {
	{ "sid", KEY_TEXT, offsetof(struct status_terms, sid), true },
	{ "status", KEY_TEXT, offsetof(struct status_terms, status), true },
	{ .name = NULL },
};

static const struct field *status_field(const struct status_terms *terms)
{
	return resource_field_named(terms->resource, "status");
}

/* Which statuses there are. */
static struct api_error refuse_status(struct request *request, const struct status_terms *terms)
{
	struct api_error error = control_error(CONTROL_VALUE, "match.status");
	error.hint = control_unknown_hint(
		request, terms->status, status_field(terms)->names + 1 /* 0 is null */);
	return error;
}

/* The resource is known before the keys are read, or by the SID's first letters. */
static struct api_error read_status(
	struct request *request, struct wait *wait, struct status_terms *terms)
{
	request->hint = "{\"sid\": \"HS…\", \"status\": \"active\"}; a Command's SID is HC… or HG…";
	const struct api_error error =
		control_read_object(request, wait->match, "match.", match_keys, terms);
	if (is_error(error))
		return error;
	if (terms->resource == NULL && sid_has_form(terms->sid, sms_command_resource.sid_prefix))
		terms->resource = &sms_command_resource;
	if (terms->resource == NULL && sid_has_form(terms->sid, ip_command_resource.sid_prefix))
		terms->resource = &ip_command_resource;
	if (terms->resource == NULL)
		return control_error(CONTROL_VALUE, "match.sid");
	if (field_value(status_field(terms), terms->status) == 0)
		return refuse_status(request, terms);
	terms->record = arena_alloc(&request->arena, terms->resource->record_size);
	request->wait.subjects |= 1u << terms->resource->number;
	return terms->record != NULL ? error_none() : error_internal();
}

static struct api_error read_sim_status(struct request *request, struct wait *wait)
{
	struct status_terms *terms = arena_alloc(&request->arena, sizeof(*terms));
	if (terms == NULL)
		return error_internal();
	wait->terms = terms;
	terms->key = "sim";
	terms->resource = &sim_resource;
	return read_status(request, wait, terms);
}

static struct api_error read_command(struct request *request, struct wait *wait)
{
	struct status_terms *terms = arena_alloc(&request->arena, sizeof(*terms));
	if (terms == NULL)
		return error_internal();
	wait->terms = terms;
	terms->key = "command";
	return read_status(request, wait, terms);
}

static struct api_error look_at_status(
	struct request *request, struct context *context, struct wait *wait, bool *ret_is_there)
{
	struct status_terms *terms = wait->terms;
	(void)request;
	const struct api_error error =
		engine_fetch(context, terms->resource, terms->sid, terms->record);
	terms->exists = !is_error(error);
	if (!terms->exists)
		return error.status == 404 ? error_none() : error;
	const struct field *field = status_field(terms);
	*ret_is_there = *record_enum(field, terms->record) == field_value(field, terms->status);
	wait->found.count = *ret_is_there;
	return error_none();
}

static struct api_error add_record(
	struct request *request, struct context *context, struct wait *wait)
{
	const struct status_terms *terms = wait->terms;
	struct strbuf *out = &request->reply.body;
	(void)context;
	strbuf_add_format(out, ",\"%s\":", terms->key);
	if (terms->exists)
		json_add_record(out, terms->resource, terms->record, request->origin);
	else
		strbuf_add_text(out, "null");
	return error_none();
}

/* Whether a change of its status is due, however late. */
static struct api_error find_change(
	struct context *context, const struct status_terms *terms, bool *ret_is_due)
{
	static const char *const changes[] = { DUE_SIM_STATUS, DUE_SIM_READY_END,
		DUE_SMS_COMMAND_STATUS, DUE_IP_COMMAND_STATUS };
	const char *sid = record_sid(terms->resource, terms->record);
	enum store_result found = STORE_NOT_FOUND;
	int64_t due_at_ms;
	for (size_t i = 0; i < COUNT_OF(changes) && found == STORE_NOT_FOUND; i++)
		found = store_find_due(context->connection, context->namespace, changes[i], sid,
			CLOCK_LATEST_MS, &due_at_ms);
	*ret_is_due = found == STORE_OK;
	return found != STORE_FAILED ? error_none() : error_internal();
}

static struct api_error add_other_record(
	struct request *request, struct context *context, struct wait *wait, const char **ret_hint)
{
	const struct status_terms *terms = wait->terms;
	bool is_due = false;
	if (!terms->exists) {
		*ret_hint = "there is no such record in the account";
		return add_record(request, context, wait);
	}
	const struct api_error error = find_change(context, terms, &is_due);
	*ret_hint = is_due ? wait_frozen_hint(context)
			   : "nothing falls due for it: it stays as it is until a call changes it";
	return !is_error(error) ? add_record(request, context, wait) : error;
}

static const char *const status_keys[] = { "match", NULL };

const struct wait_kind wait_for_sim_status = {
	.name = "sim_status",
	.keys = status_keys,
	.read = read_sim_status,
	.look = look_at_status,
	.add_found = add_record,
	.add_instead = add_other_record,
};

const struct wait_kind wait_for_command = {
	.name = "command",
	.keys = status_keys,
	.read = read_command,
	.look = look_at_status,
	.add_found = add_record,
	.add_instead = add_other_record,
};

/* ── nothing is due ──────────────────────────────────────────────────────────────────────── */

enum { DUE_SHOWN = 3 };

static struct api_error read_idle(struct request *request, struct wait *wait)
{
	(void)request;
	(void)wait;
	return error_none();
}

/* An attempt's row stays until its outcome is recorded, so what is under way is due. */
static struct api_error look_for_idle(
	struct request *request, struct context *context, struct wait *wait, bool *ret_is_there)
{
	struct store_due due;
	(void)request;
	const enum store_result found = store_next_due(context->connection, context->namespace,
		store_due_beginning(), context->now_ms + wait->within_ms, context->arena, &due);
	*ret_is_there = found == STORE_NOT_FOUND;
	wait->found.count = *ret_is_there;
	return found != STORE_FAILED ? error_none() : error_internal();
}

/* Adds what is due first, however late that may be. */
static struct api_error add_due(struct request *request, struct context *context, struct wait *wait)
{
	struct strbuf *out = &request->reply.body;
	struct store_due_place place = store_due_beginning();
	enum store_result found = STORE_OK;
	(void)wait;
	strbuf_add_text(out, ",\"due\":[");
	for (int i = 0; i < DUE_SHOWN && found == STORE_OK; i++) {
		struct store_due due;
		char at[CLOCK_EXACT_TEXT_SIZE];
		found = store_next_due(context->connection, context->namespace, place,
			CLOCK_LATEST_MS, context->arena, &due);
		if (found != STORE_OK)
			break;
		clock_format_exact(due.due_at_ms, at);
		strbuf_add_format(out, "%s{\"at\":\"%s\",\"kind\":\"%s\",\"sid\":\"%s\"}",
			i > 0 ? "," : "", at, due.kind, due.subject_sid);
		place = (struct store_due_place){ due.due_at_ms, due.id };
	}
	strbuf_add_char(out, ']');
	return found != STORE_FAILED ? error_none() : error_internal();
}

static struct api_error add_due_instead(
	struct request *request, struct context *context, struct wait *wait, const char **ret_hint)
{
	*ret_hint = wait_frozen_hint(context);
	return add_due(request, context, wait);
}

/* Who waits for everything to be done may have waited for less. */
static struct api_error add_due_later(
	struct request *request, struct context *context, struct wait *wait)
{
	struct strbuf *out = &request->reply.body;
	const size_t start = out->length;
	const struct api_error error = add_due(request, context, wait);
	if (!is_error(error) && strcmp(out->data + start, ",\"due\":[]") != 0)
		control_add_member(out, "hint",
			"nothing is overdue; {\"within\": \"1s\"} waits until nothing is due soon "
			"either");
	return error;
}

static const char *const idle_keys[] = { "within", NULL };

const struct wait_kind wait_for_idle = {
	.name = "idle",
	.keys = idle_keys,
	.read = read_idle,
	.subjects = CHANGED_DUE | CHANGED_CLOCK,
	.look = look_for_idle,
	.add_found = add_due_later,
	.add_instead = add_due_instead,
};
