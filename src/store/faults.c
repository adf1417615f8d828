/* SPDX-License-Identifier: MIT */
/* SQL of fault rules and limits. A row goes with its namespace: store/namespaces.c. */
#include "store/faults.h"

#include "store/connection.h"
#include "store/queries.h"

#define FAULT_COLUMNS "rules, seed, concurrent"

/* The current row of FAULT_COLUMNS, which begin at `first`. The text points into the row. */
static struct store_faults read_faults(struct cursor *cursor, int first)
{
	return (struct store_faults){
		.rules = cursor_text(cursor, first),
		.has_seed = !cursor_is_null(cursor, first + 1),
		.seed = cursor_integer(cursor, first + 1),
		.concurrent = cursor_integer(cursor, first + 2),
	};
}

static const struct query select_faults = { "SELECT " FAULT_COLUMNS
					    " FROM faults WHERE namespace = ?1" };

enum store_result store_fetch_faults(struct store_connection *connection, const char *namespace,
	struct arena *arena, struct store_faults *ret_faults)
{
	struct cursor cursor;
	cursor_open(&cursor, connection->session, &select_faults);
	cursor_bind_text(&cursor, 1, namespace);
	const bool found = cursor_step(&cursor);
	if (found) {
		*ret_faults = read_faults(&cursor, 0);
		ret_faults->rules = cursor_copy_text(&cursor, 0, arena);
	}
	return cursor_close_found(&cursor, found);
}

static const struct query put_faults = {
	"INSERT INTO faults (namespace, " FAULT_COLUMNS ") VALUES (?1, ?2, ?3, ?4)"
	" ON CONFLICT (namespace) DO UPDATE SET rules = excluded.rules, seed = excluded.seed,"
	" concurrent = excluded.concurrent"
};

enum store_result store_put_faults(struct store_connection *connection, const char *namespace,
	const struct store_faults *faults)
{
	struct cursor cursor;
	cursor_open(&cursor, connection->session, &put_faults);
	cursor_bind_text(&cursor, 1, namespace);
	cursor_bind_text(&cursor, 2, faults->rules);
	if (faults->has_seed)
		cursor_bind_integer(&cursor, 3, faults->seed);
	else
		cursor_bind_null(&cursor, 3);
	cursor_bind_integer(&cursor, 4, faults->concurrent);
	return cursor_write(&cursor);
}

static const struct query select_all_faults = {
	"SELECT sid, " FAULT_COLUMNS " FROM accounts CROSS JOIN faults"
	" ON faults.namespace = accounts.namespace WHERE ended = 0"
};

enum store_result store_visit_faults(
	struct store_connection *connection, store_faults_visitor *visit, void *closure)
{
	struct cursor cursor;
	cursor_open(&cursor, connection->session, &select_all_faults);
	while (cursor_step(&cursor)) {
		const char *account_sid = cursor_text(&cursor, 0);
		const struct store_faults faults = read_faults(&cursor, 1);
		if (cursor_row_is_whole(&cursor))
			visit(closure, account_sid, &faults);
	}
	return cursor_close(&cursor);
}

const struct query *const fault_queries[] = { &select_faults, &put_faults, &select_all_faults,
	NULL };
