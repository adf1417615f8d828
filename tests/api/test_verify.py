# SPDX-License-Identifier: MIT
"""POST /_emulator/requests/verify: so often, or in this order; and what is told when not."""
import os
import unittest

from fleet_case import FleetTestCase

FLEETS, PROFILES = "/v1/Fleets", "/v1/NetworkAccessProfiles"


class VerifyTestCase(FleetTestCase):
    """Makes some requests, and checks them."""

    def setUp(self):
        super().setUp()
        self.profile = self.client.post(PROFILES, {"UniqueName": "nap"})
        self.first = self.make("a", DataLimit="500")
        self.second = self.make("b", DataLimit="700")
        self.refused = self.make("a")
        self.listed = self.client.get(FLEETS + "?PageSize=5")

    def make(self, name, **more):
        """The answer to what makes a Fleet."""
        return self.client.post(
            FLEETS, {"NetworkAccessProfile": "nap", "UniqueName": name, **more})

    def verify(self, body, status=200, **how):
        """The answer to a check."""
        answer = self.client.control("POST", "requests/verify", body, **how)
        self.assertEqual(answer.status, status, answer)
        return answer.json()

    def assert_finds(self, matcher, *answers):
        """A check finds the requests of these answers, given oldest first."""
        sids = [answer.header("Twilio-Request-Id") for answer in reversed(answers)]
        self.assertEqual(self.verify({**matcher, "times": len(sids)}),
                         {"matched": len(sids), "requests": sids})


class MatchTest(VerifyTestCase):
    """Which requests are meant."""

    def test_each_key(self):
        for matcher, answers in (
                ({"method": "GET"}, [self.listed]),
                ({"path": FLEETS}, [self.first, self.second, self.listed]),
                ({"path": "/v1/*"}, [self.profile, self.first, self.second, self.listed]),
                ({"operation": "CreateFleet"}, [self.first, self.second]),
                ({"form": {"UniqueName": "b"}}, [self.second]),
                ({"form": {"UniqueName": "b", "DataLimit": "7*"}}, [self.second]),
                ({"form": {"UniqueName": "b", "DataLimit": "5*"}}, []),
                ({"query": {"PageSize": "5"}}, [self.listed]),
                ({"status": 201, "path": FLEETS}, [self.first, self.second]),
                ({"code": 20409, "applied": False}, [self.refused]),
                ({"applied": True}, [self.profile, self.first, self.second]),
                ({"method": "POST", "path": FLEETS}, [self.first, self.second])):
            with self.subTest(matcher=matcher):
                self.assert_finds(matcher, *answers)

    def test_what_was_not_applied(self):
        """It is meant where that is said, and nowhere else."""
        self.assert_finds({"status": 409})
        self.assert_finds({"status": 409, "applied": True})
        self.assert_finds({"status": 409, "applied": False}, self.refused)
        answer = self.verify({"status": 409}, 409)
        self.assertIn('"applied": false', answer["hint"])
        self.assertEqual(answer["nearest"][0], {
            "request": self.refused.header("Twilio-Request-Id"), "distance": 1,
            "first_difference": {"at": "applied", "expected": "true", "was": "false"}})

    def test_counts(self):
        fleets = {"path": FLEETS, "method": "POST"}
        for counts, holds in (
                ({}, True), ({"times": 2}, True), ({"times": 1}, False), ({"times": 3}, False),
                ({"at_least": 2}, True), ({"at_least": 3}, False), ({"at_least": 0}, True),
                ({"at_most": 2}, True), ({"at_most": 1}, False),
                ({"at_least": 1, "at_most": 2}, True), ({"at_least": 3, "at_most": 4}, False)):
            answer = self.verify({**fleets, **counts}, 200 if holds else 409)
            self.assertEqual(answer["matched"], 2, counts)
            if not holds:
                self.assertEqual(answer["expected"], counts)
        self.verify({"path": "/v1/Sims", "times": 0})
        self.verify({"path": "/v1/Sims", "at_most": 3})
        self.assertEqual(self.verify({"path": "/v1/Sims"}, 409)["expected"], {"at_least": 1})

    def test_since(self):
        after = self.first.header("Twilio-Request-Id")
        self.assertEqual(self.verify({"path": FLEETS, "since": after})["matched"], 2)
        self.verify({"path": FLEETS, "since": "2999-01-01T00:00:00Z", "times": 0})
        self.verify({"path": FLEETS, "since": "2020-01-01T00:00:00Z", "times": 3})
        order = [{"form": {"UniqueName": "a"}}, {"form": {"UniqueName": "b"}}]
        self.verify({"order": order})
        self.assertEqual(self.verify({"order": order, "since": after}, 409)["field"], "order[0]")

    def test_order(self):
        made, listed = {"operation": "CreateFleet"}, {"operation": "ListFleet"}
        sids = [answer.header("Twilio-Request-Id")
                for answer in (self.first, self.second, self.listed)]
        self.assertEqual(self.verify({"order": [made, made, listed]}),
                         {"matched": 3, "requests": sids})
        answer = self.verify({"order": [made, listed, {"form": {"UniqueName": "b"}}]}, 409)
        self.assertEqual((answer["field"], answer["matched"], answer["expected"]),
                         ("order[2]", 2, {"order": 3}))
        self.assertEqual(answer["requests"], [sids[0], sids[2]])
        self.assertEqual(answer["nearest"], [])
        self.assertEqual(answer["hint"], f"{sids[1]} matches, but came before order[1]")
        answer = self.verify({"order": [listed, {"operation": "CreateSim"}]}, 409)
        self.assertEqual(answer["nearest"], [])
        self.assertEqual(answer["hint"], "no other request came after those before it")
        answer = self.verify({"order": [listed, listed]}, 409)
        self.assertEqual(answer["hint"], "no other request came after those before it")
        answer = self.verify({"order": [made, {"form": {"UniqueName": "c"}}]}, 409)
        [nearest, *_] = answer["nearest"]
        self.assertEqual((nearest["request"], nearest["first_difference"]),
                         (sids[1], {"at": "form.UniqueName", "expected": "c", "was": "b"}))


