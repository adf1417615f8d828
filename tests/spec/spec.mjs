// SPDX-License-Identifier: MIT
// Twilio's own OpenAPI file for Super SIM, which ships inside @twilio/cli-core: what it declares, and
// accounts that call its operations, hold each answer against it and note what was covered.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import Ajv from "ajv";
import addFormats from "ajv-formats";
import { fetchDescription } from "./description.mjs";

const require = createRequire(import.meta.url);
const core = require.resolve("@twilio/cli-core/package.json").replace(/package\.json$/, "");
const spec = JSON.parse(readFileSync(`${core}src/services/twilio-api/twilio_supersim_v1.json`));

const PAGING = ["PageSize", "Page", "PageToken"];
const METHODS = ["get", "post", "put", "patch", "delete"];

/** The schema that a reference means, and the reference's name; an anonymous schema has none. */
export function resolve(schema) {
  if (!schema.$ref) return { schema };
  const name = schema.$ref.split("/").at(-1);
  return { schema: spec.components.schemas[name], name };
}

/** Calls `visit` for each property of the records in a schema, with their schema's name before it. */
function visitProperties(given, visit) {
  const { schema, name } = resolve(given);
  if (schema.items) visitProperties(schema.items, visit);
  for (const [property, inner] of Object.entries(schema.properties ?? {})) {
    if (name) visit(`${name.replace("supersim.v1.", "")}.${property}`, resolve(inner).schema);
    visitProperties(inner, visit);
  }
}

// ── operations ─────────────────────────────────────────────────────────────────────────────────

/** An operation: its parameters by name, as their schemas, of the path, the query and the form. */
function readOperation(path, method, { operationId, parameters = [], requestBody, responses }) {
  const take = (place) =>
    new Map(parameters.filter((one) => one.in === place).map(({ name, schema }) => [name, resolve(schema).schema]));
  const body = requestBody?.content["application/x-www-form-urlencoded"].schema ?? {};
  const form = new Map(Object.entries(body.properties ?? {}).map(([name, schema]) => [name, resolve(schema).schema]));
  const operation = { id: operationId, path, method, responses, pathNames: take("path"), query: take("query"), form };
  operation.parameters = new Map([...operation.pathNames, ...operation.query, ...form]);
  operation.required = body.required ?? [];
  operation.filters = [...operation.query.keys()].filter((name) => !PAGING.includes(name));
  operation.isList = operation.query.has("PageToken");
  return operation;
}

export const operations = new Map();
for (const [path, methods] of Object.entries(spec.paths))
  for (const method of METHODS.filter((name) => methods[name])) {
    const operation = readOperation(path, method, methods[method]);
    operations.set(operation.id, operation);
  }

const schemaOf = (response) => response.content?.["application/json"]?.schema;

// ── what is to be covered ──────────────────────────────────────────────────────────────────────

const names = () => ({
  operations: new Set(),
  answers: new Set(), // by status; the file declares those of success only
  parameters: new Set(), // given once at least
  sent: new Set(), // values of enums, of parameters
  seen: new Set(), // values of enums, of properties
  properties: new Set(), // that were not null once at least
  filters: new Set(), // with a value that matched, and with one that did not
});

/** All that the file declares. */
export const declared = names();
/** What was called, given and seen so far. */
export const covered = names();

for (const operation of operations.values()) {
  declared.operations.add(operation.id);
  for (const status of Object.keys(operation.responses)) declared.answers.add(`${operation.id}: ${status}`);
  for (const name of operation.filters)
    for (const kind of ["matches", "excludes"]) declared.filters.add(`${operation.id}: ${name} ${kind}`);
  for (const [name, { enum: values = [] }] of operation.parameters) {
    declared.parameters.add(`${operation.id}: ${name}`);
    for (const value of values) declared.sent.add(`${operation.id}: ${name}=${value}`);
  }
  for (const schema of Object.values(operation.responses).map(schemaOf).filter(Boolean))
    visitProperties(schema, (name, { enum: values = [] }) => {
      declared.properties.add(name);
      for (const value of values) declared.seen.add(`${name}=${value}`);
    });
}

