// SPDX-License-Identifier: MIT
// The account's clock: what time it is, and what happens when it moves.
import { html, nothing } from "./lit.js";
import { call, filled, get } from "./api.js";
import { announce } from "./live.js";
import { act, button, dueNext, facts, form, pill, sidLink, table, time } from "./parts.js";

const RAN_KEPT = 500;
const ADVANCES = [
  ["1 minute", { by: "1m" }],
  ["1 hour", { by: "1h" }],
  ["1 day", { by: "24h" }],
  ["To the next due thing", { to: "next" }],
  ["Until nothing is due", { to: "idle" }],
];

const ranOf = new Map(); // what ran, newest first, by account: it is of interest after other screens, too

const loadClock = async ({ account }) => ({ clock: await get("clock"), account });

/** Another tab, or this one, advances the clock, or has done so. */
export function hearAdvance({ account_sid: account, advancing, ran = [] }) {
  const before = ranOf.get(account)?.ran ?? [];
  ranOf.set(account, { advancing, ran: [...ran.toReversed(), ...before].slice(0, RAN_KEPT) });
}

async function advance(json) {
  announce("advance", { advancing: true });
  let ran = [];
  try {
    const answer = await call("POST", "clock/advance", { json });
    ran = answer.ran.slice(-RAN_KEPT);
    return answer;
  } finally {
    announce("advance", { advancing: false, ran });
  }
}

const ranWords = ({ ran, ran_more: more, pending }) => `${ran.length + more} things ran, ${pending} fall due later`;

const setClock = (json, done) => act(() => call("PUT", "clock", { json }), { done });

function viewClock(data) {
  const { clock: now, account } = data;
  const { ran = [], advancing = false } = ranOf.get(account) ?? {};
  return html`<h1>Clock</h1>
    <p class="now">${time(now.now)} ${pill(now.mode)} ${now.mode === "scaled" ? `${now.rate} times as fast` : ""} ${advancing ? pill("advancing", "wait") : ""}</p>
    ${facts([["Due next", dueNext(now)]])}
    <h2>Advance</h2>
    <div class="row">${ADVANCES.map(([label, json]) => button(label, () => act(() => advance(json), { done: ranWords }), { disabled: advancing }))}</div>
    ${form("advance", [{ name: "by", label: "By", placeholder: "1h30m", required: true }], "Advance", advance, { done: ranWords })}
    <h2>Set</h2>
    <div class="row">
      ${now.mode === "frozen" ? button("Let it run", () => setClock({ mode: "real" }, "It is the real time")) : button("Freeze", () => setClock({ mode: "frozen" }, "It stands still"))}
    </div>
    ${form(
      "clock",
      [
        { name: "mode", label: "Mode", value: now.mode, options: [["real"], ["frozen"], ["scaled"]] },
        { name: "now", label: "Time (UTC)", placeholder: now.now },
        { name: "rate", label: "Rate", kind: "number", min: 0.001, placeholder: "60" },
      ],
      "Set the clock",
      ({ rate, ...given }) => call("PUT", "clock", { json: filled({ ...given, rate: rate && Number(rate) }) }),
      { done: "The clock is set" },
    )}
    <h2>What ran</h2>
    ${table(
      [
        { head: "At", cell: ({ at }) => time(at) },
        { head: "What", cell: ({ kind }) => kind.replaceAll("_", " ") },
        { head: "Of", cell: ({ sid }) => sidLink(sid) },
        { head: "Result", cell: ({ result, error_code: code }) => html`${pill(result)} ${code ?? nothing}` },
      ],
      ran,
      { key: (row) => row, empty: "Nothing yet. Advance the clock." },
    )}`;
}

export const clock = {
  title: "Clock",
  events: /^(clock|advance|sim|delivery|attempt|command)/,
  load: loadClock,
  view: viewClock,
};
