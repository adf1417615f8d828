/* SPDX-License-Identifier: MIT */
#include "control/openapi_fields.h"

#include <string.h>

#include "util/json_read.h"

enum { TEXT_MAXIMUM = 1024 };

/* ── kinds of values ─────────────────────────────────────────────────────────────────────── */

static json_t *plain(const char *type)
{
	return json_pack("{s:s}", "type", type);
}

static json_t *formatted(const char *format)
{
	return json_pack("{s:s, s:s}", "type", "string", "format", format);
}

static json_t *sid_schema(const char *prefix)
{
	struct strbuf pattern;
	strbuf_init(&pattern, TEXT_MAXIMUM);
	strbuf_add_format(&pattern, "^%s[0-9a-fA-F]{32}$", prefix);
	return json_pack("{s:s, s:o}", "type", "string", "pattern", openapi_take_text(&pattern));
}

/* The names of an enum's values from `least` to `most`, 0 for no bounds, that the field may have.
 */
static json_t *names_schema(const struct field *field, unsigned least, unsigned most)
{
	json_t *names = json_array();
	for (unsigned value = 1; field->names[value] != NULL; value++) {
		const bool within = value >= least && (most == 0 || value <= most);
		if (within && field_has_value(field, value))
			json_array_append_new(names, json_string(field->names[value]));
	}
	return json_pack("{s:s, s:o}", "type", "string", "enum", names);
}

static json_t *links_schema(const struct field_link *links)
{
	json_t *properties = json_object();
	json_t *required = json_array();
	for (; links->name != NULL; links++) {
		json_object_set_new(properties, links->name, formatted("uri"));
		json_array_append_new(required, json_string(links->name));
	}
	return json_pack("{s:s, s:o, s:o}", "type", "object", "properties", properties, "required",
		required);
}

/* ── answers ─────────────────────────────────────────────────────────────────────────────── */

static bool holds_parent(const struct resource *resource, const struct field *field)
{
	return resource->parent != NULL && field->storage == STORED_TEXT &&
	       field->offset == resource->parent_offset;
}

static bool may_be_null(const struct resource *resource, const struct field *field)
{
	switch (field->kind) {
	case FIELD_UNIQUE_NAME:
	case FIELD_URL:
	case FIELD_LATER_TIME: return true;
	case FIELD_TEXT:
	case FIELD_REFERENCE: return !(field->flags & REQUIRED) && !holds_parent(resource, field);
	case FIELD_OWN_SID:
	case FIELD_ACCOUNT_SID:
	case FIELD_BOOLEAN:
	case FIELD_INTEGER:
	case FIELD_ENUM:
	case FIELD_TIME:
	case FIELD_SID_LIST:
	case FIELD_JSON:
	case FIELD_CONSTANT:
	case FIELD_SELF_URL:
	case FIELD_LINKS: break;
	}
	return false;
}

/* Of a value that is there. */
static json_t *value_schema(const struct field *field)
{
	switch (field->kind) {
	case FIELD_OWN_SID: return sid_schema(field->prefix);
	case FIELD_ACCOUNT_SID: return sid_schema("AC");
	case FIELD_REFERENCE: return sid_schema(field->target->sid_prefix);
	case FIELD_BOOLEAN: return plain("boolean");
	case FIELD_INTEGER: return json_pack("{s:s, s:s}", "type", "integer", "format", "int64");
	case FIELD_ENUM: return names_schema(field, 0, 0);
	case FIELD_TIME:
	case FIELD_LATER_TIME: return formatted("date-time");
	case FIELD_URL:
	case FIELD_SELF_URL: return formatted("uri");
	case FIELD_JSON: return json_read(field->shape, strlen(field->shape), 0, NULL);
	case FIELD_CONSTANT:
		return json_pack("{s:s, s:[s]}", "type", "string", "enum", field->constant);
	case FIELD_LINKS: return links_schema(field->links);
	case FIELD_UNIQUE_NAME:
	case FIELD_TEXT:
	case FIELD_SID_LIST: break;
	}
	return plain("string");
}

static json_t *property_schema(const struct resource *resource, const struct field *field)
{
	json_t *schema = holds_parent(resource, field) ? sid_schema(resource->parent->sid_prefix)
						       : value_schema(field);
	if (may_be_null(resource, field))
		json_object_set_new(schema, "type",
			json_pack("[O, s]", json_object_get(schema, "type"), "null"));
	if (field->kind == FIELD_TEXT && field->takes != NULL)
		json_object_set_new(schema, "description", json_string(field->takes));
	return schema;
}

json_t *openapi_record_schema(const struct resource *resource)
{
	json_t *properties = json_object();
	json_t *required = json_array();
	for (size_t i = 0; i < resource->field_count; i++) {
		const struct field *field = &resource->fields[i];
		if (field->kind == FIELD_SID_LIST || (field->flags & HIDDEN))
			continue;
		json_object_set_new(properties, field->name, property_schema(resource, field));
		json_array_append_new(required, json_string(field->name));
	}
	return json_pack("{s:s, s:o, s:o}", "type", "object", "properties", properties, "required",
		required);
}

/* ── parameters ──────────────────────────────────────────────────────────────────────────── */

static bool has_name(const struct resource *resource)
{
	return resource_field(resource, FIELD_UNIQUE_NAME) != NULL;
}

/* Bounds that are not said in words are those of the table; bytes are never fewer than characters.
 */
static json_t *text_schema(const struct field *field)
{
	json_t *schema = plain("string");
	if (field->takes != NULL || field->maximum == 0)
		return schema;
	if (field->minimum > 0)
		json_object_set_new(schema, "minLength", json_integer(1));
	json_object_set_new(schema, "maxLength", json_integer(field->maximum));
	return schema;
}

json_t *openapi_parameter_schema(const struct field *field, unsigned mode)
{
	const bool wish = mode == ON_UPDATE && field->wish_maximum != 0;
	switch (field->kind) {
	case FIELD_ENUM:
		return names_schema(
			field, wish ? field->wish_minimum : 0, wish ? field->wish_maximum : 0);
	case FIELD_INTEGER:
		return json_pack("{s:s, s:I, s:I}", "type", "integer", "minimum",
			(json_int_t)field->minimum, "maximum", (json_int_t)field->maximum);
	case FIELD_TEXT: return text_schema(field);
	case FIELD_REFERENCE:
		return has_name(field->target) ? plain("string") : value_schema(field);
	case FIELD_SID_LIST:
		return json_pack("{s:s, s:o}", "type", "array", "items", sid_schema(field->prefix));
	case FIELD_OWN_SID:
	case FIELD_ACCOUNT_SID:
	case FIELD_UNIQUE_NAME:
	case FIELD_BOOLEAN:
	case FIELD_URL:
	case FIELD_TIME:
	case FIELD_LATER_TIME:
	case FIELD_JSON:
	case FIELD_CONSTANT:
	case FIELD_SELF_URL:
	case FIELD_LINKS: break;
	}
	return value_schema(field);
}

json_t *openapi_parameter_text(const struct field *field)
{
	struct strbuf text;
	strbuf_init(&text, TEXT_MAXIMUM);
	field_describe(field, &text);
	return openapi_take_text(&text);
}

json_t *openapi_identifier_text(const struct resource *resource)
{
	struct strbuf text;
	strbuf_init(&text, TEXT_MAXIMUM);
	strbuf_add_format(&text, "the SID (%s...)%s of the %s", resource->sid_prefix,
		has_name(resource) ? " or the unique name" : "", resource->name);
	return openapi_take_text(&text);
}
