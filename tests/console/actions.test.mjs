// SPDX-License-Identifier: MIT
// Everything that can be done on the page, done once: what a person is told, and what became of it
// on the server.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import assert from "node:assert/strict";
import { networks } from "../support/server.mjs";
import { Tab } from "./browser.mjs";
import { ACCOUNT, Caller, browser, caller, eventually, server, share, way } from "./world.mjs";

let tab;

share(async () => {
  await browser
    .defaultBrowserContext()
    .overridePermissions(server.url, ["clipboard-read", "clipboard-write", "clipboard-sanitized-write"]);
});

beforeEach(async () => {
  tab = await Tab.open(browser, server.url, way("overview"));
  await tab.page.bringToFront();
});

afterEach(() => tab.page.close());

const v1 = (path) => caller.ask("GET", `/v1/${path}`);
const control = (path) => caller.control("GET", path);
const copied = () => tab.page.evaluate(() => navigator.clipboard.readText());

/** Runs a line that was copied, as a person would: in a shell. */
const shell = (line, environment = {}) =>
  execFileSync("sh", ["-c", `${line} -s -o /dev/null -w '%{http_code}'`], {
    env: { ...process.env, ...environment },
    encoding: "utf8",
  });

test("a Fleet is created, refused, changed and deleted", async () => {
  await tab.show(way("fleets"));
  await tab.press("New Fleet");
  await tab.fill({ UniqueName: "buses", DataLimit: 100 }, "Create the Fleet");
  await tab.told("The Fleet is created");
  await tab.sees("buses", "td");
  await tab.fill({ UniqueName: "buses" }, "Create the Fleet");
  await tab.sees("Fleet with unique name 'buses' already exists", "label:has([name=UniqueName]) .refusal");
  await tab.fill({ UniqueName: "", DataLimit: 3_000_000 }, "Create the Fleet");
  await tab.until(() => document.querySelector("label:has([name=DataLimit]) .refusal a"));

  await tab.show(way("fleets/buses"));
  await tab.fill({ DataLimit: 200, SmsCommandsUrl: "http://127.0.0.1:9/sms", IpCommandsMethod: "GET" }, "Save");
  await tab.told("Saved");
  const fleet = await v1("Fleets/buses");
  assert.deepEqual(
    [fleet.data_limit, fleet.sms_commands_url, fleet.ip_commands_method],
    [200, "http://127.0.0.1:9/sms", "GET"],
  );
  await tab.fill({ SmsCommandsUrl: "" }, "Save");
  await eventually(async () => (await v1("Fleets/buses")).sms_commands_url === null);
  await tab.until(() => document.querySelector("[name=SmsCommandsUrl]").defaultValue === "");

  await tab.press("Delete Fleet");
  await tab.until(() => document.querySelector("dialog .danger")?.disabled);
  await tab.type("dialog [name=name]", "buses");
  await tab.press("Delete the Fleet");
  await tab.told("The Fleet is deleted");
  await tab.seesNoMore("buses", "td");
  tab.check([409, 400], 404);
});

test("a Fleet in use stays, and its Sims are shown", async () => {
  await tab.show(way("fleets/trackers"));
  await tab.press("Delete Fleet");
  const { sid } = await v1("Fleets/trackers");
  await tab.type("dialog [name=name]", sid);
  await tab.press("Delete the Fleet");
  await tab.sees("2", "dialog .refusal");
  await tab.picture("delete-fleet", { fullPage: false });
  await tab.press("Look at these Sims", "dialog");
  await tab.sees("Sims", "h1");
  await tab.sees("truck-3", "td");
  assert.ok(!(await tab.text("main table")).includes("truck-2"));
  await tab.until(() => !document.querySelector("dialog").open);
  tab.check([409]);
});

test("a Sim is registered, assigned and activated", async () => {
  await tab.show(way("sims"));
  await tab.press("Register a Sim");
  await tab.fill({ Iccid: "89883070000123450099", RegistrationCode: "H3LL0W0RLD" }, "Register");
  await tab.told("The Sim is registered");
  const {
    sims: [sim],
  } = await v1("Sims?Iccid=89883070000123450099");
  await tab.show(way(`sims/${sim.sid}`));
  const { sid: fleet } = await v1("Fleets/meters");
  await tab.press("Change the Sim");
  await tab.fill({ UniqueName: "truck-99", Fleet: fleet }, "Save");
  await tab.sees("truck-99", "h1");
  await tab.press("Activate");
  await tab.sees("scheduled", ".card .pill");
  await tab.sees("active", ".card .pill");
  await caller.advance("1s");
  await tab.seesNoMore("scheduled", ".card .pill");
  await tab.press("Deactivate");
  await tab.told("It will be inactive");
  await caller.advance("1s");
  assert.equal((await v1("Sims/truck-99")).status, "inactive");
  tab.check();
});

