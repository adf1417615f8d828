/* SPDX-License-Identifier: MIT */
/* Whether the database's paths still name its files, and these have what was put into them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "store/sqlite/internal.h"
#include "util/log.h"

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

bool session_watch_files(struct session *session, struct failure *failure)
{
	struct database *database = session->database;
	const char *file = sqlite3_db_filename(session->handle, "main");
	free(database->log_path);
	database->log_path = strdup(sqlite3_filename_wal(file));
	if (database->log_path == NULL)
		return failure_set(failure, EX_OSERR, "out of memory");
	return (mark_file(database->path, &database->file) &&
		       mark_file(database->log_path, &database->log_file)) ||
	       failure_set(failure, EX_IOERR, "cannot use the database %s: %s", database->path,
		       strerror(errno));
}

bool session_is_in_place(const struct session *session)
{
	struct database *database = session->database;
	if (database->log_path == NULL)
		return true;
	if (atomic_load(&database->is_lost))
		return false;
	const bool in_place = is_marked(database->path, &database->file) &&
			      is_marked(database->log_path, &database->log_file);
	const bool changed = atomic_exchange(&database->displaced, !in_place) == in_place;
	if (changed && in_place)
		log_line(LOG_WARNING, "the database %s is in its place again", database->path);
	else if (changed)
		log_line(LOG_ERROR,
			"the database %s or its log %s was deleted, moved or replaced: nothing is "
			"written until it is in its place again",
			database->path, database->log_path);
	return in_place;
}
