/* SPDX-License-Identifier: MIT */
/* What a connection has from the socket that it came in by. */
#include "unit.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/listen.h"

static int connect_to(const char *url)
{
	const struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)strtoul(strrchr(url, ':') + 1, NULL, 10)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	const int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(made >= 0);
	assert_int_equal(connect(made, (const struct sockaddr *)&address, sizeof(address)), 0);
	return made;
}

/* Else each part of a TLS handshake behind the proxy waits for an acknowledgement: 40 ms. */
static void what_is_sent_waits_for_no_acknowledgement(void **state)
{
	(void)state;
	for (int kind = 0; kind < DOOR_COUNT; kind++) {
		struct listener listener = { .count = 0 };
		struct failure failure;
		int value = 0;
		socklen_t size = sizeof(value);
		assert_true(
			listener_bind((enum door_kind)kind, "127.0.0.1:0", 1, &listener, &failure));
		assert_int_equal(listen(listener.sockets[0], 1), 0);
		const int client = connect_to(listener.url);
		const int accepted = accept(listener.sockets[0], NULL, NULL);
		assert_true(accepted >= 0);
		assert_int_equal(getsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &value, &size), 0);
		assert_true(value != 0);
		close(accepted);
		close(client);
		listener_close(&listener);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_sent_waits_for_no_acknowledgement),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
