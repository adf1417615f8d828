# SPDX-License-Identifier: MIT
"""What is asked while calls of the system fail: one or more of each kind of call that there is.

Every call is made in an account of its own that holds the same state, so that what it answers and
leaves behind can be compared with what it does when nothing fails.
"""
import json
import re

PROFILE, SECOND_PROFILE = "HA" + "1" * 32, "HA" + "2" * 32
FLEET, EMPTY_FLEET = "HF" + "1" * 32, "HF" + "2" * 32
SIM, NEW_SIM = "HS" + "1" * 32, "HS" + "2" * 32
LONG_URL = "http://127.0.0.1:9/" + "a" * 1200
CLOCK = {"mode": "frozen", "now": "2026-03-01T12:00:00Z"}

STATE = {
    "auth_token": "f" * 32,
    "api_keys": [],
    "clock": CLOCK,
    "network_access_profiles": [
        {"sid": PROFILE, "unique_name": "profile"},
        {"sid": SECOND_PROFILE, "unique_name": "second", "networks": []}],
    "fleets": [
        {"sid": FLEET, "unique_name": "fleet", "network_access_profile_sid": PROFILE,
         "data_limit": 500, "sms_commands_url": LONG_URL},
        {"sid": EMPTY_FLEET, "unique_name": "empty", "network_access_profile_sid": PROFILE}],
    "sims": [
        {"sid": SIM, "unique_name": "sim", "iccid": "89883070000123456781", "registration_code": "H3LL0W0RLD", "status": "active",
         "fleet_sid": FLEET},
        {"sid": NEW_SIM, "unique_name": "idle", "iccid": "89883070000123456782", "registration_code": "H3LL0W0RLD",
         "status": "new"}],
}
# What an account's requests meet: nothing else does.
FAULTS = [
    {"id": "fetch", "match": {"query": {"Fault": "*"}}, "count": None,
     "then": {"status": 429, "retry_after": 5}},
    {"id": "create", "match": {"form": {"UniqueName": "faulty"}}, "count": None,
     "when": "after_commit", "then": {"status": 429}},
]
SIM_PATH = "/_emulator/sims/" + SIM

