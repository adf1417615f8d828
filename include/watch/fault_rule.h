/* SPDX-License-Identifier: MIT */
/*
 * A fault rule: which requests, or which webhooks, fare badly, and how.
 *
 * In JSON: {"id", "side", "match", "skip", "count", "probability", "for", "when", "then"}, of which
 * only `then` must be given. What a rule was given is kept as text, to be shown as it came.
 */
#ifndef WATCH_FAULT_RULE_H
#define WATCH_FAULT_RULE_H

#include "watch/fault_effect.h"
#include "watch/matcher.h"

enum {
	FAULT_RULES_MAXIMUM = 100, /* of an account */
	FAULT_ID_LENGTH = 64,
	FAULT_ID_SIZE = FAULT_ID_LENGTH + 1
};

enum fault_when { FAULT_BEFORE, FAULT_AFTER_COMMIT };

struct fault_rule {
	char id[FAULT_ID_SIZE]; /* "FA…" unless it was given */
	enum fault_side side;
	/* Of a webhook its event, fleet and url are matched as parameters of a query. */
	struct matcher match;
	int64_t skip;	    /* so many that match go free */
	int64_t count;	    /* so many are hit then; 0: all */
	double probability; /* how likely one that fits is one that matches */
	int64_t expires_ms; /* real time; 0: never */
	enum fault_when when;
	struct fault_effect then;
	const char *match_text, *for_text, *then_text; /* JSON as given; NULL: not given */
};

struct fault_rules {
	struct fault_rule *items;
	size_t count;
};

/*
 * Reads a rule from an object; texts are copied into the arena. `at` is what precedes its keys in a
 * problem's field: "" or "faults[2].". `now_ms` (real time) is what `for` counts from; 0: the rule
 * comes from fault_rules_text, which says when it ends. False with `problem`, or without memory.
 */
bool fault_rule_read(struct arena *arena, const char *at, const json_t *object, int64_t now_ms,
	struct fault_rule *ret_rule, struct problem *problem);

/* Reads a list of rules, whose ids must differ. Its problems are named "faults[2].…". */
bool fault_rules_read(struct arena *arena, const json_t *array, int64_t now_ms,
	struct fault_rules *ret_rules, struct problem *problem);

/* The rule with this id, or NULL. */
const struct fault_rule *fault_rules_find(const struct fault_rules *rules, const char *id);

/* Adds a rule as JSON, without the brace at its end: it may be shown with more. */
void fault_rule_add(struct strbuf *out, const struct fault_rule *rule);

/* Rules as a text to be kept, in the arena. NULL without memory. */
const char *fault_rules_text(struct arena *arena, const struct fault_rules *rules);

/* Reads what fault_rules_text made. False when it is something else, or without memory. */
bool fault_rules_parse(struct arena *arena, const char *text, struct fault_rules *ret_rules);

#endif
