/* SPDX-License-Identifier: MIT */
/*
 * What can be done with resources, and the rules: defaults, references, unique names, dates.
 *
 * The functions run inside a transaction of `context->connection`: the reader's snapshot, or the
 * writer's batch. They know no connection of a client and no SQL. What is special to a resource is
 * in its own file (service/fleets.c, …) and reached through its description.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "engine/rules.h"

/*
 * Completes a record (SID, account, dates, SIDs of references that were given by name) and keeps
 * it. `given` tells which fields the caller set; a SID or dates among them are left as they are
 * (seed files). Errors: 20001 for a reference that does not exist, 20409 for a name that does.
 */
struct api_error engine_create(
	struct context *context, const struct resource *resource, void *record, field_set given);

/*
 * Changes the `given` fields of the record that `identifier` (SID or unique name) names, and its
 * date_updated; with nothing given, nothing. The record as it now is goes to `ret_record`.
 * Errors: 20404, and those of engine_create.
 */
struct api_error engine_update(struct context *context, const struct resource *resource,
	const char *identifier, void *changes, field_set given, void *ret_record);

/* Writes the fields of `set` of a record that was fetched, as they are, and its date_updated. */
struct api_error engine_save(
	struct context *context, const struct resource *resource, void *record, field_set set);

/* The same without its date_updated: for what changes a record, but is no update of it. */
struct api_error engine_save_undated(struct context *context, const struct resource *resource,
	const void *record, field_set set);

/* Finds the newest record of which the fields of `filter_set` equal those of `filter`; its texts
 * are put into the arena. `ret_found` tells whether there is one. */
struct api_error engine_find(struct context *context, const struct resource *resource,
	const void *filter, field_set filter_set, void *ret_record, bool *ret_found);

/* Visits every record of which the fields of `filter_set` equal those of `filter`, newest first. */
struct api_error engine_visit(struct context *context, const struct resource *resource,
	const void *filter, field_set filter_set, record_visitor *visit, void *closure);

/* Copies a record that is visited, with its texts, into the arena. NULL without memory. */
void *engine_keep(struct arena *arena, const struct resource *resource, const void *record);

/* Notes, in a record, below which other record it is: `identifier` is that one's SID or name.
 * Error: 20404. For resources that have a parent; to be called before what follows. */
struct api_error engine_enter_parent(struct context *context, const struct resource *resource,
	const char *identifier, void *record);

/* Takes away what `identifier` names, of a resource whose rules can do that. Error: 20404. */
struct api_error engine_remove(struct context *context, const struct resource *resource,
	const char *identifier, void *record);

/* The SID of what `identifier` (SID or unique name) names. Error: 20404. */
struct api_error engine_find_sid(struct context *context, const struct resource *resource,
	const char *identifier, const char **ret_sid);

/* The record that `identifier` names. Error: 20404. */
struct api_error engine_fetch(struct context *context, const struct resource *resource,
	const char *identifier, void *ret_record);

/*
 * Visits a page of the account's records that match the `filters` fields of `filter`, newest first.
 * They are for being shown: hidden fields are not read.
 * A reference in a filter may be a name; one that does not exist matches nothing.
 */
struct api_error engine_list(struct context *context, const struct resource *resource, void *filter,
	field_set filters, const struct page_request *page, record_visitor *visit, void *closure,
	struct store_page *ret_page);

#endif
