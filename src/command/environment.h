/* SPDX-License-Identifier: MIT */
/* The environment of a child: our own, with changes. */
#ifndef COMMAND_ENVIRONMENT_H
#define COMMAND_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "util/arena.h"

struct environment {
	struct arena *arena;
	const char **variables; /* "NAME=value", ended by NULL */
	size_t count, capacity; /* without the NULL */
	bool failed;		/* there was no memory */
};

/* Begins with what is given, whose texts must live on; there is room for `more` variables. */
void environment_init(
	struct environment *environment, struct arena *arena, char *const variables[], size_t more);

/* The value of a variable; NULL when there is none, or an empty one. */
const char *environment_get(const struct environment *environment, const char *name);

/* Gives a variable a value, in place of the one that it has. */
void environment_set(struct environment *environment, const char *name, const char *value);

#endif
