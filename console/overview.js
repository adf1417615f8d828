// SPDX-License-Identifier: MIT
// What an account holds, at a glance.
import { html, nothing } from "./lit.js";
import { call, get } from "./api.js";
import { describeAccount } from "./accounts.js";
import { act, button, facts, hash, dueNext, link, pill, table, text, time } from "./parts.js";
import { loadEntries, requestTable } from "./requests.js";
import { update } from "./state.js";

const REQUESTS_SHOWN = 10;

async function loadOverview({ account }) {
  const [known, clock, requests, warnings, faults] = await Promise.all([
    describeAccount(account),
    get("clock"),
    loadEntries(REQUESTS_SHOWN),
    get("warnings"),
    get("faults"),
  ]);
  update({ faults: faults.faults.length });
  return { known, clock, requests, ...warnings, ...faults };
}

const tile = (screen, name, count, query) =>
  html`<a class="tile" href=${hash(screen, "", query)}><strong>${count}</strong><span>${name}</span></a>`;

function viewOverview({ known, clock, requests, warnings, faults }) {
  const records = known?.records ?? {};
  const deliveries = known?.deliveries ?? {};
  return html`<h1>Overview</h1>
    <div class="tiles">
      ${tile("fleets", "Fleets", records.fleets ?? 0)}
      ${tile("sims", "Sims", records.sims ?? 0)}
      ${tile("profiles", "Network Access Profiles", records.network_access_profiles ?? 0)}
      ${tile("deliveries", "webhooks pending", deliveries.pending ?? 0, { state: "pending" })}
      ${tile("deliveries", "webhooks failed", deliveries.failed ?? 0, { state: "failed" })}
      ${tile("faults", "faults set", faults.length)}
    </div>
    ${facts([
      ["Token", known?.token_checked ? "checked" : "any will do"],
      ["Clock", html`${pill(clock.mode)} ${time(clock.now)} ${link("clock", "", "Move it")}`],
      ["Due next", dueNext(clock)],
    ])}
    <h2>Warnings</h2>
    ${table(
      [
        { head: "What", cell: ({ kind }) => pill(kind.replaceAll("_", " "), "wait") },
        {
          head: "Where",
          cell: ({ operation, name }) => html`${text(operation)} ${name ? html`<code><bdi>${name}</bdi></code>` : ""}`,
        },
        { head: "What would help", kind: "wide", cell: ({ hint }) => text(hint) },
        { head: "Times", kind: "number", cell: ({ count }) => count },
        { head: "Last", kind: "wide", cell: ({ last }) => time(last) },
      ],
      warnings,
      { key: ({ kind, operation, name }) => `${kind} ${operation} ${name}`, empty: "None: every call was understood." },
    )}
    ${warnings.length ? button("Forget them", () => act(() => call("DELETE", "warnings"), { done: "Forgotten" })) : ""}
    <h2>Last requests</h2>
    ${requests === null ? html`<p class="empty">The server keeps no journal.</p>` : requestTable(requests)}
    <p>${link("requests", "", "All requests")}</p>`;
}

export const overview = {
  title: "Overview",
  events: /^(fleet|sim|network|delivery|attempt|clock|command|fault|request|warning)/,
  load: loadOverview,
  view: viewOverview,
};
