/* SPDX-License-Identifier: MIT */
#include "service/service.h"

#include <string.h>

#include "service/account.h"
#include "util/sid.h"
#include "util/strbuf.h"

/* The places of resources in service_resources are their numbers. */
const struct resource *const service_resources[] = {
	&network_access_profile_resource,
	&fleet_resource,
	&sim_card_resource,
	&sim_resource,
	&sms_command_resource,
	&ip_command_resource,
	&sink_resource,
	&sink_request_resource,
	&delivery_resource,
	&delivery_attempt_resource,
	NULL,
};

const char *const callback_methods[] = { "GET", "POST", NULL };
const char *const command_directions[] = { "to_sim", "from_sim", NULL };

/* ── what all resources share ────────────────────────────────────────────────────────────── */

static enum error_case or_general(enum error_case special, enum error_case general)
{
	return special != ERROR_GENERAL ? special : general;
}

/* Puts the SIDs of the references among `set` in place of what was given. */
static struct api_error resolve_references(
	struct context *context, const struct resource *resource, void *record, field_set set)
{
	for (size_t i = 0; i < resource->field_count; i++) {
		const struct field *field = &resource->fields[i];
		if (field->kind != FIELD_REFERENCE || !(set & field_bit(resource, field)))
			continue;
		const char **reference = record_text(field, record);
		if (*reference == NULL)
			continue;
		switch (store_find_sid(context->connection, field->target, context->scope,
			*reference, context->arena, reference)) {
		case STORE_OK: break;
		case STORE_NOT_FOUND:
			return error_new(context->arena,
				or_general(resource->errors.unknown_reference,
					ERROR_INVALID_PARAMETER),
				field->parameter);
		case STORE_DUPLICATE:
		case STORE_FAILED: return error_internal();
		}
	}
	return error_none();
}

/* Sets the record's SID, account and dates. A SID and dates among `given` stay. */
static bool complete_record(
	struct context *context, const struct resource *resource, void *record, field_set given)
{
	for (size_t i = 0; i < resource->field_count; i++) {
		const struct field *field = &resource->fields[i];
		if (field->kind == FIELD_ACCOUNT_SID)
			*record_text(field, record) = context->scope;
		if (given & field_bit(resource, field))
			continue;
		if (field->kind == FIELD_TIME)
			*record_integer(field, record) = context->now_ms;
		if (field->kind == FIELD_OWN_SID) {
			char *sid = arena_alloc(context->arena, SID_SIZE);
			if (sid == NULL)
				return false;
			sid_make(resource->sid_prefix, sid);
			*record_text(field, record) = sid;
		}
	}
	return true;
}

/* "Fleet with unique name 'Pilot Fleet' already exists" */
static struct api_error duplicate(
	struct context *context, const struct resource *resource, const void *record)
{
	const struct field *name_field = resource_field(resource, FIELD_UNIQUE_NAME);
	const char *name = name_field != NULL ? record_get_text(name_field, record) : NULL;
	struct strbuf subject;
	strbuf_init(&subject, 1024);
	strbuf_add_text(&subject, resource->name);
	if (name != NULL)
		strbuf_add_format(&subject, " with unique name '%s'", name);
	const struct api_error error = error_new(context->arena,
		or_general(resource->errors.duplicate_name, ERROR_DUPLICATE), subject.data);
	strbuf_done(&subject);
	return error;
}

static struct api_error error_of_write(struct context *context, const struct resource *resource,
	const void *record, enum store_result result)
{
	switch (result) {
	case STORE_OK: return error_none();
	case STORE_DUPLICATE: return duplicate(context, resource, record);
	case STORE_NOT_FOUND:
	case STORE_FAILED: break;
	}
	return error_internal();
}

/* ── the operations ──────────────────────────────────────────────────────────────────────── */

struct api_error service_create(
	struct context *context, const struct resource *resource, void *record, field_set given)
{
	if (!complete_record(context, resource, record, given))
		return error_internal();
	struct api_error error = resolve_references(context, resource, record, ~(field_set)0);
	if (error.code != 0)
		return error;
	if (resource->before_create != NULL)
		error = resource->before_create(context, record, given);
	if (error.code != 0)
		return error;
	const enum store_result result = store_insert(context->connection, resource, record);
	error = error_of_write(context, resource, record, result);
	if (error.code != 0 || resource->after_create == NULL)
		return error;
	return resource->after_create(context, record);
}

static struct api_error fetch_or(struct context *context, const struct resource *resource,
	const char *identifier, enum error_case unknown, void *ret_record)
{
	switch (store_fetch(context->connection, resource, context->scope, identifier,
		context->arena, ret_record)) {
	case STORE_OK: return error_none();
	case STORE_NOT_FOUND: return error_new(context->arena, unknown, context->path);
	case STORE_DUPLICATE:
	case STORE_FAILED: break;
	}
	return error_internal();
}

