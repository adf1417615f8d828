# SPDX-License-Identifier: MIT
"""Hints: what errors say beside Twilio's own words, and docs/errors.md, which has all of them."""
import os
import re
import tempfile
import unittest

from device_case import ICCIDS, DeviceTestCase
from http_client import basic, new_account
from server import REPOSITORY, run_to_exit

JSON = {"Content-Type": "application/json"}
SIM = "HS" + "a" * 32
FLEET = "HF" + "b" * 32


class PageTest(unittest.TestCase):
    """docs/errors.md is what the program prints, and complete."""

    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as directory:
            cls.printed = run_to_exit("--print-errors", directory=directory)

    def rows(self):
        """The tables' cells, row by row, without heads."""
        return [[cell.strip() for cell in line.strip("| ").split(" | ")]
                for line in self.printed.stdout.splitlines() if re.match(r"\| \d{3} \|", line)]

    def test_the_page_is_up_to_date(self):
        self.assertEqual(self.printed.returncode, 0, self.printed.stderr)
        with open(os.path.join(REPOSITORY, "docs", "errors.md"), encoding="utf-8") as file:
            self.assertEqual(file.read(), self.printed.stdout,
                             "run: build/release/supersimd --print-errors > docs/errors.md")

    def test_every_error_has_a_message_a_cause_and_a_cure(self):
        rows = self.rows()
        self.assertGreater(len(rows), 60)
        for row in rows:
            with self.subTest(row=row):
                self.assertIn(len(row), (4, 5))
                for cell in row[-3:]:
                    self.assertRegex(cell, r"[A-Za-z]{3}")


class HintTestCase(DeviceTestCase):
    """Hints of /v1."""

    def hint(self, answer, status):
        """The header of an error of this status, whose body is Twilio's and no more."""
        self.assertEqual(answer.status, status, answer)
        self.assertEqual(list(answer.json()), ["code", "message", "more_info", "status"])
        return answer.header("Emulator-Hint") or ""


