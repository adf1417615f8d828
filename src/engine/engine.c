/* SPDX-License-Identifier: MIT */
#include "engine/engine.h"

#include <string.h>

#include "engine/changes.h"
#include "model/sid.h"
#include "util/clock.h"
#include "util/strbuf.h"

/* What is special about a resource; all NULL when nothing is. */
static const struct rules *rules_of(const struct context *context, const struct resource *resource)
{
	static const struct rules nothing_special;
	const struct rules *rules = context->rules[resource->number];
	return rules != NULL ? rules : &nothing_special;
}

/* ── what all resources share ────────────────────────────────────────────────────────────── */

/* The error of looking something up. */
static struct api_error error_of_lookup(
	struct context *context, enum store_result result, enum error_case unknown)
{
	if (result == STORE_NOT_FOUND)
		return error_new(context->arena, unknown, context->path);
	return error_of_store(result);
}

struct api_error engine_find_sid(struct context *context, const struct resource *resource,
	const char *identifier, const char **ret_sid)
{
	if (!resource->is_computed)
		return error_of_lookup(context,
			store_find_sid(context->connection, resource, context->namespace,
				identifier, context->arena, ret_sid),
			ERROR_NOT_FOUND);
	void *record = arena_alloc(context->arena, resource->record_size);
	if (record == NULL)
		return error_internal();
	const struct api_error error =
		rules_of(context, resource)->fetch(context, identifier, record);
	if (!is_error(error))
		*ret_sid = record_sid(resource, record);
	return error;
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
		const struct api_error error =
			engine_find_sid(context, field->target, *reference, reference);
		if (error.status == 404)
			return error_new(context->arena,
				error_or_general(resource->errors.unknown_reference,
					ERROR_INVALID_PARAMETER),
				field->parameter);
		if (is_error(error))
			return error;
	}
	return error_none();
}

/* A history grows at one end and is trimmed at the other, and so do the indexes of its SIDs.
 * Twilio's own are random. */
static void make_sid(const struct resource *resource, char ret_sid[SID_SIZE])
{
	if (resource->is_history)
		sid_make_in_order(resource->sid_prefix, clock_now_ms(), ret_sid);
	else
		sid_make(resource->sid_prefix, ret_sid);
}

