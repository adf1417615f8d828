/* SPDX-License-Identifier: MIT */
/* What refers to a record. */
#ifndef SERVICE_REFERENCES_H
#define SERVICE_REFERENCES_H

#include "service/resources.h"

/* Counts the account's records, of whatever resource, whose tables say that they refer to the one
 * of `target` that has this SID; no further than `limit`. */
struct api_error references_count(struct context *context, const struct resource *target,
	const char *sid, size_t limit, int64_t *ret_count);

#endif
