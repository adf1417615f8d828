/* SPDX-License-Identifier: MIT */
#include "util/clock.h"

#include <stddef.h>
#include <string.h>
#include <time.h>

static int64_t read_clock(clockid_t which, int64_t per_second)
{
	struct timespec now;
	clock_gettime(which, &now); /* cannot fail for these clocks */
	return (int64_t)now.tv_sec * per_second + now.tv_nsec / (1000000000 / per_second);
}

int64_t clock_now_ms(void)
{
	return read_clock(CLOCK_REALTIME, 1000);
}

int64_t clock_monotonic_us(void)
{
	return read_clock(CLOCK_MONOTONIC, 1000000);
}

/* The civil date of a day counted from 1970-01-01, in the proleptic Gregorian calendar: counts in
 * eras of 400 years that begin on 1 March, so that the leap day is the last of its year. */
static void civil_from_days(int64_t days, int64_t *year, int64_t *month, int64_t *day)
{
	const int64_t shifted = days + 719468;
	const int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
	const int64_t day_of_era = shifted - era * 146097;
	const int64_t year_of_era =
		(day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	const int64_t day_of_year =
		day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	const int64_t march_month = (5 * day_of_year + 2) / 153;
	*day = day_of_year - (153 * march_month + 2) / 5 + 1;
	*month = march_month < 10 ? march_month + 3 : march_month - 9;
	*year = year_of_era + era * 400 + (*month <= 2);
}

static int64_t days_from_civil(int64_t year, int64_t month, int64_t day)
{
	const int64_t march_year = year - (month <= 2);
	const int64_t era = (march_year >= 0 ? march_year : march_year - 399) / 400;
	const int64_t year_of_era = march_year - era * 400;
	const int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	const int64_t day_of_era =
		year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
	return era * 146097 + day_of_era - 719468;
}

static inline void put_digits(char *out, int64_t value, int count)
{
	for (int i = count - 1; i >= 0; i--) {
		out[i] = (char)('0' + value % 10);
		value /= 10;
	}
}

static int64_t floor_divide(int64_t value, int64_t divisor)
{
	const int64_t quotient = value / divisor;
	return quotient - (value % divisor < 0);
}

/* Writes `YYYY-MM-DD`. Most dates that are written one after the other are of the same day: the
 * last one is kept. */
static void format_day(int64_t days, char *out)
{
	static _Thread_local int64_t known_days = INT64_MIN;
	static _Thread_local char known[] = "0000-00-00";
	if (days != known_days) {
		int64_t year, month, day;
		civil_from_days(days, &year, &month, &day);
		put_digits(known, year, 4);
		put_digits(known + 5, month, 2);
		put_digits(known + 8, day, 2);
		known_days = days;
	}
	memcpy(out, known, sizeof(known) - 1);
}

static void format_second(int64_t seconds, char out[CLOCK_TEXT_SIZE])
{
	const int64_t days = floor_divide(seconds, 86400);
	const int second_of_day = (int)(seconds - days * 86400);
	memcpy(out, "0000-00-00T00:00:00Z", CLOCK_TEXT_SIZE);
	format_day(days, out);
	put_digits(out + 11, second_of_day / 3600, 2);
	put_digits(out + 14, second_of_day / 60 % 60, 2);
	put_digits(out + 17, second_of_day % 60, 2);
}

/* Here, too, the last one is kept: what was never changed shows its time twice. */
void clock_format(int64_t ms, char ret_text[CLOCK_TEXT_SIZE])
{
	static _Thread_local int64_t known_seconds = INT64_MIN;
	static _Thread_local char known[CLOCK_TEXT_SIZE];
	const int64_t seconds = floor_divide(ms, 1000);
	if (seconds != known_seconds) {
		format_second(seconds, known);
		known_seconds = seconds;
	}
	memcpy(ret_text, known, CLOCK_TEXT_SIZE);
}

void clock_format_exact(int64_t ms, char ret_text[CLOCK_EXACT_TEXT_SIZE])
{
	const int64_t fraction = ms - floor_divide(ms, 1000) * 1000;
	clock_format(ms, ret_text);
	if (fraction == 0)
		return;
	memcpy(ret_text + CLOCK_TEXT_SIZE - sizeof("Z"), ".000Z", sizeof(".000Z"));
	put_digits(ret_text + CLOCK_TEXT_SIZE - 1, fraction, 3);
}

int64_t clock_add_months(int64_t ms, int months)
{
	const int64_t day_ms = INT64_C(86400) * 1000;
	const int64_t days = floor_divide(ms, day_ms);
	int64_t year, month, day;
	civil_from_days(days, &year, &month, &day);
	const int64_t index = year * 12 + month - 1 + months;
	const int64_t first = days_from_civil(floor_divide(index, 12), index % 12 + 1, 1);
	const int64_t next = days_from_civil(floor_divide(index + 1, 12), (index + 1) % 12 + 1, 1);
	const int64_t length = next - first;
	return (first + (day < length ? day : length) - 1) * day_ms + (ms - days * day_ms);
}

/* Whether `text` is of the form: zeros stand for digits, all else for itself. */
static bool has_form(const char *text, const char *form)
{
	size_t i = 0;
	for (; form[i] != '\0'; i++) {
		const bool is_digit = text[i] >= '0' && text[i] <= '9';
		if (form[i] == '0' ? !is_digit : text[i] != form[i])
			return false;
	}
	return text[i] == '\0';
}

static int64_t number_at(const char *text, int count)
{
	int64_t value = 0;
	for (int i = 0; i < count; i++)
		value = value * 10 + (text[i] - '0');
	return value;
}

/* Reads exactly the form that clock_format writes. */
static bool parse_written(const char *text, int64_t *ret_ms)
{
	if (!has_form(text, "0000-00-00T00:00:00Z"))
		return false;
	const int64_t days =
		days_from_civil(number_at(text, 4), number_at(text + 5, 2), number_at(text + 8, 2));
	const int64_t seconds = number_at(text + 11, 2) * 3600 + number_at(text + 14, 2) * 60 +
				number_at(text + 17, 2);
	const int64_t ms = (days * 86400 + seconds) * 1000;
	/* 31 February and 25:61 come back as another moment: writing it again shows that. */
	char again[CLOCK_TEXT_SIZE];
	clock_format(ms, again);
	if (strcmp(again, text) != 0)
		return false;
	*ret_ms = ms;
	return true;
}

/* The day, hour and minute of "2026-01-02T03:04", or the day only. */
static bool parse_minute(const char *text, size_t length, int64_t *ret_ms)
{
	char whole[CLOCK_TEXT_SIZE] = "0000-00-00T00:00:00Z";
	memcpy(whole, text, length);
	return parse_written(whole, ret_ms);
}

/* ":05.123": seconds and their fraction, if any. Gives what follows, or NULL when it is wrong. */
static const char *parse_seconds(const char *text, int64_t *ms)
{
	int64_t unit = 100;
	if (text[0] != ':')
		return text;
	if (text[1] < '0' || text[1] > '5' || text[2] < '0' || text[2] > '9')
		return NULL;
	*ms += number_at(text + 1, 2) * 1000;
	text += 3;
	if (*text != '.')
		return text;
	if (text[1] < '0' || text[1] > '9')
		return NULL;
	for (text++; *text >= '0' && *text <= '9'; text++, unit /= 10)
		*ms += (*text - '0') * unit;
	return text;
}

/* "Z", an offset ("+01:30", "+0130", "+01"), or nothing, which is UTC; to the end of the text. */
static bool parse_zone(const char *text, int64_t *ms)
{
	if (text[0] == '\0' || strcmp(text, "Z") == 0)
		return true;
	const char *digits = text + 1;
	const bool with_colon = has_form(digits, "00:00");
	if ((text[0] != '+' && text[0] != '-') ||
		(!with_colon && !has_form(digits, "0000") && !has_form(digits, "00")))
		return false;
	const int64_t hours = number_at(digits, 2);
	const int64_t minutes = digits[2] == '\0' ? 0 : number_at(digits + 2 + with_colon, 2);
	const int64_t offset_ms = (hours * 60 + minutes) * 60000;
	*ms += text[0] == '+' ? -offset_ms : offset_ms;
	return hours < 24 && minutes < 60;
}

bool clock_parse(const char *text, int64_t *ret_ms)
{
	const size_t day = sizeof("2026-01-02") - 1, minute = sizeof("2026-01-02T03:04") - 1;
	const size_t length = strlen(text);
	int64_t ms;
	if (length != day && length < minute)
		return false;
	if (!parse_minute(text, length == day ? day : minute, &ms))
		return false;
	const char *rest = length == day ? "" : parse_seconds(text + minute, &ms);
	if (rest == NULL || !parse_zone(rest, &ms) || ms < CLOCK_EARLIEST_MS ||
		ms > CLOCK_LATEST_MS)
		return false;
	*ret_ms = ms;
	return true;
}