class WorkTest(FleetTestCase):
    """Whoever checks holds up those whom the same thread serves."""

    def spent_us(self):
        """The server's time of the processor."""
        total = 0
        for thread in os.listdir(f"/proc/{self.server.pid}/task"):
            with open(f"/proc/{self.server.pid}/task/{thread}/schedstat", encoding="ascii") as file:
                total += int(file.read().split()[0]) / 1000
        return total

    def cost_us(self, body):
        """What a check costs at least."""
        def once():
            before = self.spent_us()
            self.assertEqual(
                self.client.control("POST", "requests/verify", body).status, 409)
            return self.spent_us() - before
        return min(once() for _ in range(5))

    def test_a_long_order_costs_what_a_short_one_does(self):
        filled = b"UniqueName=a&" + b"&".join(b"X%d=%%41" % number for number in range(1500))
        for _ in range(200):
            self.client.post(FLEETS, filled)
        there = {"applied": False, "form": {"UniqueName": "a"}}
        missing = {"applied": False, "form": {"UniqueName": "b"}}
        short, long = ({"order": [there] * count + [missing]} for count in (1, 49))
        self.assertLess(self.cost_us(long), 10 * self.cost_us(short))


class NearestTest(VerifyTestCase):
    """What is told of requests that are not what was expected."""

    def nearest(self, matcher):
        """The nearest, with what differs first."""
        return [(near["request"], near["first_difference"]["at"],
                 near["first_difference"]["expected"], near["first_difference"]["was"])
                for near in self.verify(matcher, 409)["nearest"]]

    def test_the_three_that_differ_least(self):
        second, refused = (answer.header("Twilio-Request-Id")
                           for answer in (self.second, self.refused))
        found = self.nearest({"method": "POST", "path": FLEETS,
                              "form": {"UniqueName": "b", "DataLimit": "701"}})
        self.assertEqual(found[0], (second, "form.DataLimit", "701", "700"))
        self.assertEqual(len(found), 3)
        self.assertIn((refused, "form.UniqueName", "b", "a"), found)
        distances = [near["distance"] for near in self.verify(
            {"form": {"UniqueName": "zzz"}}, 409)["nearest"]]
        self.assertEqual(distances, sorted(distances))
        self.assertGreater(distances[0], 0)

    def test_what_cannot_be_seen(self):
        for name in ("lorry one\u00a0", "harbour ", "big warehouse\u200b", "cafe\u0301 noir"):
            self.make(name)
        for expected, shown, was in (("lorry one", "lorry one", "lorry one\\u00a0"),
                                     ("harbour", "harbour", "harbour\\u0020"),
                                     ("big warehouse ", "big warehouse\\u0020",
                                      "big warehouse\\u200b"),
                                     ("caf\u00e9 noir", "caf\u00e9 noir", "cafe\\u0301 noir")):
            found = [near[1:] for near in self.nearest({"form": {"UniqueName": expected}})]
            self.assertIn(("form.UniqueName", shown, was), found)

    def test_other_values(self):
        self.assertEqual(self.nearest({"query": {"PageSize": "5", "Page": "0"}})[0][1:],
                         ("query.Page", "0", None))
        self.assertEqual(self.nearest({"method": "GET", "status": 404})[0][1:],
                         ("status", "404", "200"))
        self.assertEqual(self.nearest({"operation": "CreateSim"})[0][1:3], ("operation", "CreateSim"))

    def test_too_many(self):
        answer = self.verify({"method": "POST", "path": FLEETS, "times": 1}, 409)
        self.assertEqual(list(answer), ["error", "field", "hint", "expected", "matched", "requests",
                                        "nearest"])
        self.assertEqual((answer["matched"], len(answer["requests"]), answer["nearest"]), (2, 2, []))

    def test_nothing_came(self):
        client = self.new_client()
        answer = client.control("POST", "requests/verify", {"path": FLEETS})
        self.assertEqual((answer.status, answer.json()["nearest"]), (409, []))
        self.assertEqual(answer.json()["hint"], "too few matched, and no other request came")
        answer = client.control("POST", "requests/verify", {"order": [{"path": FLEETS}]})
        self.assertEqual((answer.status, answer.json()["hint"]), (409, "no request came"))
        client.control("POST", "requests/verify", {"path": FLEETS, "times": 0})

    def test_secrets(self):
        """The journal does not have them: who compares them is told so."""
        told = "RegistrationCode is a secret: it cannot be compared, leave it out"
        self.client.post("/v1/Sims", {"Iccid": "8988307", "RegistrationCode": "H3LL0W0RLD"})
        meant = {"applied": False, "form": {"Iccid": "8988307", "RegistrationCode": "H3LL0W0RLD"}}
        self.assertEqual(self.verify(meant, 409)["hint"], told)
        self.assertEqual(self.verify({"order": [meant]}, 409)["hint"], told)
        wait = {"for": "request", "match": meant, "past": True, "timeout_ms": 0}
        answer = self.client.control("POST", "wait", wait)
        self.assertEqual((answer.status, answer.json()["hint"]), (408, told))
        for shown in ("***", "*"):
            meant["form"]["RegistrationCode"] = shown
            self.verify(meant)

    def test_others_are_not_seen(self):
        """Neither another account's requests nor the operator's looks."""
        client = self.new_client()
        client.request("GET", "/_emulator/v1/Fleets?account=" + client.user, authorization="")
        answer = client.control("POST", "requests/verify", {"path": FLEETS})
        self.assertEqual((answer.status, answer.json()["nearest"]), (409, []))


