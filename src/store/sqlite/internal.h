/* SPDX-License-Identifier: MIT */
/*
 * What the files of the SQLite driver share. Nothing outside of it includes this, nor sqlite3.h.
 *
 * - database: opens the file: its lock, its header, its schema (migrate; of a new one: image)
 * - open: a bare handle with our pragmas
 * - session: a connection, which is a handle and its queries
 * - snapshots: what readers see
 * - files: whether they are where they were
 * - transactions: what the writer does, and the log
 * - copying: the log copied into the file beside the writer
 * - statements, cursor: prepared SQL, and one run of it
 */
#ifndef STORE_SQLITE_INTERNAL_H
#define STORE_SQLITE_INTERNAL_H

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "store/driver.h"

/* Which file a path named. */
struct file_mark {
	dev_t device;
	ino_t inode;
};

struct database {
	const char *path; /* as given; the caller's */
	char *uri;
	bool in_memory;
	bool is_new;	   /* there was none */
	bool is_unsettled; /* what was written to the file may not be on the disk */
	bool is_forgotten; /* and not even in the file any more */
	enum store_durability durability;
	int lock_fd;		      /* holds the file against other processes; -1 in memory */
	sqlite3 *writing;	      /* what migrates, and then the session that writes, use it */
	atomic_uint_fast64_t commits; /* moves after every commit: snapshots from before are old */
	char *log_path;		      /* of the write-ahead log; NULL: nobody watches the files */
	struct file_mark file, log_file;
	atomic_bool displaced; /* when last looked, a path did not name its file */
	atomic_bool is_lost;   /* perhaps: what was copied from the log, which must stay then */
	/* In memory SQLite has no log that readers could look past, so they and the writer exclude
	 * each other; with this lock they wait instead of failing. */
	pthread_rwlock_t memory_lock;
};

/* The writer's helper: see copying.c. All zero before its first use. */
struct copying {
	sqlite3 *handle; /* opened for the first copy; the thread's while it runs */
	struct database *database;
	pthread_t thread;
	bool running;
	atomic_bool done; /* the thread has nothing left to do, and can be joined at once */
};

/* A query's place in the table of a session. */
struct prepared_query {
	const struct query *query; /* NULL: the place is free */
	sqlite3_stmt *statement;   /* NULL until the query is first opened */
};

enum { QUERY_PLACES = 256 /* a power of two; half of them stay free */ };

struct session {
	struct database *database;
	sqlite3 *handle;
	bool in_snapshot;
	uint_fast64_t snapshot_commits; /* database->commits when the snapshot was taken */
	int64_t failures;		/* so many things went wrong so far */
	int log_pages;		/* writer: length of the write-ahead log after the last commit */
	struct copying copying; /* writer */
	atomic_llong give_up_at_us; /* writer: what takes longer is broken off; 0: never */
	size_t query_count;
	struct prepared_query queries[QUERY_PLACES];
};

/* ── open.c ──────────────────────────────────────────────────────────────────────────────── */

/* Opens a bare handle with our pragmas. The file is read later, with the first query. NULL with
 * `failure`. The caller ends it with handle_close. */
sqlite3 *handle_open(const struct database *database, struct failure *failure);

/* NULL is harmless. The last one copies the log and removes it, unless it was told to keep it. */
void handle_close(sqlite3 *handle);

/* Has a handle leave the log as it is when it is closed. */
void handle_keep_log(sqlite3 *handle);

/* Puts into `failure` what SQLite says, also of NULL, for which there was no memory. Gives false.
 */
bool handle_failed(sqlite3 *handle, const struct database *database, struct failure *failure);

/* What the program ends with after SQLite's last error: EX_CANTCREAT when a file cannot be made or
 * written, else EX_IOERR. */
int handle_exit_code(sqlite3 *handle);

/* Runs SQL that gives no rows. False with what SQLite says. */
bool handle_execute(
	sqlite3 *handle, const struct database *database, const char *sql, struct failure *failure);

/* ── migrate.c ───────────────────────────────────────────────────────────────────────────── */

/* Looks at a file before SQLite opens it: false when it is not ours or newer than we are. */
bool migrate_check_file(int file, const char *path, struct failure *failure);

/* Brings the schema to the newest migration. */
bool migrate(sqlite3 *handle, struct failure *failure);

/* ── statements.c ────────────────────────────────────────────────────────────────────────── */

/* Logs what SQLite says about the last failure, and gives STORE_FAILED. */
enum store_result session_failed(struct session *session, const char *what);

/* Makes the queries of a list, which is ended by NULL, known to a session. False with `failure`:
 * there is no place for them. */
bool session_add_queries(
	struct session *session, const struct query *const *list, struct failure *failure);

/* Prepares queries of a list ahead of their first use. */
bool session_prepare_queries(
	struct session *session, const struct query *const *list, struct failure *failure);

/* The statement of a query, prepared when it is first asked for. NULL after logging. */
sqlite3_stmt *session_statement(struct session *session, const struct query *query);

/* Frees the statements of the session's queries. */
void session_finalize(struct session *session);

/* Runs a query that has no parameters and gives no rows. False after logging. */
bool session_run(struct session *session, const struct query *query);

/* ── files.c ─────────────────────────────────────────────────────────────────────────────── */

/* Remembers which files the database's paths name. For the session that writes, which has the log
 * open until the end. False with `failure`. */
bool session_watch_files(struct session *session, struct failure *failure);

/* ── copying.c: all on the writer's thread ────────────────────────────────────────────────── */

/* Copies into the file what no reader's snapshot keeps in the log. False after logging. */
bool database_copy_log(struct database *database, sqlite3 *handle);

/* Begins a copy, unless one runs. False after logging: it must be made here. */
bool copying_begin(struct copying *copying, struct database *database);

/* True once for each copy that is through. */
bool copying_ended(struct copying *copying);

/* Waits for a copy that runs. */
void copying_close(struct copying *copying);

/* ── snapshots.c, transactions.c ─────────────────────────────────────────────────────────── */

extern const struct query *const snapshot_queries[];
extern const struct query *const transaction_queries[];

/* Has SQLite tell how long the log is. */
void session_watch_log(struct session *session);

/* Has SQLite ask while it works whether it is to give up. */
void session_watch_time(struct session *session);

/* Ends both. */
void session_watch_nothing(struct session *session);

#endif
