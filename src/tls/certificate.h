/* SPDX-License-Identifier: MIT */
/* Certificates and keys as PEM, what a certificate is for, and what belongs together. */
#ifndef TLS_CERTIFICATE_H
#define TLS_CERTIFICATE_H

#include <openssl/x509.h>

#include "tls/names.h"
#include "util/strbuf.h"

/* Adds a certificate, or a key, to `out` as PEM. False without memory. */
bool certificate_write(X509 *certificate, struct strbuf *out);
bool certificate_write_key(EVP_PKEY *key, struct strbuf *out);

/* The first certificate of a PEM text, which the caller frees; NULL when there is none. */
X509 *certificate_read(const struct strbuf *text);

/* The key of a PEM text, likewise; `ret_encrypted` says whether it would take a password. */
EVP_PKEY *certificate_read_key(const struct strbuf *text, bool *ret_encrypted);

/* Whether it has the name among those that it is for. */
bool certificate_has(X509 *certificate, const char *name);

/* Adds the names that it is for. False when there are too many. */
bool certificate_add_names(X509 *certificate, struct tls_names *names);

/* Days until it ends, rounded down; negative when it has ended. */
int certificate_days_left(const X509 *certificate);

/* Whether a key, as PEM, is the certificate's. */
bool certificate_fits_key(X509 *certificate, const struct strbuf *key);

/* Whether it was signed by the other one's key. */
bool certificate_is_signed_by(X509 *certificate, X509 *authority);

#endif
