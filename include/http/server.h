/* SPDX-License-Identifier: MIT */
/*
 * The HTTP front end: sockets, worker threads, and the way of a request through the api layer.
 *
 * The only layer that knows libmicrohttpd. Each worker has its own listening socket, its own
 * daemon and its own database connection, so that workers share nothing on the way of a read.
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "http/listen.h"
#include "request/request.h"
#include "store/store.h"
#include "tls/identity.h"
#include "util/failure.h"

struct server_options {
	struct emulator *emulator;
	struct store *store;
	struct store_connection **connection; /* writes; taken over by the writer, NULL then */
	const struct identity *identity;      /* for TLS; NULL: there is none */
	bool tunnel_others;		      /* the proxy leads to other hosts, too */
	const char *public_url; /* what URLs in answers begin with; NULL: the request's Host */
	int device_socket;	/* UDP to devices under test; the caller's */
	bool device_listens;	/* and from them */
};

struct server;

/*
 * Starts one worker for each socket of the first listener, the writer and the scheduler. Takes over
 * the sockets of all, which have as many or none. False with `failure`; nothing runs then.
 */
bool server_start(const struct server_options *options, struct listener listeners[DOOR_COUNT],
	struct server **ret_server, struct failure *failure);

/* Has new TLS connections shown another identity. False when it cannot be used: the old one stays.
 * Any thread. */
bool server_renew_identity(struct server *server, const struct identity *identity);

/* Stops accepting, lets requests in flight finish for at most `grace_ms`, then frees everything. */
void server_stop(struct server *server, int64_t grace_ms);

#endif
