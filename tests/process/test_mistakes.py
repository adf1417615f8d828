# SPDX-License-Identifier: MIT
"""Thirty mistakes of people who begin: each is made, and what the server says must lead on.

The answer's body under /v1 is Twilio's and says little; the hint of an error, the warning of what was
served all the same, the log or the exit text says what to do. Only the telling words are asserted.
"""
import json
import os
import sqlite3
import unittest

from device_case import DeviceTestCase
from http_client import basic
from server import DirectoryTestCase, wait_until

JSON = {"Content-Type": "application/json"}
KEY = "SK" + "3" * 32
USAGE, BAD_DATA, UNAVAILABLE, CANNOT_CREATE = 64, 65, 69, 73


class ApiTest(DeviceTestCase):
    """Mistakes under /v1. What would help is in a header."""

    def assert_hint(self, answer, status, *told):
        self.assertEqual(answer.status, status, answer)
        name, other = "Emulator-Hint", "Emulator-Warning"
        if status < 400:
            name, other = other, name
        self.assertIsNone(answer.header(other))
        for text in told:
            self.assertIn(text, answer.header(name) or "")

    def test_01_user_and_token_are_swapped(self):
        answer = self.client.get("/v1/Fleets", authorization=basic("token", self.account))
        self.assert_hint(answer, 401, "the wrong way round", "the user is the SID")
        self.assertNotIn(self.account, answer.header("Emulator-Hint"))

    def test_02_an_api_key_that_nobody_made_known(self):
        answer = self.client.get("/v1/Fleets", authorization=basic(KEY, "secret"))
        self.assert_hint(answer, 401, "no API key has this SID", "--api-key SK...:secret:AC...")

    def test_03_a_json_body(self):
        self.make_fleet(self.make_profile()["sid"], UniqueName="fleet")
        for path, body, status in [("Fleets", {"NetworkAccessProfile": "x"}, 400),
                                   ("Fleets/fleet", {"DataLimit": 5}, 200)]:
            with self.subTest(path):
                answer = self.client.post("/v1/" + path, json.dumps(body), headers=JSON)
                self.assert_hint(answer, status, "a JSON body is not read: send a form")

    def test_04_a_property_instead_of_a_parameter(self):
        """It is ignored, as at Twilio, and nothing in the body shows it."""
        form = {"NetworkAccessProfile": self.make_profile()["sid"], "data_limit": "5"}
        answer = self.client.post("/v1/Fleets", form)
        self.assert_hint(answer, 201, "data_limit is unknown: DataLimit?")
        self.assertEqual(answer.json()["data_limit"], 1000)

    def test_05_a_filter_in_lower_case(self):
        for query, told in [("status=active", "status is unknown: Status?"),
                            ("pageSize=5", "pageSize is unknown: PageSize?"),
                            ("colour=red", "colour is unknown, and ignored"),
                            ("Status=active&PageSize=5", None)]:
            with self.subTest(query):
                answer = self.client.get("/v1/Sims?" + query)
                self.assertEqual(answer.status, 200)
                self.assertEqual(answer.header("Emulator-Warning"), told)

    def test_06_an_update_of_what_is_given_once(self):
        fleet = self.fleet()
        answer = self.client.post("/v1/Fleets/" + fleet["sid"], {"SmsCommandsEnabled": "false"})
        self.assert_hint(answer, 200, "SmsCommandsEnabled is ignored", "with what makes the Fleet")
        answer = self.client.post("/v1/Sims", {"Iccid": "89883070000123456789",
                                               "RegistrationCode": "H3LL0W0RLD", "UniqueName": "x"})
        self.assert_hint(answer, 201, "UniqueName is ignored", "in an update of the Sim")

    def test_07_a_sid_of_another_kind(self):
        profile = self.make_profile()["sid"]
        self.assert_hint(self.client.get("/v1/Fleets/" + profile), 404,
                         "SIDs that begin with HA are of NetworkAccessProfiles")

    def test_08_patch_instead_of_post(self):
        answer = self.client.request("PATCH", "/v1/Fleets/" + self.fleet()["sid"], {"DataLimit": "5"})
        self.assert_hint(answer, 405, "GET, POST", "updates are POST")

    def test_09_deletion_of_a_sim(self):
        answer = self.client.request("DELETE", "/v1/Sims/" + self.register()["sid"])
        self.assert_hint(answer, 405, "Status=inactive", "/_emulator/reset")

    def test_10_a_path_of_programmable_wireless(self):
        for path, told in [("Commands", "/v1/SmsCommands"), ("Commands/HC1", "/v1/SmsCommands"),
                           ("RatePlans", "/v1/Fleets")]:
            with self.subTest(path):
                self.assert_hint(self.client.post("/v1/" + path, {"Sim": "x"}), 404, told)

    def test_11_a_unit(self):
        form = {"NetworkAccessProfile": self.make_profile()["sid"], "DataLimit": "1GB"}
        self.assert_hint(self.client.post("/v1/Fleets", form), 400, "DataLimit: whole megabytes")

    def test_12_a_network_that_is_none(self):
        answer = self.client.post("/v1/NetworkAccessProfiles", {"Networks": "HW" + "0" * 32})
        self.assert_hint(answer, 400, "GET /v1/Networks lists")

    def test_13_a_sim_by_its_iccid(self):
        sim = self.register()
        self.assert_hint(self.client.get("/v1/Sims/" + sim["iccid"]), 404,
                         "this is an ICCID", "GET /v1/Sims?Iccid=" + sim["iccid"])
        found = self.ok(self.client.get("/v1/Sims?Iccid=" + sim["iccid"]))
        self.assertEqual([each["sid"] for each in found["sims"]], [sim["sid"]])

    def test_14_a_capital_letter_in_a_status(self):
        answer = self.client.post("/v1/Sims/" + self.register()["sid"], {"Status": "Active"})
        self.assert_hint(answer, 400, "Status: ready, active or inactive")

    def test_15_a_change_while_one_is_scheduled(self):
        self.freeze()
        sim = self.register()
        self.update_sim(sim, 202, Status="active", Fleet=self.fleet()["sid"])
        self.assert_hint(self.client.post("/v1/Sims/" + sim["sid"], {"Status": "inactive"}), 409,
                         "the Sim becomes active at 2026-01-15T12:00:0",
                         'POST /_emulator/clock/advance {"by": "1s"}')


