// SPDX-License-Identifier: MIT
// Sims: the list, and one of them, which is a device in your hand.
import { html } from "./lit.js";
import { call, get, part } from "./api.js";
import { usageChart } from "./chart.js";
import {
  PAGE_SIZE,
  act,
  button,
  bytes,
  changed,
  choices,
  createdColumn,
  facts,
  filters,
  fold,
  form,
  link,
  none,
  pager,
  pill,
  recordLink,
  sidLink,
  table,
  text,
  time,
} from "./parts.js";

const STATUSES = ["new", "ready", "active", "inactive", "scheduled"];
const TRANSCRIPT = 30; // messages of each kind
const MB = 1_000_000;

const loadFleets = async () => (await get("v1/Fleets", { PageSize: 1000 })).fleets;

async function loadSimScreen({ id, query }) {
  if (id) return loadSim(id);
  const [page, fleets] = await Promise.all([
    get("v1/Sims", { PageSize: PAGE_SIZE, ...Object.fromEntries(query) }),
    loadFleets(),
  ]);
  return { page, fleets };
}

async function loadSim(id) {
  const [sim, device, clock, fleets] = await Promise.all([
    get(`v1/Sims/${part(id)}`),
    get(`sims/${part(id)}`),
    get("clock"),
    loadFleets(),
  ]);
  const of = { Sim: sim.sid, PageSize: TRANSCRIPT };
  const [usage, sms, ip] = await Promise.all([
    device.period
      ? get("v1/UsageRecords", {
          Sim: sim.sid,
          Granularity: "day",
          StartTime: `${device.period.start_time.slice(0, 10)}T00:00:00Z`,
          PageSize: 100,
        })
      : { usage_records: [] },
    get("v1/SmsCommands", of),
    get("v1/IpCommands", of),
  ]);
  const commands = [...sms.sms_commands, ...ip.ip_commands].sort((a, b) =>
    a.date_created.localeCompare(b.date_created),
  );
  return { sim, device, clock, fleets, commands, usage: usage.usage_records };
}

// ── the list ────────────────────────────────────────────────────────────────────────────────────

const registerFields = [
  { name: "Iccid", label: "ICCID", required: true, placeholder: "89883070000123456789" },
  { name: "RegistrationCode", label: "Registration code", required: true, placeholder: "H3LL0W0RLD" },
];

const simList = ({ page, fleets }) => html`<h1>Sims</h1>
  ${filters("sims", [
    { name: "Status", options: [["", "any"], ...STATUSES.map((status) => [status])] },
    { name: "Fleet", options: choices(fleets, "any") },
    { name: "Iccid", label: "ICCID" },
  ])}
  ${table(
    [
      { head: "Sim", cell: (sim) => recordLink("sims", sim) },
      { head: "Status", cell: ({ status }) => pill(status) },
      {
        head: "Fleet",
        cell: ({ fleet_sid: sid }) =>
          sid ? link("fleets", sid, text(fleets.find((fleet) => fleet.sid === sid)?.unique_name ?? sid)) : none,
      },
      { head: "ICCID", kind: "wide", cell: ({ iccid }) => html`<code>${iccid}</code>` },
      createdColumn,
    ],
    page.sims,
  )}
  ${pager("sims", page.meta)}
  ${fold("Register a Sim", html`${form("register", registerFields, "Register", (given) => call("POST", "v1/Sims", { form: given }), { done: "The Sim is registered" })}`)}`;

// ── one ─────────────────────────────────────────────────────────────────────────────────────────

const changeSim = (sim, given, done) => act(() => call("POST", `v1/Sims/${sim.sid}`, { form: given }), { done });
const deviceCall = (sim, verb, json = {}) => call("POST", `sims/${sim.sid}/${verb}`, { json });

const simFields = (sim, fleets) => [
  { name: "UniqueName", label: "Unique name", value: sim.unique_name },
  { name: "Fleet", value: sim.fleet_sid, options: choices(fleets, "none") },
  { name: "Status", options: [["", "as it is"], ["ready"], ["active"], ["inactive"]] },
  { name: "CallbackUrl", label: "Callback URL" },
];

const simForm = (sim, fleets) =>
  form(
    `sim ${sim.sid}`,
    simFields(sim, fleets),
    "Save",
    (given) => call("POST", `v1/Sims/${sim.sid}`, { form: changed(given, simFields(sim, fleets)) }),
    { done: "Saved" },
  );

/** When a Sim that used its limit up gets data again, as far as anybody knows. */
const unblocked = ({ blocked, period }) => (blocked ? html`${time(period.end_time)}, or by a higher limit` : none);

