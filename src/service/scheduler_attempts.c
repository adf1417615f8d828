/* SPDX-License-Identifier: MIT */
/* The scheduler's webhooks: which are begun, which are under way, and how their ends are noted. */
#include <stdlib.h>
#include <string.h>

#include "service/account.h"
#include "service/scheduler_due.h"
#include "service/scheduler_internal.h"
#include "util/clock.h"

const char *const attempt_result_names[ATTEMPT_RESULTS] = { "delivered", "status", "dns", "connect",
	"tls", "timeout", "broken", "policy", "other" };

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

static struct api_error note_attempt(
	struct context *context, const struct store_due *due, const char **ret_result)
{
	struct attempt *attempt =
		(struct attempt *)(void *)((char *)due - offsetof(struct attempt, due));
	bool current;
	struct api_error error = account_enter_scope(context, due->scope, &current);
	if (error.code == 0 && current)
		error = attempt_note(attempt, context);
	else if (error.code == 0)
		error = error_of_store(store_remove_due(context->connection, due->id));
	*ret_result = current ? attempt->result : NULL;
	return error;
}

/* On the writer's thread. The advance's next step is a job of its own: what fails in it must not
 * take the note along, nor be committed with it. */
static bool run_note(struct write_job *job, struct store_connection *connection)
{
	struct attempt *attempt =
		(struct attempt *)(void *)((char *)job - offsetof(struct attempt, job));
	struct context context = scheduler_context(attempt->scheduler, connection, &attempt->arena);
	const struct store_due *due = &attempt->due;
	struct advance *advance = attempt->advance;
	const char *result;
	bool done;
	if (!due_try(&context, due, note_attempt, &done, &result) ||
		(!done && due_put_off(&context, due).code != 0))
		return false;
	if (advance == NULL || result == NULL)
		return true; /* without a result: the account has another namespace now */
	if (!done)
		advance->failed = (struct store_due_place){ due->due_at_ms, due->id };
	return advance_note(advance, due->kind, due->subject_sid, context.now_ms, result);
}

/* On the writer's thread. */
static void finish_note(struct write_job *job, bool durable)
{
	struct attempt *attempt =
		(struct attempt *)(void *)((char *)job - offsetof(struct attempt, job));
	struct scheduler *scheduler = attempt->scheduler;
	attempt->durable = durable && !job->refused;
	if (attempt->durable && attempt->result != NULL)
		count_result(scheduler, attempt->result);
	pthread_mutex_lock(&scheduler->mutex);
	attempt->next_message = scheduler->noted;
	scheduler->noted = attempt;
	pthread_mutex_unlock(&scheduler->mutex);
	sender_wake(scheduler->sender);
}

static void submit_note(struct attempt *attempt)
{
	struct scheduler *scheduler = attempt->scheduler;
	if (attempt->advance != NULL)
		attempt->advance->sending = NULL;
	attempt->job = (struct write_job){ .run = run_note, .finished = finish_note };
	if (writer_submit(scheduler->options.writer, &attempt->job))
		return;
	scheduler->look = true;
	attempt->next_message = scheduler->unnoted;
	scheduler->unnoted = attempt;
}

