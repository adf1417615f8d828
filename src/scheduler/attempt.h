/* SPDX-License-Identifier: MIT */
/* One attempt to deliver a webhook: from the outbox to the network and back. */
#ifndef SCHEDULER_ATTEMPT_H
#define SCHEDULER_ATTEMPT_H

#include "engine/due.h"
#include "outbox/deliveries.h"
#include "watch/traffic.h"
#include "webhook/sender.h"

struct attempt {
	struct transfer transfer; /* first, so that a transfer is its attempt */
	struct arena arena;	  /* all texts */
	struct store_due due;	  /* the work that it is; its subject is the delivery */
	int64_t incarnation;	  /* its account's */
	const char *event;	  /* of the delivery; and its Fleet, or NULL */
	const char *fleet_sid;
	struct fault_hit fault; /* that hit it; without an id: none did */
	int64_t start_at_us;	/* it waits until then to begin; 0: it does not */

	/* Whoever waits for its end, or NULL. Called on the scheduler's thread once the outcome is
	 * recorded, or failed to be; the attempt is freed then. */
	void (*finished)(struct attempt *attempt);
	void *closure;

	/* The outcome. */
	struct due_outcome outcome; /* of attempt_record; no result: the account has another
				     * namespace now */
	struct delivery delivery;   /* as it is then; its SID is NULL when it is gone */
	bool recorded;		    /* false: that failed, and the work was put off */
	int64_t now_ms;		    /* the account's time when it was recorded */
	bool durable;		    /* all that is in the database */

	/* Of scheduler/attempts.c. */
	struct attempts *attempts;
	struct attempt *next;
	struct attempt *next_in_bucket; /* scheduler/attempt_set.h */
	struct attempt *next_outcome;	/* scheduler/outcomes.h */
	bool recording;			/* the request is through */
};

/* Makes an attempt of the delivery that is due. `ret_attempt` is NULL when the delivery is gone.
 * The caller frees it with attempt_free. The scheduler's or the writer's thread. */
struct api_error attempt_load(
	struct context *context, const struct store_due *due, struct attempt **ret_attempt);
void attempt_free(struct attempt *attempt);

/* Says, without having sent anything, that it could not be sent. */
void attempt_fail(struct attempt *attempt);

/* Records the outcome of a finished transfer, in the context's account and time. The writer's
 * thread. */
struct api_error attempt_record(struct attempt *attempt, struct context *context);

/* Tells the log of a recorded outcome when the webhook did not arrive: why not, and what comes
 * next.
 */
void attempt_complain(struct attempt *attempt);

#endif
