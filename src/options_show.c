/* SPDX-License-Identifier: MIT */
/* Shows options with their values: for GET /_emulator/info, and for --print-config. */
#include "options.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "option.h"
#include "util/memory.h"

/* In the largest unit that divides it: "5m". */
static json_t *duration_value(int64_t ms)
{
	static const struct {
		int64_t ms;
		const char *name;
	} units[] = { { 86400000, "d" }, { 3600000, "h" }, { 60000, "m" }, { 1000, "s" },
		{ 1, "ms" } };
	size_t unit = 0;
	if (ms == 0)
		return json_string("0s");
	while (ms % units[unit].ms != 0)
		unit++;
	return json_sprintf("%lld%s", (long long)(ms / units[unit].ms), units[unit].name);
}

static json_t *texts_of(const struct text_list *list)
{
	json_t *array = json_array();
	for (size_t i = 0; i < list->count; i++)
		json_array_append_new(array, json_string(list->texts[i]));
	return array;
}

static json_t *value_of(const struct option *option, const struct config *config)
{
	const void *place = (const char *)config + option->offset;
	const struct text_list *list = place;
	const char *text = option->kind == OPTION_TEXT ? *(const char *const *)place : NULL;
	switch (option->kind) {
	case OPTION_NUMBER: return json_integer(*(const int64_t *)place);
	case OPTION_DURATION: return duration_value(*(const int64_t *)place);
	case OPTION_CHOICE: return json_string(option->choices[*(const int64_t *)place]);
	case OPTION_LIST:
		return option->secret ? json_sprintf("%zu given", list->count) : texts_of(list);
	case OPTION_TEXT:
		if (text == NULL)
			return json_null();
		return json_string(option->secret ? "***" : text);
	}
	return NULL;
}

/* An object's text, in the arena; the object is freed. NULL without memory. */
static const char *text_of(struct config *config, json_t *object, size_t flags)
{
	char *text = json_dumps(object, flags);
	const char *copy = text != NULL ? arena_copy(&config->arena, text, strlen(text)) : NULL;
	free(text);
	json_decref(object);
	return memory_ran_out() ? NULL : copy;
}

const char *config_describe(struct config *config)
{
	json_t *object = json_object();
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (option_is_for(&options[i], FOR_SERVER))
			json_object_set_new(object, options[i].name, value_of(&options[i], config));
	}
	return text_of(config, object, JSON_COMPACT);
}

const char *config_describe_sources(struct config *config, unsigned command)
{
	static const char *const names[] = { "default", "file", "variable", "flag" };
	json_t *object = json_object();
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (!option_is_for(&options[i], command))
			continue;
		json_t *shown = json_pack("{s:o, s:s}", "value", value_of(&options[i], config),
			"source", names[config->sources[i]]);
		json_object_set_new(object, options[i].name, shown);
	}
	return text_of(config, object, JSON_INDENT(2));
}
