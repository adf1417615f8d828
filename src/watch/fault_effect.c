/* SPDX-License-Identifier: MIT */
#include "watch/fault_effect.h"

#include <string.h>

#include "util/count.h"

#define TIME_RANGE "1 to 600000 milliseconds"

/* One value after the other is put into the effect. */
struct reading {
	struct fault_effect *effect;
	enum fault_side side;
};

/* A whole number from `least` to `most`. */
static bool read_number(const json_t *value, int64_t least, int64_t most, int64_t *ret_number)
{
	*ret_number = json_integer_value(value);
	return json_is_integer(value) && *ret_number >= least && *ret_number <= most;
}

static bool read_time(const json_t *value, int64_t *ret_ms)
{
	return read_number(value, 1, FAULT_TIME_MAXIMUM_MS, ret_ms);
}

/* ── kinds ───────────────────────────────────────────────────────────────────────────────── */

/* A webhook may be answered well, too: nothing is sent then. */
static bool read_status(struct reading *reading, const json_t *value)
{
	int64_t status;
	if (!read_number(value, reading->side == FAULT_OF_WEBHOOK ? 200 : 400, 599, &status))
		return false;
	reading->effect->status = (int)status;
	return true;
}

static bool read_true(struct reading *reading, const json_t *value)
{
	(void)reading;
	return json_is_true(value);
}

static bool read_truncate(struct reading *reading, const json_t *value)
{
	return read_number(value, 0, FAULT_TRUNCATE_BELOW - 1, &reading->effect->truncate);
}

static bool read_stall(struct reading *reading, const json_t *value)
{
	return read_time(value, &reading->effect->stall_ms);
}

/* ── what goes with them ─────────────────────────────────────────────────────────────────── */

static bool read_code(struct reading *reading, const json_t *value)
{
	int64_t code;
	if (!read_number(value, 1, 999999, &code))
		return false;
	reading->effect->code = (int)code;
	return true;
}

static bool read_retry_after(struct reading *reading, const json_t *value)
{
	return read_number(value, 0, 86400, &reading->effect->retry_after_s);
}

static bool read_fixed(struct latency *latency, const json_t *value)
{
	latency->kind = LATENCY_FIXED;
	return read_time(value, &latency->least_ms);
}

static bool read_latency_ms(struct reading *reading, const json_t *value)
{
	return read_fixed(&reading->effect->latency, value);
}

static bool read_uniform(struct latency *latency, const json_t *value)
{
	latency->kind = LATENCY_UNIFORM;
	return json_array_size(value) == 2 &&
	       read_number(
		       json_array_get(value, 0), 0, FAULT_TIME_MAXIMUM_MS, &latency->least_ms) &&
	       read_time(json_array_get(value, 1), &latency->most_ms) &&
	       latency->least_ms <= latency->most_ms;
}

static bool read_lognormal(struct latency *latency, const json_t *value)
{
	const json_t *sigma = json_object_get(value, "sigma");
	latency->kind = LATENCY_LOGNORMAL;
	latency->sigma = json_number_value(sigma);
	return json_object_size(value) == 2 && json_is_number(sigma) && latency->sigma > 0 &&
	       latency->sigma <= 10 &&
	       read_time(json_object_get(value, "median_ms"), &latency->least_ms);
}

/* One of three forms. */
static bool read_latency(struct reading *reading, const json_t *value)
{
	static const struct {
		const char *name;
		bool (*read)(struct latency *latency, const json_t *value);
	} forms[] = {
		{ "fixed_ms", read_fixed },
		{ "uniform_ms", read_uniform },
		{ "lognormal", read_lognormal },
	};
	for (size_t i = 0; i < COUNT_OF(forms); i++) {
		const json_t *form = json_object_get(value, forms[i].name);
		if (form != NULL)
			return json_object_size(value) == 1 &&
			       forms[i].read(&reading->effect->latency, form);
	}
	return false;
}

/* ── the keys ────────────────────────────────────────────────────────────────────────────── */

enum { OF_REQUESTS = 1 << FAULT_OF_REQUEST, OF_WEBHOOKS = 1 << FAULT_OF_WEBHOOK };

