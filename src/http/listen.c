/* SPDX-License-Identifier: MIT */
#include "http/listen.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "util/address.h"

enum { BACKLOG = 1024, SEND_BUFFER = 256 * 1024 };

struct endpoint {
	struct sockaddr_storage address;
	socklen_t length;
	int family;
};

/* The option that says where, and what URLs begin with. */
static const struct {
	const char *option, *scheme;
} kinds[DOOR_COUNT] = {
	[DOOR_PLAIN] = { "--listen", "http" },
	[DOOR_TLS] = { "--tls-listen", "https" },
	[DOOR_PROXY] = { "--proxy", "http" },
};

/* Splits "HOST:PORT" and looks both up as literals: no name service is asked. */
static bool read_address(const char *option, const char *text, struct endpoint *ret_endpoint,
	struct failure *failure)
{
	char host[256];
	const char *colon = strrchr(text, ':');
	size_t length = colon != NULL ? (size_t)(colon - text) : 0;
	const char *start = text;
	if (length >= 2 && text[0] == '[' && text[length - 1] == ']') {
		start++;
		length -= 2;
	}
	if (colon == NULL || length == 0 || length >= sizeof(host))
		return failure_set(failure, EX_USAGE, "%s %s: must be HOST:PORT", option, text);
	memcpy(host, start, length);
	host[length] = '\0';
	if (strcmp(host, "localhost") == 0)
		snprintf(host, sizeof(host), "127.0.0.1");
	const struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
		.ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *found = NULL;
	if (getaddrinfo(host, colon + 1, &hints, &found) != 0)
		return failure_set(failure, EX_USAGE,
			"%s %s: must be an IP address or localhost, and a port", option, text);
	memcpy(&ret_endpoint->address, found->ai_addr, found->ai_addrlen);
	ret_endpoint->length = found->ai_addrlen;
	ret_endpoint->family = found->ai_family;
	freeaddrinfo(found);
	return true;
}

/* A bound socket, or -1 with errno set. */
static int bind_socket(const struct endpoint *endpoint, bool shared)
{
	const int on = 1;
	const int made = socket(endpoint->family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (made < 0)
		return -1;
	/* Accepted connections inherit both: a list of records goes out in one piece, and no part
	 * of a TLS handshake waits for 40 ms until the client has acknowledged the one before. */
	const int send_buffer = SEND_BUFFER;
	if (setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
		setsockopt(made, SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof(send_buffer)) == 0 &&
		setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0 &&
		(!shared || setsockopt(made, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) == 0) &&
		bind(made, (const struct sockaddr *)&endpoint->address, endpoint->length) == 0)
		return made;
	const int error = errno;
	close(made);
	errno = error;
	return -1;
}

static bool refuse(const char *option, const char *address, struct failure *failure)
{
	const int error = errno;
	const int code = error == EADDRINUSE || error == EADDRNOTAVAIL || error == EACCES
				 ? EX_UNAVAILABLE
				 : EX_OSERR;
	if (error != EADDRINUSE)
		return failure_set(
			failure, code, "cannot listen on %s: %s", address, strerror(error));
	return failure_set(failure, code,
		"cannot listen on %s: %s; %s with another port, or with 0 for a free one", address,
		strerror(error), option);
}

/* Takes the port that the kernel chose, so that all sockets get the same. */
static bool learn_port(int bound, struct endpoint *endpoint)
{
	return getsockname(bound, (struct sockaddr *)&endpoint->address, &endpoint->length) == 0;
}

static void write_url(
	const char *scheme, const struct endpoint *endpoint, char url[LISTENER_URL_SIZE])
{
	char host[NI_MAXHOST], port[NI_MAXSERV];
	if (getnameinfo((const struct sockaddr *)&endpoint->address, endpoint->length, host,
		    sizeof(host), port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		host[0] = port[0] = '\0';
	const bool is_v6 = endpoint->family == AF_INET6;
	snprintf(url, LISTENER_URL_SIZE, "%s://%s%.255s%s:%.8s", scheme, is_v6 ? "[" : "", host,
		is_v6 ? "]" : "", port);
}

bool listener_bind(enum door_kind kind, const char *address, unsigned count,
	struct listener *ret_listener, struct failure *failure)
{
	struct endpoint endpoint = { 0 };
	const char *option = kinds[kind].option;
	if (!read_address(option, address, &endpoint, failure))
		return false;
	if (kind == DOOR_PROXY &&
		!address_is_loopback((const struct sockaddr *)(const void *)&endpoint.address))
		return failure_set(failure, EX_USAGE,
			"--proxy %s: must be an address of this machine alone, as 127.0.0.1:7748",
			address);
	/* Sockets that share an address would also share it with another supersimd of the same
	 * user. One that does not share finds out whether the address is free. */
	const int probe = bind_socket(&endpoint, false);
	if (probe < 0)
		return refuse(option, address, failure);
	const bool learned = learn_port(probe, &endpoint);
	close(probe);
	if (!learned)
		return refuse(option, address, failure);
	struct listener listener = { .count = 0 };
	write_url(kinds[kind].scheme, &endpoint, listener.url);
	for (unsigned i = 0; i < count; i++) {
		const int bound = bind_socket(&endpoint, true);
		if (bound >= 0)
			listener.sockets[listener.count++] = bound;
		if (bound < 0 || listen(bound, BACKLOG) != 0) {
			refuse(option, address, failure);
			listener_close(&listener);
			return false;
		}
	}
	*ret_listener = listener;
	return true;
}

void listener_close(struct listener *listener)
{
	for (unsigned i = 0; i < listener->count; i++)
		close(listener->sockets[i]);
	listener->count = 0;
}
