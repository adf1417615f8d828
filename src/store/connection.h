/* SPDX-License-Identifier: MIT */
/* What the files of the store share. Nothing outside of it includes this. */
#ifndef STORE_CONNECTION_H
#define STORE_CONNECTION_H

#include <pthread.h>
#include <stdatomic.h>

#include "model/change.h"
#include "store/query.h"
#include "store/store.h"

struct database;
struct statement_cache;
struct store_draft;

struct store {
	struct database *database;
	const struct resource *const *resources;
	atomic_uint_fast64_t due_changes; /* moves after a commit that adds work which wakes */
	pthread_mutex_t drafts_lock;	  /* guards what follows */
	struct store_draft *drafts;	  /* that are kept: store/namespaces.h */
};

/* Of one batch of the writer. */
struct changes {
	struct change *items;
	size_t count, capacity;
	bool incomplete; /* there were more than are kept */
};

/* Forgets those of the batch before. */
void changes_begin(struct changes *changes);
void changes_done(struct changes *changes);

struct store_connection {
	struct store *store;
	struct session *session;
	bool writes;			/* it is the writer's */
	bool due_changed;		/* writer: this transaction adds work that wakes somebody */
	struct statement_cache *caches; /* one for each resource: store/sql.c */
	struct changes changes;		/* writer: what this transaction changed */
};

/* Notes that what falls due in a namespace's account has changed. */
void changes_note_due(struct store_connection *connection, const char *namespace);

#endif
