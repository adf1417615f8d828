// SPDX-License-Identifier: MIT
// Starts a supersimd of one's own for a test, on a free port, over a database in memory. Below
// tests/support/over-tls clients reach it as https://supersim.twilio.com, without being told so.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import assert from "node:assert/strict";

const root = fileURLToPath(new URL("../../", import.meta.url));
const binary = process.env.SUPERSIMD ?? "build/release/supersimd";

const directory = process.env.TEST_TLS_DIR;
const tls = ["--tls", "auto", "--tls-dir", directory, "--tls-listen", "127.0.0.1:0", "--proxy", "127.0.0.1:0"];

/** `origin` is where clients reach its API; `point` has a client of the twilio package reach it. */
export async function startServer(...options) {
  if (directory) options.push(...tls);
  const child = spawn(binary, ["--listen", "127.0.0.1:0", "--db", ":memory:", ...options], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  const ready = JSON.parse(line);
  assert.equal(ready.ready, true);
  if (directory) process.env.HTTP_PROXY = ready.proxy_url;
  return {
    url: ready.url,
    origin: directory ? "https://supersim.twilio.com" : ready.url,
    point(client) {
      if (!directory) client.supersim.baseUrl = ready.url;
    },
    async stop() {
      const exited = once(child, "exit");
      process.kill(ready.pid, "SIGTERM");
      const [code] = await exited;
      assert.equal(code, 0, "the server must end well, and without a sanitizer's complaint");
    },
  };
}

export const account = (number) => "AC" + String(number).padStart(32, "0");

/** Some built-in Networks: AT&T and T-Mobile in the USA, Telekom in Germany. Their SIDs never change. */
export const networks = [
  "HW9945cc3607939015087b7d84d6556db3",
  "HW24f573196685668dad4f64a3b4905b74",
  "HW4fdb9484f6949f57cdb503ae2eaa9507",
];
