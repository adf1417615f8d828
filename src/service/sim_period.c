/* SPDX-License-Identifier: MIT */
/* Twilio's change log of 2021-09-28 says that a ready period ends when the Sim becomes active by
 * itself. */
#include "service/sim_period.h"

#include "util/clock.h"

/* After so many months a ready Sim becomes active. */
enum { READY_MONTHS = 3 };

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

void sim_period_begin(struct sim *sim, int64_t at_ms)
{
	sim->period_anchor = at_ms;
	sim->period_start = at_ms;
	sim->period_type = sim->status;
	sim->period_data_total = 0;
	sim->period_sms_commands = 0;
	sim->blocked_since = 0;
}

void sim_period_pass(struct sim *sim, int64_t at_ms)
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
