/* SPDX-License-Identifier: MIT */
/* What of a URL may be shown in a log: nothing that gives access to anything. */
#ifndef UTIL_REDACT_H
#define UTIL_REDACT_H

#include "util/arena.h"

/* A URL without user and password, without a fragment, and with "***" for its whole query: a
 * receiver's parameters are nobody's business. In the arena; NULL without memory. */
const char *redact_url(struct arena *arena, const char *url);

/* A request's query with "***" for each value whose name sounds like a secret, or is escaped. In
 * the arena; NULL without memory. */
const char *redact_query(struct arena *arena, const char *query);

#endif
