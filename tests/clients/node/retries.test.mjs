// SPDX-License-Identifier: MIT
// What becomes of a create whose answer is lost, with the official Node.js library. It does not send
// a request again after a broken connection, only after a 429 (`autoRetry`); its caller may.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { account, startServer } from "../../support/server.mjs";
import { connect, control, refusal } from "./drive.mjs";

let server;
before(async () => (server = await startServer("--log-level", "warning")));
after(() => server.stop());

/** The library as a new account that has a profile; and what makes its next creates fail. */
async function begin(number, options) {
  const user = account(number);
  const api = connect(server, user, "anytoken", options);
  const { sid: networkAccessProfile } = await api.networkAccessProfiles.create({});
  const match = { operation: "CreateFleet" };
  const fault = (rule) => control(server, user, "POST", "faults", { match, ...rule });
  const hits = async () => (await control(server, user, "GET", "faults")).faults[0].hits;
  return { api, fault, hits, networkAccessProfile };
}

/** What careful callers do: once more, when there was no answer. */
async function tryTwice(create) {
  return create().catch((error) => {
    assert.equal(error.code, "ECONNRESET");
    return create();
  });
}

for (const [number, options] of [{}, { autoRetry: true }].entries())
  test(`a lost answer is an error, ${JSON.stringify(options)}`, async () => {
    const { api, fault, networkAccessProfile } = await begin(900 + number, options);
    await fault({ when: "after_commit", then: { reset: true } });
    await assert.rejects(api.fleets.create({ networkAccessProfile }), { code: "ECONNRESET" });
    assert.equal((await api.fleets.list()).length, 1);
  });

test("whoever tries again has two Fleets", async () => {
  const { api, fault, networkAccessProfile } = await begin(910);
  await fault({ when: "after_commit", then: { reset: true } });
  await tryTwice(() => api.fleets.create({ networkAccessProfile }));
  assert.equal((await api.fleets.list()).length, 2);
});

test("a unique name saves him: the second create is refused", async () => {
  const { api, fault, networkAccessProfile } = await begin(911);
  await fault({ when: "after_commit", then: { reset: true } });
  const create = () => api.fleets.create({ networkAccessProfile, uniqueName: "one" });
  await assert.rejects(tryTwice(create), refusal(409, 20409));
  assert.equal((await api.fleets("one").fetch()).uniqueName, "one");
  assert.equal((await api.fleets.list()).length, 1);
});

test("with autoRetry a request that was too many is sent again", async () => {
  const { api, fault, hits, networkAccessProfile } = await begin(912, { autoRetry: true });
  await fault({ count: 2, then: { status: 429, retry_after: 1 } });
  await api.fleets.create({ networkAccessProfile });
  assert.deepEqual([await hits(), (await api.fleets.list()).length], [2, 1]);
});

test("which makes two Fleets when the first had been done", async () => {
  const { api, fault, hits, networkAccessProfile } = await begin(913, { autoRetry: true });
  await fault({ when: "after_commit", then: { status: 429 } });
  await api.fleets.create({ networkAccessProfile });
  assert.deepEqual([await hits(), (await api.fleets.list()).length], [1, 2]);
});

test("other errors are the caller's", async () => {
  const { api, fault, networkAccessProfile } = await begin(914, { autoRetry: true });
  await fault({ then: { status: 503 } });
  await assert.rejects(api.fleets.create({ networkAccessProfile }), refusal(503, 20503));
});
