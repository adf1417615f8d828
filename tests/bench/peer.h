/* SPDX-License-Identifier: MIT */
/* What the programs share that supersimd is measured beside: where they listen, the headers that
 * they send, and their loop. */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include <microhttpd.h>
#include <stdbool.h>

enum { PEER_ORIGIN = 64 };

/* A listening socket on a free port of the loopback address, and its URL. Ends the program when
 * there is none. */
int peer_listen(char ret_origin[PEER_ORIGIN]);

/* Adds the headers that supersimd sends, but for the request's id. */
void peer_add_headers(struct MHD_Response *response);

/* Prints supersimd's ready line and serves until SIGTERM; `turn` (or NULL) is called after each
 * turn of the loop. Gives an exit code when it cannot. */
int peer_serve(struct MHD_Daemon *daemon, const char *origin, bool (*turn)(void));

#endif
