/* SPDX-License-Identifier: MIT */
/* The utilities: buffer, arena, encodings, time, SIDs. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "model/error.h"
#include "model/sid.h"
#include "util/arena.h"
#include "util/base64.h"
#include "util/budget.h"
#include "util/clock.h"
#include "util/host.h"
#include "util/percent.h"
#include "util/resemble.h"
#include "util/secret.h"
#include "util/strbuf.h"
#include "util/utf8.h"

static void buffer_stops_at_its_limit(void **state)
{
	(void)state;
	struct strbuf buffer;
	strbuf_init(&buffer, 5);
	assert_string_equal(buffer.data, "");
	strbuf_add_text(&buffer, "12345");
	assert_false(buffer.failed);
	strbuf_add_char(&buffer, '6');
	assert_true(buffer.failed);
	assert_string_equal(buffer.data, "12345");
	strbuf_reset(&buffer);
	assert_false(buffer.failed);
	strbuf_add_format(&buffer, "%d", -42);
	assert_string_equal(buffer.data, "-42");
	strbuf_done(&buffer);
}

static void buffer_of_borrowed_bytes(void **state)
{
	(void)state;
	char bytes[] = "before";
	struct strbuf buffer;
	strbuf_init_borrowed(&buffer, bytes, sizeof(bytes));
	assert_string_equal(bytes, "");
	strbuf_add_text(&buffer, "12345");
	strbuf_add_format(&buffer, "%d", 6);
	assert_false(buffer.failed);
	assert_string_equal(bytes, "123456");
	strbuf_add_char(&buffer, '7');
	assert_true(buffer.failed && buffer.limit_met);
	assert_string_equal(bytes, "123456");
	strbuf_reset(&buffer);
	strbuf_add_format(&buffer, "%s", "as long as the limit allows");
	assert_true(buffer.failed && buffer.limit_met);
	assert_ptr_equal(buffer.data, bytes);
	strbuf_done(&buffer); /* AddressSanitizer would see it freed */
}

/* Whether a format finds room at once or not, and where the limit is. */
static void buffer_grows_for_formats(void **state)
{
	(void)state;
	char expected[5000];
	memset(expected, 'x', sizeof(expected));
	for (size_t length = 1000; length < 1050; length++) {
		struct strbuf buffer;
		strbuf_init(&buffer, 4000);
		strbuf_add_format(&buffer, "%.*s", (int)length, expected);
		strbuf_add_format(&buffer, "%.*s", (int)(4000 - length), expected);
		assert_false(buffer.failed);
		assert_int_equal(buffer.length, 4000);
		assert_int_equal(strspn(buffer.data, "x"), 4000);
		strbuf_add_format(&buffer, "%d", 1);
		assert_true(buffer.failed && buffer.limit_met);
		assert_int_equal(strlen(buffer.data), 4000);
		strbuf_done(&buffer);
	}
}

static void buffer_writes_every_integer(void **state)
{
	(void)state;
	const int64_t numbers[] = { 0, 7, -1, INT64_MAX, INT64_MIN, 2000000 };
	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		struct strbuf buffer;
		strbuf_init(&buffer, 100);
		strbuf_add_integer(&buffer, numbers[i]);
		assert_int_equal(strtoll(buffer.data, NULL, 10), numbers[i]);
		strbuf_done(&buffer);
	}
}

static void buffer_takes_what_comes_before(void **state)
{
	(void)state;
	struct strbuf buffer;
	strbuf_init(&buffer, 2000);
	strbuf_add_before(&buffer, "c", 1);
	strbuf_add_before(&buffer, "ab", 2);
	strbuf_add_before(&buffer, "", 0);
	assert_string_equal(buffer.data, "abc");
	assert_int_equal(buffer.length, 3);
	while (!buffer.failed) /* it grows, and meets its limit */
		strbuf_add_before(&buffer, "0123456789", 10);
	assert_true(buffer.limit_met);
	assert_int_equal(buffer.length, 1993);
	assert_int_equal(strlen(buffer.data), 1993);
	assert_string_equal(buffer.data + 1980, "0123456789abc");
	strbuf_done(&buffer);
}

