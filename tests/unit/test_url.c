/* SPDX-License-Identifier: MIT */
/* Which URLs may be called, and what of them may be shown. */
#include "unit.h"

#include <string.h>

#include "util/redact.h"
#include "util/url.h"

static void urls_that_can_be_called_are_taken(void **state)
{
	(void)state;
	static const char *const urls[] = { "http://a", "https://a.b/c?d=e&f=g", "HTTP://A.B/",
		"http://127.0.0.1", "http://127.0.0.1:9000/hook", "http://localhost:1/",
		"http://a:65535/", "http://a:/", "http://a:00080/", "http://my_host-1.local./",
		"http://[::1]/", "http://[::1]:8080?x", "http://[fe80::1:2]#rc=1",
		"http://[::ffff:127.0.0.1]/", "http://user:pass@a/", "http://user@a/",
		"http://u%40x:p%20w@a/", "http://u:p;w=1!@[::1]:9/", "http://@a/",
		"http://xn--bcher-kva.localhost/x", "https://x.y/#rc=3&rp=5xx,ct",
		"http://a/b;c=d/@e:f/'(g)*!", "http://a?q=1", "http://a/?a[]=1&b[c]=2",
		"http://a/?q=1?2/3", "http://a//b/../c", "http://a/%2f%C3",
		"http://a/stra\u00dfe/\u65e5\u672c?q=\U0001f600#\u00e9" };
	for (size_t i = 0; i < COUNT_OF(urls); i++) {
		if (!url_is_web(urls[i]))
			print_error("%s\n", urls[i]);
		assert_true(url_is_web(urls[i]));
	}
}

static void what_cannot_be_called_is_refused(void **state)
{
	(void)state;
	static const char *const urls[] = { "", "http:", "http://", "http:///x", "http://:80/",
		"//a", "a.b", "ftp://a/", "httpx://a/", "http:/a", " http://a/", "http://a/ b",
		"http://a/\tb", "http://a/\x7f", "http://a/<", "http://a/\"", "http://a/\\",
		"http://a/^", "http://a/`", "http://a/{x}", "http://a/|",
		/* escapes that are none */
		"http://a/%", "http://a/%z", "http://a/%zz", "http://a/?q=100%", "http://a/#%4",
		"http://a/%4g",
		/* ports that are none */
		"http://a:0/", "http://a:00000/", "http://a:65536/", "http://a:99999/",
		"http://a:123456/", "http://a:-1/", "http://a:+80/", "http://a:8a/",
		"http://a:80:80/",
		/* hosts that are none */
		"http://[::1/", "http://[::1", "http://[]/", "http://[::1]x/", "http://[::1]:0/",
		"http://[1.2.3.4]/", "http://[fe80::1%25eth0]/", "http://[v1.x]/", "http://::1/",
		"http://[::1:2:3:4:5:6:7:8:9:1:2:3:4:5:6:7:8:9:10:11]/", "http://a%2fb/",
		"http://a,b/", "http://a;b/", "http://a b/", "http://b\u00fccher.localhost/x",
		/* userinfo that is none */
		"http://a@b@c/", "http://u:p[@a/", "http://u:%zz@a/", "http://u:%0d%0a@a/",
		"http://u:%7F@a/", "http://u:%00@a/", "http://\xc3\xbc@a/", "http://u@/",
		/* places for [ and ] */
		"http://a/b[c]", "http://a/[",
		/* a second fragment */
		"http://a/#x#y",
		/* blanks beyond ASCII: NEL, no-break space, em space, line separator */
		"http://a/\xc2\x85", "http://a/\xc2\xa0", "http://a/?\xe2\x80\x83",
		"http://a/\xe2\x80\xa8", "http://a/\xe3\x80\x80" };
	for (size_t i = 0; i < COUNT_OF(urls); i++) {
		if (url_is_web(urls[i]))
			print_error("%s\n", urls[i]);
		assert_false(url_is_web(urls[i]));
	}
}

static void urls_have_a_length(void **state)
{
	(void)state;
	char url[2050] = "http://a/";
	memset(url + strlen(url), 'x', sizeof(url) - strlen(url) - 1);
	url[sizeof(url) - 1] = '\0';
	assert_false(url_is_web(url));
	url[2048] = '\0';
	assert_true(url_is_web(url));
}

static void paths_are_missed(void **state)
{
	(void)state;
	static const char *const without[] = { "http://a", "http://a:80", "http://a?q=/",
		"http://a#/", "http://u:p@a", "http://[::1]" };
	static const char *const with[] = { "http://a/", "http://a:80/?q", "http://u:p@a/b#c" };
	for (size_t i = 0; i < COUNT_OF(without); i++)
		assert_true(url_has_no_path(without[i]));
	for (size_t i = 0; i < COUNT_OF(with); i++)
		assert_false(url_has_no_path(with[i]));
}

