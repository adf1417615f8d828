/* SPDX-License-Identifier: MIT */
/* Base64 (RFC 4648 §4): credentials, signatures and binary payloads. */
#ifndef UTIL_BASE64_H
#define UTIL_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/strbuf.h"

/*
 * Decodes `text` into `out`, which holds `size` bytes, and adds a NUL that is not counted.
 * False for anything but canonical base64 with its padding, or when `out` is too small.
 */
bool base64_decode(const char *text, char *out, size_t size, size_t *ret_length);

/* Why a text that base64_decode refuses is none, for people, where that is not plain: it is
 * wrapped, or its `+` became blanks on the way. NULL: neither. */
const char *base64_hint(const char *text);

/* Adds the text of `length` bytes, with its padding. */
void base64_encode(const uint8_t *bytes, size_t length, struct strbuf *out);

#endif