/* Sets the record's SID, account and dates. A SID and dates among `given` stay. */
static bool complete_record(
	struct context *context, const struct resource *resource, void *record, field_set given)
{
	for (size_t i = 0; i < resource->field_count; i++) {
		const struct field *field = &resource->fields[i];
		if (field->kind == FIELD_ACCOUNT_SID)
			*record_text(field, record) = context->namespace;
		if (given & field_bit(resource, field))
			continue;
		if (field->kind == FIELD_TIME)
			*record_integer(field, record) = context->now_ms;
		if (field->kind == FIELD_OWN_SID) {
			char *sid = arena_alloc(context->arena, SID_SIZE);
			if (sid == NULL)
				return false;
			make_sid(resource, sid);
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
		error_or_general(resource->errors.duplicate_name, ERROR_DUPLICATE), subject.data);
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

struct api_error engine_create(
	struct context *context, const struct resource *resource, void *record, field_set given)
{
	if (!complete_record(context, resource, record, given))
		return error_internal();
	struct api_error error = resolve_references(context, resource, record, ~(field_set)0);
	if (is_error(error))
		return error;
	if (resource->is_computed)
		return rules_of(context, resource)->create(context, record);
	if (rules_of(context, resource)->before_create != NULL)
		error = rules_of(context, resource)->before_create(context, record, given);
	if (is_error(error))
		return error;
	const enum store_result result = store_insert(context->connection, resource, record);
	error = error_of_write(context, resource, record, result);
	if (is_error(error))
		return error;
	change_note_record(context, resource, record, CHANGE_CREATED, 0);
	if (rules_of(context, resource)->after_create == NULL)
		return error;
	return rules_of(context, resource)->after_create(context, record);
}

static struct api_error fetch_or(struct context *context, const struct resource *resource,
	const char *identifier, enum error_case unknown, void *ret_record)
{
	if (resource->is_computed)
		return rules_of(context, resource)->fetch(context, identifier, ret_record);
	return error_of_lookup(context,
		store_fetch(context->connection, resource, context->namespace, identifier,
			context->arena, ret_record),
		unknown);
}

struct api_error engine_fetch(struct context *context, const struct resource *resource,
	const char *identifier, void *ret_record)
{
	return fetch_or(context, resource, identifier, ERROR_NOT_FOUND, ret_record);
}

struct api_error engine_enter_parent(struct context *context, const struct resource *resource,
	const char *identifier, void *record)
{
	return engine_find_sid(
		context, resource->parent, identifier, record_parent(resource, record));
}

struct api_error engine_remove(struct context *context, const struct resource *resource,
	const char *identifier, void *record)
{
	return rules_of(context, resource)->remove(context, identifier, record);
}

struct api_error engine_save(
	struct context *context, const struct resource *resource, void *record, field_set set)
{
	const struct field *date_updated = resource_field_named(resource, "date_updated");
	*record_integer(date_updated, record) = context->now_ms;
	return engine_save_undated(
		context, resource, record, set | field_bit(resource, date_updated));
}

struct api_error engine_save_undated(
	struct context *context, const struct resource *resource, const void *record, field_set set)
{
	const enum store_result result =
		store_update(context->connection, resource, context->namespace, record, set);
	if (result == STORE_OK)
		change_note_record(context, resource, record, CHANGE_UPDATED, set);
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
		const struct api_error error =
			rules_of(context, resource)->enter_new_account(context, *sid, &target);
		if (is_error(error))
			return error;
		*sid = target.namespace;
	}
	return resolve_references(&target, resource, changes, given);
}

struct api_error engine_update(struct context *context, const struct resource *resource,
	const char *identifier, void *changes, field_set given, void *ret_record)
{
	struct api_error error = fetch_or(context, resource, identifier,
		error_or_general(resource->errors.update_of_unknown, ERROR_NOT_FOUND), ret_record);
	if (is_error(error) || given == 0)
		return error;
	error = resolve_changes(context, resource, changes, given);
	if (!is_error(error) && rules_of(context, resource)->before_update != NULL)
		error = rules_of(context, resource)
				->before_update(context, ret_record, changes, &given);
	if (is_error(error))
		return error;
	record_merge(resource, ret_record, changes, given);
	return engine_save(context, resource, ret_record, given);
}

struct api_error engine_visit(struct context *context, const struct resource *resource,
	const void *filter, field_set filter_set, record_visitor *visit, void *closure)
{
	struct store_page page;
	const struct store_query query = {
		.namespace = context->namespace,
		.filter = filter,
		.filter_set = filter_set,
		.below = INT64_MAX,
		.limit = SIZE_MAX / 4,
	};
	return error_of_store(
		store_list(context->connection, resource, &query, visit, closure, &page));
}

struct found_record {
	struct arena *arena;
	const struct resource *resource;
	void *record; /* a copy of what was found, or NULL */
};

static void collect_found(void *closure, const void *record)
{
	struct found_record *found = closure;
	found->record = engine_keep(found->arena, found->resource, record);
}

void *engine_keep(struct arena *arena, const struct resource *resource, const void *record)
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

struct api_error engine_find(struct context *context, const struct resource *resource,
	const void *filter, field_set filter_set, void *ret_record, bool *ret_found)
{
	struct found_record found = { context->arena, resource, NULL };
	struct store_page page;
	const struct store_query query = {
		.namespace = context->namespace,
		.filter = filter,
		.filter_set = filter_set,
		.below = INT64_MAX,
		.limit = 1,
	};
	const enum store_result result =
		store_list(context->connection, resource, &query, collect_found, &found, &page);
	*ret_found = page.count > 0;
	if (result != STORE_OK || (*ret_found && found.record == NULL))
		return error_internal();
	if (*ret_found)
		memcpy(ret_record, found.record, resource->record_size);
	return error_none();
}

struct api_error engine_list(struct context *context, const struct resource *resource, void *filter,
	field_set filters, const struct page_request *page, record_visitor *visit, void *closure,
	struct store_page *ret_page)
{
	*ret_page = (struct store_page){ 0 };
	const struct api_error unknown = resolve_references(context, resource, filter, filters);
	if (is_error(unknown))
		return unknown.status < 500 ? error_none() : unknown;
	if (resource->is_computed)
		return rules_of(context, resource)
			->list(context, filter, filters, page, visit, closure, ret_page);
	struct store_query query = {
		.namespace = context->namespace,
		.filter = filter,
		.filter_set = filters,
		.below = page->position,
		.limit = page->size,
		.shown_only = true,
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
