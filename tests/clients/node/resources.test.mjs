// SPDX-License-Identifier: MIT
// The official Node.js library: every method that it has for Super SIM, on every resource. What its
// answers mean in detail is tested without it, in tests/api; here they must arrive.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { account, networks, startServer } from "../../support/server.mjs";
import { checkAllCalled, connect, control, readEveryWay, refusal, watchAll } from "./drive.mjs";

const [att, tMobile, telekom] = networks;
const now = new Date("2026-01-15T14:30:00Z");
const unknown = (prefix) => prefix + "0".repeat(32);
let server, accounts = 1, cards = 89883070000000000000n;

before(async () => (server = await startServer()));
after(() => server.stop());

/** A date in the form that the control API takes. */
const plainDate = (date) => date.toISOString().replace(".000", "");

/** A fresh account, whose clock stands still, with a Fleet and what makes Sims and moves time. */
async function fresh() {
  const sid = account(accounts++);
  const api = watchAll(connect(server, sid));
  const device = (method, path, body) => control(server, sid, method, path, body);
  await device("PUT", "clock", { mode: "frozen", now: plainDate(now) });
  const profile = await api.networkAccessProfiles.create({ uniqueName: "nap" });
  const fleet = await api.fleets.create({ networkAccessProfile: "nap", uniqueName: "fleet" });
  const advance = (by = "1m") => device("POST", "clock/advance", { by });
  const register = () => api.sims.create({ iccid: String(cards++), registrationCode: "H3LL0W0RLD" });
  const activate = async (uniqueName, status = "active") => {
    const { sid } = await register(); // what create gives cannot be updated: the package forgets its SID
    assert.equal((await api.sims(sid).update({ uniqueName, fleet: "fleet", status })).status, "scheduled");
    await advance();
    return api.sims(uniqueName).fetch();
  };
  return { sid, api, device, profile, fleet, advance, register, activate };
}

/** A record through the fetches of the package, all of which must give the same. */
async function fetchEveryWay(context) {
  const record = await context.fetch();
  const { statusCode, headers, body } = await context.fetchWithHttpInfo();
  assert.equal(statusCode, 200);
  assert.match(headers["content-type"], /^application\/json/);
  for (const again of [body, await record.fetch(), (await record.fetchWithHttpInfo()).body])
    assert.deepEqual(again.toJSON(), record.toJSON());
  assert.deepEqual(Object.keys(context.toJSON()).at(-1), "sid");
  return record;
}

/** Creates a record in both ways of the package. */
async function createBothWays(collection, parameters, others = parameters) {
  const { statusCode, body } = await collection.createWithHttpInfo(parameters);
  assert.equal(statusCode, 201);
  return [body, await collection.create(others)];
}

/** Updates a record in every way of the package. */
async function updateEveryWay(context, parameters, key, value) {
  for (const way of [context, await context.fetch()]) {
    const updated = await way.update(parameters);
    assert.deepEqual(updated[key], value);
    const { statusCode, body } = await way.updateWithHttpInfo(parameters);
    assert.equal(statusCode, 200);
    assert.deepEqual(body.toJSON(), updated.toJSON());
  }
}

const sids = (records) => records.map((record) => record.sid);

test("fleets", async () => {
  const { api, profile, fleet } = await fresh();
  const parameters = { networkAccessProfile: profile.sid, dataLimit: 500, ipCommandsMethod: "GET" };
  const [one, two] = await createBothWays(api.fleets, { ...parameters, uniqueName: "one" }, parameters);
  assert.equal(two.uniqueName, null);
  assert.deepEqual(sids(await readEveryWay(api.fleets)), sids([two, one, fleet]));
  assert.deepEqual(await api.fleets.list({ networkAccessProfile: "nobody's" }), []);
  assert.equal((await fetchEveryWay(api.fleets("one"))).dataLimit, 500);
  assert.equal((await api.fleets.get(one.sid).fetch()).uniqueName, "one");
  await updateEveryWay(api.fleets(one.sid), { dataLimit: 600, smsCommandsUrl: "https://a.b/c" }, "dataLimit", 600);
  await assert.rejects(api.fleets.create({ networkAccessProfile: "nobody's" }), refusal(400, 20001));
  await assert.rejects(api.fleets("nobody").update({ dataLimit: 1 }), refusal(404, 20404));
});

