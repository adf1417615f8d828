/* SPDX-License-Identifier: MIT */
#include "scheduler/single_job.h"

#include "util/log.h"

/* On the scheduler's thread. What the job left to do is looked for again. */
static void take_back(void *closure)
{
	struct single_job *single = closure;
	single->busy = false;
	single->ground->look = true;
	if (!single->durable)
		ground_pause(single->ground);
}

/* On the writer's thread. */
static void finish(struct write_job *job, bool durable)
{
	struct single_job *single = (struct single_job *)job;
	single->durable = durable && !job->refused;
	single->finished(single, single->durable);
	if (!single->durable)
		log_line(LOG_ERROR, "%s could not be done; it will be tried again", single->name);
	mailbox_post(&single->ground->mailbox, &single->mail, take_back, single);
}

void single_job_init(struct single_job *single, struct ground *ground, const char *name,
	bool (*run)(struct write_job *job, struct store_connection *connection),
	void (*finished)(struct single_job *single, bool durable))
{
	*single = (struct single_job){
		.job = { .run = run, .finished = finish },
		.ground = ground,
		.name = name,
		.finished = finished,
	};
	arena_init(&single->arena);
}

void single_job_done(struct single_job *single)
{
	arena_done(&single->arena);
}

void single_job_submit(struct single_job *single)
{
	if (single->busy)
		return;
	single->busy = writer_submit(single->ground->writer, &single->job);
	if (!single->busy)
		single->ground->look = true; /* the writer has no room now */
}
