/* SPDX-License-Identifier: MIT */
/* An authority's certificate in the forms in which clients want to be told whom to trust. */
#ifndef TLS_TRUST_H
#define TLS_TRUST_H

#include "util/strbuf.h"

/* What keeps a trust store together: no secret, since there is none in it. */
#define TRUST_STORE_PASSWORD "changeit"

enum trust_result { TRUST_GOOD, TRUST_NO_SYSTEM_ROOTS, TRUST_NO_MEMORY };

/*
 * The system's roots and ours, as PEM: variables such as SSL_CERT_FILE replace the system's, and a
 * program that calls others, too, needs both. Read anew each time.
 */
enum trust_result trust_bundle(const struct strbuf *authority, struct strbuf *out);

/* A trust store for Java (PKCS#12), its password TRUST_STORE_PASSWORD. False without memory. */
bool trust_java_store(const struct strbuf *authority, struct strbuf *out);

#endif
