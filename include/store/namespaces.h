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

/*
 * A draft is a namespace that several transactions fill before an account has it. It is on record
 * as ended, so that the sweep takes away what is left of one that nobody completes, be it after the
 * next start; but as long as it is kept, the sweep passes it over.
 */
struct store_draft {
	struct store_draft *next; /* the store's */
	struct store *store;	  /* that keeps it; NULL: none does */
	const char *namespace;
	const char *source;  /* the namespace that it is to be a copy of; NULL: of none */
	bool source_entered; /* somebody may have written to that; the writer's thread asks */
};

/* Puts a namespace that has no rows yet on record, and keeps it as a draft. The text must live
 * until store_let_go_draft, which must be called whatever becomes of the transaction. */
enum store_result store_begin_draft(
	struct store_connection *connection, struct store_draft *draft, const char *namespace);

/* Has it noted in a draft that is kept when its source is entered for a write from now on. The text
 * must live as long as the draft is kept. */
void store_watch_source(struct store_draft *draft, const char *namespace);

/* Notes that a namespace was entered; on a connection that only reads, nothing. */
void store_note_entered(struct store_connection *connection, const char *namespace);

/* Takes the draft off the record again: an account has it now. It is still kept. */
enum store_result store_complete_draft(
	struct store_connection *connection, const struct store_draft *draft);

/* Keeps the draft no longer: unless it was completed, what is left of it is swept. One that is not
 * kept is harmless. Any thread. */
void store_let_go_draft(struct store_draft *draft);

/* The highest number of an account's namespaces that are on record as ended; 0 for none. */
enum store_result store_highest_ended(
	struct store_connection *connection, const char *account_sid, int64_t *ret_number);

/* STORE_OK when a namespace waits to be swept, else STORE_NOT_FOUND. */
enum store_result store_has_ended_namespace(struct store_connection *connection);

/* Deletes at most about `limit` rows of ended namespaces; store_has_ended_namespace tells whether
 * to go on. `ret_forgotten` is the SID, in the arena, of an account that was deleted and whose row
 * went, too, since nothing is left of it; or NULL. */
enum store_result store_sweep(struct store_connection *connection, int64_t limit,
	struct arena *arena, const char **ret_forgotten);

#endif
