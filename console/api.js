// SPDX-License-Identifier: MIT
// Calls to the server. The only calls that the page makes are those of the control API, and those of
// Twilio's by way of it; each is noted, so that a screen can show them as curl lines.
import { state, update, updateSoon } from "./state.js";

const TOKEN = "supersim admin token";
const CALLS_KEPT = 30;

/** What the server refused: its own words, and Twilio's code where there is one. */
export class Refusal extends Error {
  constructor(status, answer, hint) {
    super(answer?.error ?? answer?.message ?? `The server answered ${status}`);
    this.status = status;
    this.code = answer?.code;
    this.more = answer?.more_info;
    this.field = answer?.field;
    this.hint = answer?.hint ?? hint;
  }
}

// ── the admin token ─────────────────────────────────────────────────────────────────────────────

let waiting = null;

export const adminToken = () => sessionStorage.getItem(TOKEN);

/** Keeps the token for as long as the tab lives, and lets go on whoever waits for one. */
export function giveToken(token, problem = null) {
  sessionStorage.setItem(TOKEN, token);
  waiting?.resolve();
  waiting = null;
  update({ token: { asked: false, problem } });
}

/** Asks for the token, once for all calls that need it. */
function askToken(refused) {
  if (waiting === null) {
    let resolve;
    const promise = new Promise((done) => (resolve = done));
    waiting = { promise, resolve };
    update({ token: { asked: true, problem: refused ? "This is not the server's admin token." : null } });
  }
  return waiting.promise;
}

export function authorization() {
  const token = adminToken();
  return token === null ? {} : { Authorization: `Bearer ${token}` };
}

/** A fetch that asks for the token when one is needed, and then tries again. */
export async function authorized(url, options = {}) {
  for (;;) {
    const token = adminToken();
    // A browser that is not told to omit credentials asks for a name and a password by itself.
    const answer = await fetch(url, {
      ...options,
      credentials: "omit",
      headers: { ...options.headers, ...authorization() },
    });
    // An account that has ended is refused alike, and no token helps.
    if (answer.status !== 401 || (await answer.clone().text()).includes("has ended")) return answer;
    if (token === adminToken()) await askToken(token !== null);
  }
}

// ── curl ────────────────────────────────────────────────────────────────────────────────────────

/** A word for the shell, whatever is in it. */
export const quote = (text) => `'${String(text).replaceAll("'", `'\\''`)}'`;

/** A line for the shell that makes the same call. */
export function curl(method, url, body, headers = {}) {
  const words = ["curl"];
  if (method !== (body === undefined ? "GET" : "POST")) words.push("-X", method);
  words.push(quote(url));
  for (const [name, value] of Object.entries(headers)) words.push("-H", quote(`${name}: ${value}`));
  if (body !== undefined) words.push("--data-raw", quote(body));
  return words.join(" ");
}

/** The same for a call of this page. */
export function curlOfCall({ method, path, body }) {
  const line = curl(method, location.origin + path, body?.toString());
  return adminToken() === null ? line : line.replace("curl", 'curl -H "Authorization: Bearer $SUPERSIM_ADMIN_TOKEN"');
}

function note(call) {
  const others = state.calls.filter((each) => curlOfCall(each) !== curlOfCall(call));
  updateSoon({ calls: [call, ...others].slice(0, CALLS_KEPT) });
}

// ── calls ───────────────────────────────────────────────────────────────────────────────────────

/** Parameters without those that are empty. */
export const filled = (parameters) =>
  Object.fromEntries(
    Object.entries(parameters).filter(([, value]) => value !== undefined && value !== null && value !== ""),
  );

/**
 * Makes a call of the control API ("clock", "v1/Fleets"), for the account of the screen unless
 * `query` names another, or `account: null` none. `json` and `form` are bodies. Gives the answer's
 * JSON; throws a Refusal.
 */
export async function call(method, path, { query = {}, json, form, text } = {}) {
  const search = new URLSearchParams(filled({ account: state.route.account, ...query })).toString();
  const target = `/_emulator/${path}${search ? `?${search}` : ""}`;
  const body = json !== undefined ? JSON.stringify(json) : (text ?? (form && new URLSearchParams(form)));
  note({ method, path: target, body });
  const answer = await authorized(target, { method, body });
  const isJson = answer.headers.get("Content-Type")?.startsWith("application/json");
  const content = isJson ? await answer.json() : await answer.text();
  if (!answer.ok) throw new Refusal(answer.status, isJson ? content : null, answer.headers.get("Emulator-Hint"));
  return content;
}

export const get = (path, query) => call("GET", path, { query });

/** Percent-encodes a part of a path. */
export const part = encodeURIComponent;
