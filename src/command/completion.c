/* SPDX-License-Identifier: MIT */
/* Scripts by which shells complete words, and the words of options' values. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "command/print.h"
#include "command/runs.h"
#include "util/count.h"
#include "util/failure.h"

/* ── parts ───────────────────────────────────────────────────────────────────────────────── */

/* Words with blanks between them. */
static void print_words(FILE *out, const char *const *words)
{
	for (size_t i = 0; words != NULL && words[i] != NULL; i++)
		fprintf(out, "%s%s", i > 0 ? " " : "", words[i]);
}

static void print_command_names(FILE *out)
{
	for (const struct command *command = commands; command->name != NULL; command++)
		fprintf(out, "%s%s", command != commands ? " " : "", command->name);
}

/* Options without a value. */
static const char *const plain_options[] = { "print-config", "print-fidelity", "print-errors",
	"print-options", "version", "help" };

/* The beginning of a help, for a column beside a word: without what a shell would read otherwise.
 */
static void print_short_help(FILE *out, const char *help)
{
	const size_t length = strcspn(help, ".:,;(");
	for (size_t i = 0; i < length; i++) {
		if (strchr("'\"[]\\`$", help[i]) == NULL)
			fputc(help[i], out);
	}
}

/* True when a row before has the same name: a shell's words are completed alike for both. */
static bool is_repeated(const struct option *option)
{
	for (const struct option *before = options; before != option; before++) {
		if (strcmp(before->name, option->name) == 0)
			return true;
	}
	return false;
}

/* ── bash ────────────────────────────────────────────────────────────────────────────────── */

static void print_bash_values(FILE *out)
{
	fputs("\tcase $previous in\n", out);
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const struct option *option = &options[i];
		if (is_repeated(option) || option->is_switch)
			continue;
		fprintf(out, "\t--%s)\n\t\t", option->name);
		if (option->kind == OPTION_CHOICE) {
			fputs("_supersimd_offer -W '", out);
			print_words(out, option->choices);
			fputs("'\n\t\t", out);
		} else if (option->is_file) {
			fputs("_supersimd_offer -f\n\t\t", out);
		}
		fputs("return ;;\n", out);
	}
	fputs("\tesac\n", out);
}

static void print_bash_command(FILE *out, const struct command *command)
{
	fprintf(out, "\t%s)\n\t\twords='", command->name != NULL ? command->name : "''");
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (option_is_for(&options[i], command->taken))
			fprintf(out, "--%s ", options[i].name);
	}
	if (command->name == NULL) {
		for (size_t i = 0; i < COUNT_OF(plain_options); i++)
			fprintf(out, "--%s ", plain_options[i]);
	} else if (strcmp(command->name, "help") == 0) {
		print_command_names(out);
	}
	print_words(out, command->words);
	fputs("' ;;\n", out);
}

static void print_bash(FILE *out)
{
	fputs("# bash completion of supersimd; printed by `supersimd completion bash`\n"
	      "_supersimd_offer()\n{\n"
	      "\tlocal found\n"
	      "\t[[ $1 == -f ]] && compopt -o filenames 2>/dev/null\n"
	      "\tfound=$(compgen \"$@\" -- \"$current\") && mapfile -t COMPREPLY "
	      "<<<\"$found\"\n}\n\n"
	      "_supersimd()\n{\n"
	      "\tlocal current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
	      "\tlocal command='' words='' i\n"
	      "\tCOMPREPLY=()\n"
	      "\t# --name=value comes as three words.\n"
	      "\tif [[ $current == = ]]; then\n\t\tcurrent=''\n"
	      "\telif [[ $previous == = ]]; then\n\t\tprevious=${COMP_WORDS[COMP_CWORD - 2]}\n"
	      "\tfi\n"
	      "\tif ((COMP_CWORD > 1)) && [[ ${COMP_WORDS[1]} != -* ]]; then\n"
	      "\t\tcommand=${COMP_WORDS[1]}\n\tfi\n"
	      "\t# What follows -- is another program's.\n"
	      "\tfor ((i = 2; i < COMP_CWORD; i++)); do\n"
	      "\t\tif [[ $command == exec && ${COMP_WORDS[i]} == -- ]]; then\n"
	      "\t\t\tif ((i == COMP_CWORD - 1)); then\n"
	      "\t\t\t\t_supersimd_offer -c\n"
	      "\t\t\telse\n\t\t\t\t_supersimd_offer -f\n\t\t\tfi\n"
	      "\t\t\treturn\n\t\tfi\n\tdone\n",
		out);
	print_bash_values(out);
	fputs("\tcase $command in\n", out);
	print_bash_command(out, &command_server);
	for (const struct command *command = commands; command->name != NULL; command++)
		print_bash_command(out, command);
	fputs("\tesac\n"
	      "\tif ((COMP_CWORD == 1)) && [[ $current != -* ]]; then\n\t\twords='",
		out);
	print_command_names(out);
	fputs("'\n\tfi\n"
	      "\t_supersimd_offer -W \"$words\"\n"
	      "\tif [[ $command == state && ${#COMPREPLY[@]} == 0 ]]; then\n"
	      "\t\t_supersimd_offer -f\n\tfi\n"
	      "}\n\ncomplete -F _supersimd supersimd\n",
		out);
}

/* ── zsh ─────────────────────────────────────────────────────────────────────────────────── */

