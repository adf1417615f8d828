/* SPDX-License-Identifier: MIT */
#include "tls/issue.h"

#include <limits.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/random.h"
#include "util/strbuf.h"

enum {
	/* The most that browsers and Apple's systems let a server's certificate last is 398. The
	 * authority, which can sign no other, lasts as long. */
	DAYS = 397,
	BACKDATED_SECONDS = 3600, /* clocks of containers and of the machine may differ */
	SERIAL_BYTES = 16,
	EXTENSION_MAXIMUM = TLS_NAMES_MAXIMUM * 400
};

void issued_done(struct issued *issued)
{
	X509_free(issued->certificate);
	EVP_PKEY_free(issued->key);
	*issued = (struct issued){ 0 };
}

static bool set_serial(X509 *certificate)
{
	uint8_t bytes[SERIAL_BYTES];
	random_bytes(bytes, sizeof(bytes));
	BIGNUM *number = BN_bin2bn(bytes, sizeof(bytes), NULL);
	const bool set = number != NULL &&
			 BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;
	BN_free(number);
	return set;
}

static bool set_subject(X509 *certificate, const char *common_name)
{
	X509_NAME *subject = X509_get_subject_name(certificate);
	return X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8,
		       (const unsigned char *)common_name, -1, -1, 0) == 1;
}

/* A certificate with a new key, not yet signed. */
static bool begin(const char *common_name, struct issued *ret_issued)
{
	X509 *certificate = ret_issued->certificate = X509_new();
	EVP_PKEY *key = ret_issued->key = EVP_EC_gen("P-256");
	return certificate != NULL && key != NULL &&
	       X509_set_version(certificate, X509_VERSION_3) && set_serial(certificate) &&
	       set_subject(certificate, common_name) &&
	       X509_gmtime_adj(X509_getm_notBefore(certificate), -BACKDATED_SECONDS) != NULL &&
	       X509_time_adj_ex(X509_getm_notAfter(certificate), DAYS, -BACKDATED_SECONDS, NULL) !=
		       NULL &&
	       X509_set_pubkey(certificate, key) == 1;
}

struct extension {
	int nid;
	const char *value; /* as openssl's configuration files have it */
};

/* Adds extensions, whose list ends with a NULL value, and signs. */
static bool finish(
	X509 *certificate, const struct extension *extensions, const struct issued *authority)
{
	X509V3_CTX context;
	X509V3_set_ctx_nodb(&context);
	X509V3_set_ctx(&context, authority->certificate, certificate, NULL, NULL, 0);
	if (X509_set_issuer_name(certificate, X509_get_subject_name(authority->certificate)) != 1)
		return false;
	for (; extensions->value != NULL; extensions++) {
		X509_EXTENSION *made =
			X509V3_EXT_conf_nid(NULL, &context, extensions->nid, extensions->value);
		const bool added = made != NULL && X509_add_ext(certificate, made, -1) == 1;
		X509_EXTENSION_free(made);
		if (!added)
			return false;
	}
	return X509_sign(certificate, authority->key, EVP_sha256()) > 0;
}

/* What an authority may sign for. This machine's addresses are a network, all others are alone. */
static void write_constraints(const struct tls_names *names, struct strbuf *out)
{
	strbuf_add_text(out, "critical,permitted;IP:127.0.0.0/255.0.0.0");
	for (size_t i = 0; i < names->count; i++) {
		const char *name = names->texts[i];
		const char *mask = "";
		if (tls_name_is_address(name))
			mask = strchr(name, ':') != NULL
				       ? "/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
				       : "/255.255.255.255";
		strbuf_add_format(
			out, ",permitted;%s:%s%s", mask[0] != '\0' ? "IP" : "DNS", name, mask);
	}
}

static void write_alternatives(const struct tls_names *names, struct strbuf *out)
{
	for (size_t i = 0; i < names->count; i++)
		strbuf_add_format(out, "%s%s:%s", i > 0 ? "," : "",
			tls_name_is_address(names->texts[i]) ? "IP" : "DNS", names->texts[i]);
}

/* "supersim-emulator local CA (HOST, DATE)": who finds it among others' knows what it is. */
static void name_authority(char *name, size_t size)
{
	char host[HOST_NAME_MAX + 1] = "?", date[sizeof("2026-01-02")] = "";
	struct tm day;
	const time_t now = time(NULL);
	if (gethostname(host, sizeof(host) - 1) != 0)
		host[0] = '\0';
	if (gmtime_r(&now, &day) != NULL)
		strftime(date, sizeof(date), "%Y-%m-%d", &day);
	snprintf(name, size, "supersim-emulator local CA (%.20s, %s)", host, date);
}

bool issue_authority(const struct tls_names *names, struct issued *ret_authority)
{
	char name[65]; /* a common name has at most 64 */
	CLEANUP(strbuf_done) struct strbuf constraints;
	strbuf_init(&constraints, EXTENSION_MAXIMUM);
	write_constraints(names, &constraints);
	name_authority(name, sizeof(name));
	const struct extension extensions[] = {
		{ NID_basic_constraints, "critical,CA:TRUE,pathlen:0" },
		{ NID_key_usage, "critical,keyCertSign,cRLSign" },
		{ NID_subject_key_identifier, "hash" },
		{ NID_name_constraints, constraints.data },
		{ NID_undef, NULL },
	};
	if (!constraints.failed && begin(name, ret_authority) &&
		finish(ret_authority->certificate, extensions, ret_authority))
		return true;
	issued_done(ret_authority);
	return false;
}

bool issue_server(
	const struct issued *authority, const struct tls_names *names, struct issued *ret_server)
{
	CLEANUP(strbuf_done) struct strbuf alternatives;
	strbuf_init(&alternatives, EXTENSION_MAXIMUM);
	write_alternatives(names, &alternatives);
	const struct extension extensions[] = {
		{ NID_basic_constraints, "critical,CA:FALSE" },
		{ NID_key_usage, "critical,digitalSignature" },
		{ NID_ext_key_usage, "serverAuth" },
		{ NID_subject_key_identifier, "hash" },
		{ NID_authority_key_identifier, "keyid:always" },
		{ NID_subject_alt_name, alternatives.data },
		{ NID_undef, NULL },
	};
	if (!alternatives.failed && begin("supersim-emulator", ret_server) &&
		finish(ret_server->certificate, extensions, authority))
		return true;
	issued_done(ret_server);
	return false;
}
