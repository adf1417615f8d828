/* SPDX-License-Identifier: MIT */
/*
 * What the server proves to TLS clients who it is with: a key, its certificate, and whom clients
 * are to trust for it. Either of our own making, or given by the operator.
 *
 * Of our own making: an authority (CA) that may sign for these names alone (critical name
 * constraints), one certificate signed by it, and then the authority's key is forgotten. Nobody,
 * the server included, can ever sign another one: trusting it is harmless.
 */
#ifndef TLS_IDENTITY_H
#define TLS_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "tls/names.h"
#include "util/failure.h"
#include "util/strbuf.h"

/* All texts are PEM. Belongs to whoever made it. */
struct identity {
	struct strbuf certificates; /* the server's own first, then those between it and the root */
	struct strbuf key;
	struct strbuf authority; /* empty: the pair was given, and clients know whom to trust */
	bool is_new;		 /* it was made just now */
};

/* An empty one. identity_done frees what one holds, and overwrites the key. */
void identity_init(struct identity *identity);
void identity_done(struct identity *identity);

/* Makes one for these names, in memory. False with `failure`. */
bool identity_make(
	const struct tls_names *names, struct identity *identity, struct failure *failure);

/*
 * Takes the one that a directory keeps (ca.pem, cert.pem, key.pem), or makes it. It is made anew
 * when fewer than 30 days are left or a name is missing; names that it had stay. Servers that share
 * the directory wait for each other. False with `failure`: EX_CANTCREAT.
 */
bool identity_keep(const char *directory, const struct tls_names *names, struct identity *identity,
	struct failure *failure);

/*
 * Reads one from two PEM files. False with `failure`, EX_DATAERR, which names the file and what is
 * wrong with it: unreadable, expired, a key that is another certificate's, that is encrypted, or
 * that anybody may read.
 */
bool identity_load(const char *certificate_path, const char *key_path, struct identity *identity,
	struct failure *failure);

/* The names that its certificate is for, and until when: milliseconds since 1970. False without
 * memory. */
bool identity_describe(
	const struct identity *identity, struct tls_names *ret_names, int64_t *ret_until_ms);

#endif
