/* SPDX-License-Identifier: MIT */
/*
 * SQL from field tables, prepared once per connection, when it is first needed.
 *
 * Statements are cached by what they do and for which set of fields, so that an update writes only
 * the columns that were given (an index over the others is not touched), and each combination of
 * filters has its own plan.
 */
#include "store/internal.h"

#include <stdlib.h>
#include <string.h>

#include "util/cleanup.h"
#include "util/count.h"
#include "util/log.h"
#include "util/strbuf.h"

enum { SQL_MAXIMUM = 8192 };

#define SELECT_ACCOUNT_COLUMNS                                                                     \
	"SELECT sid, namespace, auth_token, token_checked, ended, ttl_ms, date_created_ms,"        \
	" clock_mode, clock_rate, clock_real_ms, clock_account_ms, clock_held, life, made"         \
	" FROM accounts"
#define SELECT_DUE_COLUMNS                                                                         \
	"SELECT id, namespace, due_at_ms, wake_at_ms, kind, subject_sid, lane FROM due_work"

/* Usage: the Sim and the Fleet of a SID, which usage counts, and sums of it. */
#define SIM_ID	 "(SELECT id FROM sims WHERE namespace = ?1 AND sid = ?6)"
#define FLEET_ID "(SELECT id FROM fleets WHERE namespace = ?1 AND sid = ?2)"
#define USAGE_COUNTS                                                                               \
	" AND hour_ms >= ?2 AND hour_ms < ?3 AND (?4 IS NULL OR fleet_id ="                        \
	" (SELECT id FROM fleets WHERE namespace = ?1 AND sid = ?4))"                              \
	" AND (?5 IS NULL OR network IN (SELECT value FROM json_each(?5)))"
/* Sums that have no limit: beyond nine petabytes they are not exact, but overflow nowhere. */
#define SUMS	     " CAST(total(data_upload) AS INTEGER), CAST(total(data_download) AS INTEGER)"
#define SUM_BY_FLEET "SELECT fleet_id, (SELECT sid FROM fleets WHERE id = fleet_id), network," SUMS
#define SUM_BY_SIM                                                                                 \
	"SELECT sims.id, sims.sid, 0," SUMS                                                        \
	" FROM sims JOIN usage_hours ON sim_id = sims.id WHERE sims.namespace = ?1"
/* A row holds no more than what can be added to itself. */
#define ADD_EXCLUDED                                                                               \
	" SET data_upload = min(data_upload + excluded.data_upload, 1 << 59),"                     \
	" data_download = min(data_download + excluded.data_download, 1 << 59)"

