/* SPDX-License-Identifier: MIT */
/*
 * SQL of usage: `usage_hours` has a row for each Sim, hour, Network and Fleet, `usage_totals` the
 * same summed over Sims. Rows name Sims and Fleets by their numbers (`id`).
 */
#include "store/usage.h"

#include "store/connection.h"
#include "store/queries.h"

#define FLEET_ID "(SELECT id FROM fleets WHERE namespace = ?1 AND sid = ?2)"

/* ── writing ─────────────────────────────────────────────────────────────────────────────── */

/* A row holds no more than what can be added to itself. */
#define ADD_EXCLUDED                                                                               \
	" SET data_upload = min(data_upload + excluded.data_upload, 1 << 59),"                     \
	" data_download = min(data_download + excluded.data_download, 1 << 59)"

/* Parameters of both: namespace, Fleet, hour, Network, upload, download; then the Sim. */
static const struct query add_usage = {
	"INSERT INTO usage_hours (sim_id, hour_ms, network, fleet_id, data_upload, data_download)"
	" SELECT sims.id, ?3, ?4, fleets.id, ?5, ?6 FROM sims JOIN fleets"
	" ON fleets.namespace = ?1 AND fleets.sid = ?2"
	" WHERE sims.namespace = ?1 AND sims.sid = ?7"
	" ON CONFLICT (sim_id, hour_ms, network, fleet_id) DO UPDATE" ADD_EXCLUDED
};
static const struct query add_usage_total = {
	"INSERT INTO usage_totals"
	" (namespace, hour_ms, fleet_id, network, data_upload, data_download)"
	" SELECT ?1, ?3, id, ?4, ?5, ?6 FROM fleets WHERE namespace = ?1 AND sid = ?2"
	" ON CONFLICT (namespace, hour_ms, fleet_id, network) DO UPDATE" ADD_EXCLUDED
};

static void open_adding(struct cursor *cursor, struct store_connection *connection,
	const struct query *query, const char *namespace, const struct store_usage *usage)
{
	cursor_open(cursor, connection->session, query);
	cursor_bind_text(cursor, 1, namespace);
	cursor_bind_text(cursor, 2, usage->fleet_sid);
	cursor_bind_integer(cursor, 3, usage->hour_ms);
	cursor_bind_integer(cursor, 4, usage->network);
	cursor_bind_integer(cursor, 5, usage->data_upload);
	cursor_bind_integer(cursor, 6, usage->data_download);
}

/* Runs what adds, and says when there was nothing that it could be added to. */
static enum store_result run_adding(struct cursor *cursor)
{
	const enum store_result result = cursor_write(cursor);
	return result == STORE_OK && cursor_changed_rows(cursor) == 0 ? STORE_NOT_FOUND : result;
}

enum store_result store_add_usage(
	struct store_connection *connection, const char *namespace, const struct store_usage *usage)
{
	struct cursor cursor;
	open_adding(&cursor, connection, &add_usage, namespace, usage);
	cursor_bind_text(&cursor, 7, usage->sim_sid);
	const enum store_result result = run_adding(&cursor);
	if (result != STORE_OK)
		return result;
	open_adding(&cursor, connection, &add_usage_total, namespace, usage);
	return run_adding(&cursor);
}

/* The totals say in which hours to look for the Fleet's rows. */
static const struct query remove_fleet_usage = {
	"DELETE FROM usage_hours WHERE sim_id IN (SELECT id FROM sims WHERE namespace = ?1)"
	" AND hour_ms IN (SELECT hour_ms FROM usage_totals"
	"  WHERE namespace = ?1 AND fleet_id = " FLEET_ID ") AND fleet_id = " FLEET_ID
};
static const struct query remove_fleet_usage_totals = {
	"DELETE FROM usage_totals WHERE namespace = ?1 AND fleet_id = " FLEET_ID
};

enum store_result store_remove_fleet_usage(
	struct store_connection *connection, const char *namespace, const char *fleet_sid)
{
	const char *const texts[] = { namespace, fleet_sid };
	const enum store_result result =
		query_write_texts(connection->session, &remove_fleet_usage, 2, texts);
	return result == STORE_OK ? query_write_texts(connection->session,
					    &remove_fleet_usage_totals, 2, texts)
				  : result;
}

