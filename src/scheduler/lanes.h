/* SPDX-License-Identifier: MIT */
/*
 * Which webhooks are begun: accounts have lanes, one for each receiver, and take turns with them.
 *
 * There are places for 64 attempts. Receivers that hang hold theirs for as long as their time-outs
 * allow, so a receiver has few of them and an account no more than half. The lanes of an account
 * that has no place left stand aside until it has: only then are they looked at again.
 *
 * All is the scheduler's thread's.
 */
#ifndef SCHEDULER_LANES_H
#define SCHEDULER_LANES_H

#include "scheduler/advances.h"
#include "scheduler/lane.h"

struct lanes {
	struct ground *ground;
	struct attempts *attempts;
	const struct advances *advances; /* an account that has one gets its webhooks from it */
	struct lane_queue waiting;	 /* had work due; their turn is to come */
	struct lane_queue aside;	 /* likewise, but their account is full */
	struct lane_queue served;	 /* had their turn, and may have more */
	struct arena arena;		 /* the lanes in all of them */
	int64_t read_us;		 /* when they were read */
	bool changed;			 /* work was added since, or fell due */
	uint64_t begun; /* attempts from lanes, since the start: whose turn comes first */
};

void lanes_init(struct lanes *lanes, struct ground *ground, struct attempts *attempts,
	const struct advances *advances);
void lanes_done(struct lanes *lanes);

/* Starts webhooks that are due in the reader's snapshot, as far as there is room. Each lane has its
 * turn before any has the next one. `changed`: since the last call work may have been added, or
 * have fallen due; without that, lanes only go on. False when it is to be called again soon. */
bool lanes_serve(struct lanes *lanes, struct arena *arena, bool changed);

#endif
