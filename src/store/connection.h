/* SPDX-License-Identifier: MIT */
/* What the files of the store share. Nothing outside of it includes this. */
#ifndef STORE_CONNECTION_H
#define STORE_CONNECTION_H

#include <stdatomic.h>

#include "store/query.h"
#include "store/store.h"

struct database;
struct statement_cache;

struct store {
	struct database *database;
	const struct resource *const *resources;
	atomic_uint_fast64_t due_changes; /* moves after a commit that adds work which wakes */
};

struct store_connection {
	struct store *store;
	struct session *session;
	bool due_changed;		/* writer: this transaction adds work that wakes somebody */
	struct statement_cache *caches; /* one for each resource: store/sql.c */
};

#endif
