/* SPDX-License-Identifier: MIT */
/*
 * Who may call: accounts with their tokens, and API keys.
 *
 * In open mode any well-formed account SID may call with any token, except that the accounts listed
 * here are held to theirs. In strict mode only those listed may call. The registry is filled before
 * the threads start and only read afterwards.
 */
#ifndef SERVICE_ACCOUNTS_H
#define SERVICE_ACCOUNTS_H

#include <stdbool.h>

#include "store/store.h"

struct accounts;

enum credential_result { CREDENTIAL_GOOD, CREDENTIAL_UNKNOWN_USER, CREDENTIAL_WRONG_SECRET };

/* Makes an empty registry, or NULL without memory. The caller frees it with accounts_free. */
struct accounts *accounts_new(bool strict);
void accounts_free(struct accounts *accounts);

/* Lists an account (`user` is its SID) or an API key (`user` is the key's SID) with its secret.
 * One that is listed already gets the new secret. Copies all. False without memory. */
bool accounts_add(
	struct accounts *accounts, const char *user, const char *secret, const char *account_sid);

/* Lists every account and key that the database knows. */
bool accounts_load(struct accounts *accounts, struct store_connection *connection);

/* Checks a user and its secret. `ret_account_sid` lives as long as the registry, or as `user`. */
enum credential_result accounts_check(const struct accounts *accounts, const char *user,
	const char *secret, const char **ret_account_sid);

#endif
