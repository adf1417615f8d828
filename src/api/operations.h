/* SPDX-License-Identifier: MIT */
/* The operations that the endpoint table is made of. */
#ifndef API_OPERATIONS_H
#define API_OPERATIONS_H

#include "api/route.h"

/* For any resource, as its description says (resources.c). */
extern const struct operation operation_list;
extern const struct operation operation_create;
extern const struct operation operation_fetch;
extern const struct operation operation_update;

/* Health (health.c). */
extern const struct operation operation_live;
extern const struct operation operation_ready;

#endif