struct shown {
	const char *text, *expected;
};

static void check_shown(const char *(*redact)(struct arena *arena, const char *text),
	const struct shown *cases, size_t count)
{
	struct arena arena;
	arena_init(&arena);
	for (size_t i = 0; i < count; i++)
		assert_string_equal(redact(&arena, cases[i].text), cases[i].expected);
	arena_done(&arena);
}

static void urls_are_shown_without_secrets(void **state)
{
	(void)state;
	static const struct shown cases[] = {
		{ "http://a", "http://a" },
		{ "https://a:1/b/c", "https://a:1/b/c" },
		{ "http://user:hush@a:1/b", "http://a:1/b" },
		{ "http://user@a", "http://a" },
		{ "http://user:hu@sh@a/b@c", "http://a/b@c" },
		{ "http://a/b?c=hush&d#e", "http://a/b?***" },
		{ "http://a?hush", "http://a?***" },
		{ "http://a/b#rc=1?x@y", "http://a/b" },
		{ "http://user:hush@[::1]:1/?x@y", "http://[::1]:1/?***" },
		{ "user:hush@a", "a" },
		{ "", "" },
	};
	check_shown(redact_url, cases, COUNT_OF(cases));
}

static void queries_are_shown_without_secrets(void **state)
{
	(void)state;
	static const struct shown cases[] = {
		{ "", "" },
		{ "PageSize=2&Page=1", "PageSize=2&Page=1" },
		{ "PageToken=PT123&a", "PageToken=PT123&a" },
		{ "token=hush", "token=***" },
		{ "a=b&AuthToken=hush&c=d", "a=b&AuthToken=***&c=d" },
		{ "RegistrationCode=HUSH&PASSWORD=hush", "RegistrationCode=***&PASSWORD=***" },
		{ "api_key=&token=&key=", "api_key=***&token=***&key=***" },
		{ "%74oken=hush&b=%74", "%74oken=***&b=%74" },
		{ "&&token&=&x==y", "&&token&=&x==y" },
		{ "token=a=b;c", "token=***" },
		{ "Url=http%3A%2F%2Fa%3A1%2F%3Ftoken%3Dhush%26a%3Db&b=c",
			"Url=http%3A%2F%2Fa%3A1%2F%3Ftoken%3D***%26a%3Db&b=c" },
	};
	check_shown(redact_query, cases, COUNT_OF(cases));
}

static void urls_in_texts_are_shown_without_secrets(void **state)
{
	(void)state;
	static const struct {
		const char *text, *expected;
		bool is_cut;
	} cases[] = {
		{ "", "", false },
		{ "https://a:1/b:c@d", "https://a:1/b:c@d", false },
		{ "https://user@a:1", "https://user@a:1", false },
		{ "https://user:hush@a", "https://user:***@a", false },
		{ "https://user:hu@sh:1@a?b@c", "https://user:***@a?b@c", false },
		{ "https://user:@a", "https://user:***@a", false },
		{ "https%3A//user%3ahush%40a", "https%3A//user%3a***%40a", false },
		{ "https://a?b=c&token=hush#d&key=hush", "https://a?b=c&token=***#d&key=***",
			false },
		{ "{\"a\":\"https://u:hush@a/\",\"b\":\"http://a?sig=hush\",\"token\":\"x\"}",
			"{\"a\":\"https://u:***@a/\",\"b\":\"http://a?sig=***\",\"token\":\"x\"}",
			false },
		{ "https://user:hu", "https://user:hu", false },
		{ "https://user:hu", "https://user:***", true },
		{ "https://a/?key=hu", "https://a/?key=***", true },
		{ ":/:://u:hush@a", ":/:://u:***@a", false },
		{ "user:pass@a", "user:pass@a", false },
		{ "https://user:%3", "https://user:%3", false },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct strbuf out;
		strbuf_init(&out, 1000);
		const bool has_hidden = redact_add_text(
			&out, cases[i].text, strlen(cases[i].text), cases[i].is_cut);
		assert_string_equal(out.data, cases[i].expected);
		assert_int_equal(has_hidden, strcmp(cases[i].text, cases[i].expected) != 0);
		strbuf_done(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls_that_can_be_called_are_taken),
		cmocka_unit_test(what_cannot_be_called_is_refused),
		cmocka_unit_test(urls_have_a_length),
		cmocka_unit_test(paths_are_missed),
		cmocka_unit_test(urls_are_shown_without_secrets),
		cmocka_unit_test(queries_are_shown_without_secrets),
		cmocka_unit_test(urls_in_texts_are_shown_without_secrets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
