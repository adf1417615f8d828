/* SPDX-License-Identifier: MIT */
/*
 * What readers see: a transaction that reads is kept open over many queries.
 *
 * The counter of commits tells whether it is out of date. It is read before the snapshot begins: a
 * commit in between makes the snapshot look old, never new.
 */
#include "store/sqlite/internal.h"

static const struct query begin_snapshot = { "BEGIN" };
static const struct query end_snapshot = { "COMMIT" };
static const struct query give_up_snapshot = { "ROLLBACK" };

const struct query *const snapshot_queries[] = { &begin_snapshot, &end_snapshot, &give_up_snapshot,
	NULL };

static void unlock(struct database *database)
{
	if (database->in_memory)
		pthread_rwlock_unlock(&database->memory_lock);
}

void session_end_snapshot(struct session *session)
{
	if (!session->in_snapshot)
		return;
	if (!session_run(session, &end_snapshot))
		session_run(session, &give_up_snapshot);
	/* What SQLite says counts: a snapshot that is thought to be over would stop the next one.
	 */
	session->in_snapshot = session_is_in_transaction(session);
	if (!session->in_snapshot)
		unlock(session->database);
}

static bool is_stale(const struct session *session)
{
	return atomic_load_explicit(&session->database->commits, memory_order_acquire) !=
	       session->snapshot_commits;
}

bool session_renew_snapshot(struct session *session)
{
	if (session->in_snapshot) {
		if (!is_stale(session))
			return true;
		session_end_snapshot(session);
		if (session->in_snapshot)
			return false; /* it is tried again */
	}
	struct database *database = session->database;
	if (database->in_memory)
		pthread_rwlock_rdlock(&database->memory_lock);
	session->snapshot_commits = atomic_load_explicit(&database->commits, memory_order_acquire);
	session->in_snapshot = session_run(session, &begin_snapshot);
	if (!session->in_snapshot)
		unlock(database);
	return session->in_snapshot;
}

void session_release_snapshot(struct session *session)
{
	if (session->in_snapshot && (session->database->in_memory || is_stale(session)))
		session_end_snapshot(session);
}
