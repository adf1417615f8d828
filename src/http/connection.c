/* SPDX-License-Identifier: MIT */
#include "http/connection.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "util/clock.h"
#include "util/log.h"

int client_socket(const struct client *client)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(client->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	return info != NULL ? info->connect_fd : -1;
}

bool client_is_gone(const struct client *client)
{
	char byte;
	return recv(client_socket(client), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

bool client_speaks_tls(const struct client *client)
{
	static const unsigned char handshake[] = { 0x16, 0x03 }; /* of TLS 1.x, and of SSL 3 */
	unsigned char first[sizeof(handshake)];
	return client->started_us == 0 &&
	       recv(client_socket(client), first, sizeof(first), MSG_PEEK | MSG_DONTWAIT) ==
		       (ssize_t)sizeof(first) &&
	       memcmp(first, handshake, sizeof(first)) == 0;
}

void client_cut_off(struct client *client)
{
	deadline_clear(&client->deadline);
	if (shutdown(client_socket(client), SHUT_RDWR) != 0)
		log_line(LOG_DEBUG, "a connection was gone before it was cut off");
}

static void watch(struct client *client, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = client };
	client->watched =
		epoll_ctl(client->worker->epoll, EPOLL_CTL_ADD, client_socket(client), &event) == 0;
}

void client_suspend(struct client *client, bool for_long)
{
	client->worker->suspended++;
	if (client->state != CLIENT_STALLED) /* its answer has to end in time */
		deadline_clear(&client->deadline);
	MHD_suspend_connection(client->connection);
	/* While a client waits for long, its end is looked out for: the library does not. */
	if (for_long)
		watch(client, EPOLLRDHUP);
}

void client_unwatch(struct client *client)
{
	if (client->watched &&
		epoll_ctl(client->worker->epoll, EPOLL_CTL_DEL, client_socket(client), NULL) != 0)
		log_line(LOG_ERROR, "epoll: %s", strerror(errno));
	client->watched = false;
}

static void await_handshake(struct handshake *handshake)
{
	char *member = (char *)handshake;
	struct client *client =
		(struct client *)(void *)(member - offsetof(struct client, handshake));
	handshake->is_starved = true;
	MHD_suspend_connection(client->connection);
	watch(client, EPOLLIN | EPOLLRDHUP);
}

bool client_greet(struct client *client)
{
	return handshake_begin(client->worker->handshakes, client->connection, await_handshake,
		&client->handshake);
}

void client_greet_again(struct client *client)
{
	if (!client->handshake.is_starved)
		return;
	client->handshake.is_starved = false;
	client_unwatch(client);
	MHD_resume_connection(client->connection);
}

void client_resume(struct client *client)
{
	static const enum client_state resumed[] = {
		[CLIENT_WAITING] = CLIENT_RESUMED,
		[CLIENT_DELAYED] = CLIENT_DUE,
		[CLIENT_STALLED] = CLIENT_DUE,
		[CLIENT_LOOKING] = CLIENT_MADE,
		[CLIENT_STREAM] = CLIENT_STREAM,
	};
	struct worker *worker = client->worker;
	client_unwatch(client);
	worker->suspended--;
	if (client->state != CLIENT_STALLED)
		deadline_set(&worker->busy, &client->deadline, clock_monotonic_us());
	client->state = resumed[client->state];
	MHD_resume_connection(client->connection);
}
