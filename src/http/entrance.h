/* SPDX-License-Identifier: MIT */
/*
 * The proxy's entrance. Clients that are told of a proxy ask it by CONNECT for a way to
 * supersim.twilio.com, and speak TLS with whoever is there: us. So they need neither another URL
 * nor a name in a hosts file.
 *
 * A visitor is a connection whose first head has not come yet. Once it has, the connection goes on
 * to the daemon of TLS; what is plain HTTP for Super SIM, to that of plain HTTP. Others are
 * refused, or tunnelled. Visitors have a set of descriptors of their own, which the worker's loop
 * watches as one. Everything here happens on the worker's thread.
 */
#ifndef HTTP_ENTRANCE_H
#define HTTP_ENTRANCE_H

#include "http/handback.h"

struct entrance;

/* What a worker needs for it; NULL with errno. */
struct entrance *entrance_new(struct worker *worker);

/* Ends all visitors. Takes NULL. */
void entrance_free(struct entrance *entrance);

/* The descriptor to be watched: readable when entrance_run is to be called. */
int entrance_file(const struct entrance *entrance);

/* Takes a connection, and owns its socket. */
void entrance_take(
	struct entrance *entrance, int accepted, const struct sockaddr *address, socklen_t length);

/* Goes on with those who said something. */
void entrance_run(struct entrance *entrance);

/* Ends those who are late. */
void entrance_end_late(struct entrance *entrance, int64_t now_us);

/* When the next of them is late; INT64_MAX when there is none. */
int64_t entrance_next_us(const struct entrance *entrance);

#endif
