// SPDX-License-Identifier: MIT
// A program with the twilio package that names no URL, run by `supersimd exec --tls auto`.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const binary = process.env.SUPERSIMD ?? "build/release/supersimd";
const program = `
  import twilio from "twilio";
  const { fleets, networkAccessProfiles } = twilio().supersim.v1;
  const profile = await networkAccessProfiles.create({});
  for (let i = 0; i < 5; i++) await fleets.create({ networkAccessProfile: profile.sid });
  console.log(profile.url, (await fleets.list({ pageSize: 2 })).length);
`;

test("it reaches the server as Twilio's", () => {
  const result = spawnSync(binary, ["exec", "--tls", "auto", "--", process.execPath, "--input-type=module", "-e", program],
    { cwd: `${root}tests`, encoding: "utf8" });
  assert.equal(result.status, 0, result.stderr);
  assert.match(result.stdout, /^https:\/\/supersim\.twilio\.com\/v1\/NetworkAccessProfiles\/HA\w{32} 5\n$/);
});