test("a device is in your hand", async () => {
  await tab.show(way("sims/truck-2"));
  await tab.press("Detach");
  await tab.sees("detached", ".pill");
  await tab.press("Attach");
  await tab.sees("attached", ".pill");
  const send = (values, index) =>
    tab.page.evaluate(
      (given, i) => {
        const form = [...document.querySelectorAll("main .form")].filter(
          (each) => each.querySelector("button").textContent === "Send",
        )[i];
        for (const [name, value] of Object.entries(given)) form.elements[name].value = value;
        form.querySelector("button").click();
      },
      values,
      index,
    );
  await send({ payload: "hot" }, 0);
  await tab.sees("hot", ".transcript .from_sim");
  await send({ payload: "aGk=", as: "payload", device_port: 7000 }, 1);
  await tab.sees("hi", ".transcript .from_sim");
  await send({ Payload: "cool down", as: "SmsCommands" }, 2);
  await tab.sees("cool down", ".transcript .to_sim");
  await send({ Payload: "now", as: "IpCommands", DevicePort: 7000 }, 2);
  await tab.sees("now", ".transcript .to_sim");
  await tab.fill({ up: 1, down: 2.5, unit: 1_000_000 }, "Move data");
  await tab.sees("3.5 MB", "td, dd");
  assert.equal((await control("sims/truck-2")).period.data_total, 3_500_000);
  tab.check();
});

test("a limit bites, and the chart shows it", async () => {
  await tab.show(way("sims/truck-3"));
  await tab.fill({ up: 0, down: 30, unit: 1_000_000 }, "Move data");
  await tab.sees("blocked", "text.blocked");
  await tab.sees("or by a higher limit", "dd");
  const table = await tab.text("main .scroll table");
  assert.ok(table.includes("30.0 MB"), table);
  assert.ok((await tab.text("svg.chart title")).includes("of 25.0 MB"));
  tab.check();
});

test("profiles and their Networks", async () => {
  await tab.show(way("profiles"));
  await tab.press("New profile");
  await tab.fill({ UniqueName: "asia", Networks: networks[1] }, "Create the profile");
  await tab.told("The profile is created");
  const { sid } = await v1("NetworkAccessProfiles/asia");
  await tab.show(way(`profiles/${sid}`));
  await tab.fill({ Network: networks[2] }, "Add");
  await tab.told("Added");
  await tab.press("Remove", "tr");
  await tab.told("Removed");
  assert.equal((await v1("NetworkAccessProfiles/asia/Networks")).networks.length, 1);
  await tab.fill({ UniqueName: "far-east" }, "Rename");
  await tab.told("Renamed");
  await v1("NetworkAccessProfiles/far-east");
  await tab.show(way("networks?IsoCountry=DE"));
  await tab.sees("Telekom");
  tab.check();
});

test("eSIM Profiles are downloaded, installed, and fail", async () => {
  await tab.show(way("esims"));
  await tab.press("New eSIM Profile");
  await tab.fill({ Eid: "89033023422222222222222222222299" }, "Create it");
  await tab.told("The eSIM Profile is reserved");
  await caller.advance("1s");
  await tab.press("download");
  await tab.press("install");
  await tab.sees("installed", ".pill");
  await tab.fill({ Eid: "89033023422222222222222222222298" }, "Create it");
  await caller.advance("1s");
  await tab.press("fail");
  await tab.sees("failed", ".pill");
  tab.check();
});

test("a Settings Update is scheduled", async () => {
  await tab.show(way("updates"));
  await tab.press("Schedule one");
  await tab.fill({ sim: "truck-1", name: "Applet", version: "2.1" }, "Schedule");
  await tab.sees("Applet 2.1", "td");
  tab.check();
});

