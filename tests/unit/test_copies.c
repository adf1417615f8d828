/* SPDX-License-Identifier: MIT */
/* Copies of a namespace: whatever the size of their pieces, all is in them, and nothing else. */
#include "service/resources.h"
#include "unit.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/copies.h"
#include "store/writer.h"
#include "util/strbuf.h"

#define SOURCE "b"

/* The most rows of one key: of profile 5, of Sim 5, and of one moment. */
enum { MOST_OF_A_KEY = 10 };

static struct failure failure;
static sqlite3 *database; /* looks into the file of the store, from outside */

static void execute(const char *sql)
{
	char *message = NULL;
	if (sqlite3_exec(database, sql, NULL, NULL, &message) != SQLITE_OK)
		print_error("%s\n  %s\n", sql, message);
	assert_null(message);
}

/* ── what is copied ──────────────────────────────────────────────────────────────────────── */

#define EACH " FROM each ORDER BY i, namespace"
/* Of most keys none, one or two. */
#define SEVERAL " FROM each JOIN numbers ON j < CASE i WHEN 5 THEN 10 ELSE i % 3 END"

/* Rows of three namespaces, with the same SIDs, between each other. `tail` ends all SIDs. */
static const char *const filling[] = {
	"CREATE TEMP TABLE numbers (j)",
	"INSERT INTO numbers VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)",
	"CREATE TEMP TABLE each (namespace, i, tail)",
	"INSERT INTO each SELECT column1, j, printf('%032d', j)"
	" FROM numbers JOIN (VALUES ('a'), ('b'), ('c'))",
	"INSERT INTO network_access_profiles"
	" (namespace, sid, unique_name, date_created_ms, date_updated_ms)"
	" SELECT namespace, 'HA' || tail, 'name' || i, i, i" EACH,
	"INSERT INTO fleets (namespace, sid, data_enabled, data_limit, date_created_ms,"
	" date_updated_ms, sms_commands_enabled, sms_commands_method, ip_commands_method,"
	" network_access_profile_sid)"
	" SELECT namespace, 'HF' || tail, 1, 1 + i, i, i, 1, 'GET', 'POST', 'HA' || tail" EACH,
	"INSERT INTO sim_cards (namespace, sid, iccid, registration_code)"
	" SELECT namespace, 'HS' || tail, 'iccid' || i, 'H3LL0W0RLD'" EACH,
	"INSERT INTO sims (namespace, sid, status, fleet_sid, iccid, date_created_ms,"
	" date_updated_ms, registration_code, callback_method, attached, period_anchor_ms,"
	" period_start_ms, period_data_total, blocked_since_ms)"
	" SELECT namespace, 'HS' || tail, 'active', 'HF' || tail, 890000000000000000 + i, i, i,"
	" 'H3LL0W0RLD', 'POST', 0, i, i, i, i" EACH,
	"INSERT INTO sms_commands (namespace, sid, payload, sim_sid, status, direction,"
	" date_created_ms, date_updated_ms, callback_method)"
	" SELECT namespace, 'HC' || tail, i, 'HS' || tail, 'sent', 'to_sim', i, i, 'GET'" EACH,
	"INSERT INTO ip_commands (namespace, sid, sim_sid, sim_iccid, status, direction,"
	" device_port, payload_type, payload, date_created_ms, date_updated_ms, callback_method)"
	" SELECT namespace, 'HG' || tail, 'HS' || tail, i, 'sent', 'to_sim', i, 'text', i, i, i,"
	" 'GET'" EACH,
	"INSERT INTO esim_profiles (namespace, sid, status, eid, date_created_ms, date_updated_ms,"
	" generate_matching_id, callback_method)"
	" SELECT namespace, 'HP' || tail, 'new', i, i, i, 0, 'GET'" EACH,
	"INSERT INTO settings_updates (namespace, sid, iccid, sim_sid, status, packages,"
	" date_completed_ms, date_created_ms, date_updated_ms)"
	" SELECT namespace, 'OB' || tail, i, 'HS' || tail, 'scheduled', '[]', 0, i, i" EACH,
	"INSERT INTO sinks"
	" (namespace, sid, unique_name, answers, answered, date_created_ms, date_updated_ms)"
	" SELECT namespace, 'WS' || tail, 'sink' || i, '[]', i, i, i" EACH,
	"INSERT INTO network_access_profile_networks"
	" SELECT namespace, 'HA' || tail, printf('HW%032d', j)" SEVERAL,
	/* The hours of Sim 5 begin before 1970; in one all Sims with usage have some. */
	"INSERT INTO usage_hours SELECT s.id, ((j + 6) % 10 / 2 - 2) * 3600000, j % 2, f.id, i, "
	"j" SEVERAL " JOIN sims s ON s.namespace = each.namespace AND s.sid = 'HS' || tail"
	" JOIN fleets f ON f.namespace = each.namespace AND f.sid = 'HF' || tail",
	"INSERT INTO usage_totals SELECT namespace, hour_ms, u.fleet_id, network, sum(data_upload),"
	" sum(data_download) FROM usage_hours u JOIN sims ON sims.id = sim_id GROUP BY 1, 2, 3, 4",
	"INSERT INTO due_work (namespace, due_at_ms, wake_at_ms, kind, subject_sid, lane)"
	" SELECT namespace, (i - 6) * 1000, 1, 'kind' || j, 'HS' || tail, lane" SEVERAL
	" JOIN (SELECT '' AS lane UNION SELECT 'http://host') ORDER BY j, i, namespace",
};

