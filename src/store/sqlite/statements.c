/* SPDX-License-Identifier: MIT */
/*
 * Prepared SQL.
 *
 * A session keeps the statements of its queries in a table by the queries' addresses, which tells
 * them apart faster than their texts would, and needs no numbers.
 */
#include "store/sqlite/internal.h"
#include "util/hash.h"
#include "util/log.h"

enum store_result session_failed(struct session *session, const char *what)
{
	session->failures++;
	log_line(LOG_ERROR, "database: %s (%s)", sqlite3_errmsg(session->handle), what);
	return STORE_FAILED;
}

/* ── statements ──────────────────────────────────────────────────────────────────────────── */

static sqlite3_stmt *prepare(struct session *session, const char *sql)
{
	sqlite3_stmt *statement = NULL;
	if (sqlite3_prepare_v3(session->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement,
		    NULL) != SQLITE_OK) {
		session_failed(session, sql);
		return NULL;
	}
	return statement;
}

struct statement *statement_prepare(struct session *session, const char *sql)
{
	return (struct statement *)prepare(session, sql);
}

void statement_free(struct statement *statement)
{
	sqlite3_finalize((sqlite3_stmt *)statement);
}

/* ── the queries of a session ────────────────────────────────────────────────────────────── */

/* The place of a query, or the free one where it would be. Queries lie side by side: by their
 * addresses as they are, they would lie so in the table, and be looked for along all others. */
static struct prepared_query *place_of(struct session *session, const struct query *query)
{
	size_t place = hash_finish((uintptr_t)query) % QUERY_PLACES;
	while (session->queries[place].query != query && session->queries[place].query != NULL)
		place = (place + 1) % QUERY_PLACES;
	return &session->queries[place];
}

bool session_add_queries(
	struct session *session, const struct query *const *list, struct failure *failure)
{
	for (; *list != NULL; list++) {
		if (session->query_count++ == QUERY_PLACES / 2)
			return failure_set(
				failure, EX_SOFTWARE, "more than %d queries", QUERY_PLACES / 2);
		place_of(session, *list)->query = *list;
	}
	return true;
}

sqlite3_stmt *session_statement(struct session *session, const struct query *query)
{
	struct prepared_query *place = place_of(session, query);
	if (place->query == NULL) {
		log_line(LOG_ERROR, "database: no list names the query %s", query->sql);
		return NULL;
	}
	if (place->statement == NULL)
		place->statement = prepare(session, query->sql);
	return place->statement;
}

bool session_prepare_queries(
	struct session *session, const struct query *const *list, struct failure *failure)
{
	for (; *list != NULL; list++) {
		if (session_statement(session, *list) == NULL)
			return failure_set(failure, EX_OSERR, "out of memory");
	}
	return true;
}

void session_finalize(struct session *session)
{
	for (size_t i = 0; i < QUERY_PLACES; i++)
		sqlite3_finalize(session->queries[i].statement);
}

bool session_run(struct session *session, const struct query *query)
{
	sqlite3_stmt *statement = session_statement(session, query);
	if (statement == NULL)
		return false;
	const int result = sqlite3_step(statement);
	sqlite3_reset(statement);
	if (result == SQLITE_DONE)
		return true;
	session_failed(session, query->sql);
	return false;
}

/* ── for tests ───────────────────────────────────────────────────────────────────────────── */

bool session_visit_queries(struct session *session, store_statement_visitor *visit, void *closure)
{
	bool complete = true;
	for (size_t i = 0; i < QUERY_PLACES; i++) {
		const struct query *query = session->queries[i].query;
		if (query == NULL)
			continue;
		complete = session_statement(session, query) != NULL && complete;
		visit(closure, session->handle, query->sql);
	}
	return complete;
}

void session_visit_statement(struct session *session, struct statement *statement,
	store_statement_visitor *visit, void *closure)
{
	visit(closure, session->handle, sqlite3_sql((sqlite3_stmt *)statement));
}
