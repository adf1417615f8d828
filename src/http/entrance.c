/* SPDX-License-Identifier: MIT */
#include "http/entrance.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/proxy_head.h"
#include "http/tunnel.h"
#include "util/clock.h"
#include "util/log.h"

enum {
	HEAD_MAXIMUM = 8 * 1024,
	HEAD_TIME_US = 10 * 1000 * 1000, /* from its beginning, or from being refused */
	EVENTS_MAXIMUM = 16,
	ANSWER_MAXIMUM = 1024
};

struct visitor {
	struct deadline deadline; /* first, so that a deadline is its visitor */
	struct entrance *entrance;
	int socket;
	struct sockaddr_storage address;
	socklen_t length;
	bool refused; /* it was told so: what else it sends is thrown away */
};

struct entrance {
	struct worker *worker;
	int epoll;
	struct deadline_list visitors;
};

/* ── visitors ────────────────────────────────────────────────────────────────────────────── */

/* Forgets a visitor, whose socket is somebody else's now. */
static void let_go(struct visitor *visitor)
{
	struct worker *worker = visitor->entrance->worker;
	atomic_fetch_sub_explicit(&worker->connections->open, 1, memory_order_relaxed);
	worker->accept_again_us = 0;
	deadline_clear(&visitor->deadline);
	free(visitor);
}

static void end(struct visitor *visitor)
{
	close(visitor->socket);
	let_go(visitor);
}

/* Edge-triggered, since a head is left where it is until it is complete. */
static bool watch(struct entrance *entrance, struct visitor *visitor)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP | EPOLLET,
		.data.ptr = visitor };
	return epoll_ctl(entrance->epoll, EPOLL_CTL_ADD, visitor->socket, &event) == 0;
}

void entrance_take(
	struct entrance *entrance, int accepted, const struct sockaddr *address, socklen_t length)
{
	struct visitor *visitor = calloc(1, sizeof(*visitor));
	if (visitor == NULL || length > sizeof(visitor->address)) {
		free(visitor);
		close(accepted);
		return;
	}
	atomic_fetch_add_explicit(&entrance->worker->connections->open, 1, memory_order_relaxed);
	visitor->entrance = entrance;
	visitor->socket = accepted;
	visitor->length = length;
	memcpy(&visitor->address, address, length);
	deadline_set(&entrance->visitors, &visitor->deadline, clock_monotonic_us());
	if (!watch(entrance, visitor))
		end(visitor);
}

/* ── answers ─────────────────────────────────────────────────────────────────────────────── */

/* So little always fits into a socket that nothing was sent on. */
static bool say(const struct visitor *visitor, const char *text)
{
	const size_t length = strlen(text);
	return send(visitor->socket, text, length, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)length;
}

/* Tells why, then waits until the client has closed: were something of it left unread, the answer
 * might be lost. */
static void refuse(struct visitor *visitor, const char *status, const char *why)
{
	char answer[ANSWER_MAXIMUM];
	snprintf(answer, sizeof(answer),
		"HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n"
		"Connection: close\r\n\r\n%s",
		status, strlen(why), why);
	visitor->refused = true;
	deadline_set(&visitor->entrance->visitors, &visitor->deadline, clock_monotonic_us());
	if (!say(visitor, answer) || shutdown(visitor->socket, SHUT_WR) != 0)
		end(visitor);
}

static void refuse_other(struct visitor *visitor, const struct proxy_head *head)
{
	char why[ANSWER_MAXIMUM / 2];
	snprintf(why, sizeof(why),
		"supersim-emulator: this proxy leads to supersim.twilio.com only, and not to "
		"%.255s:%s. Put the host into NO_PROXY, or start supersimd with "
		"--proxy-others tunnel.\n",
		head->host, head->port);
	log_line(LOG_INFO, "the proxy refused %s:%s", head->host, head->port);
	refuse(visitor, "403 Forbidden", why);
}

/* ── going on ────────────────────────────────────────────────────────────────────────────── */

/* Gives the connection to a daemon, which finds all that was not read of it. */
static void pass_on(struct visitor *visitor, enum door_kind kind)
{
	struct worker *worker = visitor->entrance->worker;
	const int passed = visitor->socket;
	const struct sockaddr_storage address = visitor->address;
	const socklen_t length = visitor->length;
	if (epoll_ctl(visitor->entrance->epoll, EPOLL_CTL_DEL, passed, NULL) != 0) {
		end(visitor);
		return;
	}
	let_go(visitor);
	if (MHD_add_connection(worker->doors[kind].daemon, passed,
		    (const struct sockaddr *)(const void *)&address, length) != MHD_YES)
		log_line(LOG_ERROR, "a connection could not be served: %s", strerror(errno));
}

