/* SPDX-License-Identifier: MIT */
/* What a fault does, as its rule's `then` says it: at most one thing, and perhaps late. */
#ifndef WATCH_FAULT_EFFECT_H
#define WATCH_FAULT_EFFECT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "util/arena.h"
#include "watch/matcher.h"

enum {
	FAULT_TIME_MAXIMUM_MS = 600 * 1000, /* of a latency or a stall */
	FAULT_TRUNCATE_BELOW = 16 * 1024 * 1024
};

enum fault_side { FAULT_OF_REQUEST, FAULT_OF_WEBHOOK };

enum fault_kind {
	FAULT_LATENCY, /* and nothing else */
	FAULT_STATUS,
	FAULT_CLOSE,
	FAULT_RESET,
	FAULT_TRUNCATE,
	FAULT_STALL,
	FAULT_TIMEOUT /* of a webhook: as if its receiver had not answered */
};

/* How long something waits. */
struct latency {
	enum latency_kind { LATENCY_NONE, LATENCY_FIXED, LATENCY_UNIFORM, LATENCY_LOGNORMAL } kind;
	int64_t least_ms, most_ms; /* the fixed one, and the median, are `least_ms` */
	double sigma;
};

/* What happens. */
struct fault_effect {
	enum fault_kind kind;
	struct latency latency; /* before that */
	int status, code;	/* code 0: the one that belongs to the status */
	int64_t retry_after_s;	/* -1: not said */
	int64_t truncate;	/* bytes of the body that are sent */
	int64_t stall_ms;
};

/* Whether `then` may have this key, of whatever side. */
bool fault_effect_has_key(const char *name);

/* Reads `then` of a rule for a side. `at` is "then." and what precedes it; texts of the problem are
 * in the arena, or static. False with `problem`. */
bool fault_effect_read(struct arena *arena, const char *at, const json_t *value,
	enum fault_side side, struct fault_effect *ret_effect, struct problem *problem);

#endif