test("networks", async () => {
  const { api } = await fresh();
  const german = await readEveryWay(api.networks, { isoCountry: "DE" });
  assert.ok(german.length >= 3);
  assert.ok(german.every((network) => network.isoCountry === "DE"));
  const all = await api.networks.list({ pageSize: 100 });
  assert.ok(all.length > 100);
  assert.deepEqual(sids(await api.networks.list({ mcc: "310", mnc: "410" })), [att]);
  const network = await fetchEveryWay(api.networks(telekom));
  assert.deepEqual(network.identifiers[0], { mcc: "262", mnc: "01" });
  assert.equal(network.url, `${server.origin}/v1/Networks/${telekom}`);
  await assert.rejects(api.networks.get(unknown("HW")).fetch(), refusal(404, 20404));
});

test("networkAccessProfiles", async () => {
  const { api, profile } = await fresh();
  const networks = [att, telekom];
  const [one, two] = await createBothWays(api.networkAccessProfiles, { uniqueName: "one" }, { networks });
  assert.deepEqual(sids(await readEveryWay(api.networkAccessProfiles)), sids([two, one, profile]));
  assert.equal((await fetchEveryWay(api.networkAccessProfiles.get("one"))).sid, one.sid);
  await updateEveryWay(api.networkAccessProfiles(two.sid), { uniqueName: "two" }, "uniqueName", "two");
  await assert.rejects(api.networkAccessProfiles("two").update({ uniqueName: "one" }), refusal(409, 20409));
  await assert.rejects(api.networkAccessProfiles.create({ networks: [unknown("HW")] }), refusal(400, 20001));
  const again = await api.networkAccessProfiles("two").fetch();
  assert.deepEqual(sids(await again.networks().list()).sort(), networks.sort());
});

test("networkAccessProfiles(…).networks", async () => {
  const { api } = await fresh();
  await api.networkAccessProfiles.create({ uniqueName: "one", networks: [att] });
  const members = api.networkAccessProfiles("one").networks;
  const [german, american] = await createBothWays(members, { network: telekom }, { network: tMobile });
  assert.equal(german.friendlyName, (await api.networks(telekom).fetch()).friendlyName);
  assert.deepEqual(sids(await readEveryWay(members)).sort(), [att, tMobile, telekom].sort());
  const again = await fetchEveryWay(members(telekom));
  assert.match(again.networkAccessProfileSid, /^HA[0-9a-f]{32}$/);
  assert.equal(await members.get(att).remove(), true);
  assert.equal((await members(telekom).removeWithHttpInfo()).statusCode, 204);
  await assert.rejects(members(telekom).fetch(), refusal(404, 20404));
  await assert.rejects(members(telekom).remove(), refusal(404, 20404));
  const [last] = await createBothWays(members, { network: telekom });
  assert.equal(await (await members(last.sid).fetch()).remove(), true);
  assert.equal((await (await members(american.sid).fetch()).removeWithHttpInfo()).statusCode, 204);
  assert.deepEqual(await members.list(), []);
  await assert.rejects(members.create({ network: unknown("HW") }), refusal(400, 20001));
});

test("sims", async () => {
  const { api, fleet, advance } = await fresh();
  const card = () => ({ iccid: String(cards++), registrationCode: "H3LL0W0RLD" });
  const [one, two] = await createBothWays(api.sims, card(), card());
  const three = await api.sims.create(card());
  await api.sims.get(one.sid).update({ uniqueName: "one", fleet: "fleet", status: "ready" });
  assert.equal((await api.sims(two.sid).updateWithHttpInfo({ fleet: fleet.sid, status: "active" })).statusCode, 202);
  await advance();
  assert.deepEqual(sids(await readEveryWay(api.sims)), sids([three, two, one]));
  assert.deepEqual(sids(await api.sims.list({ fleet: "fleet", status: "active" })), [two.sid]);
  assert.deepEqual(sids(await api.sims.list({ iccid: three.iccid })), [three.sid]);
  const sim = await fetchEveryWay(api.sims("one"));
  assert.equal(sim.status, "ready");
  assert.equal(sim.fleetSid, fleet.sid);
  assert.deepEqual(sim.dateUpdated, now);
  assert.equal(sim.links.billing_periods, `${sim.url}/BillingPeriods`);
  await updateEveryWay(api.sims(two.sid), { uniqueName: "two" }, "uniqueName", "two");
});

