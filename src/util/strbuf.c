/* SPDX-License-Identifier: MIT */
#include "util/strbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "util/memory.h"
#include "util/utf8.h"

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

enum { FIRST_CAPACITY = 1024 };

/* What `data` points to before the first growth. Never written: capacity 0 forces a growth first.
 */
static char nothing[1] = "";

void strbuf_init(struct strbuf *buffer, size_t limit)
{
	*buffer = (struct strbuf){ .data = nothing, .limit = limit };
}

void strbuf_init_borrowed(struct strbuf *buffer, char *bytes, size_t size)
{
	bytes[0] = '\0';
	*buffer = (struct strbuf){
		.data = bytes, .capacity = size, .limit = size - 1, .is_borrowed = true
	};
}

void strbuf_done(struct strbuf *buffer)
{
	if (buffer->capacity > 0 && !buffer->is_borrowed)
		free(buffer->data);
	strbuf_init(buffer, buffer->limit);
}

void strbuf_reset(struct strbuf *buffer)
{
	buffer->length = 0;
	buffer->failed = false;
	buffer->limit_met = false;
	if (buffer->capacity > 0)
		buffer->data[0] = '\0';
	else
		buffer->data = nothing;
}

void strbuf_set_constant_bytes(struct strbuf *buffer, const unsigned char *bytes, size_t length)
{
	strbuf_done(buffer);
	buffer->data = (char *)(uintptr_t)bytes;
	buffer->length = length;
}

void strbuf_set_constant(struct strbuf *buffer, const char *text)
{
	strbuf_set_constant_bytes(buffer, (const unsigned char *)text, strlen(text));
}

bool strbuf_reserve(struct strbuf *buffer, size_t extra)
{
	if (buffer->failed)
		return false;
	if (buffer->length > buffer->limit || extra > buffer->limit - buffer->length) {
		buffer->failed = true;
		buffer->limit_met = true;
		return false;
	}
	const size_t needed = buffer->length + extra + 1;
	if (needed <= buffer->capacity)
		return true;
	size_t capacity = buffer->capacity > 0 ? buffer->capacity : FIRST_CAPACITY;
	while (capacity < needed)
		capacity *= 2;
	if (capacity > buffer->limit + 1)
		capacity = buffer->limit + 1; /* strbuf_add looks at the capacity only */
	char *data = memory_reallocate(buffer->capacity > 0 ? buffer->data : NULL, capacity);
	if (data == NULL) {
		buffer->failed = true;
		return false;
	}
	data[buffer->length] = '\0';
	buffer->data = data;
	buffer->capacity = capacity;
	return true;
}

void strbuf_add_before(struct strbuf *buffer, const char *bytes, size_t length)
{
	if (!strbuf_reserve(buffer, length))
		return;
	memmove(buffer->data + length, buffer->data, buffer->length + 1);
	memcpy(buffer->data, bytes, length);
	buffer->length += length;
}

void strbuf_add_integer(struct strbuf *buffer, int64_t value)
{
	char digits[24];
	char *end = digits + sizeof(digits);
	char *start = end;
	uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	do {
		*--start = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (value < 0)
		*--start = '-';
	strbuf_add(buffer, start, (size_t)(end - start));
}

/* Of a text that found no room its length is known, unless it cannot be made at all. */
static void add_long_format(
	struct strbuf *buffer, int length, const char *format, va_list arguments)
{
	if (length < 0)
		buffer->failed = true;
	else if (strbuf_reserve(buffer, (size_t)length))
		buffer->length += (size_t)vsnprintf(
			buffer->data + buffer->length, (size_t)length + 1, format, arguments);
}

void strbuf_add_format(struct strbuf *buffer, const char *format, ...)
{
	if (!strbuf_reserve(buffer, 0))
		return;
	char *end = buffer->data + buffer->length;
	const size_t room = buffer->capacity - buffer->length;
	va_list arguments, again;
	va_start(arguments, format);
	va_copy(again, arguments);
	const int length = vsnprintf(end, room, format, arguments);
	if (length >= 0 && (size_t)length < room) {
		buffer->length += (size_t)length;
	} else {
		*end = '\0';
		add_long_format(buffer, length, format, again);
	}
	va_end(again);
	va_end(arguments);
}

/* True for the bytes that a JSON string shows as they are. */
static bool is_plain_json(unsigned char byte)
{
	return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

/* Adds the escape of a byte that is not plain. Without printf, which would cost ten times as much:
 * a text may consist of such bytes. */
static void add_json_escape(struct strbuf *buffer, unsigned char byte)
{
	static const char hex[] = "0123456789abcdef";
	static const char names[0x80] = { ['\b'] = 'b',
		['\f'] = 'f',
		['\n'] = 'n',
		['\r'] = 'r',
		['\t'] = 't',
		['"'] = '"',
		['\\'] = '\\' };
	if (names[byte] != '\0')
		strbuf_add(buffer, (const char[]){ '\\', names[byte] }, 2);
	else
		strbuf_add(buffer,
			(const char[]){ '\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15] }, 6);
}

void strbuf_add_json_string(struct strbuf *buffer, const char *text)
{
	strbuf_add_char(buffer, '"');
	const char *from = text;
	for (;;) {
		const char *to = from;
		while (is_plain_json((unsigned char)*to))
			to++;
		strbuf_add(buffer, from, (size_t)(to - from));
		const unsigned char byte = (unsigned char)*to;
		if (byte == '\0')
			break;
		if (byte < 0x80) {
			add_json_escape(buffer, byte);
			from = to + 1;
			continue;
		}
		const size_t length = utf8_sequence_length(to);
		if (length > 0)
			strbuf_add(buffer, to, length);
		else
			strbuf_add_text(buffer, REPLACEMENT);
		from = to + (length > 0 ? length : 1);
	}
	strbuf_add_char(buffer, '"');
}

void strbuf_add_json_nullable(struct strbuf *buffer, const char *text)
{
	if (text != NULL)
		strbuf_add_json_string(buffer, text);
	else
		strbuf_add_text(buffer, "null");
}

void strbuf_add_as_text(struct strbuf *buffer, const char *bytes, size_t length)
{
	const char *end = bytes + length;
	while (bytes < end) {
		const size_t sequence = utf8_sequence_length(bytes);
		if (sequence > 0)
			strbuf_add(buffer, bytes, sequence);
		else
			strbuf_add_text(buffer, REPLACEMENT);
		bytes += sequence > 0 ? sequence : 1;
	}
}

static void add_encoded(struct strbuf *buffer, const char *text, bool space_is_plus)
{
	static const char hex[] = "0123456789ABCDEF";
	for (; *text != '\0'; text++) {
		const unsigned char byte = (unsigned char)*text;
		const bool unreserved =
			(byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
			(byte >= '0' && byte <= '9') || strchr("-._~", byte) != NULL;
		if (unreserved)
			strbuf_add_char(buffer, (char)byte);
		else if (byte == ' ' && space_is_plus)
			strbuf_add_char(buffer, '+');
		else
			strbuf_add(
				buffer, (const char[]){ '%', hex[byte >> 4], hex[byte & 15] }, 3);
	}
}

void strbuf_add_percent_encoded(struct strbuf *buffer, const char *text)
{
	add_encoded(buffer, text, false);
}

void strbuf_add_form_encoded(struct strbuf *buffer, const char *text)
{
	add_encoded(buffer, text, true);
}
