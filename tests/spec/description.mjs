// SPDX-License-Identifier: MIT
// What the server says of its own API (/_emulator/openapi/supersim_v1.json), to hold answers against.
import assert from "node:assert/strict";
import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const METHODS = ["get", "post", "put", "patch", "delete"];

/** A description of a server's, by its path below /_emulator. */
export async function fetchDescription(url, path) {
  const answer = await fetch(`${url}/_emulator/${path}`);
  assert.equal(answer.status, 200);
  return new Description(await answer.json());
}

/** JSON Schema's validator, with the formats that the descriptions use. Unknown keywords are errors. */
export function validator() {
  const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
  addFormats(ajv);
  ajv.addFormat("int64", { type: "number", validate: Number.isSafeInteger });
  return ajv;
}

export class Description {
  constructor(document) {
    this.document = document;
    this.ajv = validator();
    this.validators = new Map();
    /** Operations by id, with their method and path. */
    this.operations = new Map();
    for (const [path, methods] of Object.entries(document.paths))
      for (const method of METHODS.filter((name) => methods[name]))
        this.operations.set(methods[method].operationId, { path, method, ...methods[method] });
  }

  /** What a reference means; anything else is itself. */
  resolve(part) {
    if (!part.$ref) return part;
    const [root, ...keys] = part.$ref.split("/");
    assert.equal(root, "#");
    const found = keys.reduce((at, key) => at?.[key], this.document);
    assert.ok(found, `${part.$ref} leads nowhere`);
    return found;
  }

  parameters(operation, place) {
    return operation.parameters.map((one) => this.resolve(one)).filter((one) => one.in === place);
  }

  /** A schema without references, in which objects have no property beyond those that are listed. */
  closed(given) {
    const { properties, items, anyOf, ...result } = this.resolve(given);
    if (items) result.items = this.closed(items);
    if (anyOf) result.anyOf = anyOf.map((choice) => this.closed(choice));
    if (properties) {
      result.properties = Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, this.closed(inner)]));
      result.additionalProperties = false;
    }
    return result;
  }

  /** Holds an answer of an operation against its description. */
  check(what, id, status, body) {
    const response = this.resolve(this.operations.get(id).responses[status] ?? this.operations.get(id).responses.default);
    const schema = response.content?.["application/json"]?.schema;
    if (!schema) return assert.equal(body, undefined, what);
    const check = this.validators.get(schema) ?? this.ajv.compile(this.closed(schema));
    this.validators.set(schema, check);
    assert.ok(check(body), `${what}, as described here: ${this.ajv.errorsText(check.errors)} in ${JSON.stringify(body)}`);
  }
}
