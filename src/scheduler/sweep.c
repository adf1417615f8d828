/* SPDX-License-Identifier: MIT */
#include "scheduler/sweep.h"

#include "store/namespaces.h"

enum { SWEPT_PER_TRANSACTION = 100 }; /* some 10 ms: others write, too */

/* On the writer's thread. */
static bool do_sweep(struct write_job *job, struct store_connection *connection)
{
	struct sweep *sweep = (struct sweep *)job;
	arena_reset(&sweep->single.arena);
	sweep->forgotten = NULL;
	return store_sweep(connection, SWEPT_PER_TRANSACTION, &sweep->single.arena,
		       &sweep->forgotten) == STORE_OK;
}

/* On the writer's thread: the registry learns it in the order of commits. */
static void forget_account(struct single_job *single, bool durable)
{
	const struct sweep *sweep = (const struct sweep *)single;
	if (durable && sweep->forgotten != NULL)
		registry_forget(single->ground->registry, sweep->forgotten);
}

void sweep_init(struct sweep *sweep, struct ground *ground)
{
	single_job_init(&sweep->single, ground, "the sweep", do_sweep, forget_account);
}

void sweep_done(struct sweep *sweep)
{
	single_job_done(&sweep->single);
}

void sweep_look(struct sweep *sweep)
{
	struct ground *ground = sweep->single.ground;
	const enum store_result ended = store_has_ended_namespace(ground->reader);
	if (ended == STORE_FAILED)
		ground_pause(ground);
	if (ended == STORE_OK)
		single_job_submit(&sweep->single);
}
