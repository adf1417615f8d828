/* SPDX-License-Identifier: MIT */
/* Decoding of what a URL or a form carries. */
#ifndef UTIL_PERCENT_H
#define UTIL_PERCENT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Decodes `length` bytes of `text` in place, writes a NUL after the result and gives its length.
 * In forms and queries a `+` is a space. False, with `text` half changed, for a malformed escape
 * (`%ZZ`, `%4`), for a NUL (a C string could not hold it) and for a result that is no UTF-8.
 * `text` must have room for the NUL: length + 1 bytes.
 */
bool percent_decode(char *text, size_t length, bool plus_is_space, size_t *ret_length);

/* The byte that an escape stands for (`%41`) when `length` bytes begin with one; -1: they do not.
 */
int percent_escaped(const char *text, size_t length);

#endif
