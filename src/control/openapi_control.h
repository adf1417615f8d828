/* SPDX-License-Identifier: MIT */
/*
 * The control API, described, with health and metrics: every route that is not Twilio's.
 *
 * Paths, methods, statuses, who may call and the names of queries come from the tables of routes
 * and operations. Words and shapes are those of src/control/descriptions.json, which has for each
 * route, by method and path:
 *
 *   id, summary, description   as OpenAPI has them
 *   query        for each name of the operation's query a schema with its description
 *   body         the schema of a JSON body, if there is one
 *   answer       the schema of the answer with the operation's own status
 *   responses    answers besides, by status, as OpenAPI has them
 *
 * and beside the routes `collections`, what stands in a path after each name, and `schemas`.
 * Objects of answers have all of their properties, always, unless they say what is `required`.
 */
#ifndef CONTROL_OPENAPI_CONTROL_H
#define CONTROL_OPENAPI_CONTROL_H

#include "control/openapi_parts.h"

/* The text of descriptions.json. */
extern const char openapi_descriptions[];

/* The description, with `origin` as its server. */
json_t *openapi_control(const struct emulator *emulator, const char *origin);

#endif
