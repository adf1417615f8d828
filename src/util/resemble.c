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

/* Levenshtein's distance, row by row; two neighbours that changed places are one change, too. */
static unsigned changes(const char *from, size_t from_count, const char *into, size_t into_count)
{
	unsigned rows[3][NAME_MAXIMUM + 1];
	for (size_t j = 0; j <= into_count; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= from_count; i++) {
		const unsigned *before = rows[(i + 1) % 3], *above = rows[(i - 1) % 3];
		unsigned *row = rows[i % 3];
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= into_count; j++) {
			row[j] = least(above[j] + 1, row[j - 1] + 1,
				above[j - 1] + (from[i - 1] != into[j - 1]));
			if (i > 1 && j > 1 && from[i - 1] == into[j - 2] &&
				from[i - 2] == into[j - 1] && before[j - 2] + 1 < row[j])
				row[j] = before[j - 2] + 1;
		}
	}
	return rows[from_count % 3][into_count];
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
