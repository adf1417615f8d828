/* SPDX-License-Identifier: MIT */
/* Fault rules: what is read and refused; which hits; dice; how many requests may be in work. */
#include "in_arena.h"

#include <stdlib.h>
#include <string.h>

#include "watch/dice.h"
#include "watch/traffic.h"

#define AC "AC00000000000000000000000000000000"
#define RQ "RQ00000000000000000000000000000000"

enum { NOW = 1000000 };

static struct parameter webhook_items[] = { { "event", "sms_command" },
	{ "url", "http://127.0.0.1:8000/hook" } };
static struct parameter form_items[] = { { "UniqueName", "first" } };

static const struct request_view create = {
	.method = "POST",
	.path = "/v1/Fleets",
	.operation = "CreateFleet",
	.form = { form_items, 1 },
};
static const struct request_view fetch = { .method = "GET", .path = "/v1/Fleets/a" };
static const struct request_view webhook = {
	.method = "", .path = "", .query = { webhook_items, COUNT_OF(webhook_items) }
};

static bool read_list(const char *text, struct fault_rules *rules, struct problem *problem)
{
	json_t *list = json_loads(text, 0, NULL);
	assert_non_null(list);
	const bool good = fault_rules_read(&arena, list, NOW, rules, problem);
	json_decref(list);
	return good;
}

/* A set of rules in force. */
static struct fault_set *set_of(const char *text, uint64_t seed)
{
	struct fault_rules rules;
	struct problem problem;
	if (!read_list(text, &rules, &problem))
		fail_msg("%s: %s", problem.field, problem.hint);
	struct fault_set *set = fault_set_new(fault_rules_text(&arena, &rules), seed);
	assert_non_null(set);
	return set;
}

static const char *hit_at(struct fault_set *set, const struct request_view *view, int64_t now_ms)
{
	static struct fault_hit hit;
	const enum fault_side side = view == &webhook ? FAULT_OF_WEBHOOK : FAULT_OF_REQUEST;
	return fault_set_take(set, side, view, RQ, now_ms, &hit) ? hit.id : "";
}

static const char *hit_by(struct fault_set *set, const struct request_view *view)
{
	return hit_at(set, view, NOW);
}

/* ── reading ─────────────────────────────────────────────────────────────────────────────── */

