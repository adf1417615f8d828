/* SPDX-License-Identifier: MIT */
/*
 * Clients that wait until something has come about. They are suspended, so that each costs no more
 * than its connection; one looks again when what it waits for may have changed.
 */
#ifndef HTTP_WAITING_H
#define HTTP_WAITING_H

#include "http/connection.h"

/* Prepares a worker for them. */
void waiting_init(struct worker *worker);

/* Looks, and suspends the client when what its request waits for has not come. False: its answer
 * was made. */
bool waiting_begin(struct client *client);

/* Lets those look again for whom something changed, and answers those whose time is up; when the
 * server stops, all. To be called in each turn of the worker's loop. */
void waiting_look(struct worker *worker, int64_t now_us);

/* Ends the waiting of a client that has left. */
void waiting_leave(struct client *client);

#endif
