/* SPDX-License-Identifier: MIT */
/* Sessions: opening and closing. */
#include <stdlib.h>

#include "store/sqlite/internal.h"

static bool set_up_to_read(struct session *session, struct failure *failure)
{
	session->handle = handle_open(session->database, failure);
	return session->handle != NULL && handle_execute(session->handle, session->database,
						  "PRAGMA query_only = ON", failure);
}

/* The log is opened with the first transaction: one that cannot be written to stops the start, too.
 */
static bool set_up_to_write(struct session *session, struct failure *failure)
{
	const struct database *database = session->database;
	session->handle = database->writing;
	if (!handle_execute(session->handle, database,
		    "PRAGMA wal_autocheckpoint = 0; BEGIN IMMEDIATE; ROLLBACK", failure))
		return false;
	session_watch_time(session);
	if (database->in_memory)
		return true;
	session_watch_log(session);
	return session_watch_files(session, failure);
}

static bool set_up(struct session *session, bool writes, const struct query *const *const *lists,
	struct failure *failure)
{
	if (!(writes ? set_up_to_write(session, failure) : set_up_to_read(session, failure)))
		return false;
	for (; *lists != NULL; lists++) {
		if (!session_add_queries(session, *lists, failure))
			return false;
	}
	/* What begins and ends transactions is made now: none must stay open for want of memory. */
	return session_add_queries(session, snapshot_queries, failure) &&
	       session_add_queries(session, transaction_queries, failure) &&
	       session_prepare_queries(session, snapshot_queries, failure) &&
	       session_prepare_queries(session, transaction_queries, failure);
}

struct session *session_open(struct database *database, bool writes,
	const struct query *const *const *lists, struct failure *failure)
{
	struct session *session = calloc(1, sizeof(*session));
	if (session == NULL) {
		failure_set(failure, EX_OSERR, "out of memory");
		return NULL;
	}
	session->database = database;
	if (set_up(session, writes, lists, failure))
		return session;
	session_close(session);
	return NULL;
}

void session_close(struct session *session)
{
	if (session == NULL)
		return;
	session_end_snapshot(session);
	session_finalize(session);
	copying_close(&session->copying);
	if (session->handle == session->database->writing)
		session_watch_nothing(session);
	else
		handle_close(session->handle);
	free(session);
}
