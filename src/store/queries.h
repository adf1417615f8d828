/* SPDX-License-Identifier: MIT */
/*
 * Every query that is a constant, file by file; each list is ended by NULL. A query that no list
 * names cannot be opened. So the test that holds queries against EXPLAIN misses none.
 */
#ifndef STORE_QUERIES_H
#define STORE_QUERIES_H

#include "store/query.h"

extern const struct query *const account_queries[];
extern const struct query *const copy_queries[];
extern const struct query *const due_queries[];
extern const struct query *const fault_queries[];
extern const struct query *const namespace_queries[];
extern const struct query *const outbox_queries[];
extern const struct query *const profile_network_queries[];
extern const struct query *const sim_queries[];
extern const struct query *const usage_queries[];

#endif
