/* SPDX-License-Identifier: MIT */
/*
 * Opening and closing, and read snapshots.
 *
 * A file uses SQLite's write-ahead log: readers see the state of their snapshot while the writer
 * goes on. We copy the log into the file ourselves (see writer.c), after answers went out.
 * A database in memory is SQLite's own memory file system: nothing of it ever touches a disk.
 */
#include "store/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/log.h"
#include "util/strbuf.h"

enum { BUSY_TIMEOUT_MS = 5000 };

enum store_result store_failed(struct store_connection *connection, const char *what)
{
	log_line(LOG_ERROR, "database: %s (%s)", sqlite3_errmsg(connection->handle), what);
	return STORE_FAILED;
}

/* ── connections ─────────────────────────────────────────────────────────────────────────── */

/* Remembers how long the log is; the writer decides when to copy it. */
static int on_log_written(void *closure, sqlite3 *handle, const char *name, int pages)
{
	(void)handle;
	(void)name;
	((struct store_connection *)closure)->log_pages = pages;
	return SQLITE_OK;
}

/* Says what SQLite says. */
static bool fail(struct store_connection *connection, struct failure *failure)
{
	return failure_set(failure, EX_IOERR, "cannot use the database %s: %s",
		connection->store->path, sqlite3_errmsg(connection->handle));
}

static bool execute(struct store_connection *connection, const char *sql, struct failure *failure)
{
	return sqlite3_exec(connection->handle, sql, NULL, NULL, NULL) == SQLITE_OK ||
	       fail(connection, failure);
}

static bool set_pragmas(struct store_connection *connection, struct failure *failure)
{
	const struct store *store = connection->store;
	char sql[512];
	snprintf(sql, sizeof(sql),
		"PRAGMA synchronous = %s; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;"
		"PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = "
		"%d;%s",
		store->durability == DURABILITY_FULL ? "FULL" : "NORMAL",
		connection->writes ? -16384 : -4096,
		store->in_memory ? "PRAGMA journal_mode = MEMORY;" : "");
	return execute(connection, sql, failure);
}

/* A file that cannot be opened for writing, SQLite opens for reading, and says nothing. */
static bool check_writable(struct store_connection *connection, struct failure *failure)
{
	return sqlite3_db_readonly(connection->handle, "main") == 0 ||
	       failure_set(failure, EX_CANTCREAT, "cannot write to the database %s",
		       connection->store->path);
}

static bool prepare_handle(struct store_connection *connection, struct failure *failure)
{
	return ((sqlite3_busy_timeout(connection->handle, BUSY_TIMEOUT_MS) == SQLITE_OK &&
			sqlite3_extended_result_codes(connection->handle, 1) == SQLITE_OK) ||
		       fail(connection, failure)) &&
	       check_writable(connection, failure) && set_pragmas(connection, failure);
}

struct store_connection *connection_open(struct store *store, bool writes, struct failure *failure)
{
	struct store_connection *connection = calloc(1, sizeof(*connection));
	if (connection == NULL) {
		failure_set(failure, EX_OSERR, "out of memory");
		return NULL;
	}
	connection->store = store;
	connection->writes = writes;
	const int flags =
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX;
	/* Without memory there is not even a handle. */
	if ((sqlite3_open_v2(store->uri, &connection->handle, flags, NULL) == SQLITE_OK ||
		    fail(connection, failure)) &&
		prepare_handle(connection, failure))
		return connection;
	connection_close(connection);
	return NULL;
}

void connection_close(struct store_connection *connection)
{
	if (connection == NULL)
		return;
	statements_finalize(connection);
	if (sqlite3_close(connection->handle) != SQLITE_OK)
		store_failed(connection, "closing");
	free(connection);
}

struct store_connection *store_connect(struct store *store, bool writes, struct failure *failure)
{
	struct store_connection *connection = connection_open(store, writes, failure);
	if (connection == NULL)
		return NULL;
	/* The log is opened with the first transaction: one that cannot be written to stops the
	 * start, too. */
	if (!connection_prepare(connection, failure) ||
		!execute(connection,
			writes ? "PRAGMA wal_autocheckpoint = 0; BEGIN IMMEDIATE; ROLLBACK"
			       : "PRAGMA query_only = ON",
			failure)) {
		connection_close(connection);
		return NULL;
	}
	if (writes && !store->in_memory)
		sqlite3_wal_hook(connection->handle, on_log_written, connection);
	return connection;
}

