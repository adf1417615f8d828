/* SPDX-License-Identifier: MIT */
/*
 * A worker as its clients see it, and how one that another thread had comes back to it.
 *
 * Everything here happens on the worker's thread, except what is marked otherwise.
 */
#ifndef HTTP_HANDBACK_H
#define HTTP_HANDBACK_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#include "http/deadline.h"
#include "http/door.h"
#include "http/errands.h"
#include "http/metrics.h"
#include "request/request.h"
#include "scheduler/scheduler.h"
#include "store/writer.h"
#include "util/budget.h"

/* Embedded in what a worker is handed back. */
struct handback {
	struct handback *next;
};

struct client;

/* What there is only so much of, for all clients: who comes when it is used up is told to try
 * again.
 */
enum limit { LIMIT_QUEUE, LIMIT_BODIES, LIMIT_ANSWERS, LIMIT_STREAMS, LIMIT_COUNT };

/* What workers share about connections: descriptors are the process's, so one limit holds for all.
 */
struct connections {
	unsigned maximum;
	atomic_uint open;
	atomic_llong say_again_us; /* when a full house is next told */
	atomic_llong tls_again_us; /* likewise that somebody takes us for an https server */
	atomic_llong limit_again_us[LIMIT_COUNT]; /* and that a limit is reached */
};

struct worker {
	/* Set before the thread starts. */
	struct emulator *emulator;
	struct writer *writer;
	struct scheduler *scheduler;
	struct errands *errands;
	const char *public_url; /* or NULL */
	struct door doors[DOOR_COUNT];
	struct handshakes *handshakes; /* of TLS; NULL: there is none */
	struct tunnels *tunnels;       /* of the proxy to other hosts; NULL: they are refused */
	struct connections *connections;
	struct store_connection *reader;
	struct budget *bodies;	/* large bodies of requests in flight: of all workers */
	struct budget *answers; /* and large answers */

	struct entrance *entrance; /* of the proxy; NULL: there is none */
	int epoll;
	int wake;	    /* an eventfd: something was completed, or the server stops */
	unsigned active;    /* requests begun and not yet answered */
	unsigned suspended; /* of these, how many are with the writer */
	struct deadline_list greeting; /* TLS connections whose handshake is awaited */
	struct deadline_list idle;     /* connections that wait for a request */
	struct deadline_list busy;     /* connections whose request is read or answered */
	struct client *delayed;	       /* answers that wait for their time, the earliest first */
	struct deadline_list waiting;  /* clients that wait for something, by when they give up */
	struct waiting_room room;      /* and those of them that are to look again */
	struct stream *streams;	       /* clients that listen to events */
	struct deadline_list quiet;    /* their streams, by when they are to show a sign of life */
	struct event_listener listener;
	struct request_metrics metrics;
	struct strbuf recorded;	 /* texts of what the journal is told of, while it is */
	atomic_bool stopping;	 /* set by the server */
	atomic_llong stop_by_us; /* when to give up on what is in flight */
	bool accepts;		 /* the listening sockets are ours */
	bool full;		 /* no connection can be taken for now: they are not watched */
	int64_t accept_again_us; /* when that is tried again */
	pthread_t thread;

	pthread_mutex_t mutex; /* guards what follows: the writer hands clients back */
	struct handback *completed;
	bool woken; /* `wake` was written since the list was taken */
};

/* Hands back what a worker waits for. It is not woken yet. Any thread. */
void worker_hand_back(struct worker *worker, struct handback *handback);

/* Takes all that was handed back: a list in no order, or NULL. */
struct handback *worker_take_back(struct worker *worker);

/* Wakes the worker's loop. Any thread. */
void worker_wake(struct worker *worker);

/* Wakes it if completed clients wait for it. Any thread. */
void worker_wake_if_completed(struct worker *worker);

#endif
