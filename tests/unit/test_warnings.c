/* SPDX-License-Identifier: MIT */
/* Warnings: a request's list, and what is counted of all, by many threads. */
#include "unit.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "watch/warnings.h"

#define AC_ONE "AC00000000000000000000000000000001"
#define AC_TWO "AC00000000000000000000000000000002"

enum { LONG = 100, MANY = 50, THREADS = 4, ROUNDS = 500 };

/* ── of a request ────────────────────────────────────────────────────────────────────────── */

static size_t length_of(const struct warning *first)
{
	size_t length = 0;
	for (; first != NULL; first = first->next)
		length++;
	return length;
}

static void a_list_holds_the_first_of_each(void **state)
{
	(void)state;
	struct arena arena;
	struct warning *first = NULL;
	arena_init(&arena);
	warning_add(&arena, &first, WARNING_WRONG_CASE, "dataLimit", "one");
	warning_add(&arena, &first, WARNING_WRONG_CASE, "dataLimit", "another");
	warning_add(&arena, &first, WARNING_WRONG_CASE, "dataLimits", "a longer name");
	warning_add(&arena, &first, WARNING_REPEATED_PARAMETER, "dataLimit", "another kind");
	assert_int_equal(length_of(first), 2);
	assert_false(warning_list_takes(first, "dataLimit"));
	assert_true(warning_list_takes(first, "dataLim"));
	assert_string_equal(first->hint, "one");
	for (int i = 0; i < MANY; i++)
		warning_add(&arena, &first, WARNING_UNKNOWN_PARAMETER,
			arena_format(&arena, "name %d", i), "many");
	assert_int_equal(length_of(first), WARNINGS_OF_REQUEST);
	assert_false(warning_list_takes(first, "dataLim"));
	arena_done(&arena);
}

static void long_names_are_cut_between_characters(void **state)
{
	(void)state;
	struct arena arena;
	struct warning *first = NULL;
	char name[LONG + 1];
	memset(name, 'x', LONG);
	name[LONG] = '\0';
	memcpy(name + WARNING_NAME_SHOWN - 1, "é", strlen("é"));
	arena_init(&arena);
	warning_add(&arena, &first, WARNING_UNKNOWN_PARAMETER, name, "hint");
	warning_add(&arena, &first, WARNING_UNKNOWN_PARAMETER, name, "the same");
	assert_int_equal(length_of(first), 1);
	assert_int_equal(strlen(first->name), WARNING_NAME_SHOWN - 1);
	arena_done(&arena);
}

static void a_list_is_json(void **state)
{
	(void)state;
	struct arena arena;
	struct warning *first = NULL;
	struct strbuf out;
	arena_init(&arena);
	strbuf_init(&out, 4096);
	warning_list_add_json(&out, first);
	warning_add(&arena, &first, WARNING_UNKNOWN_PARAMETER, "a\"b", "a\\b");
	warning_add(&arena, &first, WARNING_JSON_BODY, "body", "x");
	warning_list_add_json(&out, first);
	assert_string_equal(out.data,
		"[][{\"kind\":\"unknown_parameter\",\"name\":\"a\\\"b\",\"hint\":\"a\\\\b\"},"
		"{\"kind\":\"json_body\",\"name\":\"body\",\"hint\":\"x\"}]");
	strbuf_done(&out);
	arena_done(&arena);
}

static void kinds_have_names(void **state)
{
	(void)state;
	for (enum warning_kind kind = 0; kind < WARNING_KINDS; kind++)
		assert_int_equal(warning_kind_named(warning_kind_name(kind)), kind);
	assert_int_equal(warning_kind_named("unknown"), WARNING_KINDS);
}

/* ── of all accounts ─────────────────────────────────────────────────────────────────────── */

struct seen {
	size_t rows;
	uint64_t count;
	int64_t first_ms, last_ms; /* of the last row */
	char names[512];	   /* in their order */
};

static void see(void *closure, const struct counted_warning *counted)
{
	struct seen *seen = closure;
	seen->rows++;
	seen->count += counted->count;
	seen->first_ms = counted->first_ms;
	seen->last_ms = counted->last_ms;
	if (strlen(seen->names) + strlen(counted->name) + 2 < sizeof(seen->names)) {
		strcat(seen->names, counted->name);
		strcat(seen->names, " ");
	}
}

static struct seen look(struct warnings *warnings, const char *account_sid)
{
	struct seen seen = { 0 };
	warnings_visit(warnings, account_sid, see, &seen);
	return seen;
}

static void count(struct warnings *warnings, const char *account_sid, const char *operation,
	const char *name, int64_t now_ms)
{
	const struct warning warning = { NULL, WARNING_UNKNOWN_PARAMETER, name, "hint" };
	warnings_count(warnings, account_sid, operation, &warning, now_ms);
}

