/* SPDX-License-Identifier: MIT */
#include "http/errands.h"

#include <string.h>

#include "util/log.h"

void errands_init(struct errands *errands, struct store *store)
{
	*errands = (struct errands){ .store = store };
	errands->last_link = &errands->first;
	pthread_mutex_init(&errands->mutex, NULL);
	pthread_cond_init(&errands->wanted, NULL);
}

/* Takes the next one; NULL when the thread is to end and nothing is left. */
static struct errand *take(struct errands *errands)
{
	pthread_mutex_lock(&errands->mutex);
	while (errands->first == NULL && !errands->stopping)
		pthread_cond_wait(&errands->wanted, &errands->mutex);
	struct errand *errand = errands->first;
	if (errand != NULL)
		errands->first = errand->next;
	if (errands->first == NULL)
		errands->last_link = &errands->first;
	pthread_mutex_unlock(&errands->mutex);
	return errand;
}

static void *errands_loop(void *closure)
{
	struct errands *errands = closure;
	struct errand *errand;
	while ((errand = take(errands)) != NULL) {
		errand->run(errand, errands->reader);
		store_snapshot_end(errands->reader);
	}
	return NULL;
}

/* With the mutex held. */
static bool start(struct errands *errands)
{
	struct failure failure;
	failure_set(&failure, EX_OSERR, "no connection to the database for errands");
	errands->reader = store_connect(errands->store, false, &failure);
	if (errands->reader == NULL) {
		log_line(LOG_ERROR, "%s", failure.message);
		return false;
	}
	const int error = pthread_create(&errands->thread, NULL, errands_loop, errands);
	if (error == 0)
		return true;
	log_line(LOG_ERROR, "cannot start a thread: %s", strerror(error));
	store_disconnect(errands->reader);
	errands->reader = NULL;
	return false;
}

bool errands_submit(struct errands *errands, struct errand *errand)
{
	errand->next = NULL;
	pthread_mutex_lock(&errands->mutex);
	const bool runs = errands->reader != NULL || start(errands);
	if (runs) {
		*errands->last_link = errand;
		errands->last_link = &errand->next;
		pthread_cond_signal(&errands->wanted);
	}
	pthread_mutex_unlock(&errands->mutex);
	return runs;
}

void errands_done(struct errands *errands)
{
	if (errands->reader != NULL) {
		pthread_mutex_lock(&errands->mutex);
		errands->stopping = true;
		pthread_cond_signal(&errands->wanted);
		pthread_mutex_unlock(&errands->mutex);
		pthread_join(errands->thread, NULL);
		store_disconnect(errands->reader);
	}
	pthread_mutex_destroy(&errands->mutex);
	pthread_cond_destroy(&errands->wanted);
}
