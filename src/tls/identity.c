/* SPDX-License-Identifier: MIT */
#include "tls/identity.h"

#include <openssl/crypto.h>
#include <openssl/err.h>

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
