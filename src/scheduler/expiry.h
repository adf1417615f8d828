/* SPDX-License-Identifier: MIT */
/* Expiry: accounts that have been idle for longer than they may be are ended, one at a time. */
#ifndef SCHEDULER_EXPIRY_H
#define SCHEDULER_EXPIRY_H

#include "scheduler/advances.h"
#include "scheduler/single_job.h"

struct expiry {
	struct single_job single;
	const struct advances *advances;
	const char *account_sid;     /* of the account to end */
	struct account_entry *ended; /* for the registry; NULL: it was not ended */
};

void expiry_init(struct expiry *expiry, struct ground *ground, const struct advances *advances);
void expiry_done(struct expiry *expiry);

/* Ends an account that is idle for too long, if there is one. The scheduler's thread. */
void expiry_look(struct expiry *expiry);

#endif