static const char *const fixed_sql[FIXED_STATEMENT_COUNT] = {
	[BEGIN_READ] = "BEGIN",
	[BEGIN_WRITE] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[ROLLBACK] = "ROLLBACK",
	[SAVEPOINT_JOB] = "SAVEPOINT job",
	[RELEASE_JOB] = "RELEASE job",
	[ROLLBACK_JOB] = "ROLLBACK TO job",
	[ADD_PROFILE_NETWORK] = "INSERT INTO network_access_profile_networks "
				"(namespace, network_access_profile_sid, network_sid)"
				" VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
	[REMOVE_PROFILE_NETWORK] = "DELETE FROM network_access_profile_networks"
				   " WHERE network_access_profile_sid = ?2 AND namespace = ?1"
				   " AND network_sid = ?3",
	[SELECT_PROFILE_NETWORKS] = "SELECT network_sid FROM network_access_profile_networks"
				    " WHERE network_access_profile_sid = ?2 AND namespace = ?1",
	[COPY_PROFILE_NETWORKS] = "INSERT INTO network_access_profile_networks"
				  " (namespace, network_access_profile_sid, network_sid)"
				  " SELECT ?2, network_access_profile_sid, network_sid"
				  " FROM network_access_profile_networks WHERE namespace = ?1",
	[ADD_USAGE] = "INSERT INTO usage_hours"
		      " (sim_id, hour_ms, network, fleet_id, data_upload, data_download)"
		      " SELECT sims.id, ?3, ?4, fleets.id, ?5, ?6 FROM sims JOIN fleets"
		      " ON fleets.namespace = ?1 AND fleets.sid = ?2"
		      " WHERE sims.namespace = ?1 AND sims.sid = ?7"
		      " ON CONFLICT (sim_id, hour_ms, network, fleet_id) DO UPDATE" ADD_EXCLUDED,
	[ADD_USAGE_TOTAL] = "INSERT INTO usage_totals"
			    " (namespace, hour_ms, fleet_id, network, data_upload, data_download)"
			    " SELECT ?1, ?3, id, ?4, ?5, ?6 FROM fleets"
			    " WHERE namespace = ?1 AND sid = ?2"
			    " ON CONFLICT (namespace, hour_ms, fleet_id, network)"
			    " DO UPDATE" ADD_EXCLUDED,
	[REMOVE_FLEET_USAGE] = "DELETE FROM usage_hours"
			       " WHERE sim_id IN (SELECT id FROM sims WHERE namespace = ?1)"
			       " AND hour_ms IN (SELECT hour_ms FROM usage_totals"
			       "  WHERE namespace = ?1 AND fleet_id = " FLEET_ID ")"
			       " AND fleet_id = " FLEET_ID,
	[REMOVE_FLEET_USAGE_TOTALS] =
		"DELETE FROM usage_totals WHERE namespace = ?1 AND fleet_id = " FLEET_ID,
	[COPY_USAGE] = "INSERT INTO usage_hours"
		       " (sim_id, hour_ms, network, fleet_id, data_upload, data_download)"
		       " SELECT new_sims.id, hour_ms, network, new_fleets.id, data_upload,"
		       " data_download FROM sims JOIN usage_hours ON sim_id = sims.id"
		       " JOIN sims new_sims"
		       " ON new_sims.sid = sims.sid AND new_sims.namespace = ?2"
		       " JOIN fleets ON fleets.id = fleet_id JOIN fleets new_fleets"
		       " ON new_fleets.sid = fleets.sid AND new_fleets.namespace = ?2"
		       " WHERE sims.namespace = ?1",
	[COPY_USAGE_TOTALS] = "INSERT INTO usage_totals"
			      " (namespace, hour_ms, fleet_id, network, data_upload, data_download)"
			      " SELECT ?2, hour_ms, new_fleets.id, network, data_upload,"
			      " data_download FROM usage_totals"
			      " JOIN fleets ON fleets.id = fleet_id JOIN fleets new_fleets"
			      " ON new_fleets.sid = fleets.sid AND new_fleets.namespace = ?2"
			      " WHERE usage_totals.namespace = ?1",
	[SELECT_USAGE] = "SELECT sims.sid, hour_ms, fleets.sid, network, data_upload, data_download"
			 " FROM sims JOIN usage_hours ON sim_id = sims.id"
			 " JOIN fleets ON fleets.id = fleet_id WHERE sims.namespace = ?1",
	[USAGE_BEYOND] = "SELECT hour_ms FROM sims JOIN usage_hours ON sim_id = sims.id"
			 " WHERE sims.namespace = ?1 LIMIT 1 OFFSET ?2",
	[NEWEST_USAGE] = "SELECT hour_ms FROM usage_totals WHERE namespace = ?1" USAGE_COUNTS
			 " ORDER BY hour_ms DESC LIMIT 1",
	[OLDEST_USAGE] = "SELECT hour_ms FROM usage_totals WHERE namespace = ?1" USAGE_COUNTS
			 " ORDER BY hour_ms LIMIT 1",
	[NEWEST_SIM_USAGE] = "SELECT hour_ms FROM usage_hours WHERE sim_id = " SIM_ID USAGE_COUNTS
			     " ORDER BY hour_ms DESC LIMIT 1",
	[OLDEST_SIM_USAGE] = "SELECT hour_ms FROM usage_hours WHERE sim_id = " SIM_ID USAGE_COUNTS
			     " ORDER BY hour_ms LIMIT 1",
	[SUM_USAGE] = SUM_BY_FLEET " FROM usage_totals WHERE namespace = ?1" USAGE_COUNTS
				   " GROUP BY fleet_id, network",
	[SUM_SIM_USAGE] = SUM_BY_FLEET " FROM usage_hours WHERE sim_id = " SIM_ID USAGE_COUNTS
				       " GROUP BY fleet_id, network",
	[SUM_USAGE_BELOW] = SUM_BY_SIM " AND sims.id < ?7" USAGE_COUNTS
				       " GROUP BY sims.id ORDER BY sims.id DESC LIMIT ?8",
	[SUM_USAGE_ABOVE] = SUM_BY_SIM " AND sims.id > ?7" USAGE_COUNTS
				       " GROUP BY sims.id ORDER BY sims.id LIMIT ?8",
	[SIM_OF_DEVICE] = "SELECT sims.namespace, sims.sid FROM sims JOIN accounts"
			  " ON accounts.sid = substr(sims.namespace, 1, 34)"
			  " AND accounts.namespace = sims.namespace WHERE device_udp = ?1",

	[SELECT_ACCOUNT] = SELECT_ACCOUNT_COLUMNS " WHERE sid = ?1",
	[SELECT_ACCOUNTS] = SELECT_ACCOUNT_COLUMNS " ORDER BY sid",
	[PUT_ACCOUNT] = "INSERT OR REPLACE INTO accounts (sid, namespace, auth_token,"
			" token_checked, ended, ttl_ms, date_created_ms, clock_mode, clock_rate,"
			" clock_real_ms, clock_account_ms, clock_held, life, made)"
			" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
	[REMOVE_ACCOUNT] = "DELETE FROM accounts WHERE sid = ?1",
	[ADD_ENDED_ACCOUNT] = "INSERT OR REPLACE INTO ended_accounts (sid, ended_at_ms)"
			      " VALUES (?1, ?2)",
	[TRIM_ENDED_ACCOUNTS] = "DELETE FROM ended_accounts WHERE id <= (SELECT id"
				" FROM ended_accounts ORDER BY id DESC LIMIT 1 OFFSET ?1)",
	[FIND_ENDED_ACCOUNT] = "SELECT count(*) FROM ended_accounts WHERE sid = ?1",
	[SELECT_ENDED_ACCOUNTS] = "SELECT sid FROM ended_accounts ORDER BY id",
	[REMOVE_ENDED_ACCOUNT] = "DELETE FROM ended_accounts WHERE sid = ?1",
	[PUT_API_KEY] = "INSERT INTO api_keys (sid, secret, account_sid) VALUES (?1, ?2, ?3)"
			" ON CONFLICT (sid) DO UPDATE SET secret = excluded.secret"
			" WHERE account_sid = excluded.account_sid",
	[SELECT_API_KEYS] = "SELECT sid, secret, account_sid FROM api_keys ORDER BY sid",
	[API_KEY_OWNER] = "SELECT account_sid FROM api_keys WHERE sid = ?1",
	[REMOVE_API_KEYS] = "DELETE FROM api_keys WHERE account_sid = ?1",

	[ADD_DUE] = "INSERT INTO due_work (namespace, due_at_ms, wake_at_ms, kind, subject_sid,"
		    " lane) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[REMOVE_DUE] = "DELETE FROM due_work"
		       " WHERE id = ?1 AND namespace = ?2 AND subject_sid = ?3",
	[NEXT_DUE] = SELECT_DUE_COLUMNS " WHERE namespace = ?1 AND due_at_ms <= ?2"
					" AND (due_at_ms, id) > (?3, ?4)"
					" ORDER BY due_at_ms, id LIMIT 1",
	[DUE_OF_LANE] = SELECT_DUE_COLUMNS " WHERE lane = ?1 AND wake_at_ms <= ?2"
					   " ORDER BY wake_at_ms, id LIMIT ?3",
	[WEBHOOKS_OF_LANE] = SELECT_DUE_COLUMNS " WHERE lane = ?1 AND namespace = ?2"
						" AND wake_at_ms <= ?3 AND lane <> ''"
						" ORDER BY wake_at_ms, id LIMIT ?4",
	[DUE_LANES] = "SELECT NULL, namespace, NULL, wake_at_ms, NULL, NULL, lane FROM due_lanes"
		      " WHERE wake_at_ms <= ?1 ORDER BY wake_at_ms",
	[NEXT_WAKE] = "SELECT wake_at_ms FROM due_work WHERE wake_at_ms > ?1"
		      " ORDER BY wake_at_ms LIMIT 1",
	[VISIT_DUE] = SELECT_DUE_COLUMNS " WHERE namespace = ?1",
	[SET_WAKE] = "UPDATE due_work SET wake_at_ms = ?2 WHERE id = ?1",
	[COPY_DUE] = "INSERT INTO due_work (namespace, due_at_ms, kind, subject_sid, lane)"
		     " SELECT ?2, due_at_ms, kind, subject_sid, lane FROM due_work"
		     " WHERE namespace = ?1 AND lane = '' ORDER BY due_at_ms, id",
	[COUNT_DUE] = "SELECT count(*) FROM due_work WHERE namespace = ?1",

	[END_NAMESPACE] = "INSERT OR IGNORE INTO ended_namespaces (namespace) VALUES (?1)",
	[NEXT_ENDED] = "SELECT namespace FROM ended_namespaces LIMIT 1",
	[REMOVE_ENDED] = "DELETE FROM ended_namespaces WHERE namespace = ?1",
	/* "$" follows "#", which follows the account's SID in a namespace. */
	[ENDED_OF_ACCOUNT] = "SELECT count(*) FROM ended_namespaces"
			     " WHERE namespace >= ?1 AND namespace < ?1 || '$'",
	[SWEEP_DUE] = "DELETE FROM due_work WHERE id IN"
		      " (SELECT id FROM due_work WHERE namespace = ?1 LIMIT ?2)",
	[SWEEP_USAGE] = "DELETE FROM usage_hours WHERE (sim_id, hour_ms, network, fleet_id) IN"
			" (SELECT sim_id, hour_ms, network, fleet_id FROM sims"
			" JOIN usage_hours ON sim_id = sims.id WHERE namespace = ?1 LIMIT ?2)",
	[SWEEP_USAGE_TOTALS] = "DELETE FROM usage_totals"
			       " WHERE (namespace, hour_ms, fleet_id, network) IN"
			       " (SELECT namespace, hour_ms, fleet_id, network"
			       " FROM usage_totals WHERE namespace = ?1 LIMIT ?2)",
	/* A lowered limit is reached step by step: no transaction takes long. */
	[TRIM_DELIVERIES] = "DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries"
			    " WHERE namespace = ?1 AND state = ?2 ORDER BY id"
			    " LIMIT (SELECT max(0, min(100, count - ?3)) FROM delivery_counts"
			    " WHERE namespace = ?1 AND state = ?2))",
	[TRIM_SINK_REQUESTS] =
		"DELETE FROM sink_requests WHERE sink_sid = ?2 AND namespace = ?1 AND id <="
		" (SELECT id FROM sink_requests WHERE sink_sid = ?2 AND namespace = ?1"
		" ORDER BY id DESC LIMIT 1 OFFSET ?3)",
	[TRIM_ATTEMPTS] = "DELETE FROM delivery_attempts"
			  " WHERE namespace = ?1 AND delivery_sid = ?2 AND number <= ?3",
	[COUNT_PENDING] = "SELECT count(*) FROM deliveries WHERE state = 'pending'",
};

