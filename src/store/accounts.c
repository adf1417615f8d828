/* SPDX-License-Identifier: MIT */
/* SQL of accounts, API keys and namespaces. */
#include "store/accounts.h"

#include <string.h>

#include "store/internal.h"
#include "util/count.h"

/* ── accounts ────────────────────────────────────────────────────────────────────────────── */

/* The current row of SELECT_ACCOUNT(S). Texts point into the row. */
static struct store_account read_account(sqlite3_stmt *row)
{
	struct store_account account = {
		.sid = (const char *)sqlite3_column_text(row, 0),
		.namespace = (const char *)sqlite3_column_text(row, 1),
		.auth_token = (const char *)sqlite3_column_text(row, 2),
		.token_checked = sqlite3_column_int(row, 3) != 0,
		.ended = sqlite3_column_int(row, 4) != 0,
		.ttl_ms = sqlite3_column_int64(row, 5),
		.date_created_ms = sqlite3_column_int64(row, 6),
		.clock.rate = sqlite3_column_double(row, 8),
		.clock.real_ms = sqlite3_column_int64(row, 9),
		.clock.account_ms = sqlite3_column_int64(row, 10),
		.clock.held = sqlite3_column_int(row, 11) != 0,
		.incarnation = sqlite3_column_int64(row, 12),
		.made = sqlite3_column_int(row, 13) != 0,
	};
	const char *mode = (const char *)sqlite3_column_text(row, 7);
	if (mode == NULL || !account_clock_mode_named(mode, &account.clock.mode))
		account.clock.mode = CLOCK_REAL; /* a CHECK keeps others out */
	return account;
}

enum store_result store_fetch_account(struct store_connection *connection, const char *sid,
	struct arena *arena, struct store_account *ret_account)
{
	sqlite3_stmt *statement = fixed_statement(connection, SELECT_ACCOUNT);
	if (statement == NULL)
		return STORE_FAILED;
	statement_bind_text(statement, 1, sid);
	const int step = sqlite3_step(statement);
	enum store_result result = STORE_NOT_FOUND;
	if (step == SQLITE_ROW) {
		*ret_account = read_account(statement);
		ret_account->sid = statement_text(statement, 0, arena);
		ret_account->namespace = statement_text(statement, 1, arena);
		ret_account->auth_token = statement_text(statement, 2, arena);
		const bool kept = statement_row_is_whole(statement) && ret_account->sid != NULL &&
				  ret_account->namespace != NULL && ret_account->auth_token != NULL;
		result = kept ? STORE_OK : STORE_FAILED;
	} else if (step != SQLITE_DONE) {
		result = store_failed(connection, "reading an account");
	}
	sqlite3_reset(statement);
	return result;
}

enum store_result store_put_account(
	struct store_connection *connection, const struct store_account *account)
{
	sqlite3_stmt *statement = fixed_statement(connection, PUT_ACCOUNT);
	if (statement == NULL)
		return STORE_FAILED;
	statement_bind_text(statement, 1, account->sid);
	statement_bind_text(statement, 2, account->namespace);
	statement_bind_text(statement, 3, account->auth_token);
	sqlite3_bind_int(statement, 4, account->token_checked);
	sqlite3_bind_int(statement, 5, account->ended);
	sqlite3_bind_int64(statement, 6, account->ttl_ms);
	sqlite3_bind_int64(statement, 7, account->date_created_ms);
	statement_bind_text(statement, 8, account_clock_mode_name(account->clock.mode));
	sqlite3_bind_double(statement, 9, account->clock.rate);
	sqlite3_bind_int64(statement, 10, account->clock.real_ms);
	sqlite3_bind_int64(statement, 11, account->clock.account_ms);
	sqlite3_bind_int(statement, 12, account->clock.held);
	sqlite3_bind_int64(statement, 13, account->incarnation);
	sqlite3_bind_int(statement, 14, account->made);
	return statement_write(connection, statement);
}

enum store_result store_remove_account(struct store_connection *connection, const char *sid)
{
	const char *const texts[] = { sid };
	const enum store_result result = statement_write_texts(connection, REMOVE_API_KEYS, texts);
	return result == STORE_OK ? statement_write_texts(connection, REMOVE_ACCOUNT, texts)
				  : result;
}

enum store_result store_visit_accounts(
	struct store_connection *connection, store_account_visitor *visit, void *closure)
{
	sqlite3_stmt *statement = fixed_statement(connection, SELECT_ACCOUNTS);
	int step = SQLITE_ERROR;
	while (statement != NULL && (step = sqlite3_step(statement)) == SQLITE_ROW) {
		const struct store_account account = read_account(statement);
		if (!statement_row_is_whole(statement))
			break;
		visit(closure, &account);
	}
	sqlite3_reset(statement);
	return step == SQLITE_DONE ? STORE_OK : store_failed(connection, "reading the accounts");
}

/* ── accounts that have ended ────────────────────────────────────────────────────────────── */

