// SPDX-License-Identifier: MIT
// The official Node.js library, unchanged but for its base URL: Fleets, and who may call. Its other
// resources are in resources.test.mjs.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { account, networks, startServer } from "../../support/server.mjs";
import { connect as connectTo, refusal } from "./drive.mjs";

const key = "SK" + "5".repeat(32);
const pinned = account(9);
let server;
let accounts = 100;

const connect = (user, secret, options) => connectTo(server, user, secret, options);

/** A fresh account, with a profile to make Fleets under. */
async function fresh() {
  const api = connect(account(accounts++), "anytoken");
  const profile = await api.networkAccessProfiles.create({ uniqueName: "nap one" });
  return { api, profile };
}

before(async () => {
  server = await startServer("--account", `${pinned}:right`, "--api-key", `${key}:secret:${pinned}`);
});
after(() => server.stop());

test("a Fleet has the documented defaults", async () => {
  const { api, profile } = await fresh();
  const fleet = await api.fleets.create({ networkAccessProfile: "nap one" });
  assert.match(fleet.sid, /^HF[0-9a-f]{32}$/);
  assert.equal(fleet.networkAccessProfileSid, profile.sid);
  assert.equal(fleet.uniqueName, null);
  assert.equal(fleet.dataEnabled, true);
  assert.equal(fleet.dataLimit, 1000);
  assert.equal(fleet.dataMetering, "payg");
  assert.equal(fleet.smsCommandsEnabled, true);
  assert.equal(fleet.smsCommandsMethod, "POST");
  assert.equal(fleet.smsCommandsUrl, null);
  assert.equal(fleet.ipCommandsMethod, "POST");
  assert.equal(fleet.ipCommandsUrl, null);
  assert.ok(fleet.dateCreated instanceof Date);
  assert.ok(Math.abs(Date.now() - fleet.dateCreated) < 60_000);
  assert.deepEqual(fleet.dateUpdated, fleet.dateCreated);
  assert.equal(fleet.url, `${server.origin}/v1/Fleets/${fleet.sid}`);
});

test("every parameter of create arrives", async () => {
  const { api, profile } = await fresh();
  const given = {
    networkAccessProfile: profile.sid,
    uniqueName: "Pilot Fleet é 日本 +&=",
    dataEnabled: false,
    dataLimit: 500,
    smsCommandsEnabled: false,
    smsCommandsUrl: "https://a.b/c?d=e&f=g",
    smsCommandsMethod: "GET",
    ipCommandsUrl: "https://x.y/#rc=3",
    ipCommandsMethod: "GET",
  };
  const fleet = await api.fleets.create(given);
  const { networkAccessProfile, ...echoed } = given;
  for (const [name, value] of Object.entries(echoed)) assert.equal(fleet[name], value, name);
  const again = await api.fleets(fleet.uniqueName).fetch();
  assert.deepEqual(again.toJSON(), fleet.toJSON());
});

test("fetch by SID and by a name with a space", async () => {
  const { api, profile } = await fresh();
  const made = await api.fleets.create({ networkAccessProfile: profile.sid, uniqueName: "My Fleet" });
  assert.equal((await api.fleets(made.sid).fetch()).uniqueName, "My Fleet");
  assert.equal((await api.fleets("My Fleet").fetch()).sid, made.sid);
});

test("updates: nothing, a value, clearing, another profile", async () => {
  const { api, profile } = await fresh();
  const other = await api.networkAccessProfiles.create({ uniqueName: "nap-two" });
  const made = await api.fleets.create({
    networkAccessProfile: profile.sid,
    uniqueName: "changing",
    smsCommandsUrl: "http://127.0.0.1:9/sms",
  });
  assert.deepEqual((await api.fleets(made.sid).update()).toJSON(), made.toJSON());
  assert.equal((await api.fleets("changing").update({ dataLimit: 5000 })).dataLimit, 5000);
  assert.equal((await api.fleets(made.sid).update({ smsCommandsUrl: "" })).smsCommandsUrl, null);
  const moved = await api.fleets(made.sid).update({ networkAccessProfile: "nap-two" });
  assert.equal(moved.networkAccessProfileSid, other.sid);
  assert.equal((await api.fleets(made.sid).update({ uniqueName: "" })).uniqueName, null);
  await assert.rejects(api.fleets("changing").fetch(), refusal(404, 20404));
});

