/* SPDX-License-Identifier: MIT */
/* The operations that the table of routes is made of. */
#ifndef API_OPERATIONS_H
#define API_OPERATIONS_H

#include "request/route.h"

/* For any resource, as its description says (resources.c). */
extern const struct operation operation_list;
extern const struct operation operation_create;
extern const struct operation operation_fetch;
extern const struct operation operation_update;
extern const struct operation operation_remove;

/* For monitors (health.c). */
extern const struct operation operation_live;
extern const struct operation operation_ready;
extern const struct operation operation_metrics;

#endif
