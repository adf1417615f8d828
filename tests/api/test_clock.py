# SPDX-License-Identifier: MIT
"""An account's clock: what is due next, how far an advance goes, and what it tells of what ran."""
import unittest

from device_case import DeviceTestCase
from http_client import Connection
from receiver import Receiver
from server import wait_until
from threads import at_once


class ClockTestCase(DeviceTestCase):
    """A server that sends a webhook again after an hour, and after a day."""

    options = ("--webhook-retries", "1h,24h")

    def setUp(self):
        super().setUp()
        self.freeze()

    def advance(self, by=None, client=None, **how):
        """An advance by or to something; gives the whole answer."""
        return self.control("POST", "clock/advance", how or {"by": by}, client=client)

    def hear(self, sim, kind="sms-commands", **body):
        """The Sim's device sends something; gives the delivery."""
        path = f"sims/{sim['sid']}/{kind}"
        return self.control("POST", path, body or {"payload": "x"}, 201)["delivery"]

    def receiver(self, behave=None):
        """A receiver of webhooks."""
        receiver = Receiver(behave)
        self.addCleanup(receiver.close)
        return receiver


class NextDueTest(ClockTestCase):
    """The clock shows what falls due next."""

    def next_due(self):
        """What the clock shows."""
        return self.control("GET", "clock")["next_due"]

    def test_work(self):
        self.assertIsNone(self.next_due())
        sim = self.register()
        self.update_sim(sim, 202, Fleet=self.fleet()["sid"], Status="active")
        due = {"at": "2026-01-15T12:00:00.100Z", "kind": "sim_status", "sid": sim["sid"]}
        self.assertEqual(self.next_due(), due)
        self.assertEqual(self.freeze("2026-01-15T13:00:00Z")["next_due"], due, "it is overdue")
        self.advance("0s")
        self.assertIsNone(self.next_due())

    def test_webhooks(self):
        receiver = self.receiver(lambda handler: handler.answer(500))
        delivery = self.hear(self.active_sim(self.fleet(SmsCommandsUrl=receiver.url + "/in#rc=0")))
        for at in ("2026-01-15T12:00:01Z", "2026-01-15T13:00:01Z", "2026-01-16T13:00:01Z"):
            self.assertEqual(self.next_due(), {"at": at, "kind": "webhook_attempt", "sid": delivery})
            self.advance(to=at)
        self.assertIsNone(self.next_due())

    def test_it_is_the_accounts_own(self):
        other = self.new_client()
        self.make_profile(client=other)
        self.update_sim(self.register(), 202, Fleet=self.fleet()["sid"], Status="active")
        self.assertIsNone(self.control("GET", "clock", client=other)["next_due"])

    def test_it_is_no_part_of_a_clock(self):
        """What was shown can be set, exported and seeded; what is due does not come of it."""
        self.update_sim(self.register(), 202, Fleet=self.fleet()["sid"], Status="active")
        shown = self.control("GET", "clock")
        self.assertIsNotNone(shown["next_due"])
        self.assertEqual(self.control("PUT", "clock", shown), shown)
        state = self.control("GET", "state")
        clock = state["accounts"][0]["clock"]
        self.assertEqual(clock, {key: shown[key] for key in ("mode", "now", "rate")})
        clock["next_due"] = None
        self.refused(self.client.control("PUT", "state", state), 400)


class AdvanceTestCase(ClockTestCase):
    """Work to be run."""

    def scheduled_sims(self, count, client=None):
        """Sims that become active 100 ms later."""
        fleet, sims = self.fleet(client), [self.register(client) for _ in range(count)]
        for sim in sims:
            self.update_sim(sim, 202, client, Fleet=fleet["sid"], Status="active")
        return [sim["sid"] for sim in sims]

    def failing_webhook(self):
        """A webhook that no receiver takes: it is due at once, and as often as it is sent again."""
        receiver = self.receiver(lambda handler: handler.answer(500))
        return self.hear(self.active_sim(self.fleet(SmsCommandsUrl=receiver.url + "/in#rc=0")))

    def seen(self, answer):
        """An answer in short: the time, whose work ran, and how much is due later."""
        self.assertEqual(list(answer), ["now", "ran", "ran_more", "pending"])
        self.assertEqual(answer["ran_more"], 0)
        return answer["now"], [one["sid"] for one in answer["ran"]], answer["pending"]


