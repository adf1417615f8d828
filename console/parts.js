// SPDX-License-Identifier: MIT
// Pieces that screens are made of.
import { html, nothing, repeat } from "./lit.js";
import { Refusal, curlOfCall } from "./api.js";
import { state, ui, update } from "./state.js";

export const PAGE_SIZE = 50; // of Twilio's lists

// ── texts ───────────────────────────────────────────────────────────────────────────────────────

const KINDS = {
  good: "active delivered received successful installed available live valid ok",
  wait: "new ready scheduled pending queued sent reserving in-progress downloaded real frozen scaled connecting",
  bad: "failed blocked invalid reconnecting",
};

const kindOf = (word) => Object.keys(KINDS).find((kind) => KINDS[kind].split(" ").includes(word)) ?? "plain";

/** What stands where there is nothing. */
export const none = html`<span class="dim">–</span>`;

/** A word of state. Its colour helps, the word tells. */
export const pill = (word, kind = kindOf(word)) => html`<span class="pill ${kind}">${word}</span>`;

/** The status of an answer. */
export const statusPill = (status) =>
  pill(status, status < 300 ? "good" : status < 400 ? "plain" : status < 500 ? "wait" : "bad");

/** "2026-03-01T09:00:00Z" for people. All times are UTC. */
export const time = (iso) =>
  iso ? html`<time datetime=${iso} title="${iso} (UTC)">${iso.slice(0, 19).replace("T", " ")}</time>` : none;

const SCALES = ["B", "kB", "MB", "GB", "TB"];

/** Decimal units, as data limits have them. */
export function bytes(count) {
  const power = count < 1000 ? 0 : Math.min(Math.floor(Math.log10(count) / 3), SCALES.length - 1);
  const value = count / 1000 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${SCALES[power]}`;
}

export const duration = (us) =>
  us >= 1e6 ? `${(us / 1e6).toFixed(2)} s` : us >= 1000 ? `${(us / 1000).toFixed(1)} ms` : `${us} µs`;

/** A SID, shortened where it is not the point. Some begin with a moment, so their ends tell them apart. */
export const shortSid = (sid) => (sid ? html`<code title=${sid}>${sid.slice(0, 2)}…${sid.slice(-8)}</code>` : none);

/** Text of others: never more than fits on a line or two, and written in its own direction. */
export const text = (value) => (value ? html`<bdi class="text" title=${value}>${value}</bdi>` : none);

/** Names and values that others chose. */
export const parameters = (object) =>
  facts(Object.entries(object).map(([name, value]) => [html`<bdi>${name}</bdi>`, html`<bdi>${value}</bdi>`]));

/** Headers as a text, as they are written. */
export const headerLines = (headers) =>
  Object.entries(headers)
    .map((pair) => pair.join(": "))
    .join("\n");

/** What of a form's values differs from what its fields had. An empty text takes a value away. */
export const changed = (given, fields) =>
  Object.fromEntries(
    fields
      .map(({ name, value }) => [name, String(value ?? "")])
      .filter(([name, value]) => given[name] !== value)
      .map(([name]) => [name, given[name]]),
  );

/** A longer text of others, whole. */
export const block = (value) => html`<pre tabindex="0"><bdi>${value}</bdi></pre>`;

// ── ways ────────────────────────────────────────────────────────────────────────────────────────

/** The address of a screen, for the account that is shown. */
export function hash(screen, id = "", query = {}, account = state.route.account) {
  const search = new URLSearchParams(query).toString();
  return `#/${[account, screen, id].filter(Boolean).map(encodeURIComponent).join("/")}${search ? `?${search}` : ""}`;
}

export const link = (screen, id, content, query) => html`<a href=${hash(screen, id, query)}>${content}</a>`;

/** A record's name, or its SID, leading to it. */
export const recordLink = (screen, { sid, unique_name: name }) => link(screen, sid, name ? text(name) : shortSid(sid));

const SCREEN_OF = {
  HF: "fleets",
  HS: "sims",
  HA: "profiles",
  WD: "deliveries",
  HP: "esims",
  OB: "updates",
  RQ: "requests",
};

/** A SID that leads to what it is of. */
export const sidLink = (sid) =>
  sid && SCREEN_OF[sid.slice(0, 2)] ? link(SCREEN_OF[sid.slice(0, 2)], sid, shortSid(sid)) : shortSid(sid);

