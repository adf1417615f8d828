/* SPDX-License-Identifier: MIT */
#include "scheduler/attempts.h"

#include <string.h>

#include "engine/account.h"
#include "scheduler/attempt_fault.h"
#include "scheduler/due_try.h"
#include "util/clock.h"

static struct attempt *attempt_of(struct write_job *job)
{
	return (struct attempt *)(void *)((char *)job - offsetof(struct attempt, job));
}

void attempts_init(struct attempts *attempts, struct ground *ground)
{
	*attempts = (struct attempts){ .ground = ground };
}

void attempts_done(struct attempts *attempts)
{
	struct attempt *attempt;
	while ((attempt = attempt_set_next(&attempts->under_way, NULL)) != NULL) {
		attempt_set_remove(&attempts->under_way, attempt);
		attempt_free(attempt);
	}
}

/* ── recording an outcome ────────────────────────────────────────────────────────────────── */

/* In a trial, whose due work is the attempt's own. */
static struct api_error record_in_account(
	struct context *context, const struct store_due *due, struct due_outcome *ret_outcome)
{
	struct attempt *attempt =
		(struct attempt *)(void *)((char *)due - offsetof(struct attempt, due));
	bool current;
	struct api_error error =
		account_enter_incarnation(context, due->namespace, attempt->incarnation, &current);
	if (!is_error(error) && current)
		error = attempt_record(attempt, context);
	else if (!is_error(error))
		error = error_of_store(store_remove_due(context->connection, due));
	*ret_outcome = attempt->outcome;
	return error;
}

/* On the writer's thread. What an advance does next is a job of its own: what fails in it must not
 * take the record along, nor be committed with it. */
static bool record(struct write_job *job, struct store_connection *connection)
{
	struct attempt *attempt = attempt_of(job);
	struct context context =
		ground_context(attempt->attempts->ground, connection, &attempt->arena);
	struct due_outcome outcome;
	if (!due_try(&context, &attempt->due, record_in_account, &attempt->recorded, &outcome) ||
		(!attempt->recorded && is_error(due_put_off(&context, &attempt->due))))
		return false;
	attempt->now_ms = context.now_ms;
	return true;
}

static size_t count_unrecorded(const struct attempts *attempts)
{
	return attempts->under_way.count - attempts->sending_count;
}

static void forget(struct attempts *attempts, const struct attempt *attempt)
{
	if (count_unrecorded(attempts) >= ATTEMPTS_UNRECORDED)
		attempts->ground->go_on = true;
	attempt_set_remove(&attempts->under_way, attempt);
}

static void take_recorded(void *closure)
{
	struct attempt *attempt = closure;
	struct attempts *attempts = attempt->attempts;
	if (!attempt->durable)
		ground_pause(attempts->ground);
	else if (attempt->recorded)
		attempt_complain(attempt);
	forget(attempts, attempt);
	if (attempt->finished != NULL)
		attempt->finished(attempt);
	attempt_free(attempt);
}

/* On the writer's thread. */
static void finish_record(struct write_job *job, bool durable)
{
	struct attempt *attempt = attempt_of(job);
	struct attempts *attempts = attempt->attempts;
	attempt->durable = durable && !job->refused;
	if (attempt->durable && attempt->outcome.result != NULL)
		attempt_results_count(&attempts->results, attempt->outcome.result);
	mailbox_post(&attempts->ground->mailbox, &attempt->mail, take_recorded, attempt);
}

static void submit_record(struct attempt *attempt)
{
	struct attempts *attempts = attempt->attempts;
	attempt->job = (struct write_job){ .run = record, .finished = finish_record };
	if (writer_submit(attempts->ground->writer, &attempt->job))
		return;
	attempts->ground->look = true;
	attempt->next_unsubmitted = attempts->unsubmitted;
	attempts->unsubmitted = attempt;
}

void attempts_submit_again(struct attempts *attempts)
{
	struct attempt *attempt = attempts->unsubmitted;
	attempts->unsubmitted = NULL;
	for (struct attempt *next; attempt != NULL; attempt = next) {
		next = attempt->next_unsubmitted;
		submit_record(attempt);
	}
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
	submit_record(attempt);
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
	return next_us == INT64_MAX ? INT64_MAX : (next_us - now_us) / 1000 + 1;
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

bool attempts_receiver_is_full(const struct attempts *attempts, const char *receiver)
{
	size_t count = 0;
	for (const struct attempt *each = attempts->sending; each != NULL; each = each->next)
		count += strcmp(each->due.receiver, receiver) == 0;
	return count >= ATTEMPTS_PER_RECEIVER;
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
