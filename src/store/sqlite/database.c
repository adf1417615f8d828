/* SPDX-License-Identifier: MIT */
/*
 * The database that is open, of which there is one in a process.
 *
 * A file uses SQLite's write-ahead log: readers see the state of their snapshot while the writer
 * goes on. A database in memory is SQLite's own memory file system: nothing of it ever touches a
 * disk.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/sqlite/image.h"
#include "store/sqlite/internal.h"
#include "util/log.h"
#include "util/strbuf.h"

/* Whether a log lies beside a file, or may lie there. SQLite looks for it where links lead. */
static bool may_have_log(const char *path)
{
	static const char ending[] = "-wal";
	char name[PATH_MAX + sizeof(ending)];
	struct stat facts;
	if (realpath(path, name) == NULL)
		return true;
	strcat(name, ending);
	return stat(name, &facts) == 0 ? facts.st_size > 0 : errno != ENOENT;
}

/* What is there may be a part of a new one. */
static bool empty_file(const struct database *database, struct failure *failure)
{
	return ftruncate(database->lock_fd, 0) == 0 ||
	       failure_set(failure, EX_IOERR, "cannot write the database %s: %s", database->path,
		       strerror(errno));
}

static bool look_at_file(struct database *database, off_t size, struct failure *failure)
{
	const enum image_share share = image_look(database->lock_fd, size);
	database->is_new = size == 0 || (share != IMAGE_AND_MORE && !may_have_log(database->path));
	database->is_unsettled = database->is_new;
	/* It may be zeros of whosever. */
	if (database->is_new && size > 0 && share == IMAGE_IN_PART)
		log_line(LOG_INFO, "the database %s is made anew: nothing was written to it",
			database->path);
	return database->is_new ? empty_file(database, failure)
				: migrate_check_file(database->lock_fd, database->path, failure);
}

/* Takes the file for this process, making it where there is none. The descriptor stays open until
 * the end: closing any descriptor of the file would drop SQLite's own locks on it. */
static bool take_file(struct database *database, struct failure *failure)
{
	const char *path = database->path;
	struct stat facts;
	database->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (database->lock_fd < 0)
		return failure_set(failure, EX_CANTCREAT, "cannot open the database %s: %s", path,
			strerror(errno));
	if (fstat(database->lock_fd, &facts) != 0 || !S_ISREG(facts.st_mode))
		return failure_set(failure, EX_CANTCREAT, "the database %s is no file", path);
	if (flock(database->lock_fd, LOCK_EX | LOCK_NB) != 0)
		return failure_set(failure, EX_CANTCREAT,
			"the database %s is in use by another process: stop that, or take another "
			"file with --db",
			path);
	return look_at_file(database, facts.st_size, failure);
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
		/* The path is data, except for the slashes that the URI form itself needs. An
		 * absolute one follows an empty authority, or two slashes would begin one. */
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
static bool switch_log_on(sqlite3 *handle, const struct database *database, struct failure *failure)
{
	sqlite3_stmt *statement = NULL;
	const bool asked = sqlite3_prepare_v2(handle, "PRAGMA journal_mode = WAL", -1, &statement,
				   NULL) == SQLITE_OK &&
			   sqlite3_step(statement) == SQLITE_ROW;
	const char *mode = asked ? (const char *)sqlite3_column_text(statement, 0) : NULL;
	const bool on = mode != NULL && strcmp(mode, "wal") == 0;
	sqlite3_finalize(statement);
	return on || handle_failed(handle, database, failure);
}

static bool set_durability(struct database *database, struct failure *failure)
{
	const char *durability = database->durability == DURABILITY_FULL
					 ? "PRAGMA synchronous = FULL"
					 : "PRAGMA synchronous = NORMAL";
	return handle_execute(database->writing, database, durability, failure);
}

/* SQLite reads the schema to learn how to wait for the disk: of nothing that takes no time. It also
 * deletes a log that lies beside an empty file. RESET has it forget that there was nothing: it
 * would take that for an error later, and each statement after an error takes longer. */
static bool make_new(struct database *database, struct failure *failure)
{
	if (!set_durability(database, failure))
		return false;
	const int result = image_write(database->writing, !database->in_memory);
	if (result != SQLITE_OK)
		return failure_set(failure, EX_IOERR, "cannot write the database %s: %s",
			database->path, sqlite3_errstr(result));
	return handle_execute(
		database->writing, database, "PRAGMA writable_schema = RESET", failure);
}

/* The handle that will write migrates first, before the log is switched on: so that the file's
 * header is right from its first moment (see migrate_check_file). */
static bool prepare_old(struct database *database, struct failure *failure)
{
	return (migrate(database->writing, failure) || failure_name(failure, database->path)) &&
	       switch_log_on(database->writing, database, failure) &&
	       set_durability(database, failure);
}

static bool prepare_schema(struct database *database, struct failure *failure)
{
	database->writing = handle_open(database, failure);
	return database->writing != NULL &&
	       (database->is_new ? make_new(database, failure) : prepare_old(database, failure));
}

static bool init_memory_lock(struct database *database)
{
	pthread_rwlockattr_t attributes;
	if (pthread_rwlockattr_init(&attributes) != 0)
		return false;
	pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	const bool made = pthread_rwlock_init(&database->memory_lock, &attributes) == 0;
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

bool database_open(const char *path, enum store_durability durability,
	struct database **ret_database, struct failure *failure)
{
	configure_sqlite();
	struct database *database = calloc(1, sizeof(*database));
	if (database == NULL)
		return failure_set(failure, EX_OSERR, "out of memory");
	database->lock_fd = -1;
	database->path = path;
	database->in_memory = database->is_new = strcmp(path, ":memory:") == 0;
	database->durability = durability;
	database->uri = make_uri(path, database->in_memory);
	if (database->uri == NULL || !init_memory_lock(database)) {
		free(database->uri);
		free(database);
		return failure_set(failure, EX_OSERR, "out of memory");
	}
	if ((!database->in_memory && !take_file(database, failure)) ||
		!prepare_schema(database, failure)) {
		database_close(database);
		return false;
	}
	*ret_database = database;
	return true;
}

bool database_is_new(const struct database *database)
{
	return database->is_new;
}

void database_close(struct database *database)
{
	if (database == NULL)
		return;
	if (atomic_load(&database->is_lost))
		handle_keep_log(database->writing);
	handle_close(database->writing);
	if (database->lock_fd >= 0)
		close(database->lock_fd);
	pthread_rwlock_destroy(&database->memory_lock);
	free(database->log_path);
	free(database->uri);
	free(database);
}
