/* SPDX-License-Identifier: MIT */
/* The one list of what can fall due, but for webhooks, and of what runs it. */
#ifndef SERVICE_DUE_WORK_H
#define SERVICE_DUE_WORK_H

#include "engine/due.h"

/* Runs a piece of work in the context's account and time, and removes it. */
struct api_error due_work_run(
	struct context *context, const struct store_due *due, struct due_outcome *ret_outcome);

#endif
