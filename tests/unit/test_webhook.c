/* SPDX-License-Identifier: MIT */
/*
 * Webhooks without a network: signatures, connection overrides, which addresses may be called, and
 * names that resolve to other addresses than before.
 */
#include "unit.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util/address.h"
#include "util/base64.h"
#include "util/clock.h"
#include "webhook/address.h"
#include "webhook/overrides.h"
#include "webhook/sender.h"
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

static const struct sockaddr *read_address(const char *text, struct sockaddr_storage *storage)
{
	struct sockaddr_in *four = (struct sockaddr_in *)storage;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)storage;
	const bool is_six = strchr(text, ':') != NULL;
	*storage = (struct sockaddr_storage){ .ss_family = is_six ? AF_INET6 : AF_INET };
	assert_int_equal(is_six ? inet_pton(AF_INET6, text, &six->sin6_addr)
				: inet_pton(AF_INET, text, &four->sin_addr),
		1);
	return (const struct sockaddr *)storage;
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
		{ "169.254.0.1", ADDRESS_LINK_LOCAL },
		{ "168.63.129.16", ADDRESS_FORBIDDEN },
		{ "192.0.0.192", ADDRESS_FORBIDDEN },
		{ "0.0.0.0", ADDRESS_FORBIDDEN },
		{ "224.0.0.1", ADDRESS_FORBIDDEN },
		{ "255.255.255.255", ADDRESS_FORBIDDEN },
		{ "::1", ADDRESS_ALLOWED },
		{ "::", ADDRESS_FORBIDDEN },
		{ "fd12::1", ADDRESS_ALLOWED },
		{ "fd00:ec2::254", ADDRESS_FORBIDDEN },
		{ "fe80::1", ADDRESS_LINK_LOCAL },
		{ "febf::1", ADDRESS_LINK_LOCAL },
		{ "169.254.1.2", ADDRESS_LINK_LOCAL }, /* Podman's host */
		{ "::ffff:169.254.1.2", ADDRESS_LINK_LOCAL },
		{ "169.254.129.2", ADDRESS_FORBIDDEN },
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
		/* Services of clouds, by IPv4. */
		{ "169.254.170.2", ADDRESS_FORBIDDEN },
		{ "169.254.170.23", ADDRESS_FORBIDDEN },
		{ "169.254.0.23", ADDRESS_FORBIDDEN },
		{ "169.254.42.42", ADDRESS_FORBIDDEN },
		{ "100.96.0.96", ADDRESS_FORBIDDEN },
		{ "100.96.0.97", ADDRESS_PUBLIC },
		{ "168.63.129.17", ADDRESS_PUBLIC },
		/* And by IPv6, in the middle of what is private. */
		{ "fd00:ec2::23", ADDRESS_FORBIDDEN },
		{ "fd00:ec2::253", ADDRESS_FORBIDDEN },
		{ "fd00:ec3::23", ADDRESS_ALLOWED },
		{ "fd20:ce::254", ADDRESS_FORBIDDEN },
		{ "fd20:ce::255", ADDRESS_ALLOWED },
		{ "fd00:c1::a9fe:a9fe", ADDRESS_FORBIDDEN },
		{ "fd00:c1::1", ADDRESS_ALLOWED },
		{ "fd00:42::42", ADDRESS_FORBIDDEN },
		{ "fd00:42::43", ADDRESS_ALLOWED },
		{ "fd00:a9fe:a9fe::1", ADDRESS_FORBIDDEN },
		{ "fd00:100::100:200", ADDRESS_FORBIDDEN },
		{ "fd00:100::100:201", ADDRESS_ALLOWED },
		{ "fe80::a9fe:a9fe", ADDRESS_FORBIDDEN },
		/* NAT64's local prefix, by each length that RFC 6052 has. */
		{ "64:ff9b:1:a9fe:a9:fe00::", ADDRESS_FORBIDDEN },
		{ "64:ff9b:1:a9:fe:a9fe::", ADDRESS_FORBIDDEN },
		{ "64:ff9b:1:0:a9:fea9:fe00:0", ADDRESS_FORBIDDEN },
		{ "64:ff9b:1::a9fe:a9fe", ADDRESS_FORBIDDEN },
		{ "64:ff9b:1:6464:64:c800::", ADDRESS_FORBIDDEN },
		{ "64:ff9b:1::808:808", ADDRESS_PUBLIC },
		/* Prefixes of one's own, of 32 and 40 bits. */
		{ "2001:db8:a9fe:a9fe::", ADDRESS_FORBIDDEN },
		{ "2001:db8:1a9:fea9:fe::", ADDRESS_FORBIDDEN },
		{ "2001:db8:aa::a9fe:aa02", ADDRESS_FORBIDDEN },
		{ "fd12:3456::a9fe:a9fe", ADDRESS_FORBIDDEN },
		/* Translated (RFC 2765), Teredo, whose address is turned over, and ISATAP. */
		{ "::ffff:0:169.254.169.254", ADDRESS_FORBIDDEN },
		{ "::ffff:0:10.0.0.1", ADDRESS_ALLOWED },
		{ "2001:0:102:304:0:ffff:5601:5601", ADDRESS_FORBIDDEN },
		{ "2001:0:102:304:0:ffff:f5ff:fffe", ADDRESS_ALLOWED },	  /* 10.0.0.1 */
		{ "2001:0:102:304:0:ffff:f7f7:f7f7", ADDRESS_PUBLIC },	  /* 8.8.8.8 */
		{ "2001:0:102:304:0:ffff:1ffe:fffe", ADDRESS_FORBIDDEN }, /* 224.1.0.1 */
		{ "2001:db8::5efe:a9fe:a9fe", ADDRESS_FORBIDDEN },
		{ "fd12::200:5efe:6464:64c8", ADDRESS_FORBIDDEN },
		{ "2001:db8::200:5efe:808:808", ADDRESS_PUBLIC },
		{ "::ffff:100.100.100.200", ADDRESS_FORBIDDEN },
		{ "2002:a83f:8110::1", ADDRESS_FORBIDDEN },
		{ "2002:7f00:1::ff00:0:0", ADDRESS_ALLOWED },
		{ "::ff00:7f00:1", ADDRESS_PUBLIC },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct sockaddr_storage storage;
		const struct sockaddr *address = read_address(cases[i].address, &storage);
		const enum address_verdict verdict = address_judge(address);
		if (verdict != cases[i].verdict)
			print_error("%s\n", cases[i].address);
		assert_int_equal(verdict, cases[i].verdict);
		/* No operator's leave changes what is never called. */
		assert_int_equal(address_may_be_called(address, true),
			cases[i].verdict != ADDRESS_FORBIDDEN);
		assert_int_equal(
			address_may_be_called(address, false), cases[i].verdict == ADDRESS_ALLOWED);
		const bool expected = strncmp(cases[i].address, "127.", 4) == 0 ||
				      strcmp(cases[i].address, "::1") == 0 ||
				      strcmp(cases[i].address, "::ffff:127.0.0.1") == 0;
		assert_int_equal(address_is_loopback(address), expected);
		/* What would help is named where it does. */
		assert_int_equal(strstr(address_refusal(address), "--allow-egress yes") != NULL,
			verdict == ADDRESS_PUBLIC || verdict == ADDRESS_LINK_LOCAL);
	}
	const struct sockaddr other = { .sa_family = AF_UNIX };
	assert_int_equal(address_judge(&other), ADDRESS_FORBIDDEN);
}

