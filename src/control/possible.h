/* SPDX-License-Identifier: MIT */
/* Whether something can ever be as it is said to be. Who checks, waits for or breaks what cannot
 * come finds nothing, and does not know why: so it is refused. */
#ifndef CONTROL_POSSIBLE_H
#define CONTROL_POSSIBLE_H

#include "control/control.h"

/* What each path begins with that is checked for, waited for or broken. */
#define POSSIBLE_ROOT "/v1"

/* What to say of a Fleet that a delivery cannot be of. */
#define POSSIBLE_NO_FLEET "the account has no Fleet of this SID or name; names are case-sensitive"

/* Refuses a matcher that fits no request. `at`, as "match.", is what precedes its keys; `root` is
 * what paths begin with. Error: 400. */
struct api_error possible_check_request(
	struct request *request, const char *at, const char *root, const struct matcher *matcher);

/* Refuses a webhook's event that is none of ours; a `*` at its end stands for any end. `field` is
 * what it was given as. Error: 400. */
struct api_error possible_check_event(
	struct request *request, const char *field, const char *event);

#endif
