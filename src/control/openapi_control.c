/* SPDX-License-Identifier: MIT */
#include "control/openapi_control.h"

#include <stdio.h>
#include <string.h>

#include "control/openapi_fields.h"
#include "util/json_read.h"

enum { NAME_MAXIMUM = 64 };

/* A route, and what descriptions.json says of it. */
struct subject {
	const struct section *section;
	const struct route *route;
	json_t *entry;	     /* NULL: nothing, as tests tell */
	json_t *collections; /* of all routes */
};

/* ── parameters ──────────────────────────────────────────────────────────────────────────── */

/* For each "/collection/{name}" of the path. */
static void add_path_parameters(json_t *parameters, const struct subject *subject)
{
	const char *collection = subject->route->path;
	for (const char *slash = strchr(collection + 1, '/'); slash != NULL;
		slash = strchr(slash + 1, '/')) {
		const size_t length = (size_t)(slash - collection) - 1;
		json_t *text = json_object_getn(subject->collections, collection + 1, length);
		char name[NAME_MAXIMUM];
		collection = slash;
		if (slash[1] != '{')
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(slash + 2, "}"), slash + 2);
		json_array_append_new(parameters, openapi_parameter(name, "path", json_incref(text),
							  json_pack("{s:s}", "type", "string")));
	}
}

/* A name of the query; its description stands beside its schema. */
static json_t *query_parameter(const struct subject *subject, const char *name)
{
	json_t *schema = json_copy(json_object_get(json_object_get(subject->entry, "query"), name));
	json_t *text = json_incref(json_object_get(schema, "description"));
	json_object_del(schema, "description");
	return openapi_parameter(name, "query", text, schema);
}

static json_t *parameters_of(const struct subject *subject)
{
	const struct operation *operation = subject->route->operation;
	json_t *parameters = json_array();
	add_path_parameters(parameters, subject);
	if (subject->section->is_control)
		json_array_append_new(parameters, openapi_reference("parameters", "account"));
	if (operation->takes_all)
		json_array_append_new(parameters, openapi_reference("parameters", "all"));
	for (const char *const *name = operation->query; name != NULL && *name != NULL; name++)
		json_array_append_new(parameters, query_parameter(subject, *name));
	return parameters;
}

static json_t *shared_parameters(void)
{
	return json_pack("{s:o, s:o}", "account",
		openapi_parameter("account", "query",
			json_string("whose account is meant; for the operator"),
			json_pack(
				"{s:s, s:s}", "type", "string", "pattern", "^AC[0-9a-fA-F]{32}$")),
		"all",
		openapi_parameter("all", "query",
			json_string("true: every account is meant; for the operator"),
			json_pack("{s:s}", "type", "boolean")));
}

/* ── answers ─────────────────────────────────────────────────────────────────────────────── */

static void require_all(json_t *schema);

static void require_properties(json_t *schema, json_t *properties)
{
	const char *name;
	json_t *property;
	json_t *required = json_array();
	json_object_foreach(properties, name, property)
	{
		json_array_append_new(required, json_string(name));
		require_all(property);
	}
	if (json_object_get(schema, "required") == NULL)
		json_object_set(schema, "required", required);
	json_decref(required);
}

/* Says of the objects in a schema that they have all of their properties. */
static void require_all(json_t *schema)
{
	json_t *properties = json_object_get(schema, "properties");
	json_t *choices = json_object_get(schema, "anyOf");
	size_t index;
	json_t *choice;
	if (properties != NULL)
		require_properties(schema, properties);
	if (json_object_get(schema, "items") != NULL)
		require_all(json_object_get(schema, "items"));
	json_array_foreach(choices, index, choice) require_all(choice);
}

static json_t *responses_of(const struct subject *subject)
{
	json_t *responses = json_object();
	json_t *answer = json_object_get(subject->entry, "answer");
	const int status = subject->route->operation->status;
	require_all(answer);
	json_t *response = json_pack("{s:s}", "description", status == 201 ? "Made" : "Done");
	if (answer != NULL)
		json_object_set_new(response, "content",
			openapi_content("application/json", json_incref(answer)));
	if (status != 0)
		openapi_add_response(responses, status, response);
	else
		json_decref(response);
	if (subject->section->is_control)
		json_object_set_new(responses, "default", openapi_reference("responses", "Error"));
	json_object_update(responses, json_object_get(subject->entry, "responses"));
	return responses;
}

/* ── operations ──────────────────────────────────────────────────────────────────────────── */

/* What the path is about: "sims". */
static json_t *tag_of(const struct subject *subject)
{
	static const char prefix[] = "/_emulator/";
	const char *path = subject->route->path;
	const bool is_below = strncmp(path, prefix, sizeof(prefix) - 1) == 0;
	const char *start = is_below ? path + sizeof(prefix) - 1 : "";
	return start[0] != '\0' ? json_stringn(start, strcspn(start, "/.")) : json_string("server");
}

/* Who may call, where that is not what the document says. */
static json_t *security_of(const struct route *route)
{
	return route->open ? json_array() : json_pack("[{s:[]}, {}]", "bearer");
}

