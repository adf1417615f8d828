/* SPDX-License-Identifier: MIT */
/* Texts for people who compare two that look alike. */
#ifndef UTIL_VISIBLE_H
#define UTIL_VISIBLE_H

#include "util/arena.h"

/*
 * A text in which nothing hides: control characters, blanks other than the space between words,
 * what has no width, and marks that merge with the letter before them are shown by their numbers,
 * \u00a0 or \u{e0001}; a backslash is doubled, and bytes that are no UTF-8 are \xff. Like that two
 * texts that differ are shown differently. In the arena; NULL without memory, and for NULL.
 */
const char *visible_text(struct arena *arena, const char *text);

#endif
