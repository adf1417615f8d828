/* SPDX-License-Identifier: MIT */
/* Noting what a write changed, for those who watch (model/change.h): records, by their resource's
 * description, and accounts. */
#ifndef ENGINE_CHANGES_H
#define ENGINE_CHANGES_H

#include "engine/context.h"
#include "model/resource.h"

enum change_kind { CHANGE_CREATED, CHANGE_UPDATED, CHANGE_DELETED };

/* Whether anybody is told of this resource's records. */
bool change_is_told(const struct resource *resource);

/* Notes what became of a record. `set`: of one that was updated, the fields that were written. */
void change_note_record(struct context *context, const struct resource *resource,
	const void *record, enum change_kind kind, field_set set);

/* Notes that the clock of the account that the context is in was set, or moved on. */
void change_note_clock(struct context *context);

/* Notes that the account which the context has entered has begun anew; `ended`: has ended. */
void change_note_reset(struct context *context, bool ended);

#endif
