/* SPDX-License-Identifier: MIT */
/* Webhooks without a network: signatures, connection overrides, and which addresses may be called.
 */
#include "unit.h"

#include <arpa/inet.h>
#include <string.h>

#include "util/base64.h"
#include "webhook/address.h"
#include "webhook/overrides.h"
#include "webhook/signature.h"

#define TOKEN "0123456789abcdef0123456789abcdef"
#define ONES  "11111111111111111111111111111111"
#define SIM   "HS" ONES
#define AC_A  "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HC_2  "HC22222222222222222222222222222222"

/* Verified with the validators of twilio-node and twilio-python, and with openssl. */
static void signatures_are_those_of_the_validators(void **state)
{
	(void)state;
	static const struct {
		const char *url, *form, *signature;
	} vectors[] = {
		{ "https://example.com/sms-commands?fleet=pilot",
			"Status=received&ApiVersion=v1&SimUniqueName=tracker-1&Payload=Hello%"
			"3B1234+%C3"
			"%A9%2B%26%3D&SimSid=" SIM "&Direction=from_sim&CommandSid=" HC_2
			"&AccountSid=" AC_A "&PayloadType=text",
			"OCRYHMV76mA0sESKPrb1ze76h4M=" },
		{ "https://example.com/sms-commands?fleet=pilot&Status=received&ApiVersion=v1&"
		  "SimUniqueName=tracker-1&Payload=Hello%3B1234+%C3%A9%2B%26%3D&SimSid=" SIM
		  "&Direction=from_sim&CommandSid=" HC_2 "&AccountSid=" AC_A "&PayloadType=text",
			NULL, "Nyxxmdaxr3iCicX27wc0uR2BREI=" },
		{ "http://127.0.0.1:9000/hook", "Payload=hi&SimSid=" SIM,
			"vViPDb2Czu2pgB5SIK1yTAy5RIg=" },
		{ "http://127.0.0.1:9000/hook#rc=3&rp=all", "Payload=hi&SimSid=" SIM,
			"vViPDb2Czu2pgB5SIK1yTAy5RIg=" },
		{ "http://127.0.0.1/hook", "Payload=hi&SimSid=" SIM,
			"4E8UHd3knjLHKnQPTDEaUuCk8zk=" },
		{ "https://example.com/x", "A=2&A=1&A=2", "u1t1zjwf/7zvl5H/hgvR+pK0yqQ=" },
		{ "https://user:pass@example.com/x", "A=1", "sadnITyPsoiZmrA0G3NHLuDJQjw=" },
	};
	for (size_t i = 0; i < COUNT_OF(vectors); i++) {
		struct strbuf text;
		char signature[SIGNATURE_SIZE];
		strbuf_init(&text, 4096);
		assert_true(signature_text(&text, vectors[i].url, vectors[i].form));
		assert_true(signature_make(TOKEN, text.data, text.length, signature));
		assert_string_equal(signature, vectors[i].signature);
		assert_true(signature_matches(vectors[i].signature, signature));
		signature[0] ^= 1;
		assert_false(signature_matches(vectors[i].signature, signature));
		assert_false(signature_matches(vectors[i].signature, ""));
		strbuf_done(&text);
	}
}

static void forms_that_cannot_be_decoded_are_not_signed(void **state)
{
	(void)state;
	struct strbuf text;
	strbuf_init(&text, 4096);
	assert_false(signature_text(&text, "http://x/", "A=%ZZ"));
	strbuf_reset(&text);
	assert_true(signature_text(&text, "http://x/", "&&B&A="));
	assert_string_equal(text.data, "http://x/AB");
	strbuf_done(&text);
}

