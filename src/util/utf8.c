/* SPDX-License-Identifier: MIT */
#include "util/utf8.h"

#include <string.h>

static bool is_continuation(unsigned char byte)
{
	return (byte & 0xC0) == 0x80;
}

size_t utf8_sequence_length(const char *text)
{
	const unsigned char *byte = (const unsigned char *)text;
	if (byte[0] == 0)
		return 0;
	if (byte[0] < 0x80)
		return 1;
	if (byte[0] < 0xC2 || byte[0] > 0xF4 || !is_continuation(byte[1]))
		return 0;
	if (byte[0] < 0xE0)
		return 2;
	const bool overlong =
		(byte[0] == 0xE0 && byte[1] < 0xA0) || (byte[0] == 0xF0 && byte[1] < 0x90);
	const bool surrogate = byte[0] == 0xED && byte[1] > 0x9F;
	const bool too_big = byte[0] == 0xF4 && byte[1] > 0x8F;
	if (overlong || surrogate || too_big || !is_continuation(byte[2]))
		return 0;
	if (byte[0] < 0xF0)
		return 3;
	return is_continuation(byte[3]) ? 4 : 0;
}

size_t utf8_printable_length(const char *text)
{
	const unsigned char *byte = (const unsigned char *)text;
	const size_t length = utf8_sequence_length(text);
	const bool is_control = byte[0] < ' ' || byte[0] == 0x7F ||
				(length == 2 && byte[0] == 0xC2 && byte[1] < 0xA0);
	return is_control ? 0 : length;
}

bool utf8_is_valid(const char *text)
{
	size_t length;
	do {
		while ((signed char)*text > 0) /* ASCII, as nearly all is */
			text++;
		length = utf8_sequence_length(text);
		text += length;
	} while (length > 0);
	return *text == '\0';
}

size_t utf8_count(const char *text)
{
	size_t count = 0;
	for (; *text != '\0'; text++)
		count += !is_continuation((unsigned char)*text);
	return count;
}

size_t utf8_prefix(const char *text, size_t maximum)
{
	size_t length = strnlen(text, maximum);
	/* A character has at most three bytes that continue it. */
	for (int i = 0; i < 3 && length > 0 && is_continuation((unsigned char)text[length]); i++)
		length--;
	return length;
}