class ParameterTest(HintTestCase):
    """What a parameter takes, from the tables of fields."""

    def test_each_kind_of_parameter(self):
        profile = self.make_profile()["sid"]
        fleet = self.make_fleet(profile)["sid"]
        for path, form, told in [
                ("Fleets", {"DataLimit": "1GB"}, "DataLimit: whole megabytes, 1 to 2000000"),
                ("Fleets", {"SmsCommandsEnabled": "yes"}, "SmsCommandsEnabled: true or false"),
                ("Fleets", {"SmsCommandsMethod": "PUT"}, "SmsCommandsMethod: GET or POST"),
                ("Fleets", {"SmsCommandsUrl": "example.com"},
                 "SmsCommandsUrl: an absolute http or https URL; empty for none"),
                ("Fleets", {"UniqueName": "x" * 65},
                 "UniqueName: a name of at most 64 characters that does not look like a SID; "
                 "empty for none"),
                ("Fleets", {"NetworkAccessProfile": "nobody"},
                 "NetworkAccessProfile: the SID (HA...) or the unique name of a Network Access "
                 "Profile of this account"),
                ("NetworkAccessProfiles", {"Networks": "US"},
                 "Networks: SIDs (HW and 32 hexadecimal digits) that GET /v1/Networks lists: the "
                 "parameter may be repeated"),
                ("SmsCommands", {"Sim": "x", "Payload": "x" * 161},
                 "Payload: 1 to 160 bytes of text"),
                ("IpCommands", {"Sim": "x", "Payload": "x", "DevicePort": "65536"},
                 "DevicePort: a whole number, 0 to 65535")]:
            if path == "Fleets":
                form = {"NetworkAccessProfile": profile, **form}
            with self.subTest(form=form):
                self.assertEqual(self.hint(self.client.post("/v1/" + path, form), 400), told)
        self.assertEqual(self.hint(self.client.post("/v1/Fleets/" + fleet, {"DataLimit": "0"}), 400),
                         "DataLimit: whole megabytes, 1 to 2000000")

    def test_filters(self):
        for path, told in [("Sims?Status=on", "lists take new and scheduled, too"),
                           ("UsageRecords?Granularity=week", "Granularity: hour, day or all"),
                           ("UsageRecords?StartTime=now", "StartTime: a time: 2026-01-02T03:04:05Z"),
                           ("UsageRecords?StartTime=2999-01-01T00:00:00Z", "before EndTime"),
                           ("Networks?IsoCountry=USA", "IsoCountry: a country's two letters"),
                           ("Fleets?PageSize=0", "PageSize: 1 to 1000"),
                           ("Fleets?PageSize=1001", "PageSize: 1 to 1000"),
                           ("Fleets?Page=-1", "Page: a whole number"),
                           ("Fleets?Page=1", "next_page_url"),
                           ("Fleets?PageToken=PT1", "next_page_url"),
                           ("Fleets?a=%ZZ", "percent escapes")]:
            with self.subTest(path=path):
                self.assertIn(told, self.hint(self.client.get("/v1/" + path), 400))

    def test_missing_ones(self):
        self.assertIn("NetworkAccessProfile: the SID (HA...)",
                      self.hint(self.client.post("/v1/Fleets", {}), 400))
        self.assertEqual(self.hint(self.client.post("/v1/ESimProfiles", {}), 400),
                         "Eid, or GenerateMatchingId=true")

    def test_names_that_were_nearly_right(self):
        for given, meant in [("networkAccessProfile", "NetworkAccessProfile"),
                             ("network_access_profile", "NetworkAccessProfile"),
                             ("NetworkAccessProfil", "NetworkAccessProfile"),
                             ("dataLimit", "DataLimit")]:
            with self.subTest(given=given):
                answer = self.client.post("/v1/Fleets", {"colour": "red", given: "x"})
                self.assertEqual(self.hint(answer, 400), f"{given} is unknown: {meant}?")

    def test_bodies_that_are_no_form(self):
        for body, headers in [(b'{"NetworkAccessProfile":"x"}', JSON),
                              (b'{"NetworkAccessProfile":"x"}', {}),
                              (b"[]", {"Content-Type": "application/json; charset=utf-8"})]:
            with self.subTest(body=body, headers=headers):
                answer = self.client.post("/v1/Fleets", body, headers=headers)
                self.assertEqual(self.hint(answer, 400), "a JSON body is not read: send a form "
                                                         "(application/x-www-form-urlencoded)")
        answer = self.client.post("/v1/Fleets", b"x", headers={"Content-Type": "text/plain"})
        self.assertIn("this Content-Type is not read", self.hint(answer, 400))


