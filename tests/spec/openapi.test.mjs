// SPDX-License-Identifier: MIT
// Every operation of Twilio's OpenAPI file is called, with each parameter, each value of each enum
// and each filter; records are brought into every state that the file knows. See spec.mjs.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { account, networks, startServer } from "../support/server.mjs";
import { Account, covered, declared, operations, unusedEnums } from "./spec.mjs";

const [att, tMobile, telekom] = networks;
const METHODS = ["GET", "POST"];
const NOWHERE = "http://127.0.0.1:9/nowhere";
const STEP = "1s"; // from one status to the next
const SETTLE = "1m"; // long enough for any record to reach its last status
const seeded = account(1);

let server, directory, numbers = 2, cards = 89883070000000000000n;

/** A server whose steps take a second, with an account that has a Sim with an IPv6 address. */
before(async () => {
  directory = mkdtempSync(join(tmpdir(), "supersim-spec-"));
  const fleets = [{ unique_name: "of six", network_access_profile_sid: "for six" }];
  const card = { iccid: "89883070000000000006", registration_code: "0123456789" };
  const sims = [{ ...card, unique_name: "six", fleet_sid: "of six", status: "active", ip_address: "2001:db8::6" }];
  const seed = { accounts: [{ sid: seeded, network_access_profiles: [{ unique_name: "for six" }], fleets, sims }] };
  writeFileSync(join(directory, "seed.json"), JSON.stringify(seed));
  server = await startServer("--transition-delay", "1s", "--seed", join(directory, "seed.json"));
});
after(async () => {
  await server?.stop();
  rmSync(directory, { recursive: true });
});

/** A new account whose clock stands still. */
async function fresh(now = "2026-01-15T14:30:00Z") {
  const api = new Account(server.url, account(numbers++));
  await api.control("PUT", "clock", { mode: "frozen", now });
  return api;
}

/** A new account with a Fleet. */
async function withFleet(now) {
  const api = await fresh(now);
  await api.call("CreateNetworkAccessProfile", { UniqueName: "nap" });
  return { api, fleet: await api.call("CreateFleet", { NetworkAccessProfile: "nap", UniqueName: "fleet" }) };
}

/** A new Sim. */
function register(api) {
  return api.call("CreateSim", { Iccid: String(cards++), RegistrationCode: "H3LL0W0RLD" });
}

/** A Sim that is on, with a name; the clock is moved for it. */
async function activeSim(api, name, fleet = "fleet", status = "active") {
  const { sid } = await register(api);
  await api.call("UpdateSim", { UniqueName: name, Fleet: fleet, Status: status }, { Sid: sid });
  await api.advance(SETTLE);
  return api.call("FetchSim", {}, { Sid: sid });
}

/** Each value of a filter that is an enum must match some of all records. Among those that the filter
 * `only` leaves, all have `value` and none has `other`. */
async function filterByEnum(api, id, name, key, only, value, other) {
  for (const one of operations.get(id).query.get(name).enum) {
    const found = new Set((await api.list(id, { [name]: one })).map((record) => record[key]));
    assert.deepEqual([...found], [one], `${id}: ${name}`);
  }
  await api.filter(id, name, { matching: value, other, fits: (record) => record[key] === value, rest: only });
}

test("Networks", async () => {
  const api = await fresh();
  const network = await api.call("FetchNetwork", {}, { Sid: att });
  assert.deepEqual(network.identifiers[0], { mcc: "310", mnc: "410" });
  await api.walk("ListNetwork", { IsoCountry: "US" });
  const has = (key, value) => (record) => record.identifiers.some((one) => one[key] === value);
  await api.filter("ListNetwork", "IsoCountry", { matching: "DE", other: "XX", fits: (record) => record.iso_country === "DE" });
  await api.filter("ListNetwork", "Mcc", { matching: "310", other: "999", fits: has("mcc", "310") });
  await api.filter("ListNetwork", "Mnc", { matching: "410", other: "01", fits: has("mnc", "410"), rest: { Mcc: "310" } });
});

