/* SPDX-License-Identifier: MIT */
#include "watch/traffic.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "util/clock.h"
#include "util/count.h"
#include "util/log.h"
#include "util/memory.h"
#include "util/sorted.h"

struct account_traffic {
	struct sorted_item account_sid;
	char sid[SID_SIZE]; /* the key */
	struct traffic *traffic;
	atomic_uint in_work;
	atomic_uint concurrent; /* so many may be; 0: any number */
	atomic_bool has_faults; /* that may hit a request */

	/* Guarded by the traffic's lock. */
	size_t holders;
	struct fault_set *faults; /* NULL: none */
	bool has_seed;
	int64_t seed;
};

struct traffic {
	uint64_t seed;
	pthread_mutex_t lock;
	struct sorted accounts; /* that somebody holds, or that have settings */
	atomic_size_t rules;
	atomic_ullong hits;
};

struct traffic_change {
	struct account_traffic *account; /* held */
	struct fault_set *faults;
	bool has_seed, anew;
	int64_t seed;
	unsigned concurrent;
};

/* ── life cycle ──────────────────────────────────────────────────────────────────────────── */

struct traffic *traffic_new(uint64_t seed)
{
	struct traffic *traffic = calloc(1, sizeof(*traffic));
	if (traffic == NULL)
		return NULL;
	traffic->seed = seed;
	pthread_mutex_init(&traffic->lock, NULL);
	return traffic;
}

void traffic_free(struct traffic *traffic)
{
	if (traffic == NULL)
		return;
	for (size_t i = 0; i < traffic->accounts.count; i++) {
		struct account_traffic *account =
			(struct account_traffic *)traffic->accounts.items[i];
		fault_set_free(account->faults);
		free(account);
	}
	sorted_done(&traffic->accounts);
	pthread_mutex_destroy(&traffic->lock);
	free(traffic);
}

uint64_t traffic_seed(const struct traffic *traffic)
{
	return traffic->seed;
}

/* ── accounts ────────────────────────────────────────────────────────────────────────────── */

static struct account_traffic *find(const struct traffic *traffic, const char *account_sid)
{
	return (struct account_traffic *)sorted_find(&traffic->accounts, account_sid);
}

/* Puts a new account in. NULL without memory. The lock is held. */
static struct account_traffic *add(struct traffic *traffic, const char *account_sid)
{
	struct account_traffic *account = memory_allocate_zeroed(sizeof(*account));
	if (account == NULL)
		return NULL;
	account->traffic = traffic;
	memcpy(account->sid, account_sid, strnlen(account_sid, SID_LENGTH));
	account->account_sid.key = account->sid;
	if (sorted_promise(&traffic->accounts)) {
		sorted_put(&traffic->accounts, &account->account_sid);
		return account;
	}
	free(account);
	return NULL;
}

struct account_traffic *traffic_hold(struct traffic *traffic, const char *account_sid)
{
	pthread_mutex_lock(&traffic->lock);
	struct account_traffic *account = find(traffic, account_sid);
	if (account == NULL)
		account = add(traffic, account_sid);
	if (account != NULL)
		account->holders++;
	pthread_mutex_unlock(&traffic->lock);
	return account;
}

/* Frees an account that nobody holds and of which there is nothing to know. The lock is held. */
static void let_go(struct account_traffic *account)
{
	struct traffic *traffic = account->traffic;
	account->holders--;
	if (account->holders > 0 || account->faults != NULL || account->has_seed ||
		atomic_load(&account->concurrent) > 0)
		return;
	sorted_remove(&traffic->accounts, account->sid);
	free(account);
}

void traffic_let_go(struct account_traffic *account)
{
	if (account == NULL)
		return;
	struct traffic *traffic = account->traffic;
	pthread_mutex_lock(&traffic->lock);
	let_go(account);
	pthread_mutex_unlock(&traffic->lock);
}

bool traffic_is_of(const struct account_traffic *account, const char *account_sid)
{
	return strcmp(account->sid, account_sid) == 0;
}

