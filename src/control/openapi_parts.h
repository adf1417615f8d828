/* SPDX-License-Identifier: MIT */
/*
 * The parts that a description of an API is put together from (OpenAPI 3.1).
 *
 * The JSON library notes when memory runs out (util/memory.h): what was made without is NULL or
 * incomplete, and takes further calls. Whoever answers with it is told at the request's end.
 * Functions take over the values that they are given.
 */
#ifndef CONTROL_OPENAPI_PARTS_H
#define CONTROL_OPENAPI_PARTS_H

#include <jansson.h>

#include "request/route.h"

/* A text that was put together, as a value. Frees the buffer. */
json_t *openapi_take_text(struct strbuf *text);

/* {"$ref": "#/components/<kind>/<name>"} */
json_t *openapi_reference(const char *kind, const char *name);

/* A parameter; those of a path are required. */
json_t *openapi_parameter(const char *name, const char *place, json_t *description, json_t *schema);

/* A body of one media type, for requests and answers. */
json_t *openapi_content(const char *media_type, json_t *schema);

/* Adds an operation to the paths; `method` is in capitals. */
void openapi_add_operation(json_t *paths, const char *path, const char *method, json_t *operation);

/* Adds an answer to those of an operation. */
void openapi_add_response(json_t *responses, int status, json_t *response);

/* What a resource of /v1 is called in both descriptions: "EsimProfile" where its list is
 * ListEsimProfile. NULL: it is not Twilio's. */
const char *openapi_record_name(const struct emulator *emulator, const struct resource *resource);

/* The whole. `about` has info's title and description. */
json_t *openapi_document(
	const char *origin, json_t *info, json_t *paths, json_t *components, json_t *security);

#endif
