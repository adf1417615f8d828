/* SPDX-License-Identifier: MIT */
/* The manual page, supersimd(1). */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "command/print.h"
#include "command/runs.h"
#include "util/failure.h"
#include "version.h"

enum { WIDTH = 70 }; /* about how long a line is to be */

/* Prints a text as troff takes it: in lines, and what has a meaning there loses it. */
static void print_text(FILE *out, const char *text)
{
	bool at_start = true;
	for (int column = 0; *text != '\0'; text++, column++) {
		if (at_start && (*text == '.' || *text == '\''))
			fputs("\\&", out);
		at_start = *text == ' ' && column + (int)strcspn(text + 1, " ") > WIDTH;
		if (at_start) {
			fputc('\n', out);
			column = 0;
		} else if (strncmp(text, "…", strlen("…")) == 0) {
			fputs("...", out);
			text += strlen("…") - 1;
		} else {
			fprintf(out, *text == '-' ? "\\-" : *text == '\\' ? "\\e" : "%c", *text);
		}
	}
}

static void print_line(FILE *out, const char *text)
{
	print_text(out, text);
	fputc('\n', out);
}

static void print_option(FILE *out, const struct option *option)
{
	fprintf(out, ".TP\n\\fB");
	print_text(out, "--");
	print_text(out, option->name);
	if (!option->is_switch) {
		fputs("\\fR \\fI", out);
		print_text(out, option->argument);
	}
	fputs("\\fR\n", out);
	print_line(out, option->help);
	if (option->initial != NULL) {
		fputs("Default: ", out);
		print_text(out, option->initial);
		fputs(".\n", out);
	}
}

static void print_options(FILE *out, const struct command *command)
{
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (command_owns(command, &options[i]))
			print_option(out, &options[i]);
	}
}

static void print_command(FILE *out, const struct command *command)
{
	fprintf(out, ".SS %s\n.B supersimd %s\n", command->name, command->name);
	if (command->taken != 0)
		fputs("[\\fIOPTION\\fR]...\n", out);
	if (command->usage != NULL)
		print_line(out, command->usage);
	fprintf(out, ".PP\n");
	print_text(out, command->summary);
	fputs(".\n", out);
	for (size_t i = 0; command->text != NULL && command->text[i] != NULL; i++) {
		fputs(".PP\n", out);
		print_line(out, command->text[i]);
	}
	print_options(out, command);
}

/* What the tables do not say: sections of lines that are troff already. */
static const char beginning[] =
	".SH NAME\nsupersimd \\- emulation of Twilio's Super SIM REST API\n"
	".SH SYNOPSIS\n.B supersimd\n[\\fIOPTION\\fR]...\n.br\n.B supersimd\n"
	"\\fICOMMAND\\fR ...\n"
	".SH DESCRIPTION\n"
	"Without a command,\n.B supersimd\n"
	"serves an emulation of Twilio's Super SIM REST API, and below /_emulator an API\n"
	"by which tests play the devices, move the time and begin anew.\n"
	"It listens on 127.0.0.1:7746 and keeps its records in ./supersim.db.\n"
	"When it is ready it prints one line of JSON on standard output: its URL.\n"
	"The log goes to standard error.\n"
	".PP\nSIGTERM or SIGINT stops it.\n"
	".SH OPTIONS\n"
	"Each option is also a variable (\\-\\-log\\-level is SUPERSIM_LOG_LEVEL; lists are\n"
	"separated by commas) and a key of the file that \\-\\-config names (\"log\\-level\").\n"
	"A flag has precedence over a variable, a variable over the file.\n";

static const char printers[] =
	".TP\n.B \\-\\-print\\-config\nPrint the options' values, and where each comes from.\n"
	".TP\n.B \\-\\-print\\-fidelity\nPrint what each answer rests on.\n"
	".TP\n.B \\-\\-print\\-errors\nPrint what each error means, and what helps.\n"
	".TP\n.B \\-\\-print\\-options\nPrint all commands and options, as Markdown.\n"
	".TP\n.B \\-\\-version\nPrint the version.\n"
	".TP\n.B \\-\\-help\nPrint the options.\n"
	".SH COMMANDS\n"
	"\\fBexec\\fR takes all options of the server, too.\n"
	"What calls a server finds it by \\-\\-url, or by the server's own \\-\\-port\\-file,\n"
	"\\-\\-listen and \\-\\-config, as flags or as variables.\n";

static const char end[] =
	".SH EXIT STATUS\n"
	".TP\n.B 0\nIt was done; the server stopped as asked.\n"
	".TP\n.B 1\nhealthcheck: the server is not ready.\n"
	".TP\n.B 64\nA bad option, argument or command.\n"
	".TP\n.B 65\nA bad seed or configuration file; a call that the server refused.\n"
	".TP\n.B 69\nThe address is in use; there is no server to call.\n"
	".TP\n.B 70\nexec: a check failed.\n"
	".TP\n.B 73\nThe database cannot be used, or a file cannot be made.\n"
	".TP\n.B 74\nAn I/O error.\n"
	".TP\n.B 75\nwait: the time is over.\n"
	".SH FILES\n.TP\n.I ./supersim.db\nThe records, unless \\-\\-db says otherwise.\n"
	".SH EXAMPLES\n"
	".nf\n"
	"supersimd exec \\-\\- npm test\n"
	"supersimd \\-\\-listen 127.0.0.1:0 \\-\\-db :memory: \\-\\-port\\-file port &\n"
	"supersimd wait \\-\\-port\\-file port\n"
	".fi\n"
	".SH NOTES\n"
	"Not affiliated with Twilio; Twilio and Super SIM are its marks.\n";

void manual_print(FILE *out)
{
	fputs(".TH SUPERSIMD 1 " SUPERSIM_DATE " \"supersim\\-emulator " SUPERSIM_VERSION
	      "\" \"User Commands\"\n",
		out);
	fputs(beginning, out);
	print_options(out, &command_server);
	fputs(printers, out);
	for (const struct command *command = commands; command->name != NULL; command++)
		print_command(out, command);
	fputs(end, out);
}

int run_man(struct config *config)
{
	(void)config;
	manual_print(stdout);
	return EX_OK;
}