class PathTest(HintTestCase):
    """Paths, methods, and SIDs of another kind."""

    def test_paths(self):
        for path, told in [
                ("/Fleets", "/Fleets lives under /v1: /v1/Fleets"),
                ("/fleets/", "/fleets lives under /v1: /v1/Fleets"),
                (f"/Sims/{SIM}", f"/Sims/{SIM} lives under /v1: /v1/Sims/{SIM}"),
                ("/clock", "/clock lives under /_emulator: /_emulator/clock"),
                ("/v1/Fleets/", "a path has no slash at its end: /v1/Fleets"),
                ("/v1/Fleets.json", "a path has no .json at its end: /v1/Fleets"),
                (f"/v1/fleets/{FLEET}.json", f"a path has no .json at its end: /v1/Fleets/{FLEET}"),
                ("/v1/fleets", "paths are case-sensitive: /v1/Fleets"),
                ("/v1/simS/x/billingperiods", "/v1/Sims/x/BillingPeriods"),
                ("/v1/Fleets/%zz", "a percent escape of the path means no text"),
                ("/v1/Sims/x%00/BillingPeriods", "a percent escape of the path means no text"),
                ("/v1/v1/Fleets/x", "/v1 twice, perhaps from a base URL: /v1/Fleets/x"),
                ("/v1/Fleet", "there is no such path: /v1/Fleets?"),
                ("/v1/BillingPeriods", "no such path: /v1/Sims/{Parent}/BillingPeriods?"),
                ("/v1/Nonsense", "/v1 has Fleets, NetworkAccessProfiles, Sims, "),
                ("/nothing", "/v1 has Fleets, ")]:
            with self.subTest(path=path):
                self.assertIn(told, self.hint(self.client.get(path), 404))

    def test_paths_of_the_control_api(self):
        for path, told in [("verify", "no such path: /_emulator/requests/verify?"),
                           ("fork", "no such path: /_emulator/accounts/{Sid}/fork?"),
                           ("x/advance", "no such path: /_emulator/clock/advance?"),
                           ("seed", "PUT /_emulator/state"),
                           ("clocks", "no such path: /_emulator/clock?"),
                           ("nonsense", "docs/control.md")]:
            error = self.refused(self.client.control("POST", path), 404)
            self.assertIn(told, error["hint"])

    def test_paths_in_full_are_no_sids(self):
        for path in ("requests/verify", "deliveries/replay"):
            answer = self.client.control("GET", path)
            self.refused(answer, 405)
            self.assertEqual(answer.header("Allow"), "POST")

    def test_sids_of_another_kind(self):
        told = f"SIDs that begin with HS are of Sims: /v1/Sims/{SIM}"
        self.assertEqual(self.hint(self.client.get("/v1/Fleets/" + SIM), 404), told)
        self.assertEqual(self.hint(self.client.post("/v1/Fleets/" + SIM, {"DataLimit": 1}), 404), told)
        self.assertEqual(self.hint(self.client.get("/v1/Sims/" + FLEET), 404),
                         f"SIDs that begin with HF are of Fleets: /v1/Fleets/{FLEET}")
        self.assertEqual(self.hint(self.client.get(f"/v1/Sims/{FLEET}/BillingPeriods"), 404),
                         f"SIDs that begin with HF are of Fleets: /v1/Fleets/{FLEET}")
        self.assertEqual(self.hint(self.client.get("/v1/Fleets/ZZ" + "0" * 32), 404),
                         "SIDs of Fleets begin with HF")
        for name in (FLEET, "nobody"):
            self.assertEqual(self.hint(self.client.get("/v1/Fleets/" + name), 404),
                             f"account {self.account} has no Fleet of this SID or name; names are "
                             "case-sensitive")
        error = self.refused(self.client.control("GET", "sims/" + FLEET), 404)
        self.assertIn("are of Fleets", error["hint"])
        error = self.refused(self.client.control("POST", f"sims/{FLEET}/sms-commands",
                                                 {"payload": "x"}), 404)
        self.assertIn("are of Fleets", error["hint"])

    def test_methods(self):
        self.assertEqual(self.hint(self.client.request("PUT", "/v1/Fleets/x"), 405),
                         "this path has GET, POST; updates are POST")
        self.assertIn("DELETE /_emulator/fleets/{Sid}",
                      self.hint(self.client.request("DELETE", "/v1/Fleets/x"), 405))

    def test_methods_of_what_is_only_read(self):
        for path in ("/v1/Networks", "/v1/Sims/x/BillingPeriods", "/livez"):
            self.assertEqual(self.hint(self.client.request("PUT", path), 405), "this path has GET")

    def test_credentials(self):
        for authorization, told in [
                ("", "Basic credentials: an account's SID (AC...)"),
                ("Bearer token", "credentials are Basic"),
                ("Basic ???", "base64 of user:password"),
                ("Basic " + "QUM=", "parted by a colon"),
                (basic("me", "x"), "AC and 32 hexadecimal digits")]:
            with self.subTest(authorization=authorization):
                answer = self.client.get("/v1/Fleets", authorization=authorization)
                self.assertIn(told, self.hint(answer, 401))
        made = self.control("POST", "accounts", {}, 201, authorization="")
        answer = self.client.get("/v1/Fleets", authorization=basic(made["sid"], "other"))
        self.assertIn("it is another one", self.hint(answer, 401))
        wrong = self.server.client(made["sid"], "other")
        self.assertIn("it is another one", self.refused(wrong.control("GET", "clock"), 401)["hint"])

    def test_sizes(self):
        self.assertEqual(self.hint(self.client.post("/v1/Fleets", b"x" * 70000), 413),
                         "a body of this path may have 65536 bytes")
        self.client.close()
        self.assertIn("16 kB", self.hint(self.client.get("/v1/Fleets", headers={"X": "x" * 17000}), 431))


