/* SPDX-License-Identifier: MIT */
/* Why the program cannot start: one line for the user and an exit code from sysexits.h. */
#ifndef UTIL_FAILURE_H
#define UTIL_FAILURE_H

#include <stdbool.h>
#include <sysexits.h>

struct failure {
	int exit_code; /* EX_USAGE, EX_DATAERR, EX_UNAVAILABLE, EX_CANTCREAT, EX_IOERR, … */
	char message[512];
};

/* Fills `failure` and returns false, so that a caller can write `return failure_set(…)`. */
bool failure_set(struct failure *failure, int exit_code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts the name of the file that is at fault before the message, and returns false. */
bool failure_name(struct failure *failure, const char *name);

#endif
