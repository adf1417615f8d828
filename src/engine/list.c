/* SPDX-License-Identifier: MIT */
#include "engine/list.h"

/* What an item is known by in page tokens: first comes first, so it has the highest. */
static int64_t item_id(size_t place)
{
	return INT32_MAX - (int64_t)place;
}

/* The page's part of the items: those from `ret_first` on, as many as `ret_page` counts. */
static void seek_items(const struct page_request *page, const size_t *places, size_t count,
	size_t *ret_first, struct store_page *ret_page)
{
	size_t newer = 0; /* items before the position */
	while (newer < count && item_id(places[newer]) > page->position)
		newer++;
	size_t first, end;
	if (page->direction == PAGE_ABOVE) {
		end = newer;
		first = end > page->size ? end - page->size : 0;
	} else {
		first = newer + (newer < count && item_id(places[newer]) == page->position);
		end = count - first > page->size ? first + page->size : count;
	}
	*ret_first = first;
	*ret_page = (struct store_page){ .count = end - first };
	if (ret_page->count == 0)
		return;
	ret_page->first_id = item_id(places[first]);
	ret_page->last_id = item_id(places[end - 1]);
	ret_page->more = end < count;
}

struct api_error list_visit_items(const struct page_request *page, const struct list_items *items,
	void *record, record_visitor *visit, void *closure, struct store_page *ret_page)
{
	size_t first;
	seek_items(page, items->places, items->count, &first, ret_page);
	for (size_t i = first; i < first + ret_page->count; i++) {
		if (!items->make(items->closure, items->places[i], record))
			return error_internal();
		visit(closure, record);
	}
	return error_none();
}

void list_visit_one(const struct page_request *page, const void *record, record_visitor *visit,
	void *closure, struct store_page *ret_page)
{
	const size_t place = 0;
	size_t first;
	seek_items(page, &place, record != NULL, &first, ret_page);
	if (ret_page->count > 0)
		visit(closure, record);
}
