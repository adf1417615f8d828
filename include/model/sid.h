/* SPDX-License-Identifier: MIT */
/* SIDs: two capital letters and 32 hexadecimal digits, as `^HF[0-9a-fA-F]{32}$` in Twilio's OpenAPI
 * file. We make them in lower case and compare them exactly. */
#ifndef MODEL_SID_H
#define MODEL_SID_H

#include <stdbool.h>
#include <stdint.h>

enum { SID_LENGTH = 34, SID_SIZE = SID_LENGTH + 1 };

enum { UUID_SIZE = 37 };

/* Writes a new random UUID (version 4) with its NUL. */
void uuid_make(char ret_uuid[UUID_SIZE]);

/* Writes a new SID with its NUL into `ret_sid`. `prefix` is two letters. */
void sid_make(const char *prefix, char ret_sid[SID_SIZE]);

/* Likewise, but those of later moments (real time, as clock_now_ms has it) come later in the order
 * of bytes. Of rows that come in order and go in order their index changes at its ends only, where
 * a random SID has its own page. */
void sid_make_in_order(const char *prefix, int64_t now_ms, char ret_sid[SID_SIZE]);

/* True when `text` is `prefix` and 32 hexadecimal digits, of either case, and nothing more. */
bool sid_has_form(const char *text, const char *prefix);

/* True when `text` has the form of any SID at all: any two capital letters and 32 digits. */
bool sid_looks_like(const char *text);

#endif
