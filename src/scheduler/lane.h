/* SPDX-License-Identifier: MIT */
/* A lane: what one account has for one receiver (scheme, host and port of a webhook's URL). */
#ifndef SCHEDULER_LANE_H
#define SCHEDULER_LANE_H

#include <stddef.h>
#include <stdint.h>

#include "store/due.h"

struct lane {
	struct lane *next;
	const char *namespace;
	const char *receiver;
	struct store_wake_place place; /* of the last webhook that was looked at */
};

/* Lanes that have their turns in this order. */
struct lane_queue {
	struct lane *first, **last_link;
	size_t count;
};

void lane_queue_init(struct lane_queue *queue);
void lane_queue_append(struct lane_queue *queue, struct lane *lane);

/* Appends all lanes of another queue, which is empty then. */
void lane_queue_append_all(struct lane_queue *queue, struct lane_queue *from);

/* Takes the first lane of a queue that is not empty. */
struct lane *lane_queue_take(struct lane_queue *queue);

/* Puts those first that the turns so far did not come to: `begun` of the lanes had one each, over
 * and over. */
void lane_queue_rotate(struct lane_queue *queue, uint64_t begun);

/* How many attempts each of `count` lanes may begin in its turn when there is room for `room`. At
 * least one: then the room is for those whose turn comes first. */
size_t lane_share(size_t room, size_t count);

#endif
