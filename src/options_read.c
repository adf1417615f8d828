/* SPDX-License-Identifier: MIT */
/* Reads options from the flags, the environment and the configuration file. */
#include "options.h"

#include <ctype.h>
#include <jansson.h>
#include <limits.h>
#include <string.h>

#include "model/account_clock.h"
#include "option.h"
#include "util/cleanup.h"
#include "util/count.h"
#include "util/file.h"
#include "util/json_read.h"
#include "util/memory.h"
#include "util/resemble.h"

enum { FILE_MAXIMUM = 16 * 1024 * 1024 };

/* What our variables begin with. */
#define VARIABLE_PREFIX "SUPERSIM_"
/* Where tests find the server: docs/testing.md. */
#define TESTS_VARIABLE "SUPERSIM_URL"
enum { PREFIX_LENGTH = sizeof(VARIABLE_PREFIX) - 1, NAME_SIZE = 64 };

struct reading {
	const struct config_request *request;
	struct config *config;
	struct failure *failure;
	enum config_source *sources; /* of the value that each option has */
	size_t argument_count;
	bool print; /* --print-config was given */
};

/* ── values ──────────────────────────────────────────────────────────────────────────────── */

static bool read_number(const struct option *option, const char *value, int64_t *ret_number)
{
	if (value[0] == '\0' || strlen(value) > 9 || strspn(value, "0123456789") != strlen(value))
		return false;
	int64_t number = 0;
	for (const char *digit = value; *digit != '\0'; digit++)
		number = number * 10 + (*digit - '0');
	*ret_number = number;
	return number >= option->minimum && number <= option->maximum;
}

static bool read_choice(const struct option *option, const char *value, int64_t *ret_choice)
{
	for (int i = 0; option->choices[i] != NULL; i++) {
		if (strcmp(option->choices[i], value) == 0) {
			*ret_choice = i;
			return true;
		}
	}
	return false;
}

/* Adds a copy of `value` to a list. */
static bool add_text(struct arena *arena, struct text_list *list, const char *value)
{
	const char **texts = arena_alloc(arena, (list->count + 1) * sizeof(*texts));
	const char *copy = arena_copy(arena, value, strlen(value));
	if (texts == NULL || copy == NULL)
		return false;
	if (list->count > 0)
		memcpy(texts, list->texts, list->count * sizeof(*texts));
	texts[list->count++] = copy;
	list->texts = texts;
	return true;
}

static size_t kept_length(const struct option *option, const char *value)
{
	const size_t length = strlen(value);
	const bool dropped =
		option->dropped_end != '\0' && value[length - 1] == option->dropped_end;
	return length - dropped;
}

static bool store_value(struct reading *reading, const struct option *option, const char *value,
	enum config_source source)
{
	void *place = (char *)reading->config + option->offset;
	struct arena *arena = &reading->config->arena;
	const enum config_source *current = &reading->sources[option - options];
	switch (option->kind) {
	case OPTION_NUMBER: return read_number(option, value, place);
	case OPTION_DURATION: return duration_parse(value, place);
	case OPTION_CHOICE: return read_choice(option, value, place);
	case OPTION_LIST:
		if (*current != source)
			((struct text_list *)place)->count = 0;
		return option->accepts(value) && add_text(arena, place, value);
	case OPTION_TEXT:
		if (value[0] == '\0' || (option->accepts != NULL && !option->accepts(value)))
			return false;
		*(const char **)place = arena_copy(arena, value, kept_length(option, value));
		return *(const char **)place != NULL;
	}
	return false;
}

/* A URL may have a password. */
static bool is_secret(const struct option *option, const char *value)
{
	return option->secret || strchr(value, '@') != NULL;
}

/* Says what a value must be. Secrets are not repeated. */
static bool refuse_value(const struct reading *reading, const struct option *option,
	const char *named, const char *value, enum config_source source)
{
	const bool in_file = source == FROM_FILE;
	char range[64];
	snprintf(range, sizeof(range), "a number from %lld to %lld", (long long)option->minimum,
		(long long)option->maximum);
	return failure_set(reading->failure, in_file ? EX_DATAERR : EX_USAGE,
		"%s%s%s %s: must be %s", in_file ? reading->config->config : "",
		in_file ? ": " : "", named, is_secret(option, value) ? "…" : value,
		option->rule != NULL		  ? option->rule
		: option->kind == OPTION_NUMBER	  ? range
		: option->kind == OPTION_DURATION ? "a time such as 5m or 100ms"
						  : option->argument);
}

/* Gives an option a value, unless a stronger source gave one. `named` is how messages call it. */
static bool set_option(struct reading *reading, const struct option *option, const char *named,
	const char *value, enum config_source source)
{
	enum config_source *current = &reading->sources[option - options];
	if (*current > source)
		return true;
	if (!store_value(reading, option, value, source))
		return refuse_value(reading, option, named, value, source);
	*current = source;
	return true;
}

