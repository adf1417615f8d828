/* SPDX-License-Identifier: MIT */
/*
 * One run of a query: open it, bind its parameters, step through its rows, close it.
 *
 * Errors are sticky. Whatever fails (opening, binding, a step, a copy) is logged once and makes
 * everything after it do nothing: no row comes, texts are NULL, numbers 0. So callers check once,
 * when they close. A cursor that was opened must be closed, also one that has failed; and a query
 * must not be opened again on its connection before.
 *
 *	struct cursor cursor;
 *	cursor_open(&cursor, connection->session, &some_query);
 *	cursor_bind_text(&cursor, 1, namespace);
 *	while (cursor_step(&cursor))
 *		visit(closure, cursor_text(&cursor, 0));
 *	return cursor_close(&cursor);
 *
 * A cursor is cheap: it holds no memory of its own. The driver does all this
 *(store/sqlite/cursor.c); what is done with cursors again and again is in store/query.h.
 */
#ifndef STORE_CURSOR_H
#define STORE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/store.h"

struct session;	  /* one connection's part of the driver: store/driver.h */
struct statement; /* SQL, prepared on one connection */

/*
 * A query of the program: `static const`, beside the function that binds it, and named by the list
 * of its file (store/queries.h). A connection prepares it when it is first opened.
 */
struct query {
	const char *sql;
};

struct cursor {
	struct session *session;
	struct statement *statement; /* NULL: there is none, and the cursor has failed */
	enum store_result result;    /* STORE_OK until something fails */
};

void cursor_open(struct cursor *cursor, struct session *session, const struct query *query);

/* Opens what was prepared apart, for SQL that is made while the program runs: store/sql.c. NULL
 * makes a cursor that has failed. */
void cursor_open_statement(
	struct cursor *cursor, struct session *session, struct statement *statement);

/* Give a parameter, counted from 1, its value. A text must live until the cursor is closed; NULL is
 * SQL's NULL. */
void cursor_bind_text(struct cursor *cursor, int place, const char *text);
void cursor_bind_integer(struct cursor *cursor, int place, int64_t number);
void cursor_bind_real(struct cursor *cursor, int place, double number);
void cursor_bind_null(struct cursor *cursor, int place);

/* Goes to the next row. False: there is none, or the cursor has failed. */
bool cursor_step(struct cursor *cursor);

/* Read a column, counted from 0, of the row. A text lives until the next step or the close; SQL's
 * NULL is NULL, or 0. */
const char *cursor_text(struct cursor *cursor, int column);
int64_t cursor_integer(struct cursor *cursor, int column);
double cursor_real(struct cursor *cursor, int column);
bool cursor_is_null(struct cursor *cursor, int column);

/* False when there was no memory for a text of the row, which was read as NULL: to be asked before
 * the row is handed on, and before anything else is done on the connection. The cursor has failed
 * then. Who only looks one row up need not ask: closing tells, too. */
bool cursor_row_is_whole(struct cursor *cursor);

/* STORE_OK, STORE_DUPLICATE or STORE_FAILED, over everything since it was opened. */
enum store_result cursor_close(struct cursor *cursor);

/* How many rows what ran last on the cursor's connection inserted, changed or deleted: to be asked
 * right after closing. */
int64_t cursor_changed_rows(const struct cursor *cursor);

#endif
