# SPDX-License-Identifier: MIT
"""The control API: who may call, clocks, accounts, reset, fork, state, sinks, info and metrics."""
import contextlib
import json
import os
import sqlite3
import time
import unittest

from device_case import DeviceTestCase
from http_client import Client, new_account
from networks import ATT
from receiver import unused_port
from server import REPOSITORY, DirectoryTestCase, scaled, wait_until
from threads import at_once

SEED_ACCOUNT = "AC" + "5" * 32
SEED = {"accounts": [{
    "sid": SEED_ACCOUNT, "auth_token": "seeded",
    "api_keys": [{"sid": "SK" + "5" * 32, "secret": "key"}],
    "network_access_profiles": [{"unique_name": "nap", "networks": [ATT]}],
    "fleets": [{"unique_name": "fleet", "sid": "HF" + "5" * 32, "network_access_profile_sid": "nap"}],
    "sim_cards": [{"iccid": "89883070000123456789", "registration_code": "KNOWNCODE1"}],
    "sims": [{"iccid": "89883070000123450001", "registration_code": "0123456789",
              "unique_name": "tracker", "status": "active", "fleet_sid": "fleet"}],
    "sms_commands": [{"sim_sid": "tracker", "payload": "old", "status": "delivered"}],
    "clock": {"mode": "frozen", "now": "2026-03-01T00:00:00Z"},
}]}


