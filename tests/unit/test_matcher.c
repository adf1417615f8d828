/* SPDX-License-Identifier: MIT */
/* Matchers: what they take, what they refuse to read, and how far a request is from one. */
#include "in_arena.h"

#include <string.h>

#include "watch/matcher.h"

static struct parameter form_items[] = { { "UniqueName", "first" }, { "DataLimit", "10" },
	{ "UniqueName", "a\xc2\xa0" } };

static const struct request_view create = {
	.method = "POST",
	.path = "/v1/Fleets",
	.operation = "CreateFleet",
	.form = { form_items, 3 },
	.status = 201,
	.applied = APPLIED_YES,
};

static bool read(const char *text, struct matcher *matcher, struct problem *problem)
{
	json_t *object = json_loads(text, JSON_ALLOW_NUL, NULL);
	assert_non_null(object);
	const bool good = matcher_read(&arena, "match.", object, MATCH_ANSWERED, matcher, problem);
	json_decref(object);
	return good;
}

static struct matcher matcher_of(const char *text)
{
	struct matcher matcher;
	struct problem problem;
	assert_true(read(text, &matcher, &problem));
	return matcher;
}

static void what_fits_is_taken(void **state)
{
	(void)state;
	static const char *const texts[] = { "{}", "{\"method\":\"POST\"}",
		"{\"path\":\"/v1/Fleets\"}", "{\"path\":\"/v1/*\"}", "{\"path\":\"*\"}",
		"{\"path\":\"/*/Fleets\"}", "{\"operation\":\"Create*\"}",
		"{\"form\":{\"DataLimit\":\"10\"}}", "{\"form\":{\"UniqueName\":\"a*\"}}",
		"{\"status\":201,\"code\":0,\"applied\":true,\"query\":{}}" };
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		const struct matcher matcher = matcher_of(texts[i]);
		struct difference first;
		assert_true(matcher_matches(&matcher, &create));
		assert_int_equal(
			matcher_distance(&arena, &matcher, &create, UINT32_MAX, &first), 0);
	}
}

static void what_does_not_fit_is_told_with_its_first_difference(void **state)
{
	(void)state;
	static const struct {
		const char *text, *at, *expected, *was;
	} cases[] = {
		{ "{\"method\":\"GET\",\"status\":200}", "method", "GET", "POST" },
		{ "{\"path\":\"/v1/Fleet\"}", "path", "/v1/Fleet", "/v1/Fleets" },
		{ "{\"path\":\"/v1/Fleets/*\"}", "path", "/v1/Fleets/*", "/v1/Fleets" },
		{ "{\"path\":\"/*/*/Fleets\"}", "path", "/*/*/Fleets", "/v1/Fleets" },
		{ "{\"form\":{\"UniqueName\":\"a\"}}", "form.UniqueName", "a", "a\xc2\xa0" },
		{ "{\"form\":{\"X\":\"*\"}}", "form.X", "*", NULL },
		{ "{\"query\":{\"Page\":\"1\"}}", "query.Page", "1", NULL },
		{ "{\"status\":200}", "status", "200", "201" },
		{ "{\"code\":20404}", "code", "20404", "0" },
		{ "{\"applied\":false}", "applied", "false", "true" },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct matcher matcher = matcher_of(cases[i].text);
		struct difference first;
		assert_false(matcher_matches(&matcher, &create));
		assert_true(matcher_distance(&arena, &matcher, &create, UINT32_MAX, &first) > 0);
		assert_string_equal(first.at, cases[i].at);
		assert_string_equal(first.expected, cases[i].expected);
		if (cases[i].was == NULL)
			assert_null(first.was);
		else
			assert_string_equal(first.was, cases[i].was);
	}
}

/* What stands before a text in memory is no part of it. */
static void a_pattern_begins_at_its_beginning(void **state)
{
	(void)state;
	static const char memory[] = "/*/v1/Fleets";
	const struct matcher matcher = { .given = MATCH_PATH, .path = memory + 1 };
	struct request_view view = create;
	view.path = "here/v1/Fleets";
	assert_false(matcher_matches(&matcher, &view));
}

static void who_differs_less_is_nearer(void **state)
{
	(void)state;
	struct difference first;
	const struct matcher near = matcher_of("{\"method\":\"POST\",\"path\":\"/v1/Fleet\"}");
	const struct matcher far = matcher_of("{\"method\":\"GET\",\"path\":\"/v1/Sims\"}");
	assert_true(matcher_distance(&arena, &near, &create, UINT32_MAX, &first) <
		    matcher_distance(&arena, &far, &create, UINT32_MAX, &first));
}

static void what_is_enough_is_not_gone_beyond(void **state)
{
	(void)state;
	struct difference first;
	const struct matcher far = matcher_of("{\"method\":\"GET\",\"path\":\"/v1/Sims\","
					      "\"form\":{\"X\":\"1\",\"Y\":\"2\"}}");
	const unsigned all = matcher_distance(&arena, &far, &create, UINT32_MAX, &first);
	const unsigned some = matcher_distance(&arena, &far, &create, all - 5, &first);
	assert_in_range(some, all - 5, all - 1);
	assert_int_equal(matcher_distance(&arena, &far, &create, 1, &first), 3);
	assert_string_equal(first.at, "method");
}

static void what_cannot_be_seen_is_nearer_than_another_name(void **state)
{
	(void)state;
	struct difference first;
	const struct matcher same = matcher_of("{\"form\":{\"UniqueName\":\"a\"}}");
	const struct matcher other = matcher_of("{\"form\":{\"UniqueName\":\"b\"}}");
	assert_true(matcher_distance(&arena, &same, &create, UINT32_MAX, &first) <
		    matcher_distance(&arena, &other, &create, UINT32_MAX, &first));
}

static void what_cannot_be_read_is_named(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int kind;
		const char *field;
	} cases[] = {
		{ "[]", PROBLEM_VALUE, "match." },
		{ "{\"verb\":\"GET\"}", PROBLEM_UNKNOWN_KEY, "match.verb" },
		{ "{\"method\":1}", PROBLEM_VALUE, "match.method" },
		{ "{\"method\":\"\"}", PROBLEM_VALUE, "match.method" },
		{ "{\"path\":\"a\\u0000b\"}", PROBLEM_VALUE, "match.path" },
		{ "{\"form\":[]}", PROBLEM_VALUE, "match.form" },
		{ "{\"form\":{\"DataLimit\":10}}", PROBLEM_VALUE, "match.form.DataLimit" },
		{ "{\"status\":\"200\"}", PROBLEM_VALUE, "match.status" },
		{ "{\"code\":-1}", PROBLEM_VALUE, "match.code" },
		{ "{\"applied\":null}", PROBLEM_VALUE, "match.applied" },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct matcher matcher;
		struct problem problem;
		assert_false(read(cases[i].text, &matcher, &problem));
		assert_int_equal(problem.kind, cases[i].kind);
		assert_string_equal(problem.field, cases[i].field);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ARENA(what_fits_is_taken),
		WITH_ARENA(what_does_not_fit_is_told_with_its_first_difference),
		WITH_ARENA(a_pattern_begins_at_its_beginning),
		WITH_ARENA(who_differs_less_is_nearer),
		WITH_ARENA(what_is_enough_is_not_gone_beyond),
		WITH_ARENA(what_cannot_be_seen_is_nearer_than_another_name),
		WITH_ARENA(what_cannot_be_read_is_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
