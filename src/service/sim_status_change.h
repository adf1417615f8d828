/* SPDX-License-Identifier: MIT */
/* How a Sim's status changes: what an update asks for, and what falls due. */
#ifndef SERVICE_SIM_STATUS_CHANGE_H
#define SERVICE_SIM_STATUS_CHANGE_H

#include "service/sim.h"

struct due_outcome;

/*
 * An update asks for a status: turns the wish, in `changes`, into `scheduled`, and plans its coming
 * true (202). The status that the Sim has leaves `given` instead. Errors: 20001 for one that nobody
 * can ask for, 83010, 83007 without a Fleet.
 */
struct api_error sim_status_ask(
	struct context *context, const struct sim *sim, struct sim *changes, field_set *given);

/* The error of a status that does not allow a change: "active to ready". */
struct api_error sim_status_refuse(struct context *context, enum sim_status from, const char *into);

/* Plans what is to become of a Sim that was made: a seed or a copy may hold one whose status is
 * about to change. */
struct api_error sim_status_plan(struct context *context, const struct sim *sim);

/* Tells the Sim's CallbackUrl, if it has one, of its status. */
struct api_error sim_status_call_back(struct context *context, const struct sim *sim);

/* Due work about a Sim: a status that was asked for comes true; the time that it may stay ready is
 * over. */
struct api_error sim_status_due(
	struct context *context, void *record, struct due_outcome *ret_outcome);
struct api_error sim_ready_end_due(
	struct context *context, void *record, struct due_outcome *ret_outcome);

#endif
