/* SPDX-License-Identifier: MIT */
#include "service/accounts.h"

#include <stdlib.h>
#include <string.h>

#include "util/log.h"
#include "util/sid.h"

struct credential {
	char *user;
	char *secret;
	char *account_sid;
};

struct accounts {
	bool strict;
	struct credential *credentials; /* sorted by user */
	size_t count;
};

struct accounts *accounts_new(bool strict)
{
	struct accounts *accounts = calloc(1, sizeof(*accounts));
	if (accounts != NULL)
		accounts->strict = strict;
	return accounts;
}

static void credential_done(struct credential *credential)
{
	free(credential->user);
	free(credential->secret);
	free(credential->account_sid);
}

void accounts_free(struct accounts *accounts)
{
	if (accounts == NULL)
		return;
	for (size_t i = 0; i < accounts->count; i++)
		credential_done(&accounts->credentials[i]);
	free(accounts->credentials);
	free(accounts);
}

/* The place of `user`, or where it would stand. */
static size_t place_of(const struct accounts *accounts, const char *user)
{
	size_t low = 0, high = accounts->count;
	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		if (strcmp(accounts->credentials[middle].user, user) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_at(const struct accounts *accounts, size_t place, const char *user)
{
	return place < accounts->count && strcmp(accounts->credentials[place].user, user) == 0;
}

bool accounts_add(
	struct accounts *accounts, const char *user, const char *secret, const char *account_sid)
{
	struct credential added = { strdup(user), strdup(secret), strdup(account_sid) };
	const size_t place = place_of(accounts, user);
	const bool replaces = is_at(accounts, place, user);
	struct credential *grown = accounts->credentials;
	if (!replaces)
		grown = realloc(grown, (accounts->count + 1) * sizeof(*grown));
	if (grown != NULL)
		accounts->credentials = grown;
	if (grown == NULL || !added.user || !added.secret || !added.account_sid) {
		credential_done(&added);
		return false;
	}
	if (replaces) {
		credential_done(&grown[place]);
	} else {
		memmove(grown + place + 1, grown + place,
			(accounts->count - place) * sizeof(*grown));
		accounts->count++;
	}
	grown[place] = added;
	return true;
}

struct loading {
	struct accounts *accounts;
	bool complete;
};

static void add_loaded(
	void *closure, const char *account_sid, const char *key_sid, const char *secret)
{
	struct loading *loading = closure;
	const char *user = key_sid != NULL ? key_sid : account_sid;
	if (!accounts_add(loading->accounts, user, secret, account_sid))
		loading->complete = false;
}

bool accounts_load(struct accounts *accounts, struct store_connection *connection)
{
	struct loading loading = { accounts, true };
	const enum store_result result = store_visit_accounts(connection, add_loaded, &loading);
	if (!loading.complete)
		log_line(LOG_ERROR, "out of memory while reading the accounts");
	return result == STORE_OK && loading.complete;
}

/* Takes as long for a wrong secret as for the right one. */
static bool same_secret(const char *expected, const char *given)
{
	const size_t length = strlen(expected);
	const size_t given_length = strlen(given);
	unsigned difference = length != given_length;
	for (size_t i = 0; i < given_length; i++)
		difference |= (unsigned char)expected[i % (length + 1)] ^ (unsigned char)given[i];
	return difference == 0;
}

enum credential_result accounts_check(const struct accounts *accounts, const char *user,
	const char *secret, const char **ret_account_sid)
{
	const size_t place = place_of(accounts, user);
	if (is_at(accounts, place, user)) {
		const struct credential *known = &accounts->credentials[place];
		if (!same_secret(known->secret, secret))
			return CREDENTIAL_WRONG_SECRET;
		*ret_account_sid = known->account_sid;
		return CREDENTIAL_GOOD;
	}
	if (accounts->strict || !sid_has_form(user, "AC"))
		return CREDENTIAL_UNKNOWN_USER;
	*ret_account_sid = user;
	return CREDENTIAL_GOOD;
}
