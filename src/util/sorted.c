/* SPDX-License-Identifier: MIT */
#include "util/sorted.h"

#include <stdlib.h>
#include <string.h>

#include "util/memory.h"

void sorted_done(struct sorted *sorted)
{
	free(sorted->items);
	*sorted = (struct sorted){ 0 };
}

size_t sorted_place(const struct sorted *sorted, const char *key)
{
	size_t low = 0, high = sorted->count;
	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		if (strcmp(sorted->items[middle]->key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct sorted_item *item_at(const struct sorted *sorted, size_t place, const char *key)
{
	const bool is_there = place < sorted->count && strcmp(sorted->items[place]->key, key) == 0;
	return is_there ? sorted->items[place] : NULL;
}

struct sorted_item *sorted_find(const struct sorted *sorted, const char *key)
{
	return item_at(sorted, sorted_place(sorted, key), key);
}

bool sorted_promise(struct sorted *sorted)
{
	if (sorted->count + sorted->promised == sorted->capacity) {
		const size_t capacity = sorted->capacity > 0 ? 2 * sorted->capacity : 16;
		struct sorted_item **grown =
			memory_reallocate(sorted->items, capacity * sizeof(struct sorted_item *));
		if (grown == NULL)
			return false;
		sorted->items = grown;
		sorted->capacity = capacity;
	}
	sorted->promised++;
	return true;
}

void sorted_break_promise(struct sorted *sorted)
{
	sorted->promised--;
}

struct sorted_item *sorted_put(struct sorted *sorted, struct sorted_item *item)
{
	const size_t place = sorted_place(sorted, item->key);
	struct sorted_item *before = item_at(sorted, place, item->key);
	struct sorted_item **there = sorted->items + place;
	sorted->promised--;
	if (before == NULL) {
		memmove(there + 1, there, (sorted->count - place) * sizeof(*there));
		sorted->count++;
	}
	*there = item;
	return before;
}

struct sorted_item *sorted_remove(struct sorted *sorted, const char *key)
{
	const size_t place = sorted_place(sorted, key);
	struct sorted_item *item = item_at(sorted, place, key);
	struct sorted_item **there = sorted->items + place;
	if (item == NULL)
		return NULL;
	sorted->count--;
	memmove(there, there + 1, (sorted->count - place) * sizeof(*there));
	return item;
}