static void json_strings_are_escaped(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{ "plain", "\"plain\"" },
		{ "a\"b\\c", "\"a\\\"b\\\\c\"" },
		{ "\n\r\t\b\f\x01\x7f", "\"\\n\\r\\t\\b\\f\\u0001\\u007f\"" },
		{ "\xC3\xA9 \xE6\x97\xA5 \xF0\x9F\x98\x80",
			"\"\xC3\xA9 \xE6\x97\xA5 \xF0\x9F\x98\x80\"" },
		{ "\xFF|\xC3", "\"\xEF\xBF\xBD|\xEF\xBF\xBD\"" },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct strbuf buffer;
		strbuf_init(&buffer, 1000);
		strbuf_add_json_string(&buffer, cases[i][0]);
		assert_string_equal(buffer.data, cases[i][1]);
		strbuf_done(&buffer);
	}
}

static void percent_encoding_keeps_unreserved_bytes(void **state)
{
	(void)state;
	struct strbuf buffer;
	strbuf_init(&buffer, 1000);
	strbuf_add_percent_encoded(&buffer, "aZ0-._~ /?&=+\xC3\xA9");
	assert_string_equal(buffer.data, "aZ0-._~%20%2F%3F%26%3D%2B%C3%A9");
	strbuf_done(&buffer);
}

static void percent_decoding(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool plus;
		const char *decoded; /* NULL: refused */
	} cases[] = {
		{ "Pilot+Fleet", true, "Pilot Fleet" },
		{ "Pilot+Fleet", false, "Pilot+Fleet" },
		{ "Pilot%20Fleet", true, "Pilot Fleet" },
		{ "a%2Fb%2fc", false, "a/b/c" },
		{ "%C3%A9", true, "\xC3\xA9" },
		{ "", true, "" },
		{ "~%7E", true, "~~" },
		{ "%ZZ", true, NULL },
		{ "%4", true, NULL },
		{ "%", true, NULL },
		{ "a%00b", true, NULL },
		{ "%FF", true, NULL },
		{ "%ED%A0%80", true, NULL },
		{ "%C0%AF", true, NULL },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char *text = strdup(cases[i].text);
		size_t length;
		const bool good = percent_decode(text, strlen(text), cases[i].plus, &length);
		assert_int_equal(good, cases[i].decoded != NULL);
		if (good) {
			assert_string_equal(text, cases[i].decoded);
			assert_int_equal(length, strlen(cases[i].decoded));
		}
		free(text);
	}
	size_t length;
	char with_nul[] = "a\0b", in_form[] = "ab&c";
	assert_false(percent_decode(with_nul, 3, true, &length));
	assert_true(percent_decode(in_form, 2, true, &length));
	assert_string_equal(in_form, "ab");
}

static void base64_takes_only_its_canonical_form(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{ "QUM6dA==", "AC:t" },
		{ "YTpi", "a:b" },
		{ "YTo=", "a:" },
		{ "", "" },
		{ "YTo", NULL },
		{ "YTp=", NULL },
		{ "Y===", NULL },
		{ "YT o=", NULL },
		{ "====", NULL },
		{ "YTpi=", NULL },
		{ "!!!!", NULL },
		{ "YT==", NULL },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char out[32];
		size_t length;
		const bool good = base64_decode(cases[i][0], out, sizeof(out), &length);
		assert_int_equal(good, cases[i][1] != NULL);
		if (good)
			assert_string_equal(out, cases[i][1]);
	}
	char small[3];
	size_t length;
	assert_false(base64_decode("YTpi", small, sizeof(small), &length));
}

static void dates_are_written_and_read(void **state)
{
	(void)state;
	static const struct {
		int64_t ms;
		const char *text;
	} cases[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ 1564516800000, "2019-07-30T20:00:00Z" },
		{ 951782400000, "2000-02-29T00:00:00Z" },
		{ 4107542399000, "2100-02-28T23:59:59Z" },
		{ -1000, "1969-12-31T23:59:59Z" },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char text[CLOCK_TEXT_SIZE];
		int64_t ms = 1;
		clock_format(cases[i].ms, text);
		assert_string_equal(text, cases[i].text);
		assert_true(clock_parse(text, &ms));
		assert_int_equal(ms, cases[i].ms);
	}
	char text[CLOCK_TEXT_SIZE];
	clock_format(1999, text);
	assert_string_equal(text, "1970-01-01T00:00:01Z");
}

