/* SPDX-License-Identifier: MIT */
/* What the files of the store share. Nothing outside of it includes this. */
#ifndef STORE_INTERNAL_H
#define STORE_INTERNAL_H

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "store/store.h"

/* Which file a path named. */
struct file_mark {
	dev_t device;
	ino_t inode;
};

struct store {
	const char *path; /* as given; the caller's */
	char *uri;
	bool in_memory;
	enum store_durability durability;
	const struct resource *const *resources;
	int lock_fd;			  /* holds the file against other processes; -1 in memory */
	struct store_connection *keeper;  /* in memory: keeps the database alive; NULL for files */
	atomic_uint_fast64_t due_changes; /* moves after a commit that adds work which wakes */
	atomic_uint_fast64_t commits; /* moves after every commit: snapshots from before are old */
	char *log_path;		      /* of the write-ahead log; NULL: nobody watches the files */
	struct file_mark file, log_file;
	atomic_bool displaced; /* when last looked, a path did not name its file */
	/* In memory SQLite has no log that readers could look past, so they and the writer exclude
	 * each other; with this lock they wait instead of failing. */
	pthread_rwlock_t memory_lock;
};

/* What a cached statement does. */
enum statement_kind {
	SELECT_BY_SID,
	SELECT_BY_NAME,
	FIND_BY_SID,
	FIND_BY_NAME,
	INSERT_RECORD,
	UPDATE_RECORD, /* its set: the columns written */
	SELECT_PAGE,   /* its set: the filters */
	SELECT_ABOVE,  /* its set: the filters */
	DELETE_RECORD,
	SWEEP_RECORDS, /* some records of a namespace */
	COUNT_RECORDS,
	COPY_RECORDS /* from one namespace to another */
};

struct cached_statement {
	enum statement_kind kind;
	field_set set;
	sqlite3_stmt *statement;
};

enum { CACHED_STATEMENTS_MAXIMUM = 96 };

/* The statements of one resource on one connection. */
struct statement_cache {
	struct cached_statement entries[CACHED_STATEMENTS_MAXIMUM];
	size_t count;
	size_t next_evicted;
};

enum fixed_statement {
	BEGIN_READ,
	BEGIN_WRITE,
	COMMIT,
	ROLLBACK,
	SAVEPOINT_JOB,
	RELEASE_JOB,
	ROLLBACK_JOB,
	ADD_PROFILE_NETWORK,
	REMOVE_PROFILE_NETWORK,
	SELECT_PROFILE_NETWORKS,
	COPY_PROFILE_NETWORKS,
	ADD_USAGE,
	ADD_USAGE_TOTAL,
	REMOVE_FLEET_USAGE,
	REMOVE_FLEET_USAGE_TOTALS,
	COPY_USAGE,
	COPY_USAGE_TOTALS,
	SELECT_USAGE,
	USAGE_BEYOND,
	NEWEST_USAGE,
	OLDEST_USAGE,
	NEWEST_SIM_USAGE,
	OLDEST_SIM_USAGE,
	SUM_USAGE,
	SUM_SIM_USAGE,
	SUM_USAGE_BELOW,
	SUM_USAGE_ABOVE,
	SIM_OF_DEVICE,
	SELECT_ACCOUNT,
	SELECT_ACCOUNTS,
	PUT_ACCOUNT,
	REMOVE_ACCOUNT,
	ADD_ENDED_ACCOUNT,
	TRIM_ENDED_ACCOUNTS,
	FIND_ENDED_ACCOUNT,
	SELECT_ENDED_ACCOUNTS,
	REMOVE_ENDED_ACCOUNT,
	PUT_API_KEY,
	SELECT_API_KEYS,
	API_KEY_OWNER,
	REMOVE_API_KEYS,
	ADD_DUE,
	REMOVE_DUE,
	NEXT_DUE,
	DUE_OF_LANE,
	WEBHOOKS_OF_LANE,
	DUE_LANES,
	NEXT_WAKE,
	VISIT_DUE,
	SET_WAKE,
	COUNT_DUE,
	COPY_DUE,
	END_NAMESPACE,
	NEXT_ENDED,
	REMOVE_ENDED,
	ENDED_OF_ACCOUNT,
	SWEEP_DUE,
	SWEEP_USAGE,
	SWEEP_USAGE_TOTALS,
	TRIM_DELIVERIES,
	TRIM_SINK_REQUESTS,
	TRIM_ATTEMPTS,
	COUNT_PENDING,
	FIXED_STATEMENT_COUNT
};