class AdvanceTest(AdvanceTestCase):
    """How far an advance goes."""

    def test_to_a_time(self):
        sims, noon = self.scheduled_sims(1), "2026-01-15T12:00:00Z"
        for to, expected in (("2026-01-15T12:00:00.099Z", (noon, [], 1)),
                             ("2026-01-15T13:00:00.100+01:00", (noon, sims, 0)),
                             (noon, (noon, [], 0)),  # what the clock shows is now
                             ("2026-03-01", ("2026-03-01T00:00:00Z", [], 0)),
                             ("9999-12-31T23:59:59Z", ("9999-12-31T23:59:59Z", [], 0))):
            self.assertEqual(self.seen(self.advance(to=to)), expected)

    def test_to_what_is_next(self):
        """What is due at the same moment runs, too."""
        first = self.scheduled_sims(2)
        self.advance("50ms")
        last = self.scheduled_sims(1)
        for sims, pending in ((first, 1), (last, 0), ([], 0)):
            self.assertEqual(self.seen(self.advance(to="next")),
                             ("2026-01-15T12:00:00Z", sims, pending))
        self.freeze("2026-02-01T00:00:00Z")
        webhook = self.failing_webhook()
        for now, pending in (("2026-02-01T00:00:01Z", 1), ("2026-02-01T01:00:01Z", 1),
                             ("2026-02-02T01:00:01Z", 0)):
            self.assertEqual(self.seen(self.advance(to="next")), (now, [webhook], pending))

    def test_to_what_is_overdue(self):
        """It is due now, whenever it was."""
        sims = self.scheduled_sims(1)
        self.advance("50ms")
        sims += self.scheduled_sims(1)
        self.freeze("2026-01-15T13:00:00Z")
        self.assertEqual(self.seen(self.advance(to="next")), ("2026-01-15T13:00:00Z", sims, 0))

    def test_until_idle(self):
        """What work plans is followed: a webhook's retries, a Sim that has been ready for long."""
        webhook = self.failing_webhook()
        self.assertEqual(self.seen(self.advance(to="idle")),
                         ("2026-01-16T13:00:01Z", [webhook] * 3, 0))
        sim = self.register()
        self.update_sim(sim, 202, Fleet=self.fleet()["sid"], Status="ready")
        self.assertEqual(self.seen(self.advance(to="idle")),
                         ("2026-04-16T13:00:01Z", [sim["sid"]] * 2, 0))

    def test_nothing_is_due(self):
        client = self.new_client()
        self.freeze(client=client)
        for goal in ("next", "idle"):
            self.assertEqual(self.seen(self.advance(to=goal, client=client)),
                             ("2026-01-15T12:00:00Z", [], 0))

    def test_clocks_that_run(self):
        """They run on from where an advance went; here no retry comes by itself."""
        for clock in ({"mode": "real"}, {"mode": "scaled", "rate": 0.5}):
            webhook = self.failing_webhook()
            self.control("PUT", "clock", {**clock, "now": "2026-01-15T12:00:01Z"})
            wait_until(lambda webhook=webhook: self.control(
                "GET", "deliveries/" + webhook)["attempt_count"] == 1, "the first attempt")
            for goal, pending in (("next", 1), ("idle", 0)):
                due = self.control("GET", "clock")["next_due"]
                now, ran, left = self.seen(self.advance(to=goal))
                self.assertEqual((now, ran, left), (due["at"][:19] + "Z", [webhook], pending))
                self.assertGreaterEqual(self.control("GET", "clock")["now"], now)
            later = self.advance(to="2050-01-01T00:00:00Z")["now"]
            self.assertEqual(later, "2050-01-01T00:00:00Z")
            after = self.control("GET", "clock")
            self.assertEqual(after["mode"], clock["mode"])
            self.assertGreaterEqual(after["now"], later)
            self.freeze()

    def test_many_at_once(self):
        """What is due runs once, whoever asks for the next of it."""
        sims = []
        for _ in range(16):
            sims += self.scheduled_sims(1)
            self.advance("1ms")
        ran = []
        def run(client):
            for _ in range(4):
                ran.extend(self.seen(self.advance(to="next", client=client))[1])
        clients = [self.new_client(self.account) for _ in range(4)]
        at_once(*[lambda client=client: run(client) for client in clients])
        self.assertEqual(sorted(ran), sorted(sims))

    def test_refused(self):
        """Nothing is changed, and one is told what would be taken."""
        self.scheduled_sims(1)
        before = self.control("GET", "clock")
        for body, field in (
                ({}, "by"), (None, "by"), ({"by": "1h", "to": "next"}, "to"),
                ({"by": "0s", "to": "2026-03-01T00:00:00Z"}, "to"), ({"until": "next"}, "until"),
                ({"to": "soon"}, "to"), ({"to": "NEXT"}, "to"), ({"to": ""}, "to"),
                ({"to": None}, "to"), ({"to": 5}, "to"), ({"to": ["next"]}, "to"),
                ({"to": "72h"}, "to"), ({"by": "next"}, "by"), ({"by": None}, "by"),
                ({"to": "2026-01-15T11:59:59Z"}, "to"), ({"to": "1969-01-01"}, "to"),
                ({"to": "2026-02-30T00:00:00Z"}, "to"), ({"to": "10000-01-01T00:00:00Z"}, "to"),
                ({"by": "36525d1ms"}, "by")):
            error = self.refused(self.client.control("POST", "clock/advance", body), 400, field)
            self.assertTrue(error["hint"], body)
            self.assertEqual(self.control("GET", "clock"), before, body)

    def test_the_latest_time(self):
        self.freeze("9999-12-31T00:00:00Z")
        error = self.refused(self.client.control("POST", "clock/advance", {"by": "1d"}), 400, "by")
        self.assertIn("9999-12-31T23:59:59Z", error["hint"])
        self.assertEqual(self.advance(to="idle")["now"], "9999-12-31T00:00:00Z")
        self.freeze("9999-12-31T23:59:59Z")
        self.scheduled_sims(1)  # becomes nothing any more
        self.assertIsNone(self.control("GET", "clock")["next_due"])
        for goal in ("next", "idle"):
            self.assertEqual(self.seen(self.advance(to=goal)), ("9999-12-31T23:59:59Z", [], 1))


