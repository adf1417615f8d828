/* SPDX-License-Identifier: MIT */
#include "scheduler/lanes.h"

#include <string.h>

#include "engine/account.h"
#include "scheduler/due_rows.h"
#include "util/clock.h"

/* See lanes_serve. */
enum { READ_AGAIN_US = 50 * 1000 };

/* ── one lane ────────────────────────────────────────────────────────────────────────────── */

/* Loads one and starts it. False when it has none to start. */
static bool pick(struct lanes *lanes, struct arena *arena, const struct store_due *due)
{
	struct context context = ground_context(lanes->ground, lanes->ground->reader, arena);
	struct attempt *attempt = NULL;
	bool current;
	struct api_error error = account_enter_namespace(&context, due->namespace, &current);
	if (!is_error(error) && !current)
		return false; /* the sweep takes it away */
	if (!is_error(error))
		error = attempt_load(&context, due, &attempt);
	if (is_error(error))
		ground_pause(lanes->ground);
	if (attempt == NULL)
		return false;
	attempts_start(lanes->attempts, attempt);
	lanes->begun++;
	return true;
}

static bool may_begin(const struct lanes *lanes, const struct lane *lane)
{
	return attempts_room(lanes->attempts) > 0 &&
	       !attempts_receiver_is_full(lanes->attempts, lane->receiver) &&
	       !attempts_account_is_full(lanes->attempts, lane->namespace);
}

/* Starts at most `share` attempts of a lane. */
static void serve(struct lanes *lanes, struct arena *arena, const struct lane *lane, size_t share)
{
	struct due_rows rows;
	due_rows_init(&rows, arena);
	if (attempts_receiver_is_full(lanes->attempts, lane->receiver) ||
		advances_find(lanes->advances, lane->namespace) != NULL)
		return;
	/* Those under way still stand there: so many more are looked at. */
	if (store_visit_webhooks(lanes->ground->reader, lane->namespace, lane->receiver,
		    clock_now_ms(), 2 * ATTEMPTS_PER_RECEIVER, due_rows_collect,
		    &rows) != STORE_OK ||
		!rows.complete) {
		ground_pause(lanes->ground);
		return;
	}
	for (struct due_row *row = rows.first; row != NULL && may_begin(lanes, lane);
		row = row->next) {
		if (attempts_include(lanes->attempts, row->due.id))
			continue;
		if (share == 0) {
			lanes->ground->look = true; /* it goes on when the others had their turn */
			return;
		}
		share -= pick(lanes, arena, &row->due);
	}
}

/* ── turns ───────────────────────────────────────────────────────────────────────────────── */

static void forget_all(struct lanes *lanes)
{
	lane_queue_init(&lanes->waiting);
	lane_queue_init(&lanes->aside);
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

struct collecting {
	struct lanes *lanes;
	size_t count;
};

/* One that finds no memory has its turn after a pause. */
static void collect(void *closure, const struct store_due *due)
{
	struct collecting *collecting = closure;
	struct lanes *lanes = collecting->lanes;
	struct lane *lane = arena_alloc(&lanes->arena, sizeof(*lane));
	const char *namespace = arena_copy(&lanes->arena, due->namespace, strlen(due->namespace));
	const char *receiver = arena_copy(&lanes->arena, due->receiver, strlen(due->receiver));
	if (lane == NULL || namespace == NULL || receiver == NULL) {
		ground_pause(lanes->ground);
		return;
	}
	lane->namespace = namespace;
	lane->receiver = receiver;
	lane_queue_append(&lanes->waiting, lane);
	collecting->count++;
}

/* Each lane that has work due now is to have its turn. Gives their number. */
static size_t read_lanes(struct lanes *lanes)
{
	struct collecting collecting = { lanes, 0 };
	forget_all(lanes);
	lanes->read_us = clock_monotonic_us();
	if (store_visit_due_lanes(lanes->ground->reader, clock_now_ms(), collect, &collecting) !=
		STORE_OK)
		ground_pause(lanes->ground);
	lane_queue_rotate(&lanes->waiting, collecting.count, lanes->begun);
	return collecting.count;
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
 * it takes to come to the last. Only when all had theirs, and there is room for more, are they read
 * again.
 *
 * An account that is full would make that expensive: its lanes, thousands maybe, have work due all
 * the time, so with each look they would be read and put aside again. While some stand aside, all
 * are therefore read 50 ms after the last time at the earliest; a lane with new work waits for so
 * long at most.
 */
bool lanes_serve(struct lanes *lanes, struct arena *arena)
{
	serve_aside(lanes, arena);
	serve_waiting(lanes, arena, 1);
	if (attempts_room(lanes->attempts) == 0)
		return true; /* the next attempt that ends makes room, and looks again */
	if (lanes->aside.first != NULL && clock_monotonic_us() < lanes->read_us + READ_AGAIN_US)
		return false;
	const size_t count = read_lanes(lanes);
	serve_waiting(lanes, arena, lane_share(attempts_room(lanes->attempts), count));
	return true;
}
