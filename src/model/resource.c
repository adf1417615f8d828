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

const struct field *resource_parameter(
	const struct resource *resource, unsigned places, const char *name)
{
	for (size_t i = 0; i < resource->field_count; i++) {
		const struct field *field = &resource->fields[i];
		if ((field->flags & places) && strcmp(field->parameter, name) == 0)
			return field;
	}
	return NULL;
}

unsigned field_value(const struct field *field, const char *name)
{
	if (name == NULL)
		return 0;
	for (unsigned value = 1; field->names[value] != NULL; value++) {
		/* For every row that is read: most names differ in their first letter. */
		if (field->names[value][0] == name[0] && strcmp(field->names[value], name) == 0)
			return value;
	}
	return 0;
}

bool field_has_value(const struct field *field, unsigned value)
{
	return value > 0 && value >= field->minimum &&
	       (field->maximum == 0 || value <= field->maximum);
}

field_set resource_member_bit(const struct resource *resource, size_t offset)
{
	for (size_t i = 0; i < resource->field_count; i++) {
		const struct field *field = &resource->fields[i];
		if (field->storage != STORED_NOWHERE && field->offset == offset)
			return field_bit(resource, field);
	}
	return 0;
}

static size_t storage_size(enum field_storage storage)
{
	switch (storage) {
	case STORED_TEXT: return sizeof(const char *);
	case STORED_BOOLEAN: return sizeof(bool);
	case STORED_INTEGER: return sizeof(int64_t);
	case STORED_ENUM: return sizeof(unsigned);
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
			memcpy((char *)into + field->offset, (const char *)from + field->offset,
				storage_size(field->storage));
	}
}
