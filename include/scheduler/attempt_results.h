/* SPDX-License-Identifier: MIT */
/* Counters of webhook attempts, by their result; for metrics. Any thread. */
#ifndef SCHEDULER_ATTEMPT_RESULTS_H
#define SCHEDULER_ATTEMPT_RESULTS_H

#include <stdatomic.h>
#include <stdint.h>

enum { ATTEMPT_RESULTS = 10 };
extern const char *const attempt_result_names[ATTEMPT_RESULTS];

struct attempt_results {
	atomic_ullong counts[ATTEMPT_RESULTS];
};

/* Counts a result; one that has no counter of its own is "other". */
void attempt_results_count(struct attempt_results *results, const char *result);

void attempt_results_read(
	const struct attempt_results *results, uint64_t ret_counts[ATTEMPT_RESULTS]);

#endif
