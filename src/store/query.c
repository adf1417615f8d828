/* SPDX-License-Identifier: MIT */
#include "store/query.h"

#include <string.h>

#include "store/driver.h"
#include "util/log.h"

const char *cursor_copy_text(struct cursor *cursor, int column, struct arena *arena)
{
	const char *text = cursor_text(cursor, column);
	if (text == NULL)
		return NULL;
	const char *copy = arena_copy(arena, text, strlen(text));
	if (copy == NULL && cursor->result == STORE_OK) {
		log_line(LOG_ERROR, "database: out of memory, for a text");
		cursor->result = STORE_FAILED;
	}
	return copy;
}

enum store_result cursor_write(struct cursor *cursor)
{
	if (cursor->result == STORE_OK && !session_is_in_transaction(cursor->session)) {
		log_line(LOG_ERROR, "database: not written, since there is no transaction");
		cursor->result = STORE_FAILED;
	}
	cursor_step(cursor);
	return cursor_close(cursor);
}

enum store_result cursor_close_found(struct cursor *cursor, bool found)
{
	const enum store_result result = cursor_close(cursor);
	return result == STORE_OK && !found ? STORE_NOT_FOUND : result;
}

enum store_result cursor_read_integer(struct cursor *cursor, int64_t *ret_number)
{
	const bool found = cursor_step(cursor);
	*ret_number = found ? cursor_integer(cursor, 0) : 0;
	return cursor_close_found(cursor, found);
}

enum store_result cursor_read_text(
	struct cursor *cursor, struct arena *arena, const char **ret_text)
{
	const bool found = cursor_step(cursor);
	if (found)
		*ret_text = cursor_copy_text(cursor, 0, arena);
	return cursor_close_found(cursor, found);
}

enum store_result query_write_texts(
	struct session *session, const struct query *query, size_t count, const char *const *texts)
{
	struct cursor cursor;
	cursor_open(&cursor, session, query);
	for (size_t i = 0; i < count; i++)
		cursor_bind_text(&cursor, (int)i + 1, texts[i]);
	return cursor_write(&cursor);
}
