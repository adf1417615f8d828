/* SPDX-License-Identifier: MIT */
/* SQL of accounts and API keys. */
#include "store/accounts.h"

#include "store/connection.h"
#include "store/queries.h"

/* ── accounts ────────────────────────────────────────────────────────────────────────────── */

/* The column `life` is what is called the incarnation elsewhere. */
#define ACCOUNT_COLUMNS                                                                            \
	"sid, namespace, auth_token, token_checked, ended, ttl_ms, date_created_ms,"               \
	" clock_mode, clock_rate, clock_real_ms, clock_account_ms, clock_held, life, made"

/* The current row of ACCOUNT_COLUMNS. Texts point into the row. */
static struct store_account read_account(struct cursor *cursor)
{
	struct store_account account = {
		.sid = cursor_text(cursor, 0),
		.namespace = cursor_text(cursor, 1),
		.auth_token = cursor_text(cursor, 2),
		.token_checked = cursor_integer(cursor, 3) != 0,
		.ended = cursor_integer(cursor, 4) != 0,
		.ttl_ms = cursor_integer(cursor, 5),
		.date_created_ms = cursor_integer(cursor, 6),
		.clock.rate = cursor_real(cursor, 8),
		.clock.real_ms = cursor_integer(cursor, 9),
		.clock.account_ms = cursor_integer(cursor, 10),
		.clock.held = cursor_integer(cursor, 11) != 0,
		.incarnation = cursor_integer(cursor, 12),
		.made = cursor_integer(cursor, 13) != 0,
	};
	const char *mode = cursor_text(cursor, 7);
	if (mode == NULL || !account_clock_mode_named(mode, &account.clock.mode))
		account.clock.mode = CLOCK_REAL; /* a CHECK keeps others out */
	return account;
}

static const struct query select_account = { "SELECT " ACCOUNT_COLUMNS
					     " FROM accounts WHERE sid = ?1" };

enum store_result store_fetch_account(struct store_connection *connection, const char *sid,
	struct arena *arena, struct store_account *ret_account)
{
	struct cursor cursor;
	cursor_open(&cursor, connection->session, &select_account);
	cursor_bind_text(&cursor, 1, sid);
	const bool found = cursor_step(&cursor);
	if (found) {
		*ret_account = read_account(&cursor);
		ret_account->sid = cursor_copy_text(&cursor, 0, arena);
		ret_account->namespace = cursor_copy_text(&cursor, 1, arena);
		ret_account->auth_token = cursor_copy_text(&cursor, 2, arena);
	}
	return cursor_close_found(&cursor, found);
}

static const struct query select_accounts = { "SELECT " ACCOUNT_COLUMNS
					      " FROM accounts ORDER BY sid" };

enum store_result store_visit_accounts(
	struct store_connection *connection, store_account_visitor *visit, void *closure)
{
	struct cursor cursor;
	cursor_open(&cursor, connection->session, &select_accounts);
	while (cursor_step(&cursor)) {
		const struct store_account account = read_account(&cursor);
		if (cursor_row_is_whole(&cursor))
			visit(closure, &account);
	}
	return cursor_close(&cursor);
}

static const struct query put_account = {
	"INSERT INTO accounts (" ACCOUNT_COLUMNS ")"
	" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"
	" ON CONFLICT (sid) DO UPDATE SET namespace = excluded.namespace,"
	" auth_token = excluded.auth_token, token_checked = excluded.token_checked,"
	" ended = excluded.ended, ttl_ms = excluded.ttl_ms,"
	" date_created_ms = excluded.date_created_ms, clock_mode = excluded.clock_mode,"
	" clock_rate = excluded.clock_rate, clock_real_ms = excluded.clock_real_ms,"
	" clock_account_ms = excluded.clock_account_ms, clock_held = excluded.clock_held,"
	" life = excluded.life, made = excluded.made"
};

enum store_result store_put_account(
	struct store_connection *connection, const struct store_account *account)
{
	struct cursor cursor;
	cursor_open(&cursor, connection->session, &put_account);
	cursor_bind_text(&cursor, 1, account->sid);
	cursor_bind_text(&cursor, 2, account->namespace);
	cursor_bind_text(&cursor, 3, account->auth_token);
	cursor_bind_integer(&cursor, 4, account->token_checked);
	cursor_bind_integer(&cursor, 5, account->ended);
	cursor_bind_integer(&cursor, 6, account->ttl_ms);
	cursor_bind_integer(&cursor, 7, account->date_created_ms);
	cursor_bind_text(&cursor, 8, account_clock_mode_name(account->clock.mode));
	cursor_bind_real(&cursor, 9, account->clock.rate);
	cursor_bind_integer(&cursor, 10, account->clock.real_ms);
	cursor_bind_integer(&cursor, 11, account->clock.account_ms);
	cursor_bind_integer(&cursor, 12, account->clock.held);
	cursor_bind_integer(&cursor, 13, account->incarnation);
	cursor_bind_integer(&cursor, 14, account->made);
	return cursor_write(&cursor);
}