enum store_result store_add_ended_account(
	struct store_connection *connection, const char *sid, int64_t ended_at_ms)
{
	sqlite3_stmt *add = fixed_statement(connection, ADD_ENDED_ACCOUNT);
	sqlite3_stmt *trim = fixed_statement(connection, TRIM_ENDED_ACCOUNTS);
	if (add == NULL || trim == NULL)
		return STORE_FAILED;
	statement_bind_text(add, 1, sid);
	sqlite3_bind_int64(add, 2, ended_at_ms);
	sqlite3_bind_int64(trim, 1, ENDED_ACCOUNTS_KEPT);
	const enum store_result result = statement_write(connection, add);
	return result == STORE_OK ? statement_write(connection, trim) : result;
}

enum store_result store_find_ended_account(struct store_connection *connection, const char *sid)
{
	int64_t count;
	sqlite3_stmt *statement = fixed_statement(connection, FIND_ENDED_ACCOUNT);
	if (statement == NULL)
		return STORE_FAILED;
	statement_bind_text(statement, 1, sid);
	const enum store_result result = statement_number(connection, statement, &count);
	if (result != STORE_OK)
		return result;
	return count > 0 ? STORE_OK : STORE_NOT_FOUND;
}

enum store_result store_remove_ended_account(struct store_connection *connection, const char *sid)
{
	const char *const texts[] = { sid };
	return statement_write_texts(connection, REMOVE_ENDED_ACCOUNT, texts);
}

enum store_result store_visit_ended_accounts(
	struct store_connection *connection, store_ended_account_visitor *visit, void *closure)
{
	sqlite3_stmt *statement = fixed_statement(connection, SELECT_ENDED_ACCOUNTS);
	int step = SQLITE_ERROR;
	while (statement != NULL && (step = sqlite3_step(statement)) == SQLITE_ROW)
		visit(closure, (const char *)sqlite3_column_text(statement, 0));
	sqlite3_reset(statement);
	return step == SQLITE_DONE ? STORE_OK
				   : store_failed(connection, "reading the accounts that ended");
}

/* ── API keys ────────────────────────────────────────────────────────────────────────────── */

enum store_result store_put_api_key(struct store_connection *connection, const char *sid,
	const char *secret, const char *account_sid)
{
	const char *const texts[] = { sid, secret, account_sid };
	return statement_write_texts(connection, PUT_API_KEY, texts);
}

/* The text that a bound statement gives, in the arena. `what` is for the log. */
static enum store_result read_single_text(struct store_connection *connection,
	sqlite3_stmt *statement, const char *what, struct arena *arena, const char **ret_text)
{
	const int step = sqlite3_step(statement);
	enum store_result result = STORE_NOT_FOUND;
	if (step == SQLITE_ROW) {
		*ret_text = statement_text(statement, 0, arena);
		result = *ret_text != NULL ? STORE_OK : STORE_FAILED;
	} else if (step != SQLITE_DONE) {
		result = store_failed(connection, what);
	}
	sqlite3_reset(statement);
	return result;
}

enum store_result store_find_api_key(struct store_connection *connection, const char *sid,
	struct arena *arena, const char **ret_account_sid)
{
	sqlite3_stmt *statement = fixed_statement(connection, API_KEY_OWNER);
	if (statement == NULL)
		return STORE_FAILED;
	statement_bind_text(statement, 1, sid);
	return read_single_text(
		connection, statement, "reading an API key", arena, ret_account_sid);
}

enum store_result store_visit_api_keys(
	struct store_connection *connection, store_api_key_visitor *visit, void *closure)
{
	sqlite3_stmt *statement = fixed_statement(connection, SELECT_API_KEYS);
	int step = SQLITE_ERROR;
	while (statement != NULL && (step = sqlite3_step(statement)) == SQLITE_ROW) {
		const char *sid = (const char *)sqlite3_column_text(statement, 0);
		const char *secret = (const char *)sqlite3_column_text(statement, 1);
		const char *account_sid = (const char *)sqlite3_column_text(statement, 2);
		if (!statement_row_is_whole(statement))
			break;
		visit(closure, sid, secret, account_sid);
	}
	sqlite3_reset(statement);
	return step == SQLITE_DONE ? STORE_OK : store_failed(connection, "reading the API keys");
}

/* ── namespaces ──────────────────────────────────────────────────────────────────────────── */

enum store_result store_end_namespace(struct store_connection *connection, const char *namespace)
{
	const char *const texts[] = { namespace };
	connection->due_changed = true;
	return statement_write_texts(connection, END_NAMESPACE, texts);
}

/* One of the ended namespaces, in the arena. */
static enum store_result next_ended_namespace(
	struct store_connection *connection, struct arena *arena, const char **ret_namespace)
{
	sqlite3_stmt *statement = fixed_statement(connection, NEXT_ENDED);
	if (statement == NULL)
		return STORE_FAILED;
	return read_single_text(
		connection, statement, "looking for ended namespaces", arena, ret_namespace);
}

