/* SPDX-License-Identifier: MIT */
/* Copies of a namespace's state, made piece by piece. What is history is no part of them. */
#ifndef STORE_COPIES_H
#define STORE_COPIES_H

#include "store/store.h"

/* A copy under way. */
struct store_copy {
	const char *from, *into; /* two namespaces; must live as long */
	size_t part;		 /* of what is copied one after the other: which comes next */
	int64_t after;		 /* the place in it */
	bool complete;		 /* nothing is left */
};

/* Begins a copy into a namespace that is empty, of one that nobody writes to before it is complete.
 */
void store_copy_init(struct store_connection *connection, struct store_copy *copy, const char *from,
	const char *into);

/* Copies about `limit` more rows: a Sim's usage, the usage of an hour and what is due at one moment
 * are not parted, and what has no usage, or is due for a webhook, is passed over, which is quick.
 * Of due work only our own, and no webhooks, is copied, and none wakes before store_rewake. */
enum store_result store_copy_some(
	struct store_connection *connection, struct store_copy *copy, int64_t limit);

#endif
