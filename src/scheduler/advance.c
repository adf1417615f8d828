/* SPDX-License-Identifier: MIT */
#include "scheduler/advance.h"

#include <stdlib.h>
#include <string.h>

#include "engine/account.h"
#include "scheduler/attempt.h"
#include "scheduler/due_try.h"
#include "service/due_work.h"
#include "util/clock.h"
#include "util/memory.h"

enum { STEPS_PER_TRANSACTION = 100 }; /* some 10 ms: others write, too */

struct advance *advance_new(const char *account_sid)
{
	struct advance *advance = memory_allocate_zeroed(sizeof(*advance));
	if (advance == NULL)
		return NULL;
	arena_init(&advance->arena);
	arena_init(&advance->step_arena);
	advance->last_link = &advance->first;
	advance->state = ADVANCE_WAITING;
	advance->failed = store_due_beginning();
	advance->account_sid = arena_copy(&advance->arena, account_sid, strlen(account_sid));
	if (advance->account_sid != NULL)
		return advance;
	advance_free(advance);
	return NULL;
}

void advance_free(struct advance *advance)
{
	if (advance == NULL)
		return;
	arena_done(&advance->arena);
	arena_done(&advance->step_arena);
	free(advance);
}

bool advance_remember(struct advance *advance, const struct store_due *due, int64_t at_ms,
	struct due_outcome outcome)
{
	if (advance->ran_count++ >= ADVANCE_RAN_SHOWN)
		return true;
	struct advance_ran *ran = arena_alloc(&advance->arena, sizeof(*ran));
	if (ran == NULL)
		return false;
	ran->kind = arena_copy(&advance->arena, due->kind, strlen(due->kind));
	ran->sid = arena_copy(&advance->arena, due->subject_sid, strlen(due->subject_sid));
	ran->at_ms = at_ms;
	ran->outcome = outcome;
	*advance->last_link = ran;
	advance->last_link = &ran->next;
	return ran->kind != NULL && ran->sid != NULL;
}

/* ── where it goes ───────────────────────────────────────────────────────────────────────── */

static struct api_error refuse(struct advance *advance, const char *parameter, const char *hint)
{
	struct api_error error = error_new(&advance->arena, ERROR_INVALID_PARAMETER, parameter);
	error.hint = hint;
	return error;
}

static struct api_error aim_by(struct advance *advance, int64_t now_ms)
{
	if (advance->by_ms > CLOCK_LATEST_MS - now_ms)
		return refuse(advance, "by", "no clock goes beyond 9999-12-31T23:59:59Z");
	advance->target_ms = now_ms + advance->by_ms;
	return error_none();
}

/* Clocks show whole seconds: whoever gives back what one showed means now. */
static struct api_error aim_at_time(struct advance *advance, int64_t now_ms)
{
	if (advance->to_ms < now_ms - now_ms % 1000)
		return refuse(advance, "to",
			"the clock is past that: GET /_emulator/clock shows it, and PUT sets it "
			"back");
	advance->target_ms = advance->to_ms > now_ms ? advance->to_ms : now_ms;
	return error_none();
}

/* Finds the first work that may run, among what is due by a time. */
static enum store_result find_due(const struct advance *advance, struct context *context,
	int64_t until_ms, struct store_due *ret_due)
{
	return store_next_due(context->connection, context->namespace, advance->failed, until_ms,
		context->arena, ret_due);
}

static struct api_error aim_at_next(struct advance *advance, struct context *context)
{
	struct store_due due;
	const enum store_result found = find_due(advance, context, CLOCK_LATEST_MS, &due);
	advance->target_ms = context->now_ms;
	if (found == STORE_OK && due.due_at_ms > context->now_ms)
		advance->target_ms = due.due_at_ms;
	return found != STORE_FAILED ? error_none() : error_internal();
}

static struct api_error aim_at_idle(struct advance *advance, int64_t now_ms)
{
	const int64_t year_ms = clock_add_months(now_ms, 12);
	advance->target_ms = year_ms < CLOCK_LATEST_MS ? year_ms : CLOCK_LATEST_MS;
	return error_none();
}

static struct api_error aim(struct advance *advance, struct context *context)
{
	switch (advance->goal) {
	case ADVANCE_BY: return aim_by(advance, context->now_ms);
	case ADVANCE_TO_TIME: return aim_at_time(advance, context->now_ms);
	case ADVANCE_TO_NEXT: return aim_at_next(advance, context);
	case ADVANCE_TO_IDLE: return aim_at_idle(advance, context->now_ms);
	}
	return error_internal();
}

