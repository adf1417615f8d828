/* SPDX-License-Identifier: MIT */
/* What the program prints about itself, from the tables of commands and options. */
#ifndef COMMAND_PRINT_H
#define COMMAND_PRINT_H

#include <stdio.h>

#include "command/command.h"

/* --help, and `help COMMAND`. */
void help_print(FILE *out, const struct command *command);

/* docs/options.md: every command and option. */
void reference_print(FILE *out);

/* The manual page, as troff. */
void manual_print(FILE *out);

/* What a shell needs to complete words; the names of the shells, ended by NULL. False: it is none
 * of them. */
extern const char *const completion_shells[];
bool completion_print(FILE *out, const char *shell);

#endif
