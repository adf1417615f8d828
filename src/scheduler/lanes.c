/* SPDX-License-Identifier: MIT */
/*
 * Which webhooks are begun: accounts have lanes, one for each receiver, and take turns with them.
 *
 * There are places for 64 attempts. Receivers that hang hold theirs for as long as their time-outs
 * allow, so a receiver has few of them and an account no more than half. The lanes of an account
 * that has no place left stand aside until it has: only then are they looked at again.
 */
#include <string.h>

#include "engine/account.h"
#include "scheduler/internal.h"
#include "util/clock.h"

/* While lanes stand aside they are read again, all of them, so often at most. */
enum { READ_AGAIN_US = 50 * 1000 };

/* ── places ──────────────────────────────────────────────────────────────────────────────── */

static bool has_room(const struct scheduler *scheduler)
{
	return scheduler->attempt_count < ATTEMPTS_MAXIMUM;
}

static bool receiver_is_full(const struct scheduler *scheduler, const char *name)
{
	size_t count = 0;
	for (const struct attempt *each = scheduler->under_way; each != NULL; each = each->next)
		count += strcmp(each->due.receiver, name) == 0;
	return count >= ATTEMPTS_PER_RECEIVER;
}

static bool account_is_full(const struct scheduler *scheduler, const char *namespace)
{
	const size_t length = strcspn(namespace, "#");
	size_t count = 0;
	for (const struct attempt *each = scheduler->under_way; each != NULL; each = each->next)
		count += strncmp(each->due.namespace, namespace, length) == 0;
	return count >= ATTEMPTS_PER_ACCOUNT;
}

static bool is_under_way(const struct scheduler *scheduler, int64_t due_id)
{
	for (const struct attempt *each = scheduler->under_way; each != NULL; each = each->next) {
		if (each->due.id == due_id)
			return true;
	}
	return false;
}

/* ── one lane ────────────────────────────────────────────────────────────────────────────── */

/* Loads one and starts it. False when it has none to start. */
static bool pick(struct scheduler *scheduler, struct arena *arena, const struct store_due *due)
{
	struct context context = scheduler_context(scheduler, scheduler->reader, arena);
	struct attempt *attempt = NULL;
	bool current;
	struct api_error error = account_enter_namespace(&context, due->namespace, &current);
	if (!is_error(error) && !current)
		return false; /* the sweep takes it away */
	if (!is_error(error))
		error = attempt_load(&context, due, &attempt);
	if (is_error(error))
		scheduler_pause(scheduler);
	if (attempt == NULL)
		return false;
	attempts_start(scheduler, attempt);
	scheduler->begun++;
	return true;
}

/* Starts at most `share` attempts of a lane. */
static void serve(
	struct scheduler *scheduler, struct arena *arena, const struct lane *lane, size_t share)
{
	struct due_rows rows;
	due_rows_init(&rows, arena);
	if (receiver_is_full(scheduler, lane->receiver) ||
		advances_find(scheduler, lane->namespace) != NULL)
		return;
	/* Those under way still stand there: so many more are looked at. */
	if (store_visit_webhooks(scheduler->reader, lane->namespace, lane->receiver, clock_now_ms(),
		    2 * ATTEMPTS_PER_RECEIVER, due_rows_add, &rows) != STORE_OK ||
		!rows.complete) {
		scheduler_pause(scheduler);
		return;
	}
	for (struct due_row *row = rows.first; row != NULL && has_room(scheduler) &&
					       !receiver_is_full(scheduler, lane->receiver) &&
					       !account_is_full(scheduler, lane->namespace);
		row = row->next) {
		if (is_under_way(scheduler, row->due.id))
			continue;
		if (share == 0) {
			scheduler->look = true; /* it goes on when the others had their turn */
			return;
		}
		share -= pick(scheduler, arena, &row->due);
	}
}

/* ── turns ───────────────────────────────────────────────────────────────────────────────── */

