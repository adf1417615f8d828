/* SPDX-License-Identifier: MIT */
/* SQL of namespaces as a whole: filling, ending and sweeping them. */
#include "store/namespaces.h"

#include <string.h>

#include "store/accounts.h"
#include "store/connection.h"
#include "store/queries.h"
#include "store/sql.h"
#include "util/count.h"

/* ── ending ──────────────────────────────────────────────────────────────────────────────── */

static const struct query end_namespace = {
	"INSERT INTO ended_namespaces (namespace) VALUES (?1) ON CONFLICT DO NOTHING"
};

enum store_result store_end_namespace(struct store_connection *connection, const char *namespace)
{
	connection->due_changed = true; /* the sweep is work, too */
	return query_write_texts(connection->session, &end_namespace, 1, &namespace);
}

/* "$" follows "#", which follows the account's SID in a namespace. */
#define ENDED_OF_ACCOUNT " FROM ended_namespaces WHERE namespace >= ?1 AND namespace < ?1 || '$'"

static enum store_result read_ended_number(struct store_connection *connection,
	const struct query *query, const char *account_sid, int64_t *ret_number)
{
	struct cursor cursor;
	cursor_open(&cursor, connection->session, query);
	cursor_bind_text(&cursor, 1, account_sid);
	return cursor_read_integer(&cursor, ret_number);
}

static const struct query highest_ended = { "SELECT ifnull(max(CAST(substr(namespace, length(?1) + "
					    "2) AS INTEGER)), 0)" ENDED_OF_ACCOUNT };

enum store_result store_highest_ended(
	struct store_connection *connection, const char *account_sid, int64_t *ret_number)
{
	return read_ended_number(connection, &highest_ended, account_sid, ret_number);
}

/* ── drafts ──────────────────────────────────────────────────────────────────────────────── */

/* Before it is on record: the sweep must not see it there first. */
enum store_result store_begin_draft(
	struct store_connection *connection, struct store_draft *draft, const char *namespace)
{
	struct store *store = connection->store;
	pthread_mutex_lock(&store->drafts_lock);
	*draft = (struct store_draft){
		.next = store->drafts, .store = store, .namespace = namespace
	};
	store->drafts = draft;
	pthread_mutex_unlock(&store->drafts_lock);
	return query_write_texts(connection->session, &end_namespace, 1, &namespace);
}

static const struct query remove_ended = { "DELETE FROM ended_namespaces WHERE namespace = ?1" };

enum store_result store_complete_draft(
	struct store_connection *connection, const struct store_draft *draft)
{
	return query_write_texts(connection->session, &remove_ended, 1, &draft->namespace);
}

void store_let_go_draft(struct store_draft *draft)
{
	struct store *store = draft->store;
	if (store == NULL)
		return;
	pthread_mutex_lock(&store->drafts_lock);
	struct store_draft **link = &store->drafts;
	while (*link != draft)
		link = &(*link)->next;
	*link = draft->next;
	pthread_mutex_unlock(&store->drafts_lock);
	draft->store = NULL;
	/* There may be something to sweep: the scheduler sees it with the next commit at the
	 * latest, or after its longest wait. */
	atomic_fetch_add_explicit(&store->due_changes, 1, memory_order_release);
}

void store_watch_source(struct store_draft *draft, const char *namespace)
{
	pthread_mutex_lock(&draft->store->drafts_lock);
	draft->source = namespace;
	pthread_mutex_unlock(&draft->store->drafts_lock);
}

void store_note_entered(struct store_connection *connection, const char *namespace)
{
	struct store *store = connection->store;
	if (!connection->writes)
		return;
	pthread_mutex_lock(&store->drafts_lock);
	for (struct store_draft *draft = store->drafts; draft != NULL; draft = draft->next) {
		if (draft->source != NULL && strcmp(draft->source, namespace) == 0)
			draft->source_entered = true;
	}
	pthread_mutex_unlock(&store->drafts_lock);
}

static bool is_draft(struct store *store, const char *namespace)
{
	pthread_mutex_lock(&store->drafts_lock);
	const struct store_draft *draft = store->drafts;
	while (draft != NULL && strcmp(draft->namespace, namespace) != 0)
		draft = draft->next;
	pthread_mutex_unlock(&store->drafts_lock);
	return draft != NULL;
}

/* ── sweeping ────────────────────────────────────────────────────────────────────────────── */

static const struct query all_ended = { "SELECT namespace FROM ended_namespaces" };

/* Moves a cursor of `all_ended` to one that is no draft. */
static bool find_to_sweep(struct store_connection *connection, struct cursor *cursor)
{
	while (cursor_step(cursor)) {
		const char *namespace = cursor_text(cursor, 0);
		if (cursor_row_is_whole(cursor) && !is_draft(connection->store, namespace))
			return true;
	}
	return false;
}

/* One that is to be swept, in the arena. */
static enum store_result next_ended_namespace(
	struct store_connection *connection, struct arena *arena, const char **ret_namespace)
{
	struct cursor cursor;
	cursor_open(&cursor, connection->session, &all_ended);
	*ret_namespace =
		find_to_sweep(connection, &cursor) ? cursor_copy_text(&cursor, 0, arena) : NULL;
	return cursor_close_found(&cursor, *ret_namespace != NULL);
}

