/* SPDX-License-Identifier: MIT */
/* One attempt to deliver a webhook: from the outbox to the network and back. */
#ifndef SCHEDULER_ATTEMPT_H
#define SCHEDULER_ATTEMPT_H

#include "engine/due.h"
#include "store/writer.h"
#include "webhook/sender.h"

struct attempt {
	struct transfer transfer; /* first, so that a transfer is its attempt */
	struct write_job job;	  /* notes the outcome */
	struct arena arena;	  /* all texts */
	struct scheduler *scheduler;
	const struct policy *policy;
	struct attempt *next, *next_message;
	struct advance *advance; /* the one that it belongs to, or NULL */
	struct store_due due;	 /* the work that it is; its subject is the delivery */
	int64_t incarnation;	 /* its account's */
	const char *result;	 /* set by attempt_record */
	bool durable;
};

/* Makes an attempt of the delivery that is due. `ret_attempt` is NULL when the delivery is gone.
 * The caller frees it with attempt_free. */
struct api_error attempt_load(
	struct context *context, const struct store_due *due, struct attempt **ret_attempt);
void attempt_free(struct attempt *attempt);

/* Says, without having sent anything, that it could not be sent. */
void attempt_fail(struct attempt *attempt);

/* Notes the outcome of a finished transfer, in the context's account and time. */
struct api_error attempt_record(struct attempt *attempt, struct context *context);

#endif
