/* SPDX-License-Identifier: MIT */
/*
 * The ceiling of `make bench`: libmicrohttpd driven as supersimd drives it, with nothing behind it.
 *
 * Every request, whatever its path, is answered with one fixed Fleet and the headers of supersimd.
 * What supersimd needs beyond this is its own doing; what this needs, no server on libmicrohttpd
 * can save.
 *
 *   --prebuilt     one response object for all requests: the absolute ceiling, out of reach for an
 *                  API whose answers differ
 *   --per-request  a new response with all headers for each request, because each answer has its
 *                  own Twilio-Request-Id: the ceiling for any server with headers of that kind
 *   --workers N    threads, each with its own socket, daemon and loop
 *
 * It ends at SIGTERM by the default action: there is nothing to put in order.
 */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WORKERS_MAXIMUM = 64, BACKLOG = 1024, CONNECTIONS_MAXIMUM = 8192 };

/* 625 bytes, as a Fleet with a name and two URLs. */
static char fleet[] =
	"{\"account_sid\":\"AC00000000000000000000000000000001\","
	"\"unique_name\":\"Pilot Fleet 0000001\",\"data_enabled\":true,\"data_limit\":1000,"
	"\"data_metering\":\"payg\",\"date_created\":\"2026-01-02T03:04:05Z\","
	"\"date_updated\":\"2026-01-02T03:04:05Z\",\"sms_commands_enabled\":true,"
	"\"sms_commands_method\":\"POST\","
	"\"sms_commands_url\":\"https://fleet.example.com/sms-commands/incoming\","
	"\"ip_commands_method\":\"POST\","
	"\"ip_commands_url\":\"https://fleet.example.com/ip-commands/incoming\","
	"\"network_access_profile_sid\":\"HA00000000000000000000000000000002\","
	"\"sid\":\"HF00000000000000000000000000000003\","
	"\"url\":\"http://127.0.0.1:40000/v1/Fleets/HF00000000000000000000000000000003\"}";

/* In the order of supersimd; X-API-Domain gets the real port. */
static const char *const headers[][2] = {
	{ "Content-Type", "application/json" },
	{ "Twilio-Request-Id", "RQ00000000000000000000000000000004" },
	{ "Twilio-Request-Duration", "0.000" },
	{ "Twilio-Concurrent-Requests", "1" },
	{ "X-API-Domain", "127.0.0.1:40000" },
	{ "Access-Control-Allow-Origin", "*" },
	{ "Access-Control-Allow-Headers",
		"Accept, Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Match, "
		"If-Unmodified-Since, Idempotency-Key" },
	{ "Access-Control-Allow-Methods", "GET, POST, DELETE, OPTIONS" },
	{ "Access-Control-Expose-Headers", "ETag" },
	{ "Access-Control-Allow-Credentials", "true" },
	{ "X-Home-Region", "us1" },
	{ "X-Powered-By", "AT-5000" },
	{ "X-Shenanigans", "none" },
	{ "Vary", "Origin" },
	{ "Emulator-Version", "0.1.0" },
};

struct worker {
	int listen_socket;
	struct MHD_Response *prebuilt; /* NULL: a response for each request */
	struct MHD_Daemon *daemon;
	pthread_t thread;
};

_Noreturn static void die(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

/* ── answers ─────────────────────────────────────────────────────────────────────────────── */

static struct MHD_Response *make_response(void)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
		sizeof(fleet) - 1, fleet, MHD_RESPMEM_PERSISTENT);
	bool complete = response != NULL;
	for (size_t i = 0; complete && i < sizeof(headers) / sizeof(headers[0]); i++)
		complete = MHD_add_response_header(response, headers[i][0], headers[i][1]) == MHD_YES;
	if (!complete && response != NULL)
		MHD_destroy_response(response);
	return complete ? response : NULL;
}

static enum MHD_Result answer(const struct worker *worker, struct MHD_Connection *connection)
{
	if (worker->prebuilt != NULL)
		return MHD_queue_response(connection, MHD_HTTP_OK, worker->prebuilt);
	struct MHD_Response *response = make_response();
	if (response == NULL)
		return MHD_NO;
	const enum MHD_Result queued = MHD_queue_response(connection, MHD_HTTP_OK, response);
	MHD_destroy_response(response);
	return queued;
}

