/* SPDX-License-Identifier: MIT */
#include "engine/registry.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "model/sid.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/memory.h"
#include "util/secret.h"
#include "util/sorted.h"

struct credential {
	struct sorted_item user;
	char *secret;
	char *account_sid;
	bool configured;	 /* by the command line: it stays as it is */
	struct credential *next; /* of an entry's */
};

/* What there is to know of an account beyond its SID. */
struct standing {
	struct sorted_item account_sid;
	char *namespace;
	int64_t ttl_us; /* 0: for ever */
	atomic_llong used_us;
	bool ended;	      /* and is to be made again before it is used */
	uint64_t ended_order; /* of the ends */
};

struct registry {
	bool strict;
	registry_observer *observer; /* NULL: there is none */
	void *closure;		     /* the observer's */
	pthread_rwlock_t lock;	     /* guards what follows */
	struct sorted credentials;   /* by user */
	struct sorted standings;     /* by account */
	size_t mortal_count;	     /* standings with a time to live */
	size_t ended_count;	     /* of accounts that have ended: at most ENDED_ACCOUNTS_KEPT */
	uint64_t last_end;
	atomic_bool has_clocks;
};

/* Has a place promised for its standing and for each credential. */
struct account_entry {
	char *account_sid;
	bool ended;
	struct standing *standing; /* NULL: there is nothing to know */
	struct credential *credentials;
};

/* ── life cycle ──────────────────────────────────────────────────────────────────────────── */

struct registry *registry_new(bool strict)
{
	struct registry *registry = calloc(1, sizeof(*registry));
	if (registry == NULL)
		return NULL;
	registry->strict = strict;
	if (pthread_rwlock_init(&registry->lock, NULL) != 0) {
		free(registry);
		return NULL;
	}
	return registry;
}

static void credential_free(struct credential *credential)
{
	if (credential == NULL)
		return;
	free(credential->user.key);
	free(credential->secret);
	free(credential->account_sid);
	free(credential);
}

static void standing_free(struct standing *standing)
{
	if (standing == NULL)
		return;
	free(standing->account_sid.key);
	free(standing->namespace);
	free(standing);
}

void registry_free(struct registry *registry)
{
	if (registry == NULL)
		return;
	for (size_t i = 0; i < registry->credentials.count; i++)
		credential_free((struct credential *)registry->credentials.items[i]);
	for (size_t i = 0; i < registry->standings.count; i++)
		standing_free((struct standing *)registry->standings.items[i]);
	sorted_done(&registry->credentials);
	sorted_done(&registry->standings);
	pthread_rwlock_destroy(&registry->lock);
	free(registry);
}

/* Promises a place among credentials or standings. */
static bool promise(struct registry *registry, struct sorted *sorted)
{
	pthread_rwlock_wrlock(&registry->lock);
	const bool promised = sorted_promise(sorted);
	pthread_rwlock_unlock(&registry->lock);
	return promised;
}

/* ── credentials ─────────────────────────────────────────────────────────────────────────── */

static struct credential *find_credential(const struct registry *registry, const char *user)
{
	return (struct credential *)sorted_find(&registry->credentials, user);
}

/* Puts a credential into the place that was promised to it. The lock is held. */
static void put_credential(struct registry *registry, struct credential *added)
{
	const struct credential *before = find_credential(registry, added->user.key);
	if (before != NULL && before->configured && !added->configured) {
		sorted_break_promise(&registry->credentials);
		credential_free(added);
		return;
	}
	credential_free((struct credential *)sorted_put(&registry->credentials, &added->user));
}