class SafetyTest(HintTestCase):
    """What a request sent is in some hints: it must not become another header."""

    def test_nothing_is_injected(self):
        for name in ("Network%0d%0aAccessProfile", "Network%0AAccessProfile", "NetworkAccessProfile%7F",
                     "NetworkAccessProfile%C2%85", "%01NetworkAccessProfile"):
            with self.subTest(name=name):
                answer = self.client.post("/v1/Fleets", name + "=x")
                hint = self.hint(answer, 400)
                self.assertIn("is unknown: NetworkAccessProfile?", hint)
                self.assertTrue(all(" " <= character < "\x7f" for character in hint), repr(hint))
                names = [header for header, _ in answer.headers]
                self.assertEqual(len(names), len(set(names)))

    def test_texts_stay_texts(self):
        answer = self.client.post("/v1/Fleets", "NetworkAccessProfil%C3%A9=x")
        self.assertEqual(self.hint(answer, 400).encode("latin-1").decode(),
                         "NetworkAccessProfilé is unknown: NetworkAccessProfile?")

    def test_long_ones_are_cut(self):
        for path in ("/Fleets/" + "x" * 9000, "/v1/fleets/" + "%C3" * 3000):
            hint = self.hint(self.client.get(path), 404)
            self.assertTrue(0 < len(hint) <= 512, hint)
        answer = self.client.post("/v1/Fleets", "_" * 60000 + "NetworkAccessProfile=x")
        self.assertTrue(0 < len(self.hint(answer, 400)) <= 512)


