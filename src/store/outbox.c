/* SPDX-License-Identifier: MIT */
/*
 * SQL of the outbox's history: what is kept of deliveries, their attempts, and what sinks received.
 *
 * `delivery_counts` knows how many deliveries a namespace has in each state. Triggers on
 * `deliveries` keep it (migrations/0004_delivery_counts.sql); nothing here writes it.
 */
#include "store/outbox.h"

#include "store/connection.h"
#include "store/queries.h"

static const struct query count_pending = {
	"SELECT count(*) FROM deliveries WHERE state = 'pending'"
};

enum store_result store_count_pending(struct store_connection *connection, int64_t *ret_count)
{
	struct cursor cursor;
	cursor_open(&cursor, connection->session, &count_pending);
	return cursor_read_integer(&cursor, ret_count);
}

static const struct query count_deliveries = {
	"SELECT coalesce(sum(count), 0) FROM delivery_counts WHERE namespace = ?1 AND state = ?2"
};

enum store_result store_count_deliveries(struct store_connection *connection, const char *namespace,
	const char *state, int64_t *ret_count)
{
	struct cursor cursor;
	cursor_open(&cursor, connection->session, &count_deliveries);
	cursor_bind_text(&cursor, 1, namespace);
	cursor_bind_text(&cursor, 2, state);
	return cursor_read_integer(&cursor, ret_count);
}

static const struct query count_all_deliveries = {
	"SELECT coalesce(sum(delivery_counts.count), 0) FROM accounts CROSS JOIN delivery_counts"
	" ON delivery_counts.namespace = accounts.namespace AND delivery_counts.state = ?1"
	" WHERE accounts.ended = 0"
};

enum store_result store_count_all_deliveries(
	struct store_connection *connection, const char *state, int64_t *ret_count)
{
	struct cursor cursor;
	cursor_open(&cursor, connection->session, &count_all_deliveries);
	cursor_bind_text(&cursor, 1, state);
	return cursor_read_integer(&cursor, ret_count);
}

/* Opens a query of a namespace, a text and a number. */
static void open_trim(struct cursor *cursor, struct store_connection *connection,
	const struct query *query, const char *namespace, const char *of, int64_t number)
{
	cursor_open(cursor, connection->session, query);
	cursor_bind_text(cursor, 1, namespace);
	cursor_bind_text(cursor, 2, of);
	cursor_bind_integer(cursor, 3, number);
}

static enum store_result trim(struct store_connection *connection, const struct query *query,
	const char *namespace, const char *of, int64_t number)
{
	struct cursor cursor;
	open_trim(&cursor, connection, query, namespace, of, number);
	return cursor_write(&cursor);
}

static const struct query trim_deliveries = {
	"DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries"
	" WHERE namespace = ?1 AND state = ?2 ORDER BY id"
	" LIMIT (SELECT max(0, min(?4, count - ?3)) FROM delivery_counts"
	" WHERE namespace = ?1 AND state = ?2))"
};

enum store_result store_trim_deliveries(
	struct store_connection *connection, const char *namespace, const char *state, int64_t keep)
{
	struct cursor cursor;
	open_trim(&cursor, connection, &trim_deliveries, namespace, state, keep);
	cursor_bind_integer(&cursor, 4, DELIVERIES_TRIMMED_AT_ONCE);
	return cursor_write(&cursor);
}

static const struct query trim_attempts = {
	"DELETE FROM delivery_attempts WHERE namespace = ?1 AND delivery_sid = ?2 AND number <= ?3"
};

enum store_result store_trim_attempts(struct store_connection *connection, const char *namespace,
	const char *delivery_sid, int64_t last_number)
{
	return trim(connection, &trim_attempts, namespace, delivery_sid, last_number);
}

static const struct query trim_sink_requests = {
	"DELETE FROM sink_requests WHERE sink_sid = ?2 AND namespace = ?1 AND id <="
	" (SELECT id FROM sink_requests WHERE sink_sid = ?2 AND namespace = ?1"
	" ORDER BY id DESC LIMIT 1 OFFSET ?3)"
};

enum store_result store_trim_sink_requests(struct store_connection *connection,
	const char *namespace, const char *sink_sid, int64_t keep)
{
	return trim(connection, &trim_sink_requests, namespace, sink_sid, keep);
}

const struct query *const outbox_queries[] = { &count_pending, &count_deliveries,
	&count_all_deliveries, &trim_deliveries, &trim_attempts, &trim_sink_requests, NULL };
