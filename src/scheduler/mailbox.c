/* SPDX-License-Identifier: MIT */
#include "scheduler/mailbox.h"

#include <stddef.h>

void mailbox_init(struct mailbox *mailbox, struct sender *sender)
{
	*mailbox = (struct mailbox){ .sender = sender };
	mailbox->last_link = &mailbox->first;
	pthread_mutex_init(&mailbox->mutex, NULL);
}

void mailbox_done(struct mailbox *mailbox)
{
	pthread_mutex_destroy(&mailbox->mutex);
}

/* With the mutex held. True when the mailbox was empty: the thread is to be woken. Until it has
 * taken the mail it is awake, or about to be. */
static bool append(
	struct mailbox *mailbox, struct mail *mail, void (*take)(void *closure), void *closure)
{
	const bool first = mailbox->first == NULL;
	*mail = (struct mail){ .take = take, .closure = closure };
	*mailbox->last_link = mail;
	mailbox->last_link = &mail->next;
	return first;
}

void mailbox_post(
	struct mailbox *mailbox, struct mail *mail, void (*take)(void *closure), void *closure)
{
	pthread_mutex_lock(&mailbox->mutex);
	const bool first = append(mailbox, mail, take, closure);
	pthread_mutex_unlock(&mailbox->mutex);
	if (first)
		sender_wake(mailbox->sender);
}

bool mailbox_post_request(
	struct mailbox *mailbox, struct mail *mail, void (*take)(void *closure), void *closure)
{
	pthread_mutex_lock(&mailbox->mutex);
	const bool accepted = !mailbox->closed;
	const bool first = accepted && append(mailbox, mail, take, closure);
	pthread_mutex_unlock(&mailbox->mutex);
	if (first)
		sender_wake(mailbox->sender);
	return accepted;
}

void mailbox_take(struct mailbox *mailbox)
{
	pthread_mutex_lock(&mailbox->mutex);
	struct mail *mail = mailbox->first;
	mailbox->first = NULL;
	mailbox->last_link = &mailbox->first;
	pthread_mutex_unlock(&mailbox->mutex);
	/* Once taken, mail may be posted again, or freed. */
	for (struct mail *next; mail != NULL; mail = next) {
		next = mail->next;
		mail->take(mail->closure);
	}
}

void mailbox_close(struct mailbox *mailbox)
{
	pthread_mutex_lock(&mailbox->mutex);
	mailbox->closed = true;
	pthread_mutex_unlock(&mailbox->mutex);
}