struct store_connection {
	struct store *store;
	sqlite3 *handle;
	bool writes;
	bool in_snapshot;
	uint_fast64_t snapshot_commits; /* store->commits when the snapshot was taken */
	bool due_changed;		/* writer: this transaction adds work that wakes somebody */
	int log_pages; /* writer: length of the write-ahead log after the last commit */
	sqlite3_stmt *fixed[FIXED_STATEMENT_COUNT];
	struct statement_cache *caches; /* one for each resource */
};

/* Opens a bare connection with our pragmas, without statements. NULL with `failure`. */
struct store_connection *connection_open(struct store *store, bool writes, struct failure *failure);

/* Makes room for statements, and makes those that begin and end transactions: what is open must
 * never stay so for want of memory. */
bool connection_prepare(struct store_connection *connection, struct failure *failure);

/* Closes what connection_open and connection_prepare made. NULL is harmless. */
void connection_close(struct store_connection *connection);

/* Remembers which files the database's paths name, so that store_is_in_place can tell. To be called
 * once, when connections are open that will stay. False with errno. */
bool store_watch_files(struct store *store, struct store_connection *connection);

/* Logs what SQLite says about the last failure, and gives STORE_FAILED. */
enum store_result store_failed(struct store_connection *connection, const char *what);

/* A fixed statement, made on first use. NULL after logging. */
sqlite3_stmt *fixed_statement(struct store_connection *connection, enum fixed_statement which);

/* Binds a text, or NULL. A failed bind leaves NULL, which the step then refuses or does not find.
 */
void statement_bind_text(sqlite3_stmt *statement, int place, const char *text);

/* Runs a statement that writes, and makes it ready for the next time. Outside of a transaction, or
 * when the one that there was is lost, it fails: half of a job must not become durable. */
enum store_result statement_write(struct store_connection *connection, sqlite3_stmt *statement);

/* Binds a text to each parameter of a fixed statement and runs it. */
enum store_result statement_write_texts(
	struct store_connection *connection, enum fixed_statement which, const char *const *texts);

/* A copy of a column's text in `arena`. Without memory, or for NULL: NULL. */
const char *statement_text(sqlite3_stmt *statement, int column, struct arena *arena);

/* Whether memory sufficed for every column that was read of the current row: a text that there was
 * no memory for reads as NULL. To be asked before the row is used. */
bool statement_row_is_whole(sqlite3_stmt *statement);

/* Whether a transaction is open. SQLite ends one by itself when memory or the disk fails in the
 * middle of a statement. */
bool connection_in_transaction(const struct store_connection *connection);

/* The one number that a bound query gives; 0 without a row. */
enum store_result statement_number(
	struct store_connection *connection, sqlite3_stmt *statement, int64_t *ret_number);

/* Runs a fixed statement that gives no rows. */
bool statement_run(struct store_connection *connection, enum fixed_statement which);

/* The statement of a kind for a set of fields, made on first use. NULL after logging. */
sqlite3_stmt *statement_for(struct store_connection *connection, const struct resource *resource,
	enum statement_kind kind, field_set set);

/* Prepares each statement that a resource can cause, but for updates. */
bool statements_prepare(struct store_connection *connection, const struct resource *resource);

/* Frees a connection's statements. */
void statements_finalize(struct store_connection *connection);

/* Brings the schema to the newest migration: see migrate.c. */
bool migrate(struct store_connection *connection, struct failure *failure);

/* Looks at a file before SQLite opens it: false when it is not ours or newer than we are. */
bool migrate_check_file(int file, const char *path, struct failure *failure);

#endif
