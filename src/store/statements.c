/* SPDX-License-Identifier: MIT */
/*
 * SQL from field tables, prepared once per connection.
 *
 * Statements are cached by what they do and for which set of fields, so that an update writes only
 * the columns that were given (an index over the others is not touched), and each combination of
 * filters has its own plan.
 */
#include "store/internal.h"

#include <stdlib.h>
#include <string.h>

#include "util/cleanup.h"
#include "util/log.h"
#include "util/strbuf.h"

enum { SQL_MAXIMUM = 8192 };

static const char *const fixed_sql[FIXED_STATEMENT_COUNT] = {
	[BEGIN_READ] = "BEGIN",
	[BEGIN_WRITE] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[ROLLBACK] = "ROLLBACK",
	[SAVEPOINT_JOB] = "SAVEPOINT job",
	[RELEASE_JOB] = "RELEASE job",
	[ROLLBACK_JOB] = "ROLLBACK TO job",
	[ADD_PROFILE_NETWORK] = "INSERT INTO network_access_profile_networks "
				"(network_access_profile_sid, network_sid)"
				" VALUES (?1, ?2) ON CONFLICT DO NOTHING",
	[PUT_ACCOUNT] = "INSERT INTO accounts (sid, auth_token) VALUES (?1, ?2)"
			" ON CONFLICT (sid) DO UPDATE SET auth_token = excluded.auth_token",
	[PUT_API_KEY] = "INSERT INTO api_keys (sid, secret, account_sid) VALUES (?1, ?2, ?3)"
			" ON CONFLICT (sid) DO UPDATE"
			" SET secret = excluded.secret, account_sid = excluded.account_sid",
	[SELECT_ACCOUNTS] = "SELECT sid, NULL, auth_token FROM accounts"
			    " UNION ALL SELECT account_sid, sid, secret FROM api_keys",
};

static void add_column(struct strbuf *sql, const struct field *field)
{
	strbuf_add_text(sql, field->name);
	if (field->kind == FIELD_TIME)
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

static void add_page_conditions(struct strbuf *sql, const struct resource *resource, field_set set)
{
	strbuf_add_text(sql, " WHERE account_sid = ?");
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
		strbuf_add_text(sql, " WHERE sid = ?");
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
	strbuf_add_format(sql, " WHERE account_sid = ? AND %s = ?", by_sid ? "sid" : "unique_name");
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
	bool complete = statement_for(connection, resource, SELECT_BY_SID, 0) != NULL &&
			statement_for(connection, resource, FIND_BY_SID, 0) != NULL;
	if (resource_field(resource, FIELD_UNIQUE_NAME) != NULL) {
		complete = complete &&
			   statement_for(connection, resource, SELECT_BY_NAME, 0) != NULL &&
			   statement_for(connection, resource, FIND_BY_NAME, 0) != NULL;
	}
	if (connection->writes)
		return complete && statement_for(connection, resource, INSERT_RECORD, 0) != NULL;
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

static bool prepare_all(struct store_connection *connection, size_t resource_count)
{
	for (size_t i = 0; i < FIXED_STATEMENT_COUNT; i++) {
		connection->fixed[i] = prepare(connection, fixed_sql[i]);
		if (connection->fixed[i] == NULL)
			return false;
	}
	for (size_t i = 0; i < resource_count; i++) {
		if (!statements_prepare(connection, connection->store->resources[i]))
			return false;
	}
	return true;
}

bool connection_prepare(struct store_connection *connection, struct failure *failure)
{
	size_t count = 0;
	while (connection->store->resources[count] != NULL)
		count++;
	connection->caches = calloc(count > 0 ? count : 1, sizeof(*connection->caches));
	if (connection->caches == NULL)
		return failure_set(failure, EX_OSERR, "out of memory");
	return prepare_all(connection, count) ||
	       failure_set(failure, EX_IOERR, "cannot use the database %s: %s",
		       connection->store->path, sqlite3_errmsg(connection->handle));
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

void store_visit_statements(
	struct store_connection *connection, store_statement_visitor *visit, void *closure)
{
	for (size_t i = 0; connection->store->resources[i] != NULL; i++) {
		const struct statement_cache *cache = &connection->caches[i];
		for (size_t j = 0; j < cache->count; j++)
			visit(closure, connection->handle,
				sqlite3_sql(cache->entries[j].statement));
	}
}

bool statement_run(struct store_connection *connection, enum fixed_statement which)
{
	sqlite3_stmt *statement = connection->fixed[which];
	const int result = sqlite3_step(statement);
	sqlite3_reset(statement);
	if (result == SQLITE_DONE)
		return true;
	store_failed(connection, fixed_sql[which]);
	return false;
}
