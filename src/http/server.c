/* SPDX-License-Identifier: MIT */
#include "http/server.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "http/handshake.h"
#include "http/tunnel.h"
#include "http/watch_metrics.h"
#include "http/worker.h"
#include "util/clock.h"
#include "util/memory.h"

enum { CONNECTIONS_MAXIMUM = 8192, FILES_RESERVED = 128 };
/* What clients may make the server hold beyond 64 kB for each: bodies that they send, and answers
 * that they have not read yet. Two accounts' states at their largest come in, and four go out. */
enum { BODIES_MAXIMUM = 128 * 1024 * 1024, ANSWERS_MAXIMUM = 256 * 1024 * 1024 };

struct server {
	struct emulator *emulator;
	struct writer *writer;
	struct scheduler *_Atomic scheduler; /* set once the writer runs, which looks at it */
	struct errands errands;
	struct budget bodies, answers;
	struct handshakes *handshakes; /* of TLS; NULL: there is none */
	struct tunnels *tunnels;       /* of the proxy to other hosts; or NULL */
	char urls[DOOR_COUNT][LISTENER_URL_SIZE];
	unsigned opened;  /* workers that are open */
	unsigned started; /* and whose thread runs */
	unsigned count;
	struct connections connections;
	struct worker workers[];
};

/* On the writer's thread. */
static void tell_committed(void *closure, const struct change *changes, size_t count, bool complete)
{
	struct server *server = closure;
	watch_committed(server->emulator->watch, changes, count, complete);
}

/* On the writer's thread: a batch is done, its clients wait for their workers. */
static void wake_completed(void *closure)
{
	struct server *server = closure;
	for (unsigned i = 0; i < server->count; i++)
		worker_wake_if_completed(&server->workers[i]);
	struct scheduler *scheduler = atomic_load(&server->scheduler);
	if (scheduler != NULL)
		scheduler_look(scheduler);
}

/* On the writer's thread: workers that sleep over an old snapshot must let go of it. The scheduler
 * holds none while it sleeps. */
static void wake_all(void *closure)
{
	struct server *server = closure;
	for (unsigned i = 0; i < server->count; i++)
		worker_wake(&server->workers[i]);
}

/* ── metrics ─────────────────────────────────────────────────────────────────────────────── */

static void write_writer_metrics(struct writer *writer, struct strbuf *out)
{
	struct writer_counts counts;
	writer_count(writer, &counts);
	strbuf_add_format(out,
		"# HELP supersim_writer_queue Jobs that wait for the writer.\n"
		"# TYPE supersim_writer_queue gauge\n"
		"supersim_writer_queue %zu\n"
		"# HELP supersim_writer_batches_total Transactions of the writer.\n"
		"# TYPE supersim_writer_batches_total counter\n"
		"supersim_writer_batches_total %llu\n"
		"# HELP supersim_writer_jobs_total Jobs in them.\n"
		"# TYPE supersim_writer_jobs_total counter\n"
		"supersim_writer_jobs_total %llu\n"
		"# HELP supersim_writer_batch_largest Most jobs in one transaction.\n"
		"# TYPE supersim_writer_batch_largest gauge\n"
		"supersim_writer_batch_largest %llu\n",
		counts.queued, counts.batches, counts.jobs, counts.largest);
}

/* What clients make the server hold now. */
static void write_held_metrics(struct server *server, struct strbuf *out)
{
	strbuf_add_format(out,
		"# HELP supersim_held_bytes Held for clients beyond 64 kB for each, by kind.\n"
		"# TYPE supersim_held_bytes gauge\n"
		"supersim_held_bytes{kind=\"bodies\"} %zu\n"
		"supersim_held_bytes{kind=\"answers\"} %zu\n",
		atomic_load(&server->bodies.taken), atomic_load(&server->answers.taken));
}

/* For the answer of /metrics, which adds its own. On a worker's thread, while all others run. */
static void write_metrics(void *closure, struct strbuf *out)
{
	struct server *server = closure;
	struct scheduler *scheduler = atomic_load(&server->scheduler);
	uint64_t attempts[ATTEMPT_RESULTS] = { 0 };
	/* Without memory the request is answered 500. */
	struct request_metrics *sum = memory_allocate_zeroed(sizeof(*sum));
	for (unsigned i = 0; sum != NULL && i < server->count; i++)
		metrics_sum(sum, &server->workers[i].metrics);
	if (sum != NULL)
		metrics_write(server->emulator, sum, out);
	free(sum);
	write_writer_metrics(server->writer, out);
	write_held_metrics(server, out);
	watch_metrics_write(server->emulator->watch, out);
	if (scheduler != NULL)
		scheduler_count_attempts(scheduler, attempts);
	strbuf_add_text(out,
		"# HELP supersim_webhook_attempts_total Attempts to send webhooks, by result.\n"
		"# TYPE supersim_webhook_attempts_total counter\n");
	for (size_t i = 0; i < ATTEMPT_RESULTS; i++)
		strbuf_add_format(out, "supersim_webhook_attempts_total{result=\"%s\"} %llu\n",
			attempt_result_names[i], (unsigned long long)attempts[i]);
}

/* ── life cycle ──────────────────────────────────────────────────────────────────────────── */

/* As many open files as the system lets us have: each client is one. */
static rlim_t raise_file_limit(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return RLIM_INFINITY;
	const rlim_t before = limit.rlim_cur;
	limit.rlim_cur = limit.rlim_max;
	return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_max : before;
}

/* Some descriptors are kept from clients: webhooks need them, too. */
static unsigned connections_maximum(rlim_t files)
{
	const rlim_t reserve = files / 4 < FILES_RESERVED ? files / 4 : FILES_RESERVED;
	return files - reserve < CONNECTIONS_MAXIMUM ? (unsigned)(files - reserve)
						     : CONNECTIONS_MAXIMUM;
}

