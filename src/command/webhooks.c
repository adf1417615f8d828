/* SPDX-License-Identifier: MIT */
#include "command/webhooks.h"

#include <time.h>

#include "store/due.h"
#include "store/outbox.h"
#include "util/clock.h"

enum { PAUSE_MS = 10 };

static bool refuse(struct failure *failure)
{
	return failure_set(failure, EX_IOERR, "cannot look at the webhooks");
}

static void note_lane(void *closure, const struct store_due *due)
{
	(void)due;
	*(bool *)closure = true;
}

/* Whether a webhook is due, or under way. */
static bool look(struct store_connection *connection, bool *ret_due)
{
	*ret_due = false;
	const bool seen =
		store_snapshot_renew(connection) &&
		store_visit_due_lanes(connection, clock_now_ms(), note_lane, ret_due) == STORE_OK;
	store_snapshot_end(connection);
	return seen;
}

bool webhooks_settle(struct program *program, int64_t patience_ms, struct failure *failure)
{
	const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000 };
	const int64_t until_us = clock_monotonic_us() + patience_ms * 1000;
	struct store_connection *connection = store_connect(program->store, false, failure);
	bool due = true, seen = connection != NULL;
	while (seen && due && clock_monotonic_us() < until_us) {
		seen = look(connection, &due) || refuse(failure);
		if (seen && due)
			nanosleep(&pause, NULL);
	}
	store_disconnect(connection);
	return seen;
}

bool webhooks_count(
	struct program *program, struct webhook_counts *ret_counts, struct failure *failure)
{
	struct webhook_counts counts;
	struct store_connection *connection = store_connect(program->store, false, failure);
	if (connection == NULL)
		return false;
	const bool counted = (store_count_all_deliveries(
				      connection, "delivered", &counts.delivered) == STORE_OK &&
				     store_count_all_deliveries(
					     connection, "failed", &counts.failed) == STORE_OK &&
				     store_count_all_deliveries(
					     connection, "pending", &counts.pending) == STORE_OK) ||
			     refuse(failure);
	store_disconnect(connection);
	if (counted)
		*ret_counts = counts;
	return counted;
}
