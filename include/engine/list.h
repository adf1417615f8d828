/* SPDX-License-Identifier: MIT */
/* Where in a list a page lies, and pages of lists that are in memory: of computed resources. */
#ifndef ENGINE_LIST_H
#define ENGINE_LIST_H

#include "store/store.h"

/* Older or newer than a place. */
enum page_direction { PAGE_BELOW, PAGE_ABOVE };

struct page_request {
	size_t size;
	enum page_direction direction; /* older or newer than `position`, which is not included */
	int64_t position; /* a record's id; INT64_MAX with PAGE_BELOW: the first page */
};

/* A list in memory. */
struct list_items {
	/* Where each of its `count` items stands among all that there could be, in ascending
	 * order: it stays the same whatever else comes and goes, so page tokens hold it. */
	const size_t *places;
	size_t count;
	/* Fills in a place's record; what it does not set stays. False without memory. */
	bool (*make)(void *closure, size_t place, void *record);
	void *closure; /* of `make` */
};

/* Makes and visits the records of a page, one after the other in `record`. Error: 20500. */
struct api_error list_visit_items(const struct page_request *page, const struct list_items *items,
	void *record, record_visitor *visit, void *closure, struct store_page *ret_page);

/* Visits the page of a list of one record or, with NULL, of none. */
void list_visit_one(const struct page_request *page, const void *record, record_visitor *visit,
	void *closure, struct store_page *ret_page);

#endif