enum store_result store_has_ended_namespace(struct store_connection *connection)
{
	struct cursor cursor;
	cursor_open(&cursor, connection->session, &all_ended);
	return cursor_close_found(&cursor, find_to_sweep(connection, &cursor));
}

static const struct query sweep_due = {
	"DELETE FROM due_work WHERE id IN"
	" (SELECT id FROM due_work WHERE namespace = ?1 LIMIT ?2)"
};
static const struct query sweep_usage = {
	"DELETE FROM usage_hours WHERE (sim_id, hour_ms, network, fleet_id) IN"
	" (SELECT sim_id, hour_ms, network, fleet_id FROM sims"
	" JOIN usage_hours ON sim_id = sims.id WHERE namespace = ?1 LIMIT ?2)"
};
static const struct query sweep_usage_totals = {
	"DELETE FROM usage_totals WHERE (namespace, hour_ms, fleet_id, network) IN"
	" (SELECT namespace, hour_ms, fleet_id, network FROM usage_totals"
	" WHERE namespace = ?1 LIMIT ?2)"
};

static const struct query sweep_faults = { "DELETE FROM faults WHERE namespace = ?1 AND ?2 > 0" };

/* Runs a query that deletes at most `limit` rows, and takes from the limit those that went. */
static enum store_result sweep_with(struct cursor *cursor, const char *namespace, int64_t *limit)
{
	cursor_bind_text(cursor, 1, namespace);
	cursor_bind_integer(cursor, 2, *limit);
	const enum store_result result = cursor_write(cursor);
	if (result == STORE_OK)
		*limit -= cursor_changed_rows(cursor);
	return result;
}

/* What refers goes before what it refers to: due work and usage (and faults, which refer to
 * nothing), then resources from the last. */
static enum store_result sweep_namespace(
	struct store_connection *connection, const char *namespace, int64_t *limit)
{
	static const struct query *const first[] = { &sweep_due, &sweep_usage, &sweep_usage_totals,
		&sweep_faults };
	struct cursor cursor;
	enum store_result result = STORE_OK;
	for (size_t i = 0; i < COUNT_OF(first) && result == STORE_OK && *limit > 0; i++) {
		cursor_open(&cursor, connection->session, first[i]);
		result = sweep_with(&cursor, namespace, limit);
	}
	const struct resource *const *resources = connection->store->resources;
	size_t count = sql_count_resources(connection->store);
	while (result == STORE_OK && *limit > 0 && count-- > 0) {
		sql_open(&cursor, connection, resources[count], SWEEP_RECORDS, 0);
		result = sweep_with(&cursor, namespace, limit);
	}
	return result;
}

static const struct query count_ended = { "SELECT count(*)" ENDED_OF_ACCOUNT };

/* Removes the row of an account that was deleted and that nobody used since, once none of its
 * namespaces waits to be swept: the row has the number of the next, and a new one begins anew. What
 * was under way for this one knows it by its incarnation. */
static enum store_result forget_ended_account(struct store_connection *connection,
	const char *namespace, struct arena *arena, const char **ret_forgotten)
{
	struct store_account account;
	int64_t waiting;
	const char *sid = arena_copy(arena, namespace, strcspn(namespace, "#"));
	if (sid == NULL)
		return STORE_FAILED;
	const enum store_result result = store_fetch_account(connection, sid, arena, &account);
	if (result == STORE_NOT_FOUND || (result == STORE_OK && !account.ended))
		return STORE_OK;
	if (result != STORE_OK ||
		read_ended_number(connection, &count_ended, sid, &waiting) != STORE_OK)
		return STORE_FAILED;
	if (waiting > 0)
		return STORE_OK;
	*ret_forgotten = sid;
	return store_remove_account(connection, sid);
}

/* Ends the sweep of a namespace of which nothing is left. */
static enum store_result complete_sweep(struct store_connection *connection, const char *namespace,
	struct arena *arena, const char **ret_forgotten)
{
	const enum store_result result =
		query_write_texts(connection->session, &remove_ended, 1, &namespace);
	return result == STORE_OK
		       ? forget_ended_account(connection, namespace, arena, ret_forgotten)
		       : result;
}

enum store_result store_sweep(struct store_connection *connection, int64_t limit,
	struct arena *arena, const char **ret_forgotten)
{
	const char *namespace;
	*ret_forgotten = NULL;
	enum store_result result = next_ended_namespace(connection, arena, &namespace);
	if (result != STORE_OK)
		return result == STORE_NOT_FOUND ? STORE_OK : result;
	result = sweep_namespace(connection, namespace, &limit);
	return result == STORE_OK && limit > 0
		       ? complete_sweep(connection, namespace, arena, ret_forgotten)
		       : result;
}

const struct query *const namespace_queries[] = { &end_namespace, &highest_ended, &remove_ended,
	&all_ended, &sweep_due, &sweep_usage, &sweep_usage_totals, &sweep_faults, &count_ended,
	NULL };