/* The option of this name that any of `commands` takes; NULL: there is none. */
static const struct option *find_option(const char *name, size_t length, unsigned commands)
{
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (option_is_for(&options[i], commands) && strlen(options[i].name) == length &&
			memcmp(options[i].name, name, length) == 0)
			return &options[i];
	}
	return NULL;
}

/* What other programs call it. */
static const char *name_elsewhere(const char *given)
{
	static const struct {
		const char *elsewhere;
		const char *here;
	} names[] = { { "port", "listen" }, { "host", "listen" }, { "bind", "listen" },
		{ "database", "db" }, { "verbose", "log-level" }, { "debug", "log-level" } };
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		if (strcmp(names[i].elsewhere, given) == 0)
			return names[i].here;
	}
	return NULL;
}

/* The option whose name may have been meant; NULL: none is near. */
static const char *nearest_name(const struct reading *reading, const char *given)
{
	unsigned smallest = UINT_MAX;
	const char *nearest = NULL;
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const unsigned distance = text_distance(given, options[i].name);
		if (option_is_for(&options[i], reading->request->command) && distance < smallest) {
			smallest = distance;
			nearest = options[i].name;
		}
	}
	return nearest != NULL ? nearest : name_elsewhere(given);
}

/* ── sources ─────────────────────────────────────────────────────────────────────────────── */

static enum config_result refuse_flag(struct reading *reading, const char *flag)
{
	char given[NAME_SIZE];
	const struct config_request *request = reading->request;
	const char *name = flag + strspn(flag, "-");
	snprintf(given, sizeof(given), "%.*s", (int)strcspn(name, "="), name);
	const bool is_argument = name == flag && request->command_name != NULL;
	const char *meant = is_argument ? NULL : nearest_name(reading, given);
	failure_set(reading->failure, EX_USAGE, "unknown %s %.*s%s%s (see supersimd %s%s)",
		is_argument ? "argument" : "option", (int)strcspn(flag, "="), flag,
		meant != NULL ? ", did you mean --" : "", meant != NULL ? meant : "",
		request->command_name != NULL ? "help " : "--help",
		request->command_name != NULL ? request->command_name : "");
	return CONFIG_FAILED;
}

/* What a flag asks to be printed instead of doing anything; CONFIG_READY: nothing. */
static enum config_result asked_to_print(const struct config_request *request, const char *flag)
{
	static const struct {
		const char *flag;
		enum config_result what;
		bool of_server;
	} printers[] = { { "--help", CONFIG_HELP, false }, { "-h", CONFIG_HELP, false },
		{ "--version", CONFIG_VERSION, true },
		{ "--print-fidelity", CONFIG_FIDELITY, true },
		{ "--print-errors", CONFIG_ERRORS, true },
		{ "--print-options", CONFIG_OPTIONS, true } };
	for (size_t i = 0; i < COUNT_OF(printers); i++) {
		if (strcmp(printers[i].flag, flag) == 0 &&
			(!printers[i].of_server || request->command == FOR_SERVER))
			return printers[i].what;
	}
	return CONFIG_READY;
}

/* The value of a flag that has no `=`: `next`, unless it has none, or stands alone. */
static const char *value_after(const struct option *option, const char *next)
{
	const bool is_alone = next == NULL || strncmp(next, "--", 2) == 0;
	return option->is_switch || (option->stands_alone && is_alone) ? option->choices[1] : next;
}

/* Takes a flag and its value, which may be a word of its own: the first of `next`. */
static enum config_result read_flag(struct reading *reading, const char *flag, char *const **next)
{
	const size_t length = strcspn(flag, "=");
	const struct option *option =
		strncmp(flag, "--", 2) == 0
			? find_option(flag + 2, length - 2, reading->request->command)
			: NULL;
	if (option == NULL)
		return refuse_flag(reading, flag);
	const char *value = flag[length] == '=' ? flag + length + 1 : value_after(option, **next);
	if (value == NULL) {
		failure_set(reading->failure, EX_USAGE, "%s: a value is missing (%s)", flag,
			option->argument);
		return CONFIG_FAILED;
	}
	*next += value == **next;
	char named[32];
	snprintf(named, sizeof(named), "--%s", option->name);
	return set_option(reading, option, named, value, FROM_FLAG) ? CONFIG_READY : CONFIG_FAILED;
}

static void take_argument(struct reading *reading, const char *argument)
{
	reading->config->arguments[reading->argument_count++] = argument;
}

