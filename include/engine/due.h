/* SPDX-License-Identifier: MIT */
/* What falls due on an account's clock: planning it. */
#ifndef ENGINE_DUE_H
#define ENGINE_DUE_H

#include "engine/context.h"
#include "store/due.h"

/* The kind of an attempt to deliver a webhook: only the scheduler can run it. */
#define DUE_WEBHOOK_ATTEMPT "webhook_attempt"

/* What became of work that ran. */
struct due_outcome {
	const char *result; /* a static text */
	int error_code;	    /* Twilio's; 0: none */
};

/* Plans work of `kind` about a record, for `due_at_ms` of the account's time. `lane`: see
 * store/due.h. */
struct api_error due_plan(struct context *context, const char *kind, const char *subject_sid,
	int64_t due_at_ms, const char *receiver);

#endif