static void base64_is_rfc_4648(void **state)
{
	(void)state;
	static const char *const vectors[][2] = { { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" },
		{ "foo", "Zm9v" }, { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" } };
	for (size_t i = 0; i < COUNT_OF(vectors); i++) {
		struct strbuf text;
		strbuf_init(&text, 64);
		strbuf_add_text(&text, "");
		base64_encode((const uint8_t *)vectors[i][0], strlen(vectors[i][0]), &text);
		assert_string_equal(text.data, vectors[i][1]);
		strbuf_done(&text);
	}
}

static void overrides_are_read_from_the_fragment(void **state)
{
	(void)state;
	static const struct {
		const char *url;
		struct overrides expected;
		bool good;
	} cases[] = {
		{ "http://x/", { 5000, 15000, 15000, 1, RETRY_CONNECT }, true },
		{ "http://x/#", { 5000, 15000, 15000, 1, RETRY_CONNECT }, true },
		{ "http://x/?rc=5", { 5000, 15000, 15000, 1, RETRY_CONNECT }, true },
		{ "http://x/#ct=100&rt=200&tt=300&rc=5&rp=all", { 100, 200, 300, 5, RETRY_ALL },
			true },
		{ "http://x/#rc=0&rp=4xx,5xx", { 5000, 15000, 15000, 0, RETRY_4XX | RETRY_5XX },
			true },
		{ "http://x/#rp=ct%2Crt", { 5000, 15000, 15000, 1, RETRY_CONNECT | RETRY_READ },
			true },
		{ "http://x/#sni=y&e=ashburn&top", { 5000, 15000, 15000, 1, RETRY_CONNECT }, true },
		{ "http://x/#rp=sometimes&rc=2", { 5000, 15000, 15000, 2, RETRY_CONNECT }, false },
		{ "http://x/#rp=", { 5000, 15000, 15000, 1, RETRY_CONNECT }, false },
		{ "http://x/#rp=4xx,", { 5000, 15000, 15000, 1, RETRY_CONNECT }, false },
		{ "http://x/#ct=99", { 5000, 15000, 15000, 1, RETRY_CONNECT }, false },
		{ "http://x/#ct=10001", { 5000, 15000, 15000, 1, RETRY_CONNECT }, false },
		{ "http://x/#tt=99999999999", { 5000, 15000, 15000, 1, RETRY_CONNECT }, false },
		{ "http://x/#rc=6", { 5000, 15000, 15000, 1, RETRY_CONNECT }, false },
		{ "http://x/#rc=-1", { 5000, 15000, 15000, 1, RETRY_CONNECT }, false },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct overrides overrides;
		assert_int_equal(overrides_read(cases[i].url, &overrides), cases[i].good);
		assert_int_equal(overrides.connect_ms, cases[i].expected.connect_ms);
		assert_int_equal(overrides.read_ms, cases[i].expected.read_ms);
		assert_int_equal(overrides.total_ms, cases[i].expected.total_ms);
		assert_int_equal(overrides.retries, cases[i].expected.retries);
		assert_int_equal(overrides.policy, cases[i].expected.policy);
	}
}

static enum address_verdict judge(const char *text, bool *ret_loopback)
{
	struct sockaddr_in four = { .sin_family = AF_INET };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
	const struct sockaddr *address = (const struct sockaddr *)&four;
	if (strchr(text, ':') == NULL) {
		assert_int_equal(inet_pton(AF_INET, text, &four.sin_addr), 1);
	} else {
		assert_int_equal(inet_pton(AF_INET6, text, &six.sin6_addr), 1);
		address = (const struct sockaddr *)&six;
	}
	*ret_loopback = address_is_loopback(address);
	return address_judge(address);
}

static void addresses_are_judged_by_what_they_are(void **state)
{
	(void)state;
	static const struct {
		const char *address;
		enum address_verdict verdict;
	} cases[] = {
		{ "127.0.0.1", ADDRESS_ALLOWED },
		{ "127.255.255.255", ADDRESS_ALLOWED },
		{ "10.1.2.3", ADDRESS_ALLOWED },
		{ "172.16.0.1", ADDRESS_ALLOWED },
		{ "172.31.255.255", ADDRESS_ALLOWED },
		{ "172.32.0.1", ADDRESS_PUBLIC },
		{ "192.168.1.1", ADDRESS_ALLOWED },
		{ "192.169.0.1", ADDRESS_PUBLIC },
		{ "8.8.8.8", ADDRESS_PUBLIC },
		{ "100.64.0.1", ADDRESS_PUBLIC },
		{ "100.100.100.200", ADDRESS_FORBIDDEN },
		{ "169.254.169.254", ADDRESS_FORBIDDEN },
		{ "169.254.0.1", ADDRESS_FORBIDDEN },
		{ "168.63.129.16", ADDRESS_FORBIDDEN },
		{ "192.0.0.192", ADDRESS_FORBIDDEN },
		{ "0.0.0.0", ADDRESS_FORBIDDEN },
		{ "224.0.0.1", ADDRESS_FORBIDDEN },
		{ "255.255.255.255", ADDRESS_FORBIDDEN },
		{ "::1", ADDRESS_ALLOWED },
		{ "::", ADDRESS_FORBIDDEN },
		{ "fd12::1", ADDRESS_ALLOWED },
		{ "fd00:ec2::254", ADDRESS_FORBIDDEN },
		{ "fe80::1", ADDRESS_FORBIDDEN },
		{ "febf::1", ADDRESS_FORBIDDEN },
		{ "ff02::1", ADDRESS_FORBIDDEN },
		{ "2001:4860:4860::8888", ADDRESS_PUBLIC },
		{ "::ffff:127.0.0.1", ADDRESS_ALLOWED },
		{ "::ffff:169.254.169.254", ADDRESS_FORBIDDEN },
		{ "::ffff:8.8.8.8", ADDRESS_PUBLIC },
		{ "::169.254.169.254", ADDRESS_FORBIDDEN },
		{ "64:ff9b::169.254.169.254", ADDRESS_FORBIDDEN },
		{ "64:ff9b::8.8.8.8", ADDRESS_PUBLIC },
		{ "2002:a9fe:a9fe::1", ADDRESS_FORBIDDEN },
		{ "2002:0808:0808::1", ADDRESS_PUBLIC },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		bool loopback;
		const enum address_verdict verdict = judge(cases[i].address, &loopback);
		if (verdict != cases[i].verdict)
			print_error("%s\n", cases[i].address);
		assert_int_equal(verdict, cases[i].verdict);
		const bool expected = strncmp(cases[i].address, "127.", 4) == 0 ||
				      strcmp(cases[i].address, "::1") == 0 ||
				      strcmp(cases[i].address, "::ffff:127.0.0.1") == 0;
		assert_int_equal(loopback, expected);
	}
	const struct sockaddr other = { .sa_family = AF_UNIX };
	assert_int_equal(address_judge(&other), ADDRESS_FORBIDDEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signatures_are_those_of_the_validators),
		cmocka_unit_test(forms_that_cannot_be_decoded_are_not_signed),
		cmocka_unit_test(base64_is_rfc_4648),
		cmocka_unit_test(overrides_are_read_from_the_fragment),
		cmocka_unit_test(addresses_are_judged_by_what_they_are),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
