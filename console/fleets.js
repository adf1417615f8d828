// SPDX-License-Identifier: MIT
// Fleets: the list, and one of them. Deleting one is what Twilio's Console can and its API cannot.
import { html } from "./lit.js";
import { Refusal, call, filled, get, part } from "./api.js";
import {
  PAGE_SIZE,
  button,
  changed,
  choices,
  closeDialog,
  createdColumn,
  facts,
  filters,
  fold,
  form,
  hash,
  link,
  openDialog,
  pager,
  pill,
  recordLink,
  refusal,
  say,
  sidLink,
  table,
  text,
  time,
} from "./parts.js";
import { state, ui } from "./state.js";

const YES_NO = [
  ["true", "yes"],
  ["false", "no"],
];
const METHODS = [["POST"], ["GET"]];

/** Fields of Twilio's forms, as `fleet` has them; without one, as a new one begins. */
const fleetFields = (profiles, fleet) => [
  { name: "UniqueName", label: "Unique name", value: fleet?.unique_name },
  {
    name: "NetworkAccessProfile",
    label: "Network Access Profile",
    required: true,
    value: fleet?.network_access_profile_sid,
    options: choices(profiles),
  },
  { name: "DataLimit", label: "Data limit (MB)", kind: "number", min: 1, value: fleet?.data_limit },
  { name: "SmsCommandsUrl", label: "SMS Commands URL", value: fleet?.sms_commands_url },
  { name: "SmsCommandsMethod", label: "SMS method", value: fleet?.sms_commands_method, options: METHODS },
  { name: "IpCommandsUrl", label: "IP Commands URL", value: fleet?.ip_commands_url },
  { name: "IpCommandsMethod", label: "IP method", value: fleet?.ip_commands_method, options: METHODS },
  ...(fleet
    ? []
    : [
        { name: "DataEnabled", label: "Data", options: YES_NO, value: "true" },
        { name: "SmsCommandsEnabled", label: "SMS Commands", options: [["", "as by default"], ...YES_NO] },
      ]),
];

const onOff = (on) => (on ? pill("on", "good") : pill("off"));

const loadProfiles = async () => (await get("v1/NetworkAccessProfiles", { PageSize: 1000 })).network_access_profiles;

async function loadFleetScreen({ id, query }) {
  if (id) {
    const [fleet, profiles] = await Promise.all([get(`v1/Fleets/${part(id)}`), loadProfiles()]);
    const sims = await get("v1/Sims", { Fleet: fleet.sid, PageSize: 5 });
    return { fleet, profiles, sims };
  }
  const [page, profiles] = await Promise.all([
    get("v1/Fleets", { PageSize: PAGE_SIZE, ...Object.fromEntries(query) }),
    loadProfiles(),
  ]);
  return { page, profiles };
}

// ── the list ────────────────────────────────────────────────────────────────────────────────────

const profileName = (profiles, sid) =>
  profiles.find((profile) => profile.sid === sid)?.unique_name ?? sid.slice(0, 8) + "…";

const newFleet = (profiles) =>
  profiles.length === 0
    ? html`<p class="empty">A Fleet needs a Network Access Profile. ${link("profiles", "", "Make one")}</p>`
    : form(
        "new fleet",
        fleetFields(profiles),
        "Create the Fleet",
        (given) => call("POST", "v1/Fleets", { form: filled(given) }),
        { done: "The Fleet is created" },
      );

const fleetList = ({ page, profiles }) => html`<h1>Fleets</h1>
  ${filters("fleets", [{ name: "NetworkAccessProfile", label: "Network Access Profile", options: choices(profiles, "any") }])}
  ${table(
    [
      { head: "Fleet", cell: (fleet) => recordLink("fleets", fleet) },
      {
        head: "Profile",
        kind: "wide",
        cell: ({ network_access_profile_sid: sid }) => link("profiles", sid, profileName(profiles, sid)),
      },
      { head: "Data", cell: ({ data_enabled: on, data_limit: limit }) => (on ? `${limit} MB` : onOff(on)) },
      { head: "SMS", cell: ({ sms_commands_enabled: on }) => onOff(on) },
      { head: "SMS webhooks", kind: "wide", cell: ({ sms_commands_url: url }) => text(url) },
      { head: "IP webhooks", kind: "wide", cell: ({ ip_commands_url: url }) => text(url) },
      createdColumn,
    ],
    page.fleets,
  )}
  ${pager("fleets", page.meta)}
  ${fold("New Fleet", newFleet(profiles))}`;