static const struct query remove_account = { "DELETE FROM accounts WHERE sid = ?1" };
static const struct query remove_api_keys = { "DELETE FROM api_keys WHERE account_sid = ?1" };

enum store_result store_remove_account(struct store_connection *connection, const char *sid)
{
	const enum store_result result =
		query_write_texts(connection->session, &remove_api_keys, 1, &sid);
	return result == STORE_OK ? query_write_texts(connection->session, &remove_account, 1, &sid)
				  : result;
}

/* ── API keys ────────────────────────────────────────────────────────────────────────────── */

static const struct query put_api_key = {
	"INSERT INTO api_keys (sid, secret, account_sid) VALUES (?1, ?2, ?3)"
	" ON CONFLICT (sid) DO UPDATE SET secret = excluded.secret"
	" WHERE account_sid = excluded.account_sid"
};

enum store_result store_put_api_key(struct store_connection *connection, const char *sid,
	const char *secret, const char *account_sid)
{
	return query_write_texts(connection->session, &put_api_key, 3,
		(const char *const[]){ sid, secret, account_sid });
}

static const struct query owner_of_api_key = { "SELECT account_sid FROM api_keys WHERE sid = ?1" };

enum store_result store_find_api_key(struct store_connection *connection, const char *sid,
	struct arena *arena, const char **ret_account_sid)
{
	struct cursor cursor;
	cursor_open(&cursor, connection->session, &owner_of_api_key);
	cursor_bind_text(&cursor, 1, sid);
	return cursor_read_text(&cursor, arena, ret_account_sid);
}

static const struct query select_api_keys = {
	"SELECT sid, secret, account_sid FROM api_keys ORDER BY sid"
};

enum store_result store_visit_api_keys(
	struct store_connection *connection, store_api_key_visitor *visit, void *closure)
{
	struct cursor cursor;
	cursor_open(&cursor, connection->session, &select_api_keys);
	while (cursor_step(&cursor)) {
		const char *sid = cursor_text(&cursor, 0);
		const char *secret = cursor_text(&cursor, 1);
		const char *account_sid = cursor_text(&cursor, 2);
		if (cursor_row_is_whole(&cursor))
			visit(closure, sid, secret, account_sid);
	}
	return cursor_close(&cursor);
}

/* ── accounts that have ended ────────────────────────────────────────────────────────────── */

static const struct query remove_ended_account = { "DELETE FROM ended_accounts WHERE sid = ?1" };
static const struct query add_ended_account = {
	"INSERT INTO ended_accounts (sid, ended_at_ms) VALUES (?1, ?2)"
};
static const struct query trim_ended_accounts = {
	"DELETE FROM ended_accounts WHERE id <="
	" (SELECT id FROM ended_accounts ORDER BY id DESC LIMIT 1 OFFSET ?1)"
};

enum store_result store_remove_ended_account(struct store_connection *connection, const char *sid)
{
	return query_write_texts(connection->session, &remove_ended_account, 1, &sid);
}

/* One that ends again is the newest again. */
enum store_result store_add_ended_account(
	struct store_connection *connection, const char *sid, int64_t ended_at_ms)
{
	struct cursor cursor;
	enum store_result result = store_remove_ended_account(connection, sid);
	if (result != STORE_OK)
		return result;
	cursor_open(&cursor, connection->session, &add_ended_account);
	cursor_bind_text(&cursor, 1, sid);
	cursor_bind_integer(&cursor, 2, ended_at_ms);
	result = cursor_write(&cursor);
	if (result != STORE_OK)
		return result;
	cursor_open(&cursor, connection->session, &trim_ended_accounts);
	cursor_bind_integer(&cursor, 1, ENDED_ACCOUNTS_KEPT);
	return cursor_write(&cursor);
}

static const struct query find_ended_account = { "SELECT id FROM ended_accounts WHERE sid = ?1" };

enum store_result store_find_ended_account(struct store_connection *connection, const char *sid)
{
	struct cursor cursor;
	int64_t id;
	cursor_open(&cursor, connection->session, &find_ended_account);
	cursor_bind_text(&cursor, 1, sid);
	return cursor_read_integer(&cursor, &id);
}

static const struct query select_ended_accounts = { "SELECT sid FROM ended_accounts ORDER BY id" };

enum store_result store_visit_ended_accounts(
	struct store_connection *connection, store_ended_account_visitor *visit, void *closure)
{
	struct cursor cursor;
	cursor_open(&cursor, connection->session, &select_ended_accounts);
	while (cursor_step(&cursor)) {
		const char *sid = cursor_text(&cursor, 0);
		if (cursor_row_is_whole(&cursor))
			visit(closure, sid);
	}
	return cursor_close(&cursor);
}

const struct query *const account_queries[] = { &select_account, &select_accounts, &put_account,
	&remove_account, &remove_api_keys, &put_api_key, &owner_of_api_key, &select_api_keys,
	&remove_ended_account, &add_ended_account, &trim_ended_accounts, &find_ended_account,
	&select_ended_accounts, NULL };
