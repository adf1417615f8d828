/* SPDX-License-Identifier: MIT */
/* What came of a command that was run against a server of its own: its exit code, what --check
 * makes of it, and --summary. */
#ifndef COMMAND_OUTCOME_H
#define COMMAND_OUTCOME_H

#include <stdio.h>

#include "command/webhooks.h"

struct outcome {
	int exit_code;	     /* the child's; EX_SOFTWARE instead of 0 when a check failed */
	int64_t duration_ms; /* that the child took */
	struct webhook_counts webhooks;
	uint64_t warnings; /* of requests */
	struct traffic_counts faults;
	size_t unused_faults;
	bool failed[CHECK_COUNT]; /* which checks */
	FILE *summary;		  /* NULL: none was asked for */
};

/* Opens the file of the summary, so that the child need not run in vain. */
bool outcome_begin(struct outcome *outcome, const struct config *config, struct failure *failure);

/* When the child has ended: ends serving, looks, checks, and writes the summary. False with
 * `failure`. */
bool outcome_complete(struct outcome *outcome, struct program *program, struct failure *failure);

/* Frees what it has, however far it got. */
void outcome_end(struct outcome *outcome);

#endif
