/* SPDX-License-Identifier: MIT */
/*
 * Certificates: what we make is taken by a verifier for its names and for no other; what is kept
 * in a directory, and when it is made anew; what is wrong with a pair that is given.
 */
#include "unit.h"

#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tls/certificate.h"
#include "tls/identity.h"
#include "tls/issue.h"
#include "tls/trust.h"

/* ── help ────────────────────────────────────────────────────────────────────────────────── */

struct place {
	char directory[64];
	struct tls_names names;
	struct failure failure;
	struct identity identity;
};

static int make_place(void **state)
{
	struct place *place = calloc(1, sizeof(*place));
	*state = place;
	if (place == NULL)
		return -1;
	snprintf(place->directory, sizeof(place->directory), "/tmp/supersim-tls-XXXXXX");
	tls_names_add_own(&place->names);
	identity_init(&place->identity);
	return mkdtemp(place->directory) != NULL ? 0 : -1;
}

static int leave_place(void **state)
{
	struct place *place = *state;
	char command[100];
	snprintf(command, sizeof(command), "rm -r %s", place->directory);
	identity_done(&place->identity);
	const int result = system(command);
	free(place);
	return result;
}

static void write_file(const struct place *place, const char *name, const char *text, mode_t mode)
{
	char path[100];
	snprintf(path, sizeof(path), "%s/%s", place->directory, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static mode_t mode_of(const struct place *place, const char *name)
{
	char path[100];
	struct stat facts;
	snprintf(path, sizeof(path), "%s/%s", place->directory, name);
	assert_int_equal(stat(path, &facts), 0);
	return facts.st_mode & 07777;
}

/* What a client that trusts `authority` says to a server's certificate, called by `host`. */
static int judge(X509 *authority, X509 *server, const char *host)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	assert_int_equal(X509_STORE_add_cert(store, authority), 1);
	assert_int_equal(X509_STORE_CTX_init(context, store, server, NULL), 1);
	X509_VERIFY_PARAM *wanted = X509_STORE_CTX_get0_param(context);
	X509_VERIFY_PARAM_set_purpose(wanted, X509_PURPOSE_SSL_SERVER);
	X509_VERIFY_PARAM_set_flags(wanted, X509_V_FLAG_X509_STRICT);
	if (tls_name_is_address(host))
		X509_VERIFY_PARAM_set1_ip_asc(wanted, host);
	else
		X509_VERIFY_PARAM_set1_host(wanted, host, 0);
	X509_verify_cert(context);
	const int result = X509_STORE_CTX_get_error(context);
	X509_STORE_CTX_free(context);
	X509_STORE_free(store);
	return result;
}

/* The same of an identity. */
static int judge_identity(const struct identity *identity, const char *host)
{
	X509 *authority = certificate_read(&identity->authority);
	X509 *server = certificate_read(&identity->certificates);
	const int result = judge(authority, server, host);
	X509_free(authority);
	X509_free(server);
	return result;
}

static void make_again(struct place *place)
{
	identity_done(&place->identity);
	identity_init(&place->identity);
	if (!identity_keep(place->directory, &place->names, &place->identity, &place->failure))
		fail_msg("%s", place->failure.message);
}

/* ── what we make ────────────────────────────────────────────────────────────────────────── */

static void a_verifier_takes_it_for_its_names(void **state)
{
	struct place *place = *state;
	assert_true(tls_names_add(&place->names, "my_app.test"));
	assert_true(identity_make(&place->names, &place->identity, &place->failure));
	static const char *const good[] = { "supersim.twilio.com", "supersim.local.twilio.com",
		"localhost", "127.0.0.1", "::1", "my_app.test" };
	for (size_t i = 0; i < COUNT_OF(good); i++)
		assert_int_equal(judge_identity(&place->identity, good[i]), X509_V_OK);
	assert_int_equal(
		judge_identity(&place->identity, "api.twilio.com"), X509_V_ERR_HOSTNAME_MISMATCH);
	assert_int_equal(
		judge_identity(&place->identity, "10.0.0.1"), X509_V_ERR_IP_ADDRESS_MISMATCH);
}

/* Even with the key, which is forgotten, the authority could sign for nobody else. */
static void its_authority_can_sign_for_no_other_name(void **state)
{
	struct place *place = *state;
	static const struct {
		const char *name;
		int result;
	} tries[] = { { "supersim.twilio.com", X509_V_OK }, { "127.3.2.1", X509_V_OK },
		{ "api.twilio.com", X509_V_ERR_PERMITTED_VIOLATION },
		{ "example.com", X509_V_ERR_PERMITTED_VIOLATION },
		{ "10.0.0.1", X509_V_ERR_PERMITTED_VIOLATION },
		{ "::2", X509_V_ERR_PERMITTED_VIOLATION } };
	struct issued authority = { 0 };
	assert_true(issue_authority(&place->names, &authority));
	for (size_t i = 0; i < COUNT_OF(tries); i++) {
		struct tls_names names = { .count = 0 };
		struct issued server = { 0 };
		assert_true(tls_names_add(&names, tries[i].name));
		assert_true(issue_server(&authority, &names, &server));
		assert_int_equal(judge(authority.certificate, server.certificate, tries[i].name),
			tries[i].result);
		issued_done(&server);
	}
	issued_done(&authority);
}

/* What is kept holds one key, the server's: what it signs is worth nothing. */
static void what_is_kept_can_sign_nothing(void **state)
{
	struct place *place = *state;
	bool encrypted;
	assert_true(identity_make(&place->names, &place->identity, &place->failure));
	X509 *authority = certificate_read(&place->identity.authority);
	struct issued kept = {
		.certificate = certificate_read(&place->identity.certificates),
		.key = certificate_read_key(&place->identity.key, &encrypted),
	};
	assert_false(certificate_fits_key(authority, &place->identity.key));
	/* As if signed by the authority, and as signed by the server. */
	X509 *const issuers[] = { authority, kept.certificate };
	for (size_t i = 0; i < COUNT_OF(issuers); i++) {
		struct issued forged = { 0 };
		struct issued signer = { issuers[i], kept.key };
		assert_true(issue_server(&signer, &place->names, &forged));
		assert_int_not_equal(
			judge(authority, forged.certificate, "supersim.twilio.com"), X509_V_OK);
		issued_done(&forged);
	}
	issued_done(&kept);
	X509_free(authority);
}

static void its_dates_and_serials_are_those_that_clients_take(void **state)
{
	struct place *place = *state;
	int days, seconds;
	assert_true(identity_make(&place->names, &place->identity, &place->failure));
	X509 *server = certificate_read(&place->identity.certificates);
	X509 *authority = certificate_read(&place->identity.authority);
	assert_int_equal(ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(server),
				 X509_get0_notAfter(server)),
		1);
	assert_int_equal(days, 397);
	assert_int_equal(ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(server), NULL), 1);
	assert_in_range(days * 86400 + seconds, 3600, 3600 + 600);
	assert_in_range(X509_get0_serialNumber(server)->length, 12, 17);
	assert_int_equal(X509_get_pathlen(authority), 0);
	assert_int_not_equal(
		ASN1_INTEGER_cmp(X509_get0_serialNumber(server), X509_get0_serialNumber(authority)),
		0);
	X509_free(server);
	X509_free(authority);
}