test("a webhook is looked at, copied and replayed", async () => {
  const {
    deliveries: [failed],
  } = await control("deliveries?state=failed");
  await tab.show(way("deliveries?state=failed"));
  await tab.sees("failed", ".pill");
  await tab.show(way(`deliveries/${failed.sid}`));
  await tab.sees("X-Twilio-Signature");
  await tab.sees("the receiver's answer was no 2xx");
  await tab.press("Copy as curl");
  await tab.told("Copied");
  const before = (await control("sinks/hook/received")).requests.length;
  assert.equal(shell(await copied()), "200");
  const { requests } = await control("sinks/hook/received");
  assert.equal(requests.length, before + 1);
  assert.ok(requests.at(-1).signature_valid, "the copy has the signature that it had");
  await tab.press("Replay");
  await tab.told("It is sent again");
  await caller.advance("1s");
  await tab.sees("delivered", ".pill");
  await tab.show(way("deliveries"));
  await tab.press("Replay all that failed");
  await tab.told("0 are sent again");
  await tab.press("Replay", "td");
  await tab.told("It is sent again");
  tab.check();
});

test("a request is found, copied as curl, and made again", async () => {
  const name = `it's "a"\nname`;
  await caller.post("NetworkAccessProfiles", { UniqueName: "x" });
  await caller.ask("POST", "/v1/NetworkAccessProfiles", { form: { UniqueName: name } }).catch(() => {});
  await tab.show(way("requests"));
  await tab.press("Pause");
  await caller.post("NetworkAccessProfiles", { UniqueName: "while-it-stands" });
  await tab.press("Go on (1 new)");
  await tab.type("[type=search]", "post name=it's");
  await tab.until(() => document.querySelectorAll("main tbody tr").length === 1);
  await tab.page.$eval("main tbody a", (link) => link.click());
  await tab.sees("CreateNetworkAccessProfile", "dd");
  await tab.press("Copy as curl");
  await tab.told("Copied");
  const before = (await control("requests")).requests.length;
  const line = (await copied()).trim();
  assert.ok(line.includes('-u "$TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN"'), line);
  shell(line, { TWILIO_ACCOUNT_SID: ACCOUNT, TWILIO_AUTH_TOKEN: "anytoken" });
  const { requests } = await control("requests");
  assert.equal(requests.length, before + 1);
  assert.deepEqual(requests[0].form, { UniqueName: name });
  await tab.press("Close");
  await tab.press("Clear");
  await tab.told("The journal is empty");
  tab.check([], 400); // for "since" a request that is gone
});

test("the clock is advanced, frozen and set; another tab sees it", async () => {
  const other = await Tab.open(browser, server.url, way("clock"));
  await other.settled();
  await tab.show(way("clock"));
  await caller.control("POST", "sims/truck-1/sms-commands", { payload: "late" });
  await tab.press("To the next due thing");
  await tab.sees("webhook attempt", "td");
  await other.sees("webhook attempt", "td");
  for (const label of ["1 minute", "1 hour", "1 day", "Until nothing is due"]) {
    await tab.press(label);
    await tab.told("things ran");
  }
  await tab.fill({ by: "1h30m" }, "Advance");
  await tab.told("things ran");
  await tab.press("Let it run");
  await tab.sees("real", ".now .pill");
  await other.sees("real", ".now .pill");
  await tab.press("Freeze");
  await tab.sees("frozen", ".now .pill");
  await tab.fill({ mode: "scaled", now: "2027-01-01", rate: 60 }, "Set the clock");
  await tab.sees("60 times as fast");
  await other.sees("60 times as fast");
  await caller.control("PUT", "clock", { mode: "frozen" });
  await other.sees("frozen", ".now .pill");
  for (const each of [tab, other]) each.check();
  await other.page.close();
});

test("faults are set, hit and cleared; a banner says so everywhere", async () => {
  const other = await Tab.open(browser, server.url, way("fleets"));
  await other.settled();
  await tab.show(way("faults"));
  const presets = await tab.page.$$eval("main > .row:first-of-type button", (buttons) =>
    buttons.map((each) => each.textContent),
  );
  assert.equal(presets.length, 6);
  await tab.press("Next create: applied, answer lost");
  await other.sees("1 fault is set", ".banner");
  await assert.rejects(caller.post("NetworkAccessProfiles", { UniqueName: "lost" }));
  await tab.sees("1 of 1", "td");
  await v1("NetworkAccessProfiles/lost");
  for (const preset of presets.slice(1)) {
    await tab.press(preset);
    await tab.told("The fault is set");
  }
  await tab.press("Another rule");
  await tab.fill({ rule: '{"id": "mine", "then": {"status": 503}}' }, "Set it");
  await tab.sees("mine", "td");
  await tab.fill({ rule: '{"then": {"status": 7}}' }, "Set it");
  await tab.sees("Unacceptable value", ".refusal");
  await tab.picture("faults-set", { fullPage: false });
  await tab.press("Delete", "td");
  await tab.told("The fault is gone");
  await tab.press("Clear all");
  await tab.press("Clear", "dialog");
  await tab.told("All faults are gone");
  await other.until(() => !document.querySelector(".banner"));
  tab.check([400]);
  other.check();
  await other.page.close();
});

