/* SPDX-License-Identifier: MIT */
/* JSON values as text: compact, with control characters escaped, as strbuf_add_json_string does. */
#ifndef UTIL_JSON_TEXT_H
#define UTIL_JSON_TEXT_H

#include <jansson.h>

#include "util/arena.h"
#include "util/strbuf.h"

/* Adds a value, which stays as it is. NULL, which is what jansson gives without memory, makes the
 * buffer fail. */
void json_text_add(struct strbuf *out, json_t *value);

/* A value as text in the arena. NULL without memory. */
const char *json_text_copy(struct arena *arena, json_t *value);

#endif
