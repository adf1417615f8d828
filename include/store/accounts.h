/* SPDX-License-Identifier: MIT */
/*
 * Accounts as the database knows them: namespace, token, clock; and API keys.
 *
 * An account has a row from its first write on. Its namespace is where its records are: see
 * store/namespaces.h.
 */
#ifndef STORE_ACCOUNTS_H
#define STORE_ACCOUNTS_H

#include "model/account_clock.h"
#include "store/store.h"

struct store_account {
	const char *sid;
	const char *namespace;	/* where its records are now */
	const char *auth_token; /* signs webhooks; empty until one is known */
	bool token_checked;	/* calls with another token are refused */
	bool made;		/* by a call: once it has ended it must be made again to be used */
	bool ended;		/* deleted; the row stays until its old rows are swept */
	int64_t ttl_ms;		/* it ends when idle for so long; 0: never */
	int64_t date_created_ms;
	/*
	 * A random number, drawn when the row is made. When an account was deleted and swept its
	 * row goes, and the next one with its SID begins anew, with the same namespaces. Who was
	 * doing something for the old one meanwhile (a webhook on its way, an advance of its clock)
	 * would take the new one for it; but that has another number.
	 */
	int64_t incarnation;
	struct account_clock clock;
};

/* Reads an account. Texts are put into `arena`. */
enum store_result store_fetch_account(struct store_connection *connection, const char *sid,
	struct arena *arena, struct store_account *ret_account);

/* Writes an account, new or not. */
enum store_result store_put_account(
	struct store_connection *connection, const struct store_account *account);

/* Removes an account's row and its API keys. */
enum store_result store_remove_account(struct store_connection *connection, const char *sid);

/* Called for each account, in the order of their SIDs. Its texts live for the call only. */
typedef void store_account_visitor(void *closure, const struct store_account *account);
enum store_result store_visit_accounts(
	struct store_connection *connection, store_account_visitor *visit, void *closure);

/* Accounts that calls had made and that have ended, of which the newest are kept. */
enum { ENDED_ACCOUNTS_KEPT = 10000 };
enum store_result store_add_ended_account(
	struct store_connection *connection, const char *sid, int64_t ended_at_ms);
enum store_result store_remove_ended_account(struct store_connection *connection, const char *sid);

/* STORE_OK when it is one of them, else STORE_NOT_FOUND. */
enum store_result store_find_ended_account(struct store_connection *connection, const char *sid);

/* Called for each, in the order of their ends. The text lives for the call only. */
typedef void store_ended_account_visitor(void *closure, const char *sid);
enum store_result store_visit_ended_accounts(
	struct store_connection *connection, store_ended_account_visitor *visit, void *closure);

/* API keys. Putting one that the account has replaces its secret; one of another account stays as
 * it is. */
enum store_result store_put_api_key(struct store_connection *connection, const char *sid,
	const char *secret, const char *account_sid);

/* The account that has an API key, in the arena, or STORE_NOT_FOUND. */
enum store_result store_find_api_key(struct store_connection *connection, const char *sid,
	struct arena *arena, const char **ret_account_sid);

/* Called for each API key. Its texts live for the call only. */
typedef void store_api_key_visitor(
	void *closure, const char *sid, const char *secret, const char *account_sid);
enum store_result store_visit_api_keys(
	struct store_connection *connection, store_api_key_visitor *visit, void *closure);

#endif
