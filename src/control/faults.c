/* SPDX-License-Identifier: MIT */
/* The control API's faults and limits: what is to go wrong with an account's requests and webhooks,
 * and how many requests it may have in work at once. */
#include <string.h>

#include "control/control.h"
#include "control/possible.h"
#include "engine/faults.h"
#include "util/clock.h"

enum { CONCURRENT_MAXIMUM = 100000 };

static struct traffic *traffic_of(const struct request *request)
{
	return request->emulator->watch->traffic;
}

/* ── reading rules ───────────────────────────────────────────────────────────────────────── */

/* What a call is given, and what is made of it. */
struct arguments {
	struct fault_rules rules;
	bool has_seed;
	int64_t seed;
	int64_t concurrent;
};

static struct api_error check_rule(
	struct request *request, const char *at, const struct fault_rule *rule)
{
	const struct parameters *of_webhook = &rule->match.query;
	if (rule->side == FAULT_OF_REQUEST)
		return possible_check_request(request, at, POSSIBLE_ROOT, &rule->match);
	for (size_t i = 0; i < of_webhook->count; i++) {
		if (strcmp(of_webhook->items[i].name, "event") == 0)
			return possible_check_event(request,
				arena_format(&request->arena, "%sevent", at),
				of_webhook->items[i].value);
	}
	return error_none();
}

static struct api_error check_rules(struct request *request, const struct fault_rules *rules)
{
	struct api_error error = error_none();
	for (size_t i = 0; i < rules->count && !is_error(error); i++)
		error = check_rule(request, arena_format(&request->arena, "faults[%zu].match.", i),
			&rules->items[i]);
	return error;
}

static struct api_error begin(struct request *request, const char *hint)
{
	request->hint = hint;
	request->arguments = arena_alloc(&request->arena, sizeof(struct arguments));
	return request->arguments != NULL ? control_parse(request) : error_internal();
}

#define RULE_HINT                                                                                  \
	"{\"match\": {\"operation\": \"CreateFleet\"}, \"count\": 1, \"when\": \"after_commit\", " \
	"\"then\": {\"reset\": true}}"

/* ── the list ────────────────────────────────────────────────────────────────────────────── */

static struct api_error run_show(struct request *request, struct context *context)
{
	struct strbuf *out = &request->reply.body;
	(void)context;
	strbuf_add_char(out, '{');
	traffic_add_faults(traffic_of(request), request->caller.account_sid, out);
	strbuf_add_char(out, '}');
	return error_none();
}

const struct operation control_list_faults = {
	.parse = control_parse_nothing, .run = run_show, .status = 200
};

static struct api_error read_seed(const json_t *value, struct arguments *arguments)
{
	arguments->has_seed = value != NULL && !json_is_null(value);
	arguments->seed = json_integer_value(value);
	if (!arguments->has_seed || (json_is_integer(value) && arguments->seed >= 0))
		return error_none();
	struct api_error error = control_error(CONTROL_VALUE, "seed");
	error.hint = "a whole number, 0 or more; null for the process's: --rng-seed";
	return error;
}

/* Finds the list in {"seed", "faults"}. */
static struct api_error read_document(struct request *request, const json_t **ret_list)
{
	static const char *const known[] = { "seed", "faults", NULL };
	const char *name;
	json_t *value;
	if (!json_is_object(request->document))
		return control_error(CONTROL_BODY_IS_NO_OBJECT, NULL);
	json_object_foreach(request->document, name, value)
	{
		if (strcmp(name, "seed") == 0 || strcmp(name, "faults") == 0)
			continue;
		struct api_error error = control_error(CONTROL_UNKNOWN_KEY, name);
		error.hint = control_unknown_hint(request, name, known);
		return error;
	}
	*ret_list = json_object_get(request->document, "faults");
	if (*ret_list == NULL)
		return control_error(CONTROL_MISSING_KEY, "faults");
	return read_seed(json_object_get(request->document, "seed"), request->arguments);
}