/* ── names that resolve elsewhere the second time ────────────────────────────────────────── */

#define REBOUND "rebound.test" /* no resolver but ours knows it: RFC 6761 */

/* Our resolver's answers, one for each question; how many were asked; and stream sockets opened. */
static const char *const *answers;
static atomic_size_t questions;
static atomic_size_t sockets;

struct answer {
	struct addrinfo info;
	struct sockaddr_in address;
};

/* One address, before others. */
static struct addrinfo *add_answer(const char *text, const char *service, struct addrinfo *next)
{
	struct answer *answer = calloc(1, sizeof(*answer));
	assert_non_null(answer);
	answer->address.sin_family = AF_INET;
	answer->address.sin_port = htons((uint16_t)strtol(service, NULL, 10));
	assert_int_equal(inet_pton(AF_INET, text, &answer->address.sin_addr), 1);
	answer->info = (struct addrinfo){
		.ai_family = AF_INET,
		.ai_socktype = SOCK_STREAM,
		.ai_protocol = IPPROTO_TCP,
		.ai_addrlen = sizeof(answer->address),
		.ai_addr = (struct sockaddr *)&answer->address,
		.ai_next = next,
	};
	return &answer->info;
}

/*
 * What follows takes the place of libc's for libcurl, too: a program's symbols come first. Nothing
 * else in this program resolves names. An answer is an address, or two with a blank between.
 */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
	struct addrinfo **ret_list)
{
	char first[32];
	if (strcmp(name, REBOUND) != 0 || hints->ai_socktype != SOCK_STREAM)
		return EAI_NONAME;
	const char *answer = answers[questions++];
	const char *blank = strchr(answer, ' ');
	snprintf(first, sizeof(first), "%.*s", (int)strcspn(answer, " "), answer);
	*ret_list = add_answer(
		first, service, blank != NULL ? add_answer(blank + 1, service, NULL) : NULL);
	return 0;
}

void freeaddrinfo(struct addrinfo *list)
{
	while (list != NULL) {
		struct addrinfo *next = list->ai_next;
		free(list);
		list = next;
	}
}

/* Who opens no socket connects to nothing. */
int socket(int family, int type, int protocol)
{
	sockets += (type & SOCK_STREAM) != 0;
	return (int)syscall(SYS_socket, family, type, protocol);
}

