/* SPDX-License-Identifier: MIT */
/*
 * Things that are looked up by a text, in the order of their texts: a binary search finds one.
 *
 * A place can be promised, so that putting something there later cannot fail. What is kept belongs
 * to the caller. Locking is the caller's, too.
 */
#ifndef UTIL_SORTED_H
#define UTIL_SORTED_H

#include <stdbool.h>
#include <stddef.h>

/* Put it first into what is kept. */
struct sorted_item {
	char *key;
};

/* All zero is empty. */
struct sorted {
	struct sorted_item **items;
	size_t count;
	size_t capacity;
	size_t promised; /* of the places that are free */
};

/* Frees the array, not what is in it. */
void sorted_done(struct sorted *sorted);

/* What has this key, or NULL. */
struct sorted_item *sorted_find(const struct sorted *sorted, const char *key);

/* The place of what has this key or, if nothing has, of what comes after it in the order. */
size_t sorted_place(const struct sorted *sorted, const char *key);

/* Promises a place. False without memory, which is noted. */
bool sorted_promise(struct sorted *sorted);
void sorted_break_promise(struct sorted *sorted);

/* Puts an item into a place that was promised, instead of what had its key: that is given back, or
 * NULL. */
struct sorted_item *sorted_put(struct sorted *sorted, struct sorted_item *item);

/* Takes out what has this key, and gives it; NULL: nothing has it. */
struct sorted_item *sorted_remove(struct sorted *sorted, const char *key);

#endif
