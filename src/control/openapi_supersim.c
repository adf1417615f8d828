/* SPDX-License-Identifier: MIT */
#include "control/openapi_supersim.h"

#include <string.h>

#include "control/openapi_fields.h"
#include "model/limits.h"
#include "util/count.h"

enum { TEXT_MAXIMUM = 1024 };

/* ── headers ─────────────────────────────────────────────────────────────────────────────── */

struct header {
	const char *name;
	const char *description;
	bool only_of_errors;
};

static const struct header headers[] = {
	{ "Twilio-Request-Id", "the key of the request, in the log too", false },
	{ "Twilio-Request-Duration", "seconds", false },
	{ "Emulator-Version", "the version that answered: this is not Twilio", false },
	{ "Emulator-Hint", "what would help, or what was ignored; where there is something to say",
		false },
	{ "X-Twilio-Error-Code", "the code of the error", true },
	{ "Access-Control-Allow-Origin", "for pages of other origins", false },
	{ "Access-Control-Allow-Methods", "for pages of other origins", false },
	{ "Access-Control-Allow-Headers", "for pages of other origins", false },
	{ "Access-Control-Allow-Credentials", "for pages of other origins", false },
	{ "Access-Control-Expose-Headers", "for pages of other origins", false },
};

static json_t *header_components(void)
{
	json_t *components = json_object();
	for (size_t i = 0; i < COUNT_OF(headers); i++)
		json_object_set_new(components, headers[i].name,
			json_pack("{s:s, s:{s:s}}", "description", headers[i].description, "schema",
				"type", "string"));
	return components;
}

static json_t *response(const char *description, json_t *schema, bool is_error)
{
	json_t *references = json_object();
	for (size_t i = 0; i < COUNT_OF(headers); i++) {
		if (is_error || !headers[i].only_of_errors)
			json_object_set_new(references, headers[i].name,
				openapi_reference("headers", headers[i].name));
	}
	json_t *answer = json_pack("{s:s, s:o}", "description", description, "headers", references);
	if (schema != NULL)
		json_object_set_new(answer, "content", openapi_content("application/json", schema));
	return answer;
}

/* ── what an operation is called ─────────────────────────────────────────────────────────── */

/* "IP Addresses" */
static void add_plural(struct strbuf *out, const char *name)
{
	const size_t length = strlen(name);
	strbuf_add_format(out, "%s%s", name, length > 0 && name[length - 1] == 's' ? "es" : "s");
}

static const char *verb_of(const struct route *route)
{
	const struct resource *resource = route->resource;
	switch (route->operation->takes) {
	case ON_LIST: return "List";
	case ON_CREATE: return resource->parent != NULL ? "Add one" : "Make a new";
	case ON_UPDATE: return "Change one";
	}
	return strcmp(route->method, "DELETE") == 0 ? "Remove one" : "Fetch one";
}

/* "Add one Network to one Network Access Profile" */
static json_t *summary_of(const struct route *route)
{
	const struct resource *resource = route->resource;
	const unsigned takes = route->operation->takes;
	struct strbuf text;
	strbuf_init(&text, TEXT_MAXIMUM);
	strbuf_add_format(&text, "%s ", verb_of(route));
	if (takes == ON_LIST)
		add_plural(&text, resource->name);
	else
		strbuf_add_text(&text, resource->name);
	if (resource->parent != NULL)
		strbuf_add_format(&text, " %s one %s", takes == ON_CREATE ? "to" : "of",
			resource->parent->name);
	return openapi_take_text(&text);
}

/* "NetworkAccessProfileSid": what a path's {Parent} is called. */
static void add_parent_name(struct strbuf *out, const struct resource *parent)
{
	for (const char *letter = parent->name; *letter != '\0'; letter++) {
		if (*letter != ' ')
			strbuf_add_char(out, *letter);
	}
	strbuf_add_text(out, "Sid");
}

static const char parent_segment[] = "{Parent}";

/* The path with its parent's own name. */
static void add_path(struct strbuf *out, const struct route *route)
{
	const char *segment = strstr(route->path, parent_segment);
	if (segment == NULL) {
		strbuf_add_text(out, route->path);
		return;
	}
	strbuf_add(out, route->path, (size_t)(segment - route->path) + 1);
	add_parent_name(out, route->resource->parent);
	strbuf_add_text(out, segment + sizeof(parent_segment) - 2);
}

