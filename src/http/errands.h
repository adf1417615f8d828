/* SPDX-License-Identifier: MIT */
/*
 * Errands: what takes so long that others would wait for it is done one after the other, on a
 * thread of its own with its own reading connection. Both are made when the first one comes.
 */
#ifndef HTTP_ERRANDS_H
#define HTTP_ERRANDS_H

#include <pthread.h>
#include <stdbool.h>

#include "store/store.h"

struct errand {
	struct errand *next; /* the errands', while it is queued */
	/* Does it, on their thread. It is the caller's again from when this begins. */
	void (*run)(struct errand *errand, struct store_connection *reader);
};

struct errands {
	struct store *store;
	struct store_connection *reader; /* NULL until the thread runs */
	pthread_t thread;
	pthread_mutex_t mutex; /* guards what follows, and the start */
	pthread_cond_t wanted;
	struct errand *first, **last_link;
	bool stopping;
};

void errands_init(struct errands *errands, struct store *store);

/* Queues one. False without a thread or its connection: it is the caller's still. Any thread. */
bool errands_submit(struct errands *errands, struct errand *errand);

/* Does what is queued, and ends the thread if there is one. Nobody submits any more. */
void errands_done(struct errands *errands);

#endif