/** What an account's clock has before it. */
export const dueNext = ({ next_due: due }) =>
  due ? html`${due.kind.replaceAll("_", " ")} of ${sidLink(due.sid)} at ${time(due.at)}` : "nothing";

// ── doing ───────────────────────────────────────────────────────────────────────────────────────

let toastTimer = 0;

/** Says something in passing, also to who listens to the page. */
export function say(message, kind = "good") {
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => update({ toast: null }), 6000);
  update({ toast: { message, kind } });
}

let again = async () => {};

/** Says what loads the screen again. */
export function reloadWith(function_) {
  again = function_;
}

/** Does something, then shows what came of it. What was refused is told at `form`, or in passing. */
export async function act(action, { done, form } = {}) {
  const way = location.hash;
  try {
    const result = await action();
    if (form) ui({ [`error of ${form}`]: null });
    if (location.hash === way) await again(); // another screen loads itself
    if (done) say(typeof done === "function" ? done(result) : done);
    return result;
  } catch (error) {
    if (!(error instanceof Refusal)) say(`The server was not reached: ${error.message}`, "bad");
    else if (form) ui({ [`error of ${form}`]: error });
    else say([error.message, error.hint].filter(Boolean).join(" – "), "bad");
    return undefined;
  }
}

export const button = (label, action, { kind = "", disabled = false } = {}) =>
  html`<button type="button" class=${kind} ?disabled=${disabled} @click=${action}>${label}</button>`;

/** Copies what `make` gives. Where the browser refuses, it is shown to be copied. */
export const copyButton = (label, make) =>
  button(
    label,
    async () => {
      const copied = await make();
      try {
        await navigator.clipboard.writeText(copied);
        say("Copied");
      } catch {
        openDialog({ title: label, view: () => block(copied) });
      }
    },
    { kind: "quiet" },
  );

// ── refusals ────────────────────────────────────────────────────────────────────────────────────

/** Twilio's own words, its code, and what would help. */
export const refusal = (error) => html`<span class="refusal" role="alert">
  ${error.code ? html`<a href=${error.more ?? `https://www.twilio.com/docs/errors/${error.code}`}>${error.code}</a> ` : ""}<bdi>${error.message}</bdi>
  ${error.hint ? html`<span class="hint"><bdi>${error.hint}</bdi></span>` : ""}
</span>`;

const letters = (words) =>
  String(words ?? "")
    .toLowerCase()
    .replaceAll(/[^a-z]/g, "");

/** Which of a form's fields an error is about: the one that it names, however it spells it. */
function fieldOf(error, names) {
  const said = letters(error.field) + letters(error.message) + letters(error.hint?.split(":")[0]);
  return names.filter((name) => said.includes(letters(name))).sort((a, b) => b.length - a.length)[0];
}

// ── forms ───────────────────────────────────────────────────────────────────────────────────────

function control({ name, kind = "text", value = "", options, ...more }) {
  const { required = false, placeholder, min, max } = more;
  if (options)
    return html`<select name=${name} ?required=${required}>
      ${options.map(([key, label = key]) => html`<option value=${key} ?selected=${String(key) === String(value)}>${label}</option>`)}
    </select>`;
  if (kind === "area")
    return html`<textarea name=${name} rows="5" spellcheck="false" ?required=${required} placeholder=${placeholder ?? nothing} .defaultValue=${value}></textarea>`;
  return html`<input name=${name} type=${kind} ?required=${required} placeholder=${placeholder ?? nothing}
    min=${min ?? nothing} max=${max ?? nothing} step="any"
    autocomplete="off" spellcheck="false" .defaultValue=${value ?? ""} />`;
}

/**
 * A form of `fields`: {name, label, kind, value, options, …}. `send` gets what was given; what the
 * server refuses is shown under the field that it is about.
 */
export function form(id, fields, label, send, { done, kind = "primary", reset = true } = {}) {
  const error = state.ui[`error of ${id}`];
  const wrong =
    error &&
    fieldOf(
      error,
      fields.map(({ name }) => name),
    );
  const submit = async (event) => {
    event.preventDefault();
    const element = event.target;
    const result = await act(() => send(Object.fromEntries(new FormData(element))), { done, form: id });
    if (result !== undefined && reset) element.reset();
  };
  return html`<form class="form" @submit=${submit}>
    ${fields.map(
      (
        field,
      ) => html`<label class=${field.kind === "area" ? "all" : ""}><span>${field.label ?? field.name}</span>${control(field)}
      ${wrong === field.name ? refusal(error) : ""}</label>`,
    )}
    <div class="row"><button class=${kind}>${label}</button></div>
    ${error && !wrong ? refusal(error) : ""}
  </form>`;
}

