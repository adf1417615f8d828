/* SPDX-License-Identifier: MIT */
/* Which known name somebody may have meant. */
#ifndef UTIL_SPELLING_H
#define UTIL_SPELLING_H

#include <stdbool.h>
#include <stddef.h>

/* How many letters must be added, dropped or changed to make one text the other; at least
 * SPELLING_FAR for texts of more than 63 bytes, which nobody means by mistake. */
enum { SPELLING_FAR = 64 };
size_t spelling_distance(const char *one, const char *other);

/* True when `given` may be a slip of the pen for `known`: a letter, and one more for every four. */
bool spelling_is_near(const char *given, const char *known);

#endif