/* ── what is compared ────────────────────────────────────────────────────────────────────── */

/* Of what is no resource. ?1 is the namespace. */
static const char *const others[] = {
	"SELECT network_access_profile_sid, network_sid FROM network_access_profile_networks"
	" WHERE namespace = ?1 ORDER BY 1, 2",
	"SELECT s.sid, hour_ms, network, f.sid, data_upload, data_download"
	" FROM sims s JOIN usage_hours ON sim_id = s.id JOIN fleets f ON f.id = fleet_id"
	" WHERE s.namespace = ?1 AND f.namespace = ?1 ORDER BY 1, 2, 3, 4",
	"SELECT hour_ms, network, f.sid, data_upload, data_download"
	" FROM usage_totals t JOIN fleets f ON f.id = fleet_id"
	" WHERE t.namespace = ?1 AND f.namespace = ?1 ORDER BY 1, 2, 3",
	"SELECT due_at_ms, kind, subject_sid FROM due_work"
	" WHERE namespace = ?1 AND lane = '' ORDER BY due_at_ms, id",
};

/* Webhooks, and what wakes before store_rewake: no copy has any. */
static const char not_copied[] = "SELECT id FROM due_work WHERE namespace = ?1"
				 " AND (lane <> '' OR wake_at_ms IS NOT NULL)";

/* Writes what a query finds in a namespace, and gives the number of rows. */
static size_t rows_of(const char *sql, const char *namespace, struct strbuf *ret_rows)
{
	sqlite3_stmt *statement;
	size_t count = 0;
	strbuf_reset(ret_rows);
	assert_int_equal(sqlite3_prepare_v2(database, sql, -1, &statement, NULL), SQLITE_OK);
	sqlite3_bind_text(statement, 1, namespace, -1, SQLITE_STATIC);
	for (; sqlite3_step(statement) == SQLITE_ROW; count++) {
		for (int i = 0; i < sqlite3_column_count(statement); i++) {
			const char *text = (const char *)sqlite3_column_text(statement, i);
			strbuf_add_text(ret_rows, text != NULL ? text : "NULL");
			strbuf_add_char(ret_rows, '|');
		}
		strbuf_add_char(ret_rows, '\n');
	}
	assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
	assert_false(ret_rows->failed);
	return count;
}

/* A query of all that is copied of a resource's records: but the address of a device. */
static void write_query(const struct resource *resource, struct strbuf *ret_sql)
{
	struct strbuf columns;
	strbuf_init(&columns, 4096);
	assert_int_equal(rows_of("SELECT group_concat(name) FROM pragma_table_info(?1)"
				 " WHERE name NOT IN ('id', 'namespace', 'device_udp')",
				 resource->list_key, &columns),
		1);
	strbuf_reset(ret_sql);
	strbuf_add_format(ret_sql, "SELECT %.*s FROM %s WHERE namespace = ?1 ORDER BY id",
		(int)strcspn(columns.data, "|"), columns.data, resource->list_key);
	strbuf_done(&columns);
}

/* ── copies ──────────────────────────────────────────────────────────────────────────────── */

static struct store *store;
static struct store_connection *connection;
static char path[] = "/tmp/supersim-copies-XXXXXX";

static void open_store(const struct resource *const *resources)
{
	const struct store_options options = { path, DURABILITY_NORMAL, resources };
	strcpy(strchr(path, '\0') - 6, "XXXXXX");
	close(mkstemp(path));
	assert_true(store_open(&options, &store, &failure));
	connection = store_connect(store, true, &failure);
	assert_non_null(connection);
	assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
	execute("PRAGMA foreign_keys = ON");
	for (size_t i = 0; i < COUNT_OF(filling); i++)
		execute(filling[i]);
}

static void close_store(void)
{
	sqlite3_close(database);
	store_disconnect(connection);
	store_close(store);
	unlink(path);
}

struct piece {
	struct write_job job;
	struct store_copy *copy;
	int64_t limit;
};

