/* SPDX-License-Identifier: MIT */
#include "http/tunnel.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/host.h"
#include "util/log.h"

enum {
	TUNNELS_MAXIMUM = 64,
	CONNECT_MS = 10 * 1000,
	SILENCE_MS = 10 * 60 * 1000, /* after which nothing more is expected */
	PIECE = 16 * 1024
};

struct tunnel {
	struct tunnels *tunnels;
	struct tunnel *next;
	int client, host; /* -1: not connected */
	char name[HOST_MAXIMUM + 1];
	char port[6];
};

struct tunnels {
	pthread_mutex_t mutex; /* guards all of this, and the descriptors of tunnels */
	pthread_cond_t ended;
	struct tunnel *first;
	unsigned count;
	bool stopping;
};

/* ── passing bytes on ────────────────────────────────────────────────────────────────────── */

/* One direction. */
struct flow {
	int from, to;
	size_t begin, end;
	bool finished;
	char data[PIECE];
};

static bool is_momentary(void)
{
	return errno == EAGAIN || errno == EINTR;
}

/* Moves what can be moved now. False when a side has failed. */
static bool flow_move(struct flow *flow)
{
	if (flow->finished)
		return true;
	if (flow->begin == flow->end) {
		const ssize_t count = recv(flow->from, flow->data, PIECE, MSG_DONTWAIT);
		if (count < 0)
			return is_momentary();
		flow->begin = 0;
		flow->end = (size_t)count;
		flow->finished = count == 0;
		if (flow->finished)
			return shutdown(flow->to, SHUT_WR) == 0;
	}
	const ssize_t sent = send(flow->to, flow->data + flow->begin, flow->end - flow->begin,
		MSG_DONTWAIT | MSG_NOSIGNAL);
	if (sent > 0)
		flow->begin += (size_t)sent;
	return sent >= 0 || is_momentary();
}

/* What is waited for: more to read, or room for what was read. */
static void await(const struct flow *flow, struct pollfd *from, struct pollfd *to)
{
	if (flow->finished)
		return;
	if (flow->begin == flow->end)
		from->events |= POLLIN;
	else
		to->events |= POLLOUT;
}

/* Until both sides have ended, one has failed, or nothing comes any more. */
static void relay(int client, int host)
{
	struct flow there = { .from = client, .to = host }, back = { .from = host, .to = client };
	while (!there.finished || !back.finished) {
		struct pollfd files[] = { { .fd = client }, { .fd = host } };
		await(&there, &files[0], &files[1]);
		await(&back, &files[1], &files[0]);
		const int ready = poll(files, 2, SILENCE_MS);
		if (ready == 0 || (ready < 0 && errno != EINTR) || !flow_move(&there) ||
			!flow_move(&back))
			return;
	}
}

/* ── connecting ──────────────────────────────────────────────────────────────────────────── */

/* Makes the socket known, so that a stop can shut it down. False when the server stops already. */
static bool publish(struct tunnel *tunnel, int host)
{
	pthread_mutex_lock(&tunnel->tunnels->mutex);
	tunnel->host = host;
	const bool stopping = tunnel->tunnels->stopping;
	pthread_mutex_unlock(&tunnel->tunnels->mutex);
	return !stopping;
}

static bool is_connected(int host)
{
	struct pollfd file = { .fd = host, .events = POLLOUT };
	int error = 0;
	socklen_t size = sizeof(error);
	return poll(&file, 1, CONNECT_MS) == 1 &&
	       getsockopt(host, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
}

static bool try_address(struct tunnel *tunnel, const struct addrinfo *address)
{
	const int host =
		socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
	if (host < 0)
		return false;
	const int on = 1;
	const bool begun =
		publish(tunnel, host) &&
		setsockopt(host, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0 &&
		(connect(host, address->ai_addr, address->ai_addrlen) == 0 || errno == EINPROGRESS);
	if (begun && is_connected(host))
		return true;
	publish(tunnel, -1);
	close(host);
	return false;
}

static bool connect_host(struct tunnel *tunnel)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV | AI_ADDRCONFIG };
	struct addrinfo *found = NULL;
	bool connected = false;
	if (getaddrinfo(tunnel->name, tunnel->port, &hints, &found) != 0)
		return false;
	for (const struct addrinfo *each = found; each != NULL && !connected; each = each->ai_next)
		connected = try_address(tunnel, each);
	freeaddrinfo(found);
	return connected;
}

static bool say(int client, const char *text)
{
	const size_t length = strlen(text);
	return send(client, text, length, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)length;
}

