/* SPDX-License-Identifier: MIT */
/* The store: query plans, the writer's batches, snapshots, files that must be refused. */
#include "service/resources.h"
#include "unit.h"

#include <pthread.h>
#include <semaphore.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/engine.h"
#include "store/accounts.h"
#include "store/changes.h"
#include "store/due.h"
#include "store/writer.h"
#include "util/clock.h"

#define AC "AC00000000000000000000000000000000"

static struct failure failure;

static struct store *open_store(const char *path)
{
	const struct store_options options = { path, DURABILITY_NORMAL, service_resources };
	struct store *store = NULL;
	if (!store_open(&options, &store, &failure))
		print_error("%s\n", failure.message);
	assert_non_null(store);
	return store;
}

/* ── query plans ─────────────────────────────────────────────────────────────────────────── */

/* Tables of a few rows, and what is no table. */
static const char *const scans[] = { "SCAN accounts", "SCAN api_keys", "SCAN ended_namespaces",
	"SCAN ended_accounts", "SCAN json_each VIRTUAL TABLE", "SCAN 1 CONSTANT ROW",
	/* Two that are in order are read as one. */
	"MERGE (UNION ALL)", "LEFT", "RIGHT" };

/* Sorting is for sums alone, which have few rows. */
static bool is_allowed(const char *sql, const char *step)
{
	for (size_t i = 0; i < sizeof(scans) / sizeof(scans[0]); i++) {
		if (strncmp(step, scans[i], strlen(scans[i])) == 0)
			return true;
	}
	if (strcmp(step, "USE TEMP B-TREE FOR GROUP BY") == 0)
		return strstr(sql, "total(") != NULL;
	/* The index by when all wakes would go through the webhooks of everybody. */
	if (strstr(sql, " WHERE lane = '' AND wake_at_ms <= ") != NULL)
		return strstr(step, "due_work_of_our_own") != NULL;
	return strstr(step, " SUBQUERY ") != NULL ||
	       (strncmp(step, "SEARCH ", 7) == 0 && strstr(step, "USING") != NULL);
}

static void check_plan(void *closure, void *database_handle, const char *sql)
{
	size_t *checked = closure;
	char explain[8192];
	snprintf(explain, sizeof(explain), "EXPLAIN QUERY PLAN %s", sql);
	sqlite3_stmt *statement;
	assert_int_equal(
		sqlite3_prepare_v2(database_handle, explain, -1, &statement, NULL), SQLITE_OK);
	while (sqlite3_step(statement) == SQLITE_ROW) {
		const char *step = (const char *)sqlite3_column_text(statement, 3);
		if (!is_allowed(sql, step))
			print_error("%s\n  plan: %s\n", sql, step);
		assert_true(is_allowed(sql, step));
	}
	sqlite3_finalize(statement);
	(*checked)++;
}

static void every_query_searches_an_index(void **state)
{
	(void)state;
	struct store *store = open_store(":memory:");
	size_t checked = 0;
	for (int writes = 0; writes < 2; writes++) {
		struct store_connection *connection = store_connect(store, writes == 1, &failure);
		assert_true(store_visit_statements(connection, check_plan, &checked));
		store_disconnect(connection);
	}
	assert_in_range(checked, 300, 700);
	store_close(store);
}

/* ── due work ──────────────────────────────────────────────────────────────────────────── */

static void add_name(void *closure, const struct store_due *due)
{
	char *names = closure;
	assert_string_equal(due->namespace, AC);
	strcat(strcat(names, due->receiver), " ");
}

static void check_lanes(struct store_connection *connection, int64_t now_ms, const char *expected)
{
	char names[256] = "";
	assert_int_equal(store_visit_due_lanes(connection, now_ms, add_name, names), STORE_OK);
	assert_string_equal(names, expected);
}

static void add_due(struct store_connection *connection, const char *receiver, int64_t at_ms)
{
	const struct store_due due = { .namespace = AC,
		.due_at_ms = at_ms,
		.wakes = at_ms != 0,
		.wake_at_ms = at_ms,
		.kind = "kind",
		.subject_sid = "subject",
		.receiver = receiver };
	assert_int_equal(store_add_due(connection, &due), STORE_OK);
}