static void what_is_wrong_is_named(void **state)
{
	(void)state;
	static const struct {
		const char *text, *field;
		int kind;
	} cases[] = {
		{ "{}", "faults", PROBLEM_VALUE },
		{ "[1]", "faults[0]", PROBLEM_VALUE },
		{ "[{}]", "faults[0].then", PROBLEM_MISSING_KEY },
		{ "[{\"them\":1}]", "faults[0].them", PROBLEM_UNKNOWN_KEY },
		{ "[{\"then\":{}}]", "faults[0].then", PROBLEM_VALUE },
		{ "[{\"then\":[]}]", "faults[0].then", PROBLEM_VALUE },
		{ "[{\"then\":{\"close\":false}}]", "faults[0].then.close", PROBLEM_VALUE },
		{ "[{\"then\":{\"crash\":true}}]", "faults[0].then.crash", PROBLEM_UNKNOWN_KEY },
		{ "[{\"then\":{\"status\":200}}]", "faults[0].then.status", PROBLEM_VALUE },
		{ "[{\"then\":{\"status\":500,\"close\":true}}]", "faults[0].then.close",
			PROBLEM_VALUE },
		{ "[{\"then\":{\"code\":20429}}]", "faults[0].then.code", PROBLEM_VALUE },
		{ "[{\"then\":{\"close\":true,\"retry_after\":1}}]", "faults[0].then.retry_after",
			PROBLEM_VALUE },
		{ "[{\"then\":{\"truncate\":16777216}}]", "faults[0].then.truncate",
			PROBLEM_VALUE },
		{ "[{\"then\":{\"truncate\":-1}}]", "faults[0].then.truncate", PROBLEM_VALUE },
		{ "[{\"then\":{\"latency_ms\":600001}}]", "faults[0].then.latency_ms",
			PROBLEM_VALUE },
		{ "[{\"then\":{\"latency_ms\":1,\"latency\":{\"fixed_ms\":1}}}]",
			"faults[0].then.latency", PROBLEM_VALUE },
		{ "[{\"then\":{\"latency\":{\"uniform_ms\":[2,1]}}}]", "faults[0].then.latency",
			PROBLEM_VALUE },
		{ "[{\"then\":{\"latency\":{\"lognormal\":{\"median_ms\":1}}}}]",
			"faults[0].then.latency", PROBLEM_VALUE },
		{ "[{\"then\":{\"timeout\":true}}]", "faults[0].then.timeout",
			PROBLEM_UNKNOWN_KEY },
		{ "[{\"when\":\"after_commit\",\"then\":{\"latency_ms\":1}}]", "faults[0].when",
			PROBLEM_VALUE },
		{ "[{\"when\":\"after\",\"then\":{\"close\":true}}]", "faults[0].when",
			PROBLEM_VALUE },
		{ "[{\"probability\":0,\"then\":{\"close\":true}}]", "faults[0].probability",
			PROBLEM_VALUE },
		{ "[{\"probability\":1.1,\"then\":{\"close\":true}}]", "faults[0].probability",
			PROBLEM_VALUE },
		{ "[{\"count\":0,\"then\":{\"close\":true}}]", "faults[0].count", PROBLEM_VALUE },
		{ "[{\"skip\":-1,\"then\":{\"close\":true}}]", "faults[0].skip", PROBLEM_VALUE },
		{ "[{\"for\":\"0s\",\"then\":{\"close\":true}}]", "faults[0].for", PROBLEM_VALUE },
		{ "[{\"id\":\"a/b\",\"then\":{\"close\":true}}]", "faults[0].id", PROBLEM_VALUE },
		{ "[{\"match\":[],\"then\":{\"close\":true}}]", "faults[0].match", PROBLEM_VALUE },
		{ "[{\"match\":{\"status\":1},\"then\":{\"close\":true}}]",
			"faults[0].match.status", PROBLEM_UNKNOWN_KEY },
		{ "[{\"match\":{\"form\":{\"a\":1}},\"then\":{\"close\":true}}]",
			"faults[0].match.form.a", PROBLEM_VALUE },
		{ "[{\"expires_at_ms\":1,\"then\":{\"close\":true}}]", "faults[0].expires_at_ms",
			PROBLEM_VALUE },
		{ "[{\"id\":\"a\",\"then\":{\"close\":true}},"
		  "{\"id\":\"a\",\"then\":{\"close\":true}}]",
			"faults[1].id", PROBLEM_VALUE },
		{ "[{\"side\":\"webhook\",\"match\":{\"form\":{}},\"then\":{\"close\":true}}]",
			"faults[0].match.form", PROBLEM_UNKNOWN_KEY },
		{ "[{\"side\":\"webhook\",\"match\":{\"fleet\":\"name\"},"
		  "\"then\":{\"close\":true}}]",
			"faults[0].match.fleet", PROBLEM_VALUE },
		{ "[{\"side\":\"webhook\",\"then\":{\"reset\":true}}]", "faults[0].then.reset",
			PROBLEM_UNKNOWN_KEY },
		{ "[{\"side\":\"webhook\",\"when\":\"after_commit\",\"then\":{\"close\":true}}]",
			"faults[0].when", PROBLEM_VALUE },
		{ "[{\"side\":\"both\",\"then\":{\"close\":true}}]", "faults[0].side",
			PROBLEM_VALUE },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct fault_rules rules;
		struct problem problem;
		if (read_list(cases[i].text, &rules, &problem))
			fail_msg("%s was read", cases[i].text);
		assert_string_equal(problem.field, cases[i].field);
		assert_int_equal(problem.kind, cases[i].kind);
		assert_non_null(problem.hint);
	}
}

static const char *text_of(const struct fault_rule *rule)
{
	struct strbuf text;
	strbuf_init(&text, 10000);
	fault_rule_add(&text, rule);
	const char *copy = arena_copy(&arena, text.data, text.length);
	strbuf_done(&text);
	return copy;
}

static void what_is_read_is_written_back(void **state)
{
	(void)state;
	struct fault_rules rules, again;
	struct problem problem;
	assert_true(read_list(
		"[{\"id\":\"a\",\"match\":{\"path\":\"/v1/*\",\"form\":{\"A\":\"\\u00e4*\"}},"
		"\"skip\":2,\"count\":3,\"probability\":0.1,\"when\":\"after_commit\","
		"\"for\":\"1m30s\",\"then\":{\"status\":503,\"code\":7,\"retry_after\":0,"
		"\"latency\":{\"uniform_ms\":[1,2]}}},"
		"{\"side\":\"webhook\",\"match\":{\"url\":\"http://a/*\"},\"count\":null,"
		"\"then\":{\"timeout\":true},\"hits\":1,\"last\":[],\"exhausted\":false}]",
		&rules, &problem));
	assert_true(fault_rules_parse(&arena, fault_rules_text(&arena, &rules), &again));
	assert_int_equal(again.count, 2);
	for (size_t i = 0; i < rules.count; i++) {
		assert_string_equal(text_of(&rules.items[i]), text_of(&again.items[i]));
		assert_int_equal(rules.items[i].expires_ms, again.items[i].expires_ms);
	}
	assert_int_equal(again.items[0].expires_ms, NOW + 90000);
	assert_int_equal(again.items[0].then.retry_after_s, 0);
	assert_int_equal(again.items[1].count, 0);
	assert_int_equal(again.items[1].then.kind, FAULT_TIMEOUT);
}

