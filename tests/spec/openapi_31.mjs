// SPDX-License-Identifier: MIT
// What an OpenAPI 3.1 document must be made of, as far as ours go: each object with the fixed fields
// of the specification that are used here, and no other.
const text = { type: "string", minLength: 1 };
const mapOf = (schema) => ({ type: "object", additionalProperties: schema });
const listOf = (schema) => ({ type: "array", items: schema });
const part = (name) => ({ $ref: `#/$defs/${name}` });
const object = (required, properties) => ({ type: "object", required, properties, additionalProperties: false });
const reference = object(["$ref"], { $ref: { type: "string", pattern: "^#/components/\\w+/[\\w-]+$" } });
const orReference = (schema) => ({ if: { type: "object", required: ["$ref"], properties: { $ref: true } }, then: reference, else: schema });
const security = listOf(mapOf(listOf(text)));

const parameter = object(["name", "in", "description", "schema"], {
  name: text,
  in: { enum: ["path", "query"] },
  required: { const: true },
  description: text,
  schema: { type: "object" },
});

const operation = object(["operationId", "summary", "tags", "parameters", "responses"], {
  operationId: { type: "string", pattern: "^[A-Za-z]\\w+$" },
  summary: text,
  description: text,
  tags: { ...listOf(text), minItems: 1 },
  parameters: listOf(orReference(parameter)),
  requestBody: object(["content"], { content: part("content") }),
  responses: {
    type: "object",
    minProperties: 1,
    propertyNames: { pattern: "^([2-5]\\d\\d|default)$" },
    additionalProperties: orReference(part("response")),
  },
  security,
});

export const openapi31 = {
  ...object(["openapi", "info", "servers", "paths", "components", "security"], {
    openapi: { const: "3.1.0" },
    info: object(["title", "version", "description"], { title: text, version: text, description: text }),
    servers: { ...listOf(object(["url"], { url: { type: "string", format: "uri" } })), minItems: 1 },
    security,
    paths: {
      type: "object",
      propertyNames: { pattern: "^/" },
      additionalProperties: {
        type: "object",
        minProperties: 1,
        propertyNames: { enum: ["get", "post", "put", "patch", "delete"] },
        additionalProperties: operation,
      },
    },
    components: object(["schemas", "parameters", "responses", "securitySchemes"], {
      schemas: mapOf({ type: "object" }),
      parameters: mapOf(parameter),
      responses: mapOf(part("response")),
      headers: mapOf(part("header")),
      securitySchemes: mapOf(
        object(["type", "scheme"], { type: { const: "http" }, scheme: { enum: ["basic", "bearer"] }, description: text }),
      ),
    }),
  }),
  $defs: {
    content: mapOf(object(["schema"], { schema: { type: "object" } })),
    header: object(["description", "schema"], { description: text, schema: { type: "object" } }),
    response: object(["description"], {
      description: text,
      headers: mapOf(orReference(part("header"))),
      content: part("content"),
    }),
  },
};