/* Stops and frees whatever of the server exists. */
static void dismantle(struct server *server, int64_t stop_by_us)
{
	struct scheduler *scheduler = atomic_load(&server->scheduler);
	writer_give_up_at(server->writer, stop_by_us);
	if (scheduler != NULL)
		scheduler_stop(scheduler, stop_by_us);
	for (unsigned i = 0; i < server->started; i++)
		worker_stop(&server->workers[i], stop_by_us);
	for (unsigned i = 0; i < server->started; i++)
		worker_join(&server->workers[i]);
	errands_done(&server->errands);
	if (scheduler != NULL)
		scheduler_join(scheduler);
	writer_stop(server->writer);
	scheduler_free(scheduler);
	for (unsigned i = 0; i < server->opened; i++)
		worker_close(&server->workers[i]);
	for (unsigned i = 0; i < server->count; i++)
		store_disconnect(server->workers[i].reader);
	handshakes_close(server->handshakes);
	tunnels_free(server->tunnels, stop_by_us);
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
	const struct writer_observer observer = { tell_committed, wake_completed, wake_all,
		server };
	server->writer = writer_start(*options->connection, observer);
	*options->connection = NULL;
	if (server->writer == NULL)
		return false;
	const struct scheduler_options scheduling = {
		.store = options->store,
		.writer = server->writer,
		.registry = options->emulator->registry,
		.policy = options->emulator->policy,
		.watch = options->emulator->watch,
		.device_socket = options->device_socket,
		.device_listens = options->device_listens,
	};
	struct scheduler *scheduler = NULL;
	if (!scheduler_start(&scheduling, &scheduler, failure))
		return false;
	atomic_store(&server->scheduler, scheduler);
	for (unsigned i = 0; i < server->count; i++) {
		server->workers[i].writer = server->writer;
		server->workers[i].scheduler = scheduler;
		server->workers[i].errands = &server->errands;
		if (!worker_start(&server->workers[i]))
			return false;
		server->started++;
	}
	return true;
}

/* What all doors of TLS share, and all of the proxy. */
static bool prepare_doors(
	struct server *server, const struct server_options *options, struct failure *failure)
{
	if (options->identity != NULL &&
		!handshakes_open(options->identity, &server->handshakes, failure))
		return false;
	if (options->tunnel_others)
		server->tunnels = tunnels_new();
	return !options->tunnel_others || server->tunnels != NULL ||
	       failure_set(failure, EX_OSERR, "out of memory");
}

/* What a worker has before it is opened. The sockets are lent. */
static void prepare_worker(struct server *server, unsigned number, const char *public_url,
	const struct listener listeners[DOOR_COUNT])
{
	struct worker *worker = &server->workers[number];
	worker->emulator = server->emulator;
	worker->public_url = public_url;
	worker->connections = &server->connections;
	worker->bodies = &server->bodies;
	worker->answers = &server->answers;
	worker->handshakes = server->handshakes;
	worker->tunnels = server->tunnels;
	for (int kind = 0; kind < DOOR_COUNT; kind++)
		worker->doors[kind] = (struct door){
			.worker = worker,
			.kind = (enum door_kind)kind,
			.url = server->urls[kind],
			.listen_socket =
				listeners[kind].count > 0 ? listeners[kind].sockets[number] : -1,
		};
}

/* The sockets of the first workers are theirs now. */
static void take_sockets(struct listener listeners[DOOR_COUNT], unsigned workers)
{
	for (int kind = 0; kind < DOOR_COUNT; kind++) {
		struct listener *listener = &listeners[kind];
		const unsigned taken = listener->count < workers ? listener->count : workers;
		listener->count -= taken;
		memmove(listener->sockets, listener->sockets + taken,
			listener->count * sizeof(listener->sockets[0]));
	}
}

bool server_start(const struct server_options *options, struct listener listeners[DOOR_COUNT],
	struct server **ret_server, struct failure *failure)
{
	const unsigned count = listeners[DOOR_PLAIN].count;
	struct server *server = calloc(1, sizeof(*server) + count * sizeof(server->workers[0]));
	if (server == NULL)
		return failure_set(failure, EX_OSERR, "out of memory");
	server->emulator = options->emulator;
	server->emulator->add_metrics = write_metrics;
	server->emulator->metrics_closure = server;
	for (int kind = 0; kind < DOOR_COUNT; kind++)
		memcpy(server->urls[kind], listeners[kind].url, LISTENER_URL_SIZE);
	server->bodies.limit = BODIES_MAXIMUM;
	server->answers.limit = ANSWERS_MAXIMUM;
	server->connections.maximum = connections_maximum(raise_file_limit());
	if (!prepare_doors(server, options, failure)) {
		handshakes_close(server->handshakes);
		free(server);
		return false;
	}
	server->count = count;
	errands_init(&server->errands, options->store);
	for (unsigned i = 0; i < count; i++)
		prepare_worker(server, i, options->public_url, listeners);
	const bool started = start_threads(server, options, failure);
	/* Sockets of workers that never opened stay the listeners'. */
	take_sockets(listeners, server->opened);
	if (started)
		*ret_server = server;
	else
		dismantle(server, 0);
	return started;
}

bool server_renew_identity(struct server *server, const struct identity *identity)
{
	return handshakes_renew(server->handshakes, identity);
}

void server_stop(struct server *server, int64_t grace_ms)
{
	atomic_store(&server->emulator->stopping, true);
	dismantle(server, clock_monotonic_us() + grace_ms * 1000);
}
