/* SPDX-License-Identifier: MIT */
#include "http/handback.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "util/log.h"

void worker_hand_back(struct worker *worker, struct handback *handback)
{
	pthread_mutex_lock(&worker->mutex);
	handback->next = worker->completed;
	worker->completed = handback;
	pthread_mutex_unlock(&worker->mutex);
}

struct handback *worker_take_back(struct worker *worker)
{
	uint64_t count;
	if (read(worker->wake, &count, sizeof(count)) < 0 && errno != EAGAIN)
		log_line(LOG_ERROR, "eventfd: %s", strerror(errno));
	pthread_mutex_lock(&worker->mutex);
	struct handback *first = worker->completed;
	worker->completed = NULL;
	worker->woken = false;
	pthread_mutex_unlock(&worker->mutex);
	return first;
}

void worker_wake(struct worker *worker)
{
	const uint64_t one = 1;
	if (write(worker->wake, &one, sizeof(one)) < 0)
		log_line(LOG_ERROR, "eventfd: %s", strerror(errno));
}

void worker_wake_if_completed(struct worker *worker)
{
	pthread_mutex_lock(&worker->mutex);
	const bool wanted = worker->completed != NULL && !worker->woken;
	worker->woken = worker->woken || wanted;
	pthread_mutex_unlock(&worker->mutex);
	if (wanted)
		worker_wake(worker);
}
