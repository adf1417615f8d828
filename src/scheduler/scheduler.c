/* SPDX-License-Identifier: MIT */
/*
 * One loop: takes what the writer gave back, looks for due work, moves advances on, then lets the
 * sender wait for the network, for a device, for the next due time, or to be woken.
 *
 * Due work stays in the database until the transaction that notes its outcome, so what was under
 * way when the process ends is begun again. Attempts under way are remembered here, so that none is
 * begun twice; they count as under way until the note is durable.
 */
#include "scheduler/scheduler.h"

#include <stdlib.h>
#include <string.h>

#include "device/udp.h"
#include "engine/account.h"
#include "service/due_work.h"
#include "service/resources.h"
#include "scheduler/due_try.h"
#include "scheduler/internal.h"
#include "util/clock.h"
#include "util/log.h"
#include "webhook/address.h"

enum {
	DUE_PER_TRANSACTION = 100,
	SWEPT_PER_TRANSACTION = 500,
	LONGEST_WAIT_MS = 60000,
	EXPIRY_CHECK_MS = 200,
	LANES_CHECK_MS = 50
};

struct context scheduler_context(
	const struct scheduler *scheduler, struct store_connection *connection, struct arena *arena)
{
	return (struct context){
		.connection = connection,
		.arena = arena,
		.policy = scheduler->options.policy,
		.rules = service_rules,
		.registry = scheduler->options.registry,
		.path = "",
	};
}

void scheduler_pause(struct scheduler *scheduler)
{
	scheduler->paused_until_us = clock_monotonic_us() + PAUSE_AFTER_FAILURE_US;
	scheduler->look = true;
}

int64_t scheduler_pause_left_ms(const struct scheduler *scheduler)
{
	const int64_t left_us = scheduler->paused_until_us - clock_monotonic_us();
	return left_us > 0 ? left_us / 1000 + 1 : 0;
}

/* A device's address was judged when it was set, which may have been under other options. */
static bool may_be_sent(const struct scheduler *scheduler, const struct datagram *datagram)
{
	struct sockaddr_in address;
	return udp_parse(datagram->address, false, &address) &&
	       address_may_be_called(
		       (const struct sockaddr *)&address, scheduler->options.policy->allow_egress);
}

void scheduler_send_datagrams(const struct scheduler *scheduler, const struct datagram *datagram)
{
	for (; datagram != NULL; datagram = datagram->next) {
		if (may_be_sent(scheduler, datagram))
			udp_send(scheduler->options.device_socket, datagram->address,
				datagram->bytes, datagram->length);
		else
			log_line(LOG_WARNING,
				"a datagram to the device %s was lost: this address may not be "
				"sent to",
				datagram->address);
	}
}

/* ── our own due work ────────────────────────────────────────────────────────────────────── */

void due_rows_init(struct due_rows *rows, struct arena *arena)
{
	*rows = (struct due_rows){ .arena = arena, .complete = true };
	rows->last_link = &rows->first;
}

void due_rows_add(void *closure, const struct store_due *due)
{
	struct due_rows *rows = closure;
	struct due_row *row = arena_alloc(rows->arena, sizeof(*row));
	if (row == NULL) {
		rows->complete = false;
		return;
	}
	row->due = *due;
	row->due.namespace = arena_copy(rows->arena, due->namespace, strlen(due->namespace));
	row->due.kind = arena_copy(rows->arena, due->kind, strlen(due->kind));
	row->due.subject_sid = arena_copy(rows->arena, due->subject_sid, strlen(due->subject_sid));
	row->due.receiver = arena_copy(rows->arena, due->receiver, strlen(due->receiver));
	rows->complete = rows->complete && row->due.namespace != NULL && row->due.kind != NULL &&
			 row->due.subject_sid != NULL && row->due.receiver != NULL;
	*rows->last_link = row;
	rows->last_link = &row->next;
}

