/* SPDX-License-Identifier: MIT */
#include "scheduler/outcomes.h"

#include <string.h>

#include "engine/account.h"
#include "scheduler/due_try.h"
#include "store/outbox.h"
#include "util/clock.h"

/* Of one job: some milliseconds, for which other writes wait. */
enum { RECORDED_AT_ONCE = 128 };

_Static_assert((int)RECORDED_AT_ONCE < (int)DELIVERIES_TRIMMED_AT_ONCE,
	"a history that is too long gets shorter with each job");

/* How long outcomes are held back: until no other has come for a while, but not for ever. */
enum { PAUSE_US = 2000, LONGEST_HOLD_US = 25 * 1000 };

/* ── on the writer's thread ──────────────────────────────────────────────────────────────── */

/* The due work is the attempt's own. */
static struct attempt *attempt_of(const struct store_due *due)
{
	return (struct attempt *)(void *)((char *)due - offsetof(struct attempt, due));
}

static struct api_error record_in_account(
	struct context *context, const struct store_due *due, struct due_outcome *ret_outcome)
{
	struct attempt *attempt = attempt_of(due);
	bool current;
	struct api_error error =
		account_enter_incarnation(context, due->namespace, attempt->incarnation, &current);
	if (!is_error(error) && current)
		error = attempt_record(attempt, context);
	else if (!is_error(error))
		error = error_of_store(store_remove_due(context->connection, due));
	attempt->now_ms = context->now_ms;
	*ret_outcome = attempt->outcome;
	return error;
}

/* True when a later attempt of the job has made a delivery of the same account end likewise. */
static bool is_trimmed_later(const struct attempt *attempt)
{
	const struct attempt *later = attempt->next_outcome;
	while (later != NULL && (later->delivery.state != attempt->delivery.state ||
					strcmp(later->due.namespace, attempt->due.namespace) != 0))
		later = later->next_outcome;
	return later != NULL;
}

struct records {
	struct outcomes *outcomes;
	struct store_connection *connection;
};

static struct context context_of(const struct records *records, struct attempt *attempt)
{
	return ground_context(records->outcomes->ground, records->connection, &attempt->arena);
}

/* Records all of them, and trims once for all of a kind. */
static bool record_together(const struct records *records)
{
	struct due_outcome outcome;
	for (struct attempt *each = records->outcomes->recording; each != NULL;
		each = each->next_outcome) {
		struct context context = context_of(records, each);
		if (is_error(record_in_account(&context, &each->due, &outcome)))
			return false;
		each->recorded = true;
	}
	for (struct attempt *each = records->outcomes->recording; each != NULL;
		each = each->next_outcome) {
		struct context context = context_of(records, each);
		context.namespace = each->due.namespace;
		if (!is_trimmed_later(each) &&
			is_error(deliveries_trim(&context, each->delivery.state)))
			return false;
	}
	return true;
}

static struct api_error record_and_trim(
	struct context *context, const struct store_due *due, struct due_outcome *ret_outcome)
{
	const struct api_error error = record_in_account(context, due, ret_outcome);
	return is_error(error) ? error : deliveries_trim(context, attempt_of(due)->delivery.state);
}

/* Records one in a trial of its own, or puts the work off. */
static bool record_alone(const struct records *records, struct attempt *attempt)
{
	struct due_outcome outcome;
	struct context context = context_of(records, attempt);
	return due_try(&context, &attempt->due, record_and_trim, &attempt->recorded, &outcome) &&
	       (attempt->recorded || !is_error(due_put_off(&context, &attempt->due)));
}

static bool record_apart(const struct records *records)
{
	for (struct attempt *each = records->outcomes->recording; each != NULL;
		each = each->next_outcome) {
		if (!record_alone(records, each))
			return false;
	}
	return true;
}

static bool record(struct write_job *job, struct store_connection *connection)
{
	struct outcomes *outcomes = (struct outcomes *)job;
	const struct records records = { outcomes, connection };
	return outcomes->apart ? record_apart(&records) : record_together(&records);
}

