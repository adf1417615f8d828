/* SPDX-License-Identifier: MIT */
/*
 * What the program can be called for: to serve, without a command, or one of the commands.
 *
 * One table describes each once; help, manual and completions come from it and from the table of
 * options (option.h).
 */
#ifndef COMMAND_COMMAND_H
#define COMMAND_COMMAND_H

#include <stdbool.h>

#include "option.h"
#include "options.h"

struct command {
	const char *name;
	unsigned taken;		  /* whose options it takes: FOR_… (option.h) */
	const char *usage;	  /* what it takes beside options: "TIME"; NULL: nothing */
	const char *summary;	  /* a line, which ends without a full stop */
	const char *const *text;  /* paragraphs that say more, ended by NULL */
	const char *const *words; /* that its first argument may be, ended by NULL; or NULL: any */
	enum config_arguments arguments;
	int arguments_minimum, arguments_maximum; /* -1: as many as one likes */
	const struct config_default *defaults; /* of its options, when they are its own; or NULL */
	/* Does it, with a complete configuration, and gives the exit code. What is to be said went
	 * to stdout or, if it failed, to stderr. */
	int (*run)(struct config *config);
};

/* What is done without a command: the server alone. Its `name` is NULL. */
extern const struct command command_server;

/* The commands, ended by one without a name. */
extern const struct command commands[];

/* The command of a name; NULL: there is none. */
const struct command *command_find(const char *name);

/* Says that there is no command of this name, and which one may have been meant. Gives the exit
 * code. */
int command_refuse(const char *name);

/* True when an option is the command's own: one that the server does not have as well. */
bool command_owns(const struct command *command, const struct option *option);

#endif