test("sims that are refused", async () => {
  const { api, register, activate } = await fresh();
  const create = (iccid, registrationCode) => api.sims.create({ iccid, registrationCode });
  const update = (name, changes) => api.sims(name).update(changes);
  const sim = await activate("on");
  const { sid } = await register();
  await assert.rejects(create("123", "H3LL0W0RLD"), refusal(400, 83002));
  await assert.rejects(create(sim.iccid, "H3LL0W0RLD"), refusal(400, 83003));
  await assert.rejects(api.sims("nobody").fetch(), refusal(404, 20404));
  await assert.rejects(update("nobody", { uniqueName: "x" }), refusal(404, 83005));
  await assert.rejects(update(sid, { fleet: "nobody's" }), refusal(400, 83006));
  await assert.rejects(update(sid, { status: "active" }), refusal(400, 83007));
  await assert.rejects(update("on", { fleet: "" }), refusal(400, 83008));
  await assert.rejects(update("on", { status: "ready" }), refusal(400, 83010));
  await assert.rejects(update(sid, { uniqueName: "on" }), refusal(409, 83011));
  await update("on", { status: "inactive" });
  await assert.rejects(update("on", { status: "active" }), refusal(409, 83009));
  // The package itself asks for what is required; a server that is asked without it says so, too.
  assert.throws(() => api.sims.create({ iccid: "1" }), /Required parameter/);
  await assert.rejects(create("89883070000000000999", ""), refusal(400, 83002));
});

test("sims(…).billingPeriods and .simIpAddresses", async () => {
  const { api, activate, register } = await fresh();
  const sim = await activate("tracker", "ready");
  const { billingPeriods, simIpAddresses } = api.sims("tracker");
  const [period] = await readEveryWay(billingPeriods);
  assert.match(period.sid, /^HB[0-9a-f]{32}$/);
  assert.equal(period.simSid, sim.sid);
  assert.equal(period.periodType, "ready");
  assert.equal(new Date(period.startTime).getTime() + 90 * 86400000, new Date(period.endTime).getTime(), "three months");
  const [address] = await readEveryWay(simIpAddresses);
  assert.equal(address.ipAddressVersion, "IPv4");
  assert.deepEqual((await sim.billingPeriods().list()).map((one) => one.sid), [period.sid]);
  assert.equal((await sim.simIpAddresses().list())[0].ipAddress, address.ipAddress);
  const idle = api.sims((await register()).sid);
  assert.deepEqual(await readEveryWay(idle.billingPeriods), []);
  assert.deepEqual(await readEveryWay(idle.simIpAddresses), []);
  await assert.rejects(api.sims("nobody").billingPeriods.list(), refusal(404, 20404));
  await assert.rejects(api.sims("nobody").simIpAddresses.page(), refusal(404, 20404));
});

test("smsCommands", async () => {
  const { api, activate, device, advance } = await fresh();
  const sim = await activate("tracker");
  const messages = [{ sim: "tracker", payload: "one" }, { sim: sim.sid, payload: "two" }];
  const [one, two] = await createBothWays(api.smsCommands, ...messages);
  assert.equal(one.status, "queued");
  await device("POST", "sims/tracker/sms-commands", { payload: "back" });
  await advance();
  const all = await readEveryWay(api.smsCommands);
  assert.deepEqual(all.map((command) => [command.payload, command.status, command.direction]), [
    ["back", "received", "from_sim"],
    ["two", "delivered", "to_sim"],
    ["one", "delivered", "to_sim"],
  ]);
  const filter = { sim: "tracker", status: "delivered", direction: "to_sim" };
  assert.deepEqual(sids(await readEveryWay(api.smsCommands, filter)), sids([two, one]));
  assert.equal((await fetchEveryWay(api.smsCommands(one.sid))).simSid, sim.sid);
  await assert.rejects(api.smsCommands.get(unknown("HC")).fetch(), refusal(404, 20404));
  await assert.rejects(api.smsCommands.create({ sim: "nobody", payload: "x" }), refusal(400, 20001));
  await assert.rejects(api.smsCommands.create({ sim: "tracker", payload: "x".repeat(161) }), refusal(400, 20001));
});

