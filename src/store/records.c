/* SPDX-License-Identifier: MIT */
/* Records in and out of the database, for any resource: row ↔ struct by its field table. */
#include "store/store.h"

#include <string.h>

#include "model/sid.h"
#include "store/sql.h"

/* ── binding and reading ─────────────────────────────────────────────────────────────────── */

static void bind_field(
	struct cursor *cursor, int place, const struct field *field, const void *record)
{
	switch (field->storage) {
	case STORED_TEXT: cursor_bind_text(cursor, place, record_get_text(field, record)); break;
	case STORED_BOOLEAN:
		cursor_bind_integer(cursor, place, record_get_boolean(field, record));
		break;
	case STORED_INTEGER:
		cursor_bind_integer(cursor, place, record_get_integer(field, record));
		break;
	case STORED_ENUM: cursor_bind_text(cursor, place, record_get_name(field, record)); break;
	case STORED_LIST:
	case STORED_NOWHERE: break;
	}
}

/* Binds the stored fields of `set` in the order of the SQL, which is from the table's last to its
 * first, from `place` on; gives the next place. */
static int bind_fields(struct cursor *cursor, int place, const struct resource *resource,
	const void *record, field_set set)
{
	for (size_t i = resource->field_count; i-- > 0;) {
		const struct field *field = &resource->fields[i];
		if (field_is_stored(field) && (set & field_bit(resource, field)))
			bind_field(cursor, place++, field, record);
	}
	return place;
}

/* Reads the fields of `set` off the current row in the same order, after the id. Texts point into
 * the row, or are copied into `arena` when there is one. */
static void read_row(struct cursor *cursor, const struct resource *resource, field_set set,
	struct arena *arena, void *record)
{
	int column = 1;
	for (size_t i = resource->field_count; i-- > 0;) {
		const struct field *field = &resource->fields[i];
		if (!(set >> i & 1))
			continue;
		switch (field->storage) {
		case STORED_TEXT:
			*record_text(field, record) =
				arena != NULL ? cursor_copy_text(cursor, column++, arena)
					      : cursor_text(cursor, column++);
			break;
		case STORED_BOOLEAN:
			*record_boolean(field, record) = cursor_integer(cursor, column++) != 0;
			break;
		case STORED_INTEGER:
			*record_integer(field, record) = cursor_integer(cursor, column++);
			break;
		case STORED_ENUM:
			*record_enum(field, record) =
				field_value(field, cursor_text(cursor, column++));
			break;
		case STORED_LIST:
		case STORED_NOWHERE: break;
		}
	}
}

static void set_namespace(const struct resource *resource, void *record, const char *namespace)
{
	const struct field *field = resource_field(resource, FIELD_ACCOUNT_SID);
	if (field != NULL)
		*record_text(field, record) = namespace;
}

/* ── one record ──────────────────────────────────────────────────────────────────────────── */

/* Opens the query that looks `identifier` up. False: no record can have that identifier, and the
 * cursor is not open. */
static bool open_lookup(struct cursor *cursor, struct store_connection *connection,
	const struct resource *resource, const char *namespace, const char *identifier,
	enum record_query by_sid, enum record_query by_name)
{
	enum record_query kind = by_name;
	if (sid_has_form(identifier, resource->sid_prefix))
		kind = by_sid;
	else if (resource_field(resource, FIELD_UNIQUE_NAME) == NULL)
		return false;
	sql_open(cursor, connection, resource, kind, 0);
	cursor_bind_text(cursor, 1, namespace);
	cursor_bind_text(cursor, 2, identifier);
	return true;
}

enum store_result store_fetch(struct store_connection *connection, const struct resource *resource,
	const char *namespace, const char *identifier, struct arena *arena, void *ret_record)
{
	struct cursor cursor;
	if (!open_lookup(&cursor, connection, resource, namespace, identifier, SELECT_BY_SID,
		    SELECT_BY_NAME))
		return STORE_NOT_FOUND;
	const bool found = cursor_step(&cursor);
	if (found) {
		set_namespace(resource, ret_record, namespace);
		read_row(&cursor, resource, sql_fields(resource, SELECT_BY_SID), arena, ret_record);
	}
	return cursor_close_found(&cursor, found);
}

enum store_result store_find_place(struct store_connection *connection,
	const struct resource *resource, const char *namespace, const char *sid, int64_t *ret_id)
{
	struct cursor cursor;
	if (!open_lookup(
		    &cursor, connection, resource, namespace, sid, SELECT_BY_SID, SELECT_BY_NAME))
		return STORE_NOT_FOUND;
	return cursor_read_integer(&cursor, ret_id);
}

