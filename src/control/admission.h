/* SPDX-License-Identifier: MIT */
/*
 * Who may call the control API, and for which account.
 *
 * A call with an account's credentials is about that account alone. The operator (the bearer of the
 * admin token or, while there is none, anybody on this machine) names one with `?account=`.
 */
#ifndef CONTROL_ADMISSION_H
#define CONTROL_ADMISSION_H

#include "request/route.h"

/* Refuses pages of other origins and rebound names; then, unless the route is open to anybody,
 * checks credentials and finds the account. Errors have the statuses 400, 401 and 403. */
struct api_error control_admit(struct request *request, bool open);

/* Whether who called would still be let in for the same account: to be asked before the last piece
 * of a write that takes long. */
struct api_error control_admit_again(struct request *request, struct context *context);

/* The same for requests to /v1 below /_emulator: the query's `account` is taken out of it, since
 * all else there is /v1's. */
struct api_error control_admit_v1(struct request *request, bool open);

/* Refuses rebound names only. Error: 403. */
struct api_error control_admit_host(struct request *request);

#endif
