/* SPDX-License-Identifier: MIT */
/*
 * The traffic of each account: how many of its requests are in work, how many may be, and which
 * faults are to hit them and its webhooks. In memory; who keeps the settings in the database tells
 * of them once they are durable. Any thread.
 *
 * What each request asks for costs no lock: a connection holds its account, and asks that.
 */
#ifndef WATCH_TRAFFIC_H
#define WATCH_TRAFFIC_H

#include "watch/fault_set.h"

struct traffic;
struct account_traffic;

/* `seed`: for the dice of rules whose account has no seed of its own. NULL without memory. */
struct traffic *traffic_new(uint64_t seed);

/* Nobody may hold an account any more. NULL is harmless. */
void traffic_free(struct traffic *traffic);

uint64_t traffic_seed(const struct traffic *traffic);

/* ── accounts, as requests hold them ─────────────────────────────────────────────────────── */

/* An account, held: for who holds it, it stays. NULL without memory, which is noted. */
struct account_traffic *traffic_hold(struct traffic *traffic, const char *account_sid);

/* NULL is harmless. */
void traffic_let_go(struct account_traffic *account);

bool traffic_is_of(const struct account_traffic *account, const char *account_sid);

/* Counts a request in; `ret_in_work` includes it. False: as many are in work as may be, and it is
 * not counted. */
bool traffic_enter(struct account_traffic *account, unsigned *ret_in_work);

/* Counts one out that was counted in. */
void traffic_leave(struct account_traffic *account);

/* Whether there are faults that may hit a request: if not, traffic_take need not be asked. */
bool traffic_has_faults(const struct account_traffic *account);

/* ── faults ──────────────────────────────────────────────────────────────────────────────── */

/* Which keys of a matcher the account's faults look at; 0: none of them, or there is none. */
unsigned traffic_looks_at(struct traffic *traffic, const char *account_sid, enum fault_side side);

/* Finds the fault that hits what is seen, and counts it: exactly, whatever happens at once. `sid`
 * is the request's id, or the delivery's. False: none does. */
bool traffic_take(struct traffic *traffic, const char *account_sid, enum fault_side side,
	const struct request_view *view, const char *sid, struct fault_hit *ret_hit);

/* ── settings ────────────────────────────────────────────────────────────────────────────── */

struct traffic_settings {
	const char *rules; /* of fault_rules_text */
	bool has_seed;
	int64_t seed;
	int64_t concurrent; /* requests that may be in work at once; 0: any number */
};

/*
 * What a write makes of an account's settings: prepared within the write, with all the memory that
 * it takes, then given to traffic_record or traffic_drop. `anew`: rules that there were before
 * begin to count anew, too. NULL without memory.
 */
struct traffic_change;
struct traffic_change *traffic_prepare(struct traffic *traffic, const char *account_sid,
	const struct traffic_settings *settings, bool anew);

/* Puts a change that is durable into force, and frees it. In the order of the writes. */
void traffic_record(struct traffic_change *change);

/* Frees a change that came to nothing. NULL is harmless. */
void traffic_drop(struct traffic_change *change);

/* Forgets the settings of an account that was reset, or has ended. */
void traffic_forget(struct traffic *traffic, const char *account_sid);

/* Adds `"seed":…,"faults":[…]`, as they are shown. */
void traffic_add_faults(struct traffic *traffic, const char *account_sid, struct strbuf *out);

/* Whether an account has a fault of this id. */
bool traffic_has_fault(struct traffic *traffic, const char *account_sid, const char *id);

/* How many requests of an account may be in work (0: any number), and how many are. */
void traffic_read_limit(struct traffic *traffic, const char *account_sid, int64_t *ret_concurrent,
	unsigned *ret_in_work);

/* For metrics. */
struct traffic_counts {
	size_t rules;
	uint64_t hits; /* since the start */
};
void traffic_count(const struct traffic *traffic, struct traffic_counts *ret_counts);

/* How many rules of all accounts have hit nothing. */
size_t traffic_count_unused(struct traffic *traffic);

#endif
