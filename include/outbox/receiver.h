/* SPDX-License-Identifier: MIT */
/* The receiver of a webhook: scheme, host and port of its URL, however that spells them. What an
 * account has for one receiver stands in one lane. */
#ifndef OUTBOX_RECEIVER_H
#define OUTBOX_RECEIVER_H

#include "util/arena.h"

/* "https://example.com:8443": in lower case, without a port that the scheme has anyhow. The URL is
 * an absolute one. NULL without memory. */
const char *receiver_of(struct arena *arena, const char *url);

#endif
