/* SPDX-License-Identifier: MIT */
#include "peer.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *const headers[][2] = {
	{ "Content-Type", "application/json" },
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

void peer_add_headers(struct MHD_Response *response)
{
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		MHD_add_response_header(response, headers[i][0], headers[i][1]);
}

int peer_listen(char ret_origin[PEER_ORIGIN])
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t length = sizeof(address);
	const int made = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (made < 0 || bind(made, (struct sockaddr *)&address, sizeof(address)) != 0 ||
		listen(made, 1024) != 0 ||
		getsockname(made, (struct sockaddr *)&address, &length) != 0)
		exit(71);
	snprintf(ret_origin, PEER_ORIGIN, "http://127.0.0.1:%u", ntohs(address.sin_port));
	return made;
}

int peer_serve(struct MHD_Daemon *daemon, const char *origin, bool (*turn)(void))
{
	const int loop = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = { .events = EPOLLIN };
	if (daemon == NULL || loop < 0 ||
		epoll_ctl(loop, EPOLL_CTL_ADD,
			MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd,
			&event) != 0)
		return 71;
	printf("{\"ready\":true,\"url\":\"%s\",\"pid\":%ld}\n", origin, (long)getpid());
	fflush(stdout);
	for (;;) {
		MHD_UNSIGNED_LONG_LONG wait_ms;
		const bool timed = MHD_get_timeout(daemon, &wait_ms) == MHD_YES;
		epoll_wait(loop, &event, 1, timed ? (int)wait_ms : -1);
		MHD_run(daemon);
		while (turn != NULL && turn())
			MHD_run(daemon);
	}
}