/* ── life cycle ──────────────────────────────────────────────────────────────────────────── */

static void leave(struct tunnel *tunnel)
{
	struct tunnels *tunnels = tunnel->tunnels;
	pthread_mutex_lock(&tunnels->mutex);
	struct tunnel **link = &tunnels->first;
	while (*link != tunnel)
		link = &(*link)->next;
	*link = tunnel->next;
	close(tunnel->client);
	if (tunnel->host >= 0)
		close(tunnel->host);
	tunnels->count--;
	pthread_cond_signal(&tunnels->ended);
	pthread_mutex_unlock(&tunnels->mutex);
	free(tunnel);
}

static void *run(void *closure)
{
	struct tunnel *tunnel = closure;
	if (!connect_host(tunnel)) {
		log_line(LOG_INFO, "the proxy could not reach %s:%s", tunnel->name, tunnel->port);
		say(tunnel->client, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n"
				    "Connection: close\r\n\r\n");
	} else if (say(tunnel->client, "HTTP/1.1 200 Connection established\r\n\r\n")) {
		relay(tunnel->client, tunnel->host);
	}
	leave(tunnel);
	return NULL;
}

/* False when there are as many as may be. */
static bool enter(struct tunnels *tunnels, struct tunnel *tunnel)
{
	pthread_mutex_lock(&tunnels->mutex);
	const bool entered = !tunnels->stopping && tunnels->count < TUNNELS_MAXIMUM;
	if (entered) {
		tunnel->next = tunnels->first;
		tunnels->first = tunnel;
		tunnels->count++;
	}
	pthread_mutex_unlock(&tunnels->mutex);
	return entered;
}

static bool start_thread(struct tunnel *tunnel)
{
	pthread_attr_t detached;
	pthread_t thread;
	if (pthread_attr_init(&detached) != 0)
		return false;
	const bool started = pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED) == 0 &&
			     pthread_create(&thread, &detached, run, tunnel) == 0;
	pthread_attr_destroy(&detached);
	return started;
}

bool tunnel_start(struct tunnels *tunnels, int client, const char *host, const char *port)
{
	struct tunnel *tunnel = calloc(1, sizeof(*tunnel));
	if (tunnel == NULL)
		return false;
	*tunnel = (struct tunnel){ .tunnels = tunnels, .client = client, .host = -1 };
	snprintf(tunnel->name, sizeof(tunnel->name), "%s", host);
	snprintf(tunnel->port, sizeof(tunnel->port), "%s", port);
	if (!enter(tunnels, tunnel)) {
		log_line(LOG_WARNING, "the proxy refused %s:%s: as many tunnels as may be are open",
			host, port);
		free(tunnel);
		return false;
	}
	if (start_thread(tunnel))
		return true;
	log_line(LOG_ERROR, "cannot start a thread for a tunnel");
	tunnel->client = -1;
	leave(tunnel);
	return false;
}

struct tunnels *tunnels_new(void)
{
	pthread_condattr_t monotonic;
	struct tunnels *tunnels = calloc(1, sizeof(*tunnels));
	if (tunnels == NULL)
		return NULL;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&tunnels->ended, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_mutex_init(&tunnels->mutex, NULL);
	return tunnels;
}

/* Lets all of them know. True when all have ended. */
static bool end_all(struct tunnels *tunnels, int64_t stop_by_us)
{
	const struct timespec until = {
		.tv_sec = stop_by_us / 1000000,
		.tv_nsec = stop_by_us % 1000000 * 1000,
	};
	int error = 0;
	pthread_mutex_lock(&tunnels->mutex);
	tunnels->stopping = true;
	for (const struct tunnel *each = tunnels->first; each != NULL; each = each->next) {
		shutdown(each->client, SHUT_RDWR);
		if (each->host >= 0)
			shutdown(each->host, SHUT_RDWR);
	}
	while (tunnels->count > 0 && error == 0)
		error = pthread_cond_timedwait(&tunnels->ended, &tunnels->mutex, &until);
	const bool ended = tunnels->count == 0;
	pthread_mutex_unlock(&tunnels->mutex);
	return ended;
}

void tunnels_free(struct tunnels *tunnels, int64_t stop_by_us)
{
	if (tunnels == NULL || !end_all(tunnels, stop_by_us))
		return;
	pthread_cond_destroy(&tunnels->ended);
	pthread_mutex_destroy(&tunnels->mutex);
	free(tunnels);
}
