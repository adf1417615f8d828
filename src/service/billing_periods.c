/* SPDX-License-Identifier: MIT */
/*
 * Billing Periods: the months of a Sim, counted from the moment that it became active, and before
 * these the time for which it may be ready. The latest is part of the Sim: see service/sim_state.h.
 *
 * Properties follow Twilio's Billing Period page and OpenAPI file: only the current period, or the
 * latest one of a Sim that is off, is listed; a new Sim has none. Its change log of 2021-09-28 says
 * that a ready period ends when the Sim becomes active by itself.
 */
#include <inttypes.h>
#include <stdio.h>

#include "model/sid.h"
#include "service/sim.h"
#include "util/count.h"
#include "util/hash.h"

struct billing_period {
	const char *sid;
	const char *account_sid;
	const char *sim_sid;
	enum sim_status period_type;
	int64_t start_time;
	int64_t end_time;
	int64_t date_created;
	int64_t date_updated;
};

static const struct field billing_period_fields[] = {
	{ FIELD_OF(billing_period, sid), .kind = FIELD_OWN_SID, .prefix = "HB" },
	{ FIELD_OF(billing_period, account_sid), .kind = FIELD_ACCOUNT_SID },
	{ FIELD_OF(billing_period, sim_sid), .kind = FIELD_TEXT },
	{ FIELD_OF(billing_period, period_type), .kind = FIELD_ENUM, .names = sim_status_names,
		.minimum = SIM_READY, .maximum = SIM_ACTIVE },
	{ FIELD_OF(billing_period, start_time), .kind = FIELD_TIME },
	{ FIELD_OF(billing_period, end_time), .kind = FIELD_TIME },
	{ FIELD_OF(billing_period, date_created), .kind = FIELD_TIME },
	{ FIELD_OF(billing_period, date_updated), .kind = FIELD_TIME },
};

/* The same for the same Sim and start, whenever it is asked for. */
static const char *sid_of(struct arena *arena, const struct sim *sim)
{
	char sid[SID_SIZE];
	const uint64_t start = (uint64_t)sim->period_start;
	const uint64_t high = hash_finish(hash_text(hash_number(HASH_START, start), sim->sid));
	const uint64_t low = hash_finish(hash_number(hash_text(HASH_START, sim->sid), high));
	snprintf(sid, sizeof(sid), "HB%016" PRIx64 "%016" PRIx64, high, low);
	return arena_copy(arena, sid, SID_LENGTH);
}

static struct api_error list(struct context *context, const void *filter, field_set filters,
	const struct page_request *page, record_visitor *visit, void *closure,
	struct store_page *ret_page)
{
	(void)filters;
	const struct billing_period *wanted = filter;
	struct sim sim;
	struct fleet fleet;
	const struct api_error error = sim_fetch(context, wanted->sim_sid, &sim, &fleet);
	if (is_error(error))
		return error;
	const struct billing_period period = {
		.sid = sid_of(context->arena, &sim),
		.account_sid = context->namespace,
		.sim_sid = sim.sid,
		.period_type = sim.period_type,
		.start_time = sim.period_start,
		.end_time = sim_period_end(&sim),
		.date_created = sim.period_start,
		.date_updated = sim.period_start,
	};
	list_visit_one(page, sim.period_start != 0 ? &period : NULL, visit, closure, ret_page);
	return period.sid != NULL ? error_none() : error_internal();
}

const struct resource billing_period_resource = {
	.number = 14,
	.name = "Billing Period",
	.path = "BillingPeriods",
	.list_key = "billing_periods",
	.sid_prefix = "HB",
	.record_size = sizeof(struct billing_period),
	.sid_offset = offsetof(struct billing_period, sid),
	.fields = billing_period_fields,
	.field_count = COUNT_OF(billing_period_fields),
	.parent = &sim_resource,
	.parent_offset = offsetof(struct billing_period, sim_sid),
	.is_computed = true,
};

const struct rules billing_period_rules = { .list = list };
