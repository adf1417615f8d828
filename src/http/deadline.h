/* SPDX-License-Identifier: MIT */
/*
 * Absolute deadlines. libmicrohttpd's time-out counts inactivity only: a client that drips a byte
 * now and then would live for ever. All entries of one list are given the same time, so a list in
 * the order of insertion is in the order of expiry.
 */
#ifndef HTTP_DEADLINE_H
#define HTTP_DEADLINE_H

#include <stddef.h>
#include <stdint.h>

/* Embedded in what has a deadline. All zero: in no list. */
struct deadline {
	struct deadline_list *list;
	struct deadline *earlier, *later;
	int64_t at_us;
};

struct deadline_list {
	int64_t allowed_us;
	struct deadline *first, *last;
};

/* Takes an entry out of its list; harmless for one that is in none. */
static inline void deadline_clear(struct deadline *deadline)
{
	struct deadline_list *list = deadline->list;
	if (list == NULL)
		return;
	*(deadline->earlier ? &deadline->earlier->later : &list->first) = deadline->later;
	*(deadline->later ? &deadline->later->earlier : &list->last) = deadline->earlier;
	*deadline = (struct deadline){ 0 };
}

/* Gives an entry the list's time from `now_us` on, whatever it had before. */
static inline void deadline_set(
	struct deadline_list *list, struct deadline *deadline, int64_t now_us)
{
	deadline_clear(deadline);
	*deadline = (struct deadline){
		.list = list,
		.earlier = list->last,
		.at_us = now_us + list->allowed_us,
	};
	*(list->last ? &list->last->later : &list->first) = deadline;
	list->last = deadline;
}

#endif
