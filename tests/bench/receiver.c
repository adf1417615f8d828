/* SPDX-License-Identifier: MIT */
/*
 * The fastest receiver of webhooks that there may be: one thread on an epoll loop that looks for
 * the end of a request and answers 204. It keeps a connection when the request does not say
 * otherwise.
 *
 * Prints {"url": …, "pid": …} when it is there. Ends by SIGTERM, with the number of requests.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SOCKETS_MAXIMUM = 1024, REQUEST_MAXIMUM = 16 * 1024, EVENTS = 64 };

static const char answer[] = "HTTP/1.1 204 No Content\r\n\r\n";

/* What came by a socket and is no whole request yet. */
struct peer {
	size_t length;
	char bytes[REQUEST_MAXIMUM + 1];
};

static struct peer *peers[SOCKETS_MAXIMUM];
static unsigned long received;

/* A header's value in a head that ends with an empty line, or NULL. */
static const char *header_of(const char *head, const char *name)
{
	const size_t length = strlen(name);
	for (const char *line = strstr(head, "\r\n"); line != NULL; line = strstr(line + 2, "\r\n"))
		if (strncasecmp(line + 2, name, length) == 0)
			return line + 2 + length;
	return NULL;
}

/* The length of the first request; 0: it is not whole. `ret_last`: none is to follow. */
static size_t request_length(struct peer *peer, bool *ret_last)
{
	peer->bytes[peer->length] = '\0';
	char *end = strstr(peer->bytes, "\r\n\r\n");
	if (end == NULL)
		return 0;
	const char kept = end[2];
	end[2] = '\0';
	const char *body = header_of(peer->bytes, "Content-Length: ");
	const char *connection = header_of(peer->bytes, "Connection: ");
	*ret_last = connection != NULL && strncasecmp(connection, "close", 5) == 0;
	const size_t length =
		(size_t)(end + 4 - peer->bytes) + (body != NULL ? strtoul(body, NULL, 10) : 0);
	end[2] = kept;
	return length <= peer->length ? length : 0;
}

/* Answers what is there. False: the connection is through. */
static bool serve(int file, struct peer *peer)
{
	const ssize_t count =
		recv(file, peer->bytes + peer->length, REQUEST_MAXIMUM - peer->length, 0);
	if (count <= 0)
		return false;
	peer->length += (size_t)count;
	bool last = false;
	const size_t length = request_length(peer, &last);
	if (length == 0)
		return peer->length < REQUEST_MAXIMUM;
	received++;
	peer->length = 0;
	return send(file, answer, sizeof(answer) - 1, MSG_NOSIGNAL) > 0 && !last;
}

static void take(int epoll, int listening)
{
	int file;
	while ((file = accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		struct epoll_event event = { .events = EPOLLIN, .data = { .fd = file } };
		if (file < SOCKETS_MAXIMUM && peers[file] == NULL)
			peers[file] = calloc(1, sizeof(*peers[file]));
		if (file >= SOCKETS_MAXIMUM || peers[file] == NULL ||
			epoll_ctl(epoll, EPOLL_CTL_ADD, file, &event) != 0) {
			close(file);
			continue;
		}
		peers[file]->length = 0;
	}
}

/* Serves until the signal comes. */
static int loop(int epoll, int listening, int signals)
{
	struct epoll_event events[EVENTS];
	for (;;) {
		const int count = epoll_wait(epoll, events, EVENTS, -1);
		for (int i = 0; i < count; i++) {
			const int file = events[i].data.fd;
			if (file == signals)
				return 0;
			if (file == listening)
				take(epoll, listening);
			else if (!serve(file, peers[file]))
				close(file);
		}
	}
}

int main(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t length = sizeof(address);
	sigset_t ends;
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	const int listening = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	const int signals = signalfd(-1, &ends, SFD_CLOEXEC);
	const int epoll = epoll_create1(EPOLL_CLOEXEC);
	if (bind(listening, (struct sockaddr *)&address, length) != 0 ||
		listen(listening, 1024) != 0 ||
		getsockname(listening, (struct sockaddr *)&address, &length) != 0 ||
		epoll_ctl(epoll, EPOLL_CTL_ADD, listening,
			&(struct epoll_event){ .events = EPOLLIN, .data = { .fd = listening } }) !=
			0 ||
		epoll_ctl(epoll, EPOLL_CTL_ADD, signals,
			&(struct epoll_event){ .events = EPOLLIN, .data = { .fd = signals } }) !=
			0) {
		perror("receiver");
		return 1;
	}
	printf("{\"url\": \"http://127.0.0.1:%d\", \"pid\": %d}\n", ntohs(address.sin_port),
		getpid());
	fflush(stdout);
	const int code = loop(epoll, listening, signals);
	printf("%lu\n", received);
	return code;
}
