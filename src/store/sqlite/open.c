/* SPDX-License-Identifier: MIT */
/* Handles: SQLite's connections, with our pragmas. */
#include "store/sqlite/internal.h"
#include "util/log.h"

enum { BUSY_TIMEOUT_MS = 5000 };

int handle_exit_code(sqlite3 *handle)
{
	switch (sqlite3_errcode(handle) & 0xff) {
	case SQLITE_CANTOPEN: /* the log or the journal, which lie beside the file */
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_NOTADB: return EX_CANTCREAT;
	default: return EX_IOERR;
	}
}

bool handle_failed(sqlite3 *handle, const struct database *database, struct failure *failure)
{
	return failure_set(failure, handle_exit_code(handle), "cannot use the database %s: %s",
		database->path, sqlite3_errmsg(handle));
}

bool handle_execute(
	sqlite3 *handle, const struct database *database, const char *sql, struct failure *failure)
{
	return sqlite3_exec(handle, sql, NULL, NULL, NULL) == SQLITE_OK ||
	       handle_failed(handle, database, failure);
}

/* A file that cannot be opened for writing, SQLite opens for reading, and says nothing. */
static bool check_writable(
	sqlite3 *handle, const struct database *database, struct failure *failure)
{
	return sqlite3_db_readonly(handle, "main") == 0 ||
	       failure_set(
		       failure, EX_CANTCREAT, "cannot write to the database %s", database->path);
}

/* None of these has SQLite read the schema, as those do that say how to write: that takes half a
 * millisecond. Its cache has 2 MB by itself. A larger one was not faster, even for the writer: what
 * is not in it comes from the system's. Debian's SQLite writes zeros over all that is deleted: for
 * a sink's large requests that took eight times as long. FAST does so only where a page is written
 * anyhow. */
static const char pragmas[] =
	"PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
	"PRAGMA temp_store = MEMORY; PRAGMA secure_delete = FAST";

/* A statement's plan goes by its text alone. SQLite would compile one anew with each parameter that
 * it compares with the condition of an index (… WHERE state = 'pending'). */
static bool keep_plans(sqlite3 *handle)
{
	return sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_QPSG, 1, NULL) == SQLITE_OK;
}

static bool set_up(sqlite3 *handle, const struct database *database, struct failure *failure)
{
	if (sqlite3_busy_timeout(handle, BUSY_TIMEOUT_MS) != SQLITE_OK ||
		sqlite3_extended_result_codes(handle, 1) != SQLITE_OK || !keep_plans(handle))
		return handle_failed(handle, database, failure);
	return check_writable(handle, database, failure) &&
	       handle_execute(handle, database, pragmas, failure);
}

sqlite3 *handle_open(const struct database *database, struct failure *failure)
{
	sqlite3 *handle = NULL;
	const int flags =
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX;
	if (sqlite3_open_v2(database->uri, &handle, flags, NULL) != SQLITE_OK)
		handle_failed(handle, database, failure);
	else if (set_up(handle, database, failure))
		return handle;
	handle_close(handle);
	return NULL;
}

void handle_keep_log(sqlite3 *handle)
{
	if (sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL) != SQLITE_OK)
		log_line(LOG_ERROR, "database: %s (keeping the log)", sqlite3_errmsg(handle));
}

void handle_close(sqlite3 *handle)
{
	if (sqlite3_close(handle) != SQLITE_OK)
		log_line(LOG_ERROR, "database: %s (closing)", sqlite3_errmsg(handle));
}