struct api_error service_fetch(struct context *context, const struct resource *resource,
	const char *identifier, void *ret_record)
{
	return fetch_or(context, resource, identifier, ERROR_NOT_FOUND, ret_record);
}

struct api_error service_save(
	struct context *context, const struct resource *resource, void *record, field_set set)
{
	const struct field *date_updated = resource_field_named(resource, "date_updated");
	*record_integer(date_updated, record) = context->now_ms;
	const enum store_result result = store_update(context->connection, resource, context->scope,
		record, set | field_bit(resource, date_updated));
	return error_of_write(context, resource, record, result);
}

/* An update that gives an account's SID moves the record there: its references are looked up
 * there, and its new namespace takes the place of the SID. */
static struct api_error resolve_changes(
	struct context *context, const struct resource *resource, void *changes, field_set given)
{
	const struct field *account = resource_field(resource, FIELD_ACCOUNT_SID);
	struct context target = *context;
	if (given & field_bit(resource, account)) {
		const char **sid = record_text(account, changes);
		const struct api_error error = account_enter(&target, *sid, NULL);
		if (error.code != 0)
			return error;
		*sid = target.scope;
	}
	return resolve_references(&target, resource, changes, given);
}

struct api_error service_update(struct context *context, const struct resource *resource,
	const char *identifier, void *changes, field_set given, void *ret_record)
{
	struct api_error error = fetch_or(context, resource, identifier,
		or_general(resource->errors.update_of_unknown, ERROR_NOT_FOUND), ret_record);
	if (error.code != 0 || given == 0)
		return error;
	error = resolve_changes(context, resource, changes, given);
	if (error.code == 0 && resource->before_update != NULL)
		error = resource->before_update(context, ret_record, changes, &given);
	if (error.code != 0)
		return error;
	record_merge(resource, ret_record, changes, given);
	return service_save(context, resource, ret_record, given);
}

struct finding {
	struct arena *arena;
	const struct resource *resource;
	void *record; /* a copy of what was found, or NULL */
};

static void note_found(void *closure, const void *record)
{
	struct finding *finding = closure;
	finding->record = service_keep(finding->arena, finding->resource, record);
}

void *service_keep(struct arena *arena, const struct resource *resource, const void *record)
{
	void *copy = arena_alloc(arena, resource->record_size);
	if (copy == NULL)
		return NULL;
	memcpy(copy, record, resource->record_size);
	for (size_t i = 0; i < resource->field_count; i++) {
		const struct field *field = &resource->fields[i];
		const char **text = field->storage == STORED_TEXT ? record_text(field, copy) : NULL;
		if (text == NULL || *text == NULL)
			continue;
		*text = arena_copy(arena, *text, strlen(*text));
		if (*text == NULL)
			return NULL;
	}
	return copy;
}

struct api_error service_find(struct context *context, const struct resource *resource,
	const void *filter, field_set filter_set, void *ret_record, bool *ret_found)
{
	struct finding finding = { context->arena, resource, NULL };
	struct store_page page;
	const struct store_query query = {
		.scope = context->scope,
		.filter = filter,
		.filter_set = filter_set,
		.below = INT64_MAX,
		.limit = 1,
	};
	const enum store_result result =
		store_list(context->connection, resource, &query, note_found, &finding, &page);
	*ret_found = page.count > 0;
	if (result != STORE_OK || (*ret_found && finding.record == NULL))
		return error_internal();
	if (*ret_found)
		memcpy(ret_record, finding.record, resource->record_size);
	return error_none();
}

struct api_error service_list(struct context *context, const struct resource *resource,
	void *filter, field_set filters, const struct page_request *page, store_visitor *visit,
	void *closure, struct store_page *ret_page)
{
	*ret_page = (struct store_page){ 0 };
	const struct api_error unknown = resolve_references(context, resource, filter, filters);
	if (unknown.code != 0)
		return unknown.status < 500 ? error_none() : unknown;
	struct store_query query = {
		.scope = context->scope,
		.filter = filter,
		.filter_set = filters,
		.below = page->position,
		.limit = page->size,
	};
	if (page->direction == PAGE_ABOVE && store_seek_page_above(context->connection, resource,
						     page->position, &query) != STORE_OK)
		return error_internal();
	if (query.limit == 0)
		return error_none(); /* nothing is newer */
	if (store_list(context->connection, resource, &query, visit, closure, ret_page) != STORE_OK)
		return error_internal();
	return error_none();
}
