/* SPDX-License-Identifier: MIT */
/*
 * Due work: what is to happen at some time of an account's clock.
 *
 * It is in the database, so it survives a restart. Some of it is our own; the rest is webhooks to
 * be sent. A webhook's receiver is the scheme, host and port of its URL. A lane is what one
 * namespace has for one receiver: one that hangs holds up its own lane only. (The database calls
 * the receiver `lane`, as its first version did.)
 */
#ifndef STORE_DUE_H
#define STORE_DUE_H

#include "model/account_clock.h"
#include "store/store.h"

struct store_due {
	int64_t id;
	const char *namespace;
	int64_t due_at_ms;  /* the account's time */
	bool wakes;	    /* false: the clock stands still */
	int64_t wake_at_ms; /* real time */
	const char *kind;
	const char *subject_sid;
	const char *receiver; /* a webhook's receiver; empty for our own work */
};

/* Adds work. Its `id` does not matter: it gets one that none had before. */
enum store_result store_add_due(struct store_connection *connection, const struct store_due *due);

/* Removes work that may be gone already: only what has this id, namespace and subject. */
enum store_result store_remove_due(
	struct store_connection *connection, const struct store_due *due);

/* Changes when work wakes, in real time, and not when it is due. */
enum store_result store_put_off_due(
	struct store_connection *connection, int64_t id, int64_t wake_at_ms);

/* A place in the order of a namespace's work, which is that of its time and, within that, of its
 * id. */
struct store_due_place {
	int64_t due_at_ms;
	int64_t id;
};

/* The place before all work. */
static inline struct store_due_place store_due_beginning(void)
{
	return (struct store_due_place){ .due_at_ms = INT64_MIN };
}

/* The first work of a namespace after a place that is due at `until_ms` of the account's time, or
 * STORE_NOT_FOUND. */
enum store_result store_next_due(struct store_connection *connection, const char *namespace,
	struct store_due_place after, int64_t until_ms, struct arena *arena,
	struct store_due *ret_due);

/* When the first work of a kind about a subject is due that is due at `until_ms` of the account's
 * time, or STORE_NOT_FOUND. Looks through all that is due by then: for errors, which are rare. */
enum store_result store_find_due(struct store_connection *connection, const char *namespace,
	const char *kind, const char *subject_sid, int64_t until_ms, int64_t *ret_due_at_ms);

/* Called for each row. Its texts live for the call only. It may add, change and remove other work
 * meanwhile; whether the visit comes by what was added is open. */
typedef void store_due_visitor(void *closure, const struct store_due *due);

/* Visits the first `limit` rows of our own work, which is all but webhooks, that wake until
 * `until_ms` of real time: of every namespace, in the order in which they wake. */
enum store_result store_visit_own_work(struct store_connection *connection, int64_t until_ms,
	size_t limit, store_due_visitor *visit, void *closure);

/* A place in the order in which work wakes, and within a moment of its id. */
struct store_wake_place {
	int64_t wake_at_ms;
	int64_t id;
};

static inline struct store_wake_place store_wake_beginning(void)
{
	return (struct store_wake_place){ .wake_at_ms = INT64_MIN };
}

/* Likewise the webhooks of one lane, those that a namespace has for a receiver, after a place. */
enum store_result store_visit_webhooks(struct store_connection *connection, const char *namespace,
	const char *receiver, struct store_wake_place after, int64_t until_ms, size_t limit,
	store_due_visitor *visit, void *closure);

/* Visits the lanes of namespaces that have a webhook due at `until_ms` of real time, those first
 * whose first one has waited longest. Of what is visited only `namespace`, `receiver` and
 * `wake_at_ms` are set. */
enum store_result store_visit_due_lanes(struct store_connection *connection, int64_t until_ms,
	store_due_visitor *visit, void *closure);

/* The first moment after `after_ms` of real time at which work falls due, or STORE_NOT_FOUND. */
enum store_result store_next_wake(
	struct store_connection *connection, int64_t after_ms, int64_t *ret_wake_ms);

/* Works out again when a namespace's work wakes, after its clock was changed. */
enum store_result store_rewake(struct store_connection *connection, const char *namespace,
	const struct account_clock *clock);

/* How much work a namespace has. */
enum store_result store_count_due(
	struct store_connection *connection, const char *namespace, int64_t *ret_count);

/* Moves after each commit that added or changed work that wakes somebody. Any thread. */
uint_fast64_t store_due_changes(const struct store *store);

#endif
