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

#include "request/request.h"
#include "store/store.h"
#include "util/failure.h"

enum { SERVER_WORKERS_MAXIMUM = 64, SERVER_URL_SIZE = 320 };

/* Listening sockets, bound but not yet accepting. */
struct listener {
	int sockets[SERVER_WORKERS_MAXIMUM];
	unsigned count;
	char url[SERVER_URL_SIZE]; /* "http://127.0.0.1:43127" */
};

/*
 * Binds `count` sockets to `address`, "HOST:PORT" or "[IPv6]:PORT"; port 0 picks a free one.
 * False with `failure`: EX_USAGE for an unreadable address, EX_UNAVAILABLE for one that is in use.
 */
bool listener_bind(const char *address, unsigned count, struct listener *ret_listener,
	struct failure *failure);

/* Closes sockets that server_start did not take over. */
void listener_close(struct listener *listener);

struct server_options {
	struct emulator *emulator;
	struct store *store;
	const char *public_url; /* what URLs in answers begin with; NULL: the request's Host */
	int device_socket;	/* UDP to devices under test; the caller's */
	bool device_listens;	/* and from them */
};

struct server;

/*
 * Starts one worker for each socket, the writer and the scheduler. Takes the sockets over. False
 * with `failure`; nothing runs then.
 */
bool server_start(const struct server_options *options, struct listener *listener,
	struct server **ret_server, struct failure *failure);

/* Stops accepting, lets requests in flight finish for at most `grace_ms`, then frees everything. */
void server_stop(struct server *server, int64_t grace_ms);

#endif
