// SPDX-License-Identifier: MIT
// An account with something of everything, and the calls that tests make beside the page.
import { after, before } from "node:test";
import assert from "node:assert/strict";
import { account, networks, startServer } from "../support/server.mjs";
import { PATIENCE_MS, launch } from "./browser.mjs";

export const ACCOUNT = account(1);

/** Calls to a server, as programs make them. */
export class Caller {
  constructor(url, sid = ACCOUNT) {
    this.url = url;
    this.sid = sid;
    this.authorization = `Basic ${Buffer.from(`${sid}:anytoken`).toString("base64")}`;
  }

  async ask(method, path, { form, json, headers } = {}) {
    const answer = await fetch(this.url + path, {
      method,
      body: form ? new URLSearchParams(form) : json && JSON.stringify(json),
      headers: { Authorization: this.authorization, ...headers },
    });
    const content = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${content}`);
    return content && JSON.parse(content);
  }

  post(path, form = {}) {
    return this.ask("POST", `/v1/${path}`, { form });
  }

  control(method, path, json) {
    return this.ask(method, `/_emulator/${path}`, { json });
  }

  advance(by) {
    return this.control("POST", "clock/advance", { by });
  }
}

/** Fills an account: Fleets, Sims, usage, Commands both ways, a webhook that failed and others that did not. */
export async function furnish(url) {
  const caller = new Caller(url);
  await caller.control("PUT", "clock", { mode: "frozen", now: "2026-03-01T09:00:00Z" });
  await caller.control("PUT", "sinks/hook", { answers: [{ status: 500, body: "no" }, { status: 200 }] });
  const hook = `${url}/_emulator/sinks/hook/in`;
  await caller.post("NetworkAccessProfiles", { UniqueName: "north-america", Networks: networks[0] });
  await caller.post("NetworkAccessProfiles", { UniqueName: "europe" });
  for (const [name, limit] of [
    ["trackers", 25],
    ["meters", 500],
    ["cameras", 1000],
  ])
    await caller.post("Fleets", {
      UniqueName: name,
      NetworkAccessProfile: "north-america",
      DataLimit: limit,
      SmsCommandsUrl: hook,
      IpCommandsUrl: hook,
    });
  for (let i = 1; i <= 6; i++) {
    const sim = await caller.post("Sims", { Iccid: `8988307000012345000${i}`, RegistrationCode: "H3LL0W0RLD" });
    await caller.post(`Sims/${sim.sid}`, {
      UniqueName: `truck-${i}`,
      ...(i < 5 ? { Fleet: i % 2 ? "trackers" : "meters", Status: "active" } : {}),
    });
  }
  await caller.advance("1s");
  for (let day = 0; day < 12; day++) {
    await caller.control("POST", "sims/truck-1/usage", {
      data_upload: 90_000 * (1 + ((day * 5) % 7)),
      data_download: 400_000 * (1 + ((day * 3) % 5)),
    });
    await caller.advance("24h");
  }
  for (const payload of ["23.5 C", "battery 81 %", "23.9 C"]) {
    await caller.control("POST", "sims/truck-1/sms-commands", { payload });
    await caller.advance("5m");
  }
  await caller.post("SmsCommands", { Sim: "truck-1", Payload: "interval 600" });
  await caller.post("IpCommands", { Sim: "truck-1", Payload: "reboot", DevicePort: 5000 });
  await caller.control("POST", "sims/truck-1/ip-commands", { payload_text: "rebooting", device_port: 5000 });
  await caller.post("ESimProfiles", { Eid: "89033023422222222222222222222222" });
  await caller.advance("1s");
  await caller.control("POST", "sims/truck-1/settings-updates", {});
  return caller;
}

/** What a file's tests share: a server with such an account, who calls it, and a browser. */
export let server, caller, browser;

/** They are there before the file's first test, and gone after its last; `prepare` does what else comes first. */
export function share(prepare = () => {}) {
  before(async () => {
    server = await startServer();
    caller = await furnish(server.url);
    browser = await launch();
    await prepare();
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });
}

/** Waits for a condition on the server. */
export async function eventually(condition) {
  const end = Date.now() + PATIENCE_MS;
  while (!(await condition())) {
    assert.ok(Date.now() < end, `waited in vain for ${condition}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

/** The address of a screen for the account. */
export const way = (screen, sid = ACCOUNT) => `#/${sid}/${screen}`;