// ── one ─────────────────────────────────────────────────────────────────────────────────────────

/** Asks for the Fleet's name, as Twilio's Console does, and shows why a Fleet in use stays. */
function deleteDialog(fleet) {
  const names = [fleet.unique_name, fleet.sid].filter(Boolean);
  const remove = async (event) => {
    event.preventDefault();
    try {
      await call("DELETE", `fleets/${part(fleet.sid)}`);
      closeDialog();
      location.hash = hash("fleets");
      say("The Fleet is deleted");
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      ui({ refused: error });
    }
  };
  ui({ typed: "", refused: null });
  openDialog({
    title: "Delete Fleet",
    view: () => html`<form class="form" @submit=${remove}>
      <p>Fleet <strong><bdi>${names[0]}</bdi></strong> goes for good, with its data limit and webhook URLs. Its usage records stay. No Sim may be assigned to it.</p>
      <label class="all"><span>Type <code><bdi>${names[0]}</bdi></code> or its SID</span>
        <input name="name" autocomplete="off" spellcheck="false" autofocus @input=${(event) => ui({ typed: event.target.value })} /></label>
      ${
        state.ui.refused
          ? html`${refusal(state.ui.refused)}
        ${state.ui.refused.status === 409 ? html`<p>${link("sims", "", "Look at these Sims", { Fleet: fleet.sid })}</p>` : ""}`
          : ""
      }
      <div class="row"><button class="danger" ?disabled=${!names.includes(state.ui.typed)}>Delete the Fleet</button>${button("Cancel", closeDialog)}</div>
    </form>`,
  });
}

const oneFleet = ({ fleet, profiles, sims }) => html`<h1><bdi>${fleet.unique_name ?? fleet.sid}</bdi></h1>
  <div class="row">${link("fleets", "", "All Fleets")} ${link("sims", "", "Its Sims", { Fleet: fleet.sid })} ${link("deliveries", "", "Its webhooks", { fleet: fleet.sid })}
    ${button("Delete Fleet …", () => deleteDialog(fleet), { kind: "danger" })}</div>
  ${facts([
    ["SID", html`<code>${fleet.sid}</code>`],
    ["Data", onOff(fleet.data_enabled)],
    ["SMS Commands", onOff(fleet.sms_commands_enabled)],
    ["Profile", sidLink(fleet.network_access_profile_sid)],
    ["Created", time(fleet.date_created)],
    ["Updated", time(fleet.date_updated)],
  ])}
  <h2>Change it</h2>
  ${form(`fleet ${fleet.sid}`, fleetFields(profiles, fleet), "Save", (given) => call("POST", `v1/Fleets/${fleet.sid}`, { form: changed(given, fleetFields(profiles, fleet)) }), { done: "Saved", reset: false })}
  <h2>Sims</h2>
  ${table(
    [
      { head: "Sim", cell: (sim) => recordLink("sims", sim) },
      { head: "Status", cell: ({ status }) => pill(status) },
      { head: "ICCID", kind: "wide", cell: ({ iccid }) => html`<code>${iccid}</code>` },
    ],
    sims.sims,
  )}`;

/** A Fleet that was deleted, here or elsewhere, is shown no longer. */
function takeFleet({ type, data: { sid } }, data) {
  const isGone = type === "fleet.deleted" && sid === data?.fleet?.sid;
  if (isGone) location.hash = hash("fleets");
  return isGone;
}

export const fleets = {
  title: "Fleets",
  events: /^(fleet|network)/,
  load: loadFleetScreen,
  take: takeFleet,
  view: (data, { id }) => (id ? oneFleet(data) : fleetList(data)),
};