/** Fields that narrow a list. They stand in the address, so that a list can be shared. */
export function filters(screen, fields) {
  const { query } = state.route;
  const apply = (event) => {
    event.preventDefault();
    const given = [...new FormData(event.currentTarget.closest("form"))].filter(([, value]) => value !== "");
    location.hash = hash(screen, "", Object.fromEntries(given));
  };
  return html`<form class="filters" role="search" @submit=${apply} @change=${apply}>
    ${fields.map((field, i) => html`<label><span>${field.label ?? field.name}</span>${control({ ...field, value: query.get(field.name) ?? "" })}${i === 0 ? html`<kbd>/</kbd>` : ""}</label>`)}
    <button class="quiet">Filter</button>
  </form>`;
}

/** JSON that was typed. What is none goes to the server as it is, which says what is wrong with it. */
export function readJson(typed) {
  try {
    return JSON.parse(typed);
  } catch {
    return typed;
  }
}

// ── lists ───────────────────────────────────────────────────────────────────────────────────────

/**
 * A table. `columns` are {head, cell, kind}: "number" is set flush right, "wide" left out where
 * there is no room. `open` gives what is shown below a row, or nothing.
 */
export function table(
  columns,
  rows,
  { key = (row) => row.sid, empty = "Nothing here yet.", open = () => nothing } = {},
) {
  if (rows.length === 0) return html`<p class="empty">${empty}</p>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${columns[0].head}><table>
    <thead><tr>${columns.map(({ head, kind }) => html`<th scope="col" class=${kind ?? ""}>${head}</th>`)}</tr></thead>
    <tbody>${repeat(rows, key, (row) => {
      const below = open(row);
      return html`<tr>${columns.map(({ cell, kind }) => html`<td class=${kind ?? ""}>${cell(row)}</td>`)}</tr>
        ${below === nothing ? nothing : html`<tr class="below"><td colspan=${columns.length}>${below}</td></tr>`}`;
    })}</tbody>
  </table></div>`;
}

export const createdColumn = { head: "Created", kind: "wide", cell: ({ date_created: at }) => time(at) };

/** Records to choose from, by their names. `nobody`: the words for no choice. */
export const choices = (records, nobody) => [
  ...(nobody ? [["", nobody]] : []),
  ...records.map(({ sid, unique_name: name }) => [sid, name ?? sid]),
];

/** The ways to the pages before and after one of Twilio's lists. */
export function pager(screen, meta) {
  const way = (label, url) => {
    if (!url) return nothing;
    const query = Object.fromEntries(new URL(url).searchParams);
    return html`<a class="button" href=${hash(screen, state.route.id, query)}>${label}</a>`;
  };
  return html`<nav class="row" aria-label="Pages">${way("Newer", meta.previous_page_url)}${way("Older", meta.next_page_url)}</nav>`;
}

/** Names and values. */
export const facts = (pairs) =>
  html`<dl>${pairs.filter(Boolean).map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;

/** A part of a screen that can be folded away; closed unless said otherwise. */
export const fold = (title, content, isOpen = false) =>
  html`<details ?open=${isOpen}><summary>${title}</summary>${content}</details>`;

// ── dialogs ─────────────────────────────────────────────────────────────────────────────────────

/** Shows a dialog: {title, view}. Escape closes it, as browsers do. */
export const openDialog = (dialog) => update({ dialog });
export const closeDialog = () => update({ dialog: null });

/** Asks before something is done that cannot be undone. */
export const confirm = (title, explanation, label, action) =>
  openDialog({
    title,
    view: () => html`<p>${explanation}</p>
      <div class="row">
        ${button(
          label,
          () => {
            closeDialog();
            action();
          },
          { kind: "danger" },
        )} ${button("Cancel", closeDialog)}
      </div>`,
  });

/** The calls that the screen made, as lines for a shell. */
export const calls = () =>
  fold(
    `Show the calls (${state.calls.length})`,
    html`<div class="calls">${block(state.calls.map(curlOfCall).join("\n"))}
  ${copyButton("Copy all", () => state.calls.map(curlOfCall).join("\n"))}</div>`,
  );
