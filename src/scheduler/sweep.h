/* SPDX-License-Identifier: MIT */
/* The sweep: what is left of namespaces that ended is removed, in small transactions. */
#ifndef SCHEDULER_SWEEP_H
#define SCHEDULER_SWEEP_H

#include "scheduler/single_job.h"

struct sweep {
	struct single_job single;
	const char *forgotten; /* an account of which it left nothing, or NULL */
};

void sweep_init(struct sweep *sweep, struct ground *ground);
void sweep_done(struct sweep *sweep);

/* Sweeps, if the reader's snapshot has something left of a namespace that ended. The scheduler's
 * thread. */
void sweep_look(struct sweep *sweep);

#endif
