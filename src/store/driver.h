/* SPDX-License-Identifier: MIT */
/*
 * The seam: what the store asks of the database beneath it, besides store/cursor.h. store/sqlite/
 * answers; nothing else in the program says `sqlite3_`.
 *
 * The store decides what is asked and when: queries, snapshots, group commit. The driver knows how
 * one file is opened, how a reader keeps a state of it, how a transaction becomes durable.
 *
 * The queries are SQL as most databases know it, except for what is listed here: another driver
 * would have to say it in another way.
 *
 * - Parameters are `?`, and `?1` where one is used twice: every file of store/.
 * - A parameter that is NULL has no type: store/usage.c (`?4 IS NULL OR …`). Nor has the column
 *   `NULL` of a SELECT: store/due.c.
 * - `min(a, b)` and `max(a, b)` of two numbers (elsewhere `least`, `greatest`): store/usage.c,
 *   store/outbox.c. `<<`: store/usage.c.
 * - `total()`, a sum that is no integer and so cannot overflow: store/usage.c.
 * - `json_each()`, a list as one parameter: store/usage.c.
 * - `INSERT … ON CONFLICT`, as PostgreSQL has it, too (elsewhere `MERGE`): store/accounts.c,
 *   store/namespaces.c, store/profile_networks.c, store/usage.c.
 * - `LIMIT` and `OFFSET` (elsewhere `FETCH FIRST`), once with a subquery (store/outbox.c).
 * - Triggers keep counters: `delivery_counts` (store/outbox.c) and `due_lanes` (store/due.c).
 * - AUTOINCREMENT: ids of due work never repeat (store/due.c).
 * - migrations/ is SQLite's own throughout: STRICT, WITHOUT ROWID, partial indexes, triggers.
 * - BEGIN IMMEDIATE, PRAGMAs and checkpoints stay within store/sqlite/.
 */
#ifndef STORE_DRIVER_H
#define STORE_DRIVER_H

#include "store/cursor.h"

struct database; /* what is open, shared by all threads */
struct session;	 /* a connection to it, of one thread */

/* ── opening ─────────────────────────────────────────────────────────────────────────────── */

/* As store_open says. The path must outlive the database. */
bool database_open(const char *path, enum store_durability durability,
	struct database **ret_database, struct failure *failure);

/* As store_is_new says. */
bool database_is_new(const struct database *database);

/* Every session must be closed before. NULL is harmless. */
void database_close(struct database *database);

/* Opens a session that reads, or the one that writes, for the queries of `lists`: lists that are
 * ended by NULL, in one that is ended by NULL. NULL with `failure`. */
struct session *session_open(struct database *database, bool writes,
	const struct query *const *const *lists, struct failure *failure);

/* Ends a snapshot and frees the queries' statements; others must be freed before. NULL is harmless.
 */
void session_close(struct session *session);

/* As store_is_in_place says. */
bool session_is_in_place(const struct session *session);

/* ── readers ─────────────────────────────────────────────────────────────────────────────── */

/* As store_snapshot_renew, …_release and …_end say. */
bool session_renew_snapshot(struct session *session);
void session_release_snapshot(struct session *session);
void session_end_snapshot(struct session *session);

/* ── the writer ──────────────────────────────────────────────────────────────────────────── */

/* Begins a transaction that writes. It waits where readers and the writer exclude each other (in
 * memory). False after logging: there is none. */
bool session_begin(struct session *session);

/* Whether the transaction is still there: a database may give it up by itself, when its disk is
 * full or memory runs out. What was written after that would be a transaction of its own. */
bool session_is_in_transaction(const struct session *session);

/* Ends what session_begin began: commits it when `keep` is set, and undoes it when it is not, when
 * that fails, or when the database is not in its place. True when it is durable. Snapshots are out
 * of date from here on. */
bool session_end(struct session *session, bool keep);

/* What writes and is not through at that time (clock_monotonic_us; 0: never) fails from then on,
 * and the transaction is lost. Short queries are done even then. Any thread. */
void session_give_up_at(struct session *session, int64_t at_us);

/* A number that is another one once something was written, or has failed. */
int64_t session_count_events(const struct session *session);

/* A savepoint within the transaction; they nest. Ending the last one keeps or undoes what was
 * written since it began. False: nothing more can be done in this transaction, or it is lost. */
bool session_begin_savepoint(struct session *session);
bool session_end_savepoint(struct session *session, bool keep);

/* Does what a database needs from time to time after a transaction, and nobody should wait for.
 * True when readers should let go of old snapshots because of it. */
bool session_maintain(struct session *session);

/* ── SQL that is made while the program runs ─────────────────────────────────────────────── */

/* NULL after logging. It belongs to the session; the caller ends it with statement_free. */
struct statement *statement_prepare(struct session *session, const char *sql);

/* NULL is harmless. */
void statement_free(struct statement *statement);

/* ── for tests ───────────────────────────────────────────────────────────────────────────── */

/* Prepares each query of the session's lists, and the driver's own, and visits its SQL. False when
 * one is wrong. */
bool session_visit_queries(struct session *session, store_statement_visitor *visit, void *closure);

/* Visits the SQL of a statement. */
void session_visit_statement(struct session *session, struct statement *statement,
	store_statement_visitor *visit, void *closure);

#endif