static bool run_piece(struct write_job *job, struct store_connection *writing)
{
	const struct piece *piece = (struct piece *)job;
	return store_copy_some(writing, piece->copy, piece->limit) == STORE_OK;
}

/* One query for each thing that is copied. */
struct queries {
	struct strbuf sql[16];
	size_t count;
};

static void write_queries(struct queries *queries)
{
	for (size_t i = 0; service_resources[i] != NULL; i++) {
		if (service_resources[i]->is_history)
			continue;
		strbuf_init(&queries->sql[queries->count], 4096);
		write_query(service_resources[i], &queries->sql[queries->count++]);
	}
	for (size_t i = 0; i < COUNT_OF(others); i++) {
		strbuf_init(&queries->sql[queries->count], 4096);
		strbuf_add_text(&queries->sql[queries->count++], others[i]);
	}
	assert_in_range(queries->count, COUNT_OF(others) + 1, COUNT_OF(queries->sql));
}

/* What a piece adds to each thing is no more than its limit, or is of one key. */
static void copy_all(const struct queries *queries, const char *into, int64_t limit)
{
	const size_t most = limit > MOST_OF_A_KEY ? (size_t)limit : MOST_OF_A_KEY;
	size_t before[COUNT_OF(queries->sql)] = { 0 };
	struct store_copy copy;
	struct strbuf rows;
	strbuf_init(&rows, 65536);
	store_copy_init(connection, &copy, SOURCE, into);
	while (!copy.complete) {
		struct piece piece = { .job.run = run_piece, .copy = &copy, .limit = limit };
		size_t added = 0;
		assert_true(writer_run_alone(connection, &piece.job));
		for (size_t i = 0; i < queries->count; i++) {
			const size_t count = rows_of(queries->sql[i].data, into, &rows);
			assert_in_range(count, before[i], before[i] + most);
			added += count - before[i];
			before[i] = count;
		}
		assert_true(added > 0 || copy.complete);
		assert_true(limit < INT64_MAX || copy.complete);
	}
	strbuf_done(&rows);
}

static void check_copy(const struct queries *queries, const char *into)
{
	struct strbuf source, copy;
	strbuf_init(&source, 65536);
	strbuf_init(&copy, 65536);
	for (size_t i = 0; i < queries->count; i++) {
		assert_in_range(rows_of(queries->sql[i].data, SOURCE, &source), MOST_OF_A_KEY, 100);
		rows_of(queries->sql[i].data, into, &copy);
		assert_string_equal(copy.data, source.data);
	}
	assert_true(rows_of(not_copied, SOURCE, &source) > 0);
	assert_int_equal(rows_of(not_copied, into, &copy), 0);
	strbuf_done(&source);
	strbuf_done(&copy);
}

static void all_is_copied_whatever_the_pieces(void **state)
{
	static const int64_t limits[] = { 1, 2, 3, 7, INT64_MAX };
	struct queries queries = { .count = 0 };
	(void)state;
	open_store(service_resources);
	write_queries(&queries);
	for (size_t i = 0; i < COUNT_OF(limits); i++) {
		char into[32];
		snprintf(into, sizeof(into), SOURCE "#%zu", i);
		copy_all(&queries, into, limits[i]);
		check_copy(&queries, into);
	}
	for (size_t i = 0; i < queries.count; i++)
		strbuf_done(&queries.sql[i]);
	close_store();
}

/* Whatever stands first among the resources. */
static void no_history_is_copied(void **state)
{
	struct resource history = sink_request_resource, profiles = network_access_profile_resource;
	const struct resource *const resources[] = { &history, &profiles, NULL };
	struct store_copy copy;
	struct piece piece = { .job.run = run_piece, .copy = &copy, .limit = INT64_MAX };
	struct strbuf rows;
	(void)state;
	history.number = 0;
	profiles.number = 1;
	assert_true(history.is_history);
	strbuf_init(&rows, 4096);
	open_store(resources);
	execute("INSERT INTO sink_requests (namespace, sid, sink_sid, date_created_ms,"
		" date_updated_ms, method, url, headers, body, signature_valid, answered_status)"
		" SELECT namespace, 'WR' || tail, 'WS' || tail, i, i, '', '', '{}', '', 0, "
		"200" EACH);
	store_copy_init(connection, &copy, SOURCE, "d");
	assert_true(writer_run_alone(connection, &piece.job));
	assert_int_equal(
		rows_of("SELECT id FROM network_access_profiles WHERE namespace = ?1", "d", &rows),
		10);
	assert_int_equal(
		rows_of("SELECT id FROM sink_requests WHERE namespace = ?1", "d", &rows), 0);
	close_store();
	strbuf_done(&rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_copied_whatever_the_pieces),
		cmocka_unit_test(no_history_is_copied),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
