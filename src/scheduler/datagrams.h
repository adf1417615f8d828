/* SPDX-License-Identifier: MIT */
/*
 * Datagrams that come from devices: each becomes a job for the writer, which makes an IP Command.
 *
 * Anybody can send datagrams. Those of unknown devices cost a look into the database, no write; of
 * known ones only so many are with the writer at a time.
 */
#ifndef SCHEDULER_DATAGRAMS_H
#define SCHEDULER_DATAGRAMS_H

#include "scheduler/ground.h"

/* The scheduler's thread's own. */
struct datagrams {
	struct ground *ground;
	size_t submitted; /* how many the writer has */
	uint64_t lost;	  /* since that was last said */
	int64_t loss_said_us;
};

void datagrams_init(struct datagrams *datagrams, struct ground *ground);

/* Takes datagrams that wait at the device socket. The scheduler's thread. */
void datagrams_take(struct datagrams *datagrams);

#endif
