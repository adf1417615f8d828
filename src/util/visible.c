/* SPDX-License-Identifier: MIT */
#include "util/visible.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "util/count.h"
#include "util/strbuf.h"
#include "util/utf8.h"

enum { SHOWN_MAXIMUM = 1 << 20 };

/* Controls, blanks, what has no width, and what merges with the letter before it (Unicode 15). */
static const struct {
	uint32_t first, last;
} hidden[] = { { 0x00, 0x1F }, { 0x7F, 0xA0 }, { 0xAD, 0xAD }, { 0x300, 0x36F }, { 0x61C, 0x61C },
	{ 0x115F, 0x1160 }, { 0x1680, 0x1680 }, { 0x17B4, 0x17B5 }, { 0x180B, 0x180F },
	{ 0x2000, 0x200F }, { 0x2028, 0x202F }, { 0x205F, 0x206F }, { 0x2800, 0x2800 },
	{ 0x3000, 0x3000 }, { 0x3164, 0x3164 }, { 0xFE00, 0xFE0F }, { 0xFEFF, 0xFEFF },
	{ 0xFFA0, 0xFFA0 }, { 0xFFF0, 0xFFFB }, { 0x1D173, 0x1D17A }, { 0xE0000, 0xE0FFF } };

static bool is_hidden(uint32_t character)
{
	for (size_t i = 0; i < COUNT_OF(hidden); i++) {
		if (character >= hidden[i].first && character <= hidden[i].last)
			return true;
	}
	return false;
}

/* The character that a well-formed sequence of this length is. */
static uint32_t character_at(const char *text, size_t length)
{
	static const unsigned char first_bits[] = { 0, 0x7F, 0x1F, 0x0F, 0x07 };
	uint32_t character = (unsigned char)text[0] & first_bits[length];
	for (size_t i = 1; i < length; i++)
		character = character << 6 | ((unsigned char)text[i] & 0x3F);
	return character;
}

/* A space is seen only between others. */
static bool is_edge(const char *start, const char *place)
{
	return *place == ' ' && (place == start || place[1] == '\0');
}

const char *visible_text(struct arena *arena, const char *text)
{
	struct strbuf out;
	if (text == NULL)
		return NULL;
	strbuf_init(&out, SHOWN_MAXIMUM);
	for (const char *place = text; *place != '\0';) {
		const size_t length = utf8_sequence_length(place);
		const uint32_t character = character_at(place, length);
		if (length == 0)
			strbuf_add_format(&out, "\\x%02x", (unsigned)(unsigned char)*place);
		else if (is_hidden(character) || is_edge(text, place))
			strbuf_add_format(
				&out, character > 0xFFFF ? "\\u{%x}" : "\\u%04x", character);
		else if (*place == '\\')
			strbuf_add_text(&out, "\\\\");
		else
			strbuf_add(&out, place, length);
		place += length > 0 ? length : 1;
	}
	const char *shown = out.failed ? NULL : arena_copy(arena, out.data, out.length);
	strbuf_done(&out);
	return shown;
}
