/* SPDX-License-Identifier: MIT */
/* Work that is due and fails: it is undone and put off, and whatever else is due goes on. */
#ifndef SCHEDULER_DUE_TRY_H
#define SCHEDULER_DUE_TRY_H

#include "engine/due.h"

/* What became of work that failed by a fault of ours: it is undone. */
extern const struct due_outcome due_outcome_failed;

/* Does a piece of work, as due_work_run does. */
typedef struct api_error due_action(
	struct context *context, const struct store_due *due, struct due_outcome *ret_outcome);

/*
 * Does a piece of work within a job. What it did is undone when it fails (`ret_done` is false and
 * the outcome due_outcome_failed then), which is logged. False: nothing more can be done in this
 * transaction.
 */
bool due_try(struct context *context, const struct store_due *due, due_action *act, bool *ret_done,
	struct due_outcome *ret_outcome);

/* How long it is put off: as long again as it is late already, so that it is tried the more rarely
 * the longer it has failed. Between a minute and an hour. */
int64_t due_delay_ms(int64_t late_ms);

/* Lets work that failed wake later, in the context's account and time; on a clock that stands still
 * it does not wake at all. */
struct api_error due_put_off(struct context *context, const struct store_due *due);

#endif
