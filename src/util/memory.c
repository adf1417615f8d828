/* SPDX-License-Identifier: MIT */
#include "util/memory.h"

#include <stdlib.h>
#include <string.h>

static _Thread_local bool noted;

void *memory_allocate(size_t size)
{
	void *memory = malloc(size);
	if (memory == NULL)
		noted = true;
	return memory;
}

void *memory_reallocate(void *memory, size_t size)
{
	void *grown = realloc(memory, size);
	if (grown == NULL)
		noted = true;
	return grown;
}

void *memory_allocate_zeroed(size_t size)
{
	void *memory = calloc(1, size);
	if (memory == NULL)
		noted = true;
	return memory;
}

char *memory_copy_text(const char *text)
{
	const size_t size = strlen(text) + 1;
	char *copy = memory_allocate(size);
	return copy != NULL ? memcpy(copy, text, size) : NULL;
}

bool memory_ran_out(void)
{
	return noted;
}

bool memory_begin(void)
{
	const bool before = noted;
	noted = false;
	return before;
}

void memory_resume(bool ran_out)
{
	noted = ran_out;
}