enum store_result store_find_sid(struct store_connection *connection,
	const struct resource *resource, const char *namespace, const char *identifier,
	struct arena *arena, const char **ret_sid)
{
	struct cursor cursor;
	if (!open_lookup(&cursor, connection, resource, namespace, identifier, FIND_BY_SID,
		    FIND_BY_NAME))
		return STORE_NOT_FOUND;
	return cursor_read_text(&cursor, arena, ret_sid);
}

enum store_result store_insert(
	struct store_connection *connection, const struct resource *resource, const void *record)
{
	struct cursor cursor;
	sql_open(&cursor, connection, resource, INSERT_RECORD, 0);
	bind_fields(&cursor, 1, resource, record, ~(field_set)0);
	return cursor_write(&cursor);
}

enum store_result store_update(struct store_connection *connection, const struct resource *resource,
	const char *namespace, const void *record, field_set set)
{
	struct cursor cursor;
	sql_open(&cursor, connection, resource, UPDATE_RECORD, set);
	const int place = bind_fields(&cursor, 1, resource, record, set);
	cursor_bind_text(&cursor, place, namespace);
	cursor_bind_text(&cursor, place + 1, record_sid(resource, record));
	return cursor_write(&cursor);
}

enum store_result store_delete(struct store_connection *connection, const struct resource *resource,
	const char *namespace, const char *sid)
{
	struct cursor cursor;
	sql_open(&cursor, connection, resource, DELETE_RECORD, 0);
	cursor_bind_text(&cursor, 1, namespace);
	cursor_bind_text(&cursor, 2, sid);
	return cursor_write(&cursor);
}

/* ── lists ───────────────────────────────────────────────────────────────────────────────── */

/* Opens a query of a list: `kind` gives what is below, or above, the id, at most `limit` of it. */
static void open_list(struct cursor *cursor, struct store_connection *connection,
	const struct resource *resource, enum record_query kind, const struct store_query *query,
	int64_t id, size_t limit)
{
	sql_open(cursor, connection, resource, kind, query->filter_set);
	cursor_bind_text(cursor, 1, query->namespace);
	const int place = bind_fields(cursor, 2, resource, query->filter, query->filter_set);
	cursor_bind_integer(cursor, place, id);
	cursor_bind_integer(cursor, place + 1, (int64_t)limit);
}

enum store_result store_list(struct store_connection *connection, const struct resource *resource,
	const struct store_query *query, record_visitor *visit, void *closure,
	struct store_page *ret_page)
{
	_Alignas(max_align_t) char record[1024];
	if (resource->record_size > sizeof(record))
		return STORE_FAILED;
	const enum record_query kind = query->shown_only ? SELECT_SHOWN_PAGE : SELECT_PAGE;
	const field_set fields = sql_fields(resource, kind);
	struct cursor cursor;
	struct store_page page = { 0 };
	memset(record, 0, resource->record_size);
	set_namespace(resource, record, query->namespace);
	/* One more than asked for tells whether another page follows. */
	open_list(&cursor, connection, resource, kind, query, query->below, query->limit + 1);
	while (cursor_step(&cursor)) {
		if (page.count == query->limit) {
			page.more = true;
			continue;
		}
		const int64_t id = cursor_integer(&cursor, 0);
		if (page.count++ == 0)
			page.first_id = id;
		page.last_id = id;
		read_row(&cursor, resource, fields, NULL, record);
		if (cursor_row_is_whole(&cursor))
			visit(closure, record);
	}
	*ret_page = page;
	return cursor_close(&cursor);
}

enum store_result store_seek_page_above(struct store_connection *connection,
	const struct resource *resource, int64_t above, struct store_query *query)
{
	struct cursor cursor;
	open_list(&cursor, connection, resource, SELECT_ABOVE, query, above, query->limit);
	size_t count = 0;
	int64_t highest = above;
	while (cursor_step(&cursor)) {
		highest = cursor_integer(&cursor, 0);
		count++;
	}
	query->below = highest < INT64_MAX ? highest + 1 : highest;
	query->limit = count;
	return cursor_close(&cursor);
}

enum store_result store_find_any(
	struct store_connection *connection, const struct resource *resource, const char *namespace)
{
	int64_t id;
	struct cursor cursor;
	const struct store_query query = { .namespace = namespace };
	open_list(&cursor, connection, resource, SELECT_ABOVE, &query, INT64_MIN, 1);
	return cursor_read_integer(&cursor, &id);
}

enum store_result store_count(struct store_connection *connection, const struct resource *resource,
	const char *namespace, int64_t *ret_count)
{
	struct cursor cursor;
	sql_open(&cursor, connection, resource, COUNT_RECORDS, 0);
	cursor_bind_text(&cursor, 1, namespace);
	return cursor_read_integer(&cursor, ret_count);
}
