/* SPDX-License-Identifier: MIT */
/* Accounts' clocks, lengths of time, months. */
#include "unit.h"

#include "util/account_clock.h"
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clocks_show_their_time),
		cmocka_unit_test(modes_have_names),
		cmocka_unit_test(durations_are_read),
		cmocka_unit_test(months_end_on_their_last_day),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
