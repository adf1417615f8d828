/* SPDX-License-Identifier: MIT */
/*
 * Group commit. The thread sleeps on a condition until jobs wait, takes them all (up to a bound, so
 * that nobody waits long behind a crowd), and commits them together. What the database wants to
 * have done now and then comes after the answers, so no client waits for it.
 */
#include "store/writer.h"

#include <pthread.h>
#include <stdlib.h>

#include "store/connection.h"
#include "store/driver.h"
#include "util/log.h"
#include "util/memory.h"

enum { QUEUE_MAXIMUM = 8192, BATCH_MAXIMUM = 512 };

struct writer {
	struct store_connection *connection;
	struct writer_observer observer;
	pthread_t thread;
	pthread_mutex_t mutex; /* guards what follows */
	pthread_cond_t wanted;
	struct write_job *first;
	struct write_job **last_link;
	size_t queued;
	bool stopping;
	struct writer_counts counts;
};

/* Does the work, which must succeed as a whole: with all the memory that it asked for. */
static bool do_whole(
	struct store_connection *connection, bool (*work)(void *closure), void *closure)
{
	const size_t changed_before = connection->changes.count;
	const bool ran_out_before = memory_begin();
	const bool done = work(closure) && !memory_ran_out();
	memory_resume(ran_out_before);
	if (!done)
		connection->changes.count = changed_before;
	return done;
}

bool store_try(struct store_connection *connection, bool (*work)(void *closure), void *closure,
	bool *ret_done)
{
	*ret_done = false;
	if (!session_begin_savepoint(connection->session))
		return false;
	*ret_done = do_whole(connection, work, closure);
	return session_end_savepoint(connection->session, *ret_done);
}

struct job_in_hand {
	struct write_job *job;
	struct store_connection *connection;
};

static bool do_job(void *closure)
{
	const struct job_in_hand *in_hand = closure;
	return in_hand->job->run(in_hand->job, in_hand->connection);
}

/* Runs one job inside the open transaction. In a savepoint, what it wrote is undone when it is
 * refused. False: the transaction is lost. */
static bool run_job(struct store_connection *connection, struct write_job *job, bool in_savepoint)
{
	struct job_in_hand in_hand = { job, connection };
	bool done, healthy = true;
	log_begin_request(job->request_id);
	if (in_savepoint)
		healthy = store_try(connection, do_job, &in_hand, &done);
	else
		done = do_whole(connection, do_job, &in_hand);
	log_end_request();
	job->refused = !done;
	return healthy && session_is_in_transaction(connection->session);
}

static bool begin(struct store_connection *connection)
{
	changes_begin(&connection->changes);
	connection->due_changed = false;
	return session_begin(connection->session);
}

/* Runs jobs inside the open transaction. Without savepoints, `ret_spoiled` is set by the first
 * refused one that may have written something, and no other is run. False: the transaction is lost.
 */
static bool run_jobs(struct store_connection *connection, struct write_job *jobs, bool savepoints,
	bool *ret_spoiled)
{
	bool healthy = true;
	*ret_spoiled = false;
	for (struct write_job *job = jobs; job != NULL && healthy && !*ret_spoiled;
		job = job->next) {
		const int64_t before = session_count_events(connection->session);
		healthy = run_job(connection, job, savepoints);
		*ret_spoiled = !savepoints && job->refused &&
			       session_count_events(connection->session) != before;
	}
	return healthy;
}

static bool can_repeat(const struct write_job *jobs)
{
	while (jobs != NULL && jobs->can_repeat)
		jobs = jobs->next;
	return jobs == NULL;
}

/*
 * Runs jobs in one transaction. False: nothing of them happened, though it should have.
 *
 * In a savepoint each page is copied that a job changes, which is a fifth of what it costs. One
 * that is alone needs none. Where all jobs can be repeated they are run without: most that are
 * refused have written nothing by then. Where one has, all is undone, and each is run again in a
 * savepoint. What the log says of the first time stays there.
 */
static bool run_batch(struct store_connection *connection, struct write_job *jobs)
{
	const bool alone = jobs->next == NULL;
	bool spoiled;
	if (!begin(connection))
		return false;
	bool healthy = run_jobs(connection, jobs, !alone && !can_repeat(jobs), &spoiled);
	if (healthy && spoiled && !alone) {
		log_line(LOG_DEBUG, "a batch is run again, each job in a savepoint");
		session_end(connection->session, false);
		if (!begin(connection))
			return false;
		healthy = run_jobs(connection, jobs, true, &spoiled);
	}
	const bool nothing = healthy && alone && jobs->refused;
	/* What is said of a commit is on behalf of all: of one alone it is known whose. */
	log_begin_request(alone ? jobs->request_id : NULL);
	const bool durable = session_end(connection->session, healthy && !nothing);
	log_end_request();
	/* Not before: who looks because of it must see it. */
	if (connection->due_changed)
		atomic_fetch_add_explicit(&connection->store->due_changes, 1, memory_order_release);
	connection->due_changed = false;
	return durable || nothing;
}

