# SPDX-License-Identifier: MIT
"""Fault rules: what is set is shown, which hits, what is refused, and how long they are kept."""
import contextlib
import sqlite3
import unittest

from fault_case import FaultTestCase
from http_client import new_account
from server import DirectoryTestCase, wait_until

PROFILES, FLEETS = "/v1/NetworkAccessProfiles", "/v1/Fleets"
REFUSE = {"status": 503}


class RuleTest(FaultTestCase):
    """One account's rules."""

    def statuses(self, count, target=FLEETS):
        """What so many requests are answered."""
        return [self.client.get(target).status for _ in range(count)]

    def test_what_is_set_is_shown(self):
        self.assertEqual(self.control("GET", "faults"), {"seed": None, "faults": []})
        [fault] = self.put({"then": REFUSE})
        self.assertRegex(fault.pop("id"), r"^FA[0-9a-f]{32}$")
        self.assertEqual(fault, {
            "side": "request", "match": {}, "skip": 0, "count": 1, "probability": 1,
            "when": "before", "then": REFUSE, "hits": 0, "last": [], "exhausted": False})
        rule = {"id": "mine", "side": "request", "match": {"form": {"UniqueName": "\u00fc*"}},
                "skip": 2, "count": None, "probability": 0.25, "when": "after_commit",
                "for": "1h30m", "then": {"status": 500, "latency": {"uniform_ms": [1, 2]}}}
        self.put(rule)
        shown = self.control("GET", "faults")["faults"][0]
        self.assertRegex(shown.pop("expires"), r"^\d{4}-.*Z$")
        self.assertEqual(shown, {**rule, "hits": 0, "last": [], "exhausted": False})

    def test_what_is_shown_can_be_set_again(self):
        self.put({"id": "a", "for": "1h", "then": REFUSE})
        self.client.get(FLEETS)
        shown = self.control("GET", "faults")
        again = self.control("PUT", "faults", shown)
        self.assertEqual((again["faults"][0]["id"], again["faults"][0]["hits"]), ("a", 0))

    def test_hits_are_counted_and_named(self):
        self.put({"id": "a", "count": 12, "then": REFUSE})
        answers = [self.client.get(FLEETS) for _ in range(13)]
        self.assertEqual([answer.status for answer in answers], [503] * 12 + [200])
        ids = [answer.header("Twilio-Request-Id") for answer in answers]
        shown = self.faults()["a"]
        self.assertEqual((shown["hits"], shown["exhausted"]), (12, True))
        self.assertEqual(shown["last"], ids[11:1:-1])  # the newest ten, newest first
        self.assertEqual(answers[0].header("Emulator-Fault"), "a")
        self.assertIn("fault a ", answers[0].header("Emulator-Hint"))
        self.assertIsNone(answers[12].header("Emulator-Fault"))

    def test_the_first_that_matches_hits(self):
        self.put({"id": "skips", "skip": 2, "count": 1, "then": {"status": 500}},
                 {"id": "profiles", "match": {"path": PROFILES}, "then": {"status": 501}},
                 {"id": "rest", "count": 3, "then": {"status": 502}})
        self.assertEqual(self.statuses(1, PROFILES), [501])
        self.assertEqual(self.statuses(6), [502, 500, 502, 502, 200, 200])

    def test_what_a_rule_looks_at(self):
        profile = self.make_profile()["sid"]
        form = {"NetworkAccessProfile": profile, "UniqueName": "a b"}
        for match, hits in (
                ({"method": "POST"}, True), ({"method": "GET"}, False),
                ({"path": "/v1/Fleets"}, True), ({"path": "/v1/*"}, True),
                ({"path": "/v1/Fleets/*"}, False), ({"operation": "CreateFleet"}, True),
                ({"operation": "Create*"}, True), ({"operation": "UpdateFleet"}, False),
                ({"form": {"UniqueName": "a b"}}, True), ({"form": {"UniqueName": "a"}}, False),
                ({"query": {"x": "1*"}}, True), ({"query": {"x": "2"}}, False),
                ({"method": "POST", "form": {"UniqueName": "a*"}, "query": {"x": "12"}}, True)):
            with self.subTest(match):
                self.put({"match": match, "then": REFUSE})
                answer = self.client.post("/v1/Fleets?x=12", form)
                self.assertEqual(answer.status == 503, hits, answer)
                self.client.control("DELETE", "faults")

    def test_comes_before_all_that_would_be_refused(self):
        for method, target, form, status in (
                ("GET", "/v1/Nothing", None, 404), ("PUT", "/v1/Fleets", None, 405),
                ("POST", "/v1/Fleets", b"%zz", 400), ("POST", "/v1/Fleets", b"x" * 70000, 413)):
            with self.subTest(target):
                self.put({"then": {"status": 502}})
                self.assertEqual(self.client.request(method, target, form).status, 502)
                self.assertEqual(self.client.request(method, target, form).status, status)

    def test_never_hits_others(self):
        self.put({"count": None, "then": {"close": True}})
        other = self.new_client()
        self.assertEqual(other.get(FLEETS).status, 200)
        for target in ("/livez", "/readyz", "/metrics", "/", "/_emulator/", "/_emulator/info",
                       "/_emulator/clock", "/_emulator/faults"):
            self.assertEqual(self.client.get(target).status, 200, target)
        wrong = self.client.get(FLEETS, authorization="Basic " + "x" * 8)
        self.assertEqual(wrong.status, 401)
        self.assertEqual([fault["hits"] for fault in self.faults().values()], [0])

    def test_adding_and_taking_out(self):
        self.add(REFUSE, id="a", count=2)
        self.assertEqual(self.statuses(1), [503])
        self.add(REFUSE, id="b")
        self.assertEqual(self.faults()["a"]["hits"], 1)  # it goes on
        self.assertEqual(self.statuses(3), [503, 503, 200])
        self.refused(self.client.control("POST", "faults", {"id": "a", "then": REFUSE}), 409, "id")
        self.control("DELETE", "faults/a", status=204)
        self.refused(self.client.control("DELETE", "faults/a"), 404)
        self.assertEqual(list(self.faults()), ["b"])
        self.put({"id": "b", "then": REFUSE})  # it begins anew
        self.assertEqual(self.statuses(2), [503, 200])
        self.control("DELETE", "faults", status=204)
        self.control("DELETE", "faults", status=204)
        self.assertEqual(self.faults(), {})

    def test_a_hundred_at_most(self):
        self.put(*[{"id": str(n), "match": {"path": f"/v1/{n}"}, "then": REFUSE}
                   for n in range(100)])
        self.refused(self.client.control("POST", "faults", {"then": REFUSE}), 409)
        self.refused(self.client.control("PUT", "faults", [{"then": REFUSE}] * 101), 400, "faults")
        self.assertEqual(list(self.faults()), [str(n) for n in range(100)])

    def test_bad_rules_change_nothing(self):
        self.put({"id": "kept", "then": REFUSE})
        for body, field in (
                ({"then": {"close": True, "reset": True}}, "then.reset"),
                ({"them": {}}, "them"), ({}, "then"), ([], None), (None, None),
                ({"match": {"paht": "/v1"}, "then": REFUSE}, "match.paht"),
                ({"match": {"operation": "CreateFlet"}, "then": REFUSE}, "match.operation"),
                ({"when": "after_commit", "then": {"latency_ms": 5}}, "when"),
                ({"then": {"truncate": 16 * 1024 * 1024}}, "then.truncate"),
                ({"probability": 0, "then": REFUSE}, "probability"),
                ({"side": "webhook", "match": {"form": {"a": "b"}}, "then": REFUSE}, "match.form"),
                ({"for": "soon", "then": REFUSE}, "for")):
            with self.subTest(body):
                self.refused(self.client.control("POST", "faults", body), 400, field)
                in_list = {"then": REFUSE} if body is None else body
                answer = self.client.control("PUT", "faults", {"faults": [in_list], "sede": 1})
                self.refused(answer, 400, "sede")
        for body, field in (({"seed": 1}, "faults"), ({"faults": {}}, "faults"),
                            ({"seed": -1, "faults": []}, "seed"), ("x", None),
                            ({"faults": [{"then": REFUSE}, {"then": {}}]}, "faults[1].then"),
                            ([{"then": REFUSE}, {"match": {"operation": "X"}, "then": REFUSE}],
                             "faults[1].match.operation")):
            self.refused(self.client.control("PUT", "faults", body), 400, field)
        self.refused(self.client.get("/_emulator/faults?limit=1"), 400, "limit")
        self.assertEqual(list(self.faults()), ["kept"])

    def test_is_set_by_the_operator_too(self):
        operator = self.new_client()
        operator.authorization = ""
        self.refused(operator.control("POST", "faults", {"then": REFUSE}), 400, "account")
        operator.control("POST", f"faults?account={self.account}", {"then": REFUSE})
        self.assertEqual(self.statuses(2), [503, 200])

    def test_lasts_for_its_time(self):
        self.put({"id": "a", "for": "1ms", "then": REFUSE})
        wait_until(lambda: self.faults()["a"]["exhausted"], "the fault to end")
        self.assertEqual(self.statuses(1), [200])
        self.put({"id": "a", "for": "1h", "then": REFUSE})
        self.assertEqual(self.statuses(3), [503, 503, 503])

    def test_same_seed_same_dice(self):
        rule = {"probability": 0.5, "then": REFUSE}
        patterns = []
        for seed in (42, 42, 43):
            self.assertEqual(self.control("PUT", "faults", {"seed": seed, "faults": [rule]})["seed"],
                             seed)
            patterns.append(self.statuses(64))
        self.assertEqual(patterns[0], patterns[1])
        self.assertNotEqual(patterns[0], patterns[2])
        self.assertEqual(self.control("GET", "faults")["seed"], 43)

    def test_is_counted_for_the_operator(self):
        def counts():
            lines = self.client.get("/metrics").body.decode().splitlines()
            return [int(line.split()[1]) for line in lines
                    if line.startswith(("supersim_faults ", "supersim_fault_hits_total "))]

        rules, hits = counts()
        self.put({"then": REFUSE}, {"then": REFUSE})
        self.statuses(1)
        self.assertEqual(counts(), [rules + 2, hits + 1])
        info = self.control("GET", "info")["faults"]
        self.assertEqual((info["rules"], info["hits"]), (rules + 2, hits + 1))
        self.control("DELETE", "faults", status=204)
        self.assertEqual(counts(), [rules, hits + 1])
        log = self.server.log()
        self.assertIn("faults are set", log)
        self.assertIn("faults are cleared", log)