static void names_that_are_none_are_not_taken(void **state)
{
	static const char *const bad[] = { "", ".", "a.", ".a", "a..b", "-a", "a-", "a b", "*.a",
		"b\xc3\xbc"
		"cher",
		"a,DNS:b", "[::1]", "a:80",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };
	static const char *const good[] = { "a", "a_b", "a-b.c", "1.2.3.4", "::1",
		"xn--bcher-kva.x" };
	struct tls_names names = { .count = 0 };
	char many[16];
	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(tls_name_is_good(bad[i]));
	for (size_t i = 0; i < COUNT_OF(good); i++)
		assert_true(tls_name_is_good(good[i]));
	assert_true(tls_names_add(&names, "A.b") && tls_names_add(&names, "a.B"));
	assert_true(tls_names_add(&names, "0.0.0.0") && tls_names_add(&names, "::"));
	assert_int_equal(names.count, 1);
	for (int i = 1; i < TLS_NAMES_MAXIMUM; i++) {
		snprintf(many, sizeof(many), "n%d", i);
		assert_true(tls_names_add(&names, many));
	}
	assert_false(tls_names_add(&names, "one-too-many"));
}

/* ── what is kept ────────────────────────────────────────────────────────────────────────── */

static void what_is_kept_is_taken_again(void **state)
{
	struct place *place = *state;
	char first[4096];
	make_again(place);
	assert_true(place->identity.is_new);
	snprintf(first, sizeof(first), "%s", place->identity.authority.data);
	assert_int_equal(mode_of(place, "key.pem"), 0600);
	assert_int_equal(mode_of(place, "cert.pem"), 0644);
	assert_int_equal(mode_of(place, "ca.pem"), 0644);
	make_again(place);
	assert_false(place->identity.is_new);
	assert_string_equal(place->identity.authority.data, first);
	assert_int_equal(judge_identity(&place->identity, "127.0.0.1"), X509_V_OK);
}