static json_t *operation_of(const struct subject *subject)
{
	static const char *const copied[] = { "summary", "description", NULL };
	json_t *operation = json_pack("{s:[o], s:o, s:o}", "tags", tag_of(subject), "parameters",
		parameters_of(subject), "responses", responses_of(subject));
	json_t *body = json_object_get(subject->entry, "body");
	for (size_t i = 0; copied[i] != NULL; i++)
		json_object_set(operation, copied[i], json_object_get(subject->entry, copied[i]));
	if (body != NULL)
		json_object_set_new(operation, "requestBody",
			json_pack("{s:o}", "content",
				openapi_content("application/json", json_incref(body))));
	if (subject->route->open || subject->route->operation->operator_only)
		json_object_set_new(operation, "security", security_of(subject->route));
	return operation;
}

/* A route of any method is one operation for each, with ids of their own. */
static void add_route(json_t *paths, const struct subject *subject)
{
	static const char *const all_methods[] = { "GET", "POST", "PUT", "PATCH", "DELETE", NULL };
	const struct route *route = subject->route;
	const char *const this_method[] = { route->method, NULL };
	const bool is_any = strcmp(route->method, "*") == 0;
	const char *id = json_string_value(json_object_get(subject->entry, "id"));
	for (const char *const *method = is_any ? all_methods : this_method; *method != NULL;
		method++) {
		json_t *operation = operation_of(subject);
		if (id != NULL)
			json_object_set_new(operation, "operationId",
				json_sprintf("%s%s", id, is_any ? *method : ""));
		openapi_add_operation(paths, route->path, *method, operation);
	}
}

/* ── the whole ───────────────────────────────────────────────────────────────────────────── */

static void describe_route(json_t *paths, const struct section *section, const struct route *route,
	json_t *descriptions)
{
	char key[2 * NAME_MAXIMUM];
	snprintf(key, sizeof(key), "%s %s", route->method, route->path);
	const struct subject subject = {
		.section = section,
		.route = route,
		.entry = json_object_get(json_object_get(descriptions, "operations"), key),
		.collections = json_object_get(descriptions, "collections"),
	};
	add_route(paths, &subject);
}

/* One that serves another's routes takes any method, and any path below its own. */
static void add_mounted(json_t *paths, const struct section *section, json_t *descriptions)
{
	static const struct operation anything = { .any_query = true };
	char path[2 * NAME_MAXIMUM];
	snprintf(path, sizeof(path), "%s/{rest}", section->prefix);
	const struct route route = { "*", path, .operation = &anything };
	describe_route(paths, section, &route, descriptions);
}

static void add_section(json_t *paths, const struct section *section, json_t *descriptions)
{
	if (section->mount != NULL)
		add_mounted(paths, section, descriptions);
	for (size_t i = 0; i < section->route_count; i++) {
		if (section->routes[i].id == NULL)
			describe_route(paths, section, &section->routes[i], descriptions);
	}
}

/* Those of descriptions.json, and the records of /v1 that operations of the section answer. */
static json_t *schemas_of(const struct emulator *emulator, json_t *descriptions)
{
	json_t *schemas = json_incref(json_object_get(descriptions, "schemas"));
	const char *name;
	json_t *schema;
	json_object_foreach(schemas, name, schema) require_all(schema);
	for (const struct section *const *each = emulator->sections; *each != NULL; each++) {
		for (size_t i = 0; i < (*each)->route_count; i++) {
			const struct route *route = &(*each)->routes[i];
			name = route->id == NULL ? openapi_record_name(emulator, route->resource)
						 : NULL;
			if (name != NULL)
				json_object_set_new(
					schemas, name, openapi_record_schema(route->resource));
		}
	}
	return schemas;
}

static json_t *components_of(const struct emulator *emulator, json_t *descriptions)
{
	return json_pack("{s:o, s:o, s:{s:{s:s, s:o}}, s:{s:{s:s, s:s}, s:{s:s, s:s}}}", "schemas",
		schemas_of(emulator, descriptions), "parameters", shared_parameters(), "responses",
		"Error", "description", "What was wrong, where, and what would do", "content",
		openapi_content("application/json", openapi_reference("schemas", "Error")),
		"securitySchemes", "basic", "type", "http", "scheme", "basic", "bearer", "type",
		"http", "scheme", "bearer");
}

json_t *openapi_control(const struct emulator *emulator, const char *origin)
{
	json_t *descriptions = json_read(
		openapi_descriptions, strlen(openapi_descriptions), JSON_REJECT_DUPLICATES, NULL);
	json_t *paths = json_object();
	for (const struct section *const *each = emulator->sections; *each != NULL; each++) {
		if (!(*each)->is_page)
			add_section(paths, *each, descriptions);
	}
	json_t *document = openapi_document(origin,
		json_pack("{s:s, s:s}", "title", "The control API of supersim-emulator",
			"description",
			"What tests need and Twilio does not have. docs/control.md has examples."),
		paths, components_of(emulator, descriptions),
		json_pack("[{s:[]}, {s:[]}, {}]", "basic", "bearer"));
	json_decref(descriptions);
	return document;
}
