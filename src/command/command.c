/* SPDX-License-Identifier: MIT */
#include "command/command.h"

#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "util/resemble.h"

const struct command *command_find(const char *name)
{
	for (const struct command *command = commands; command->name != NULL; command++) {
		if (strcmp(command->name, name) == 0)
			return command;
	}
	return NULL;
}

/* The command whose name may have been meant; NULL: none is near. */
static const struct command *nearest_command(const char *name)
{
	unsigned smallest = UINT_MAX;
	const struct command *nearest = NULL;
	for (const struct command *command = commands; command->name != NULL; command++) {
		const unsigned distance = text_distance(name, command->name);
		if (distance < smallest) {
			smallest = distance;
			nearest = command;
		}
	}
	return nearest;
}

int command_refuse(const char *name)
{
	struct failure failure;
	const struct command *meant = nearest_command(name);
	failure_set(&failure, EX_USAGE, "unknown command %s%s%s (see supersimd --help)", name,
		meant != NULL ? ", did you mean " : "", meant != NULL ? meant->name : "");
	fprintf(stderr, "supersimd: %s\n", failure.message);
	return failure.exit_code;
}

bool command_owns(const struct command *command, const struct option *option)
{
	return option_is_for(option, command->taken) &&
	       (command->taken == FOR_SERVER || !option_is_for(option, FOR_SERVER));
}
