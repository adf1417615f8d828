// SPDX-License-Identifier: MIT
// The twilio package drives Sims and Commands, and its own validators judge the webhooks.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import twilio from "twilio";
import { account, startServer } from "../../support/server.mjs";

const token = "the token";
const sid = account(7);
const COUNT = Math.max(100, 300 * Number(process.env.TEST_SCALE ?? "1"));
const requests = [];
let server, receiver, hook, client;

/** A call of the control API, as the account. */
async function control(method, path, body) {
  const answer = await fetch(`${server.url}/_emulator/${path}`, {
    method,
    headers: { Authorization: "Basic " + Buffer.from(`${sid}:${token}`).toString("base64") },
    body: body && JSON.stringify(body),
  });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
  return answer.json();
}

before(async () => {
  server = await startServer();
  receiver = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (piece) => (body += piece));
    request.on("end", () => {
      requests.push({ method: request.method, target: request.url, headers: request.headers, body });
      response.end();
    });
  });
  await new Promise((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  hook = `http://127.0.0.1:${receiver.address().port}`;
  client = twilio(sid, token);
  server.point(client);
  await control("PUT", "clock", { mode: "frozen", now: "2026-01-01T00:00:00Z" });
});
after(async () => {
  await new Promise((resolve) => receiver.close(resolve));
  await server.stop();
});

test("Sims and Commands through the package", async () => {
  const { networkAccessProfiles, fleets, sims, smsCommands, ipCommands } = client.supersim.v1;
  const profile = await networkAccessProfiles.create({});
  const fleet = await fleets.create({ networkAccessProfile: profile.sid, uniqueName: "pilot" });
  const sim = await sims.create({ iccid: "89883070000123456789", registrationCode: "H3LL0W0RLD" });
  assert.equal(sim.status, "new");
  const update = await sims(sim.sid).update({ uniqueName: "tracker", fleet: "pilot", status: "active" });
  assert.equal(update.status, "scheduled");
  await control("POST", "clock/advance", { by: "1s" });
  assert.equal((await sims("tracker").fetch()).status, "active");
  const sms = await smsCommands.create({ sim: "tracker", payload: "hello", callbackUrl: hook });
  const ip = await ipCommands.create({ sim: "tracker", payload: "hello", devicePort: 5 });
  await control("POST", "clock/advance", { by: "1s" });
  assert.equal((await smsCommands(sms.sid).fetch()).status, "delivered");
  assert.equal((await ipCommands(ip.sid).fetch()).status, "sent");
  assert.equal((await smsCommands.list({ sim: "tracker", pageSize: 1 })).length, 1);
  assert.equal((await sims.list({ fleet: fleet.sid, status: "active" })).length, 1);
  await assert.rejects(sims.create({ iccid: "1", registrationCode: "x" }), { status: 400, code: 83002 });
  await assert.rejects(sims("tracker").update({ status: "ready" }), { status: 400, code: 83010 });
  assert.deepEqual(requests.splice(0).map(({ body }) => new URLSearchParams(body).get("Status")), ["sent", "delivered"]);
});

test("webhooks that the package's validators accept", async () => {
  const pick = (list) => list[Math.floor(random() * list.length)];
  let state = 20261124;
  const random = () => ((state = (state * 1103515245 + 12345) % 2147483648) / 2147483648);
  const some = (list, most) => Array.from({ length: Math.floor(random() * most) }, () => pick(list));
  const expected = [];
  for (let number = 0; number < COUNT; number++) {
    const path = some(["a", "b/", "%20", "%C3%A9", "é", "~", "@", "+"], 6).join("");
    const query = some(["a=1", "a=2", "a=", "é=ü", "x=%2B+y", "Z=z"], 4).join("&");
    const url = `${hook}/${path}${query ? "?" + query : ""}`;
    const method = pick(["GET", "POST"]);
    const payload = "x" + some([" ", "é", "ß", "日", "😀", "&", "=", "+", "%", "#", "'", "~", "*", "!"], 20).join("");
    await client.supersim.v1.fleets("pilot").update({ smsCommandsUrl: url, smsCommandsMethod: method });
    await control("POST", "sims/tracker/sms-commands", { payload });
    expected.push({ method, payload });
  }
  await control("POST", "clock/advance", { by: "1s" });
  assert.equal(requests.length, COUNT);
  requests.forEach(({ method, target, headers, body }, index) => {
    const url = hook + target;
    const parameters = Object.fromEntries(new URLSearchParams(method === "POST" ? body : new URL(url).search));
    assert.deepEqual({ method, payload: parameters.Payload }, expected[index]);
    const signature = headers["x-twilio-signature"];
    const signed = method === "POST" ? parameters : {};
    assert.ok(twilio.validateRequest(token, signature, url, signed), `${method} ${url}`);
    assert.ok(!twilio.validateRequest("another token", signature, url, signed));
  });
});
