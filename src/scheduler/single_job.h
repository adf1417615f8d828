/* SPDX-License-Identifier: MIT */
/* Work for the writer of which there is never more than one at a time. */
#ifndef SCHEDULER_SINGLE_JOB_H
#define SCHEDULER_SINGLE_JOB_H

#include "scheduler/ground.h"

/* Put it first into what it works for, so that a job is that. */
struct single_job {
	struct write_job job;
	struct mail mail;
	struct ground *ground;
	const char *name; /* what could not be done, when it fails */
	void (*finished)(struct single_job *single, bool durable);
	struct arena arena; /* the caller's before it is submitted, and `run`'s after that */
	bool busy;	    /* the writer has it; the scheduler's thread's own */
	bool durable;
};

/* Prepares one. `run`: see struct write_job. `finished` is called on the writer's thread; what
 * `run` did is durable, or did not happen. */
void single_job_init(struct single_job *single, struct ground *ground, const char *name,
	bool (*run)(struct write_job *job, struct store_connection *connection),
	void (*finished)(struct single_job *single, bool durable));
void single_job_done(struct single_job *single);

/* Has it done, unless the writer has it. When it comes back, or when the writer has no room, work
 * is looked for again; after a pause when it failed. The scheduler's thread. */
void single_job_submit(struct single_job *single);

#endif
