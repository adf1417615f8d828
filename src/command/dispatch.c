/* SPDX-License-Identifier: MIT */
#include "command/dispatch.h"

#include <stdio.h>

#include "api/errors.h"
#include "api/fidelity.h"
#include "command/command.h"
#include "command/print.h"
#include "control/error.h"
#include "version.h"

static int refuse(const struct failure *failure)
{
	fprintf(stderr, "supersimd: %s\n", failure->message);
	return failure->exit_code;
}

/* docs/errors.md: each room knows its own. */
static void print_errors(void)
{
	api_errors_print(stdout);
	control_errors_print(stdout);
}

static int print_settings(const struct command *command, struct config *config)
{
	const struct failure failure = { EX_OSERR, "out of memory" };
	const char *text = config_describe_sources(config, command->taken);
	if (text == NULL)
		return refuse(&failure);
	puts(text);
	return EX_OK;
}

static bool check_arguments(
	const struct command *command, const struct config *config, struct failure *failure)
{
	int count = 0;
	while (config->arguments[count] != NULL)
		count++;
	if (count < command->arguments_minimum)
		return failure_set(failure, EX_USAGE,
			"%s: there must be %s (see supersimd help %s)", command->name,
			command->usage, command->name);
	if (command->arguments_maximum >= 0 && count > command->arguments_maximum)
		return failure_set(failure, EX_USAGE,
			"%s: unknown argument %s (see supersimd help %s)", command->name,
			config->arguments[command->arguments_maximum], command->name);
	return true;
}

/* What was asked for, once it has been read. */
static int run(const struct command *command, enum config_result asked, struct config *config,
	struct failure *failure)
{
	switch (asked) {
	case CONFIG_READY:
		return check_arguments(command, config, failure) ? command->run(config)
								 : refuse(failure);
	case CONFIG_HELP: help_print(stdout, command); return EX_OK;
	case CONFIG_VERSION: puts("supersimd " SUPERSIM_VERSION); return EX_OK;
	case CONFIG_FIDELITY: fidelity_print(stdout); return EX_OK;
	case CONFIG_ERRORS: print_errors(); return EX_OK;
	case CONFIG_OPTIONS: reference_print(stdout); return EX_OK;
	case CONFIG_PRINT: return print_settings(command, config);
	case CONFIG_FAILED: break;
	}
	return refuse(failure);
}

int command_dispatch(char *const words[], char *const environment[])
{
	struct config config;
	struct failure failure;
	const bool named = words[0] != NULL && words[0][0] != '-';
	const struct command *command = named ? command_find(words[0]) : &command_server;
	if (command == NULL)
		return command_refuse(words[0]);
	const struct config_request request = {
		.command = command->taken,
		.command_name = command->name,
		.flags = words + named,
		.environment = environment,
		.defaults = command->defaults,
		.arguments = command->arguments,
	};
	const enum config_result asked = config_read(&request, &config, &failure);
	const int exit_code = run(command, asked, &config, &failure);
	config_done(&config);
	return exit_code;
}
