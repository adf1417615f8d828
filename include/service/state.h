/* SPDX-License-Identifier: MIT */
/* An account's state as one JSON document, in the form of a seed (service/seed.h). */
#ifndef SERVICE_STATE_H
#define SERVICE_STATE_H

#include <jansson.h>

#include "service/service.h"

/* The state of the context's account as a new document; NULL after a failure, which is logged.
 * Records stand in the order of their creation. Secrets are left out. */
json_t *state_export(struct context *context);

#endif
