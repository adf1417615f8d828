/* SPDX-License-Identifier: MIT */
#include "service/sim_refusal.h"

#include "service/due_kinds.h"
#include "store/due.h"
#include "util/clock.h"
#include "util/strbuf.h"

/* How far an advance has to go to reach a moment, in whole seconds. */
static long long seconds_until(const struct context *context, int64_t at_ms)
{
	const int64_t left_ms = at_ms > context->now_ms ? at_ms - context->now_ms : 0;
	return (long long)((left_ms + 999) / 1000);
}

/* "the Sim becomes active at …": the account's clock says when. */
static const char *scheduled_hint(struct context *context, const struct sim *sim)
{
	char time[CLOCK_TEXT_SIZE];
	int64_t due_at_ms;
	const char *status = sim_status_names[sim->pending_status];
	const int64_t latest_ms = context->now_ms + context->policy->transition_delay_ms;
	if (store_find_due(context->connection, context->namespace, DUE_SIM_STATUS, sim->sid,
		    latest_ms, &due_at_ms) != STORE_OK)
		return arena_format(context->arena,
			"the Sim is scheduled to become %s: POST /_emulator/clock/advance lets the "
			"time pass that it takes",
			status);
	clock_format(due_at_ms, time);
	return arena_format(context->arena,
		"the Sim becomes %s at %s of the account's clock: wait, or POST "
		"/_emulator/clock/advance {\"by\": \"%llds\"}",
		status, time, seconds_until(context, due_at_ms));
}

static const char *blocked_hint(
	struct context *context, const struct sim *sim, const struct fleet *fleet)
{
	char time[CLOCK_TEXT_SIZE];
	clock_format(sim_period_end(sim), time);
	return arena_format(context->arena,
		"the Fleet's limit is %lld MB in a billing period, which ends at %s of the "
		"account's clock: raise DataLimit of /v1/Fleets/%s, or advance the clock",
		(long long)fleet->data_limit_in_force, time, fleet->sid);
}

/* NULL where the error's cure says it all. */
static const char *obstacle_hint(struct context *context, const struct sim *sim,
	const struct fleet *fleet, enum error_case obstacle)
{
	if (obstacle == ERROR_SIM_IS_BLOCKED)
		return blocked_hint(context, sim, fleet);
	if (obstacle == ERROR_SIM_IS_DETACHED)
		return arena_format(context->arena,
			"POST /_emulator/sims/%s/attach lets the device join", sim->sid);
	if (obstacle != ERROR_SIM_IS_OFF)
		return NULL;
	if (sim->status == SIM_SCHEDULED)
		return scheduled_hint(context, sim);
	return arena_format(context->arena, "the Sim is %s: POST /v1/Sims/%s with Status=active%s",
		sim_status_names[sim->status], sim->sid,
		sim->fleet_sid == NULL ? " and a Fleet" : "");
}

struct api_error sim_refusal_scheduled(struct context *context, const struct sim *sim)
{
	struct api_error error = error_new(context->arena, ERROR_SIM_IS_SCHEDULED, NULL);
	error.hint = scheduled_hint(context, sim);
	return error;
}

struct api_error sim_refusal_cannot(struct context *context, const struct sim *sim,
	const struct fleet *fleet, enum sim_service service)
{
	enum error_case obstacle = sim_obstacle(sim, fleet, service);
	if (obstacle == ERROR_GENERAL && !sim->attached)
		obstacle = ERROR_SIM_IS_DETACHED;
	if (obstacle == ERROR_GENERAL)
		return error_none();
	struct api_error error = error_new(context->arena, obstacle, NULL);
	error.hint = obstacle_hint(context, sim, fleet, obstacle);
	return error;
}

const char *sim_refusal_status_hint(struct context *context, enum sim_status from)
{
	struct strbuf hint;
	const char *separator = " can become ";
	strbuf_init(&hint, 128);
	strbuf_add_text(&hint, sim_status_names[from]);
	for (enum sim_status into = SIM_NEW; into <= SIM_SCHEDULED; into++) {
		if (!sim_status_can_become(from, into))
			continue;
		strbuf_add_format(&hint, "%s%s", separator, sim_status_names[into]);
		separator = " or ";
	}
	const char *copy = hint.failed ? NULL : arena_copy(context->arena, hint.data, hint.length);
	strbuf_done(&hint);
	return copy;
}
