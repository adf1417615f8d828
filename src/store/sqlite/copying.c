/* SPDX-License-Identifier: MIT */
/*
 * Copies the log into the file beside the writer, on a thread that lives for one copy.
 *
 * The log begins anew only when all of it is in the file, and while this copies, the writer makes
 * it longer. So the writer itself copies what came meanwhile (session_maintain), which is little.
 * SQLite waits for the disk only after a copy that is complete, which would be the writer's: so the
 * thread waits for what it wrote. Where there is no thread, or no handle for it, the writer copies
 * all.
 *
 * When a wait fails, the disk may have lost what SQLite takes for copied: then only the log has
 * it, where nobody in this process looks for it any more. What is written from then on could build
 * on what is old. So nothing is (session_is_in_place), the log stays as it is, also at the end of
 * the process, and the next start copies all of it again.
 *
 * The writer looks for a copy that is through after each transaction: one that ends when nobody
 * writes any more is joined by the next write, or by the end.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "store/sqlite/internal.h"
#include "util/log.h"

/* The system has forgotten what it could not write, and will say so once only. */
static void note_lost(struct database *database, const char *why)
{
	atomic_store(&database->is_lost, true);
	log_line(LOG_ERROR,
		"database: %s (copying the log): what was copied may be lost, so nothing is "
		"written until supersimd is started again, which finds all in the log",
		why);
}

bool database_copy_log(struct database *database, sqlite3 *handle)
{
	int in_log = 0, copied = 0;
	const int result = sqlite3_wal_checkpoint_v2(
		handle, NULL, SQLITE_CHECKPOINT_PASSIVE, &in_log, &copied);
	if (result == SQLITE_IOERR_FSYNC)
		note_lost(database, sqlite3_errmsg(handle));
	else if (result != SQLITE_OK)
		log_line(LOG_ERROR, "database: %s (copying the log)", sqlite3_errmsg(handle));
	else
		log_line(LOG_DEBUG, "checkpoint: %d of %d pages", copied, in_log);
	return result == SQLITE_OK;
}

static void *copy(void *closure)
{
	struct copying *copying = closure;
	if (database_copy_log(copying->database, copying->handle) &&
		fdatasync(copying->database->lock_fd) != 0)
		note_lost(copying->database, strerror(errno));
	atomic_store_explicit(&copying->done, true, memory_order_release);
	return NULL;
}

/* A handle without a log would copy nothing: it finds the log when it reads the file. */
static bool open_handle(struct copying *copying, struct database *database)
{
	struct failure failure;
	copying->database = database;
	if (copying->handle == NULL)
		copying->handle = handle_open(database, &failure);
	if (copying->handle != NULL &&
		handle_execute(copying->handle, database, "PRAGMA user_version", &failure))
		return true;
	log_line(LOG_ERROR, "%s (copying the log)", failure.message);
	return false;
}

bool copying_begin(struct copying *copying, struct database *database)
{
	if (copying->running)
		return true;
	if (!open_handle(copying, database))
		return false;
	atomic_store_explicit(&copying->done, false, memory_order_relaxed);
	const int error = pthread_create(&copying->thread, NULL, copy, copying);
	if (error != 0)
		log_line(LOG_ERROR, "cannot start a thread: %s", strerror(error));
	copying->running = error == 0;
	return copying->running;
}

bool copying_ended(struct copying *copying)
{
	if (!copying->running || !atomic_load_explicit(&copying->done, memory_order_acquire))
		return false;
	pthread_join(copying->thread, NULL);
	copying->running = false;
	return true;
}

void copying_close(struct copying *copying)
{
	if (copying->running)
		pthread_join(copying->thread, NULL);
	copying->running = false;
	handle_close(copying->handle);
	copying->handle = NULL;
}
