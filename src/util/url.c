/* SPDX-License-Identifier: MIT */
#include "util/url.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "util/count.h"
#include "util/host.h"
#include "util/utf8.h"

enum { URL_MAXIMUM = 2048, PORT_MAXIMUM = 65535, PORT_DIGITS = 5 };

#define LETTERS	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS	    "0123456789"
#define UNRESERVED  LETTERS DIGITS "-._~"
#define PUNCTUATION "!$&'()*+,;=:"

/* What each part may hold, beside escapes and, behind the host, letters beyond ASCII. */
static const char in_host[] = UNRESERVED;
static const char in_user[] = UNRESERVED PUNCTUATION;
static const char in_path[] = UNRESERVED PUNCTUATION "/@";
static const char in_query[] = UNRESERVED PUNCTUATION "/@?[]"; /* and the fragment */

/* Blanks and control characters beyond ASCII, first and last, in order. */
static const uint32_t blanks[][2] = { { 0x80, 0xA0 }, { 0x1680, 0x1680 }, { 0x2000, 0x200A },
	{ 0x2028, 0x2029 }, { 0x202F, 0x202F }, { 0x205F, 0x205F }, { 0x3000, 0x3000 } };

static bool is_hex(char byte)
{
	return byte != '\0' && strchr(DIGITS "abcdefABCDEF", byte) != NULL;
}

/* The character of a well-formed sequence of 2 to 4 bytes. */
static uint32_t character_at(const char *text, size_t length)
{
	uint32_t character = (unsigned char)text[0] & (0x7FU >> length);
	for (size_t i = 1; i < length; i++)
		character = character << 6 | ((unsigned char)text[i] & 0x3FU);
	return character;
}

static bool is_blank(uint32_t character)
{
	for (size_t i = 0; i < COUNT_OF(blanks); i++) {
		if (character >= blanks[i][0] && character <= blanks[i][1])
			return true;
	}
	return false;
}

/* The length of what stands at `text` as one character of a part: a byte of `allowed`, an escape,
 * or a letter beyond ASCII. 0: nothing that may stand there. */
static size_t piece_at(const char *text, const char *allowed)
{
	if (text[0] == '%')
		return is_hex(text[1]) && is_hex(text[2]) ? 3 : 0;
	if ((unsigned char)text[0] < 0x80)
		return strchr(allowed, text[0]) != NULL ? 1 : 0;
	const size_t length = utf8_sequence_length(text);
	return length > 0 && !is_blank(character_at(text, length)) ? length : 0;
}

/* Whether `text`, up to `end`, is a part of such characters. */
static bool is_part(const char *text, const char *end, const char *allowed)
{
	while (text < end) {
		const size_t length = piece_at(text, allowed);
		if (length == 0)
			return false;
		text += length;
	}
	return text == end;
}

/* "user:password": of ASCII, and no control characters even when they are escaped. */
static bool is_user(const char *text, const char *end)
{
	for (const char *byte = text; byte < end; byte++) {
		if ((unsigned char)*byte >= 0x80)
			return false;
		if (*byte == '%' && (byte[1] < '2' || strncasecmp(byte, "%7f", 3) == 0))
			return false;
	}
	return is_part(text, end, in_user);
}

/* ":8080", or nothing. A colon without a number means the scheme's own port. */
static bool is_port(const char *text, const char *end)
{
	if (text == end)
		return true;
	const size_t digits = strspn(text + 1, DIGITS);
	if (*text != ':' || text + 1 + digits != end || digits > PORT_DIGITS)
		return false;
	const long port = strtol(text + 1, NULL, 10);
	return digits == 0 || (port > 0 && port <= PORT_MAXIMUM);
}

/* "user:password@host:port" */
static bool is_authority(const char *text, const char *end)
{
	const char *at = memchr(text, '@', (size_t)(end - text));
	const char *host = at != NULL ? at + 1 : text;
	const char *host_end = host + strspn(host, in_host);
	if (at != NULL && !is_user(text, at))
		return false;
	if (host < end && *host == '[')
		return host_read_bracketed(host, end, &host_end) && is_port(host_end, end);
	return host_end > host && is_port(host_end, end);
}

/* Where the part ends that `ends` would end. */
static const char *end_of(const char *text, const char *ends)
{
	return text + strcspn(text, ends);
}

bool url_is_web(const char *text)
{
	const char *authority = NULL;
	if (strncasecmp(text, "http://", 7) == 0)
		authority = text + 7;
	else if (strncasecmp(text, "https://", 8) == 0)
		authority = text + 8;
	if (authority == NULL || strlen(text) > URL_MAXIMUM)
		return false;
	const char *path = end_of(authority, "/?#");
	const char *query = end_of(path, "?#");
	const char *fragment = end_of(query, "#");
	const char *end = end_of(fragment, "");
	return is_authority(authority, path) && is_part(path, query, in_path) &&
	       is_part(query, fragment, in_query) &&
	       (fragment == end || is_part(fragment + 1, end, in_query));
}

bool url_has_no_path(const char *url)
{
	const char *scheme_end = strstr(url, "://");
	return scheme_end != NULL && *end_of(scheme_end + 3, "/?#") != '/';
}
