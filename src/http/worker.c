/* SPDX-License-Identifier: MIT */
#include "http/worker.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/accept.h"
#include "http/client.h"
#include "http/stream.h"
#include "http/waiting.h"
#include "util/clock.h"
#include "util/log.h"

enum {
	TLS_TOLD_US = 10 * 1000 * 1000,
	/* From the request line to the last byte of the answer, whatever the client does. */
	REQUEST_TIME_US = 30 * 1000 * 1000,
	/* From an answer to the next request line. Longer than helper libraries keep a connection.
	 */
	IDLE_TIME_US = 120 * 1000 * 1000,
	EVENTS_MAXIMUM = 16,
	/* More than a request's head and the kept part of its body, with masks for what is hidden.
	 */
	RECORDED_MAXIMUM = 1024 * 1024
};

/* ── the loop ────────────────────────────────────────────────────────────────────────────── */

static struct client *client_of_handback(struct handback *handback)
{
	char *member = (char *)handback;
	return (struct client *)(void *)(member - offsetof(struct client, handback));
}

static void take_completed(struct worker *worker)
{
	struct handback *handback = worker_take_back(worker);
	for (struct handback *next; handback != NULL; handback = next) {
		next = handback->next;
		client_resume(client_of_handback(handback));
	}
}

/* The client whose member a deadline is. */
static struct client *client_of(struct deadline *deadline)
{
	char *member = (char *)deadline;
	return (struct client *)(void *)(member - offsetof(struct client, deadline));
}

/*
 * Says that a client speaks TLS, which the library takes for a bad request. Looks at the newest
 * connection only, until it has made a request: whoever mistakes the port is likely to be alone, or
 * tries again, and a look is a system call.
 */
static void notice_tls(struct worker *worker)
{
	struct deadline *newest = worker->idle.last;
	if (newest != NULL && client_speaks_tls(client_of(newest)) &&
		log_is_due(&worker->connections->tls_again_us, TLS_TOLD_US, clock_monotonic_us()))
		log_line(LOG_WARNING,
			"a TLS handshake came to the plain HTTP port: call http://, not https://");
}

static void cut_off_late(struct deadline_list *list, int64_t now_us)
{
	while (list->first != NULL && list->first->at_us <= now_us) {
		client_give_up(client_of(list->first));
	}
}

/* Ends connections whose client has left in the middle of its request. The library does not notice
 * an end that arrives together with data; the deadline would, but a stop should not wait for it. */
static void cut_off_gone(struct worker *worker)
{
	struct deadline *next;
	for (struct deadline *each = worker->busy.first; each != NULL; each = next) {
		next = each->later;
		if (client_is_gone(client_of(each)))
			client_give_up(client_of(each));
	}
}

/* Lets those go on whose answer's time has come; when the server stops, all. */
static void send_delayed(struct worker *worker, int64_t now_us)
{
	const bool all = atomic_load(&worker->stopping);
	while (worker->delayed != NULL && (all || worker->delayed->answer_at_us <= now_us)) {
		struct client *client = worker->delayed;
		worker->delayed = client->next_delayed;
		client_resume(client);
	}
}

static void shorten(int64_t *wait_us, int64_t at_us, int64_t now_us)
{
	if (at_us - now_us < *wait_us)
		*wait_us = at_us > now_us ? at_us - now_us : 0;
}

/* How long the loop may sleep, in milliseconds. */
static int time_to_wait(struct worker *worker, int64_t now_us)
{
	MHD_UNSIGNED_LONG_LONG library_ms;
	int64_t wait_us = IDLE_TIME_US;
	if (MHD_get_timeout(worker->daemon, &library_ms) == MHD_YES && library_ms == 0)
		return 0;
	if (worker->idle.first != NULL)
		shorten(&wait_us, worker->idle.first->at_us, now_us);
	if (worker->busy.first != NULL)
		shorten(&wait_us, worker->busy.first->at_us, now_us);
	if (worker->waiting.first != NULL)
		shorten(&wait_us, worker->waiting.first->at_us, now_us);
	if (worker->quiet.first != NULL)
		shorten(&wait_us, worker->quiet.first->at_us, now_us);
	if (worker->delayed != NULL)
		shorten(&wait_us, worker->delayed->answer_at_us, now_us);
	if (worker->full)
		shorten(&wait_us, worker->accept_again_us, now_us);
	if (atomic_load(&worker->stopping))
		shorten(&wait_us, atomic_load(&worker->stop_by_us), now_us);
	return (int)(wait_us / 1000) + 1;
}

/* True when a stopping worker may end: nothing in flight, or no more patience with it. What the
 * writer has must come back in any case. */
static bool may_end(struct worker *worker, int64_t now_us)
{
	if (!atomic_load(&worker->stopping) || worker->accepts)
		return false;
	return worker->active == 0 ||
	       (worker->suspended == 0 && now_us >= atomic_load(&worker->stop_by_us));
}

