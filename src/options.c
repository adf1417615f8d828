/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <ctype.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "model/account_clock.h"
#include "model/sid.h"
#include "util/count.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/host.h"
#include "util/json_read.h"
#include "util/memory.h"
#include "util/resemble.h"
#include "util/url.h"
#include "util/utf8.h"

enum option_kind {
	OPTION_TEXT,
	OPTION_LIST,
	OPTION_NUMBER,
	OPTION_DURATION, /* milliseconds */
	OPTION_CHOICE
};

struct option {
	const char *name; /* of the flag without dashes, and the key in the file */
	enum option_kind kind;
	size_t offset;
	const char *argument; /* what --help shows for the value */
	const char *initial;  /* the default, as text; NULL: none */
	const char *help;
	int64_t minimum, maximum;	    /* OPTION_NUMBER */
	const char *choices[5];		    /* OPTION_CHOICE: the value is the place in it */
	bool (*accepts)(const char *value); /* NULL: any text but an empty one */
	const char *rule;		    /* what it accepts; NULL: `argument` says it */
	char dropped_end;		    /* what a text may end with, but is kept without */
	bool secret;			    /* not to be shown */
};

static bool is_account(const char *value);
static bool is_api_key(const char *value);
static bool is_public_url(const char *value);
static bool is_address(const char *value);
static bool is_retries(const char *value);
static bool is_host_name(const char *value);

#define AT(member) .offset = offsetof(struct config, member)