static void add_column(struct strbuf *sql, const struct field *field)
{
	if (field->kind == FIELD_ACCOUNT_SID) {
		strbuf_add_text(sql, "namespace");
		return;
	}
	strbuf_add_text(sql, field->name);
	if (field->kind == FIELD_TIME || field->kind == FIELD_LATER_TIME)
		strbuf_add_text(sql, "_ms");
}

/* Adds the stored columns of `set`, each followed by `after`, with commas between. */
static void add_columns(
	struct strbuf *sql, const struct resource *resource, field_set set, const char *after)
{
	const char *comma = "";
	for (size_t i = 0; i < resource->field_count; i++) {
		const struct field *field = &resource->fields[i];
		if (!field_is_stored(field) || !(set & field_bit(resource, field)))
			continue;
		strbuf_add_text(sql, comma);
		if (after != NULL) {
			add_column(sql, field);
			strbuf_add_text(sql, after);
		} else {
			strbuf_add_text(sql, "?");
		}
		comma = ", ";
	}
}

static const field_set all_fields = ~(field_set)0;

static void add_select(struct strbuf *sql, const struct resource *resource)
{
	strbuf_add_text(sql, "SELECT id, ");
	add_columns(sql, resource, all_fields, "");
	strbuf_add_format(sql, " FROM %s", resource->list_key);
}

