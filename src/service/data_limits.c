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
#include "service/billing_periods.h"

enum { BYTES_PER_MB = 1000000 };

static bool is_within(const struct sim *sim, const struct fleet *fleet)
{
	return sim->period_data_total < fleet->data_limit_in_force * BYTES_PER_MB;
}

void data_limit_apply(struct sim *sim, const struct fleet *fleet, int64_t now_ms)
{
	if (is_within(sim, fleet))
		sim->blocked_since = 0;
	else if (sim->blocked_since == 0)
		sim->blocked_since = now_ms;
}

struct api_error data_limit_check(
	struct context *context, struct sim *sim, const struct fleet *fleet)
{
	const int64_t every_ms = context->policy->data_limit_check_ms;
	if (every_ms == 0)
		data_limit_apply(sim, fleet, context->now_ms);
	if (every_ms == 0 || sim->blocked_since != 0 || is_within(sim, fleet))
		return error_none();
	const int64_t next_ms = context->now_ms - context->now_ms % every_ms + every_ms;
	if (sim->limit_check == next_ms)
		return error_none(); /* it is planned */
	sim->limit_check = next_ms;
	return due_plan(context, DUE_DATA_LIMIT_CHECK, sim->sid, next_ms, "");
}

struct api_error data_limit_check_due(
	struct context *context, const char *sim_sid, const char **ret_result)
{
	struct sim sim;
	struct fleet fleet;
	*ret_result = "gone";
	const struct api_error error = sim_fetch(context, sim_sid, &sim, &fleet);
	if (error.status == 404)
		return error_none();
	if (is_error(error) || fleet.sid == NULL)
		return error;
	sim.limit_check = 0; /* after a clock is set back, the same time comes again */
	data_limit_apply(&sim, &fleet, context->now_ms);
	*ret_result = sim.blocked_since != 0 ? "blocked" : "within";
	return sim_save_internal(context, &sim, BILLING_PERIOD_FIELDS);
}

/* ── a changed limit ─────────────────────────────────────────────────────────────────────── */

struct api_error data_limit_plan_change(
	struct context *context, const char *fleet_sid, int64_t *ret_from_ms)
{
	*ret_from_ms = context->now_ms + context->policy->data_limit_delay_ms;
	return due_plan(context, DUE_DATA_LIMIT_CHANGE, fleet_sid, *ret_from_ms, "");
}

struct applying {
	struct context *context;
	const struct fleet *fleet;
	struct api_error error;
};

/* The rows are visited by an index that what is written here is no part of. */
static void apply_to_sim(void *closure, const void *record)
{
	struct applying *applying = closure;
	struct sim sim = *(const struct sim *)record;
	const int64_t before = sim.blocked_since;
	if (is_error(applying->error))
		return;
	billing_period_roll(&sim, applying->context->now_ms);
	data_limit_apply(&sim, applying->fleet, applying->context->now_ms);
	if (sim.blocked_since != before)
		applying->error = sim_save_internal(applying->context, &sim, BILLING_PERIOD_FIELDS);
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
	struct context *context, const char *fleet_sid, const char **ret_result)
{
	struct fleet fleet;
	*ret_result = "gone";
	const struct api_error error = engine_fetch(context, &fleet_resource, fleet_sid, &fleet);
	if (error.status == 404)
		return error_none();
	if (is_error(error))
		return error;
	/* Each change has its delay: this one came before another. */
	*ret_result = "superseded";
	if (context->now_ms < fleet.data_limit_from)
		return error_none();
	*ret_result = "in_force";
	fleet.data_limit_in_force = fleet.data_limit;
	/* Nobody updated the Fleet: its date stays. */
	if (store_update(context->connection, &fleet_resource, context->namespace, &fleet,
		    resource_member_bit(&fleet_resource,
			    offsetof(struct fleet, data_limit_in_force))) != STORE_OK)
		return error_internal();
	return apply_to_sims(context, &fleet);
}