class LoggedMistakeTest(DirectoryTestCase):
    """What is accepted, and goes wrong later: the log says why."""

    def test_16_an_sms_to_a_sim_that_is_off(self):
        server = self.start()
        client = server.client()
        sim = client.post("/v1/Sims", {"Iccid": "89883070000123456789",
                                       "RegistrationCode": "H3LL0W0RLD"}).json()["sid"]
        command = client.post("/v1/SmsCommands", {"Sim": sim, "Payload": "x"})
        self.assertEqual(command.status, 201, command)
        client.control("POST", "clock/advance", {"by": "1h"})
        line = wait_until(
            lambda: [line for line in server.log().splitlines() if "an SMS Command failed" in line],
            "the failure in the log")[0]
        for text in ("info", command.json()["sid"], sim, "The Sim is neither ready nor active",
                     f"the Sim is new: POST /v1/Sims/{sim} with Status=active and a Fleet"):
            self.assertIn(text, line)


class ControlTest(DeviceTestCase):
    """Mistakes of calls below /_emulator."""

    def assert_refused(self, answer, status, message, *told, field=None):
        error = self.refused(answer, status, field)
        self.assertIn(message, error["error"])
        for text in told:
            self.assertIn(text, error["hint"])

    def test_17_a_duration_in_words(self):
        for by in ("1 hour", 3600, "60"):
            with self.subTest(by):
                self.assert_refused(self.client.control("POST", "clock/advance", {"by": by}), 400,
                                    "Unacceptable value", '{"by": "72h"}', "d, h, m, s or ms",
                                    field="by")

    def test_18_a_form(self):
        for body in (b"by=1h", b"{'by': '1h'}"):
            with self.subTest(body):
                self.assert_refused(self.client.request("POST", "/_emulator/clock/advance", body), 400,
                                    "The body is not JSON", 'send JSON: {"by": "72h"}')

    def test_19_a_key_that_a_clock_does_not_have(self):
        for key, told in [("frozen", "frozen is unknown; there are mode, now, rate"),
                          ("Mode", "Mode is unknown: mode?")]:
            with self.subTest(key):
                self.assert_refused(self.client.control("PUT", "clock", {key: True}), 400, "No such key",
                                    told, field=key)

    def test_20_a_rate_without_a_mode(self):
        self.assert_refused(self.client.control("PUT", "clock", {"rate": 60}), 400, "Missing key",
                            '"scaled"', field="mode")
        self.control("PUT", "clock", {"mode": "scaled", "rate": 60})
        self.assertEqual(self.control("PUT", "clock", {"rate": 2})["rate"], 2)

    def test_21_a_prefix_that_is_nearly_right(self):
        for path in ("/emulator/reset", "/v1/_emulator/reset", "/v1/emulator/reset", "/reset"):
            with self.subTest(path):
                answer = self.client.post(path)
                self.assertEqual(answer.status, 404, answer)
                self.assertIn("lives under /_emulator: /_emulator/reset", answer.header("Emulator-Hint"))

    def test_22_a_life_of_ten_minutes(self):
        self.assert_refused(
            self.client.control("POST", "accounts", {"ttl_s": "10m"}, authorization=""), 400,
            "Unacceptable value", '"ttl_s": 600', "seconds", field="ttl_s")
        self.make_profile()
        self.assert_refused(
            self.client.control("POST", f"accounts/{self.account}/fork", {"ttl_s": "10m"}), 400,
            "Unacceptable value", "seconds", field="ttl_s")

    def test_23_a_webhook_while_the_clock_is_frozen(self):
        self.freeze()
        url = self.control("PUT", "sinks/hook")["url"]
        sim = self.active_sim(self.fleet(SmsCommandsUrl=url))
        path = f"sims/{sim['sid']}/sms-commands"
        delivery = self.control("POST", path, {"payload": "x"}, 201)["delivery"]
        for shown in (self.control("GET", "deliveries")["deliveries"][0],
                      self.control("GET", "deliveries/" + delivery)):
            self.assertIn("the account's clock is frozen", shown["hint"])
        self.advance("1s")
        self.assertIsNone(self.control("GET", "deliveries/" + delivery)["hint"])

    def test_24_a_sink_that_nobody_made(self):
        self.assert_refused(self.client.control("GET", "sinks/hook/received"), 404, "was not found",
                            "PUT /_emulator/sinks/{name} makes one")


