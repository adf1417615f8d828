/* SPDX-License-Identifier: MIT */
#include "util/memory.h"

#include <stdlib.h>

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