bool traffic_enter(struct account_traffic *account, unsigned *ret_in_work)
{
	const unsigned most = atomic_load_explicit(&account->concurrent, memory_order_relaxed);
	unsigned in_work = atomic_load_explicit(&account->in_work, memory_order_relaxed);
	do {
		*ret_in_work = in_work + 1;
		if (most > 0 && in_work >= most)
			return false;
	} while (!atomic_compare_exchange_weak(&account->in_work, &in_work, in_work + 1));
	return true;
}

void traffic_leave(struct account_traffic *account)
{
	atomic_fetch_sub(&account->in_work, 1);
}

bool traffic_has_faults(const struct account_traffic *account)
{
	return atomic_load_explicit(&account->has_faults, memory_order_acquire);
}

/* ── faults ──────────────────────────────────────────────────────────────────────────────── */

unsigned traffic_looks_at(struct traffic *traffic, const char *account_sid, enum fault_side side)
{
	bool any;
	pthread_mutex_lock(&traffic->lock);
	const struct account_traffic *account = find(traffic, account_sid);
	const unsigned keys = account != NULL && account->faults != NULL
				      ? fault_set_looks_at(account->faults, side, &any)
				      : 0;
	pthread_mutex_unlock(&traffic->lock);
	return keys;
}

static void log_hit(const char *account_sid, const struct fault_hit *hit)
{
	const struct log_field fields[] = {
		log_text("account", account_sid),
		log_text("fault", hit->id),
	};
	log_fields(LOG_DEBUG, "a fault hit", fields, COUNT_OF(fields));
}

bool traffic_take(struct traffic *traffic, const char *account_sid, enum fault_side side,
	const struct request_view *view, const char *sid, struct fault_hit *ret_hit)
{
	if (atomic_load_explicit(&traffic->rules, memory_order_relaxed) == 0)
		return false;
	pthread_mutex_lock(&traffic->lock);
	const struct account_traffic *account = find(traffic, account_sid);
	const bool hit = account != NULL && account->faults != NULL &&
			 fault_set_take(account->faults, side, view, sid, clock_now_ms(), ret_hit);
	pthread_mutex_unlock(&traffic->lock);
	if (!hit)
		return false;
	atomic_fetch_add_explicit(&traffic->hits, 1, memory_order_relaxed);
	log_hit(account_sid, ret_hit);
	return true;
}

/* ── settings ────────────────────────────────────────────────────────────────────────────── */

struct traffic_change *traffic_prepare(struct traffic *traffic, const char *account_sid,
	const struct traffic_settings *settings, bool anew)
{
	struct traffic_change *change = memory_allocate_zeroed(sizeof(*change));
	if (change == NULL)
		return NULL;
	*change = (struct traffic_change){
		.account = traffic_hold(traffic, account_sid),
		.faults = fault_set_new(settings->rules,
			settings->has_seed ? (uint64_t)settings->seed : traffic->seed),
		.has_seed = settings->has_seed,
		.seed = settings->seed,
		.concurrent = (unsigned)settings->concurrent,
		.anew = anew,
	};
	if (change->account != NULL && change->faults != NULL)
		return change;
	traffic_drop(change);
	return NULL;
}

void traffic_drop(struct traffic_change *change)
{
	if (change == NULL)
		return;
	traffic_let_go(change->account);
	fault_set_free(change->faults);
	free(change);
}

/* Puts rules (NULL: none) in the place of those that there are. The lock is held. */
static void replace_faults(struct account_traffic *account, struct fault_set *faults)
{
	struct traffic *traffic = account->traffic;
	bool has_faults = false;
	if (account->faults != NULL)
		atomic_fetch_sub(&traffic->rules, fault_set_count(account->faults));
	if (faults != NULL) {
		atomic_fetch_add(&traffic->rules, fault_set_count(faults));
		fault_set_looks_at(faults, FAULT_OF_REQUEST, &has_faults);
	}
	fault_set_free(account->faults);
	account->faults = faults;
	atomic_store_explicit(&account->has_faults, has_faults, memory_order_release);
}