test("lists over several pages, newest first", async () => {
  const { api, profile } = await fresh();
  const other = await api.networkAccessProfiles.create({ uniqueName: "nap & two" });
  const made = [];
  for (let number = 0; number < 7; number++)
    made.unshift((await api.fleets.create({ networkAccessProfile: profile.sid })).sid);
  await api.fleets.create({ networkAccessProfile: other.sid, uniqueName: "odd one" });
  const filter = { networkAccessProfile: "nap one", pageSize: 3 };
  const sids = (fleets) => fleets.map((fleet) => fleet.sid);
  assert.deepEqual(sids(await api.fleets.list(filter)), made);
  assert.deepEqual(sids(await api.fleets.list({ ...filter, limit: 4 })), made.slice(0, 4));
  const streamed = [];
  await new Promise((resolve, reject) =>
    api.fleets.each({ ...filter, callback: (fleet) => streamed.push(fleet.sid), done: (error) => (error ? reject(error) : resolve()) }),
  );
  assert.deepEqual(streamed, made);
  const named = await api.fleets.list({ networkAccessProfile: "nap & two" });
  assert.deepEqual(named.map((fleet) => fleet.uniqueName), ["odd one"]);
  assert.equal((await api.fleets.list()).length, 8);
  assert.deepEqual(await api.fleets.list({ networkAccessProfile: "unknown" }), []);
});

test("pages can be walked back", async () => {
  const { api, profile } = await fresh();
  for (let number = 0; number < 5; number++) await api.fleets.create({ networkAccessProfile: profile.sid });
  const first = await api.fleets.page({ pageSize: 2 });
  const second = await first.nextPage();
  const third = await second.nextPage();
  assert.equal(third.instances.length, 1);
  assert.equal(await third.nextPage(), undefined);
  const back = await third.previousPage();
  assert.deepEqual(back.instances.map((fleet) => fleet.sid), second.instances.map((fleet) => fleet.sid));
  assert.equal(await (await back.previousPage()).previousPage(), undefined);
});

test("Network Access Profiles", async () => {
  const { api } = await fresh();
  const made = await api.networkAccessProfiles.create({ uniqueName: "with", networks: networks.slice(0, 2) });
  assert.equal(made.links.networks, `${server.origin}/v1/NetworkAccessProfiles/${made.sid}/Networks`);
  assert.equal((await api.networkAccessProfiles("with").fetch()).sid, made.sid);
  assert.equal((await api.networkAccessProfiles(made.sid).update({ uniqueName: "new name" })).uniqueName, "new name");
  const listed = await api.networkAccessProfiles.list({ pageSize: 1 });
  assert.deepEqual(listed.map((profile) => profile.uniqueName), ["new name", "nap one"]);
  await assert.rejects(api.networkAccessProfiles.create({ networks: ["x"] }), refusal(400, 20001));
});

test("refusals arrive as the library's exceptions", async () => {
  const { api, profile } = await fresh();
  await assert.rejects(api.fleets("nobody").fetch(), (error) => {
    assert.equal(error.message, "The requested resource /Fleets/nobody was not found");
    return refusal(404, 20404)(error);
  });
  const create = (options) => api.fleets.create({ networkAccessProfile: profile.sid, ...options });
  await assert.rejects(create({ dataLimit: 0 }), refusal(400, 20001));
  await create({ uniqueName: "taken" });
  await assert.rejects(create({ uniqueName: "taken" }), refusal(409, 20409));
  await assert.rejects(connect(pinned, "wrong").fleets.list(), refusal(401, 20003));
});

test("API keys and accounts", async () => {
  const { api } = await fresh();
  const own = connect(pinned, "right");
  await own.networkAccessProfiles.create({ uniqueName: "mine" });
  const byKey = connect(key, "secret", { accountSid: pinned });
  const [profile] = await byKey.networkAccessProfiles.list();
  assert.equal(profile.uniqueName, "mine");
  assert.equal(profile.accountSid, pinned);
  await assert.rejects(api.networkAccessProfiles(profile.sid).fetch(), refusal(404, 20404));
});