static struct api_error parse_replace(struct request *request)
{
	struct problem problem;
	struct api_error error = begin(request, "{\"seed\": 42, \"faults\": [" RULE_HINT "]}");
	struct arguments *arguments = request->arguments;
	const json_t *list = request->document;
	if (!is_error(error) && !json_is_array(list))
		error = read_document(request, &list);
	if (!is_error(error) && !fault_rules_read(&request->arena, list, clock_now_ms(),
					&arguments->rules, &problem))
		error = control_problem(request, &problem, NULL);
	return !is_error(error) ? check_rules(request, &arguments->rules) : error;
}

/* Keeps the account's settings with these rules. */
static struct api_error save(struct request *request, struct context *context,
	struct traffic_settings *settings, const struct fault_rules *rules, bool anew)
{
	settings->rules = fault_rules_text(context->arena, rules);
	return faults_save(
		context, traffic_of(request), settings, anew, &request->change_of_traffic);
}

static struct api_error run_replace(struct request *request, struct context *context)
{
	const struct arguments *arguments = request->arguments;
	struct strbuf *out = &request->reply.body;
	struct traffic_settings settings;
	struct fault_rules before;
	struct api_error error = faults_fetch(context, &settings, &before);
	if (is_error(error))
		return error;
	settings.has_seed = arguments->has_seed;
	settings.seed = arguments->seed;
	error = save(request, context, &settings, &arguments->rules, true);
	strbuf_add_text(out, "{\"seed\":");
	if (arguments->has_seed)
		strbuf_add_integer(out, arguments->seed);
	else
		strbuf_add_text(out, "null");
	strbuf_add_text(out, ",\"faults\":[");
	for (size_t i = 0; i < arguments->rules.count; i++) {
		strbuf_add_text(out, i > 0 ? "," : "");
		fault_rule_add_fresh(out, &arguments->rules.items[i]);
	}
	strbuf_add_text(out, "]}");
	return error;
}

const struct operation control_replace_faults = {
	.parse = parse_replace, .run = run_replace, .status = 200, .writes = true
};

static struct api_error parse_clear(struct request *request)
{
	request->arguments = arena_alloc(&request->arena, sizeof(struct arguments));
	return request->arguments != NULL ? control_parse_nothing(request) : error_internal();
}

static struct api_error run_clear(struct request *request, struct context *context)
{
	const struct api_error error = run_replace(request, context);
	request_empty_buffer(&request->reply.body);
	return error;
}

const struct operation control_clear_faults = {
	.parse = parse_clear, .run = run_clear, .status = 204, .writes = true
};

/* ── one rule ────────────────────────────────────────────────────────────────────────────── */

static struct api_error parse_add(struct request *request)
{
	struct problem problem;
	const struct api_error error = begin(request, RULE_HINT);
	struct arguments *arguments = request->arguments;
	if (is_error(error))
		return error;
	arguments->rules.items = arena_alloc(&request->arena, sizeof(struct fault_rule));
	arguments->rules.count = 1;
	if (arguments->rules.items == NULL)
		return error_internal();
	if (!fault_rule_read(&request->arena, "", request->document, clock_now_ms(),
		    arguments->rules.items, &problem))
		return control_problem(request, &problem, NULL);
	return check_rule(request, "match.", arguments->rules.items);
}

static struct api_error run_add(struct request *request, struct context *context)
{
	const struct arguments *arguments = request->arguments;
	const struct fault_rule *added = arguments->rules.items;
	struct traffic_settings settings;
	struct fault_rules rules;
	struct api_error error = faults_fetch(context, &settings, &rules);
	if (is_error(error))
		return error;
	if (fault_rules_find(&rules, added->id) != NULL)
		return control_error(CONTROL_FAULT_ID_TAKEN, "id");
	if (rules.count >= FAULT_RULES_MAXIMUM)
		return control_error(CONTROL_TOO_MANY_FAULTS, NULL);
	rules.items[rules.count++] = *added; /* fault_rules_read leaves room for one */
	error = save(request, context, &settings, &rules, false);
	fault_rule_add_fresh(&request->reply.body, added);
	return error;
}

