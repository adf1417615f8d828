/* SPDX-License-Identifier: MIT */
/*
 * The database: one file (or memory), opened once, used through connections.
 *
 * A connection belongs to one thread. Readers never wait for the writer: each holds a read
 * snapshot open over many queries and renews it only when a commit has happened since, which costs
 * a third of a snapshot per query. There is one connection that writes; store/writer.h owns it.
 *
 * Only this layer knows SQL. SQL for records follows from their field tables. Here is what there is
 * for any resource; what is special has a header of its own beside this one.
 *
 * Many functions visit rows: they call a function for each, with texts that live for that call
 * only. A visitor may use the connection for anything else, but not begin the visit that it is
 * called by once more, nor renew, release or end the snapshot.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/resource.h"
#include "util/arena.h"
#include "util/failure.h"

struct store;
struct store_connection;

enum store_durability {
	DURABILITY_FULL,  /* a power loss loses nothing that was answered */
	DURABILITY_NORMAL /* a killed process loses nothing that was answered */
};

struct store_options {
	const char *path; /* a file's, or ":memory:"; must outlive the store */
	enum store_durability durability;
	const struct resource *const *resources; /* ended by NULL; `number` is the place in it */
};

/*
 * Opens the database, creating it where there is none, and brings it to the newest migration.
 * A file that is not ours, or is newer than this program, or in use by another process, is refused
 * untouched. False with `failure` filled. The caller ends it with store_close.
 */
bool store_open(
	const struct store_options *options, struct store **ret_store, struct failure *failure);

/* Whether there was no database before it was opened. */
bool store_is_new(const struct store *store);

/* Closes the database; every connection must be closed before. NULL is harmless. */
void store_close(struct store *store);

/* Opens a connection that reads, or the one that writes. Its queries are prepared when they are
 * first used. NULL with `failure`. The caller ends it with store_disconnect. */
struct store_connection *store_connect(struct store *store, bool writes, struct failure *failure);

/* Closes a connection, ending its snapshot. NULL is harmless. */
void store_disconnect(struct store_connection *connection);

/* False when the database's file or its log was deleted, moved or replaced, or the disk may have
 * lost what was in the file: what is written now would be gone with the process, so every commit
 * fails. Says so in the log when that changes. Any thread, with a connection of its own. */
bool store_is_in_place(struct store_connection *connection);

/*
 * Snapshots. A connection that reads sees one state of the database, from one renewal to the next.
 * What it holds is in the writer's way: in a file the log cannot start over, in memory no write can
 * begin at all. So a thread renews its snapshot before it reads, and lets go of it before it waits.
 */

/* Before reading: from here on queries see everything that was committed before this call. Once for
 * each piece of work (a request, a look for due work). It costs next to nothing when there was no
 * commit since the last time. False after logging: there is no snapshot, and nothing may be read.
 */
bool store_snapshot_renew(struct store_connection *connection);

/* Before waiting, for a thread that is woken when the log was copied (`checkpointed` of
 * store/writer.h) and then calls this again, as workers do. Ends a snapshot that is out of date, or
 * that makes the writer wait. A current one is kept for the next request. */
void store_snapshot_release(struct store_connection *connection);

/* Before waiting, for a thread that nobody wakes for that, as the scheduler. Ends the snapshot, if
 * there is one. */
void store_snapshot_end(struct store_connection *connection);

enum store_result {
	STORE_OK,
	STORE_NOT_FOUND,
	STORE_DUPLICATE, /* a unique constraint refused it; nothing was changed */
	STORE_FAILED	 /* logged */
};

/*
 * A `namespace` says whose records are meant: an account's SID, and what its resets added to it
 * (store/namespaces.h).
 *
 * Reads the record that `identifier` names in the namespace: a SID when it has the form of one of
 * this resource's, else a unique name, compared exactly. Texts are copied into `arena`, but for the
 * record's namespace, which is the one that was given.
 */
enum store_result store_fetch(struct store_connection *connection, const struct resource *resource,
	const char *namespace, const char *identifier, struct arena *arena, void *ret_record);

/* Finds a record's place in the order of creation: the id of its row. */
enum store_result store_find_place(struct store_connection *connection,
	const struct resource *resource, const char *namespace, const char *sid, int64_t *ret_id);

/* Finds the SID of what `identifier` names, likewise; the SID is put into `arena`. */
enum store_result store_find_sid(struct store_connection *connection,
	const struct resource *resource, const char *namespace, const char *identifier,
	struct arena *arena, const char **ret_sid);

/* Inserts a complete record. */
enum store_result store_insert(
	struct store_connection *connection, const struct resource *resource, const void *record);

/* Writes the fields of `set` of the record in `namespace` that has this record's SID. */
enum store_result store_update(struct store_connection *connection, const struct resource *resource,
	const char *namespace, const void *record, field_set set);

/* Deletes a record, and what belongs to it alone. One that does not exist is no failure. */
enum store_result store_delete(struct store_connection *connection, const struct resource *resource,
	const char *namespace, const char *sid);

struct store_query {
	const char *namespace;
	const void *filter;   /* a record; of it the fields of `filter_set` count */
	field_set filter_set; /* each must equal the record's */
	int64_t below;	      /* only ids below this one; INT64_MAX for the newest */
	size_t limit;
	bool shown_only; /* the records' hidden fields are not read, and stay 0 */
};

struct store_page {
	int64_t first_id, last_id; /* of the records visited; 0 without any */
	size_t count;
	bool more; /* older records follow */
};

/* Visits the newest `limit` records that match, newest first. */
enum store_result store_list(struct store_connection *connection, const struct resource *resource,
	const struct store_query *query, record_visitor *visit, void *closure,
	struct store_page *ret_page);

/*
 * Turns a page around: changes `below` and `limit` of a query so that store_list visits the (at
 * most `limit`) records just above the id `above`.
 */
enum store_result store_seek_page_above(struct store_connection *connection,
	const struct resource *resource, int64_t above, struct store_query *query);

/* Whether the namespace holds any record of the resource: STORE_OK or STORE_NOT_FOUND. */
enum store_result store_find_any(struct store_connection *connection,
	const struct resource *resource, const char *namespace);

/* How many records of the resource the namespace holds. */
enum store_result store_count(struct store_connection *connection, const struct resource *resource,
	const char *namespace, int64_t *ret_count);

/*
 * Prepares every statement there is and calls `visit` with its SQL: what a test holds against
 * EXPLAIN QUERY PLAN, on `database_handle`, which is SQLite's `sqlite3 *`. False when one is wrong.
 */
typedef void store_statement_visitor(void *closure, void *database_handle, const char *sql);
bool store_visit_statements(
	struct store_connection *connection, store_statement_visitor *visit, void *closure);

#endif
