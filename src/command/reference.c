/* SPDX-License-Identifier: MIT */
/* docs/options.md: every command and every option, in tables. */
#include <stdio.h>
#include <string.h>

#include "command/print.h"

/* A text within a table, where | would begin a column. */
static void print_cell(FILE *out, const char *text)
{
	for (; *text != '\0'; text++)
		fprintf(out, *text == '|' ? "\\|" : "%c", *text);
}

static void print_option(FILE *out, const struct option *option)
{
	fprintf(out, "| `--%s%s", option->name, option->is_switch ? "" : " ");
	print_cell(out, option->argument);
	fputs("` | ", out);
	if (option->initial != NULL)
		fprintf(out, "`%s`", option->initial);
	fputs(" | ", out);
	print_cell(out, option->help);
	fputs(" |\n", out);
}

static void print_options(FILE *out, const struct command *command)
{
	const char *head = "\n| Option | Default | Does |\n|---|---|---|\n";
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (!command_owns(command, &options[i]))
			continue;
		fputs(head, out);
		head = "";
		print_option(out, &options[i]);
	}
}

static void print_command(FILE *out, const struct command *command)
{
	fprintf(out, "\n### %s\n\n`supersimd %s%s%s%s`\n\n%s.\n", command->name, command->name,
		command->taken != 0 ? " [OPTION]…" : "", command->usage != NULL ? " " : "",
		command->usage != NULL ? command->usage : "", command->summary);
	for (size_t i = 0; command->text != NULL && command->text[i] != NULL; i++)
		fprintf(out, "\n%s\n", command->text[i]);
	print_options(out, command);
}

void reference_print(FILE *out)
{
	fputs("<!-- Printed by `supersimd --print-options`. Do not edit. -->\n\n"
	      "# Commands and options\n\n"
	      "Every command and option of `supersimd`. [Running it](running.md) says what they "
	      "are good for.\n\n"
	      "## Options of the server\n\n"
	      "`supersimd [OPTION]…`\n\n"
	      "Each is also a variable (`--log-level` is `SUPERSIM_LOG_LEVEL`; lists are separated "
	      "by commas) and a key of the file that `--config` names (`\"log-level\"`).\n",
		out);
	print_options(out, &command_server);
	fputs("\n## Commands\n\n"
	      "`supersimd COMMAND …`. `exec` takes all options of the server, too. What calls a "
	      "server finds it by `--url`, or by the server's own `--port-file`, `--listen` and "
	      "`--config`, as flags or as variables.\n",
		out);
	for (const struct command *command = commands; command->name != NULL; command++)
		print_command(out, command);
}
