/* SPDX-License-Identifier: MIT */
/*
 * The ceiling: the least that a program on libmicrohttpd can do for the same answer. One worker on
 * its own epoll loop, no database, no JSON: every request gets a fixed Fleet with the headers that
 * supersimd sends.
 *
 *   bare prebuilt      one response object, queued again and again
 *   bare per-request   a response object for each request, as answers need that carry an id each
 *
 * Prints supersimd's ready line. Ends by SIGTERM.
 */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static const char body[] =
	"{\"account_sid\":\"AC00000000000000000000000000000000\",\"unique_name\":\"fleet-0000001\","
	"\"data_enabled\":true,\"data_limit\":1000,\"data_metering\":\"payg\","
	"\"date_created\":\"2026-01-02T03:04:05Z\",\"date_updated\":\"2026-01-02T03:04:05Z\","
	"\"sms_commands_enabled\":true,\"sms_commands_method\":\"POST\",\"sms_commands_url\":null,"
	"\"ip_commands_method\":\"POST\",\"ip_commands_url\":null,"
	"\"network_access_profile_sid\":\"HA00000000000000000000000000000000\","
	"\"sid\":\"HF00000000000000000000000000000000\","
	"\"url\":\"http://127.0.0.1:43127/v1/Fleets/HF00000000000000000000000000000000\"}";

static const char *const headers[][2] = {
	{ "Content-Type", "application/json" },
	{ "Twilio-Request-Id", "RQ00000000000000000000000000000000" },
	{ "Twilio-Request-Duration", "0.000" },
	{ "Twilio-Concurrent-Requests", "1" },
	{ "X-API-Domain", "127.0.0.1:43127" },
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

static struct MHD_Response *prebuilt; /* NULL: one for each request */

static struct MHD_Response *make_response(void)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
		sizeof(body) - 1, (void *)(size_t)body, MHD_RESPMEM_PERSISTENT);
	for (size_t i = 0; response != NULL && i < sizeof(headers) / sizeof(headers[0]); i++)
		MHD_add_response_header(response, headers[i][0], headers[i][1]);
	return response;
}

static enum MHD_Result on_request(void *closure, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload, size_t *upload_size,
	void **context)
{
	(void)closure;
	(void)url;
	(void)method;
	(void)version;
	(void)upload;
	static char seen;
	/* An answer to the first call makes the library close the connection. */
	if (*context == NULL) {
		*context = &seen;
		return MHD_YES;
	}
	if (*upload_size > 0) {
		*upload_size = 0;
		return MHD_YES;
	}
	struct MHD_Response *response = prebuilt != NULL ? prebuilt : make_response();
	if (response == NULL)
		return MHD_NO;
	const enum MHD_Result result = MHD_queue_response(connection, MHD_HTTP_OK, response);
	if (prebuilt == NULL)
		MHD_destroy_response(response);
	return result;
}

/* A listening socket on a free port of the loopback address, or -1. */
static int listen_anywhere(unsigned *ret_port)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t length = sizeof(address);
	const int made = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (made < 0 || bind(made, (struct sockaddr *)&address, sizeof(address)) != 0 ||
		listen(made, 1024) != 0 ||
		getsockname(made, (struct sockaddr *)&address, &length) != 0)
		return -1;
	*ret_port = ntohs(address.sin_port);
	return made;
}

int main(int argc, char *argv[])
{
	unsigned port = 0;
	const int listening = listen_anywhere(&port);
	if (argc != 2 || listening < 0) {
		fputs("usage: bare prebuilt|per-request\n", stderr);
		return 64;
	}
	if (strcmp(argv[1], "prebuilt") == 0)
		prebuilt = make_response();
	struct MHD_Daemon *daemon = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, on_request, NULL,
		MHD_OPTION_LISTEN_SOCKET, listening, MHD_OPTION_END);
	const int loop = epoll_create1(EPOLL_CLOEXEC);
	if (daemon == NULL || loop < 0)
		return 71;
	struct epoll_event event = { .events = EPOLLIN };
	if (epoll_ctl(loop, EPOLL_CTL_ADD,
		    MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd, &event) != 0)
		return 71;
	printf("{\"ready\":true,\"url\":\"http://127.0.0.1:%u\",\"pid\":%ld}\n", port,
		(long)getpid());
	fflush(stdout);
	for (;;) {
		MHD_UNSIGNED_LONG_LONG wait_ms;
		const bool timed = MHD_get_timeout(daemon, &wait_ms) == MHD_YES;
		epoll_wait(loop, &event, 1, timed ? (int)wait_ms : -1);
		MHD_run(daemon);
	}
}
