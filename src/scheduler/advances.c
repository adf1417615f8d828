/* SPDX-License-Identifier: MIT */
#include "scheduler/advances.h"

#include <string.h>

#include "engine/account.h"
#include "scheduler/due_try.h"

static void move_on(struct advance *advance);

static struct advance *advance_of(struct write_job *job)
{
	return (struct advance *)(void *)((char *)job - offsetof(struct advance, job));
}

void advances_init(struct advances *advances, struct ground *ground, struct attempts *attempts)
{
	*advances = (struct advances){ .ground = ground, .attempts = attempts };
}

static void fail(struct advance *advance, struct api_error error)
{
	if (!is_error(advance->error))
		advance->error = error;
	advance->state = ADVANCE_FAILED;
}

/* ── a step ──────────────────────────────────────────────────────────────────────────────── */

/* On the writer's thread. */
static bool do_step(struct write_job *job, struct store_connection *connection)
{
	struct advance *advance = advance_of(job);
	arena_reset(&advance->step_arena);
	struct context context =
		ground_context(advance->advances->ground, connection, &advance->step_arena);
	advance_step(advance, &context);
	advance->datagrams = context.datagrams;
	return advance->state != ADVANCE_FAILED;
}

/* On the writer's thread. Lets the clock of an advance that failed midway run on. */
static bool release(struct write_job *job, struct store_connection *connection)
{
	struct advance *advance = advance_of(job);
	struct arena arena;
	bool current = false;
	advance->datagrams = NULL;
	arena_init(&arena);
	struct context context = ground_context(advance->advances->ground, connection, &arena);
	struct api_error error = account_enter_incarnation(
		&context, advance->namespace, advance->incarnation, &current);
	if (!is_error(error) && current && context.clock.held)
		error = account_release_clock(&context);
	arena_done(&arena);
	return !is_error(error);
}

static void take_step(void *closure)
{
	move_on(closure);
}

/* On the writer's thread. */
static void finish_job(struct write_job *job, bool durable)
{
	struct advance *advance = advance_of(job);
	struct ground *ground = advance->advances->ground;
	advance->durable = durable;
	if (durable && !job->refused)
		ground_send_datagrams(ground, advance->datagrams);
	advance->datagrams = NULL;
	mailbox_post(&ground->mailbox, &advance->mail, take_step, advance);
}

static void submit_job(struct advance *advance)
{
	struct ground *ground = advance->advances->ground;
	advance->job = (struct write_job){
		.run = advance->state == ADVANCE_FAILED ? release : do_step,
		.finished = finish_job,
		.request_id = advance->request_id,
	};
	advance->under_way = writer_submit(ground->writer, &advance->job);
	if (!advance->under_way)
		ground->look = true;
}

/* ── from step to step ───────────────────────────────────────────────────────────────────── */

static void finish(struct advance *advance)
{
	struct advances *advances = advance->advances;
	struct advance **link = &advances->first;
	while (*link != advance)
		link = &(*link)->next;
	*link = advance->next;
	registry_touch(advances->ground->registry, advance->account_sid);
	advances->ground->look = true;
	advance->finished(advance);
}

/* Remembers a webhook among what ran. One without a result was void: the next step finds out that
 * the account has another namespace now. */
static bool remember(struct advance *advance, const struct attempt *attempt)
{
	const struct store_due *due = &attempt->due;
	const struct due_outcome outcome =
		attempt->recorded ? attempt->outcome : due_outcome_failed;
	if (outcome.result == NULL)
		return true;
	if (!attempt->recorded)
		advance->failed = (struct store_due_place){ due->due_at_ms, due->id };
	return advance_remember(advance, due, attempt->now_ms, outcome);
}

static void finish_attempt(struct attempt *attempt)
{
	struct advance *advance = attempt->closure;
	advance->attempt = advance->sending = NULL;
	advance->state = ADVANCE_AGAIN;
	advance->durable = attempt->durable && remember(advance, attempt);
	move_on(advance);
}

static void start_attempt(struct advance *advance)
{
	struct attempt *attempt = advance->attempt;
	advance->under_way = true;
	advance->sending = attempt;
	attempt->finished = finish_attempt;
	attempt->closure = advance;
	attempts_start(advance->advances->attempts, attempt);
}

/* What follows a step that is through. */
static void move_on(struct advance *advance)
{
	const bool ending = advance->advances->ground->ending;
	advance->under_way = false;
	if (advance->job.run == release) {
		finish(advance);
		return;
	}
	if (!advance->durable)
		fail(advance, error_internal());
	if ((ending || advance->state == ADVANCE_FAILED) && advance->attempt != NULL) {
		attempt_free(advance->attempt);
		advance->attempt = NULL;
	}
	if (ending && advance->state != ADVANCE_DONE)
		return; /* advances_end has the next word */
	if (advance->state == ADVANCE_ATTEMPT)
		start_attempt(advance);
	else if (advance->state == ADVANCE_DONE ||
		 (advance->state == ADVANCE_FAILED && advance->namespace == NULL))
		finish(advance);
	else
		submit_job(advance);
}

/* ── all of them ─────────────────────────────────────────────────────────────────────────── */

struct advance *advances_find(const struct advances *advances, const char *namespace)
{
	const size_t length = strcspn(namespace, "#");
	for (struct advance *each = advances->first; each != NULL; each = each->next) {
		if (strlen(each->account_sid) == length &&
			memcmp(each->account_sid, namespace, length) == 0)
			return each;
	}
	return NULL;
}

/* True when nothing of the account is under way that would get in an advance's way. */
static bool may_begin(const struct advance *advance)
{
	const struct advances *advances = advance->advances;
	return advances_find(advances, advance->account_sid) == advance &&
	       !attempts_include_account(advances->attempts, advance->account_sid);
}

void advances_begin(struct advances *advances)
{
	for (struct advance *each = advances->first; each != NULL; each = each->next) {
		/* While one is under way, its other members are the writer's. */
		if (!each->under_way && (each->state != ADVANCE_WAITING || may_begin(each)))
			submit_job(each);
	}
}

void advances_end(struct advances *advances, bool all)
{
	struct advance *next;
	for (struct advance *each = advances->first; each != NULL; each = next) {
		next = each->next;
		const bool abandoned =
			all && each->sending != NULL && attempts_abandon(each->sending);
		if (each->under_way && !abandoned)
			continue;
		fail(each, error_new(NULL, ERROR_UNAVAILABLE, NULL));
		finish(each);
	}
}

static void take_submitted(void *closure)
{
	struct advance *advance = closure;
	struct advance **link = &advance->advances->first;
	while (*link != NULL)
		link = &(*link)->next;
	advance->next = NULL;
	*link = advance;
}

void advances_submit(struct advances *advances, struct advance *advance)
{
	advance->advances = advances;
	if (mailbox_post_request(
		    &advances->ground->mailbox, &advance->mail, take_submitted, advance))
		return;
	fail(advance, error_new(NULL, ERROR_UNAVAILABLE, NULL));
	advance->finished(advance);
}
