/* SPDX-License-Identifier: MIT */
/* What the files of the scheduler share. Nothing outside of it includes this. */
#ifndef SCHEDULER_INTERNAL_H
#define SCHEDULER_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "scheduler/attempt.h"
#include "scheduler/scheduler.h"

/* An account has half of the places at most: its receivers may all hang. */
enum { ATTEMPTS_MAXIMUM = 64, ATTEMPTS_PER_ACCOUNT = 32, ATTEMPTS_PER_RECEIVER = 8 };
enum { PAUSE_AFTER_FAILURE_US = 1000 * 1000 };

/* Work for the writer of which there is never more than one at a time. */
struct single_job {
	struct write_job job;
	struct scheduler *scheduler;
	struct datagram *datagrams;
	struct arena arena;
	const char *forgotten; /* an account of which the sweep left nothing, or NULL */
	bool busy;	       /* the writer has it */
	bool durable;	       /* it was done */
};

/* What an account has for one receiver. */
struct lane {
	struct lane *next;
	const char *namespace;
	const char *receiver;
};

struct lane_queue {
	struct lane *first, **last_link;
};

struct scheduler {
	struct scheduler_options options;
	struct sender *sender;
	struct store_connection *reader; /* holds no snapshot while the thread waits */
	pthread_t thread;

	/* The thread's own. */
	struct attempt *under_way;
	size_t attempt_count;
	struct attempt *unrecorded; /* the writer had no room for their notes */
	struct lane_queue lanes;    /* had work due; their turn is to come */
	struct lane_queue aside;    /* likewise, but their account is full */
	struct arena lane_arena;
	int64_t lanes_read_us;
	uint64_t begun; /* attempts from lanes, since the start: whose turn comes first */
	struct advance *advances;
	struct single_job due, sweep;
	size_t one_time_jobs; /* with the writer: datagrams, ends of accounts */
	uint_fast64_t seen_changes;
	bool look;
	bool ending;				/* nothing new is begun */
	int64_t next_wake_ms;			/* real time */
	int64_t paused_until_us;		/* after a failure: scheduler_pause */
	atomic_ullong results[ATTEMPT_RESULTS]; /* read by any thread */

	pthread_mutex_t mutex; /* guards what follows: other threads hand things over */
	struct attempt *recorded;
	struct advance *stepped;
	struct advance *submitted;
	bool due_finished, sweep_finished;
	size_t one_time_finished;
	bool one_time_failed;	 /* one of them, by the database */
	uint64_t datagrams_lost; /* since that was last said */
	int64_t loss_said_us;
	bool stopping;
	bool ended; /* the loop is: nobody takes what is handed over */
	int64_t stop_by_us;
	atomic_bool watches_registry;		/* some may expire, and the thread knows it */
	atomic_uint_fast64_t announced_changes; /* those that the thread was woken for */
};

/* The context of a job or a look, not yet in any account. */
struct context scheduler_context(const struct scheduler *scheduler,
	struct store_connection *connection, struct arena *arena);

/* After a failure of the database: nothing is looked for during a pause, all is after it. */
void scheduler_pause(struct scheduler *scheduler);

/* What is left of a pause; 0 when there is none. */
int64_t scheduler_pause_left_ms(const struct scheduler *scheduler);

/* Sends what a transaction left to be sent, now that it is durable. */
void scheduler_send_datagrams(const struct scheduler *scheduler, const struct datagram *datagram);

/* Rows of due work, copied into an arena. */
struct due_row {
	struct due_row *next;
	struct store_due due;
};

struct due_rows {
	struct arena *arena;
	struct due_row *first, **last_link;
	bool complete;
};

void due_rows_init(struct due_rows *rows, struct arena *arena);

/* A store_due_visitor whose closure is a struct due_rows. */
void due_rows_add(void *closure, const struct store_due *due);

/* Takes datagrams that came from devices. */
void jobs_take_datagrams(struct scheduler *scheduler);

/* Ends an account that has been idle for too long, if there is one. */
void jobs_end_idle_accounts(struct scheduler *scheduler);

/* Starts an attempt. It ends, recorded, in `noted`. */
void attempts_start(struct scheduler *scheduler, struct attempt *attempt);

/* Prepares the turns of lanes; an arena is to be freed. */
void lanes_init(struct scheduler *scheduler);

/* Starts webhooks that are due, as far as there is room. Each lane has its turn before any has the
 * next one. False when it is to be called again soon. */
bool lanes_serve(struct scheduler *scheduler, struct arena *arena);

/* Submits notes again that the writer had no room for. */
void attempts_submit_again(struct scheduler *scheduler);

/* Forgets an attempt whose note came back, and goes on with the advance that it belonged to. */
void attempts_take_recorded(struct scheduler *scheduler, struct attempt *attempt);

/* The advance of the account that a namespace belongs to, or NULL. */
struct advance *advances_find(const struct scheduler *scheduler, const char *namespace);

/* Takes an advance on. */
void advances_add(struct scheduler *scheduler, struct advance *advance);

/* Goes on after a step that is through. */
void advances_move_on(struct scheduler *scheduler, struct advance *advance);

/* Begins those that wait, as far as they may. */
void advances_begin(struct scheduler *scheduler);

/* The server stops: ends those that are between two steps. Clocks that stay held are released by
 * the next start. `all`: those whose webhook is under way, too. */
void advances_end(struct scheduler *scheduler, bool all);

/* The loop ends: refuses advances that were handed over since, and from now on. */
void advances_close(struct scheduler *scheduler);

#endif
