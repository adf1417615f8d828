/* SPDX-License-Identifier: MIT */
/*
 * Memory that is freed all at once.
 *
 * A request's arena holds everything that belongs to it; nothing in it is freed one by one.
 * An arena belongs to one thread at a time. Its first block is kept over arena_reset, so a
 * request that fits in it costs no allocation.
 */
#ifndef UTIL_ARENA_H
#define UTIL_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *blocks; /* newest first */
	size_t used;		    /* bytes taken from the newest block */
};

/* Makes an empty arena. Allocates nothing. */
void arena_init(struct arena *arena);

/* Frees everything. */
void arena_done(struct arena *arena);

/* Forgets everything that was allocated, keeping the oldest block's memory. */
void arena_reset(struct arena *arena);

/* `size` zeroed bytes aligned for any type, or NULL when memory runs out. */
void *arena_alloc(struct arena *arena, size_t size);

/* A NUL-terminated copy of `length` bytes, or NULL when memory runs out. */
char *arena_copy(struct arena *arena, const char *bytes, size_t length);

/* What printf would print, or NULL when memory runs out. */
const char *arena_format(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* How much memory it holds, in bytes. */
size_t arena_size(const struct arena *arena);

#endif