static enum store_result remove_due(struct store_connection *connection, int64_t id)
{
	const struct store_due due = { .id = id, .namespace = AC, .subject_sid = "subject" };
	return store_remove_due(connection, &due);
}

struct checking_job {
	struct write_job job;
	void (*check)(struct store_connection *connection);
};

static bool run_check(struct write_job *job, struct store_connection *connection)
{
	((struct checking_job *)job)->check(connection);
	return true;
}

/* Checks something in a transaction of a new database. */
static void in_a_job(void (*check)(struct store_connection *connection))
{
	struct store *store = open_store(":memory:");
	struct store_connection *connection = store_connect(store, true, &failure);
	struct checking_job job = { .job.run = run_check, .check = check };
	assert_true(writer_run_alone(connection, &job.job));
	store_disconnect(connection);
	store_close(store);
}

static void nothing_is_written_outside_of_a_transaction(void **state)
{
	(void)state;
	struct store *store = open_store(":memory:");
	struct store_connection *connection = store_connect(store, true, &failure);
	const struct store_due due = {
		.namespace = AC, .kind = "kind", .subject_sid = "subject", .receiver = "a"
	};
	int64_t count;
	bool done = true;
	assert_int_equal(store_add_due(connection, &due), STORE_FAILED);
	assert_false(store_try(connection, NULL, NULL, &done));
	assert_false(done);
	assert_int_equal(store_count_due(connection, AC, &count), STORE_OK);
	assert_int_equal(count, 0);
	store_disconnect(connection);
	store_close(store);
}

static void check_only_lanes_with_work_due_are_visited(struct store_connection *connection)
{
	struct account_clock clock = account_clock_real();
	check_lanes(connection, 1000, "");
	add_due(connection, "a", 300); /* 1 */
	add_due(connection, "a", 100); /* 2 */
	add_due(connection, "b", 200); /* 3 */
	add_due(connection, "", 1);    /* 4 */
	add_due(connection, "c", 0);   /* 5: its clock stands still */
	check_lanes(connection, 99, "");
	check_lanes(connection, 150, "a ");
	check_lanes(connection, 1000, "a b ");
	assert_int_equal(remove_due(connection, 2), STORE_OK);
	check_lanes(connection, 250, "b ");
	check_lanes(connection, 1000, "b a ");
	assert_int_equal(store_put_off_due(connection, 3, 2000), STORE_OK);
	check_lanes(connection, 1000, "a ");
	assert_int_equal(store_put_off_due(connection, 5, 10), STORE_OK);
	check_lanes(connection, 1000, "c a ");
	clock.held = true;
	assert_int_equal(store_rewake(connection, AC, &clock), STORE_OK);
	check_lanes(connection, INT64_MAX, "");
	clock.held = false;
	assert_int_equal(store_rewake(connection, AC, &clock), STORE_OK);
	check_lanes(connection, 250, "c b ");
	for (int64_t id = 1; id <= 5; id++)
		assert_int_equal(remove_due(connection, id), STORE_OK);
	check_lanes(connection, INT64_MAX, "");
}

static void check_lane_goes_with_the_last_of_a_moment(struct store_connection *connection)
{
	add_due(connection, "a", 100); /* 1 */
	add_due(connection, "a", 100); /* 2 */
	add_due(connection, "a", 200); /* 3 */
	add_due(connection, "b", 100); /* 4 */
	assert_int_equal(remove_due(connection, 2), STORE_OK);
	check_lanes(connection, 100, "a b ");
	assert_int_equal(remove_due(connection, 1), STORE_OK);
	check_lanes(connection, 100, "b ");
	check_lanes(connection, 200, "b a ");
	assert_int_equal(remove_due(connection, 3), STORE_OK);
	check_lanes(connection, INT64_MAX, "b ");
}

static void lane_goes_with_the_last_of_a_moment(void **state)
{
	(void)state;
	in_a_job(check_lane_goes_with_the_last_of_a_moment);
}

static void add_id(void *closure, const struct store_due *due)
{
	int64_t *ids = closure;
	*ids = *ids * 10 + due->id;
}

