// SPDX-License-Identifier: MIT
// Which account is shown, and the list of all to choose another from.
import { html, nothing, repeat } from "./lit.js";
import { call, get } from "./api.js";
import { act, block, button, closeDialog, hash, openDialog, pill } from "./parts.js";
import { state, update, updateSoon } from "./state.js";

const ACCOUNTS_SHOWN = 20; // of ten thousand; the search finds the others

let accountSearch = "";
const knownAccounts = new Map(); // what is known of those that were shown: SID → account

/** Loads the list of accounts. */
export async function loadAccounts() {
  const { accounts } = await get("accounts", { account: null });
  update({ accounts });
}

async function describe(sid) {
  knownAccounts.set(sid, knownAccounts.get(sid) ?? null);
  knownAccounts.set(sid, await get(`accounts/${sid}`, { account: null }));
  updateSoon();
}

function chooseAccount(sid) {
  closeDialog();
  location.hash = hash(state.route.screen, "", {}, sid);
}

function accountRow({ sid, token_checked: checked, ttl_s: lives }) {
  if (!knownAccounts.has(sid)) describe(sid).catch(() => knownAccounts.delete(sid));
  const known = knownAccounts.get(sid);
  return html`<li><button type="button" class="choice" aria-current=${sid === state.route.account ? "true" : nothing} @click=${() => chooseAccount(sid)}>
    <code>${sid}</code>
    <span class="dim">${checked ? "token checked" : "any token"}${lives ? `, lives ${lives} s` : ""}</span><br />
    ${known ? html`<span>${pill(known.clock.mode)} ${known.records.fleets} Fleets, ${known.records.sims} Sims, ${known.deliveries.pending} pending webhooks</span>` : ""}
  </button></li>`;
}

/** Shows the credentials of a new account: nobody can ask for the token later. */
export function showCredentials({ sid, auth_token: token, ttl_s: lives }) {
  openDialog({
    title: "The new account",
    view: () => html`<p>The token is shown this once.${lives ? ` Without a call the account ends after ${lives} s.` : ""}</p>
      ${block(`export TWILIO_ACCOUNT_SID=${sid} TWILIO_AUTH_TOKEN=${token}`)}
      <div class="row">${button("Show it", () => chooseAccount(sid), { kind: "primary" })}</div>`,
  });
}

async function makeAccount() {
  const made = await act(() => call("POST", "accounts", { query: { account: null }, json: {} }));
  if (made === undefined) return;
  await loadAccounts();
  showCredentials(made);
}

function accountChooser() {
  const found = state.accounts.filter(({ sid }) => sid.toLowerCase().includes(accountSearch.toLowerCase()));
  return html`<div class="row">
      <input type="search" aria-label="Search accounts" placeholder="Part of an account SID" autofocus autocomplete="off"
        .value=${accountSearch} @input=${(event) => {
          accountSearch = event.target.value.trim();
          update();
        }} />
      ${button("New account", makeAccount)}
    </div>
    <ul class="choices">${repeat(found.slice(0, ACCOUNTS_SHOWN), ({ sid }) => sid, accountRow)}</ul>
    <p class="dim">${found.length > ACCOUNTS_SHOWN ? `The first ${ACCOUNTS_SHOWN} of ${found.length}. Search for the others.` : `${found.length} of ${state.accounts.length}`}</p>`;
}

async function openChooser() {
  accountSearch = "";
  knownAccounts.clear();
  openDialog({ title: "Accounts", view: accountChooser });
  await act(loadAccounts);
}

/** The account that is shown; it opens the list. It waits until one is: to show another closes dialogs. */
export const accountButton = () =>
  !state.isReady
    ? nothing
    : html`<button type="button" class="account" @click=${openChooser}>
        <span class="dim">Account</span> <code>${state.route.account || "none"}</code></button>`;

/** What is known of an account: its clock, and how much it holds. Null before its first record. */
export async function describeAccount(sid) {
  const isListed = () => state.accounts.some((account) => account.sid === sid);
  if (!isListed()) await loadAccounts();
  return isListed() ? get(`accounts/${sid}`, { account: null }) : null;
}