static void dates_that_do_not_exist_are_refused(void **state)
{
	(void)state;
	static const char *const wrong[] = { "", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z",
		"2026-01-01T24:00:00Z", "2026-01-01 00:00:00Z", "today", "2026-01-01T00:00:00Zx",
		"2026-00-10T00:00:00Z", "2100-02-29T00:00:00Z" };
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		int64_t ms = 7;
		assert_false(clock_parse(wrong[i], &ms));
		assert_int_equal(ms, 7);
	}
}

static void sids_have_a_form(void **state)
{
	(void)state;
	char one[SID_SIZE], two[SID_SIZE];
	sid_make("HF", one);
	sid_make("HF", two);
	assert_true(sid_has_form(one, "HF"));
	assert_false(sid_has_form(one, "HA"));
	assert_string_not_equal(one, two);
	assert_int_equal(strspn(one + 2, "0123456789abcdef"), 32);
	assert_true(sid_has_form("HFABCDEFabcdef00000000000000000000", "HF"));
	assert_false(sid_has_form("HF0000000000000000000000000000000", "HF"));
	assert_false(sid_has_form("HF000000000000000000000000000000000", "HF"));
	assert_false(sid_has_form("HF0000000000000000000000000000000g", "HF"));
	assert_false(sid_has_form("", "HF"));
	assert_true(sid_looks_like("ZZ00000000000000000000000000000000"));
	assert_false(sid_looks_like("zz00000000000000000000000000000000"));
}

static void sids_come_in_the_order_of_their_moments(void **state)
{
	(void)state;
	const int64_t moments_ms[] = { 0, 255, 256, 0xFFFFFFFF, 0x100000000, 0xFFFFFFFFFFFF };
	char before[SID_SIZE], sid[SID_SIZE], other[SID_SIZE];
	for (size_t i = 0; i < COUNT_OF(moments_ms); i++) {
		sid_make_in_order("WD", moments_ms[i], sid);
		sid_make_in_order("WD", moments_ms[i], other);
		assert_true(sid_has_form(sid, "WD"));
		assert_string_not_equal(sid, other);
		assert_true(i == 0 || strcmp(before, sid) < 0);
		memcpy(before, sid, SID_SIZE);
	}
	assert_memory_equal(sid, "WDffffffffffff", 14);
}

static void utf8_counts_characters(void **state)
{
	(void)state;
	assert_int_equal(utf8_count("\xC3\xA9 \xE6\x97\xA5\xE6\x9C\xAC"), 4);
	static const char *const bad[] = { "\x80", "a\xC3",
		"ab\xFF"
		"c",
		"\xC3\xA9\xC3" };
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(utf8_is_valid(bad[i]));
	assert_true(utf8_is_valid("") && utf8_is_valid("a\xC3\xA9") && utf8_is_valid("\xC3\xA9 b"));
	assert_true(utf8_is_valid("\xF4\x8F\xBF\xBF"));
	assert_false(utf8_is_valid("\xF4\x90\x80\x80"));
	assert_false(utf8_is_valid("\xE0\x80\xAF"));
}

static void arena_keeps_what_it_gave(void **state)
{
	(void)state;
	struct arena arena;
	arena_init(&arena);
	char *texts[500];
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		texts[i] = arena_copy(&arena, "0123456789012345678901234567890123", i % 35);
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		assert_int_equal(strlen(texts[i]), i % 35);
	assert_non_null(arena_alloc(&arena, 100000));
	arena_reset(&arena);
	assert_non_null(arena_alloc(&arena, 8));
	assert_null(arena_alloc(&arena, SIZE_MAX - 8));
	arena_done(&arena);
}

static void every_error_has_its_words(void **state)
{
	(void)state;
	struct arena arena;
	arena_init(&arena);
	for (enum error_case which = 0; which < ERROR_CASE_COUNT; which++) {
		const struct api_error error = error_new(&arena, which, "Subject");
		assert_in_range(error.status, 400, 503);
		assert_in_range(error.code, 20001, 83705);
		assert_true(strlen(error.message) > 5);
	}
	for (enum error_case which = ERROR_GENERAL + 1; which < ERROR_CASE_COUNT; which++) {
		struct error_description row;
		error_describe(which, &row);
		assert_true(strlen(row.cause) > 10 && strlen(row.cure) > 10);
		/* A cure may be a header. */
		for (const char *byte = row.cure; *byte != '\0'; byte++)
			assert_in_range(*byte, ' ', '~');
		assert_string_equal(error_new(&arena, which, NULL).cure, row.cure);
	}
	assert_string_equal(error_new(&arena, ERROR_MISSING_PARAMETER, "Foo").message,
		"Missing required parameter Foo in the post body");
	assert_string_equal(
		error_new(&arena, ERROR_INVALID_PARAMETER, "Foo").message, "Invalid Foo.");
	assert_string_equal(error_new(&arena, ERROR_NOT_FOUND, "/Fleets/x").message,
		"The requested resource /Fleets/x was not found");
	assert_int_equal(error_internal().status, 500);
	arena_done(&arena);
}