/* Checks which webhooks of the lane "a" follow a place; the digits are their ids. */
static void check_webhooks(struct store_connection *connection, struct store_wake_place place,
	int64_t until_ms, size_t limit, int64_t expected)
{
	int64_t ids = 0;
	assert_int_equal(
		store_visit_webhooks(connection, AC, "a", place, until_ms, limit, add_id, &ids),
		STORE_OK);
	assert_int_equal(ids, expected);
}

static void check_webhooks_come_in_order(struct store_connection *connection)
{
	static const int64_t times[] = { 200, 100, 100, 300, 100, 200 };
	for (size_t i = 0; i < COUNT_OF(times); i++)
		add_due(connection, "a", times[i]);
	add_due(connection, "b", 100);
	check_webhooks(connection, store_wake_beginning(), 1000, 10, 235164);
	check_webhooks(connection, store_wake_beginning(), 200, 10, 23516);
	check_webhooks(connection, store_wake_beginning(), 1000, 4, 2351);
	check_webhooks(connection, (struct store_wake_place){ 100, 2 }, 1000, 10, 35164);
	check_webhooks(connection, (struct store_wake_place){ 100, 5 }, 1000, 2, 16);
	check_webhooks(connection, (struct store_wake_place){ 100, 3 }, 199, 10, 5);
	check_webhooks(connection, (struct store_wake_place){ 100, 3 }, 99, 10, 0);
	check_webhooks(connection, (struct store_wake_place){ 200, 0 }, 1000, 10, 164);
	check_webhooks(connection, (struct store_wake_place){ 300, 4 }, 1000, 10, 0);
}

static void webhooks_come_in_order(void **state)
{
	(void)state;
	in_a_job(check_webhooks_come_in_order);
}

static void only_lanes_with_work_due_are_visited(void **state)
{
	(void)state;
	in_a_job(check_only_lanes_with_work_due_are_visited);
}

static void check_wake(void *closure, const struct store_due *due)
{
	int64_t wake_at_ms = 0;
	assert_true(account_clock_wake(closure, due->due_at_ms, &wake_at_ms));
	assert_int_equal(due->wake_at_ms, wake_at_ms);
}

static void check_work_wakes_as_clocks_reckon(struct store_connection *connection)
{
	static const double rates[] = { 1, 0.001, 7, 1e6 / 3 };
	static const int64_t times[] = { -5, 0, 1, 999, 1767225600001, CLOCK_LATEST_MS };
	for (size_t i = 0; i < COUNT_OF(times); i++) {
		const struct store_due due = { .namespace = AC,
			.due_at_ms = times[i],
			.kind = "k",
			.subject_sid = AC,
			.receiver = "" };
		assert_int_equal(store_add_due(connection, &due), STORE_OK);
	}
	for (size_t i = 0; i < COUNT_OF(rates); i++) {
		struct account_clock clock = { .mode = CLOCK_SCALED,
			.rate = rates[i],
			.real_ms = 1767225600000,
			.account_ms = 1767225599000 };
		assert_int_equal(store_rewake(connection, AC, &clock), STORE_OK);
		assert_int_equal(store_visit_own_work(connection, INT64_MAX, COUNT_OF(times),
					 check_wake, &clock),
			STORE_OK);
	}
}

static void work_wakes_as_clocks_reckon(void **state)
{
	(void)state;
	in_a_job(check_work_wakes_as_clocks_reckon);
}

static void keep_id(void *closure, const struct store_due *due)
{
	*(int64_t *)closure = due->id;
}

/* The id of the only work that a lane has; 0: it has none. */
static int64_t id_of_only(struct store_connection *connection, const char *receiver)
{
	int64_t id = 0;
	assert_int_equal(store_visit_webhooks(connection, AC, receiver, store_wake_beginning(),
				 INT64_MAX, 10, keep_id, &id),
		STORE_OK);
	return id;
}

