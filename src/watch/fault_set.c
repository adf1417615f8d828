/* SPDX-License-Identifier: MIT */
#include "watch/fault_set.h"

#include <stdlib.h>
#include <string.h>

#include "util/clock.h"
#include "util/memory.h"
#include "watch/dice.h"

enum { LAST_KEPT = 10 };

/* What became of a rule since it was set, or since the start. */
struct tally {
	int64_t fitted;	 /* so many fitted its `match` */
	int64_t matched; /* and of those so many its dice let match */
	int64_t hits;
	char last[LAST_KEPT][SID_SIZE]; /* a ring: the hit n stands at n % LAST_KEPT */
};

struct fault_set {
	struct arena arena;
	uint64_t seed;
	struct fault_rules rules;
	struct tally *tallies; /* one for each rule */
};

struct fault_set *fault_set_new(const char *rules_text, uint64_t seed)
{
	struct fault_set *set = memory_allocate_zeroed(sizeof(*set));
	if (set == NULL)
		return NULL;
	arena_init(&set->arena);
	set->seed = seed;
	if (fault_rules_parse(&set->arena, rules_text, &set->rules))
		set->tallies =
			arena_alloc(&set->arena, (set->rules.count + 1) * sizeof(*set->tallies));
	if (set->tallies != NULL)
		return set;
	fault_set_free(set);
	return NULL;
}

void fault_set_free(struct fault_set *set)
{
	if (set == NULL)
		return;
	arena_done(&set->arena);
	free(set);
}

size_t fault_set_count(const struct fault_set *set)
{
	return set->rules.count;
}

size_t fault_set_count_unused(const struct fault_set *set)
{
	size_t count = 0;
	for (size_t i = 0; i < set->rules.count; i++)
		count += set->tallies[i].hits == 0;
	return count;
}

bool fault_set_has(const struct fault_set *set, const char *id)
{
	return fault_rules_find(&set->rules, id) != NULL;
}

unsigned fault_set_looks_at(const struct fault_set *set, enum fault_side side, bool *ret_any)
{
	unsigned keys = 0;
	*ret_any = false;
	for (size_t i = 0; i < set->rules.count; i++) {
		const struct fault_rule *rule = &set->rules.items[i];
		if (rule->side != side)
			continue;
		*ret_any = true;
		keys |= rule->match.given;
	}
	return keys;
}

void fault_set_inherit(struct fault_set *set, const struct fault_set *before)
{
	for (size_t i = 0; i < set->rules.count; i++) {
		const struct fault_rule *rule =
			fault_rules_find(&before->rules, set->rules.items[i].id);
		if (rule != NULL)
			set->tallies[i] = before->tallies[rule - before->rules.items];
	}
}

/* ── hitting ─────────────────────────────────────────────────────────────────────────────── */

static bool is_used_up(const struct fault_rule *rule, const struct tally *tally)
{
	return rule->count > 0 && tally->hits >= rule->count;
}

static bool is_over(const struct fault_rule *rule, int64_t now_ms)
{
	return rule->expires_ms > 0 && now_ms >= rule->expires_ms;
}

/* Counts what fits a rule. True when the rule hits it. */
static bool count(const struct fault_rule *rule, struct tally *tally, const struct dice *dice)
{
	tally->fitted++;
	if (dice_throw(dice, 0) >= rule->probability || ++tally->matched <= rule->skip)
		return false;
	return true;
}

static void note_hit(struct tally *tally, const char *sid)
{
	char *place = tally->last[tally->hits++ % LAST_KEPT];
	const size_t length = strnlen(sid, SID_LENGTH);
	memcpy(place, sid, length);
	place[length] = '\0';
}

bool fault_set_take(struct fault_set *set, enum fault_side side, const struct request_view *view,
	const char *sid, int64_t now_ms, struct fault_hit *ret_hit)
{
	for (size_t i = 0; i < set->rules.count; i++) {
		const struct fault_rule *rule = &set->rules.items[i];
		struct tally *tally = &set->tallies[i];
		const struct dice dice = { set->seed, i, (uint64_t)tally->fitted };
		if (rule->side != side || is_used_up(rule, tally) || is_over(rule, now_ms) ||
			!matcher_matches(&rule->match, view) || !count(rule, tally, &dice))
			continue;
		note_hit(tally, sid);
		memcpy(ret_hit->id, rule->id, sizeof(ret_hit->id));
		ret_hit->then = rule->then;
		ret_hit->after_commit = rule->when == FAULT_AFTER_COMMIT;
		ret_hit->delay_ms = dice_latency(&dice, &rule->then.latency);
		return true;
	}
	return false;
}

/* ── showing ─────────────────────────────────────────────────────────────────────────────── */

static void add_shown(struct strbuf *out, const struct fault_rule *rule, const struct tally *tally,
	int64_t now_ms)
{
	fault_rule_add(out, rule);
	if (rule->expires_ms > 0) {
		char expires[CLOCK_TEXT_SIZE];
		clock_format(rule->expires_ms, expires);
		strbuf_add_format(out, ",\"expires\":\"%s\"", expires);
	}
	strbuf_add_format(out, ",\"hits\":%lld,\"last\":[", (long long)tally->hits);
	for (int64_t n = 1; n <= LAST_KEPT && n <= tally->hits; n++)
		strbuf_add_format(out, "%s\"%s\"", n > 1 ? "," : "",
			tally->last[(tally->hits - n) % LAST_KEPT]);
	strbuf_add_format(out, "],\"exhausted\":%s}",
		is_used_up(rule, tally) || is_over(rule, now_ms) ? "true" : "false");
}

void fault_set_add(struct strbuf *out, const struct fault_set *set, int64_t now_ms)
{
	strbuf_add_char(out, '[');
	for (size_t i = 0; i < set->rules.count; i++) {
		strbuf_add_text(out, i > 0 ? "," : "");
		add_shown(out, &set->rules.items[i], &set->tallies[i], now_ms);
	}
	strbuf_add_char(out, ']');
}

void fault_rule_add_fresh(struct strbuf *out, const struct fault_rule *rule)
{
	static const struct tally none;
	add_shown(out, rule, &none, 0);
}