/* Two servers with other names of their own do not replace each other's for ever. */
static void a_further_name_is_added(void **state)
{
	struct place *place = *state;
	const struct tls_names own = place->names;
	make_again(place);
	assert_true(tls_names_add(&place->names, "one.test"));
	make_again(place);
	assert_true(place->identity.is_new);
	place->names = own;
	assert_true(tls_names_add(&place->names, "two.test"));
	make_again(place);
	assert_true(place->identity.is_new);
	assert_int_equal(judge_identity(&place->identity, "one.test"), X509_V_OK);
	assert_int_equal(judge_identity(&place->identity, "two.test"), X509_V_OK);
	place->names = own;
	make_again(place);
	assert_false(place->identity.is_new);
}

/* Files that do not belong together, as a kill between two of them leaves them, and nonsense. */
static void what_does_not_belong_together_is_made_anew(void **state)
{
	struct place *place = *state;
	static const char *const files[] = { "ca.pem", "cert.pem", "key.pem" };
	struct identity other;
	identity_init(&other);
	assert_true(identity_make(&place->names, &other, &place->failure));
	const char *const texts[] = { other.authority.data, other.certificates.data,
		other.key.data };
	for (size_t i = 0; i < COUNT_OF(files); i++) {
		const char *const replaced[] = { texts[i], "", "nonsense" };
		for (size_t j = 0; j < COUNT_OF(replaced); j++) {
			make_again(place);
			write_file(place, files[i], replaced[j], 0600);
			make_again(place);
			assert_true(place->identity.is_new);
			assert_int_equal(judge_identity(&place->identity, "localhost"), X509_V_OK);
		}
	}
	identity_done(&other);
}

/* Signs again with other dates, as if time had passed. */
static void let_days_pass(struct place *place, int days_left)
{
	struct issued authority = { 0 }, server = { 0 };
	assert_true(issue_authority(&place->names, &authority));
	assert_true(issue_server(&authority, &place->names, &server));
	X509_time_adj_ex(X509_getm_notAfter(server.certificate), days_left, 60, NULL);
	assert_true(X509_sign(server.certificate, authority.key, EVP_sha256()) > 0);
	identity_done(&place->identity);
	identity_init(&place->identity);
	assert_true(certificate_write(authority.certificate, &place->identity.authority));
	assert_true(certificate_write(server.certificate, &place->identity.certificates));
	assert_true(certificate_write_key(server.key, &place->identity.key));
	write_file(place, "ca.pem", place->identity.authority.data, 0644);
	write_file(place, "cert.pem", place->identity.certificates.data, 0644);
	write_file(place, "key.pem", place->identity.key.data, 0600);
	issued_done(&authority);
	issued_done(&server);
}

static void it_is_made_anew_before_it_ends(void **state)
{
	struct place *place = *state;
	let_days_pass(place, 30);
	make_again(place);
	assert_false(place->identity.is_new);
	let_days_pass(place, 29);
	make_again(place);
	assert_true(place->identity.is_new);
}

static void a_directory_that_cannot_be_one_is_told(void **state)
{
	struct place *place = *state;
	char path[100];
	write_file(place, "file", "", 0600);
	snprintf(path, sizeof(path), "%s/file/x", place->directory);
	assert_false(identity_keep(path, &place->names, &place->identity, &place->failure));
	assert_int_equal(place->failure.exit_code, EX_CANTCREAT);
	assert_non_null(strstr(place->failure.message, path));
	snprintf(path, sizeof(path), "%s/a/b/c", place->directory);
	assert_true(identity_keep(path, &place->names, &place->identity, &place->failure));
}

/* ── what is given ───────────────────────────────────────────────────────────────────────── */

static void expect_refused(struct place *place, const char *file, const char *reason)
{
	char certificate[100], key[100];
	snprintf(certificate, sizeof(certificate), "%s/c", place->directory);
	snprintf(key, sizeof(key), "%s/k", place->directory);
	identity_done(&place->identity);
	identity_init(&place->identity);
	assert_false(identity_load(certificate, key, &place->identity, &place->failure));
	assert_int_equal(place->failure.exit_code, EX_DATAERR);
	assert_non_null(strstr(place->failure.message, strcmp(file, "c") == 0 ? certificate : key));
	if (strstr(place->failure.message, reason) == NULL)
		fail_msg("%s", place->failure.message);
}

static void give_encrypted_key(struct place *place, const struct strbuf *key)
{
	char path[100];
	bool encrypted;
	snprintf(path, sizeof(path), "%s/k", place->directory);
	EVP_PKEY *read = certificate_read_key(key, &encrypted);
	FILE *file = fopen(path, "w");
	assert_int_equal(PEM_write_PrivateKey(file, read, EVP_aes_128_cbc(),
				 (const unsigned char *)"x", 1, NULL, NULL),
		1);
	assert_int_equal(fclose(file), 0);
	EVP_PKEY_free(read);
}

