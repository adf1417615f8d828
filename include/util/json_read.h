/* SPDX-License-Identifier: MIT */
/*
 * The JSON library, where memory may run out.
 *
 * When the buffer for a token cannot grow, the library's reader (2.14) goes on without the bytes it
 * could not keep, and looks for the end of a string beyond the buffer's. So what reads JSON here
 * has room in reserve for the longest token; as soon as it is touched, the input ends.
 */
#ifndef UTIL_JSON_READ_H
#define UTIL_JSON_READ_H

#include <jansson.h>

/* Makes the library allocate as util/memory.h says. To be called once, before anything else of it.
 */
void json_read_init(void);

/* Reads a text as json_loadb does, with or without a byte order mark before it. NULL: it is no
 * JSON, of which `ret_problem` (or NULL) tells more; or memory ran out, which is noted. */
json_t *json_read(const char *text, size_t length, size_t flags, json_error_t *ret_problem);

/* Cuts what the library shows of the text off a problem: it may be a secret that stands beside a
 * typing error, and problems are logged. Line and column tell where to look. */
void json_problem_hide_text(json_error_t *problem);

#endif
