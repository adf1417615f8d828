/* SPDX-License-Identifier: MIT */
/*
 * The advances that were asked for: one at a time for each account, step by step on the writer's
 * thread.
 *
 * Unless a comment says otherwise, all is the scheduler's thread's.
 */
#ifndef SCHEDULER_ADVANCES_H
#define SCHEDULER_ADVANCES_H

#include "scheduler/advance.h"
#include "scheduler/attempts.h"

struct advances {
	struct ground *ground;
	struct attempts *attempts;
	struct advance *first;
};

void advances_init(struct advances *advances, struct ground *ground, struct attempts *attempts);

/* Hands an advance over; see scheduler_advance. Any thread. */
void advances_submit(struct advances *advances, struct advance *advance);

/* The advance of the account that a namespace belongs to, or NULL. */
struct advance *advances_find(const struct advances *advances, const char *namespace);

/* Begins those that wait, as far as they may. */
void advances_begin(struct advances *advances);

/* The server stops: ends those that are between two steps. Clocks that stay held are released by
 * the next start. `all`: those whose webhook is under way, too. */
void advances_end(struct advances *advances, bool all);

#endif
