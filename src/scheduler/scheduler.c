/* SPDX-License-Identifier: MIT */
/*
 * One loop: takes what other threads handed over, looks for due work, moves advances on, then lets
 * the sender wait for the network, for a device, for the next due time, or to be woken.
 *
 * Due work stays in the database until the transaction that records its outcome, so what was under
 * way when the process ends is begun again.
 *
 * Who calls whom: this file all others; lanes and expiry ask advances; advances start attempts;
 * attempts stand on the ground. What goes the other way is a callback or mail.
 */
#include "scheduler/scheduler.h"

#include <stdlib.h>

#include "scheduler/datagrams.h"
#include "scheduler/own_work.h"
#include "scheduler/expiry.h"
#include "scheduler/lanes.h"
#include "scheduler/sweep.h"
#include "util/clock.h"

enum { LONGEST_WAIT_MS = 60000, EXPIRY_CHECK_MS = 200, LANES_CHECK_MS = 50 };

struct scheduler {
	struct store *store;
	int listening_socket; /* where datagrams come; -1: nowhere */
	pthread_t thread;
	struct ground ground;
	struct attempts attempts;
	struct advances advances;
	struct lanes lanes;
	struct datagrams datagrams;
	struct own_work own_work;
	struct expiry expiry;
	struct sweep sweep;

	/* The thread's own. */
	uint_fast64_t seen_changes; /* those that were looked for */
	int64_t next_wake_ms;	    /* real time */

	struct mail stop;
	int64_t stop_by_us;			/* set before the mail is posted */
	atomic_bool watches_registry;		/* some may expire, and the thread knows it */
	atomic_uint_fast64_t announced_changes; /* those that the thread was woken for */
};

/* ── looking for work ────────────────────────────────────────────────────────────────────── */

/* Finds out when work falls due next. */
static void plan_next_look(struct scheduler *scheduler, int64_t now_ms)
{
	const enum store_result next =
		store_next_wake(scheduler->ground.reader, now_ms, &scheduler->next_wake_ms);
	if (next != STORE_OK)
		scheduler->next_wake_ms = INT64_MAX;
	if (next == STORE_FAILED)
		ground_pause(&scheduler->ground);
}

/* Lets lanes have their turns, after which some may have to wait. */
static void serve_lanes(struct scheduler *scheduler, int64_t now_ms, bool changed)
{
	struct arena arena;
	arena_init(&arena);
	if (!lanes_serve(&scheduler->lanes, &arena, changed) &&
		scheduler->next_wake_ms > now_ms + LANES_CHECK_MS)
		scheduler->next_wake_ms = now_ms + LANES_CHECK_MS;
	arena_done(&arena);
}

/*
 * Looks for what is due, and for when to look again. Without `changed`, webhooks that were found
 * before go on: there is room for them now.
 *
 * Why this order: the moment and the count of changes are taken before the snapshot, so that what
 * comes between is rather looked for twice than never. Our own work goes to the writer first, which
 * does it while we read lanes. The sweep comes last: nobody waits for it.
 */
static void look_for_work(struct scheduler *scheduler, bool changed)
{
	struct ground *ground = &scheduler->ground;
	const int64_t now_ms = clock_now_ms();
	ground->go_on = false;
	if (changed) {
		ground->look = false;
		scheduler->seen_changes = store_due_changes(scheduler->store);
	}
	if (!store_snapshot_renew(ground->reader)) {
		ground_pause(ground);
		return;
	}
	if (changed) {
		own_work_look(&scheduler->own_work, now_ms);
		plan_next_look(scheduler, now_ms);
	}
	serve_lanes(scheduler, now_ms, changed);
	if (changed)
		sweep_look(&scheduler->sweep);
	store_snapshot_end(ground->reader);
}

static bool work_is_due(struct scheduler *scheduler)
{
	return scheduler->ground.look || clock_now_ms() >= scheduler->next_wake_ms ||
	       store_due_changes(scheduler->store) != scheduler->seen_changes;
}