test("Network Access Profiles and their Networks", async () => {
  const api = await fresh();
  const made = await api.call("CreateNetworkAccessProfile", { UniqueName: "nap", Networks: [att, tMobile] });
  await api.call("CreateNetworkAccessProfile");
  assert.deepEqual(await api.call("FetchNetworkAccessProfile", {}, { Sid: "nap" }), made);
  const renamed = await api.call("UpdateNetworkAccessProfile", { UniqueName: "one nap" }, { Sid: made.sid });
  assert.equal(renamed.unique_name, "one nap");
  await api.walk("ListNetworkAccessProfile");

  const path = { NetworkAccessProfileSid: made.sid };
  const added = await api.call("CreateNetworkAccessProfileNetwork", { Network: telekom }, path);
  assert.equal(added.network_access_profile_sid, made.sid);
  assert.deepEqual(await api.call("FetchNetworkAccessProfileNetwork", {}, { ...path, Sid: telekom }), added);
  await api.walk("ListNetworkAccessProfileNetwork", {}, path);
  await api.call("DeleteNetworkAccessProfileNetwork", {}, { ...path, Sid: att });
  await api.refused("FetchNetworkAccessProfileNetwork", {}, { ...path, Sid: att }, 404, 20404);
  const left = await api.list("ListNetworkAccessProfileNetwork", {}, path);
  assert.deepEqual(left.map((network) => network.sid).sort(), [tMobile, telekom].sort());
});

test("Fleets", async () => {
  const api = await fresh();
  const { sid } = await api.call("CreateNetworkAccessProfile", { UniqueName: "nap" });
  await api.call("CreateNetworkAccessProfile", { UniqueName: "without" });
  for (const method of METHODS) {
    const webhooks = {
      SmsCommandsUrl: "https://a.b/c",
      SmsCommandsMethod: method,
      IpCommandsUrl: "https://x.y/z",
      IpCommandsMethod: method,
    };
    const made = await api.call("CreateFleet", {
      ...webhooks,
      NetworkAccessProfile: "nap",
      UniqueName: method,
      DataEnabled: false,
      DataLimit: 500,
      SmsCommandsEnabled: false,
    });
    assert.equal(made.sms_commands_method, method);
    assert.equal(made.ip_commands_method, method);
    const update = { ...webhooks, UniqueName: `${method} again`, DataLimit: 600, NetworkAccessProfile: sid };
    const changed = await api.call("UpdateFleet", update, { Sid: method });
    assert.equal(changed.data_limit, 600);
    assert.deepEqual(await api.call("FetchFleet", {}, { Sid: `${method} again` }), changed);
  }
  await api.walk("ListFleet");
  const fits = (fleet) => fleet.network_access_profile_sid === sid;
  await api.filter("ListFleet", "NetworkAccessProfile", { matching: sid, other: "without", fits });
});

test("Sims, in every status", async () => {
  const { api, fleet } = await withFleet();
  const update = (sim, values) => api.call("UpdateSim", values, { Sid: sim.sid });
  const [ready, active, inactive, scheduled, fallow] = await Promise.all(Array.from({ length: 5 }, () => register(api)));
  assert.equal(fallow.status, "new");
  await update(ready, { Fleet: "fleet", Status: "ready", UniqueName: "ready", CallbackUrl: NOWHERE, CallbackMethod: "GET" });
  await update(active, { Fleet: fleet.sid, Status: "active", CallbackUrl: NOWHERE, CallbackMethod: "POST" });
  await update(inactive, { Status: "inactive" });
  await api.advance(SETTLE);
  const answer = await update(scheduled, { Fleet: "fleet", Status: "active" });
  assert.equal(answer.status, "scheduled");

  await api.walk("ListSim");
  await api.call("CreateFleet", { NetworkAccessProfile: "nap", UniqueName: "empty" });
  const only = { Iccid: ready.iccid };
  await filterByEnum(api, "ListSim", "Status", "status", only, "ready", "inactive");
  await api.filter("ListSim", "Fleet", { matching: "fleet", other: "empty", fits: (sim) => sim.fleet_sid === fleet.sid });
  await api.filter("ListSim", "Iccid", { matching: active.iccid, other: "89883070000000000999", fits: (sim) => sim.sid === active.sid });
  assert.equal((await api.call("FetchSim", {}, { Sid: "ready" })).status, "ready");

  await update(fallow, { AccountSid: seeded });
  await api.refused("FetchSim", {}, { Sid: fallow.sid }, 404, 20404);
});

