// SPDX-License-Identifier: MIT
// The console: one page, drawn from one state. This file has what is around the screens: the way from
// an address to a screen, loading it, and loading it again when something happened.
import { html, nothing, render } from "./lit.js";
import { Refusal, get } from "./api.js";
import { accountButton, loadAccounts } from "./accounts.js";
import { goLive, shareToken } from "./live.js";
import { button, calls, closeDialog, form, hash, pill, refusal, reloadWith } from "./parts.js";
import { drawWith, state, update, updateSoon } from "./state.js";
import { clock, hearAdvance } from "./clock.js";
import { deliveries } from "./deliveries.js";
import { faults } from "./faults.js";
import { fleets } from "./fleets.js";
import { overview } from "./overview.js";
import { esims, networks, profiles, updates } from "./provisioning.js";
import { requests } from "./requests.js";
import { settings } from "./settings.js";
import { sims } from "./sims.js";
import { sinks } from "./sinks.js";

/**
 * Each screen has a `title`; `load(route)`, which gives its data; `view(data, route)`; and `events`,
 * the types of events after which it is loaded again. One with `take(event, data)` is told of each.
 */
const SCREENS = {
  overview,
  fleets,
  sims,
  profiles,
  networks,
  esims,
  updates,
  deliveries,
  requests,
  clock,
  faults,
  sinks,
  settings,
};
const RELOAD_MS = 150;

const screen = () => SCREENS[state.route.screen] ?? overview;

// ── loading ─────────────────────────────────────────────────────────────────────────────────────

let loading = 0; // the newest load; what an older one brings is thrown away
let reloading = false;
let missed = false; // something happened since the last load

async function loadBanner() {
  const { faults: set } = await get("faults");
  updateSoon({ faults: set.length });
}

/** Loads the screen; what was there before is shown until then. */
async function load() {
  if (state.route.account === "") return;
  const mine = ++loading;
  try {
    const data = await screen().load(state.route, state.data);
    if (mine === loading) update({ data, problem: null });
  } catch (error) {
    if (mine === loading) update({ problem: error, data: error.status === 404 ? null : state.data });
    if (!(error instanceof Refusal)) console.warn(error);
  }
}

/** Loads it again: at once after a silence, and not for each of many events. */
async function loadSoon() {
  missed = true;
  if (reloading) return;
  reloading = true;
  while (missed) {
    missed = false;
    await load();
    await new Promise((done) => setTimeout(done, RELOAD_MS));
  }
  reloading = false;
}

/** Another server may be there now: one with another version has another page. */
async function lookAtServer() {
  const info = await get("info", { account: null });
  const outdated = state.outdated || (state.info !== null && info.version !== state.info.version);
  update({ info, outdated });
}

/** What the stream brought. Events of other accounts are for other tabs. */
function takeEvents(events) {
  if (!state.isReady) return; // nothing is loaded yet
  if (state.route.account === "") return void loadAccounts().then(follow, () => {});
  const { events: wanted, take } = screen();
  let stale = false;
  for (const event of events) {
    const everybody = ["connected", "gap"].includes(event.type);
    if (event.type === "connected") lookAtServer().catch(() => {});
    if (!everybody && event.data.account_sid !== undefined && event.data.account_sid !== state.route.account) continue;
    if (event.type === "advance") hearAdvance(event.data);
    if (everybody || event.type.startsWith("fault") || event.type === "reset") loadBanner().catch(() => {});
    if (take?.(event, state.data)) updateSoon();
    else stale ||= everybody || event.type === "reset" || wanted.test(event.type);
  }
  if (stale) loadSoon();
}

// ── ways ────────────────────────────────────────────────────────────────────────────────────────

function readRoute() {
  const [path, query = ""] = location.hash.slice(2).split("?");
  let parts;
  try {
    parts = path.split("/").map(decodeURIComponent);
  } catch {
    parts = [];
  }
  const account = /^AC[0-9a-f]{32}$/.test(parts[0] ?? "") ? parts.shift() : "";
  return { account, screen: parts[0] || "overview", id: parts.slice(1).join("/"), query: new URLSearchParams(query) };
}

/** Shows what the address says. Without an account it is the first that there is. */
async function follow() {
  const before = state.route;
  const route = readRoute();
  const account = route.account || before.account || state.accounts[0]?.sid || "";
  if (account !== route.account)
    history.replaceState(null, "", hash(route.screen, route.id, Object.fromEntries(route.query), account));
  const other =
    account !== before.account || route.screen !== before.screen || (route.id !== before.id && !screen().keeps);
  update({
    isReady: true,
    route: { ...route, account },
    problem: null,
    ...(other ? { data: null, ui: {}, calls: [], dialog: null } : {}),
  });
  if (other) scrollTo(0, 0);
  if (account !== before.account) loadBanner().catch(() => {});
  await load();
}