const devicePanel = ({ sim, device: it, clock }) => html`<section class="card">
  <h2>The device</h2>
  <div class="row">
    ${it.attached ? button("Detach", () => act(() => deviceCall(sim, "detach"), { done: "Out of reach" })) : button("Attach", () => act(() => deviceCall(sim, "attach"), { done: "Attached" }))}
    ${sim.status === "active" ? button("Deactivate", () => changeSim(sim, { Status: "inactive" }, "It will be inactive")) : button("Activate", () => changeSim(sim, { Status: "active" }, "It will be active"))}
  </div>
  ${facts([
    [
      "Status",
      html`${pill(sim.status)} ${it.pending_status ? html`→ ${pill(it.pending_status)} ${clock.next_due?.sid === sim.sid ? html`at ${time(clock.next_due.at)}` : ""}` : ""}`,
    ],
    ["In reach", it.attached ? pill("attached", "good") : pill("detached", "bad")],
    [
      "Address",
      html`<code>${it.ip_address ?? "–"}</code>${it.device_udp ? html` at <code>${it.device_udp}</code>` : ""}`,
    ],
    ["Network", sidLink(it.network_sid)],
    [
      "Period",
      it.period ? html`${it.period.type}, ${time(it.period.start_time)} to ${time(it.period.end_time)}` : none,
    ],
    [
      "Used",
      html`${bytes(it.period?.data_total ?? 0)} of ${it.data_limit === null ? "no limit" : `${it.data_limit} MB`}`,
    ],
    ["Data", it.blocked ? html`${pill("blocked")} since ${time(it.blocked_since)}` : pill("ok")],
    it.blocked && ["Unblocked", unblocked(it)],
  ])}
</section>`;

const DATA_UNITS = [
  ["1", "bytes"],
  ["1000", "kB"],
  ["1000000", "MB"],
  ["1000000000", "GB"],
];

const moveData = (sim) =>
  form(
    "data",
    [
      { name: "up", label: "Up", kind: "number", min: 0, value: "0" },
      { name: "down", label: "Down", kind: "number", min: 0, value: "10" },
      { name: "unit", label: "Unit", value: "1000000", options: DATA_UNITS },
    ],
    "Move data",
    ({ up, down, unit }) =>
      deviceCall(sim, "usage", { data_upload: Math.round(up * unit), data_download: Math.round(down * unit) }),
    { done: "Moved", reset: false },
  );

const sendSms = (sim) =>
  form(
    "sms",
    [{ name: "payload", label: "SMS from the device", required: true }],
    "Send",
    ({ payload }) => deviceCall(sim, "sms-commands", { payload }),
    { done: sentWords },
  );

const sendIp = (sim) =>
  form(
    "ip",
    [
      { name: "payload", label: "Datagram from the device", required: true },
      {
        name: "as",
        label: "It is",
        options: [
          ["payload_text", "text"],
          ["payload", "base64"],
        ],
      },
      { name: "device_port", label: "Port", kind: "number", min: 0, max: 65535, value: "0" },
    ],
    "Send",
    ({ payload, as, device_port: port }) =>
      deviceCall(sim, "ip-commands", { [as]: payload, device_port: Number(port) }),
    { done: sentWords },
  );

const sentWords = ({ delivery }) =>
  delivery ? "Sent, and its webhook is on its way" : "Sent. The Fleet has no URL for it";

/** What your server sends: Twilio's own calls. */
const toDevice = (sim) =>
  form(
    "to device",
    [
      { name: "Payload", label: "To the device", required: true },
      {
        name: "as",
        label: "By",
        options: [
          ["SmsCommands", "SMS"],
          ["IpCommands", "IP"],
        ],
      },
      { name: "DevicePort", label: "Port (IP)", kind: "number", min: 1, max: 65535, value: "5000" },
    ],
    "Send",
    ({ Payload, as, DevicePort }) =>
      call("POST", `v1/${as}`, { form: { Sim: sim.sid, Payload, ...(as === "IpCommands" ? { DevicePort } : {}) } }),
    { done: "Queued" },
  );

/** A payload of bytes as text, where it is one. */
function readable({ payload, payload_type: type }) {
  if (type !== "binary") return payload;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(
      Uint8Array.from(atob(payload), (byte) => byte.charCodeAt(0)),
    );
  } catch {
    return payload;
  }
}

const transcript = (commands) => html`<section class="card"><h2>Commands</h2>
  ${
    commands.length === 0
      ? html`<p class="empty">None yet.</p>`
      : html`<ol class="transcript" tabindex="0">${commands.map(
          (command) => html`
    <li class=${command.direction}><bdi>${readable(command)}</bdi>
      <span class="dim">${command.sid.startsWith("HC") ? "SMS" : `IP ${command.device_port ?? ""}`} ${command.direction === "from_sim" ? "from" : "to"} the device ${time(command.date_created)} ${pill(command.status)}</span></li>`,
        )}</ol>`
  }
</section>`;

const oneSim = (data) => html`<h1><bdi>${data.sim.unique_name ?? data.sim.iccid}</bdi></h1>
  <div class="row">${link("sims", "", "All Sims")} ${data.sim.fleet_sid ? link("fleets", data.sim.fleet_sid, "Its Fleet") : ""} <code>${data.sim.sid}</code> <code>${data.sim.iccid}</code></div>
  <div class="columns">
    <div>${devicePanel(data)}
      <section class="card"><h2>Do as the device</h2>${sendSms(data.sim)}${sendIp(data.sim)}${moveData(data.sim)}</section></div>
    <div>${transcript(data.commands)}<section class="card"><h2>Do as your server</h2>${toDevice(data.sim)}${fold("Change the Sim", simForm(data.sim, data.fleets))}</section></div>
  </div>
  <h2>Usage by day</h2>
  ${usageChart(data.device, data.usage, data.device.data_limit === null ? null : data.device.data_limit * MB, data.clock.now)}`;

export const sims = {
  title: "Sims",
  events: /^(sim|command|fleet|clock|usage)/,
  load: loadSimScreen,
  view: (data, { id }) => (id ? oneSim(data) : simList(data)),
};
