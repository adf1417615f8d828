/* SPDX-License-Identifier: MIT */
#include "model/account_clock.h"

#include <stddef.h>
#include <string.h>

#include "util/clock.h"
#include "util/count.h"

static const char *const mode_names[] = { "real", "frozen", "scaled" };

const char *account_clock_mode_name(enum clock_mode mode)
{
	return mode_names[mode];
}

bool account_clock_mode_named(const char *name, enum clock_mode *ret_mode)
{
	for (size_t i = 0; i < COUNT_OF(mode_names); i++) {
		if (strcmp(mode_names[i], name) == 0) {
			*ret_mode = (enum clock_mode)i;
			return true;
		}
	}
	return false;
}

double account_clock_rate(const struct account_clock *clock)
{
	if (clock->held || clock->mode == CLOCK_FROZEN)
		return 0;
	return clock->mode == CLOCK_SCALED ? clock->rate : 1;
}

int64_t account_clock_now(const struct account_clock *clock, int64_t real_ms)
{
	const double rate = account_clock_rate(clock);
	const int64_t passed = real_ms - clock->real_ms;
	if (rate <= 0)
		return clock->account_ms;
	const int64_t left = CLOCK_LATEST_MS - clock->account_ms;
	if ((double)passed * rate >= (double)left)
		return CLOCK_LATEST_MS;
	/* Whole numbers where the rate allows: real time has more digits than a double. */
	return clock->account_ms + (rate == 1 ? passed : (int64_t)((double)passed * rate));
}

void account_clock_set(struct account_clock *clock, int64_t real_ms, int64_t account_ms)
{
	clock->real_ms = real_ms;
	clock->account_ms = account_ms;
}

bool account_clock_wake(const struct account_clock *clock, int64_t account_ms, int64_t *ret_real_ms)
{
	const double rate = account_clock_rate(clock);
	const int64_t left = account_ms - clock->account_ms;
	if (rate <= 0)
		return false;
	/* Rounded up: at that moment the clock must have got there. */
	*ret_real_ms = clock->real_ms + (rate == 1 ? left : (int64_t)((double)left / rate) + 1);
	return true;
}

static bool read_unit(const char **text, int64_t *ret_ms)
{
	static const struct {
		const char *name;
		int64_t ms;
	} units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 },
		{ "d", 86400000 } };
	for (size_t i = 0; i < COUNT_OF(units); i++) {
		const size_t length = strlen(units[i].name);
		if (strncmp(*text, units[i].name, length) == 0) {
			*text += length;
			*ret_ms = units[i].ms;
			return true;
		}
	}
	return false;
}

bool duration_parse(const char *text, int64_t *ret_ms)
{
	const int64_t maximum = INT64_C(86400000) * 36525;
	int64_t total = 0;
	if (*text == '\0')
		return false;
	while (*text != '\0') {
		int64_t number = 0, unit_ms;
		const char *digits = text;
		for (; *text >= '0' && *text <= '9'; text++) {
			if (number > maximum)
				return false;
			number = number * 10 + (*text - '0');
		}
		if (text == digits || !read_unit(&text, &unit_ms) || number > maximum / unit_ms)
			return false;
		total += number * unit_ms;
		if (total > maximum)
			return false;
	}
	*ret_ms = total;
	return true;
}
