/* SPDX-License-Identifier: MIT */
/*
 * Data limits: a Fleet's DataLimit, held against what each of its Sims moved, up and down, in its
 * billing period. A Sim that reached it is blocked until a higher limit, or the next period, comes.
 */
#ifndef SERVICE_DATA_LIMITS_H
#define SERVICE_DATA_LIMITS_H

#include "service/sims.h"

/* Blocks the Sim, or unblocks it, as the limit in force says. Changes the record only. */
void data_limit_apply(struct sim *sim, const struct fleet *fleet, int64_t now_ms);

/* The Sim moved data: holds it against the limit now or, with --data-limit-check, when the next
 * check is due. */
struct api_error data_limit_check(
	struct context *context, struct sim *sim, const struct fleet *fleet);

/* A Fleet's limit was changed: plans when it reaches the Sims, and gives that moment. */
struct api_error data_limit_plan_change(
	struct context *context, const char *fleet_sid, int64_t *ret_from_ms);

/* Kinds of due work, and what runs them. */
struct api_error data_limit_change_due(
	struct context *context, const char *fleet_sid, const char **ret_result);
struct api_error data_limit_check_due(
	struct context *context, const char *sim_sid, const char **ret_result);

#endif
