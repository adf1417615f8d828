# SPDX-License-Identifier: MIT
"""A player of random operations on one account, and what it expects to see.

`Model` keeps plain dicts and lists of all that the account holds, changes them by the documented
rules, and compares them with every answer and, every few steps, with all that can be read. The
account's clock is frozen: time passes only when the model lets it.

A time is milliseconds since 1970. A record is a dict with the keys of its JSON; keys that begin
with `_` are not in its JSON.
"""
import base64
import calendar
import collections
import copy
import random
import re
import time
import urllib.parse

from http_client import Client
from networks import ATT

NAMES = ["alpha", "beta two", "gamma/δ", "epsilon+", "zeta"]
ICCIDS = [str(89883070000000000000 + number) for number in range(9)]
CODE = "H3LL0W0RLD"
EIDS = ["89049032000001000000000000000001", "89049032000001000000000000000002"]
PAYLOADS = ["on", "réglé à 5 %", "a=b&c+d", "x" * 150]

SECOND, HOUR, DAY = 1000, 3600 * 1000, 24 * 3600 * 1000
DELAY = 100                 # --transition-delay
LIMIT_DELAY = 300 * SECOND  # --data-limit-delay
SMS_LIFE = DAY              # how long attempts to deliver an SMS Command go on
MEGABYTE = 1000 * 1000

# The machine of a Sim's status: what an update may ask for. All else is refused with 83010.
MOVES = {("new", "ready"), ("new", "active"), ("new", "inactive"), ("ready", "active"),
         ("ready", "inactive"), ("active", "inactive"), ("inactive", "active")}
ON = ("ready", "active")
# What makes a ready Sim active by itself.
READY_BYTES, READY_SMS, READY_MONTHS = 250_000, 5, 3
PERIOD_MONTHS = {"ready": READY_MONTHS, "active": 1}

# What a device may do with an eSIM Profile, and from which statuses.
PROFILE_MOVES = {
    "download": ("downloaded", ["available"]),
    "install": ("installed", ["downloaded"]),
    "fail": ("failed", ["new", "reserving", "available", "downloaded"]),
}
SMDP_PLUS = "sm-dp-plus.example"

# Why a Sim or its device cannot do something.
OFF = "The Sim is neither ready nor active"
NO_SMS = "SMS Commands are not enabled for the Fleet"
NO_DATA = "Data is not enabled for the Fleet"
BLOCKED = "The Sim has used up its data limit"
AWAY = "The device is not attached to a network"

# The collections: key of the array, properties as shown, filters that lists take.
SHOWN = {
    "NetworkAccessProfiles": (
        "network_access_profiles", "unique_name sid account_sid date_created date_updated", []),
    "Fleets": (
        "fleets", "account_sid unique_name data_enabled data_limit data_metering date_created"
        " date_updated sms_commands_enabled sms_commands_method sms_commands_url"
        " ip_commands_method ip_commands_url network_access_profile_sid sid",
        [("NetworkAccessProfile", "network_access_profile_sid")]),
    "Sims": (
        "sims", "sid account_sid unique_name status fleet_sid iccid date_created date_updated",
        [("Status", "status"), ("Fleet", "fleet_sid"), ("Iccid", "iccid")]),
    "SmsCommands": (
        "sms_commands",
        "sid account_sid payload sim_sid status direction date_created date_updated",
        [("Sim", "sim_sid"), ("Status", "status"), ("Direction", "direction")]),
    "IpCommands": (
        "ip_commands", "sid account_sid sim_sid sim_iccid status direction device_ip device_port"
        " payload_type payload date_created date_updated",
        [("Sim", "sim_sid"), ("SimIccid", "sim_iccid"), ("Status", "status"),
         ("Direction", "direction")]),
    "ESimProfiles": (
        "esim_profiles", "sid account_sid iccid sim_sid status eid smdp_plus_address matching_id"
        " activation_code error_code error_message date_created date_updated",
        [("Eid", "eid"), ("SimSid", "sim_sid"), ("Status", "status")]),
    "SettingsUpdates": (
        "settings_updates",
        "sid iccid sim_sid status packages date_completed date_created date_updated",
        [("Sim", "sim_sid"), ("Status", "status")]),
}
LINKS = {
    "NetworkAccessProfiles": {"networks": "Networks"},
    "Sims": {"billing_periods": "BillingPeriods", "sim_ip_addresses": "IpAddresses"},
}
REFERENCES = {"network_access_profile_sid": "NetworkAccessProfiles", "fleet_sid": "Fleets",
              "sim_sid": "Sims"}
TIMES = ("date_created", "date_updated", "date_completed")
PREFIXES = {"NetworkAccessProfiles": "HA", "Fleets": "HF", "Sims": "HS", "SmsCommands": "HC",
            "IpCommands": "HG", "ESimProfiles": "HP", "SettingsUpdates": "OB"}

# What is played, and how often.
OPERATIONS = {
    "make_profile": 2, "change_profile": 2, "add_network": 2, "remove_network": 2,
    "make_fleet": 4, "change_fleet": 6, "delete_fleet": 2,
    "register": 6, "change_sim": 22, "switch_sim": 12, "attach": 4, "detach": 3,
    "send_sms": 10, "send_ip": 7, "hear_sms": 8, "hear_ip": 5, "chat": 2,
    "use_data": 12, "generate_usage": 5, "ask_for_the_impossible": 2,
    "make_esim_profile": 3, "change_esim_profile": 5, "schedule_settings_update": 4,
    "advance": 24, "jump": 1, "reset": 0.4, "fork": 1,
}
MOST = {"NetworkAccessProfiles": 6, "Fleets": 8, "ESimProfiles": 6}
NOT_IN_A_FORK = ("reset", "fork")
COMPARE_EVERY = 12
REMEMBERED = 25  # operations that a failure shows


def iso(moment):
    """A time as the API writes it; None stays."""
    if moment is None:
        return None
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment // SECOND))


def exactly(moment):
    """A time as the clock tells what is due next: with milliseconds where there are some."""
    fraction = f".{moment % SECOND:03d}" if moment % SECOND else ""
    return iso(moment).replace("Z", fraction + "Z")


