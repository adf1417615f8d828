/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <stdlib.h>
#include <string.h>

#include "model/account_clock.h"
#include "model/sid.h"
#include "option.h"
#include "tls/names.h"
#include "util/host.h"
#include "util/url.h"
#include "util/utf8.h"

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

/* The token may be left out. */
static bool is_account_to_call(const char *value)
{
	return is_account(value) || sid_has_form(value, "AC");
}

const char *const check_names[CHECK_COUNT] = {
	[CHECK_WEBHOOKS] = "webhooks", [CHECK_WARNINGS] = "warnings", [CHECK_FAULTS] = "faults"
};

/* Whether a name is that of the first `length` letters. */
static bool is_named(const char *name, const char *text, size_t length)
{
	return strlen(name) == length && strncmp(name, text, length) == 0;
}

/* Names of checks, separated by commas. */
static bool is_checks(const char *value)
{
	for (;;) {
		const size_t length = strcspn(value, ",");
		size_t i = 0;
		while (i < CHECK_COUNT && !is_named(check_names[i], value, length))
			i++;
		if (i == CHECK_COUNT || value[length] == '\0')
			return i < CHECK_COUNT;
		value += length + 1;
	}
}

bool config_checks(const struct config *config, enum check check)
{
	const char *name = config->check;
	while (name != NULL && name[0] != '\0') {
		const size_t length = strcspn(name, ",");
		if (is_named(check_names[check], name, length))
			return true;
		name += length + (name[length] == ',');
	}
	return false;
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

/* CERT.pem:KEY.pem is two names of files. */
static bool is_tls(const char *value)
{
	const char *colon = strrchr(value, ':');
	return strcmp(value, "off") == 0 || strcmp(value, "auto") == 0 ||
	       (colon != NULL && colon != value && colon[1] != '\0');
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

/* A number of at most seven digits, the first of which is not 0; or "off". */
static bool is_journal(const char *value)
{
	const size_t length = strlen(value);
	return strcmp(value, "off") == 0 ||
	       (length <= 7 && value[0] != '0' && strspn(value, "0123456789") == length);
}

int64_t config_journal(const struct config *config)
{
	return strcmp(config->journal, "off") == 0 ? 0 : strtol(config->journal, NULL, 10);
}

#define AT(member) .offset = offsetof(struct config, member)
#define SWITCH(member)                                                                             \
	OPTION_CHOICE, AT(member), .argument = "", .choices = { "no", "yes" }, .is_switch = true,  \
				   .flag_only = true

const struct option options[OPTION_COUNT] = {
	{ "listen", OPTION_TEXT, AT(listen), .argument = "HOST:PORT", .initial = "127.0.0.1:7746",
		.accepts = is_address, .rule = "HOST:PORT, as 127.0.0.1:7746",
		.taken = FOR_STARTING | FOR_CALLING | FOR_CA,
		.help = "Address to listen on. Port 0 picks a free one." },
	{ "db", OPTION_TEXT, AT(db), .argument = "PATH|:memory:", .initial = "./supersim.db",
		.is_file = true, .taken = FOR_STARTING | FOR_CA,
		.help = "Database file; :memory: leaves nothing behind." },
	{ "tls", OPTION_TEXT, AT(tls), .argument = "off|auto|CERT.pem:KEY.pem", .initial = "off",
		.accepts = is_tls, .is_file = true,
		.help = "TLS beside plain HTTP. auto: with a certificate of our own making, whose "
			"authority clients must trust (supersimd ca, GET /_emulator/ca.pem). Else "
			"with these two files." },
	{ "tls-listen", OPTION_TEXT, AT(tls_listen), .argument = "HOST:PORT", .accepts = is_address,
		.rule = "HOST:PORT, as 127.0.0.1:7747", .taken = FOR_STARTING | FOR_CA,
		.help = "Address to listen on for TLS. Default with --tls: 127.0.0.1:7747." },
	{ "tls-name", OPTION_LIST, AT(tls_name), .argument = "NAME", .accepts = tls_name_is_good,
		.rule = "a host's name or address, without a port", .taken = FOR_STARTING | FOR_CA,
		.help = "A further name that the certificate of --tls auto is for, beside "
			"supersim.twilio.com, localhost, 127.0.0.1 and the hosts of --listen and "
			"--public-url. Repeatable." },
	{ "tls-dir", OPTION_TEXT, AT(tls_dir), .argument = "DIRECTORY", .is_file = true,
		.taken = FOR_STARTING | FOR_CA,
		.help = "Where --tls auto keeps what it made. Default: "
			"$XDG_STATE_HOME/supersim/tls "
			"or, without that variable, a directory beside the database; nowhere with "
			"--db :memory:." },
	{ "proxy", OPTION_TEXT, AT(proxy), .argument = "HOST:PORT", .accepts = is_address,
		.rule = "HOST:PORT, as 127.0.0.1:7748",
		.help = "Address, of this machine only, of a proxy that leads "
			"supersim.twilio.com to the server: for clients with HTTPS_PROXY." },
	{ "proxy-others", OPTION_CHOICE, AT(proxy_others), .argument = "refuse|tunnel",
		.initial = "refuse", .choices = { "refuse", "tunnel" },
		.help = "What the proxy does with other hosts. tunnel: it connects to them." },
	{ "account", OPTION_LIST, AT(account), .argument = "SID:TOKEN", .accepts = is_account,
		.secret = true, .help = "Account whose token is checked. Repeatable." },
	{ "api-key", OPTION_LIST, AT(api_key), .argument = "SK:SECRET:AC", .accepts = is_api_key,
		.secret = true,
		.help = "API key, its secret and the account it is for. Repeatable." },
	{ "auth", OPTION_CHOICE, AT(auth), .argument = "open|strict", .initial = "open",
		.choices = { "open", "strict" },
		.help = "open: any well-formed account SID with any token may call, but for the "
			"accounts given. strict: only the accounts given." },
	{ "strict", OPTION_CHOICE, AT(strict), .argument = "no|yes", .initial = "no",
		.choices = { "no", "yes" }, .stands_alone = true,
		.help = "yes, or the flag alone: a request that holds something probably not "
			"meant, such as a parameter that nobody knows, is refused. Twilio serves "
			"it." },
	{ "public-url", OPTION_TEXT, AT(public_url), .argument = "URL", .accepts = is_public_url,
		.rule = "http:// or https://, a host and perhaps a port, as http://localhost:7746; "
			"no path: /v1 is added to it",
		.dropped_end = '/', .taken = FOR_STARTING | FOR_CA,
		.help = "What URLs in answers begin with. Default: the request's own Host." },
	{ "allow-host", OPTION_LIST, AT(allow_host), .argument = "NAME", .accepts = is_host_name,
		.rule = "a host's name or address, without a port",
		.help = "A further name by which the control API may be called (Host header), "
			"beside addresses, localhost, and the hosts of --listen and --public-url. "
			"Repeatable." },
	{ "workers", OPTION_NUMBER, AT(workers), .argument = "N", .initial = "0", .maximum = 64,
		.help = "Threads that serve requests. 0: one for every two processors, at least 1, "
			"at most 4." },
	{ "durability", OPTION_CHOICE, AT(durability), .argument = "full|normal", .initial = "full",
		.choices = { "full", "normal" },
		.help = "full: a power loss loses nothing that was answered. normal: a killed "
			"process loses nothing, a power loss may." },
	{ "seed", OPTION_TEXT, AT(seed), .argument = "FILE", .is_file = true,
		.help = "JSON file of records that accounts begin with." },
	{ "fleet-defaults", OPTION_CHOICE, AT(fleet_defaults),
		.argument = "1000mb-sms|250mb-no-sms", .initial = "1000mb-sms",
		.choices = { "1000mb-sms", "250mb-no-sms" },
		.help = "DataLimit and SmsCommandsEnabled of a Fleet made without them. Twilio's "
			"page states both readings." },
	{ "admin-token", OPTION_TEXT, AT(admin_token), .argument = "TOKEN", .secret = true,
		.taken = FOR_STARTING | FOR_ACCOUNT,
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
	{ "webhook-ca", OPTION_TEXT, AT(webhook_ca), .argument = "FILE", .is_file = true,
		.help = "Certificates (PEM) of authorities that https receivers' certificates may "
			"be signed by." },
	{ "delivery-history", OPTION_NUMBER, AT(delivery_history), .argument = "COUNT",
		.initial = "1000", .maximum = 1000000,
		.help = "Webhooks kept for each account once they are delivered, and as many once "
			"they have failed." },
	{ "journal", OPTION_TEXT, AT(journal), .argument = "COUNT|off", .initial = "1000",
		.accepts = is_journal, .rule = "a number from 1 to 9999999, or off",
		.help = "Requests kept for each account, in memory, for GET /_emulator/requests." },
	{ "journal-bytes", OPTION_NUMBER, AT(journal_bytes), .argument = "BYTES",
		.initial = "67108864", .minimum = 65536, .maximum = 999999999,
		.help = "Memory that they take together at most: then the oldest of the account "
			"that has most go." },
	{ "rng-seed", OPTION_NUMBER, AT(rng_seed), .argument = "N", .initial = "0",
		.maximum = 999999999999999,
		.help = "What the dice of faults begin with, for accounts that give no seed: the "
			"same requests meet the same dice. 0: another one with each start." },
	{ "console", OPTION_CHOICE, AT(console), .argument = "no|yes", .initial = "yes",
		.choices = { "no", "yes" },
		.help = "no: there is no page for people at /console/." },
	{ "fidelity", OPTION_CHOICE, AT(fidelity), .argument = "quiet|header", .initial = "quiet",
		.choices = { "quiet", "header" },
		.help = "header: answers carry Emulator-Fidelity: documented, observed or assumed "
			"(see docs/fidelity.md)." },
	{ "log-level", OPTION_CHOICE, AT(log_level), .argument = "error|warning|info|debug",
		.initial = "info", .choices = { "error", "warning", "info", "debug" },
		.help = "What is logged on stderr. debug shows each request, too." },
	{ "log-format", OPTION_CHOICE, AT(log_format), .argument = "text|json", .initial = "text",
		.choices = { "text", "json" }, .help = "How it is logged." },
	{ "access-log", OPTION_TEXT, AT(access_log), .argument = "FILE|-", .is_file = true,
		.help = "Logs each request, whatever the level: into this file, or on stderr." },
	{ "port-file", OPTION_TEXT, AT(port_file), .argument = "FILE", .is_file = true,
		.taken = FOR_STARTING | FOR_CALLING,
		.help = "File that holds the port while the server runs." },
	{ "grace", OPTION_NUMBER, AT(grace), .argument = "SECONDS", .initial = "5", .maximum = 3600,
		.help = "How long requests in flight may take after SIGTERM." },
	{ "config", OPTION_TEXT, AT(config), .argument = "FILE", .is_file = true,
		.taken = FOR_STARTING | FOR_CALLING,
		.help = "JSON file whose keys are these names without dashes." },

	{ "url", OPTION_TEXT, AT(url), .argument = "URL", .accepts = is_public_url,
		.rule = "http:// or https://, a host and perhaps a port", .dropped_end = '/',
		.taken = FOR_CALLING,
		.help = "The server to call. Default: the port of --port-file, or else the address "
			"of --listen." },
	{ "timeout", OPTION_DURATION, AT(timeout), .argument = "TIME", .initial = "30s",
		.taken = FOR_WAIT, .flag_only = true, .help = "How long to wait." },
	{ "account", OPTION_TEXT, AT(of_account), .argument = "SID[:TOKEN]",
		.accepts = is_account_to_call, .secret = true, .taken = FOR_ACCOUNT,
		.flag_only = true,
		.help = "The account that is meant. Without a token it is called as the operator "
			"does. Default: the variables TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN." },
	{ "to", OPTION_CHOICE, AT(reset_to), .argument = "seed|empty", .initial = "seed",
		.choices = { "seed", "empty" }, .taken = FOR_RESET, .flag_only = true,
		.help = "seed: what the account has of --seed is there again. empty: nothing is." },
	{ "check", OPTION_TEXT, AT(check), .argument = "NAMES", .accepts = is_checks,
		.rule = "names separated by commas: webhooks, warnings, faults", .taken = FOR_EXEC,
		.flag_only = true,
		.help = "What else must be well when the command ends with 0; if it is not, the "
			"exit code is 70. webhooks: each was delivered. warnings: there was none. "
			"faults: each has hit something. Names are separated by commas." },
	{ "summary", OPTION_TEXT, AT(summary), .argument = "FILE", .is_file = true,
		.taken = FOR_EXEC, .flag_only = true,
		.help = "Writes what happened, as JSON, when the command has ended." },
	{ "java", SWITCH(java), .taken = FOR_EXEC,
		.help = "With --tls auto: options for Java in JAVA_TOOL_OPTIONS, too. Java trusts "
			"nobody else then." },
	{ "bundle", SWITCH(bundle), .taken = FOR_CA,
		.help = "Print the system's authorities before ours: for variables that replace "
			"them." },
	{ "p12", SWITCH(p12), .taken = FOR_CA,
		.help = "Print a trust store for Java (PKCS#12, its password is changeit)." },
};

bool option_is_for(const struct option *option, unsigned commands)
{
	const unsigned taken = option->taken != 0 ? option->taken : FOR_STARTING;
	return (taken & commands) != 0;
}
