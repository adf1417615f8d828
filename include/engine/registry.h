/* SPDX-License-Identifier: MIT */
/*
 * Who may call, and in which namespace: accounts whose token is checked, API keys, and what else a
 * request must know of an account before it reads. Kept in memory, beside the database, since every
 * request needs it. Any thread.
 *
 * In open mode any well-formed account SID may call with any token, except that the accounts listed
 * here are held to theirs. In strict mode only those listed may call.
 */
#ifndef ENGINE_REGISTRY_H
#define ENGINE_REGISTRY_H

#include <stdbool.h>

#include "store/accounts.h"
#include "util/arena.h"

struct accounts;

enum credential_result {
	CREDENTIAL_GOOD,
	CREDENTIAL_UNKNOWN_USER,
	CREDENTIAL_WRONG_SECRET,
	CREDENTIAL_ENDED /* of an account that was made by a call and has ended */
};

/* Whom a request is for. The texts live as long as the arena, `user` and `secret` do. */
struct caller {
	const char *account_sid;
	const char *scope;
	const char *auth_token; /* NULL: an API key was used */
};

/* Makes an empty registry, or NULL without memory. The caller frees it with accounts_free. */
struct accounts *accounts_new(bool strict);
void accounts_free(struct accounts *accounts);

/* Lists an account (`user` is its SID) or an API key (`user` is the key's SID) with its secret.
 * One that is listed already gets the new secret, unless the command line gave it. Copies all.
 * False without memory. */
bool accounts_add(
	struct accounts *accounts, const char *user, const char *secret, const char *account_sid);

/* The same for a credential of the command line: for as long as the process lives, neither its
 * account's end nor what is loaded changes it. */
bool accounts_configure(
	struct accounts *accounts, const char *user, const char *secret, const char *account_sid);

/* A credential of the command line; its texts live as long as the registry. False: `user` has
 * none. */
bool accounts_find_configured(struct accounts *accounts, const char *user, const char **ret_secret,
	const char **ret_account_sid);

/*
 * What a write makes of an account: its namespace, how long it may be idle, and its token when that
 * is checked. An ended one loses its token and its API keys and, when a call had made it, is
 * refused until it is made again; of those the newest are remembered. An entry is prepared within
 * the write, with all the memory that it takes: after the commit nothing can fail. NULL without
 * memory. The caller gives it to accounts_note or accounts_drop.
 */
struct account_entry;
struct account_entry *accounts_prepare(
	struct accounts *accounts, const struct store_account *account);

/* Adds a token (`user` is the account's SID) or an API key of the entry's account. Copies all.
 * False without memory. */
bool accounts_prepare_credential(struct accounts *accounts, struct account_entry *entry,
	const char *user, const char *secret);

/* Notes an entry whose write is durable, and frees it. To be called in the order of the writes,
 * which the writer's thread knows. */
void accounts_note(struct accounts *accounts, struct account_entry *entry);

/* Frees an entry whose write came to nothing. NULL is harmless. */
void accounts_drop(struct accounts *accounts, struct account_entry *entry);

/* Forgets an account whose row is gone: its next use, if it may be used, begins it anew. */
void accounts_forget(struct accounts *accounts, const char *account_sid);

/* Lists every account and key that the database knows. */
bool accounts_load(struct accounts *accounts, struct store_connection *connection);

/* Checks a user and its secret. */
enum credential_result accounts_check(struct accounts *accounts, const char *user,
	const char *secret, struct arena *arena, struct caller *ret_caller);

/* True when any token opens the account. */
bool accounts_is_open(struct accounts *accounts, const char *account_sid);

/* True when a call had made the account, and has to make it again: it has ended. */
bool accounts_has_ended(struct accounts *accounts, const char *account_sid);

/* The namespace of an account, in the arena; NULL without memory. */
const char *accounts_scope(struct accounts *accounts, const char *account_sid, struct arena *arena);

/* An account that was idle for longer than it may be, in the arena; NULL: there is none. */
const char *accounts_expired(struct accounts *accounts, int64_t now_us, struct arena *arena);

/* True when this account was idle for longer than it may be. */
bool accounts_is_expired(struct accounts *accounts, const char *account_sid, int64_t now_us);

/* Notes that an account is used by something else than a request. */
void accounts_touch(struct accounts *accounts, const char *account_sid);

/* True when some account may expire. */
bool accounts_may_expire(struct accounts *accounts);

#endif
