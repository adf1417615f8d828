/* SPDX-License-Identifier: MIT */
/*
 * A growing text buffer.
 *
 * Invariants: `data` is never NULL and always NUL-terminated at `length`, so it can be read as a
 * C string at any moment. A buffer never grows beyond `limit` bytes. When memory or the limit
 * runs out, `failed` is set, nothing more is added, and every later call is harmless: callers add
 * all they have and look at `failed` once.
 *
 * Life cycle: strbuf_init → strbuf_add… → strbuf_done. strbuf_reset empties it and keeps its
 * memory.
 */
#ifndef UTIL_STRBUF_H
#define UTIL_STRBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct strbuf {
	char *data;
	size_t length;
	size_t capacity; /* bytes that `data` can hold, its NUL included; 0 before the first growth
			  */
	size_t limit;
	bool failed;
	bool limit_met;	  /* why it failed; else it was for want of memory */
	bool is_borrowed; /* `data` is somebody else's: it is neither grown nor freed */
};

/* Makes an empty buffer that holds at most `limit` bytes. Allocates nothing. */
void strbuf_init(struct strbuf *buffer, size_t limit);

/* Makes an empty buffer of `size` bytes of somebody else's, at least one, which hold one byte less
 * and a NUL. It never needs memory. */
void strbuf_init_borrowed(struct strbuf *buffer, char *bytes, size_t size);

/* Frees what the buffer owns. Harmless on an empty or failed one. */
void strbuf_done(struct strbuf *buffer);

/* Empties the buffer and clears `failed`, keeping its memory for the next use. */
void strbuf_reset(struct strbuf *buffer);

/* Makes it show a text that lives for ever, which takes no memory. Nothing may be added before it
 * is reset. */
void strbuf_set_constant(struct strbuf *buffer, const char *text);

/* The same with `length` bytes, after which there is a NUL. */
void strbuf_set_constant_bytes(struct strbuf *buffer, const unsigned char *bytes, size_t length);

/* Makes room for `extra` more bytes. False, with `failed` set, when that cannot be had. */
bool strbuf_reserve(struct strbuf *buffer, size_t extra);

/* Adds `length` bytes. */
static inline void strbuf_add(struct strbuf *buffer, const char *bytes, size_t length)
{
	if (buffer->capacity - buffer->length <= length && !strbuf_reserve(buffer, length))
		return;
	memcpy(buffer->data + buffer->length, bytes, length);
	buffer->length += length;
	buffer->data[buffer->length] = '\0';
}

/* Adds a NUL-terminated text. */
static inline void strbuf_add_text(struct strbuf *buffer, const char *text)
{
	strbuf_add(buffer, text, strlen(text));
}

/* Adds one byte. */
static inline void strbuf_add_char(struct strbuf *buffer, char byte)
{
	if (buffer->capacity - buffer->length <= 1 && !strbuf_reserve(buffer, 1))
		return;
	buffer->data[buffer->length++] = byte;
	buffer->data[buffer->length] = '\0';
}

/* Puts `length` bytes before all that is there. */
void strbuf_add_before(struct strbuf *buffer, const char *bytes, size_t length);

/* Adds a number in decimal. */
void strbuf_add_integer(struct strbuf *buffer, int64_t value);

/* Adds what printf would print. */
void strbuf_add_format(struct strbuf *buffer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Adds `text` as a quoted JSON string. Bytes that are no UTF-8 become U+FFFD. */
void strbuf_add_json_string(struct strbuf *buffer, const char *text);

/* Likewise; NULL is null. */
void strbuf_add_json_nullable(struct strbuf *buffer, const char *text);

/* Adds `length` bytes, and a NUL must follow them, as text: bytes that are no UTF-8, and NULs,
 * become U+FFFD. */
void strbuf_add_as_text(struct strbuf *buffer, const char *bytes, size_t length);

/* Adds `text` percent-encoded as a URL's query value or path segment (RFC 3986 unreserved stay). */
void strbuf_add_percent_encoded(struct strbuf *buffer, const char *text);

/* The same as a form's value: a space becomes `+`. */
void strbuf_add_form_encoded(struct strbuf *buffer, const char *text);

#endif