static const struct option options[] = {
	{ "listen", OPTION_TEXT, AT(listen), .argument = "HOST:PORT", .initial = "127.0.0.1:7746",
		.accepts = is_address, .help = "Address to listen on. Port 0 picks a free one." },
	{ "db", OPTION_TEXT, AT(db), .argument = "PATH|:memory:", .initial = "./supersim.db",
		.help = "Database file; :memory: leaves nothing behind." },
	{ "account", OPTION_LIST, AT(account), .argument = "SID:TOKEN", .accepts = is_account,
		.secret = true, .help = "Account whose token is checked. Repeatable." },
	{ "api-key", OPTION_LIST, AT(api_key), .argument = "SK:SECRET:AC", .accepts = is_api_key,
		.secret = true,
		.help = "API key, its secret and the account it is for. Repeatable." },
	{ "auth", OPTION_CHOICE, AT(auth), .argument = "open|strict", .initial = "open",
		.choices = { "open", "strict" },
		.help = "open: any well-formed account SID with any token may call, but for the "
			"accounts given. strict: only the accounts given." },
	{ "public-url", OPTION_TEXT, AT(public_url), .argument = "URL", .accepts = is_public_url,
		.rule = "http:// or https://, a host and perhaps a port, as http://localhost:7746; "
			"no path: /v1 is added to it",
		.dropped_end = '/',
		.help = "What URLs in answers begin with. Default: the request's own Host." },
	{ "allow-host", OPTION_LIST, AT(allow_host), .argument = "NAME", .accepts = is_host_name,
		.rule = "a host's name or address, without a port",
		.help = "A further name by which the control API may be called (Host header), "
			"beside addresses, localhost, and the hosts of --listen and --public-url. "
			"Repeatable." },
	{ "workers", OPTION_NUMBER, AT(workers), .argument = "N", .initial = "0", .maximum = 64,
		.help = "Threads that serve requests. 0: one for each processor, at most 4." },
	{ "durability", OPTION_CHOICE, AT(durability), .argument = "full|normal", .initial = "full",
		.choices = { "full", "normal" },
		.help = "full: a power loss loses nothing that was answered. normal: a killed "
			"process loses nothing, a power loss may." },
	{ "seed", OPTION_TEXT, AT(seed), .argument = "FILE",
		.help = "JSON file of records that accounts begin with." },
	{ "fleet-defaults", OPTION_CHOICE, AT(fleet_defaults),
		.argument = "1000mb-sms|250mb-no-sms", .initial = "1000mb-sms",
		.choices = { "1000mb-sms", "250mb-no-sms" },
		.help = "DataLimit and SmsCommandsEnabled of a Fleet made without them. Twilio's "
			"page states both readings." },
	{ "admin-token", OPTION_TEXT, AT(admin_token), .argument = "TOKEN", .secret = true,
		.help = "What the operator's calls to /_emulator must bear. Without one, calls "
			"from this machine need none; if the address is not a loopback one, a "
			"token is "
			"made and printed." },
	{ "device-udp", OPTION_TEXT, AT(device_udp), .argument = "HOST:PORT", .accepts = is_address,
		.help = "Takes datagrams of devices under test here, as IP Commands." },
	{ "transition-delay", OPTION_DURATION, AT(transition_delay), .argument = "TIME",
		.initial = "100ms",
		.help = "From one status of a Sim or a Command to the next, on the account's "
			"clock." },
	{ "data-limit-delay", OPTION_DURATION, AT(data_limit_delay), .argument = "TIME",
		.initial = "5m",
		.help = "Time until a changed DataLimit reaches the Fleet's Sims, on the account's "
			"clock." },
	{ "data-limit-check", OPTION_DURATION, AT(data_limit_check), .argument = "TIME",
		.initial = "0s",
		.help = "How often usage is held against data limits. 0s: at once, so that no Sim "
			"moves more than its limit and one call. Twilio's way is about 6m." },
	{ "webhook-retries", OPTION_TEXT, AT(webhook_retries), .argument = "TIMES|none",
		.initial = "none", .accepts = is_retries,
		.help = "When a webhook that failed is tried again (5s,30s,2m), after what the "
			"URL's own overrides say. Twilio does not." },
	{ "allow-egress", OPTION_CHOICE, AT(allow_egress), .argument = "no|yes", .initial = "no",
		.choices = { "no", "yes" },
		.help = "yes: webhooks may go to public and link-local addresses, too. Those of "
			"metadata services are never called." },
	{ "webhook-ca", OPTION_TEXT, AT(webhook_ca), .argument = "FILE",
		.help = "Certificates (PEM) of authorities that https receivers' certificates may "
			"be signed by." },
	{ "delivery-history", OPTION_NUMBER, AT(delivery_history), .argument = "COUNT",
		.initial = "1000", .maximum = 1000000,
		.help = "Webhooks kept for each account once they are delivered, and as many once "
			"they have failed." },
	{ "fidelity", OPTION_CHOICE, AT(fidelity), .argument = "quiet|header", .initial = "quiet",
		.choices = { "quiet", "header" },
		.help = "header: answers carry Emulator-Fidelity: documented, observed or assumed "
			"(see docs/fidelity.md)." },
	{ "log-level", OPTION_CHOICE, AT(log_level), .argument = "error|warning|info|debug",
		.initial = "info", .choices = { "error", "warning", "info", "debug" },
		.help = "What is logged on stderr. debug shows each request, and why credentials "
			"are "
			"refused." },
	{ "log-format", OPTION_CHOICE, AT(log_format), .argument = "text|json", .initial = "text",
		.choices = { "text", "json" }, .help = "How it is logged." },
	{ "access-log", OPTION_TEXT, AT(access_log), .argument = "FILE|-",
		.help = "Logs each request, whatever the level: into this file, or on stderr." },
	{ "port-file", OPTION_TEXT, AT(port_file), .argument = "FILE",
		.help = "File that holds the port while the server runs." },
	{ "grace", OPTION_NUMBER, AT(grace), .argument = "SECONDS", .initial = "5", .maximum = 3600,
		.help = "How long requests in flight may take after SIGTERM." },
	{ "config", OPTION_TEXT, AT(config), .argument = "FILE",
		.help = "JSON file whose keys are these names without dashes." },
};

enum { OPTION_COUNT = COUNT_OF(options), FILE_MAXIMUM = 16 * 1024 * 1024 };

/* What our variables begin with. */
#define VARIABLE_PREFIX "SUPERSIM_"
enum { PREFIX_LENGTH = sizeof(VARIABLE_PREFIX) - 1, NAME_SIZE = 64 };

/* Where a value comes from, in the order in which they give way. */
enum source { FROM_DEFAULT, FROM_FILE, FROM_ENVIRONMENT, FROM_FLAG };

struct reading {
	struct config *config;
	struct failure *failure;
	enum source sources[OPTION_COUNT]; /* of the value that each option has */
};

/* ── values ──────────────────────────────────────────────────────────────────────────────── */

const char *config_split(struct arena *arena, const char *text, const char **ret_user)
{
	const char *colon = strchr(text, ':');
	if (colon == NULL || colon[1] == '\0')
		return NULL;
	*ret_user = arena_copy(arena, text, (size_t)(colon - text));
	return *ret_user != NULL ? colon + 1 : NULL;
}

static bool begins_with_sid(const char *value, const char *prefix)
{
	char sid[SID_SIZE];
	if (strlen(value) <= SID_LENGTH + 1 || value[SID_LENGTH] != ':')
		return false;
	memcpy(sid, value, SID_LENGTH);
	sid[SID_LENGTH] = '\0';
	return sid_has_form(sid, prefix);
}