static enum config_result read_flags(struct reading *reading)
{
	const enum config_arguments arguments = reading->request->arguments;
	char *const *next = reading->request->flags;
	enum config_result result = CONFIG_READY;
	bool only_arguments = false;
	while (*next != NULL && result == CONFIG_READY) {
		const char *flag = *next++;
		const bool is_option = flag[0] == '-' && flag[1] != '\0';
		if (only_arguments || (!is_option && arguments != ARGUMENTS_NONE)) {
			take_argument(reading, flag);
			only_arguments = only_arguments || arguments == ARGUMENTS_LAST;
		} else if (strcmp(flag, "--") == 0 && arguments != ARGUMENTS_NONE) {
			only_arguments = true;
		} else if (strcmp(flag, "--print-config") == 0) {
			reading->print = true;
		} else {
			result = asked_to_print(reading->request, flag);
			if (result == CONFIG_READY)
				result = read_flag(reading, flag, &next);
		}
	}
	return result;
}

/* LOG_LEVEL is log-level, and the other way round. */
static void convert_name(const char *name, size_t length, bool to_variable, char *ret_name)
{
	const char from = to_variable ? '-' : '_', to = to_variable ? '_' : '-';
	length = length < NAME_SIZE - 1 ? length : NAME_SIZE - 1;
	for (size_t i = 0; i < length; i++) {
		const int letter = (unsigned char)name[i];
		ret_name[i] = name[i] == from
				      ? to
				      : (char)(to_variable ? toupper(letter) : tolower(letter));
	}
	ret_name[length] = '\0';
}

/* Takes note of a variable that is none of ours, and of the nearest that is. */
static bool note_unknown(struct reading *reading, const char *variable, size_t length)
{
	char given[NAME_SIZE], meant[NAME_SIZE] = "", note[256];
	convert_name(variable + PREFIX_LENGTH, length - PREFIX_LENGTH, false, given);
	const char *name = nearest_name(reading, given);
	if (name != NULL)
		convert_name(name, strlen(name), true, meant);
	snprintf(note, sizeof(note), "the variable %.*s is unknown, and not used%s%s",
		(int)(length < 96 ? length : 96), variable,
		name != NULL ? ": did you mean " VARIABLE_PREFIX : "", meant);
	return add_text(&reading->config->arena, &reading->config->unknown, note) ||
	       failure_set(reading->failure, EX_OSERR, "out of memory");
}

/* The option of a variable's name after its prefix: FLEET_DEFAULTS is fleet-defaults. */
static const struct option *option_of_variable(const char *name, size_t length, unsigned commands)
{
	char lower[32];
	if (length >= sizeof(lower))
		return NULL;
	for (size_t i = 0; i < length; i++) {
		const char letter = name[i];
		if (!(letter >= 'A' && letter <= 'Z') && letter != '_')
			return NULL;
		lower[i] = (char)(letter == '_' ? '-' : letter - 'A' + 'a');
	}
	const struct option *option = find_option(lower, length, commands);
	return option != NULL && !option->flag_only ? option : NULL;
}

/* A variable's value; a list's elements are separated by commas. */
static bool set_from_variable(
	struct reading *reading, const struct option *option, const char *named, const char *value)
{
	if (option->kind != OPTION_LIST)
		return set_option(reading, option, named, value, FROM_ENVIRONMENT);
	for (;;) {
		const size_t length = strcspn(value, ",");
		const char *element = arena_copy(&reading->config->arena, value, length);
		if (element == NULL ||
			!set_option(reading, option, named, element, FROM_ENVIRONMENT))
			return false;
		if (value[length] == '\0')
			return true;
		value += length + 1;
	}
}

static bool read_environment(struct reading *reading)
{
	char *const *environment = reading->request->environment;
	for (size_t i = 0; environment[i] != NULL; i++) {
		const char *variable = environment[i];
		if (strncmp(variable, VARIABLE_PREFIX, PREFIX_LENGTH) != 0)
			continue;
		char named[64];
		const size_t length = strcspn(variable, "=");
		snprintf(named, sizeof(named), "%.*s", (int)length, variable);
		const struct option *option = option_of_variable(variable + PREFIX_LENGTH,
			length - PREFIX_LENGTH, reading->request->command);
		if (option == NULL && strcmp(named, TESTS_VARIABLE) != 0 &&
			!note_unknown(reading, variable, length))
			return false;
		if (option != NULL &&
			!set_from_variable(reading, option, named, variable + length + 1))
			return false;
	}
	return true;
}

/* One JSON value of the file as text: a text itself, or a whole number. */
static bool set_from_json(struct reading *reading, const struct option *option, json_t *value)
{
	char digits[24];
	const char *text = json_string_value(value);
	if (json_is_integer(value)) {
		snprintf(digits, sizeof(digits), "%lld", (long long)json_integer_value(value));
		text = digits;
	}
	if (text == NULL)
		return failure_set(reading->failure, EX_DATAERR, "%s: %s must be %s",
			reading->config->config, option->name, option->argument);
	return set_option(reading, option, option->name, text, FROM_FILE);
}

