/* SPDX-License-Identifier: MIT */
/*
 * The status machine follows Twilio's "How to determine a Super SIM's status"; billing periods its
 * change log of 2021-09-28, which says that a ready period ends when the Sim becomes active by
 * itself; data limits its Fleet page: the limit is for each Sim and billing period, in decimal
 * megabytes.
 */
#include "service/sim_state.h"

#include "util/clock.h"

/* A ready Sim becomes active by itself after any of these. */
enum { READY_BYTES = 250 * 1000, READY_SMS_COMMANDS = 5, READY_MONTHS = 3 };

enum { BYTES_PER_MB = 1000000 };

const char *const sim_status_names[] = {
	[SIM_NEW] = "new",
	[SIM_READY] = "ready",
	[SIM_ACTIVE] = "active",
	[SIM_INACTIVE] = "inactive",
	[SIM_SCHEDULED] = "scheduled",
	NULL,
};

/* ── what holds ──────────────────────────────────────────────────────────────────────────── */

bool sim_status_is_on(enum sim_status status)
{
	return status == SIM_READY || status == SIM_ACTIVE;
}

enum sim_status sim_status_in_force(const struct sim *sim)
{
	return sim->status == SIM_SCHEDULED ? sim->status_before : sim->status;
}

bool sim_is_on(const struct sim *sim)
{
	return sim_status_is_on(sim_status_in_force(sim));
}

bool sim_status_can_become(enum sim_status from, enum sim_status into)
{
	switch (into) {
	case SIM_READY: return from == SIM_NEW;
	case SIM_ACTIVE: return from == SIM_NEW || from == SIM_READY || from == SIM_INACTIVE;
	case SIM_INACTIVE: return from == SIM_NEW || sim_status_is_on(from);
	case SIM_STATUS_NONE:
	case SIM_NEW:
	case SIM_SCHEDULED: break;
	}
	return false;
}

const char *sim_why_not(const struct sim *sim, const struct fleet *fleet, enum sim_service service)
{
	if (!sim_is_on(sim))
		return "The Sim is neither ready nor active";
	if (service == SIM_SMS)
		return fleet->sms_commands_enabled ? NULL
						   : "SMS Commands are not enabled for the Fleet";
	if (!fleet->data_enabled)
		return "Data is not enabled for the Fleet";
	return sim->blocked_since == 0 ? NULL : "The Sim has used up its data limit";
}

const char *sim_why_detached(const struct sim *sim)
{
	return sim->attached ? NULL : "The device is not attached to a network";
}

bool sim_is_within_limit(const struct sim *sim, const struct fleet *fleet)
{
	return sim->period_data_total < fleet->data_limit_in_force * BYTES_PER_MB;
}

/* ── billing periods ─────────────────────────────────────────────────────────────────────── */

int sim_period_months(int64_t anchor_ms, int64_t at_ms)
{
	const int64_t day_ms = INT64_C(86400) * 1000, passed_ms = at_ms - anchor_ms;
	/* No month is longer, or shorter, so this is not too many; at most a few are missing for
	 * each year. */
	int months =
		(int)(passed_ms >= 0 ? passed_ms / (31 * day_ms) : passed_ms / (28 * day_ms) - 1);
	while (clock_add_months(anchor_ms, months + 1) <= at_ms)
		months++;
	return months;
}

/* When the month began that a moment is in. */
static int64_t month_start(const struct sim *sim, int64_t at_ms)
{
	return clock_add_months(sim->period_anchor, sim_period_months(sim->period_anchor, at_ms));
}

int64_t sim_period_end(const struct sim *sim)
{
	if (sim->period_start == 0)
		return 0;
	const int months = sim->period_type == SIM_READY
				   ? READY_MONTHS
				   : sim_period_months(sim->period_anchor, sim->period_start) + 1;
	const int64_t end_ms = clock_add_months(sim->period_anchor, months);
	return end_ms < CLOCK_LATEST_MS ? end_ms : CLOCK_LATEST_MS;
}