class AccessTest(DeviceTestCase):
    """Who may call."""

    def anonymous(self):
        """A caller without credentials."""
        client = Client(self.server.address, "nobody")
        client.authorization = ""
        self.addCleanup(client.close)
        return client

    def test_the_operator_on_this_machine(self):
        operator = self.anonymous()
        self.assertEqual(self.control("GET", "info", client=operator)["api"], 1)
        self.refused(operator.control("GET", "clock"), 400, "account")
        shown = self.control("GET", "clock?account=" + self.account, client=operator)
        self.assertEqual(shown["mode"], "real")
        self.refused(operator.control("GET", "clock?account=AC1"), 400, "account")

    def test_a_webhook_is_not_the_operator(self):
        operator = self.anonymous()
        path = "state?account=" + self.account
        for headers in ({"X-Twilio-Signature": "x"}, {"User-Agent": "TwilioProxy/1.1"}):
            self.refused(operator.control("GET", path, headers=headers), 401)
            self.control("GET", path, headers=headers)
        self.control("GET", path, client=operator, headers={"User-Agent": "curl"})
        thief = self.new_client()
        url = f"{self.server.url}/_emulator/state?account={self.account}"
        self.freeze(client=thief)
        sim = self.active_sim(self.fleet(thief, SmsCommandsUrl=url, SmsCommandsMethod="GET"), thief)
        sent = self.control("POST", f"sims/{sim['sid']}/sms-commands", {"payload": "x"}, 201, thief)
        self.advance("1s", thief)
        [attempt] = self.control("GET", "deliveries/" + sent["delivery"], client=thief)["attempts"]
        self.assertEqual(attempt["status"], 401)
        self.assertNotIn("sid", attempt["answer_body"])

    def test_credentials_reach_their_account_only(self):
        other = new_account()
        self.control("GET", "clock?account=" + self.account)
        self.refused(self.client.control("GET", "clock?account=" + other), 403, "account")
        self.refused(self.client.control("POST", "reset?all=true"), 403, "all")
        self.refused(self.client.control("DELETE", "accounts/" + other), 403)
        self.refused(self.client.control("POST", f"accounts/{other}/fork"), 403)
        self.refused(self.client.control("POST", "accounts", {}), 403)
        self.refused(self.client.control("GET", "info", authorization="Basic ???"), 401)
        self.refused(self.client.control("GET", "info", authorization="Bearer x"), 401)

    def test_all_accounts_are_meant_where_that_can_be(self):
        operator = self.anonymous()
        for method, path, body in (("GET", "clock", None), ("PUT", "clock", {"mode": "frozen"}),
                                   ("POST", "clock/advance", {"by": "1s"}),
                                   ("PUT", "state", {"accounts": []}),
                                   ("GET", "deliveries", None), ("GET", "info", None)):
            for value in ("true", "maybe", ""):
                answer = operator.control(method, f"{path}?all={value}", body)
                self.refused(answer, 400, "all")
        self.refused(self.client.control("GET", "clock?all=true"), 400, "all")
        self.refused(operator.control("GET", "nothing?all=true"), 404)
        self.refused(operator.control("POST", "reset?all=yes"), 400, "all")
        self.refused(operator.control("POST", "reset?all=false"), 400, "account")
        self.refused(self.client.control("POST", "reset?all=false"), 403, "all")
        self.control("POST", f"reset?all=false&account={self.account}", client=operator)
        self.control("GET", f"clock?all=false&account={self.account}", client=operator)

    def test_an_index_for_everybody(self):
        """It asks for no password."""
        for path in ("/", "/_emulator", "/_emulator/", "/?", "/_emulator?"):
            with self.subTest(path):
                answer = self.anonymous().request("GET", path)
                self.assertEqual(answer.status, 200, answer)
                index = answer.json()
                self.assertEqual(index["name"], "supersim-emulator")
                self.assertEqual(index["version"], answer.header("Emulator-Version").split()[-1])
                self.assertEqual(index["info"], self.server.url + "/_emulator/info")
                self.assertEqual(index["livez"], self.server.url + "/livez")
                self.assertEqual("GET /_emulator/info" in index.get("verbs", ()), path[1:2] == "_")
                self.assertEqual(self.anonymous().get("/livez").status, 200)
                self.assertTrue(os.path.exists(os.path.join(REPOSITORY, index["docs"])))
        evil = self.anonymous().request("GET", "/_emulator/", headers={"Host": "evil.example"})
        self.refused(evil, 403)
        self.refused(self.client.request("POST", "/_emulator"), 405)
        self.refused(self.client.request("GET", "/_emulator//"), 404)
        self.refused(self.client.request("GET", "/_emulator/nothing"), 404)
        self.assert_error(self.client.request("GET", "/_emulators"), 404, code=20404)

    def test_a_byte_order_mark_before_a_body(self):
        answer = self.client.request("PUT", "/_emulator/clock", b'\xef\xbb\xbf{"mode": "frozen"}')
        self.assertEqual(self.ok(answer)["mode"], "frozen")
        self.refused(self.client.request("PUT", "/_emulator/clock", b"\xef\xbb\xbf"), 400)

    def test_pages_of_other_origins_and_rebound_names(self):
        for headers in ({"Origin": "http://evil.example"}, {"Origin": "null"},
                        {"Host": "evil.example"}, {"Host": "evil.example:7746"}, {"Host": None}):
            with self.subTest(headers=headers):
                before = self.control("GET", "clock")["mode"]
                answer = self.client.control("PUT", "clock", {"mode": "frozen"}, headers=headers)
                self.assertIn(answer.status, (400, 403), answer)
                self.assertEqual(self.control("GET", "clock")["mode"], before)
        host = "localhost:%d" % self.server.address[1]
        for headers in ({"Host": host}, {"Host": "127.0.0.1"}, {"Host": "[::1]:5"},
                        {"Origin": self.server.url}):
            self.control("GET", "info", headers=headers)

    def test_hosts_that_are_none(self):
        """What begins with a name of ours, and goes on."""
        for host in ("[127.0.0.1].evil", "[::1].evil", "localhost/x", "localhost:80:80", "[::1",
                     "localhost@evil", "127.0.0.1,evil", "localhost:99999", ""):
            with self.subTest(host=host):
                for method, path in (("GET", "info"), ("PUT", "clock"), ("GET", "nothing"),
                                     ("POST", "sinks/hook/in?account=" + self.account)):
                    answer = self.client.control(method, path, headers={"Host": host})
                    self.refused(answer, 400)

    def test_no_answer_is_for_other_pages(self):
        answer = self.client.control("GET", "info")
        self.assertIsNone(answer.header("Access-Control-Allow-Origin"))
        self.assertRegex(answer.header("Twilio-Request-Id"), "^RQ[0-9a-f]{32}$")
        self.assertTrue(answer.header("Emulator-Version"))
        self.refused(self.client.request("OPTIONS", "/_emulator/clock"), 405)

    def test_unknown_things(self):
        self.refused(self.client.control("GET", "nothing"), 404)
        answer = self.client.control("PATCH", "clock")
        self.assertEqual(self.refused(answer, 405)["hint"], "GET, PUT")
        self.assertEqual(answer.header("Allow"), "GET, PUT")
        self.refused(self.client.control("POST", "reset", {"to": "seed", "too": 1}), 400, "too")
        self.refused(self.client.request("POST", "/_emulator/reset", b"{"), 400)
        self.refused(self.client.request("POST", "/_emulator/reset", b'{"to":1,"to":2}'), 400)

    def test_hints_say_what_would_do(self):
        for method, path, body, named in [
                ("POST", "sims/x/usage", {"upload": 1}, "data_upload"),
                ("POST", "sims/x/attach", {"networks": 1}, "network"),
                ("POST", "sims/x/detach", {"by": 1}, "no body"),
                ("GET", "deliveries?state=foo", None, "pending"),
                ("GET", "deliveries?limit=501", None, "500"),
                ("GET", "deliveries?fleet=", None, "fleet"),
                ("POST", "wait", {"for": "idle", "within": 5}, "within is a duration, as \"250ms\""),
                ("POST", "wait", {"for": "idle", "timeout_ms": "5s"}, "timeout_ms is a whole number"),
                ("POST", "wait", {"for": "request", "past": 1}, "past is true or false"),
                ("POST", "wait", {"for": "request", "operation": "CreateFleet"},
                 "operation belongs into `match`"),
                ("POST", "wait", {"for": "command", "sid": "x"}, "sid belongs into `match`"),
                ("POST", "faults", {"status": 503}, "status belongs into `then`"),
                ("POST", "faults", {"path": "/v1", "then": {"close": True}}, "path belongs into `match`"),
                ("POST", "faults", {"match": {"status": 503}, "then": {"close": True}},
                 "status belongs into `then`"),
                ("PUT", "faults", [{"match": {"reset": True}}], "reset belongs into `then`"),
                ("POST", "requests/verify", {"match": {"path": "/v1"}}, "give its keys directly"),
                ("PUT", "sinks/x", {"answers": 1}, "answers")]:
            with self.subTest(path=path, body=body):
                error = self.refused(self.client.control(method, path, body), 400)
                self.assertIn(named, error["hint"] or "")

    def test_hints_do_not_mend_what_is_right(self):
        """What a body should be is no help when the body is well."""
        self.freeze()
        sim = "sims/" + self.register()["sid"]
        for path, body, status in [
                ("sims/nobody/sms-commands", {"payload": "x"}, 404),
                (sim + "/sms-commands", {"payload": "x"}, 409),
                (sim + "/usage", {"data_upload": 1}, 409)]:
            with self.subTest(path=path):
                hint = self.refused(self.client.control("POST", path, body), status)["hint"] or ""
                self.assertNotIn("{\"", hint)


