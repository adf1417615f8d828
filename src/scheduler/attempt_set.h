/* SPDX-License-Identifier: MIT */
/* Attempts by the due work that they are: whether it is under way is asked for each row that is
 * looked at. All is the scheduler's thread's. */
#ifndef SCHEDULER_ATTEMPT_SET_H
#define SCHEDULER_ATTEMPT_SET_H

#include "scheduler/attempt.h"

/* About as many as there may be attempts: a bucket has few. */
enum { ATTEMPT_BUCKETS = 256 };

struct attempt_set {
	struct attempt *buckets[ATTEMPT_BUCKETS];
	size_t count;
};

/* Adds one that is not in it; takes out one that is. */
void attempt_set_add(struct attempt_set *set, struct attempt *attempt);
void attempt_set_remove(struct attempt_set *set, const struct attempt *attempt);

bool attempt_set_has(const struct attempt_set *set, int64_t due_id);

/* The one after another, in some order; NULL: the first one, and the end. */
struct attempt *attempt_set_next(const struct attempt_set *set, const struct attempt *after);

#endif
