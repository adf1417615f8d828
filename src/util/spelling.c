/* SPDX-License-Identifier: MIT */
#include "util/spelling.h"

#include <string.h>

static size_t smaller(size_t one, size_t other)
{
	return one < other ? one : other;
}

/* Levenshtein's distance, row by row: `row[j]` is that of what was read of `one` to the first j
 * bytes of `other`. */
size_t spelling_distance(const char *one, const char *other)
{
	size_t row[SPELLING_FAR];
	const size_t width = strlen(other);
	if (strlen(one) >= SPELLING_FAR || width >= SPELLING_FAR)
		return SPELLING_FAR;
	for (size_t j = 0; j <= width; j++)
		row[j] = j;
	for (size_t i = 1; one[i - 1] != '\0'; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= width; j++) {
			const size_t changed = diagonal + (one[i - 1] != other[j - 1]);
			diagonal = row[j];
			row[j] = smaller(changed, smaller(row[j], row[j - 1]) + 1);
		}
	}
	return row[width];
}

bool spelling_is_near(const char *given, const char *known)
{
	return spelling_distance(given, known) <= 1 + strlen(given) / 4;
}
