// SPDX-License-Identifier: MIT
// What twilio-cli sends its requests with: the HTTP client of @twilio/cli-core under the twilio package.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import twilio from "twilio";
import { account, startServer } from "../../support/server.mjs";

const require = createRequire(import.meta.url);
const CliRequestClient = require("@twilio/cli-core/src/services/cli-http-client.js");
const logger = { debug() {}, error() {} };
let server;

before(async () => (server = await startServer()));
after(() => server.stop());

test("commands of the CLI", async () => {
  const client = twilio(account(1), "anytoken", { httpClient: new CliRequestClient("test", logger) });
  server.point(client);
  const { networkAccessProfiles, fleets } = client.supersim.v1;
  const profile = await networkAccessProfiles.create({ uniqueName: "nap" });
  assert.equal(profile.url, `${server.origin}/v1/NetworkAccessProfiles/${profile.sid}`);
  for (const uniqueName of ["a", "b", "c", "d", "e"])
    await fleets.create({ networkAccessProfile: "nap", uniqueName });
  assert.equal((await fleets.list({ pageSize: 2 })).length, 5);
  await assert.rejects(fleets("nobody").fetch(), (error) => {
    assert.equal(error.exitCode, 20404);
    return true;
  });
});