static void a_pair_that_is_wrong_is_told(void **state)
{
	struct place *place = *state;
	struct identity one, two;
	identity_init(&one);
	identity_init(&two);
	assert_true(identity_make(&place->names, &one, &place->failure));
	assert_true(identity_make(&place->names, &two, &place->failure));
	expect_refused(place, "c", "No such file");
	write_file(place, "c", one.certificates.data, 0644);
	expect_refused(place, "k", "No such file");
	write_file(place, "k", two.key.data, 0600);
	expect_refused(place, "k", "not that of the certificate");
	write_file(place, "k", one.key.data, 0604);
	expect_refused(place, "k", "anybody may read");
	write_file(place, "k", one.certificates.data, 0600);
	expect_refused(place, "k", "must hold a key");
	give_encrypted_key(place, &one.key);
	expect_refused(place, "k", "encrypted");
	write_file(place, "k", one.key.data, 0640);
	write_file(place, "c", one.key.data, 0644);
	expect_refused(place, "c", "must hold a certificate");
	let_days_pass(place, -1);
	write_file(place, "c", place->identity.certificates.data, 0644);
	expect_refused(place, "c", "expired");
	identity_done(&one);
	identity_done(&two);
}

static void a_pair_that_is_right_is_taken(void **state)
{
	struct place *place = *state;
	char certificate[100], key[100];
	make_again(place);
	snprintf(certificate, sizeof(certificate), "%s/cert.pem", place->directory);
	snprintf(key, sizeof(key), "%s/key.pem", place->directory);
	identity_done(&place->identity);
	identity_init(&place->identity);
	assert_true(identity_load(certificate, key, &place->identity, &place->failure));
	assert_int_equal(place->identity.authority.length, 0);
}

/* ── whom to trust ───────────────────────────────────────────────────────────────────────── */

/* Java 17 takes it for a store of trusted certificates because of the attribute, which is searched
 * for here as its bytes are. */
static void a_store_for_java_says_what_is_trusted(void **state)
{
	struct place *place = *state;
	static const char attribute[] = "\x06\x0c\x60\x86\x48\x01\x86\xf9\x66\xad\xca\x7b\x01\x01";
	struct strbuf out;
	strbuf_init(&out, 65536);
	assert_true(identity_make(&place->names, &place->identity, &place->failure));
	assert_true(trust_java_store(&place->identity.authority, &out));
	assert_non_null(memmem(out.data, out.length, attribute, sizeof(attribute) - 1));
	const unsigned char *bytes = (const unsigned char *)out.data;
	PKCS12 *store = d2i_PKCS12(NULL, &bytes, (long)out.length);
	assert_non_null(store);
	assert_int_equal(PKCS12_verify_mac(store, TRUST_STORE_PASSWORD, -1), 1);
	EVP_PKEY *key = NULL;
	X509 *own = NULL, *authority = certificate_read(&place->identity.authority);
	STACK_OF(X509) *others = NULL;
	assert_int_equal(PKCS12_parse(store, TRUST_STORE_PASSWORD, &key, &own, &others), 1);
	assert_null(key);
	assert_int_equal(sk_X509_num(others), 1);
	assert_int_equal(X509_cmp(sk_X509_value(others, 0), authority), 0);
	sk_X509_pop_free(others, X509_free);
	X509_free(authority);
	PKCS12_free(store);
	strbuf_done(&out);
}

static void a_bundle_ends_with_ours(void **state)
{
	struct place *place = *state;
	struct strbuf out;
	strbuf_init(&out, 1 << 20);
	assert_true(identity_make(&place->names, &place->identity, &place->failure));
	const enum trust_result result = trust_bundle(&place->identity.authority, &out);
	const size_t own = place->identity.authority.length;
	if (result == TRUST_GOOD) {
		assert_true(out.length > own);
		assert_string_equal(out.data + out.length - own, place->identity.authority.data);
		assert_int_equal(out.data[out.length - own - 1], '\n');
	} else {
		assert_int_equal(result, TRUST_NO_SYSTEM_ROOTS);
		assert_int_equal(out.length, 0);
	}
	strbuf_done(&out);
}

#define PLACED(test) cmocka_unit_test_setup_teardown(test, make_place, leave_place)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACED(a_verifier_takes_it_for_its_names),
		PLACED(its_authority_can_sign_for_no_other_name),
		PLACED(what_is_kept_can_sign_nothing),
		PLACED(its_dates_and_serials_are_those_that_clients_take),
		cmocka_unit_test(names_that_are_none_are_not_taken),
		PLACED(what_is_kept_is_taken_again),
		PLACED(a_further_name_is_added),
		PLACED(what_does_not_belong_together_is_made_anew),
		PLACED(it_is_made_anew_before_it_ends),
		PLACED(a_directory_that_cannot_be_one_is_told),
		PLACED(a_pair_that_is_wrong_is_told),
		PLACED(a_pair_that_is_right_is_taken),
		PLACED(a_store_for_java_says_what_is_trusted),
		PLACED(a_bundle_ends_with_ours),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
