// SPDX-License-Identifier: MIT
// docs/seed.schema.json and the server agree about seeds: about one of everything, about what the
// server exports of it, and about broken ones.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import Ajv from "ajv";
import { account, networks, startServer } from "../support/server.mjs";

const root = new URL("../../", import.meta.url);
const binary = process.env.SUPERSIMD ?? "build/release/supersimd";
const schema = JSON.parse(readFileSync(new URL("docs/seed.schema.json", root)));
const ajv = new Ajv({ allErrors: true }); // strict: a keyword that nobody knows is an error
const validate = ajv.compile(schema);

const sid = (prefix) => prefix + "5".repeat(32);
const time = "2026-02-01T00:00:00Z";
const dates = { date_created: time, date_updated: time };
const callback = { callback_url: "http://127.0.0.1:9/x?a=é", callback_method: "GET" };

/** Every property of every record. */
const everything = {
  $schema: "https://example.com/seed.schema.json",
  accounts: [{
    sid: account(5),
    auth_token: "seeded",
    api_keys: [{ sid: sid("SK"), secret: "key" }],
    clock: { mode: "frozen", now: "2026-03-01T00:00:00Z" },
    network_access_profiles: [{ sid: sid("HA"), unique_name: "nap", networks: [networks[0], networks[1]], ...dates }],
    fleets: [{
      sid: sid("HF"), unique_name: "fleet", network_access_profile_sid: "nap", data_enabled: true,
      data_limit: 500, data_limit_in_force: 400, sms_commands_enabled: true, sms_commands_url: "https://sms.example/",
      sms_commands_method: "GET", ip_commands_url: "https://ip.example/", ip_commands_method: "POST", ...dates,
    }],
    sim_cards: [{ sid: sid("SC"), iccid: "89883070000123456789", registration_code: "KNOWNCODE1" }],
    sims: [
      {
        sid: sid("HS"), unique_name: "tracker", status: "active", fleet_sid: "fleet",
        iccid: "89883070000123450001", registration_code: "0123456789", pending_status: null,
        ...callback, attached: false, ip_address: "100.64.1.2", network_sid: networks[0],
        period_anchor: time, period_start: time, period_type: "active", period_sms_commands: 0, period_data_total: 500000000, blocked_since: time, ...dates,
      },
      { iccid: "89883070000123450002", registration_code: "0123456789", status: "scheduled", pending_status: "ready", status_before: "new", fleet_sid: sid("HF") },
      { iccid: "89883070000123450003", registration_code: "0123456789", unique_name: null, status: null },
    ],
    sms_commands: [
      { sid: sid("HC"), sim_sid: "tracker", payload: "old", status: "delivered", direction: "to_sim", ...callback, ...dates },
      { sim_sid: "tracker", payload: "é", status: "received", direction: "from_sim" },
    ],
    ip_commands: [
      {
        sid: sid("HG"), sim_sid: "tracker", payload: "AAEC", payload_type: "binary", device_ip: "100.64.1.2",
        device_port: 5000, status: "sent", direction: "to_sim", ...callback, ...dates,
      },
      { sim_sid: "tracker", payload: "text", device_port: 0 },
    ],
    esim_profiles: [
      {
        sid: sid("HP"), eid: "89049032005008882600033489000001", status: "installed", sim_sid: "tracker",
        iccid: "89883070000123450001", smdp_plus_address: "https://sm-dp-plus.example", matching_id: "M", activation_code: "LPA:1$x$M",
        error_code: null, error_message: null, generate_matching_id: true, ...callback, ...dates,
      },
      { generate_matching_id: true },
    ],
    settings_updates: [
      {
        sid: sid("OB"), sim_sid: "tracker", status: "successful", date_completed: time,
        packages: [{ name: "base-settings", version: "1.0.0", more_info: null }], ...dates,
      },
      { sim_sid: sid("HS") },
    ],
    usage: [
      { sim_sid: sid("HS"), hour: time, fleet_sid: sid("HF"), network_sid: networks[0], data_upload: 1, data_download: 2 },
      { sim_sid: "tracker", hour: "2026-02-01T01:00:00Z", fleet_sid: sid("HF"), network_sid: null, data_upload: 0, data_download: 0 },
    ],
  }],
};

let directory;
before(() => (directory = mkdtempSync(join(tmpdir(), "supersim-test-"))));
after(() => rmSync(directory, { recursive: true }));

/** A seed's file. */
function write(seed) {
  const path = join(directory, "seed.json");
  writeFileSync(path, JSON.stringify(seed));
  return path;
}

/** What a server with this seed exports. */
async function exported(seed) {
  const server = await startServer("--seed", write(seed));
  try {
    const answer = await fetch(`${server.url}/_emulator/state?account=${account(5)}`);
    assert.equal(answer.status, 200);
    return await answer.json();
  } finally {
    await server.stop();
  }
}

function assertValid(seed) {
  assert.ok(validate(seed), ajv.errorsText(validate.errors));
}

