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

#include "model/resource.h"
#include "store/accounts.h"

/* A UDP datagram to a device under test, to be sent when its transaction is durable. */
struct datagram {
	struct datagram *next;
	const char *address; /* "127.0.0.1:5000" */
	const char *bytes;
	size_t length;
};

struct registry;

/* For whom and with what something is done. Nothing in it is owned. */
struct context {
	struct store_connection *connection;
	struct arena *arena; /* what results are put in */
	const struct policy *policy;
	struct registry *registry; /* who may call; NULL where it does not matter */
	const char *namespace;	   /* the account's namespace */
	const char *path;	   /* what a "not found" names: the request's path without /v1 */

	/* Of what writes; account_enter sets them. */
	struct account_clock clock;
	int64_t now_ms;		    /* the account's time */
	int64_t incarnation;	    /* the account's: see account_enter_incarnation */
	bool accepted;		    /* out: what was asked for completes later (202) */
	struct datagram *datagrams; /* out: in no order */
};

/* Every resource that has a table, ended by NULL, each at its `number`. */
extern const struct resource *const service_resources[];

extern const struct resource network_access_profile_resource;
extern const struct resource fleet_resource;
extern const struct resource sim_card_resource;
extern const struct resource sim_resource;
extern const struct resource sms_command_resource;
extern const struct resource ip_command_resource;
extern const struct resource esim_profile_resource;
extern const struct resource settings_update_resource;
extern const struct resource sink_resource;
extern const struct resource sink_request_resource;
extern const struct resource delivery_resource;
extern const struct resource delivery_attempt_resource;

/* Those without a table. */
extern const struct resource network_resource;
extern const struct resource network_access_profile_network_resource;
extern const struct resource billing_period_resource;
extern const struct resource ip_address_resource;
extern const struct resource usage_record_resource;

/* The names of the methods that webhooks may have, and of the directions of Commands. */
extern const char *const callback_methods[];
extern const char *const command_directions[];

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

/* Finds the newest record of which the fields of `filter_set` equal those of `filter`; its texts
 * are put into the arena. `ret_found` tells whether there is one. */
struct api_error engine_find(struct context *context, const struct resource *resource,
	const void *filter, field_set filter_set, void *ret_record, bool *ret_found);

/* Visits every record of which the fields of `filter_set` equal those of `filter`, newest first. */
struct api_error engine_visit(struct context *context, const struct resource *resource,
	const void *filter, field_set filter_set, record_visitor *visit, void *closure);

/* Copies a record that is visited, with its texts, into the arena. NULL without memory. */
void *engine_keep(struct arena *arena, const struct resource *resource, const void *record);

/* The error of a store's result, for what cannot be somebody's mistake. */
static inline struct api_error error_of_store(enum store_result result)
{
	return result == STORE_OK ? error_none() : error_internal();
}

/* Notes, in a record, below which other record it is: `identifier` is that one's SID or name.
 * Error: 20404. For resources that have a parent; to be called before what follows. */
struct api_error engine_enter_parent(struct context *context, const struct resource *resource,
	const char *identifier, void *record);

/* Takes away what `identifier` names, of a resource whose source can do that. Error: 20404. */
struct api_error engine_remove(struct context *context, const struct resource *resource,
	const char *identifier, void *record);

/* The record that `identifier` names. Error: 20404. */
struct api_error engine_fetch(struct context *context, const struct resource *resource,
	const char *identifier, void *ret_record);

/* Where in a list a page lies. */
enum page_direction { PAGE_BELOW, PAGE_ABOVE };

struct page_request {
	size_t size;
	enum page_direction direction; /* older or newer than `position`, which is not included */
	int64_t position; /* a record's id; INT64_MAX with PAGE_BELOW: the first page */
};

/*
 * Visits a page of a list that is in memory. `places` says where each of its `count` items stands
 * among all that there could be, in ascending order: it stays the same whatever else comes and
 * goes, so page tokens hold it. `visit_item` is called with the places of the page's items. For
 * sources.
 */
void engine_list_items(const struct page_request *page, const size_t *places, size_t count,
	void (*visit_item)(void *closure, size_t place), void *closure,
	struct store_page *ret_page);

/*
 * Visits a page of the account's records that match the `filters` fields of `filter`, newest first.
 * A reference in a filter may be a name; one that does not exist matches nothing.
 */
struct api_error engine_list(struct context *context, const struct resource *resource, void *filter,
	field_set filters, const struct page_request *page, record_visitor *visit, void *closure,
	struct store_page *ret_page);

#endif
