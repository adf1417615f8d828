/* SPDX-License-Identifier: MIT */
#include "service/service.h"

#include <string.h>

#include "util/clock.h"
#include "util/sid.h"
#include "util/strbuf.h"

/* The places of resources in service_resources are their numbers. */
const struct resource *const service_resources[] = {
	&network_access_profile_resource,
	&fleet_resource,
	NULL,
};

/* ── what all resources share ────────────────────────────────────────────────────────────── */

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
		switch (store_find_sid(context->connection, field->target, context->account_sid,
			*reference, context->arena, reference)) {
		case STORE_OK: break;
		case STORE_NOT_FOUND:
			return error_new(context->arena, ERROR_INVALID_PARAMETER, field->parameter);
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
	const int64_t now = clock_now_ms();
	for (size_t i = 0; i < resource->field_count; i++) {
		const struct field *field = &resource->fields[i];
		if (field->kind == FIELD_ACCOUNT_SID)
			*record_text(field, record) = context->account_sid;
		if (given & field_bit(resource, field))
			continue;
		if (field->kind == FIELD_TIME)
			*record_integer(field, record) = now;
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
	const struct api_error error = error_new(context->arena, ERROR_DUPLICATE, subject.data);
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
	const enum store_result result = store_insert(context->connection, resource, record);
	error = error_of_write(context, resource, record, result);
	if (error.code != 0 || resource->after_create == NULL)
		return error;
	return resource->after_create(context, record);
}

struct api_error service_fetch(struct context *context, const struct resource *resource,
	const char *identifier, void *ret_record)
{
	switch (store_fetch(context->connection, resource, context->account_sid, identifier,
		context->arena, ret_record)) {
	case STORE_OK: return error_none();
	case STORE_NOT_FOUND: return error_new(context->arena, ERROR_NOT_FOUND, context->path);
	case STORE_DUPLICATE:
	case STORE_FAILED: break;
	}
	return error_internal();
}

struct api_error service_update(struct context *context, const struct resource *resource,
	const char *identifier, void *changes, field_set given, void *ret_record)
{
	struct api_error error = service_fetch(context, resource, identifier, ret_record);
	if (error.code != 0 || given == 0)
		return error;
	error = resolve_references(context, resource, changes, given);
	if (error.code != 0)
		return error;
	record_merge(resource, ret_record, changes, given);
	const struct field *date_updated = resource_field_named(resource, "date_updated");
	*record_integer(date_updated, ret_record) = clock_now_ms();
	const enum store_result result = store_update(context->connection, resource, ret_record,
		given | field_bit(resource, date_updated));
	return error_of_write(context, resource, ret_record, result);
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
		.account_sid = context->account_sid,
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