test("a seed of everything, and what is exported of it", async () => {
  for (const [name, definition] of Object.entries(schema.definitions)) {
    const records = everything.accounts[0][name];
    if (!Array.isArray(records)) continue;
    const given = new Set(records.flatMap(Object.keys));
    for (const property of Object.keys(definition.properties))
      assert.ok(given.has(property), `${name}.${property} is in the seed above`);
  }
  assertValid(everything);
  const state = await exported(everything);
  assertValid(state);
  const { auth_token, api_keys, ...rest } = schema.definitions.account.properties;
  assert.deepEqual(Object.keys(state.accounts[0]).sort(), Object.keys(rest).sort());
  assert.deepEqual(await exported(state), state, "exported state is a seed");
});

test("an empty account, and none", async () => {
  assertValid({ accounts: [] });
  assertValid({ accounts: [{ sid: account(5) }] });
  assertValid(await exported({ accounts: [{ sid: account(5) }] }));
});

/** The seed of everything with one thing broken. */
function broken(breakIt) {
  const seed = structuredClone(everything);
  breakIt(seed.accounts[0], seed);
  return seed;
}

const wrong = {
  "no accounts": (one, seed) => delete seed.accounts,
  "a schema that is no text": (one, seed) => (seed.$schema = 1),
  "another key beside the accounts": (one, seed) => (seed.version = 1),
  "an account without a SID": (one) => delete one.sid,
  "another kind of SID": (one) => (one.sid = sid("SK")),
  "a key of an account that nobody knows": (one) => (one.colour = "red"),
  "records that are kept as history": (one) => (one.deliveries = []),
  "records that are null": (one) => (one.fleets = null),
  "an empty token": (one) => (one.auth_token = ""),
  "a key without its secret": (one) => delete one.api_keys[0].secret,
  "a clock of no mode": (one) => (one.clock.mode = "slow"),
  "a clock that is scaled by nothing": (one) => (one.clock = { mode: "scaled" }),
  "a clock that is scaled by too little": (one) => (one.clock = { mode: "scaled", rate: 0 }),
  "no time": (one) => (one.fleets[0].date_created = "yesterday"),
  "a property that nobody knows": (one) => (one.fleets[0].colour = "red"),
  "a form's parameter": (one) => (one.fleets[0].DataLimit = 5),
  "a property that is not for seeds": (one) => (one.sims[0].device_udp = "127.0.0.1:5000"),
  "a Fleet without a profile": (one) => delete one.fleets[0].network_access_profile_sid,
  "a Fleet whose profile is null": (one) => (one.fleets[0].network_access_profile_sid = null),
  "too small a limit": (one) => (one.fleets[0].data_limit = 0),
  "too big a limit": (one) => (one.fleets[0].data_limit = 2000001),
  "half a megabyte": (one) => (one.fleets[0].data_limit = 0.5),
  "a method that webhooks do not have": (one) => (one.fleets[0].sms_commands_method = "PUT"),
  "no web URL": (one) => (one.fleets[0].sms_commands_url = "ftp://x/"),
  "a URL with a space": (one) => (one.fleets[0].sms_commands_url = "http://x/ y"),
  "a URL with half an escape": (one) => (one.fleets[0].sms_commands_url = "http://x/?q=100%"),
  "a URL of no host": (one) => (one.sims[0].callback_url = "http://[::1/"),
  "a URL of a port that is too long": (one) => (one.sms_commands[0].callback_url = "http://x:123456/"),
  "a URL of a host in another script": (one) => (one.ip_commands[0].callback_url = "http://bücher.localhost/"),
  "a URL whose path has brackets": (one) => (one.esim_profiles[0].callback_url = "http://x/a[b]"),
  "a name that is too long": (one) => (one.fleets[0].unique_name = "n".repeat(65)),
  "a name that looks like a SID": (one) => (one.fleets[0].unique_name = sid("HF")),
  "no SID of a Network": (one) => (one.network_access_profiles[0].networks = ["HW1"]),
  "a card without its code": (one) => delete one.sim_cards[0].registration_code,
  "an ICCID with letters": (one) => (one.sims[0].iccid = "8988307000012345000x"),
  "a status that Sims do not have": (one) => (one.sims[0].status = "off"),
  "a payload that is too long": (one) => (one.sms_commands[0].payload = "x".repeat(161)),
  "no payload": (one) => (one.sms_commands[0].payload = ""),
  "a port beyond the last": (one) => (one.ip_commands[0].device_port = 65536),
  "a card with letters": (one) => (one.sim_cards[0].iccid = "8988307000012345678X"),
  "usage of no hour": (one) => (one.usage[0].hour = "2026-02-01T00:30:00Z"),
  "usage below nothing": (one) => (one.usage[0].data_upload = -1),
  "a key that usage does not have": (one) => (one.usage[0].colour = "red"),
  "packages that are none": (one) => (one.settings_updates[0].packages = [{ name: "x" }]),
  "an eSIM Profile's status": (one) => (one.esim_profiles[0].status = "lost"),
};

for (const [name, breakIt] of Object.entries(wrong))
  test(`refused by the schema and the server: ${name}`, () => {
    const seed = broken(breakIt);
    assert.ok(!validate(seed), "by the schema");
    const options = ["--listen", "127.0.0.1:0", "--db", ":memory:", "--seed", write(seed)];
    const { status, stdout, stderr } = spawnSync(binary, options, { cwd: root, encoding: "utf8", timeout: 60000 });
    assert.deepEqual([status, stdout], [65, ""], stderr);
  });
