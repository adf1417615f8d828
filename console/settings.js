// SPDX-License-Identifier: MIT
// How the server was started, and what is done to an account as a whole.
import { html } from "./lit.js";
import { call, get } from "./api.js";
import { loadAccounts, showCredentials } from "./accounts.js";
import { act, button, confirm, facts, form, none, say } from "./parts.js";
import { state } from "./state.js";

const resetAccount = (to, words) =>
  confirm("Reset the account", `All records of ${state.route.account} go for good. ${words}`, "Reset", () =>
    act(() => call("POST", "reset", { json: { to } }), {
      done: ({ removed }) => `Gone: ${removed.fleets} Fleets, ${removed.sims} Sims`,
    }),
  );

/** Hands the account's state to the browser, as a file. */
async function exportState() {
  const exported = await act(() => get("state"));
  if (exported === undefined) return;
  const url = URL.createObjectURL(new Blob([JSON.stringify(exported, null, 2)], { type: "application/json" }));
  Object.assign(document.createElement("a"), { href: url, download: `${state.route.account}.json` }).click();
  URL.revokeObjectURL(url);
  say("The state is a file now");
}

/** Ends the account. Another one is shown first: this one can be asked for nothing any more. */
async function endAccount() {
  const { account } = state.route;
  state.accounts = state.accounts.filter(({ sid }) => sid !== account);
  state.route.account = "";
  location.hash = "#/";
  await act(() => call("DELETE", `accounts/${account}`, { query: { account: null } }), {
    done: "The account has ended",
  });
}

const settingText = (value) =>
  value === null
    ? none
    : html`<code><bdi>${Array.isArray(value) ? value.join(", ") || "none" : String(value)}</bdi></code>`;

const viewSettings = (info, { account }) => html`<h1>Settings</h1>
  <section class="card"><h2>This account</h2>
    <div class="row">
      ${button("Reset to the seed", () => resetAccount("seed", "Those of the seed file come back."), { kind: "danger" })}
      ${button("Reset to nothing", () => resetAccount("empty", ""), { kind: "danger" })}
      ${button("End it", () => confirm("End the account", `${account} and all that it has go for good.`, "End it", endAccount), { kind: "danger" })}
    </div>
    ${form(
      "fork",
      [{ name: "ttl_s", label: "Lives without a call (seconds, 0: for ever)", kind: "number", min: 0, value: "0" }],
      "Copy the account",
      ({ ttl_s: lives }) =>
        call("POST", `accounts/${account}/fork`, { query: { account: null }, json: { ttl_s: Number(lives) } }),
      {
        done: (made) => {
          showCredentials(made);
          loadAccounts();
          return "The copy is made";
        },
        reset: false,
      },
    )}
    <div class="row">${button("Export the state", exportState)}</div>
    ${form(
      "import",
      [{ name: "file", label: "State (a file)", kind: "file", required: true }],
      "Replace the state",
      async ({ file }) => call("PUT", "state", { text: await file.text() }),
      { done: "The state is replaced", kind: "danger" },
    )}
  </section>
  <section class="card"><h2>The server</h2>
    ${facts([
      ["Version", info.version],
      ["Accounts", info.accounts],
      ["Webhooks on their way", info.outbox.pending],
    ])}
    <h3>Configuration</h3>${facts(Object.entries(info.configuration).map(([name, value]) => [html`<code>${name}</code>`, settingText(value)]))}
  </section>`;

export const settings = {
  title: "Settings",
  events: /^reset/,
  load: () => get("info", { account: null }),
  view: viewSettings,
};
