/* SPDX-License-Identifier: MIT */
#include "watch/fault_rule.h"

#include <stdio.h>
#include <string.h>

#include "model/account_clock.h"
#include "model/sid.h"
#include "util/count.h"
#include "util/json_read.h"
#include "util/json_text.h"
#include "watch/fault_effect.h"

enum { RULES_TEXT_MAXIMUM = 16 * 1024 * 1024 };

struct reading {
	struct arena *arena;
	const char *at;
	const json_t *object;
	int64_t now_ms;
	struct fault_rule *rule;
	struct problem *problem;
};

static bool refuse(
	struct problem *problem, enum problem_kind kind, const char *field, const char *hint)
{
	*problem = (struct problem){ .kind = kind, .field = field, .hint = hint };
	return false;
}

/* The same of a key, within a rule. */
static bool refuse_key(
	struct reading *reading, enum problem_kind kind, const char *key, const char *hint)
{
	return refuse(reading->problem, kind,
		arena_format(reading->arena, "%s%s", reading->at, key), hint);
}

/* Of a key of `then` that stands elsewhere; else `otherwise`. */
static const char *then_hint(struct arena *arena, const char *name, const char *otherwise)
{
	return fault_effect_has_key(name) ? arena_format(arena, "%s belongs into `then`", name)
					  : otherwise;
}

/* Of a key of `match` that stands elsewhere; else `otherwise`. */
static const char *match_hint(struct arena *arena, const char *name, const char *otherwise)
{
	static const char *const names[] = { "method", "path", "operation", "form", "query",
		"event", "fleet", "url" };
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		if (strcmp(names[i], name) == 0)
			return arena_format(arena, "%s belongs into `match`", name);
	}
	return otherwise;
}

/* ── the keys of a rule ──────────────────────────────────────────────────────────────────── */

/* An id stands in paths and headers. */
static bool read_id(struct reading *reading, const json_t *value)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_-";
	const char *id = json_string_value(value);
	const size_t length = json_string_length(value);
	if (length == 0 || length > FAULT_ID_LENGTH || strspn(id, letters) != length)
		return false;
	memcpy(reading->rule->id, id, length + 1);
	return true;
}

/* The place of a text among two, or -1. */
static int place_of(const json_t *value, const char *first, const char *second)
{
	const char *text = json_string_value(value);
	if (text == NULL)
		return -1;
	return strcmp(text, first) == 0 ? 0 : strcmp(text, second) == 0 ? 1 : -1;
}

static bool read_side(struct reading *reading, const json_t *value)
{
	const int side = place_of(value, "request", "webhook");
	reading->rule->side = side == 1 ? FAULT_OF_WEBHOOK : FAULT_OF_REQUEST;
	return side >= 0;
}

static bool read_when(struct reading *reading, const json_t *value)
{
	const int when = place_of(value, "before", "after_commit");
	reading->rule->when = when == 1 ? FAULT_AFTER_COMMIT : FAULT_BEFORE;
	return when >= 0;
}

static bool is_fleet_sid(const json_t *value)
{
	const char *text = json_string_value(value);
	return text != NULL && (sid_has_form(text, "HF") || strcmp(text, "*") == 0);
}

/* What a webhook is to be like becomes a matcher's query. */
static bool read_webhook_match(struct reading *reading, const json_t *value)
{
	static const char hint[] = "{\"event\": \"sms_command\", \"fleet\": \"HF…\", \"url\": "
				   "\"http://127.0.0.1:8000/*\"}: a Fleet is named by its SID";
	struct matcher *match = &reading->rule->match;
	const char *name;
	json_t *each;
	if (!json_is_object(value))
		return refuse_key(reading, PROBLEM_VALUE, "match", hint);
	json_object_foreach((json_t *)(void *)(size_t)value, name, each)
	{
		const char *field = arena_format(reading->arena, "match.%s", name);
		const bool is_fleet = strcmp(name, "fleet") == 0;
		if (!is_fleet && strcmp(name, "event") != 0 && strcmp(name, "url") != 0)
			return refuse_key(reading, PROBLEM_UNKNOWN_KEY, field, hint);
		if (!json_is_string(each) || (is_fleet && !is_fleet_sid(each)))
			return refuse_key(reading, PROBLEM_VALUE, field, hint);
	}
	return matcher_read_key(
		reading->arena, reading->at, "query", value, MATCH_QUERY, match, reading->problem);
}

static bool read_match(struct reading *reading, const json_t *value)
{
	reading->rule->match_text = json_text_copy(reading->arena, (json_t *)(void *)(size_t)value);
	if (reading->rule->side == FAULT_OF_WEBHOOK)
		return read_webhook_match(reading, value);
	const char *at = arena_format(reading->arena, "%smatch.", reading->at);
	if (!json_is_object(value))
		return refuse_key(reading, PROBLEM_VALUE, "match", NULL);
	if (at == NULL || matcher_read(reading->arena, at, value, MATCH_REQUEST,
				  &reading->rule->match, reading->problem))
		return at != NULL;
	const char *field = reading->problem->field;
	if (reading->problem->kind == PROBLEM_UNKNOWN_KEY && field != NULL)
		reading->problem->hint = then_hint(reading->arena, field + strlen(at),
			"there are method, path, operation, query and form; of "
			"\"side\": \"webhook\" event, fleet and url");
	return false;
}

