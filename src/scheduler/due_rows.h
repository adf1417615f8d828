/* SPDX-License-Identifier: MIT */
/* Rows of due work, copied into an arena: a visitor may not use the connection that it is called
 * from, so rows are collected first and worked off then. */
#ifndef SCHEDULER_DUE_ROWS_H
#define SCHEDULER_DUE_ROWS_H

#include "store/due.h"
#include "util/arena.h"

struct due_row {
	struct due_row *next;
	struct store_due due;
};

struct due_rows {
	struct arena *arena;
	struct due_row *first, **last_link;
	size_t count;
	bool complete; /* false: there was not enough memory for all */
};

void due_rows_init(struct due_rows *rows, struct arena *arena);

/* A store_due_visitor whose closure is a struct due_rows. */
void due_rows_collect(void *closure, const struct store_due *due);

#endif
