/* SPDX-License-Identifier: MIT */
#include "control/openapi_parts.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "version.h"

enum { PATH_MAXIMUM = 1024 };

json_t *openapi_take_text(struct strbuf *text)
{
	json_t *value = text->failed ? NULL : json_stringn(text->data, text->length);
	strbuf_done(text);
	return value;
}

json_t *openapi_reference(const char *kind, const char *name)
{
	struct strbuf path;
	strbuf_init(&path, PATH_MAXIMUM);
	strbuf_add_format(&path, "#/components/%s/%s", kind, name);
	return json_pack("{s:o}", "$ref", openapi_take_text(&path));
}

json_t *openapi_parameter(const char *name, const char *place, json_t *description, json_t *schema)
{
	json_t *parameter = json_pack("{s:s, s:s, s:o, s:o}", "name", name, "in", place,
		"description", description, "schema", schema);
	if (strcmp(place, "path") == 0)
		json_object_set_new(parameter, "required", json_true());
	return parameter;
}

json_t *openapi_content(const char *media_type, json_t *schema)
{
	return json_pack("{s:{s:o}}", media_type, "schema", schema);
}

void openapi_add_operation(json_t *paths, const char *path, const char *method, json_t *operation)
{
	char key[16];
	size_t length = 0;
	for (; method[length] != '\0' && length < sizeof(key) - 1; length++)
		key[length] = (char)tolower((unsigned char)method[length]);
	key[length] = '\0';
	if (json_object_get(paths, path) == NULL)
		json_object_set_new(paths, path, json_object());
	json_object_set_new(json_object_get(paths, path), key, operation);
}

void openapi_add_response(json_t *responses, int status, json_t *response)
{
	char key[16];
	snprintf(key, sizeof(key), "%d", status);
	json_object_set_new(responses, key, response);
}

const char *openapi_record_name(const struct emulator *emulator, const struct resource *resource)
{
	for (const struct section *const *each = emulator->sections; *each != NULL; each++) {
		for (size_t i = 0; i < (*each)->route_count; i++) {
			const struct route *route = &(*each)->routes[i];
			if (route->resource == resource && route->id != NULL &&
				route->operation->takes == ON_LIST)
				return route->id + strlen("List");
		}
	}
	return NULL;
}

json_t *openapi_document(
	const char *origin, json_t *info, json_t *paths, json_t *components, json_t *security)
{
	json_object_set_new(info, "version", json_string(SUPERSIM_VERSION));
	return json_pack("{s:s, s:o, s:[{s:s}], s:o, s:o, s:o}", "openapi", "3.1.0", "info", info,
		"servers", "url", origin, "security", security, "paths", paths, "components",
		components);
}
