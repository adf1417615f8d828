// SPDX-License-Identifier: MIT
// Texts that mean harm stay texts, and whoever has no mouse gets everywhere.
import { test } from "node:test";
import assert from "node:assert/strict";
import { networks } from "../support/server.mjs";
import { Tab } from "./browser.mjs";
import { Caller, browser, caller, server, share, way } from "./world.mjs";

const MARKUP = '<img src=x onerror="window.harmed=1">';
const BACKWARDS = "\u202egnp.exe\u202c";
const LONG = "x".repeat(64 * 1024);

share();

test("names, payloads, URLs and headers are shown as text", async () => {
  const hostile = new Caller(server.url, "AC" + "e".repeat(32));
  await hostile.control("PUT", "clock", { mode: "frozen" });
  await hostile.control("PUT", `sinks/${encodeURIComponent(MARKUP.slice(0, 60))}`, {});
  const hook = `${server.url}/_emulator/sinks/${encodeURIComponent(MARKUP.slice(0, 60))}/in?${encodeURIComponent(MARKUP)}=1`;
  await hostile.post("NetworkAccessProfiles", { UniqueName: MARKUP + BACKWARDS, Networks: networks[0] });
  await hostile.post("Fleets", { UniqueName: MARKUP, NetworkAccessProfile: MARKUP + BACKWARDS, SmsCommandsUrl: hook });
  const sim = await hostile.post("Sims", { Iccid: "89883070000123459999", RegistrationCode: "H3LL0W0RLD" });
  await hostile.post(`Sims/${sim.sid}`, { UniqueName: BACKWARDS + MARKUP, Fleet: MARKUP, Status: "active" });
  await hostile.control("POST", "clock/advance", { by: "1s" });
  await hostile.control("POST", `sims/${sim.sid}/sms-commands`, { payload: MARKUP + BACKWARDS });
  await hostile.control("POST", `sims/${sim.sid}/ip-commands`, { payload_text: MARKUP + "y".repeat(1000) });
  await hostile.control("POST", "clock/advance", { by: "1s" });
  await hostile
    .ask("GET", `/v1/${encodeURIComponent(MARKUP)}?${encodeURIComponent(MARKUP)}=${encodeURIComponent(BACKWARDS)}`, {
      headers: { "User-Agent": MARKUP },
    })
    .catch(() => {});
  await hostile.ask("POST", "/v1/Fleets", { form: { [MARKUP]: MARKUP, UniqueName: LONG } }).catch(() => {});
  const {
    deliveries: [delivery],
  } = await hostile.control("GET", "deliveries");
  const { requests } = await hostile.control("GET", "requests?limit=2");
  const sink = encodeURIComponent(MARKUP.slice(0, 60));
  const screens = [
    "overview",
    "requests",
    ...requests.map(({ sid }) => `requests/${sid}`),
    "fleets",
    `fleets/${encodeURIComponent(MARKUP)}`,
    "sims",
    `sims/${sim.sid}`,
    "profiles",
    `profiles/${encodeURIComponent(MARKUP + BACKWARDS)}`,
    "deliveries",
    `deliveries/${delivery.sid}`,
    "sinks",
    `sinks/${sink}`,
  ];
  const tab = await Tab.open(browser, server.url, way("settings", hostile.sid));
  for (const width of [1280, 360]) {
    await tab.look({ width });
    for (const screen of screens) {
      await tab.show(way(screen, hostile.sid));
      const { wide, images, harmed } = await tab.page.evaluate(() => ({
        wide: document.documentElement.scrollWidth,
        images: document.images.length,
        harmed: window.harmed,
      }));
      assert.deepEqual({ images, harmed }, { images: 0, harmed: undefined }, screen);
      assert.ok(wide <= width, `${screen} is ${wide} pixels wide`);
      await tab.picture(`hostile-${screen.split("/")[0]}-${width}`, { fullPage: false });
    }
  }
  await tab.show(way("fleets", hostile.sid));
  await tab.sees(MARKUP, "td");
  await tab.show(way(encodeURIComponent(MARKUP), hostile.sid));
  tab.check();
  await tab.page.close();
});

test("a keyboard is enough to find, make and delete a Fleet", async () => {
  const tab = await Tab.open(browser, server.url, way("overview"));
  const { keyboard } = tab.page;
  await tab.settled();
  const words = () => tab.page.evaluate(() => document.activeElement.textContent.trim());

  /** Goes on until what has the focus has these words; it must be seen where that is. */
  async function go(wanted) {
    for (let i = 0; i < 80; i++) {
      await keyboard.press("Tab");
      const seen = await tab.page.evaluate(
        () =>
          getComputedStyle(document.activeElement).outlineStyle !== "none" || document.activeElement === document.body,
      );
      assert.ok(seen, `the focus is not seen at ${await words()}`);
      if ((await words()).startsWith(wanted)) return;
    }
    assert.fail(`Tab does not lead to ${wanted}`);
  }

  await go("Fleets");
  await keyboard.press("Enter");
  await tab.sees("Fleets", "h1");
  await tab.settled();
  await keyboard.press("/");
  assert.equal(await tab.page.evaluate(() => document.activeElement.name), "NetworkAccessProfile");
  await keyboard.press("Escape");
  await go("New Fleet");
  await keyboard.press("Enter");
  await keyboard.press("Tab");
  await keyboard.type("by-hand");
  await keyboard.press("Enter");
  await tab.sees("by-hand", "td");
  await tab.show(way("fleets/by-hand"));
  await go("Delete Fleet");
  await keyboard.press("Enter");
  await tab.until(() => document.activeElement.name === "name");
  await keyboard.press("Escape");
  await tab.until(() => !document.querySelector("dialog").open);
  assert.ok((await words()).startsWith("Delete Fleet"), "the focus is back where it was");
  await keyboard.press("Enter");
  await tab.until(() => document.activeElement.name === "name");
  await keyboard.type("by-hand");
  await tab.until(() => !document.querySelector("dialog .danger").disabled);
  await keyboard.press("Enter");
  await tab.told("The Fleet is deleted");
  tab.check([], 404);
  await tab.page.close();
});

test("every control of every screen can be reached and has a name", async () => {
  const tab = await Tab.open(browser, server.url, way("overview"));
  for (const screen of [
    "overview",
    "requests",
    "fleets",
    "fleets/trackers",
    "sims",
    "sims/truck-1",
    "profiles/europe",
    "esims",
    "updates",
    "deliveries",
    "sinks/hook",
    "clock",
    "faults",
    "settings",
  ]) {
    await tab.show(way(screen));
    const unnamed = await tab.page.evaluate(() => {
      const named = (element) =>
        element.textContent.trim() ||
        element.labels?.[0]?.textContent.trim() ||
        element.ariaLabel ||
        element.placeholder;
      return [...document.querySelectorAll("a, button, input, select, textarea, summary, [tabindex='0']")]
        .filter((element) => element.checkVisibility() && (element.tabIndex < 0 || !named(element)))
        .map((element) => element.outerHTML.slice(0, 100));
    });
    assert.deepEqual(unnamed, [], screen);
  }
  tab.check();
  await tab.page.close();
});

test("who wants no motion gets none", async () => {
  const tab = await Tab.open(browser, server.url, way("settings"));
  await tab.page.emulateMediaFeatures([{ name: "prefers-reduced-motion", value: "reduce" }]);
  await tab.press("Export the state");
  await tab.told("The state is a file now");
  assert.equal(await tab.page.$eval(".toast p", (element) => getComputedStyle(element).animationName), "none");
  await tab.page.close();
});