/* ── parameters ──────────────────────────────────────────────────────────────────────────── */

static const char *const page_parameters[] = { "PageSize", "Page", "PageToken" };

static json_t *page_parameter_components(void)
{
	return json_pack("{s:o, s:o, s:o}", "PageSize",
		openapi_parameter("PageSize", "query",
			json_string("records on a page, by default 50"),
			json_pack("{s:s, s:s, s:i, s:i}", "type", "integer", "format", "int64",
				"minimum", 1, "maximum", PAGE_SIZE_MAXIMUM)),
		"Page",
		openapi_parameter("Page", "query",
			json_string(
				"the page's number, as URLs of pages have it beside a PageToken"),
			json_pack("{s:s, s:i}", "type", "integer", "minimum", 0)),
		"PageToken",
		openapi_parameter("PageToken", "query",
			json_string("where the page begins, as URLs of pages have it"),
			json_pack("{s:s}", "type", "string")));
}

static void add_path_parameters(json_t *parameters, const struct route *route)
{
	struct strbuf name;
	strbuf_init(&name, TEXT_MAXIMUM);
	if (route->resource->parent != NULL) {
		add_parent_name(&name, route->resource->parent);
		json_array_append_new(
			parameters, openapi_parameter(name.data, "path",
					    openapi_identifier_text(route->resource->parent),
					    json_pack("{s:s}", "type", "string")));
	}
	strbuf_done(&name);
	if (strstr(route->path, "{Sid}") != NULL)
		json_array_append_new(parameters,
			openapi_parameter("Sid", "path", openapi_identifier_text(route->resource),
				json_pack("{s:s}", "type", "string")));
}

static void add_query_parameters(json_t *parameters, const struct resource *resource)
{
	for (size_t i = 0; i < resource->field_count; i++) {
		const struct field *field = &resource->fields[i];
		if (field->flags & ON_LIST)
			json_array_append_new(
				parameters, openapi_parameter(field->parameter, "query",
						    openapi_parameter_text(field),
						    openapi_parameter_schema(field, ON_LIST)));
	}
	for (size_t i = 0; i < COUNT_OF(page_parameters); i++)
		json_array_append_new(
			parameters, openapi_reference("parameters", page_parameters[i]));
}

static json_t *form_of(const struct resource *resource, unsigned mode)
{
	json_t *properties = json_object();
	json_t *required = json_array();
	for (size_t i = 0; i < resource->field_count; i++) {
		const struct field *field = &resource->fields[i];
		if (!(field->flags & mode))
			continue;
		json_t *schema = openapi_parameter_schema(field, mode);
		json_object_set_new(schema, "description", openapi_parameter_text(field));
		json_object_set_new(properties, field->parameter, schema);
		if (mode == ON_CREATE && (field->flags & REQUIRED))
			json_array_append_new(required, json_string(field->parameter));
	}
	json_t *form = json_pack("{s:s, s:o, s:o}", "type", "object", "properties", properties,
		"required", required);
	return json_pack(
		"{s:o}", "content", openapi_content("application/x-www-form-urlencoded", form));
}

/* ── answers ─────────────────────────────────────────────────────────────────────────────── */

static json_t *record_reference(const struct emulator *emulator, const struct route *route)
{
	return openapi_reference("schemas", openapi_record_name(emulator, route->resource));
}

static json_t *page_schema(const struct emulator *emulator, const struct route *route)
{
	const char *key = route->resource->list_key;
	return json_pack("{s:s, s:{s:o, s:{s:s, s:o}}, s:[s, s]}", "type", "object", "properties",
		"meta", openapi_reference("schemas", "Meta"), key, "type", "array", "items",
		record_reference(emulator, route), "required", "meta", key);
}

static json_t *responses_of(const struct emulator *emulator, const struct route *route)
{
	const struct operation *operation = route->operation;
	json_t *responses = json_object();
	json_t *schema = NULL;
	if (operation->takes == ON_LIST)
		schema = page_schema(emulator, route);
	else if (operation->status != 204)
		schema = record_reference(emulator, route);
	if (route->may_wait)
		openapi_add_response(responses, 202,
			response("Accepted: it completes later", json_incref(schema), false));
	openapi_add_response(responses, operation->status,
		response(operation->status == 201 ? "Made" : "Done", schema, false));
	json_object_set_new(responses, "default", openapi_reference("responses", "Error"));
	return responses;
}