/* Listens on a free port of this machine. */
static int listen_here(int *ret_port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	const int file = socket(AF_INET, SOCK_STREAM, 0);
	assert_true(file >= 0);
	assert_int_equal(bind(file, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(file, 8), 0);
	assert_int_equal(getsockname(file, (struct sockaddr *)&address, &size), 0);
	*ret_port = ntohs(address.sin_port);
	return file;
}

/* Reads the request that has arrived, and answers it. */
static void answer_and_close(int file)
{
	static const char text[] = "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
	char request[4096];
	assert_true(recv(file, request, sizeof(request), 0) > 0);
	assert_int_equal(send(file, text, sizeof(text) - 1, 0), sizeof(text) - 1);
	close(file);
}

static bool finished;

static void note_finished(struct transfer *transfer)
{
	(void)transfer;
	finished = true;
}

/* One transfer from beginning to end; gives how many requests arrived. */
static int run_transfer(
	struct sender *sender, struct transfer *transfer, const char *url, int listener)
{
	const int64_t late_us = clock_monotonic_us() + INT64_C(30) * 1000 * 1000;
	int arrived = 0, file = -1; /* -1: nobody is connected */
	*transfer = (struct transfer){
		.method = "POST",
		.url = url,
		.form = "A=1",
		.auth_token = TOKEN,
		.idempotency_token = "token",
		.finished = note_finished,
	};
	finished = false;
	assert_true(sender_start(sender, transfer));
	while (!finished) {
		assert_true(clock_monotonic_us() < late_us);
		if (!sender_poll(sender, file < 0 ? listener : file, 100))
			continue;
		if (file < 0) {
			file = accept(listener, NULL, NULL);
			assert_true(file >= 0);
		} else {
			answer_and_close(file);
			file = -1;
			arrived++;
		}
	}
	return arrived;
}

/* The name leads here first. Whatever it leads to then is judged anew. */
static void rebound(bool allow_egress, const char *second)
{
	const char *const both[] = { "127.0.0.1", second };
	struct transfer transfer;
	char url[64], peer[64];
	int port;
	const int listener = listen_here(&port);
	struct sender *sender = sender_new(allow_egress);
	assert_non_null(sender);
	snprintf(url, sizeof(url), "http://" REBOUND ":%d/hook#rc=0", port);
	answers = both;
	snprintf(peer, sizeof(peer), "127.0.0.1:%d", port);
	questions = sockets = 0;

	assert_int_equal(run_transfer(sender, &transfer, url, listener), 1);
	assert_int_equal(transfer.result, TRANSFER_ANSWERED);
	assert_int_equal(transfer.status, 204);
	assert_int_equal(questions, 1);
	assert_int_equal(sockets, 1);
	assert_string_equal(transfer.peer, peer);
	transfer_done(&transfer);

	assert_int_equal(run_transfer(sender, &transfer, url, listener), 0);
	assert_int_equal(transfer.result, TRANSFER_POLICY);
	assert_int_equal(transfer.status, 0);
	assert_string_equal(transfer.peer, "");
	assert_int_equal(strstr(transfer.error, "--allow-egress yes") != NULL,
		strcmp(second, "169.254.169.254") != 0);
	assert_int_equal(questions, 2);
	assert_int_equal(sockets, 1); /* still the first one's */
	transfer_done(&transfer);
	sender_free(sender);
	close(listener);
}

static void a_name_that_moves_to_a_metadata_service_is_refused(void **state)
{
	(void)state;
	rebound(false, "169.254.169.254");
	rebound(true, "169.254.169.254");
}

static void a_name_that_moves_to_a_public_address_is_refused(void **state)
{
	(void)state;
	rebound(false, "8.8.8.8");
	rebound(false, "169.254.1.2");
}

/* What counts is what became of the address that may be called. */
static void a_name_with_a_refused_address_and_another(void **state)
{
	static const char *const both[] = { "169.254.169.254 127.0.0.1" };
	struct transfer transfer;
	char url[64];
	int port;
	(void)state;
	const int listener = listen_here(&port);
	struct sender *sender = sender_new(false);
	assert_non_null(sender);
	snprintf(url, sizeof(url), "http://" REBOUND ":%d/hook#rc=0", port);
	answers = both;
	questions = sockets = 0;
	assert_int_equal(run_transfer(sender, &transfer, url, listener), 1);
	assert_int_equal(transfer.result, TRANSFER_ANSWERED);
	assert_int_equal(transfer.status, 204);
	assert_int_equal(sockets, 1);
	transfer_done(&transfer);
	sender_free(sender);
	close(listener);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signatures_are_those_of_the_validators),
		cmocka_unit_test(forms_that_cannot_be_decoded_are_not_signed),
		cmocka_unit_test(base64_is_rfc_4648),
		cmocka_unit_test(overrides_are_read_from_the_fragment),
		cmocka_unit_test(addresses_are_judged_by_what_they_are),
		cmocka_unit_test(a_name_that_moves_to_a_metadata_service_is_refused),
		cmocka_unit_test(a_name_that_moves_to_a_public_address_is_refused),
		cmocka_unit_test(a_name_with_a_refused_address_and_another),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