/* twilio-php finds the answer's head by this very phrase. */
static void connect_super_sim(struct visitor *visitor)
{
	if (say(visitor, "HTTP/1.1 200 Connection established\r\n\r\n"))
		pass_on(visitor, DOOR_TLS);
	else
		end(visitor);
}

/* A way to another host is another thread's, since it asks for names and waits. */
static void connect_other(struct visitor *visitor, const struct proxy_head *head)
{
	struct tunnels *tunnels = visitor->entrance->worker->tunnels;
	if (tunnels == NULL) {
		refuse_other(visitor, head);
	} else if (epoll_ctl(visitor->entrance->epoll, EPOLL_CTL_DEL, visitor->socket, NULL) != 0 ||
		   !tunnel_start(tunnels, visitor->socket, head->host, head->port)) {
		end(visitor);
	} else {
		let_go(visitor);
	}
}

/* Takes the head out of the socket: what follows it is for whoever comes next. */
static bool take(const struct visitor *visitor, size_t length)
{
	char head[HEAD_MAXIMUM];
	return recv(visitor->socket, head, length, 0) == (ssize_t)length;
}

static void receive(struct visitor *visitor, const char *text, size_t length)
{
	struct proxy_head head;
	proxy_head_read(text, &head);
	if (head.wish == PROXY_PLAIN) {
		pass_on(visitor, DOOR_PLAIN);
		return;
	}
	if (!take(visitor, length)) {
		end(visitor);
		return;
	}
	switch (head.wish) {
	case PROXY_TLS: connect_super_sim(visitor); break;
	case PROXY_OTHER: connect_other(visitor, &head); break;
	case PROXY_OTHER_PLAIN: refuse_other(visitor, &head); break;
	case PROXY_PLAIN:
	case PROXY_NONSENSE:
		refuse(visitor, "400 Bad Request",
			"supersim-emulator: this is a proxy: set HTTPS_PROXY to its address.\n");
		break;
	}
}

/* Throws away what one sends who was refused. */
static void drain(struct visitor *visitor)
{
	char piece[HEAD_MAXIMUM];
	ssize_t count;
	do
		count = recv(visitor->socket, piece, sizeof(piece), MSG_DONTWAIT);
	while (count > 0);
	if (count == 0 || (errno != EAGAIN && errno != EINTR))
		end(visitor);
}

static void look(struct visitor *visitor, bool is_leaving)
{
	static const char last[] = "\r\n\r\n";
	char head[HEAD_MAXIMUM + 1];
	if (visitor->refused) {
		drain(visitor);
		return;
	}
	const ssize_t count = recv(visitor->socket, head, HEAD_MAXIMUM, MSG_PEEK | MSG_DONTWAIT);
	if (count < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	head[count > 0 ? count : 0] = '\0';
	const char *found = count > 0 ? strstr(head, last) : NULL;
	if (found != NULL)
		receive(visitor, head, (size_t)(found - head) + sizeof(last) - 1);
	else if (count <= 0 || is_leaving || count == HEAD_MAXIMUM)
		end(visitor);
}

void entrance_run(struct entrance *entrance)
{
	struct epoll_event events[EVENTS_MAXIMUM];
	const int count = epoll_wait(entrance->epoll, events, EVENTS_MAXIMUM, 0);
	for (int i = 0; i < count; i++)
		look(events[i].data.ptr, (events[i].events & (EPOLLRDHUP | EPOLLHUP)) != 0);
}

/* ── life cycle ──────────────────────────────────────────────────────────────────────────── */

struct entrance *entrance_new(struct worker *worker)
{
	struct entrance *entrance = calloc(1, sizeof(*entrance));
	if (entrance == NULL)
		return NULL;
	entrance->worker = worker;
	entrance->visitors.allowed_us = HEAD_TIME_US;
	entrance->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (entrance->epoll >= 0)
		return entrance;
	free(entrance);
	return NULL;
}

void entrance_free(struct entrance *entrance)
{
	if (entrance == NULL)
		return;
	while (entrance->visitors.first != NULL)
		end((struct visitor *)entrance->visitors.first);
	close(entrance->epoll);
	free(entrance);
}

int entrance_file(const struct entrance *entrance)
{
	return entrance->epoll;
}

void entrance_end_late(struct entrance *entrance, int64_t now_us)
{
	while (entrance->visitors.first != NULL && entrance->visitors.first->at_us <= now_us)
		end((struct visitor *)entrance->visitors.first);
}

int64_t entrance_next_us(const struct entrance *entrance)
{
	return entrance->visitors.first != NULL ? entrance->visitors.first->at_us : INT64_MAX;
}