class YearTest(AdvanceTestCase):
    """A server that sends a webhook again after more than a year."""

    options = ("--webhook-retries", "400d")

    def test_idle_is_a_year_at_most(self):
        webhook = self.failing_webhook()
        self.assertEqual(self.seen(self.advance(to="idle")), ("2027-01-15T12:00:01Z", [webhook], 1))
        self.assertEqual(self.seen(self.advance(to="idle")), ("2027-02-19T12:00:01Z", [webhook], 0))


class WaitTest(AdvanceTestCase):
    """An advance by nothing waits for what is under way, and runs what is due now."""

    options = ("--webhook-retries", "none", "--workers", "1")

    def test_what_is_due_now(self):
        webhook = self.failing_webhook()
        sims = self.scheduled_sims(1)
        self.assertEqual(self.seen(self.advance("0s")), ("2026-01-15T12:00:01Z", [webhook], 1))
        self.advance("100ms")
        self.assertEqual(self.fetch_sim({"sid": sims[0]})["status"], "active")

    def test_what_is_under_way(self):
        """A webhook that is on its way fails, and is repeated at once: that is due then."""
        statuses = [200, 500]
        def behave(handler):
            if len(statuses) == 2:
                handler.hang()
            handler.answer(statuses.pop())
        receiver = self.receiver(behave)
        sim = self.active_sim(self.fleet(SmsCommandsUrl=receiver.url + "/in#rc=1&rp=5xx"))
        self.control("PUT", "clock", {"mode": "real"})
        webhook = self.hear(sim)
        wait_until(lambda: receiver.requests, "the webhook")
        waiting = Connection(self.server.address)
        self.addCleanup(waiting.close)
        waiting.send(self.client.build("POST", "/_emulator/clock/advance", b'{"by": "0s"}'))
        # When an advance of another account is through, this one has reached the scheduler.
        self.advance("0s", client=self.new_client())
        receiver.let_go()
        _, ran, pending = self.seen(waiting.read_response().json())
        self.assertEqual((ran, pending), ([webhook], 0))
        shown = self.control("GET", "deliveries/" + webhook)
        self.assertEqual([one["result"] for one in shown["attempts"]], ["delivered", "status"])


class ErrorCodeTest(ClockTestCase):
    """What ran has Twilio's error code, where there is one."""

    options = ("--webhook-retries", "none")

    def codes(self):
        """What runs within a minute: results with their codes."""
        return [(one["result"], one["error_code"]) for one in self.advance("1m")["ran"]]

    def test_commands(self):
        sim = self.active_sim(self.fleet())
        form = {"Sim": sim["sid"], "Payload": "x"}
        for prepare, codes in ((lambda: None, [("sent", None)]),
                               (lambda: self.control("POST", f"sims/{sim['sid']}/detach"),
                                [("failed", 83401)]),
                               (lambda: self.update_sim(sim, 202, Status="inactive"),
                                [("inactive", None), ("failed", 83400)])):
            prepare()
            self.ok(self.client.post("/v1/IpCommands", {**form, "DevicePort": "1"}), 201)
            self.assertEqual(self.codes(), codes)
        self.ok(self.client.post("/v1/SmsCommands", form), 201)
        self.assertEqual(self.codes(), [("failed", None)], "Twilio has no code for it")

    def test_webhooks(self):
        failing = self.receiver(lambda handler: handler.answer(500)).url
        sim = self.active_sim(self.fleet(SmsCommandsUrl=failing + "/sms", IpCommandsUrl=failing + "/ip"))
        self.hear(sim)
        self.hear(sim, "ip-commands", payload_text="x")
        self.assertEqual(self.codes(), [("status", 11200), ("status", 83402)])
        good = self.receiver().url
        for path, code in (("/sms", None), ("/sms#rp=7xx", 11243)):
            self.hear(self.active_sim(self.fleet(SmsCommandsUrl=good + path)))
            self.assertEqual(self.codes(), [("delivered", code)])


if __name__ == "__main__":
    unittest.main()
