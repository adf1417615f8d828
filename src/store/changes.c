/* SPDX-License-Identifier: MIT */
#include "store/changes.h"

#include <stdlib.h>
#include <string.h>

#include "store/connection.h"
#include "util/memory.h"

enum {
	FIRST_ROOM = 64,
	ROOM_KEPT = 512 /* from batch to batch */
};

static bool grow(struct changes *changes)
{
	const size_t capacity = changes->capacity > 0 ? 2 * changes->capacity : FIRST_ROOM;
	struct change *items =
		memory_reallocate(changes->items, capacity * sizeof(changes->items[0]));
	if (items == NULL)
		return false;
	changes->items = items;
	changes->capacity = capacity;
	return true;
}

static bool is_of_account(const struct change *change, const char *namespace)
{
	return strncmp(change->account_sid, namespace, SID_LENGTH) == 0;
}

struct change *store_note_change(struct store_connection *connection, const char *namespace)
{
	struct changes *changes = &connection->changes;
	if (changes->count == CHANGES_MAXIMUM) {
		changes->incomplete = true;
		return NULL;
	}
	if (changes->count == changes->capacity && !grow(changes))
		return NULL;
	struct change *change = &changes->items[changes->count++];
	*change = (struct change){ 0 };
	memcpy(change->account_sid, namespace, strnlen(namespace, SID_LENGTH));
	return change;
}

void changes_note_due(struct store_connection *connection, const char *namespace)
{
	struct changes *changes = &connection->changes;
	struct change *change = changes->count > 0 ? &changes->items[changes->count - 1] : NULL;
	if (change == NULL || !is_of_account(change, namespace))
		change = store_note_change(connection, namespace);
	if (change != NULL)
		change->subjects |= CHANGED_DUE;
}

void changes_begin(struct changes *changes)
{
	changes->count = 0;
	changes->incomplete = false;
	if (changes->capacity > ROOM_KEPT)
		changes_done(changes);
}

void changes_done(struct changes *changes)
{
	free(changes->items);
	*changes = (struct changes){ 0 };
}
