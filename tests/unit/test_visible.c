/* SPDX-License-Identifier: MIT */
/* Texts in which nothing hides. */
#include "unit.h"

#include "util/visible.h"

static void test_what_is_shown(void **state)
{
	static const struct {
		const char *text, *shown;
	} cases[] = {
		{ "", "" },
		{ "a b", "a b" },
		{ "Pilot Flåt 🛰", "Pilot Flåt 🛰" },
		{ "a\xC2\xA0", "a\\u00a0" },
		{ " a ", "\\u0020a\\u0020" },
		{ " ", "\\u0020" },
		{ "a\tb\r\n", "a\\u0009b\\u000d\\u000a" },
		{ "a\xE2\x80\x8B", "a\\u200b" },
		{ "\xEF\xBB\xBF"
		  "a",
			"\\ufeffa" },
		{ "e\xCC\x81", "e\\u0301" },
		{ "a\xF3\xA0\x80\x81", "a\\u{e0001}" },
		{ "a\\u00a0", "a\\\\u00a0" },
		{ "a\xFF", "a\\xff" },
		{ "\x7F\xC2\x85", "\\u007f\\u0085" },
	};
	struct arena arena;
	(void)state;
	arena_init(&arena);
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_string_equal(visible_text(&arena, cases[i].text), cases[i].shown);
	assert_null(visible_text(&arena, NULL));
	arena_done(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_what_is_shown) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
