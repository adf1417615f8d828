/* SPDX-License-Identifier: MIT */
#include "util/resemble.h"

#include <ctype.h>
#include <stddef.h>

enum { NAME_MAXIMUM = 64, LETTERS_PER_CHANGE = 4 };

/* The letters that count, in lower case. False when there are too many. */
static bool plain_letters(const char *text, char letters[NAME_MAXIMUM], size_t *ret_count)
{
	size_t count = 0;
	for (; *text != '\0'; text++) {
		if (*text == '_' || *text == '-')
			continue;
		if (count == NAME_MAXIMUM)
			return false;
		letters[count++] = (char)tolower((unsigned char)*text);
	}
	*ret_count = count;
	return true;
}

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	const unsigned less = a < b ? a : b;
	return less < c ? less : c;
}

/* Levenshtein's distance, row by row. */
static unsigned changes(const char *from, size_t from_count, const char *into, size_t into_count)
{
	unsigned row[NAME_MAXIMUM + 1];
	for (size_t j = 0; j <= into_count; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= from_count; i++) {
		unsigned diagonal = row[0];
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= into_count; j++) {
			const unsigned above = row[j];
			row[j] = least(
				above + 1, row[j - 1] + 1, diagonal + (from[i - 1] != into[j - 1]));
			diagonal = above;
		}
	}
	return row[into_count];
}

unsigned text_distance(const char *given, const char *known)
{
	char from[NAME_MAXIMUM], into[NAME_MAXIMUM];
	size_t from_count, into_count;
	if (!plain_letters(given, from, &from_count) || !plain_letters(known, into, &into_count))
		return UINT_MAX;
	const unsigned distance = changes(from, from_count, into, into_count);
	return distance == 0 || distance * LETTERS_PER_CHANGE <= into_count ? distance : UINT_MAX;
}
