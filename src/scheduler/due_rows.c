/* SPDX-License-Identifier: MIT */
#include "scheduler/due_rows.h"

#include <string.h>

void due_rows_init(struct due_rows *rows, struct arena *arena)
{
	*rows = (struct due_rows){ .arena = arena, .complete = true };
	rows->last_link = &rows->first;
}

void due_rows_collect(void *closure, const struct store_due *due)
{
	struct due_rows *rows = closure;
	struct due_row *row = arena_alloc(rows->arena, sizeof(*row));
	if (row == NULL) {
		rows->complete = false;
		return;
	}
	row->due = *due;
	row->due.namespace = arena_copy(rows->arena, due->namespace, strlen(due->namespace));
	row->due.kind = arena_copy(rows->arena, due->kind, strlen(due->kind));
	row->due.subject_sid = arena_copy(rows->arena, due->subject_sid, strlen(due->subject_sid));
	row->due.receiver = arena_copy(rows->arena, due->receiver, strlen(due->receiver));
	rows->complete = rows->complete && row->due.namespace != NULL && row->due.kind != NULL &&
			 row->due.subject_sid != NULL && row->due.receiver != NULL;
	*rows->last_link = row;
	rows->count++;
	rows->last_link = &row->next;
}
