/* SPDX-License-Identifier: MIT */
/*
 * SQL from field tables, prepared once per connection, when it is first needed.
 *
 * Statements are cached by what they do and for which set of fields, so that an update writes only
 * the columns that were given (an index over the others is not touched), and each combination of
 * filters has its own plan.
 */
#include "store/sql.h"

#include <stdlib.h>

#include "store/driver.h"
#include "util/cleanup.h"
#include "util/count.h"
#include "util/log.h"
#include "util/strbuf.h"

enum { SQL_MAXIMUM = 8192, CACHED_STATEMENTS_MAXIMUM = 96 };

struct cached_statement {
	enum record_query kind;
	field_set set;
	struct statement *statement;
};

/* The statements of one resource on one connection. */
struct statement_cache {
	struct cached_statement entries[CACHED_STATEMENTS_MAXIMUM];
	size_t count;
	size_t next_evicted;
};

/* ── the text ────────────────────────────────────────────────────────────────────────────── */

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

/*
 * Adds the stored columns of `set`, each followed by `after`, with commas between. As everywhere in
 * this SQL, the last one of the table comes first: to find a column in a row SQLite walks along
 * those before it, and remembers them. So it walks once, and not for each column a step.
 */
static void add_columns(
	struct strbuf *sql, const struct resource *resource, field_set set, const char *after)
{
	const char *comma = "";
	for (size_t i = resource->field_count; i-- > 0;) {
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

field_set sql_fields(const struct resource *resource, enum record_query kind)
{
	const struct field *account = resource_field(resource, FIELD_ACCOUNT_SID);
	field_set fields = account != NULL ? ~field_bit(resource, account) : all_fields;
	for (size_t i = 0; kind == SELECT_SHOWN_PAGE && i < resource->field_count; i++) {
		if (resource->fields[i].flags & HIDDEN)
			fields &= ~field_bit(resource, &resource->fields[i]);
	}
	return fields;
}

static void add_select(struct strbuf *sql, const struct resource *resource, enum record_query kind)
{
	strbuf_add_text(sql, "SELECT id, ");
	add_columns(sql, resource, sql_fields(resource, kind), "");
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
	for (size_t i = resource->field_count; i-- > 0;) {
		const struct field *field = &resource->fields[i];
		if (!(set & field_bit(resource, field)))
			continue;
		strbuf_add_text(sql, " AND ");
		add_column(sql, field);
		strbuf_add_text(sql, " = ?");
	}
}

static void add_sql(
	struct strbuf *sql, const struct resource *resource, enum record_query kind, field_set set)
{
	switch (kind) {
	case SELECT_BY_SID:
	case SELECT_BY_NAME: add_select(sql, resource, kind); break;
	case FIND_BY_SID:
	case FIND_BY_NAME: strbuf_add_format(sql, "SELECT sid FROM %s", resource->list_key); break;
	case INSERT_RECORD:
		strbuf_add_format(sql, "INSERT INTO %s (", resource->list_key);
		add_columns(sql, resource, all_fields, "");
		strbuf_add_text(sql, ") VALUES (");
		add_columns(sql, resource, all_fields, NULL);
		strbuf_add_text(sql, ")");
		return;
	case UPDATE_RECORD: /* OR FAIL: see migrations/0010 */
		strbuf_add_format(sql, "UPDATE OR FAIL %s SET ", resource->list_key);
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
		strbuf_add_format(sql,
			" FROM %s WHERE namespace = ?1 AND id > ?3 AND id <= ?4 ORDER BY id",
			resource->list_key);
		return;
	case SELECT_PAGE:
	case SELECT_SHOWN_PAGE:
		add_select(sql, resource, kind);
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

/* ── the statements of a connection ──────────────────────────────────────────────────────── */

/* A free place in the cache, making one by dropping the oldest of the changeable statements. */
static struct cached_statement *free_entry(struct statement_cache *cache)
{
	if (cache->count < CACHED_STATEMENTS_MAXIMUM)
		return &cache->entries[cache->count++];
	for (;;) {
		cache->next_evicted = (cache->next_evicted + 1) % CACHED_STATEMENTS_MAXIMUM;
		struct cached_statement *entry = &cache->entries[cache->next_evicted];
		if (entry->kind == UPDATE_RECORD) {
			statement_free(entry->statement);
			return entry;
		}
	}
}

/* Makes what the cache has not. NULL after logging. */
static struct statement *add_statement(struct store_connection *connection,
	const struct resource *resource, enum record_query kind, field_set set)
{
	CLEANUP(strbuf_done) struct strbuf sql;
	strbuf_init(&sql, SQL_MAXIMUM);
	add_sql(&sql, resource, kind, set);
	if (sql.failed) {
		log_line(LOG_ERROR, "no room for the SQL of %s", resource->list_key);
		return NULL;
	}
	struct statement *statement = statement_prepare(connection->session, sql.data);
	if (statement != NULL)
		*free_entry(&connection->caches[resource->number]) =
			(struct cached_statement){ kind, set, statement };
	return statement;
}

static struct statement *statement_for(struct store_connection *connection,
	const struct resource *resource, enum record_query kind, field_set set)
{
	const struct statement_cache *cache = &connection->caches[resource->number];
	for (size_t i = 0; i < cache->count; i++) {
		const struct cached_statement *entry = &cache->entries[i];
		if (entry->kind == kind && entry->set == set)
			return entry->statement;
	}
	return add_statement(connection, resource, kind, set);
}

void sql_open(struct cursor *cursor, struct store_connection *connection,
	const struct resource *resource, enum record_query kind, field_set set)
{
	cursor_open_statement(
		cursor, connection->session, statement_for(connection, resource, kind, set));
}

size_t sql_count_resources(const struct store *store)
{
	size_t count = 0;
	while (store->resources[count] != NULL)
		count++;
	return count;
}

bool sql_init(struct store_connection *connection, struct failure *failure)
{
	const size_t count = sql_count_resources(connection->store);
	connection->caches = calloc(count > 0 ? count : 1, sizeof(*connection->caches));
	return connection->caches != NULL || failure_set(failure, EX_OSERR, "out of memory");
}

void sql_done(struct store_connection *connection)
{
	const size_t count =
		connection->caches != NULL ? sql_count_resources(connection->store) : 0;
	for (size_t i = 0; i < count; i++) {
		const struct statement_cache *cache = &connection->caches[i];
		for (size_t j = 0; j < cache->count; j++)
			statement_free(cache->entries[j].statement);
	}
	free(connection->caches);
	connection->caches = NULL;
}

/* ── every statement that there can be ───────────────────────────────────────────────────── */

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

static bool prepare_all(struct store_connection *connection, const struct resource *resource)
{
	static const enum record_query kinds[] = { SELECT_BY_SID, FIND_BY_SID, DELETE_RECORD,
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
			   statement_for(connection, resource, SELECT_SHOWN_PAGE, set) != NULL &&
			   statement_for(connection, resource, SELECT_ABOVE, set) != NULL;
		set = (set - 1) & filters;
	} while (set != filters);
	return complete;
}

bool sql_visit_statements(
	struct store_connection *connection, store_statement_visitor *visit, void *closure)
{
	bool complete = true;
	for (size_t i = 0; connection->store->resources[i] != NULL; i++) {
		complete = prepare_all(connection, connection->store->resources[i]) && complete;
		const struct statement_cache *cache = &connection->caches[i];
		for (size_t j = 0; j < cache->count; j++)
			session_visit_statement(
				connection->session, cache->entries[j].statement, visit, closure);
	}
	return complete;
}
