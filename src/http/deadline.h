/* SPDX-License-Identifier: MIT */
/*
 * Absolute deadlines. libmicrohttpd's time-out counts inactivity only: a client that drips a byte
 * now and then would live for ever. Lists are in the order of expiry. Most give all of their
 * entries the same time, so that each new one is the last.
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

/* Gives an entry a time of its own, whatever it had before. Its place is looked for from the end.
 */
static inline void deadline_set_at(
	struct deadline_list *list, struct deadline *deadline, int64_t at_us)
{
	deadline_clear(deadline);
	struct deadline *earlier = list->last;
	while (earlier != NULL && earlier->at_us > at_us)
		earlier = earlier->earlier;
	struct deadline *later = earlier ? earlier->later : list->first;
	*deadline = (struct deadline){ list, earlier, later, at_us };
	*(earlier ? &earlier->later : &list->first) = deadline;
	*(later ? &later->earlier : &list->last) = deadline;
}

/* Gives an entry the list's time from `now_us` on, whatever it had before. */
static inline void deadline_set(
	struct deadline_list *list, struct deadline *deadline, int64_t now_us)
{
	deadline_set_at(list, deadline, now_us + list->allowed_us);
}

#endif
