/* SPDX-License-Identifier: MIT */
#include "util/secret.h"

#include <string.h>

bool secret_matches(const char *expected, const char *given)
{
	const size_t length = strlen(expected);
	const size_t given_length = strlen(given);
	unsigned difference = length != given_length;
	/* Past its end the expected text begins again, its NUL included: every byte that was given
	 * is compared with something. */
	for (size_t i = 0; i < given_length; i++)
		difference |= (unsigned char)expected[i % (length + 1)] ^ (unsigned char)given[i];
	return difference == 0;
}