static void tell_changes(struct writer *writer)
{
	const struct changes *changes = &writer->connection->changes;
	writer->observer.committed(
		writer->observer.closure, changes->items, changes->count, !changes->incomplete);
}

/* Tells each job its fate. A job is its owner's again at once, so its link is read before. */
static void finish_batch(struct write_job *jobs, bool durable)
{
	while (jobs != NULL) {
		struct write_job *job = jobs;
		jobs = job->next;
		log_begin_request(job->request_id);
		job->finished(job, durable);
		log_end_request();
	}
}

/* Takes the next batch; NULL when the writer is to stop and nothing is left. */
static struct write_job *take_batch(struct writer *writer)
{
	pthread_mutex_lock(&writer->mutex);
	while (writer->first == NULL && !writer->stopping)
		pthread_cond_wait(&writer->wanted, &writer->mutex);
	struct write_job *jobs = writer->first;
	struct write_job **link = &writer->first;
	size_t count = 0;
	while (*link != NULL && count < BATCH_MAXIMUM) {
		link = &(*link)->next;
		count++;
	}
	writer->first = *link;
	*link = NULL;
	if (writer->first == NULL)
		writer->last_link = &writer->first;
	writer->queued -= count;
	writer->counts.batches += count > 0;
	writer->counts.jobs += count;
	if (count > writer->counts.largest)
		writer->counts.largest = count;
	pthread_mutex_unlock(&writer->mutex);
	return count > 0 ? jobs : NULL;
}

static void *writer_loop(void *closure)
{
	struct writer *writer = closure;
	struct write_job *jobs;
	while ((jobs = take_batch(writer)) != NULL) {
		const bool durable = run_batch(writer->connection, jobs);
		if (durable)
			tell_changes(writer);
		finish_batch(jobs, durable);
		writer->observer.batch_finished(writer->observer.closure);
		if (session_maintain(writer->connection->session))
			writer->observer.checkpointed(writer->observer.closure);
	}
	return NULL;
}

struct writer *writer_start(struct store_connection *connection, struct writer_observer observer)
{
	struct writer *writer = calloc(1, sizeof(*writer));
	if (writer == NULL) {
		store_disconnect(connection);
		return NULL;
	}
	writer->connection = connection;
	writer->observer = observer;
	writer->last_link = &writer->first;
	pthread_mutex_init(&writer->mutex, NULL);
	pthread_cond_init(&writer->wanted, NULL);
	if (pthread_create(&writer->thread, NULL, writer_loop, writer) != 0) {
		log_line(LOG_ERROR, "cannot start the writer's thread");
		store_disconnect(connection);
		free(writer);
		return NULL;
	}
	return writer;
}

void writer_count(struct writer *writer, struct writer_counts *ret_counts)
{
	pthread_mutex_lock(&writer->mutex);
	*ret_counts = writer->counts;
	ret_counts->queued = writer->queued;
	pthread_mutex_unlock(&writer->mutex);
}

bool writer_submit(struct writer *writer, struct write_job *job)
{
	job->next = NULL;
	pthread_mutex_lock(&writer->mutex);
	const bool accepted = writer->queued < QUEUE_MAXIMUM && !writer->stopping;
	if (accepted) {
		*writer->last_link = job;
		writer->last_link = &job->next;
		if (writer->queued++ == 0)
			pthread_cond_signal(&writer->wanted);
	}
	pthread_mutex_unlock(&writer->mutex);
	return accepted;
}

void writer_give_up_at(struct writer *writer, int64_t at_us)
{
	if (writer != NULL)
		session_give_up_at(writer->connection->session, at_us);
}

void writer_stop(struct writer *writer)
{
	if (writer == NULL)
		return;
	pthread_mutex_lock(&writer->mutex);
	writer->stopping = true;
	pthread_cond_signal(&writer->wanted);
	pthread_mutex_unlock(&writer->mutex);
	pthread_join(writer->thread, NULL);
	pthread_mutex_destroy(&writer->mutex);
	pthread_cond_destroy(&writer->wanted);
	store_disconnect(writer->connection);
	free(writer);
}

bool writer_run_alone(struct store_connection *connection, struct write_job *job)
{
	job->next = NULL;
	return run_batch(connection, job) && !job->refused;
}
