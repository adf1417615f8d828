/* SPDX-License-Identifier: MIT */
/* The library's daemons that a worker has: one for plain HTTP and, where there is TLS, one for it.
 */
#ifndef HTTP_DAEMON_H
#define HTTP_DAEMON_H

#include "http/handback.h"

/* Starts the daemon of a door. */
bool daemon_start(struct door *door);

/* The descriptor to be watched: readable when daemons_run is to be called. */
int daemon_file(struct MHD_Daemon *daemon);

/* Whether it is one of the worker's. */
bool daemons_have(const struct worker *worker, const void *daemon);

/* Whether there is something to do without being woken: more of what TLS brought. */
bool daemons_go_on(const struct worker *worker);

/* Does what can be done now. */
void daemons_run(struct worker *worker);

/* Closes all connections. */
void daemons_stop(struct worker *worker);

#endif
