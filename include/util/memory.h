/* SPDX-License-Identifier: MIT */
/*
 * Memory that runs out is recorded, for each thread. Whoever does something whole (a request, a job
 * of the writer, the reading of a seed) looks once, at its end, whether all of it was had: what was
 * made without may be anything. Nobody in between has to tell "there is none" from "no memory".
 *
 * The arena, the text buffer and the JSON library allocate by these functions, and so does what is
 * made for a request to outlive it.
 */
#ifndef UTIL_MEMORY_H
#define UTIL_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* As malloc and realloc; NULL is noted. */
void *memory_allocate(size_t size);
void *memory_reallocate(void *memory, size_t size);

/* All zero; a copy of a text, as strdup gives one. NULL is noted. */
void *memory_allocate_zeroed(size_t size);
char *memory_copy_text(const char *text);

/* Whether memory ran out on this thread since memory_begin. */
bool memory_ran_out(void);

/* Begins anew. Gives what was recorded so far, for memory_resume. */
bool memory_begin(void);

/* Goes on with what is around the part that memory_begin began: `ran_out` is what that gave. */
void memory_resume(bool ran_out);

#endif
