/* SPDX-License-Identifier: MIT */
/*
 * The one thread that writes.
 *
 * It takes all jobs that wait, runs them in one transaction, commits once, and only then says how
 * each went: one disk flush serves everybody who waits. What a refused job wrote is undone, and
 * nothing else. Rules that a job checks hold until its commit, since nobody else writes.
 */
#ifndef STORE_WRITER_H
#define STORE_WRITER_H

#include <stdbool.h>

#include "model/change.h"
#include "store/store.h"

struct writer;

struct write_job {
	struct write_job *next; /* the writer's, while the job is queued */
	/* Does the work, on the writer's thread. False: what it wrote is undone. */
	bool (*run)(struct write_job *job, struct store_connection *connection);
	/* Called on the writer's thread once the fate of the batch is known. `durable` is false
	 * when the commit failed: nothing of the batch happened. The job is the caller's again. */
	void (*finished)(struct write_job *job, bool durable);
	const char *request_id; /* on whose behalf; until `finished` is called. NULL: nobody's */
	/* `run` may be called again after what it wrote was undone; what it said then is void. So
	 * it has no effects but on the database, its answer, and changes. */
	bool can_repeat;
	bool refused; /* the writer's: `run` gave false */
};

/*
 * Within a job: does `work` in a savepoint of its own. What it wrote is undone when it gives false,
 * and the job can go on. `ret_done` is what it gave. False: nothing more can be done in this
 * transaction, and the job must give false.
 */
bool store_try(struct store_connection *connection, bool (*work)(void *closure), void *closure,
	bool *ret_done);

/* What the writer calls, on its thread. */
struct writer_observer {
	/* A batch is durable, and none of its jobs is finished: nobody was answered yet. `complete`
	 * false: it changed more than these. */
	void (*committed)(void *closure, const struct change *changes, size_t count, bool complete);
	/* After each batch, when every job of it was finished. */
	void (*batch_finished)(void *closure);
	/* The log file was copied into the database file: snapshots held elsewhere now pin it. */
	void (*checkpointed)(void *closure);
	void *closure;
};

/* Starts the thread on a connection that writes, which the writer owns from then on, and closes.
 * NULL after logging why; the connection is closed then, too. */
struct writer *writer_start(struct store_connection *connection, struct writer_observer observer);

/* Counts, for metrics. Any thread. */
struct writer_counts {
	size_t queued;
	unsigned long long batches, jobs, largest; /* since the start; jobs of the largest batch */
};
void writer_count(struct writer *writer, struct writer_counts *ret_counts);

/* Queues a job. False when the queue is full: the job is still the caller's. Any thread. */
bool writer_submit(struct writer *writer, struct write_job *job);

/* Work that is not through at that time (clock_monotonic_us; 0: never) fails, with its batch: an
 * import or a copy of an account could take much longer than a stop may. Short work is done even
 * then. Any thread; NULL is harmless. */
void writer_give_up_at(struct writer *writer, int64_t at_us);

/* Finishes every queued job, ends the thread, closes its connection. NULL is harmless. */
void writer_stop(struct writer *writer);

/* Runs one job in a transaction of its own, on the calling thread, without a writer: for work
 * before the server starts. False when the job refused or the commit failed. */
bool writer_run_alone(struct store_connection *connection, struct write_job *job);

#endif
