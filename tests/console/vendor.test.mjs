// SPDX-License-Identifier: MIT
// What is kept of lit-html is what npm has, byte for byte, and what its README says of it.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import assert from "node:assert/strict";

const here = new URL("../../console/vendor/", import.meta.url);
const there = new URL("../node_modules/lit-html/", import.meta.url);
const kept = readdirSync(here, { recursive: true })
  .filter((name) => name.endsWith(".js"))
  .sort();
const readme = readFileSync(new URL("README.md", here), "utf8");

test("the files are the package's", () => {
  assert.deepEqual(kept, ["directive-helpers.js", "directive.js", "directives/repeat.js", "lit-html.js"]);
  for (const name of [...kept, "LICENSE"])
    assert.ok(readFileSync(new URL(name, here)).equals(readFileSync(new URL(name, there))), name);
});

test("the README has their version and checksums", () => {
  const { version, license } = JSON.parse(readFileSync(new URL("package.json", there)));
  assert.ok(readme.includes(`# lit-html ${version}\n`));
  assert.ok(readme.includes(license));
  for (const name of kept) {
    const hash = createHash("sha256")
      .update(readFileSync(new URL(name, here)))
      .digest("hex");
    assert.ok(readme.includes(`| \`${name}\` | \`${hash}\` |`), name);
  }
});
