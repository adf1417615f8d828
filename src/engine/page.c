/* SPDX-License-Identifier: MIT */
#include "engine/page.h"

/* What an item is known by in page tokens: first comes first, so it has the highest. */
static int64_t item_id(size_t place)
{
	return INT32_MAX - (int64_t)place;
}

void page_visit_items(const struct page_request *page, const size_t *places, size_t count,
	void (*visit_item)(void *closure, size_t place), void *closure, struct store_page *ret_page)
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
	*ret_page = (struct store_page){ .count = end - first };
	if (ret_page->count == 0)
		return;
	for (size_t i = first; i < end; i++)
		visit_item(closure, places[i]);
	ret_page->first_id = item_id(places[first]);
	ret_page->last_id = item_id(places[end - 1]);
	ret_page->more = end < count;
}