/* Once, unless it is said how often or how long. */
static void how_often_a_rule_hits_by_itself(void **state)
{
	(void)state;
	struct fault_rules rules;
	struct problem problem;
	assert_true(read_list("[{\"then\":{\"close\":true}},"
			      "{\"probability\":0.5,\"then\":{\"close\":true}},"
			      "{\"for\":\"1s\",\"then\":{\"close\":true}},"
			      "{\"for\":\"1s\",\"count\":2,\"then\":{\"close\":true}}]",
		&rules, &problem));
	static const int64_t counts[] = { 1, 0, 0, 2 };
	for (size_t i = 0; i < COUNT_OF(counts); i++)
		assert_int_equal(rules.items[i].count, counts[i]);
	assert_memory_equal(rules.items[0].id, "FA", 2);
	assert_string_not_equal(rules.items[0].id, rules.items[1].id);
}

/* ── hitting ─────────────────────────────────────────────────────────────────────────────── */

static void the_first_that_matches_hits(void **state)
{
	(void)state;
	struct fault_set *set = set_of(
		"[{\"id\":\"skips\",\"skip\":1,\"count\":2,\"then\":{\"close\":true}},"
		"{\"id\":\"hook\",\"side\":\"webhook\",\"match\":{\"url\":\"http://*\"},"
		"\"count\":null,\"then\":{\"close\":true}},"
		"{\"id\":\"get\",\"match\":{\"method\":\"GET\"},\"then\":{\"close\":true}},"
		"{\"id\":\"form\",\"match\":{\"form\":{\"UniqueName\":\"f*\"}},\"count\":null,"
		"\"then\":{\"close\":true}}]",
		0);
	assert_string_equal(hit_by(set, &create), "form"); /* the first is skipped */
	assert_string_equal(hit_by(set, &create), "skips");
	assert_string_equal(hit_by(set, &fetch), "skips");
	assert_string_equal(hit_by(set, &fetch), "get");
	assert_string_equal(hit_by(set, &fetch), "");
	assert_string_equal(hit_by(set, &create), "form");
	assert_string_equal(hit_by(set, &webhook), "hook");
	bool any;
	assert_int_equal(
		fault_set_looks_at(set, FAULT_OF_REQUEST, &any), MATCH_METHOD | MATCH_FORM);
	assert_true(any);
	fault_set_free(set);
}

static void a_rule_ends_with_its_time(void **state)
{
	(void)state;
	struct fault_set *set =
		set_of("[{\"id\":\"a\",\"for\":\"1s\",\"then\":{\"close\":true}}]", 0);
	assert_string_equal(hit_at(set, &create, NOW + 999), "a");
	assert_string_equal(hit_at(set, &create, NOW + 1000), "");
	fault_set_free(set);
}

static void rules_that_stay_go_on_counting(void **state)
{
	(void)state;
	static const char rules[] = "[{\"id\":\"a\",\"count\":2,\"then\":{\"close\":true}}]";
	struct fault_set *before = set_of(rules, 0);
	assert_string_equal(hit_by(before, &create), "a");
	struct fault_set *set = set_of(rules, 0);
	fault_set_inherit(set, before);
	fault_set_free(before);
	assert_string_equal(hit_by(set, &create), "a");
	assert_string_equal(hit_by(set, &create), "");
	struct strbuf shown;
	strbuf_init(&shown, 10000);
	fault_set_add(&shown, set, NOW);
	assert_non_null(strstr(
		shown.data, "\"hits\":2,\"last\":[\"" RQ "\",\"" RQ "\"],\"exhausted\":true}"));
	strbuf_done(&shown);
	fault_set_free(set);
}

/* ── dice ────────────────────────────────────────────────────────────────────────────────── */

enum { THROWS = 10000 };

static unsigned hits_of(const char *rules, uint64_t seed, char *ret_pattern)
{
	struct fault_set *set = set_of(rules, seed);
	unsigned hits = 0;
	for (size_t i = 0; i < THROWS; i++) {
		ret_pattern[i] = hit_by(set, &create)[0] != '\0';
		hits += (unsigned)ret_pattern[i];
	}
	fault_set_free(set);
	return hits;
}

