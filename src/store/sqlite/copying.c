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
 * When that wait fails, the disk may have lost what SQLite takes for copied: then only the log has
 * it. So the log is kept as it is, also by the end of the process, and the next start copies all of
 * it again.
 *
 * The writer looks for a copy that is through after each transaction: one that ends when nobody
 * writes any more is joined by the next write, or by the end.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "store/sqlite/internal.h"
#include "util/log.h"

bool handle_copy_log(sqlite3 *handle)
{
	int in_log = 0, copied = 0;
	if (sqlite3_wal_checkpoint_v2(handle, NULL, SQLITE_CHECKPOINT_PASSIVE, &in_log, &copied) !=
		SQLITE_OK)
		return false;
	log_line(LOG_DEBUG, "checkpoint: %d of %d pages", copied, in_log);
	return true;
}

/* Gives its closure when what was copied may be lost. */
static void *copy(void *closure)
{
	struct copying *copying = closure;
	void *lost = NULL;
	if (!handle_copy_log(copying->handle))
		log_line(LOG_ERROR, "database: %s (copying the log)",
			sqlite3_errmsg(copying->handle));
	else if (fdatasync(copying->file) != 0) {
		lost = closure;
		log_line(LOG_ERROR,
			"database: %s (copying the log): what was copied may be lost, so the log "
			"keeps all until the next start",
			strerror(errno));
	}
	atomic_store_explicit(&copying->done, true, memory_order_release);
	return lost;
}

static void join(struct copying *copying)
{
	void *lost = NULL;
	pthread_join(copying->thread, &lost);
	copying->running = false;
	copying->is_lost = lost != NULL;
}

/* A handle without a log would copy nothing: it finds the log when it reads the file. */
static bool open_handle(struct copying *copying, const struct database *database)
{
	struct failure failure;
	if (copying->handle == NULL)
		copying->handle = handle_open(database, &failure);
	if (copying->handle != NULL &&
		handle_execute(copying->handle, database, "PRAGMA user_version", &failure))
		return true;
	log_line(LOG_ERROR, "%s (copying the log)", failure.message);
	return false;
}

bool copying_begin(struct copying *copying, const struct database *database)
{
	if (copying->running)
		return true;
	if (!open_handle(copying, database))
		return false;
	copying->file = database->lock_fd;
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
	join(copying);
	return true;
}

void copying_close(struct copying *copying)
{
	if (copying->running)
		join(copying);
	handle_close(copying->handle);
	copying->handle = NULL;
}