static bool is_account(const char *value)
{
	return begins_with_sid(value, "AC");
}

static bool is_api_key(const char *value)
{
	const char *account = strrchr(value, ':');
	return begins_with_sid(value, "SK") && account > value + SID_LENGTH + 1 &&
	       sid_has_form(account + 1, "AC");
}

static bool is_public_url(const char *value)
{
	const bool scheme = strncmp(value, "http://", 7) == 0 || strncmp(value, "https://", 8) == 0;
	if (!scheme || !utf8_is_valid(value) || !url_is_web(value) || strpbrk(value, "?#@") != NULL)
		return false;
	const char *path = strchr(strstr(value, "://") + 3, '/');
	return path == NULL || path[1] == '\0';
}

/* As in a Host header, which has a port, too: names are compared without. */
static bool is_host_name(const char *value)
{
	char host[HOST_MAXIMUM + 1];
	return host_is_well_formed(value) && host_of(value, host, sizeof(host)) &&
	       strcmp(host, value) == 0;
}

/* HOST:PORT. Whether the host is an address is looked at where it is used. */
static bool is_address(const char *value)
{
	const char *colon = strrchr(value, ':');
	if (colon == NULL || colon == value || colon[1] == '\0')
		return false;
	const size_t digits = strspn(colon + 1, "0123456789");
	return colon[1 + digits] == '\0' && digits <= 5 && strtol(colon + 1, NULL, 10) <= 65535;
}

bool config_read_retries(
	struct arena *arena, const char *text, int64_t **ret_retries, size_t *ret_count)
{
	size_t count = 0;
	int64_t *retries = arena_alloc(arena, (strlen(text) + 1) * sizeof(*retries));
	*ret_retries = retries;
	*ret_count = 0;
	if (retries == NULL || strcmp(text, "none") == 0)
		return retries != NULL;
	for (;;) {
		const size_t length = strcspn(text, ",");
		const char *element = arena_copy(arena, text, length);
		if (element == NULL || !duration_parse(element, &retries[count++]))
			return false;
		if (text[length] == '\0')
			break;
		text += length + 1;
	}
	*ret_count = count;
	return true;
}

static bool is_retries(const char *value)
{
	struct arena arena;
	int64_t *retries;
	size_t count;
	arena_init(&arena);
	const bool good =
		strlen(value) <= 1000 && config_read_retries(&arena, value, &retries, &count);
	arena_done(&arena);
	return good;
}

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

static bool store_value(
	struct reading *reading, const struct option *option, const char *value, enum source source)
{
	void *place = (char *)reading->config + option->offset;
	struct arena *arena = &reading->config->arena;
	enum source *current = &reading->sources[option - options];
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

/* Says what a value must be. Secrets are not repeated. */
static bool refuse_value(const struct reading *reading, const struct option *option,
	const char *named, const char *value, enum source source)
{
	const bool in_file = source == FROM_FILE;
	char range[64];
	snprintf(range, sizeof(range), "a number from %d to %d", (int)option->minimum,
		(int)option->maximum);
	return failure_set(reading->failure, in_file ? EX_DATAERR : EX_USAGE,
		"%s%s%s %s: must be %s", in_file ? reading->config->config : "",
		in_file ? ": " : "", named, option->secret ? "…" : value,
		option->rule != NULL		  ? option->rule
		: option->kind == OPTION_NUMBER	  ? range
		: option->kind == OPTION_DURATION ? "a time such as 5m or 100ms"
						  : option->argument);
}

/* Gives an option a value, unless a stronger source gave one. `named` is how messages call it. */
static bool set_option(struct reading *reading, const struct option *option, const char *named,
	const char *value, enum source source)
{
	enum source *current = &reading->sources[option - options];
	if (*current > source)
		return true;
	if (!store_value(reading, option, value, source))
		return refuse_value(reading, option, named, value, source);
	*current = source;
	return true;
}

static const struct option *find_option(const char *name, size_t length)
{
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (strlen(options[i].name) == length && memcmp(options[i].name, name, length) == 0)
			return &options[i];
	}
	return NULL;
}

/* The option whose name may have been meant; NULL: none is near. */
static const char *nearest_name(const char *given)
{
	unsigned smallest = UINT_MAX;
	const char *nearest = NULL;
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const unsigned distance = text_distance(given, options[i].name);
		if (distance < smallest) {
			smallest = distance;
			nearest = options[i].name;
		}
	}
	return nearest;
}

