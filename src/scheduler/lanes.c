/* SPDX-License-Identifier: MIT */
#include "scheduler/lanes.h"

#include <string.h>

#include "engine/account.h"
#include "scheduler/due_rows.h"
#include "util/clock.h"

/* See lanes_serve. */
enum { READ_AGAIN_US = 50 * 1000, ROWS_AT_ONCE = 2 * ATTEMPTS_PER_RECEIVER };

/* ── one lane ────────────────────────────────────────────────────────────────────────────── */

/* Loads one and starts it, in its account's context; there may be none to start. */
static struct api_error pick(
	struct lanes *lanes, struct context *context, const struct store_due *due, size_t *share)
{
	struct attempt *attempt;
	const struct api_error error = attempt_load(context, due, &attempt);
	if (attempt != NULL) {
		attempts_start(lanes->attempts, attempt);
		lanes->begun++;
		--*share;
	}
	return error;
}

static bool may_begin(const struct lanes *lanes, const struct lane *lane)
{
	return attempts_room(lanes->attempts) > 0 &&
	       attempts_receiver_room(lanes->attempts, lane->receiver) > 0 &&
	       !attempts_account_is_full(lanes->attempts, lane->namespace);
}

/* Reads what comes next in a lane, `limit` rows at most. */
static struct api_error read_rows(struct lanes *lanes, struct arena *arena, const struct lane *lane,
	size_t limit, struct due_rows *ret_rows)
{
	due_rows_init(ret_rows, arena);
	const enum store_result result =
		store_visit_webhooks(lanes->ground->reader, lane->namespace, lane->receiver,
			lane->place, clock_now_ms(), limit, due_rows_collect, ret_rows);
	return ret_rows->complete ? error_of_store(result) : error_internal();
}

/* Starts at most `share` attempts of a lane, in its account's context. `ret_more`: it may have
 * more. At first no more rows are read than can be begun; when some of those are under way already,
 * many may be. */
static struct api_error serve_in_account(struct lanes *lanes, struct context *context,
	struct lane *lane, size_t share, bool *ret_more)
{
	struct due_rows rows;
	struct api_error error;
	const size_t room = attempts_receiver_room(lanes->attempts, lane->receiver);
	size_t limit = share < room ? share : room, wanted;
	*ret_more = true;
	do {
		if (share == 0 || !may_begin(lanes, lane))
			return error_none();
		error = read_rows(lanes, context->arena, lane, limit, &rows);
		for (const struct due_row *row = rows.first; row != NULL && !is_error(error);
			row = row->next) {
			if (share == 0 || !may_begin(lanes, lane))
				return error_none();
			lane->place = (struct store_wake_place){ row->due.wake_at_ms, row->due.id };
			if (!attempts_include(lanes->attempts, row->due.id))
				error = pick(lanes, context, &row->due, &share);
		}
		wanted = limit;
		limit = ROWS_AT_ONCE;
	} while (rows.count == wanted && !is_error(error));
	*ret_more = false;
	return error;
}

/* Likewise, and keeps a lane that may have more. */
static void serve(struct lanes *lanes, struct arena *arena, struct lane *lane, size_t share)
{
	struct api_error error = error_none();
	bool current = true, more = true;
	if (advances_find(lanes->advances, lane->namespace) != NULL)
		return;
	if (may_begin(lanes, lane)) {
		struct context context =
			ground_context(lanes->ground, lanes->ground->reader, arena);
		error = account_enter_namespace(&context, lane->namespace, &current);
		/* What is not current the sweep takes away. */
		if (!is_error(error) && current)
			error = serve_in_account(lanes, &context, lane, share, &more);
	}
	if (is_error(error)) {
		ground_pause(lanes->ground);
	} else if (current && more) {
		lane_queue_append(&lanes->served, lane);
		if (may_begin(lanes, lane))
			lanes->ground->go_on = true; /* when the others had their turn */
	}
}

/* ── turns ───────────────────────────────────────────────────────────────────────────────── */

