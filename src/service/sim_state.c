/* SPDX-License-Identifier: MIT */
/*
 * What makes a ready Sim active follows Twilio's "How to determine a Super SIM's status"; data
 * limits its Fleet page: the limit is for each Sim and billing period, in decimal megabytes.
 */
#include "service/sim_state.h"

/* A ready Sim becomes active by itself after any of these. */
enum { READY_BYTES = 250 * 1000, READY_SMS_COMMANDS = 5 };

enum { BYTES_PER_MB = 1000000 };

enum error_case sim_obstacle(
	const struct sim *sim, const struct fleet *fleet, enum sim_service service)
{
	if (!sim_is_on(sim))
		return ERROR_SIM_IS_OFF;
	if (service == SIM_SMS)
		return fleet->sms_commands_enabled ? ERROR_GENERAL : ERROR_FLEET_WITHOUT_SMS;
	if (!fleet->data_enabled)
		return ERROR_FLEET_WITHOUT_DATA;
	return sim->blocked_since == 0 ? ERROR_GENERAL : ERROR_SIM_IS_BLOCKED;
}

const char *sim_why_not(const struct sim *sim, const struct fleet *fleet, enum sim_service service)
{
	const enum error_case obstacle = sim_obstacle(sim, fleet, service);
	return obstacle != ERROR_GENERAL ? error_text(obstacle) : NULL;
}

const char *sim_why_detached(const struct sim *sim)
{
	return sim->attached ? NULL : error_text(ERROR_SIM_IS_DETACHED);
}

bool sim_is_within_limit(const struct sim *sim, const struct fleet *fleet)
{
	return sim->period_data_total < fleet->data_limit_in_force * BYTES_PER_MB;
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
	sim_period_pass(sim, at_ms);
	sim->status = sim->pending_status;
	sim->pending_status = SIM_STATUS_NONE;
	sim->status_before = SIM_STATUS_NONE;
	if (sim_is_on(sim) && (sim->period_type != sim->status || at_ms >= sim_period_end(sim)))
		sim_period_begin(sim, at_ms);
}

static void activate(struct sim *sim, int64_t at_ms)
{
	sim->status = SIM_ACTIVE;
	sim_period_begin(sim, at_ms);
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
	case SIM_TIME_PASSES: sim_period_pass(&after, event.at_ms); break;
	case SIM_STATUS_IS_ASKED: ask_for_status(&after, event.status); break;
	case SIM_STATUS_COMES_TRUE: take_status(&after, event.at_ms); break;
	case SIM_READY_TIME_ENDS: end_ready_time(&after, event.at_ms); break;
	case SIM_SMS_COMMAND_PASSES: pass_sms_command(&after, event.at_ms); break;
	case SIM_DATA_PASSES: pass_data(&after, event.bytes, event.at_ms); break;
	case SIM_LIMIT_IS_CHECKED: check_limit(&after, event.fleet, event.at_ms); break;
	}
	return after;
}