test("ipCommands", async () => {
  const { api, activate, device, advance } = await fresh();
  const sim = await activate("tracker");
  const to = { sim: "tracker", devicePort: 5, payload: "aGVsbG8=" };
  const [one, two] = await createBothWays(api.ipCommands, { ...to, payloadType: "binary" }, to);
  assert.deepEqual([one.payloadType, two.payloadType], ["binary", "text"]);
  await device("POST", "sims/tracker/ip-commands", { payload_text: "back", device_port: 6 });
  await advance();
  const [back] = await readEveryWay(api.ipCommands, { simIccid: sim.iccid });
  assert.deepEqual([back.status, back.devicePort, back.direction], ["received", 6, "from_sim"]);
  assert.equal(Buffer.from(back.payload, "base64").toString(), "back");
  const filter = { sim: "tracker", status: "sent", direction: "to_sim" };
  assert.deepEqual(sids(await api.ipCommands.list(filter)), sids([two, one]));
  const sent = await fetchEveryWay(api.ipCommands(one.sid));
  const [address] = await api.sims("tracker").simIpAddresses.list();
  assert.equal(sent.deviceIp, address.ipAddress);
  await assert.rejects(api.ipCommands.get(unknown("HG")).fetch(), refusal(404, 20404));
  for (const wrong of [{ devicePort: 65536 }, { payload: "no base64!", payloadType: "binary" }])
    await assert.rejects(api.ipCommands.create({ ...to, ...wrong }), refusal(400, 20001));
});

test("esimProfiles", async () => {
  const { api, device, advance } = await fresh();
  const [forDevice, forAny] = [{ eid: "89049032000001000000000000000001" }, { generateMatchingId: true }];
  const [one, two] = await createBothWays(api.esimProfiles, forDevice, forAny);
  assert.equal(one.status, "new");
  await advance();
  assert.deepEqual(sids(await readEveryWay(api.esimProfiles)), sids([two, one]));
  const profile = await fetchEveryWay(api.esimProfiles(two.sid));
  assert.equal(profile.status, "available");
  assert.ok(profile.activationCode.endsWith(profile.matchingId));
  assert.equal((await api.sims(profile.simSid).fetch()).iccid, profile.iccid);
  await device("POST", `esim-profiles/${one.sid}/download`);
  assert.deepEqual(sids(await api.esimProfiles.list({ status: "downloaded", eid: one.eid })), [one.sid]);
  assert.deepEqual(sids(await api.esimProfiles.list({ simSid: profile.simSid })), [two.sid]);
  await device("POST", `esim-profiles/${two.sid}/fail`);
  assert.equal((await api.esimProfiles(two.sid).fetch()).errorCode, "83500");
  await assert.rejects(api.esimProfiles.get(unknown("HP")).fetch(), refusal(404, 20404));
  await assert.rejects(api.esimProfiles.create(), refusal(400, 20001));
});