static const struct key {
	const char *name;
	bool (*read)(struct reading *reading, const json_t *value);
	unsigned sides;
	enum fault_kind kind; /* FAULT_LATENCY: none, it goes with others */
	bool of_status;	      /* it goes with a status only */
	const char *hint;
} keys[] = {
	{ "status", read_status, OF_REQUESTS | OF_WEBHOOKS, FAULT_STATUS,
		.hint = "400 to 599; 200 to 599 as the answer to a webhook" },
	{ "close", read_true, OF_REQUESTS | OF_WEBHOOKS, FAULT_CLOSE, .hint = "true" },
	{ "reset", read_true, OF_REQUESTS, FAULT_RESET, .hint = "true" },
	{ "truncate", read_truncate, OF_REQUESTS, FAULT_TRUNCATE,
		.hint = "so many bytes of the body are sent: 0 to 16777215" },
	{ "stall_ms", read_stall, OF_REQUESTS, FAULT_STALL, .hint = TIME_RANGE },
	{ "timeout", read_true, OF_WEBHOOKS, FAULT_TIMEOUT, .hint = "true" },
	{ "latency_ms", read_latency_ms, OF_REQUESTS | OF_WEBHOOKS, FAULT_LATENCY,
		.hint = TIME_RANGE },
	{ "latency", read_latency, OF_REQUESTS | OF_WEBHOOKS, FAULT_LATENCY,
		.hint = "{\"fixed_ms\": 100} | {\"uniform_ms\": [50, 200]} | {\"lognormal\": "
			"{\"median_ms\": 100, \"sigma\": 0.5}}: " TIME_RANGE },
	{ "code", read_code, OF_REQUESTS, FAULT_LATENCY, true, "Twilio's code, as 20429" },
	{ "retry_after", read_retry_after, OF_REQUESTS, FAULT_LATENCY, true, "0 to 86400 seconds" },
};

static const char *const hints[] = {
	[FAULT_OF_REQUEST] = "one of status (with code, retry_after), close, reset, truncate, "
			     "stall_ms; latency_ms or latency, beside it or alone",
	[FAULT_OF_WEBHOOK] = "one of status, close, timeout; latency_ms or latency, beside it or "
			     "alone: a webhook has no others",
};

static const struct key *key_named(const char *name, enum fault_side side)
{
	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		if (strcmp(keys[i].name, name) == 0 && (keys[i].sides & 1U << side))
			return &keys[i];
	}
	return NULL;
}

bool fault_effect_has_key(const char *name)
{
	return key_named(name, FAULT_OF_REQUEST) != NULL ||
	       key_named(name, FAULT_OF_WEBHOOK) != NULL;
}

/* The first key that contradicts those before it, or NULL. */
static const char *contradiction(const json_t *value)
{
	bool has_kind = false;
	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		const struct key *key = &keys[i];
		const bool is_kind = key->kind != FAULT_LATENCY;
		if (json_object_get(value, key->name) == NULL)
			continue;
		if ((is_kind && has_kind) ||
			(key->of_status && json_object_get(value, "status") == NULL))
			return key->name;
		has_kind = has_kind || is_kind;
	}
	const bool twice = json_object_get(value, "latency_ms") != NULL &&
			   json_object_get(value, "latency") != NULL;
	return twice ? "latency" : NULL;
}

static bool refuse(
	struct problem *problem, enum problem_kind kind, const char *field, const char *hint)
{
	*problem = (struct problem){ .kind = kind, .field = field, .hint = hint };
	return false;
}

bool fault_effect_read(struct arena *arena, const char *at, const json_t *value,
	enum fault_side side, struct fault_effect *ret_effect, struct problem *problem)
{
	struct reading reading = { ret_effect, side };
	const char *name;
	json_t *each;
	*ret_effect = (struct fault_effect){ .retry_after_s = -1 };
	const char *whole = arena_copy(arena, at, strlen(at) - 1);
	if (json_object_size(value) == 0)
		return refuse(problem, PROBLEM_VALUE, whole, hints[side]);
	json_object_foreach((json_t *)(void *)(size_t)value, name, each)
	{
		const struct key *key = key_named(name, side);
		const char *field = arena_format(arena, "%s%s", at, name);
		if (key == NULL)
			return refuse(problem, PROBLEM_UNKNOWN_KEY, field, hints[side]);
		if (!key->read(&reading, each))
			return refuse(problem, PROBLEM_VALUE, field, key->hint);
		if (key->kind != FAULT_LATENCY)
			ret_effect->kind = key->kind;
	}
	name = contradiction(value);
	return name == NULL ||
	       refuse(problem, PROBLEM_VALUE, arena_format(arena, "%s%s", at, name), hints[side]);
}
