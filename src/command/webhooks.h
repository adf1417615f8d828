/* SPDX-License-Identifier: MIT */
/* What became of the webhooks of a server that is about to end. */
#ifndef COMMAND_WEBHOOKS_H
#define COMMAND_WEBHOOKS_H

#include "program.h"

struct webhook_counts {
	int64_t delivered, failed, pending; /* as far as they are kept */
};

/* Waits until no webhook is due in real time, for at most `patience_ms`: those that the last
 * request caused get their chance. False with `failure`. */
bool webhooks_settle(struct program *program, int64_t patience_ms, struct failure *failure);

/* Counts those of all accounts. False with `failure`. */
bool webhooks_count(
	struct program *program, struct webhook_counts *ret_counts, struct failure *failure);

#endif