/* ── the loop ────────────────────────────────────────────────────────────────────────────── */

/* True when accounts may expire. Says so only once it knows, so that scheduler_look, which may be
 * called meanwhile, rather wakes once too often. */
static bool watch_accounts(struct scheduler *scheduler)
{
	atomic_store(&scheduler->watches_registry, false);
	const bool may_expire = registry_may_expire(scheduler->ground.registry);
	atomic_store(&scheduler->watches_registry, may_expire);
	return may_expire;
}

/* During a pause nothing is done, whatever falls due. `late_ms`: until attempts_begin_late. */
static int time_to_wait(struct scheduler *scheduler, int64_t late_ms)
{
	int64_t wait_ms = LONGEST_WAIT_MS;
	if (scheduler->ground.look)
		wait_ms = outcomes_wait(&scheduler->attempts.outcomes) ? 10 : 1;
	if (scheduler->ground.go_on)
		wait_ms = 0;
	const int64_t due_ms = scheduler->next_wake_ms - clock_now_ms();
	if (scheduler->next_wake_ms != INT64_MAX && due_ms < wait_ms)
		wait_ms = due_ms > 0 ? due_ms : 0;
	if (late_ms < wait_ms)
		wait_ms = late_ms;
	if (watch_accounts(scheduler) && wait_ms > EXPIRY_CHECK_MS)
		wait_ms = EXPIRY_CHECK_MS;
	const int64_t pause_ms = ground_pause_left_ms(&scheduler->ground);
	return (int)(wait_ms > pause_ms ? wait_ms : pause_ms);
}

/* One turn without a stop in sight. Why this order: outcomes go to the writer, and advances begin,
 * after the look: both have to know what it has begun. */
static void take_turn(struct scheduler *scheduler)
{
	const bool due = work_is_due(scheduler);
	if ((due || scheduler->ground.go_on) && ground_pause_left_ms(&scheduler->ground) == 0)
		look_for_work(scheduler, due);
	attempts_submit(&scheduler->attempts);
	advances_begin(&scheduler->advances);
	if (registry_may_expire(scheduler->ground.registry))
		expiry_look(&scheduler->expiry);
	const int64_t late_ms = attempts_begin_late(&scheduler->attempts);
	if (sender_poll(scheduler->ground.sender, scheduler->listening_socket,
		    time_to_wait(scheduler, late_ms)))
		datagrams_take(&scheduler->datagrams);
}

/* One turn of a stop. True when it is the last: nothing is sent any more, or time is up. All
 * outcomes that have come are recorded even then: they would be sent again. What the writer has of
 * an advance must come back, since somebody waits for it. */
static bool take_last_turn(struct scheduler *scheduler)
{
	struct sender *sender = scheduler->ground.sender;
	const bool late = clock_monotonic_us() >= scheduler->stop_by_us;
	attempts_submit(&scheduler->attempts);
	advances_end(&scheduler->advances, late);
	if (scheduler->advances.first == NULL && (late || sender_active(sender) == 0) &&
		!outcomes_wait(&scheduler->attempts.outcomes))
		return true;
	sender_poll(sender, -1, 10);
	return false;
}

/* Why this order: mail comes first, since what follows goes by what it tells. Within it, what came
 * first is taken first: nothing overtakes a stop, or another advance of its account. */
static void *scheduler_loop(void *closure)
{
	struct scheduler *scheduler = closure;
	struct mailbox *mailbox = &scheduler->ground.mailbox;
	for (;;) {
		mailbox_take(mailbox);
		if (!scheduler->ground.ending)
			take_turn(scheduler);
		else if (take_last_turn(scheduler))
			break;
	}
	/* Advances that were handed over since are refused. */
	mailbox_close(mailbox);
	mailbox_take(mailbox);
	advances_end(&scheduler->advances, true);
	return NULL;
}

/* ── from other threads ──────────────────────────────────────────────────────────────────── */

