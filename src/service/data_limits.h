/* SPDX-License-Identifier: MIT */
/*
 * Data limits: a Fleet's DataLimit, held against what each of its Sims moved, up and down, in its
 * billing period. A Sim that reached it is blocked until a higher limit, or the next period, comes.
 */
#ifndef SERVICE_DATA_LIMITS_H
#define SERVICE_DATA_LIMITS_H

#include "service/sim_state.h"

struct due_outcome;

/* The Sim moved data: holds it against the limit now or, with --data-limit-check, when the next
 * check is due. Changes the record only. */
struct api_error data_limit_check(
	struct context *context, struct sim *sim, const struct fleet *fleet);

/* Due work about a Fleet, whose changed limit reaches its Sims, and about a Sim that may have used
 * up the limit. */
struct api_error data_limit_change_due(
	struct context *context, void *record, struct due_outcome *ret_outcome);
struct api_error data_limit_check_due(
	struct context *context, void *record, struct due_outcome *ret_outcome);

#endif
