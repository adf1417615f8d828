/* SPDX-License-Identifier: MIT */
#include "tls/identity.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <time.h>

#include "tls/certificate.h"
#include "tls/issue.h"

enum { PEM_MAXIMUM = 1024 * 1024 };

void identity_init(struct identity *identity)
{
	strbuf_init(&identity->certificates, PEM_MAXIMUM);
	strbuf_init(&identity->key, PEM_MAXIMUM);
	strbuf_init(&identity->authority, PEM_MAXIMUM);
	identity->is_new = false;
}

void identity_done(struct identity *identity)
{
	if (identity->key.capacity > 0)
		OPENSSL_cleanse(identity->key.data, identity->key.capacity);
	strbuf_done(&identity->certificates);
	strbuf_done(&identity->key);
	strbuf_done(&identity->authority);
}

bool identity_make(
	const struct tls_names *names, struct identity *identity, struct failure *failure)
{
	struct issued authority = { 0 }, server = { 0 };
	const bool made = issue_authority(names, &authority) &&
			  issue_server(&authority, names, &server) &&
			  certificate_write(server.certificate, &identity->certificates) &&
			  certificate_write_key(server.key, &identity->key) &&
			  certificate_write(authority.certificate, &identity->authority);
	/* The authority's key ends here: what it signed is all that it will ever sign. */
	issued_done(&authority);
	issued_done(&server);
	ERR_clear_error();
	identity->is_new = made;
	return made || failure_set(failure, EX_OSERR, "cannot make a certificate");
}

bool identity_describe(
	const struct identity *identity, struct tls_names *ret_names, int64_t *ret_until_ms)
{
	struct tm until;
	X509 *certificate = certificate_read(&identity->certificates);
	ret_names->count = 0;
	const bool read = certificate != NULL && certificate_add_names(certificate, ret_names) &&
			  ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &until) == 1;
	if (read)
		*ret_until_ms = (int64_t)timegm(&until) * 1000;
	X509_free(certificate);
	return read;
}
