// SPDX-License-Identifier: MIT
// What one would write in JavaScript for Fleets: Fastify and better-sqlite3, by the advice of both.
// Statements are prepared, answers are made by a schema, and a write is on the disk before it is
// answered. As in plain.c, a Fleet's profile is taken as given.
//
//   node fastify.mjs DATABASE     prints supersimd's ready line; ends by SIGTERM
import { randomBytes } from "node:crypto";
import Database from "better-sqlite3";
import Fastify from "fastify";

const database = new Database(process.argv[2]);
database.pragma("journal_mode = WAL");
database.pragma("synchronous = FULL");
database.exec(`
  CREATE TABLE IF NOT EXISTS fleets (id INTEGER PRIMARY KEY, account TEXT NOT NULL,
    sid TEXT NOT NULL UNIQUE, name TEXT, data_limit INTEGER NOT NULL, profile TEXT NOT NULL,
    created TEXT NOT NULL, updated TEXT NOT NULL, UNIQUE (account, name));
  CREATE INDEX IF NOT EXISTS fleets_list ON fleets (account, id);
`);
const fetchOne = database.prepare("SELECT * FROM fleets WHERE sid = ? AND account = ?");
const listPage = database.prepare("SELECT * FROM fleets WHERE account = ? ORDER BY id DESC LIMIT ?");
const insert = database.prepare(`INSERT INTO fleets (sid, name, data_limit, profile, created, updated,
  account) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING *`);
const change = database.prepare(`UPDATE fleets SET data_limit = ?, updated = ?
  WHERE sid = ? AND account = ? RETURNING *`);

const text = { type: "string" };
const textOrNull = { type: ["string", "null"] };
const fleet = {
  type: "object",
  properties: {
    account_sid: text, unique_name: textOrNull, data_enabled: { type: "boolean" },
    data_limit: { type: "integer" }, data_metering: text, date_created: text, date_updated: text,
    sms_commands_enabled: { type: "boolean" }, sms_commands_method: text,
    sms_commands_url: textOrNull, ip_commands_method: text, ip_commands_url: textOrNull,
    network_access_profile_sid: text, sid: text, url: text,
  },
};
const page = {
  type: "object",
  properties: { meta: { type: "object", additionalProperties: true }, fleets: { type: "array", items: fleet } },
};
const answers = (schema) => ({ schema: { response: { "2xx": schema } } });

let origin;
const newSid = (prefix) => prefix + randomBytes(16).toString("hex");
const now = () => new Date().toISOString().slice(0, 19) + "Z";
const present = (row) => ({
  account_sid: row.account, unique_name: row.name, data_enabled: true, data_limit: row.data_limit,
  data_metering: "payg", date_created: row.created, date_updated: row.updated,
  sms_commands_enabled: true, sms_commands_method: "POST", sms_commands_url: null,
  ip_commands_method: "POST", ip_commands_url: null, network_access_profile_sid: row.profile,
  sid: row.sid, url: `${origin}/v1/Fleets/${row.sid}`,
});

// Those that supersimd sends, but for the request's id.
const headers = {
  "Content-Type": "application/json",
  "Twilio-Request-Duration": "0.000",
  "Twilio-Concurrent-Requests": "1",
  "X-API-Domain": "127.0.0.1:43127",
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Allow-Headers":
    "Accept, Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Match, " +
    "If-Unmodified-Since, Idempotency-Key",
  "Access-Control-Allow-Methods": "GET, POST, DELETE, OPTIONS",
  "Access-Control-Expose-Headers": "ETag",
  "Access-Control-Allow-Credentials": "true",
  "X-Home-Region": "us1",
  "X-Powered-By": "AT-5000",
  "X-Shenanigans": "none",
  Vary: "Origin",
  "Emulator-Version": "0.1.0",
};

const app = Fastify();
app.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" },
  (request, body, done) => done(null, new URLSearchParams(body)));
app.decorateRequest("account", null);
app.addHook("onRequest", async (request, reply) => {
  reply.headers(headers).header("Twilio-Request-Id", newSid("RQ"));
  const given = /^Basic (.*)$/.exec(request.headers.authorization ?? "");
  const [account] = Buffer.from(given?.[1] ?? "", "base64").toString().split(":");
  if (/^AC[0-9a-f]{32}$/.test(account))
    request.account = account;
  else if (request.url !== "/livez")
    return reply.code(401).send({ code: 20003, message: "Authenticate", status: 401 });
});

app.setErrorHandler((error, request, reply) => {
  const status = error.code === "SQLITE_CONSTRAINT_UNIQUE" ? 409 : 500;
  return reply.code(status).send({ code: status, message: error.message, status });
});

const shown = (reply, row) => row ? present(row)
  : reply.code(404).send({ code: 20404, message: "not found", status: 404 });
const limit = (form) => Number(form.get("DataLimit") ?? 1000);

app.get("/livez", () => ({}));
app.get("/v1/Fleets/:sid", answers(fleet), (request, reply) =>
  shown(reply, fetchOne.get(request.params.sid, request.account)));
app.get("/v1/Fleets", answers(page), (request) => {
  const size = Math.min(Number(request.query.PageSize ?? 50), 1000);
  return { meta: { key: "fleets", page: 0, page_size: size }, fleets: listPage.all(request.account, size).map(present) };
});
app.post("/v1/Fleets", answers(fleet), (request, reply) => {
  const form = request.body;
  const time = now();
  reply.code(201);
  return present(insert.get(newSid("HF"), form.get("UniqueName"), limit(form),
    form.get("NetworkAccessProfile"), time, time, request.account));
});
app.post("/v1/Fleets/:sid", answers(fleet), (request, reply) =>
  shown(reply, change.get(limit(request.body), now(), request.params.sid, request.account)));

origin = await app.listen({ host: "127.0.0.1", port: 0 });
console.log(JSON.stringify({ ready: true, url: origin, pid: process.pid }));