/* Nothing is due by the target. An account that is idle stays where it became so. */
static struct api_error aim_again(struct advance *advance, struct context *context)
{
	struct store_due due;
	if (advance->goal != ADVANCE_TO_IDLE)
		return error_none();
	const enum store_result found = find_due(advance, context, CLOCK_LATEST_MS, &due);
	if (found == STORE_NOT_FOUND)
		advance->target_ms = context->now_ms;
	return found != STORE_FAILED ? error_none() : error_internal();
}

/* ── steps ───────────────────────────────────────────────────────────────────────────────── */

static struct api_error begin(struct advance *advance, struct context *context)
{
	struct api_error error = account_enter(context, advance->account_sid, NULL);
	if (is_error(error))
		return error;
	if (context->clock.held)
		return error_new(&advance->arena, ERROR_CLOCK_IS_ADVANCED, NULL);
	error = aim(advance, context);
	if (is_error(error))
		return error;
	advance->namespace =
		arena_copy(&advance->arena, context->namespace, strlen(context->namespace));
	advance->incarnation = context->incarnation;
	if (advance->namespace == NULL)
		return error_internal();
	return account_hold_clock(context, context->now_ms, false);
}

/* All that was due has run: the clock goes on from the target. */
static struct api_error complete(struct advance *advance, struct context *context)
{
	struct api_error error = aim_again(advance, context);
	if (!is_error(error))
		error = account_hold_clock(context, advance->target_ms, true);
	if (!is_error(error))
		error = account_release_clock(context);
	if (!is_error(error))
		error = error_of_store(store_count_due(
			context->connection, context->namespace, &advance->pending));
	advance->now_ms = advance->target_ms;
	advance->state = ADVANCE_DONE;
	return error;
}

/* Makes an attempt of a webhook that is due; leaves none when its delivery is gone. */
static struct api_error begin_attempt(
	struct advance *advance, struct context *context, const struct store_due *due)
{
	struct api_error error = attempt_load(context, due, &advance->attempt);
	if (!is_error(error) && advance->attempt == NULL)
		error = error_of_store(store_remove_due(context->connection, due));
	if (!is_error(error) && advance->attempt != NULL)
		advance->state = ADVANCE_ATTEMPT;
	return error;
}

/* Does the next thing that is due by the target. */
static struct api_error do_next(struct advance *advance, struct context *context)
{
	struct store_due due;
	struct due_outcome outcome;
	bool done;
	const enum store_result found = find_due(advance, context, advance->target_ms, &due);
	if (found == STORE_NOT_FOUND)
		return complete(advance, context);
	if (found != STORE_OK)
		return error_internal();
	if (due.due_at_ms > context->now_ms) {
		context->now_ms = due.due_at_ms;
		context->clock.account_ms = due.due_at_ms;
	}
	if (strcmp(due.kind, DUE_WEBHOOK_ATTEMPT) == 0)
		return begin_attempt(advance, context, &due);
	if (!due_try(context, &due, due_work_run, &done, &outcome))
		return error_internal();
	if (!done)
		advance->failed = (struct store_due_place){ due.due_at_ms, due.id };
	return advance_remember(advance, &due, context->now_ms, outcome) ? error_none()
									 : error_internal();
}

void advance_step(struct advance *advance, struct context *context)
{
	struct api_error error = error_none();
	bool current = true;
	if (advance->namespace == NULL)
		error = begin(advance, context);
	else
		error = account_enter_incarnation(
			context, advance->namespace, advance->incarnation, &current);
	if (!is_error(error) && !current)
		error = error_new(&advance->arena, ERROR_ACCOUNT_WAS_RESET, NULL);
	advance->state = ADVANCE_AGAIN;
	for (int i = 0;
		i < STEPS_PER_TRANSACTION && !is_error(error) && advance->state == ADVANCE_AGAIN;
		i++)
		error = do_next(advance, context);
	if (!is_error(error) && advance->state != ADVANCE_DONE)
		error = account_hold_clock(context, context->now_ms, true);
	advance->error = error;
	if (is_error(error))
		advance->state = ADVANCE_FAILED;
}
