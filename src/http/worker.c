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
#include "http/daemon.h"
#include "http/entrance.h"
#include "http/stream.h"
#include "http/waiting.h"
#include "util/clock.h"
#include "util/log.h"

enum {
	TLS_TOLD_US = 10 * 1000 * 1000,
	/* From the request line to the last byte of the answer, whatever the client does. */
	REQUEST_TIME_US = 30 * 1000 * 1000,
	/* From a connection's beginning to the end of its TLS handshake. */
	GREETING_TIME_US = 10 * 1000 * 1000,
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

/* Those that are through with their handshake have yet to ask for something. */
static void cut_off_silent(struct worker *worker, int64_t now_us)
{
	struct deadline_list *list = &worker->greeting;
	while (list->first != NULL && list->first->at_us <= now_us) {
		struct client *client = client_of(list->first);
		client_greet_again(client);
		if (client->handshake.state == HANDSHAKE_DONE)
			deadline_set(&worker->idle, &client->deadline, now_us);
		else
			client_cut_off(client);
	}
}

/* The library ends no connection that is suspended. */
static void end_handshakes(struct worker *worker)
{
	struct deadline *each = worker->greeting.first;
	for (; each != NULL; each = each->later)
		client_greet_again(client_of(each));
}

/* A client that was watched while it is suspended. */
static void take_watched(struct client *client)
{
	if (client->handshake.is_starved)
		client_greet_again(client);
	else
		client_left(client);
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
	int64_t wait_us = IDLE_TIME_US;
	if (daemons_go_on(worker))
		return 0;
	if (worker->greeting.first != NULL)
		shorten(&wait_us, worker->greeting.first->at_us, now_us);
	if (worker->idle.first != NULL)
		shorten(&wait_us, worker->idle.first->at_us, now_us);
	if (worker->busy.first != NULL)
		shorten(&wait_us, worker->busy.first->at_us, now_us);
	if (worker->waiting.first != NULL)
		shorten(&wait_us, worker->waiting.first->at_us, now_us);
	if (worker->quiet.first != NULL)
		shorten(&wait_us, worker->quiet.first->at_us, now_us);
	if (worker->entrance != NULL)
		shorten(&wait_us, entrance_next_us(worker->entrance), now_us);
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

static bool is_door(const struct worker *worker, const void *source)
{
	for (const struct door *door = worker->doors; door < worker->doors + DOOR_COUNT; door++) {
		if (source == door)
			return true;
	}
	return false;
}

/* True when connections wait to be taken. What the library watches, its own run takes. */
static bool take_events(struct worker *worker, const struct epoll_event *events, int count)
{
	bool arrived = false;
	for (int i = 0; i < count; i++) {
		void *source = events[i].data.ptr;
		if (source == &worker->wake)
			take_completed(worker);
		else if (is_door(worker, source))
			arrived = true;
		else if (source == worker->entrance)
			entrance_run(worker->entrance);
		else if (!daemons_have(worker, source))
			take_watched(source);
	}
	return arrived;
}

static void *worker_loop(void *closure)
{
	struct worker *worker = closure;
	struct epoll_event events[EVENTS_MAXIMUM];
	for (;;) {
		const int64_t now_us = clock_monotonic_us();
		cut_off_silent(worker, now_us);
		cut_off_late(&worker->idle, now_us);
		cut_off_late(&worker->busy, now_us);
		if (worker->entrance != NULL)
			entrance_end_late(worker->entrance, now_us);
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
		daemons_run(worker);
		if (stopping)
			cut_off_gone(worker);
	}
	/* Clients that wait for an answer which will not come learn it now, not when all have
	 * ended. */
	end_handshakes(worker);
	daemons_stop(worker);
	return NULL;
}

/* ── life cycle ──────────────────────────────────────────────────────────────────────────── */

/* `source` is what take_events knows it by. */
static bool watch(struct worker *worker, int file, void *source)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = source };
	return epoll_ctl(worker->epoll, EPOLL_CTL_ADD, file, &event) == 0;
}

static bool open_files(struct worker *worker)
{
	worker->epoll = epoll_create1(EPOLL_CLOEXEC);
	worker->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return worker->epoll >= 0 && worker->wake >= 0 &&
	       watch(worker, worker->wake, &worker->wake);
}

static bool open_entrance(struct worker *worker)
{
	if (worker->doors[DOOR_PROXY].listen_socket < 0)
		return true;
	worker->entrance = entrance_new(worker);
	return worker->entrance != NULL &&
	       watch(worker, entrance_file(worker->entrance), worker->entrance);
}

/* A door has a daemon, a listening socket, or both. */
static bool open_door(struct door *door)
{
	struct worker *worker = door->worker;
	const bool serves =
		door->kind == DOOR_PLAIN || (door->kind == DOOR_TLS && worker->handshakes != NULL);
	if (serves &&
		(!daemon_start(door) || !watch(worker, daemon_file(door->daemon), door->daemon)))
		return false;
	return door->listen_socket < 0 || watch(worker, door->listen_socket, door);
}

static bool open_doors(struct worker *worker)
{
	bool open = true;
	for (struct door *door = worker->doors; door < worker->doors + DOOR_COUNT; door++)
		open = open && open_door(door);
	return open;
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
	worker->greeting.allowed_us = GREETING_TIME_US;
	worker->idle.allowed_us = IDLE_TIME_US;
	worker->busy.allowed_us = REQUEST_TIME_US;
	waiting_init(worker);
	streams_init(worker);
	pthread_mutex_init(&worker->mutex, NULL);
	strbuf_init(&worker->recorded, RECORDED_MAXIMUM);
	worker->accepts = open_files(worker) && open_entrance(worker) && open_doors(worker);
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
	daemons_stop(worker);
	entrance_free(worker->entrance);
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
