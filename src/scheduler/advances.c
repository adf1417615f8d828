/* SPDX-License-Identifier: MIT */
/* The scheduler's advances: one at a time for each account, step by step on the writer's thread. */
#include <string.h>

#include "engine/account.h"
#include "scheduler/internal.h"

/* On the writer's thread. */
static bool run_advance(struct write_job *job, struct store_connection *connection)
{
	struct advance *advance =
		(struct advance *)(void *)((char *)job - offsetof(struct advance, job));
	arena_reset(&advance->step_arena);
	struct context context =
		scheduler_context(advance->scheduler, connection, &advance->step_arena);
	advance_step(advance, &context);
	advance->datagrams = context.datagrams;
	return advance->state != ADVANCE_FAILED;
}

/* On the writer's thread. */
static void finish_advance_job(struct write_job *job, bool durable)
{
	struct advance *advance =
		(struct advance *)(void *)((char *)job - offsetof(struct advance, job));
	struct scheduler *scheduler = advance->scheduler;
	advance->durable = durable;
	if (durable && !job->refused)
		scheduler_send_datagrams(scheduler, advance->datagrams);
	advance->datagrams = NULL;
	pthread_mutex_lock(&scheduler->mutex);
	advance->next_message = scheduler->stepped;
	scheduler->stepped = advance;
	pthread_mutex_unlock(&scheduler->mutex);
	sender_wake(scheduler->sender);
}

/* Lets the clock of an advance that failed midway run on. */
static bool run_release(struct write_job *job, struct store_connection *connection)
{
	struct advance *advance =
		(struct advance *)(void *)((char *)job - offsetof(struct advance, job));
	struct arena arena;
	bool current = false;
	advance->datagrams = NULL;
	arena_init(&arena);
	struct context context = scheduler_context(advance->scheduler, connection, &arena);
	struct api_error error = account_enter_incarnation(
		&context, advance->namespace, advance->incarnation, &current);
	if (!is_error(error) && current && context.clock.held)
		error = account_release_clock(&context);
	arena_done(&arena);
	return !is_error(error);
}

static void finish_advance(struct scheduler *scheduler, struct advance *advance)
{
	struct advance **link = &scheduler->advances;
	while (*link != advance)
		link = &(*link)->next;
	*link = advance->next;
	registry_touch(scheduler->options.registry, advance->account_sid);
	scheduler->look = true;
	advance->finished(advance);
}

static void fail_advance(struct advance *advance, struct api_error error)
{
	if (!is_error(advance->error))
		advance->error = error;
	advance->state = ADVANCE_FAILED;
}

static void submit_advance(struct scheduler *scheduler, struct advance *advance)
{
	const bool release = advance->state == ADVANCE_FAILED;
	advance->job = (struct write_job){
		.run = release ? run_release : run_advance,
		.finished = finish_advance_job,
	};
	advance->under_way = writer_submit(scheduler->options.writer, &advance->job);
	if (!advance->under_way)
		scheduler->look = true;
}

/* What follows a step that is through. */
void advances_move_on(struct scheduler *scheduler, struct advance *advance)
{
	const bool released = advance->job.run == run_release;
	advance->under_way = false;
	if (released) {
		finish_advance(scheduler, advance);
		return;
	}
	if (!advance->durable)
		fail_advance(advance, error_internal());
	const bool begins_nothing = advance->state == ADVANCE_FAILED || scheduler->ending;
	if (begins_nothing && advance->attempt != NULL) {
		attempt_free(advance->attempt);
		advance->attempt = NULL;
	}
	if (scheduler->ending && advance->state != ADVANCE_DONE)
		return; /* advances_end has the next word */
	if (advance->state == ADVANCE_ATTEMPT) {
		advance->under_way = true;
		advance->sending = advance->attempt;
		attempts_start(scheduler, advance->attempt);
	} else if (advance->state == ADVANCE_DONE ||
		   (advance->state == ADVANCE_FAILED && advance->namespace == NULL)) {
		finish_advance(scheduler, advance);
	} else {
		submit_advance(scheduler, advance);
	}
}

