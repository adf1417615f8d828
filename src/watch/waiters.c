/* SPDX-License-Identifier: MIT */
#include "watch/waiters.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "util/hash.h"

enum { BUCKETS = 256 };

struct waiters {
	atomic_size_t count;
	atomic_size_t looked;		 /* so many of them have */
	pthread_mutex_t mutex;		 /* guards what follows, and the waiters that were added */
	struct waiter *buckets[BUCKETS]; /* by account */
};

struct waiters *waiters_new(void)
{
	struct waiters *waiters = calloc(1, sizeof(*waiters));
	if (waiters != NULL)
		pthread_mutex_init(&waiters->mutex, NULL);
	return waiters;
}

void waiters_free(struct waiters *waiters)
{
	if (waiters == NULL)
		return;
	pthread_mutex_destroy(&waiters->mutex);
	free(waiters);
}

static struct waiter **bucket_of(struct waiters *waiters, const char *account_sid)
{
	return &waiters->buckets[hash_finish(hash_text(HASH_START, account_sid)) % BUCKETS];
}

void waiters_add(struct waiters *waiters, struct waiter *waiter, struct waiting_room *room,
	const char *account_sid, unsigned subjects)
{
	struct waiter **bucket = bucket_of(waiters, account_sid);
	*waiter = (struct waiter){ .room = room, .subjects = subjects, .link = bucket };
	memcpy(waiter->account_sid, account_sid, strnlen(account_sid, SID_LENGTH));
	pthread_mutex_lock(&waiters->mutex);
	waiter->next = *bucket;
	if (waiter->next != NULL)
		waiter->next->link = &waiter->next;
	*bucket = waiter;
	atomic_fetch_add(&waiters->count, 1);
	pthread_mutex_unlock(&waiters->mutex);
}

void waiters_have_looked(struct waiters *waiters, struct waiter *waiter)
{
	waiter->has_looked = true;
	atomic_fetch_add(&waiters->looked, 1);
}

static void unmark(struct waiter *waiter)
{
	struct waiter **link = &waiter->room->marked;
	while (*link != waiter)
		link = &(*link)->next_marked;
	*link = waiter->next_marked;
}

void waiters_remove(struct waiters *waiters, struct waiter *waiter)
{
	if (waiter->room == NULL)
		return;
	pthread_mutex_lock(&waiters->mutex);
	*waiter->link = waiter->next;
	if (waiter->next != NULL)
		waiter->next->link = waiter->link;
	if (waiter->is_marked)
		unmark(waiter);
	atomic_fetch_sub(&waiters->count, 1);
	pthread_mutex_unlock(&waiters->mutex);
	if (waiter->has_looked)
		atomic_fetch_sub(&waiters->looked, 1);
	*waiter = (struct waiter){ 0 };
}

/* With the lock. A room that has marked waiters already was woken for them. */
static void mark(struct waiter *waiter, unsigned subjects)
{
	struct waiting_room *room = waiter->room;
	const bool is_first = room->marked == NULL;
	waiter->changed |= subjects & waiter->subjects;
	if (waiter->is_marked)
		return;
	waiter->is_marked = true;
	waiter->next_marked = room->marked;
	room->marked = waiter;
	if (is_first)
		room->wake(room->closure);
}

static void mark_those(struct waiters *waiters, const char *account_sid, unsigned subjects)
{
	for (struct waiter *each = *bucket_of(waiters, account_sid); each != NULL;
		each = each->next) {
		if ((each->subjects & subjects) && strcmp(each->account_sid, account_sid) == 0)
			mark(each, subjects);
	}
}

static void mark_all(struct waiters *waiters)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		for (struct waiter *each = waiters->buckets[i]; each != NULL; each = each->next)
			mark(each, each->subjects & ~(unsigned)CHANGED_ACCOUNT);
	}
}

bool waiters_exist(const struct waiters *waiters)
{
	return atomic_load_explicit(&waiters->count, memory_order_relaxed) > 0;
}

void waiters_mark(struct waiters *waiters, const char *account_sid, unsigned subjects)
{
	pthread_mutex_lock(&waiters->mutex);
	mark_those(waiters, account_sid, subjects);
	pthread_mutex_unlock(&waiters->mutex);
}

/* Locks even when nobody waits: whoever is added later finds the commit when he looks. */
void waiters_mark_changes(
	struct waiters *waiters, const struct change *changes, size_t count, bool complete)
{
	pthread_mutex_lock(&waiters->mutex);
	if (waiters_exist(waiters) && !complete)
		mark_all(waiters);
	for (size_t i = 0; waiters_exist(waiters) && i < count; i++)
		mark_those(waiters, changes[i].account_sid, changes[i].subjects);
	pthread_mutex_unlock(&waiters->mutex);
}

struct waiter *waiters_take(struct waiters *waiters, struct waiting_room *room)
{
	if (!waiters_exist(waiters))
		return NULL;
	pthread_mutex_lock(&waiters->mutex);
	struct waiter *first = room->marked;
	for (struct waiter *each = first; each != NULL; each = each->next_marked) {
		each->is_marked = false;
		each->taken = each->changed;
		each->changed = 0;
		each->next_taken = each->next_marked;
	}
	room->marked = NULL;
	pthread_mutex_unlock(&waiters->mutex);
	return first;
}

size_t waiters_count(struct waiters *waiters)
{
	return atomic_load(&waiters->looked);
}
