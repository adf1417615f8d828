/* SPDX-License-Identifier: MIT */
#include "engine/due.h"

#include <string.h>

struct api_error due_plan(struct context *context, const char *kind, const char *subject_sid,
	int64_t due_at_ms, const char *receiver)
{
	struct store_due due = {
		.namespace = context->namespace,
		.due_at_ms = due_at_ms,
		.kind = kind,
		.subject_sid = subject_sid,
		.receiver = receiver,
	};
	due.wakes = account_clock_wake(&context->clock, due_at_ms, &due.wake_at_ms);
	return error_of_store(store_add_due(context->connection, &due));
}