def add_months(moment, months):
    """The same day so many months later, or the last one of a month that is too short."""
    date = time.gmtime(moment // SECOND)
    index = date.tm_year * 12 + date.tm_mon - 1 + months
    year, month = index // 12, index % 12 + 1
    day = min(date.tm_mday, calendar.monthrange(year, month)[1])
    first = calendar.timegm((year, month, day, 0, 0, 0))
    return first * SECOND + moment % DAY


def duration(milliseconds):
    """A duration as the control API reads it."""
    parts, rest = [], milliseconds
    for unit, size in (("d", DAY), ("h", HOUR), ("m", 60 * SECOND), ("s", SECOND), ("ms", 1)):
        if rest >= size:
            parts.append(f"{rest // size}{unit}")
            rest %= size
    return "".join(parts) or "0ms"


def quote(text):
    """A text as one segment of a path."""
    return urllib.parse.quote(text, safe="")


class Disagreement(AssertionError):
    """The server does not do what the model does; with all that one needs to repeat it."""


class Model:
    """One account, and all that it should hold."""

    def __init__(self, client, seed, told=None):
        """`told` is the seed that a failure tells one to repeat, when it is another."""
        self.client = client
        self.account = client.user
        self.seed = seed if told is None else told
        self.chance = random.Random(seed)
        self.log = collections.deque(maxlen=REMEMBERED)
        self.networks = self.whole_page("/v1/Networks?PageSize=1000", "networks")
        self.some_networks = self.chance.sample([one["sid"] for one in self.networks], 8) + [ATT]
        self.begin()

    def begin(self):
        """Nothing exists, the clock stands still, a sink listens."""
        self.now = 1_767_225_600 * SECOND + self.chance.randrange(400) * DAY \
            + self.chance.randrange(DAY // SECOND) * SECOND
        self.records = {kind: [] for kind in SHOWN}
        self.usage = {}        # (Sim, Fleet, hour, Network): [upload, download]
        self.due = []          # [when, number, kind, subject], what waits for its time
        self.planned = 0       # how much was planned so far
        self.heard = []        # what the sink got
        self.addresses = {}    # of Sims, as first seen
        self.period_sids = {}  # of billing periods, by Sim and start, as first seen
        self.control("PUT", "clock", {"mode": "frozen", "now": iso(self.now)})
        self.control("PUT", "sinks/hook")

    # ── playing ─────────────────────────────────────────────────────────────────────────────

    def play(self, steps, pause=None, without=()):
        """Random operations; `pause`, when given, is called after each of them."""
        names = [name for name in OPERATIONS if name not in without]
        weights = [OPERATIONS[name] for name in names]
        try:
            for step in range(steps):
                name = self.chance.choices(names, weights)[0]
                self.log.append(f"── {name}")
                getattr(self, name)()
                if step % COMPARE_EVERY == COMPARE_EVERY - 1:
                    self.compare()
                if pause is not None:
                    pause(self)
            self.compare()
        except Disagreement:
            raise
        except Exception as failure:
            raise Disagreement(f"{self.story()}\n{type(failure).__name__}: {failure}") from failure

    def story(self):
        """The seed and the last operations."""
        lines = "\n".join(f"  {line}" for line in self.log)
        return f"TEST_SEED={self.seed}; account {self.account}; the last operations:\n{lines}"

    def use(self, client):
        """Goes on with another client of the account: the server was started again."""
        self.client = client
        self.log.append("── the server was started again")

    # ── requests ────────────────────────────────────────────────────────────────────────────

    def base(self):
        """What URLs of this server begin with."""
        return f"http://{self.client.address[0]}:{self.client.address[1]}"

    def sink(self):
        """Where webhooks go."""
        return f"{self.base()}/_emulator/sinks/hook/in"

    def expect(self, answer, what, status, code=None):
        """Checks and notes an answer; gives its JSON."""
        document = answer.json() if answer.body else None
        if not what.startswith("GET"):
            self.log.append(f"{what} → {answer.status} {answer.body[:160]!r}")
        assert answer.status == status, f"{what}: {answer}, not {status}"
        if code is not None:
            assert document["code"] == code, f"{what}: {answer}, not code {code}"
        return document

    def api(self, method, path, form=None, status=200, code=None):
        """A call of Twilio's API that must have this status and, when refused, code."""
        if method == "POST" and form is None:
            form = {}
        answer = self.client.request(method, "/v1/" + path, form)
        return self.expect(answer, f"{method} {path} {form or ''}", status, code)

    def control(self, method, path, body=None, status=200):
        """A call of the control API that must have this status."""
        answer = self.client.control(method, path, body)
        return self.expect(answer, f"{method} _emulator/{path} {body or ''}", status)

    def refused_by_control(self, path, body, why):
        """A call about a device, refused with this reason."""
        error = self.control("POST", path, body, 409)
        assert error["error"] == why, f"{path}: {error}, not {why}"

    def whole_page(self, target, key):
        """All records of one page, which must hold the whole list."""
        page = self.client.get(target).json()
        assert page["meta"]["next_page_url"] is None
        return page[key]

    # ── choosing ────────────────────────────────────────────────────────────────────────────

    def maybe(self, probability=0.5):
        """True now and then."""
        return self.chance.random() < probability

    def some(self, kind):
        """A record of a kind, or None."""
        return self.chance.choice(self.records[kind]) if self.records[kind] else None

    def find(self, kind, sid):
        """The record with a SID, or None."""
        return next((one for one in self.records[kind] if one["sid"] == sid), None)

    def name_of(self, record):
        """How a path or a parameter may name a record: its SID, or its name if it has one."""
        if record.get("unique_name") and self.maybe():
            return record["unique_name"]
        return record["sid"]

    def taken(self, kind, name, but=None):
        """True when another record of the kind has the name."""
        return any(one["unique_name"] == name and one is not but for one in self.records[kind])

    def callback(self):
        """Parameters of a callback, and what they mean: (method, URL) or None."""
        if self.maybe():
            return {}, None
        form, method = {"CallbackUrl": self.sink()}, "POST"
        if self.maybe():
            method = form["CallbackMethod"] = self.chance.choice(["GET", "POST"])
        return form, (method, self.sink())

    # ── records ─────────────────────────────────────────────────────────────────────────────

    def keep(self, kind, made, **values):
        """A new record: its SID comes from the answer, all else from the model."""
        sid = made["sid"]
        assert re.fullmatch(PREFIXES[kind] + "[0-9a-f]{32}", sid), sid
        assert self.find(kind, sid) is None, sid
        record = {"sid": sid, "account_sid": self.account, "date_created": self.now,
                  "date_updated": self.now, **values}
        self.records[kind].append(record)
        self.same(kind, made, record)
        return record

    def show(self, kind, record):
        """A record's JSON."""
        shown = {name: record.get(name) for name in SHOWN[kind][1].split()}
        for name in TIMES:
            if name in shown:
                shown[name] = iso(shown[name])
        own = f"{self.base()}/v1/{kind}/{record['sid']}"
        if kind != "SettingsUpdates":
            shown["url"] = own
        if kind in LINKS:
            shown["links"] = {name: f"{own}/{path}" for name, path in LINKS[kind].items()}
        return shown

    def same(self, kind, seen, record):
        """A record is as the model says."""
        self.equal(seen, self.show(kind, record), f"{kind}/{record['sid']}")

    @staticmethod
    def equal(seen, expected, what):
        """Fails with what differs."""
        if seen == expected:
            return
        if isinstance(seen, dict) and isinstance(expected, dict):
            keys = [key for key in {**seen, **expected} if seen.get(key) != expected.get(key)
                    or (key in seen) != (key in expected)]
            raise AssertionError(f"{what}: " + "; ".join(
                f"{key} is {seen.get(key)!r}, not {expected.get(key)!r}" for key in keys))
        if isinstance(seen, list) and isinstance(expected, list):
            for place, (one, other) in enumerate(zip(seen, expected)):
                Model.equal(one, other, f"{what}[{place}]")
            raise AssertionError(f"{what}: {len(seen)} of them, not {len(expected)}:"
                                 f" {(seen + expected)[min(len(seen), len(expected))]}")
        raise AssertionError(f"{what}: {seen!r}, not {expected!r}")

    # ── due work ────────────────────────────────────────────────────────────────────────────

    def plan(self, kind, subject, when):
        """Plans work of a kind about a record or an event."""
        self.due.append([when, self.planned, kind, subject])
        self.planned += 1

    def send(self, callback, parameters):
        """A webhook, due at once. Without a callback there is none."""
        if callback is None:
            return None
        event = {"method": callback[0], "signature_valid": True, "answered_status": 200,
                 "parameters": {name: "" if value is None else str(value)
                                for name, value in parameters.items()}}
        self.plan("webhook_attempt", event, self.now)
        return event

    def run_due(self, until, idle=False):
        """Lets time pass. Gives what ran, as the control API tells it.

        `idle`: no longer than until nothing is due. What runs work gives its result or, where there is one, that and Twilio's error code.
        """
        ran = []
        while self.due and min(self.due)[0] <= until:
            first = min(self.due)
            self.due.remove(first)
            self.now = max(self.now, first[0])
            _, _, kind, subject = first
            result = getattr(self, "run_" + kind)(subject)
            result, error_code = result if isinstance(result, tuple) else (result, None)
            ran.append({"kind": kind, "sid": subject.get("sid"), "at": iso(self.now),
                        "result": result, "error_code": error_code})
        if self.due or not idle:
            self.now = until
        return ran

    def run_webhook_attempt(self, event):
        """The sink gets an event."""
        self.heard.append({"at": iso(self.now), **event})
        return "delivered"

    # ── Network Access Profiles ─────────────────────────────────────────────────────────────

    def make_profile(self):
        """A profile with or without a name and Networks."""
        kind = "NetworkAccessProfiles"
        form, wanted = [], self.chance.sample(self.some_networks, self.chance.randrange(4))
        name = self.chance.choice(NAMES + [None])
        if len(self.records[kind]) >= MOST[kind] and not self.taken(kind, name):
            return
        if name is not None:
            form.append(("UniqueName", name))
        form += [("Networks", sid) for sid in wanted + wanted[:1]]
        if self.maybe(0.1):
            self.api("POST", kind, form + [("Networks", "HW" + "0" * 32)], 400, 20001)
        if name is not None and self.taken(kind, name):
            self.api("POST", kind, form, 409, 20409)
            return
        made = self.api("POST", kind, form, 201)
        self.keep(kind, made, unique_name=name, _networks=set(wanted))

    def change_profile(self):
        """A profile's name; sometimes nothing."""
        kind, profile = "NetworkAccessProfiles", self.some("NetworkAccessProfiles")
        if profile is None:
            return
        name = self.chance.choice(NAMES + ["", None])
        form = {} if name is None else {"UniqueName": name}
        path = f"{kind}/{quote(self.name_of(profile))}"
        if name and self.taken(kind, name, profile):
            self.api("POST", path, form, 409, 20409)
            return
        made = self.api("POST", path, form)
        if name is not None:
            profile.update(unique_name=name or None, date_updated=self.now)
        self.same(kind, made, profile)

    def members(self, profile):
        """The Networks of a profile, in the order of all Networks."""
        own = f"{self.base()}/v1/NetworkAccessProfiles/{profile['sid']}/Networks/"
        return [{"sid": one["sid"], "network_access_profile_sid": profile["sid"],
                 "friendly_name": one["friendly_name"], "iso_country": one["iso_country"].lower(),
                 "identifiers": one["identifiers"], "url": own + one["sid"]}
                for one in self.networks if one["sid"] in profile["_networks"]]

    def add_network(self):
        """A Network more for a profile; one that it has already changes nothing."""
        profile = self.some("NetworkAccessProfiles")
        if profile is None:
            return
        sid = self.chance.choice(self.some_networks + ["HW" + "0" * 32])
        name = quote(self.name_of(profile))
        path = f"NetworkAccessProfiles/{name}/Networks"
        if sid not in self.some_networks:
            self.api("POST", path, {"Network": sid}, 400, 20001)
            return
        made = self.api("POST", path, {"Network": sid}, 201)
        profile["_networks"].add(sid)
        [expected] = [one for one in self.members(profile) if one["sid"] == sid]
        self.equal(made, expected, path)

    def remove_network(self):
        """A Network less, or the refusal to remove what is not there."""
        profile = self.some("NetworkAccessProfiles")
        if profile is None:
            return
        sid = self.chance.choice(sorted(profile["_networks"]) + self.some_networks[:1])
        path = f"NetworkAccessProfiles/{profile['sid']}/Networks/{sid}"
        known = sid in profile["_networks"]
        self.api("GET", path, status=200 if known else 404, code=None if known else 20404)
        self.api("DELETE", path, status=204 if known else 404, code=None if known else 20404)
        profile["_networks"].discard(sid)

    # ── Fleets ──────────────────────────────────────────────────────────────────────────────

    def fleet_form(self):
        """Parameters that creating and updating share, and what they set."""
        form, values = {}, {}
        if self.maybe():
            name = self.chance.choice(NAMES + [""])
            form["UniqueName"], values["unique_name"] = name, name or None
        if self.maybe(0.7):
            values["data_limit"] = self.chance.choice([1, 1, 1, 2, 3, 1000, 2_000_000])
            form["DataLimit"] = str(values["data_limit"])
        for prefix, stem in (("Sms", "sms_commands"), ("Ip", "ip_commands")):
            if self.maybe(0.6):
                url = self.chance.choice([self.sink(), self.sink(), ""])
                form[prefix + "CommandsUrl"], values[stem + "_url"] = url, url or None
            if self.maybe(0.3):
                method = self.chance.choice(["GET", "POST"])
                form[prefix + "CommandsMethod"] = values[stem + "_method"] = method
        return form, values

    def make_fleet(self):
        """A Fleet, or the refusal of a name or of a profile."""
        if self.maybe(0.1):
            self.api("POST", "Fleets", {"NetworkAccessProfile": "nobody"}, 400, 20001)
        profile = self.some("NetworkAccessProfiles")
        if profile is None:
            self.make_profile()
            return
        form, values = self.fleet_form()
        for name, key in (("DataEnabled", "data_enabled"),
                          ("SmsCommandsEnabled", "sms_commands_enabled")):
            values[key] = not self.maybe(0.15)
            if not values[key] or self.maybe(0.2):
                form[name] = str(values[key]).lower()
        form["NetworkAccessProfile"] = self.name_of(profile)
        if values.get("unique_name") and self.taken("Fleets", values["unique_name"]):
            self.api("POST", "Fleets", form, 409, 20409)
            return
        if len(self.records["Fleets"]) >= MOST["Fleets"]:
            return
        fleet = {"unique_name": None, "data_limit": 1000, "data_metering": "payg",
                 "sms_commands_method": "POST", "sms_commands_url": None,
                 "ip_commands_method": "POST", "ip_commands_url": None,
                 "network_access_profile_sid": profile["sid"], **values}
        fleet["_in_force"] = fleet["data_limit"]
        self.keep("Fleets", self.api("POST", "Fleets", form, 201), **fleet)

    def change_fleet(self):
        """Whatever may change of a Fleet; all of it or, when the name is taken, nothing."""
        fleet = self.some("Fleets")
        if fleet is None:
            return
        form, values = self.fleet_form()
        if self.maybe(0.3):
            profile = self.some("NetworkAccessProfiles")
            form["NetworkAccessProfile"] = self.name_of(profile)
            values["network_access_profile_sid"] = profile["sid"]
        path = "Fleets/" + quote(self.name_of(fleet))
        if values.get("unique_name") and self.taken("Fleets", values["unique_name"], fleet):
            self.api("POST", path, form, 409, 20409)
            return
        made = self.api("POST", path, form)
        if values.get("data_limit", fleet["data_limit"]) != fleet["data_limit"]:
            if self.has_sims(fleet):
                self.plan("data_limit_change", fleet, self.now + LIMIT_DELAY)
                fleet["_from"] = self.now + LIMIT_DELAY
            else:
                fleet["_in_force"], fleet["_from"] = values["data_limit"], self.now
        if form:
            fleet.update(values, date_updated=self.now)
        self.same("Fleets", made, fleet)

    def has_sims(self, fleet):
        """Whether there is anybody whom its limit holds."""
        return any(sim["fleet_sid"] == fleet["sid"] for sim in self.records["Sims"])

    def run_data_limit_change(self, fleet):
        """The limit reaches the Fleet's Sims, unless it was changed again: that takes as long."""
        if self.find("Fleets", fleet["sid"]) is None:
            return "gone"
        if self.now < fleet["_from"]:
            return "superseded"
        fleet["_in_force"] = fleet["data_limit"]
        for sim in self.records["Sims"]:
            if sim["fleet_sid"] == fleet["sid"]:
                self.roll(sim)
                self.apply_limit(sim)
        return "in_force"

    def delete_fleet(self):
        """A Fleet without Sims goes, with the usage under it."""
        fleet = self.some("Fleets")
        if fleet is None:
            return
        used = self.has_sims(fleet)
        self.control("DELETE", "fleets/" + fleet["sid"], status=409 if used else 204)
        if not used:
            self.records["Fleets"].remove(fleet)
            self.usage = {key: sums for key, sums in self.usage.items() if key[1] != fleet["sid"]}

    # ── Sims ────────────────────────────────────────────────────────────────────────────────

    def new_sim(self, iccid):
        """What a Sim is at first."""
        return {"unique_name": None, "status": "new", "fleet_sid": None, "iccid": iccid,
                "_pending": None, "_before": None, "_callback": None, "_attached": True,
                "_network": None, "_had_address": False, "_anchor": None, "_start": None,
                "_type": None, "_total": 0, "_sms": 0, "_blocked": None}

    def register(self):
        """A Sim, or the refusal of its second registration, or of what is no SIM card."""
        iccid = self.chance.choice(ICCIDS)
        form = {"Iccid": iccid, "RegistrationCode": CODE}
        if self.maybe(0.1):
            self.api("POST", "Sims", {**form, "RegistrationCode": "short"}, 400, 83002)
            self.api("POST", "Sims", {"Iccid": iccid}, 400, 83001)
        known = next((sim for sim in self.records["Sims"] if sim["iccid"] == iccid), None)
        if known is not None:
            error = self.api("POST", "Sims", form, 400, 83003)
            assert known["sid"] in error["message"], error
            return
        self.keep("Sims", self.api("POST", "Sims", form, 201), **self.new_sim(iccid))

    def fleet_of(self, sim):
        """The Sim's Fleet, or None."""
        return self.find("Fleets", sim["fleet_sid"])

    def switch_sim(self):
        """A Sim's status alone, and of one without a Fleet its Fleet: most of these succeed."""
        sim, fleet = self.some("Sims"), self.some("Fleets")
        if sim is None or fleet is None:
            return
        wishes = [into for start, into in sorted(MOVES) if start == sim["status"]]
        form = {"Status": self.chance.choice(wishes or ["active"])}
        if sim["fleet_sid"] is None:
            form["Fleet"] = fleet["sid"]
        self.update_sim(sim, form)

    def change_sim(self):
        """Any part of a Sim, with or without a callback; much of it is refused."""
        sim = self.some("Sims")
        if sim is None:
            return
        form, _ = self.callback()
        if self.maybe(0.3):
            form["UniqueName"] = self.chance.choice(NAMES + [""])
        if self.maybe(0.4):
            fleet = self.some("Fleets")
            form["Fleet"] = self.name_of(fleet) if fleet else "nobody"
            if self.maybe(0.15):
                form["Fleet"] = self.chance.choice(["", "", "nobody"])
        if self.maybe(0.4):
            form["Status"] = self.chance.choice(["ready", "active", "inactive", "inactive"])
            if self.maybe(0.05):
                form["Status"] = self.chance.choice(["new", "scheduled"])
        self.update_sim(sim, form)

    def named_fleet(self, name):
        """The SID of the Fleet that a parameter names, or None."""
        for fleet in self.records["Fleets"]:
            if name in (fleet["sid"], fleet["unique_name"]):
                return fleet["sid"]
        return None

    def refusal_of_update(self, sim, form):
        """The status and code with which an update is refused, or None: the first that applies."""
        wanted, fleet_sid = form.get("Status"), sim["fleet_sid"]
        if form.get("Fleet"):
            fleet_sid = self.named_fleet(form["Fleet"])
            if fleet_sid is None:
                return 400, 83006
        if sim["status"] == "scheduled" and ("Status" in form or "Fleet" in form):
            return 409, 83009
        if form.get("Fleet") == "":
            fleet_sid = None
            if self.is_on(sim):
                return 400, 83008
        if wanted in ("new", "scheduled"):
            return 400, 20001
        if wanted not in (None, sim["status"]):
            if (sim["status"], wanted) not in MOVES:
                return 400, 83010
            if wanted in ON and fleet_sid is None:
                return 400, 83007
        if form.get("UniqueName") and self.taken("Sims", form["UniqueName"], sim):
            return 409, 83011
        return None

    def update_sim(self, sim, form):
        """An update, and all that the rules say about it."""
        path = "Sims/" + quote(self.name_of(sim))
        refusal = self.refusal_of_update(sim, form)
        if refusal is not None:
            self.api("POST", path, form, *refusal)
            return
        changes_status = form.get("Status") not in (None, sim["status"])
        made = self.api("POST", path, form, 202 if changes_status else 200)
        self.apply_update(sim, form, changes_status)
        self.same("Sims", made, sim)

    def apply_update(self, sim, form, changes_status):
        """What an update that is accepted does."""
        if not form:
            return
        under_way = sim["status"] == "scheduled"
        if "UniqueName" in form:
            sim["unique_name"] = form["UniqueName"] or None
        if changes_status:
            sim.update(status="scheduled", _before=sim["status"], _pending=form["Status"])
            self.plan("sim_status", sim, self.now + DELAY)
        if "Fleet" in form:
            sim["fleet_sid"] = self.named_fleet(form["Fleet"])
        if form.get("Fleet"):
            self.come_under_fleet(sim)
        callback = None
        if "CallbackUrl" in form:
            callback = form.get("CallbackMethod", "POST"), form["CallbackUrl"]
        if callback is not None or not under_way:
            sim["_callback"] = callback
        if not changes_status and not under_way:
            self.call_back_sim(sim)
        sim["date_updated"] = self.now

    def come_under_fleet(self, sim):
        """Another Fleet's limit and settings hold at once."""
        self.roll(sim)
        self.apply_limit(sim)
        if self.is_on(sim) and sim["_attached"]:
            self.deliver_sent(sim)

    def call_back_sim(self, sim):
        """Tells the CallbackUrl of an update that it is complete."""
        self.send(sim["_callback"], {
            "SimSid": sim["sid"], "SimUniqueName": sim["unique_name"],
            "SimStatus": sim["status"], "ErrorCode": "", "AccountSid": self.account})
        sim["_callback"] = None

    def is_on(self, sim):
        """Ready or active: until a change comes true, the status before holds."""
        return (sim["_before"] if sim["status"] == "scheduled" else sim["status"]) in ON

    def run_sim_status(self, sim):
        """A change of status comes true."""
        self.roll(sim)
        sim.update(status=sim["_pending"], _pending=None, _before=None, date_updated=self.now)
        if self.is_on(sim):
            if sim["_type"] != sim["status"] or self.now >= self.period_end(sim):
                self.begin_period(sim)
            sim["_had_address"] = True
        if sim["status"] == "ready":
            self.plan("sim_ready_end", sim, add_months(self.now, READY_MONTHS))
        if self.is_on(sim) and sim["_attached"]:
            self.deliver_sent(sim)
        self.call_back_sim(sim)
        return sim["status"]

    def run_sim_ready_end(self, sim):
        """A Sim has been ready for long enough."""
        if sim["status"] != "ready":
            return "gone"
        self.activate(sim)
        return "active"

    def activate(self, sim):
        """A ready Sim becomes active by itself."""
        sim.update(status="active", date_updated=self.now)
        self.begin_period(sim)

    # ── billing periods and data limits ─────────────────────────────────────────────────────

    def begin_period(self, sim):
        """A period of the Sim's status, at zero."""
        sim.update(_anchor=self.now, _start=self.now, _type=sim["status"], _total=0, _sms=0,
                   _blocked=None)

    def bounds(self, sim, moment):
        """Start and end of the period of a moment."""
        months, length = 0, PERIOD_MONTHS[sim["_type"]]
        while add_months(sim["_anchor"], months + length) <= moment:
            months += length
        return add_months(sim["_anchor"], months), add_months(sim["_anchor"], months + length)

    def period_end(self, sim):
        """When the latest period ends."""
        return self.bounds(sim, sim["_start"])[1]

    def roll(self, sim):
        """The next period begins for a Sim that is active: at zero, and nobody is blocked."""
        if not self.is_on(sim) or sim["_type"] != "active":
            return
        start, _ = self.bounds(sim, self.now)
        if start > sim["_start"]:
            sim.update(_start=start, _total=0, _blocked=None)

    def apply_limit(self, sim):
        """Blocks or unblocks."""
        if sim["_total"] < self.fleet_of(sim)["_in_force"] * MEGABYTE:
            sim["_blocked"] = None
        elif sim["_blocked"] is None:
            sim["_blocked"] = self.now

    def move_data(self, sim, moved):
        """What was moved counts."""
        sim["_total"] += moved
        if sim["status"] == "ready" and sim["_total"] >= READY_BYTES:
            total = sim["_total"]
            self.activate(sim)
            sim["_total"] = total
        self.apply_limit(sim)

    # ── devices ─────────────────────────────────────────────────────────────────────────────

    def why_no_sms(self, sim):
        """Why a Sim cannot use SMS Commands, or None."""
        if not self.is_on(sim):
            return OFF
        return None if self.fleet_of(sim)["sms_commands_enabled"] else NO_SMS

    def why_no_data(self, sim):
        """Why a Sim cannot move data, or None."""
        self.roll(sim)
        if not self.is_on(sim):
            return OFF
        if not self.fleet_of(sim)["data_enabled"]:
            return NO_DATA
        return BLOCKED if sim["_blocked"] is not None else None

    @staticmethod
    def why_away(sim):
        """Why a Sim's device cannot be reached, or None."""
        return None if sim["_attached"] else AWAY

    def show_device(self, sim):
        """What the control API tells of a Sim."""
        self.roll(sim)
        fleet, period = self.fleet_of(sim), None
        if sim["_start"] is not None:
            period = {"type": sim["_type"], "start_time": iso(sim["_start"]),
                      "end_time": iso(self.period_end(sim)), "data_total": sim["_total"]}
        return {"sid": sim["sid"], "status": sim["status"], "pending_status": sim["_pending"],
                "attached": sim["_attached"] and self.is_on(sim),
                "ip_address": self.addresses.get(sim["sid"]), "device_udp": None,
                "network_sid": sim["_network"], "period": period,
                "data_limit": fleet["_in_force"] if fleet else None,
                "blocked": sim["_blocked"] is not None, "blocked_since": iso(sim["_blocked"])}

    def same_device(self, seen, sim):
        """A Sim's device is as the model says. Its address, once it has one, stays."""
        if sim["_had_address"] and sim["sid"] not in self.addresses:
            address = seen["ip_address"]
            assert re.fullmatch(r"100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.\d+\.\d+", address), seen
            self.addresses[sim["sid"]] = address
        self.equal(seen, self.show_device(sim), "device of " + sim["sid"])

    def address_of(self, sim):
        """The address of a Sim that has one, learnt if need be."""
        if sim["sid"] not in self.addresses:
            self.same_device(self.control("GET", "sims/" + sim["sid"]), sim)
        return self.addresses[sim["sid"]]

    def attach(self):
        """A device joins a network; what waits for it is delivered."""
        sim = self.some("Sims")
        if sim is None:
            return
        network = self.chance.choice([None] + self.some_networks)
        body = None if network is None else {"network": network}
        seen = self.control("POST", f"sims/{quote(self.name_of(sim))}/attach", body)
        returns = not sim["_attached"]
        sim.update(_attached=True, _network=network)
        if returns:
            self.deliver_sent(sim)
        self.same_device(seen, sim)

    def detach(self):
        """A device leaves."""
        sim = self.some("Sims")
        if sim is None:
            return
        seen = self.control("POST", f"sims/{sim['sid']}/detach")
        sim.update(_attached=False, _network=None)
        self.same_device(seen, sim)

    def network_of(self, sim, named):
        """Where data is moved: as named, where the device is, or where the profile lets it."""
        if named or sim["_network"]:
            return named or sim["_network"]
        profile_sid = self.fleet_of(sim)["network_access_profile_sid"]
        members = self.members(self.find("NetworkAccessProfiles", profile_sid))
        return members[0]["sid"] if members else ATT

    def add_usage(self, sim, hour, network, upload, download):
        """Adds to an hour."""
        sums = self.usage.setdefault((sim["sid"], sim["fleet_sid"], hour, network), [0, 0])
        sums[0] += upload
        sums[1] += download

    def missing(self, sim):
        """How many bytes more change something: the Sim's status, or that it may move data."""
        if sim["status"] == "ready":
            return READY_BYTES - sim["_total"]
        fleet = self.fleet_of(sim)
        return fleet["_in_force"] * MEGABYTE - sim["_total"] if fleet else 0

    def use_data(self):
        """A device moves data, now or earlier, or cannot."""
        sim = self.some("Sims")
        if sim is None:
            return
        sizes = [0, 1, 700, 100_000, 249_999, 250_000, 600_000, 999_999, MEGABYTE]
        upload, download = self.chance.choice(sizes), self.chance.choice(sizes)
        missing = self.missing(sim)
        if 0 < missing <= 3 * MEGABYTE and self.maybe(0.3):
            upload, download = missing - self.chance.randrange(2), 0
        network = self.chance.choice([None] + self.some_networks)
        at = self.chance.choice([None, None, None, HOUR, DAY, 40 * DAY])
        body = {"data_upload": upload, "data_download": download}
        if network is not None:
            body["network"] = network
        moment = self.now
        if at is not None:
            moment = (self.now - self.chance.randrange(at)) // SECOND * SECOND
            body["at"] = iso(moment)
        path = f"sims/{quote(self.name_of(sim))}/usage"
        why_not = self.why_no_data(sim) or self.why_away(sim)
        if why_not is not None:
            self.refused_by_control(path, body, why_not)
            return
        seen = self.control("POST", path, body)
        hour = moment - moment % HOUR
        self.add_usage(sim, hour, self.network_of(sim, network), upload, download)
        if moment >= sim["_start"]:
            self.move_data(sim, upload + download)
        self.same_device(seen, sim)

    def generate_usage(self):
        """A history, whatever the Sim could have done; what lies in its period counts."""
        sim = self.some("Sims")
        if sim is None:
            return
        span = self.chance.choice([HOUR, 5 * HOUR, 2 * DAY, 3 * DAY, 35 * DAY])
        end = (self.now - self.chance.choice([0, 0, HOUR, 20 * DAY])) // SECOND * SECOND
        start = end - span
        upload, download = self.chance.choice([0, 10, 5000]), self.chance.choice([0, 999, 40_000])
        network = self.chance.choice([None] + self.some_networks)
        body = {"start_time": iso(start), "end_time": iso(end), "upload_per_hour": upload,
                "download_per_hour": download}
        if network is not None:
            body["network"] = network
        path = f"sims/{sim['sid']}/usage/generate"
        if self.maybe(0.1):
            self.control("POST", path, {**body, "end_time": iso(self.now + SECOND)}, 400)
        if sim["fleet_sid"] is None:
            self.refused_by_control(path, body, "The Sim has no Fleet")
            return
        seen = self.control("POST", path, body)
        self.roll(sim)
        counted = 0
        for hour in range(start - start % HOUR, end, HOUR):
            self.add_usage(sim, hour, self.network_of(sim, network), upload, download)
            if sim["_start"] is not None and hour > sim["_start"] - HOUR:
                counted += upload + download
        if counted > 0:
            self.move_data(sim, counted)
        self.same_device(seen, sim)

    # ── SMS Commands ────────────────────────────────────────────────────────────────────────

    def payload(self):
        """A text that no other Command has."""
        return f"{self.planned} {self.chance.choice(PAYLOADS)}"

    def chat(self):
        """Several SMS Commands to and from one Sim, best a ready one, for which they are many."""
        ready = [sim for sim in self.records["Sims"] if sim["status"] == "ready"]
        sim = self.chance.choice(ready) if ready else self.some("Sims")
        for _ in range(READY_SMS):
            self.chance.choice([self.send_sms, self.hear_sms])(sim)
            by = self.chance.choice([0, DELAY])
            self.let_pass({"by": duration(by)}, self.now + by)

    def send_sms(self, sim=None):
        """An SMS Command to a Sim."""
        sim = sim or self.some("Sims")
        if sim is None:
            self.api("POST", "SmsCommands", {"Sim": "nobody", "Payload": "x"}, 400, 20001)
            return
        form, callback = self.callback()
        payload = self.payload()
        form.update(Sim=self.name_of(sim), Payload=payload)
        while len(form["Payload"].encode()) > 160:
            self.api("POST", "SmsCommands", form, 400, 20001)
            form["Payload"] = payload = payload[:-1]
        command = self.keep("SmsCommands", self.api("POST", "SmsCommands", form, 201),
                            payload=payload, sim_sid=sim["sid"], status="queued",
                            direction="to_sim", _callback=callback)
        self.plan("sms_command", command, self.now + DELAY)

    def sms_parameters(self, command, sim):
        """A webhook about an SMS Command."""
        return {"Status": command["status"], "ApiVersion": "v1", "Command": command["payload"],
                "SimUniqueName": sim["unique_name"], "Payload": command["payload"],
                "SimSid": sim["sid"], "Direction": command["direction"],
                "CommandSid": command["sid"], "AccountSid": self.account, "PayloadType": "text"}

    def run_sms_command(self, command):
        """A Command takes its next step, or waits for its device."""
        before = command["status"]
        if before not in ("queued", "sent"):
            return "gone"
        sim = self.find("Sims", command["sim_sid"])
        why_not = self.why_no_sms(sim)
        if before == "queued":
            command["status"] = "failed" if why_not else "sent"
        elif sim["_attached"] and not why_not and not self.is_too_old(command):
            command["status"] = "delivered"
        if command["status"] == before:
            return before
        command["date_updated"] = self.now
        parameters = self.sms_parameters(command, sim)
        if command["status"] == "failed":
            parameters.update(ErrorCode="", ErrorMessage=why_not)
        self.send(command["_callback"], parameters)
        if command["status"] == "sent":
            self.plan("sms_command", command, self.now + DELAY)
            self.note_sms(sim)
        return command["status"]

    def is_too_old(self, command):
        """True when attempts to deliver have ended."""
        return command["date_created"] <= self.now - SMS_LIFE

    def deliver_sent(self, sim):
        """A device came back: what was sent to it, newest first, is delivered a moment later."""
        for command in reversed(self.records["SmsCommands"]):
            if command["sim_sid"] == sim["sid"] and command["status"] == "sent" \
                    and not self.is_too_old(command):
                self.plan("sms_command", command, self.now + DELAY)

    def note_sms(self, sim):
        """A ready Sim has few SMS Commands."""
        if sim["status"] == "ready":
            sim["_sms"] += 1
            if sim["_sms"] >= READY_SMS:
                self.activate(sim)

    def hear_sms(self, sim=None):
        """A device sends an SMS Command, or cannot."""
        sim = sim or self.some("Sims")
        if sim is None:
            return
        body = {"payload": self.payload()[:80]}
        path = f"sims/{quote(self.name_of(sim))}/sms-commands"
        why_not = self.why_no_sms(sim) or self.why_away(sim)
        if why_not is not None:
            self.refused_by_control(path, body, why_not)
            return
        made = self.control("POST", path, body, 201)
        command = self.keep("SmsCommands", made["sms_command"], payload=body["payload"],
                            sim_sid=sim["sid"], status="received", direction="from_sim")
        self.tell_fleet(made, sim, "sms_commands", self.sms_parameters(command, sim))
        self.note_sms(sim)

    def tell_fleet(self, made, sim, stem, parameters):
        """The Fleet's URL, if it has one, hears of a Command from a device."""
        fleet = self.fleet_of(sim)
        url = fleet[stem + "_url"]
        self.send(url and (fleet[stem + "_method"], url), parameters)
        assert (made["delivery"] is not None) == (url is not None), made

    # ── IP Commands ─────────────────────────────────────────────────────────────────────────

    def send_ip(self):
        """An IP Command to a Sim, as text or as base64."""
        sim = self.some("Sims")
        if sim is None:
            self.api("POST", "IpCommands", {"Sim": "nobody", "Payload": "x", "DevicePort": "1"},
                     400, 20001)
            return
        form, callback = self.callback()
        values = {"payload": self.payload(), "payload_type": "text",
                  "device_port": self.chance.choice([0, 4242, 65535])}
        if self.maybe():
            values["payload_type"] = form["PayloadType"] = "binary"
            values["payload"] = base64.b64encode(values["payload"].encode()).decode()
        form.update(Sim=self.name_of(sim), Payload=values["payload"],
                    DevicePort=str(values["device_port"]))
        if self.maybe(0.1):
            self.api("POST", "IpCommands", {**form, "PayloadType": "binary", "Payload": "*"}, 400,
                     20001)
        command = self.keep("IpCommands", self.api("POST", "IpCommands", form, 201), **values,
                            sim_sid=sim["sid"], sim_iccid=sim["iccid"], status="queued",
                            direction="to_sim", device_ip=None, _callback=callback)
        self.plan("ip_command", command, self.now + DELAY)

    def ip_parameters(self, command, sim):
        """A webhook about an IP Command."""
        return {"Status": command["status"], "ApiVersion": "v1",
                "SimUniqueName": sim["unique_name"], "Payload": command["payload"],
                "SimSid": sim["sid"], "SimIccid": sim["iccid"],
                "DeviceIp": command["device_ip"], "DevicePort": command["device_port"],
                "Direction": command["direction"], "CommandSid": command["sid"],
                "AccountSid": self.account, "PayloadType": command["payload_type"]}

    def run_ip_command(self, command):
        """A Command is sent, or fails."""
        sim = self.find("Sims", command["sim_sid"])
        why_not, code = self.why_no_data(sim), 83400
        if why_not is None:
            why_not, code = self.why_away(sim), 83401
        command.update(status="failed" if why_not else "sent", date_updated=self.now)
        if not why_not:
            command["device_ip"] = self.addresses.get(sim["sid"])
            command["_needs_address"] = sim
        parameters = self.ip_parameters(command, sim)
        if why_not:
            parameters.update(ErrorCode=code, ErrorMessage=why_not)
        command["_event"] = self.send(command["_callback"], parameters)
        return (command["status"], code) if why_not else command["status"]

    def hear_ip(self):
        """A device sends a datagram, or cannot."""
        sim = self.some("Sims")
        if sim is None:
            return
        text, port = self.payload(), self.chance.choice([None, 1, 5000])
        body = {"payload_text": text}
        encoded = base64.b64encode(text.encode()).decode()
        if self.maybe():
            body = {"payload": encoded}
        if port is not None:
            body["device_port"] = port
        path = f"sims/{quote(self.name_of(sim))}/ip-commands"
        why_not = self.why_no_data(sim) or self.why_away(sim)
        if why_not is not None:
            self.refused_by_control(path, body, why_not)
            return
        made = self.control("POST", path, body, 201)
        command = self.keep("IpCommands", made["ip_command"], sim_sid=sim["sid"],
                            sim_iccid=sim["iccid"], status="received", direction="from_sim",
                            device_ip=self.address_of(sim), device_port=port or 0,
                            payload_type="binary", payload=encoded)
        self.tell_fleet(made, sim, "ip_commands", self.ip_parameters(command, sim))

    # ── eSIM Profiles and Settings Updates ──────────────────────────────────────────────────

    def make_esim_profile(self):
        """A profile for a device, or for whoever has the matching id."""
        if len(self.records["ESimProfiles"]) >= MOST["ESimProfiles"]:
            return
        form, callback = self.callback()
        eid = self.chance.choice(EIDS + [None])
        wants_id = self.chance.choice([True, False, None])
        if eid is not None:
            form["Eid"] = eid
        if wants_id is not None:
            form["GenerateMatchingId"] = str(wants_id).lower()
        if eid is None and not wants_id:
            self.api("POST", "ESimProfiles", form, 400, 20001)
            return
        profile = self.keep("ESimProfiles", self.api("POST", "ESimProfiles", form, 201),
                            status="new", eid=eid, _callback=callback, _wants_id=bool(wants_id))
        self.plan("esim_profile", profile, self.now + DELAY)

    def run_esim_profile(self, profile):
        """A profile is reserved, then available, with a Sim of its own."""
        if profile["status"] == "new":
            profile["status"] = "reserving"
            self.plan("esim_profile", profile, self.now + DELAY)
        elif profile["status"] == "reserving":
            profile.update(status="available", smdp_plus_address="https://" + SMDP_PLUS)
            sim = {"sid": None, "account_sid": self.account, "date_created": self.now,
                   "date_updated": self.now, **self.new_sim(None)}
            self.records["Sims"].append(sim)
            profile["_needs_sim"] = sim
            profile["_event"] = self.send(profile["_callback"], {
                "ESimProfileSid": profile["sid"], "Status": "available", "Eid": profile["eid"],
                "Iccid": None, "SimSid": None, "AccountSid": self.account})
        elif profile["status"] == "failed":
            return "failed", int(profile["error_code"])
        else:
            return "gone"
        profile["date_updated"] = self.now
        return profile["status"]

    def learn(self):
        """Takes over what the server makes up while time passes: addresses, SIDs, ICCIDs."""
        for profile in self.records["ESimProfiles"]:
            sim = profile.pop("_needs_sim", None)
            if sim is not None:
                self.learn_profile(profile, sim)
        for command in self.records["IpCommands"]:
            sim = command.pop("_needs_address", None)
            event = command.pop("_event", None)
            if sim is not None:
                command["device_ip"] = self.address_of(sim)
            if sim is not None and event is not None:
                event["parameters"]["DeviceIp"] = command["device_ip"]

    def learn_profile(self, profile, sim):
        """A profile that became available, and its Sim."""
        seen = self.api("GET", "ESimProfiles/" + profile["sid"])
        assert re.fullmatch(r"8988307\d{13}", seen["iccid"]), seen
        assert re.fullmatch(r"HS[0-9a-f]{32}", seen["sim_sid"]), seen
        assert self.find("Sims", seen["sim_sid"]) is None, seen
        sim.update(sid=seen["sim_sid"], iccid=seen["iccid"])
        profile.update(sim_sid=seen["sim_sid"], iccid=seen["iccid"])
        if profile["_wants_id"]:
            matching_id = seen["matching_id"]
            assert re.fullmatch(r"[0-9A-F]{4}(-[0-9A-F]{4}){3}", matching_id), seen
            profile.update(matching_id=matching_id,
                           activation_code=f"LPA:1${SMDP_PLUS}${matching_id}")
        event = profile.pop("_event", None)
        if event is not None:
            event["parameters"].update(Iccid=sim["iccid"], SimSid=sim["sid"])

    def change_esim_profile(self):
        """A device downloads or installs a profile, or fails."""
        profile = self.some("ESimProfiles")
        if profile is None:
            return
        action = self.chance.choice(["download", "download", "install", "install", "install",
                                     "fail"])
        status, before = PROFILE_MOVES[action]
        path = f"esim-profiles/{profile['sid']}/{action}"
        if profile["status"] not in before:
            self.refused_by_control(path, None, f"The profile is {profile['status']}: it cannot"
                                                f" become {status}")
            return
        made = self.control("POST", path)
        profile.update(status=status, date_updated=self.now)
        if status == "failed":
            profile.update(error_code="83500", error_message="No eSIM Profile is available")
        self.equal({**made, "url": None}, {**self.show("ESimProfiles", profile), "url": None}, path)

    def schedule_settings_update(self):
        """Twilio changes something on a SIM card."""
        sim = self.some("Sims")
        if sim is None:
            return
        packages, body = [{"name": "base-settings", "version": "1.0.0", "more_info": None}], None
        if self.maybe():
            packages = [{"name": "roaming", "version": f"2.{self.planned}.0", "more_info": None}]
            body = {"packages": [{"name": "roaming", "version": f"2.{self.planned}.0"}]}
        path = f"sims/{quote(self.name_of(sim))}/settings-updates"
        update = self.keep("SettingsUpdates", self.control("POST", path, body, 201),
                           iccid=sim["iccid"], sim_sid=sim["sid"], status="scheduled",
                           packages=packages, date_completed=None)
        self.plan("settings_update", update, self.now + DELAY)

    def run_settings_update(self, update):
        """An update begins, and is complete a moment later, if the device can be reached."""
        sim = self.find("Sims", update["sim_sid"])
        if not self.is_on(sim) or not sim["_attached"]:
            update["status"] = "failed"
        elif update["status"] == "scheduled":
            update["status"] = "in-progress"
            self.plan("settings_update", update, self.now + DELAY)
        else:
            update.update(status="successful", date_completed=self.now)
        update["date_updated"] = self.now
        return update["status"]

    # ── errors ──────────────────────────────────────────────────────────────────────────────

    def ask_for_the_impossible(self):
        """What does not exist, or belongs to nobody, is not found anywhere."""
        kind = self.chance.choice([kind for kind in SHOWN if kind != "SettingsUpdates"])
        nobody = self.chance.choice([PREFIXES[kind] + "0" * 32, "nobody"])
        self.api("GET", f"{kind}/{nobody}", status=404, code=20404)
        if kind in ("NetworkAccessProfiles", "Fleets", "Sims"):
            self.api("POST", f"{kind}/{nobody}", {"UniqueName": "x"}, 404,
                     83005 if kind == "Sims" else 20404)
        self.control("GET", f"sims/{nobody}", status=404)
        fleet = self.some("Fleets")
        if fleet is not None:
            form = {"DataLimit": self.chance.choice(["0", "2000001", "x", ""]), "UniqueName": "x"}
            self.api("POST", "Fleets/" + fleet["sid"], form, 400, 20001)

    # ── the clock ───────────────────────────────────────────────────────────────────────────

    def advance(self):
        """Time passes: milliseconds to months, and now and then just to where something happens."""
        how = self.chance.random()
        if how < 0.15:
            next_due = min(self.due)[0] if self.due else self.now
            self.let_pass({"to": "next"}, max(self.now, next_due))
            return
        if how < 0.2:
            self.let_pass({"to": "idle"}, add_months(self.now, 12), idle=True)
            return
        longest = self.chance.choice([DELAY, DELAY, 3 * DELAY, 3 * DELAY, SECOND, LIMIT_DELAY,
                                      DAY, 2 * DAY, 20 * DAY, 62 * DAY])
        by = self.chance.choice([longest, self.chance.randrange(longest + 1)])
        if self.due and self.maybe(0.3):
            by = max(0, min(self.due)[0] - self.now - self.chance.randrange(2))
        by = min(by, 62 * DAY)
        to = self.now + by
        self.let_pass(self.chance.choice([{"by": duration(by)}, {"to": exactly(to)}]), to)

    def let_pass(self, body, until, idle=False):
        """Time passes, and what falls due happens in its order. `idle`: until nothing is due."""
        seen = self.control("POST", "clock/advance", body)
        ran = self.run_due(until, idle)
        self.learn()
        for one in seen["ran"]:
            if one["kind"] == "webhook_attempt":
                one["sid"] = None  # the delivery's, which nothing tells
        self.equal(seen["ran"], ran, "what ran")
        self.equal(seen["now"], iso(self.now), "the clock")
        self.equal(seen["pending"], len(self.due), "what is due later")

    def jump(self):
        """The clock is set forward: what became due waits until time passes."""
        self.now = (self.now + self.chance.choice([SECOND, HOUR, 40 * DAY])) // SECOND * SECOND
        self.control("PUT", "clock", {"mode": "frozen", "now": iso(self.now)})

    # ── whole accounts ──────────────────────────────────────────────────────────────────────

    def reset(self):
        """All goes."""
        removed = self.control("POST", "reset", {"to": "empty"})["removed"]
        counts = {SHOWN[kind][0]: len(self.records[kind])
                  for kind in ("NetworkAccessProfiles", "Fleets", "Sims")}
        self.equal(removed, counts, "what a reset removes")
        self.equal(self.control("GET", "clock")["mode"], "real", "the clock after a reset")
        self.begin()

    def fork(self):
        """A copy of the account equals the model, too, and goes its own way."""
        made = self.control("POST", f"accounts/{self.account}/fork", status=201)
        client = Client(self.client.address, made["sid"], made["auth_token"])
        try:
            twin = self.twin(client)
            twin.compare()
            twin.play(COMPARE_EVERY - 2, without=NOT_IN_A_FORK)
            twin.control("DELETE", "accounts/" + twin.account, status=204)
        finally:
            client.close()
        self.compare()

    def twin(self, client):
        """A model of a copy: history, and webhooks that are under way, stay behind."""
        twin = copy.copy(self)
        state = ("records", "usage", "due", "addresses", "period_sids")
        twin.__dict__.update(copy.deepcopy({name: self.__dict__[name] for name in state}))
        twin.client, twin.account, twin.heard = client, client.user, []
        twin.due = [one for one in twin.due if one[2] != "webhook_attempt"]
        for records in twin.records.values():
            for record in records:
                record["account_sid"] = twin.account
        twin.control("PUT", "sinks/hook")
        return twin

    # ── comparing ───────────────────────────────────────────────────────────────────────────

    def compare(self):
        """All that can be seen is what the model says."""
        self.compare_clock()
        for kind in SHOWN:
            self.compare_list(kind)
            self.compare_filtered(kind)
            self.compare_one(kind)
        for sim in self.records["Sims"]:
            self.compare_sim(sim)
        for profile in self.records["NetworkAccessProfiles"]:
            name = quote(self.name_of(profile))
            self.compare_pages(f"NetworkAccessProfiles/{name}/Networks", {}, "networks",
                               self.members(profile))
        self.compare_networks()
        for _ in range(3):
            self.compare_usage()
        self.compare_webhooks()

    def compare_clock(self):
        """What it shows, and what is due next."""
        seen, due = self.control("GET", "clock"), None
        if self.due:
            at, _, kind, subject = min(self.due)
            due = {"at": exactly(at), "kind": kind, "sid": subject.get("sid")}
            if kind == "webhook_attempt":
                seen["next_due"]["sid"] = None  # the delivery's, which nothing tells
        self.equal(seen, {"mode": "frozen", "now": iso(self.now), "rate": 1, "next_due": due},
                   "the clock")

    def compare_list(self, kind):
        """A whole collection, newest first."""
        expected = [self.show(kind, one) for one in reversed(self.records[kind])]
        self.compare_pages(kind, {}, SHOWN[kind][0], expected)

    def compare_filtered(self, kind):
        """A part of a collection: what has one or two values that some record has."""
        filters, pattern = SHOWN[kind][2], self.some(kind)
        if not filters or pattern is None:
            return
        query, chosen = {}, self.records[kind]
        for parameter, name in self.chance.sample(filters, min(len(filters), 2)):
            value = pattern.get(name)
            if value is None:
                continue
            chosen = [one for one in chosen if one.get(name) == value]
            target = name in REFERENCES and self.find(REFERENCES[name], value)
            query[parameter] = self.name_of(target) if target else value
            if target and self.maybe(0.1):
                query[parameter], chosen = "nobody", []
        expected = [self.show(kind, one) for one in reversed(chosen)]
        self.compare_pages(kind, query, SHOWN[kind][0], expected)

    def compare_one(self, kind):
        """A record by its own URL."""
        record = self.some(kind)
        if record is not None and kind != "SettingsUpdates":
            self.same(kind, self.api("GET", f"{kind}/{quote(self.name_of(record))}"), record)

    def compare_pages(self, path, query, key, expected):
        """A list page by page, forth and sometimes back."""
        count = len(expected)
        size = self.chance.randint(min(1000, max(1, count // 5)), min(1000, count + 2))
        target = f"/v1/{path}?" + urllib.parse.urlencode({**query, "PageSize": size})
        pages, what = [], f"{path} {query} PageSize={size}"
        while target is not None:
            answer = self.client.get(target)
            assert answer.status == 200, f"{target}: {answer}"
            pages.append(answer.json())
            meta = pages[-1]["meta"]
            assert (meta["key"], meta["page"], meta["page_size"]) == (key, len(pages) - 1, size), meta
            assert (meta["previous_page_url"] is None) == (len(pages) == 1), meta
            target = meta["next_page_url"]
        self.equal([one for page in pages for one in page[key]], expected, what)
        assert all(len(page[key]) == size for page in pages[:-1]), f"{what}: pages are not full"
        assert count == 0 or pages[-1][key], f"{what}: the last page is empty"
        if self.maybe(0.3):
            self.go_back(pages, key, what)

    def go_back(self, pages, key, what):
        """The pages before the last one, by their previous_page_url."""
        target = pages[-1]["meta"]["previous_page_url"]
        for number in range(len(pages) - 2, -1, -1):
            page = self.client.get(target).json()
            self.equal(page[key], pages[number][key], f"{what}, back to page {number}")
            assert page["meta"]["page"] == number, page["meta"]
            target = page["meta"]["previous_page_url"]
        assert target is None, f"{what}: {target} before the first page"

    def compare_sim(self, sim):
        """A Sim's device, its billing period, its address."""
        self.same_device(self.control("GET", "sims/" + sim["sid"]), sim)
        name = quote(self.name_of(sim))
        periods = []
        if sim["_start"] is not None:
            start = iso(sim["_start"])
            periods = [{"account_sid": self.account, "sim_sid": sim["sid"],
                        "period_type": sim["_type"], "start_time": start,
                        "end_time": iso(self.period_end(sim)), "date_created": start,
                        "date_updated": start}]
        seen = self.client.get(f"/v1/Sims/{name}/BillingPeriods").json()["billing_periods"]
        for period in seen:
            sid = period.pop("sid")
            assert re.fullmatch("HB[0-9a-f]{32}", sid), sid
            known = self.period_sids.setdefault((sim["sid"], sim["_start"]), sid)
            self.equal(sid, known, "SID of a billing period")
        self.equal(seen, periods, f"billing periods of {sim['sid']}")
        addresses = []
        if self.is_on(sim):
            addresses = [{"ip_address": self.addresses[sim["sid"]], "ip_address_version": "IPv4"}]
        self.compare_pages(f"Sims/{name}/IpAddresses", {}, "ip_addresses", addresses)

    def compare_networks(self):
        """Networks by country, MCC and MNC, and one by itself."""
        pattern = self.chance.choice(self.networks)
        number = self.chance.choice(pattern["identifiers"])
        query, chosen = {}, self.networks
        if self.maybe():
            query["IsoCountry"] = self.chance.choice([str.upper, str.lower])(pattern["iso_country"])
            chosen = [one for one in chosen if one["iso_country"] == pattern["iso_country"]]
        wanted = {name: number[name] for name in ("mcc", "mnc") if self.maybe()}
        query.update({name.capitalize(): value for name, value in wanted.items()})
        chosen = [one for one in chosen if any(wanted.items() <= pair.items()
                                               for pair in one["identifiers"])]
        self.compare_pages("Networks", query, "networks", chosen)
        self.equal(self.api("GET", "Networks/" + pattern["sid"]), pattern, pattern["sid"])

    def compare_webhooks(self):
        """The sink got each event once, signed, at its time, and none has failed."""
        seen = self.control("GET", "sinks/hook/received")["requests"]
        names = ("at", "method", "parameters", "signature_valid", "answered_status")
        self.equal([{name: one[name] for name in names} for one in seen],
                   [{name: one[name] for name in names} for one in self.heard], "webhooks")
        failed = self.control("GET", "deliveries?state=failed")["deliveries"]
        self.equal(failed, [], "webhooks that failed")
        if len(self.heard) > 150:
            self.control("PUT", "sinks/hook")  # a new one, which has heard nothing
            self.heard = []

    # ── usage ───────────────────────────────────────────────────────────────────────────────

    def usage_query(self):
        """A random question: (query, group, granularity, start, end, filters by place in keys)."""
        group = self.chance.choice([None, "sim", "fleet", "network", "isoCountry"])
        granularity = self.chance.choice([None, "hour", "day", "all"])
        query, wanted = {}, {}
        if group:
            query["Group"] = group
        if granularity:
            query["Granularity"] = granularity
        for parameter, kind in (("Sim", "Sims"), ("Fleet", "Fleets")):
            record = self.some(kind)
            if record is not None and self.maybe(0.25):
                query[parameter] = self.name_of(record)
                wanted[parameter] = record["sid"]
        if self.maybe(0.2):
            query["Network"] = wanted["Network"] = self.chance.choice(self.some_networks)
        if self.maybe(0.2):
            network = self.network(self.chance.choice(self.some_networks))
            wanted["IsoCountry"] = network["iso_country"]
            query["IsoCountry"] = self.chance.choice([str.upper, str.lower])(wanted["IsoCountry"])
        start, end = self.usage_time(granularity)
        if start is not None:
            query["StartTime"] = iso(start)
        if end is not None:
            query["EndTime"] = iso(end)
        return query, group, granularity, start, end, wanted

    def usage_time(self, granularity):
        """Bounds of a question, mostly fitting: on an hour, on a day, or on neither."""
        unit = {"hour": HOUR, "day": DAY}.get(granularity, SECOND)
        if self.maybe(0.1):
            unit = SECOND
        start = end = None
        days = [0, 1, 20, 31, 32, 90, 545, 550, 560, 600, -1]
        if self.maybe():
            end = self.now + self.chance.choice([0, 0, HOUR, DAY, -DAY, -20 * DAY])
            end -= end % unit
        if self.maybe():
            start = (end or self.now) - self.chance.choice(days) * DAY
            if self.maybe(0.3):
                start = add_months(end or self.now, -self.chance.choice([1, 3, 18]))
            start -= self.chance.choice([0, unit])
            start -= start % unit
        return start, end

    def refusal_of_usage(self, group, granularity, start, end):
        """The code with which a question is refused, or None: the first that applies."""
        unit = {"hour": HOUR, "day": DAY}.get(granularity, 1)
        first = add_months(end or self.now, -1) if start is None else start
        last = self.now if end is None else end
        if (start or 0) % unit or (end or 0) % unit:
            return 83601 if unit == DAY else 83602
        if first >= last + (end is None and last % HOUR == 0):
            return 83600
        if first < add_months(self.now, -18):
            return 83605
        if group == "sim" and last - first > 31 * DAY:
            return 83603
        longest = {HOUR: last - 31 * DAY, DAY: add_months(last, -3)}
        return 83604 if first < longest.get(unit, add_months(last, -18)) else None

    def network(self, sid):
        """A Network by its SID."""
        return next(one for one in self.networks if one["sid"] == sid)

    def counts(self, key, wanted):
        """True when an hour of usage passes the filters."""
        sim_sid, fleet_sid, _, network_sid = key
        country = self.network(network_sid)["iso_country"]
        return all(wanted.get(name, value) == value for name, value in (
            ("Sim", sim_sid), ("Fleet", fleet_sid), ("Network", network_sid),
            ("IsoCountry", country)))

    def group_of(self, group, key):
        """The order of a group among others, and the properties that it names."""
        sim_sid, fleet_sid, _, network_sid = key
        if group == "sim":
            return self.place("Sims", sim_sid), {"sim_sid": sim_sid}
        if group == "fleet":
            return self.place("Fleets", fleet_sid), {"fleet_sid": fleet_sid}
        network = self.network(network_sid)
        if group == "network":
            first = network["identifiers"][0]
            return int(first["mcc"]) * 1000 + int(first["mnc"]), {"network_sid": network_sid}
        if group == "isoCountry":
            return network["iso_country"], {"iso_country": network["iso_country"]}
        return 0, {}

    def place(self, kind, sid):
        """The place of a record in the order of creation."""
        return self.records[kind].index(self.find(kind, sid))

    def compare_usage(self):
        """Usage Records of a random question are the sums of the hours that it is about."""
        query, group, granularity, start, end, wanted = self.usage_query()
        code = self.refusal_of_usage(group, granularity, start, end)
        if code is not None:
            self.api("GET", "UsageRecords?" + urllib.parse.urlencode(query), status=400, code=code)
            return
        self.compare_pages("UsageRecords", query, "usage_records",
                           self.usage_records(group, granularity, start, end, wanted))

    def usage_records(self, group, granularity, start, end, wanted):
        """The records of a question, newest first, in each stretch of time group by group."""
        length = {"hour": HOUR, "day": DAY}.get(granularity)
        last = self.now if end is None else end
        first = add_months(last, -1) if start is None else start
        if length is not None or start is None:
            first -= first % (length or HOUR)
        # An hour that is cut counts as a whole, and so does what is moved now.
        since, until = first - first % HOUR, -(-last // HOUR) * HOUR
        if end is None and until == last:
            until += HOUR
        sums = {}
        for key, moved in self.usage.items():
            if not since <= key[2] < until or not self.counts(key, wanted):
                continue
            stretch = (first, last)
            if length is not None:
                stretch = (key[2] - key[2] % length, key[2] - key[2] % length + length)
            order, named = self.group_of(group, key)
            record = sums.setdefault((stretch, order), {"named": named, "moved": [0, 0]})
            record["moved"] = [record["moved"][0] + moved[0], record["moved"][1] + moved[1]]
        if not sums and group is None and length is None:
            sums[((first, last), 0)] = {"named": {}, "moved": [0, 0]}
        return [self.usage_record(stretch, wanted, record)
                for (stretch, _), record in sorted(sums.items(), reverse=True,
                                                   key=lambda item: item[0])]

    def usage_record(self, stretch, wanted, record):
        """One Usage Record. A megabyte costs ten cents."""
        upload, download = record["moved"]
        price = (upload + download) // 1000 / 10_000
        return {"period": {"start_time": iso(stretch[0]), "end_time": iso(stretch[1])},
                "account_sid": self.account, "data_upload": upload, "data_download": download,
                "data_total": upload + download, "data_total_billed": price,
                "billed_unit": "USD" if price else None, "sim_sid": wanted.get("Sim"),
                "fleet_sid": wanted.get("Fleet"), "network_sid": wanted.get("Network"),
                "iso_country": wanted.get("IsoCountry"), **record["named"]}
