/* SPDX-License-Identifier: MIT */
/* The table of commands. */
#include "command/command.h"

#include <stddef.h>

#include "command/print.h"
#include "command/runs.h"
#include "option.h"

const struct command command_server = {
	.taken = FOR_SERVER,
	.summary = "Serves an emulation of Twilio's Super SIM REST API",
	.run = run_server,
};

static const struct config_default exec_defaults[] = {
	{ "listen", "127.0.0.1:0" },
	{ "db", ":memory:" },
	{ "log-level", "warning" },
	{ NULL, NULL },
};

static const char *const exec_text[] = {
	"The server is in this process. Unless told otherwise it listens on a free port of this "
	"machine, keeps its records in memory, and logs warnings and errors only.",
	"When it is ready the command is run, with these variables: SUPERSIM_URL says where the "
	"server is; TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN are made up unless they are set, or "
	"are those of the first --account. The line that says that the server is ready goes to "
	"stderr: stdin, stdout and stderr are the command's.",
	"The exit code is the command's; 128 and the number of the signal that ended it; 127 when "
	"there is no such command, 126 when it cannot be run. Ctrl-C is left to the command; "
	"SIGTERM and SIGHUP are passed on. Neither outlives the other, even when one of them is "
	"killed.",
	"With --tls auto the command's clients reach the server as https://supersim.twilio.com, "
	"without being told so: HTTPS_PROXY and HTTP_PROXY name a proxy that leads there, and "
	"nowhere else; NODE_EXTRA_CA_CERTS, REQUESTS_CA_BUNDLE, SSL_CERT_FILE, CURL_CA_BUNDLE and "
	"TWILIO_CA_BUNDLE name files of whom to trust, which are in memory. For Java: --java.",
	"For --check and --summary webhooks that are due get as long as --grace says. Webhooks and "
	"faults that an account's reset took away do not count.",
	NULL,
};

static const char *const ca_text[] = {
	"Prints the certificate of the authority that clients of --tls auto are to trust: the one "
	"that a server with the same options shows. It is made where there is none yet.",
	"The authority's key is forgotten as soon as it has signed the server's certificate, and "
	"it could sign for the server's names only: trusting it is harmless.",
	NULL,
};

static const char *const wait_text[] = {
	"Asks /readyz again and again until it answers 200. A port file that is not there yet is "
	"waited for.",
	"The exit code is 0, or 75 when the time is over.",
	NULL,
};

static const char *const healthcheck_text[] = {
	"Asks /readyz once, for at most 5 seconds. For containers: without --url it reads the same "
	"variables and the same file as the server. The exit code is 0 or 1.",
	NULL,
};

static const char *const state_text[] = {
	"export writes the account's records and clock into a file, in the form of a seed; import "
	"replaces them by those of a file. FILE may be -: stdout or stdin.",
	NULL,
};

static const char *const reset_text[] = {
	"All records of the account are gone; those of --seed are there again.",
	NULL,
};

static const char *const advance_text[] = {
	"TIME is how long (72h, 1h30m), a date and time, next (up to what is due next), or idle "
	"(until nothing is due). When the command ends, all that fell due has been done, and "
	"webhooks were sent. It prints what ran.",
	NULL,
};

static const char *const state_words[] = { "export", "import", NULL };
static const char *const advance_words[] = { "next", "idle", NULL };

const struct command commands[] = {
	{ .name = "exec",
		.taken = FOR_EXEC,
		.usage = "-- COMMAND [ARGUMENT]…",
		.summary = "Run a command against a server of its own",
		.text = exec_text,
		.arguments = ARGUMENTS_LAST,
		.arguments_minimum = 1,
		.arguments_maximum = -1,
		.defaults = exec_defaults,
		.run = run_exec },
	{ .name = "ca",
		.taken = FOR_CA,
		.summary = "Print the authority that TLS clients are to trust",
		.text = ca_text,
		.run = run_ca },
	{ .name = "wait",
		.taken = FOR_WAIT,
		.summary = "Wait until a server is ready",
		.text = wait_text,
		.run = run_wait },
	{ .name = "healthcheck",
		.taken = FOR_HEALTHCHECK,
		.summary = "Ask whether a server is ready",
		.text = healthcheck_text,
		.run = run_healthcheck },
	{ .name = "state",
		.taken = FOR_ACCOUNT,
		.usage = "export|import FILE",
		.summary = "Save or load all that an account has",
		.text = state_text,
		.words = state_words,
		.arguments = ARGUMENTS_AMONG_OPTIONS,
		.arguments_minimum = 2,
		.arguments_maximum = 2,
		.run = run_state },
	{ .name = "reset",
		.taken = FOR_ACCOUNT | FOR_RESET,
		.summary = "Let an account begin anew",
		.text = reset_text,
		.run = run_reset },
	{ .name = "advance",
		.taken = FOR_ACCOUNT,
		.usage = "TIME",
		.summary = "Advance an account's clock",
		.text = advance_text,
		.words = advance_words,
		.arguments = ARGUMENTS_AMONG_OPTIONS,
		.arguments_minimum = 1,
		.arguments_maximum = 1,
		.run = run_advance },
	{ .name = "completion",
		.usage = "bash|zsh|fish",
		.summary = "Print what a shell needs to complete words",
		.words = completion_shells,
		.arguments = ARGUMENTS_AMONG_OPTIONS,
		.arguments_minimum = 1,
		.arguments_maximum = 1,
		.run = run_completion },
	{ .name = "man", .summary = "Print the manual page, as troff", .run = run_man },
	{ .name = "help",
		.usage = "[COMMAND]",
		.summary = "Say more about a command",
		.arguments = ARGUMENTS_AMONG_OPTIONS,
		.arguments_maximum = 1,
		.run = run_help },
	{ 0 },
};
