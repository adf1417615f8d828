// SPDX-License-Identifier: MIT
// Both descriptions that the server gives of itself are sound, and that of /v1 says what Twilio's own
// OpenAPI file says, in other words. openapi.test.mjs and the Python tests hold answers against them.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startServer } from "../support/server.mjs";
import { fetchDescription, validator } from "./description.mjs";
import { openapi31 } from "./openapi_31.mjs";
import { operations as twilio, resolve } from "./spec.mjs";

let server, control, supersim;

before(async () => {
  server = await startServer();
  control = await fetchDescription(server.url, "openapi.json");
  supersim = await fetchDescription(server.url, "openapi/supersim_v1.json");
});
after(() => server?.stop());

/** Calls `visit` for each object in a document. */
function walk(value, visit) {
  if (value === null || typeof value !== "object") return;
  if (!Array.isArray(value)) visit(value);
  Object.values(value).forEach((inner) => walk(inner, visit));
}

/** What is wrong with a document's form. */
function faults(document) {
  const ajv = validator();
  const check = ajv.compile({ ...openapi31 });
  return check(document) ? [] : check.errors.map((error) => `${error.instancePath} ${error.message}`);
}

const both = () => [control, supersim];
const names = (list) => list.map((one) => one.name).sort();

test("both are OpenAPI 3.1, and what is wrong would be found", () => {
  for (const { document } of both()) {
    assert.deepEqual(faults(document), []);
    const planted = structuredClone(document);
    delete Object.values(Object.values(planted.paths)[0])[0].summary;
    planted.info.licence = "misspelt";
    assert.equal(faults(planted).length, 2);
  }
});

test("the server is the one that was asked", () => {
  for (const { document } of both()) assert.deepEqual(document.servers, [{ url: server.url }]);
});

test("references lead somewhere, schemas are JSON Schema, ids are unique, paths have their parameters", () => {
  for (const description of both()) {
    const { document, operations, ajv } = description;
    const count = Object.values(document.paths).flatMap(Object.keys).length;
    assert.equal(operations.size, count, "an operationId stands twice");
    walk(document, (value) => value.$ref && description.resolve(value));
    walk(document, (value) => value.schema?.type && ajv.compile(description.closed(value.schema)));
    for (const schema of Object.values(document.components.schemas)) ajv.compile(description.closed(schema));
    for (const operation of operations.values()) {
      const declared = names(description.parameters(operation, "path"));
      assert.deepEqual(declared, [...operation.path.matchAll(/{(\w+)}/g)].map((match) => match[1]).sort(), operation.path);
      const query = names(description.parameters(operation, "query"));
      assert.equal(new Set(query).size, query.length, operation.path);
    }
  }
});

// ── Twilio's file ──────────────────────────────────────────────────────────────────────────────

const typesOf = (schema) => [schema.type ?? []].flat().filter((type) => type !== "null");
const isNullable = (schema) => [schema.type].flat().includes("null");

/** Ours and Twilio's schema of one value; ours may say more. */
function compare(where, ours, { schema: theirs }) {
  if (theirs.type) assert.deepEqual(typesOf(ours), [theirs.type], where);
  assert.deepEqual(new Set(ours.enum), new Set(theirs.enum), where);
  if (theirs.pattern && ours.pattern) assert.equal(ours.pattern, theirs.pattern, where);
  const format = ["date-time", "uri"].find((name) => name === theirs.format);
  if (format) assert.equal(ours.format, format, where);
  for (const bound of ["minimum", "maximum"])
    if (theirs[bound] !== undefined) assert.equal(ours[bound], theirs[bound], where);
}

/** Ours and Twilio's schema of an answer, down to the members of its records. */
function compareAnswers(where, given, theirsGiven) {
  const ours = supersim.resolve(given);
  const { schema: theirs, name } = resolve(theirsGiven);
  if (name) assert.equal(given.$ref?.split("/").at(-1).toLowerCase(), name.split(".").at(-1).replaceAll("_", ""), where);
  compare(where, ours, { schema: theirs });
  // Where Twilio says nothing of what is in an object or a list, ours may.
  if (theirs.items?.$ref) compareAnswers(`${where}[]`, ours.items, theirs.items);
  if (!theirs.properties) return;
  assert.deepEqual(Object.keys(ours.properties).sort(), Object.keys(theirs.properties).sort(), where);
  for (const [key, property] of Object.entries(theirs.properties)) {
    const { schema } = resolve(property);
    if (isNullable(supersim.resolve(ours.properties[key]))) assert.ok(schema.nullable, `${where}.${key} is never null`);
    if (schema.properties || schema.items) compareAnswers(`${where}.${key}`, ours.properties[key], schema);
    else compare(`${where}.${key}`, ours.properties[key], { schema });
  }
}

test("that of /v1 has Twilio's operations, and none more", () => {
  const list = (operations) => [...operations.values()].map(({ id, operationId, method, path }) => `${id ?? operationId} ${method} ${path}`);
  assert.deepEqual(list(supersim.operations).sort(), list(twilio).sort());
});

test("each has Twilio's parameters of path, query and form, and none more", () => {
  for (const [id, theirs] of twilio) {
    const ours = supersim.operations.get(id);
    for (const [place, wanted] of [["path", theirs.pathNames], ["query", theirs.query]]) {
      const parameters = supersim.parameters(ours, place);
      assert.deepEqual(names(parameters), [...wanted.keys()].sort(), `${id}: ${place}`);
      for (const one of parameters) compare(`${id}: ${one.name}`, one.schema, { schema: wanted.get(one.name) });
    }
    const form = ours.requestBody?.content["application/x-www-form-urlencoded"].schema ?? { properties: {}, required: [] };
    assert.deepEqual(Object.keys(form.properties).sort(), [...theirs.form.keys()].sort(), id);
    assert.deepEqual([...form.required].sort(), [...theirs.required].sort(), id);
    for (const [name, schema] of Object.entries(form.properties)) {
      compare(`${id}: ${name}`, schema, { schema: theirs.form.get(name) });
      assert.ok(schema.description, `${id}: ${name}`);
    }
  }
});

test("each has Twilio's answers, their headers and their properties, and none more but errors", () => {
  for (const [id, theirs] of twilio) {
    const ours = supersim.operations.get(id);
    assert.deepEqual(Object.keys(ours.responses).sort(), [...Object.keys(theirs.responses), "default"].sort(), id);
    for (const [status, wanted] of Object.entries(theirs.responses)) {
      const response = ours.responses[status];
      for (const name of Object.keys(wanted.headers ?? {})) assert.ok(response.headers[name], `${id}: ${name}`);
      assert.equal(response.content === undefined, wanted.content === undefined, id);
      if (wanted.content)
        compareAnswers(`${id} ${status}`, response.content["application/json"].schema, wanted.content["application/json"].schema);
    }
  }
});
