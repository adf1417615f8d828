/* SPDX-License-Identifier: MIT */
/*
 * Billing periods of Sims: the months since one became active, and before these the time for which
 * it may be ready. Pure functions; only the latest period is kept.
 */
#ifndef SERVICE_SIM_PERIOD_H
#define SERVICE_SIM_PERIOD_H

#include "service/sim_status.h"

/* How many whole months lie between an anchor and a moment; fewer than 0 before it. */
int sim_period_months(int64_t anchor_ms, int64_t at_ms);

/* When the latest period ends; 0 when there is none yet. That of a ready Sim takes three months
 * unless the Sim is active before; others take one. */
int64_t sim_period_end(const struct sim *sim);

/* Completes what a seed says of a Sim's period: the rest follows from its status and the account's
 * time. Gives the field that does not fit, or NULL. */
const char *sim_complete_period(struct sim *sim, int64_t now_ms);

/* Begins a period of the Sim's status, ready or active, at zero. */
void sim_period_begin(struct sim *sim, int64_t at_ms);

/* Goes on to the period of a moment, if that is another: it starts at zero, and whoever was blocked
 * is so no more. One of a Sim that is ready lasts until the Sim is active, and one of a Sim that is
 * off until the Sim is on again. */
void sim_period_pass(struct sim *sim, int64_t at_ms);

#endif
