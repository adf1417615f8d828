/* SPDX-License-Identifier: MIT */
/*
 * What is special about a resource: functions that the engine calls on the way of an operation.
 *
 * Functions that a resource does not need are NULL. They run in the transaction of what they belong
 * to; references are resolved before.
 */
#ifndef ENGINE_RULES_H
#define ENGINE_RULES_H

#include "engine/context.h"
#include "engine/list.h"
#include "model/resource.h"

struct rules {
	struct api_error (*before_create)(struct context *context, void *record, field_set given);
	struct api_error (*after_create)(struct context *context, const void *record);
	/* May change `changes` and `given`. */
	struct api_error (*before_update)(
		struct context *context, const void *record, void *changes, field_set *given);
	/* An update gives the SID of an account, to which the record is to move: sets the
	 * namespace, the clock and the time of `target`. NULL: no update may give one. */
	struct api_error (*enter_new_account)(
		struct context *context, const char *account_sid, struct context *target);

	/* What stands behind a computed resource. In a collection below another record the records
	 * given hold that one's SID. */

	/* Visits a page of the records that match `filter`, newest first. */
	struct api_error (*list)(struct context *context, const void *filter, field_set filters,
		const struct page_request *page, record_visitor *visit, void *closure,
		struct store_page *ret_page);
	/* Completes a record by its identifier. Error: 20404. */
	struct api_error (*fetch)(struct context *context, const char *identifier, void *record);
	/* Keeps a record, and completes it. */
	struct api_error (*create)(struct context *context, void *record);
	/* Takes a record away. Error: 20404. */
	struct api_error (*remove)(struct context *context, const char *identifier, void *record);
};

#endif
