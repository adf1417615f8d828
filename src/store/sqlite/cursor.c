/* SPDX-License-Identifier: MIT */
/* Cursors over SQLite's statements. */
#include "store/cursor.h"

#include "store/sqlite/internal.h"
#include "util/log.h"

static sqlite3_stmt *statement_of(const struct cursor *cursor)
{
	return (sqlite3_stmt *)cursor->statement;
}

static void fail(struct cursor *cursor)
{
	if (cursor->result == STORE_OK)
		cursor->result = session_failed(cursor->session, sqlite3_sql(statement_of(cursor)));
}

/* ── opening and binding ─────────────────────────────────────────────────────────────────── */

void cursor_open(struct cursor *cursor, struct session *session, const struct query *query)
{
	cursor_open_statement(
		cursor, session, (struct statement *)session_statement(session, query));
}

void cursor_open_statement(
	struct cursor *cursor, struct session *session, struct statement *statement)
{
	*cursor = (struct cursor){ session, statement, STORE_OK };
	if (statement != NULL && sqlite3_stmt_busy((sqlite3_stmt *)statement)) {
		/* Whoever has it open goes on undisturbed. */
		log_line(LOG_ERROR, "database: opened twice: %s",
			sqlite3_sql((sqlite3_stmt *)statement));
		cursor->statement = NULL;
	}
	if (cursor->statement == NULL)
		cursor->result = STORE_FAILED;
}

static void check_bind(struct cursor *cursor, int code)
{
	if (code != SQLITE_OK)
		fail(cursor);
}

void cursor_bind_text(struct cursor *cursor, int place, const char *text)
{
	/* Of NULL SQLite makes its NULL. */
	if (cursor->statement != NULL)
		check_bind(cursor,
			sqlite3_bind_text(statement_of(cursor), place, text, -1, SQLITE_STATIC));
}

void cursor_bind_integer(struct cursor *cursor, int place, int64_t number)
{
	if (cursor->statement != NULL)
		check_bind(cursor, sqlite3_bind_int64(statement_of(cursor), place, number));
}

void cursor_bind_real(struct cursor *cursor, int place, double number)
{
	if (cursor->statement != NULL)
		check_bind(cursor, sqlite3_bind_double(statement_of(cursor), place, number));
}

void cursor_bind_null(struct cursor *cursor, int place)
{
	if (cursor->statement != NULL)
		check_bind(cursor, sqlite3_bind_null(statement_of(cursor), place));
}

/* ── rows ────────────────────────────────────────────────────────────────────────────────── */

bool cursor_step(struct cursor *cursor)
{
	if (cursor->result != STORE_OK)
		return false;
	switch (sqlite3_step(statement_of(cursor))) {
	case SQLITE_ROW: return true;
	case SQLITE_DONE: return false;
	case SQLITE_CONSTRAINT_UNIQUE:
	case SQLITE_CONSTRAINT_PRIMARYKEY: cursor->result = STORE_DUPLICATE; return false;
	default: fail(cursor); return false;
	}
}

const char *cursor_text(struct cursor *cursor, int column)
{
	return (const char *)sqlite3_column_text(statement_of(cursor), column);
}

int64_t cursor_integer(struct cursor *cursor, int column)
{
	return sqlite3_column_int64(statement_of(cursor), column);
}

double cursor_real(struct cursor *cursor, int column)
{
	return sqlite3_column_double(statement_of(cursor), column);
}

bool cursor_is_null(struct cursor *cursor, int column)
{
	return sqlite3_column_type(statement_of(cursor), column) == SQLITE_NULL;
}

bool cursor_row_is_whole(struct cursor *cursor)
{
	if (cursor->result == STORE_OK && sqlite3_errcode(cursor->session->handle) != SQLITE_ROW)
		fail(cursor);
	return cursor->result == STORE_OK;
}

/* ── closing ─────────────────────────────────────────────────────────────────────────────── */

enum store_result cursor_close(struct cursor *cursor)
{
	if (cursor->statement == NULL)
		return STORE_FAILED;
	/* This also says when there was no memory for a column that was read. */
	if (sqlite3_reset(statement_of(cursor)) != SQLITE_OK)
		fail(cursor);
	cursor->statement = NULL;
	return cursor->result;
}

int64_t cursor_changed_rows(const struct cursor *cursor)
{
	return sqlite3_changes(cursor->session->handle);
}
