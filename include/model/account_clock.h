/* SPDX-License-Identifier: MIT */
/*
 * An account's clock: real time, a time that stands still, or one that runs faster or slower.
 *
 * It is a line through one point: at `real_ms` of real time it showed `account_ms`, and since then
 * it ran `rate` times as fast. Everything that an account can see has its time from here.
 */
#ifndef MODEL_ACCOUNT_CLOCK_H
#define MODEL_ACCOUNT_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

enum clock_mode { CLOCK_REAL, CLOCK_FROZEN, CLOCK_SCALED };

struct account_clock {
	enum clock_mode mode;
	double rate; /* of account time to real time; of a scaled clock */
	int64_t real_ms, account_ms;
	bool held; /* it is being advanced: it shows `account_ms`, whatever its mode */
};

/* Real time: what an account begins with. */
static inline struct account_clock account_clock_real(void)
{
	return (struct account_clock){ .mode = CLOCK_REAL, .rate = 1 };
}

/* The names of the modes: "real", "frozen", "scaled". */
const char *account_clock_mode_name(enum clock_mode mode);

/* False when there is no mode of this name. */
bool account_clock_mode_named(const char *name, enum clock_mode *ret_mode);

/* What the clock shows at a moment of real time, in milliseconds. At the latest time of all
 * (util/clock.h) it stands still. */
int64_t account_clock_now(const struct account_clock *clock, int64_t real_ms);

/* Lets the clock show `account_ms` at `real_ms`. */
void account_clock_set(struct account_clock *clock, int64_t real_ms, int64_t account_ms);

/* How fast it runs now; 0 when it stands still. */
double account_clock_rate(const struct account_clock *clock);

/* When, in real time, the clock will show `account_ms`. False when it stands still. */
bool account_clock_wake(
	const struct account_clock *clock, int64_t account_ms, int64_t *ret_real_ms);

/* Reads a length of time, "72h", "1h30m", "500ms", "2d", into milliseconds; at most 100 years.
 * False for anything else. */
bool duration_parse(const char *text, int64_t *ret_ms);

#endif