/* Who remembers an id must not take what came later for it. */
static void check_ids_of_due_work_never_repeat(struct store_connection *connection)
{
	int64_t last = 0;
	for (int i = 0; i < 3; i++) {
		add_due(connection, "a", 100);
		const int64_t id = id_of_only(connection, "a");
		assert_true(id > last);
		assert_int_equal(remove_due(connection, id), STORE_OK);
		assert_int_equal(id_of_only(connection, "a"), 0);
		last = id;
	}
}

static void ids_of_due_work_never_repeat(void **state)
{
	(void)state;
	in_a_job(check_ids_of_due_work_never_repeat);
}

static void check_work_is_not_removed_by_its_id_alone(struct store_connection *connection)
{
	add_due(connection, "a", 100);
	const int64_t id = id_of_only(connection, "a");
	const struct store_due others[] = {
		{ .id = id, .namespace = AC "#1", .subject_sid = "subject" },
		{ .id = id, .namespace = AC, .subject_sid = "another" },
	};
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_int_equal(store_remove_due(connection, &others[i]), STORE_OK);
		assert_int_equal(id_of_only(connection, "a"), id);
	}
}

static void work_is_not_removed_by_its_id_alone(void **state)
{
	(void)state;
	in_a_job(check_work_is_not_removed_by_its_id_alone);
}

static struct store *changing;

static bool run_change(struct write_job *job, struct store_connection *connection)
{
	(void)job;
	const uint_fast64_t before = store_due_changes(changing);
	add_due(connection, "lane", 1);
	assert_int_equal(store_due_changes(changing), before);
	return true;
}

/* Who looked before would not look again. */
static void changes_of_due_work_are_told_after_their_commit(void **state)
{
	(void)state;
	changing = open_store(":memory:");
	struct store_connection *connection = store_connect(changing, true, &failure);
	struct write_job job = { .run = run_change };
	const uint_fast64_t before = store_due_changes(changing);
	assert_true(writer_run_alone(connection, &job));
	assert_int_equal(store_due_changes(changing), before + 1);
	store_disconnect(connection);
	store_close(changing);
}

/* ── the writer ──────────────────────────────────────────────────────────────────────────── */

enum { JOBS = 600 };