/* ── back and forth ──────────────────────────────────────────────────────────────────────── */

/* Hardly ever does one fail. When one does, nothing is recorded, and the next job does each by
 * itself: that one is put off. */
static void take_back(void *closure)
{
	struct outcomes *outcomes = closure;
	struct attempt *attempt = outcomes->recording;
	outcomes->busy = false;
	outcomes->apart = outcomes->job.refused && !outcomes->apart;
	if (outcomes->apart)
		return;
	outcomes->recording = NULL;
	for (struct attempt *next; attempt != NULL; attempt = next) {
		next = attempt->next_outcome;
		outcomes->recorded(attempt);
	}
}

/* On the writer's thread. */
static void finish(struct write_job *job, bool durable)
{
	struct outcomes *outcomes = (struct outcomes *)job;
	for (struct attempt *each = outcomes->recording; each != NULL; each = each->next_outcome) {
		each->durable = durable && !job->refused;
		if (each->durable && each->outcome.result != NULL)
			attempt_results_count(&outcomes->results, each->outcome.result);
	}
	mailbox_post(&outcomes->ground->mailbox, &outcomes->mail, take_back, outcomes);
}

void outcomes_init(
	struct outcomes *outcomes, struct ground *ground, void (*recorded)(struct attempt *attempt))
{
	*outcomes = (struct outcomes){
		.job = { .run = record, .finished = finish },
		.ground = ground,
		.recorded = recorded,
	};
	outcomes->last_link = &outcomes->waiting;
}

/* How long to wait for others, now that one more waits. */
static void hold_back(struct outcomes *outcomes, const struct attempt *attempt)
{
	const int64_t now_us = clock_monotonic_us();
	if (outcomes->waiting == NULL)
		outcomes->hold_at_most_us = now_us + LONGEST_HOLD_US;
	if (attempt->finished != NULL)
		outcomes->hold_at_most_us = 0; /* an advance waits for it */
	outcomes->hold_until_us = now_us + PAUSE_US;
	if (outcomes->hold_until_us > outcomes->hold_at_most_us)
		outcomes->hold_until_us = outcomes->hold_at_most_us;
}

void outcomes_add(struct outcomes *outcomes, struct attempt *attempt)
{
	hold_back(outcomes, attempt);
	attempt->next_outcome = NULL;
	outcomes->waiting_count++;
	*outcomes->last_link = attempt;
	outcomes->last_link = &attempt->next_outcome;
}

/* Makes the first of those that wait the next job. */
static void take_next(struct outcomes *outcomes)
{
	struct attempt **link = &outcomes->waiting;
	size_t count = 0;
	for (; *link != NULL && count < RECORDED_AT_ONCE; count++)
		link = &(*link)->next_outcome;
	outcomes->waiting_count -= count;
	outcomes->recording = outcomes->waiting;
	outcomes->waiting = *link;
	*link = NULL;
	if (outcomes->waiting == NULL)
		outcomes->last_link = &outcomes->waiting;
}

int64_t outcomes_held_ms(const struct outcomes *outcomes)
{
	if (outcomes->recording != NULL || outcomes->waiting == NULL)
		return INT64_MAX;
	const int64_t left_us = outcomes->hold_until_us - clock_monotonic_us();
	return left_us > 0 ? left_us / 1000 + 1 : 0;
}

void outcomes_submit(struct outcomes *outcomes, bool more_to_come)
{
	const bool hold = more_to_come && outcomes->waiting_count < RECORDED_AT_ONCE &&
			  outcomes_held_ms(outcomes) > 0;
	if (outcomes->recording == NULL && !hold)
		take_next(outcomes);
	if (outcomes->recording == NULL || outcomes->busy)
		return;
	outcomes->busy = writer_submit(outcomes->ground->writer, &outcomes->job);
	if (!outcomes->busy)
		outcomes->ground->look = true; /* the writer has no room now */
}

bool outcomes_wait(const struct outcomes *outcomes)
{
	return outcomes->waiting != NULL || outcomes->recording != NULL;
}
