/* SPDX-License-Identifier: MIT */
/* UTF-8 well-formedness as RFC 3629 has it: no overlong forms, no surrogates, nothing above
 * U+10FFFF. */
#ifndef UTIL_UTF8_H
#define UTIL_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Length in bytes (1 to 4) of the well-formed sequence at `text`, or 0 when there is none.
 * `text` is NUL-terminated; the NUL itself has length 0. */
size_t utf8_sequence_length(const char *text);

/* Likewise of the character at `text`, or 0 when it is a control character (C0, DEL or C1): what a
 * terminal or a header should not be given as it is. */
size_t utf8_printable_length(const char *text);

/* True when all of the NUL-terminated `text` is UTF-8. */
bool utf8_is_valid(const char *text);

/* Characters (code points) in a text that is valid UTF-8. */
size_t utf8_count(const char *text);

/* How much of a text, at most `maximum` bytes, can be shown without cutting a character in two. */
size_t utf8_prefix(const char *text, size_t maximum);

#endif
