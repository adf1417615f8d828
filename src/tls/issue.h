/* SPDX-License-Identifier: MIT */
/* Making certificates (X.509). */
#ifndef TLS_ISSUE_H
#define TLS_ISSUE_H

#include <openssl/x509.h>

#include "tls/names.h"

/* A certificate and its key. Both are NULL where there is none. */
struct issued {
	X509 *certificate;
	EVP_PKEY *key;
};

void issued_done(struct issued *issued);

/* Makes an authority that may sign for these names only. False, and nothing to free, without
 * memory. */
bool issue_authority(const struct tls_names *names, struct issued *ret_authority);

/* Makes a server's certificate for these names, signed by the authority. False likewise. */
bool issue_server(
	const struct issued *authority, const struct tls_names *names, struct issued *ret_server);

#endif
