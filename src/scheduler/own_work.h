/* SPDX-License-Identifier: MIT */
/* Our own due work: whatever falls due and is no webhook. */
#ifndef SCHEDULER_OWN_WORK_H
#define SCHEDULER_OWN_WORK_H

#include "scheduler/single_job.h"

struct own_work {
	struct single_job single;
	struct datagram *datagrams; /* to be sent once it is durable */
};

void own_work_init(struct own_work *work, struct ground *ground);
void own_work_done(struct own_work *work);

/* Has what is due by now done, if there is any in the reader's snapshot. The scheduler's thread. */
void own_work_look(struct own_work *work, int64_t now_ms);

#endif
