/* SPDX-License-Identifier: MIT */
/* Chance that can be had again: a throw is a function of what it is for. */
#ifndef WATCH_DICE_H
#define WATCH_DICE_H

#include <stdint.h>

#include "watch/fault_effect.h"

/* What a throw is for. The same three, the same throws. */
struct dice {
	uint64_t seed, place, number;
};

/* One of several throws, each 0 or more and less than 1. */
double dice_throw(const struct dice *dice, uint64_t which);

/* How long a latency lasts this time, in milliseconds: at most FAULT_TIME_MAXIMUM_MS. */
int64_t dice_latency(const struct dice *dice, const struct latency *latency);

#endif
