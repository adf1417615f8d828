/* SPDX-License-Identifier: MIT */
/* HTTP Basic authentication: which account a request is for. */
#ifndef API_AUTHENTICATE_H
#define API_AUTHENTICATE_H

#include "service/accounts.h"
#include "util/arena.h"
#include "util/error.h"

/*
 * Reads an Authorization header's value (NULL: there was none) and checks it. The account's SID
 * goes to `ret_account_sid` and lives as long as `arena` and `accounts`.
 * Errors: 20003 for no, unreadable or wrong credentials.
 */
struct api_error authenticate(const struct accounts *accounts, const char *authorization,
	struct arena *arena, const char **ret_account_sid);

#endif
