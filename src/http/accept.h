/* SPDX-License-Identifier: MIT */
/*
 * Taking new connections, which we do ourselves: at the limit of open files the library would leave
 * its listening socket unwatched, or spin.
 *
 * A worker that can take none stops watching, says so, and tries again when one of its own ends, or
 * soon. Everything here happens on the worker's thread.
 */
#ifndef HTTP_ACCEPT_H
#define HTTP_ACCEPT_H

#include "http/handback.h"

/* Takes those that wait, as far as there is room, and gives them to the library. */
void accept_waiting(struct worker *worker, int64_t now_us);

/* Closes the listening sockets. */
void accept_stop(struct worker *worker);

#endif
