// SPDX-License-Identifier: MIT
// Events, as they happen. A browser lets a page have six connections to a server, for all its tabs
// together: were each tab to hold a stream, the seventh would hang. So one tab holds a lock and the
// stream, and hands what comes on to the others.
import { adminToken, authorized, giveToken } from "./api.js";
import { state, update } from "./state.js";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;
const TOKEN_WAIT_MS = 150;

const channel = new BroadcastChannel("supersim console");
let take = () => {};
let isHolder = false;

/** What a tab does with what it is told: events in a list, the stream's state, a wish for a token. */
function hear({ events, stream, ask, token }) {
  if (events) take(events);
  if (stream) update({ stream });
  if (ask && isHolder) channel.postMessage({ stream: state.stream });
  if (ask && adminToken() !== null) channel.postMessage({ token: adminToken() });
  if (token && (adminToken() === null || state.token.asked)) giveToken(token);
}

/** Hands a token that was typed on to the other tabs. */
export function shareToken(token) {
  giveToken(token);
  channel.postMessage({ token });
}

function tell(message) {
  channel.postMessage(message);
  hear(message);
}

/** Tells all tabs of something that the server does not tell. */
export const announce = (type, data) =>
  tell({ events: [{ type, data: { account_sid: state.route.account, ...data } }] });

/** Reads "field: value" lines up to an empty one, as the standard for such streams has it. */
function readEvent(block) {
  const event = { type: "message", data: "" };
  for (const line of block.split("\n")) {
    const [, name, value] = /^(\w+): ?(.*)$/.exec(line) ?? [];
    if (name === "event") event.type = value;
    else if (name === "id") event.id = value;
    else if (name === "data") event.data += value;
  }
  if (event.data === "" && event.type === "message") return null; // a comment, to keep the line open
  try {
    event.data = event.data === "" ? {} : JSON.parse(event.data);
  } catch {
    return { type: "gap", data: {} }; // whatever it was, what is shown may be old
  }
  return event;
}

/**
 * Reads the stream until it ends; gives the id of the last event. What came together is handed on
 * together: no timer is set, since those of a tab in the back are slow.
 */
async function readStream(body, last) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return last;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    const events = blocks.map(readEvent).filter((event) => event !== null);
    last = events.at(-1)?.id ?? last;
    if (events.length > 0) tell({ events });
  }
}

/** Keeps a stream open for as long as the tab lives. Between two the server may have been another. */
async function holdStream() {
  isHolder = true;
  let last = null;
  let wait = FIRST_WAIT_MS;
  for (;;) {
    try {
      const answer = await authorized("/_emulator/events", { headers: last === null ? {} : { "Last-Event-ID": last } });
      if (answer.ok) {
        tell({ stream: "live", events: [{ type: "connected", data: {} }] }); // what was loaded before may be old
        wait = FIRST_WAIT_MS;
        last = await readStream(answer.body, last);
      }
    } catch {
      // It was lost, which is what the wait below is for.
    }
    tell({ stream: "reconnecting" });
    await new Promise((done) => setTimeout(done, wait));
    wait = Math.min(2 * wait, LONGEST_WAIT_MS);
  }
}

/** Begins: another tab may have a stream, and the token, already. `taker` gets lists of events. */
export async function goLive(taker) {
  take = taker;
  channel.onmessage = ({ data }) => hear(data);
  channel.postMessage({ ask: true });
  navigator.locks.request("supersim console stream", holdStream);
  await new Promise((done) => setTimeout(done, adminToken() === null ? TOKEN_WAIT_MS : 0));
}