const char *sim_complete_period(struct sim *sim, int64_t now_ms)
{
	const enum sim_status status = sim_is_on(sim) ? sim_status_in_force(sim) : SIM_STATUS_NONE;
	const bool is_told = sim->period_anchor != 0 || sim->period_start != 0 ||
			     sim->period_type != SIM_STATUS_NONE || sim->period_data_total != 0 ||
			     sim->period_sms_commands != 0 || sim->blocked_since != 0;
	if (status == SIM_STATUS_NONE && !is_told)
		return NULL; /* it was never on */
	if (sim->period_type == SIM_STATUS_NONE)
		sim->period_type = status != SIM_STATUS_NONE ? status : SIM_ACTIVE;
	if (status != SIM_STATUS_NONE && sim->period_type != status)
		return "period_type";
	if (sim->period_anchor == 0)
		sim->period_anchor = sim->period_start != 0 ? sim->period_start : now_ms;
	if (sim->period_start == 0)
		sim->period_start = sim->period_type == SIM_READY ? sim->period_anchor
								  : month_start(sim, now_ms);
	return NULL;
}

/* Begins a period of the Sim's status, ready or active, at zero. */
static void begin_period(struct sim *sim, int64_t at_ms)
{
	sim->period_anchor = at_ms;
	sim->period_start = at_ms;
	sim->period_type = sim->status;
	sim->period_data_total = 0;
	sim->period_sms_commands = 0;
	sim->blocked_since = 0;
}

/* ── what happens ────────────────────────────────────────────────────────────────────────── */

/* Goes on to the period of a moment, if that is another: it starts at zero, and whoever was blocked
 * is so no more. One of a Sim that is ready lasts until the Sim is active, and one of a Sim that is
 * off until the Sim is on again. */
static void pass_time(struct sim *sim, int64_t at_ms)
{
	if (!sim_is_on(sim) || sim->period_start == 0 || sim->period_type == SIM_READY)
		return;
	const int64_t start = month_start(sim, at_ms);
	if (start <= sim->period_start)
		return;
	sim->period_start = start;
	sim->period_data_total = 0;
	sim->blocked_since = 0;
}

static void ask_for_status(struct sim *sim, enum sim_status status)
{
	sim->pending_status = status;
	sim->status_before = sim->status;
	sim->status = SIM_SCHEDULED;
}

/* A Sim that comes back within its period goes on with it. */
static void take_status(struct sim *sim, int64_t at_ms)
{
	pass_time(sim, at_ms);
	sim->status = sim->pending_status;
	sim->pending_status = SIM_STATUS_NONE;
	sim->status_before = SIM_STATUS_NONE;
	if (sim_is_on(sim) && (sim->period_type != sim->status || at_ms >= sim_period_end(sim)))
		begin_period(sim, at_ms);
}

static void activate(struct sim *sim, int64_t at_ms)
{
	sim->status = SIM_ACTIVE;
	begin_period(sim, at_ms);
}

static void end_ready_time(struct sim *sim, int64_t at_ms)
{
	if (sim->status == SIM_READY && sim_period_end(sim) <= at_ms)
		activate(sim, at_ms);
}

static void pass_sms_command(struct sim *sim, int64_t at_ms)
{
	if (sim->status == SIM_READY && ++sim->period_sms_commands >= READY_SMS_COMMANDS)
		activate(sim, at_ms);
}

/* What made the Sim active counts in the period that begins by it. */
static void pass_data(struct sim *sim, int64_t bytes, int64_t at_ms)
{
	const int64_t sum = sim->period_data_total + bytes;
	const int64_t total = sum < BYTES_MAXIMUM ? sum : BYTES_MAXIMUM;
	if (sim->status == SIM_READY && total >= READY_BYTES)
		activate(sim, at_ms);
	sim->period_data_total = total;
}

static void check_limit(struct sim *sim, const struct fleet *fleet, int64_t at_ms)
{
	if (sim_is_within_limit(sim, fleet))
		sim->blocked_since = 0;
	else if (sim->blocked_since == 0)
		sim->blocked_since = at_ms;
}

struct sim sim_after(const struct sim *sim, struct sim_event event)
{
	struct sim after = *sim;
	switch (event.kind) {
	case SIM_TIME_PASSES: pass_time(&after, event.at_ms); break;
	case SIM_STATUS_IS_ASKED: ask_for_status(&after, event.status); break;
	case SIM_STATUS_COMES_TRUE: take_status(&after, event.at_ms); break;
	case SIM_READY_TIME_ENDS: end_ready_time(&after, event.at_ms); break;
	case SIM_SMS_COMMAND_PASSES: pass_sms_command(&after, event.at_ms); break;
	case SIM_DATA_PASSES: pass_data(&after, event.bytes, event.at_ms); break;
	case SIM_LIMIT_IS_CHECKED: check_limit(&after, event.fleet, event.at_ms); break;
	}
	return after;
}