class StartTest(DirectoryTestCase):
    """Mistakes of the start: an exit code, and one line that says what would do."""

    def assert_exit(self, code, *told, options, **settings):
        before = sorted(os.listdir(self.directory))
        result = self.run_to_exit(*options, **settings)
        self.assertEqual((result.returncode, result.stdout), (code, ""), result)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        for text in told:
            self.assertIn(text, result.stderr)
        self.assertEqual(set(os.listdir(self.directory)) - {"tmp"}, set(before) - {"tmp"})

    def test_25_an_option_by_another_programs_name(self):
        for option, meant in [("--port", "--listen"), ("--database", "--db"), ("--debug", "--log-level")]:
            with self.subTest(option):
                self.assert_exit(USAGE, "unknown option " + option, "did you mean " + meant,
                                 options=[option, "8080"])

    def test_26_a_port_without_a_host(self):
        for value in ("8080", ":8080"):
            with self.subTest(value):
                self.assert_exit(USAGE, "must be HOST:PORT, as 127.0.0.1:7746",
                                 options=["--listen", value])

    def test_27_a_port_in_use(self):
        port = self.start().address[1]
        self.assert_exit(UNAVAILABLE, "Address already in use", "0 for a free one",
                         options=["--listen", f"127.0.0.1:{port}", "--db", ":memory:"])

    def test_28_a_database_in_use(self):
        self.start(database="one.db")
        self.assert_exit(CANNOT_CREATE, "in use by another process", "another file with --db",
                         options=["--listen", "127.0.0.1:0", "--db", "one.db"])

    def test_29_a_database_of_another_program(self):
        database = sqlite3.connect(self.path("theirs.db"))
        database.execute("CREATE TABLE theirs (x)")
        database.close()
        with open(self.path("text.db"), "w", encoding="utf-8") as file:
            file.write("a text" * 100)
        for name, told in [("theirs.db", "of another program"), ("text.db", "is not a database")]:
            with self.subTest(name):
                self.assert_exit(CANNOT_CREATE, told, "another file with --db",
                                 options=["--listen", "127.0.0.1:0", "--db", name])

    def test_30_a_seed_with_the_librarys_names(self):
        seed = {"accounts": [{"sid": "AC" + "1" * 32, "network_access_profiles": [{"uniqueName": "x"}]}]}
        with open(self.path("seed.json"), "w", encoding="utf-8") as file:
            json.dump(seed, file)
        self.assert_exit(BAD_DATA, "seed.json", "network_access_profiles[0].uniqueName",
                         "did you mean unique_name",
                         options=["--listen", "127.0.0.1:0", "--db", ":memory:",
                                  "--seed", self.path("seed.json")])


if __name__ == "__main__":
    unittest.main()