class KeepingTest(FaultTestCase, DirectoryTestCase):
    """How long they are kept."""

    @classmethod
    def setUpClass(cls):
        """No server is shared."""

    def setUp(self):
        DirectoryTestCase.setUp(self)
        self.account = new_account()
        self.profile = None
        self.begin()

    def begin(self, *options):
        """Starts the server over the test's database."""
        self.server = self.start(*options, database=self.path("test.db"))
        self.client = self.server.client(self.account)
        self.operator = self.server.client()
        self.operator.authorization = ""

    def test_over_a_restart(self):
        self.control("PUT", "faults", {"seed": 7, "faults": [
            {"id": "a", "for": "1h", "count": 2, "then": REFUSE}]})
        self.control("PUT", "limits", {"concurrent": 5})
        self.add({"reset": True}, id="b")
        expires = self.faults()["a"]["expires"]
        self.assertEqual(self.client.get(FLEETS).status, 503)
        self.server.stop()
        self.begin()
        shown = self.control("GET", "faults")
        self.assertEqual(shown["seed"], 7)
        self.assertEqual([(fault["id"], fault["hits"]) for fault in shown["faults"]],
                         [("a", 0), ("b", 0)])
        self.assertEqual(shown["faults"][0]["expires"], expires)
        self.assertEqual(self.control("GET", "limits")["concurrent"], 5)
        self.assertEqual(self.client.get(FLEETS).status, 503)
        self.control("DELETE", "faults", status=204)
        self.server.stop()
        self.begin()
        self.assertEqual(self.faults(), {})
        self.assertEqual(self.control("GET", "limits")["concurrent"], 5)

    def assert_forgotten(self, client=None):
        """Neither faults nor a limit."""
        self.assertEqual(self.control("GET", "faults", client=client),
                         {"seed": None, "faults": []})
        self.assertIsNone(self.control("GET", "limits", client=client)["concurrent"])

    def set_all(self, client=None):
        """Faults, a seed, a limit."""
        self.put({"id": "a", "count": None, "then": REFUSE}, client=client, seed=1)
        self.control("PUT", "limits", {"concurrent": 5}, client=client)

    def test_ends_with_a_reset(self):
        self.set_all()
        self.control("POST", "reset")
        self.assert_forgotten()
        self.assertEqual(self.client.get(FLEETS).status, 200)
        self.server.stop()
        self.begin()
        self.assert_forgotten()

    def test_is_no_part_of_the_state(self):
        self.set_all()
        state = self.control("GET", "state")
        self.assertNotIn("faults", str(state))
        self.control("PUT", "state", state)
        self.assert_forgotten()

    def test_ends_with_the_account(self):
        made = self.control("POST", "accounts", {}, 201, self.operator)
        client = self.server.client(made["sid"], made["auth_token"])
        self.set_all(client)
        self.control("DELETE", "accounts/" + made["sid"], status=204, client=self.operator)
        again = self.control("POST", "accounts", made | {"ttl_s": 0}, 201, self.operator)
        client = self.server.client(made["sid"], again["auth_token"])
        self.assert_forgotten(client)

    def test_ends_with_the_time_to_live(self):
        made = self.control("POST", "accounts", {"ttl_s": 1}, 201, self.operator)
        self.set_all(self.server.client(made["sid"], made["auth_token"]))

        def rules():
            return self.control("GET", "info", client=self.operator)["faults"]["rules"]

        self.assertEqual(rules(), 1)
        wait_until(lambda: rules() == 0, "the account to end")

    def test_is_swept_away(self):
        self.set_all()
        self.control("POST", "reset")
        self.set_all()

        def rows():
            with contextlib.closing(sqlite3.connect(self.path("test.db"))) as database:
                return database.execute("SELECT namespace FROM faults").fetchall()

        wait_until(lambda: rows() == [(self.account + "#1",)], "the sweep")
        self.assertEqual(list(self.faults()), ["a"])

    def test_is_copied_when_asked_for(self):
        self.make_profile("nap")
        self.set_all()
        for body, copied in (({}, False), ({"faults": False}, False), ({"faults": True}, True)):
            made = self.control("POST", f"accounts/{self.account}/fork", body, 201)
            fork = self.server.client(made["sid"], made["auth_token"])
            self.assertEqual(list(self.faults(fork)), ["a"] if copied else [])
            self.assertEqual(self.control("GET", "limits", client=fork)["concurrent"],
                             5 if copied else None)
            self.assertEqual(fork.get(PROFILES).status, 503 if copied else 200)
        self.refused(self.client.control("POST", f"accounts/{self.account}/fork", {"faults": 1}),
                     400, "faults")

    def test_dice_of_the_process(self):
        patterns = []
        for options in (["--rng-seed", "42"], ["--rng-seed", "42"], ["--rng-seed", "43"]):
            self.server.stop()
            self.begin(*options)
            self.put({"probability": 0.5, "then": REFUSE})
            patterns.append([self.client.get(FLEETS).status for _ in range(64)])
            self.assertEqual(self.control("GET", "info")["faults"]["rng_seed"], int(options[1]))
        self.assertEqual(patterns[0], patterns[1])
        self.assertNotEqual(patterns[0], patterns[2])

    def test_is_in_the_access_log(self):
        self.server.stop()
        self.begin("--access-log", "-")
        self.put({"id": "mine", "then": REFUSE})
        for _ in range(2):
            self.client.get(FLEETS)
        lines = [line for line in self.server.log().splitlines() if FLEETS in line]
        self.assertEqual(["fault=mine" in line for line in lines], [True, False])

    def test_a_kill_loses_nothing_of_what_was_applied(self):
        for number, then in enumerate(({"reset": True}, {"close": True}, {"status": 500},
                                       {"truncate": 0})):
            with self.subTest(then):
                self.put({"match": {"method": "POST"}, "when": "after_commit", "then": then})
                bare = self.send("POST", PROFILES, {"UniqueName": f"nap {number}"})
                try:
                    bare.recv(1)  # the beginning of an answer, or what comes instead
                except ConnectionResetError:
                    pass
                self.server.kill()
                self.begin()
                self.assertEqual(self.client.get(f"{PROFILES}/nap%20{number}").status, 200)


if __name__ == "__main__":
    unittest.main()
