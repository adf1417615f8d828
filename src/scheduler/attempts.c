/* SPDX-License-Identifier: MIT */
#include "scheduler/attempts.h"

#include <string.h>

#include "engine/account.h"
#include "scheduler/attempt_fault.h"
#include "util/clock.h"

/* ── recording an outcome ────────────────────────────────────────────────────────────────── */

static size_t count_unrecorded(const struct attempts *attempts)
{
	return attempts->under_way.count - attempts->sending_count;
}

/* An outcome is in the database, or could not be put there. */
static void take_recorded(struct attempt *attempt)
{
	struct attempts *attempts = attempt->attempts;
	if (!attempt->durable)
		ground_pause(attempts->ground);
	else if (attempt->recorded)
		attempt_complain(attempt);
	if (count_unrecorded(attempts) >= ATTEMPTS_UNRECORDED)
		attempts->ground->go_on = true;
	attempt_set_remove(&attempts->under_way, attempt);
	if (attempt->finished != NULL)
		attempt->finished(attempt);
	attempt_free(attempt);
}

/* ── life cycle ──────────────────────────────────────────────────────────────────────────── */

void attempts_init(struct attempts *attempts, struct ground *ground)
{
	*attempts = (struct attempts){ .ground = ground };
	outcomes_init(&attempts->outcomes, ground, take_recorded);
}

void attempts_done(struct attempts *attempts)
{
	struct attempt *attempt;
	while ((attempt = attempt_set_next(&attempts->under_way, NULL)) != NULL) {
		attempt_set_remove(&attempts->under_way, attempt);
		attempt_free(attempt);
	}
}

void attempts_submit(struct attempts *attempts)
{
	const bool more_to_come = attempts->sending_count > 0 && !attempts->ground->ending;
	outcomes_submit(&attempts->outcomes, more_to_come);
}

/* ── starting ────────────────────────────────────────────────────────────────────────────── */

/* Its request is through: others may have its place. */
static void leave_place(struct attempt *attempt)
{
	struct attempts *attempts = attempt->attempts;
	struct attempt **link = &attempts->sending;
	while (*link != attempt)
		link = &(*link)->next;
	*link = attempt->next;
	attempts->sending_count--;
	attempts->ground->go_on = true;
	attempt->recording = true;
	outcomes_add(&attempts->outcomes, attempt);
}

static void finish_transfer(struct transfer *transfer)
{
	leave_place((struct attempt *)transfer);
}

/* Sends it, or lets the fault that hit it stand for its receiver. */
static void begin(struct attempts *attempts, struct attempt *attempt)
{
	attempt->start_at_us = 0;
	if (!attempt_fakes_outcome(attempt)) {
		if (sender_start(attempts->ground->sender, &attempt->transfer))
			return;
		attempt_fail(attempt);
	}
	leave_place(attempt);
}

void attempts_start(struct attempts *attempts, struct attempt *attempt)
{
	attempt->attempts = attempts;
	attempt->transfer.finished = finish_transfer;
	attempt->next = attempts->sending;
	attempts->sending = attempt;
	attempts->sending_count++;
	attempt_set_add(&attempts->under_way, attempt);
	attempt_meet_fault(attempt, attempts->ground->watch);
	if (attempt->start_at_us == 0)
		begin(attempts, attempt);
}

int64_t attempts_begin_late(struct attempts *attempts)
{
	const int64_t now_us = clock_monotonic_us();
	int64_t next_us = INT64_MAX;
	struct attempt *next;
	for (struct attempt *each = attempts->sending; each != NULL; each = next) {
		next = each->next;
		if (each->start_at_us > now_us && each->start_at_us < next_us)
			next_us = each->start_at_us;
		if (each->start_at_us > 0 && each->start_at_us <= now_us)
			begin(attempts, each);
	}
	const int64_t held_ms = outcomes_held_ms(&attempts->outcomes);
	const int64_t late_ms = next_us == INT64_MAX ? INT64_MAX : (next_us - now_us) / 1000 + 1;
	return late_ms < held_ms ? late_ms : held_ms;
}

bool attempts_abandon(struct attempt *attempt)
{
	if (attempt->recording)
		return false;
	attempt->finished = NULL;
	return true;
}

/* ── places ──────────────────────────────────────────────────────────────────────────────── */

size_t attempts_room(const struct attempts *attempts)
{
	if (attempts->sending_count >= ATTEMPTS_MAXIMUM ||
		count_unrecorded(attempts) >= ATTEMPTS_UNRECORDED)
		return 0;
	return ATTEMPTS_MAXIMUM - attempts->sending_count;
}

size_t attempts_receiver_room(const struct attempts *attempts, const char *receiver)
{
	size_t count = 0;
	for (const struct attempt *each = attempts->sending; each != NULL; each = each->next)
		count += strcmp(each->due.receiver, receiver) == 0;
	return count < ATTEMPTS_PER_RECEIVER ? ATTEMPTS_PER_RECEIVER - count : 0;
}

bool attempts_account_is_full(const struct attempts *attempts, const char *namespace)
{
	const size_t length = strcspn(namespace, "#");
	size_t count = 0;
	for (const struct attempt *each = attempts->sending; each != NULL; each = each->next)
		count += strncmp(each->due.namespace, namespace, length) == 0;
	return count >= ATTEMPTS_PER_ACCOUNT;
}

bool attempts_include(const struct attempts *attempts, int64_t due_id)
{
	return attempt_set_has(&attempts->under_way, due_id);
}

/* True when an attempt's namespace is its account's still; also when that cannot be found out. */
static bool is_current(const struct ground *ground, const struct attempt *attempt)
{
	struct arena arena;
	bool current = true;
	arena_init(&arena);
	struct context context = ground_context(ground, ground->reader, &arena);
	const bool known = store_snapshot_renew(ground->reader) &&
			   !is_error(account_enter_incarnation(&context, attempt->due.namespace,
				   attempt->incarnation, &current));
	store_snapshot_end(ground->reader);
	arena_done(&arena);
	return !known || current;
}

bool attempts_include_account(const struct attempts *attempts, const char *account_sid)
{
	const size_t length = strlen(account_sid);
	const struct attempt *each = NULL;
	while ((each = attempt_set_next(&attempts->under_way, each)) != NULL) {
		if (strncmp(each->due.namespace, account_sid, length) == 0 &&
			is_current(attempts->ground, each))
			return true;
	}
	return false;
}
