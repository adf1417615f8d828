// SPDX-License-Identifier: MIT
// Opens the console in Debian's Chromium, and watches what a page must never do: log an error, break
// its content policy, ask another server for anything.
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import assert from "node:assert/strict";
import puppeteer from "puppeteer-core";

export const PATIENCE_MS = 30_000;
const pictures = process.env.CONSOLE_PICTURES ?? fileURLToPath(new URL("../../build/console", import.meta.url));
const REFUSED = /^Failed to load resource: the server responded with a status of (4\d\d)/;

/** Root may not use Chromium's sandbox; nobody else's pages are opened. */
export const launch = () =>
  puppeteer.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });

/** A tab, and what went wrong in it. */
export class Tab {
  constructor(page, url) {
    this.page = page;
    this.url = url;
    this.wrong = [];
    this.refusals = []; // statuses of calls that the server refused
  }

  /** A new tab of `context`, a browser or one of its profiles. */
  static async open(context, url, way = "") {
    const tab = new Tab(await context.newPage(), url);
    await tab.watch();
    await tab.page.setViewport({ width: 1280, height: 900 });
    await tab.page.goto(`${url}/console/${way}`);
    return tab;
  }

  async watch() {
    const { page, wrong } = this;
    page.setDefaultTimeout(PATIENCE_MS);
    page.on("pageerror", (error) => wrong.push(`error: ${error.stack}`));
    page.on("console", (message) => {
      const refused = REFUSED.exec(message.text());
      if (refused) this.refusals.push(Number(refused[1]));
      else if (["error", "warn"].includes(message.type())) wrong.push(`console: ${message.text()}`);
    });
    page.on("request", (request) => {
      const { protocol, origin } = new URL(request.url());
      if (!["data:", "blob:"].includes(protocol) && origin !== this.url) wrong.push(`asked for ${request.url()}`);
    });
    await page.exposeFunction("tellViolation", (what) => wrong.push(`policy: ${what}`));
    await page.evaluateOnNewDocument(() =>
      document.addEventListener("securitypolicyviolation", (event) =>
        tellViolation(`${event.violatedDirective} ${event.blockedURI}`),
      ),
    );
  }

  /**
   * Nothing went wrong, and the server refused these calls only. `perhaps`: what was shown was deleted,
   * and what the page was loading of it just then may have been refused, too, with one of these.
   */
  check(refusals = [], ...perhaps) {
    assert.deepEqual(this.wrong, []);
    assert.deepEqual(
      this.refusals.filter((status) => !perhaps.includes(status)),
      refusals,
    );
    this.refusals.length = 0;
  }

  // ── ways ──────────────────────────────────────────────────────────────────────────────────────

  /** Goes to a screen, and waits until it is there. */
  async show(way) {
    await this.page.evaluate((hash) => {
      location.hash = hash;
    }, way);
    const [, , ...parts] = way.split("?")[0].split("/");
    await this.until(
      (shown) => document.querySelector("main").dataset.way === shown,
      parts.map(decodeURIComponent).join("/"),
    );
    await this.settled();
  }

  settled() {
    return this.until(() => document.querySelector("main h1") && !document.querySelector("[aria-busy]"));
  }

  /** Waits for a condition in the page. It is asked from here: timers of a tab in the back are slow. */
  async until(condition, ...given) {
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      // While a page is loaded there is none to be asked.
      const found = await this.page.evaluate(condition, ...given).catch(() => false);
      if (found) return;
      assert.ok(Date.now() < end, `waited in vain for ${condition} ${given}`);
      await new Promise((done) => setTimeout(done, 20));
    }
  }

  /** Waits until the page, or a part of it, has a text. */
  async sees(text, selector = "body") {
    await this.until(
      (wanted, where) => [...document.querySelectorAll(where)].some((element) => element.textContent.includes(wanted)),
      text,
      selector,
    );
  }

  async seesNoMore(text, selector = "body") {
    await this.until(
      (wanted, where) => ![...document.querySelectorAll(where)].some((element) => element.textContent.includes(wanted)),
      text,
      selector,
    );
  }

  text(selector = "main") {
    return this.page.$eval(selector, (element) => element.textContent);
  }

  // ── hands ─────────────────────────────────────────────────────────────────────────────────────

  /** Presses the button, link or fold whose words these are; in `within`, if there are more. */
  async press(words, within = "body") {
    await this.until(
      (wanted, where) => {
        const found = [...document.querySelectorAll(`${where} :is(button, a, summary)`)].find(
          (element) => element.textContent.trim().startsWith(wanted) && !element.disabled && element.checkVisibility(),
        );
        found?.click();
        return found !== undefined;
      },
      words,
      within,
    );
  }

  /** Gives fields of a form their values, and sends it by the button of these words. */
  async fill(values, words) {
    await this.until(
      (label) =>
        [...document.querySelectorAll("form button")].some(
          (button) => button.textContent.trim() === label && button.checkVisibility(),
        ),
      words,
    );
    await this.page.evaluate(
      (given, label) => {
        const button = [...document.querySelectorAll("form button")].find(
          (each) => each.textContent.trim() === label && each.checkVisibility(),
        );
        for (const [name, value] of Object.entries(given)) {
          const field = button.form.elements[name];
          field.value = value;
          field.dispatchEvent(new Event("input", { bubbles: true }));
        }
        button.click();
      },
      values,
      words,
    );
  }

  /** Types into a field, once it is there. */
  async type(selector, text) {
    await (await this.page.waitForSelector(selector)).type(text);
  }

  /** What is said in passing, once it is said. */
  async told(words) {
    await this.sees(words, ".toast");
  }

  // ── pictures ──────────────────────────────────────────────────────────────────────────────────

  async picture(name, { fullPage = true } = {}) {
    mkdirSync(pictures, { recursive: true });
    await this.page.screenshot({ path: `${pictures}/${name}.png`, fullPage });
  }

  async look({ width = 1280, theme = "light" }) {
    await this.page.setViewport({ width, height: 900 });
    await this.page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
  }
}
