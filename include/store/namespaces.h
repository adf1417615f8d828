/* SPDX-License-Identifier: MIT */
/*
 * Namespaces as a whole.
 *
 * Every row bears one: an account's SID, and a number after it once the account was reset. Whoever
 * ends one gives the account another; that takes the same time whatever it holds. What is left of
 * it belongs to nobody, and is swept away piece by piece later.
 */
#ifndef STORE_NAMESPACES_H
#define STORE_NAMESPACES_H

#include "store/store.h"

/* Records that nobody sees a namespace any more: it is to be swept. */
enum store_result store_end_namespace(struct store_connection *connection, const char *namespace);

/* STORE_OK when a namespace waits to be swept, else STORE_NOT_FOUND. */
enum store_result store_has_ended_namespace(struct store_connection *connection);

/* Deletes at most about `limit` rows of ended namespaces; store_has_ended_namespace tells whether
 * to go on. `ret_forgotten` is the SID, in the arena, of an account that was deleted and whose row
 * went, too, since nothing is left of it; or NULL. */
enum store_result store_sweep(struct store_connection *connection, int64_t limit,
	struct arena *arena, const char **ret_forgotten);

/* Copies the state (but no history and no due work) of one namespace into an empty one. */
enum store_result store_copy_namespace(
	struct store_connection *connection, const char *from, const char *into);

#endif
