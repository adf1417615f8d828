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

struct registry;

enum credential_result {
	CREDENTIAL_GOOD,
	CREDENTIAL_UNKNOWN_USER,
	CREDENTIAL_WRONG_SECRET,
	CREDENTIAL_ENDED /* of an account that was made by a call and has ended */
};

/* Whom a request is for. The texts live as long as the arena, `user` and `secret` do. */
struct caller {
	const char *account_sid;
	const char *namespace;
	const char *auth_token; /* NULL: an API key was used */
	const char *user;	/* the account's or the key's SID: the text that was checked */

	/* Of one who is refused, for the log. */
	const char *refused_user; /* an account's or a key's SID; NULL: none was named */
	const char *refusal;	  /* why: static; NULL: he is not */
};

/* Makes an empty registry, or NULL without memory. The caller frees it with registry_free. */
struct registry *registry_new(bool strict);
void registry_free(struct registry *registry);

/* Lists an account (`user` is its SID) or an API key (`user` is the key's SID) with its secret.
 * One that is listed already gets the new secret, unless the command line gave it. Copies all.
 * False without memory. */
bool registry_add(
	struct registry *registry, const char *user, const char *secret, const char *account_sid);

/* The same for a credential of the command line: for as long as the process lives, neither its
 * account's end nor what is loaded changes it. */
bool registry_configure(
	struct registry *registry, const char *user, const char *secret, const char *account_sid);

/* A credential of the command line; its texts live as long as the registry. False: `user` has
 * none. */
bool registry_find_configured(struct registry *registry, const char *user, const char **ret_secret,
	const char **ret_account_sid);

/*
 * What a write makes of an account: its namespace, how long it may be idle, and its token when that
 * is checked. An ended one loses its token and its API keys and, when a call had made it, is
 * refused until it is made again; of those the newest are remembered. An entry is prepared within
 * the write, with all the memory that it takes: after the commit nothing can fail. NULL without
 * memory. The caller gives it to registry_record or registry_drop.
 */
struct account_entry;
struct account_entry *registry_prepare(
	struct registry *registry, const struct store_account *account);

/* Adds a token (`user` is the account's SID) or an API key of the entry's account. Copies all.
 * False without memory. */
bool registry_prepare_credential(struct registry *registry, struct account_entry *entry,
	const char *user, const char *secret);

/* Notes an entry whose write is durable, and frees it. To be called in the order of the writes,
 * which the writer's thread knows. */
void registry_record(struct registry *registry, struct account_entry *entry);

/* Frees an entry whose write came to nothing. NULL is harmless. */
void registry_drop(struct registry *registry, struct account_entry *entry);

/* Forgets an account whose row is gone: its next use, if it may be used, begins it anew. */
void registry_forget(struct registry *registry, const char *account_sid);

/* Lists every account and key that the database knows. */
bool registry_load(struct registry *registry, struct store_connection *connection);

/* Checks a user and its secret. */
enum credential_result registry_check(struct registry *registry, const char *user,
	const char *secret, struct arena *arena, struct caller *ret_caller);

/* Called for an account that begins anew or ends, once that is durable and before anybody is
 * answered, on the thread that recorded it: what others keep of it in memory is of the past. */
typedef void registry_observer(void *closure, const char *account_sid);

/* To be called before requests come, once. */
void registry_observe(struct registry *registry, registry_observer *observer, void *closure);

/* True when any token opens the account. */
bool registry_is_open(struct registry *registry, const char *account_sid);

/* True when a call had made the account, and has to make it again: it has ended. */
bool registry_has_ended(struct registry *registry, const char *account_sid);

/* The namespace of an account, in the arena; NULL without memory. */
const char *registry_namespace(
	struct registry *registry, const char *account_sid, struct arena *arena);

/* An account that was idle for longer than it may be, in the arena; NULL: there is none. */
const char *registry_expired(struct registry *registry, int64_t now_us, struct arena *arena);

/* True when this account was idle for longer than it may be. */
bool registry_is_expired(struct registry *registry, const char *account_sid, int64_t now_us);

/* Notes that an account is used by something else than a request. */
void registry_touch(struct registry *registry, const char *account_sid);

/* Notes that an account has this clock; and whether one was noted that shows, or may have shown,
 * another time than the real one. */
void registry_note_clock(struct registry *registry, const struct account_clock *clock);
bool registry_has_clocks(struct registry *registry);

/* True when some account may expire. */
bool registry_may_expire(struct registry *registry);

#endif
