/* SPDX-License-Identifier: MIT */
/* Answers that take very long or are about very much. */
#include "unit.h"

#include <string.h>

#include "http/reply.h"
#include "scheduler/advance.h"

static void durations_do_not_wrap(void **state)
{
	(void)state;
	static const struct {
		int64_t us;
		const char *expected;
	} cases[] = {
		{ 0, "0.000" },
		{ 499, "0.000" },
		{ 500, "0.001" },
		{ 42000, "0.042" },
		{ 9999499, "9.999" },
		{ 9999500, "10.000" },
		{ 99999499, "99.999" },
		{ 99999500, "100.000" },
		{ 3725001000, "3725.001" },
		{ INT64_MAX - 500, "9223372036854.775" },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char text[DURATION_SIZE];
		assert_string_equal(reply_duration(cases[i].us, text), cases[i].expected);
	}
}

static void an_advance_tells_what_ran_first(void **state)
{
	(void)state;
	struct advance *advance = advance_new("AC");
	assert_non_null(advance);
	const struct store_due due = { .kind = "kind", .subject_sid = "sid" };
	const struct due_outcome outcome = { .result = "result" };
	for (int64_t i = 0; i < ADVANCE_RAN_SHOWN + 5; i++)
		assert_true(advance_remember(advance, &due, i, outcome));
	int64_t told = 0;
	for (const struct advance_ran *ran = advance->first; ran != NULL; ran = ran->next)
		assert_int_equal(ran->at_ms, told++);
	assert_int_equal(told, ADVANCE_RAN_SHOWN);
	assert_int_equal(advance->ran_count, ADVANCE_RAN_SHOWN + 5);
	advance_free(advance);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations_do_not_wrap),
		cmocka_unit_test(an_advance_tells_what_ran_first),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