const struct operation control_add_fault = {
	.parse = parse_add, .run = run_add, .status = 201, .writes = true
};

static struct api_error run_remove(struct request *request, struct context *context)
{
	struct traffic_settings settings;
	struct fault_rules rules;
	const struct api_error error = faults_fetch(context, &settings, &rules);
	if (is_error(error))
		return error;
	const struct fault_rule *removed = fault_rules_find(&rules, request->identifier);
	if (removed == NULL)
		return control_error(CONTROL_NO_FAULT, NULL);
	const size_t after = rules.count - (size_t)(removed - rules.items) - 1;
	memmove(rules.items + rules.count - after - 1, removed + 1, after * sizeof(*removed));
	rules.count--;
	return save(request, context, &settings, &rules, false);
}

const struct operation control_remove_fault = {
	.parse = control_parse_nothing, .run = run_remove, .status = 204, .writes = true
};

/* ── limits ──────────────────────────────────────────────────────────────────────────────── */

static void add_limit(struct strbuf *out, int64_t concurrent)
{
	strbuf_add_text(out, "{\"concurrent\":");
	if (concurrent > 0)
		strbuf_add_integer(out, concurrent);
	else
		strbuf_add_text(out, "null");
}

static struct api_error run_show_limits(struct request *request, struct context *context)
{
	int64_t concurrent;
	unsigned in_work;
	(void)context;
	traffic_read_limit(traffic_of(request), request->caller.account_sid, &concurrent, &in_work);
	add_limit(&request->reply.body, concurrent);
	strbuf_add_format(&request->reply.body, ",\"in_work\":%u}", in_work);
	return error_none();
}

const struct operation control_show_limits = {
	.parse = control_parse_nothing, .run = run_show_limits, .status = 200
};

static struct api_error parse_limits(struct request *request)
{
	static const char *const known[] = { "concurrent", NULL };
	const char *name;
	json_t *value;
	const struct api_error error =
		begin(request, "{\"concurrent\": 20}: 1 to 100000, or null for no limit");
	struct arguments *arguments = request->arguments;
	if (is_error(error))
		return error;
	if (!json_is_object(request->document))
		return control_error(CONTROL_BODY_IS_NO_OBJECT, NULL);
	json_object_foreach(request->document, name, value)
	{
		if (strcmp(name, "concurrent") == 0)
			continue;
		struct api_error unknown = control_error(CONTROL_UNKNOWN_KEY, name);
		unknown.hint = control_unknown_hint(request, name, known);
		return unknown;
	}
	value = json_object_get(request->document, "concurrent");
	if (value == NULL)
		return control_error(CONTROL_MISSING_KEY, "concurrent");
	arguments->concurrent = json_integer_value(value);
	const bool good =
		json_is_null(value) || (json_is_integer(value) && arguments->concurrent >= 1 &&
					       arguments->concurrent <= CONCURRENT_MAXIMUM);
	return good ? error_none() : control_error(CONTROL_VALUE, "concurrent");
}

static struct api_error run_set_limits(struct request *request, struct context *context)
{
	const struct arguments *arguments = request->arguments;
	struct traffic_settings settings;
	struct fault_rules rules;
	struct api_error error = faults_fetch(context, &settings, &rules);
	if (is_error(error))
		return error;
	settings.concurrent = arguments->concurrent;
	error = save(request, context, &settings, &rules, false);
	add_limit(&request->reply.body, arguments->concurrent);
	strbuf_add_char(&request->reply.body, '}');
	return error;
}

const struct operation control_set_limits = {
	.parse = parse_limits, .run = run_set_limits, .status = 200, .writes = true
};