class QueryTest(DeviceTestCase):
    """Queries of control calls."""

    def test_one_that_cannot_be_decoded(self):
        for query in ("account=%ZZ", "x=%00", "%FF"):
            self.refused(self.client.control("GET", "clock?" + query), 400)


class TokenTest(DirectoryTestCase, DeviceTestCase):
    """The admin token."""

    @classmethod
    def setUpClass(cls):
        """Each test starts its own server."""

    def setUp(self):
        DirectoryTestCase.setUp(self)

    def call(self, server, token=None):
        """The status of an operator's call."""
        client = server.client()
        client.authorization = f"Bearer {token}" if token else ""
        return client.control("GET", "accounts").status

    def test_given(self):
        server = self.start("--admin-token", "secret token")
        self.assertEqual(self.call(server), 401)
        self.assertEqual(self.call(server, "secret"), 401)
        self.assertEqual(self.call(server, "secret token"), 200)
        info = server.client().control("GET", "info").json()
        self.assertEqual(info["configuration"]["admin-token"], "***")
        self.assertNotIn("secret token", json.dumps(info))

    def test_made_when_others_can_reach_the_server(self):
        server = self.start(listen="0.0.0.0:0")
        server.address = ("127.0.0.1", server.address[1])
        self.assertEqual(self.call(server), 401)
        token = server.log().split("admin token for /_emulator: ")[1].split()[0]
        self.assertEqual(self.call(server, token), 200)

    def test_made_is_said_whatever_is_logged(self):
        for form in ("text", "json"):
            server = self.start("--log-level", "error", "--log-format", form, listen="0.0.0.0:0")
            server.address = ("127.0.0.1", server.address[1])
            lines = server.log().splitlines()
            self.assertEqual(len(lines), 1, lines)
            message = json.loads(lines[0])["message"] if form == "json" else lines[0]
            token = message.split("admin token for /_emulator: ")[1]
            self.assertEqual(self.call(server, token), 200)