# Name, method, path, body. "{account}" is the account's SID. A body that is a dict is sent as a form
# below /v1 and as JSON elsewhere.
CALLS = [
    ("profile create", "POST", "/v1/NetworkAccessProfiles", {"UniqueName": "made"}),
    ("profile update", "POST", "/v1/NetworkAccessProfiles/profile", {"UniqueName": "renamed"}),
    ("profiles", "GET", "/v1/NetworkAccessProfiles?PageSize=1", None),
    ("network add", "POST", "/v1/NetworkAccessProfiles/second/Networks",
     {"Network": "{network}"}),
    ("networks of profile", "GET", "/v1/NetworkAccessProfiles/profile/Networks", None),
    ("networks", "GET", "/v1/Networks?IsoCountry=DE&PageSize=3", None),
    ("network", "GET", "/v1/Networks/{network}", None),
    ("fleet create", "POST", "/v1/Fleets",
     {"NetworkAccessProfile": "profile", "UniqueName": "made", "SmsCommandsUrl": LONG_URL}),
    ("fleet create refused", "POST", "/v1/Fleets",
     {"NetworkAccessProfile": "profile", "UniqueName": "fleet"}),
    ("fleet update", "POST", "/v1/Fleets/fleet", {"DataLimit": "700", "UniqueName": "renamed"}),
    ("fleet", "GET", "/v1/Fleets/fleet", None),
    ("fleets", "GET", "/v1/Fleets?PageSize=1", None),
    ("fleets of profile", "GET", "/v1/Fleets?NetworkAccessProfile=profile", None),
    ("sim update", "POST", "/v1/Sims/idle", {"Fleet": "fleet", "Status": "active",
                                             "CallbackUrl": "http://127.0.0.1:9/"}),
    ("sim", "GET", "/v1/Sims/sim", None),
    ("sims", "GET", "/v1/Sims?Fleet=fleet&Status=active", None),
    ("billing periods", "GET", "/v1/Sims/sim/BillingPeriods", None),
    ("ip addresses", "GET", "/v1/Sims/sim/IpAddresses", None),
    ("sms create", "POST", "/v1/SmsCommands", {"Sim": "sim", "Payload": "hello"}),
    ("ip create", "POST", "/v1/IpCommands",
     {"Sim": "sim", "Payload": "hello", "DevicePort": "100"}),
    ("sms commands", "GET", "/v1/SmsCommands?Sim=sim", None),
    ("usage records", "GET", "/v1/UsageRecords?Group=sim&Granularity=day"
                             "&StartTime=2026-02-01T00:00:00Z&EndTime=2026-03-01T00:00:00Z", None),
    ("esim create", "POST", "/v1/ESimProfiles", {"Eid": "89049032123451234512345678901235"}),
    ("esims", "GET", "/v1/ESimProfiles", None),
    ("settings updates", "GET", "/v1/SettingsUpdates?Sim=sim", None),
    ("unknown path", "GET", "/v1/Nothing", None),
    ("unknown record", "GET", "/v1/Fleets/unknown", None),
    ("wrong method", "DELETE", "/v1/Fleets", None),
    ("wrong value", "POST", "/v1/Fleets", {"DataLimit": "x"}),
    ("nearly a path", "GET", "/fleets/fleet.json", None),
    ("nearly a name", "POST", "/v1/Fleets", {"networkAccessProfile": "profile"}),
    ("several warnings", "POST", "/v1/Fleets?colour=red",
     {"NetworkAccessProfile": "profile", "dataLimit": "5", "CommandsUrl": "x",
      "SmsCommandsUrl": "http://example.com/"}),
    ("nearly a filter", "GET", "/v1/Sims?status=active", None),
    ("warnings", "GET", "/_emulator/warnings?kind=wrong_case", None),
    ("warnings delete", "DELETE", "/_emulator/warnings", None),
    ("sid of another kind", "GET", "/v1/Fleets/" + SIM, None),
    ("large body", "POST", "/v1/SmsCommands", {"Sim": "sim", "Payload": "x" * 40000}),
    ("live", "GET", "/livez", None),
    ("ready", "GET", "/readyz", None),
    ("metrics", "GET", "/metrics", None),
    ("info", "GET", "/_emulator/info", None),
    ("description", "GET", "/_emulator/openapi.json", None),
    ("description of v1", "GET", "/_emulator/openapi/supersim_v1.json", None),
    ("console", "GET", "/console/", None),
    ("console script", "GET", "/console/console.js", None),
    ("console elsewhere", "GET", "/console", None),
    ("accounts", "GET", "/_emulator/accounts", None),
    ("account", "GET", "/_emulator/accounts/{account}", None),
    ("sinks", "GET", "/_emulator/sinks", None),
    ("account delete", "DELETE", "/_emulator/accounts/{account}", None),
    ("fork", "POST", "/_emulator/accounts/{account}/fork", {}),
    ("fork in pieces", "POST", "/_emulator/accounts/{account}/fork", {}),
    ("reset", "POST", "/_emulator/reset", {"to": "empty"}),
    ("reset to seed", "POST", "/_emulator/reset", {"to": "seed"}),
    ("export", "GET", "/_emulator/state", None),
    ("import", "PUT", "/_emulator/state", {}),
    ("import in pieces", "PUT", "/_emulator/state", {}),
    ("fleet delete", "DELETE", "/_emulator/fleets/empty", None),
    ("clock", "GET", "/_emulator/clock", None),
    ("clock set", "PUT", "/_emulator/clock", {"mode": "frozen", "now": "2027-01-02T03:04:05Z"}),
    ("advance", "POST", "/_emulator/clock/advance", {"by": "1h"}),
    ("advance to next", "POST", "/_emulator/clock/advance", {"to": "next"}),
    ("advance to idle", "POST", "/_emulator/clock/advance", {"to": "idle"}),
    ("sim shown", "GET", SIM_PATH, None),
    ("sms from sim", "POST", SIM_PATH + "/sms-commands", {"payload": "hello"}),
    ("usage", "POST", SIM_PATH + "/usage", {"data_upload": 1000, "data_download": 2000}),
    ("settings update", "POST", SIM_PATH + "/settings-updates",
     {"packages": [{"name": "one", "version": "1.2.3", "more_info": "http://127.0.0.1/"},
                   {"name": "two", "version": "2.0.0"}]}),
    ("detach", "POST", SIM_PATH + "/detach", None),
    ("deliveries", "GET", "/_emulator/deliveries", None),
    ("replay", "POST", "/_emulator/deliveries/replay", {"state": "failed"}),
    ("sink put", "PUT", "/_emulator/sinks/other",
     {"answers": [{"status": 500, "body": "no", "delay_ms": 0}, {"status": 201}]}),
    ("sink delete", "DELETE", "/_emulator/sinks/sink", None),
    ("sink in", "POST", "/_emulator/sinks/sink/in?account={account}", "one=1&two=%C3%BC&three=3"),
    ("received", "GET", "/_emulator/sinks/sink/received", None),
    ("requests", "GET", "/_emulator/requests?path=/v1/Fleets/*", None),
    ("requests as har", "GET", "/_emulator/requests?format=har&operation=FetchFleet", None),
    ("requests deleted", "DELETE", "/_emulator/requests", None),
    ("verify", "POST", "/_emulator/requests/verify", {"operation": "FetchFleet", "times": 1}),
    ("verify in vain", "POST", "/_emulator/requests/verify",
     {"path": "/v1/Fleets/flee", "query": {"A": "1"}, "since": "2026-03-01T12:00:00Z"}),
    ("verify an order", "POST", "/_emulator/requests/verify",
     {"order": [{"operation": "FetchFleet", "query": {"A": "1"}}]}),
    ("verify a secret", "POST", "/_emulator/requests/verify",
     {"operation": "CreateSim", "form": {"RegistrationCode": "H3LL0W0RLD"}}),
    ("verify what cannot be", "POST", "/_emulator/requests/verify",
     {"operation": "CreateFleet", "form": {"uniqueName": "a"}}),
    ("verify what does not exist", "POST", "/_emulator/requests/verify", {"operation": "Nonsense"}),
    ("requests of no fault", "GET", "/_emulator/requests?fault=nope", None),
    ("deliveries of no fleet", "GET", "/_emulator/deliveries?fleet=nope", None),
    ("v1 by the operator", "GET", "/_emulator/v1/Fleets/fleet?account={account}", None),
    ("v1 written by the operator", "POST", "/_emulator/v1/Fleets/fleet?account={account}",
     "DataLimit=900"),
    ("wait for a request", "POST", "/_emulator/wait",
     {"for": "request", "past": True, "match": {"operation": "FetchFleet", "query": {"A": "1"}}}),
    ("wait for a request in vain", "POST", "/_emulator/wait",
     {"for": "request", "match": {"path": "/v1/Nothing"}, "timeout_ms": 10}),
    ("wait for a delivery in vain", "POST", "/_emulator/wait",
     {"for": "delivery", "match": {"state": "delivered", "fleet": "fleet"}, "timeout_ms": 10}),
    ("wait for a status", "POST", "/_emulator/wait",
     {"for": "sim_status", "match": {"sid": "sim", "status": "active"}}),
    ("wait for a status in vain", "POST", "/_emulator/wait",
     {"for": "sim_status", "match": {"sid": "idle", "status": "active"}, "timeout_ms": 10}),
    ("wait until idle", "POST", "/_emulator/wait", {"for": "idle", "within": "1h"}),
    ("wait refused", "POST", "/_emulator/wait", {"for": "request", "match": {"verb": "GET"}}),
    ("events refused", "GET", "/_emulator/events?types=fleet.create", None),
    ("usage refused", "POST", f"/_emulator/sims/{NEW_SIM}/usage", {"data_upload": 1}),
    ("nearly a query", "GET", "/_emulator/deliveries?State=failed", None),
    ("fault fetch", "GET", "/v1/Fleets/fleet?Fault=yes", None),
    ("fault create", "POST", "/v1/NetworkAccessProfiles", {"UniqueName": "faulty"}),
    ("faults", "GET", "/_emulator/faults", None),
    ("faults replace", "PUT", "/_emulator/faults",
     {"seed": 1, "faults": [
         {"id": "a", "match": {"form": {"UniqueName": LONG_URL}}, "for": "1h",
          "then": {"latency": {"lognormal": {"median_ms": 100, "sigma": 0.5}}}},
         {"id": "b", "side": "webhook", "match": {"url": LONG_URL}, "then": {"close": True}}]}),
    ("fault add", "POST", "/_emulator/faults", {"id": "added", "match": {"path": "/v1/*/x"}, "then": {"reset": True}}),
    ("fault add refused", "POST", "/_emulator/faults", {"id": "fetch", "then": {"reset": True}}),
    ("fault remove", "DELETE", "/_emulator/faults/fetch", None),
    ("faults clear", "DELETE", "/_emulator/faults", None),
    ("limits", "GET", "/_emulator/limits", None),
    ("limits set", "PUT", "/_emulator/limits", {"concurrent": 1000}),
    ("fork with faults", "POST", "/_emulator/accounts/{account}/fork", {"faults": True}),
    ("no such key", "POST", "/_emulator/reset", {"nothing": 1}),
]

