/* SPDX-License-Identifier: MIT */
/*
 * What the writer does, and the write-ahead log.
 *
 * SQLite would copy the log into the file by itself, within some commit that clients wait for. We
 * have a thread do that when it has grown (copying.c); when that is through and answers are out,
 * the writer copies what came meanwhile. A snapshot that a reader holds keeps the log from starting
 * over; so the counter of commits moves then, too: every snapshot from before is old.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "store/sqlite/image.h"
#include "store/sqlite/internal.h"
#include "util/clock.h"
#include "util/log.h"

enum {
	CHECKPOINT_PAGES = 4000, /* 16 MB of log */
	LOOK_UP_STEPS = 10000	 /* of SQLite's machine: less than a millisecond */
};

static const struct query begin_writing = { "BEGIN IMMEDIATE" };
static const struct query commit = { "COMMIT" };
static const struct query roll_back = { "ROLLBACK" };
static const struct query begin_savepoint = { "SAVEPOINT job" };
static const struct query release_savepoint = { "RELEASE job" };
static const struct query roll_back_savepoint = { "ROLLBACK TO job" };

const struct query *const transaction_queries[] = { &begin_writing, &commit, &roll_back,
	&begin_savepoint, &release_savepoint, &roll_back_savepoint, NULL };

/* ── transactions ────────────────────────────────────────────────────────────────────────── */

static void make_snapshots_old(struct database *database)
{
	atomic_fetch_add_explicit(&database->commits, 1, memory_order_release);
}

static void unlock(struct database *database)
{
	if (database->in_memory)
		pthread_rwlock_unlock(&database->memory_lock);
}

/* Before anything is logged, a new file waits for the disk: a log is of no use without it. What the
 * system could not write it forgets, so then it is written again before the next wait. */
static bool settle(struct database *database)
{
	if (!database->is_unsettled)
		return true;
	const int written =
		database->is_forgotten ? image_write(database->writing, true) : SQLITE_OK;
	if (written != SQLITE_OK) {
		log_line(LOG_ERROR, "database: %s (writing it again)", sqlite3_errstr(written));
		return false;
	}
	database->is_unsettled = database->is_forgotten = fdatasync(database->lock_fd) != 0;
	if (database->is_unsettled)
		log_line(LOG_ERROR, "database: %s (waiting for the disk)", strerror(errno));
	return !database->is_unsettled;
}

bool session_begin(struct session *session)
{
	if (session->database->in_memory)
		pthread_rwlock_wrlock(&session->database->memory_lock);
	const bool begun = settle(session->database) && session_run(session, &begin_writing);
	if (!begun)
		session_end(session, false); /* what may be left of an earlier one, too */
	return begun;
}

bool session_is_in_transaction(const struct session *session)
{
	return sqlite3_get_autocommit(session->handle) == 0;
}

int64_t session_count_events(const struct session *session)
{
	return sqlite3_total_changes64(session->handle) + session->failures;
}

bool session_end(struct session *session, bool keep)
{
	const bool durable = keep && session_is_in_place(session) && session_run(session, &commit);
	if (!durable && session_is_in_transaction(session))
		session_run(session, &roll_back);
	make_snapshots_old(session->database);
	unlock(session->database);
	return durable;
}

bool session_begin_savepoint(struct session *session)
{
	/* Outside of a transaction, a savepoint would begin one. */
	return session_is_in_transaction(session) && session_run(session, &begin_savepoint);
}

bool session_end_savepoint(struct session *session, bool keep)
{
	if (!session_is_in_transaction(session)) {
		log_line(LOG_ERROR, "database: the transaction is lost, and all that was in it");
		return false;
	}
	if (!keep && !session_run(session, &roll_back_savepoint))
		return false;
	return session_run(session, &release_savepoint);
}

/* ── time ────────────────────────────────────────────────────────────────────────────────── */

/* Called by SQLite while it works. True breaks the statement off, and undoes the transaction. */
static int look_up(void *closure)
{
	const struct session *session = closure;
	const long long at_us = atomic_load_explicit(&session->give_up_at_us, memory_order_relaxed);
	return at_us != 0 && clock_monotonic_us() >= at_us;
}

void session_watch_time(struct session *session)
{
	sqlite3_progress_handler(session->handle, LOOK_UP_STEPS, look_up, session);
}

void session_give_up_at(struct session *session, int64_t at_us)
{
	atomic_store(&session->give_up_at_us, at_us);
}

/* ── the log ─────────────────────────────────────────────────────────────────────────────── */

/* Remembers how long the log is. */
static int on_log_written(void *closure, sqlite3 *handle, const char *name, int pages)
{
	(void)handle;
	(void)name;
	((struct session *)closure)->log_pages = pages;
	return SQLITE_OK;
}

void session_watch_log(struct session *session)
{
	sqlite3_wal_hook(session->handle, on_log_written, session);
}

void session_watch_nothing(struct session *session)
{
	sqlite3_progress_handler(session->handle, 0, NULL, NULL);
	sqlite3_wal_hook(session->handle, NULL, NULL);
}

bool session_maintain(struct session *session)
{
	const bool is_long = session->log_pages >= CHECKPOINT_PAGES;
	const bool is_copied = copying_ended(&session->copying);
	if (atomic_load(&session->database->is_lost))
		return false;
	if (!is_copied && (!is_long || copying_begin(&session->copying, session->database)))
		return false;
	database_copy_log(session->database, session->handle);
	session->log_pages = 0; /* until the next commit says otherwise */
	make_snapshots_old(session->database);
	return true;
}
