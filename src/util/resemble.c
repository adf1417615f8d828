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

/* Levenshtein's distance, row by row; two neighbours that changed places are one change, too. Only
 * what is within `most` of the diagonal can be on the way of so few changes: right of it stands
 * what is too much. */
static unsigned changes(
	const char *from, size_t from_count, const char *into, size_t into_count, unsigned most)
{
	unsigned rows[3][NAME_MAXIMUM + 2];
	for (size_t j = 0; j <= into_count + 1; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= from_count; i++) {
		const unsigned *before = rows[(i + 1) % 3], *above = rows[(i - 1) % 3];
		unsigned *row = rows[i % 3];
		const size_t first = i > most ? i - most : 1;
		const size_t last = i + most < into_count ? i + most : into_count;
		row[first - 1] = first > 1 ? most + 1 : (unsigned)i;
		row[last + 1] = most + 1;
		for (size_t j = first; j <= last; j++) {
			row[j] = least(above[j] + 1, row[j - 1] + 1,
				above[j - 1] + (from[i - 1] != into[j - 1]));
			if (i > 1 && j > 1 && from[i - 1] == into[j - 2] &&
				from[i - 2] == into[j - 1] && before[j - 2] + 1 < row[j])
				row[j] = before[j - 2] + 1;
		}
	}
	return rows[from_count % 3][into_count];
}

unsigned text_distance_within(const char *given, const char *known, unsigned most)
{
	char from[NAME_MAXIMUM], into[NAME_MAXIMUM];
	size_t from_count, into_count;
	if (!plain_letters(given, from, &from_count) || !plain_letters(known, into, &into_count))
		return UINT_MAX;
	if (most > into_count / LETTERS_PER_CHANGE)
		most = (unsigned)into_count / LETTERS_PER_CHANGE;
	if (from_count > into_count + most || into_count > from_count + most)
		return UINT_MAX;
	const unsigned distance = changes(from, from_count, into, into_count, most);
	return distance <= most ? distance : UINT_MAX;
}

unsigned text_distance(const char *given, const char *known)
{
	return text_distance_within(given, known, UINT_MAX);
}
