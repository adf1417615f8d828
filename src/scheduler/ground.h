/* SPDX-License-Identifier: MIT */
/* What every part of the scheduler stands on: what it works with, and when it looks for work. */
#ifndef SCHEDULER_GROUND_H
#define SCHEDULER_GROUND_H

#include "engine/engine.h"
#include "engine/registry.h"
#include "scheduler/mailbox.h"
#include "store/writer.h"
#include "watch/watch.h"

struct ground {
	/* Set before the thread starts. */
	struct writer *writer;
	struct registry *registry;
	const struct policy *policy;
	struct watch *watch; /* faults hit webhooks, too */
	int device_socket;
	struct sender *sender;		 /* the scheduler's thread's */
	struct store_connection *reader; /* likewise; holds no snapshot while the thread waits */
	struct mailbox mailbox;

	/* The scheduler's thread's own. */
	bool look;		 /* there may be work: it is looked for in the next turn */
	bool go_on;		 /* there may be room for webhooks that were found before */
	bool ending;		 /* the server stops: nothing new is begun */
	int64_t paused_until_us; /* after a failure: ground_pause */
};

/* The context of a job or a look, not yet in any account. Any thread. */
struct context ground_context(
	const struct ground *ground, struct store_connection *connection, struct arena *arena);

/* After a failure of the database: nothing is looked for during a pause, all is after it. The
 * scheduler's thread. */
void ground_pause(struct ground *ground);

/* What is left of a pause; 0 when there is none. The scheduler's thread. */
int64_t ground_pause_left_ms(const struct ground *ground);

/* Sends what a transaction left to be sent, now that it is durable. Any thread. */
void ground_send_datagrams(const struct ground *ground, const struct datagram *datagram);

#endif