class BadInputTest(VerifyTestCase):
    """What says nothing, what cannot be read, and what contradicts itself."""

    def test_refusals(self):
        gone = "RQ" + "0" * 32
        for body, field in (
                ({}, None), ({"times": 1}, None), ({"since": "2020-01-01"}, None), (None, None),
                ({"pat": "/v1"}, "pat"), ({"path": 1}, "path"), ({"path": ""}, "path"),
                ({"form": {"A": 1}}, "form.A"), ({"form": "A=1"}, "form"),
                ({"form": {f"A{number}": "" for number in range(33)}}, "form"),
                ({"status": "201"}, "status"),
                ({"applied": "no"}, "applied"), ({"method": "GET", "times": -1}, "times"),
                ({"method": "GET", "times": 1.5}, "times"),
                ({"method": "GET", "at_least": "1"}, "at_least"),
                ({"method": "GET", "times": 1, "at_most": 2}, "times"),
                ({"method": "GET", "at_least": 3, "at_most": 2}, "at_least"),
                ({"method": "GET", "since": gone}, "since"), ({"method": "GET", "since": 1}, "since"),
                ({"method": "GET", "since": "soon"}, "since"),
                ({"order": []}, "order"), ({"order": {}}, "order"), ({"order": [1]}, "order[0]."),
                ({"order": [{"path": "/v1"}, {}]}, "order[1]"),
                ({"order": [{"pat": "/v1"}]}, "order[0].pat"),
                ({"order": [{"path": "/v1"}] * 51}, "order"),
                ({"order": [{"path": "/v1"}], "times": 1}, "order"),
                ({"order": [{"path": "/v1"}], "path": "/v1"}, "order")):
            with self.subTest(body=body):
                answer = self.verify(body, 400)
                self.assertEqual(answer["field"], field)
                self.assertGreater(len(answer["hint"]), 5)
        for body in (b"[]", b"{", b'"path"'):
            answer = self.client.request("POST", "/_emulator/requests/verify", body)
            self.assertEqual(answer.status, 400, body)

    def test_the_nearest_key_is_named(self):
        self.assertEqual(self.verify({"paths": "/v1"}, 400)["hint"], "paths is unknown: path?")
        self.assertEqual(self.verify({"path": "/v1", "atleast": 1}, 400)["hint"],
                         "atleast is unknown: at_least?")
        self.assertEqual(self.verify({"order": [{"statu": 1}]}, 400)["hint"],
                         "statu is unknown: status?")

    def test_whose_requests(self):
        answer = self.client.control("POST", "requests/verify", {"path": FLEETS}, authorization="")
        self.assertEqual((answer.status, answer.json()["field"]), (400, "account"))
        named = self.client.control("POST", f"requests/verify?account={self.account}",
                                    {"path": FLEETS}, authorization="")
        self.assertEqual(named.json()["matched"], 3)


if __name__ == "__main__":
    unittest.main()
