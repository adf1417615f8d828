// SPDX-License-Identifier: MIT
// Faults: what is to go wrong on purpose.
import { html } from "./lit.js";
import { call, get, part } from "./api.js";
import { announce } from "./live.js";
import { act, button, confirm, fold, form, link, none, pill, readJson, shortSid, table, time } from "./parts.js";

const ANY_CREATE = { method: "POST", path: "/v1/*" };
const PRESETS = [
  ["Next create: applied, answer lost", { match: ANY_CREATE, count: 1, when: "after_commit", then: { reset: true } }],
  ["429 for the next 2", { count: 2, then: { status: 429, retry_after: 1 } }],
  ["500 for the next call", { count: 1, then: { status: 500 } }],
  ["2 s latency", { count: null, then: { latency_ms: 2000 } }],
  ["Next answer is cut short", { count: 1, then: { truncate: 10 } }],
  ["Next webhook fails", { side: "webhook", count: 1, then: { status: 503 } }],
];

/** Changes the list, and tells the other tabs, which have a banner. */
async function changeFaults(method, path = "faults", json) {
  const answer = await call(method, path, { json });
  announce("fault");
  return answer;
}

const addFault = (rule) => act(() => changeFaults("POST", "faults", rule), { done: "The fault is set" });
const shortJson = (value) =>
  JSON.stringify(value ?? {})
    .replaceAll('"', "")
    .replace(/^{(.*)}$/, "$1") || "everything";

const viewFaults = ({ faults: rules }) => html`<h1>Faults</h1>
  <p>The first rule that matches hits. Only calls to <code>/v1</code> and webhooks are hit, never this page.</p>
  <div class="row">${PRESETS.map(([label, rule]) => button(label, () => addFault(rule)))}</div>
  ${fold(
    "Another rule",
    form(
      "fault",
      [
        {
          name: "rule",
          label: "Rule (JSON)",
          kind: "area",
          required: true,
          value: JSON.stringify(PRESETS[0][1], null, 2),
        },
      ],
      "Set it",
      ({ rule }) => changeFaults("POST", "faults", readJson(rule)),
      { done: "The fault is set", reset: false },
    ),
  )}
  ${table(
    [
      { head: "Rule", cell: ({ id }) => (id.length > 16 ? shortSid(id) : html`<code><bdi>${id}</bdi></code>`) },
      {
        head: "Hits",
        cell: ({ side, match }) => html`${side === "webhook" ? "webhooks: " : ""}<bdi>${shortJson(match)}</bdi>`,
      },
      { head: "When", kind: "wide", cell: ({ when }) => (when === "after_commit" ? "after it is done" : "before") },
      { head: "Then", cell: ({ then }) => html`<bdi>${shortJson(then)}</bdi>` },
      {
        head: "So often",
        kind: "number",
        cell: ({ hits, count, exhausted }) =>
          html`${hits} of ${count ?? "all"} ${exhausted ? pill("used up", "good") : ""}`,
      },
      {
        head: "Last hit",
        kind: "wide",
        cell: ({ last }) => (last?.length ? link("requests", last[0], shortSid(last[0])) : none),
      },
      {
        head: "",
        cell: ({ id }) =>
          button(
            "Delete",
            () => act(() => changeFaults("DELETE", `faults/${part(id)}`), { done: "The fault is gone" }),
            { kind: "quiet" },
          ),
      },
    ],
    rules,
    { key: ({ id }) => id, empty: "No fault is set: all goes well." },
  )}
  ${rules.length ? html`<div class="row">${button("Clear all", () => confirm("Clear all faults", `All ${rules.length} are taken away.`, "Clear", () => act(() => changeFaults("DELETE"), { done: "All faults are gone" })), { kind: "danger" })}</div>` : ""}`;

export const faults = {
  title: "Faults",
  events: /^(fault|request|attempt)/,
  load: () => get("faults"),
  view: viewFaults,
};