/* Every column that copies get, but the namespace, each after a comma. */
static void add_copied_columns(struct strbuf *sql, const struct resource *resource)
{
	for (size_t i = 0; i < resource->field_count; i++) {
		const struct field *field = &resource->fields[i];
		if (!field_is_stored(field) || field->kind == FIELD_ACCOUNT_SID ||
			(field->flags & NOT_COPIED))
			continue;
		strbuf_add_text(sql, ", ");
		add_column(sql, field);
	}
}

static void add_page_conditions(struct strbuf *sql, const struct resource *resource, field_set set)
{
	strbuf_add_text(sql, " WHERE namespace = ?");
	for (size_t i = 0; i < resource->field_count; i++) {
		const struct field *field = &resource->fields[i];
		if (!(set & field_bit(resource, field)))
			continue;
		strbuf_add_text(sql, " AND ");
		add_column(sql, field);
		strbuf_add_text(sql, " = ?");
	}
}

static void add_sql(struct strbuf *sql, const struct resource *resource, enum statement_kind kind,
	field_set set)
{
	switch (kind) {
	case SELECT_BY_SID:
	case SELECT_BY_NAME: add_select(sql, resource); break;
	case FIND_BY_SID:
	case FIND_BY_NAME: strbuf_add_format(sql, "SELECT sid FROM %s", resource->list_key); break;
	case INSERT_RECORD:
		strbuf_add_format(sql, "INSERT INTO %s (", resource->list_key);
		add_columns(sql, resource, all_fields, "");
		strbuf_add_text(sql, ") VALUES (");
		add_columns(sql, resource, all_fields, NULL);
		strbuf_add_text(sql, ")");
		return;
	case UPDATE_RECORD:
		strbuf_add_format(sql, "UPDATE %s SET ", resource->list_key);
		add_columns(sql, resource, set, " = ?");
		strbuf_add_text(sql, " WHERE namespace = ? AND sid = ?");
		return;
	case DELETE_RECORD:
		strbuf_add_format(
			sql, "DELETE FROM %s WHERE namespace = ? AND sid = ?", resource->list_key);
		return;
	case COUNT_RECORDS:
		strbuf_add_format(
			sql, "SELECT count(*) FROM %s WHERE namespace = ?", resource->list_key);
		return;
	case SWEEP_RECORDS:
		strbuf_add_format(sql,
			"DELETE FROM %s WHERE id IN (SELECT id FROM %s WHERE namespace = ?"
			" LIMIT ?)",
			resource->list_key, resource->list_key);
		return;
	case COPY_RECORDS:
		strbuf_add_format(sql, "INSERT INTO %s (namespace", resource->list_key);
		add_copied_columns(sql, resource);
		strbuf_add_text(sql, ") SELECT ?2");
		add_copied_columns(sql, resource);
		strbuf_add_format(
			sql, " FROM %s WHERE namespace = ?1 ORDER BY id", resource->list_key);
		return;
	case SELECT_PAGE:
		add_select(sql, resource);
		add_page_conditions(sql, resource, set);
		strbuf_add_text(sql, " AND id < ? ORDER BY id DESC LIMIT ?");
		return;
	case SELECT_ABOVE:
		strbuf_add_format(sql, "SELECT id FROM %s", resource->list_key);
		add_page_conditions(sql, resource, set);
		strbuf_add_text(sql, " AND id > ? ORDER BY id LIMIT ?");
		return;
	}
	const bool by_sid = kind == SELECT_BY_SID || kind == FIND_BY_SID;
	strbuf_add_format(sql, " WHERE namespace = ? AND %s = ?", by_sid ? "sid" : "unique_name");
}

