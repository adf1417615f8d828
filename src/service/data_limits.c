/* SPDX-License-Identifier: MIT */
/*
 * Twilio's Fleet page: the limit is for each Sim and billing period, in decimal megabytes; raising
 * it unblocks, lowering it may block, within minutes. The successor's page adds that usage is
 * evaluated every few minutes, so that a Sim may overshoot: --data-limit-check plays that.
 */
#include "service/data_limits.h"

#include "engine/due.h"
#include "engine/engine.h"
#include "service/due_kinds.h"
#include "service/sim.h"

/* The Sim after it was held against the limit. */
static struct sim after_limit_check(
	const struct context *context, const struct sim *sim, const struct fleet *fleet)
{
	return sim_after(sim,
		(struct sim_event){
			.kind = SIM_LIMIT_IS_CHECKED, .at_ms = context->now_ms, .fleet = fleet });
}

struct api_error data_limit_check(
	struct context *context, struct sim *sim, const struct fleet *fleet)
{
	const int64_t every_ms = context->policy->data_limit_check_ms;
	if (every_ms == 0)
		*sim = after_limit_check(context, sim, fleet);
	if (every_ms == 0 || sim->blocked_since != 0 || sim_is_within_limit(sim, fleet))
		return error_none();
	const int64_t next_ms = context->now_ms - context->now_ms % every_ms + every_ms;
	if (sim->limit_check == next_ms)
		return error_none(); /* it is planned */
	sim->limit_check = next_ms;
	return due_plan(context, DUE_DATA_LIMIT_CHECK, sim->sid, next_ms, "");
}

struct api_error data_limit_check_due(
	struct context *context, void *record, struct due_outcome *ret_outcome)
{
	struct sim *sim = record;
	struct fleet fleet;
	const struct api_error error = sim_catch_up(context, sim, &fleet);
	if (is_error(error) || fleet.sid == NULL)
		return error;
	*sim = after_limit_check(context, sim, &fleet);
	sim->limit_check = 0; /* after a clock is set back, the same time comes again */
	ret_outcome->result = sim->blocked_since != 0 ? "blocked" : "within";
	return sim_save_period(context, sim);
}

/* ── a changed limit ─────────────────────────────────────────────────────────────────────── */

struct applying {
	struct context *context;
	const struct fleet *fleet;
	struct api_error error;
};

/*
 * Sims are saved while the query that finds them still runs. The database allows that, but a row
 * that moved within the index that the query walks could come twice, or never. None does: the query
 * walks the index over Fleets, and only the billing period is written, which is in no index.
 */
static void apply_to_sim(void *closure, const void *record)
{
	struct applying *applying = closure;
	struct context *context = applying->context;
	const struct sim *before = record;
	if (is_error(applying->error))
		return;
	struct sim sim = sim_after(
		before, (struct sim_event){ .kind = SIM_TIME_PASSES, .at_ms = context->now_ms });
	sim = after_limit_check(context, &sim, applying->fleet);
	if (sim.blocked_since != before->blocked_since)
		applying->error = sim_save_period(context, &sim);
}

static struct api_error apply_to_sims(struct context *context, const struct fleet *fleet)
{
	const struct sim filter = { .fleet_sid = fleet->sid };
	struct applying applying = { .context = context, .fleet = fleet };
	const struct api_error error = engine_visit(
		context, &sim_resource, &filter, SIM_FIELD(fleet_sid), apply_to_sim, &applying);
	return is_error(error) ? error : applying.error;
}

struct api_error data_limit_change_due(
	struct context *context, void *record, struct due_outcome *ret_outcome)
{
	struct fleet *fleet = record;
	/* Each change has its delay: this one came before another. */
	ret_outcome->result = "superseded";
	if (context->now_ms < fleet->data_limit_from)
		return error_none();
	ret_outcome->result = "in_force";
	fleet->data_limit_in_force = fleet->data_limit;
	const struct api_error error = engine_save_undated(context, &fleet_resource, fleet,
		resource_member_bit(&fleet_resource, offsetof(struct fleet, data_limit_in_force)));
	return !is_error(error) ? apply_to_sims(context, fleet) : error;
}
