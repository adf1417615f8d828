/* SPDX-License-Identifier: MIT */
/* docs/seed.schema.json says of every resource what its description says. */
#include "service/resources.h"
#include "unit.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "seed/seed.h"

static const char path[] = "docs/seed.schema.json"; /* below the repository's root */

static int load(void **state)
{
	json_error_t error;
	*state = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	if (*state == NULL)
		print_error("%s: line %d: %s\n", path, error.line, error.text);
	return *state != NULL ? 0 : -1;
}

static int unload(void **state)
{
	json_decref(*state);
	return 0;
}

/* Fails with the place's name. */
static void hold(bool fact, const char *list_key, const char *name, const char *what)
{
	if (!fact)
		print_error("%s.%s: %s\n", list_key, name, what);
	assert_true(fact);
}

/* True when an array holds a text; NULL stands for null. */
static bool holds(const json_t *array, const char *text)
{
	size_t index;
	json_t *element;
	json_array_foreach((json_t *)(uintptr_t)array, index, element)
	{
		if (text == NULL ? json_is_null(element)
				 : json_is_string(element) &&
					   strcmp(json_string_value(element), text) == 0)
			return true;
	}
	return false;
}

static json_t *definition_of(json_t *schema, const char *name)
{
	return json_object_get(json_object_get(schema, "definitions"), name);
}

static json_t *properties_of(json_t *schema, const char *name)
{
	return json_object_get(definition_of(schema, name), "properties");
}

static const char *type_of(const struct field *field)
{
	if (field->kind == FIELD_JSON)
		return "array";
	switch (field->storage) {
	case STORED_BOOLEAN: return "boolean";
	case STORED_LIST: return "array";
	case STORED_INTEGER: return field->kind == FIELD_INTEGER ? "integer" : "string";
	case STORED_TEXT:
	case STORED_ENUM:
	case STORED_NOWHERE: break;
	}
	return "string";
}

/* A seed may say null of what it need not give. */
static bool has_type(const json_t *property, const struct field *field)
{
	const json_t *type = json_object_get(property, "type");
	if (field->flags & REQUIRED)
		return json_is_string(type) && strcmp(json_string_value(type), type_of(field)) == 0;
	return json_array_size(type) == 2 && holds(type, type_of(field)) && holds(type, "null");
}

static bool has_names(const json_t *property, const struct field *field)
{
	const json_t *names = json_object_get(property, "enum");
	size_t count = 0;
	if (field->names == NULL)
		return names == NULL;
	for (unsigned value = 1; field->names[value] != NULL; value++) {
		if (!field_has_value(field, value))
			continue;
		if (!holds(names, field->names[value]))
			return false;
		count++;
	}
	const bool nullable = !(field->flags & REQUIRED);
	return holds(names, NULL) == nullable && json_array_size(names) == count + nullable;
}

static bool has_range(const json_t *property, const struct field *field)
{
	return field->kind != FIELD_INTEGER ||
	       (json_integer_value(json_object_get(property, "minimum")) == field->minimum &&
		       json_integer_value(json_object_get(property, "maximum")) == field->maximum);
}

/* The pattern of SIDs begins with their prefix. */
static bool has_prefix(const json_t *property, const struct field *field)
{
	char start[8];
	const json_t *holder =
		field->kind == FIELD_SID_LIST ? json_object_get(property, "items") : property;
	const char *pattern = json_string_value(json_object_get(holder, "pattern"));
	if (field->prefix == NULL)
		return true;
	snprintf(start, sizeof(start), "^%s[", field->prefix);
	return pattern != NULL && strncmp(pattern, start, strlen(start)) == 0;
}

static void check_field(json_t *schema, const char *list_key, const struct field *field)
{
	const json_t *property = json_object_get(properties_of(schema, list_key), field->name);
	const json_t *required = json_object_get(definition_of(schema, list_key), "required");
	hold((property != NULL) == seed_has_field(field), list_key, field->name,
		"in the schema when, and only when, a seed may give it");
	if (property == NULL)
		return;
	hold(holds(required, field->name) == ((field->flags & REQUIRED) != 0), list_key,
		field->name, "required");
	hold(has_type(property, field), list_key, field->name, "type");
	hold(has_names(property, field), list_key, field->name, "enum");
	hold(has_range(property, field), list_key, field->name, "minimum and maximum");
	hold(has_prefix(property, field), list_key, field->name, "pattern");
}

/* Fields have different names, so that equal numbers of them are the same ones. */
static void each_resource_has_its_fields(void **state)
{
	for (const struct resource *const *each = service_resources; *each != NULL; each++) {
		const struct resource *resource = *each;
		const char *key = resource->list_key;
		const json_t *definition = definition_of(*state, key);
		size_t fields = 0, required = 0;
		if (resource->is_history) {
			hold(definition == NULL, key, "", "no part of a seed");
			continue;
		}
		hold(definition != NULL, key, "", "among the definitions");
		for (size_t i = 0; i < resource->field_count; i++) {
			const struct field *field = &resource->fields[i];
			check_field(*state, key, field);
			fields += seed_has_field(field);
			required += seed_has_field(field) && (field->flags & REQUIRED);
		}
		hold(json_object_size(properties_of(*state, key)) == fields, key, "",
			"properties that nobody has");
		hold(json_array_size(json_object_get(definition, "required")) == required, key, "",
			"required properties that nobody requires");
		hold(json_is_false(json_object_get(definition, "additionalProperties")), key, "",
			"additionalProperties");
	}
}

static void an_account_has_every_resource(void **state)
{
	static const char *const others[] = { "sid", "auth_token", "api_keys", "clock", "usage" };
	const json_t *properties = properties_of(*state, "account");
	size_t count = COUNT_OF(others);
	for (size_t i = 0; i < COUNT_OF(others); i++)
		hold(json_object_get(properties, others[i]) != NULL, "account", others[i], "here");
	for (const struct resource *const *each = service_resources; *each != NULL; each++) {
		char expected[64];
		const char *key = (*each)->list_key;
		const json_t *array = json_object_get(properties, key);
		if ((*each)->is_history)
			continue;
		count++;
		snprintf(expected, sizeof(expected), "#/definitions/%s", key);
		const char *reference =
			json_string_value(json_object_get(json_object_get(array, "items"), "$ref"));
		hold(reference != NULL && strcmp(reference, expected) == 0, "account", key,
			"an array of its definition");
	}
	assert_int_equal(json_object_size(properties), count);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_resource_has_its_fields),
		cmocka_unit_test(an_account_has_every_resource),
	};
	return cmocka_run_group_tests(tests, load, unload);
}