static sqlite3_stmt *prepare(struct store_connection *connection, const char *sql)
{
	sqlite3_stmt *statement = NULL;
	if (sqlite3_prepare_v3(connection->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement,
		    NULL) != SQLITE_OK) {
		store_failed(connection, sql);
		return NULL;
	}
	return statement;
}

/* A free place in the cache, making one by dropping the oldest of the changeable statements. */
static struct cached_statement *free_entry(struct statement_cache *cache)
{
	if (cache->count < CACHED_STATEMENTS_MAXIMUM)
		return &cache->entries[cache->count++];
	for (;;) {
		cache->next_evicted = (cache->next_evicted + 1) % CACHED_STATEMENTS_MAXIMUM;
		struct cached_statement *entry = &cache->entries[cache->next_evicted];
		if (entry->kind == UPDATE_RECORD) {
			sqlite3_finalize(entry->statement);
			return entry;
		}
	}
}

sqlite3_stmt *statement_for(struct store_connection *connection, const struct resource *resource,
	enum statement_kind kind, field_set set)
{
	struct statement_cache *cache = &connection->caches[resource->number];
	for (size_t i = 0; i < cache->count; i++) {
		const struct cached_statement *entry = &cache->entries[i];
		if (entry->kind == kind && entry->set == set)
			return entry->statement;
	}
	CLEANUP(strbuf_done) struct strbuf sql;
	strbuf_init(&sql, SQL_MAXIMUM);
	add_sql(&sql, resource, kind, set);
	if (sql.failed) {
		log_line(LOG_ERROR, "no room for the SQL of %s", resource->list_key);
		return NULL;
	}
	sqlite3_stmt *statement = prepare(connection, sql.data);
	if (statement == NULL)
		return NULL;
	*free_entry(cache) =
		(struct cached_statement){ .kind = kind, .set = set, .statement = statement };
	return statement;
}