static void secrets_match_as_a_whole(void **state)
{
	(void)state;
	assert_true(secret_matches("", ""));
	assert_true(secret_matches("secret", "secret"));
	static const char *const wrong[] = { "", "s", "secres", "Secret", "secrets", "secretsecret",
		"\xF3"
		"ecret" };
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		assert_false(secret_matches("secret", wrong[i]));
		assert_false(secret_matches(wrong[i], "secret"));
	}
}

static void hosts_are_found_in_what_names_them(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{ "localhost", "localhost" },
		{ "localhost:80", "localhost" },
		{ "127.0.0.1:80", "127.0.0.1" },
		{ "[::1]:80", "::1" },
		{ "[::1]", "::1" },
		{ "a.example/v1:2", "a.example" },
		{ "0123456789", "" },
		{ "", "" },
		{ ":80", "" },
		{ "[]:80", "" },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char host[10];
		const bool found = host_of(cases[i][0], host, sizeof(host));
		assert_string_equal(host, cases[i][1]);
		assert_int_equal(found, host[0] != '\0');
	}
}

static void hosts_have_a_form(void **state)
{
	(void)state;
	static const char *const good[] = { "localhost", "localhost:80", "LOCALHOST:65535",
		"a.example", "a_b-c.example:1", "xn--bcher-kva.example", "127.0.0.1",
		"127.0.0.1:7746", "[::1]", "[::1]:80", "[fd00::1:2]:1", "[::ffff:127.0.0.1]:80",
		"localhost:", "1" };
	static const char *const bad[] = { "", ":80", "[]", "[]:80", "[::1", "::1", "::1:80",
		"[::1]evil", "[::1].evil", "[127.0.0.1].evil", "[127.0.0.1]", "[fe80::1%1]",
		"[localhost]:80", "localhost/x", "localhost/", "localhost:80:80", "localhost:80/x",
		"localhost:-1", "localhost:+1", "localhost:65536", "localhost:000080",
		"localhost:0x50", "localhost: 80", "localhost:80 ", " localhost", "local host",
		"a@b", "user:secret@localhost", "a,b", "a;b", "a?b", "a#b", "a%62", "a\\b",
		"evil\"host", "<script>", "caf\xe9", "a\tb", "a]", "[", "[[::1]]", "[::1]]" };
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		if (!host_is_well_formed(good[i]))
			print_error("%s\n", good[i]);
		assert_true(host_is_well_formed(good[i]));
	}
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		if (host_is_well_formed(bad[i]))
			print_error("%s\n", bad[i]);
		assert_false(host_is_well_formed(bad[i]));
	}
	char name[HOST_MAXIMUM + 2];
	memset(name, 'a', sizeof(name));
	name[HOST_MAXIMUM + 1] = '\0';
	assert_false(host_is_well_formed(name));
	name[HOST_MAXIMUM] = '\0';
	assert_true(host_is_well_formed(name));
}

static void texts_are_cut_between_characters(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t maximum, length;
	} cases[] = {
		{ "", 5, 0 }, { "abc", 5, 3 }, { "abc", 3, 3 }, { "abc", 2, 2 }, { "abc", 0, 0 },
		{ "a\xC3\xA9", 3, 3 }, { "a\xC3\xA9", 2, 1 }, { "\xF0\x9F\x98\x80", 4, 4 },
		{ "\xF0\x9F\x98\x80", 3, 0 }, { "\xF0\x9F\x98\x80", 1, 0 },
		{ "\x80\x80\x80\x80\x80\x80", 5, 2 }, /* no text: still near the limit */
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_int_equal(utf8_prefix(cases[i].text, cases[i].maximum), cases[i].length);
}

