/* SPDX-License-Identifier: MIT */
/* A Sim, for those that act on it: fetching it as it now is, and keeping what became of it. */
#ifndef SERVICE_SIM_H
#define SERVICE_SIM_H

#include "service/sim_state.h"

/* Fetches a Sim with its billing period brought up to the account's time, and its Fleet. The
 * `ret_fleet` of a Sim without one is all zero. Error: 20404. */
struct api_error sim_fetch(struct context *context, const char *identifier, struct sim *ret_sim,
	struct fleet *ret_fleet);

/* The same for a Sim that was fetched from its table. */
struct api_error sim_catch_up(struct context *context, struct sim *sim, struct fleet *ret_fleet);

/* Lets an event happen to the Sim, and saves its status and its billing period. */
struct api_error sim_apply_event(struct context *context, struct sim *sim, struct sim_event event);

/* Saves the billing period. That is no update of the Sim: its date stays. */
struct api_error sim_save_period(struct context *context, const struct sim *sim);

/* The same, and the status unless it is still `before`: that is an update. */
struct api_error sim_save_state(struct context *context, struct sim *sim, enum sim_status before);

/* Gives a Sim that is on an address, unless it has one. Error: 20500. */
struct api_error sim_give_ip_address(struct context *context, struct sim *sim);

#endif
