// SPDX-License-Identifier: MIT
// What changes is seen at once, in every tab, over one stream; and what happens when it is lost.
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import assert from "node:assert/strict";
import { startServer } from "../support/server.mjs";
import { Tab } from "./browser.mjs";
import { Caller, browser, caller, eventually, server, share, way } from "./world.mjs";

const TABS = 10;

share();

/** A profile of the browser that shares nothing with others: a person with a browser of his own. */
const freshBrowser = () => browser.createBrowserContext();

/** How many streams the server counts. */
async function streams(url) {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^supersim_event_streams (\d+)$/m.exec(text)[1]);
}

test("ten tabs are live with one stream, and go on when its holder is closed", async () => {
  const context = await freshBrowser();
  const tabs = [];
  for (let i = 0; i < TABS; i++) {
    const tab = await Tab.open(context, server.url, way("fleets"));
    await tab.sees("trackers", "td");
    tabs.push(tab);
  }
  for (const tab of tabs) await tab.sees("live", ".stream");
  assert.equal(await streams(server.url), 1);
  await caller.post("Fleets", { UniqueName: "first", NetworkAccessProfile: "europe" });
  for (const tab of tabs) await tab.sees("first", "td");
  for (const tab of tabs.slice(0, 5)) {
    tab.check();
    await tab.page.close();
  }
  await eventually(async () => (await streams(server.url)) === 1);
  await tabs[9].sees("live", ".stream");
  await caller.post("Fleets", { UniqueName: "second", NetworkAccessProfile: "europe" });
  for (const tab of tabs.slice(5)) {
    await tab.sees("second", "td");
    tab.check();
  }
  await context.close();
  await eventually(async () => (await streams(server.url)) === 0);
});

test("a thousand requests a second do not keep the page from answering", async () => {
  const context = await freshBrowser();
  const tab = await Tab.open(context, server.url, way("requests"));
  await tab.settled();
  await tab.page.evaluate(() => {
    window.longest = 0;
    let last = performance.now();
    setInterval(() => {
      window.longest = Math.max(window.longest, performance.now() - last);
      last = performance.now();
    }, 0);
  });
  const flood = Array.from({ length: 2000 }, (_, i) => i);
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      while (flood.length)
        await caller.ask("GET", `/v1/Fleets?PageSize=1&Page=0&PageToken=&n=${flood.pop()}`).catch(() => {});
    }),
  );
  await caller.post("NetworkAccessProfiles", { UniqueName: "after-the-flood" });
  await tab.type("[type=search]", "after-the-flood");
  await tab.until(() => document.querySelectorAll("main tbody tr").length === 1);
  await tab.page.evaluate(() => {
    document.querySelector("[type=search]").value = "";
    document.querySelector("[type=search]").dispatchEvent(new Event("input"));
  });
  await tab.until(() => document.querySelectorAll("main tbody tr").length > 1);
  assert.ok((await tab.page.$$eval("main tbody tr", (rows) => rows.length)) <= 500);
  // Input must wait for 100 ms at most; a machine with sanitizers and many tests may take ten times that.
  const longest = await tab.page.evaluate(() => window.longest);
  assert.ok(longest < 1000, `the page was busy for ${longest} ms`);
  tab.check();
  await context.close();
});

async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
}

test("a lost stream is told by a word, and what was missed is there afterwards", async () => {
  const context = await freshBrowser();
  const port = await freePort();
  let own = await startServer("--listen", `127.0.0.1:${port}`);
  await new Caller(own.url).post("NetworkAccessProfiles", { UniqueName: "before" });
  const tab = await Tab.open(context, own.url, way("profiles"));
  await tab.sees("before", "td");
  await own.stop();
  await tab.sees("reconnecting", ".stream");
  assert.ok(!(await tab.page.$eval("dialog", (dialog) => dialog.open)));
  own = await startServer("--listen", `127.0.0.1:${port}`);
  await new Caller(own.url).post("NetworkAccessProfiles", { UniqueName: "afterwards" });
  await tab.sees("live", ".stream");
  await tab.sees("afterwards", "td");
  assert.ok(!(await tab.text("main")).includes("new version"));
  assert.deepEqual(
    tab.wrong.filter((each) => !each.includes("ERR_")),
    [],
  );
  await context.close();
  await own.stop();
});

test("another version of the server is told by one line", async () => {
  const context = await freshBrowser();
  const tab = await Tab.open(context, server.url, way("overview"));
  await tab.settled();
  await tab.page.setRequestInterception(true);
  tab.page.on("request", async (request) => {
    if (!request.url().includes("/_emulator/info")) return request.continue();
    const info = await (await fetch(request.url())).json();
    return request.respond({
      status: 200,
      contentType: "application/json",
      body: JSON.stringify({ ...info, version: "9.9.9" }),
    });
  });
  await tab.page.evaluate(() =>
    new BroadcastChannel("supersim console").postMessage({ events: [{ type: "connected", data: {} }] }),
  );
  await tab.sees("The server has a new version", ".banner");
  tab.check();
  await context.close();
});

test("an account that ends elsewhere is told of, and no token asked for", async () => {
  const context = await freshBrowser();
  const { sid } = await (await fetch(`${server.url}/_emulator/accounts`, { method: "POST" })).json();
  const tab = await Tab.open(context, server.url, way("fleets", sid));
  await tab.settled();
  await fetch(`${server.url}/_emulator/accounts/${sid}`, { method: "DELETE" });
  await tab.sees("has ended", ".notice");
  assert.ok(!(await tab.page.$eval("dialog", (dialog) => dialog.open)));
  assert.deepEqual(tab.wrong, []);
  await context.close();
});

test("an admin token is asked for once, kept in the tab, and asked for again when it is wrong", async () => {
  const context = await freshBrowser();
  const own = await startServer("--admin-token", "sesame");
  await new Caller(own.url).post("NetworkAccessProfiles", { UniqueName: "guarded" });
  const tab = await Tab.open(context, own.url, way("profiles"));
  await tab.sees("Admin token", "dialog h2");
  await tab.fill({ token: "wrong" }, "Go on");
  await tab.sees("This is not the server's admin token.", "dialog");
  await tab.fill({ token: "sesame" }, "Go on");
  await tab.sees("guarded", "td");
  await tab.until(() => !document.querySelector("dialog").open);
  await tab.sees("live", ".stream");
  const lines = await tab.text("main > details:last-child pre");
  assert.ok(lines.includes('-H "Authorization: Bearer $SUPERSIM_ADMIN_TOKEN"') && !lines.includes("sesame"), lines);
  const second = await Tab.open(context, own.url, way("profiles"));
  await second.sees("guarded", "td");
  assert.ok(!(await second.page.$eval("dialog", (dialog) => dialog.open)), "another tab got it from this one");
  assert.equal(await second.page.evaluate(() => localStorage.length), 0);
  second.check();
  assert.deepEqual(tab.wrong, []);
  await context.close();
  await own.stop();
});