test("settingsUpdates", async () => {
  const { api, activate, device, advance } = await fresh();
  const sim = await activate("tracker");
  for (const version of ["1.0.0", "2.0.0"]) {
    const packages = [{ name: "base-settings", version, more_info: null }];
    await device("POST", "sims/tracker/settings-updates", { packages });
    if (version === "1.0.0") await advance();
  }
  const [last, first] = await readEveryWay(api.settingsUpdates);
  assert.match(first.sid, /^OB[0-9a-f]{32}$/);
  assert.deepEqual([first.status, last.status], ["successful", "scheduled"]);
  assert.deepEqual([first.simSid, first.iccid], [sim.sid, sim.iccid]);
  assert.ok(first.dateCompleted instanceof Date);
  assert.equal(last.dateCompleted, null);
  assert.equal(last.packages[0].version, "2.0.0");
  assert.deepEqual(sids(await api.settingsUpdates.list({ sim: "tracker", status: "successful" })), [first.sid]);
  await assert.rejects(api.settingsUpdates.list({ status: "done" }), refusal(400, 20001));
});

test("usageRecords", async () => {
  const { api, activate, device, fleet } = await fresh();
  const sim = await activate("tracker");
  const hour = (number) => new Date(Date.UTC(2026, 0, 15, number));
  const use = (number, network, bytes) =>
    device("POST", "sims/tracker/usage", { at: plainDate(hour(number)), network, data_upload: bytes });
  await use(9, att, 1000);
  await use(10, telekom, 2000);
  await use(13, att, 4000);

  const [whole] = await readEveryWay(api.usageRecords);
  assert.deepEqual([whole.dataUpload, whole.dataDownload, whole.dataTotal], [7000, 0, 7000]);
  assert.deepEqual([whole.dataTotalBilled, whole.billedUnit], [0.0007, "USD"]);
  const totals = async (options) => (await readEveryWay(api.usageRecords, options)).map((record) => record.dataTotal);
  assert.deepEqual(await totals({ granularity: "hour" }), [4000, 2000, 1000]);
  assert.deepEqual(await totals({ granularity: "day", fleet: "fleet" }), [7000]);
  assert.deepEqual(await totals({ granularity: "all", sim: "tracker", network: telekom }), [2000]);
  assert.deepEqual(await totals({ isoCountry: "US", granularity: "hour" }), [4000, 1000]);
  assert.deepEqual(await totals({ startTime: hour(10), endTime: hour(13) }), [2000]);
  assert.deepEqual(await totals({ startTime: hour(10), granularity: "hour" }), [4000, 2000]);
  const [record] = await api.usageRecords.list({ startTime: hour(9), endTime: hour(10), granularity: "hour" });
  assert.deepEqual(record.period, { start_time: "2026-01-15T09:00:00Z", end_time: "2026-01-15T10:00:00Z" });

  const groups = {
    sim: ["simSid", [sim.sid]],
    fleet: ["fleetSid", [fleet.sid]],
    network: ["networkSid", [att, telekom]],
    isoCountry: ["isoCountry", ["DE", "US"]],
  };
  for (const [group, [key, expected]] of Object.entries(groups)) {
    const records = await readEveryWay(api.usageRecords, { group });
    assert.deepEqual(new Set(records.map((one) => one[key])), new Set(expected));
    assert.equal(records.reduce((sum, one) => sum + one.dataTotal, 0), 7000);
  }

  const refused = (code, options) => assert.rejects(api.usageRecords.list(options), refusal(400, code));
  const day = (month, date) => new Date(Date.UTC(2026, month, date));
  await refused(83600, { group: "year" });
  await refused(83600, { startTime: hour(10), endTime: hour(10) });
  await refused(83601, { granularity: "day", startTime: hour(10) });
  await refused(83602, { granularity: "hour", endTime: new Date(hour(10).getTime() + 1000) });
  await refused(83603, { group: "sim", startTime: day(-2, 1), endTime: day(0, 1) });
  await refused(83604, { granularity: "hour", startTime: day(-2, 1), endTime: day(0, 1) });
  await refused(83605, { startTime: day(-30, 1), endTime: day(-29, 1) });
});

test("callbacks instead of promises", async () => {
  const { api, fleet } = await fresh();
  const listed = await promisify(api.fleets.list)();
  assert.deepEqual(sids(listed), [fleet.sid]);
  const error = await new Promise((resolve) => api.fleets("nobody").fetch(resolve));
  refusal(404, 20404)(error);
});

test("every method of the package was called", () => {
  const count = checkAllCalled();
  console.log(`twilio: ${count} methods called`);
});
