/* SPDX-License-Identifier: MIT */
/* Accounts' clocks, lengths of time, months. */
#include "unit.h"

#include "model/account_clock.h"
#include "util/clock.h"

static void clocks_show_their_time(void **state)
{
	(void)state;
	struct account_clock clock = account_clock_real();
	int64_t wake;
	assert_int_equal(account_clock_now(&clock, 1234), 1234);
	assert_true(account_clock_wake(&clock, 5000, &wake));
	assert_int_equal(wake, 5000);
	clock.mode = CLOCK_FROZEN;
	account_clock_set(&clock, 1000, 777);
	assert_int_equal(account_clock_now(&clock, 99999), 777);
	assert_false(account_clock_wake(&clock, 777, &wake));
	clock.mode = CLOCK_SCALED;
	clock.rate = 60;
	account_clock_set(&clock, 1000, 500);
	assert_int_equal(account_clock_now(&clock, 2000), 500 + 60000);
	assert_true(account_clock_wake(&clock, 500 + 60000, &wake));
	assert_in_range(wake, 2000, 2001);
	assert_true(account_clock_now(&clock, wake) >= 500 + 60000);
	clock.held = true;
	assert_int_equal(account_clock_now(&clock, 2000), 500);
	assert_false(account_clock_wake(&clock, 600, &wake));
}

static void modes_have_names(void **state)
{
	(void)state;
	enum clock_mode mode;
	assert_true(account_clock_mode_named("scaled", &mode));
	assert_int_equal(mode, CLOCK_SCALED);
	assert_string_equal(account_clock_mode_name(CLOCK_FROZEN), "frozen");
	assert_false(account_clock_mode_named("Frozen", &mode));
}

static void exact_times_are_read_as_they_were_written(void **state)
{
	(void)state;
	static const struct {
		int64_t ms;
		const char *text;
	} cases[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ 1, "1970-01-01T00:00:00.001Z" },
		{ 1767323045678, "2026-01-02T03:04:05.678Z" },
		{ 1767323045000, "2026-01-02T03:04:05Z" },
		{ -1, "1969-12-31T23:59:59.999Z" },
		{ CLOCK_EARLIEST_MS, "0001-01-01T00:00:00Z" },
		{ CLOCK_LATEST_MS, "9999-12-31T23:59:59Z" },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char text[CLOCK_EXACT_TEXT_SIZE];
		int64_t again;
		clock_format_exact(cases[i].ms, text);
		assert_string_equal(text, cases[i].text);
		assert_true(clock_parse(text, &again));
		assert_int_equal(again, cases[i].ms);
	}
}

static void durations_are_read(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t ms; /* -1: refused */
	} cases[] = {
		{ "0s", 0 },
		{ "1ms", 1 },
		{ "5s", 5000 },
		{ "72h", INT64_C(72) * 3600000 },
		{ "1h30m", 5400000 },
		{ "2d", 172800000 },
		{ "36525d", INT64_C(36525) * 86400000 },
		{ "36525d1ms", -1 },
		{ "", -1 },
		{ "5", -1 },
		{ "s", -1 },
		{ "-5s", -1 },
		{ "1.5h", -1 },
		{ "5 s", -1 },
		{ "5y", -1 },
		{ "99999999999999999999h", -1 },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		int64_t ms = -1;
		assert_int_equal(duration_parse(cases[i].text, &ms), cases[i].ms >= 0);
		if (cases[i].ms >= 0)
			assert_int_equal(ms, cases[i].ms);
	}
}

static void months_end_on_their_last_day(void **state)
{
	(void)state;
	static const struct {
		const char *from;
		int months;
		const char *expected;
	} cases[] = {
		{ "2026-11-24T16:06:55Z", 1, "2026-12-24T16:06:55Z" },
		{ "2026-12-24T00:00:00Z", 1, "2027-01-24T00:00:00Z" },
		{ "2026-01-31T23:59:59Z", 1, "2026-02-28T23:59:59Z" },
		{ "2028-01-31T23:59:59Z", 1, "2028-02-29T23:59:59Z" },
		{ "2026-01-31T00:00:00Z", 2, "2026-03-31T00:00:00Z" },
		{ "2026-10-31T00:00:00Z", 13, "2027-11-30T00:00:00Z" },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		int64_t ms;
		char text[CLOCK_TEXT_SIZE];
		assert_true(clock_parse(cases[i].from, &ms));
		clock_format(clock_add_months(ms, cases[i].months), text);
		assert_string_equal(text, cases[i].expected);
	}
}

