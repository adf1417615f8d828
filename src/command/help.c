/* SPDX-License-Identifier: MIT */
/* --help, and what `help COMMAND` says. */
#include <stdio.h>
#include <string.h>

#include "command/print.h"
#include "command/runs.h"
#include "util/failure.h"

enum { WIDTH = 80, INDENT = 6 };

/* Prints words, breaking lines before they reach column 80. */
static void print_wrapped(FILE *out, int indent, const char *text)
{
	int column = 0;
	while (*text != '\0') {
		const int length = (int)strcspn(text, " ");
		if (column == 0 || column + 1 + length > WIDTH) {
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

static void print_option(FILE *out, const struct option *option)
{
	fprintf(out, "  --%s%s%s", option->name, option->is_switch ? "" : " ", option->argument);
	if (option->initial != NULL)
		fprintf(out, "  (default %s)", option->initial);
	fputc('\n', out);
	print_wrapped(out, INDENT, option->help);
}

static void print_own_options(FILE *out, const struct command *command)
{
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (command_owns(command, &options[i]))
			print_option(out, &options[i]);
	}
}

static void print_server(FILE *out)
{
	fputs("Usage: supersimd [OPTION]…\n"
	      "       supersimd COMMAND …\n"
	      "Serves an emulation of Twilio's Super SIM REST API.\n\n"
	      "Commands (supersimd help COMMAND says more):\n",
		out);
	for (const struct command *command = commands; command->name != NULL; command++)
		fprintf(out, "  %-12s %s\n", command->name, command->summary);
	fputs("\nEach option is also a variable (--log-level is SUPERSIM_LOG_LEVEL; lists are\n"
	      "separated by commas) and a key of --config's file (\"log-level\").\n\n",
		out);
	print_own_options(out, &command_server);
	fputs("  --print-config\n      Print the options' values, and where each comes from.\n"
	      "  --print-fidelity\n      Print docs/fidelity.md: what rests on what.\n"
	      "  --print-errors\n      Print docs/errors.md: what each error means, what helps.\n"
	      "  --print-options\n      Print docs/options.md: all commands and options.\n"
	      "  --version\n      Print the version.\n  --help\n      Print this.\n",
		out);
}

/* Options of the server that a command takes, too: by their names alone. */
static void print_shared_options(FILE *out, const struct command *command)
{
	const char *before =
		"\nIt also takes these options of the server, as flags or variables:\n ";
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (!option_is_for(&options[i], command->taken) ||
			command_owns(command, &options[i]))
			continue;
		fprintf(out, "%s --%s", before, options[i].name);
		before = "";
	}
	fputs(before[0] == '\0' ? "\n" : "", out);
}

static void print_command(FILE *out, const struct command *command)
{
	fprintf(out, "Usage: supersimd %s%s%s%s\n%s.\n", command->name,
		command->taken != 0 ? " [OPTION]…" : "", command->usage != NULL ? " " : "",
		command->usage != NULL ? command->usage : "", command->summary);
	for (size_t i = 0; command->text != NULL && command->text[i] != NULL; i++) {
		fputc('\n', out);
		print_wrapped(out, 0, command->text[i]);
	}
	if (command->taken == 0)
		return;
	fputc('\n', out);
	print_own_options(out, command);
	if (command->taken == FOR_EXEC)
		fputs("\nIt also takes all options of the server: see supersimd --help.\n", out);
	else
		print_shared_options(out, command);
}

void help_print(FILE *out, const struct command *command)
{
	if (command->name == NULL)
		print_server(out);
	else
		print_command(out, command);
}

int run_help(struct config *config)
{
	const char *name = config->arguments[0];
	const struct command *command = name != NULL ? command_find(name) : &command_server;
	if (command == NULL)
		return command_refuse(name);
	help_print(stdout, command);
	return EX_OK;
}