void scheduler_look(struct scheduler *scheduler)
{
	const uint_fast64_t changes = store_due_changes(scheduler->store);
	const bool is_new = atomic_exchange(&scheduler->announced_changes, changes) != changes;
	if (is_new || (!atomic_load(&scheduler->watches_registry) &&
			      registry_may_expire(scheduler->ground.registry)))
		sender_wake(scheduler->ground.sender);
}

void scheduler_advance(struct scheduler *scheduler, struct advance *advance)
{
	advances_submit(&scheduler->advances, advance);
}

void scheduler_count_attempts(
	const struct scheduler *scheduler, uint64_t ret_counts[ATTEMPT_RESULTS])
{
	attempt_results_read(&scheduler->attempts.outcomes.results, ret_counts);
}

static void take_stop(void *closure)
{
	struct scheduler *scheduler = closure;
	scheduler->ground.ending = true;
}

void scheduler_stop(struct scheduler *scheduler, int64_t stop_by_us)
{
	scheduler->stop_by_us = stop_by_us;
	mailbox_post(&scheduler->ground.mailbox, &scheduler->stop, take_stop, scheduler);
}

/* ── life cycle ──────────────────────────────────────────────────────────────────────────── */

static void init_parts(struct scheduler *scheduler)
{
	struct ground *ground = &scheduler->ground;
	attempts_init(&scheduler->attempts, ground);
	advances_init(&scheduler->advances, ground, &scheduler->attempts);
	lanes_init(&scheduler->lanes, ground, &scheduler->attempts, &scheduler->advances);
	datagrams_init(&scheduler->datagrams, ground);
	own_work_init(&scheduler->own_work, ground);
	expiry_init(&scheduler->expiry, ground, &scheduler->advances);
	sweep_init(&scheduler->sweep, ground);
}

bool scheduler_start(const struct scheduler_options *options, struct scheduler **ret_scheduler,
	struct failure *failure)
{
	struct scheduler *scheduler = calloc(1, sizeof(*scheduler));
	if (scheduler == NULL)
		return failure_set(failure, EX_OSERR, "out of memory");
	scheduler->store = options->store;
	scheduler->listening_socket = options->device_listens ? options->device_socket : -1;
	scheduler->next_wake_ms = INT64_MAX;
	scheduler->ground = (struct ground){
		.writer = options->writer,
		.registry = options->registry,
		.policy = options->policy,
		.watch = options->watch,
		.device_socket = options->device_socket,
		.sender = sender_new(options->policy->allow_egress),
		.look = !store_is_new(options->store), /* what a seed brings counts as changes */
	};
	if (scheduler->ground.sender != NULL && options->policy->webhook_ca != NULL)
		sender_trust(scheduler->ground.sender, options->policy->webhook_ca,
			options->policy->webhook_ca_length);
	failure_set(failure, EX_OSERR, "cannot start the scheduler");
	scheduler->ground.reader = store_connect(options->store, false, failure);
	mailbox_init(&scheduler->ground.mailbox, scheduler->ground.sender);
	init_parts(scheduler);
	if (scheduler->ground.sender == NULL || scheduler->ground.reader == NULL ||
		pthread_create(&scheduler->thread, NULL, scheduler_loop, scheduler) != 0) {
		scheduler_free(scheduler);
		return false;
	}
	*ret_scheduler = scheduler;
	return true;
}

void scheduler_join(struct scheduler *scheduler)
{
	pthread_join(scheduler->thread, NULL);
}

void scheduler_free(struct scheduler *scheduler)
{
	if (scheduler == NULL)
		return;
	mailbox_take(&scheduler->ground.mailbox); /* what the writer was last with is freed */
	sender_free(scheduler->ground.sender);
	attempts_done(&scheduler->attempts);
	lanes_done(&scheduler->lanes);
	own_work_done(&scheduler->own_work);
	expiry_done(&scheduler->expiry);
	sweep_done(&scheduler->sweep);
	store_disconnect(scheduler->ground.reader);
	mailbox_done(&scheduler->ground.mailbox);
	free(scheduler);
}
