/* SPDX-License-Identifier: MIT */
#ifndef SERVICE_SIM_COMPLETE_H
#define SERVICE_SIM_COMPLETE_H

#include "service/sim_state.h"

/*
 * Completes a Sim that is about to be made, and may come from a seed, which gives whatever status:
 * what a Sim of that status has besides follows. Errors: 83007 without a Fleet, 20001 naming the
 * field that does not fit.
 */
struct api_error sim_complete(struct context *context, struct sim *sim);

#endif