// ── view ────────────────────────────────────────────────────────────────────────────────────────

const MENU = [
  ["", ["overview", "requests"]],
  ["Records", ["fleets", "sims", "profiles", "networks", "esims", "updates"]],
  ["Webhooks", ["deliveries", "sinks"]],
  ["Control", ["clock", "faults", "settings"]],
];

const menu = () => html`<nav class="menu" aria-label="Screens">
  ${MENU.map(
    ([head, names]) => html`${head ? html`<h2>${head}</h2>` : ""}
    ${names.map((name) => html`<a href=${hash(name)} aria-current=${state.route.screen === name ? "page" : nothing}>${SCREENS[name].title}</a>`)}`,
  )}
</nav>`;

const banner = () => html`
  ${state.outdated ? html`<p class="banner">The server has a new version. ${button("Load the page again", () => location.reload())}</p>` : ""}
  ${state.faults > 0 ? html`<p class="banner bad"><strong>${state.faults} ${state.faults === 1 ? "fault is" : "faults are"} set.</strong> Some calls fail on purpose. <a href=${hash("faults")}>Look at them</a></p>` : ""}`;

const welcome = () => html`<h1>Welcome</h1>
  <p>There is no account yet. Any SID and any token will do:</p>
  <pre tabindex="0">curl -u AC00000000000000000000000000000001:anytoken -X POST ${location.origin}/v1/NetworkAccessProfiles</pre>`;

function content() {
  if (state.route.account === "") return state.isReady ? welcome() : html`<p>Loading …</p>`;
  const { title, view } = screen();
  const problem = state.problem && html`<p class="notice bad">${refusal(state.problem)}</p>`;
  if (state.data === null) return html`<h1>${title}</h1>${problem ?? html`<p aria-busy="true">Loading …</p>`}`;
  return html`${problem}${view(state.data, state.route)}${calls()}`;
}

const tokenForm =
  () => html`<p>The server asks for it: see <code>--admin-token</code>, or the log of its start. It is kept until the tab is closed.</p>
  ${form("token", [{ name: "token", label: "Admin token", kind: "password", required: true }], "Go on", ({ token }) => shareToken(token))}
  ${state.token.problem ? html`<p class="refusal" role="alert">${state.token.problem}</p>` : ""}`;

let opened = null; // the dialog that is open: the browser tells of its end when another may be due

function dialog() {
  const shown = state.token.asked ? { title: "Admin token", view: tokenForm } : state.dialog;
  return html`<dialog aria-label=${shown?.title ?? "Dialog"} @close=${() => state.dialog === opened && closeDialog()}>
    ${shown ? html`<header><h2>${shown.title}</h2>${button("Close", closeDialog, { kind: "quiet" })}</header>${shown.view()}` : ""}
  </dialog>`;
}

const page = () => html`
  <a class="skip" href="#main" @click=${(event) => {
    event.preventDefault();
    document.querySelector("main").focus();
  }}>To the content</a>
  <header class="top">
    <a class="brand" href=${hash("overview")}>supersim</a>${accountButton()}
    <span class="stream" role="status">${pill(state.stream)}</span>
  </header>
  <div class="frame">${menu()}<main id="main" tabindex="-1" data-way=${[state.route.screen, state.route.id].filter(Boolean).join("/")}>${banner()}${content()}</main></div>
  <div class="toast" role="status" aria-live="polite">${state.toast ? html`<p class=${state.toast.kind}><bdi>${state.toast.message}</bdi></p>` : ""}</div>
  ${dialog()}`;

/** Whether a dialog is open is the browser's to know: it also keeps the focus inside, and puts it back. */
function draw() {
  render(page(), document.body);
  const element = document.querySelector("dialog");
  const wanted = state.dialog !== null || state.token.asked;
  if (wanted && !element.open) {
    opened = state.dialog;
    element.showModal();
  }
  if (!wanted && element.open) element.close();
  document.title = [screen().title, state.route.account.slice(-6), "supersim"].filter(Boolean).join(" · ");
}

/** `/` goes to the first filter, as on other pages for developers. */
function onKey(event) {
  const isTyping = event.target.closest("input, textarea, select");
  const filter = document.querySelector("dialog[open] [type=search], main [role=search] :is(input, select)");
  if (event.key === "Escape" && isTyping) event.target.blur();
  if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey || filter === null) return;
  event.preventDefault();
  filter.focus();
}

async function begin() {
  document.body.replaceChildren();
  drawWith(draw);
  reloadWith(load);
  addEventListener("keydown", onKey);
  draw();
  await goLive(takeEvents);
  await lookAtServer();
  await loadAccounts();
  addEventListener("hashchange", follow);
  await follow();
}

await begin();
