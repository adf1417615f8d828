/* SPDX-License-Identifier: MIT */
#include "util/percent.h"

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

bool percent_decode(char *text, size_t length, bool plus_is_space, size_t *ret_length)
{
	size_t written = 0;
	for (size_t read = 0; read < length; read++) {
		char byte = text[read];
		if (byte == '+' && plus_is_space) {
			byte = ' ';
		} else if (byte == '%') {
			const int high = length - read > 2 ? hex_value(text[read + 1]) : -1;
			const int low = length - read > 2 ? hex_value(text[read + 2]) : -1;
			if (high < 0 || low < 0)
				return false;
			byte = (char)(high * 16 + low);
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
