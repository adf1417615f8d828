/* SPDX-License-Identifier: MIT */
/* The store's seam: a driver and its cursors, without the store above them. */
#include "unit.h"

#include "store/driver.h"
#include "store/query.h"

static const struct query make = { "CREATE TABLE t (name TEXT UNIQUE, number INTEGER, size REAL)" };
static const struct query add = { "INSERT INTO t (name, number, size) VALUES (?1, ?2, ?3)" };
static const struct query all = { "SELECT name, number, size FROM t ORDER BY number" };
static const struct query count = { "SELECT count(*) FROM t" };
static const struct query wrong = { "SELECT x FROM nowhere" };
static const struct query lose = { "ROLLBACK" };
static const struct query add_many = {
	"INSERT INTO t (number) WITH RECURSIVE numbers (n) AS"
	" (VALUES (1) UNION ALL SELECT n + 1 FROM numbers LIMIT 100000) SELECT n FROM numbers"
};
static const struct query unlisted = { "SELECT 1" };
static const struct query *const listed[] = { &make, &add, &all, &count, &wrong, &lose, &add_many,
	NULL };
static const struct query *const *const lists[] = { listed, NULL };

struct fixture {
	struct database *database;
	struct session *session;
};

static int set_up(void **state)
{
	static struct fixture fixture;
	struct failure failure;
	assert_true(database_open(":memory:", DURABILITY_NORMAL, &fixture.database, &failure));
	fixture.session = session_open(fixture.database, true, lists, &failure);
	assert_non_null(fixture.session);
	assert_true(session_begin(fixture.session));
	assert_int_equal(query_write_texts(fixture.session, &make, 0, NULL), STORE_OK);
	assert_true(session_end(fixture.session, true));
	*state = &fixture;
	return 0;
}

static int tear_down(void **state)
{
	const struct fixture *fixture = *state;
	session_close(fixture->session);
	database_close(fixture->database);
	return 0;
}

static struct session *session_of(void **state)
{
	return ((const struct fixture *)*state)->session;
}

static enum store_result add_row(struct session *session, const char *name, int64_t number)
{
	struct cursor cursor;
	cursor_open(&cursor, session, &add);
	cursor_bind_text(&cursor, 1, name);
	cursor_bind_integer(&cursor, 2, number);
	cursor_bind_real(&cursor, 3, 0.5);
	return cursor_write(&cursor);
}

static int64_t count_rows(struct session *session)
{
	struct cursor cursor;
	int64_t number;
	cursor_open(&cursor, session, &count);
	assert_int_equal(cursor_read_integer(&cursor, &number), STORE_OK);
	return number;
}

static void what_is_bound_is_read(void **state)
{
	struct session *session = session_of(state);
	struct cursor cursor;
	assert_true(session_begin(session));
	assert_int_equal(add_row(session, "a", INT64_MAX), STORE_OK);
	assert_int_equal(add_row(session, NULL, INT64_MIN), STORE_OK);
	cursor_open(&cursor, session, &all);
	assert_true(cursor_step(&cursor));
	assert_true(cursor_is_null(&cursor, 0));
	assert_null(cursor_text(&cursor, 0));
	assert_true(cursor_integer(&cursor, 1) == INT64_MIN);
	assert_true(cursor_step(&cursor));
	assert_string_equal(cursor_text(&cursor, 0), "a");
	assert_false(cursor_is_null(&cursor, 2));
	assert_true(cursor_real(&cursor, 2) == 0.5);
	assert_true(cursor_row_is_whole(&cursor));
	assert_false(cursor_step(&cursor));
	assert_int_equal(cursor_close(&cursor), STORE_OK);
	assert_true(session_end(session, true));
}

static void a_duplicate_is_told_from_a_failure(void **state)
{
	struct session *session = session_of(state);
	assert_true(session_begin(session));
	assert_int_equal(add_row(session, "a", 1), STORE_OK);
	assert_int_equal(add_row(session, "a", 2), STORE_DUPLICATE);
	assert_int_equal(add_row(session, "b", 2), STORE_OK);
	assert_true(session_end(session, true));
	assert_true(count_rows(session) == 2);
}

/* Whatever failed, nothing happens afterwards, and closing says so. */
static void errors_stick(void **state)
{
	struct session *session = session_of(state);
	const struct query *const bad[] = { &wrong, &unlisted };
	struct cursor cursor;
	assert_true(session_begin(session));
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		cursor_open(&cursor, session, bad[i]);
		cursor_bind_text(&cursor, 1, "text");
		cursor_bind_null(&cursor, 2);
		assert_false(cursor_step(&cursor));
		assert_null(cursor_text(&cursor, 0));
		assert_true(cursor_integer(&cursor, 0) == 0);
		assert_true(cursor_real(&cursor, 0) == 0);
		assert_true(cursor_is_null(&cursor, 0));
		assert_int_equal(cursor_close_found(&cursor, false), STORE_FAILED);
	}
	cursor_open(&cursor, session, &add);
	cursor_bind_integer(&cursor, 99, 1);
	cursor_bind_text(&cursor, 1, "a");
	assert_int_equal(cursor_write(&cursor), STORE_FAILED);
	assert_true(count_rows(session) == 0);
	assert_int_equal(add_row(session, "a", 1), STORE_OK);
	assert_true(session_end(session, true));
}

