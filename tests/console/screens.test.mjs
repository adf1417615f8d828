// SPDX-License-Identifier: MIT
// Every screen: that it opens, in each light and width, with nothing wrong, nothing cut off, and the
// calls that it made. Pictures of all go to build/console.
import { test } from "node:test";
import assert from "node:assert/strict";
import { Tab } from "./browser.mjs";
import { browser, caller, server, share, way } from "./world.mjs";

const LISTS = [
  "overview",
  "requests",
  "fleets",
  "sims",
  "profiles",
  "networks",
  "esims",
  "updates",
  "deliveries",
  "sinks",
  "clock",
  "faults",
  "settings",
];
const RECORDS = ["fleets/trackers", "sims/truck-1", "profiles/north-america", "sinks/hook"];

let screens;

share(async () => {
  const { deliveries } = await caller.control("GET", "deliveries?state=failed");
  const { requests } = await caller.control("GET", "requests?limit=1");
  screens = [...LISTS, ...RECORDS, `deliveries/${deliveries[0].sid}`, `requests/${requests[0].sid}`];
});

for (const width of [1280, 360])
  for (const theme of ["light", "dark"])
    test(`every screen at ${width} pixels by ${theme}`, async () => {
      const tab = await Tab.open(browser, server.url, way("overview"));
      await tab.look({ width, theme });
      for (const screen of screens) {
        await tab.show(way(screen));
        const { wide, size } = await tab.page.evaluate(() => ({
          wide: document.documentElement.scrollWidth,
          size: innerWidth,
        }));
        assert.ok(wide <= size, `${screen} is ${wide} pixels wide`);
        await tab.picture(`${screen.replaceAll("/", "-").slice(0, 24)}-${width}-${theme}`);
      }
      tab.check();
      await tab.page.close();
    });

test("each screen shows the calls that it made, and they can be made again", async () => {
  const tab = await Tab.open(browser, server.url, way("overview"));
  for (const screen of screens) {
    await tab.show(way(screen));
    await tab.until(() => !document.querySelector("main > details:last-child summary").textContent.includes("(0)"));
    const lines = await tab.text("main > details:last-child pre");
    for (const line of lines.split("\n")) {
      const [, url] = /^curl '([^']*)'$/.exec(line) ?? assert.fail(line);
      assert.equal((await fetch(url)).status, 200, line);
    }
  }
  tab.check();
  await tab.page.close();
});

test("two pictures for the README", async () => {
  const tab = await Tab.open(browser, server.url, way("sims/truck-1"));
  await tab.page.setViewport({ width: 940, height: 480 });
  await tab.settled();
  await tab.page.$eval("figure", (figure) => figure.scrollIntoView({ block: "end" }));
  await tab.picture("readme-device", { fullPage: false });
  await tab.show(way("requests"));
  await tab.page.setViewport({ width: 940, height: 305 });
  await tab.page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "dark" }]);
  await tab.picture("readme-requests", { fullPage: false });
  tab.check();
  await tab.page.close();
});

test("an address can be shared, and a page be loaded again", async () => {
  const tab = await Tab.open(browser, server.url, way("sims?Status=active"));
  await tab.sees("truck-1");
  assert.ok(!(await tab.text()).includes("truck-5"));
  await tab.page.reload();
  await tab.sees("truck-4");
  assert.ok(!(await tab.text()).includes("truck-5"));
  await tab.page.goto(`${server.url}/`);
  await tab.sees("Overview", "h1");
  tab.check();
  await tab.page.close();
});

test("words have the contrast that eyes need, by day and by night", async () => {
  const tab = await Tab.open(browser, server.url, way("sims/truck-1"));
  for (const theme of ["light", "dark"]) {
    await tab.look({ theme });
    await tab.settled();
    const poor = await tab.page.evaluate(() => {
      const channel = (value) =>
        value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
      const read = (color) => color.match(/[\d.]+/g).map(Number);
      const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
      const behind = (element) => {
        for (let each = element; each !== null; each = each.parentElement) {
          const color = read(getComputedStyle(each).backgroundColor);
          if (color.length === 3 || color[3] > 0) return color;
        }
        return [255, 255, 255];
      };
      const words = [...document.querySelectorAll("body *")].filter(
        (element) =>
          !element.closest("svg, :disabled") &&
          element.checkVisibility() &&
          [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()),
      );
      return words
        .map((element) => {
          const [one, other] = [light(read(getComputedStyle(element).color)), light(behind(element))].sort(
            (a, b) => b - a,
          );
          return { what: element.outerHTML.slice(0, 80), contrast: (one + 0.05) / (other + 0.05) };
        })
        .filter(({ contrast }) => contrast < 4.5);
    });
    assert.deepEqual(poor, []);
  }
  await tab.page.close();
});