/* A credential that has a place promised. NULL without memory. */
static struct credential *new_credential(struct registry *registry, const char *user,
	const char *secret, const char *account_sid, bool configured)
{
	struct credential *credential = memory_allocate_zeroed(sizeof(*credential));
	if (credential == NULL)
		return NULL;
	credential->user.key = memory_copy_text(user);
	credential->secret = memory_copy_text(secret);
	credential->account_sid = memory_copy_text(account_sid);
	credential->configured = configured;
	if (credential->user.key != NULL && credential->secret != NULL &&
		credential->account_sid != NULL && promise(registry, &registry->credentials))
		return credential;
	credential_free(credential);
	return NULL;
}

static bool add(struct registry *registry, const char *user, const char *secret,
	const char *account_sid, bool configured)
{
	struct credential *added = new_credential(registry, user, secret, account_sid, configured);
	if (added == NULL)
		return false;
	pthread_rwlock_wrlock(&registry->lock);
	put_credential(registry, added);
	pthread_rwlock_unlock(&registry->lock);
	return true;
}

bool registry_add(
	struct registry *registry, const char *user, const char *secret, const char *account_sid)
{
	return add(registry, user, secret, account_sid, false);
}

bool registry_configure(
	struct registry *registry, const char *user, const char *secret, const char *account_sid)
{
	return add(registry, user, secret, account_sid, true);
}

bool registry_find_configured(struct registry *registry, const char *user, const char **ret_secret,
	const char **ret_account_sid)
{
	pthread_rwlock_rdlock(&registry->lock);
	const struct credential *credential = find_credential(registry, user);
	const bool found = credential != NULL && credential->configured;
	if (found) {
		*ret_secret = credential->secret;
		*ret_account_sid = credential->account_sid;
	}
	pthread_rwlock_unlock(&registry->lock);
	return found;
}

static void remove_credentials(struct registry *registry, const char *account_sid)
{
	struct sorted *credentials = &registry->credentials;
	size_t kept = 0;
	for (size_t i = 0; i < credentials->count; i++) {
		struct credential *each = (struct credential *)credentials->items[i];
		if (!each->configured && strcmp(each->account_sid, account_sid) == 0)
			credential_free(each);
		else
			credentials->items[kept++] = &each->user;
	}
	credentials->count = kept;
}

/* ── standings ───────────────────────────────────────────────────────────────────────────── */

static struct standing *find_standing(const struct registry *registry, const char *account_sid)
{
	return (struct standing *)sorted_find(&registry->standings, account_sid);
}

/* Frees a standing that no longer counts. NULL is harmless. */
static void let_go(struct registry *registry, struct standing *standing)
{
	if (standing == NULL)
		return;
	registry->mortal_count -= standing->ttl_us > 0;
	registry->ended_count -= standing->ended;
	standing_free(standing);
}

static void remove_standing(struct registry *registry, const char *account_sid)
{
	let_go(registry, (struct standing *)sorted_remove(&registry->standings, account_sid));
}

/* Puts a standing into the place that was promised to it, instead of the one that may stand there.
 */
static void put_standing(struct registry *registry, struct standing *standing)
{
	let_go(registry,
		(struct standing *)sorted_put(&registry->standings, &standing->account_sid));
	registry->mortal_count += standing->ttl_us > 0;
	registry->ended_count += standing->ended;
	if (standing->ended)
		standing->ended_order = ++registry->last_end;
}

/* Whether there is nothing to know of an account but its SID. */
static bool is_plain(const struct standing *standing)
{
	return !standing->ended && standing->ttl_us == 0 &&
	       strcmp(standing->namespace, standing->account_sid.key) == 0;
}

/* Keeps the newest of those that have ended. */
static void trim_ended(struct registry *registry)
{
	struct standing *oldest = NULL;
	if (registry->ended_count <= ENDED_ACCOUNTS_KEPT)
		return;
	for (size_t i = 0; i < registry->standings.count; i++) {
		struct standing *each = (struct standing *)registry->standings.items[i];
		if (each->ended && (oldest == NULL || each->ended_order < oldest->ended_order))
			oldest = each;
	}
	oldest->ended = false;
	registry->ended_count--;
	if (is_plain(oldest))
		remove_standing(registry, oldest->account_sid.key);
}

