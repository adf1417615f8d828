// SPDX-License-Identifier: MIT
// Sinks: receivers that are built in, and what came to them.
import { html, nothing } from "./lit.js";
import { call, get, part } from "./api.js";
import {
  act,
  block,
  button,
  confirm,
  copyButton,
  fold,
  form,
  hash,
  headerLines,
  link,
  parameters,
  pill,
  readJson,
  table,
  text,
  time,
} from "./parts.js";

async function loadSinks({ id }) {
  const { sinks: all } = await get("sinks");
  if (!id) return { all };
  const { requests } = await get(`sinks/${part(id)}/received`);
  return { sink: all.find(({ name }) => name === id), requests: requests.toReversed() };
}

const sinkList = ({ all }) => html`<h1>Sinks</h1>
  <p>Give a sink's URL to a Fleet or a Command, and look here at what came.</p>
  ${table(
    [
      { head: "Sink", cell: ({ name }) => link("sinks", name, text(name)) },
      { head: "URL", kind: "grow", cell: ({ url }) => text(url) },
      { head: "Received", kind: "number", cell: ({ received }) => received },
      { head: "", cell: ({ url }) => copyButton("Copy URL", () => url) },
    ],
    all,
    { key: ({ name }) => name },
  )}
  ${fold(
    "New sink",
    form(
      "sink",
      [
        { name: "name", label: "Name", required: true },
        {
          name: "answers",
          label: "Answers (JSON, the last one repeats)",
          kind: "area",
          value: "[]",
          placeholder: '[{"status": 500}, {"delay_ms": 2000}, {"status": 200}]',
        },
      ],
      "Make it",
      ({ name, answers }) => call("PUT", `sinks/${part(name)}`, { json: { answers: readJson(answers || "[]") } }),
      { done: "The sink is made" },
    ),
    all.length === 0,
  )}`;

const deleteSink = (name) =>
  confirm("Delete the sink", "What it received goes with it.", "Delete", () =>
    act(
      async () => {
        await call("DELETE", `sinks/${part(name)}`);
        location.hash = hash("sinks");
      },
      { done: "The sink is gone" },
    ),
  );

const receivedView = (
  request,
) => html`<div class="columns"><section><h3>Headers</h3>${block(headerLines(request.headers))}</section>
  <section><h3>Body</h3>${request.parameters ? parameters(request.parameters) : block(request.body)}</section></div>`;

const oneSink = ({ sink, requests }, id) => html`<h1><bdi>${id}</bdi></h1>
  <div class="row">${link("sinks", "", "All sinks")} <code><bdi>${sink?.url}</bdi></code> ${button("Delete", () => deleteSink(id), { kind: "danger" })}</div>
  ${requests.map((request) => fold(html`${time(request.at)} ${text(request.method)} ${pill(request.signature_valid ? "valid signature" : "invalid signature", request.signature_valid ? "good" : "bad")} answered ${request.answered_status}, ${request.body_bytes} bytes`, receivedView(request)))}
  ${requests.length ? nothing : html`<p class="empty">Nothing came yet.</p>`}`;

export const sinks = {
  title: "Sinks",
  events: /^(attempt|delivery|sink)/,
  load: loadSinks,
  view: (data, { id }) => (id ? oneSink(data, id) : sinkList(data)),
};
