/* SPDX-License-Identifier: MIT */
/*
 * What devices moved: a row for each hour, Sim, Network and Fleet, and the same summed over Sims.
 *
 * What is asked about one Sim is read from its own hours, which lie together; what is asked about
 * an account or a Fleet from the sums; and what is asked Sim by Sim walks the account's Sims.
 */
#ifndef STORE_USAGE_H
#define STORE_USAGE_H

#include "store/store.h"

/* What a device moved within an hour. */
struct store_usage {
	const char *sim_sid;
	int64_t hour_ms;
	const char *fleet_sid;
	int64_t network;		    /* a Network's number; 0: none was named */
	int64_t data_upload, data_download; /* bytes */
};

/* Adds to what was moved in that hour. STORE_NOT_FOUND: there is no such Sim or Fleet. */
enum store_result store_add_usage(struct store_connection *connection, const char *namespace,
	const struct store_usage *usage);

/* Called for each hour; the texts live for the call only. */
typedef void store_usage_visitor(void *closure, const struct store_usage *usage);
enum store_result store_visit_usage(struct store_connection *connection, const char *namespace,
	store_usage_visitor *visit, void *closure);

/* Whether there are more than `count` rows of usage. Looks at no more than these. */
enum store_result store_usage_exceeds(struct store_connection *connection, const char *namespace,
	int64_t count, bool *ret_exceeds);

/* Removes the usage of a Fleet. Time grows with all usage of the namespace. */
enum store_result store_remove_fleet_usage(
	struct store_connection *connection, const char *namespace, const char *fleet_sid);

/* Which usage counts. */
struct store_usage_filter {
	const char *namespace;
	const char *sim_sid;	/* NULL: of any Sim */
	const char *fleet_sid;	/* NULL: of any Fleet */
	const char *networks;	/* their numbers as a JSON array; NULL: in any Network */
	int64_t from_ms, to_ms; /* hours that begin in [from, to) */
};

/* The newest hour that counts, or STORE_NOT_FOUND; and the oldest one. */
enum store_result store_newest_usage(struct store_connection *connection,
	const struct store_usage_filter *filter, int64_t *ret_hour_ms);
enum store_result store_oldest_usage(struct store_connection *connection,
	const struct store_usage_filter *filter, int64_t *ret_hour_ms);

/* A sum of usage. */
struct store_usage_sum {
	int64_t id; /* a number of the Fleet or the Sim, which orders them */
	const char *sid;
	int64_t network; /* of sums by Fleet and Network */
	int64_t data_upload, data_download;
};

/* Called for each sum; the text lives for the call only. */
typedef void store_usage_sum_visitor(void *closure, const struct store_usage_sum *sum);

/* Visits the sums by Fleet and Network, in no particular order. */
enum store_result store_sum_usage(struct store_connection *connection,
	const struct store_usage_filter *filter, store_usage_sum_visitor *visit, void *closure);

/* Visits the sums of at most `limit` Sims whose number is below, or above, a given one, beginning
 * with the nearest. */
enum store_result store_sum_usage_below(struct store_connection *connection,
	const struct store_usage_filter *filter, int64_t below, size_t limit,
	store_usage_sum_visitor *visit, void *closure);
enum store_result store_sum_usage_above(struct store_connection *connection,
	const struct store_usage_filter *filter, int64_t above, size_t limit,
	store_usage_sum_visitor *visit, void *closure);

#endif