enum store_result store_has_ended_namespace(struct store_connection *connection)
{
	struct arena arena;
	const char *namespace;
	arena_init(&arena);
	const enum store_result result = next_ended_namespace(connection, &arena, &namespace);
	arena_done(&arena);
	return result;
}

/* Runs a statement of a namespace and a limit; counts the rows that went. */
static enum store_result sweep_with(struct store_connection *connection, sqlite3_stmt *statement,
	const char *namespace, int64_t *limit)
{
	if (statement == NULL)
		return STORE_FAILED;
	statement_bind_text(statement, 1, namespace);
	sqlite3_bind_int64(statement, 2, *limit);
	const enum store_result result = statement_write(connection, statement);
	*limit -= sqlite3_changes(connection->handle);
	return result;
}

/* What refers goes before what it refers to: due work and usage, then resources from the last. */
static enum store_result sweep_namespace(
	struct store_connection *connection, const char *namespace, int64_t *limit)
{
	static const enum fixed_statement first[] = { SWEEP_DUE, SWEEP_USAGE, SWEEP_USAGE_TOTALS };
	enum store_result result = STORE_OK;
	for (size_t i = 0; i < COUNT_OF(first); i++) {
		if (result == STORE_OK && *limit > 0)
			result = sweep_with(connection, fixed_statement(connection, first[i]),
				namespace, limit);
	}
	const struct resource *const *resources = connection->store->resources;
	size_t count = 0;
	while (resources[count] != NULL)
		count++;
	while (result == STORE_OK && *limit > 0 && count-- > 0)
		result = sweep_with(connection,
			statement_for(connection, resources[count], SWEEP_RECORDS, 0), namespace,
			limit);
	return result;
}

/* Removes the row of an account that was deleted and that nobody used since, once none of its
 * namespaces waits to be swept: the row has the number of the next, and a new one begins anew. What
 * was under way for this one knows it by its life. */
static enum store_result forget_ended_account(struct store_connection *connection,
	const char *namespace, struct arena *arena, const char **ret_forgotten)
{
	struct store_account account;
	int64_t waiting;
	const char *sid = arena_copy(arena, namespace, strcspn(namespace, "#"));
	if (sid == NULL)
		return STORE_FAILED;
	enum store_result result = store_fetch_account(connection, sid, arena, &account);
	if (result == STORE_NOT_FOUND || (result == STORE_OK && !account.ended))
		return STORE_OK;
	sqlite3_stmt *statement = fixed_statement(connection, ENDED_OF_ACCOUNT);
	if (result == STORE_OK && statement != NULL) {
		statement_bind_text(statement, 1, sid);
		result = statement_number(connection, statement, &waiting);
	}
	if (statement == NULL || result != STORE_OK)
		return STORE_FAILED;
	if (waiting > 0)
		return STORE_OK;
	*ret_forgotten = sid;
	return store_remove_account(connection, sid);
}

/* Notes that a namespace was swept. */
static enum store_result complete_sweep(struct store_connection *connection, const char *namespace,
	struct arena *arena, const char **ret_forgotten)
{
	const char *const texts[] = { namespace };
	const enum store_result result = statement_write_texts(connection, REMOVE_ENDED, texts);
	return result == STORE_OK
		       ? forget_ended_account(connection, namespace, arena, ret_forgotten)
		       : result;
}

enum store_result store_sweep(struct store_connection *connection, int64_t limit,
	struct arena *arena, const char **ret_forgotten)
{
	const char *namespace;
	*ret_forgotten = NULL;
	enum store_result result = next_ended_namespace(connection, arena, &namespace);
	if (result != STORE_OK)
		return result == STORE_NOT_FOUND ? STORE_OK : result;
	result = sweep_namespace(connection, namespace, &limit);
	return result == STORE_OK && limit > 0
		       ? complete_sweep(connection, namespace, arena, ret_forgotten)
		       : result;
}

enum store_result store_copy_namespace(
	struct store_connection *connection, const char *from, const char *into)
{
	const char *const namespaces[] = { from, into };
	enum store_result result = STORE_OK;
	for (size_t i = 0; connection->store->resources[i] != NULL && result == STORE_OK; i++) {
		const struct resource *resource = connection->store->resources[i];
		if (resource->is_history)
			continue;
		sqlite3_stmt *statement = statement_for(connection, resource, COPY_RECORDS, 0);
		if (statement == NULL)
			return STORE_FAILED;
		statement_bind_text(statement, 1, from);
		statement_bind_text(statement, 2, into);
		result = statement_write(connection, statement);
	}
	if (result == STORE_OK)
		result = statement_write_texts(connection, COPY_PROFILE_NETWORKS, namespaces);
	if (result == STORE_OK)
		result = statement_write_texts(connection, COPY_USAGE, namespaces);
	if (result == STORE_OK)
		result = statement_write_texts(connection, COPY_USAGE_TOTALS, namespaces);
	return result;
}