static struct standing *new_standing(const struct store_account *account)
{
	struct standing *standing = memory_allocate_zeroed(sizeof(*standing));
	if (standing == NULL)
		return NULL;
	standing->account_sid.key = memory_copy_text(account->sid);
	standing->namespace = memory_copy_text(account->namespace);
	standing->ttl_us = account->ttl_ms * 1000;
	standing->ended = account->ended && account->made;
	atomic_init(&standing->used_us, clock_monotonic_us());
	if (standing->account_sid.key != NULL && standing->namespace != NULL)
		return standing;
	standing_free(standing);
	return NULL;
}

void registry_forget(struct registry *registry, const char *account_sid)
{
	pthread_rwlock_wrlock(&registry->lock);
	struct standing *standing = find_standing(registry, account_sid);
	if (standing != NULL && standing->ended)
		standing->namespace[strlen(account_sid)] = '\0'; /* its namespaces begin anew */
	else
		remove_standing(registry, account_sid);
	pthread_rwlock_unlock(&registry->lock);
}

/* ── entries ─────────────────────────────────────────────────────────────────────────────── */

/* An account of which there is nothing to know needs no standing. */
static bool prepare_standing(
	struct registry *registry, const struct store_account *account, struct account_entry *entry)
{
	struct standing *standing = new_standing(account);
	if (standing == NULL)
		return false;
	const bool plain = is_plain(standing);
	if (!plain && promise(registry, &registry->standings))
		entry->standing = standing;
	else
		standing_free(standing);
	return plain || entry->standing != NULL;
}

struct account_entry *registry_prepare(
	struct registry *registry, const struct store_account *account)
{
	struct account_entry *entry = memory_allocate_zeroed(sizeof(*entry));
	if (entry == NULL)
		return NULL;
	entry->ended = account->ended;
	entry->account_sid = memory_copy_text(account->sid);
	if (entry->account_sid != NULL && prepare_standing(registry, account, entry) &&
		(!account->token_checked || registry_prepare_credential(registry, entry,
						    account->sid, account->auth_token)))
		return entry;
	registry_drop(registry, entry);
	return NULL;
}

bool registry_prepare_credential(struct registry *registry, struct account_entry *entry,
	const char *user, const char *secret)
{
	struct credential *added =
		new_credential(registry, user, secret, entry->account_sid, false);
	if (added == NULL)
		return false;
	added->next = entry->credentials;
	entry->credentials = added;
	return true;
}

/* Takes the first credential out of an entry; NULL: there is none. */
static struct credential *take_credential(struct account_entry *entry)
{
	struct credential *first = entry->credentials;
	if (first != NULL)
		entry->credentials = first->next;
	return first;
}

/* Frees an entry whose credentials and standing are others' by now, or gone. */
static void free_entry(struct account_entry *entry)
{
	free(entry->account_sid);
	free(entry);
}

void registry_drop(struct registry *registry, struct account_entry *entry)
{
	if (entry == NULL)
		return;
	pthread_rwlock_wrlock(&registry->lock);
	if (entry->standing != NULL)
		sorted_break_promise(&registry->standings);
	for (struct credential *each; (each = take_credential(entry)) != NULL;) {
		sorted_break_promise(&registry->credentials);
		credential_free(each);
	}
	pthread_rwlock_unlock(&registry->lock);
	standing_free(entry->standing);
	free_entry(entry);
}

void registry_record(struct registry *registry, struct account_entry *entry)
{
	pthread_rwlock_wrlock(&registry->lock);
	if (entry->ended)
		remove_credentials(registry, entry->account_sid);
	for (struct credential *each; (each = take_credential(entry)) != NULL;)
		put_credential(registry, each);
	if (entry->standing != NULL)
		put_standing(registry, entry->standing);
	else
		remove_standing(registry, entry->account_sid);
	trim_ended(registry);
	pthread_rwlock_unlock(&registry->lock);
	if (registry->observer != NULL)
		registry->observer(registry->closure, entry->account_sid);
	free_entry(entry);
}