/* ── sources ─────────────────────────────────────────────────────────────────────────────── */

static void refuse_flag(struct reading *reading, const char *flag, size_t length)
{
	char given[NAME_SIZE];
	const char *name = flag + strspn(flag, "-");
	snprintf(given, sizeof(given), "%.*s", (int)strcspn(name, "="), name);
	const char *meant = nearest_name(given);
	failure_set(reading->failure, EX_USAGE, "unknown option %.*s%s%s (see supersimd --help)",
		(int)length, flag, meant != NULL ? ", did you mean --" : "",
		meant != NULL ? meant : "");
}

static enum config_result read_flags(struct reading *reading, int argc, char *const argv[])
{
	for (int i = 1; i < argc; i++) {
		const char *flag = argv[i];
		if (strcmp(flag, "--help") == 0 || strcmp(flag, "-h") == 0)
			return CONFIG_HELP;
		if (strcmp(flag, "--version") == 0)
			return CONFIG_VERSION;
		if (strcmp(flag, "--print-fidelity") == 0)
			return CONFIG_FIDELITY;
		if (strcmp(flag, "--print-errors") == 0)
			return CONFIG_ERRORS;
		const size_t length = strcspn(flag, "=");
		const struct option *option =
			strncmp(flag, "--", 2) == 0 ? find_option(flag + 2, length - 2) : NULL;
		if (option == NULL) {
			refuse_flag(reading, flag, length);
			return CONFIG_FAILED;
		}
		const char *value = flag[length] == '=' ? flag + length + 1 : argv[++i];
		if (value == NULL) {
			failure_set(reading->failure, EX_USAGE, "%s: a value is missing (%s)", flag,
				option->argument);
			return CONFIG_FAILED;
		}
		char named[32];
		snprintf(named, sizeof(named), "--%s", option->name);
		if (!set_option(reading, option, named, value, FROM_FLAG))
			return CONFIG_FAILED;
	}
	return CONFIG_READY;
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
	const char *name = nearest_name(given);
	if (name != NULL)
		convert_name(name, strlen(name), true, meant);
	snprintf(note, sizeof(note), "the variable %.*s is unknown, and not used%s%s",
		(int)(length < 96 ? length : 96), variable,
		name != NULL ? ": did you mean " VARIABLE_PREFIX : "", meant);
	return add_text(&reading->config->arena, &reading->config->unknown, note) ||
	       failure_set(reading->failure, EX_OSERR, "out of memory");
}

/* The option of a variable's name after its prefix: FLEET_DEFAULTS is fleet-defaults. */
static const struct option *option_of_variable(const char *name, size_t length)
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
	return find_option(lower, length);
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

static bool read_environment(struct reading *reading, char *const environment[])
{
	for (size_t i = 0; environment[i] != NULL; i++) {
		const char *variable = environment[i];
		if (strncmp(variable, VARIABLE_PREFIX, PREFIX_LENGTH) != 0)
			continue;
		char named[64];
		const size_t length = strcspn(variable, "=");
		snprintf(named, sizeof(named), "%.*s", (int)length, variable);
		const struct option *option =
			option_of_variable(variable + PREFIX_LENGTH, length - PREFIX_LENGTH);
		if (option == NULL && !note_unknown(reading, variable, length))
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
	const struct option *option = find_option(key, strlen(key));
	if (option == NULL || strcmp(key, "config") == 0) {
		const char *meant = option == NULL ? nearest_name(key) : NULL;
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
		 NULL)
		failure_set(failure, EX_DATAERR, "%s: line %d, column %d: %s", path, error.line,
			error.column, error.text);
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

enum config_result config_read(int argc, char *const argv[], char *const environment[],
	struct config *ret_config, struct failure *failure)
{
	struct reading reading = { .config = ret_config, .failure = failure };
	*ret_config = (struct config){ 0 };
	arena_init(&ret_config->arena);
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const struct option *option = &options[i];
		if (option->initial != NULL &&
			!set_option(&reading, option, option->name, option->initial, FROM_DEFAULT))
			return CONFIG_FAILED;
	}
	const enum config_result flags = read_flags(&reading, argc, argv);
	if (flags != CONFIG_READY)
		return flags;
	if (!read_environment(&reading, environment))
		return CONFIG_FAILED;
	if (ret_config->config != NULL && !read_file(&reading, ret_config->config))
		return CONFIG_FAILED;
	return CONFIG_READY;
}

void config_done(struct config *config)
{
	arena_done(&config->arena);
}

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
