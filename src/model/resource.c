/* SPDX-License-Identifier: MIT */
#include "model/resource.h"

#include <string.h>

const struct field *resource_field(const struct resource *resource, enum field_kind kind)
{
	for (size_t i = 0; i < resource->field_count; i++) {
		if (resource->fields[i].kind == kind)
			return &resource->fields[i];
	}
	return NULL;
}

const struct field *resource_field_named(const struct resource *resource, const char *name)
{
	for (size_t i = 0; i < resource->field_count; i++) {
		if (strcmp(resource->fields[i].name, name) == 0)
			return &resource->fields[i];
	}
	return NULL;
}

static void *member(const struct field *field, void *record)
{
	return (char *)record + field->offset;
}

const char **record_text(const struct field *field, void *record)
{
	return member(field, record);
}

bool *record_boolean(const struct field *field, void *record)
{
	return member(field, record);
}

int64_t *record_integer(const struct field *field, void *record)
{
	return member(field, record);
}

struct sid_list *record_list(const struct field *field, void *record)
{
	return member(field, record);
}

const char *record_get_text(const struct field *field, const void *record)
{
	return *(const char *const *)(const void *)((const char *)record + field->offset);
}

bool record_get_boolean(const struct field *field, const void *record)
{
	return *(const bool *)((const char *)record + field->offset);
}

int64_t record_get_integer(const struct field *field, const void *record)
{
	return *(const int64_t *)(const void *)((const char *)record + field->offset);
}

static size_t storage_size(enum field_storage storage)
{
	switch (storage) {
	case STORED_TEXT: return sizeof(const char *);
	case STORED_BOOLEAN: return sizeof(bool);
	case STORED_INTEGER: return sizeof(int64_t);
	case STORED_LIST: return sizeof(struct sid_list);
	case STORED_NOWHERE: return 0;
	}
	return 0;
}

void record_merge(const struct resource *resource, void *into, const void *from, field_set set)
{
	for (size_t i = 0; i < resource->field_count; i++) {
		const struct field *field = &resource->fields[i];
		if (set & field_bit(resource, field))
			memcpy(member(field, into), (const char *)from + field->offset,
				storage_size(field->storage));
	}
}
