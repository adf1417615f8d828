/* SPDX-License-Identifier: MIT */
/*
 * What other threads hand over to the scheduler's thread: mail, which it takes in the order in
 * which it came.
 */
#ifndef SCHEDULER_MAILBOX_H
#define SCHEDULER_MAILBOX_H

#include <pthread.h>
#include <stdbool.h>

#include "scheduler/mail.h"
#include "webhook/sender.h"

struct mailbox {
	struct sender *sender; /* where the scheduler's thread waits */

	pthread_mutex_t mutex; /* guards what follows */
	struct mail *first, **last_link;
	bool closed;
};

void mailbox_init(struct mailbox *mailbox, struct sender *sender);
void mailbox_done(struct mailbox *mailbox);

/* Hands mail over and wakes the scheduler's thread, which calls `take`. It must not be in the
 * mailbox already. Any thread. */
void mailbox_post(
	struct mailbox *mailbox, struct mail *mail, void (*take)(void *closure), void *closure);

/* Likewise, for what begins something. False when the mailbox is closed: the mail is still the
 * caller's. Any thread. */
bool mailbox_post_request(
	struct mailbox *mailbox, struct mail *mail, void (*take)(void *closure), void *closure);

/* Takes all mail that is there. The scheduler's thread; once that has ended, any. */
void mailbox_take(struct mailbox *mailbox);

/* Refuses requests from now on. What ends something that was begun is not refused. */
void mailbox_close(struct mailbox *mailbox);

#endif
