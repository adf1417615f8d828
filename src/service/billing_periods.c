/* SPDX-License-Identifier: MIT */
/*
 * Properties follow Twilio's Billing Period page and OpenAPI file: only the current period, or the
 * latest one of a Sim that is off, is listed; a new Sim has none. Its change log of 2021-09-28 says
 * that a ready period ends when the Sim becomes active by itself.
 */
#include "service/billing_periods.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "model/sid.h"
#include "util/clock.h"
#include "util/count.h"
#include "util/hash.h"
#include "util/text.h"

/* ── periods ─────────────────────────────────────────────────────────────────────────────── */

void billing_period_begin(struct sim *sim, int64_t now_ms)
{
	sim->period_anchor = now_ms;
	sim->period_start = now_ms;
	sim->period_type = sim->status;
	sim->period_data_total = 0;
	sim->period_sms_commands = 0;
	sim->blocked_since = 0;
}

/* How many whole months lie between the anchor and another moment; fewer than 0 before it. */
static int months_until(const struct sim *sim, int64_t at_ms)
{
	const int64_t day_ms = INT64_C(86400) * 1000, passed_ms = at_ms - sim->period_anchor;
	/* No month is longer, or shorter, so this is not too many; at most a few are missing for
	 * each year. */
	int months =
		(int)(passed_ms >= 0 ? passed_ms / (31 * day_ms) : passed_ms / (28 * day_ms) - 1);
	while (clock_add_months(sim->period_anchor, months + 1) <= at_ms)
		months++;
	return months;
}

/* When the month began that a moment is in. */
static int64_t month_start(const struct sim *sim, int64_t at_ms)
{
	return clock_add_months(sim->period_anchor, months_until(sim, at_ms));
}

int64_t billing_period_end(const struct sim *sim)
{
	if (sim->period_start == 0)
		return 0;
	const int months = text_is(sim->period_type, "ready")
				   ? READY_MONTHS
				   : months_until(sim, sim->period_start) + 1;
	const int64_t end_ms = clock_add_months(sim->period_anchor, months);
	return end_ms < CLOCK_LATEST_MS ? end_ms : CLOCK_LATEST_MS;
}

void billing_period_roll(struct sim *sim, int64_t now_ms)
{
	if (!sim_is_on(sim) || sim->period_start == 0 || text_is(sim->period_type, "ready"))
		return;
	const int64_t start = month_start(sim, now_ms);
	if (start <= sim->period_start)
		return;
	sim->period_start = start;
	sim->period_data_total = 0;
	sim->blocked_since = 0;
}

const char *billing_period_complete(struct sim *sim, int64_t now_ms)
{
	const char *status = sim_is_on(sim) ? sim_status_in_force(sim) : NULL;
	const bool is_told = sim->period_anchor != 0 || sim->period_start != 0 ||
			     sim->period_type != NULL || sim->period_data_total != 0 ||
			     sim->period_sms_commands != 0 || sim->blocked_since != 0;
	if (status == NULL && !is_told)
		return NULL; /* it was never on */
	if (sim->period_type == NULL)
		sim->period_type = status != NULL ? status : "active";
	if (status != NULL && !text_is(sim->period_type, status))
		return "period_type";
	if (sim->period_anchor == 0)
		sim->period_anchor = sim->period_start != 0 ? sim->period_start : now_ms;
	if (sim->period_start == 0)
		sim->period_start = text_is(sim->period_type, "ready") ? sim->period_anchor
								       : month_start(sim, now_ms);
	return NULL;
}

/* ── the resource ────────────────────────────────────────────────────────────────────────── */

struct billing_period {
	const char *sid;
	const char *account_sid;
	const char *sim_sid;
	const char *period_type;
	int64_t start_time;
	int64_t end_time;
	int64_t date_created;
	int64_t date_updated;
};

static const struct field billing_period_fields[] = {
	{ FIELD_OF(billing_period, sid), .kind = FIELD_OWN_SID, .prefix = "HB" },
	{ FIELD_OF(billing_period, account_sid), .kind = FIELD_ACCOUNT_SID },
	{ FIELD_OF(billing_period, sim_sid), .kind = FIELD_TEXT },
	{ FIELD_OF(billing_period, period_type), .kind = FIELD_TEXT },
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

struct listing {
	const struct billing_period *period;
	record_visitor *visit;
	void *closure;
};

static void visit_period(void *closure, size_t place)
{
	const struct listing *listing = closure;
	(void)place;
	listing->visit(listing->closure, listing->period);
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
		.end_time = billing_period_end(&sim),
		.date_created = sim.period_start,
		.date_updated = sim.period_start,
	};
	struct listing listing = { &period, visit, closure };
	page_visit_items(
		page, &(size_t){ 0 }, sim.period_start != 0, visit_period, &listing, ret_page);
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