/* Runs work in its account, if that has this namespace still. */
static struct api_error run_row(
	struct context *context, const struct store_due *due, const char **ret_result)
{
	bool current;
	context->clock =
		account_clock_real(); /* for whoever puts it off when there is no account */
	const struct api_error error = account_enter_namespace(context, due->namespace, &current);
	*ret_result = "void";
	if (is_error(error))
		return error;
	return current ? due_work_run(context, due, ret_result)
		       : error_of_store(store_remove_due(context->connection, due));
}

/* On the writer's thread. */
static bool run_due_job(struct write_job *job, struct store_connection *connection)
{
	struct single_job *single = (struct single_job *)job;
	struct context context = scheduler_context(single->scheduler, connection, &single->arena);
	struct due_rows rows;
	due_rows_init(&rows, &single->arena);
	if (store_visit_lane(connection, "", clock_now_ms(), DUE_PER_TRANSACTION, due_rows_add,
		    &rows) != STORE_OK ||
		!rows.complete)
		return false;
	for (struct due_row *row = rows.first; row != NULL; row = row->next) {
		const char *result;
		bool done;
		if (!due_try(&context, &row->due, run_row, &done, &result))
			return false;
		if (!done && is_error(due_put_off(&context, &row->due)))
			return false;
	}
	single->datagrams = context.datagrams;
	return true;
}

/* On the writer's thread. */
static bool run_sweep_job(struct write_job *job, struct store_connection *connection)
{
	struct single_job *single = (struct single_job *)job;
	return store_sweep(connection, SWEPT_PER_TRANSACTION, &single->arena, &single->forgotten) ==
	       STORE_OK;
}

/* On the writer's thread. */
static void finish_single_job(struct write_job *job, bool durable)
{
	struct single_job *single = (struct single_job *)job;
	struct scheduler *scheduler = single->scheduler;
	const bool good = durable && !job->refused;
	if (good && single->forgotten != NULL)
		registry_forget(scheduler->options.registry, single->forgotten);
	if (good)
		scheduler_send_datagrams(scheduler, single->datagrams);
	else
		log_line(LOG_ERROR, "due work could not be done; it will be tried again");
	pthread_mutex_lock(&scheduler->mutex);
	*(single == &scheduler->due ? &scheduler->due_finished : &scheduler->sweep_finished) = true;
	single->durable = good;
	pthread_mutex_unlock(&scheduler->mutex);
	sender_wake(scheduler->sender);
}

static void submit_single(struct scheduler *scheduler, struct single_job *single,
	bool (*run)(struct write_job *, struct store_connection *))
{
	if (single->busy)
		return;
	single->job = (struct write_job){ .run = run, .finished = finish_single_job };
	single->scheduler = scheduler;
	single->datagrams = NULL;
	single->forgotten = NULL;
	arena_reset(&single->arena);
	single->busy = writer_submit(scheduler->options.writer, &single->job);
	if (!single->busy)
		scheduler->look = true; /* the writer has no room now */
}

/* ── the loop ────────────────────────────────────────────────────────────────────────────── */

static void remember_any(void *closure, const struct store_due *due)
{
	(void)due;
	*(bool *)closure = true;
}

/* Looks for what is due, and for when to look again. */
static void look_for_work(struct scheduler *scheduler)
{
	struct arena arena;
	bool own = false;
	const int64_t now_ms = clock_now_ms();
	scheduler->look = false;
	scheduler->seen_changes = store_due_changes(scheduler->options.store);
	if (!store_snapshot_renew(scheduler->reader)) {
		scheduler_pause(scheduler);
		return;
	}
	arena_init(&arena);
	if (store_visit_lane(scheduler->reader, "", now_ms, 1, remember_any, &own) != STORE_OK)
		scheduler_pause(scheduler);
	if (own)
		submit_single(scheduler, &scheduler->due, run_due_job);
	const bool served = lanes_serve(scheduler, &arena);
	const enum store_result next =
		store_next_wake(scheduler->reader, now_ms, &scheduler->next_wake_ms);
	if (next != STORE_OK)
		scheduler->next_wake_ms = INT64_MAX;
	if (next == STORE_FAILED)
		scheduler_pause(scheduler);
	if (!served && scheduler->next_wake_ms > now_ms + LANES_CHECK_MS)
		scheduler->next_wake_ms = now_ms + LANES_CHECK_MS;
	const enum store_result ended = store_has_ended_namespace(scheduler->reader);
	if (ended == STORE_FAILED)
		scheduler_pause(scheduler);
	if (ended == STORE_OK)
		submit_single(scheduler, &scheduler->sweep, run_sweep_job);
	store_snapshot_end(scheduler->reader);
	arena_done(&arena);
}

