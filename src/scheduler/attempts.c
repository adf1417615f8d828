/* SPDX-License-Identifier: MIT */
/* The scheduler's attempts to send webhooks: those under way, and how their ends are noted. */
#include <stdlib.h>
#include <string.h>

#include "engine/account.h"
#include "scheduler/due_try.h"
#include "scheduler/internal.h"
#include "util/clock.h"

const char *const attempt_result_names[ATTEMPT_RESULTS] = { "delivered", "status", "dns", "connect",
	"tls", "timeout", "broken", "policy", "url", "other" };

/* ── attempts ────────────────────────────────────────────────────────────────────────────── */

static void count_result(struct scheduler *scheduler, const char *result)
{
	size_t i = 0;
	while (i < ATTEMPT_RESULTS - 1 && strcmp(attempt_result_names[i], result) != 0)
		i++;
	atomic_fetch_add_explicit(&scheduler->results[i], 1, memory_order_relaxed);
}

void scheduler_count_attempts(
	const struct scheduler *scheduler, uint64_t ret_counts[ATTEMPT_RESULTS])
{
	for (size_t i = 0; i < ATTEMPT_RESULTS; i++)
		ret_counts[i] = atomic_load_explicit(&scheduler->results[i], memory_order_relaxed);
}

static struct api_error record_attempt(
	struct context *context, const struct store_due *due, const char **ret_result)
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
	*ret_result = current ? attempt->result : NULL;
	return error;
}

/* On the writer's thread. The advance's next step is a job of its own: what fails in it must not
 * take the note along, nor be committed with it. */
static bool run_record(struct write_job *job, struct store_connection *connection)
{
	struct attempt *attempt =
		(struct attempt *)(void *)((char *)job - offsetof(struct attempt, job));
	struct context context = scheduler_context(attempt->scheduler, connection, &attempt->arena);
	const struct store_due *due = &attempt->due;
	struct advance *advance = attempt->advance;
	const char *result;
	bool done;
	if (!due_try(&context, due, record_attempt, &done, &result) ||
		(!done && is_error(due_put_off(&context, due))))
		return false;
	if (advance == NULL || result == NULL)
		return true; /* without a result: the account has another namespace now */
	if (!done)
		advance->failed = (struct store_due_place){ due->due_at_ms, due->id };
	return advance_remember(advance, due->kind, due->subject_sid, context.now_ms, result);
}

/* On the writer's thread. */
static void finish_record(struct write_job *job, bool durable)
{
	struct attempt *attempt =
		(struct attempt *)(void *)((char *)job - offsetof(struct attempt, job));
	struct scheduler *scheduler = attempt->scheduler;
	attempt->durable = durable && !job->refused;
	if (attempt->durable && attempt->result != NULL)
		count_result(scheduler, attempt->result);
	pthread_mutex_lock(&scheduler->mutex);
	attempt->next_message = scheduler->recorded;
	scheduler->recorded = attempt;
	pthread_mutex_unlock(&scheduler->mutex);
	sender_wake(scheduler->sender);
}

static void submit_record(struct attempt *attempt)
{
	struct scheduler *scheduler = attempt->scheduler;
	if (attempt->advance != NULL)
		attempt->advance->sending = NULL;
	attempt->job = (struct write_job){ .run = run_record, .finished = finish_record };
	if (writer_submit(scheduler->options.writer, &attempt->job))
		return;
	scheduler->look = true;
	attempt->next_message = scheduler->unrecorded;
	scheduler->unrecorded = attempt;
}

static void finish_transfer(struct transfer *transfer)
{
	submit_record((struct attempt *)transfer);
}

void attempts_start(struct scheduler *scheduler, struct attempt *attempt)
{
	attempt->scheduler = scheduler;
	attempt->transfer.finished = finish_transfer;
	attempt->next = scheduler->under_way;
	scheduler->under_way = attempt;
	scheduler->attempt_count++;
	if (sender_start(scheduler->sender, &attempt->transfer))
		return;
	attempt_fail(attempt);
	submit_record(attempt);
}

static void forget_attempt(struct scheduler *scheduler, struct attempt *attempt)
{
	struct attempt **link = &scheduler->under_way;
	while (*link != NULL && *link != attempt)
		link = &(*link)->next;
	if (*link != NULL) {
		*link = attempt->next;
		scheduler->attempt_count--;
	}
	attempt_free(attempt);
}

void attempts_submit_again(struct scheduler *scheduler)
{
	struct attempt *attempt = scheduler->unrecorded;
	scheduler->unrecorded = NULL;
	while (attempt != NULL) {
		struct attempt *next = attempt->next_message;
		submit_record(attempt);
		attempt = next;
	}
}

void attempts_take_recorded(struct scheduler *scheduler, struct attempt *attempt)
{
	struct advance *advance = attempt->advance;
	const bool durable = attempt->durable;
	if (!durable)
		scheduler_pause(scheduler);
	forget_attempt(scheduler, attempt);
	scheduler->look = true;
	if (advance != NULL) {
		advance->attempt = NULL;
		advance->state = ADVANCE_AGAIN;
		advance->durable = durable;
		advances_move_on(scheduler, advance);
	}
}
