// SPDX-License-Identifier: MIT
// Lists of Twilio's that need little more than to be shown: Network Access Profiles, Networks, eSIM
// Profiles and Settings Updates, each with what can be done to it.
import { html, nothing } from "./lit.js";
import { call, filled, get, part } from "./api.js";
import {
  PAGE_SIZE,
  act,
  button,
  createdColumn,
  facts,
  filters,
  fold,
  form,
  link,
  pager,
  pill,
  recordLink,
  shortSid,
  sidLink,
  table,
  text,
  time,
} from "./parts.js";

/** A screen that is one of Twilio's lists. `more` is what stands below it; `one` shows a record. */
function listScreen({ title, name, path, key, events, columns, search = [], more = () => nothing, one }) {
  return {
    title,
    events,
    load: ({ id, query }) =>
      id && one ? one.load(id) : get(`v1/${path}`, { PageSize: PAGE_SIZE, ...Object.fromEntries(query) }),
    view: (data, { id }) =>
      id && one
        ? one.view(data)
        : html`<h1>${title}</h1>
          ${search.length ? filters(name, search) : ""}
          ${table(columns, data[key])}
          ${pager(name, data.meta)}
          ${more(data)}`,
  };
}

// ── Network Access Profiles ─────────────────────────────────────────────────────────────────────

const profilePath = (sid) => `v1/NetworkAccessProfiles/${part(sid)}`;

export const profiles = listScreen({
  title: "Network Access Profiles",
  name: "profiles",
  path: "NetworkAccessProfiles",
  key: "network_access_profiles",
  events: /^network/,
  columns: [
    { head: "Profile", cell: (profile) => recordLink("profiles", profile) },
    { head: "SID", kind: "wide", cell: ({ sid }) => shortSid(sid) },
    createdColumn,
  ],
  more: () =>
    fold(
      "New profile",
      form(
        "profile",
        [
          { name: "UniqueName", label: "Unique name" },
          { name: "Networks", label: "Network (SID)", placeholder: "HW…" },
        ],
        "Create the profile",
        (given) => call("POST", "v1/NetworkAccessProfiles", { form: filled(given) }),
        { done: "The profile is created" },
      ),
    ),
  one: {
    async load(id) {
      const [profile, networks] = await Promise.all([
        get(profilePath(id)),
        get(`${profilePath(id)}/Networks`, { PageSize: 1000 }),
      ]);
      return { profile, networks: networks.networks };
    },
    view: ({ profile, networks: listed }) => html`<h1><bdi>${profile.unique_name ?? profile.sid}</bdi></h1>
      <div class="row">${link("profiles", "", "All profiles")} ${link("fleets", "", "Its Fleets", { NetworkAccessProfile: profile.sid })}</div>
      ${facts([
        ["SID", html`<code>${profile.sid}</code>`],
        ["Created", time(profile.date_created)],
      ])}
      ${form("rename", [{ name: "UniqueName", label: "Unique name", value: profile.unique_name }], "Rename", (given) => call("POST", profilePath(profile.sid), { form: given }), { done: "Renamed", reset: false })}
      <h2>Networks</h2>
      ${table(
        [
          { head: "Network", cell: ({ friendly_name: name }) => text(name) },
          { head: "Country", cell: ({ iso_country: country }) => country },
          { head: "SID", kind: "wide", cell: ({ sid }) => shortSid(sid) },
          {
            head: "",
            cell: ({ sid }) =>
              button(
                "Remove",
                () => act(() => call("DELETE", `${profilePath(profile.sid)}/Networks/${sid}`), { done: "Removed" }),
                { kind: "quiet" },
              ),
          },
        ],
        listed,
      )}
      ${form("network", [{ name: "Network", label: "Network (SID)", placeholder: "HW…", required: true }], "Add", (given) => call("POST", `${profilePath(profile.sid)}/Networks`, { form: given }), { done: "Added" })}`,
  },
});

// ── Networks ────────────────────────────────────────────────────────────────────────────────────