/* Takes a finished single job back; what it left to do is looked for again. */
static void take_single(struct scheduler *scheduler, struct single_job *single, bool finished)
{
	if (!finished)
		return;
	single->busy = false;
	scheduler->look = true;
	if (!single->durable)
		scheduler_pause(scheduler);
}

/* Takes what other threads handed over. True when the scheduler is to stop. */
static bool take_messages(struct scheduler *scheduler, int64_t *ret_stop_by_us)
{
	pthread_mutex_lock(&scheduler->mutex);
	struct attempt *recorded = scheduler->recorded;
	struct advance *stepped = scheduler->stepped, *submitted = scheduler->submitted;
	const bool due_finished = scheduler->due_finished;
	const bool sweep_finished = scheduler->sweep_finished;
	scheduler->ending = scheduler->stopping;
	scheduler->one_time_jobs -= scheduler->one_time_finished;
	scheduler->one_time_finished = 0;
	const bool one_time_failed = scheduler->one_time_failed;
	scheduler->one_time_failed = false;
	scheduler->recorded = NULL;
	scheduler->stepped = scheduler->submitted = NULL;
	scheduler->due_finished = scheduler->sweep_finished = false;
	*ret_stop_by_us = scheduler->stop_by_us;
	pthread_mutex_unlock(&scheduler->mutex);
	if (one_time_failed)
		scheduler_pause(scheduler);
	take_single(scheduler, &scheduler->due, due_finished);
	take_single(scheduler, &scheduler->sweep, sweep_finished);
	for (struct advance *next; submitted != NULL; submitted = next) {
		next = submitted->next_message;
		advances_add(scheduler, submitted);
	}
	for (struct attempt *next; recorded != NULL; recorded = next) {
		next = recorded->next_message;
		attempts_take_recorded(scheduler, recorded);
	}
	for (struct advance *next; stepped != NULL; stepped = next) {
		next = stepped->next_message;
		advances_move_on(scheduler, stepped);
	}
	return scheduler->ending;
}

/* True when accounts may expire. Says so only once it knows, so that scheduler_look, which may be
 * called meanwhile, rather wakes once too often. */
static bool watch_accounts(struct scheduler *scheduler)
{
	atomic_store(&scheduler->watches_registry, false);
	const bool may_expire = registry_may_expire(scheduler->options.registry);
	atomic_store(&scheduler->watches_registry, may_expire);
	return may_expire;
}

/* During a pause nothing is done, whatever falls due. */
static int time_to_wait(struct scheduler *scheduler)
{
	int64_t wait_ms = LONGEST_WAIT_MS;
	if (scheduler->look)
		wait_ms = scheduler->unrecorded != NULL ? 10 : 1;
	const int64_t due_ms = scheduler->next_wake_ms - clock_now_ms();
	if (scheduler->next_wake_ms != INT64_MAX && due_ms < wait_ms)
		wait_ms = due_ms > 0 ? due_ms : 0;
	if (watch_accounts(scheduler) && wait_ms > EXPIRY_CHECK_MS)
		wait_ms = EXPIRY_CHECK_MS;
	const int64_t pause_ms = scheduler_pause_left_ms(scheduler);
	return (int)(wait_ms > pause_ms ? wait_ms : pause_ms);
}

static bool work_is_due(struct scheduler *scheduler)
{
	if (scheduler_pause_left_ms(scheduler) > 0)
		return false;
	return scheduler->look || clock_now_ms() >= scheduler->next_wake_ms ||
	       store_due_changes(scheduler->options.store) != scheduler->seen_changes;
}