static void each_is_counted_for_its_account(void **state)
{
	(void)state;
	struct warnings *warnings = warnings_new();
	uint64_t totals[WARNING_KINDS];
	count(warnings, AC_TWO, "ListFleet", "c", 1);
	count(warnings, AC_ONE, "ListSim", "b", 2);
	count(warnings, AC_ONE, "CreateSim", "z", 3);
	count(warnings, AC_ONE, "ListSim", "a", 4);
	count(warnings, AC_ONE, "ListSim", "b", 5);
	const struct seen one = look(warnings, AC_ONE);
	assert_string_equal(one.names, "z a b ");
	assert_int_equal(one.count, 4);
	assert_int_equal(one.first_ms, 2);
	assert_int_equal(one.last_ms, 5);
	assert_string_equal(look(warnings, NULL).names, "z a b c ");
	assert_int_equal(look(warnings, "AC0").rows, 0);
	warnings_clear(warnings, AC_ONE);
	assert_string_equal(look(warnings, NULL).names, "c ");
	assert_int_equal(warnings_kept(warnings), 1);
	warnings_totals(warnings, totals);
	assert_int_equal(totals[WARNING_UNKNOWN_PARAMETER], 5);
	assert_int_equal(totals[WARNING_JSON_BODY], 0);
	warnings_free(warnings);
}

static void an_account_keeps_those_seen_last(void **state)
{
	(void)state;
	struct warnings *warnings = warnings_new();
	char name[16];
	count(warnings, AC_TWO, "ListSim", "other", 0);
	for (int i = 0; i < WARNINGS_OF_ACCOUNT + 10; i++) {
		snprintf(name, sizeof(name), "n%03d", i);
		count(warnings, AC_ONE, "ListSim", name, i);
		count(warnings, AC_ONE, "ListSim", "n000", i);
	}
	assert_int_equal(look(warnings, AC_ONE).rows, WARNINGS_OF_ACCOUNT);
	assert_memory_equal(look(warnings, AC_ONE).names, "n000 n011 ", 10);
	assert_int_equal(look(warnings, AC_TWO).rows, 1);
	warnings_free(warnings);
}

static void all_together_are_bounded(void **state)
{
	(void)state;
	struct warnings *warnings = warnings_new();
	char sid[48], name[16];
	for (int i = 0; i < WARNINGS_MAXIMUM + 10; i++) {
		snprintf(sid, sizeof(sid), "AC%032d", i / 100);
		snprintf(name, sizeof(name), "n%02d", i % 100);
		count(warnings, sid, "ListSim", name, i);
	}
	assert_int_equal(warnings_kept(warnings), WARNINGS_MAXIMUM);
	snprintf(sid, sizeof(sid), "AC%032d", 0);
	assert_int_equal(look(warnings, sid).rows, 90);
	warnings_free(warnings);
}

/* ── many threads ────────────────────────────────────────────────────────────────────────── */

/* Counts, looks and forgets what is its own. */
static void *work(void *closure)
{
	struct warnings *warnings = closure;
	for (int i = 0; i < ROUNDS; i++) {
		char name[16];
		snprintf(name, sizeof(name), "n%d", i % MANY);
		count(warnings, AC_ONE, "ListSim", name, i);
		count(warnings, AC_TWO, "ListSim", name, i);
		if (i % MANY == 0)
			warnings_clear(warnings, AC_TWO);
		if (look(warnings, AC_ONE).rows > MANY)
			return NULL;
	}
	return warnings;
}

static void no_count_is_lost(void **state)
{
	(void)state;
	struct warnings *warnings = warnings_new();
	uint64_t totals[WARNING_KINDS];
	pthread_t threads[THREADS];
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work, warnings), 0);
	for (int i = 0; i < THREADS; i++) {
		void *result;
		assert_int_equal(pthread_join(threads[i], &result), 0);
		assert_ptr_equal(result, warnings);
	}
	const struct seen one = look(warnings, AC_ONE);
	assert_int_equal(one.rows, MANY);
	assert_int_equal(one.count, THREADS * ROUNDS);
	warnings_totals(warnings, totals);
	assert_int_equal(totals[WARNING_UNKNOWN_PARAMETER], 2 * THREADS * ROUNDS);
	warnings_free(warnings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_holds_the_first_of_each),
		cmocka_unit_test(long_names_are_cut_between_characters),
		cmocka_unit_test(a_list_is_json),
		cmocka_unit_test(kinds_have_names),
		cmocka_unit_test(each_is_counted_for_its_account),
		cmocka_unit_test(an_account_keeps_those_seen_last),
		cmocka_unit_test(all_together_are_bounded),
		cmocka_unit_test(no_count_is_lost),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