class ClockTest(DeviceTestCase):
    """One clock for each account."""

    def test_modes(self):
        self.assertEqual(self.control("GET", "clock")["mode"], "real")
        frozen = {"mode": "frozen", "now": "2030-05-06T07:08:09Z", "rate": 1, "next_due": None}
        self.assertEqual(self.control("PUT", "clock", {"mode": "frozen",
                                                       "now": frozen["now"]}), frozen)
        self.assertEqual(self.control("GET", "clock"), frozen)
        self.assertEqual(self.register()["date_created"], frozen["now"])
        self.assertEqual(self.make_profile()["date_created"], frozen["now"])
        self.control("PUT", "clock", {"mode": "scaled", "rate": 86400000, "now": frozen["now"]})
        wait_until(lambda: self.control("GET", "clock")["now"] > "2030-05-08", "two days")
        real = self.control("PUT", "clock", {"mode": "real"})
        self.assertEqual(real["now"][:10], time.strftime("%Y-%m-%d", time.gmtime()))
        ahead = self.control("PUT", "clock", {"mode": "real", "now": "2040-01-01T00:00:00Z"})
        self.assertEqual(ahead["now"], "2040-01-01T00:00:00Z")

    def test_forms_of_time(self):
        """What libraries write, wherever a time is taken: the clock, a device's usage, a state."""
        forms = ("2026-01-15T12:00:00.000Z", "2026-01-15T12:00:00", "2026-01-15T12:00",
                 "2026-01-15T04:00:00-0800", "2026-01-15T14:00:00+02", "2026-01-15T13:00:00.5+01:00")
        for form in forms:
            self.assertEqual(self.freeze(form)["now"], "2026-01-15T12:00:00Z", form)
        sim = self.active_sim(self.fleet())
        path = f"sims/{sim['sid']}/usage"
        for form in forms:
            self.control("POST", path, {"at": form, "data_upload": 1})
        self.control("POST", path + "/generate", {
            "start_time": "2026-01-15T10:00:00", "end_time": "2026-01-15T04:00:00.000-0800",
            "upload_per_hour": 10})
        state = self.control("GET", "state")
        account = state["accounts"][0]
        self.assertEqual([(each["hour"], each["data_upload"]) for each in account["usage"]],
                         [(f"2026-01-15T{hour}:00:00Z", count)
                          for hour, count in ((10, 10), (11, 10), (12, len(forms)))])
        account["usage"][0]["hour"] = "2026-01-15T11:00:00.000+0100"
        account["fleets"][0]["date_created"] = "2026-01-15T11:00:00"
        account["clock"]["now"] = "2026-01-15T14:30:00+02"
        self.control("PUT", "state", state)
        again = self.control("GET", "state")["accounts"][0]
        self.assertEqual(again["usage"][0]["hour"], "2026-01-15T10:00:00Z")
        self.assertEqual(again["fleets"][0]["date_created"], "2026-01-15T11:00:00Z")
        self.assertEqual(again["clock"]["now"], "2026-01-15T12:30:00Z")

    def test_others_are_not_touched(self):
        self.freeze()
        self.assertEqual(self.control("GET", "clock", client=self.new_client())["mode"], "real")

    def test_refused(self):
        for body, field in (({"mode": "slow"}, "mode"), ({"now": "yesterday"}, "now"),
                            ({"mode": "scaled"}, "rate"), ({"mode": "scaled", "rate": 0}, "rate"),
                            ({"mode": "scaled", "rate": "2"}, "rate"), ({"rate": 60}, "mode"),
                            (None, "mode"), ([], "")):
            error = self.refused(self.client.control("PUT", "clock", body), 400, field)
            self.assertIn("frozen", error["hint"], body)
        self.refused(self.client.control("PUT", "clock", {"speed": 1}), 400, "speed")
        for body, field in (({}, "by"), ({"by": 5}, "by"), ({"by": "-1h"}, "by"),
                            ({"by": "1 hour"}, "by"), ({"by": "1h", "to": 1}, "to")):
            self.refused(self.client.control("POST", "clock/advance", body), 400, field)

    def test_advance_runs_in_exact_order(self):
        self.freeze("2026-01-01T00:00:00Z")
        fleet = self.fleet()
        sims = [self.register() for _ in range(30)]
        for sim in sims:
            self.update_sim(sim, 202, Fleet=fleet["sid"], Status="ready")
            self.advance("20ms")
        left = self.advance("10s")
        self.assertEqual([one["sid"] for one in left["ran"]],
                         [sim["sid"] for sim in sims][-len(left["ran"]):])
        self.assertEqual(left["now"], "2026-01-01T00:00:10Z")
        self.assertEqual(left["pending"], 30, "each will be ready for three months at most")
        self.assertEqual(self.control("GET", "clock")["mode"], "frozen")

    def test_advance_of_a_clock_that_runs(self):
        before = self.control("GET", "clock")["now"]
        after = self.advance("365d")["now"]
        self.assertEqual(int(after[:4]), int(before[:4]) + 1)
        self.assertGreaterEqual(self.control("GET", "clock")["now"], after)

    def test_many_advances_at_once(self):
        self.freeze("2026-01-01T00:00:00Z")
        clients = [self.new_client(self.account) for _ in range(8)]
        def run(client):
            for _ in range(5):
                self.advance("1h", client)
        at_once(*[lambda client=client: run(client) for client in clients])
        self.assertEqual(self.control("GET", "clock")["now"], "2026-01-02T16:00:00Z")

    def test_thousands_of_things_due(self):
        self.freeze()
        sim = self.active_sim(self.fleet())
        count = scaled(1500, 500)
        body = [("POST", "/v1/SmsCommands", {"Sim": sim["sid"], "Payload": "x"})] * count
        for method, target, form in body:
            self.ok(self.client.request(method, target,
                                        "&".join(f"{k}={v}" for k, v in form.items())), 201)
        ran = self.advance("1h")["ran"]
        self.assertEqual(len(ran), 2 * count)