export const networks = listScreen({
  title: "Networks",
  name: "networks",
  path: "Networks",
  key: "networks",
  events: /^$/,
  search: [
    { name: "IsoCountry", label: "Country (ISO)", placeholder: "DE" },
    { name: "Mcc", label: "MCC" },
    { name: "Mnc", label: "MNC" },
  ],
  columns: [
    { head: "Network", cell: ({ friendly_name: name }) => text(name) },
    { head: "Country", cell: ({ iso_country: country }) => country },
    { head: "MCC MNC", cell: ({ identifiers }) => identifiers.map(({ mcc, mnc }) => `${mcc} ${mnc}`).join(", ") },
    { head: "SID", cell: ({ sid }) => html`<code>${sid}</code>` },
  ],
});

// ── eSIM Profiles ───────────────────────────────────────────────────────────────────────────────

const ESIM_STEPS = [
  ["download", "available"],
  ["install", "downloaded"],
  ["fail", "reserving available downloaded"],
];

const esimStep = (sid, verb) => act(() => call("POST", `esim-profiles/${sid}/${verb}`), { done: `${verb}: done` });

export const esims = listScreen({
  title: "eSIM Profiles",
  name: "esims",
  path: "ESimProfiles",
  key: "esim_profiles",
  events: /^(esim|clock|sim)/,
  search: [
    {
      name: "Status",
      options: [
        ["", "any"],
        ...["new", "reserving", "available", "downloaded", "installed", "failed"].map((status) => [status]),
      ],
    },
    { name: "Eid", label: "EID" },
  ],
  columns: [
    { head: "Profile", cell: ({ sid }) => shortSid(sid) },
    { head: "Status", cell: ({ status, error_code: code }) => html`${pill(status)} ${code ?? nothing}` },
    { head: "EID", cell: ({ eid }) => html`<code>${eid}</code>` },
    { head: "Sim", cell: ({ sim_sid: sid }) => sidLink(sid) },
    createdColumn,
    {
      head: "Do as the device",
      cell: ({ sid, status }) =>
        ESIM_STEPS.filter(([, when]) => when.split(" ").includes(status)).map(([verb]) =>
          button(verb, () => esimStep(sid, verb), { kind: "quiet" }),
        ),
    },
  ],
  more: () =>
    fold(
      "New eSIM Profile",
      form(
        "esim",
        [
          { name: "Eid", label: "EID (32 digits)", required: true, placeholder: "89033023422222222222222222222222" },
          { name: "CallbackUrl", label: "Callback URL" },
        ],
        "Create it",
        (given) => call("POST", "v1/ESimProfiles", { form: filled(given) }),
        { done: "The eSIM Profile is reserved" },
      ),
    ),
});

// ── Settings Updates ────────────────────────────────────────────────────────────────────────────

export const updates = listScreen({
  title: "Settings Updates",
  name: "updates",
  path: "SettingsUpdates",
  key: "settings_updates",
  events: /^(settings|clock|sim)/,
  search: [
    { name: "Sim", label: "Sim (SID)" },
    {
      name: "Status",
      options: [["", "any"], ...["scheduled", "in-progress", "successful", "failed"].map((status) => [status])],
    },
  ],
  columns: [
    { head: "Update", cell: ({ sid }) => shortSid(sid) },
    { head: "Status", cell: ({ status }) => pill(status) },
    {
      head: "Packages",
      cell: ({ packages }) => text(packages.map(({ name, version }) => `${name} ${version}`).join(", ")),
    },
    { head: "Sim", cell: ({ sim_sid: sid }) => sidLink(sid) },
    createdColumn,
    { head: "Completed", kind: "wide", cell: ({ date_completed: at }) => time(at) },
  ],
  more: () =>
    fold(
      "Schedule one",
      form(
        "update",
        [
          { name: "sim", label: "Sim (SID or name)", required: true },
          { name: "name", label: "Package", placeholder: "base-settings" },
          { name: "version", label: "Version", placeholder: "1.0" },
        ],
        "Schedule",
        ({ sim, name, version }) =>
          call("POST", `sims/${part(sim)}/settings-updates`, { json: name ? { packages: [{ name, version }] } : {} }),
        { done: "It is scheduled" },
      ),
    ),
});
