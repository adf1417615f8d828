/* SPDX-License-Identifier: MIT */
/* What is done to an account's traffic on purpose, as the database keeps it: fault rules as the
 * text that watch/fault_rule.h makes of them, and how many requests may be in work at once. */
#ifndef STORE_FAULTS_H
#define STORE_FAULTS_H

#include "store/store.h"

struct store_faults {
	const char *rules;
	bool has_seed;
	int64_t seed;
	int64_t concurrent; /* 0: any number */
};

/* Reads a namespace's; the text is put into the arena. STORE_NOT_FOUND: none were ever set. */
enum store_result store_fetch_faults(struct store_connection *connection, const char *namespace,
	struct arena *arena, struct store_faults *ret_faults);

/* Writes a namespace's, new or not. */
enum store_result store_put_faults(struct store_connection *connection, const char *namespace,
	const struct store_faults *faults);

/* Called for each account in use that has a row. Texts live for the call only. */
typedef void store_faults_visitor(
	void *closure, const char *account_sid, const struct store_faults *faults);
enum store_result store_visit_faults(
	struct store_connection *connection, store_faults_visitor *visit, void *closure);

#endif
