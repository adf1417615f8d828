/* SPDX-License-Identifier: MIT */
#include "util/json_read.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "util/memory.h"

/* What is taken when there is no other memory, while a text is read on this thread. */
static _Thread_local struct reserve {
	char *memory; /* NULL: nothing is read */
	size_t size;
	bool taken;
} reserve;

static void *allocate(size_t size)
{
	void *memory = memory_allocate(size);
	if (memory != NULL || reserve.memory == NULL || reserve.taken || size > reserve.size)
		return memory;
	reserve.taken = true;
	return reserve.memory;
}

static void release(void *memory)
{
	if (memory == NULL || memory != reserve.memory)
		free(memory);
}

void json_read_init(void)
{
	json_set_alloc_funcs(allocate, release);
}

/* The length of a string with its quotes, or of whatever stands there up to a quote. */
static size_t token_length(const char *text, size_t length)
{
	size_t end = 1;
	if (text[0] != '"') {
		const char *quote = memchr(text, '"', length);
		return quote != NULL ? (size_t)(quote - text) : length;
	}
	while (end < length && text[end] != '"')
		end += text[end] == '\\' ? 2 : 1;
	return end < length ? end + 1 : length;
}

static size_t longest_token(const char *text, size_t length)
{
	size_t longest = 0;
	while (length > 0) {
		const size_t token = token_length(text, length);
		longest = token > longest ? token : longest;
		text += token;
		length -= token;
	}
	return longest;
}

/* What some editors put before a text in UTF-8. */
static const unsigned char byte_order_mark[] = { 0xEF, 0xBB, 0xBF };

struct source {
	const char *text;
	size_t length;
};

/* A byte at a time: nothing is read any more once memory ran out. */
static size_t next_byte(void *buffer, size_t size, void *closure)
{
	struct source *source = closure;
	if (size == 0 || source->length == 0 || reserve.taken)
		return 0;
	*(char *)buffer = *source->text++;
	source->length--;
	return 1;
}

json_t *json_read(const char *text, size_t length, size_t flags, json_error_t *ret_problem)
{
	if (length >= sizeof(byte_order_mark) &&
		memcmp(text, byte_order_mark, sizeof(byte_order_mark)) == 0) {
		text += sizeof(byte_order_mark);
		length -= sizeof(byte_order_mark);
	}
	/* The library doubles its buffer, from 16 bytes, and the token's end has a NUL. */
	const size_t size = 2 * (longest_token(text, length) + 16);
	struct source source = { text, length };
	json_t *value = NULL;
	reserve = (struct reserve){ .memory = memory_allocate(size), .size = size };
	if (ret_problem != NULL)
		*ret_problem = (json_error_t){ .line = 0 };
	if (reserve.memory != NULL)
		value = json_load_callback(next_byte, &source, flags, ret_problem);
	if (reserve.taken) {
		json_decref(value);
		value = NULL;
	}
	free(reserve.memory);
	reserve = (struct reserve){ 0 };
	return value;
}

void json_problem_hide_text(json_error_t *problem)
{
	char *shown = strstr(problem->text, " near ");
	if (shown != NULL)
		*shown = '\0';
}