static void append(struct lane_queue *queue, struct lane *lane)
{
	lane->next = NULL;
	*queue->last_link = lane;
	queue->last_link = &lane->next;
}

static struct lane *take_first(struct lane_queue *queue)
{
	struct lane *lane = queue->first;
	queue->first = lane->next;
	if (queue->first == NULL)
		queue->last_link = &queue->first;
	return lane;
}

void lanes_init(struct scheduler *scheduler)
{
	scheduler->lanes = (struct lane_queue){ NULL, &scheduler->lanes.first };
	scheduler->aside = (struct lane_queue){ NULL, &scheduler->aside.first };
	arena_init(&scheduler->lane_arena);
}

struct lining_up {
	struct scheduler *scheduler;
	size_t count;
};

/* One that finds no memory has its turn after a pause. */
static void add_lane(void *closure, const struct store_due *due)
{
	struct lining_up *lining_up = closure;
	struct arena *arena = &lining_up->scheduler->lane_arena;
	struct lane *lane = arena_alloc(arena, sizeof(*lane));
	const char *namespace = arena_copy(arena, due->namespace, strlen(due->namespace));
	const char *name = arena_copy(arena, due->receiver, strlen(due->receiver));
	if (lane == NULL || namespace == NULL || name == NULL) {
		scheduler_pause(lining_up->scheduler);
		return;
	}
	lane->namespace = namespace;
	lane->receiver = name;
	append(&lining_up->scheduler->lanes, lane);
	lining_up->count++;
}

/* Each lane that has work due now is to have its turn, those first that the last turns did not come
 * to. Gives their number. */
static size_t line_up(struct scheduler *scheduler)
{
	struct lining_up lining_up = { scheduler, 0 };
	arena_done(&scheduler->lane_arena);
	lanes_init(scheduler);
	scheduler->lanes_read_us = clock_monotonic_us();
	if (store_visit_due_lanes(scheduler->reader, clock_now_ms(), add_lane, &lining_up) !=
		STORE_OK)
		scheduler_pause(scheduler);
	for (size_t i = 0; lining_up.count > 0 && i < scheduler->begun % lining_up.count; i++)
		append(&scheduler->lanes, take_first(&scheduler->lanes));
	return lining_up.count;
}

/* Serves those that stand aside, as long as their account has room. */
static void serve_aside(struct scheduler *scheduler, struct arena *arena)
{
	while (scheduler->aside.first != NULL && has_room(scheduler) &&
		!account_is_full(scheduler, scheduler->aside.first->namespace))
		serve(scheduler, arena, take_first(&scheduler->aside), 1);
}

/* True when an account is known to be full since a lane of it stands aside already. */
static bool stands_aside(const struct scheduler *scheduler, const char *namespace)
{
	const struct lane *first = scheduler->aside.first;
	return first != NULL && strcmp(first->namespace, namespace) == 0;
}

static void serve_lanes(struct scheduler *scheduler, struct arena *arena, size_t share)
{
	while (scheduler->lanes.first != NULL && has_room(scheduler)) {
		struct lane *lane = take_first(&scheduler->lanes);
		if (stands_aside(scheduler, lane->namespace) ||
			account_is_full(scheduler, lane->namespace))
			append(&scheduler->aside, lane);
		else
			serve(scheduler, arena, lane, share);
	}
}

bool lanes_serve(struct scheduler *scheduler, struct arena *arena)
{
	serve_aside(scheduler, arena);
	serve_lanes(scheduler, arena, 1);
	if (!has_room(scheduler))
		return true;
	if (scheduler->aside.first != NULL &&
		clock_monotonic_us() < scheduler->lanes_read_us + READ_AGAIN_US)
		return false;
	const size_t room = ATTEMPTS_MAXIMUM - scheduler->attempt_count;
	const size_t count = line_up(scheduler);
	serve_lanes(scheduler, arena, count > 0 && count < room ? room / count : 1);
	return true;
}
