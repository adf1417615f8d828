/* SPDX-License-Identifier: MIT */
#include "scheduler/attempt_results.h"

#include <stddef.h>
#include <string.h>

const char *const attempt_result_names[ATTEMPT_RESULTS] = { "delivered", "status", "dns", "connect",
	"tls", "timeout", "broken", "policy", "url", "other" };

void attempt_results_count(struct attempt_results *results, const char *result)
{
	size_t i = 0;
	while (i < ATTEMPT_RESULTS - 1 && strcmp(attempt_result_names[i], result) != 0)
		i++;
	atomic_fetch_add_explicit(&results->counts[i], 1, memory_order_relaxed);
}

void attempt_results_read(
	const struct attempt_results *results, uint64_t ret_counts[ATTEMPT_RESULTS])
{
	for (size_t i = 0; i < ATTEMPT_RESULTS; i++)
		ret_counts[i] = atomic_load_explicit(&results->counts[i], memory_order_relaxed);
}
