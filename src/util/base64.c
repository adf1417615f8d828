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

const char *base64_hint(const char *text)
{
	if (text[strcspn(text, " \t\r\n")] == '\0')
		return NULL;
	return "base64 without line breaks or blanks: `base64 -w 0` does not wrap, and a form has "
	       "%2B for a +";
}

void base64_encode(const uint8_t *bytes, size_t length, struct strbuf *out)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	for (size_t i = 0; i < length; i += 3) {
		const size_t left = length - i;
		const uint32_t group = (uint32_t)bytes[i] << 16 |
				       (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
				       (left > 2 ? bytes[i + 2] : 0);
		const char text[4] = { digits[group >> 18], digits[group >> 12 & 63],
			left > 1 ? digits[group >> 6 & 63] : '=',
			left > 2 ? digits[group & 63] : '=' };
		strbuf_add(out, text, sizeof(text));
	}
}