/* One turn without a stop in sight. */
static void take_turn(struct scheduler *scheduler)
{
	attempts_submit_again(scheduler);
	if (work_is_due(scheduler))
		look_for_work(scheduler);
	advances_begin(scheduler);
	if (registry_may_expire(scheduler->options.registry))
		jobs_end_idle_accounts(scheduler);
	const int device =
		scheduler->options.device_listens ? scheduler->options.device_socket : -1;
	if (sender_poll(scheduler->sender, device, time_to_wait(scheduler)))
		jobs_take_datagrams(scheduler);
}

/* One turn of a stop. True when it is the last: nothing is under way, or time is up. What the
 * writer has of an advance must come back, since somebody waits for it. */
static bool take_last_turn(struct scheduler *scheduler, int64_t stop_by_us)
{
	const bool late = clock_monotonic_us() >= stop_by_us;
	attempts_submit_again(scheduler);
	advances_end(scheduler, late);
	if (scheduler->advances == NULL && (late || sender_active(scheduler->sender) == 0))
		return true;
	sender_poll(scheduler->sender, -1, 10);
	return false;
}

static void *scheduler_loop(void *closure)
{
	struct scheduler *scheduler = closure;
	int64_t stop_by_us;
	for (;;) {
		if (!take_messages(scheduler, &stop_by_us))
			take_turn(scheduler);
		else if (take_last_turn(scheduler, stop_by_us))
			break;
	}
	advances_close(scheduler);
	return NULL;
}

/* ── life cycle ──────────────────────────────────────────────────────────────────────────── */

bool scheduler_start(const struct scheduler_options *options, struct scheduler **ret_scheduler,
	struct failure *failure)
{
	struct scheduler *scheduler = calloc(1, sizeof(*scheduler));
	if (scheduler == NULL)
		return failure_set(failure, EX_OSERR, "out of memory");
	scheduler->options = *options;
	scheduler->look = true;
	scheduler->next_wake_ms = INT64_MAX;
	pthread_mutex_init(&scheduler->mutex, NULL);
	arena_init(&scheduler->due.arena);
	arena_init(&scheduler->sweep.arena);
	lanes_init(scheduler);
	failure_set(failure, EX_OSERR, "cannot start the scheduler");
	scheduler->sender = sender_new(options->policy->allow_egress);
	scheduler->reader = store_connect(options->store, false, failure);
	if (scheduler->sender == NULL || scheduler->reader == NULL ||
		pthread_create(&scheduler->thread, NULL, scheduler_loop, scheduler) != 0) {
		scheduler_free(scheduler);
		return false;
	}
	*ret_scheduler = scheduler;
	return true;
}

void scheduler_look(struct scheduler *scheduler)
{
	const uint_fast64_t changes = store_due_changes(scheduler->options.store);
	const bool is_new = atomic_exchange(&scheduler->announced_changes, changes) != changes;
	if (is_new || (!atomic_load(&scheduler->watches_registry) &&
			      registry_may_expire(scheduler->options.registry)))
		sender_wake(scheduler->sender);
}

void scheduler_stop(struct scheduler *scheduler, int64_t stop_by_us)
{
	pthread_mutex_lock(&scheduler->mutex);
	scheduler->stopping = true;
	scheduler->stop_by_us = stop_by_us;
	pthread_mutex_unlock(&scheduler->mutex);
	sender_wake(scheduler->sender);
}

void scheduler_join(struct scheduler *scheduler)
{
	pthread_join(scheduler->thread, NULL);
}

void scheduler_free(struct scheduler *scheduler)
{
	if (scheduler == NULL)
		return;
	sender_free(scheduler->sender);
	while (scheduler->under_way != NULL) {
		struct attempt *attempt = scheduler->under_way;
		scheduler->under_way = attempt->next;
		attempt_free(attempt);
	}
	arena_done(&scheduler->due.arena);
	arena_done(&scheduler->sweep.arena);
	arena_done(&scheduler->lane_arena);
	store_disconnect(scheduler->reader);
	pthread_mutex_destroy(&scheduler->mutex);
	free(scheduler);
}
