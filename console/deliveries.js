// SPDX-License-Identifier: MIT
// Webhooks: each delivery, and each attempt to make it.
import { html, nothing, svg } from "./lit.js";
import { call, curl, get, part } from "./api.js";
import {
  act,
  block,
  button,
  copyButton,
  createdColumn,
  duration,
  facts,
  filters,
  fold,
  link,
  parameters,
  pill,
  shortSid,
  sidLink,
  table,
  text,
  time,
} from "./parts.js";

const DELIVERIES_LISTED = 100;
const RESULTS = {
  delivered: "the receiver answered with a 2xx",
  status: "the receiver's answer was no 2xx",
  dns: "the receiver's name was not found",
  connect: "no connection could be made",
  tls: "no secure connection could be made",
  timeout: "it took too long",
  broken: "the connection was reset, or the answer was no HTTP",
  policy: "the emulator does not call this address",
  url: "the URL cannot be called",
};
const PHASES = [
  ["lookup_us", "name found"],
  ["connect_us", "connected"],
  ["first_byte_us", "first byte"],
  ["total_us", "end"],
];
const NOT_COPIED = /^(host|content-length|connection|authorization)$/i;

async function loadDeliveries({ id, query }) {
  if (!id) return get("deliveries", { limit: DELIVERIES_LISTED, ...Object.fromEntries(query) });
  const delivery = await get(`deliveries/${part(id)}`);
  return { delivery };
}

const replay = (sid) =>
  act(() => call("POST", `deliveries/${sid}/replay`), {
    done: ({ replayed }) => (replayed ? "It is sent again" : "It is on its way already"),
  });
const replayAll = (wanted) =>
  act(() => call("POST", "deliveries/replay", { json: { state: wanted } }), {
    done: ({ replayed }) => `${replayed} are sent again`,
  });

const deliveryList = ({ deliveries }) => html`<h1>Deliveries</h1>
  ${filters("deliveries", [
    { name: "state", label: "State", options: [["", "any"], ["pending"], ["delivered"], ["failed"]] },
    { name: "fleet", label: "Fleet" },
  ])}
  <div class="row">${button("Replay all that failed", () => replayAll("failed"))}</div>
  ${table(
    [
      { head: "Delivery", cell: ({ sid }) => link("deliveries", sid, shortSid(sid)) },
      { head: "State", cell: ({ state }) => pill(state) },
      { head: "Event", cell: ({ event }) => event.replaceAll("_", " ") },
      { head: "To", kind: "grow", cell: ({ method, url }) => text(`${method} ${url}`) },
      {
        head: "Result",
        cell: ({ attempts: [last], error_code: code }) => html`${last?.result ?? "–"} ${code || nothing}`,
      },
      { head: "Attempts", kind: "number wide", cell: ({ attempt_count: count }) => count },
      createdColumn,
      { head: "", cell: ({ sid }) => button("Replay", () => replay(sid), { kind: "quiet" }) },
    ],
    deliveries,
    { empty: "No webhook was sent. A Fleet or a call must name a URL." },
  )}`;

// ── one ─────────────────────────────────────────────────────────────────────────────────────────

/** When an attempt got how far, as parts of one bar. */
function timings(attempt) {
  const reached = PHASES.filter(([key]) => attempt[key] > 0);
  const whole = Math.max(attempt.total_us, 1);
  const words = reached.map(([key, name]) => `${name} ${duration(attempt[key])}`).join(" · ");
  let before = 0;
  return html`<svg class="timing" viewBox="0 0 1000 12" preserveAspectRatio="none" role="img"><title>${words}</title>
    ${reached.map(([key], i) => {
      const x = (1000 * before) / whole;
      before = attempt[key];
      return svg`<rect class=${["axis", "up", "down", "end"][i]} x=${x} width=${(1000 * before) / whole - x} height="12"></rect>`;
    })}</svg>
    <p class="dim">${words}</p>`;
}

/** The same request, with the same signature, to the same URL. */
function curlOf(delivery, attempt) {
  const headers = attempt.request_headers
    .split("\r\n")
    .map((line) => /^([^:]+): ?(.*)$/.exec(line))
    .filter((found) => found && !NOT_COPIED.test(found[1]))
    .map(([, name, value]) => [name, value]);
  return curl(
    delivery.method,
    attempt.request_url,
    delivery.method === "GET" ? undefined : attempt.request_body,
    Object.fromEntries(headers),
  );
}

const wholeAttempt = (delivery, number) => get(`deliveries/${delivery.sid}/attempts/${number}`);

const attemptView = (delivery, attempt, isOpen) =>
  fold(
    html`${time(attempt.date_created)} ${pill(attempt.result, attempt.result === "delivered" ? "good" : "bad")} ${attempt.status || nothing} in ${duration(attempt.total_us)}`,
    html`
  <p>${RESULTS[attempt.result] ?? ""}${attempt.error ? html`: <bdi>${attempt.error}</bdi>` : ""}${attempt.fault ? html` ${pill("fault", "bad")} <bdi>${attempt.fault}</bdi>` : ""}</p>
  ${timings(attempt)}
  <div class="row">${copyButton("Copy as curl", async () => curlOf(delivery, await wholeAttempt(delivery, attempt.number)))}</div>
  <div class="columns">
    <section><h3>Sent to ${text(attempt.request_url)}</h3>${block(attempt.request_headers)}${block(attempt.request_body)}
      <h3>Signature</h3>${block(attempt.signature)}<h3>Signed text</h3>${block(attempt.signed_text)}</section>
    <section><h3>Answer ${attempt.status || "did not come"}</h3>${block(attempt.answer_headers ?? "")}${block(attempt.answer_body ?? "")}${attempt.answer_cut ? html`<p class="dim">More came, and was not kept.</p>` : ""}</section>
  </div>`,
    isOpen,
  );

const oneDelivery = ({ delivery }) => html`<h1>Delivery ${shortSid(delivery.sid)}</h1>
  <div class="row">${link("deliveries", "", "All deliveries")} ${button("Replay", () => replay(delivery.sid), { kind: "primary" })}</div>
  ${delivery.hint ? html`<p class="notice"><bdi>${delivery.hint}</bdi></p>` : ""}
  ${facts([
    ["SID", html`<code>${delivery.sid}</code>`],
    ["State", html`${pill(delivery.state)} ${delivery.error_code || ""}`],
    ["Event", html`${delivery.event.replaceAll("_", " ")} of ${sidLink(delivery.subject_sid)}`],
    ["Fleet", sidLink(delivery.fleet_sid)],
    ["To", html`${delivery.method} <bdi>${delivery.url}</bdi>`],
    ["Next attempt", time(delivery.next_attempt)],
    ["Idempotency token", html`<code>${delivery.idempotency_token}</code>`],
  ])}
  <h2>Parameters</h2>
  ${parameters(Object.fromEntries(new URLSearchParams(delivery.form)))}
  <h2>Attempts (${delivery.attempt_count})</h2>
  ${delivery.attempts.map((attempt, i) => attemptView(delivery, attempt, i === 0))}
  ${delivery.attempts_more ? html`<p class="dim">Older attempts are left out.</p>` : ""}`;

export const deliveries = {
  title: "Deliveries",
  events: /^(delivery|attempt)/,
  load: loadDeliveries,
  view: (data, { id }) => (id ? oneDelivery(data) : deliveryList(data)),
};
