/* SPDX-License-Identifier: MIT */
/* Asks a server whether it is ready: once, or until it is. Nothing is opened for that, least of all
 * a database. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "command/call.h"
#include "command/runs.h"
#include "util/clock.h"
#include "util/failure.h"

enum { PAUSE_MS = 20, HEALTHCHECK_MS = 5000, ANSWER_MAXIMUM = 4096 };

/* One try, for at most `timeout_ms`. False with the reason. */
static bool is_ready(
	const struct config *config, int64_t timeout_ms, char ret_reason[CALL_REASON_SIZE])
{
	const struct call call = { .method = "GET", .path = "/readyz", .timeout_ms = timeout_ms };
	char url[CALL_URL_SIZE];
	struct strbuf answer;
	if (!call_find_server(config, url, ret_reason))
		return false;
	strbuf_init(&answer, ANSWER_MAXIMUM);
	const long status = call_make(url, &call, &answer, ret_reason);
	strbuf_done(&answer);
	if (status != 0 && status != 200)
		snprintf(ret_reason, CALL_REASON_SIZE, "%.200s: %ld", url, status);
	return status == 200;
}

int run_healthcheck(struct config *config)
{
	char reason[CALL_REASON_SIZE];
	if (is_ready(config, HEALTHCHECK_MS, reason))
		return EX_OK;
	fprintf(stderr, "supersimd: not ready: %s\n", reason);
	return 1;
}

int run_wait(struct config *config)
{
	const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000 };
	const int64_t until_us = clock_monotonic_us() + config->timeout * 1000;
	char reason[CALL_REASON_SIZE];
	for (;;) {
		const int64_t left_ms = (until_us - clock_monotonic_us()) / 1000;
		if (is_ready(config, left_ms > 1 ? left_ms : 1, reason))
			return EX_OK;
		if (left_ms <= PAUSE_MS)
			break;
		nanosleep(&pause, NULL);
	}
	fprintf(stderr, "supersimd: not ready in time: %s\n", reason);
	return EX_TEMPFAIL;
}