static void log_settings(const char *account_sid, size_t rules, unsigned concurrent)
{
	const struct log_field fields[] = {
		log_text("account", account_sid),
		log_number("rules", (int64_t)rules),
		log_number_if_any("concurrent", concurrent),
	};
	log_fields(LOG_INFO, rules > 0 || concurrent > 0 ? "faults are set" : "faults are cleared",
		fields, COUNT_OF(fields));
}

void traffic_record(struct traffic_change *change)
{
	struct account_traffic *account = change->account;
	struct traffic *traffic = account->traffic;
	const size_t rules = fault_set_count(change->faults);
	log_settings(account->sid, rules, change->concurrent);
	pthread_mutex_lock(&traffic->lock);
	if (!change->anew && account->faults != NULL)
		fault_set_inherit(change->faults, account->faults);
	replace_faults(account, rules > 0 ? change->faults : NULL);
	if (rules == 0)
		fault_set_free(change->faults);
	account->has_seed = change->has_seed;
	account->seed = change->seed;
	atomic_store(&account->concurrent, change->concurrent);
	let_go(account);
	pthread_mutex_unlock(&traffic->lock);
	free(change);
}

void traffic_forget(struct traffic *traffic, const char *account_sid)
{
	pthread_mutex_lock(&traffic->lock);
	struct account_traffic *account = find(traffic, account_sid);
	const bool had = account != NULL && (account->faults != NULL || account->has_seed ||
						    atomic_load(&account->concurrent) > 0);
	if (had) {
		account->holders++;
		replace_faults(account, NULL);
		account->has_seed = false;
		atomic_store(&account->concurrent, 0);
		let_go(account);
	}
	pthread_mutex_unlock(&traffic->lock);
	if (had)
		log_settings(account_sid, 0, 0);
}

/* ── showing ─────────────────────────────────────────────────────────────────────────────── */

void traffic_add_faults(struct traffic *traffic, const char *account_sid, struct strbuf *out)
{
	pthread_mutex_lock(&traffic->lock);
	const struct account_traffic *account = find(traffic, account_sid);
	strbuf_add_text(out, "\"seed\":");
	if (account != NULL && account->has_seed)
		strbuf_add_integer(out, account->seed);
	else
		strbuf_add_text(out, "null");
	strbuf_add_text(out, ",\"faults\":");
	if (account != NULL && account->faults != NULL)
		fault_set_add(out, account->faults, clock_now_ms());
	else
		strbuf_add_text(out, "[]");
	pthread_mutex_unlock(&traffic->lock);
}

bool traffic_has_fault(struct traffic *traffic, const char *account_sid, const char *id)
{
	pthread_mutex_lock(&traffic->lock);
	const struct account_traffic *account = find(traffic, account_sid);
	const bool has =
		account != NULL && account->faults != NULL && fault_set_has(account->faults, id);
	pthread_mutex_unlock(&traffic->lock);
	return has;
}

void traffic_read_limit(struct traffic *traffic, const char *account_sid, int64_t *ret_concurrent,
	unsigned *ret_in_work)
{
	pthread_mutex_lock(&traffic->lock);
	const struct account_traffic *account = find(traffic, account_sid);
	*ret_concurrent = account != NULL ? atomic_load(&account->concurrent) : 0;
	*ret_in_work = account != NULL ? atomic_load(&account->in_work) : 0;
	pthread_mutex_unlock(&traffic->lock);
}

void traffic_count(const struct traffic *traffic, struct traffic_counts *ret_counts)
{
	*ret_counts = (struct traffic_counts){
		.rules = atomic_load_explicit(&traffic->rules, memory_order_relaxed),
		.hits = atomic_load_explicit(&traffic->hits, memory_order_relaxed),
	};
}

size_t traffic_count_unused(struct traffic *traffic)
{
	size_t count = 0;
	pthread_mutex_lock(&traffic->lock);
	for (size_t i = 0; i < traffic->accounts.count; i++) {
		const struct account_traffic *account =
			(const struct account_traffic *)traffic->accounts.items[i];
		if (account->faults != NULL)
			count += fault_set_count_unused(account->faults);
	}
	pthread_mutex_unlock(&traffic->lock);
	return count;
}