static json_t *error_schema(void)
{
	return json_pack("{s:s, s:{s:{s:s}, s:{s:s}, s:{s:s, s:s}, s:{s:s}}, s:[s, s, s, s]}",
		"type", "object", "properties", "code", "type", "integer", "message", "type",
		"string", "more_info", "type", "string", "format", "uri", "status", "type",
		"integer", "required", "code", "message", "more_info", "status");
}

static json_t *meta_schema(void)
{
	static const struct {
		const char *name;
		const char *type;
		const char *format;
		bool may_be_null;
	} members[] = {
		{ "first_page_url", "string", "uri", false },
		{ "key", "string", NULL, false },
		{ "next_page_url", "string", "uri", true },
		{ "page", "integer", NULL, false },
		{ "page_size", "integer", NULL, false },
		{ "previous_page_url", "string", "uri", true },
		{ "url", "string", "uri", false },
	};
	json_t *properties = json_object();
	json_t *required = json_array();
	for (size_t i = 0; i < COUNT_OF(members); i++) {
		json_t *type = members[i].may_be_null ? json_pack("[s, s]", members[i].type, "null")
						      : json_string(members[i].type);
		json_object_set_new(properties, members[i].name,
			json_pack("{s:o, s:s*}", "type", type, "format", members[i].format));
		json_array_append_new(required, json_string(members[i].name));
	}
	return json_pack("{s:s, s:o, s:o}", "type", "object", "properties", properties, "required",
		required);
}

/* ── the whole ───────────────────────────────────────────────────────────────────────────── */

static json_t *operation_of(const struct emulator *emulator, const struct route *route)
{
	const unsigned takes = route->operation->takes;
	json_t *parameters = json_array();
	add_path_parameters(parameters, route);
	if (takes == ON_LIST)
		add_query_parameters(parameters, route->resource);
	json_t *operation =
		json_pack("{s:s, s:o, s:[s], s:o, s:o}", "operationId", route->id, "summary",
			summary_of(route), "tags", openapi_record_name(emulator, route->resource),
			"parameters", parameters, "responses", responses_of(emulator, route));
	if (takes == ON_CREATE || takes == ON_UPDATE)
		json_object_set_new(operation, "requestBody", form_of(route->resource, takes));
	return operation;
}

static void add_route(
	const struct emulator *emulator, const struct route *route, json_t *paths, json_t *schemas)
{
	const char *name = openapi_record_name(emulator, route->resource);
	struct strbuf path;
	strbuf_init(&path, TEXT_MAXIMUM);
	add_path(&path, route);
	openapi_add_operation(paths, path.data, route->method, operation_of(emulator, route));
	strbuf_done(&path);
	if (route->operation->takes == ON_LIST)
		json_object_set_new(schemas, name, openapi_record_schema(route->resource));
}

static json_t *components_of(json_t *schemas)
{
	json_object_set_new(schemas, "Error", error_schema());
	json_object_set_new(schemas, "Meta", meta_schema());
	return json_pack("{s:o, s:{s:o}, s:o, s:o, s:{s:{s:s, s:s, s:s}}}", "schemas", schemas,
		"responses", "Error",
		response("What was wrong", openapi_reference("schemas", "Error"), true),
		"parameters", page_parameter_components(), "headers", header_components(),
		"securitySchemes", "basic", "type", "http", "scheme", "basic", "description",
		"an account's SID and token, or an API key's SID and secret");
}

json_t *openapi_supersim(const struct emulator *emulator, const char *origin)
{
	json_t *paths = json_object();
	json_t *schemas = json_object();
	for (const struct section *const *each = emulator->sections; *each != NULL; each++) {
		for (size_t i = 0; i < (*each)->route_count; i++) {
			if ((*each)->routes[i].id != NULL)
				add_route(emulator, &(*each)->routes[i], paths, schemas);
		}
	}
	return openapi_document(origin,
		json_pack("{s:s, s:s}", "title", "Super SIM, emulated", "description",
			"Twilio's Super SIM API as supersim-emulator serves it. Where Twilio's own "
			"description says nothing of an answer, docs/fidelity.md does."),
		paths, components_of(schemas), json_pack("[{s:[]}]", "basic"));
}
