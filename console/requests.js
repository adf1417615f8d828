// SPDX-License-Identifier: MIT
// The journal: each request to /v1, as it comes. The newest is on top.
import { html, nothing } from "./lit.js";
import {
  act,
  block,
  button,
  copyButton,
  duration,
  facts,
  hash,
  headerLines,
  link,
  parameters,
  pill,
  statusPill,
  table,
  text,
  time,
} from "./parts.js";
import { call, get, part } from "./api.js";
import { state, ui } from "./state.js";

const REQUESTS_KEPT = 500;
const ROWS_SHOWN = 200; // of those that the filter lets through: more would make the page slow

const pairs = (parameters) =>
  Object.entries(parameters ?? {})
    .map((pair) => pair.join("="))
    .join("&");

/** An entry, its target, and the text that the filter looks at. */
function summarise(entry) {
  const target = entry.path + (pairs(entry.query) && `?${pairs(entry.query)}`);
  return {
    ...entry,
    target,
    found: [entry.method, target, entry.status, entry.code, entry.sid, entry.operation, pairs(entry.form)]
      .join(" ")
      .toLowerCase(),
  };
}

/** The newest entries; null where no journal is kept. `since`: those that are newer than one. */
export async function loadEntries(limit, since) {
  if (state.info.configuration.journal === "off") return null;
  return (await get("requests", { limit, since })).requests.map(summarise);
}

/** What is kept, and what came since. */
async function loadRows(before) {
  try {
    if (before?.newest) return [...(await loadEntries(REQUESTS_KEPT, before.newest)), ...before.rows];
  } catch {
    // The newest one is gone: somebody emptied the journal.
  }
  return loadEntries(REQUESTS_KEPT);
}

async function loadRequests({ id }, before) {
  const isStill = before && state.ui.paused;
  const rows = isStill ? before.rows : ((await loadRows(before))?.slice(0, REQUESTS_KEPT) ?? null);
  const known = id && rows?.find(({ sid }) => sid === id);
  const open = known || (id && summarise(await get(`requests/${part(id)}`)));
  return { rows, newest: rows?.[0]?.sid, open, waiting: isStill ? before.waiting : 0 };
}

/** While the list stands still, what comes is counted only. */
function takeRequest({ type }, data) {
  if (data && ["connected", "gap", "reset"].includes(type)) data.newest = undefined; // all is loaded again
  if (type !== "request" || !state.ui.paused || !data) return false;
  data.waiting++;
  return true;
}

/** A few words on what was special. */
const requestMarks = ({ fault, applied, warnings, via }) => html`
  ${fault ? pill("fault", "bad") : ""} ${applied === false ? pill("not applied", "wait") : ""}
  ${warnings?.length ? pill(`${warnings.length} warning${warnings.length > 1 ? "s" : ""}`, "wait") : ""} ${via === "control" ? pill("control") : ""}`;

export const requestTable = (rows, open) =>
  table(
    [
      { head: "Time", cell: ({ sid, received_at: at }) => link("requests", sid, time(at)) },
      { head: "Method", cell: ({ method }) => text(method) },
      { head: "Path", kind: "grow", cell: ({ target }) => text(target) },
      { head: "Status", cell: ({ status, code }) => html`${statusPill(status)} ${code || nothing}` },
      { head: "Took", kind: "number wide", cell: ({ duration_us: us }) => duration(us) },
      { head: "Marks", kind: "wide", cell: requestMarks },
    ],
    rows,
    { open },
  );

/** An answer is JSON, unless it was cut. */
const pretty = (answer) => (typeof answer === "string" ? answer : JSON.stringify(answer, null, 2));

const requestDetail = (entry) => html`
  <div class="row">${copyButton("Copy as curl", () => call("GET", `requests/${entry.sid}`, { query: { format: "curl" } }))}
    <a class="button" href=${hash("requests")}>Close</a></div>
  ${facts([
    ["Id", html`<code>${entry.sid}</code>`],
    ["Operation", text(entry.operation)],
    [
      "Answer",
      html`${statusPill(entry.status)} ${entry.code ? `Twilio's code ${entry.code}` : ""} in ${duration(entry.duration_us)}`,
    ],
    ["Time", html`${time(entry.at)} on the account's clock`],
    ["Applied", entry.applied === null ? "it only reads" : entry.applied ? pill("yes", "good") : pill("no", "wait")],
    entry.fault && [
      "Fault",
      html`${pill("hit", "bad")} ${link("faults", "", html`<code><bdi>${entry.fault}</bdi></code>`)}`,
    ],
    entry.rejected_by && [
      "Refused by",
      html`<bdi>${Object.values(entry.rejected_by).filter(Boolean).join(" – ")}</bdi>`,
    ],
    entry.user_agent && ["Client", text(entry.user_agent)],
  ])}
  ${entry.warnings.map((warning) => html`<p class="notice">${pill(warning.kind.replaceAll("_", " "), "wait")} <bdi>${warning.hint}</bdi></p>`)}
  <div class="columns">
    <section><h3>Request</h3>${block(`${entry.method} ${entry.target}\n${headerLines(entry.headers)}`)}
      ${entry.body ? block(entry.body) : ""}${entry.form ? parameters(entry.form) : ""}</section>
    <section><h3>Answer</h3>${block(pretty(entry.answer ?? ""))}</section>
  </div>`;

async function clearJournal() {
  const cleared = await call("DELETE", "requests");
  state.data.newest = undefined;
  return cleared;
}

function viewRequests(data, { id }) {
  if (data.rows === null)
    return html`<h1>Requests</h1><p class="empty">The server keeps no journal: it was started with <code>--journal off</code>.</p>`;
  const { filter = "", paused = false } = state.ui;
  const words = filter.toLowerCase().split(" ").filter(Boolean);
  const rows = data.rows.filter(({ found }) => words.every((word) => found.includes(word)));
  return html`<h1>Requests</h1>
    <form class="filters" role="search" @submit=${(event) => event.preventDefault()}>
      <label><span>Filter</span><input type="search" placeholder="Method, path, status, id, form" autocomplete="off"
        @input=${(event) => ui({ filter: event.target.value })} /><kbd>/</kbd></label>
      ${
        paused
          ? button(
              `Go on (${data.waiting} new)`,
              () => {
                ui({ paused: false });
                act(() => {});
              },
              { kind: "primary" },
            )
          : button("Pause", () => ui({ paused: true }))
      }
      ${button("Clear", () => act(clearJournal, { done: "The journal is empty" }))}
      <a class="button" href="/_emulator/requests?format=har&account=${state.route.account}" download="requests.har">HAR</a>
    </form>
    ${data.open && !rows.some(({ sid }) => sid === id) ? requestDetail(data.open) : ""}
    ${requestTable(rows.slice(0, ROWS_SHOWN), (row) => (row.sid === id ? requestDetail(row) : nothing))}
    ${rows.length > ROWS_SHOWN ? html`<p class="dim">The newest ${ROWS_SHOWN} of ${rows.length}.</p>` : ""}`;
}

export const requests = {
  title: "Requests",
  events: /^request$/,
  keeps: true,
  load: loadRequests,
  take: takeRequest,
  view: viewRequests,
};