/* True when connections wait to be taken. What the library watches, its own run takes. */
static bool take_events(struct worker *worker, const struct epoll_event *events, int count)
{
	bool arrived = false;
	for (int i = 0; i < count; i++) {
		void *source = events[i].data.ptr;
		if (source == &worker->wake)
			take_completed(worker);
		else if (source == &worker->listen_socket)
			arrived = true;
		else if (source != worker->daemon)
			client_left(source);
	}
	return arrived;
}

static void *worker_loop(void *closure)
{
	struct worker *worker = closure;
	struct epoll_event events[EVENTS_MAXIMUM];
	for (;;) {
		const int64_t now_us = clock_monotonic_us();
		cut_off_late(&worker->idle, now_us);
		cut_off_late(&worker->busy, now_us);
		/* Before ending, too: in memory, others' writes would wait for it for ever. */
		store_snapshot_release(worker->reader);
		if (may_end(worker, now_us))
			break;
		const int count = epoll_wait(
			worker->epoll, events, EVENTS_MAXIMUM, time_to_wait(worker, now_us));
		const bool arrived = take_events(worker, events, count);
		const bool stopping = atomic_load(&worker->stopping);
		const int64_t woken_us = clock_monotonic_us();
		send_delayed(worker, woken_us);
		waiting_look(worker, woken_us);
		streams_look(worker, woken_us);
		if (worker->accepts && stopping)
			accept_stop(worker);
		else if (arrived || (worker->full && woken_us >= worker->accept_again_us))
			accept_waiting(worker, woken_us);
		notice_tls(worker);
		MHD_run(worker->daemon);
		if (stopping)
			cut_off_gone(worker);
	}
	/* Clients that wait for an answer which will not come learn it now, not when all have
	 * ended. */
	MHD_stop_daemon(worker->daemon);
	worker->daemon = NULL;
	return NULL;
}

/* ── life cycle ──────────────────────────────────────────────────────────────────────────── */

/* `source` is what take_events knows it by. */
static bool watch(struct worker *worker, int file, void *source)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = source };
	return epoll_ctl(worker->epoll, EPOLL_CTL_ADD, file, &event) == 0;
}

/* Leaves a path as it was sent: we take it apart ourselves, so that an escaped slash is data. */
static size_t leave_as_sent(void *closure, struct MHD_Connection *connection, char *text)
{
	(void)closure;
	(void)connection;
	return strlen(text);
}

static bool start_daemon(struct worker *worker)
{
	worker->daemon = MHD_start_daemon(
		MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET, 0, NULL, NULL,
		client_on_request, worker, MHD_OPTION_CONNECTION_LIMIT,
		worker->connections->maximum, MHD_OPTION_NOTIFY_CONNECTION, client_on_connection,
		worker, MHD_OPTION_NOTIFY_COMPLETED, client_on_completed, worker,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADS_MEMORY,
		MHD_OPTION_URI_LOG_CALLBACK, client_on_request_line, worker,
		MHD_OPTION_UNESCAPE_CALLBACK, leave_as_sent, NULL, MHD_OPTION_END);
	return worker->daemon != NULL;
}

static bool open_files(struct worker *worker)
{
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(worker->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	worker->epoll = epoll_create1(EPOLL_CLOEXEC);
	worker->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return info != NULL && worker->epoll >= 0 && worker->wake >= 0 &&
	       watch(worker, info->epoll_fd, worker->daemon) &&
	       watch(worker, worker->wake, &worker->wake) &&
	       watch(worker, worker->listen_socket, &worker->listen_socket);
}

static void close_files(struct worker *worker)
{
	if (worker->epoll >= 0)
		close(worker->epoll);
	if (worker->wake >= 0)
		close(worker->wake);
}

bool worker_open(struct worker *worker)
{
	worker->epoll = worker->wake = -1;
	worker->idle.allowed_us = IDLE_TIME_US;
	worker->busy.allowed_us = REQUEST_TIME_US;
	waiting_init(worker);
	streams_init(worker);
	pthread_mutex_init(&worker->mutex, NULL);
	strbuf_init(&worker->recorded, RECORDED_MAXIMUM);
	worker->accepts = start_daemon(worker) && open_files(worker);
	if (worker->accepts)
		return true;
	log_line(LOG_ERROR, "cannot prepare a worker: %s", strerror(errno));
	worker_close(worker);
	return false;
}

void worker_close(struct worker *worker)
{
	if (worker->accepts)
		accept_stop(worker);
	if (worker->daemon != NULL)
		MHD_stop_daemon(worker->daemon);
	close_files(worker);
	strbuf_done(&worker->recorded);
	pthread_mutex_destroy(&worker->mutex);
}

bool worker_start(struct worker *worker)
{
	const int error = pthread_create(&worker->thread, NULL, worker_loop, worker);
	if (error != 0)
		log_line(LOG_ERROR, "cannot start a worker: %s", strerror(error));
	return error == 0;
}

void worker_stop(struct worker *worker, int64_t stop_by_us)
{
	atomic_store(&worker->stop_by_us, stop_by_us);
	atomic_store(&worker->stopping, true);
	worker_wake(worker);
}

void worker_join(struct worker *worker)
{
	pthread_join(worker->thread, NULL);
}
