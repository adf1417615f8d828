/* SPDX-License-Identifier: MIT */
/*
 * Ways through the proxy to other hosts, where the operator wants them (--proxy-others tunnel).
 * Each has a thread: looking a name up waits, and there are few of them.
 */
#ifndef HTTP_TUNNEL_H
#define HTTP_TUNNEL_H

#include <stdbool.h>
#include <stdint.h>

struct tunnels;

/* NULL without memory. */
struct tunnels *tunnels_new(void);

/* Ends all of them. One that still waits for a name server at `stop_by_us` is left to the end of
 * the process. Takes NULL. */
void tunnels_free(struct tunnels *tunnels, int64_t stop_by_us);

/* Connects the socket of a client with a host, after telling the client so: "HTTP/1.1 200
 * Connection established". Owns the socket from then on. False, after logging why, when there is no
 * thread for it: the socket is the caller's still. Any thread. */
bool tunnel_start(struct tunnels *tunnels, int client, const char *host, const char *port);

#endif
