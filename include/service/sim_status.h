/* SPDX-License-Identifier: MIT */
/*
 * The statuses of Sims, and which can follow which: pure functions.
 *
 * A Sim begins `new`, needs a Fleet to become `ready` or `active`, and changes its status through
 * `scheduled`: what was before holds until the status that was asked for comes true.
 */
#ifndef SERVICE_SIM_STATUS_H
#define SERVICE_SIM_STATUS_H

#include "service/sim_record.h"

extern const char *const sim_status_names[];

/* The status, and of a scheduled Sim the one before, which holds until the change comes true. */
enum sim_status sim_status_in_force(const struct sim *sim);

/* True for a status that lets the device use the network: ready or active. */
bool sim_status_is_on(enum sim_status status);

/* True when the status in force does. */
bool sim_is_on(const struct sim *sim);

/* True when a Sim of one status may be asked to become another. */
bool sim_status_can_become(enum sim_status from, enum sim_status into);

#endif