void store_disconnect(struct store_connection *connection)
{
	if (connection != NULL)
		store_snapshot_end(connection);
	connection_close(connection);
}

/* ── snapshots ───────────────────────────────────────────────────────────────────────────── */

void store_snapshot_end(struct store_connection *connection)
{
	if (!connection->in_snapshot)
		return;
	if (!statement_run(connection, COMMIT))
		statement_run(connection, ROLLBACK);
	/* What SQLite says counts: a snapshot that is thought to be over would stop the next one.
	 */
	connection->in_snapshot = connection_in_transaction(connection);
	if (!connection->in_snapshot && connection->store->in_memory)
		pthread_rwlock_unlock(&connection->store->memory_lock);
}

static bool is_stale(const struct store_connection *connection)
{
	return atomic_load_explicit(&connection->store->commits, memory_order_acquire) !=
	       connection->snapshot_commits;
}

bool store_snapshot_renew(struct store_connection *connection)
{
	if (connection->in_snapshot) {
		if (!is_stale(connection))
			return true;
		store_snapshot_end(connection);
		if (connection->in_snapshot)
			return false; /* it is tried again */
	}
	struct store *store = connection->store;
	if (store->in_memory)
		pthread_rwlock_rdlock(&store->memory_lock);
	/* Read before the snapshot begins: a commit in between makes it look old, never new. */
	connection->snapshot_commits = atomic_load_explicit(&store->commits, memory_order_acquire);
	connection->in_snapshot = statement_run(connection, BEGIN_READ);
	if (!connection->in_snapshot && store->in_memory)
		pthread_rwlock_unlock(&store->memory_lock);
	return connection->in_snapshot;
}

void store_snapshot_release(struct store_connection *connection)
{
	if (connection->in_snapshot && (connection->store->in_memory || is_stale(connection)))
		store_snapshot_end(connection);
}

/* ── the files ───────────────────────────────────────────────────────────────────────────── */

static bool mark_file(const char *path, struct file_mark *ret_mark)
{
	struct stat status;
	if (stat(path, &status) != 0)
		return false;
	*ret_mark = (struct file_mark){ status.st_dev, status.st_ino };
	return true;
}

static bool is_marked(const char *path, const struct file_mark *mark)
{
	struct file_mark now;
	return mark_file(path, &now) && now.device == mark->device && now.inode == mark->inode;
}

bool store_watch_files(struct store *store, struct store_connection *connection)
{
	if (store->in_memory)
		return true;
	const char *file = sqlite3_db_filename(connection->handle, "main");
	store->log_path = strdup(sqlite3_filename_wal(file));
	return store->log_path != NULL && mark_file(store->path, &store->file) &&
	       mark_file(store->log_path, &store->log_file);
}

bool store_is_in_place(struct store_connection *connection)
{
	struct store *store = connection->store;
	if (store->log_path == NULL)
		return true;
	const bool in_place = is_marked(store->path, &store->file) &&
			      is_marked(store->log_path, &store->log_file);
	const bool changed = atomic_exchange(&store->displaced, !in_place) == in_place;
	if (changed && in_place)
		log_line(LOG_WARNING, "the database %s is in its place again", store->path);
	else if (changed)
		log_line(LOG_ERROR,
			"the database %s or its log %s was deleted, moved or replaced: nothing is "
			"written until it is in its place again",
			store->path, store->log_path);
	return in_place;
}

/* ── the database ────────────────────────────────────────────────────────────────────────── */

/* Takes the file for this process, making it where there is none. The descriptor stays open until
 * the end: closing any descriptor of the file would drop SQLite's own locks on it. */
static bool take_file(struct store *store, const char *path, struct failure *failure)
{
	store->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (store->lock_fd < 0)
		return failure_set(failure, EX_CANTCREAT, "cannot open the database %s: %s", path,
			strerror(errno));
	if (flock(store->lock_fd, LOCK_EX | LOCK_NB) != 0)
		return failure_set(failure, EX_CANTCREAT,
			"the database %s is in use by another process", path);
	return migrate_check_file(store->lock_fd, path, failure);
}