test("Billing Periods and IP addresses", async () => {
  const { api } = await withFleet();
  const types = { ready: await activeSim(api, "sim r", "fleet", "ready"), active: await activeSim(api, "sim a") };
  for (const [type, { sid }] of Object.entries(types)) {
    const [period] = await api.list("ListBillingPeriod", { PageSize: 1, Page: 0 }, { SimSid: sid });
    assert.equal(period.period_type, type);
    assert.equal(period.sim_sid, sid);
  }
  const [four] = await api.list("ListSimIpAddress", { PageSize: 1, Page: 0 }, { SimSid: types.active.sid });
  assert.equal(four.ip_address_version, "IPv4");
  const [six] = await new Account(server.url, seeded).list("ListSimIpAddress", {}, { SimSid: "six" });
  assert.deepEqual(six, { ip_address: "2001:db8::6", ip_address_version: "IPv6" });
  // There is one record at most, so that no page has a token: any must be refused.
  const PageToken = "PT0123456789abcdef0123456789abcdef";
  for (const id of ["ListBillingPeriod", "ListSimIpAddress"])
    await api.refused(id, { Page: 1, PageToken }, { SimSid: types.active.sid }, 400, 20001);
});

test("SMS Commands, in every status", async () => {
  const { api } = await withFleet();
  const sim = await activeSim(api, "sim");
  const lonely = await register(api);
  const send = (values = {}) => api.call("CreateSmsCommand", { Sim: "sim", Payload: "hello", ...values });
  for (const method of METHODS) await send({ CallbackUrl: NOWHERE, CallbackMethod: method });
  await send({ Sim: lonely.sid }); // fails: its Sim is new
  await api.control("POST", "sims/sim/sms-commands", { payload: "from the device" });
  await api.advance(SETTLE);
  await api.control("POST", "sims/sim/detach");
  const sent = await send();
  await api.advance(SETTLE);
  const queued = await send();

  await api.walk("ListSmsCommand");
  assert.equal((await api.call("FetchSmsCommand", {}, { Sid: sent.sid })).status, "sent");
  assert.equal((await api.call("FetchSmsCommand", {}, { Sid: queued.sid })).status, "queued");
  await api.filter("ListSmsCommand", "Sim", { matching: "sim", other: "nobody", fits: (command) => command.sim_sid === sim.sid });
  const only = { Sim: lonely.sid };
  await filterByEnum(api, "ListSmsCommand", "Status", "status", only, "failed", "delivered");
  await filterByEnum(api, "ListSmsCommand", "Direction", "direction", only, "to_sim", "from_sim");
});

test("IP Commands, in every status", async () => {
  const { api } = await withFleet();
  const sim = await activeSim(api, "sim");
  const lonely = await register(api);
  const send = (values = {}) => api.call("CreateIpCommand", { Sim: "sim", Payload: "aGVsbG8=", DevicePort: 7, ...values });
  for (const method of METHODS) await send({ CallbackUrl: NOWHERE, CallbackMethod: method });
  for (const type of ["text", "binary"]) assert.equal((await send({ PayloadType: type })).payload_type, type);
  await send({ Sim: lonely.sid }); // fails: its Sim is new
  await api.control("POST", "sims/sim/ip-commands", { payload_text: "from the device", device_port: 8 });
  await api.advance(SETTLE);
  const queued = await send();

  await api.walk("ListIpCommand");
  assert.equal((await api.call("FetchIpCommand", {}, { Sid: queued.sid })).status, "queued");
  const ofSim = (command) => command.sim_sid === sim.sid && command.sim_iccid === sim.iccid;
  await api.filter("ListIpCommand", "Sim", { matching: "sim", other: "nobody", fits: ofSim });
  await api.filter("ListIpCommand", "SimIccid", { matching: sim.iccid, other: "89883070000000000999", fits: ofSim });
  const only = { Sim: lonely.sid };
  await filterByEnum(api, "ListIpCommand", "Status", "status", only, "failed", "sent");
  await filterByEnum(api, "ListIpCommand", "Direction", "direction", only, "to_sim", "from_sim");
});

