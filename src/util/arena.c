/* SPDX-License-Identifier: MIT */
#include "util/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/memory.h"

enum { BLOCK_SIZE = 4096 - 64 };

struct arena_block {
	struct arena_block *older;
	size_t size;
	alignas(max_align_t) char memory[];
};

void arena_init(struct arena *arena)
{
	*arena = (struct arena){ 0 };
}

static void free_newer_than(struct arena *arena, struct arena_block *kept)
{
	while (arena->blocks != kept) {
		struct arena_block *block = arena->blocks;
		arena->blocks = block->older;
		free(block);
	}
	arena->used = 0;
}

void arena_done(struct arena *arena)
{
	free_newer_than(arena, NULL);
}

void arena_reset(struct arena *arena)
{
	struct arena_block *oldest = arena->blocks;
	while (oldest != NULL && oldest->older != NULL)
		oldest = oldest->older;
	free_newer_than(arena, oldest);
}

size_t arena_size(const struct arena *arena)
{
	size_t size = 0;
	for (const struct arena_block *block = arena->blocks; block != NULL; block = block->older)
		size += block->size;
	return size;
}

/* As arena_alloc, without zeroing. */
static void *take(struct arena *arena, size_t size)
{
	const size_t alignment = alignof(max_align_t);
	if (size > SIZE_MAX / 2)
		return NULL;
	const size_t rounded = (size + alignment - 1) / alignment * alignment;
	if (arena->blocks == NULL || arena->blocks->size - arena->used < rounded) {
		const size_t block_size = rounded > BLOCK_SIZE ? rounded : BLOCK_SIZE;
		struct arena_block *block = memory_allocate(sizeof(*block) + block_size);
		if (block == NULL)
			return NULL;
		block->older = arena->blocks;
		block->size = block_size;
		arena->blocks = block;
		arena->used = 0;
	}
	void *memory = arena->blocks->memory + arena->used;
	arena->used += rounded;
	return memory;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	void *memory = take(arena, size);
	return memory != NULL ? memset(memory, 0, size) : NULL;
}

char *arena_copy(struct arena *arena, const char *bytes, size_t length)
{
	char *copy = take(arena, length + 1);
	if (copy == NULL)
		return NULL;
	memcpy(copy, bytes, length);
	copy[length] = '\0';
	return copy;
}

const char *arena_format(struct arena *arena, const char *format, ...)
{
	va_list arguments, again;
	va_start(arguments, format);
	va_copy(again, arguments);
	const int length = vsnprintf(NULL, 0, format, arguments);
	char *text = length >= 0 ? take(arena, (size_t)length + 1) : NULL;
	if (text != NULL)
		vsnprintf(text, (size_t)length + 1, format, again);
	va_end(again);
	va_end(arguments);
	return text;
}
