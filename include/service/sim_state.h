/* SPDX-License-Identifier: MIT */
/*
 * What becomes of a Sim: pure functions, which read neither a database nor a clock.
 *
 * A ready Sim becomes active by itself when it was used enough, or when its time is over. A Sim
 * that is on has billing periods, and is blocked in one while it has used up its Fleet's data
 * limit. All of that, and its status, changes by events: see sim_after.
 */
#ifndef SERVICE_SIM_STATE_H
#define SERVICE_SIM_STATE_H

#include "service/sim_period.h"

/* Why a Sim cannot use a service under its Fleet: as an error, ERROR_GENERAL when it can; and as
 * that one's words, NULL when it can. */
enum sim_service { SIM_SMS, SIM_DATA };
enum error_case sim_obstacle(
	const struct sim *sim, const struct fleet *fleet, enum sim_service service);
const char *sim_why_not(const struct sim *sim, const struct fleet *fleet, enum sim_service service);

/* Why its device cannot be reached; NULL: it can. */
const char *sim_why_detached(const struct sim *sim);

/* True while the Sim has moved less in its billing period than the limit in force. */
bool sim_is_within_limit(const struct sim *sim, const struct fleet *fleet);

struct sim_event {
	enum {
		SIM_TIME_PASSES,	/* the period of the account's time may be another */
		SIM_STATUS_IS_ASKED,	/* for `status`, which sim_status_can_become */
		SIM_STATUS_COMES_TRUE,	/* of a scheduled Sim */
		SIM_READY_TIME_ENDS,	/* it may not be over: the clock can be set back */
		SIM_SMS_COMMAND_PASSES, /* to the device, or from it */
		SIM_DATA_PASSES,	/* `bytes` of it */
		SIM_LIMIT_IS_CHECKED	/* what passed is held against the limit of `fleet` */
	} kind;
	int64_t at_ms; /* the account's time */
	enum sim_status status;
	int64_t bytes;
	const struct fleet *fleet;
};

/* The Sim after an event. Nothing but its status and its billing period changes. */
struct sim sim_after(const struct sim *sim, struct sim_event event);

#endif
