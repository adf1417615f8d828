/* SPDX-License-Identifier: MIT */
#include "util/percent.h"

#include <string.h>

#include "util/utf8.h"

/* The value of a hexadecimal digit, or -1. */
static int hex_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

int percent_escaped(const char *text, size_t length)
{
	const int high = length > 2 && text[0] == '%' ? hex_value(text[1]) : -1;
	const int low = high >= 0 ? hex_value(text[2]) : -1;
	return low >= 0 ? high * 16 + low : -1;
}

bool percent_decode(char *text, size_t length, bool plus_is_space, size_t *ret_length)
{
	text[length] = '\0';
	size_t written = strcspn(text, "%+"); /* of most there is nothing to decode */
	for (size_t read = written; read < length; read++) {
		char byte = text[read];
		if (byte == '+' && plus_is_space) {
			byte = ' ';
		} else if (byte == '%') {
			const int escaped = percent_escaped(text + read, length - read);
			if (escaped < 0)
				return false;
			byte = (char)escaped;
			read += 2;
		}
		if (byte == '\0')
			return false;
		text[written++] = byte;
	}
	text[written] = '\0';
	*ret_length = written;
	return utf8_is_valid(text);
}