def fleets_of(count):
    """Fleets for a state, beside those that it has."""
    return [{"sid": f"HF{number:032x}", "network_access_profile_sid": PROFILE}
            for number in range(1, count)]


MUCH = fleets_of(250)       # to be loaded in pieces
VERY_MUCH = fleets_of(600)  # to be copied in pieces


def state_for(account, **more):
    """The document that brings an account into the state."""
    return {"accounts": [{"sid": account, **STATE, **more}]}


SID = re.compile(r"^[A-Z]{2}[0-9a-f]{32}$")
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
KNOWN = {PROFILE, SECOND_PROFILE, FLEET, EMPTY_FLEET, SIM, NEW_SIM, "ACCOUNT"}
# What differs from call to call without anything being wrong.
CHANGING = {"activation_code", "matching_id", "auth_token", "idempotency_token",
            "duration_us", "total_us", "time", "wait"}


def comparable(value, key=None):
    """A JSON value without what is made up anew each time."""
    if isinstance(value, dict):
        return {name: comparable(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [comparable(each, key) for each in value]
    if key in CHANGING and not isinstance(value, (dict, list)):
        return "changing"
    if isinstance(value, str):
        if SID.match(value) and value not in KNOWN:
            return value[:2] + " made up"
        if TIME.match(value) and not value.startswith("2026-03-01T12"):
            return "time"
        value = re.sub(r" after \d+ ms", " after a time", value)
        return re.sub(r"([A-Z]{2})[0-9a-f]{32}", lambda found: found.group(0)
                      if found.group(0) in KNOWN else found.group(1) + " made up", value)
    return value


def read_json(body, account):
    """A body as comparable JSON, in which `account` is "ACCOUNT"; it must be JSON if anything."""
    text = body.decode().replace(account, "ACCOUNT")
    return comparable(json.loads(text)) if text else None


def shape(value):
    """What a JSON value tells of: the keys of its objects, and of a list's first."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    return [shape(each) for each in value[:1]] if isinstance(value, list) else None
