/* SPDX-License-Identifier: MIT */
/* SQL of what is no resource of its own: accounts, API keys, and the Networks of a profile. */
#include "store/internal.h"

/* Binds up to three texts to a fixed statement and runs it. */
static enum store_result run_with_texts(struct store_connection *connection,
	enum fixed_statement which, const char *first, const char *second, const char *third)
{
	sqlite3_stmt *statement = connection->fixed[which];
	const char *const texts[] = { first, second, third };
	for (int i = 0; i < sqlite3_bind_parameter_count(statement); i++)
		sqlite3_bind_text(statement, i + 1, texts[i], -1, SQLITE_STATIC);
	return statement_run(connection, which) ? STORE_OK : STORE_FAILED;
}

enum store_result store_add_profile_network(struct store_connection *connection,
	const char *network_access_profile_sid, const char *network_sid)
{
	return run_with_texts(
		connection, ADD_PROFILE_NETWORK, network_access_profile_sid, network_sid, NULL);
}

enum store_result store_put_account(
	struct store_connection *connection, const char *sid, const char *auth_token)
{
	return run_with_texts(connection, PUT_ACCOUNT, sid, auth_token, NULL);
}

enum store_result store_put_api_key(struct store_connection *connection, const char *sid,
	const char *secret, const char *account_sid)
{
	return run_with_texts(connection, PUT_API_KEY, sid, secret, account_sid);
}

enum store_result store_visit_accounts(
	struct store_connection *connection, store_account_visitor *visit, void *closure)
{
	sqlite3_stmt *statement = connection->fixed[SELECT_ACCOUNTS];
	int step;
	while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
		visit(closure, (const char *)sqlite3_column_text(statement, 0),
			(const char *)sqlite3_column_text(statement, 1),
			(const char *)sqlite3_column_text(statement, 2));
	}
	enum store_result result = STORE_OK;
	if (step != SQLITE_DONE)
		result = store_failed(connection, "reading the accounts");
	sqlite3_reset(statement);
	return result;
}
