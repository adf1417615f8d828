// SPDX-License-Identifier: MIT
// Drives the official Node.js library, and notes which of its methods were called.
import assert from "node:assert/strict";
import twilio from "twilio";

/** The package's view of a server, as an account. */
export function connect(server, user, secret = "anytoken", options = {}) {
  const client = twilio(user, secret, options);
  server.point(client);
  return client.supersim.v1;
}

/** A call of the control API, as the account. */
export async function control(server, user, method, path, body, secret = "anytoken") {
  const answer = await fetch(`${server.url}/_emulator/${path}`, {
    method,
    headers: { Authorization: "Basic " + Buffer.from(`${user}:${secret}`).toString("base64") },
    body: body && JSON.stringify(body),
  });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${await answer.clone().text()}`);
  return answer.json();
}

/** Judges an exception of the package. */
export const refusal = (status, code) => (error) => {
  assert.equal(error.constructor.name, "RestException");
  assert.equal(error.status, status, error.message);
  assert.equal(error.code, code, error.message);
  assert.equal(error.moreInfo, `https://www.twilio.com/docs/errors/${code}`);
  return true;
};

// ── which methods were called ──────────────────────────────────────────────────────────────────

const called = new Map(); // what a method or a collection is of → its name → whether it was called

/** A collection, or something of one, of which the package knows the path; not one of its parts. */
const isDriven = (value) => value !== null && typeof value !== "undefined" && value._solution !== undefined;

/** The names of an object's methods, its class's included. */
function methodsOf(object) {
  const found = new Set();
  for (let at = object; at && at !== Object.prototype && at !== Function.prototype; at = Object.getPrototypeOf(at))
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at)))
      if (typeof value === "function" && name !== "constructor" && !name.startsWith("_") && !isDriven(value))
        found.add(name);
  return [...found];
}

/** What the package calls an object: "/Sims", "/Sims/{}", "/Sims/{}/BillingPeriods", "SimInstance". */
function nameOf(object) {
  if (object._uri === undefined) return object.constructor.name;
  return object._uri.split("/").map((part, place) => (place > 0 && place % 2 === 0 ? "{}" : part)).join("/");
}

/**
 * The same object, but that its methods are noted, and those of what it leads to: of one record that
 * a collection is called with, of the collections below it, of records in answers.
 */
function watch(object) {
  const name = nameOf(object);
  if (!called.has(name)) called.set(name, new Map(methodsOf(object).map((method) => [method, false])));
  return new Proxy(object, {
    apply: (collection, _, values) => watch(collection(...values)),
    get(target, property) {
      const value = Reflect.get(target, property);
      if (typeof property === "symbol" || property.startsWith("_") || property === "constructor") return value;
      if (isDriven(value)) return watch(value);
      if (typeof value !== "function") return value;
      return (...values) => {
        called.get(name).set(property, true);
        const result = value.apply(target, values);
        if (result instanceof Promise) return result.then(watchAnswer);
        return isDriven(result) ? watch(result) : result;
      };
    },
  });
}

/** A record in an answer, or the answer of a method "with HTTP info" around one. */
function watchAnswer(answer) {
  if (answer?.statusCode && isDriven(answer.body)) return { ...answer, body: watchAnswer(answer.body) };
  return isDriven(answer) && answer.constructor.name.endsWith("Instance") ? watch(answer) : answer;
}

/** The API, each collection of which is watched. */
export function watchAll(api) {
  const own = Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(api)));
  const collections = own.filter(([, { get }]) => get).map(([name]) => [name, false]);
  if (!called.has("v1")) called.set("v1", new Map(collections));
  return new Proxy(api, {
    get(target, name) {
      called.get("v1").set(name, true);
      return watch(target[name]);
    },
  });
}

/** Fails for a method that was never called, and gives how many there are. */
export function checkAllCalled() {
  const all = [...called].flatMap(([name, methods]) => [...methods].map(([method, done]) => [`${name}.${method}`, done]));
  assert.deepEqual(all.filter(([, done]) => !done).map(([name]) => name), [], "methods that were never called");
  return all.length;
}

// ── lists ──────────────────────────────────────────────────────────────────────────────────────

const plain = (records) => records.map((record) => record.toJSON());

/** Reads a list in every way that the package has, by pages of `pageSize`; all must give the same. */
export async function readEveryWay(collection, parameters = {}, pageSize = 1) {
  const all = await collection.list({ ...parameters }); // the package writes into what it is given
  const expected = plain(all);
  const small = () => ({ ...parameters, pageSize });
  const same = (records) => assert.deepEqual(plain(records), expected);
  same(await collection.list(small()));
  same((await collection.listWithHttpInfo(small())).body);
  assert.deepEqual(plain(await collection.list({ ...small(), limit: 1 })), expected.slice(0, 1));
  for (const method of ["each", "eachWithHttpInfo"]) {
    const records = [];
    await collection[method]({ ...small(), callback: (record) => records.push(record) });
    same(records);
  }

  const pages = [await collection.page(small())];
  for (let next; (next = await pages.at(-1).nextPage()); ) pages.push(next);
  assert.equal(pages.length, Math.max(1, Math.ceil(all.length / pageSize)));
  same(pages.flatMap((page) => page.instances));
  for (const [number, page] of pages.entries()) {
    const before = await page.previousPage();
    assert.deepEqual(before && plain(before.instances), pages[number - 1] && plain(pages[number - 1].instances));
    if (!page.nextPageUrl) continue;
    const next = plain(pages[number + 1].instances);
    assert.deepEqual(plain((await collection.getPage(page.nextPageUrl)).instances), next);
    const token = new URL(page.nextPageUrl).searchParams.get("PageToken");
    const byToken = await collection.page({ ...small(), pageNumber: number + 1, pageToken: token });
    assert.deepEqual(plain(byToken.instances), next);
  }
  const first = await collection.pageWithHttpInfo(small());
  assert.equal(first.statusCode, 200);
  assert.deepEqual(plain(first.body.instances), plain(pages[0].instances));
  const { url } = first.body._payload.meta;
  for (const page of [await collection.getPage(url), (await collection.getPageWithHttpInfo(url)).body])
    assert.deepEqual(plain(page.instances), plain(pages[0].instances));
  assert.ok(collection.toJSON());
  return all;
}