/* An answer queued on the first call of a request makes libmicrohttpd close the connection after
 * it; therefore that call, with the headers only, just marks the request as begun. */
static enum MHD_Result on_request(void *closure, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload, size_t *upload_size,
	void **context)
{
	static char begun;
	(void)url;
	(void)method;
	(void)version;
	(void)upload;
	if (*context == NULL) {
		*context = &begun;
		return MHD_YES;
	}
	if (*upload_size > 0) {
		*upload_size = 0;
		return MHD_YES;
	}
	return answer(closure, connection);
}

/* ── workers ─────────────────────────────────────────────────────────────────────────────── */

/* Our own loop: the library's internal epoll thread can stop serving when one wait gives exactly
 * 128 events. */
static void *worker_loop(void *closure)
{
	struct worker *worker = closure;
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(worker->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	struct epoll_event event = { .events = EPOLLIN };
	const int epoll = epoll_create1(EPOLL_CLOEXEC);
	if (info == NULL || epoll < 0 ||
		epoll_ctl(epoll, EPOLL_CTL_ADD, info->epoll_fd, &event) != 0)
		die("epoll");
	for (;;) {
		MHD_UNSIGNED_LONG_LONG library_ms;
		int wait_ms = -1;
		if (MHD_get_timeout(worker->daemon, &library_ms) == MHD_YES)
			wait_ms = library_ms < 1000 ? (int)library_ms : 1000;
		epoll_wait(epoll, &event, 1, wait_ms);
		MHD_run(worker->daemon);
	}
}

static void start_worker(struct worker *worker)
{
	worker->daemon = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, on_request, worker,
		MHD_OPTION_LISTEN_SOCKET, worker->listen_socket,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAXIMUM, MHD_OPTION_END);
	if (worker->daemon == NULL)
		die("libmicrohttpd");
	if (pthread_create(&worker->thread, NULL, worker_loop, worker) != 0)
		die("thread");
}

/* A socket on `address`; the first one, with port 0, learns the port for those that follow. */
static int listen_on(struct sockaddr_in *address)
{
	const int on = 1;
	socklen_t length = sizeof(*address);
	const int made = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (made < 0 || setsockopt(made, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) != 0 ||
		bind(made, (const struct sockaddr *)address, sizeof(*address)) != 0 ||
		listen(made, BACKLOG) != 0 ||
		getsockname(made, (struct sockaddr *)address, &length) != 0)
		die("listen");
	return made;
}

/* ── options ─────────────────────────────────────────────────────────────────────────────── */

struct options {
	bool prebuilt;
	long workers;
};

static bool read_options(int argc, char *argv[], struct options *ret_options)
{
	struct options options = { .prebuilt = false, .workers = 1 };
	bool has_mode = false;
	for (int i = 1; i < argc; i++) {
		const bool prebuilt = strcmp(argv[i], "--prebuilt") == 0;
		if (prebuilt || strcmp(argv[i], "--per-request") == 0) {
			options.prebuilt = prebuilt;
			has_mode = true;
		} else if (strcmp(argv[i], "--workers") == 0 && i + 1 < argc) {
			options.workers = strtol(argv[++i], NULL, 10);
		} else {
			return false;
		}
	}
	*ret_options = options;
	return has_mode && options.workers >= 1 && options.workers <= WORKERS_MAXIMUM;
}

int main(int argc, char *argv[])
{
	static struct worker workers[WORKERS_MAXIMUM];
	struct options options;
	if (!read_options(argc, argv, &options)) {
		fprintf(stderr, "Usage: bare --prebuilt|--per-request [--workers N]\n");
		return EXIT_FAILURE;
	}
	struct MHD_Response *prebuilt = NULL;
	if (options.prebuilt && (prebuilt = make_response()) == NULL)
		die("response");
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	for (long i = 0; i < options.workers; i++) {
		workers[i].prebuilt = prebuilt;
		workers[i].listen_socket = listen_on(&address);
	}
	for (long i = 0; i < options.workers; i++)
		start_worker(&workers[i]);
	printf("{\"ready\":true,\"url\":\"http://127.0.0.1:%d\",\"pid\":%ld}\n",
		(int)ntohs(address.sin_port), (long)getpid());
	fflush(stdout);
	for (long i = 0; i < options.workers; i++)
		pthread_join(workers[i].thread, NULL);
	return EXIT_SUCCESS;
}
