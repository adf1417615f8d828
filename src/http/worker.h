/* SPDX-License-Identifier: MIT */
/*
 * A worker: one thread, one libmicrohttpd daemon (two with TLS), one reading database connection.
 *
 * A daemon has no thread of its own: we drive it from our epoll loop. (Its internal epoll thread
 * can stop serving when one wait returns exactly 128 events.) Nor has it the listening socket: when
 * no connection can be taken, it would leave that unwatched for longer than need be, or spin.
 * Everything here happens on the worker's thread, except what is marked otherwise.
 */
#ifndef HTTP_WORKER_H
#define HTTP_WORKER_H

#include "http/handback.h"

/* Prepares a worker whose first group of members is set, but for the writer. From now on it may be
 * woken, and owns its listening sockets. False after logging why: they are the caller's still. */
bool worker_open(struct worker *worker);

/* Frees what worker_open made, the listening sockets included. The thread must have ended. */
void worker_close(struct worker *worker);

/* Starts the thread of an open worker whose writer is set. False after logging why. */
bool worker_start(struct worker *worker);

/* Asks the worker to end: at once when nothing is in flight, at the latest by `stop_by_us`. */
void worker_stop(struct worker *worker, int64_t stop_by_us);

/* Waits for the end of its thread. */
void worker_join(struct worker *worker);

#endif
