/* SPDX-License-Identifier: MIT */
#include "http/accept.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/entrance.h"
#include "util/log.h"

enum {
	/* So many connections are taken before others have their turn. */
	ACCEPTED_AT_ONCE = 16,
	/* While there is no room: descriptors come free by others' doing, too, which tell nobody.
	 */
	ACCEPT_AGAIN_US = 50 * 1000,
	FULL_TOLD_US = 60 * 1000 * 1000
};

static bool watch_listening(struct worker *worker, bool wanted)
{
	bool good = true;
	for (struct door *door = worker->doors; door < worker->doors + DOOR_COUNT; door++) {
		struct epoll_event event = { .events = wanted ? EPOLLIN : 0, .data.ptr = door };
		good = good &&
		       (door->listen_socket < 0 || epoll_ctl(worker->epoll, EPOLL_CTL_MOD,
							   door->listen_socket, &event) == 0);
	}
	return good;
}

/* Says why, but not again and again: one that ends lets the next one in. */
static void tell_full(struct connections *connections, const char *why, int64_t now_us)
{
	if (log_is_due(&connections->say_again_us, FULL_TOLD_US, now_us))
		log_line(LOG_WARNING,
			"no more connections can be taken now (%s; %u are open): others wait until "
			"one ends",
			why, atomic_load(&connections->open));
}

static void pause_accepting(struct worker *worker, const char *why, int64_t now_us)
{
	worker->accept_again_us = now_us + ACCEPT_AGAIN_US;
	if (!worker->full)
		worker->full = watch_listening(worker, false);
	tell_full(worker->connections, why, now_us);
}

/* There is room for one more. */
static bool has_room(const struct worker *worker)
{
	return atomic_load_explicit(&worker->connections->open, memory_order_relaxed) <
	       worker->connections->maximum;
}

/* Takes one connection and gives it to the library or to the proxy, which then owns its socket.
 * False when none waits, or none can be taken. */
static bool accept_one(struct door *door, int64_t now_us)
{
	struct worker *worker = door->worker;
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);
	const int accepted = accept4(door->listen_socket, (struct sockaddr *)&address, &length,
		SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (accepted < 0) {
		if (errno != EAGAIN && errno != ECONNABORTED)
			pause_accepting(worker, strerror(errno), now_us);
		return errno == ECONNABORTED;
	}
	if (door->kind == DOOR_PROXY)
		entrance_take(worker->entrance, accepted, (struct sockaddr *)&address, length);
	else if (MHD_add_connection(door->daemon, accepted, (struct sockaddr *)&address, length) !=
		 MHD_YES)
		log_line(LOG_ERROR, "a connection could not be served: %s", strerror(errno));
	return true;
}

static void accept_some(struct door *door, int64_t now_us)
{
	for (int i = 0; i < ACCEPTED_AT_ONCE && has_room(door->worker); i++) {
		if (!accept_one(door, now_us))
			break;
	}
}

void accept_waiting(struct worker *worker, int64_t now_us)
{
	if (!has_room(worker)) {
		pause_accepting(worker, "as many as may be", now_us);
		return;
	}
	if (worker->full && watch_listening(worker, true))
		worker->full = false;
	for (struct door *door = worker->doors; door < worker->doors + DOOR_COUNT; door++) {
		if (door->listen_socket >= 0)
			accept_some(door, now_us);
	}
}

void accept_stop(struct worker *worker)
{
	for (struct door *door = worker->doors; door < worker->doors + DOOR_COUNT; door++) {
		if (door->listen_socket >= 0)
			close(door->listen_socket);
		door->listen_socket = -1;
	}
	worker->accepts = worker->full = false;
}