test("eSIM Profiles, in every status", async () => {
  const api = await fresh();
  const order = (values) => api.call("CreateEsimProfile", values);
  const become = (profile, ...steps) =>
    steps.reduce((before, step) => before.then(() => api.control("POST", `esim-profiles/${profile.sid}/${step}`)), Promise.resolve());
  const open = await order({ GenerateMatchingId: true });
  const [downloaded, installed] = await Promise.all(
    METHODS.map((method) => order({ Eid: `eid ${method}`, CallbackUrl: NOWHERE, CallbackMethod: method })),
  );
  const failed = await order({ Eid: "no profile" });
  await api.advance(SETTLE);
  await become(downloaded, "download");
  await become(installed, "download", "install");
  await become(failed, "fail");
  await order({ Eid: "reserving" });
  await api.advance(STEP);
  const last = await order({ Eid: "new" });
  assert.equal(last.status, "new");

  await api.walk("ListEsimProfile");
  const { sim_sid } = await api.call("FetchEsimProfile", {}, { Sid: open.sid });
  const only = (one) => (profile) => profile.sid === one.sid;
  await api.filter("ListEsimProfile", "Eid", { matching: "new", other: "nobody's", fits: only(last) });
  await api.filter("ListEsimProfile", "SimSid", { matching: sim_sid, other: "HS" + "0".repeat(32), fits: only(open) });
  await filterByEnum(api, "ListEsimProfile", "Status", "status", { Eid: "new" }, "new", "installed");
});

test("Settings Updates, in every status", async () => {
  const { api } = await withFleet();
  const sim = await activeSim(api, "sim");
  const lonely = await register(api);
  const schedule = (name, packages) => api.control("POST", `sims/${name}/settings-updates`, packages && { packages });
  await schedule("sim", [{ name: "base-settings", version: "2.0.0", more_info: null }]);
  await schedule(lonely.sid); // fails: its Sim is new
  await api.advance(SETTLE);
  await schedule("sim");
  await api.advance(STEP);
  await schedule("sim");

  await api.walk("ListSettingsUpdate");
  await api.filter("ListSettingsUpdate", "Sim", { matching: "sim", other: "nobody", fits: (update) => update.sim_sid === sim.sid });
  await filterByEnum(api, "ListSettingsUpdate", "Status", "status", { Sim: lonely.sid }, "failed", "successful");
});

test("Usage Records, grouped and filtered in every way", async () => {
  const { api, fleet } = await withFleet();
  await api.call("CreateFleet", { NetworkAccessProfile: "nap", UniqueName: "other fleet" });
  const one = await activeSim(api, "one");
  await activeSim(api, "two", "other fleet");
  await register(api).then(({ sid }) => api.call("UpdateSim", { UniqueName: "idle" }, { Sid: sid }));
  const use = (sim, at, network, bytes) =>
    api.control("POST", `sims/${sim}/usage`, { at: `2026-01-${at}:30:00Z`, network, data_upload: bytes, data_download: 2 * bytes });
  await use("one", "15T10", att, 50000);
  await use("one", "15T11", telekom, 10);
  await use("two", "14T11", att, 70000);

  const [whole] = await api.list("ListUsageRecord");
  assert.deepEqual([whole.data_upload, whole.data_download, whole.data_total], [120010, 240020, 360030]);
  assert.equal(whole.data_total_billed, 0.036);
  const groups = { sim: ["sim_sid", 2], fleet: ["fleet_sid", 2], network: ["network_sid", 2], isoCountry: ["iso_country", 2] };
  for (const group of operations.get("ListUsageRecord").query.get("Group").enum) {
    const [key, count] = groups[group];
    const records = await api.list("ListUsageRecord", { Group: group });
    assert.equal(new Set(records.map((record) => record[key])).size, count, group);
    assert.ok(!records.some((record) => record[key] === null));
  }
  const stretches = { hour: 3, day: 2, all: 1 };
  for (const granularity of operations.get("ListUsageRecord").query.get("Granularity").enum)
    assert.equal((await api.list("ListUsageRecord", { Granularity: granularity })).length, stretches[granularity]);
  for (const name of ["Group", "Granularity"]) {
    covered.filters.add(`ListUsageRecord: ${name} matches`);
    await api.refused("ListUsageRecord", { [name]: "year" }, {}, 400, 83600);
    covered.filters.add(`ListUsageRecord: ${name} excludes`);
  }

  const hours = { Granularity: "hour" }; // without usage there is no record then
  await api.walk("ListUsageRecord", hours);
  const filter = (name, matching, other, fits, rest = hours) => api.filter("ListUsageRecord", name, { matching, other, fits, rest });
  await filter("Sim", "one", "idle", (record) => record.sim_sid === one.sid);
  await filter("Fleet", fleet.sid, "nobody's", (record) => record.fleet_sid === fleet.sid);
  await filter("Network", telekom, tMobile, (record) => record.network_sid === telekom && record.data_total === 30);
  await filter("IsoCountry", "US", "FR", (record) => record.iso_country === "US");
  await filter("StartTime", "2026-01-15T00:00:00Z", "2026-01-15T12:00:00Z", (record) => record.period.start_time >= "2026-01-15T10");
  await filter("EndTime", "2026-01-15T00:00:00Z", "2026-01-14T00:00:00Z", (record) => record.period.end_time === "2026-01-14T12:00:00Z");
});

