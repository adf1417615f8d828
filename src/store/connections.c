/* SPDX-License-Identifier: MIT */
/* The database and its connections: puts the driver, the queries and made SQL together. */
#include "store/store.h"

#include <stdlib.h>

#include "store/connection.h"
#include "store/driver.h"
#include "store/queries.h"
#include "store/sql.h"

static const struct query *const *const query_lists[] = {
	account_queries,
	due_queries,
	fault_queries,
	namespace_queries,
	copy_queries,
	outbox_queries,
	profile_network_queries,
	sim_queries,
	usage_queries,
	NULL,
};

/* ── the database ────────────────────────────────────────────────────────────────────────── */

bool store_open(
	const struct store_options *options, struct store **ret_store, struct failure *failure)
{
	struct store *store = calloc(1, sizeof(*store));
	if (store == NULL)
		return failure_set(failure, EX_OSERR, "out of memory");
	store->resources = options->resources;
	if (!database_open(options->path, options->durability, &store->database, failure)) {
		free(store);
		return false;
	}
	pthread_mutex_init(&store->drafts_lock, NULL);
	*ret_store = store;
	return true;
}

bool store_is_new(const struct store *store)
{
	return database_is_new(store->database);
}

void store_close(struct store *store)
{
	if (store == NULL)
		return;
	database_close(store->database);
	pthread_mutex_destroy(&store->drafts_lock);
	free(store);
}

/* ── connections ─────────────────────────────────────────────────────────────────────────── */

struct store_connection *store_connect(struct store *store, bool writes, struct failure *failure)
{
	struct store_connection *connection = calloc(1, sizeof(*connection));
	if (connection == NULL) {
		failure_set(failure, EX_OSERR, "out of memory");
		return NULL;
	}
	connection->store = store;
	connection->writes = writes;
	connection->session = session_open(store->database, writes, query_lists, failure);
	if (connection->session != NULL && sql_init(connection, failure))
		return connection;
	store_disconnect(connection);
	return NULL;
}

void store_disconnect(struct store_connection *connection)
{
	if (connection == NULL)
		return;
	sql_done(connection);
	changes_done(&connection->changes);
	session_close(connection->session);
	free(connection);
}

bool store_is_in_place(struct store_connection *connection)
{
	return session_is_in_place(connection->session);
}

bool store_snapshot_renew(struct store_connection *connection)
{
	return session_renew_snapshot(connection->session);
}

void store_snapshot_release(struct store_connection *connection)
{
	session_release_snapshot(connection->session);
}

void store_snapshot_end(struct store_connection *connection)
{
	session_end_snapshot(connection->session);
}

bool store_visit_statements(
	struct store_connection *connection, store_statement_visitor *visit, void *closure)
{
	const bool complete = session_visit_queries(connection->session, visit, closure);
	return sql_visit_statements(connection, visit, closure) && complete;
}
