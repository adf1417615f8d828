/* SPDX-License-Identifier: MIT */
/*
 * Schema versions. Each migration runs once and is recorded with its checksum; `PRAGMA
 * user_version` holds the newest number and `PRAGMA application_id` says that the file is ours.
 * Both stand in the file's header, so a file that is not ours, or that a newer program made, is
 * refused before SQLite has touched it. What is missing runs in one transaction: a file is at one
 * of two versions. A new database begins with what all of them make, which they did at build: see
 * image.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/sqlite/internal.h"
#include "store/sqlite/migrations.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/hash.h"
#include "util/strbuf.h"

enum {
	APPLICATION_ID = 0x53534d45, /* "SSME" */
	HEADER_SIZE = 100,
	SQL_MAXIMUM = 1 << 20
};

static int newest_known(void)
{
	return migrations[migration_count - 1].number;
}

static uint32_t big_endian(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

bool migrate_check_file(int file, const char *path, struct failure *failure)
{
	/* Offsets from "The Database Header" of SQLite's file format. */
	unsigned char header[HEADER_SIZE];
	const ssize_t size = pread(file, header, sizeof(header), 0);
	if (size < 0)
		return failure_set(failure, EX_IOERR, "cannot read the database %s", path);
	if (size < HEADER_SIZE || memcmp(header, "SQLite format 3", 16) != 0)
		return failure_set(failure, EX_CANTCREAT,
			"%s is not a database: take another file with --db", path);
	if (big_endian(header + 68) != APPLICATION_ID)
		return failure_set(failure, EX_CANTCREAT,
			"%s is a database of another program: take another file with --db", path);
	if (big_endian(header + 60) > (uint32_t)newest_known())
		return failure_set(failure, EX_CANTCREAT,
			"%s was made by a newer supersimd (schema %" PRIu32 ", this one knows %d)",
			path, big_endian(header + 60), newest_known());
	return true;
}

static bool execute(sqlite3 *handle, const char *sql, const char *name, struct failure *failure)
{
	if (sqlite3_exec(handle, sql, NULL, NULL, NULL) == SQLITE_OK)
		return true;
	return failure_set(failure, handle_exit_code(handle), "database, %s: %s", name,
		sqlite3_errmsg(handle));
}

/* The single integer or text that a query gives, as text, or "" without a row. */
static void query_text(sqlite3 *handle, const char *sql, char *ret_text, size_t size)
{
	sqlite3_stmt *statement = NULL;
	ret_text[0] = '\0';
	if (sqlite3_prepare_v2(handle, sql, -1, &statement, NULL) == SQLITE_OK &&
		sqlite3_step(statement) == SQLITE_ROW)
		snprintf(ret_text, size, "%s", (const char *)sqlite3_column_text(statement, 0));
	sqlite3_finalize(statement);
}

static bool apply(sqlite3 *handle, const struct migration *migration, struct failure *failure)
{
	CLEANUP(strbuf_done) struct strbuf sql;
	strbuf_init(&sql, SQL_MAXIMUM);
	strbuf_add_text(&sql, migration->sql);
	strbuf_add_format(&sql,
		"\nINSERT INTO migrations VALUES (%d, '%s', '%016" PRIx64 "', %" PRId64 ");\n"
		"PRAGMA user_version = %d;",
		migration->number, migration->name,
		hash_finish(hash_text(HASH_START, migration->sql)), clock_now_ms(),
		migration->number);
	if (sql.failed)
		return failure_set(
			failure, EX_OSERR, "no memory for the database, %s", migration->name);
	return execute(handle, sql.data, migration->name, failure);
}

/* An applied migration must be the one that we know under its number. */
static bool check_applied(
	sqlite3 *handle, const struct migration *migration, struct failure *failure)
{
	char sql[128], recorded[32], expected[32];
	snprintf(sql, sizeof(sql), "SELECT checksum FROM migrations WHERE number = %d",
		migration->number);
	query_text(handle, sql, recorded, sizeof(recorded));
	snprintf(expected, sizeof(expected), "%016" PRIx64,
		hash_finish(hash_text(HASH_START, migration->sql)));
	if (strcmp(recorded, expected) == 0)
		return true;
	return failure_set(failure, EX_CANTCREAT,
		"the database was made with another migration %d (%s): refusing to use it",
		migration->number, migration->name);
}

static int applied_version(sqlite3 *handle)
{
	char version[16];
	query_text(handle, "PRAGMA user_version", version, sizeof(version));
	int number = 0;
	if (sscanf(version, "%d", &number) != 1)
		return 0;
	return number;
}

/* Marks an empty database as ours. */
static bool begin_new(sqlite3 *handle, struct failure *failure)
{
	char sql[256];
	snprintf(sql, sizeof(sql),
		"PRAGMA application_id = %d;"
		"CREATE TABLE migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL,"
		" checksum TEXT NOT NULL, applied_ms INTEGER NOT NULL) STRICT;",
		APPLICATION_ID);
	return execute(handle, sql, "the schema", failure);
}

/* What was applied to an older file stands in its log. Its header is to say so at once: see
 * migrate_check_file. */
static bool settle_header(sqlite3 *handle, int version, struct failure *failure)
{
	return version == newest_known() ||
	       execute(handle, "PRAGMA wal_checkpoint(TRUNCATE)", "migrating", failure);
}

/* Within a transaction. */
static bool apply_missing(sqlite3 *handle, int version, struct failure *failure)
{
	if (version == 0 && !begin_new(handle, failure))
		return false;
	for (size_t i = 0; i < migration_count; i++) {
		const struct migration *migration = &migrations[i];
		const bool done = migration->number <= version
					  ? check_applied(handle, migration, failure)
					  : apply(handle, migration, failure);
		if (!done)
			return false;
	}
	return true;
}

bool migrate(sqlite3 *handle, struct failure *failure)
{
	const int version = applied_version(handle);
	if (version > newest_known())
		return failure_set(failure, EX_CANTCREAT,
			"the database was made by a newer supersimd (schema %d, this one knows %d)",
			version, newest_known());
	/* Without the log there is a rollback journal, whose end only EXTRA makes durable: after a
	 * power cut it would undo what came since. */
	if (!execute(handle, "PRAGMA synchronous = EXTRA; BEGIN IMMEDIATE", "migrating", failure))
		return false;
	if (apply_missing(handle, version, failure) &&
		execute(handle, "COMMIT", "migrating", failure))
		return settle_header(handle, version, failure);
	sqlite3_exec(handle, "ROLLBACK", NULL, NULL, NULL);
	return false;
}
