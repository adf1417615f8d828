/* SPDX-License-Identifier: MIT */
#include "scheduler/attempt_set.h"

static size_t bucket_of(int64_t due_id)
{
	return (size_t)due_id % ATTEMPT_BUCKETS;
}

void attempt_set_add(struct attempt_set *set, struct attempt *attempt)
{
	struct attempt **bucket = &set->buckets[bucket_of(attempt->due.id)];
	attempt->next_in_bucket = *bucket;
	*bucket = attempt;
	set->count++;
}

void attempt_set_remove(struct attempt_set *set, const struct attempt *attempt)
{
	struct attempt **link = &set->buckets[bucket_of(attempt->due.id)];
	while (*link != attempt)
		link = &(*link)->next_in_bucket;
	*link = attempt->next_in_bucket;
	set->count--;
}

bool attempt_set_has(const struct attempt_set *set, int64_t due_id)
{
	const struct attempt *each = set->buckets[bucket_of(due_id)];
	while (each != NULL && each->due.id != due_id)
		each = each->next_in_bucket;
	return each != NULL;
}

struct attempt *attempt_set_next(const struct attempt_set *set, const struct attempt *after)
{
	struct attempt *next = after != NULL ? after->next_in_bucket : NULL;
	size_t bucket = after != NULL ? bucket_of(after->due.id) + 1 : 0;
	while (next == NULL && bucket < ATTEMPT_BUCKETS)
		next = set->buckets[bucket++];
	return next;
}