static bool read_member(struct reading *reading, const char *key, json_t *value)
{
	const unsigned command = reading->request->command;
	const struct option *option = find_option(key, strlen(key), command);
	/* The file is the server's: what a command does not take is none of its business. */
	if (option == NULL && find_option(key, strlen(key), FOR_SERVER) != NULL)
		return true;
	if (option == NULL || option->flag_only || strcmp(key, "config") == 0) {
		const char *meant = option == NULL ? nearest_name(reading, key) : NULL;
		return failure_set(reading->failure, EX_DATAERR, "%s: unknown key %s%s%s",
			reading->config->config, key, meant != NULL ? ", did you mean " : "",
			meant != NULL ? meant : "");
	}
	if (option->kind != OPTION_LIST || !json_is_array(value))
		return set_from_json(reading, option, value);
	size_t index;
	json_t *element;
	json_array_foreach(value, index, element)
	{
		if (!set_from_json(reading, option, element))
			return false;
	}
	return true;
}

/* The file's JSON, which the caller frees. NULL with `failure`. */
static json_t *load_file(const char *path, struct failure *failure)
{
	CLEANUP(strbuf_done) struct strbuf text;
	json_error_t error;
	json_t *document = NULL;
	const char *reason;
	strbuf_init(&text, FILE_MAXIMUM);
	if (!file_read(path, &text, &reason))
		failure_set(failure, EX_DATAERR, "cannot read the configuration file %s: %s", path,
			reason);
	else if ((document = json_read(text.data, text.length, JSON_REJECT_DUPLICATES, &error)) ==
		 NULL) {
		json_problem_hide_text(&error);
		failure_set(failure, EX_DATAERR, "%s: line %d, column %d: %s", path, error.line,
			error.column, error.text);
	}
	if (document == NULL && memory_ran_out())
		failure_set(failure, EX_OSERR, "out of memory");
	return document;
}

static bool read_file(struct reading *reading, const char *path)
{
	json_t *document = load_file(path, reading->failure);
	if (document == NULL)
		return false;
	bool good = json_is_object(document) ||
		    failure_set(reading->failure, EX_DATAERR, "%s: must be a JSON object", path);
	const char *key;
	json_t *value;
	json_object_foreach(document, key, value) good = good && read_member(reading, key, value);
	json_decref(document);
	return good;
}

/* The value that an option has when nobody gives one; NULL: none. */
static const char *default_of(const struct config_request *request, const struct option *option)
{
	const struct config_default *given = request->defaults;
	for (; given != NULL && given->name != NULL; given++) {
		if (strcmp(given->name, option->name) == 0)
			return given->value;
	}
	return option->initial;
}

static bool set_defaults(struct reading *reading)
{
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const struct option *option = &options[i];
		const char *value = default_of(reading->request, option);
		if (value != NULL &&
			!set_option(reading, option, option->name, value, FROM_DEFAULT))
			return false;
	}
	return true;
}

/* Room for what is read. */
static bool begin(struct reading *reading)
{
	struct config *config = reading->config;
	size_t count = 0;
	while (reading->request->flags[count] != NULL)
		count++;
	config->arguments = arena_alloc(&config->arena, (count + 1) * sizeof(*config->arguments));
	reading->sources = arena_alloc(&config->arena, OPTION_COUNT * sizeof(*reading->sources));
	config->sources = reading->sources;
	return (config->arguments != NULL && reading->sources != NULL) ||
	       failure_set(reading->failure, EX_OSERR, "out of memory");
}

enum config_result config_read(
	const struct config_request *request, struct config *ret_config, struct failure *failure)
{
	struct reading reading = { .request = request, .config = ret_config, .failure = failure };
	*ret_config = (struct config){ 0 };
	arena_init(&ret_config->arena);
	if (!begin(&reading) || !set_defaults(&reading))
		return CONFIG_FAILED;
	const enum config_result flags = read_flags(&reading);
	if (flags != CONFIG_READY)
		return flags;
	if (!read_environment(&reading))
		return CONFIG_FAILED;
	if (ret_config->config != NULL && !read_file(&reading, ret_config->config))
		return CONFIG_FAILED;
	return reading.print ? CONFIG_PRINT : CONFIG_READY;
}

bool config_add_account(struct config *config, const char *sid, const char *token)
{
	const char *account = arena_format(&config->arena, "%s:%s", sid, token);
	return account != NULL && add_text(&config->arena, &config->account, account);
}

void config_done(struct config *config)
{
	arena_done(&config->arena);
}
