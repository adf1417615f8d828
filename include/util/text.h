/* SPDX-License-Identifier: MIT */
/* Small questions about texts. */
#ifndef UTIL_TEXT_H
#define UTIL_TEXT_H

#include <stdbool.h>
#include <string.h>

/* True when both are the same text. NULL is the same as nothing. */
static inline bool text_is(const char *text, const char *other)
{
	return text != NULL && other != NULL && strcmp(text, other) == 0;
}

#endif
