/* SPDX-License-Identifier: MIT */
/* An account's clock as JSON: {"mode": "real" | "frozen" | "scaled", "now": "…Z", "rate": 10}. */
#ifndef SEED_CLOCK_DOCUMENT_H
#define SEED_CLOCK_DOCUMENT_H

#include <jansson.h>

#include "model/account_clock.h"

/*
 * Reads a clock. What is not given stays as in `current`, which shows its time at `real_ms`. Gives
 * the key that is wrong ("" for the whole), or NULL when all is well. `scaled` needs a rate.
 */
const char *clock_document_read(const json_t *object, const struct account_clock *current,
	int64_t real_ms, struct account_clock *ret_clock);

/* The clock at `real_ms` as a new object, or NULL without memory. */
json_t *clock_document_write(const struct account_clock *clock, int64_t real_ms);

#endif