test("sinks are made, fed and deleted", async () => {
  await tab.show(way("sinks"));
  await tab.press("New sink");
  await tab.fill({ name: "mine", answers: '[{"status": 202}]' }, "Make it");
  await tab.sees("mine", "td");
  await tab.fill({ name: "bad", answers: "[{" }, "Make it");
  await tab.sees("Unacceptable value", ".refusal");
  await tab.press("Copy URL", "tr");
  await tab.told("Copied");
  assert.equal(await copied(), `${server.url}/_emulator/sinks/mine/in`);
  await fetch(await copied(), { method: "POST", body: new URLSearchParams({ AccountSid: ACCOUNT, Text: "hello" }) });
  await tab.show(way("sinks/mine"));
  await tab.sees("invalid signature", ".pill");
  await tab.press("Delete");
  await tab.press("Delete", "dialog");
  await tab.told("The sink is gone");
  await tab.seesNoMore("mine", "td");
  tab.check([400], 404);
});

test("warnings are shown and forgotten", async () => {
  await caller.ask("GET", "/v1/Fleets?networkAccessProfile=europe");
  await tab.show(way("overview"));
  await tab.sees("wrong case", ".pill");
  await tab.press("Forget them");
  await tab.sees("None: every call was understood.");
  tab.check();
});

test("a state is exported, an account copied, reset, and given the state", async () => {
  const directory = mkdtempSync(join(tmpdir(), "console-"));
  const session = await tab.page.createCDPSession();
  await session.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: directory });
  await tab.show(way("settings"));
  await tab.press("Export the state");
  const file = join(directory, `${ACCOUNT}.json`);
  await eventually(() => readdirSync(directory).includes(`${ACCOUNT}.json`));
  const {
    accounts: [{ fleets }],
  } = JSON.parse(readFileSync(file));
  assert.ok(fleets.some(({ unique_name: name }) => name === "trackers"));

  await tab.fill({ ttl_s: 600 }, "Copy the account");
  await tab.sees("The token is shown this once", "dialog");
  const [copy] = /AC[0-9a-f]{32}/.exec(await tab.text("dialog"));
  const token = /TOKEN=(\w+)/.exec(await tab.text("dialog"))[1];
  const other = new Caller(server.url, copy);
  other.authorization = `Basic ${Buffer.from(`${copy}:${token}`).toString("base64")}`;
  await tab.press("Show it");
  await tab.sees(copy, ".account");
  await tab.press("Reset to nothing");
  await tab.press("Reset", "dialog");
  await tab.told("Gone: ");
  assert.deepEqual((await other.ask("GET", "/v1/Fleets")).fleets, []);

  writeFileSync(join(directory, "state.json"), readFileSync(file));
  const input = await tab.page.$("[type=file]");
  await input.uploadFile(join(directory, "state.json"));
  await tab.press("Replace the state");
  await tab.told("The state is replaced");
  assert.equal((await other.ask("GET", "/v1/Fleets")).fleets.length, fleets.length);
  await tab.press("Reset to the seed");
  await tab.press("Reset", "dialog");
  await tab.told("Gone: ");
  await tab.press("End it");
  await tab.press("End it", "dialog");
  await tab.told("The account has ended");
  await tab.sees(ACCOUNT, ".account");
  tab.check([], 401, 404);
});

test("another account is found among many, and a new one made", async () => {
  const many = Array.from({ length: 200 }, (_, i) => `AC${(0xabc000 + i).toString(16).padStart(32, "0")}`);
  await Promise.all(many.map((sid) => new Caller(server.url, sid).post("NetworkAccessProfiles")));
  await tab.press("Account");
  await tab.sees("The first 20 of", "dialog");
  await tab.sees("Fleets", "dialog .choice");
  await tab.type("dialog [type=search]", "abc07b");
  await tab.sees("1 of", "dialog");
  await tab.press("AC", "dialog .choices");
  await tab.sees(many[0x7b], ".account");
  await tab.press("Account");
  await tab.press("New account");
  await tab.sees("The token is shown this once", "dialog");
  await tab.press("Show it");
  await tab.sees("Overview", "h1");
  tab.check();
});