/* True when a webhook of the account is under way, and not one of a namespace that it has left. */
static bool is_busy(struct scheduler *scheduler, const char *account_sid)
{
	struct arena arena;
	bool busy = false;
	arena_init(&arena);
	struct context context = scheduler_context(scheduler, scheduler->reader, &arena);
	for (const struct attempt *each = scheduler->under_way; each != NULL && !busy;
		each = each->next) {
		if (strncmp(each->due.namespace, account_sid, strlen(account_sid)) != 0)
			continue;
		bool current = true;
		busy = !store_snapshot_renew(scheduler->reader) ||
		       is_error(account_enter_incarnation(
			       &context, each->due.namespace, each->incarnation, &current)) ||
		       current;
		store_snapshot_end(scheduler->reader);
	}
	arena_done(&arena);
	return busy;
}

/* True when nothing of the account is under way that would get in an advance's way. */
static bool may_begin(struct scheduler *scheduler, const struct advance *advance)
{
	return advances_find(scheduler, advance->account_sid) == advance &&
	       !is_busy(scheduler, advance->account_sid);
}

void advances_begin(struct scheduler *scheduler)
{
	for (struct advance *each = scheduler->advances; each != NULL; each = each->next) {
		/* While one is under way, its other members are the writer's. */
		if (!each->under_way &&
			(each->state != ADVANCE_WAITING || may_begin(scheduler, each)))
			submit_advance(scheduler, each);
	}
}

void advances_end(struct scheduler *scheduler, bool all)
{
	struct advance *next;
	for (struct advance *each = scheduler->advances; each != NULL; each = next) {
		next = each->next;
		if (each->under_way && !(all && each->sending != NULL))
			continue;
		if (each->sending != NULL)
			each->sending->advance = NULL; /* it is dropped with the sender */
		fail_advance(each, error_new(NULL, ERROR_UNAVAILABLE, NULL));
		finish_advance(scheduler, each);
	}
}

struct advance *advances_find(const struct scheduler *scheduler, const char *namespace)
{
	const size_t length = strcspn(namespace, "#");
	for (struct advance *each = scheduler->advances; each != NULL; each = each->next) {
		if (strlen(each->account_sid) == length &&
			memcmp(each->account_sid, namespace, length) == 0)
			return each;
	}
	return NULL;
}

void advances_add(struct scheduler *scheduler, struct advance *advance)
{
	struct advance **link = &scheduler->advances;
	while (*link != NULL)
		link = &(*link)->next;
	advance->next = NULL;
	*link = advance;
}

static void refuse_advance(struct advance *advance)
{
	fail_advance(advance, error_new(NULL, ERROR_UNAVAILABLE, NULL));
	advance->finished(advance);
}

void advances_close(struct scheduler *scheduler)
{
	pthread_mutex_lock(&scheduler->mutex);
	struct advance *submitted = scheduler->submitted;
	scheduler->submitted = NULL;
	scheduler->ended = true;
	pthread_mutex_unlock(&scheduler->mutex);
	for (struct advance *next; submitted != NULL; submitted = next) {
		next = submitted->next_message;
		refuse_advance(submitted);
	}
}

void scheduler_advance(struct scheduler *scheduler, struct advance *advance)
{
	advance->scheduler = scheduler;
	advance->policy = scheduler->options.policy;
	pthread_mutex_lock(&scheduler->mutex);
	const bool ended = scheduler->ended;
	if (!ended) {
		advance->next_message = scheduler->submitted;
		scheduler->submitted = advance;
	}
	pthread_mutex_unlock(&scheduler->mutex);
	if (ended)
		refuse_advance(advance);
	else
		sender_wake(scheduler->sender);
}
