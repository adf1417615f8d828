/* SPDX-License-Identifier: MIT */
/* Time. Visible times are milliseconds since 1970 in UTC; durations come from the monotonic clock.
 */
#ifndef UTIL_CLOCK_H
#define UTIL_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

enum {
	CLOCK_TEXT_SIZE = sizeof("2026-01-02T03:04:05Z"),
	CLOCK_EXACT_TEXT_SIZE = sizeof("2026-01-02T03:04:05.678Z")
};

/* 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z: no time that is shown is earlier or later. */
#define CLOCK_EARLIEST_MS INT64_C(-62135596800000)
#define CLOCK_LATEST_MS	  INT64_C(253402300799000)

/* Milliseconds since 1970, UTC. */
int64_t clock_now_ms(void);

/* Microseconds since some moment before the start; never goes back. */
int64_t clock_monotonic_us(void);

/* Writes `2026-01-02T03:04:05Z`: Twilio's date form, whole seconds, rounded down. Years 1 to 9999.
 */
void clock_format(int64_t ms, char ret_text[CLOCK_TEXT_SIZE]);

/* The same, with milliseconds where there are some: reading it gives `ms` again. */
void clock_format_exact(int64_t ms, char ret_text[CLOCK_EXACT_TEXT_SIZE]);

/* The same day and time `months` later, or on the last day of a month that has not so many days. */
int64_t clock_add_months(int64_t ms, int months);

/*
 * Reads the date forms of ISO 8601 that people and libraries write: a day, or a day and a time with
 * or without seconds and fractions, in UTC (`Z`) or with an offset (`+01:00`, `+0100`, `+01`). What
 * names no zone is in UTC: twilio-java strips it. What is below a millisecond is dropped.
 * False when `text` is anything else, or outside of CLOCK_EARLIEST_MS to CLOCK_LATEST_MS.
 */
bool clock_parse(const char *text, int64_t *ret_ms);

#endif
