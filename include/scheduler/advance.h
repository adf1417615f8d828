/* SPDX-License-Identifier: MIT */
/*
 * Advancing a clock: all that falls due on the way is run, one after the other, in the order of its
 * time, each at its own time. Meanwhile the clock is held, so nothing else of the account runs.
 *
 * Work that fails is undone and stays due: its result is "failed", and the advance goes on.
 */
#ifndef SCHEDULER_ADVANCE_H
#define SCHEDULER_ADVANCE_H

#include "engine/due.h"
#include "model/sid.h"
#include "scheduler/mail.h"
#include "store/writer.h"

struct attempt;

/* One thing that ran. */
struct advance_ran {
	struct advance_ran *next;
	const char *kind;
	const char *sid;
	int64_t at_ms;
	struct due_outcome outcome;
};

enum advance_state {
	ADVANCE_WAITING, /* not begun */
	ADVANCE_AGAIN,	 /* more is due */
	ADVANCE_ATTEMPT, /* a webhook is due: its attempt is to be made */
	ADVANCE_DONE,
	ADVANCE_FAILED
};

/* How far an advance goes. */
enum advance_goal {
	ADVANCE_BY,	 /* by `by_ms`; unless another one is set */
	ADVANCE_TO_TIME, /* to `to_ms`; the second that the clock shows is now */
	ADVANCE_TO_NEXT, /* to when the next work is due; nowhere when there is none */
	ADVANCE_TO_IDLE	 /* until no work is due, and for a year when there is always some */
};

/* A request to advance a clock, and what came of it. The scheduler's from scheduler_advance until
 * `finished`, which may free it. */
struct advance {
	const char *account_sid; /* in `arena` */
	enum advance_goal goal;
	int64_t by_ms, to_ms;
	char request_id[SID_SIZE];		   /* of the request that asks for it */
	void (*finished)(struct advance *advance); /* see scheduler_advance */
	void *_Atomic requester;		   /* the caller's: who waits for it */

	/* The outcome. */
	struct api_error error;
	int64_t now_ms;
	int64_t pending; /* work that is due later */
	struct advance_ran *first;
	int64_t ran_count; /* what ran, of which the first ADVANCE_RAN_SHOWN are listed */

	/* The step's. */
	struct arena arena; /* the outcome is in it */
	struct arena step_arena;
	struct advance_ran **last_link;
	const char *namespace;	       /* NULL before the first step */
	int64_t incarnation;	       /* the account's */
	struct store_due_place failed; /* the last work that failed: it is not tried again */
	int64_t target_ms;	       /* what is due by then runs */
	enum advance_state state;
	struct attempt *attempt;    /* of the webhook that is due */
	struct datagram *datagrams; /* of the last step, until it is durable */

	/* Of scheduler/advances.c. */
	struct advances *advances;
	struct advance *next;
	struct write_job job; /* does one step */
	struct mail mail;
	bool under_way; /* the writer has it, and the step's members; or its webhook is under way */
	struct attempt *sending; /* that webhook */
	bool durable;
};

/* Makes one for an account; the rest of its first group of members is the caller's to set. NULL
 * without memory. */
struct advance *advance_new(const char *account_sid);
void advance_free(struct advance *advance); /* NULL is harmless */

/* All that ran is counted, but of a very long advance only the beginning is listed: so much is what
 * an answer, and the memory of a client that waits for it, may hold. */
enum { ADVANCE_RAN_SHOWN = 100 * 1000 };

/* Remembers that work ran, at a time of the account's clock, for the answer. False without memory.
 */
bool advance_remember(struct advance *advance, const struct store_due *due, int64_t at_ms,
	struct due_outcome outcome);

/*
 * One step, in a transaction: begins, or goes on, until a webhook is due, all is done, or enough
 * was done for one transaction. Sets the state; the error that fails it is in `error`. The writer's
 * thread.
 */
void advance_step(struct advance *advance, struct context *context);

#endif