/* ── reading all ─────────────────────────────────────────────────────────────────────────── */

static const struct query select_usage = {
	"SELECT sims.sid, hour_ms, fleets.sid, network, data_upload, data_download"
	" FROM sims JOIN usage_hours ON sim_id = sims.id"
	" JOIN fleets ON fleets.id = fleet_id WHERE sims.namespace = ?1"
};

enum store_result store_visit_usage(struct store_connection *connection, const char *namespace,
	store_usage_visitor *visit, void *closure)
{
	struct cursor cursor;
	cursor_open(&cursor, connection->session, &select_usage);
	cursor_bind_text(&cursor, 1, namespace);
	while (cursor_step(&cursor)) {
		const struct store_usage usage = {
			.sim_sid = cursor_text(&cursor, 0),
			.hour_ms = cursor_integer(&cursor, 1),
			.fleet_sid = cursor_text(&cursor, 2),
			.network = cursor_integer(&cursor, 3),
			.data_upload = cursor_integer(&cursor, 4),
			.data_download = cursor_integer(&cursor, 5),
		};
		if (cursor_row_is_whole(&cursor))
			visit(closure, &usage);
	}
	return cursor_close(&cursor);
}

static const struct query usage_beyond = {
	"SELECT hour_ms FROM sims JOIN usage_hours ON sim_id = sims.id"
	" WHERE sims.namespace = ?1 LIMIT 1 OFFSET ?2"
};

enum store_result store_usage_exceeds(struct store_connection *connection, const char *namespace,
	int64_t count, bool *ret_exceeds)
{
	struct cursor cursor;
	cursor_open(&cursor, connection->session, &usage_beyond);
	cursor_bind_text(&cursor, 1, namespace);
	cursor_bind_integer(&cursor, 2, count);
	*ret_exceeds = cursor_step(&cursor);
	return cursor_close(&cursor);
}

/* ── reading what counts ─────────────────────────────────────────────────────────────────── */

/* Parameters that all queries below name in the same way: ?1 namespace, ?2 from, ?3 to, ?4 Fleet or
 * NULL, ?5 Networks or NULL; ?6 Sim, where one is meant. */
#define SIM_ID "(SELECT id FROM sims WHERE namespace = ?1 AND sid = ?6)"
#define USAGE_COUNTS                                                                               \
	" AND hour_ms >= ?2 AND hour_ms < ?3 AND (?4 IS NULL OR fleet_id ="                        \
	" (SELECT id FROM fleets WHERE namespace = ?1 AND sid = ?4))"                              \
	" AND (?5 IS NULL OR network IN (SELECT value FROM json_each(?5)))"
#define OF_ALL " FROM usage_totals WHERE namespace = ?1" USAGE_COUNTS
#define OF_SIM " FROM usage_hours WHERE sim_id = " SIM_ID USAGE_COUNTS

static void open_filtered(struct cursor *cursor, struct store_connection *connection,
	const struct query *query, const struct store_usage_filter *filter)
{
	cursor_open(cursor, connection->session, query);
	cursor_bind_text(cursor, 1, filter->namespace);
	cursor_bind_integer(cursor, 2, filter->from_ms);
	cursor_bind_integer(cursor, 3, filter->to_ms);
	cursor_bind_text(cursor, 4, filter->fleet_sid);
	cursor_bind_text(cursor, 5, filter->networks);
	if (filter->sim_sid != NULL)
		cursor_bind_text(cursor, 6, filter->sim_sid);
}

static const struct query newest_usage = { "SELECT hour_ms" OF_ALL
					   " ORDER BY hour_ms DESC LIMIT 1" };
static const struct query newest_sim_usage = { "SELECT hour_ms" OF_SIM
					       " ORDER BY hour_ms DESC LIMIT 1" };

enum store_result store_newest_usage(struct store_connection *connection,
	const struct store_usage_filter *filter, int64_t *ret_hour_ms)
{
	struct cursor cursor;
	open_filtered(&cursor, connection,
		filter->sim_sid != NULL ? &newest_sim_usage : &newest_usage, filter);
	return cursor_read_integer(&cursor, ret_hour_ms);
}

static const struct query oldest_usage = { "SELECT hour_ms" OF_ALL " ORDER BY hour_ms LIMIT 1" };
static const struct query oldest_sim_usage = { "SELECT hour_ms" OF_SIM
					       " ORDER BY hour_ms LIMIT 1" };