static void forget_all(struct lanes *lanes)
{
	lane_queue_init(&lanes->waiting);
	lane_queue_init(&lanes->aside);
	lane_queue_init(&lanes->served);
	arena_done(&lanes->arena);
}

void lanes_init(struct lanes *lanes, struct ground *ground, struct attempts *attempts,
	const struct advances *advances)
{
	*lanes = (struct lanes){ .ground = ground, .attempts = attempts, .advances = advances };
	arena_init(&lanes->arena);
	forget_all(lanes);
}

void lanes_done(struct lanes *lanes)
{
	arena_done(&lanes->arena);
}

/* One that finds no memory has its turn after a pause. */
static void collect(void *closure, const struct store_due *due)
{
	struct lanes *lanes = closure;
	struct lane *lane = arena_alloc(&lanes->arena, sizeof(*lane));
	const char *namespace = arena_copy(&lanes->arena, due->namespace, strlen(due->namespace));
	const char *receiver = arena_copy(&lanes->arena, due->receiver, strlen(due->receiver));
	if (lane == NULL || namespace == NULL || receiver == NULL) {
		ground_pause(lanes->ground);
		return;
	}
	lane->namespace = namespace;
	lane->receiver = receiver;
	lane->place = store_wake_beginning();
	lane_queue_append(&lanes->waiting, lane);
}

/* Each lane that has work due now is to have its turn. */
static void read_lanes(struct lanes *lanes)
{
	forget_all(lanes);
	lanes->changed = false;
	lanes->read_us = clock_monotonic_us();
	if (store_visit_due_lanes(lanes->ground->reader, clock_now_ms(), collect, lanes) !=
		STORE_OK)
		ground_pause(lanes->ground);
	lane_queue_rotate(&lanes->waiting, lanes->begun);
}

/* Serves those that stand aside, as long as their account has room. */
static void serve_aside(struct lanes *lanes, struct arena *arena)
{
	while (lanes->aside.first != NULL && attempts_room(lanes->attempts) > 0 &&
		!attempts_account_is_full(lanes->attempts, lanes->aside.first->namespace))
		serve(lanes, arena, lane_queue_take(&lanes->aside), 1);
}

/* True when an account is known to be full since a lane of it stands aside already. */
static bool stands_aside(const struct lanes *lanes, const char *namespace)
{
	const struct lane *first = lanes->aside.first;
	return first != NULL && strcmp(first->namespace, namespace) == 0;
}

static void serve_waiting(struct lanes *lanes, struct arena *arena, size_t share)
{
	while (lanes->waiting.first != NULL && attempts_room(lanes->attempts) > 0) {
		struct lane *lane = lane_queue_take(&lanes->waiting);
		if (stands_aside(lanes, lane->namespace) ||
			attempts_account_is_full(lanes->attempts, lane->namespace))
			lane_queue_append(&lanes->aside, lane);
		else
			serve(lanes, arena, lane, share);
	}
}

/*
 * The lanes that have work due are read once and kept, and have their turns over as many looks as
 * it takes to come to the last. When all had theirs, and there is room for more, those that may
 * have more begin the next round; or, when something has changed, all are read again.
 *
 * An account that is full would make that expensive: its lanes, thousands maybe, have work due all
 * the time, so with each look they would be read and put aside again. While some stand aside, all
 * are therefore read 50 ms after the last time at the earliest; a lane with new work waits for so
 * long at most.
 */
bool lanes_serve(struct lanes *lanes, struct arena *arena, bool changed)
{
	lanes->changed = lanes->changed || changed;
	serve_aside(lanes, arena);
	serve_waiting(lanes, arena, 1);
	if (attempts_room(lanes->attempts) == 0)
		return true; /* the next attempt that ends makes room */
	if (lanes->changed && (lanes->aside.first == NULL ||
				      clock_monotonic_us() >= lanes->read_us + READ_AGAIN_US))
		read_lanes(lanes);
	else
		lane_queue_append_all(&lanes->waiting, &lanes->served);
	serve_waiting(
		lanes, arena, lane_share(attempts_room(lanes->attempts), lanes->waiting.count));
	return !lanes->changed;
}