void registry_observe(struct registry *registry, registry_observer *observer, void *closure)
{
	registry->observer = observer;
	registry->closure = closure;
}

/* ── loading ─────────────────────────────────────────────────────────────────────────────── */

struct loading {
	struct registry *registry;
	struct arena *arena;
	bool complete;
};

static void load_account(void *closure, const struct store_account *account)
{
	struct loading *loading = closure;
	struct account_entry *entry = registry_prepare(loading->registry, account);
	registry_note_clock(loading->registry, &account->clock);
	if (entry != NULL)
		registry_record(loading->registry, entry);
	else
		loading->complete = false;
}

static void load_key(void *closure, const char *sid, const char *secret, const char *account_sid)
{
	struct loading *loading = closure;
	if (!registry_add(loading->registry, sid, secret, account_sid))
		loading->complete = false;
}

/* Its row may have gone with the last of its records. */
static void load_ended(void *closure, const char *sid)
{
	struct loading *loading = closure;
	const char *namespace = registry_namespace(loading->registry, sid, loading->arena);
	const struct store_account account = {
		.sid = sid, .namespace = namespace, .ended = true, .made = true
	};
	if (namespace != NULL)
		load_account(loading, &account);
	else
		loading->complete = false;
}

bool registry_load(struct registry *registry, struct store_connection *connection)
{
	struct arena arena;
	arena_init(&arena);
	struct loading loading = { registry, &arena, true };
	const bool read =
		store_visit_accounts(connection, load_account, &loading) == STORE_OK &&
		store_visit_ended_accounts(connection, load_ended, &loading) == STORE_OK &&
		store_visit_api_keys(connection, load_key, &loading) == STORE_OK;
	arena_done(&arena);
	if (!loading.complete)
		log_line(LOG_ERROR, "out of memory while reading the accounts");
	return read && loading.complete;
}

/* ── checking ────────────────────────────────────────────────────────────────────────────── */

/* Fills in the account of a caller, and its namespace. The lock is held. */
static bool fill_caller(const struct registry *registry, const char *account_sid,
	struct arena *arena, struct caller *ret_caller)
{
	struct standing *standing = find_standing(registry, account_sid);
	const char *namespace = standing != NULL ? standing->namespace : account_sid;
	if (standing != NULL && standing->ttl_us > 0)
		atomic_store_explicit(
			&standing->used_us, clock_monotonic_us(), memory_order_relaxed);
	ret_caller->account_sid = arena_copy(arena, account_sid, strlen(account_sid));
	ret_caller->namespace = standing != NULL ? arena_copy(arena, namespace, strlen(namespace))
						 : ret_caller->account_sid;
	return ret_caller->account_sid != NULL && ret_caller->namespace != NULL;
}

/* Whether an account is to be made again first. The command line's token makes it. The lock is
 * held. */
static bool has_ended(const struct registry *registry, const char *account_sid)
{
	if (registry->ended_count == 0)
		return false; /* most have none, and each request asks */
	const struct standing *standing = find_standing(registry, account_sid);
	if (standing == NULL || !standing->ended)
		return false;
	const struct credential *credential = find_credential(registry, account_sid);
	return credential == NULL || !credential->configured;
}

static enum credential_result check(const struct registry *registry, const char *user,
	const char *secret, struct arena *arena, struct caller *ret_caller)
{
	const struct credential *known = find_credential(registry, user);
	const char *account_sid = known != NULL ? known->account_sid : user;
	if (known != NULL && !secret_matches(known->secret, secret))
		return CREDENTIAL_WRONG_SECRET;
	if (has_ended(registry, account_sid))
		return CREDENTIAL_ENDED;
	if (known == NULL && (registry->strict || !sid_has_form(user, "AC")))
		return CREDENTIAL_UNKNOWN_USER;
	ret_caller->auth_token = strncmp(user, "AC", 2) == 0 ? secret : NULL;
	ret_caller->user = user;
	return fill_caller(registry, account_sid, arena, ret_caller) ? CREDENTIAL_GOOD
								     : CREDENTIAL_UNKNOWN_USER;
}