/** Enums that the file declares and no operation has. */
export function unusedEnums() {
  const used = new Set(JSON.stringify(spec).match(/(?<=#\/components\/schemas\/)[\w.]+/g));
  return Object.keys(spec.components.schemas).filter((name) => spec.components.schemas[name].enum && !used.has(name));
}

// ── answers ────────────────────────────────────────────────────────────────────────────────────

/** JSON Schema from OpenAPI 3.0: `nullable`, `$ref`, and no property beyond the listed ones. */
function translate(given) {
  const { nullable, properties, items, ...result } = resolve(given).schema;
  if (items) result.items = translate(items);
  if (properties) {
    result.properties = Object.fromEntries(
      Object.entries(properties).map(([name, property]) => [name, translate(property)]),
    );
    result.required = Object.keys(properties);
    result.additionalProperties = false;
  }
  if (nullable) {
    if (result.type) result.type = [result.type, "null"];
    if (result.enum) result.enum = [...result.enum, null];
  }
  return result;
}

const ajv = new Ajv({ strict: false, allErrors: true });
addFormats(ajv);
ajv.addFormat("int64", { type: "number", validate: Number.isSafeInteger });
ajv.addFormat("http-method", /^[A-Z]+$/);
ajv.addFormat("iso-country-code", /^[A-Z]{2}$/);
ajv.addFormat("currency", /^[A-Z]{3}$/);
ajv.addFormat("uri-map", true);
ajv.addFormat("date-time", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/); // as in Twilio's examples

const validators = new Map();

/** Holds a body against a schema of the file. */
function validate(what, schema, body) {
  const check = validators.get(schema) ?? ajv.compile(translate(schema));
  validators.set(schema, check);
  assert.ok(check(body), `${what}: ${ajv.errorsText(check.errors)} in ${JSON.stringify(body)}`);
}

/** Notes what the records in a body hold: properties that are not null, and values of enums. */
function note(given, body) {
  const { schema, name } = resolve(given);
  if (Array.isArray(body) && schema.items) for (const one of body) note(schema.items, one);
  for (const [property, inner] of Object.entries(schema.properties ?? {})) {
    const value = body[property];
    if (value === null) continue;
    const full = `${name?.replace("supersim.v1.", "")}.${property}`;
    covered.properties.add(full);
    if (resolve(inner).schema.enum) covered.seen.add(`${full}=${value}`);
    note(inner, value);
  }
}

/** An error: of the file's schema, should it ever declare one, else of Twilio's documented shape. */
function checkError(what, declaration, status, error) {
  const schema = declaration && schemaOf(declaration);
  if (schema) return validate(what, schema, error);
  assert.deepEqual(Object.keys(error), ["code", "message", "more_info", "status"], what);
  assert.equal(error.status, status, what);
  assert.equal(error.more_info, `https://www.twilio.com/docs/errors/${error.code}`, what);
  assert.ok(error.message, what);
}

// ── calls ──────────────────────────────────────────────────────────────────────────────────────

const descriptions = new Map();

/** What a server says of its own API; it is asked once. */
function descriptionOf(url) {
  if (!descriptions.has(url)) descriptions.set(url, fetchDescription(url, "openapi/supersim_v1.json"));
  return descriptions.get(url);
}

/** An account of a server: it calls operations by their id, and the control API. */
export class Account {
  constructor(url, sid) {
    this.url = url;
    this.sid = sid;
    this.headers = { Authorization: "Basic " + Buffer.from(`${sid}:token`).toString("base64") };
  }

  /** Sends a request of an operation. A parameter may have many values; those of the path stand apart. */
  async send(id, values, path) {
    const operation = operations.get(id);
    const pairs = Object.entries(values).flatMap(([name, value]) => [value].flat().map((one) => [name, one]));
    for (const name of Object.keys({ ...values, ...path })) covered.parameters.add(`${id}: ${name}`);
    const target = operation.path.replace(/{(\w+)}/g, (_, name) => encodeURIComponent(path[name]));
    const form = new URLSearchParams(pairs);
    const isPost = operation.method === "post";
    const answer = await fetch(`${this.url}${target}${isPost ? "" : `?${form}`}`, {
      method: operation.method.toUpperCase(),
      headers: this.headers,
      body: isPost ? form : undefined,
    });
    const text = await answer.text();
    const body = text === "" ? undefined : JSON.parse(text);
    const what = `${id} ${form} → ${answer.status}`;
    (await descriptionOf(this.url)).check(what, id, answer.status, body);
    return { operation, pairs, answer, body, what };
  }

  /** Calls an operation that must succeed, and gives the body of its answer. */
  async call(id, values = {}, path = {}) {
    const { operation, pairs, answer, body, what } = await this.send(id, values, path);
    const declaration = operation.responses[answer.status];
    assert.ok(declaration, `${what} is not declared: ${JSON.stringify(body)}`);
    const schema = schemaOf(declaration);
    if (schema) validate(what, schema, body);
    else assert.equal(body, undefined, what);
    for (const name of Object.keys(declaration.headers ?? {}))
      assert.ok(answer.headers.has(name), `${what}: the header ${name} is missing`);
    covered.operations.add(id);
    covered.answers.add(`${id}: ${answer.status}`);
    for (const [name, value] of pairs) covered.sent.add(`${id}: ${name}=${value}`);
    if (schema) note(schema, body);
    return body;
  }

  /** Calls an operation that must be refused, and gives the error. */
  async refused(id, values, path, status, code) {
    const { operation, answer, body, what } = await this.send(id, values, path);
    assert.equal(answer.status, status, `${what}: ${JSON.stringify(body)}`);
    checkError(what, operation.responses[status] ?? operation.responses.default, status, body);
    if (code) assert.equal(body.code, code, what);
    return body;
  }

  /** The records of a list. */
  async list(id, filters = {}, path = {}) {
    const page = await this.call(id, filters, path);
    return page[page.meta.key];
  }

  /** A filter's value that only some records have, and one that none has, among those of `rest`. */
  async filter(id, name, { matching, other, fits, rest = {} }) {
    const found = await this.list(id, { ...rest, [name]: matching });
    assert.ok(found.length > 0, `${id}: ${name}=${matching} must match`);
    for (const record of found)
      assert.ok(fits(record), `${id}: ${name}=${matching} must not match ${JSON.stringify(record)}`);
    covered.filters.add(`${id}: ${name} matches`);
    assert.deepEqual(await this.list(id, { ...rest, [name]: other }), [], `${id}: ${name}=${other}`);
    covered.filters.add(`${id}: ${name} excludes`);
  }

  /** Goes through a list of two records or more by pages of one, there and back. */
  async walk(id, rest = {}, path = {}) {
    const { minimum, maximum } = operations.get(id).query.get("PageSize");
    const whole = await this.list(id, { ...rest, PageSize: maximum }, path);
    assert.ok(whole.length >= 2, `${id}: too few records to walk through`);
    const there = [], back = [];
    for (let at = { Page: 0 }; at; ) {
      const page = await this.call(id, { ...rest, PageSize: minimum, ...at }, path);
      there.push(...page[page.meta.key]);
      if (page.meta.previous_page_url) {
        const previous = await this.call(id, { ...rest, ...positionOf(page.meta.previous_page_url) }, path);
        back.push(...previous[page.meta.key]);
      }
      at = page.meta.next_page_url && positionOf(page.meta.next_page_url);
    }
    assert.deepEqual(there, whole);
    assert.deepEqual(back, whole.slice(0, -1));
  }

  /** A call of the control API. */
  async control(method, path, body) {
    const answer = await fetch(`${this.url}/_emulator/${path}`, {
      method,
      headers: this.headers,
      body: body && JSON.stringify(body),
    });
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${await answer.clone().text()}`);
    return answer.json();
  }

  /** Moves the account's clock, and runs what falls due. */
  advance(by) {
    return this.control("POST", "clock/advance", { by });
  }
}

/** The parameters of a page's URL that tell where in the list it is. */
function positionOf(url) {
  const query = new URL(url).searchParams;
  return Object.fromEntries(PAGING.map((name) => [name, query.get(name)]).filter(([, value]) => value !== null));
}
