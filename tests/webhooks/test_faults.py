# SPDX-License-Identifier: MIT
"""Faults that hit webhooks: what the receiver sees, and what is on record."""
import time
import unittest

from fault_case import FaultTestCase
from receiver import Receiver
from server import DirectoryTestCase, wait_until


class WebhookFaultTest(FaultTestCase):
    """A Fleet with one active Sim, whose device sends SMS."""

    def setUp(self):
        super().setUp()
        self.freeze()
        self.receiver = Receiver()
        self.addCleanup(self.receiver.close)
        self.fleet_made = None

    def deliver(self, query=""):
        """One SMS from a device; its delivery after a second, attempts oldest first."""
        url = f"{self.receiver.url}/hook{query}"
        self.fleet_made = self.fleet(SmsCommandsUrl=url)
        sim = self.active_sim(self.fleet_made)
        sent = self.control("POST", f"sims/{sim['sid']}/sms-commands", {"payload": "hi"}, 201)
        self.advance("1s")
        return self.delivery(sent["delivery"])

    def delivery(self, sid):
        """A delivery, its attempts oldest first."""
        shown = self.control("GET", "deliveries/" + sid)
        shown["attempts"].reverse()
        return shown

    def rule(self, then, **rule):
        """The account's only fault."""
        self.put({"id": "hook", "side": "webhook", "then": then, **rule})

    def outcome(self, shown):
        """What is on record of each attempt."""
        return [(attempt["result"], attempt["status"], attempt["fault"])
                for attempt in shown["attempts"]]

    def test_status(self):
        for status, result, state in ((500, "status", "failed"), (404, "status", "failed"),
                                      (204, "delivered", "delivered")):
            self.rule({"status": status})
            shown = self.deliver()
            self.assertEqual(self.outcome(shown), [(result, status, "hook")])
            self.assertEqual(shown["state"], state)
        self.assertEqual(self.receiver.requests, [])

    def test_close_and_timeout(self):
        for then, result in (({"close": True}, "broken"), ({"timeout": True}, "timeout")):
            self.rule(then)
            shown = self.deliver()
            self.assertEqual(self.outcome(shown), [(result, 0, "hook")])
            self.assertIn("fault", shown["attempts"][0]["error"])
            self.assertEqual(shown["state"], "failed")
            self.assertEqual(self.faults()["hook"]["last"], [shown["sid"]])
        self.assertEqual(self.receiver.requests, [])

    def test_latency(self):
        self.rule({"latency_ms": 150})
        begin = time.monotonic()
        shown = self.deliver()
        self.assertGreaterEqual(time.monotonic() - begin, 0.15)
        self.assertEqual(self.outcome(shown), [("delivered", 200, "hook")])
        self.assertEqual(len(self.receiver.requests), 1)

    def test_it_is_sent_again_as_after_a_real_failure(self):
        self.rule({"status": 500}, count=2)
        shown = self.deliver("#rc=3&rp=5xx")
        self.assertEqual(self.outcome(shown), [("status", 500, "hook"), ("status", 500, "hook"),
                                               ("delivered", 200, None)])
        self.assertEqual((shown["state"], len(self.receiver.requests)), ("delivered", 1))
        [listed] = self.control("GET", "deliveries")["deliveries"]
        self.assertEqual([attempt["fault"] for attempt in listed["attempts"]],
                         [None, "hook", "hook"])

    def test_a_timeout_is_what_the_url_calls_one(self):
        self.rule({"timeout": True})
        shown = self.deliver("#rc=1&rp=rt")
        self.assertEqual(self.outcome(shown), [("timeout", 0, "hook"), ("delivered", 200, None)])

    def test_what_a_rule_looks_at(self):
        for match, hits in (({"event": "sms_command"}, True), ({"event": "ip_command"}, False),
                            ({"url": self.receiver.url + "/*"}, True),
                            ({"url": "https://*"}, False), ({"fleet": "HF" + "0" * 32}, False),
                            ({"fleet": "*"}, True), ({}, True)):
            with self.subTest(match):
                self.rule({"status": 500}, match=match)
                self.assertEqual(self.deliver()["state"] == "failed", hits)
        self.rule({"status": 500}, match={"fleet": self.fleet_made["sid"]}, count=None)
        url = self.receiver.url + "/hook"
        for fleet, state in ((self.fleet_made, "failed"),
                             (self.fleet(SmsCommandsUrl=url), "delivered")):
            sim = self.active_sim(fleet)
            sent = self.control("POST", f"sims/{sim['sid']}/sms-commands", {"payload": "x"}, 201)
            self.advance("1s")
            self.assertEqual(self.delivery(sent["delivery"])["state"], state)

    def test_sides_do_not_mix(self):
        self.put({"id": "requests", "match": {"method": "DELETE"}, "then": {"status": 500}},
                 {"id": "hook", "side": "webhook", "then": {"status": 500}})
        self.assertEqual(self.client.get("/v1/Fleets").status, 200)
        self.assertEqual(self.outcome(self.deliver()), [("status", 500, "hook")])
        self.assertEqual({name: fault["hits"] for name, fault in self.faults().items()},
                         {"requests": 0, "hook": 1})


class StopTest(FaultTestCase, DirectoryTestCase):
    """A stop while an attempt is held back."""

    @classmethod
    def setUpClass(cls):
        """No server is shared."""

    def setUp(self):
        DirectoryTestCase.setUp(self)
        self.profile = None
        self.server = self.start("--grace", "3600", database=self.path("test.db"))
        self.client = self.server.client()

    def test_it_is_sent_after_the_next_start(self):
        receiver = Receiver()
        self.addCleanup(receiver.close)
        self.put({"id": "hook", "side": "webhook", "then": {"latency_ms": 600000}})
        fleet = self.fleet(SmsCommandsUrl=receiver.url + "/hook")
        sim = self.active_sim(fleet)
        self.control("POST", f"sims/{sim['sid']}/sms-commands", {"payload": "hi"}, 201)
        wait_until(lambda: self.faults()["hook"]["hits"], "the fault to hit")
        self.control("DELETE", "faults", status=204)
        self.server.stop()
        self.assertEqual(receiver.requests, [])
        self.start(database=self.path("test.db"))
        wait_until(lambda: len(receiver.requests) == 1, "the webhook")


if __name__ == "__main__":
    unittest.main()