/* The fields that a list may be filtered by. */
static field_set filters_of(const struct resource *resource)
{
	field_set filters = 0;
	for (size_t i = 0; i < resource->field_count; i++) {
		if (resource->fields[i].flags & ON_LIST)
			filters |= field_bit(resource, &resource->fields[i]);
	}
	return filters;
}

bool statements_prepare(struct store_connection *connection, const struct resource *resource)
{
	static const enum statement_kind kinds[] = { SELECT_BY_SID, FIND_BY_SID, DELETE_RECORD,
		SWEEP_RECORDS, INSERT_RECORD, COUNT_RECORDS, COPY_RECORDS };
	bool complete = true;
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		complete = complete && statement_for(connection, resource, kinds[i], 0) != NULL;
	if (resource_field(resource, FIELD_UNIQUE_NAME) != NULL) {
		complete = complete &&
			   statement_for(connection, resource, SELECT_BY_NAME, 0) != NULL &&
			   statement_for(connection, resource, FIND_BY_NAME, 0) != NULL;
	}
	/* Every subset of the filters: the next smaller one is (set - 1) & filters. */
	const field_set filters = filters_of(resource);
	field_set set = filters;
	do {
		complete = complete &&
			   statement_for(connection, resource, SELECT_PAGE, set) != NULL &&
			   statement_for(connection, resource, SELECT_ABOVE, set) != NULL;
		set = (set - 1) & filters;
	} while (set != filters);
	return complete;
}

bool connection_prepare(struct store_connection *connection, struct failure *failure)
{
	size_t count = 0;
	while (connection->store->resources[count] != NULL)
		count++;
	connection->caches = calloc(count > 0 ? count : 1, sizeof(*connection->caches));
	bool complete = connection->caches != NULL;
	for (int which = BEGIN_READ; complete && which <= ROLLBACK_JOB; which++)
		complete = fixed_statement(connection, (enum fixed_statement)which) != NULL;
	return complete || failure_set(failure, EX_OSERR, "out of memory");
}

sqlite3_stmt *fixed_statement(struct store_connection *connection, enum fixed_statement which)
{
	if (connection->fixed[which] == NULL)
		connection->fixed[which] = prepare(connection, fixed_sql[which]);
	return connection->fixed[which];
}