class SimTest(HintTestCase):
    """States of Sims: which, until when, and what helps."""

    def setUp(self):
        super().setUp()
        self.freeze("2026-01-15T12:00:00Z")

    def post_sim(self, sim, status, **parameters):
        """The hint of a refused update."""
        return self.hint(self.client.post("/v1/Sims/" + sim["sid"], parameters), status)

    def usage_hint(self, sim):
        """The hint of usage that is refused."""
        answer = self.client.control("POST", f"sims/{sim['sid']}/usage", {"data_upload": 1})
        return self.refused(answer, 409)["hint"]

    def test_registration(self):
        code = "RegistrationCode"
        sim = self.register()
        for form, told in [({"Iccid": "1", code: "0123456789"}, "Iccid: 18 to 22 digits"),
                           ({"Iccid": str(next(ICCIDS)), code: "1"}, "RegistrationCode: ten characters"),
                           ({"Iccid": sim["iccid"], code: "0123456789"}, "/v1/Sims/" + sim["sid"]),
                           ({"Iccid": "1"}, "RegistrationCode: ten characters"),
                           ({"Iccid": "1", "registrationCode": "1"},
                            "registrationCode is unknown: RegistrationCode?")]:
            with self.subTest(form=form):
                self.assertIn(told, self.hint(self.client.post("/v1/Sims", form), 400))

    def test_statuses(self):
        fleet = self.fleet()
        sim = self.register()
        self.assertIn("in the same update", self.post_sim(sim, 400, Status="active"))
        self.assertIn("ready, active or inactive", self.post_sim(sim, 400, Status="scheduled"))
        self.assertIn("unique name of a Fleet", self.post_sim(sim, 400, Fleet="nobody"))
        sim = self.active_sim(fleet)
        self.assertEqual(self.post_sim(sim, 400, Status="ready"), "active can become inactive")
        self.assertIn("Status=inactive", self.post_sim(sim, 400, Fleet=""))

    def test_a_scheduled_sim(self):
        sim = self.register()
        self.update_sim(sim, 202, Status="active", Fleet=self.fleet()["sid"])
        self.assertRegex(self.post_sim(sim, 409, Status="inactive"),
                         "the Sim becomes active at 2026-01-15T12:00:0")
        told = self.usage_hint(sim)
        self.assertRegex(told, "the Sim becomes active at 2026-01-15T12:00:0")
        self.advance(re.search(r'"by": "(\d+s)"', told).group(1))
        self.control("POST", f"sims/{sim['sid']}/usage", {"data_upload": 1})

    def test_a_sim_that_is_off(self):
        sim = self.register()
        self.assertEqual(self.usage_hint(sim), f"the Sim is new: POST /v1/Sims/{sim['sid']} with "
                                               "Status=active and a Fleet")
        error = self.refused(self.client.control("POST", f"sims/{sim['sid']}/sms-commands",
                                                 {"payload": "x"}), 409)
        self.assertIn("the Sim is new", error["hint"])
        error = self.refused(self.client.control("POST", f"sims/{sim['sid']}/ip-commands",
                                                 {"payload_text": "x"}), 409)
        self.assertIn("the Sim is new", error["hint"])

    def test_a_sim_that_is_away_or_blocked(self):
        fleet = self.fleet(DataLimit=1)
        sim = self.active_sim(fleet)
        path = f"sims/{sim['sid']}"
        self.control("POST", path + "/detach")
        self.assertIn(f"POST /_emulator/{path}/attach", self.usage_hint(sim))
        self.control("POST", path + "/attach")
        self.control("POST", path + "/usage", {"data_upload": 1000000})
        hint = self.usage_hint(sim)
        self.assertIn("1 MB", hint)
        self.assertIn("/v1/Fleets/" + fleet["sid"], hint)
        self.assertRegex(hint, "ends at 2026-02-15T12:00:0")

    def test_fleets_without_sms_or_data(self):
        for parameter, command, body in [
                ("SmsCommandsEnabled", "sms-commands", {"payload": "x"}),
                ("DataEnabled", "ip-commands", {"payload_text": "x"})]:
            sim = self.active_sim(self.fleet(**{parameter: "false"}))
            answer = self.client.control("POST", f"sims/{sim['sid']}/{command}", body)
            self.assertIn(parameter, self.refused(answer, 409)["hint"])

    def test_times_of_usage_records(self):
        for query, told in [
                ("Granularity=day&StartTime=2026-01-02T03:00:00Z", "00:00:00Z"),
                ("Granularity=hour&StartTime=2026-01-02T03:04:00Z", "03:00:00Z"),
                ("Group=sim&StartTime=2025-11-01T00:00:00Z", "31 days at a time"),
                ("Granularity=hour&StartTime=2025-11-01T00:00:00Z", "coarser Granularity"),
                ("StartTime=2020-01-01T00:00:00Z", "GET /_emulator/clock")]:
            with self.subTest(query=query):
                self.assertIn(told, self.hint(self.client.get("/v1/UsageRecords?" + query), 400))


