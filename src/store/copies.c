/* SPDX-License-Identifier: MIT */
/*
 * SQL of copies. What is copied has an order of its own by a number, its key. A piece is what lies
 * above one key and up to another; one query finds where it ends, another copies it.
 */
#include "store/copies.h"

#include "store/connection.h"
#include "store/queries.h"
#include "store/sql.h"
#include "util/count.h"

/* ── what is no resource ─────────────────────────────────────────────────────────────────── */

/* Parameters of keys: namespace, key above which, limit. Of rows: both namespaces, the keys. */
struct part {
	const struct query *keys, *rows;
};

#define PROFILES_AND_NETWORKS                                                                      \
	" FROM network_access_profiles p CROSS JOIN network_access_profile_networks n"             \
	" ON n.network_access_profile_sid = p.sid AND n.namespace = p.namespace"                   \
	" WHERE p.namespace = ?1"

static const struct query network_keys = { "SELECT p.id" PROFILES_AND_NETWORKS
					   " AND p.id > ?2 ORDER BY p.id LIMIT ?3" };
static const struct query network_rows = { "INSERT INTO network_access_profile_networks"
					   " (namespace, network_access_profile_sid, network_sid)"
					   " SELECT ?2, p.sid, n.network_sid" PROFILES_AND_NETWORKS
					   " AND p.id > ?3 AND p.id <= ?4" };

static const struct query usage_keys = {
	"SELECT sims.id FROM sims CROSS JOIN usage_hours ON sim_id = sims.id"
	" WHERE namespace = ?1 AND sims.id > ?2 ORDER BY sims.id LIMIT ?3"
};
static const struct query usage_rows = {
	"INSERT INTO usage_hours (sim_id, hour_ms, network, fleet_id, data_upload, data_download)"
	" SELECT new_sims.id, hour_ms, network, new_fleets.id, data_upload, data_download"
	" FROM sims CROSS JOIN usage_hours ON sim_id = sims.id"
	" JOIN sims new_sims ON new_sims.sid = sims.sid AND new_sims.namespace = ?2"
	" JOIN fleets ON fleets.id = fleet_id"
	" JOIN fleets new_fleets ON new_fleets.sid = fleets.sid AND new_fleets.namespace = ?2"
	" WHERE sims.namespace = ?1 AND sims.id > ?3 AND sims.id <= ?4"
};

static const struct query total_keys = {
	"SELECT hour_ms FROM usage_totals WHERE namespace = ?1 AND hour_ms > ?2"
	" ORDER BY hour_ms LIMIT ?3"
};
static const struct query total_rows = {
	"INSERT INTO usage_totals"
	" (namespace, hour_ms, fleet_id, network, data_upload, data_download)"
	" SELECT ?2, hour_ms, new_fleets.id, network, data_upload, data_download"
	" FROM usage_totals JOIN fleets ON fleets.id = fleet_id"
	" JOIN fleets new_fleets ON new_fleets.sid = fleets.sid AND new_fleets.namespace = ?2"
	" WHERE usage_totals.namespace = ?1 AND hour_ms > ?3 AND hour_ms <= ?4"
};

static const struct query due_keys = {
	"SELECT due_at_ms FROM due_work WHERE namespace = ?1 AND lane = '' AND due_at_ms > ?2"
	" ORDER BY due_at_ms LIMIT ?3"
};
static const struct query due_rows = {
	"INSERT INTO due_work (namespace, due_at_ms, kind, subject_sid, lane)"
	" SELECT ?2, due_at_ms, kind, subject_sid, lane FROM due_work"
	" WHERE namespace = ?1 AND lane = '' AND due_at_ms > ?3 AND due_at_ms <= ?4"
	" ORDER BY due_at_ms, id"
};

/* In this order, after the resources: usage refers to Sims and Fleets. */
static const struct part others[] = { { &network_keys, &network_rows },
	{ &usage_keys, &usage_rows }, { &total_keys, &total_rows }, { &due_keys, &due_rows } };

/* ── pieces ──────────────────────────────────────────────────────────────────────────────── */

