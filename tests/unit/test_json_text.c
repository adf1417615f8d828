/* SPDX-License-Identifier: MIT */
/* JSON values as text: what jansson would write, and what it reads back. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "util/json_text.h"

static void values_are_written_as_jansson_writes_them(void **state)
{
	(void)state;
	static const char *const texts[] = { "{}", "[]", "[[],{}]", "null", "[true,false,null]",
		"[0,-1,9223372036854775807,-9223372036854775808]",
		"[0.5,1.0,-2.5e300,86400000.0,0.001]",
		"{\"a\":1,\"b\":[{\"c\":\"d\"},{}],\"é\":\"日 😀\"}", "\"\"",
		"\"\\\"\\\\/\\b\\f\\n\\r\\t\"" };
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		json_t *value = json_loads(texts[i], JSON_DECODE_ANY, NULL);
		char *expected = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
		struct arena arena;
		arena_init(&arena);
		assert_non_null(expected);
		assert_string_equal(json_text_copy(&arena, value), expected);
		arena_done(&arena);
		free(expected);
		json_decref(value);
	}
}

static void every_character_is_read_back(void **state)
{
	(void)state;
	char text[0x80];
	for (size_t i = 0; i + 1 < sizeof(text); i++)
		text[i] = (char)(i + 1);
	text[sizeof(text) - 1] = '\0';
	json_t *value = json_pack("{s:s}", text, text);
	struct arena arena;
	arena_init(&arena);
	json_t *again = json_loads(json_text_copy(&arena, value), 0, NULL);
	assert_true(json_equal(again, value));
	arena_done(&arena);
	json_decref(again);
	json_decref(value);
}

static void what_cannot_be_written_fails(void **state)
{
	(void)state;
	struct arena arena;
	struct strbuf out;
	arena_init(&arena);
	assert_null(json_text_copy(&arena, NULL));
	arena_done(&arena);
	json_t *value = json_pack("[s, f]", "0123456789", 0.5);
	strbuf_init(&out, 15);
	json_text_add(&out, value);
	assert_true(out.failed);
	json_decref(value);
	strbuf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_written_as_jansson_writes_them),
		cmocka_unit_test(every_character_is_read_back),
		cmocka_unit_test(what_cannot_be_written_fails),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