static bool read_natural(const json_t *value, int64_t least, int64_t *ret_number)
{
	*ret_number = json_integer_value(value);
	return json_is_integer(value) && *ret_number >= least && *ret_number <= INT64_MAX / 16;
}

static bool read_skip(struct reading *reading, const json_t *value)
{
	return read_natural(value, 0, &reading->rule->skip);
}

static bool read_count(struct reading *reading, const json_t *value)
{
	reading->rule->count = 0;
	return json_is_null(value) || read_natural(value, 1, &reading->rule->count);
}

static bool read_probability(struct reading *reading, const json_t *value)
{
	reading->rule->probability = json_number_value(value);
	return json_is_number(value) && reading->rule->probability > 0 &&
	       reading->rule->probability <= 1;
}

static bool read_for(struct reading *reading, const json_t *value)
{
	const char *text = json_string_value(value);
	int64_t for_ms;
	if (text == NULL || !duration_parse(text, &for_ms) || for_ms == 0)
		return false;
	reading->rule->for_text = arena_copy(reading->arena, text, strlen(text));
	reading->rule->expires_ms = reading->now_ms + for_ms;
	return reading->rule->for_text != NULL;
}

/* Only a text that we made says it; `for` stands before it. */
static bool read_expires_at(struct reading *reading, const json_t *value)
{
	return reading->now_ms == 0 && read_natural(value, 1, &reading->rule->expires_ms);
}

static bool read_then(struct reading *reading, const json_t *value)
{
	const char *at = arena_format(reading->arena, "%sthen.", reading->at);
	reading->rule->then_text = json_text_copy(reading->arena, (json_t *)(void *)(size_t)value);
	return at != NULL && fault_effect_read(reading->arena, at, value, reading->rule->side,
				     &reading->rule->then, reading->problem);
}

/* What is shown of a rule is taken back, and not looked at. */
static bool read_shown(struct reading *reading, const json_t *value)
{
	(void)reading;
	(void)value;
	return true;
}

/* In the order in which they are read: what others depend on comes first. */
static const struct key {
	const char *name;
	bool (*read)(struct reading *reading, const json_t *value);
	const char *hint;
} keys[] = {
	{ "id", read_id, "1 to 64 letters, digits, _ and -" },
	{ "side", read_side, "\"request\" | \"webhook\"" },
	{ "match", read_match, "an object, as {\"method\": \"POST\", \"path\": \"/v1/Fleets\"}" },
	{ "skip", read_skip, "how many requests that match go free: 0 or more" },
	{ "count", read_count, "how many are hit: 1 or more, or null for all" },
	{ "probability", read_probability,
		"more than 0, at most 1; to hit nothing, take the rule out" },
	{ "for", read_for, "a duration, as \"30s\"" },
	{ "when", read_when, "\"before\" | \"after_commit\"" },
	{ "then", read_then, "an object, as {\"status\": 503}" },
	{ "expires_at_ms", read_expires_at, "\"for\": \"30s\" says how long a rule lasts" },
	{ "hits", read_shown, NULL },
	{ "last", read_shown, NULL },
	{ "expires", read_shown, NULL },
	{ "exhausted", read_shown, NULL },
};

#define KEYS_HINT "there are id, side, match, skip, count, probability, for, when and then"

static bool is_known(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		if (strcmp(keys[i].name, name) == 0)
			return true;
	}
	return false;
}

static bool read_keys(struct reading *reading)
{
	const char *name;
	json_t *each;
	json_object_foreach((json_t *)(void *)(size_t)reading->object, name, each)
	{
		if (!is_known(name))
			return refuse_key(reading, PROBLEM_UNKNOWN_KEY, name,
				then_hint(reading->arena, name,
					match_hint(reading->arena, name, KEYS_HINT)));
	}
	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		const json_t *value = json_object_get(reading->object, keys[i].name);
		if (value == NULL || keys[i].read(reading, value))
			continue;
		if (reading->problem->field == NULL)
			refuse_key(reading, PROBLEM_VALUE, keys[i].name, keys[i].hint);
		else if (reading->problem->hint == NULL)
			reading->problem->hint = keys[i].hint;
		return false;
	}
	return true;
}

/* What each key may be, but not with the others. */
static bool check(struct reading *reading)
{
	const struct fault_rule *rule = reading->rule;
	if (json_object_get(reading->object, "then") == NULL)
		return refuse_key(reading, PROBLEM_MISSING_KEY, "then",
			"what happens, as {\"status\": 503} or {\"reset\": true}");
	if (rule->when != FAULT_AFTER_COMMIT)
		return true;
	if (rule->side == FAULT_OF_WEBHOOK)
		return refuse_key(reading, PROBLEM_VALUE, "when",
			"a webhook fails before anything is sent: leave `when` out");
	return rule->then.kind != FAULT_LATENCY ||
	       refuse_key(reading, PROBLEM_VALUE, "when",
		       "an answer that only comes late is not lost: add status, close, reset, "
		       "truncate or stall_ms, or leave `when` out");
}