enum store_result store_oldest_usage(struct store_connection *connection,
	const struct store_usage_filter *filter, int64_t *ret_hour_ms)
{
	struct cursor cursor;
	open_filtered(&cursor, connection,
		filter->sim_sid != NULL ? &oldest_sim_usage : &oldest_usage, filter);
	return cursor_read_integer(&cursor, ret_hour_ms);
}

/* ── sums ────────────────────────────────────────────────────────────────────────────────── */

/* Sums that have no limit: beyond nine petabytes they are not exact, but overflow nowhere. */
#define SUMS	     " CAST(total(data_upload) AS INTEGER), CAST(total(data_download) AS INTEGER)"
#define SUM_BY_FLEET "SELECT fleet_id, (SELECT sid FROM fleets WHERE id = fleet_id), network," SUMS
#define SUM_BY_SIM                                                                                 \
	"SELECT sims.id, sims.sid, 0," SUMS                                                        \
	" FROM sims JOIN usage_hours ON sim_id = sims.id WHERE sims.namespace = ?1"

/* Visits the rows of sums, and closes. */
static enum store_result visit_sums(
	struct cursor *cursor, store_usage_sum_visitor *visit, void *closure)
{
	while (cursor_step(cursor)) {
		const struct store_usage_sum sum = {
			.id = cursor_integer(cursor, 0),
			.sid = cursor_text(cursor, 1),
			.network = cursor_integer(cursor, 2),
			.data_upload = cursor_integer(cursor, 3),
			.data_download = cursor_integer(cursor, 4),
		};
		if (cursor_row_is_whole(cursor))
			visit(closure, &sum);
	}
	return cursor_close(cursor);
}

static const struct query sum_usage = { SUM_BY_FLEET OF_ALL " GROUP BY fleet_id, network" };
static const struct query sum_sim_usage = { SUM_BY_FLEET OF_SIM " GROUP BY fleet_id, network" };

enum store_result store_sum_usage(struct store_connection *connection,
	const struct store_usage_filter *filter, store_usage_sum_visitor *visit, void *closure)
{
	struct cursor cursor;
	open_filtered(
		&cursor, connection, filter->sim_sid != NULL ? &sum_sim_usage : &sum_usage, filter);
	return visit_sums(&cursor, visit, closure);
}

/* ?7 is the number of a Sim. */
static const struct query sum_usage_below = { SUM_BY_SIM
	" AND sims.id < ?7" USAGE_COUNTS " GROUP BY sims.id ORDER BY sims.id DESC LIMIT ?8" };
static const struct query sum_usage_above = { SUM_BY_SIM
	" AND sims.id > ?7" USAGE_COUNTS " GROUP BY sims.id ORDER BY sims.id LIMIT ?8" };

static enum store_result sum_by_sim(struct store_connection *connection, const struct query *query,
	const struct store_usage_filter *filter, int64_t id, size_t limit,
	store_usage_sum_visitor *visit, void *closure)
{
	struct cursor cursor;
	open_filtered(&cursor, connection, query, filter);
	cursor_bind_integer(&cursor, 7, id);
	cursor_bind_integer(&cursor, 8, (int64_t)limit);
	return visit_sums(&cursor, visit, closure);
}

enum store_result store_sum_usage_below(struct store_connection *connection,
	const struct store_usage_filter *filter, int64_t below, size_t limit,
	store_usage_sum_visitor *visit, void *closure)
{
	return sum_by_sim(connection, &sum_usage_below, filter, below, limit, visit, closure);
}

enum store_result store_sum_usage_above(struct store_connection *connection,
	const struct store_usage_filter *filter, int64_t above, size_t limit,
	store_usage_sum_visitor *visit, void *closure)
{
	return sum_by_sim(connection, &sum_usage_above, filter, above, limit, visit, closure);
}

const struct query *const usage_queries[] = { &add_usage, &add_usage_total, &remove_fleet_usage,
	&remove_fleet_usage_totals, &select_usage, &usage_beyond, &newest_usage, &newest_sim_usage,
	&oldest_usage, &oldest_sim_usage, &sum_usage, &sum_sim_usage, &sum_usage_below,
	&sum_usage_above, NULL };
