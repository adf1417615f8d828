/* SPDX-License-Identifier: MIT */
/*
 * Billing Periods: the months of a Sim, counted from the moment that it became active, and before
 * these the time for which it may be ready.
 *
 * Data limits are about one of them. Only the latest exists: it is part of the Sim, and begins to
 * be another as soon as the account's clock says so. Functions that change a Sim change the record;
 * the caller saves BILLING_PERIOD_FIELDS.
 */
#ifndef SERVICE_BILLING_PERIODS_H
#define SERVICE_BILLING_PERIODS_H

#include "service/sims.h"

/* The fields of a Sim that make up its period. */
#define BILLING_PERIOD_FIELDS                                                                      \
	(SIM_FIELD(period_anchor) | SIM_FIELD(period_start) | SIM_FIELD(period_type) |             \
		SIM_FIELD(period_data_total) | SIM_FIELD(period_sms_commands) |                    \
		SIM_FIELD(blocked_since) | SIM_FIELD(limit_check))

/* After so many months a ready Sim becomes active, and its period ends. */
enum { READY_MONTHS = 3 };

/* Begins a period of the Sim's status, ready or active, at zero. */
void billing_period_begin(struct sim *sim, int64_t now_ms);

/* Goes on to the period of the account's time, if that is another: it starts at zero, and whoever
 * was blocked is so no more. One of a Sim that is ready lasts until the Sim is active, and one of a
 * Sim that is off until the Sim is on again. */
void billing_period_roll(struct sim *sim, int64_t now_ms);

/* Completes what a seed says of a Sim's period: the rest follows from its status and the account's
 * time. Gives the field that does not fit, or NULL. */
const char *billing_period_complete(struct sim *sim, int64_t now_ms);

/* When the latest period ends; 0 when there is none yet. */
int64_t billing_period_end(const struct sim *sim);

#endif