static void same_requests_meet_the_same_dice(void **state)
{
	(void)state;
	static char first[THROWS], again[THROWS], other[THROWS];
	static const char rule[] = "[{\"probability\":0.25,\"then\":{\"close\":true}}]";
	/* Five standard deviations of 10,000 throws are 217. */
	assert_in_range(hits_of(rule, 42, first), 2500 - 217, 2500 + 217);
	hits_of(rule, 42, again);
	hits_of(rule, 43, other);
	assert_memory_equal(first, again, THROWS);
	assert_memory_not_equal(first, other, THROWS);
}

static int compare(const void *a, const void *b)
{
	const int64_t one = *(const int64_t *)a, two = *(const int64_t *)b;
	return (one > two) - (one < two);
}

static void latencies_are_as_they_are_said_to_be(void **state)
{
	(void)state;
	static int64_t drawn[THROWS];
	static const struct latency fixed = { LATENCY_FIXED, 7, 0, 0 },
				    uniform = { LATENCY_UNIFORM, 10, 20, 0 },
				    lognormal = { LATENCY_LOGNORMAL, 1000, 0, 0.5 },
				    wild = { LATENCY_LOGNORMAL, 600000, 0, 10 };
	int64_t sum = 0;
	for (uint64_t i = 0; i < THROWS; i++) {
		const struct dice dice = { 42, 0, i };
		assert_int_equal(dice_latency(&dice, &fixed), 7);
		assert_in_range(dice_latency(&dice, &uniform), 10, 20);
		assert_in_range(dice_latency(&dice, &wild), 0, 600000);
		sum += dice_latency(&dice, &uniform);
		drawn[i] = dice_latency(&dice, &lognormal);
	}
	assert_in_range(sum / (THROWS / 100), 1484, 1516);
	qsort(drawn, THROWS, sizeof(drawn[0]), compare);
	/* The median, and the place of one standard deviation: 1000 e^0.5 = 1649. */
	assert_in_range(drawn[THROWS / 2], 960, 1040);
	assert_in_range(drawn[THROWS * 8413 / 10000], 1570, 1730);
}

/* ── accounts ────────────────────────────────────────────────────────────────────────────── */

static void put(struct traffic *traffic, const char *rules, int64_t concurrent)
{
	const struct traffic_settings settings = { .rules = rules, .concurrent = concurrent };
	struct traffic_change *change = traffic_prepare(traffic, AC, &settings, true);
	assert_non_null(change);
	traffic_record(change);
}

static void settings_are_in_force_until_they_are_forgotten(void **state)
{
	(void)state;
	struct traffic *traffic = traffic_new(1);
	struct account_traffic *account = traffic_hold(traffic, AC);
	struct fault_hit hit;
	struct traffic_counts counts;
	assert_false(traffic_has_faults(account));
	put(traffic, "[{\"then\":{\"close\":true}}]", 0);
	assert_true(traffic_has_faults(account));
	assert_true(traffic_take(traffic, AC, FAULT_OF_REQUEST, &create, RQ, &hit));
	assert_int_equal(hit.then.kind, FAULT_CLOSE);
	traffic_forget(traffic, AC);
	assert_false(traffic_has_faults(account));
	assert_false(traffic_take(traffic, AC, FAULT_OF_REQUEST, &create, RQ, &hit));
	traffic_count(traffic, &counts);
	assert_int_equal(counts.rules, 0);
	assert_int_equal(counts.hits, 1);
	traffic_let_go(account);
	traffic_free(traffic);
}

static void no_more_are_in_work_than_may_be(void **state)
{
	(void)state;
	struct traffic *traffic = traffic_new(1);
	struct account_traffic *account = traffic_hold(traffic, AC);
	unsigned in_work;
	put(traffic, "[]", 2);
	assert_true(traffic_enter(account, &in_work));
	assert_true(traffic_enter(account, &in_work));
	assert_int_equal(in_work, 2);
	assert_false(traffic_enter(account, &in_work));
	traffic_leave(account);
	assert_true(traffic_enter(account, &in_work));
	put(traffic, "[]", 0);
	assert_true(traffic_enter(account, &in_work));
	assert_int_equal(in_work, 3);
	traffic_let_go(account);
	traffic_free(traffic);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ARENA(what_is_wrong_is_named),
		WITH_ARENA(what_is_read_is_written_back),
		WITH_ARENA(how_often_a_rule_hits_by_itself),
		WITH_ARENA(the_first_that_matches_hits),
		WITH_ARENA(a_rule_ends_with_its_time),
		WITH_ARENA(rules_that_stay_go_on_counting),
		WITH_ARENA(same_requests_meet_the_same_dice),
		WITH_ARENA(latencies_are_as_they_are_said_to_be),
		cmocka_unit_test(settings_are_in_force_until_they_are_forgotten),
		cmocka_unit_test(no_more_are_in_work_than_may_be),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
