/* SPDX-License-Identifier: MIT */
/*
 * jansson's own writer calls printf for each control character, which takes seconds for a text of
 * megabytes that has nothing else.
 */
#include "util/json_text.h"

static void add_array(struct strbuf *out, json_t *array)
{
	const char *comma = "";
	strbuf_add_char(out, '[');
	for (size_t i = 0; i < json_array_size(array); i++) {
		strbuf_add_text(out, comma);
		json_text_add(out, json_array_get(array, i));
		comma = ",";
	}
	strbuf_add_char(out, ']');
}

static void add_object(struct strbuf *out, json_t *object)
{
	const char *comma = "";
	strbuf_add_char(out, '{');
	for (void *place = json_object_iter(object); place != NULL;
		place = json_object_iter_next(object, place)) {
		strbuf_add_text(out, comma);
		strbuf_add_json_string(out, json_object_iter_key(place));
		strbuf_add_char(out, ':');
		json_text_add(out, json_object_iter_value(place));
		comma = ",";
	}
	strbuf_add_char(out, '}');
}

static void add_real(struct strbuf *out, json_t *real)
{
	char text[64];
	const size_t length = json_dumpb(real, text, sizeof(text), JSON_ENCODE_ANY);
	if (length > 0 && length <= sizeof(text))
		strbuf_add(out, text, length);
	else
		out->failed = true;
}

void json_text_add(struct strbuf *out, json_t *value)
{
	if (value == NULL) {
		out->failed = true;
		return;
	}
	switch (json_typeof(value)) {
	case JSON_OBJECT: add_object(out, value); break;
	case JSON_ARRAY: add_array(out, value); break;
	case JSON_STRING: strbuf_add_json_string(out, json_string_value(value)); break;
	case JSON_INTEGER: strbuf_add_integer(out, json_integer_value(value)); break;
	case JSON_REAL: add_real(out, value); break;
	case JSON_TRUE: strbuf_add_text(out, "true"); break;
	case JSON_FALSE: strbuf_add_text(out, "false"); break;
	case JSON_NULL: strbuf_add_text(out, "null"); break;
	}
}

const char *json_text_copy(struct arena *arena, json_t *value)
{
	struct strbuf text;
	strbuf_init(&text, SIZE_MAX / 4);
	json_text_add(&text, value);
	const char *copy = text.failed ? NULL : arena_copy(arena, text.data, text.length);
	strbuf_done(&text);
	return copy;
}
