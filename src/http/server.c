/* SPDX-License-Identifier: MIT */
#include "http/server.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "http/worker.h"
#include "util/clock.h"

struct server {
	struct api *api;
	struct writer *writer;
	char listen_url[SERVER_URL_SIZE];
	unsigned opened;  /* workers that are open */
	unsigned started; /* and whose thread runs */
	unsigned count;
	struct worker workers[];
};

/* On the writer's thread: a batch is done, its clients wait for their workers. */
static void wake_completed(void *closure)
{
	struct server *server = closure;
	for (unsigned i = 0; i < server->count; i++)
		worker_wake_if_completed(&server->workers[i]);
}

/* On the writer's thread: workers that sleep over an old snapshot must let go of it. */
static void wake_all(void *closure)
{
	struct server *server = closure;
	for (unsigned i = 0; i < server->count; i++)
		worker_wake(&server->workers[i]);
}

/* As many open files as the system lets us have: each client is one. */
static void raise_file_limit(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		return; /* then it stays at what it was */
}

/* Stops and frees whatever of the server exists. */
static void dismantle(struct server *server, int64_t stop_by_us)
{
	for (unsigned i = 0; i < server->started; i++)
		worker_stop(&server->workers[i], stop_by_us);
	for (unsigned i = 0; i < server->started; i++)
		worker_join(&server->workers[i]);
	writer_stop(server->writer);
	for (unsigned i = 0; i < server->opened; i++)
		worker_close(&server->workers[i]);
	for (unsigned i = 0; i < server->count; i++)
		store_disconnect(server->workers[i].reader);
	free(server);
}

/* Workers are open before the writer runs, which wakes them, and run after it. */
static bool start_threads(
	struct server *server, const struct server_options *options, struct failure *failure)
{
	failure_set(failure, EX_OSERR, "cannot start the server's threads");
	for (unsigned i = 0; i < server->count; i++) {
		struct worker *worker = &server->workers[i];
		worker->reader = store_connect(options->store, false, failure);
		if (worker->reader == NULL || !worker_open(worker))
			return false;
		server->opened++;
	}
	struct store_connection *connection = store_connect(options->store, true, failure);
	if (connection == NULL)
		return false;
	const struct writer_observer observer = { wake_completed, wake_all, server };
	server->writer = writer_start(options->store, connection, observer);
	if (server->writer == NULL)
		return false;
	for (unsigned i = 0; i < server->count; i++) {
		server->workers[i].writer = server->writer;
		if (!worker_start(&server->workers[i]))
			return false;
		server->started++;
	}
	return true;
}

bool server_start(const struct server_options *options, struct listener *listener,
	struct server **ret_server, struct failure *failure)
{
	raise_file_limit();
	struct server *server =
		calloc(1, sizeof(*server) + listener->count * sizeof(server->workers[0]));
	if (server == NULL)
		return failure_set(failure, EX_OSERR, "out of memory");
	server->api = options->api;
	memcpy(server->listen_url, listener->url, sizeof(server->listen_url));
	server->count = listener->count;
	for (unsigned i = 0; i < server->count; i++) {
		server->workers[i].api = options->api;
		server->workers[i].public_url = options->public_url;
		server->workers[i].listen_url = server->listen_url;
		server->workers[i].listen_socket = listener->sockets[i];
	}
	if (!start_threads(server, options, failure)) {
		/* Sockets of workers that never opened stay the listener's. */
		listener->count -= server->opened;
		memmove(listener->sockets, listener->sockets + server->opened,
			listener->count * sizeof(listener->sockets[0]));
		dismantle(server, 0);
		return false;
	}
	listener->count = 0;
	*ret_server = server;
	return true;
}

void server_stop(struct server *server, int64_t grace_ms)
{
	atomic_store(&server->api->stopping, true);
	dismantle(server, clock_monotonic_us() + grace_ms * 1000);
}
