/* SPDX-License-Identifier: MIT */
/*
 * When a webhook that failed is sent again: at first as Twilio's connection overrides say (rc
 * times, at once, for what rp names; one retry after a failed connection unless the URL says
 * otherwise), then by --webhook-retries.
 */
#ifndef OUTBOX_RETRIES_H
#define OUTBOX_RETRIES_H

#include "engine/policy.h"
#include "model/resource.h"
#include "webhook/overrides.h"

/* Those that a delivery had so far. */
struct retries {
	int64_t quick;	   /* by the overrides */
	int64_t scheduled; /* by --webhook-retries */
};

/* How an attempt failed. */
struct attempt_failure {
	const char *result;
	int64_t status;	     /* the answer's; 0: there was none */
	bool read_timed_out; /* it was connected when its time ended */
};

/* Decides about the next attempt, and counts it. False: there is none. `ret_delay_ms` is how much
 * later it is. */
bool retries_plan(struct retries *retries, const struct attempt_failure *failure,
	const struct overrides *overrides, const struct policy *policy, int64_t *ret_delay_ms);

#endif