class StateTest(DirectoryTestCase, DeviceTestCase):
    """Seed, reset, accounts, fork, export and import."""

    @classmethod
    def setUpClass(cls):
        """Each test starts its own server."""

    def setUp(self):
        DirectoryTestCase.setUp(self)
        with open(self.path("seed.json"), "w", encoding="utf-8") as file:
            json.dump(SEED, file)
        self.server = self.start("--seed", self.path("seed.json"), database=self.path("t.db"))
        self.client = self.server.client(SEED_ACCOUNT, "seeded")
        self.account = SEED_ACCOUNT
        self.profile = None
        self.operator = self.server.client()
        self.operator.authorization = ""

    def state(self, client=None):
        """The exported account, without its SID."""
        account = self.control("GET", "state", client=client)["accounts"][0]
        account.pop("sid")
        return account

    def test_a_seed_of_everything(self):
        tracker = self.ok(self.client.get("/v1/Sims/tracker"))
        self.assertEqual((tracker["status"], tracker["fleet_sid"]), ("active", "HF" + "5" * 32))
        self.assertEqual(self.control("GET", "clock")["now"], "2026-03-01T00:00:00Z")
        [command] = self.ok(self.client.get("/v1/SmsCommands"))["sms_commands"]
        self.assertEqual((command["status"], command["sim_sid"]), ("delivered", tracker["sid"]))
        form = {"Iccid": "89883070000123456789", "RegistrationCode": "0123456789"}
        self.assert_error(self.client.post("/v1/Sims", form), 400, code=83002)
        self.register(iccid=form["Iccid"], code="KNOWNCODE1")

    def test_reset(self):
        before = self.state()
        other = self.server.client()
        self.make_profile("theirs", other)
        for _ in range(3):
            self.make_profile()
            self.register()
            gone = self.control("POST", "reset", {"to": "seed"})["removed"]
            self.assertEqual(gone, {"network_access_profiles": 2, "fleets": 1, "sims": 2})
            after = self.state()
            for kind in ("fleets", "network_access_profiles", "sims", "clock", "sim_cards"):
                ignore = ("sid", "date_created", "date_updated", "fleet_sid", "sim_sid",
                          "network_access_profile_sid", "ip_address")
                def plain(state):
                    if not isinstance(state, list):
                        return state
                    return [{k: v for k, v in one.items() if k not in ignore} for one in state]
                self.assertEqual(plain(after[kind]), plain(before[kind]))
        self.control("POST", "reset", {"to": "empty"})
        self.assertEqual(self.ok(self.client.get("/v1/Fleets"))["fleets"], [])
        self.assertEqual(self.control("GET", "clock")["mode"], "real")
        self.assertEqual(len(self.ok(other.get("/v1/NetworkAccessProfiles"))["network_access_profiles"]), 1)
        self.refused(self.client.control("POST", "reset", {"to": "zero"}), 400, "to")

    def test_reset_survives_a_restart(self):
        self.control("POST", "reset", {"to": "empty"})
        kept = self.make_profile("kept")
        self.server.kill()
        self.server = self.start(database=self.path("t.db"))
        client = self.server.client(SEED_ACCOUNT, "seeded")
        listed = self.ok(client.get("/v1/NetworkAccessProfiles"))["network_access_profiles"]
        self.assertEqual([one["sid"] for one in listed], [kept["sid"]])
        self.assertEqual(self.ok(client.get("/v1/Sims"))["sims"], [])

    def test_reset_of_all(self):
        other = self.server.client()
        self.make_profile("theirs", other)
        self.control("POST", "reset?all=true", {"to": "empty"}, client=self.operator)
        for client in (self.client, other):
            listed = self.ok(client.get("/v1/NetworkAccessProfiles"))
            self.assertEqual(listed["network_access_profiles"], [])

    def test_what_was_reset_is_swept_away(self):
        import sqlite3
        for _ in range(40):
            self.register()
        self.control("POST", "reset", {"to": "empty"})
        def rows():
            database = sqlite3.connect(self.path("t.db"))
            try:
                return database.execute("SELECT (SELECT count(*) FROM sims) + (SELECT count(*)"
                                        " FROM ended_namespaces)").fetchone()[0]
            finally:
                database.close()
        wait_until(lambda: rows() == 0, "the old rows to go")

    def test_accounts(self):
        made = self.control("POST", "accounts", {"ttl_s": 3600}, 201, client=self.operator)
        client = self.server.client(made["sid"], made["auth_token"])
        self.make_profile("p", client)
        wrong = self.server.client(made["sid"], "wrong")
        self.assertEqual(wrong.get("/v1/Fleets").status, 401)
        listed = self.control("GET", "accounts", client=self.operator)["accounts"]
        self.assertIn(made["sid"], [one["sid"] for one in listed])
        mine = self.control("GET", "accounts", client=client)["accounts"]
        self.assertEqual([one["sid"] for one in mine], [made["sid"]])
        again = self.operator.control("POST", "accounts", {"sid": made["sid"]})
        self.refused(again, 409)
        self.assertEqual(client.control("DELETE", "accounts/" + made["sid"]).status, 204)
        self.assertEqual([one.get("/v1/Fleets").status for one in (client, wrong)], [401, 401],
                         "it has to be made again")
        self.control("POST", "accounts", {"sid": made["sid"], "auth_token": made["auth_token"]}, 201,
                     client=self.operator)
        self.assertEqual(self.ok(client.get("/v1/NetworkAccessProfiles"))["network_access_profiles"], [])
        self.refused(self.operator.control("DELETE", "accounts/" + new_account()), 404)
        self.refused(self.operator.control("POST", "accounts", {"sid": "AC1"}), 400, "sid")
        self.refused(self.operator.control("POST", "accounts", {"ttl_s": -1}), 400, "ttl_s")

    def test_times_to_live_that_are_too_long(self):
        """They are refused before anybody reckons with them."""
        for ttl in (3600 * 24 * 36525 + 1, 2**63 // 1000 + 1, 2**63 - 1):
            for path in ("accounts", f"accounts/{SEED_ACCOUNT}/fork"):
                self.refused(self.operator.control("POST", path, {"ttl_s": ttl}), 400, "ttl_s")

    def test_an_account_with_a_seed(self):
        own_key = {"sid": "SK" + "6" * 32, "secret": "key"}
        seed = {"accounts": [dict(SEED["accounts"][0], api_keys=[own_key])]}
        made = self.control("POST", "accounts", {"auth_token": "t", "seed": seed}, 201,
                            client=self.operator)
        client = self.server.client(made["sid"], "t")
        fleet = self.ok(client.get("/v1/Fleets/fleet"))
        self.assertEqual((fleet["sid"], fleet["account_sid"]), ("HF" + "5" * 32, made["sid"]))
        bad = {"seed": {"accounts": [{"sid": new_account(), "fleets": [{"colour": "red"}]}]}}
        error = self.refused(self.operator.control("POST", "accounts", bad), 400)
        self.assertIn("colour", error["hint"])
        for wrong in (5, "x", None, [], {}, {"accounts": []}):
            self.refused(self.operator.control("POST", "accounts", {"seed": wrong}), 400)

    def test_idle_accounts_end(self):
        made = self.control("POST", "accounts", {"ttl_s": 1}, 201, client=self.operator)
        client = self.server.client(made["sid"], made["auth_token"])
        self.make_profile("p", client)
        def gone():
            listed = self.control("GET", "accounts", client=self.operator)["accounts"]
            return made["sid"] not in [one["sid"] for one in listed]
        wait_until(gone, "the account's end")

    def test_fork(self):
        made = self.control("POST", f"accounts/{SEED_ACCOUNT}/fork", {"ttl_s": 60}, 201)
        copy = self.server.client(made["sid"], made["auth_token"])
        self.assertEqual(self.state(copy), self.state())
        self.register(copy)
        self.assertEqual(len(self.ok(self.client.get("/v1/Sims"))["sims"]), 1)
        self.assertEqual(len(self.ok(copy.get("/v1/Sims"))["sims"]), 2)
        self.refused(self.operator.control("POST", f"accounts/{new_account()}/fork"), 404)

    def test_a_fork_goes_on(self):
        """What was pending is pending in the copy, too."""
        sim = self.register()
        self.update_sim(sim, 202, Fleet="fleet", Status="ready")
        made = self.control("POST", f"accounts/{SEED_ACCOUNT}/fork", status=201)
        copy = self.server.client(made["sid"], made["auth_token"])
        self.advance("1s", copy)
        self.assertEqual(self.fetch_sim(sim, copy)["status"], "ready")
        self.assertEqual(self.fetch_sim(sim)["status"], "scheduled")

    def test_export_and_import(self):
        sim = self.register()
        self.update_sim(sim, 202, Fleet="fleet", Status="ready", UniqueName="é \"quoted\"")
        self.control("POST", "sims/tracker/usage", {"data_upload": 123456, "data_download": 7})
        self.control("POST", "sims/tracker/detach")
        before = self.control("GET", "state")
        for client in (self.client, self.server.client()):
            self.control("PUT", "state", before, client=client)
            after = self.state(client)
            account = dict(before["accounts"][0])
            account.pop("sid")
            self.assertEqual(after, account)
            self.advance("1s", client)
            self.assertEqual(self.fetch_sim(sim, client)["status"], "ready")
        error = self.refused(self.client.control("PUT", "state", {"accounts": []}), 400, "accounts")
        self.assertTrue(error["hint"])
        self.refused(self.client.control("PUT", "state", {"accounts": [{"sid": 5}]}), 400)
        self.assertEqual(self.fetch_sim(sim)["status"], "ready", "a refused import changes nothing")

    def test_exported_state_is_a_seed(self):
        with open(self.path("exported.json"), "w", encoding="utf-8") as file:
            json.dump(self.control("GET", "state"), file)
        before = self.state()
        server = self.start("--seed", self.path("exported.json"))
        self.assertEqual(self.state(server.client(SEED_ACCOUNT)), before)

    def test_the_export_of_all_accounts_is_a_seed(self):
        other, ended = self.server.client(), self.server.client()
        self.make_profile(client=other)
        self.make_profile(client=ended)
        self.control("PUT", "clock", {"mode": "scaled", "rate": 2}, client=other)
        self.control("DELETE", "accounts/" + ended.user, client=ended, status=204)
        before = self.control("GET", "state?all=true", client=self.operator)
        self.assertEqual([one["sid"] for one in before["accounts"]],
                         sorted([SEED_ACCOUNT, other.user]))
        self.assertNotIn("seeded", json.dumps(before))
        for client in (self.client, other):
            [account] = self.control("GET", "state", client=client)["accounts"]
            [same] = [one for one in before["accounts"] if one["sid"] == client.user]
            account["clock"].pop("now", None)
            self.assertEqual(account, {**same, "clock": {
                key: value for key, value in same["clock"].items() if key != "now"}})
        self.refused(self.client.control("GET", "state?all=true"), 403, "all")
        self.refused(self.operator.control("PUT", "state?all=true", before), 400, "all")
        with open(self.path("all.json"), "w", encoding="utf-8") as file:
            json.dump(before, file)
        again = self.start("--seed", self.path("all.json")).client()
        again.authorization = ""
        after = self.control("GET", "state?all=true", client=again)
        for document in (before, after):
            for account in document["accounts"]:
                account["clock"].pop("now", None)
        self.assertEqual(after, before)

    def test_the_export_of_all_accounts_is_bounded(self):
        """Each fits, though its small records would not if they were larger; all of them do not: they
        are counted together."""
        cards = [{"iccid": str(number), "registration_code": "H3LL0W0RLD"}
                 for number in range(10 ** 17, 10 ** 17 + 110_000)]
        self.control("PUT", "state", {"accounts": [{"sid": self.account, "sim_cards": cards}]})
        state = self.control("GET", "state")
        self.assertEqual(len(state["accounts"][0]["sim_cards"]), len(cards))
        for _ in range(3):
            self.control("POST", f"accounts/{self.account}/fork", {}, 201, client=self.operator)
        error = self.refused(self.operator.control("GET", "state?all=true"), 409)
        self.assertRegex(error["error"], "too large to be exported: [0-9]+ records$")
        self.assertIn(".backup", error["hint"])

    def test_all_that_is_exported_can_be_loaded(self):
        self.freeze("2026-03-01T00:00:00Z")
        fleet = self.fleet()
        past = {"start_time": "2024-08-01T00:00:00Z", "end_time": "2026-03-01T00:00:00Z",
                "upload_per_hour": 1, "download_per_hour": 2}

        def history(count):
            for _ in range(count):
                sim = self.active_sim(fleet)
                self.control("POST", f"sims/{sim['sid']}/usage/generate", past)

        history(6)
        state = self.control("GET", "state")
        self.assertGreater(len(json.dumps(state)), 16 * 1024 * 1024)
        copy = self.server.client()
        self.control("PUT", "state", state, client=copy)
        answer = self.server.client().request(
            "POST", "/_emulator/accounts", json.dumps({"seed": state}).encode(), authorization="")
        self.assertEqual(answer.status, 201, "its size is no reason to refuse it")
        history(9)
        error = self.refused(self.client.control("GET", "state"), 409)
        self.assertRegex(error["error"], "^The state is too large to be exported: [0-9]+ bytes$")
        self.assertIn("fork", error["hint"])
        history(5)
        error = self.refused(self.client.control("GET", "state"), 409)
        self.assertRegex(error["error"], "too large to be exported: [0-9]+ records and more than "
                                         "[0-9]+ hours of usage")
        self.assertIn("fork", error["hint"])

    def test_deleting_fleets(self):
        answer = self.client.control("DELETE", "fleets/fleet")
        error = self.refused(answer, 409)
        self.assertTrue(error["error"].endswith("while Sims are assigned to it (1)"), error)
        self.assertIn("another Fleet", error["hint"])
        self.update_sim(self.ok(self.client.get("/v1/Sims/tracker")), 202, Status="inactive")
        self.advance("1s")
        self.update_sim(self.ok(self.client.get("/v1/Sims/tracker")), Fleet="")
        self.assertEqual(self.client.control("DELETE", "fleets/fleet").status, 204)
        self.assert_error(self.client.get("/v1/Fleets/fleet"), 404)
        self.refused(self.client.control("DELETE", "fleets/fleet"), 404)


class FaultTest(DirectoryTestCase, DeviceTestCase):
    """Faults of ours."""

    @classmethod
    def setUpClass(cls):
        """The test starts its own server."""

    def setUp(self):
        DirectoryTestCase.setUp(self)

    def test_each_is_logged_with_its_request(self):
        server = self.start(database=self.path("t.db"))
        client = server.client()
        client.post("/v1/NetworkAccessProfiles", {})
        with contextlib.closing(sqlite3.connect(self.path("t.db"))) as database:
            database.execute("DROP TABLE fleets")
            database.commit()
        for method, path, query in (("GET", "/v1/Fleets", "secret=hush"),
                                    ("GET", "/_emulator/state", "account=" + client.user),
                                    ("POST", "/_emulator/reset", "account=" + client.user)):
            answer = client.request(method, path + "?" + query)
            self.assertEqual(answer.status, 500, answer)
            self.assertRegex(server.log(), f"(?m) error {method} {path}: answered 500 request_id="
                             f"{answer.header('Twilio-Request-Id')}$")
            self.assertNotIn(query, server.log())


class SinkTest(DeviceTestCase):
    """Built-in receivers."""

    def test_a_script(self):
        answers = [{"status": 500}, {"delay_ms": 50, "body": "slow"}, {"status": 202}]
        made = self.control("PUT", "sinks/hook", {"answers": answers})
        self.assertEqual(made, {"name": "hook", "url": self.server.url + "/_emulator/sinks/hook/in",
                                "answers": answers})
        path = f"/_emulator/sinks/hook/in?account={self.account}"
        got = []
        for method in ("POST", "GET", "PUT", "DELETE"):
            begin = time.monotonic()
            answer = self.client.request(method, path, b"a=b" if method == "POST" else None,
                                         authorization="")
            got.append((answer.status, answer.body, time.monotonic() - begin > 0.045))
        self.assertEqual([one[:2] for one in got],
                         [(500, b""), (200, b"slow"), (202, b""), (202, b"")])
        self.assertTrue(got[1][2])
        requests = self.control("GET", "sinks/hook/received")["requests"]
        self.assertEqual([one["method"] for one in requests], ["POST", "GET", "PUT", "DELETE"])
        self.assertEqual([one["answered_status"] for one in requests], [500, 200, 202, 202])
        self.assertEqual(requests[0]["parameters"], {"a": "b"})
        self.assertFalse(any(one["signature_valid"] for one in requests))
        self.control("PUT", "sinks/hook")
        self.assertEqual(self.control("GET", "sinks/hook/received"),
                         {"requests": [], "older": None})
        self.assertEqual(self.client.control("DELETE", "sinks/hook").status, 204)
        self.refused(self.client.control("GET", "sinks/hook/received"), 404)
        self.refused(self.client.request("POST", path, b""), 404)

    def test_refused(self):
        for answers in ([{"status": 99}], [{"status": "200"}], [{"delay_ms": -1}], [{"x": 1}], [5]):
            self.refused(self.client.control("PUT", "sinks/a", {"answers": answers}), 400, "answers")
        self.refused(self.client.control("PUT", "sinks/a", {"answers": {}}), 400, "answers")
        for name in (".", "..", "%2E", "%2e%2e", ".%2E"):
            self.refused(self.client.control("PUT", "sinks/" + name), 400, "name")
        self.assertEqual(self.client.control("PUT", "sinks/...").status, 200)
        self.refused(self.client.request("POST", "/_emulator/sinks/a/in", b"x=y"), 400, "account")

    def test_others_do_not_see_it(self):
        self.control("PUT", "sinks/hook")
        self.refused(self.new_client().control("GET", "sinks/hook/received"), 404)


class WatchingTest(DeviceTestCase):
    """Info and metrics."""

    def test_info(self):
        info = self.control("GET", "info")
        self.assertEqual((info["api"], info["pid"], info["url"]),
                         (1, self.server.pid, self.server.url))
        self.assertEqual(info["configuration"]["db"], ":memory:")
        self.freeze()
        sim = self.active_sim(self.fleet(SmsCommandsUrl=f"http://127.0.0.1:{unused_port()}/"))
        self.control("POST", f"sims/{sim['sid']}/sms-commands", {"payload": "x"}, 201)
        self.assertEqual(self.control("GET", "info")["outbox"], {"pending": 1})

    def test_an_account(self):
        self.freeze()
        self.refused(self.client.control("GET", "accounts/" + new_account()), 403)
        self.refused(self.new_client().control("GET", "accounts/nobody"), 404)
        stranger = self.new_client()
        self.refused(stranger.control("GET", "accounts/" + stranger.user), 404)
        sim = self.active_sim(self.fleet(SmsCommandsUrl=f"http://127.0.0.1:{unused_port()}/"))
        shown = self.control("GET", "accounts/" + self.account)
        self.assertEqual(shown["records"], {"network_access_profiles": 1, "fleets": 1, "sims": 1})
        self.assertEqual(shown["deliveries"], {"pending": 0, "delivered": 0, "failed": 0})
        self.assertEqual(shown["clock"]["mode"], "frozen")
        self.assertEqual(self.control("GET", "accounts")["accounts"],
                         [{key: shown[key] for key in ("sid", "token_checked", "ttl_s", "date_created")}])
        self.control("POST", f"sims/{sim['sid']}/sms-commands", {"payload": "x"}, 201)
        shown = self.control("GET", "accounts/" + self.account)
        self.assertEqual(shown["deliveries"], {"pending": 1, "delivered": 0, "failed": 0})
        self.advance("1s")
        shown = self.control("GET", "accounts/" + self.account)
        self.assertEqual(shown["deliveries"], {"pending": 0, "delivered": 0, "failed": 1})

    def test_metrics(self):
        self.ok(self.client.get("/v1/Fleets"))
        answer = self.client.get("/metrics")
        self.assertEqual(answer.status, 200)
        self.assertTrue(answer.header("Content-Type").startswith("text/plain"))
        lines = answer.body.decode().splitlines()
        typed = [line.split()[2] for line in lines if line.startswith("# TYPE ")]
        self.assertEqual([line.split()[2] for line in lines if line.startswith("# HELP ")], typed)
        self.assertGreater(len(typed), 5)
        values = {}
        for line in lines:
            if not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                values[name] = float(value)
        self.assertGreaterEqual(values['supersim_requests_total{method="GET",route="/v1/Fleets",status="2xx"}'], 1)
        self.assertIn("supersim_outbox_pending", values)
        self.assertGreater(values["supersim_resident_memory_bytes"], 1e6)
        self.assertIn('supersim_webhook_attempts_total{result="delivered"}', values)


if __name__ == "__main__":
    unittest.main()
