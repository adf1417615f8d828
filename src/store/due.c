/* SPDX-License-Identifier: MIT */
/* SQL of due work and the outbox's counts. */
#include "store/due.h"

#include "store/internal.h"

static struct store_due read_due(sqlite3_stmt *row)
{
	return (struct store_due){
		.id = sqlite3_column_int64(row, 0),
		.namespace = (const char *)sqlite3_column_text(row, 1),
		.due_at_ms = sqlite3_column_int64(row, 2),
		.wakes = sqlite3_column_type(row, 3) != SQLITE_NULL,
		.wake_at_ms = sqlite3_column_int64(row, 3),
		.kind = (const char *)sqlite3_column_text(row, 4),
		.subject_sid = (const char *)sqlite3_column_text(row, 5),
		.receiver = (const char *)sqlite3_column_text(row, 6),
	};
}

static void remember_change(struct store_connection *connection)
{
	connection->due_changed = true;
}

uint_fast64_t store_due_changes(const struct store *store)
{
	return atomic_load_explicit(&store->due_changes, memory_order_acquire);
}

enum store_result store_add_due(struct store_connection *connection, const struct store_due *due)
{
	sqlite3_stmt *statement = fixed_statement(connection, ADD_DUE);
	if (statement == NULL)
		return STORE_FAILED;
	statement_bind_text(statement, 1, due->namespace);
	sqlite3_bind_int64(statement, 2, due->due_at_ms);
	if (due->wakes)
		sqlite3_bind_int64(statement, 3, due->wake_at_ms);
	else
		sqlite3_bind_null(statement, 3);
	statement_bind_text(statement, 4, due->kind);
	statement_bind_text(statement, 5, due->subject_sid);
	statement_bind_text(statement, 6, due->receiver);
	if (due->wakes)
		remember_change(connection);
	return statement_write(connection, statement);
}

enum store_result store_remove_due(struct store_connection *connection, const struct store_due *due)
{
	sqlite3_stmt *statement = fixed_statement(connection, REMOVE_DUE);
	if (statement == NULL)
		return STORE_FAILED;
	sqlite3_bind_int64(statement, 1, due->id);
	statement_bind_text(statement, 2, due->namespace);
	statement_bind_text(statement, 3, due->subject_sid);
	return statement_write(connection, statement);
}

enum store_result store_put_off_due(
	struct store_connection *connection, int64_t id, int64_t wake_at_ms)
{
	sqlite3_stmt *statement = fixed_statement(connection, SET_WAKE);
	if (statement == NULL)
		return STORE_FAILED;
	sqlite3_bind_int64(statement, 1, id);
	sqlite3_bind_int64(statement, 2, wake_at_ms);
	remember_change(connection);
	return statement_write(connection, statement);
}

enum store_result store_next_due(struct store_connection *connection, const char *namespace,
	struct store_due_place after, int64_t until_ms, struct arena *arena,
	struct store_due *ret_due)
{
	sqlite3_stmt *statement = fixed_statement(connection, NEXT_DUE);
	if (statement == NULL)
		return STORE_FAILED;
	statement_bind_text(statement, 1, namespace);
	sqlite3_bind_int64(statement, 2, until_ms);
	sqlite3_bind_int64(statement, 3, after.due_at_ms);
	sqlite3_bind_int64(statement, 4, after.id);
	const int step = sqlite3_step(statement);
	enum store_result result = STORE_NOT_FOUND;
	if (step == SQLITE_ROW) {
		*ret_due = read_due(statement);
		ret_due->namespace = namespace;
		ret_due->kind = statement_text(statement, 4, arena);
		ret_due->subject_sid = statement_text(statement, 5, arena);
		ret_due->receiver = statement_text(statement, 6, arena);
		const bool kept = ret_due->kind != NULL && ret_due->subject_sid != NULL &&
				  ret_due->receiver != NULL;
		result = kept ? STORE_OK : STORE_FAILED;
	} else if (step != SQLITE_DONE) {
		result = store_failed(connection, "reading due work");
	}
	sqlite3_reset(statement);
	return result;
}

static enum store_result visit_rows(struct store_connection *connection, sqlite3_stmt *statement,
	store_due_visitor *visit, void *closure)
{
	int step;
	while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
		const struct store_due due = read_due(statement);
		if (!statement_row_is_whole(statement))
			break;
		visit(closure, &due);
	}
	sqlite3_reset(statement);
	return step == SQLITE_DONE ? STORE_OK : store_failed(connection, "reading due work");
}

enum store_result store_visit_lane(struct store_connection *connection, const char *receiver,
	int64_t until_ms, size_t limit, store_due_visitor *visit, void *closure)
{
	sqlite3_stmt *statement = fixed_statement(connection, DUE_OF_LANE);
	if (statement == NULL)
		return STORE_FAILED;
	statement_bind_text(statement, 1, receiver);
	sqlite3_bind_int64(statement, 2, until_ms);
	sqlite3_bind_int64(statement, 3, (int64_t)limit);
	return visit_rows(connection, statement, visit, closure);
}