struct job {
	struct write_job job;
	int number;
	bool durable;
	int runs;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t all_done = PTHREAD_COND_INITIALIZER;
static int finished_count, batch_count, told_count;

/* Every third. */
static bool is_refused(long number)
{
	return number % 3 == 2;
}

/* Each job writes a row; some then refuse: their row must go, and nobody is told of it. */
static bool run_job(struct write_job *base, struct store_connection *connection)
{
	struct job *job = (struct job *)base;
	char sid[40];
	job->runs++;
	snprintf(sid, sizeof(sid), "AC%032d", job->number);
	const struct store_account account = {
		.sid = sid, .namespace = sid, .auth_token = "t", .clock = account_clock_real()
	};
	assert_int_equal(store_put_account(connection, &account), STORE_OK);
	assert_non_null(store_note_change(connection, sid));
	return !is_refused(job->number);
}

/* Before any job of the batch is finished. */
static void count_changes(void *closure, const struct change *changes, size_t count, bool complete)
{
	(void)closure;
	assert_true(complete);
	for (size_t i = 0; i < count; i++)
		assert_false(is_refused(strtol(changes[i].account_sid + 2, NULL, 10)));
	pthread_mutex_lock(&mutex);
	told_count += (int)count;
	assert_true(finished_count <= JOBS);
	pthread_mutex_unlock(&mutex);
}

static void finish_job(struct write_job *base, bool durable)
{
	pthread_mutex_lock(&mutex);
	((struct job *)base)->durable = durable;
	finished_count++;
	pthread_cond_signal(&all_done);
	pthread_mutex_unlock(&mutex);
}

static void count_batch(void *closure)
{
	(void)closure;
	pthread_mutex_lock(&mutex);
	batch_count++;
	pthread_mutex_unlock(&mutex);
}

static void ignore(void *closure)
{
	(void)closure;
}

static void count_account(void *closure, const struct store_account *account)
{
	assert_string_equal(account->auth_token, "t");
	assert_false(is_refused(strtol(account->sid + 2, NULL, 10)));
	(*(int *)closure)++;
}

static sem_t runs, all_wait;

/* Keeps the writer until all others wait for it, so that they come in full batches. */
static bool hold_writer(struct write_job *job, struct store_connection *connection)
{
	(void)job;
	(void)connection;
	sem_post(&runs);
	sem_wait(&all_wait);
	return true;
}

static void submit_all(struct writer *writer, struct job *holding, struct job jobs[JOBS])
{
	sem_init(&runs, 0, 0);
	sem_init(&all_wait, 0, 0);
	assert_true(writer_submit(writer, &holding->job));
	sem_wait(&runs);
	for (int i = 0; i < JOBS; i++)
		assert_true(writer_submit(writer, &jobs[i].job));
	sem_post(&all_wait);
}

/* Jobs 0 to 511 are one batch, the others another. Where jobs can be repeated, those up to the
 * first that is refused are run twice: 0 to 2, and 512. */
static void check_refused_jobs(bool can_repeat)
{
	struct store *store = open_store(":memory:");
	struct store_connection *reader = store_connect(store, false, &failure);
	const struct writer_observer observer = { count_changes, count_batch, ignore, NULL };
	struct writer *writer = writer_start(store_connect(store, true, &failure), observer);
	struct job holding = { .job = { .run = hold_writer, .finished = finish_job } };
	static struct job jobs[JOBS];
	finished_count = batch_count = told_count = 0;
	for (int i = 0; i < JOBS; i++)
		jobs[i] = (struct job){
			.job = { .run = run_job, .finished = finish_job, .can_repeat = can_repeat },
			.number = i
		};
	submit_all(writer, &holding, jobs);
	pthread_mutex_lock(&mutex);
	while (finished_count < JOBS + 1)
		pthread_cond_wait(&all_done, &mutex);
	pthread_mutex_unlock(&mutex);
	writer_stop(writer);
	assert_int_equal(batch_count, 3);
	int accounts = 0;
	assert_true(store_snapshot_renew(reader));
	assert_int_equal(store_visit_accounts(reader, count_account, &accounts), STORE_OK);
	assert_int_equal(accounts, JOBS - JOBS / 3);
	assert_int_equal(told_count, JOBS - JOBS / 3);
	for (int i = 0; i < JOBS; i++) {
		assert_true(jobs[i].durable && jobs[i].job.refused == is_refused(i));
		assert_int_equal(jobs[i].runs, can_repeat && (i < 3 || i == 512) ? 2 : 1);
	}
	store_disconnect(reader);
	store_close(store);
}

static void a_refused_job_leaves_nothing(void **state)
{
	(void)state;
	check_refused_jobs(false);
}

/* It is run without a savepoint first, and so are the others. */
static void a_refused_job_that_can_be_repeated_leaves_nothing(void **state)
{
	(void)state;
	check_refused_jobs(true);
}

/* It has the transaction to itself, and no savepoint. */
static void a_refused_job_that_is_alone_leaves_nothing(void **state)
{
	(void)state;
	struct store *store = open_store(":memory:");
	struct store_connection *writing = store_connect(store, true, &failure);
	struct job refused = { .job = { .run = run_job }, .number = 2 },
		   done = { .job = { .run = run_job }, .number = 1 };
	for (int accounts = 0; accounts < 2; accounts++) {
		int counted = 0;
		assert_false(writer_run_alone(writing, &refused.job));
		assert_true(refused.job.refused);
		assert_int_equal(store_visit_accounts(writing, count_account, &counted), STORE_OK);
		assert_int_equal(counted, accounts);
		assert_true(writer_run_alone(writing, &done.job));
	}
	store_disconnect(writing);
	store_close(store);
}

static void a_snapshot_is_renewed_after_a_commit(void **state)
{
	(void)state;
	char path[] = "/tmp/supersim-store-XXXXXX";
	const int made = mkstemp(path);
	assert_true(made >= 0);
	close(made);
	struct store *store = open_store(path);
	struct store_connection *reader = store_connect(store, false, &failure);
	struct store_connection *writing = store_connect(store, true, &failure);
	for (int round = 1; round <= 3; round++) {
		struct job job = { .job = { .run = run_job }, .number = round * 3 + 1 };
		assert_true(writer_run_alone(writing, &job.job));
		int accounts = 0;
		assert_true(store_snapshot_renew(reader));
		assert_int_equal(store_visit_accounts(reader, count_account, &accounts), STORE_OK);
		assert_int_equal(accounts, round);
	}
	store_disconnect(reader);
	store_disconnect(writing);
	store_close(store);
	unlink(path);
}

/* What is committed to files that nobody finds any more would be lost. */
static void nothing_is_committed_to_a_moved_file(void **state)
{
	(void)state;
	static const char *const ends[] = { "", "-wal" };
	char path[] = "/tmp/supersim-moved-XXXXXX";
	close(mkstemp(path));
	struct store *store = open_store(path);
	struct store_connection *writing = store_connect(store, true, &failure);
	struct job job = { .job = { .run = run_job }, .number = 1 };
	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		char from[64], into[80];
		snprintf(from, sizeof(from), "%s%s", path, ends[i]);
		snprintf(into, sizeof(into), "%s.moved", from);
		assert_int_equal(rename(from, into), 0);
		assert_false(store_is_in_place(writing));
		assert_false(writer_run_alone(writing, &job.job));
		assert_int_equal(rename(into, from), 0);
		assert_true(store_is_in_place(writing));
	}
	int accounts = 0;
	assert_int_equal(store_visit_accounts(writing, count_account, &accounts), STORE_OK);
	assert_int_equal(accounts, 0);
	assert_true(writer_run_alone(writing, &job.job));
	store_disconnect(writing);
	store_close(store);
	unlink(path);
}

