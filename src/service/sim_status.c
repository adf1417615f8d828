/* SPDX-License-Identifier: MIT */
/* The status machine follows Twilio's "How to determine a Super SIM's status". */
#include "service/sim_status.h"

const char *const sim_status_names[] = {
	[SIM_NEW] = "new",
	[SIM_READY] = "ready",
	[SIM_ACTIVE] = "active",
	[SIM_INACTIVE] = "inactive",
	[SIM_SCHEDULED] = "scheduled",
	NULL,
};

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
