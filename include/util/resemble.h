/* SPDX-License-Identifier: MIT */
/* Names that somebody may have meant: another case, other separators, a letter or two. */
#ifndef UTIL_RESEMBLE_H
#define UTIL_RESEMBLE_H

#include <limits.h>
#include <stdbool.h>

/*
 * How many letters would have to be added, taken away, changed, or swapped with their neighbour to
 * make one name the other. Case, `_` and `-` do not count: "data_limit" is "DataLimit". UINT_MAX
 * when they do not resemble each other: there is more than one change for every four letters of
 * `known`, or a name is very long.
 */
unsigned text_distance(const char *given, const char *known);

/* The same, and UINT_MAX as well when there are more than `most` changes. The fewer, the sooner
 * that is known. */
unsigned text_distance_within(const char *given, const char *known, unsigned most);

/* True when the distance is less than UINT_MAX. */
static inline bool text_resembles(const char *given, const char *known)
{
	return text_distance(given, known) < UINT_MAX;
}

#endif
