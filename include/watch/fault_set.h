/* SPDX-License-Identifier: MIT */
/*
 * The fault rules of one account, with what became of each: they are tried in their order, and the
 * first that matches hits. Whoever uses a set locks it.
 *
 * A rule matches what fits its `match` when its dice say so; of those that match it lets `skip` go
 * free, and then hits `count`. What it does not hit, the rules after it may.
 *
 * Dice are no memory but a function of the seed, the rule's place and how many fitted it so far:
 * the same requests meet the same dice.
 */
#ifndef WATCH_FAULT_SET_H
#define WATCH_FAULT_SET_H

#include <stdint.h>

#include "model/sid.h"
#include "watch/fault_rule.h"

struct fault_set;

/* A rule that hits. */
struct fault_hit {
	char id[FAULT_ID_SIZE];
	struct fault_effect then;
	bool after_commit;
	int64_t delay_ms; /* what its latency comes to */
};

/* Makes a set of what fault_rules_text made. NULL without memory, or when it is something else. */
struct fault_set *fault_set_new(const char *rules_text, uint64_t seed);
void fault_set_free(struct fault_set *set);

size_t fault_set_count(const struct fault_set *set);

/* How many of the rules have hit nothing. */
size_t fault_set_count_unused(const struct fault_set *set);

/* Whether one of its rules has this id. */
bool fault_set_has(const struct fault_set *set, const char *id);

/* Which keys of a matcher the rules of a side look at; `ret_any`: whether there are such rules. */
unsigned fault_set_looks_at(const struct fault_set *set, enum fault_side side, bool *ret_any);

/* Lets the rules that were in `before`, too, go on where they were there. */
void fault_set_inherit(struct fault_set *set, const struct fault_set *before);

/*
 * Finds the rule that hits what is seen, and counts it. `sid` is what is noted of it: the request's
 * id, or the delivery's. False: none does.
 */
bool fault_set_take(struct fault_set *set, enum fault_side side, const struct request_view *view,
	const char *sid, int64_t now_ms, struct fault_hit *ret_hit);

/* Adds the list of rules as JSON, each with its hits. */
void fault_set_add(struct strbuf *out, const struct fault_set *set, int64_t now_ms);

/* Adds one rule as JSON, as it is shown before anything has met it. */
void fault_rule_add_fresh(struct strbuf *out, const struct fault_rule *rule);

#endif
