/* SPDX-License-Identifier: MIT */
/* Shows options: with their values for GET /_emulator/info, and as --help. */
#include "options.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "option.h"
#include "util/memory.h"

/* ── description ─────────────────────────────────────────────────────────────────────────── */

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

const char *config_describe(struct config *config)
{
	json_t *object = json_object();
	for (size_t i = 0; i < OPTION_COUNT; i++)
		json_object_set_new(object, options[i].name, value_of(&options[i], config));
	char *text = json_dumps(object, JSON_COMPACT);
	const char *copy = text != NULL ? arena_copy(&config->arena, text, strlen(text)) : NULL;
	free(text);
	json_decref(object);
	return memory_ran_out() ? NULL : copy;
}

/* ── help ────────────────────────────────────────────────────────────────────────────────── */

/* Prints words, breaking lines before they reach column 80. */
static void print_wrapped(FILE *out, const char *text)
{
	const int indent = 6, width = 80;
	int column = 0;
	while (*text != '\0') {
		const int length = (int)strcspn(text, " ");
		if (column == 0 || column + 1 + length > width) {
			fprintf(out, "%s%*s", column == 0 ? "" : "\n", indent, "");
			column = indent;
		} else {
			fputc(' ', out);
			column++;
		}
		fprintf(out, "%.*s", length, text);
		column += length;
		text += length;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

void config_print_help(FILE *out)
{
	fputs("Usage: supersimd [OPTION]…\n"
	      "Serves an emulation of Twilio's Super SIM REST API.\n\n"
	      "Each option is also a variable (--log-level is SUPERSIM_LOG_LEVEL; lists are\n"
	      "separated by commas) and a key of --config's file (\"log-level\").\n\n",
		out);
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const struct option *option = &options[i];
		fprintf(out, "  --%s %s", option->name, option->argument);
		if (option->initial != NULL)
			fprintf(out, "  (default %s)", option->initial);
		fputc('\n', out);
		print_wrapped(out, option->help);
	}
	fputs("  --print-fidelity\n      Print docs/fidelity.md: what rests on what.\n"
	      "  --print-errors\n      Print docs/errors.md: what each error means, what helps.\n"
	      "  --version\n      Print the version.\n  --help\n      Print this.\n",
		out);
}
