/* SPDX-License-Identifier: MIT */
#include "scheduler/own_work.h"

#include "engine/account.h"
#include "scheduler/due_rows.h"
#include "scheduler/due_try.h"
#include "service/due_work.h"
#include "util/clock.h"

enum { DUE_PER_TRANSACTION = 100 };

/* Does work in its account, if that has this namespace still. */
static struct api_error do_in_account(
	struct context *context, const struct store_due *due, struct due_outcome *ret_outcome)
{
	bool current;
	context->clock =
		account_clock_real(); /* for whoever puts it off when there is no account */
	const struct api_error error = account_enter_namespace(context, due->namespace, &current);
	ret_outcome->result = "void";
	if (is_error(error))
		return error;
	return current ? due_work_run(context, due, ret_outcome)
		       : error_of_store(store_remove_due(context->connection, due));
}

/* On the writer's thread. */
static bool do_due_work(struct write_job *job, struct store_connection *connection)
{
	struct own_work *work = (struct own_work *)job;
	struct arena *arena = &work->single.arena;
	struct due_rows rows;
	arena_reset(arena);
	work->datagrams = NULL;
	struct context context = ground_context(work->single.ground, connection, arena);
	due_rows_init(&rows, arena);
	if (store_visit_own_work(connection, clock_now_ms(), DUE_PER_TRANSACTION, due_rows_collect,
		    &rows) != STORE_OK ||
		!rows.complete)
		return false;
	for (struct due_row *row = rows.first; row != NULL; row = row->next) {
		struct due_outcome outcome;
		bool done;
		if (!due_try(&context, &row->due, do_in_account, &done, &outcome))
			return false;
		if (!done && is_error(due_put_off(&context, &row->due)))
			return false;
	}
	work->datagrams = context.datagrams;
	return true;
}

/* On the writer's thread. */
static void send_datagrams(struct single_job *single, bool durable)
{
	const struct own_work *work = (const struct own_work *)single;
	if (durable)
		ground_send_datagrams(single->ground, work->datagrams);
}

void own_work_init(struct own_work *work, struct ground *ground)
{
	single_job_init(&work->single, ground, "due work", do_due_work, send_datagrams);
}

void own_work_done(struct own_work *work)
{
	single_job_done(&work->single);
}

static void collect_any(void *closure, const struct store_due *due)
{
	(void)due;
	*(bool *)closure = true;
}

void own_work_look(struct own_work *work, int64_t now_ms)
{
	struct ground *ground = work->single.ground;
	bool found = false;
	if (store_visit_own_work(ground->reader, now_ms, 1, collect_any, &found) != STORE_OK)
		ground_pause(ground);
	if (found)
		single_job_submit(&work->single);
}
