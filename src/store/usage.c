/* SPDX-License-Identifier: MIT */
/* SQL of usage. */
#include "store/usage.h"

#include "store/internal.h"
#include "util/count.h"

/* ── writing ─────────────────────────────────────────────────────────────────────────────── */

enum store_result store_add_usage(
	struct store_connection *connection, const char *namespace, const struct store_usage *usage)
{
	static const enum fixed_statement adding[] = { ADD_USAGE, ADD_USAGE_TOTAL };
	for (size_t i = 0; i < COUNT_OF(adding); i++) {
		sqlite3_stmt *statement = fixed_statement(connection, adding[i]);
		if (statement == NULL)
			return STORE_FAILED;
		statement_bind_text(statement, 1, namespace);
		statement_bind_text(statement, 2, usage->fleet_sid);
		sqlite3_bind_int64(statement, 3, usage->hour_ms);
		sqlite3_bind_int64(statement, 4, usage->network);
		sqlite3_bind_int64(statement, 5, usage->data_upload);
		sqlite3_bind_int64(statement, 6, usage->data_download);
		if (adding[i] == ADD_USAGE)
			statement_bind_text(statement, 7, usage->sim_sid);
		const enum store_result result = statement_write(connection, statement);
		if (result != STORE_OK)
			return result;
		if (sqlite3_changes(connection->handle) == 0)
			return STORE_NOT_FOUND;
	}
	return STORE_OK;
}

enum store_result store_remove_fleet_usage(
	struct store_connection *connection, const char *namespace, const char *fleet_sid)
{
	const char *const texts[] = { namespace, fleet_sid };
	const enum store_result result =
		statement_write_texts(connection, REMOVE_FLEET_USAGE, texts);
	return result == STORE_OK
		       ? statement_write_texts(connection, REMOVE_FLEET_USAGE_TOTALS, texts)
		       : result;
}

/* ── reading ─────────────────────────────────────────────────────────────────────────────── */

enum store_result store_visit_usage(struct store_connection *connection, const char *namespace,
	store_usage_visitor *visit, void *closure)
{
	sqlite3_stmt *statement = fixed_statement(connection, SELECT_USAGE);
	if (statement == NULL)
		return STORE_FAILED;
	statement_bind_text(statement, 1, namespace);
	int step;
	while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
		const struct store_usage usage = {
			.sim_sid = (const char *)sqlite3_column_text(statement, 0),
			.hour_ms = sqlite3_column_int64(statement, 1),
			.fleet_sid = (const char *)sqlite3_column_text(statement, 2),
			.network = sqlite3_column_int64(statement, 3),
			.data_upload = sqlite3_column_int64(statement, 4),
			.data_download = sqlite3_column_int64(statement, 5),
		};
		if (!statement_row_is_whole(statement))
			break;
		visit(closure, &usage);
	}
	sqlite3_reset(statement);
	return step == SQLITE_DONE ? STORE_OK : store_failed(connection, "reading usage");
}

enum store_result store_usage_exceeds(struct store_connection *connection, const char *namespace,
	int64_t count, bool *ret_exceeds)
{
	int64_t hour_ms;
	sqlite3_stmt *statement = fixed_statement(connection, USAGE_BEYOND);
	if (statement != NULL) {
		statement_bind_text(statement, 1, namespace);
		sqlite3_bind_int64(statement, 2, count);
	}
	const enum store_result result = statement_number(connection, statement, &hour_ms);
	*ret_exceeds = result == STORE_OK;
	return result == STORE_FAILED ? STORE_FAILED : STORE_OK;
}

/* The statement, with what counts bound: all of them name it in the same way. */
static sqlite3_stmt *bind_filter(struct store_connection *connection, enum fixed_statement which,
	const struct store_usage_filter *filter)
{
	sqlite3_stmt *statement = fixed_statement(connection, which);
	if (statement == NULL)
		return NULL;
	statement_bind_text(statement, 1, filter->namespace);
	sqlite3_bind_int64(statement, 2, filter->from_ms);
	sqlite3_bind_int64(statement, 3, filter->to_ms);
	statement_bind_text(statement, 4, filter->fleet_sid);
	statement_bind_text(statement, 5, filter->networks);
	if (filter->sim_sid != NULL)
		statement_bind_text(statement, 6, filter->sim_sid);
	return statement;
}

enum store_result store_newest_usage(struct store_connection *connection,
	const struct store_usage_filter *filter, int64_t *ret_hour_ms)
{
	const enum fixed_statement which =
		filter->sim_sid != NULL ? NEWEST_SIM_USAGE : NEWEST_USAGE;
	return statement_number(connection, bind_filter(connection, which, filter), ret_hour_ms);
}

enum store_result store_oldest_usage(struct store_connection *connection,
	const struct store_usage_filter *filter, int64_t *ret_hour_ms)
{
	const enum fixed_statement which =
		filter->sim_sid != NULL ? OLDEST_SIM_USAGE : OLDEST_USAGE;
	return statement_number(connection, bind_filter(connection, which, filter), ret_hour_ms);
}

/* Visits the rows of a bound statement of sums. */
static enum store_result visit_sums(struct store_connection *connection, sqlite3_stmt *statement,
	store_usage_sum_visitor *visit, void *closure)
{
	int step;
	while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
		const struct store_usage_sum sum = {
			.id = sqlite3_column_int64(statement, 0),
			.sid = (const char *)sqlite3_column_text(statement, 1),
			.network = sqlite3_column_int64(statement, 2),
			.data_upload = sqlite3_column_int64(statement, 3),
			.data_download = sqlite3_column_int64(statement, 4),
		};
		if (!statement_row_is_whole(statement))
			break;
		visit(closure, &sum);
	}
	sqlite3_reset(statement);
	return step == SQLITE_DONE ? STORE_OK : store_failed(connection, "summing usage");
}

enum store_result store_sum_usage(struct store_connection *connection,
	const struct store_usage_filter *filter, store_usage_sum_visitor *visit, void *closure)
{
	sqlite3_stmt *statement = bind_filter(
		connection, filter->sim_sid != NULL ? SUM_SIM_USAGE : SUM_USAGE, filter);
	return statement != NULL ? visit_sums(connection, statement, visit, closure) : STORE_FAILED;
}

static enum store_result sum_by_sim(struct store_connection *connection, enum fixed_statement which,
	const struct store_usage_filter *filter, int64_t id, size_t limit,
	store_usage_sum_visitor *visit, void *closure)
{
	sqlite3_stmt *statement = bind_filter(connection, which, filter);
	if (statement == NULL)
		return STORE_FAILED;
	sqlite3_bind_int64(statement, 7, id);
	sqlite3_bind_int64(statement, 8, (int64_t)limit);
	return visit_sums(connection, statement, visit, closure);
}

enum store_result store_sum_usage_below(struct store_connection *connection,
	const struct store_usage_filter *filter, int64_t below, size_t limit,
	store_usage_sum_visitor *visit, void *closure)
{
	return sum_by_sim(connection, SUM_USAGE_BELOW, filter, below, limit, visit, closure);
}

enum store_result store_sum_usage_above(struct store_connection *connection,
	const struct store_usage_filter *filter, int64_t above, size_t limit,
	store_usage_sum_visitor *visit, void *closure)
{
	return sum_by_sim(connection, SUM_USAGE_ABOVE, filter, above, limit, visit, closure);
}