enum credential_result registry_check(struct registry *registry, const char *user,
	const char *secret, struct arena *arena, struct caller *ret_caller)
{
	pthread_rwlock_rdlock(&registry->lock);
	const enum credential_result result = check(registry, user, secret, arena, ret_caller);
	pthread_rwlock_unlock(&registry->lock);
	return result;
}

bool registry_is_open(struct registry *registry, const char *account_sid)
{
	pthread_rwlock_rdlock(&registry->lock);
	const bool listed = find_credential(registry, account_sid) != NULL;
	const bool ended = has_ended(registry, account_sid);
	pthread_rwlock_unlock(&registry->lock);
	return !registry->strict && !listed && !ended;
}

bool registry_has_ended(struct registry *registry, const char *account_sid)
{
	pthread_rwlock_rdlock(&registry->lock);
	const bool ended = has_ended(registry, account_sid);
	pthread_rwlock_unlock(&registry->lock);
	return ended;
}

const char *registry_namespace(
	struct registry *registry, const char *account_sid, struct arena *arena)
{
	struct caller caller = { 0 };
	pthread_rwlock_rdlock(&registry->lock);
	const bool filled = fill_caller(registry, account_sid, arena, &caller);
	pthread_rwlock_unlock(&registry->lock);
	return filled ? caller.namespace : NULL;
}

void registry_note_clock(struct registry *registry, const struct account_clock *clock)
{
	if (clock->mode != CLOCK_REAL || clock->held || clock->real_ms != clock->account_ms)
		atomic_store_explicit(&registry->has_clocks, true, memory_order_relaxed);
}

bool registry_has_clocks(struct registry *registry)
{
	return atomic_load_explicit(&registry->has_clocks, memory_order_relaxed);
}

bool registry_may_expire(struct registry *registry)
{
	pthread_rwlock_rdlock(&registry->lock);
	const bool may = registry->mortal_count > 0;
	pthread_rwlock_unlock(&registry->lock);
	return may;
}

static bool has_expired(const struct standing *standing, int64_t now_us)
{
	return standing->ttl_us > 0 &&
	       atomic_load_explicit(&standing->used_us, memory_order_relaxed) + standing->ttl_us <=
		       now_us;
}

bool registry_is_expired(struct registry *registry, const char *account_sid, int64_t now_us)
{
	pthread_rwlock_rdlock(&registry->lock);
	const struct standing *standing = find_standing(registry, account_sid);
	const bool expired = standing != NULL && has_expired(standing, now_us);
	pthread_rwlock_unlock(&registry->lock);
	return expired;
}

void registry_touch(struct registry *registry, const char *account_sid)
{
	pthread_rwlock_rdlock(&registry->lock);
	struct standing *standing = find_standing(registry, account_sid);
	if (standing != NULL)
		atomic_store_explicit(
			&standing->used_us, clock_monotonic_us(), memory_order_relaxed);
	pthread_rwlock_unlock(&registry->lock);
}

const char *registry_expired(struct registry *registry, int64_t now_us, struct arena *arena)
{
	const char *expired = NULL;
	pthread_rwlock_rdlock(&registry->lock);
	for (size_t i = 0; i < registry->standings.count && expired == NULL; i++) {
		const struct standing *standing =
			(const struct standing *)registry->standings.items[i];
		const char *account_sid = standing->account_sid.key;
		if (has_expired(standing, now_us))
			expired = arena_copy(arena, account_sid, strlen(account_sid));
	}
	pthread_rwlock_unlock(&registry->lock);
	return expired;
}
