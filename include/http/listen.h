/* SPDX-License-Identifier: MIT */
/*
 * Listening sockets. Each worker has one of its own on the same address (SO_REUSEPORT): the kernel
 * deals connections out, and no two workers wake for the same one.
 */
#ifndef HTTP_LISTEN_H
#define HTTP_LISTEN_H

#include <stdbool.h>

#include "util/failure.h"

enum { LISTENER_SOCKETS_MAXIMUM = 64, LISTENER_URL_SIZE = 320 };

/* Where connections come in. */
enum door_kind { DOOR_PLAIN, DOOR_TLS, DOOR_PROXY, DOOR_COUNT };

/* Listening sockets, bound but not yet accepting. All zero: none. */
struct listener {
	int sockets[LISTENER_SOCKETS_MAXIMUM];
	unsigned count;
	char url[LISTENER_URL_SIZE]; /* "http://127.0.0.1:43127" */
};

/*
 * Binds `count` sockets to `address`, "HOST:PORT" or "[IPv6]:PORT"; port 0 picks a free one.
 * False with `failure`: EX_USAGE for an unreadable address, and for one of the proxy that others
 * could reach; EX_UNAVAILABLE for one that is in use.
 */
bool listener_bind(enum door_kind kind, const char *address, unsigned count,
	struct listener *ret_listener, struct failure *failure);

/* Closes sockets that server_start did not take over. */
void listener_close(struct listener *listener);

#endif
