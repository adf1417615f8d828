/* SPDX-License-Identifier: MIT */
#include "engine/registry.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "util/clock.h"
#include "util/log.h"
#include "util/secret.h"
#include "model/sid.h"

struct credential {
	char *user;
	char *secret;
	char *account_sid;
	bool configured; /* by the command line: it stays as it is */
};

/* What there is to know of an account beyond its SID. */
struct note {
	char *account_sid;
	char *scope;
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

struct accounts {
	bool strict;
	pthread_rwlock_t lock;		/* guards what follows */
	struct credential *credentials; /* sorted by user */
	size_t credential_count;
	struct places credential_places;
	struct note **notes; /* sorted by account */
	size_t note_count;
	struct places note_places;
	size_t mortal_count; /* notes with a time to live */
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
	struct note *note; /* NULL: there is nothing to know */
	struct entered_credential *credentials;
};

/* ── life cycle ──────────────────────────────────────────────────────────────────────────── */

struct accounts *accounts_new(bool strict)
{
	struct accounts *accounts = calloc(1, sizeof(*accounts));
	if (accounts == NULL)
		return NULL;
	accounts->strict = strict;
	if (pthread_rwlock_init(&accounts->lock, NULL) != 0) {
		free(accounts);
		return NULL;
	}
	return accounts;
}

static void credential_done(struct credential *credential)
{
	free(credential->user);
	free(credential->secret);
	free(credential->account_sid);
}

static void note_free(struct note *note)
{
	if (note == NULL)
		return;
	free(note->account_sid);
	free(note->scope);
	free(note);
}

void accounts_free(struct accounts *accounts)
{
	if (accounts == NULL)
		return;
	for (size_t i = 0; i < accounts->credential_count; i++)
		credential_done(&accounts->credentials[i]);
	for (size_t i = 0; i < accounts->note_count; i++)
		note_free(accounts->notes[i]);
	free(accounts->credentials);
	free(accounts->notes);
	pthread_rwlock_destroy(&accounts->lock);
	free(accounts);
}

/* ── credentials ─────────────────────────────────────────────────────────────────────────── */

/* The place of `user`, or where it would stand. */
static size_t place_of(const struct accounts *accounts, const char *user)
{
	size_t low = 0, high = accounts->credential_count;
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
	return place < accounts->credential_count &&
	       strcmp(accounts->credentials[place].user, user) == 0;
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

static bool promise_credential(struct accounts *accounts)
{
	pthread_rwlock_wrlock(&accounts->lock);
	struct credential *grown = promise_place(accounts->credentials, accounts->credential_count,
		sizeof(*grown), &accounts->credential_places);
	if (grown != NULL)
		accounts->credentials = grown;
	pthread_rwlock_unlock(&accounts->lock);
	return grown != NULL;
}

/* Puts a credential into the place that was promised to it. The lock is held. */
static void put_credential(struct accounts *accounts, struct credential added)
{
	const size_t place = place_of(accounts, added.user);
	struct credential *there = accounts->credentials + place;
	accounts->credential_places.promised--;
	if (is_at(accounts, place, added.user)) {
		const bool stays = there->configured && !added.configured;
		credential_done(stays ? &added : there);
		if (!stays)
			*there = added;
		return;
	}
	memmove(there + 1, there, (accounts->credential_count - place) * sizeof(*there));
	accounts->credential_count++;
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

static bool add(struct accounts *accounts, const char *user, const char *secret,
	const char *account_sid, bool configured)
{
	struct credential added;
	if (!make_credential(&added, user, secret, account_sid, configured))
		return false;
	if (!promise_credential(accounts)) {
		credential_done(&added);
		return false;
	}
	pthread_rwlock_wrlock(&accounts->lock);
	put_credential(accounts, added);
	pthread_rwlock_unlock(&accounts->lock);
	return true;
}

bool accounts_add(
	struct accounts *accounts, const char *user, const char *secret, const char *account_sid)
{
	return add(accounts, user, secret, account_sid, false);
}

bool accounts_configure(
	struct accounts *accounts, const char *user, const char *secret, const char *account_sid)
{
	return add(accounts, user, secret, account_sid, true);
}

bool accounts_find_configured(struct accounts *accounts, const char *user, const char **ret_secret,
	const char **ret_account_sid)
{
	pthread_rwlock_rdlock(&accounts->lock);
	const size_t place = place_of(accounts, user);
	const bool found = is_at(accounts, place, user) && accounts->credentials[place].configured;
	if (found) {
		*ret_secret = accounts->credentials[place].secret;
		*ret_account_sid = accounts->credentials[place].account_sid;
	}
	pthread_rwlock_unlock(&accounts->lock);
	return found;
}

static void remove_credentials(struct accounts *accounts, const char *account_sid)
{
	size_t kept = 0;
	for (size_t i = 0; i < accounts->credential_count; i++) {
		struct credential *each = &accounts->credentials[i];
		if (!each->configured && strcmp(each->account_sid, account_sid) == 0)
			credential_done(each);
		else
			accounts->credentials[kept++] = *each;
	}
	accounts->credential_count = kept;
}

/* ── notes ───────────────────────────────────────────────────────────────────────────────── */

static size_t note_place(const struct accounts *accounts, const char *account_sid)
{
	size_t low = 0, high = accounts->note_count;
	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		if (strcmp(accounts->notes[middle]->account_sid, account_sid) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct note *find_note(const struct accounts *accounts, const char *account_sid)
{
	const size_t place = note_place(accounts, account_sid);
	if (place < accounts->note_count &&
		strcmp(accounts->notes[place]->account_sid, account_sid) == 0)
		return accounts->notes[place];
	return NULL;
}

/* Takes the note of an account out; NULL when there is none. */
static void remove_note(struct accounts *accounts, const char *account_sid)
{
	struct note *note = find_note(accounts, account_sid);
	if (note == NULL)
		return;
	const size_t place = note_place(accounts, account_sid);
	accounts->note_count--;
	memmove(accounts->notes + place, accounts->notes + place + 1,
		(accounts->note_count - place) * sizeof(struct note *));
	accounts->mortal_count -= note->ttl_us > 0;
	accounts->ended_count -= note->ended;
	note_free(note);
}

/* Puts a note into the place that was promised to it, instead of the one that may stand there. */
static void put_note(struct accounts *accounts, struct note *note)
{
	const size_t place = note_place(accounts, note->account_sid);
	struct note *before = find_note(accounts, note->account_sid);
	accounts->note_places.promised--;
	if (before != NULL) {
		accounts->mortal_count -= before->ttl_us > 0;
		accounts->ended_count -= before->ended;
		note_free(before);
	} else {
		struct note **there = accounts->notes + place;
		memmove(there + 1, there, (accounts->note_count - place) * sizeof(*there));
		accounts->note_count++;
	}
	accounts->mortal_count += note->ttl_us > 0;
	accounts->ended_count += note->ended;
	if (note->ended)
		note->ended_order = ++accounts->last_end;
	accounts->notes[place] = note;
}

/* Whether there is nothing to know of an account but its SID. */
static bool is_plain(const struct note *note)
{
	return !note->ended && note->ttl_us == 0 && strcmp(note->scope, note->account_sid) == 0;
}

/* Keeps the newest of those that have ended. */
static void trim_ended(struct accounts *accounts)
{
	struct note *oldest = NULL;
	if (accounts->ended_count <= ENDED_ACCOUNTS_KEPT)
		return;
	for (size_t i = 0; i < accounts->note_count; i++) {
		struct note *each = accounts->notes[i];
		if (each->ended && (oldest == NULL || each->ended_order < oldest->ended_order))
			oldest = each;
	}
	oldest->ended = false;
	accounts->ended_count--;
	if (is_plain(oldest))
		remove_note(accounts, oldest->account_sid);
}

static struct note *new_note(const struct store_account *account)
{
	struct note *note = calloc(1, sizeof(*note));
	if (note == NULL)
		return NULL;
	note->account_sid = strdup(account->sid);
	note->scope = strdup(account->scope);
	note->ttl_us = account->ttl_ms * 1000;
	note->ended = account->ended && account->made;
	atomic_init(&note->used_us, clock_monotonic_us());
	if (note->account_sid != NULL && note->scope != NULL)
		return note;
	note_free(note);
	return NULL;
}

static bool promise_note(struct accounts *accounts)
{
	pthread_rwlock_wrlock(&accounts->lock);
	struct note **grown = promise_place(
		accounts->notes, accounts->note_count, sizeof(*grown), &accounts->note_places);
	if (grown != NULL)
		accounts->notes = grown;
	pthread_rwlock_unlock(&accounts->lock);
	return grown != NULL;
}

void accounts_forget(struct accounts *accounts, const char *account_sid)
{
	pthread_rwlock_wrlock(&accounts->lock);
	struct note *note = find_note(accounts, account_sid);
	if (note != NULL && note->ended)
		note->scope[strlen(account_sid)] = '\0'; /* its namespaces begin anew */
	else
		remove_note(accounts, account_sid);
	pthread_rwlock_unlock(&accounts->lock);
}

/* ── entries ─────────────────────────────────────────────────────────────────────────────── */

/* An account of which there is nothing to know needs no note. */
static bool prepare_note(
	struct accounts *accounts, const struct store_account *account, struct account_entry *entry)
{
	struct note *note = new_note(account);
	if (note == NULL)
		return false;
	const bool plain = is_plain(note);
	if (!plain && promise_note(accounts))
		entry->note = note;
	else
		note_free(note);
	return plain || entry->note != NULL;
}

struct account_entry *accounts_prepare(
	struct accounts *accounts, const struct store_account *account)
{
	struct account_entry *entry = calloc(1, sizeof(*entry));
	if (entry == NULL)
		return NULL;
	entry->ended = account->ended;
	entry->account_sid = strdup(account->sid);
	if (entry->account_sid != NULL && prepare_note(accounts, account, entry) &&
		(!account->token_checked || accounts_prepare_credential(accounts, entry,
						    account->sid, account->auth_token)))
		return entry;
	accounts_drop(accounts, entry);
	return NULL;
}

bool accounts_prepare_credential(struct accounts *accounts, struct account_entry *entry,
	const char *user, const char *secret)
{
	struct entered_credential *entered = calloc(1, sizeof(*entered));
	if (entered == NULL ||
		!make_credential(&entered->credential, user, secret, entry->account_sid, false)) {
		free(entered);
		return false;
	}
	if (!promise_credential(accounts)) {
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

void accounts_drop(struct accounts *accounts, struct account_entry *entry)
{
	if (entry == NULL)
		return;
	pthread_rwlock_wrlock(&accounts->lock);
	accounts->note_places.promised -= entry->note != NULL;
	for (struct entered_credential *each = entry->credentials; each != NULL;
		each = each->next) {
		accounts->credential_places.promised--;
		credential_done(&each->credential);
	}
	pthread_rwlock_unlock(&accounts->lock);
	note_free(entry->note);
	free_entry(entry);
}

void accounts_note(struct accounts *accounts, struct account_entry *entry)
{
	pthread_rwlock_wrlock(&accounts->lock);
	if (entry->ended)
		remove_credentials(accounts, entry->account_sid);
	for (struct entered_credential *each = entry->credentials; each != NULL; each = each->next)
		put_credential(accounts, each->credential);
	if (entry->note != NULL)
		put_note(accounts, entry->note);
	else
		remove_note(accounts, entry->account_sid);
	trim_ended(accounts);
	pthread_rwlock_unlock(&accounts->lock);
	free_entry(entry);
}

/* ── loading ─────────────────────────────────────────────────────────────────────────────── */

struct loading {
	struct accounts *accounts;
	struct arena *arena;
	bool complete;
};

static void load_account(void *closure, const struct store_account *account)
{
	struct loading *loading = closure;
	struct account_entry *entry = accounts_prepare(loading->accounts, account);
	if (entry != NULL)
		accounts_note(loading->accounts, entry);
	else
		loading->complete = false;
}

static void load_key(void *closure, const char *sid, const char *secret, const char *account_sid)
{
	struct loading *loading = closure;
	if (!accounts_add(loading->accounts, sid, secret, account_sid))
		loading->complete = false;
}

/* Its row may have gone with the last of its records. */
static void load_ended(void *closure, const char *sid)
{
	struct loading *loading = closure;
	const char *scope = accounts_scope(loading->accounts, sid, loading->arena);
	const struct store_account account = {
		.sid = sid, .scope = scope, .ended = true, .made = true
	};
	if (scope != NULL)
		load_account(loading, &account);
	else
		loading->complete = false;
}

bool accounts_load(struct accounts *accounts, struct store_connection *connection)
{
	struct arena arena;
	arena_init(&arena);
	struct loading loading = { accounts, &arena, true };
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
static bool fill_caller(const struct accounts *accounts, const char *account_sid,
	struct arena *arena, struct caller *ret_caller)
{
	struct note *note = find_note(accounts, account_sid);
	const char *scope = note != NULL ? note->scope : account_sid;
	if (note != NULL && note->ttl_us > 0)
		atomic_store_explicit(&note->used_us, clock_monotonic_us(), memory_order_relaxed);
	ret_caller->account_sid = arena_copy(arena, account_sid, strlen(account_sid));
	ret_caller->scope =
		note != NULL ? arena_copy(arena, scope, strlen(scope)) : ret_caller->account_sid;
	return ret_caller->account_sid != NULL && ret_caller->scope != NULL;
}

/* Whether an account is to be made again first. The command line's token makes it. The lock is
 * held.
 */
static bool has_ended(const struct accounts *accounts, const char *account_sid)
{
	if (accounts->ended_count == 0)
		return false; /* most have none, and each request asks */
	const struct note *note = find_note(accounts, account_sid);
	if (note == NULL || !note->ended)
		return false;
	const size_t place = place_of(accounts, account_sid);
	return !is_at(accounts, place, account_sid) || !accounts->credentials[place].configured;
}

static enum credential_result check(const struct accounts *accounts, const char *user,
	const char *secret, struct arena *arena, struct caller *ret_caller)
{
	const size_t place = place_of(accounts, user);
	const char *account_sid = user;
	if (is_at(accounts, place, user)) {
		const struct credential *known = &accounts->credentials[place];
		if (!secret_matches(known->secret, secret))
			return CREDENTIAL_WRONG_SECRET;
		account_sid = known->account_sid;
	}
	if (has_ended(accounts, account_sid))
		return CREDENTIAL_ENDED;
	if (!is_at(accounts, place, user) && (accounts->strict || !sid_has_form(user, "AC")))
		return CREDENTIAL_UNKNOWN_USER;
	ret_caller->auth_token = strncmp(user, "AC", 2) == 0 ? secret : NULL;
	return fill_caller(accounts, account_sid, arena, ret_caller) ? CREDENTIAL_GOOD
								     : CREDENTIAL_UNKNOWN_USER;
}

enum credential_result accounts_check(struct accounts *accounts, const char *user,
	const char *secret, struct arena *arena, struct caller *ret_caller)
{
	pthread_rwlock_rdlock(&accounts->lock);
	const enum credential_result result = check(accounts, user, secret, arena, ret_caller);
	pthread_rwlock_unlock(&accounts->lock);
	return result;
}

bool accounts_is_open(struct accounts *accounts, const char *account_sid)
{
	pthread_rwlock_rdlock(&accounts->lock);
	const bool listed = is_at(accounts, place_of(accounts, account_sid), account_sid);
	const bool ended = has_ended(accounts, account_sid);
	pthread_rwlock_unlock(&accounts->lock);
	return !accounts->strict && !listed && !ended;
}

bool accounts_has_ended(struct accounts *accounts, const char *account_sid)
{
	pthread_rwlock_rdlock(&accounts->lock);
	const bool ended = has_ended(accounts, account_sid);
	pthread_rwlock_unlock(&accounts->lock);
	return ended;
}

const char *accounts_scope(struct accounts *accounts, const char *account_sid, struct arena *arena)
{
	struct caller caller = { 0 };
	pthread_rwlock_rdlock(&accounts->lock);
	const bool filled = fill_caller(accounts, account_sid, arena, &caller);
	pthread_rwlock_unlock(&accounts->lock);
	return filled ? caller.scope : NULL;
}

bool accounts_may_expire(struct accounts *accounts)
{
	pthread_rwlock_rdlock(&accounts->lock);
	const bool may = accounts->mortal_count > 0;
	pthread_rwlock_unlock(&accounts->lock);
	return may;
}

static bool has_expired(const struct note *note, int64_t now_us)
{
	return note->ttl_us > 0 &&
	       atomic_load_explicit(&note->used_us, memory_order_relaxed) + note->ttl_us <= now_us;
}

bool accounts_is_expired(struct accounts *accounts, const char *account_sid, int64_t now_us)
{
	pthread_rwlock_rdlock(&accounts->lock);
	const struct note *note = find_note(accounts, account_sid);
	const bool expired = note != NULL && has_expired(note, now_us);
	pthread_rwlock_unlock(&accounts->lock);
	return expired;
}

void accounts_touch(struct accounts *accounts, const char *account_sid)
{
	pthread_rwlock_rdlock(&accounts->lock);
	struct note *note = find_note(accounts, account_sid);
	if (note != NULL)
		atomic_store_explicit(&note->used_us, clock_monotonic_us(), memory_order_relaxed);
	pthread_rwlock_unlock(&accounts->lock);
}

const char *accounts_expired(struct accounts *accounts, int64_t now_us, struct arena *arena)
{
	const char *expired = NULL;
	pthread_rwlock_rdlock(&accounts->lock);
	for (size_t i = 0; i < accounts->note_count && expired == NULL; i++) {
		const struct note *note = accounts->notes[i];
		if (has_expired(note, now_us))
			expired = arena_copy(arena, note->account_sid, strlen(note->account_sid));
	}
	pthread_rwlock_unlock(&accounts->lock);
	return expired;
}
