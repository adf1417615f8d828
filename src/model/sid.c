/* SPDX-License-Identifier: MIT */
#include "model/sid.h"

#include <ctype.h>
#include <string.h>

#include "util/random.h"

static void write_sid(const char *prefix, const uint8_t bytes[16], char ret_sid[SID_SIZE])
{
	static const char hex[] = "0123456789abcdef";
	ret_sid[0] = prefix[0];
	ret_sid[1] = prefix[1];
	for (size_t i = 0; i < 16; i++) {
		ret_sid[2 + 2 * i] = hex[bytes[i] >> 4];
		ret_sid[3 + 2 * i] = hex[bytes[i] & 15];
	}
	ret_sid[SID_LENGTH] = '\0';
}

void sid_make(const char *prefix, char ret_sid[SID_SIZE])
{
	uint8_t bytes[16];
	random_bytes(bytes, sizeof(bytes));
	write_sid(prefix, bytes, ret_sid);
}

void sid_make_in_order(const char *prefix, int64_t now_ms, char ret_sid[SID_SIZE])
{
	uint8_t bytes[16];
	random_bytes(bytes, sizeof(bytes));
	for (size_t i = 0; i < 6; i++)
		bytes[i] = (uint8_t)(now_ms >> (40 - 8 * i));
	write_sid(prefix, bytes, ret_sid);
}

void uuid_make(char ret_uuid[UUID_SIZE])
{
	static const char hex[] = "0123456789abcdef";
	uint8_t bytes[16];
	random_bytes(bytes, sizeof(bytes));
	bytes[6] = (uint8_t)((bytes[6] & 0x0F) | 0x40); /* version 4 */
	bytes[8] = (uint8_t)((bytes[8] & 0x3F) | 0x80); /* the variant of RFC 4122 */
	for (size_t i = 0; i < sizeof(bytes); i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*ret_uuid++ = '-';
		*ret_uuid++ = hex[bytes[i] >> 4];
		*ret_uuid++ = hex[bytes[i] & 15];
	}
	*ret_uuid = '\0';
}

static bool has_32_hex_digits(const char *text)
{
	int count = 0;
	while (count < 32 && isxdigit((unsigned char)text[count]))
		count++;
	return count == 32 && text[32] == '\0';
}

bool sid_has_form(const char *text, const char *prefix)
{
	return strncmp(text, prefix, 2) == 0 && has_32_hex_digits(text + 2);
}

bool sid_looks_like(const char *text)
{
	const bool letters = text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' && text[1] <= 'Z';
	return letters && has_32_hex_digits(text + 2);
}