bool fault_rule_read(struct arena *arena, const char *at, const json_t *object, int64_t now_ms,
	struct fault_rule *ret_rule, struct problem *problem)
{
	struct reading reading = { arena, at, object, now_ms, ret_rule, problem };
	*problem = (struct problem){ .kind = PROBLEM_NONE };
	*ret_rule = (struct fault_rule){ .probability = 1 };
	if (!json_is_object(object))
		return refuse(problem, PROBLEM_VALUE,
			at[0] != '\0' ? arena_copy(arena, at, strlen(at) - 1) : NULL,
			"a rule is an object, as {\"then\": {\"status\": 503}}");
	/* Whoever says how often, or how long, without a count means each time. */
	const bool has_end = json_object_get(object, "probability") == NULL &&
			     json_object_get(object, "for") == NULL;
	ret_rule->count = has_end ? 1 : 0;
	sid_make("FA", ret_rule->id);
	return read_keys(&reading) && check(&reading);
}

/* ── lists ───────────────────────────────────────────────────────────────────────────────── */

const struct fault_rule *fault_rules_find(const struct fault_rules *rules, const char *id)
{
	for (size_t i = 0; i < rules->count; i++) {
		if (strcmp(rules->items[i].id, id) == 0)
			return &rules->items[i];
	}
	return NULL;
}

bool fault_rules_read(struct arena *arena, const json_t *array, int64_t now_ms,
	struct fault_rules *ret_rules, struct problem *problem)
{
	const size_t count = json_array_size(array);
	*ret_rules = (struct fault_rules){ 0 };
	*problem = (struct problem){ .kind = PROBLEM_NONE };
	if (!json_is_array(array) || count > FAULT_RULES_MAXIMUM)
		return refuse(problem, PROBLEM_VALUE, "faults", "a list of at most 100 rules");
	ret_rules->items = arena_alloc(arena, (count + 1) * sizeof(*ret_rules->items));
	if (ret_rules->items == NULL)
		return false;
	for (size_t i = 0; i < count; i++) {
		struct fault_rule rule;
		const char *at = arena_format(arena, "faults[%zu].", i);
		if (at == NULL || !fault_rule_read(arena, at, json_array_get(array, i), now_ms,
					  &rule, problem))
			return false;
		if (fault_rules_find(ret_rules, rule.id) != NULL)
			return refuse(problem, PROBLEM_VALUE, arena_format(arena, "%sid", at),
				"another rule of the list has this id");
		ret_rules->items[ret_rules->count++] = rule;
	}
	return true;
}

/* ── writing ─────────────────────────────────────────────────────────────────────────────── */

void fault_rule_add(struct strbuf *out, const struct fault_rule *rule)
{
	char count[24] = "null";
	if (rule->count > 0)
		snprintf(count, sizeof(count), "%lld", (long long)rule->count);
	strbuf_add_format(out, "{\"id\":\"%s\",\"side\":\"%s\",\"match\":%s,\"skip\":%lld",
		rule->id, rule->side == FAULT_OF_WEBHOOK ? "webhook" : "request",
		rule->match_text != NULL ? rule->match_text : "{}", (long long)rule->skip);
	strbuf_add_format(out, ",\"count\":%s,\"probability\":%.15g,\"when\":\"%s\"", count,
		rule->probability, rule->when == FAULT_AFTER_COMMIT ? "after_commit" : "before");
	if (rule->for_text != NULL)
		strbuf_add_format(out, ",\"for\":\"%s\"", rule->for_text);
	strbuf_add_format(out, ",\"then\":%s", rule->then_text);
}

const char *fault_rules_text(struct arena *arena, const struct fault_rules *rules)
{
	struct strbuf text;
	strbuf_init(&text, RULES_TEXT_MAXIMUM);
	strbuf_add_char(&text, '[');
	for (size_t i = 0; i < rules->count; i++) {
		strbuf_add_text(&text, i > 0 ? "," : "");
		fault_rule_add(&text, &rules->items[i]);
		if (rules->items[i].expires_ms > 0)
			strbuf_add_format(&text, ",\"expires_at_ms\":%lld",
				(long long)rules->items[i].expires_ms);
		strbuf_add_char(&text, '}');
	}
	strbuf_add_char(&text, ']');
	const char *copy = text.failed ? NULL : arena_copy(arena, text.data, text.length);
	strbuf_done(&text);
	return copy;
}

bool fault_rules_parse(struct arena *arena, const char *text, struct fault_rules *ret_rules)
{
	struct problem problem;
	json_t *array = json_read(text, strlen(text), 0, NULL);
	const bool good = array != NULL && fault_rules_read(arena, array, 0, ret_rules, &problem);
	json_decref(array);
	return good;
}
