/* SPDX-License-Identifier: MIT */
/*
 * SQL of due work.
 *
 * The table `due_lanes` has a row for each lane with webhooks: when the first of them wakes.
 * Triggers on `due_work` keep it (in migrations/, 0005 and 0009); nothing here writes it. The
 * column `lane` of both tables is what is called the receiver elsewhere: a lane is a namespace and
 * a receiver. It is empty for our own work.
 */
#include "store/due.h"

#include "store/connection.h"
#include "store/queries.h"

#define SELECT_DUE                                                                                 \
	"SELECT id, namespace, due_at_ms, wake_at_ms, kind, subject_sid, lane FROM due_work"

/* Reads a row of SELECT_DUE. Texts point into it. */
static struct store_due read_due(struct cursor *cursor)
{
	return (struct store_due){
		.id = cursor_integer(cursor, 0),
		.namespace = cursor_text(cursor, 1),
		.due_at_ms = cursor_integer(cursor, 2),
		.wakes = !cursor_is_null(cursor, 3),
		.wake_at_ms = cursor_integer(cursor, 3),
		.kind = cursor_text(cursor, 4),
		.subject_sid = cursor_text(cursor, 5),
		.receiver = cursor_text(cursor, 6),
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

/* ── changing ────────────────────────────────────────────────────────────────────────────── */

static const struct query add_due = {
	"INSERT INTO due_work (namespace, due_at_ms, wake_at_ms, kind, subject_sid, lane)"
	" VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
};

enum store_result store_add_due(struct store_connection *connection, const struct store_due *due)
{
	struct cursor cursor;
	cursor_open(&cursor, connection->session, &add_due);
	cursor_bind_text(&cursor, 1, due->namespace);
	cursor_bind_integer(&cursor, 2, due->due_at_ms);
	if (due->wakes)
		cursor_bind_integer(&cursor, 3, due->wake_at_ms);
	else
		cursor_bind_null(&cursor, 3);
	cursor_bind_text(&cursor, 4, due->kind);
	cursor_bind_text(&cursor, 5, due->subject_sid);
	cursor_bind_text(&cursor, 6, due->receiver);
	if (due->wakes)
		remember_change(connection);
	changes_note_due(connection, due->namespace);
	return cursor_write(&cursor);
}

static const struct query remove_due = {
	"DELETE FROM due_work WHERE id = ?1 AND namespace = ?2 AND subject_sid = ?3"
};

enum store_result store_remove_due(struct store_connection *connection, const struct store_due *due)
{
	struct cursor cursor;
	cursor_open(&cursor, connection->session, &remove_due);
	cursor_bind_integer(&cursor, 1, due->id);
	cursor_bind_text(&cursor, 2, due->namespace);
	cursor_bind_text(&cursor, 3, due->subject_sid);
	changes_note_due(connection, due->namespace);
	return cursor_write(&cursor);
}

static const struct query set_wake = { "UPDATE due_work SET wake_at_ms = ?2 WHERE id = ?1" };

enum store_result store_put_off_due(
	struct store_connection *connection, int64_t id, int64_t wake_at_ms)
{
	struct cursor cursor;
	cursor_open(&cursor, connection->session, &set_wake);
	cursor_bind_integer(&cursor, 1, id);
	cursor_bind_integer(&cursor, 2, wake_at_ms);
	remember_change(connection);
	return cursor_write(&cursor);
}

/* ── one row ─────────────────────────────────────────────────────────────────────────────── */

static const struct query next_due = { SELECT_DUE
	" WHERE namespace = ?1 AND due_at_ms <= ?2 AND (due_at_ms, id) > (?3, ?4)"
	" ORDER BY due_at_ms, id LIMIT 1" };

enum store_result store_next_due(struct store_connection *connection, const char *namespace,
	struct store_due_place after, int64_t until_ms, struct arena *arena,
	struct store_due *ret_due)
{
	struct cursor cursor;
	cursor_open(&cursor, connection->session, &next_due);
	cursor_bind_text(&cursor, 1, namespace);
	cursor_bind_integer(&cursor, 2, until_ms);
	cursor_bind_integer(&cursor, 3, after.due_at_ms);
	cursor_bind_integer(&cursor, 4, after.id);
	const bool found = cursor_step(&cursor);
	if (found) {
		*ret_due = read_due(&cursor);
		ret_due->namespace = namespace;
		ret_due->kind = cursor_copy_text(&cursor, 4, arena);
		ret_due->subject_sid = cursor_copy_text(&cursor, 5, arena);
		ret_due->receiver = cursor_copy_text(&cursor, 6, arena);
	}
	return cursor_close_found(&cursor, found);
}

static const struct query find_due = {
	"SELECT due_at_ms FROM due_work"
	" WHERE namespace = ?1 AND due_at_ms <= ?2 AND kind = ?3 AND subject_sid = ?4"
	" ORDER BY due_at_ms LIMIT 1"
};

enum store_result store_find_due(struct store_connection *connection, const char *namespace,
	const char *kind, const char *subject_sid, int64_t until_ms, int64_t *ret_due_at_ms)
{
	struct cursor cursor;
	cursor_open(&cursor, connection->session, &find_due);
	cursor_bind_text(&cursor, 1, namespace);
	cursor_bind_integer(&cursor, 2, until_ms);
	cursor_bind_text(&cursor, 3, kind);
	cursor_bind_text(&cursor, 4, subject_sid);
	return cursor_read_integer(&cursor, ret_due_at_ms);
}

static const struct query next_wake = {
	"SELECT wake_at_ms FROM due_work WHERE wake_at_ms > ?1 ORDER BY wake_at_ms LIMIT 1"
};

enum store_result store_next_wake(
	struct store_connection *connection, int64_t after_ms, int64_t *ret_wake_ms)
{
	struct cursor cursor;
	cursor_open(&cursor, connection->session, &next_wake);
	cursor_bind_integer(&cursor, 1, after_ms);
	return cursor_read_integer(&cursor, ret_wake_ms);
}

static const struct query count_due = { "SELECT count(*) FROM due_work WHERE namespace = ?1" };

enum store_result store_count_due(
	struct store_connection *connection, const char *namespace, int64_t *ret_count)
{
	struct cursor cursor;
	cursor_open(&cursor, connection->session, &count_due);
	cursor_bind_text(&cursor, 1, namespace);
	return cursor_read_integer(&cursor, ret_count);
}

/* ── visiting ────────────────────────────────────────────────────────────────────────────── */

/* Visits the rows of a cursor, and closes it. */
static enum store_result visit_rows(struct cursor *cursor, store_due_visitor *visit, void *closure)
{
	while (cursor_step(cursor)) {
		const struct store_due due = read_due(cursor);
		if (cursor_row_is_whole(cursor))
			visit(closure, &due);
	}
	return cursor_close(cursor);
}

static const struct query own_work = { SELECT_DUE
	" WHERE lane = '' AND wake_at_ms <= ?1 ORDER BY wake_at_ms, id LIMIT ?2" };

enum store_result store_visit_own_work(struct store_connection *connection, int64_t until_ms,
	size_t limit, store_due_visitor *visit, void *closure)
{
	struct cursor cursor;
	cursor_open(&cursor, connection->session, &own_work);
	cursor_bind_integer(&cursor, 1, until_ms);
	cursor_bind_integer(&cursor, 2, (int64_t)limit);
	return visit_rows(&cursor, visit, closure);
}

/* After a place come the rest of its moment, then what wakes later. SQLite would seek the pair of
 * columns by the first alone, and go through all of the moment: the webhooks that are under way. */
#define WEBHOOKS_OF_LANE                                                                           \
	SELECT_DUE " WHERE lane = ?1 AND namespace = ?2 AND lane <> '' AND wake_at_ms <= ?3"

static const struct query webhooks_of_lane = { WEBHOOKS_OF_LANE
	" AND wake_at_ms = ?4 AND id > ?5 UNION ALL " WEBHOOKS_OF_LANE
	" AND wake_at_ms > ?4 ORDER BY wake_at_ms, id LIMIT ?6" };

enum store_result store_visit_webhooks(struct store_connection *connection, const char *namespace,
	const char *receiver, struct store_wake_place after, int64_t until_ms, size_t limit,
	store_due_visitor *visit, void *closure)
{
	struct cursor cursor;
	cursor_open(&cursor, connection->session, &webhooks_of_lane);
	cursor_bind_text(&cursor, 1, receiver);
	cursor_bind_text(&cursor, 2, namespace);
	cursor_bind_integer(&cursor, 3, until_ms);
	cursor_bind_integer(&cursor, 4, after.wake_at_ms);
	cursor_bind_integer(&cursor, 5, after.id);
	cursor_bind_integer(&cursor, 6, (int64_t)limit);
	return visit_rows(&cursor, visit, closure);
}

/* Columns as SELECT_DUE has them. */
static const struct query lanes_with_work = {
	"SELECT NULL, namespace, NULL, wake_at_ms, NULL, NULL, lane FROM due_lanes"
	" WHERE wake_at_ms <= ?1 ORDER BY wake_at_ms"
};

enum store_result store_visit_due_lanes(struct store_connection *connection, int64_t until_ms,
	store_due_visitor *visit, void *closure)
{
	struct cursor cursor;
	cursor_open(&cursor, connection->session, &lanes_with_work);
	cursor_bind_integer(&cursor, 1, until_ms);
	return visit_rows(&cursor, visit, closure);
}

/* ── a changed clock ─────────────────────────────────────────────────────────────────────── */

/* As account_clock_wake reckons; NULL for a rate of NULL, which what does not wake has already. One
 * statement, since each of many would go through what the savepoint keeps of those before it. */
static const struct query rewake = {
	"UPDATE due_work"
	" SET wake_at_ms = ?2 + CAST((due_at_ms - ?3) / ?4 AS INTEGER) + (?4 <> 1.0)"
	" WHERE namespace = ?1 AND (wake_at_ms IS NOT NULL OR ?4 IS NOT NULL)"
};

enum store_result store_rewake(struct store_connection *connection, const char *namespace,
	const struct account_clock *clock)
{
	struct cursor cursor;
	const double rate = account_clock_rate(clock);
	cursor_open(&cursor, connection->session, &rewake);
	cursor_bind_text(&cursor, 1, namespace);
	cursor_bind_integer(&cursor, 2, clock->real_ms);
	cursor_bind_integer(&cursor, 3, clock->account_ms);
	if (rate > 0)
		cursor_bind_real(&cursor, 4, rate);
	else
		cursor_bind_null(&cursor, 4);
	remember_change(connection);
	return cursor_write(&cursor);
}

const struct query *const due_queries[] = { &add_due, &remove_due, &set_wake, &next_due, &find_due,
	&next_wake, &count_due, &own_work, &webhooks_of_lane, &lanes_with_work, &rewake, NULL };
