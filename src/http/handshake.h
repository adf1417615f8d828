/* SPDX-License-Identifier: MIT */
/*
 * The beginning of a TLS connection, as far as it is ours: which certificate it is shown, tickets
 * by which it may be resumed, and what is told of one that comes to nothing. The library does the
 * rest. The only gnutls.h.
 */
#ifndef HTTP_HANDSHAKE_H
#define HTTP_HANDSHAKE_H

#include <microhttpd.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "tls/identity.h"
#include "util/failure.h"

/* TLS 1.2 and 1.3, and what GnuTLS takes for good. */
#define HANDSHAKE_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

/* What the handshakes of all workers share. */
struct handshakes;

/* Shown to the connections that began with it; kept until the last of them has ended. */
struct credentials;

enum handshake_state {
	HANDSHAKE_AWAITED,
	HANDSHAKE_BEGUN,
	HANDSHAKE_DONE,	  /* the client takes us for whom we say we are */
	HANDSHAKE_REFUSED /* what came is no TLS */
};

/* Embedded in a client. All zero: the connection is not one of TLS. */
struct handshake {
	struct handshakes *shared;
	struct credentials *credentials;
	int socket;
	enum handshake_state state;
	void (*on_starved)(struct handshake *handshake); /* more has to come from the client */
	bool is_starved;				 /* the user's note of that */
};

/* Makes what handshakes share. False with `failure`: EX_DATAERR when GnuTLS does not take the
 * identity. */
bool handshakes_open(const struct identity *identity, struct handshakes **ret_handshakes,
	struct failure *failure);

/* When no connection is left. Takes NULL. */
void handshakes_close(struct handshakes *handshakes);

/* From now on connections are shown another identity. False when GnuTLS does not take it: the old
 * one stays. Any thread. */
bool handshakes_renew(struct handshakes *handshakes, const struct identity *identity);

/* What a daemon asks for a certificate (a gnutls_certificate_retrieve_function2): there is none,
 * since handshake_begin gives one to each connection. Else each worker's daemon would read the
 * identity, and could show no other. */
void *handshake_no_certificate(void);

/* Prepares a connection that the library has just taken. `handshake` must stay where it is.
 * `on_starved` is called, while the library is at it, when it cannot go on. False without memory:
 * the connection cannot be used. */
bool handshake_begin(struct handshakes *handshakes, struct MHD_Connection *connection,
	void (*on_starved)(struct handshake *handshake), struct handshake *handshake);

/* When the library has closed it. Harmless for one that never began. */
void handshake_end(struct handshake *handshake);

#endif
