/* SPDX-License-Identifier: MIT */
/* Records in and out of the database, for any resource: row ↔ struct by its field table. */
#include "store/internal.h"

#include <string.h>

#include "model/sid.h"

/* ── binding and reading ─────────────────────────────────────────────────────────────────── */

static void bind_field(
	sqlite3_stmt *statement, int place, const struct field *field, const void *record)
{
	switch (field->storage) {
	case STORED_TEXT:
		statement_bind_text(statement, place, record_get_text(field, record));
		break;
	case STORED_BOOLEAN:
		sqlite3_bind_int(statement, place, record_get_boolean(field, record));
		break;
	case STORED_INTEGER:
		sqlite3_bind_int64(statement, place, record_get_integer(field, record));
		break;
	case STORED_ENUM:
		statement_bind_text(statement, place, record_get_name(field, record));
		break;
	case STORED_LIST:
	case STORED_NOWHERE: break;
	}
}

/* Binds the stored fields of `set` in table order from `place` on; gives the next place. */
static int bind_fields(sqlite3_stmt *statement, int place, const struct resource *resource,
	const void *record, field_set set)
{
	for (size_t i = 0; i < resource->field_count; i++) {
		const struct field *field = &resource->fields[i];
		if (field_is_stored(field) && (set & field_bit(resource, field)))
			bind_field(statement, place++, field, record);
	}
	return place;
}

/* Reads the current row, whose first column is the id. Texts point into the row. False without
 * memory. */
static bool read_row(sqlite3_stmt *statement, const struct resource *resource, void *record)
{
	int column = 1;
	for (size_t i = 0; i < resource->field_count; i++) {
		const struct field *field = &resource->fields[i];
		switch (field->storage) {
		case STORED_TEXT:
			*record_text(field, record) =
				(const char *)sqlite3_column_text(statement, column++);
			break;
		case STORED_BOOLEAN:
			*record_boolean(field, record) =
				sqlite3_column_int(statement, column++) != 0;
			break;
		case STORED_INTEGER:
			*record_integer(field, record) = sqlite3_column_int64(statement, column++);
			break;
		case STORED_ENUM:
			*record_enum(field, record) = field_value(
				field, (const char *)sqlite3_column_text(statement, column++));
			break;
		case STORED_LIST:
		case STORED_NOWHERE: break;
		}
	}
	return statement_row_is_whole(statement);
}

/* Moves the record's texts from the row into `arena`. False without memory. */
static bool keep_texts(const struct resource *resource, struct arena *arena, void *record)
{
	for (size_t i = 0; i < resource->field_count; i++) {
		const struct field *field = &resource->fields[i];
		if (field->storage != STORED_TEXT)
			continue;
		const char **text = record_text(field, record);
		if (*text == NULL)
			continue;
		*text = arena_copy(arena, *text, strlen(*text));
		if (*text == NULL)
			return false;
	}
	return true;
}

/* ── one record ──────────────────────────────────────────────────────────────────────────── */

/* The statement that looks `identifier` up, bound; NULL where no record can have that identifier
 * (STORE_NOT_FOUND) or where preparing failed (STORE_FAILED). */
static sqlite3_stmt *bind_lookup(struct store_connection *connection,
	const struct resource *resource, const char *namespace, const char *identifier,
	enum statement_kind by_sid, enum statement_kind by_name, enum store_result *ret_result)
{
	enum statement_kind kind = by_name;
	if (sid_has_form(identifier, resource->sid_prefix)) {
		kind = by_sid;
	} else if (resource_field(resource, FIELD_UNIQUE_NAME) == NULL) {
		*ret_result = STORE_NOT_FOUND;
		return NULL;
	}
	sqlite3_stmt *statement = statement_for(connection, resource, kind, 0);
	*ret_result = STORE_FAILED;
	if (statement != NULL) {
		statement_bind_text(statement, 1, namespace);
		statement_bind_text(statement, 2, identifier);
	}
	return statement;
}

static enum store_result result_of_lookup(
	struct store_connection *connection, sqlite3_stmt *statement, int step)
{
	if (step == SQLITE_ROW)
		return STORE_OK;
	return step == SQLITE_DONE ? STORE_NOT_FOUND
				   : store_failed(connection, sqlite3_sql(statement));
}

enum store_result store_fetch(struct store_connection *connection, const struct resource *resource,
	const char *namespace, const char *identifier, struct arena *arena, void *ret_record)
{
	enum store_result result;
	sqlite3_stmt *statement = bind_lookup(connection, resource, namespace, identifier,
		SELECT_BY_SID, SELECT_BY_NAME, &result);
	if (statement == NULL)
		return result;
	result = result_of_lookup(connection, statement, sqlite3_step(statement));
	if (result == STORE_OK && (!read_row(statement, resource, ret_record) ||
					  !keep_texts(resource, arena, ret_record)))
		result = STORE_FAILED;
	sqlite3_reset(statement);
	return result;
}

