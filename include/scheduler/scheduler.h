/* SPDX-License-Identifier: MIT */
/*
 * The thread that lets time pass: it has work done when it falls due on its account's clock, sends
 * webhooks, advances clocks on request, takes datagrams from devices, ends idle accounts, and
 * sweeps away what ended ones left.
 *
 * Whatever changes the database goes through the writer. An account's webhooks to one receiver
 * share a lane. Of 64 places a receiver has at most 8, over all accounts, and an account 32: one
 * that hangs delays nobody else.
 */
#ifndef SCHEDULER_SCHEDULER_H
#define SCHEDULER_SCHEDULER_H

#include "engine/registry.h"
#include "scheduler/advance.h"
#include "scheduler/attempt_results.h"
#include "store/writer.h"
#include "util/failure.h"
#include "watch/watch.h"

struct scheduler;

struct scheduler_options {
	struct store *store;
	struct writer *writer;
	struct registry *registry;
	const struct policy *policy;
	struct watch *watch;
	int device_socket;   /* sends datagrams to devices; the caller's */
	bool device_listens; /* and takes theirs */
};

/* Counters of webhook attempts. Any thread. */
void scheduler_count_attempts(
	const struct scheduler *scheduler, uint64_t ret_counts[ATTEMPT_RESULTS]);

/* Starts the thread. False with `failure`. The options' parts must outlive it. */
bool scheduler_start(const struct scheduler_options *options, struct scheduler **ret_scheduler,
	struct failure *failure);

/* To be called after each of the writer's batches, once its jobs have recorded accounts that may
 * expire: looks whether there is new work. Any thread. */
void scheduler_look(struct scheduler *scheduler);

/* Hands over a request to advance a clock. Its `finished` is called when all is done, or when the
 * scheduler stops, with a 503: at once, and on the calling thread, when it has ended. Any thread.
 */
void scheduler_advance(struct scheduler *scheduler, struct advance *advance);

/* Begins to stop: advances end with the step that they are in, nothing new is begun, transfers may
 * take until `stop_by_us`. To be called once. Any thread. */
void scheduler_stop(struct scheduler *scheduler, int64_t stop_by_us);

/* Waits for the thread's end. The writer may still have work of it, which writer_stop completes. */
void scheduler_join(struct scheduler *scheduler);

/* Frees it, once the writer has stopped. NULL is harmless. */
void scheduler_free(struct scheduler *scheduler);

#endif