static void finish_transfer(struct transfer *transfer)
{
	submit_note((struct attempt *)transfer);
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
	submit_note(attempt);
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

/* ── picking webhooks ────────────────────────────────────────────────────────────────────── */

static size_t count_in_lane(const struct scheduler *scheduler, const char *lane)
{
	size_t count = 0;
	for (const struct attempt *each = scheduler->under_way; each != NULL; each = each->next)
		count += strcmp(each->due.lane, lane) == 0;
	return count;
}

static bool is_under_way(const struct scheduler *scheduler, int64_t due_id)
{
	for (const struct attempt *each = scheduler->under_way; each != NULL; each = each->next) {
		if (each->due.id == due_id)
			return true;
	}
	return false;
}

/* Loads one and starts it. False when it has none to start. */
static bool pick(struct scheduler *scheduler, struct arena *arena, const struct store_due *due)
{
	struct context context = scheduler_context(scheduler, scheduler->reader, arena);
	struct attempt *attempt = NULL;
	bool current;
	if (account_enter_scope(&context, due->scope, &current).code != 0 || !current)
		return false; /* the sweep takes it away */
	if (attempt_load(&context, due, &attempt).code != 0)
		scheduler->paused_until_us = clock_monotonic_us() + PAUSE_AFTER_FAILURE_US;
	if (attempt == NULL)
		return false;
	attempts_start(scheduler, attempt);
	scheduler->begun++;
	return true;
}

static bool is_of_account(const struct attempt *attempt, const char *scope)
{
	const size_t length = strcspn(scope, "#");
	return strcspn(attempt->due.scope, "#") == length &&
	       memcmp(attempt->due.scope, scope, length) == 0;
}

static bool account_is_full(const struct scheduler *scheduler, const char *scope)
{
	size_t count = 0;
	for (const struct attempt *each = scheduler->under_way; each != NULL; each = each->next)
		count += is_of_account(each, scope);
	return count >= ATTEMPTS_PER_ACCOUNT;
}

/* How far to look into a lane: those under way still stand there; and when an account is full, all
 * that it has there is to be passed by. */
static size_t depth_of_look(const struct scheduler *scheduler)
{
	for (const struct attempt *each = scheduler->under_way; each != NULL; each = each->next) {
		if (account_is_full(scheduler, each->due.scope))
			return 8 * ATTEMPTS_PER_LANE;
	}
	return 2 * ATTEMPTS_PER_LANE;
}

/* Starts at most `share` attempts of a lane. */
static void pick_from_lane(
	struct scheduler *scheduler, struct arena *arena, const char *lane, size_t share)
{
	struct due_rows rows;
	due_rows_init(&rows, arena);
	if (count_in_lane(scheduler, lane) >= ATTEMPTS_PER_LANE)
		return;
	if (store_visit_lane(scheduler->reader, lane, clock_now_ms(), depth_of_look(scheduler),
		    due_rows_add, &rows) != STORE_OK ||
		!rows.complete)
		return;
	for (struct due_row *row = rows.first;
		row != NULL && scheduler->attempt_count < ATTEMPTS_MAXIMUM &&
		count_in_lane(scheduler, lane) < ATTEMPTS_PER_LANE;
		row = row->next) {
		if (is_under_way(scheduler, row->due.id) ||
			advances_find(scheduler, row->due.scope) != NULL ||
			account_is_full(scheduler, row->due.scope))
			continue;
		if (share == 0) {
			scheduler->look = true; /* it goes on when the others had their turn */
			return;
		}
		share -= pick(scheduler, arena, &row->due);
	}
}

struct lane_list {
	struct arena *arena;
	struct lane **last_link;
	size_t count;
};

/* One that finds no memory has its turn another time. */
static void add_lane(void *closure, const char *name)
{
	struct lane_list *list = closure;
	struct lane *lane = arena_alloc(list->arena, sizeof(*lane));
	const char *copy = arena_copy(list->arena, name, strlen(name));
	if (lane == NULL || copy == NULL)
		return;
	lane->name = copy;
	*list->last_link = lane;
	list->last_link = &lane->next;
	list->count++;
}

/* Puts the first `count` lanes of a list behind the others. */
static struct lane *turn_round(struct lane_list *list, struct lane *first, size_t count)
{
	struct lane *last = first;
	if (count == 0)
		return first;
	for (size_t i = 1; i < count; i++)
		last = last->next;
	struct lane *new_first = last->next;
	*list->last_link = first;
	last->next = NULL;
	return new_first;
}

/* Each lane that has work due now is to have its turn: first those that the last turns did not come
 * to, since places were taken or an account was full. Gives their number. */
static size_t line_up_lanes(struct scheduler *scheduler)
{
	struct lane *first = NULL;
	struct lane_list list = { &scheduler->lane_arena, &first, 0 };
	arena_reset(&scheduler->lane_arena);
	if (store_visit_due_lanes(scheduler->reader, clock_now_ms(), add_lane, &list) != STORE_OK)
		scheduler->paused_until_us = clock_monotonic_us() + PAUSE_AFTER_FAILURE_US;
	scheduler->lanes =
		list.count > 0 ? turn_round(&list, first, scheduler->begun % list.count) : NULL;
	return list.count;
}

static void serve_lanes(struct scheduler *scheduler, struct arena *arena, size_t share)
{
	while (scheduler->lanes != NULL && scheduler->attempt_count < ATTEMPTS_MAXIMUM) {
		const char *name = scheduler->lanes->name;
		scheduler->lanes = scheduler->lanes->next;
		pick_from_lane(scheduler, arena, name, share);
	}
}

void attempts_pick(struct scheduler *scheduler, struct arena *arena)
{
	serve_lanes(scheduler, arena, 1);
	if (scheduler->lanes != NULL || scheduler->attempt_count >= ATTEMPTS_MAXIMUM)
		return;
	const size_t room = ATTEMPTS_MAXIMUM - scheduler->attempt_count;
	const size_t lanes = line_up_lanes(scheduler);
	serve_lanes(scheduler, arena, lanes > 0 && lanes < room ? room / lanes : 1);
}

void attempts_submit_again(struct scheduler *scheduler)
{
	struct attempt *attempt = scheduler->unnoted;
	scheduler->unnoted = NULL;
	while (attempt != NULL) {
		struct attempt *next = attempt->next_message;
		submit_note(attempt);
		attempt = next;
	}
}

void attempts_take_noted(struct scheduler *scheduler, struct attempt *attempt)
{
	struct advance *advance = attempt->advance;
	const bool durable = attempt->durable;
	if (!durable)
		scheduler->paused_until_us = clock_monotonic_us() + PAUSE_AFTER_FAILURE_US;
	forget_attempt(scheduler, attempt);
	scheduler->look = true;
	if (advance != NULL) {
		advance->attempt = NULL;
		advance->state = ADVANCE_AGAIN;
		advance->durable = durable;
		advances_move_on(scheduler, advance);
	}
}
