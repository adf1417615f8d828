/* SPDX-License-Identifier: MIT */
#include "engine/changes.h"

#include <string.h>

#include "store/changes.h"

/* Cuts what is too long: names and SIDs are not. A change is made of zeros. */
static void show(struct change *change, const char *key, const char *value)
{
	for (size_t i = 0; i < CHANGE_TEXTS; i++) {
		if (change->shown[i].key != NULL)
			continue;
		change->shown[i].key = key;
		memcpy(change->shown[i].value, value, strnlen(value, CHANGE_TEXT_SIZE - 1));
		return;
	}
}

static void show_fields(
	struct change *change, const struct resource *resource, const void *record, field_set set)
{
	for (size_t i = 0; i < resource->field_count; i++) {
		const struct field *field = &resource->fields[i];
		if (!(field->flags & IN_EVENTS))
			continue;
		const bool is_enum = field->storage == STORED_ENUM;
		const char *value =
			is_enum ? record_get_name(field, record) : record_get_text(field, record);
		if (value != NULL)
			show(change, field->name, value);
		if (is_enum && (set & field_bit(resource, field)))
			change->status_event = resource->events.status;
	}
}

static const char *event_of(const struct resource *resource, enum change_kind kind)
{
	switch (kind) {
	case CHANGE_CREATED: return resource->events.created;
	case CHANGE_UPDATED: return resource->events.updated;
	case CHANGE_DELETED: return resource->events.deleted;
	}
	return NULL;
}

/* A namespace is visible to the account whose SID it begins with. */
static void note_in(struct context *context, const char *namespace, const struct resource *resource,
	const void *record, enum change_kind kind, field_set set)
{
	struct change *change = store_note_change(context->connection, namespace);
	if (change == NULL)
		return;
	change->subjects = 1u << resource->number;
	change->event = event_of(resource, kind);
	change->at_ms = context->now_ms;
	memcpy(change->sid, record_sid(resource, record),
		strnlen(record_sid(resource, record), SID_LENGTH));
	show_fields(change, resource, record, kind == CHANGE_UPDATED ? set : 0);
}

bool change_is_told(const struct resource *resource)
{
	return resource->events.updated != NULL || resource->events.created != NULL;
}

void change_note_record(struct context *context, const struct resource *resource,
	const void *record, enum change_kind kind, field_set set)
{
	const struct field *account = resource_field(resource, FIELD_ACCOUNT_SID);
	const char *moved_to = account != NULL && (set & field_bit(resource, account))
				       ? record_get_text(account, record)
				       : NULL;
	if (context->in_draft || !change_is_told(resource))
		return;
	note_in(context, context->namespace, resource, record, kind, set);
	if (kind == CHANGE_UPDATED && moved_to != NULL)
		note_in(context, moved_to, resource, record, kind, set);
}

void change_note_clock(struct context *context)
{
	struct change *change = store_note_change(context->connection, context->namespace);
	if (change == NULL)
		return;
	change->subjects = CHANGED_CLOCK;
	change->event = "clock";
	change->at_ms = context->now_ms;
}

void change_note_reset(struct context *context, bool ended)
{
	struct change *change = store_note_change(context->connection, context->namespace);
	if (change == NULL)
		return;
	change->subjects = CHANGED_ACCOUNT;
	change->event = "reset";
	change->at_ms = context->now_ms;
	show(change, "reason", ended ? "ended" : "reset");
}