/* What the next piece belongs to: a resource; or NULL, and one of `others`. */
static const struct resource *resource_of(
	const struct store_connection *connection, const struct store_copy *copy, size_t *ret_other)
{
	const size_t count = sql_count_resources(connection->store);
	*ret_other = copy->part < count ? 0 : copy->part - count;
	return copy->part < count ? connection->store->resources[copy->part] : NULL;
}

/* Finds the last key of a piece, and how many rows were seen for that: fewer than `limit` are all
 * that are left. Of the last key there may be more than were seen, so it is left to the next piece
 * when there is another before it. */
static enum store_result find_end(
	struct cursor *cursor, int64_t limit, int64_t *ret_until, int64_t *ret_seen)
{
	int64_t key = INT64_MIN, before = INT64_MIN;
	*ret_seen = 0;
	while (cursor_step(cursor)) {
		const int64_t next = cursor_integer(cursor, 0);
		before = next != key ? key : before;
		key = next;
		(*ret_seen)++;
	}
	*ret_until = *ret_seen == limit && before != INT64_MIN ? before : key;
	return cursor_close(cursor);
}

static enum store_result copy_rows(
	struct cursor *cursor, const struct store_copy *copy, int64_t until)
{
	cursor_bind_text(cursor, 1, copy->from);
	cursor_bind_text(cursor, 2, copy->into);
	cursor_bind_integer(cursor, 3, copy->after);
	cursor_bind_integer(cursor, 4, until);
	return cursor_write(cursor);
}

static void open_query(struct cursor *cursor, struct store_connection *connection,
	const struct store_copy *copy, bool for_keys)
{
	size_t other;
	const struct resource *resource = resource_of(connection, copy, &other);
	if (resource != NULL)
		sql_open(cursor, connection, resource, for_keys ? SELECT_ABOVE : COPY_RECORDS, 0);
	else
		cursor_open(cursor, connection->session,
			for_keys ? others[other].keys : others[other].rows);
}

/* Begins with a part, or with the next one that is no history. */
static void begin_part(struct store_connection *connection, struct store_copy *copy, size_t part)
{
	size_t other;
	copy->part = part;
	copy->after = INT64_MIN;
	const struct resource *resource = resource_of(connection, copy, &other);
	while (resource != NULL && resource->is_history) {
		copy->part++;
		resource = resource_of(connection, copy, &other);
	}
	copy->complete = resource == NULL && other == COUNT_OF(others);
}

void store_copy_init(struct store_connection *connection, struct store_copy *copy, const char *from,
	const char *into)
{
	*copy = (struct store_copy){ .from = from, .into = into };
	begin_part(connection, copy, 0);
}

/* Copies at most about `limit` rows of one part, and takes from the limit those that it saw. */
static enum store_result copy_piece(
	struct store_connection *connection, struct store_copy *copy, int64_t *limit)
{
	struct cursor cursor;
	int64_t until, seen;
	open_query(&cursor, connection, copy, true);
	cursor_bind_text(&cursor, 1, copy->from);
	cursor_bind_integer(&cursor, 2, copy->after);
	cursor_bind_integer(&cursor, 3, *limit);
	enum store_result result = find_end(&cursor, *limit, &until, &seen);
	if (result == STORE_OK && seen > 0) {
		open_query(&cursor, connection, copy, false);
		result = copy_rows(&cursor, copy, until);
	}
	copy->after = until;
	if (seen < *limit)
		begin_part(connection, copy, copy->part + 1);
	*limit -= seen;
	return result;
}

enum store_result store_copy_some(
	struct store_connection *connection, struct store_copy *copy, int64_t limit)
{
	enum store_result result = STORE_OK;
	while (result == STORE_OK && limit > 0 && !copy->complete)
		result = copy_piece(connection, copy, &limit);
	return result;
}

const struct query *const copy_queries[] = { &network_keys, &network_rows, &usage_keys, &usage_rows,
	&total_keys, &total_rows, &due_keys, &due_rows, NULL };