enum store_result store_find_sid(struct store_connection *connection,
	const struct resource *resource, const char *namespace, const char *identifier,
	struct arena *arena, const char **ret_sid)
{
	enum store_result result;
	sqlite3_stmt *statement = bind_lookup(
		connection, resource, namespace, identifier, FIND_BY_SID, FIND_BY_NAME, &result);
	if (statement == NULL)
		return result;
	result = result_of_lookup(connection, statement, sqlite3_step(statement));
	if (result == STORE_OK) {
		const char *sid = (const char *)sqlite3_column_text(statement, 0);
		const char *copy = sid != NULL ? arena_copy(arena, sid, strlen(sid)) : NULL;
		if (copy != NULL)
			*ret_sid = copy;
		else
			result = STORE_FAILED;
	}
	sqlite3_reset(statement);
	return result;
}

enum store_result store_insert(
	struct store_connection *connection, const struct resource *resource, const void *record)
{
	sqlite3_stmt *statement = statement_for(connection, resource, INSERT_RECORD, 0);
	if (statement == NULL)
		return STORE_FAILED;
	bind_fields(statement, 1, resource, record, ~(field_set)0);
	return statement_write(connection, statement);
}

enum store_result store_update(struct store_connection *connection, const struct resource *resource,
	const char *namespace, const void *record, field_set set)
{
	sqlite3_stmt *statement = statement_for(connection, resource, UPDATE_RECORD, set);
	if (statement == NULL)
		return STORE_FAILED;
	const int place = bind_fields(statement, 1, resource, record, set);
	statement_bind_text(statement, place, namespace);
	statement_bind_text(statement, place + 1, record_sid(resource, record));
	return statement_write(connection, statement);
}

enum store_result store_delete(struct store_connection *connection, const struct resource *resource,
	const char *namespace, const char *sid)
{
	sqlite3_stmt *statement = statement_for(connection, resource, DELETE_RECORD, 0);
	if (statement == NULL)
		return STORE_FAILED;
	statement_bind_text(statement, 1, namespace);
	statement_bind_text(statement, 2, sid);
	return statement_write(connection, statement);
}

/* ── lists ───────────────────────────────────────────────────────────────────────────────── */

/* Binds account, filters, the id to start from and the limit. */
static void bind_query(sqlite3_stmt *statement, const struct resource *resource,
	const struct store_query *query, int64_t id, size_t limit)
{
	statement_bind_text(statement, 1, query->namespace);
	const int place = bind_fields(statement, 2, resource, query->filter, query->filter_set);
	sqlite3_bind_int64(statement, place, id);
	sqlite3_bind_int64(statement, place + 1, (int64_t)limit);
}

enum store_result store_list(struct store_connection *connection, const struct resource *resource,
	const struct store_query *query, record_visitor *visit, void *closure,
	struct store_page *ret_page)
{
	sqlite3_stmt *statement =
		statement_for(connection, resource, SELECT_PAGE, query->filter_set);
	if (statement == NULL)
		return STORE_FAILED;
	_Alignas(max_align_t) char record[1024];
	if (resource->record_size > sizeof(record))
		return STORE_FAILED;
	struct store_page page = { 0 };
	/* One more than asked for tells whether another page follows. */
	bind_query(statement, resource, query, query->below, query->limit + 1);
	int step;
	while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
		if (page.count == query->limit) {
			page.more = true;
			continue;
		}
		const int64_t id = sqlite3_column_int64(statement, 0);
		if (page.count++ == 0)
			page.first_id = id;
		page.last_id = id;
		if (!read_row(statement, resource, record))
			break;
		visit(closure, record);
	}
	enum store_result result = STORE_OK;
	if (step != SQLITE_DONE)
		result = store_failed(connection, sqlite3_sql(statement));
	sqlite3_reset(statement);
	*ret_page = page;
	return result;
}

enum store_result store_seek_page_above(struct store_connection *connection,
	const struct resource *resource, int64_t above, struct store_query *query)
{
	sqlite3_stmt *statement =
		statement_for(connection, resource, SELECT_ABOVE, query->filter_set);
	if (statement == NULL)
		return STORE_FAILED;
	bind_query(statement, resource, query, above, query->limit);
	size_t count = 0;
	int64_t highest = above;
	int step;
	while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
		highest = sqlite3_column_int64(statement, 0);
		count++;
	}
	enum store_result result = STORE_OK;
	if (step != SQLITE_DONE)
		result = store_failed(connection, sqlite3_sql(statement));
	sqlite3_reset(statement);
	query->below = highest < INT64_MAX ? highest + 1 : highest;
	query->limit = count;
	return result;
}

enum store_result store_find_any(
	struct store_connection *connection, const struct resource *resource, const char *namespace)
{
	int64_t id;
	sqlite3_stmt *statement = statement_for(connection, resource, SELECT_ABOVE, 0);
	const struct store_query query = { .namespace = namespace };
	if (statement != NULL)
		bind_query(statement, resource, &query, INT64_MIN, 1);
	return statement_number(connection, statement, &id);
}

enum store_result store_count(struct store_connection *connection, const struct resource *resource,
	const char *namespace, int64_t *ret_count)
{
	sqlite3_stmt *statement = statement_for(connection, resource, COUNT_RECORDS, 0);
	if (statement != NULL)
		statement_bind_text(statement, 1, namespace);
	return statement_number(connection, statement, ret_count);
}
