/* SPDX-License-Identifier: MIT */
/*
 * What can be done with resources, and the rules: defaults, references, unique names, dates.
 *
 * The functions run inside a transaction of `context->connection`: the reader's snapshot, or the
 * writer's batch. They know no connection of a client and no SQL. What is special to a resource is
 * in its own file (service/fleets.c, …) and reached through its description.
 */
#ifndef SERVICE_SERVICE_H
#define SERVICE_SERVICE_H

#include "model/resource.h"
#include "store/store.h"

/* For whom and with what something is done. Nothing in it is owned. */
struct context {
	struct store_connection *connection;
	struct arena *arena; /* what results are put in */
	const char *account_sid;
	const char *path; /* what a "not found" names: the request's path without /v1 */
};

/* Every resource, ended by NULL, each at its `number`. */
extern const struct resource *const service_resources[];

extern const struct resource fleet_resource;
extern const struct resource network_access_profile_resource;

/*
 * Completes a record (SID, account, dates, SIDs of references that were given by name) and keeps
 * it. `given` tells which fields the caller set; a SID or dates among them are left as they are
 * (seed files). Errors: 20001 for a reference that does not exist, 20409 for a name that does.
 */
struct api_error service_create(
	struct context *context, const struct resource *resource, void *record, field_set given);

/*
 * Changes the `given` fields of the record that `identifier` (SID or unique name) names, and its
 * date_updated; with nothing given, nothing. The record as it now is goes to `ret_record`.
 * Errors: 20404, and those of service_create.
 */
struct api_error service_update(struct context *context, const struct resource *resource,
	const char *identifier, void *changes, field_set given, void *ret_record);

/* The record that `identifier` names. Error: 20404. */
struct api_error service_fetch(struct context *context, const struct resource *resource,
	const char *identifier, void *ret_record);

/* Where in a list a page lies. */
enum page_direction { PAGE_BELOW, PAGE_ABOVE };

struct page_request {
	size_t size;
	enum page_direction direction; /* older or newer than `position`, which is not included */
	int64_t position; /* a record's id; INT64_MAX with PAGE_BELOW: the first page */
};

/*
 * Visits a page of the account's records that match the `filters` fields of `filter`, newest first.
 * A reference in a filter may be a name; one that does not exist matches nothing.
 */
struct api_error service_list(struct context *context, const struct resource *resource,
	void *filter, field_set filters, const struct page_request *page, store_visitor *visit,
	void *closure, struct store_page *ret_page);

#endif
