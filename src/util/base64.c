/* SPDX-License-Identifier: MIT */
#include "util/base64.h"

#include <stdint.h>
#include <string.h>

/* The value of a base64 digit, or -1. */
static int digit_value(char digit)
{
	if (digit >= 'A' && digit <= 'Z')
		return digit - 'A';
	if (digit >= 'a' && digit <= 'z')
		return digit - 'a' + 26;
	if (digit >= '0' && digit <= '9')
		return digit - '0' + 52;
	return digit == '+' ? 62 : digit == '/' ? 63 : -1;
}

static size_t padding_of(const char *text, size_t length)
{
	if (length == 0 || text[length - 1] != '=')
		return 0;
	return text[length - 2] == '=' ? 2 : 1;
}

bool base64_decode(const char *text, char *out, size_t size, size_t *ret_length)
{
	const size_t length = strlen(text);
	if (length % 4 != 0)
		return false;
	const size_t padding = padding_of(text, length);
	const size_t decoded = length / 4 * 3 - padding;
	if (decoded + 1 > size)
		return false;
	uint32_t bits = 0;
	unsigned bit_count = 0;
	size_t written = 0;
	for (size_t i = 0; i < length - padding; i++) {
		const int value = digit_value(text[i]);
		if (value < 0)
			return false;
		bits = bits << 6 | (uint32_t)value;
		bit_count += 6;
		if (bit_count >= 8) {
			bit_count -= 8;
			out[written++] = (char)(bits >> bit_count & 0xFF);
		}
	}
	if ((bits & ((1U << bit_count) - 1)) != 0)
		return false; /* bits that no byte uses: two texts would mean the same bytes */
	out[written] = '\0';
	*ret_length = written;
	return true;
}
