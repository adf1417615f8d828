/* SPDX-License-Identifier: MIT */
/*
 * Who waits until something has come about, and is to look whether it has when something changed.
 *
 * A waiter says what he waits for roughly: in which account, and what must change for it. Who
 * changes that marks him, and his room is woken, which then looks closer. So that nothing is
 * missed, a waiter is added first, and looks then. Any thread, except what is marked otherwise.
 */
#ifndef WATCH_WAITERS_H
#define WATCH_WAITERS_H

#include <stdbool.h>
#include <stddef.h>

#include "model/change.h"

struct waiters;
struct waiter;

/* Where waiters are looked after: one for each worker. The first two members are the caller's to
 * set. */
struct waiting_room {
	void (*wake)(void *closure); /* on any thread; must not wait */
	void *closure;
	struct waiter *marked;
};

/* Embedded in who waits. All zero: he does not. */
struct waiter {
	struct waiting_room *room;
	unsigned subjects; /* CHANGED_… */
	char account_sid[SID_SIZE];
	bool has_looked;
	bool is_marked;
	unsigned changed;	     /* what he was marked for */
	struct waiter *next, **link; /* among all */
	struct waiter *next_marked;
	struct waiter *next_taken; /* see waiters_take */
	unsigned taken;		   /* likewise: what changed */
};

/* NULL without memory. */
struct waiters *waiters_new(void);
void waiters_free(struct waiters *waiters); /* NULL is harmless */

/* Adds one. The waiter stays where it is until it is removed. */
void waiters_add(struct waiters *waiters, struct waiter *waiter, struct waiting_room *room,
	const char *account_sid, unsigned subjects);

/* Notes that one has looked for the first time: it knows from where on it waits. The thread of its
 * room. */
void waiters_have_looked(struct waiters *waiters, struct waiter *waiter);

/* Removes one; harmless when it was not added. The thread of its room. */
void waiters_remove(struct waiters *waiters, struct waiter *waiter);

/* Whether anybody waits at all. Who changed something behind a lock that waiters look behind, too,
 * may ask this first: either he is seen, or he sees the change. */
bool waiters_exist(const struct waiters *waiters);

/* Marks those in an account who wait for one of the subjects, and wakes their rooms. */
void waiters_mark(struct waiters *waiters, const char *account_sid, unsigned subjects);

/* The same for what the writer has committed. `complete` false: there was more, and all are marked.
 */
void waiters_mark_changes(
	struct waiters *waiters, const struct change *changes, size_t count, bool complete);

/* Takes all of a room that were marked: a list by `next_taken`, in no order, with what changed in
 * `taken`. What changes from now on marks them again. The room's thread. */
struct waiter *waiters_take(struct waiters *waiters, struct waiting_room *room);

/* How many there are that have looked, for metrics: whoever is told of one can go on, and nothing
 * that he does then is missed. */
size_t waiters_count(struct waiters *waiters);

#endif
