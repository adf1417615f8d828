/* SPDX-License-Identifier: MIT */
/*
 * Outcomes of attempts, on their way into the database.
 *
 * The writer has one job of them at a time. What comes meanwhile goes with the next one, and while
 * others come all the time, some milliseconds are waited for them: of few, each costs twice as
 * much.
 *
 * Unless a comment says otherwise, all is the scheduler's thread's.
 */
#ifndef SCHEDULER_OUTCOMES_H
#define SCHEDULER_OUTCOMES_H

#include "scheduler/attempt.h"
#include "scheduler/attempt_results.h"
#include "scheduler/ground.h"

struct outcomes {
	struct write_job job; /* first, so that a job is that */
	struct mail mail;
	struct ground *ground;
	void (*recorded)(struct attempt *attempt);
	struct attempt *waiting, **last_link; /* in the order in which they came */
	size_t waiting_count;
	int64_t hold_until_us;		/* those that wait; monotonic time */
	int64_t hold_at_most_us;	/* even when others come all the time */
	struct attempt *recording;	/* what the job is of; the writer's while it has it */
	bool busy;			/* the writer has the job */
	bool apart;			/* of which each is done by itself, since one has failed */
	struct attempt_results results; /* any thread */
};

/* `recorded` is called for each attempt whose `durable` and `recorded` say what became of its
 * outcome; the attempt is the callee's then. */
void outcomes_init(struct outcomes *outcomes, struct ground *ground,
	void (*recorded)(struct attempt *attempt));

/* Adds an attempt that is through. It waits for outcomes_submit. */
void outcomes_add(struct outcomes *outcomes, struct attempt *attempt);

/* Hands to the writer what waits, unless it has some, or has no room: then again with the next turn
 * of the loop. With `more_to_come` few are held back. */
void outcomes_submit(struct outcomes *outcomes, bool more_to_come);

/* How long, in milliseconds, some are held back; INT64_MAX: none is. */
int64_t outcomes_held_ms(const struct outcomes *outcomes);

/* True when there are some of which it is not known whether they are durable. */
bool outcomes_wait(const struct outcomes *outcomes);

#endif
