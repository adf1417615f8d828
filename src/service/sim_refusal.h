/* SPDX-License-Identifier: MIT */
/* Errors that a Sim's state causes, with what the state is, until when, and which call helps. */
#ifndef SERVICE_SIM_REFUSAL_H
#define SERVICE_SIM_REFUSAL_H

#include "engine/context.h"
#include "service/sim_state.h"

/* 83009: a scheduled Sim cannot be changed. */
struct api_error sim_refusal_scheduled(struct context *context, const struct sim *sim);

/* Why its device cannot use a service now, of itself or because it is detached; no error: it can.
 */
struct api_error sim_refusal_cannot(struct context *context, const struct sim *sim,
	const struct fleet *fleet, enum sim_service service);

/* What a Sim of a status can be asked to become: "active can become inactive". NULL without
 * memory. */
const char *sim_refusal_status_hint(struct context *context, enum sim_status from);

#endif