test("Usage Records of the last year that there is", async () => {
  const { api } = await withFleet("9999-06-15T14:30:00Z");
  await activeSim(api, "sim");
  for (const hour of ["10", "11", "12"])
    await api.control("POST", "sims/sim/usage", { at: `9999-06-15T${hour}:00:00Z`, data_upload: 1 });
  for (const Group of ["sim", "network"]) await api.walk("ListUsageRecord", { Granularity: "hour", Group });
  const [last] = await api.list("ListUsageRecord", { StartTime: "9999-12-31", EndTime: "9999-12-31T23:59:59Z" });
  assert.equal(last.data_total, 0);
});

test("what is missing, unknown or out of range is refused", async () => {
  const { api } = await withFleet();
  await register(api).then(({ sid }) => api.call("UpdateSim", { UniqueName: "sim" }, { Sid: sid }));
  const known = { Sim: "sim", Payload: "x", DevicePort: 7, NetworkAccessProfile: "nap", Network: att };
  Object.assign(known, { Iccid: String(cards++), RegistrationCode: "0123456789" });
  const parents = { SimSid: "sim", NetworkAccessProfileSid: "nap" };
  for (const { id, pathNames, required, query, parameters, isList } of operations.values()) {
    const path = Object.fromEntries([...pathNames.keys()].map((name) => [name, parents[name] ?? "nobody"]));
    const form = Object.fromEntries(required.map((name) => [name, known[name]]));
    for (const name of pathNames.keys()) await api.refused(id, form, { ...path, [name]: "nobody" }, 404);
    for (const name of required) {
      const { [name]: _, ...rest } = form;
      const { message } = await api.refused(id, rest, path, 400);
      assert.match(message, new RegExp(`^Missing required parameter ${name}\\b`), id);
    }
    if (pathNames.has("Sid")) continue;
    for (const [name, { enum: values }] of parameters)
      if (values) await api.refused(id, { ...form, [name]: "neither" }, path, 400);
    if (!isList) continue;
    const { minimum, maximum } = query.get("PageSize");
    for (const PageSize of [minimum - 1, maximum + 1]) await api.refused(id, { PageSize }, path, 400);
  }
});

test("all that the file declares was covered", () => {
  const { operations: ids, sent, seen, filters } = declared;
  assert.equal(ids.size, 31);
  // It declares an order of Usage Records that no operation can be asked for.
  assert.deepEqual(unusedEnums(), ["usage_record_enum_sort_by"]);
  const missing = Object.entries(declared).flatMap(([kind, expected]) =>
    [...expected].filter((name) => !covered[kind].has(name)).map((name) => `${kind}: ${name}`),
  );
  assert.deepEqual(missing, [], "declared, but never called, given or seen");
  console.log(`spec: ${ids.size} of ${ids.size} operations, ${sent.size + seen.size} enum values, ${filters.size / 2} filters`);
});
