/* SPDX-License-Identifier: MIT */
/* Faults that hit webhooks: what an attempt is to fail of, and what is recorded of it then. */
#ifndef SCHEDULER_ATTEMPT_FAULT_H
#define SCHEDULER_ATTEMPT_FAULT_H

#include "scheduler/attempt.h"
#include "watch/watch.h"

/* Asks the account's faults whether one hits the attempt, and notes in it which, and when it is to
 * begin. Who listens is told. */
void attempt_meet_fault(struct attempt *attempt, struct watch *watch);

/* True when the fault stands for the receiver: nothing is sent, and the outcome is there. */
bool attempt_fakes_outcome(struct attempt *attempt);

#endif