void statements_finalize(struct store_connection *connection)
{
	for (size_t i = 0; i < FIXED_STATEMENT_COUNT; i++)
		sqlite3_finalize(connection->fixed[i]);
	for (size_t i = 0; connection->caches != NULL && connection->store->resources[i] != NULL;
		i++) {
		const struct statement_cache *cache = &connection->caches[i];
		for (size_t j = 0; j < cache->count; j++)
			sqlite3_finalize(cache->entries[j].statement);
	}
	free(connection->caches);
}

bool store_visit_statements(
	struct store_connection *connection, store_statement_visitor *visit, void *closure)
{
	bool complete = true;
	for (size_t i = 0; i < FIXED_STATEMENT_COUNT; i++) {
		complete = fixed_statement(connection, (enum fixed_statement)i) != NULL && complete;
		visit(closure, connection->handle, fixed_sql[i]);
	}
	for (size_t i = 0; connection->store->resources[i] != NULL; i++) {
		complete =
			statements_prepare(connection, connection->store->resources[i]) && complete;
		const struct statement_cache *cache = &connection->caches[i];
		for (size_t j = 0; j < cache->count; j++)
			visit(closure, connection->handle,
				sqlite3_sql(cache->entries[j].statement));
	}
	return complete;
}

bool statement_run(struct store_connection *connection, enum fixed_statement which)
{
	sqlite3_stmt *statement = fixed_statement(connection, which);
	if (statement == NULL)
		return false;
	const int result = sqlite3_step(statement);
	sqlite3_reset(statement);
	if (result == SQLITE_DONE)
		return true;
	store_failed(connection, fixed_sql[which]);
	return false;
}

void statement_bind_text(sqlite3_stmt *statement, int place, const char *text)
{
	if (text != NULL)
		sqlite3_bind_text(statement, place, text, -1, SQLITE_STATIC);
	else
		sqlite3_bind_null(statement, place);
}

bool statement_row_is_whole(sqlite3_stmt *statement)
{
	return sqlite3_errcode(sqlite3_db_handle(statement)) == SQLITE_ROW;
}

bool connection_in_transaction(const struct store_connection *connection)
{
	return sqlite3_get_autocommit(connection->handle) == 0;
}

enum store_result statement_write(struct store_connection *connection, sqlite3_stmt *statement)
{
	if (!connection_in_transaction(connection)) {
		log_line(LOG_ERROR, "database: not written, since the transaction is lost (%s)",
			sqlite3_sql(statement));
		return STORE_FAILED;
	}
	const int result = sqlite3_step(statement);
	const int extended = sqlite3_extended_errcode(connection->handle);
	enum store_result outcome = STORE_OK;
	if (result != SQLITE_DONE) {
		const bool duplicate = extended == SQLITE_CONSTRAINT_UNIQUE ||
				       extended == SQLITE_CONSTRAINT_PRIMARYKEY;
		outcome = duplicate ? STORE_DUPLICATE
				    : store_failed(connection, sqlite3_sql(statement));
	}
	sqlite3_reset(statement);
	return outcome;
}

enum store_result statement_write_texts(
	struct store_connection *connection, enum fixed_statement which, const char *const *texts)
{
	sqlite3_stmt *statement = fixed_statement(connection, which);
	if (statement == NULL)
		return STORE_FAILED;
	for (int i = 0; i < sqlite3_bind_parameter_count(statement); i++)
		statement_bind_text(statement, i + 1, texts[i]);
	return statement_write(connection, statement);
}

const char *statement_text(sqlite3_stmt *statement, int column, struct arena *arena)
{
	const char *text = (const char *)sqlite3_column_text(statement, column);
	return text != NULL ? arena_copy(arena, text, strlen(text)) : NULL;
}

enum store_result statement_number(
	struct store_connection *connection, sqlite3_stmt *statement, int64_t *ret_number)
{
	if (statement == NULL)
		return STORE_FAILED;
	const int step = sqlite3_step(statement);
	enum store_result result = STORE_OK;
	*ret_number = 0;
	if (step == SQLITE_ROW)
		*ret_number = sqlite3_column_int64(statement, 0);
	else
		result = step == SQLITE_DONE ? STORE_NOT_FOUND
					     : store_failed(connection, sqlite3_sql(statement));
	sqlite3_reset(statement);
	return result;
}
