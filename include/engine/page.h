/* SPDX-License-Identifier: MIT */
/* Where in a list a page lies, and pages of lists that are in memory. */
#ifndef ENGINE_PAGE_H
#define ENGINE_PAGE_H

#include "store/store.h"

/* Older or newer than a place. */
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
 * resources that are computed.
 */
void page_visit_items(const struct page_request *page, const size_t *places, size_t count,
	void (*visit_item)(void *closure, size_t place), void *closure,
	struct store_page *ret_page);

#endif
