/* SPDX-License-Identifier: MIT */
/* The outbox's rules: which receiver a URL names, and when a webhook is sent again. */
#include "unit.h"

#include "outbox/receiver.h"
#include "outbox/retries.h"

static void a_receiver_is_the_same_however_its_url_is_spelled(void **state)
{
	(void)state;
	static const struct {
		const char *url, *receiver;
	} cases[] = {
		{ "http://example.com", "http://example.com" },
		{ "http://example.com/a?b#c", "http://example.com" },
		{ "HTTP://Example.COM:80/", "http://example.com" },
		{ "http://example.com./", "http://example.com" },
		{ "http://example.com:8080/", "http://example.com:8080" },
		{ "http://example.com:443/", "http://example.com:443" },
		{ "https://example.com:443/", "https://example.com" },
		{ "https://example.com:80/", "https://example.com:80" },
		{ "http://user:1@example.com/", "http://example.com" },
		{ "http://other@host@example.com:81?x@y", "http://example.com:81" },
		{ "http://[::1]/", "http://[::1]" },
		{ "http://[FE80::1]:9000/", "http://[fe80::1]:9000" },
		{ "http://127.0.0.1:9000#rc=2", "http://127.0.0.1:9000" },
	};
	struct arena arena;
	arena_init(&arena);
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_string_equal(receiver_of(&arena, cases[i].url), cases[i].receiver);
	arena_done(&arena);
}

static const int64_t times_ms[] = { 5000, 30000 };
static const struct policy policy = { .webhook_retries = times_ms, .webhook_retry_count = 2 };
static const struct overrides usual = { .retries = 1, .policy = RETRY_CONNECT };

/* Writes the delays of all attempts that follow when each fails in the same way, and gives their
 * number. */
static size_t delays_of(const struct attempt_failure *failure, const struct overrides *overrides,
	int64_t ret_delays_ms[10])
{
	struct retries retries = { 0, 0 };
	size_t count = 0;
	while (count < 10 &&
		retries_plan(&retries, failure, overrides, &policy, &ret_delays_ms[count]))
		count++;
	return count;
}

static void quick_retries_come_before_those_of_the_operator(void **state)
{
	(void)state;
	const struct {
		struct attempt_failure failure;
		struct overrides overrides;
		size_t count;
		int64_t delays_ms[4];
	} cases[] = {
		{ { "connect", 0, false }, usual, 3, { 0, 5000, 30000 } },
		{ { "status", 500, false }, usual, 2, { 5000, 30000 } },
		{ { "policy", 0, false }, usual, 0, { 0 } },
		{ { "status", 503, false }, { .retries = 2, .policy = RETRY_5XX }, 4,
			{ 0, 0, 5000, 30000 } },
		{ { "status", 404, false }, { .retries = 2, .policy = RETRY_5XX }, 2,
			{ 5000, 30000 } },
		{ { "status", 404, false }, { .retries = 1, .policy = RETRY_4XX }, 3,
			{ 0, 5000, 30000 } },
		{ { "status", 301, false }, { .retries = 1, .policy = RETRY_ALL }, 3,
			{ 0, 5000, 30000 } },
		{ { "status", 301, false },
			{ .retries = 1, .policy = RETRY_4XX | RETRY_5XX | RETRY_READ }, 2,
			{ 5000, 30000 } },
		{ { "broken", 0, false }, { .retries = 1, .policy = RETRY_READ }, 3,
			{ 0, 5000, 30000 } },
		{ { "broken", 0, false }, usual, 2, { 5000, 30000 } },
		{ { "timeout", 200, true }, { .retries = 1, .policy = RETRY_READ }, 3,
			{ 0, 5000, 30000 } },
		{ { "timeout", 0, true }, usual, 2, { 5000, 30000 } },
		{ { "timeout", 0, false }, usual, 3, { 0, 5000, 30000 } },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		int64_t delays_ms[10];
		const size_t count = delays_of(&cases[i].failure, &cases[i].overrides, delays_ms);
		if (count != cases[i].count)
			print_error("row %zu: %s\n", i, cases[i].failure.result);
		assert_int_equal(count, cases[i].count);
		assert_memory_equal(delays_ms, cases[i].delays_ms, count * sizeof(delays_ms[0]));
	}
}

static void once_the_operators_times_began_there_is_no_quick_retry(void **state)
{
	(void)state;
	struct retries retries = { .scheduled = 1 };
	const struct attempt_failure failure = { "connect", 0, false };
	int64_t delay_ms;
	assert_true(retries_plan(&retries, &failure, &usual, &policy, &delay_ms));
	assert_int_equal(delay_ms, 30000);
	assert_int_equal(retries.quick, 0);
	assert_int_equal(retries.scheduled, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_receiver_is_the_same_however_its_url_is_spelled),
		cmocka_unit_test(quick_retries_come_before_those_of_the_operator),
		cmocka_unit_test(once_the_operators_times_began_there_is_no_quick_retry),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
