/* SPDX-License-Identifier: MIT */
#include "seed/clock_document.h"

#include <string.h>

#include "util/clock.h"

/* Some times in records are 0 for "not yet": 2000-01-01 is far from that. */
static const int64_t now_minimum_ms = INT64_C(946684800000);

/* Rates beyond these are typing errors: a thousandth of real time, and a day in a millisecond. */
static const double rate_minimum = 0.001, rate_maximum = 86400000;

static bool read_rate(const json_t *value, double *ret_rate)
{
	*ret_rate = json_number_value(value);
	return json_is_number(value) && *ret_rate >= rate_minimum && *ret_rate <= rate_maximum;
}

static const char *read_member(
	const char *key, const json_t *value, struct account_clock *clock, int64_t *now_ms)
{
	const char *text = json_string_value(value);
	bool good = false;
	if (strcmp(key, "mode") == 0)
		good = text != NULL && account_clock_mode_named(text, &clock->mode);
	else if (strcmp(key, "now") == 0)
		good = text != NULL && clock_parse(text, now_ms) && *now_ms >= now_minimum_ms;
	else if (strcmp(key, "rate") == 0)
		good = read_rate(value, &clock->rate);
	return good ? NULL : key;
}

const char *clock_document_read(const json_t *object, const struct account_clock *current,
	int64_t real_ms, struct account_clock *ret_clock)
{
	const char *key;
	json_t *value;
	const char *wrong = json_is_object(object) ? NULL : "";
	int64_t now_ms = account_clock_now(current, real_ms);
	*ret_clock = *current;
	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		if (wrong == NULL)
			wrong = read_member(key, value, ret_clock, &now_ms);
	}
	if (wrong == NULL && ret_clock->mode == CLOCK_SCALED &&
		json_object_get(object, "rate") == NULL && current->mode != CLOCK_SCALED)
		wrong = "rate";
	/* "real" without a time is real time itself, not an offset that once was. */
	if (ret_clock->mode == CLOCK_REAL && json_object_get(object, "now") == NULL)
		now_ms = real_ms;
	if (ret_clock->mode != CLOCK_SCALED)
		ret_clock->rate = 1;
	account_clock_set(ret_clock, real_ms, now_ms);
	return wrong;
}

json_t *clock_document_write(const struct account_clock *clock, int64_t real_ms)
{
	char now[CLOCK_TEXT_SIZE];
	clock_format(account_clock_now(clock, real_ms), now);
	const double rate = clock->rate;
	json_t *number =
		rate == (double)(int64_t)rate ? json_integer((int64_t)rate) : json_real(rate);
	return json_pack("{s:s, s:s, s:o}", "mode", account_clock_mode_name(clock->mode), "now",
		now, "rate", number);
}
