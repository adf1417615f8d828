/* SPDX-License-Identifier: MIT */
/* Queries that are run to their end: writes, look-ups, and copies of what they find. In no
 * database's dialect. */
#ifndef STORE_QUERY_H
#define STORE_QUERY_H

#include "store/cursor.h"
#include "util/arena.h"

/* A copy of a column's text in the arena. Without memory the cursor has failed. */
const char *cursor_copy_text(struct cursor *cursor, int column, struct arena *arena);

/* Runs what writes, and closes. It fails outside of a transaction, or when the one that there was
 * is lost: half of a job must not become durable. */
enum store_result cursor_write(struct cursor *cursor);

/* Closes a look-up: STORE_NOT_FOUND when it succeeded and there was no row. */
enum store_result cursor_close_found(struct cursor *cursor, bool found);

/* Reads the only column of the only row, and closes. STORE_NOT_FOUND without a row: the number is
 * then 0, and so it is after a failure; a text is left as it was. */
enum store_result cursor_read_integer(struct cursor *cursor, int64_t *ret_number);
enum store_result cursor_read_text(
	struct cursor *cursor, struct arena *arena, const char **ret_text);

/* Runs a query that writes and whose parameters are all texts. */
enum store_result query_write_texts(
	struct session *session, const struct query *query, size_t count, const char *const *texts);

#endif