static char *make_uri(const char *path, bool in_memory)
{
	static atomic_uint made;
	struct strbuf uri;
	strbuf_init(&uri, 64 * 1024);
	strbuf_add_text(&uri, "file:");
	if (in_memory) {
		strbuf_add_format(&uri, "/supersim-%u?vfs=memdb", atomic_fetch_add(&made, 1));
	} else {
		/* The path is data, but for the slashes that the URI form itself needs. An absolute
		 * one follows an empty authority, or two slashes would begin one. */
		if (path[0] == '/')
			strbuf_add_text(&uri, "//");
		for (const char *part = path; *part != '\0'; part++) {
			const char single[2] = { *part, '\0' };
			if (*part == '/')
				strbuf_add_char(&uri, '/');
			else
				strbuf_add_percent_encoded(&uri, single);
		}
	}
	char *copy = uri.failed ? NULL : strdup(uri.data);
	strbuf_done(&uri);
	return copy;
}

/* SQLite answers with the mode that there is now, and calls another than was asked for no error. */
static bool switch_log_on(struct store_connection *connection, struct failure *failure)
{
	sqlite3_stmt *statement = NULL;
	const bool asked = sqlite3_prepare_v2(connection->handle, "PRAGMA journal_mode = WAL", -1,
				   &statement, NULL) == SQLITE_OK &&
			   sqlite3_step(statement) == SQLITE_ROW;
	const char *mode = asked ? (const char *)sqlite3_column_text(statement, 0) : NULL;
	const bool on = mode != NULL && strcmp(mode, "wal") == 0;
	sqlite3_finalize(statement);
	return on || fail(connection, failure);
}

/* Migrates on a connection of its own, before the log is switched on: so that the file's header is
 * right from its first moment (see migrate_check_file). What it does is done with a rollback
 * journal, whose end only EXTRA makes durable: after a power cut it would undo what came since. */
static bool prepare_schema(struct store *store, struct failure *failure)
{
	struct store_connection *connection = connection_open(store, true, failure);
	if (connection == NULL)
		return false;
	bool ready = execute(connection, "PRAGMA synchronous = EXTRA", failure) &&
		     migrate(connection, failure);
	if (ready && !store->in_memory)
		ready = switch_log_on(connection, failure);
	if (ready && store->in_memory)
		store->keeper = connection;
	else
		connection_close(connection);
	return ready;
}

static bool init_memory_lock(struct store *store)
{
	pthread_rwlockattr_t attributes;
	if (pthread_rwlockattr_init(&attributes) != 0)
		return false;
	pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	const bool made = pthread_rwlock_init(&store->memory_lock, &attributes) == 0;
	pthread_rwlockattr_destroy(&attributes);
	return made;
}

/* Each connection belongs to one thread, and nobody reads SQLite's memory statistics: both would
 * cost locks on every query. Refused, harmlessly, when SQLite is running already. */
static void configure_sqlite(void)
{
	if (sqlite3_config(SQLITE_CONFIG_MULTITHREAD) != SQLITE_OK ||
		sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) != SQLITE_OK)
		log_line(LOG_DEBUG, "SQLite keeps its configuration");
}

bool store_open(
	const struct store_options *options, struct store **ret_store, struct failure *failure)
{
	configure_sqlite();
	struct store *store = calloc(1, sizeof(*store));
	if (store == NULL)
		return failure_set(failure, EX_OSERR, "out of memory");
	store->lock_fd = -1;
	store->path = options->path;
	store->in_memory = strcmp(options->path, ":memory:") == 0;
	store->durability = options->durability;
	store->resources = options->resources;
	store->uri = make_uri(options->path, store->in_memory);
	if (store->uri == NULL || !init_memory_lock(store)) {
		free(store->uri);
		free(store);
		return failure_set(failure, EX_OSERR, "out of memory");
	}
	if ((!store->in_memory && !take_file(store, options->path, failure)) ||
		!prepare_schema(store, failure)) {
		store_close(store);
		return false;
	}
	*ret_store = store;
	return true;
}

void store_close(struct store *store)
{
	if (store == NULL)
		return;
	connection_close(store->keeper);
	if (store->lock_fd >= 0)
		close(store->lock_fd);
	pthread_rwlock_destroy(&store->memory_lock);
	free(store->log_path);
	free(store->uri);
	free(store);
}
