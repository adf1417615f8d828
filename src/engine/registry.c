/* SPDX-License-Identifier: MIT */
#include "engine/registry.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "model/sid.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/secret.h"

struct credential {
	char *user;
	char *secret;
	char *account_sid;
	bool configured; /* by the command line: it stays as it is */
};

/* What there is to know of an account beyond its SID. */
struct standing {
	char *account_sid;
	char *namespace;
	int64_t ttl_us; /* 0: for ever */
	atomic_llong used_us;
	bool ended;	      /* and is to be made again before it is used */
	uint64_t ended_order; /* of the ends */
};

/* How many places an array has, and how many of those that are free are promised to entries. */
struct places {
	size_t capacity;
	size_t promised;
};

struct registry {
	bool strict;
	pthread_rwlock_t lock;		/* guards what follows */
	struct credential *credentials; /* sorted by user */
	size_t credential_count;
	struct places credential_places;
	struct standing **standings; /* sorted by account */
	size_t standing_count;
	struct places standing_places;
	size_t mortal_count; /* standings with a time to live */
	size_t ended_count;  /* of accounts that have ended: at most ENDED_ACCOUNTS_KEPT */
	uint64_t last_end;
};

struct entered_credential {
	struct entered_credential *next;
	struct credential credential;
};

/* Has a place promised for its note and for each credential. */
struct account_entry {
	char *account_sid;
	bool ended;
	struct standing *standing; /* NULL: there is nothing to know */
	struct entered_credential *credentials;
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

static void credential_done(struct credential *credential)
{
	free(credential->user);
	free(credential->secret);
	free(credential->account_sid);
}

static void standing_free(struct standing *standing)
{
	if (standing == NULL)
		return;
	free(standing->account_sid);
	free(standing->namespace);
	free(standing);
}

void registry_free(struct registry *registry)
{
	if (registry == NULL)
		return;
	for (size_t i = 0; i < registry->credential_count; i++)
		credential_done(&registry->credentials[i]);
	for (size_t i = 0; i < registry->standing_count; i++)
		standing_free(registry->standings[i]);
	free(registry->credentials);
	free(registry->standings);
	pthread_rwlock_destroy(&registry->lock);
	free(registry);
}

/* ── credentials ─────────────────────────────────────────────────────────────────────────── */

/* The place of `user`, or where it would stand. */
static size_t place_of(const struct registry *registry, const char *user)
{
	size_t low = 0, high = registry->credential_count;
	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		if (strcmp(registry->credentials[middle].user, user) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_at(const struct registry *registry, size_t place, const char *user)
{
	return place < registry->credential_count &&
	       strcmp(registry->credentials[place].user, user) == 0;
}

/* Promises a place of an array of `count` items. Gives the array, which may have moved; NULL
 * without memory: then it is as it was. */
static void *promise_place(void *items, size_t count, size_t item_size, struct places *places)
{
	if (count + places->promised == places->capacity) {
		const size_t capacity = places->capacity > 0 ? 2 * places->capacity : 16;
		items = realloc(items, capacity * item_size);
		if (items == NULL)
			return NULL;
		places->capacity = capacity;
	}
	places->promised++;
	return items;
}

static bool promise_credential(struct registry *registry)
{
	pthread_rwlock_wrlock(&registry->lock);
	struct credential *grown = promise_place(registry->credentials, registry->credential_count,
		sizeof(*grown), &registry->credential_places);
	if (grown != NULL)
		registry->credentials = grown;
	pthread_rwlock_unlock(&registry->lock);
	return grown != NULL;
}

/* Puts a credential into the place that was promised to it. The lock is held. */
static void put_credential(struct registry *registry, struct credential added)
{
	const size_t place = place_of(registry, added.user);
	struct credential *there = registry->credentials + place;
	registry->credential_places.promised--;
	if (is_at(registry, place, added.user)) {
		const bool stays = there->configured && !added.configured;
		credential_done(stays ? &added : there);
		if (!stays)
			*there = added;
		return;
	}
	memmove(there + 1, there, (registry->credential_count - place) * sizeof(*there));
	registry->credential_count++;
	*there = added;
}

/* False without memory: then there is nothing to free. */
static bool make_credential(struct credential *ret_credential, const char *user, const char *secret,
	const char *account_sid, bool configured)
{
	*ret_credential = (struct credential){ strdup(user), strdup(secret), strdup(account_sid),
		configured };
	if (ret_credential->user != NULL && ret_credential->secret != NULL &&
		ret_credential->account_sid != NULL)
		return true;
	credential_done(ret_credential);
	return false;
}

static bool add(struct registry *registry, const char *user, const char *secret,
	const char *account_sid, bool configured)
{
	struct credential added;
	if (!make_credential(&added, user, secret, account_sid, configured))
		return false;
	if (!promise_credential(registry)) {
		credential_done(&added);
		return false;
	}
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
	const size_t place = place_of(registry, user);
	const bool found = is_at(registry, place, user) && registry->credentials[place].configured;
	if (found) {
		*ret_secret = registry->credentials[place].secret;
		*ret_account_sid = registry->credentials[place].account_sid;
	}
	pthread_rwlock_unlock(&registry->lock);
	return found;
}

static void remove_credentials(struct registry *registry, const char *account_sid)
{
	size_t kept = 0;
	for (size_t i = 0; i < registry->credential_count; i++) {
		struct credential *each = &registry->credentials[i];
		if (!each->configured && strcmp(each->account_sid, account_sid) == 0)
			credential_done(each);
		else
			registry->credentials[kept++] = *each;
	}
	registry->credential_count = kept;
}

/* ── standings ───────────────────────────────────────────────────────────────────────────────── */

static size_t standing_place(const struct registry *registry, const char *account_sid)
{
	size_t low = 0, high = registry->standing_count;
	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		if (strcmp(registry->standings[middle]->account_sid, account_sid) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct standing *find_standing(const struct registry *registry, const char *account_sid)
{
	const size_t place = standing_place(registry, account_sid);
	if (place < registry->standing_count &&
		strcmp(registry->standings[place]->account_sid, account_sid) == 0)
		return registry->standings[place];
	return NULL;
}

/* Takes the note of an account out; NULL when there is none. */
static void remove_standing(struct registry *registry, const char *account_sid)
{
	struct standing *standing = find_standing(registry, account_sid);
	if (standing == NULL)
		return;
	const size_t place = standing_place(registry, account_sid);
	registry->standing_count--;
	memmove(registry->standings + place, registry->standings + place + 1,
		(registry->standing_count - place) * sizeof(struct standing *));
	registry->mortal_count -= standing->ttl_us > 0;
	registry->ended_count -= standing->ended;
	standing_free(standing);
}

/* Puts a note into the place that was promised to it, instead of the one that may stand there. */
static void put_standing(struct registry *registry, struct standing *standing)
{
	const size_t place = standing_place(registry, standing->account_sid);
	struct standing *before = find_standing(registry, standing->account_sid);
	registry->standing_places.promised--;
	if (before != NULL) {
		registry->mortal_count -= before->ttl_us > 0;
		registry->ended_count -= before->ended;
		standing_free(before);
	} else {
		struct standing **there = registry->standings + place;
		memmove(there + 1, there, (registry->standing_count - place) * sizeof(*there));
		registry->standing_count++;
	}
	registry->mortal_count += standing->ttl_us > 0;
	registry->ended_count += standing->ended;
	if (standing->ended)
		standing->ended_order = ++registry->last_end;
	registry->standings[place] = standing;
}

/* Whether there is nothing to know of an account but its SID. */
static bool is_plain(const struct standing *standing)
{
	return !standing->ended && standing->ttl_us == 0 &&
	       strcmp(standing->namespace, standing->account_sid) == 0;
}

/* Keeps the newest of those that have ended. */
static void trim_ended(struct registry *registry)
{
	struct standing *oldest = NULL;
	if (registry->ended_count <= ENDED_ACCOUNTS_KEPT)
		return;
	for (size_t i = 0; i < registry->standing_count; i++) {
		struct standing *each = registry->standings[i];
		if (each->ended && (oldest == NULL || each->ended_order < oldest->ended_order))
			oldest = each;
	}
	oldest->ended = false;
	registry->ended_count--;
	if (is_plain(oldest))
		remove_standing(registry, oldest->account_sid);
}

static struct standing *new_standing(const struct store_account *account)
{
	struct standing *standing = calloc(1, sizeof(*standing));
	if (standing == NULL)
		return NULL;
	standing->account_sid = strdup(account->sid);
	standing->namespace = strdup(account->namespace);
	standing->ttl_us = account->ttl_ms * 1000;
	standing->ended = account->ended && account->made;
	atomic_init(&standing->used_us, clock_monotonic_us());
	if (standing->account_sid != NULL && standing->namespace != NULL)
		return standing;
	standing_free(standing);
	return NULL;
}

static bool promise_standing(struct registry *registry)
{
	pthread_rwlock_wrlock(&registry->lock);
	struct standing **grown = promise_place(registry->standings, registry->standing_count,
		sizeof(*grown), &registry->standing_places);
	if (grown != NULL)
		registry->standings = grown;
	pthread_rwlock_unlock(&registry->lock);
	return grown != NULL;
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

/* An account of which there is nothing to know needs no note. */
static bool prepare_standing(
	struct registry *registry, const struct store_account *account, struct account_entry *entry)
{
	struct standing *standing = new_standing(account);
	if (standing == NULL)
		return false;
	const bool plain = is_plain(standing);
	if (!plain && promise_standing(registry))
		entry->standing = standing;
	else
		standing_free(standing);
	return plain || entry->standing != NULL;
}

struct account_entry *registry_prepare(
	struct registry *registry, const struct store_account *account)
{
	struct account_entry *entry = calloc(1, sizeof(*entry));
	if (entry == NULL)
		return NULL;
	entry->ended = account->ended;
	entry->account_sid = strdup(account->sid);
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
	struct entered_credential *entered = calloc(1, sizeof(*entered));
	if (entered == NULL ||
		!make_credential(&entered->credential, user, secret, entry->account_sid, false)) {
		free(entered);
		return false;
	}
	if (!promise_credential(registry)) {
		credential_done(&entered->credential);
		free(entered);
		return false;
	}
	entered->next = entry->credentials;
	entry->credentials = entered;
	return true;
}

/* Frees an entry whose credentials and note are others' by now, or gone. */
static void free_entry(struct account_entry *entry)
{
	while (entry->credentials != NULL) {
		struct entered_credential *entered = entry->credentials;
		entry->credentials = entered->next;
		free(entered);
	}
	free(entry->account_sid);
	free(entry);
}

void registry_drop(struct registry *registry, struct account_entry *entry)
{
	if (entry == NULL)
		return;
	pthread_rwlock_wrlock(&registry->lock);
	registry->standing_places.promised -= entry->standing != NULL;
	for (struct entered_credential *each = entry->credentials; each != NULL;
		each = each->next) {
		registry->credential_places.promised--;
		credential_done(&each->credential);
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
	for (struct entered_credential *each = entry->credentials; each != NULL; each = each->next)
		put_credential(registry, each->credential);
	if (entry->standing != NULL)
		put_standing(registry, entry->standing);
	else
		remove_standing(registry, entry->account_sid);
	trim_ended(registry);
	pthread_rwlock_unlock(&registry->lock);
	free_entry(entry);
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
 * held.
 */
static bool has_ended(const struct registry *registry, const char *account_sid)
{
	if (registry->ended_count == 0)
		return false; /* most have none, and each request asks */
	const struct standing *standing = find_standing(registry, account_sid);
	if (standing == NULL || !standing->ended)
		return false;
	const size_t place = place_of(registry, account_sid);
	return !is_at(registry, place, account_sid) || !registry->credentials[place].configured;
}

static enum credential_result check(const struct registry *registry, const char *user,
	const char *secret, struct arena *arena, struct caller *ret_caller)
{
	const size_t place = place_of(registry, user);
	const char *account_sid = user;
	if (is_at(registry, place, user)) {
		const struct credential *known = &registry->credentials[place];
		if (!secret_matches(known->secret, secret))
			return CREDENTIAL_WRONG_SECRET;
		account_sid = known->account_sid;
	}
	if (has_ended(registry, account_sid))
		return CREDENTIAL_ENDED;
	if (!is_at(registry, place, user) && (registry->strict || !sid_has_form(user, "AC")))
		return CREDENTIAL_UNKNOWN_USER;
	ret_caller->auth_token = strncmp(user, "AC", 2) == 0 ? secret : NULL;
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
	const bool listed = is_at(registry, place_of(registry, account_sid), account_sid);
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
	for (size_t i = 0; i < registry->standing_count && expired == NULL; i++) {
		const struct standing *standing = registry->standings[i];
		if (has_expired(standing, now_us))
			expired = arena_copy(
				arena, standing->account_sid, strlen(standing->account_sid));
	}
	pthread_rwlock_unlock(&registry->lock);
	return expired;
}
