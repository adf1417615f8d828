/* SPDX-License-Identifier: MIT */
#include "command/environment.h"

#include <assert.h>
#include <string.h>

void environment_init(
	struct environment *environment, struct arena *arena, char *const variables[], size_t more)
{
	size_t count = 0;
	while (variables[count] != NULL)
		count++;
	*environment =
		(struct environment){ .arena = arena, .count = count, .capacity = count + more };
	environment->variables = arena_alloc(arena, (count + more + 1) * sizeof(variables[0]));
	environment->failed = environment->variables == NULL;
	for (size_t i = 0; i < count && !environment->failed; i++)
		environment->variables[i] = variables[i];
}

/* Where a variable is; the count, when it is not there. */
static size_t place_of(const struct environment *environment, const char *name)
{
	const size_t length = strlen(name);
	size_t i = 0;
	while (i < environment->count && (strncmp(environment->variables[i], name, length) != 0 ||
						 environment->variables[i][length] != '='))
		i++;
	return i;
}

const char *environment_get(const struct environment *environment, const char *name)
{
	const size_t place = environment->failed ? environment->count : place_of(environment, name);
	if (place == environment->count)
		return NULL;
	const char *value = environment->variables[place] + strlen(name) + 1;
	return value[0] != '\0' ? value : NULL;
}

void environment_set(struct environment *environment, const char *name, const char *value)
{
	if (environment->failed)
		return;
	const char *variable = arena_format(environment->arena, "%s=%s", name, value);
	const size_t place = place_of(environment, name);
	assert(place < environment->capacity);
	environment->variables[place] = variable;
	environment->count += place == environment->count;
	environment->failed = variable == NULL;
}