static void dates_of_iso_8601_are_read(void **state)
{
	(void)state;
	static const struct {
		const char *text, *same; /* the moment in the form that we write */
		int ms;			 /* and what that form leaves out */
	} cases[] = {
		{ "2026-01-02", "2026-01-02T00:00:00Z", 0 },
		{ "2026-01-02T03:04Z", "2026-01-02T03:04:00Z", 0 },
		{ "2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z", 0 },
		{ "2026-01-02T03:04:05.6Z", "2026-01-02T03:04:05Z", 600 },
		{ "2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05Z", 678 }, /* JavaScript */
		{ "2026-01-02T03:04:05.678901+00:00", "2026-01-02T03:04:05Z", 678 }, /* Python */
		{ "2026-01-02T03:04:05.0009999999999999999999Z", "2026-01-02T03:04:05Z", 0 },
		{ "2026-01-02T03:04:05-00:00", "2026-01-02T03:04:05Z", 0 },
		{ "2026-01-02T03:04+01:30", "2026-01-02T01:34:00Z", 0 },
		{ "2026-01-02T03:04:05+05:30", "2026-01-01T21:34:05Z", 0 },
		{ "2025-12-31T23:00:00-08:00", "2026-01-01T07:00:00Z", 0 },
		{ "2026-01-02T03:04:59.999-23:59", "2026-01-03T03:03:59Z", 999 },
		{ "2028-02-29", "2028-02-29T00:00:00Z", 0 },
		{ "2000-02-29T23:59:59Z", "2000-02-29T23:59:59Z", 0 },
		{ "1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59Z", 500 },
		{ "9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z", 0 },
		{ "9999-12-31T23:59:59+01:00", "9999-12-31T22:59:59Z", 0 },
		{ "0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z", 0 },
		/* no zone: UTC, and nothing but that comes from twilio-java */
		{ "2026-01-02T03:04", "2026-01-02T03:04:00Z", 0 },
		{ "2026-01-02T03:04:05", "2026-01-02T03:04:05Z", 0 },
		{ "2026-01-02T03:04:05.000", "2026-01-02T03:04:05Z", 0 },
		{ "2026-01-02T03:04:05.5", "2026-01-02T03:04:05Z", 500 },
		/* offsets without a colon, or of hours only */
		{ "2026-01-02T03:04:05+0100", "2026-01-02T02:04:05Z", 0 },
		{ "2020-12-12T10:53:43.000-0800", "2020-12-12T18:53:43Z", 0 },
		{ "2026-01-02T03:04:05+02", "2026-01-02T01:04:05Z", 0 },
		{ "2026-01-02T03:04-00", "2026-01-02T03:04:00Z", 0 },
		{ "2026-01-02T03:04:05.250+0530", "2026-01-01T21:34:05Z", 250 },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		int64_t ms, same_ms;
		assert_true(clock_parse(cases[i].text, &ms));
		assert_true(clock_parse(cases[i].same, &same_ms));
		assert_int_equal(ms, same_ms + cases[i].ms);
	}
}

static void what_is_no_date_is_refused(void **state)
{
	(void)state;
	static const char *const texts[] = { "", "x", "2026", "2026-01", "2026-1-2", "20260102",
		"26-01-02", "+2026-01-02", "02026-01-02", "2026-01-02T", "2026-01-02Z",
		"2026-01-02T03Z", "2026-01-02 03:04:05Z", "2026-01-02t03:04:05Z",
		"2026-01-02T03:04:05z", "2026-01-02T03:04:05ZZ", "2026-01-02T03:04:05 Z",
		" 2026-01-02", "2026-01-02 ", "2026-01-02T03:04:5Z", "2026-01-02T03:04:Z",
		"2026-01-02T03:04:05.Z", "2026-01-02T03:04:05,5Z", "2026-01-02T03:04.5Z",
		"2026-01-02T0304Z", "2026/01/02", "2026-01-02T03:04:05+1:00",
		"2026-01-02T03:04:05+01:0", "2026-01-02T03:04:05+01:000",
		"2026-01-02T03:04:05+24:00", "2026-01-02T03:04:05+00:60",
		"2026-01-02T03:04:05+aa:bb", "2026-01-02T03:04:05+", "2026-01-02T03:04:05+2",
		"2026-01-02T03:04:05+020", "2026-01-02T03:04:05+02000", "2026-01-02T03:04:05+24",
		"2026-01-02T03:04:05+2400", "2026-01-02T03:04:05-0060", "2026-01-02T03:04:05 0200",
		"2026-01-02T03:04:05+02:", "2026-01-02T03:04:05+0200Z", "2026-01-02T03:04:05Z+02",
		"2026-01-02T03:04:", "2026-01-02+02:00", "2026-01-02T03:04:05UTC",
		/* earlier than any time that is shown */
		"0000-12-31T23:59:59Z", "0001-01-01T00:00:00+00:01",
		/* days and times that do not exist */
		"2026-00-01", "2026-13-01", "2026-01-00", "2026-01-32", "2026-02-29", "2026-04-31",
		"1900-02-29", "2026-01-02T24:00:00Z", "2026-01-02T03:60Z", "2026-01-02T03:04:60Z",
		"2026-01-02T03:04:99Z",
		/* later than any time that is shown */
		"9999-12-31T23:59:59-00:01", "9999-12-31T23:59:59.001Z", "10000-01-01" };
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		int64_t ms = -77;
		assert_false(clock_parse(texts[i], &ms));
		assert_int_equal(ms, -77);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clocks_show_their_time),
		cmocka_unit_test(modes_have_names),
		cmocka_unit_test(exact_times_are_read_as_they_were_written),
		cmocka_unit_test(durations_are_read),
		cmocka_unit_test(months_end_on_their_last_day),
		cmocka_unit_test(dates_of_iso_8601_are_read),
		cmocka_unit_test(what_is_no_date_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
