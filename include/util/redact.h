/* SPDX-License-Identifier: MIT */
/* What of a request may be shown, in a log or in the journal: nothing that gives access to
 * anything.
 */
#ifndef UTIL_REDACT_H
#define UTIL_REDACT_H

#include <stdbool.h>

#include "util/arena.h"
#include "util/strbuf.h"

/* What stands in the place of what is hidden. */
#define REDACTED "***"

/* A URL without user and password, without a fragment, and with "***" for its whole query: a
 * receiver's parameters are nobody's business. In the arena; NULL without memory. */
const char *redact_url(struct arena *arena, const char *url);

/* A request's query with "***" for each value whose name sounds like a secret, or is escaped, and
 * within other values as redact_add_text has it. In the arena; NULL without memory. */
const char *redact_query(struct arena *arena, const char *query);

/* Adds a query, or a form that is not decoded yet, likewise. True: something was hidden. */
bool redact_add_parameters(struct strbuf *out, const char *text, size_t length);

/* Adds a text with "***" for the password of each URL in it, and for each value of its query whose
 * name sounds like a secret. The text may be escaped. `is_cut`: it may end amid a password. True:
 * something was hidden. */
bool redact_add_text(struct strbuf *out, const char *text, size_t length, bool is_cut);

/* Whether a parameter or a header of this name sounds like a secret. */
bool redact_hides(const char *name, size_t length);

#endif