/* ── files ───────────────────────────────────────────────────────────────────────────────── */

static void refuses(const char *path, const char *why)
{
	const struct store_options options = { path, DURABILITY_FULL, service_resources };
	struct store *store = NULL;
	assert_false(store_open(&options, &store, &failure));
	assert_null(store);
	assert_int_equal(failure.exit_code, EX_CANTCREAT);
	if (strstr(failure.message, why) == NULL)
		print_error("%s\n", failure.message);
	assert_non_null(strstr(failure.message, why));
}

static void execute(const char *path, const char *sql)
{
	sqlite3 *handle;
	assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
	assert_int_equal(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(handle);
}

static void other_files_are_refused(void **state)
{
	(void)state;
	char path[] = "/tmp/supersim-file-XXXXXX";
	const int file = mkstemp(path);
	assert_true(write(file, "no database at all", 18) == 18);
	close(file);
	refuses(path, "is not a database");
	unlink(path);
	execute(path, "CREATE TABLE t (x)");
	refuses(path, "of another program");
	unlink(path);
	struct store *store = open_store(path);
	refuses(path, "in use");
	store_close(store);
	execute(path, "PRAGMA user_version = 999");
	refuses(path, "newer");
	execute(path, "PRAGMA user_version = 1; UPDATE migrations SET checksum = 'x'");
	refuses(path, "another migration");
	unlink(path);
	refuses("/nonexistent/directory/x.db", "cannot open");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_query_searches_an_index),
		cmocka_unit_test(nothing_is_written_outside_of_a_transaction),
		cmocka_unit_test(only_lanes_with_work_due_are_visited),
		cmocka_unit_test(lane_goes_with_the_last_of_a_moment),
		cmocka_unit_test(webhooks_come_in_order),
		cmocka_unit_test(work_wakes_as_clocks_reckon),
		cmocka_unit_test(ids_of_due_work_never_repeat),
		cmocka_unit_test(work_is_not_removed_by_its_id_alone),
		cmocka_unit_test(changes_of_due_work_are_told_after_their_commit),
		cmocka_unit_test(a_refused_job_leaves_nothing),
		cmocka_unit_test(a_refused_job_that_can_be_repeated_leaves_nothing),
		cmocka_unit_test(a_refused_job_that_is_alone_leaves_nothing),
		cmocka_unit_test(a_snapshot_is_renewed_after_a_commit),
		cmocka_unit_test(nothing_is_committed_to_a_moved_file),
		cmocka_unit_test(other_files_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