class ControlTest(DeviceTestCase):
    """The control API's."""

    def hint_of(self, status, method, path, body=None, field=None, **how):
        """The hint of a call that is refused; it is never null here."""
        hint = self.refused(self.client.control(method, path, body, **how), status, field)["hint"]
        self.assertTrue(hint)
        return hint

    def test_hosts(self):
        hint = self.hint_of(403, "GET", "info", headers={"Host": "emulator.test:7746"})
        self.assertIn("--allow-host emulator.test,", hint)
        self.assertIn("--public-url http://emulator.test:7746 ", hint)
        self.assertIn("Origin", self.hint_of(403, "GET", "info",
                                             headers={"Origin": "https://evil.example"}))

    def test_accounts(self):
        operator = {"authorization": ""}
        told = self.hint_of(400, "POST", "accounts", {"auth_token": "x", "name": "y"}, "name", **operator)
        self.assertEqual(told, "name is unknown; there are sid, auth_token, ttl_s, seed")
        told = self.hint_of(400, "POST", "accounts", {"authToken": "x"}, "authToken", **operator)
        self.assertEqual(told, "authToken is unknown: auth_token?")
        self.assertIn("32 hexadecimal", self.hint_of(400, "POST", "accounts", {"sid": "AC1"}, **operator))
        made = self.control("POST", "accounts", {}, 201, **operator)
        self.assertIn("leave sid out", self.hint_of(409, "POST", "accounts", {"sid": made["sid"]}, **operator))
        self.assertIn("Bearer", self.hint_of(403, "POST", "accounts", {}))
        self.assertIn("Bearer", self.hint_of(403, "POST", "reset?all=true"))
        self.assertIn("credentials", self.hint_of(403, "GET", "clock?account=" + new_account()))
        self.assertIn("account=AC", self.hint_of(400, "GET", "clock", **operator))
        self.assertIn("account=AC", self.hint_of(400, "GET", "clock?all=true"))
        self.assertIn("all=true", self.hint_of(400, "POST", "reset?all=yes", None, "all", **operator))
        self.assertIn("GET /_emulator/accounts",
                      self.hint_of(404, "DELETE", "accounts/" + new_account(), **operator))
        self.assertIn("Bearer", self.hint_of(401, "GET", "clock", authorization="Bearer x"))

    def test_bodies(self):
        for method, path, body, field, told in [
                ("PUT", "clock", None, "mode", '"frozen"'),
                ("PUT", "clock", {"mode": "stopped"}, "mode", '"frozen"'),
                ("POST", "clock/advance", {"By": "1h"}, "By", "By is unknown: by?"),
                ("POST", "reset", {"to": "x"}, "to", '"seed"'),
                ("PUT", "sinks/..", {}, "name", "neither . nor .."),
                ("PUT", "sinks/x", {"answers": [{}, 1]}, "answers", '"delay_ms"'),
                ("POST", "sims/x/attach", {"network": "HW1"}, "network", "GET /v1/Networks"),
                ("PUT", "sims/x/device", {"udp": "8.8.8.8:53"}, "udp", "--allow-egress"),
                ("PUT", "sims/x/device", {"udp": "localhost"}, "udp", "127.0.0.1:5000"),
                ("POST", "sims/x/ip-commands", {}, "payload", "payload_text"),
                ("POST", "sims/x/usage", [1], None, "data_upload")]:
            with self.subTest(path=path, body=body):
                self.assertIn(told, self.hint_of(400, method, path, body, field))
        sim = self.active_sim(self.fleet())
        self.assertIn("GET /_emulator/clock",
                      self.hint_of(400, "POST", f"sims/{sim['sid']}/usage",
                                   {"data_upload": 1, "at": "2999-01-01T00:00:00Z"}, "at"))

    def test_states(self):
        self.assertIn('{"accounts": [{', self.hint_of(400, "PUT", "state", {"accounts": []}))
        other = {"accounts": [{"sid": new_account()}, {"sid": new_account()}]}
        self.assertIn("one account", self.hint_of(400, "PUT", "state", other))
        self.assertIn("accounts", self.hint_of(400, "PUT", "state", {"account": []}))
        self.assertIn("accounts[1].sid: the account appears twice",
                      self.hint_of(400, "PUT", "state", {"accounts": other["accounts"][:1] * 2}))

    def test_a_state_of_many_accounts(self):
        """What it takes to refuse one grows with it, not with its square: that was minutes."""
        many = {"accounts": [{"sid": f"AC{number:032x}"} for number in range(100_000)]}
        self.assertIn("one account", self.hint_of(400, "PUT", "state", many))

    def test_conflicts(self):
        fleet = self.fleet()
        sim = self.active_sim(fleet)
        self.assertIn("move the Sims", self.hint_of(409, "DELETE", "fleets/" + fleet["sid"]))
        address = {"udp": "127.0.0.1:5001"}
        self.control("PUT", f"sims/{sim['sid']}/device", address)
        second = self.active_sim(fleet)
        self.assertIn(f"/_emulator/sims/{sim['sid']}/device",
                      self.hint_of(409, "PUT", f"sims/{second['sid']}/device", address))
        other = self.new_client()
        stranger = self.register(other)
        answer = other.control("PUT", f"sims/{stranger['sid']}/device", address)
        hint = self.refused(answer, 409)["hint"]
        self.assertNotIn(sim["sid"], hint)
        self.assertIn("another port", hint)
        history = {"start_time": "2026-01-01T00:00:00Z", "end_time": "2026-01-02T00:00:00Z"}
        self.assertIn("Fleet=", self.hint_of(409, "POST", f"sims/{self.register()['sid']}/usage/generate",
                                             history))

    def test_profiles(self):
        self.freeze()
        profile = self.ok(self.client.post("/v1/ESimProfiles", {"Eid": "8" * 32}), 201)
        path = "esim-profiles/" + profile["sid"]
        self.assertIn("clock/advance", self.hint_of(409, "POST", path + "/install"))
        self.advance("1h")
        self.assertIn(path + "/download", self.hint_of(409, "POST", path + "/install"))
        self.control("POST", path + "/download")
        self.assertIn(path + "/install", self.hint_of(409, "POST", path + "/download"))

    def test_paths(self):
        for path, told in [("clocks", "/_emulator/clock?"), ("clock/", "/_emulator/clock"),
                           ("Clock", "case-sensitive"), ("nothing", "docs/control.md")]:
            self.assertIn(told, self.hint_of(404, "GET", path))

    def test_queries(self):
        """A parameter that nobody knows would make a call do something else than was meant."""
        for method, path, field, told in [
                ("GET", "deliveries?State=failed", "State", "State is unknown: state?"),
                ("GET", "?x=1", "x", "x is unknown"),
                ("GET", "deliveries?status=failed", "status", "account, state, fleet, limit"),
                ("POST", "reset?All=true", "All", "All is unknown: all?"),
                ("POST", "reset?Account=x", "Account", "Account is unknown: account?"),
                ("GET", "clock?verbose=1", "verbose", "there are account"),
                ("GET", "info?pretty", "pretty", "there are account"),
                ("GET", "sinks/x/received?limit=5", "limit", "account, older"),
                ("GET", "sinks/x/received?older=5", "older", "older"),
                ("PUT", "clock?mode=frozen", "mode", "there are account")]:
            with self.subTest(path=path):
                if "older=" in path:
                    self.control("PUT", "sinks/x")
                self.assertIn(told, self.hint_of(400, method, path, field=field))
        self.control("GET", "info?account=" + self.account)
        self.control("GET", "deliveries?state=failed&limit=5&account=" + self.account)
        self.control("GET", "accounts?account=" + self.account)

    def test_a_refused_query_does_nothing(self):
        self.make_profile("kept")
        self.refused(self.client.control("POST", "reset?All=true", {"to": "empty"}), 400, "All")
        self.assertEqual(self.client.get("/v1/NetworkAccessProfiles/kept").status, 200)

    def test_one_account_or_all(self):
        """Who names an account does not want the others reset."""
        self.make_profile("kept")
        for method, path in (("POST", "reset"), ("GET", "state")):
            told = self.hint_of(400, method, f"{path}?all=true&account={new_account()}", None, "all",
                                authorization="")
            self.assertIn("?all=true every one", told)
        self.assertEqual(self.client.get("/v1/NetworkAccessProfiles/kept").status, 200)
        self.control("GET", f"state?all=false&account={self.account}", authorization="")

    def test_what_comes_to_sinks_is_theirs(self):
        self.control("PUT", "sinks/x")
        answer = self.client.post(f"/_emulator/sinks/x/in?account={self.account}&any=thing", "a=b")
        self.assertEqual(answer.status, 200)


if __name__ == "__main__":
    unittest.main()