/* A visitor that begins its own visit once more must not begin it anew, which would never end. */
static void a_query_is_open_once(void **state)
{
	struct session *session = session_of(state);
	struct cursor outer, inner;
	assert_true(session_begin(session));
	assert_int_equal(add_row(session, "a", 1), STORE_OK);
	assert_int_equal(add_row(session, "b", 2), STORE_OK);
	cursor_open(&outer, session, &all);
	assert_true(cursor_step(&outer));
	cursor_open(&inner, session, &all);
	assert_false(cursor_step(&inner));
	assert_int_equal(cursor_close(&inner), STORE_FAILED);
	assert_true(cursor_step(&outer));
	assert_string_equal(cursor_text(&outer, 0), "b");
	assert_false(cursor_step(&outer));
	assert_int_equal(cursor_close(&outer), STORE_OK);
	assert_true(session_end(session, true));
}

static void a_transaction_is_kept_or_not(void **state)
{
	struct session *session = session_of(state);
	for (int keep = 0; keep < 2; keep++) {
		assert_true(session_begin(session));
		assert_true(session_is_in_transaction(session));
		assert_int_equal(add_row(session, "kept with it", 1), STORE_OK);
		assert_true(session_begin_savepoint(session));
		assert_int_equal(add_row(session, "undone", 2), STORE_OK);
		assert_true(session_begin_savepoint(session));
		assert_int_equal(add_row(session, "undone, too", 3), STORE_OK);
		assert_true(session_end_savepoint(session, true));
		assert_true(session_end_savepoint(session, false));
		assert_true(session_end(session, keep) == keep);
		assert_false(session_is_in_transaction(session));
		assert_true(count_rows(session) == keep);
	}
}

/* A database may give a transaction up by itself. What comes after must not be kept alone. */
static void nothing_is_written_once_a_transaction_is_lost(void **state)
{
	struct session *session = session_of(state);
	assert_true(session_begin(session));
	assert_true(session_begin_savepoint(session));
	assert_int_equal(add_row(session, "a", 1), STORE_OK);
	assert_int_equal(query_write_texts(session, &lose, 0, NULL), STORE_OK);
	assert_false(session_is_in_transaction(session));
	assert_int_equal(add_row(session, "b", 2), STORE_FAILED);
	assert_false(session_end_savepoint(session, true));
	assert_false(session_begin_savepoint(session));
	assert_false(session_is_in_transaction(session));
	assert_false(session_end(session, true));
	assert_true(count_rows(session) == 0);
	assert_true(session_begin(session));
	assert_int_equal(add_row(session, "c", 3), STORE_OK);
	assert_true(session_end(session, true));
	assert_true(count_rows(session) == 1);
}

static void what_takes_too_long_is_broken_off(void **state)
{
	struct session *session = session_of(state);
	session_give_up_at(session, 1);
	assert_true(session_begin(session));
	assert_int_equal(add_row(session, "short", 1), STORE_OK);
	assert_int_equal(query_write_texts(session, &add_many, 0, NULL), STORE_FAILED);
	assert_false(session_is_in_transaction(session));
	assert_false(session_end(session, true));
	session_give_up_at(session, 0);
	assert_true(session_begin(session));
	assert_int_equal(query_write_texts(session, &add_many, 0, NULL), STORE_OK);
	assert_true(session_end(session, true));
	assert_true(count_rows(session) == 100000);
}

static void a_snapshot_sees_what_was_committed(void **state)
{
	const struct fixture *fixture = *state;
	struct failure failure;
	struct session *reader = session_open(fixture->database, false, lists, &failure);
	assert_non_null(reader);
	assert_true(session_renew_snapshot(reader));
	assert_true(count_rows(reader) == 0);
	session_release_snapshot(reader); /* in memory the writer would wait for it */
	assert_true(session_begin(fixture->session));
	assert_int_equal(add_row(fixture->session, "a", 1), STORE_OK);
	assert_true(session_end(fixture->session, true));
	assert_true(session_renew_snapshot(reader));
	assert_true(count_rows(reader) == 1);
	assert_int_equal(add_row(reader, "b", 2), STORE_FAILED);
	session_close(reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_bound_is_read, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_duplicate_is_told_from_a_failure, set_up, tear_down),
		cmocka_unit_test_setup_teardown(errors_stick, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_query_is_open_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			nothing_is_written_once_a_transaction_is_lost, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			what_takes_too_long_is_broken_off, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_transaction_is_kept_or_not, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_snapshot_sees_what_was_committed, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