enum store_result store_visit_webhooks(struct store_connection *connection, const char *namespace,
	const char *receiver, int64_t until_ms, size_t limit, store_due_visitor *visit,
	void *closure)
{
	sqlite3_stmt *statement = fixed_statement(connection, WEBHOOKS_OF_LANE);
	if (statement == NULL)
		return STORE_FAILED;
	statement_bind_text(statement, 1, receiver);
	statement_bind_text(statement, 2, namespace);
	sqlite3_bind_int64(statement, 3, until_ms);
	sqlite3_bind_int64(statement, 4, (int64_t)limit);
	return visit_rows(connection, statement, visit, closure);
}

enum store_result store_visit_due_lanes(struct store_connection *connection, int64_t until_ms,
	store_due_visitor *visit, void *closure)
{
	sqlite3_stmt *statement = fixed_statement(connection, DUE_LANES);
	if (statement == NULL)
		return STORE_FAILED;
	sqlite3_bind_int64(statement, 1, until_ms);
	return visit_rows(connection, statement, visit, closure);
}

enum store_result store_next_wake(
	struct store_connection *connection, int64_t after_ms, int64_t *ret_wake_ms)
{
	sqlite3_stmt *statement = fixed_statement(connection, NEXT_WAKE);
	if (statement != NULL)
		sqlite3_bind_int64(statement, 1, after_ms);
	return statement_number(connection, statement, ret_wake_ms);
}

struct rewaking {
	struct store_connection *connection;
	const struct account_clock *clock;
	enum store_result result;
};

static void rewake(void *closure, const struct store_due *due)
{
	struct rewaking *rewaking = closure;
	int64_t wake_ms;
	sqlite3_stmt *statement = fixed_statement(rewaking->connection, SET_WAKE);
	if (statement == NULL || rewaking->result != STORE_OK) {
		rewaking->result = STORE_FAILED;
		return;
	}
	sqlite3_bind_int64(statement, 1, due->id);
	if (account_clock_wake(rewaking->clock, due->due_at_ms, &wake_ms))
		sqlite3_bind_int64(statement, 2, wake_ms);
	else
		sqlite3_bind_null(statement, 2);
	rewaking->result = statement_write(rewaking->connection, statement);
}

enum store_result store_rewake(struct store_connection *connection, const char *namespace,
	const struct account_clock *clock)
{
	struct rewaking rewaking = { connection, clock, STORE_OK };
	sqlite3_stmt *statement = fixed_statement(connection, VISIT_DUE);
	if (statement == NULL)
		return STORE_FAILED;
	/* The rows are visited by an index that a wake's time is no part of. */
	statement_bind_text(statement, 1, namespace);
	const enum store_result result = visit_rows(connection, statement, rewake, &rewaking);
	remember_change(connection);
	return result == STORE_OK ? rewaking.result : result;
}

enum store_result store_copy_due(
	struct store_connection *connection, const char *from, const char *into)
{
	const char *const namespaces[] = { from, into };
	return statement_write_texts(connection, COPY_DUE, namespaces);
}

enum store_result store_count_due(
	struct store_connection *connection, const char *namespace, int64_t *ret_count)
{
	sqlite3_stmt *statement = fixed_statement(connection, COUNT_DUE);
	if (statement != NULL)
		statement_bind_text(statement, 1, namespace);
	return statement_number(connection, statement, ret_count);
}

/* ── the outbox ──────────────────────────────────────────────────────────────────────────── */

enum store_result store_count_pending(struct store_connection *connection, int64_t *ret_count)
{
	return statement_number(connection, fixed_statement(connection, COUNT_PENDING), ret_count);
}

enum store_result store_trim_deliveries(
	struct store_connection *connection, const char *namespace, const char *state, int64_t keep)
{
	sqlite3_stmt *statement = fixed_statement(connection, TRIM_DELIVERIES);
	if (statement == NULL)
		return STORE_FAILED;
	statement_bind_text(statement, 1, namespace);
	statement_bind_text(statement, 2, state);
	sqlite3_bind_int64(statement, 3, keep);
	return statement_write(connection, statement);
}

enum store_result store_trim_attempts(struct store_connection *connection, const char *namespace,
	const char *delivery_sid, int64_t last_number)
{
	sqlite3_stmt *statement = fixed_statement(connection, TRIM_ATTEMPTS);
	if (statement == NULL)
		return STORE_FAILED;
	statement_bind_text(statement, 1, namespace);
	statement_bind_text(statement, 2, delivery_sid);
	sqlite3_bind_int64(statement, 3, last_number);
	return statement_write(connection, statement);
}