static void print_zsh_option(FILE *out, const struct option *option)
{
	fprintf(out, "\t\t'%s--%s%s[", option->kind == OPTION_LIST ? "*" : "", option->name,
		option->is_switch ? "" : "=");
	print_short_help(out, option->help);
	fputs(option->is_switch ? "]" : "]:value:", out);
	if (option->is_switch) {
		/* it has no value */
	} else if (option->kind == OPTION_CHOICE) {
		fputc('(', out);
		print_words(out, option->choices);
		fputc(')', out);
	} else if (option->is_file) {
		fputs("_files", out);
	}
	fputs("'\n", out);
}

static void print_zsh_command(FILE *out, const struct command *command)
{
	fprintf(out, "\t%s)\n\t\targuments+=(\n", command->name != NULL ? command->name : "''");
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (option_is_for(&options[i], command->taken))
			print_zsh_option(out, &options[i]);
	}
	if (command->name == NULL) {
		for (size_t i = 0; i < COUNT_OF(plain_options); i++)
			fprintf(out, "\t\t--%s\n", plain_options[i]);
	} else if (command->words != NULL || strcmp(command->name, "help") == 0) {
		fputs("\t\t'1:word:(", out);
		if (command->words != NULL)
			print_words(out, command->words);
		else
			print_command_names(out);
		fputs(")'\n", out);
	}
	if (command->arguments == ARGUMENTS_LAST)
		fputs("\t\t'(-):command: _command_names -e'\n\t\t'*::arguments: _normal'\n", out);
	else if (command->arguments_maximum > 1)
		fputs("\t\t'*:file:_files'\n", out);
	fputs("\t\t) ;;\n", out);
}

static void print_zsh(FILE *out)
{
	fputs("#compdef supersimd\n"
	      "# zsh completion of supersimd; printed by `supersimd completion zsh`\n"
	      "local -a names arguments\nlocal command=''\nnames=(\n",
		out);
	for (const struct command *command = commands; command->name != NULL; command++) {
		fprintf(out, "\t'%s:", command->name);
		print_short_help(out, command->summary);
		fputs("'\n", out);
	}
	fputs(")\nif ((CURRENT > 2)) && [[ ${words[2]} != -* ]]; then\n"
	      "\tcommand=${words[2]}\n"
	      "\twords=(\"${words[1]}\" \"${(@)words[3,-1]}\")\n"
	      "\t((CURRENT--))\n"
	      "elif ((CURRENT == 2)); then\n"
	      "\t_describe -t commands command names\n"
	      "fi\ncase $command in\n",
		out);
	print_zsh_command(out, &command_server);
	for (const struct command *command = commands; command->name != NULL; command++)
		print_zsh_command(out, command);
	fputs("esac\n_arguments \"${arguments[@]}\"\n", out);
}

/* ── fish ────────────────────────────────────────────────────────────────────────────────── */

static void print_fish_options(FILE *out, const struct command *command)
{
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const struct option *option = &options[i];
		if (!option_is_for(option, command->taken))
			continue;
		if (command->name == NULL)
			fputs("complete -c supersimd -n __fish_use_subcommand", out);
		else
			fprintf(out, "complete -c supersimd -n '__fish_seen_subcommand_from %s'",
				command->name);
		fprintf(out, " -l %s %s", option->name,
			option->is_switch ? "-f"
			: option->is_file ? "-r -F"
					  : "-x");
		if (option->kind == OPTION_CHOICE && !option->is_switch) {
			fputs(" -a '", out);
			print_words(out, option->choices);
			fputc('\'', out);
		}
		fputs(" -d '", out);
		print_short_help(out, option->help);
		fputs("'\n", out);
	}
}

static void print_fish(FILE *out)
{
	fputs("# fish completion of supersimd; printed by `supersimd completion fish`\n"
	      "complete -c supersimd -n __fish_use_subcommand -f\n",
		out);
	for (size_t i = 0; i < COUNT_OF(plain_options); i++)
		fprintf(out, "complete -c supersimd -n __fish_use_subcommand -l %s\n",
			plain_options[i]);
	print_fish_options(out, &command_server);
	for (const struct command *command = commands; command->name != NULL; command++) {
		fprintf(out, "complete -c supersimd -n __fish_use_subcommand -a %s -d '",
			command->name);
		print_short_help(out, command->summary);
		fputs("'\n", out);
		print_fish_options(out, command);
		if (command->words == NULL)
			continue;
		fprintf(out, "complete -c supersimd -n '__fish_seen_subcommand_from %s' -a '",
			command->name);
		print_words(out, command->words);
		fputs("'\n", out);
	}
}

/* ── shells ──────────────────────────────────────────────────────────────────────────────── */

const char *const completion_shells[] = { "bash", "zsh", "fish", NULL };

bool completion_print(FILE *out, const char *shell)
{
	static void (*const printers[])(FILE * out) = { print_bash, print_zsh, print_fish };
	for (size_t i = 0; completion_shells[i] != NULL; i++) {
		if (strcmp(completion_shells[i], shell) == 0) {
			printers[i](out);
			return true;
		}
	}
	return false;
}

int run_completion(struct config *config)
{
	const char *shell = config->arguments[0];
	if (completion_print(stdout, shell))
		return EX_OK;
	fprintf(stderr, "supersimd: completion: %s must be bash, zsh or fish\n", shell);
	return EX_USAGE;
}