static void budgets_are_not_exceeded(void **state)
{
	(void)state;
	struct budget budget = { .limit = 100 };
	assert_true(budget_take(&budget, 0));
	assert_true(budget_take(&budget, 60));
	assert_false(budget_take(&budget, 41));
	assert_false(budget_take(&budget, SIZE_MAX));
	assert_true(budget_take(&budget, 40));
	assert_false(budget_take(&budget, 1));
	budget_give(&budget, 60);
	assert_true(budget_take(&budget, 60));
	budget_give(&budget, 100);
	assert_int_equal(budget.taken, 0);
}

static void names_resemble_each_other(void **state)
{
	(void)state;
	static const struct {
		const char *given, *known;
		unsigned distance; /* UINT_MAX: they do not */
	} cases[] = {
		{ "DataLimit", "DataLimit", 0 },
		{ "dataLimit", "DataLimit", 0 },
		{ "data_limit", "DataLimit", 0 },
		{ "DATA-LIMIT", "DataLimit", 0 },
		{ "DataLimits", "DataLimit", 1 },
		{ "DtaLmit", "DataLimit", 2 },
		{ "exce", "exec", 1 },
		{ "xeec", "exec", 1 },
		{ "xece", "exec", UINT_MAX },
		{ "aDatLiimt", "DataLimit", UINT_MAX },
		{ "DatLimti", "DataLimit", 2 },
		{ "Dtaimt", "DataLimit", UINT_MAX },
		{ "status", "state", UINT_MAX },
		{ "stat", "state", 1 },
		{ "ttl", "ttl_s", 1 },
		{ "tp", "to", UINT_MAX },
		{ "To", "to", 0 },
		{ "", "to", UINT_MAX },
		{ "", "", 0 },
		{ "___", "", 0 },
		{ "\x80\xFF", "to", UINT_MAX },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		assert_int_equal(text_distance(cases[i].given, cases[i].known), cases[i].distance);
		assert_int_equal(text_resembles(cases[i].given, cases[i].known),
			cases[i].distance != UINT_MAX);
		for (unsigned most = 0; most <= 3; most++)
			assert_int_equal(text_distance_within(cases[i].given, cases[i].known, most),
				cases[i].distance <= most ? cases[i].distance : UINT_MAX);
	}
	char name[200];
	memset(name, 'a', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	assert_false(text_resembles(name, name)); /* too long to be looked at */
}

static void arena_formats_what_is_long(void **state)
{
	(void)state;
	struct arena arena;
	char digits[9001];
	memset(digits, '7', sizeof(digits) - 1);
	digits[sizeof(digits) - 1] = '\0';
	arena_init(&arena);
	assert_string_equal(arena_format(&arena, "%s is %d", "it", 5), "it is 5");
	assert_string_equal(arena_format(&arena, "%s", ""), "");
	assert_string_equal(arena_format(&arena, "%s", digits), digits);
	arena_done(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buffer_stops_at_its_limit),
		cmocka_unit_test(buffer_of_borrowed_bytes),
		cmocka_unit_test(buffer_grows_for_formats),
		cmocka_unit_test(buffer_writes_every_integer),
		cmocka_unit_test(buffer_takes_what_comes_before),
		cmocka_unit_test(json_strings_are_escaped),
		cmocka_unit_test(percent_encoding_keeps_unreserved_bytes),
		cmocka_unit_test(percent_decoding),
		cmocka_unit_test(base64_takes_only_its_canonical_form),
		cmocka_unit_test(dates_are_written_and_read),
		cmocka_unit_test(dates_that_do_not_exist_are_refused),
		cmocka_unit_test(sids_have_a_form),
		cmocka_unit_test(sids_come_in_the_order_of_their_moments),
		cmocka_unit_test(utf8_counts_characters),
		cmocka_unit_test(arena_keeps_what_it_gave),
		cmocka_unit_test(hosts_are_found_in_what_names_them),
		cmocka_unit_test(hosts_have_a_form),
		cmocka_unit_test(budgets_are_not_exceeded),
		cmocka_unit_test(texts_are_cut_between_characters),
		cmocka_unit_test(secrets_match_as_a_whole),
		cmocka_unit_test(every_error_has_its_words),
		cmocka_unit_test(names_resemble_each_other),
		cmocka_unit_test(arena_formats_what_is_long),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
