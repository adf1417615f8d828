/* SPDX-License-Identifier: MIT */
#include "watch/dice.h"

#include <math.h>

#include "util/hash.h"

enum { THROW_OF_LATENCY = 1 }; /* 0 is whether a rule matches at all */

double dice_throw(const struct dice *dice, uint64_t which)
{
	uint64_t hash = hash_number(HASH_START, dice->seed);
	hash = hash_number(hash, dice->place);
	hash = hash_number(hash, dice->number);
	hash = hash_finish(hash_number(hash, which));
	return (double)(hash >> 11) * 0x1p-53;
}

/* A number of the normal distribution, by Box and Muller. */
static double throw_normal(const struct dice *dice)
{
	static const double turn = 6.283185307179586;
	const double radius = sqrt(-2 * log(1 - dice_throw(dice, THROW_OF_LATENCY)));
	return radius * cos(turn * dice_throw(dice, THROW_OF_LATENCY + 1));
}

int64_t dice_latency(const struct dice *dice, const struct latency *latency)
{
	double ms = (double)latency->least_ms;
	switch (latency->kind) {
	case LATENCY_NONE: return 0;
	case LATENCY_FIXED: break;
	case LATENCY_UNIFORM:
		ms += dice_throw(dice, THROW_OF_LATENCY) *
		      (double)(latency->most_ms - latency->least_ms + 1);
		break;
	case LATENCY_LOGNORMAL: ms *= exp(latency->sigma * throw_normal(dice)); break;
	}
	return ms < FAULT_TIME_MAXIMUM_MS ? (int64_t)ms : FAULT_TIME_MAXIMUM_MS;
}
