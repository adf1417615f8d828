/* SPDX-License-Identifier: MIT */
#include "scheduler/expiry.h"

#include "engine/account.h"
#include "util/clock.h"

/* On the writer's thread. Meanwhile the account may have been used. */
static bool end_account(struct write_job *job, struct store_connection *connection)
{
	struct expiry *expiry = (struct expiry *)job;
	struct context context =
		ground_context(expiry->single.ground, connection, &expiry->single.arena);
	expiry->ended = NULL;
	if (!registry_is_expired(context.registry, expiry->account_sid, clock_monotonic_us()))
		return true;
	const struct api_error error = account_delete(&context, expiry->account_sid);
	if (is_error(error))
		return error.status == 404; /* it was deleted in this very batch */
	struct store_account ended;
	if (store_fetch_account(connection, expiry->account_sid, &expiry->single.arena, &ended) ==
		STORE_OK)
		expiry->ended = registry_prepare(context.registry, &ended);
	return expiry->ended != NULL;
}

/* On the writer's thread: the registry learns it in the order of commits. */
static void record_end(struct single_job *single, bool durable)
{
	struct expiry *expiry = (struct expiry *)single;
	if (expiry->ended != NULL && durable)
		registry_record(single->ground->registry, expiry->ended);
	else
		registry_drop(single->ground->registry, expiry->ended);
	expiry->ended = NULL;
}

void expiry_init(struct expiry *expiry, struct ground *ground, const struct advances *advances)
{
	expiry->advances = advances;
	single_job_init(
		&expiry->single, ground, "the end of an idle account", end_account, record_end);
}

void expiry_done(struct expiry *expiry)
{
	single_job_done(&expiry->single);
}

void expiry_look(struct expiry *expiry)
{
	struct ground *ground = expiry->single.ground;
	struct arena *arena = &expiry->single.arena;
	if (expiry->single.busy || ground_pause_left_ms(ground) > 0)
		return;
	arena_reset(arena);
	expiry->account_sid = registry_expired(ground->registry, clock_monotonic_us(), arena);
	if (expiry->account_sid == NULL)
		return;
	if (advances_find(expiry->advances, expiry->account_sid) != NULL)
		registry_touch(ground->registry, expiry->account_sid);
	else
		single_job_submit(&expiry->single);
}
