/* SPDX-License-Identifier: MIT */
#include "http/daemon.h"

#include <string.h>

#include "http/client.h"

/* Leaves a path as it was sent: we take it apart ourselves, so that an escaped slash is data. */
static size_t leave_as_sent(void *closure, struct MHD_Connection *connection, char *text)
{
	(void)closure;
	(void)connection;
	return strlen(text);
}

bool daemon_start(struct door *door)
{
	struct worker *worker = door->worker;
	const bool secure = door->kind == DOOR_TLS;
	struct MHD_OptionItem nothing[] = { { MHD_OPTION_END, 0, NULL } };
	struct MHD_OptionItem of_tls[] = {
		{ MHD_OPTION_HTTPS_CERT_CALLBACK, 0, handshake_no_certificate() },
		{ MHD_OPTION_HTTPS_PRIORITIES, 0, HANDSHAKE_PRIORITIES },
		{ MHD_OPTION_END, 0, NULL },
	};
	door->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME |
						MHD_USE_NO_LISTEN_SOCKET |
						(secure ? (unsigned)MHD_USE_TLS : 0),
		0, NULL, NULL, client_on_request, door, MHD_OPTION_CONNECTION_LIMIT,
		worker->connections->maximum, MHD_OPTION_NOTIFY_CONNECTION, client_on_connection,
		door, MHD_OPTION_NOTIFY_COMPLETED, client_on_completed, door,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADS_MEMORY,
		MHD_OPTION_URI_LOG_CALLBACK, client_on_request_line, door,
		MHD_OPTION_UNESCAPE_CALLBACK, leave_as_sent, NULL, MHD_OPTION_ARRAY,
		secure ? of_tls : nothing, MHD_OPTION_END);
	return door->daemon != NULL;
}

int daemon_file(struct MHD_Daemon *daemon)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
	return info != NULL ? info->epoll_fd : -1;
}

bool daemons_have(const struct worker *worker, const void *source)
{
	for (const struct door *door = worker->doors; door < worker->doors + DOOR_COUNT; door++) {
		if (source == door->daemon)
			return true;
	}
	return false;
}

bool daemons_go_on(const struct worker *worker)
{
	MHD_UNSIGNED_LONG_LONG library_ms;
	for (const struct door *door = worker->doors; door < worker->doors + DOOR_COUNT; door++) {
		if (door->daemon != NULL && MHD_get_timeout(door->daemon, &library_ms) == MHD_YES &&
			library_ms == 0)
			return true;
	}
	return false;
}

void daemons_run(struct worker *worker)
{
	for (struct door *door = worker->doors; door < worker->doors + DOOR_COUNT; door++) {
		if (door->daemon != NULL)
			MHD_run(door->daemon);
	}
}

void daemons_stop(struct worker *worker)
{
	for (struct door *door = worker->doors; door < worker->doors + DOOR_COUNT; door++) {
		if (door->daemon != NULL)
			MHD_stop_daemon(door->daemon);
		door->daemon = NULL;
	}
}
