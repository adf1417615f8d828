# SPDX-License-Identifier: MIT
"""Faults and limits while many ask at once: what they count is exact, over all workers."""
import collections
import unittest

from fault_case import FaultTestCase
from http_client import Connection
from server import scaled, wait_until
from threads import at_once

PROFILES, FLEETS = "/v1/NetworkAccessProfiles", "/v1/Fleets"
LONG = 600000


class CountTest(FaultTestCase):
    """Rules that count."""

    options = ("--workers", "4")

    def statuses(self, target, clients=25, each=40):
        """How often which status came, of so many clients at once."""
        found = []

        def ask():
            client = self.new_client(self.account)
            found.append(collections.Counter(client.get(target).status for _ in range(each)))
            client.close()

        at_once(*[ask] * clients)
        return sum(found, collections.Counter())

    def test_a_thousand_requests_against_a_count(self):
        self.put({"id": "a", "skip": 50, "count": 100, "then": {"status": 503}})
        self.assertEqual(self.statuses(FLEETS), {503: 100, 200: 900})
        self.assertEqual(self.faults()["a"]["hits"], 100)

    def test_rules_one_after_the_other(self):
        self.put(*[{"count": 60, "then": {"status": 500 + number}} for number in range(5)])
        self.assertEqual(self.statuses(FLEETS),
                         {200: 700, **{500 + number: 60 for number in range(5)}})

    def test_while_rules_come_and_go(self):
        """What was set before others came goes on counting."""
        self.put({"id": "kept", "count": 300, "then": {"status": 503}})

        def change():
            client = self.new_client(self.account)
            for number in range(scaled(30, 5)):
                self.add({"status": 500}, client, id=f"n{number}", match={"path": "/v1/Sims"})
                self.control("DELETE", f"faults/n{number}", status=204, client=client)

        found = {}
        at_once(change, lambda: found.update(self.statuses(FLEETS)))
        self.assertEqual(found, {503: 300, 200: 700})

    def test_while_the_account_is_reset(self):
        """Whoever is answered meets the rules of before or of after, never half of them."""
        def reset():
            client = self.new_client(self.account)
            for _ in range(scaled(20, 4)):
                self.put({"count": None, "then": {"status": 503}}, client=client)
                self.assertEqual(client.get(FLEETS).status, 503)
                self.control("POST", "reset", client=client)
                self.assertEqual(client.get(FLEETS).status, 200)

        found = {}
        at_once(reset, lambda: found.update(self.statuses(FLEETS, 4)))
        self.assertLessEqual(set(found), {200, 503})
        self.assertEqual(self.faults(), {})


class LimitTest(FaultTestCase):
    """How many requests an account may have in work."""

    options = ("--workers", "4")

    def hold(self, count):
        """So many requests whose answers wait, each on a connection of its own."""
        self.add({"latency_ms": LONG}, count=count, match={"path": "/v1/Networks"})
        held = [self.connect() for _ in range(count)]
        for connection in held:
            connection.send(self.client.build("GET", "/v1/Networks"))
        self.until_in_work(count)
        return held

    def until_in_work(self, count):
        """Waits until so many are in work, of all workers together."""
        wait_until(lambda: self.control("GET", "limits")["in_work"] == count,
                   f"{count} requests in work")

    def concurrent(self, client=None):
        """What an answer says about it."""
        return int((client or self.client).get(FLEETS).header("Twilio-Concurrent-Requests"))

    def test_the_header_counts_the_account_over_all_workers(self):
        self.assertEqual(self.concurrent(), 1)
        held = self.hold(16)
        self.assertEqual(self.concurrent(), 17)
        self.assertEqual(self.concurrent(self.new_client()), 1)  # another account's
        for connection in held[:6]:
            connection.close()
        self.until_in_work(10)
        self.assertEqual(self.concurrent(), 11)

    def test_beyond_the_limit_nothing_is_done(self):
        self.assertEqual(self.control("GET", "limits"), {"concurrent": None, "in_work": 0})
        self.assertEqual(self.control("PUT", "limits", {"concurrent": 3}), {"concurrent": 3})
        self.put({"id": "free", "match": {"path": PROFILES}, "then": {"status": 500}})
        held = self.hold(3)
        for _ in range(5):
            answer = self.client.post(PROFILES)
            self.assert_error(answer, 429, "Too Many Requests", 20429)
        self.assertEqual(self.faults()["free"]["hits"], 0)
        self.control("DELETE", "faults/free", status=204)
        self.assertEqual(self.control("GET", "limits"), {"concurrent": 3, "in_work": 3})
        held[0].close()
        self.until_in_work(2)
        self.assertEqual(self.profile_count(), 0)
        self.assertEqual(self.client.post(PROFILES).status, 201)
        self.assertEqual(self.control("PUT", "limits", {"concurrent": None}), {"concurrent": None})

    def test_who_asks_one_after_the_other_is_never_refused(self):
        """Each on a connection of its own, so that any worker may have it."""
        self.control("PUT", "limits", {"concurrent": 1})
        for _ in range(scaled(300, 50)):
            connection = Connection(self.server.address)
            connection.send(self.client.build("GET", FLEETS))
            answer = connection.read_response()
            connection.close()
            self.assertEqual(answer.status, 200)

    def test_no_more_than_the_limit_get_through(self):
        self.control("PUT", "limits", {"concurrent": 4})
        highest = []

        def ask():
            client = self.new_client(self.account)
            for _ in range(scaled(50, 10)):
                answer = client.post(PROFILES)
                self.assertIn(answer.status, (201, 429))
                if answer.status == 201:
                    highest.append(int(answer.header("Twilio-Concurrent-Requests")))

        at_once(*[ask] * 12)
        self.assertLessEqual(max(highest), 4)
        self.until_in_work(0)

    def test_bad_limits_change_nothing(self):
        self.control("PUT", "limits", {"concurrent": 7})
        for body, field in (({"concurrent": 0}, "concurrent"), ({"concurrent": "1"}, "concurrent"),
                            ({"concurrent": 100001}, "concurrent"), ({}, "concurrent"),
                            ({"concurent": 1}, "concurent"), ([], None), (None, None)):
            self.refused(self.client.control("PUT", "limits", body), 400, field)
        self.assertEqual(self.control("GET", "limits")["concurrent"], 7)
        self.control("POST", "reset")
        self.assertIsNone(self.control("GET", "limits")["concurrent"])


if __name__ == "__main__":
    unittest.main()
