# SPDX-License-Identifier: MIT
"""POST /_emulator/wait: it comes back at once when what is meant has come, and says what was instead."""
import json
import threading
import time
import unittest

from device_case import DeviceTestCase
from http_client import Connection
from receiver import WaitingReceiver
from server import DirectoryTestCase, slow_tests_wanted, wait_until

NOBODY = "HC" + "0" * 32
LONG_MS = 600000


class Waiting:
    """A call that waits, on a connection of its own."""

    def __init__(self, client, body, query=""):
        self.connection = Connection(client.address)
        data = json.dumps({"timeout_ms": LONG_MS, **body}).encode()
        self.connection.send(client.build("POST", "/_emulator/wait" + query, data))

    def answer(self):
        """Its answer, which must come before its time is up."""
        return self.connection.read_response("POST")

    def close(self):
        """The client leaves."""
        self.connection.close()


class WaitTestCase(DeviceTestCase):
    """Calls that wait, and helpers that know when they do."""

    def setUp(self):
        super().setUp()
        wait_until(lambda: self.waiters() == 0, "those of the test before to be forgotten")

    def wait(self, body, status=200, client=None, query=""):
        """The answer of a call, which must have this status."""
        return self.control("POST", "wait" + query, body, status, client=client)

    def in_vain(self, body):
        """The answer of a call whose time is up at once."""
        answer = self.wait({"timeout_ms": 0, **body}, 408)
        self.assertEqual(list(answer)[:4], ["error", "field", "hint", "matched"])
        self.assertTrue(answer["hint"])
        return answer

    def waiters(self):
        """How many clients wait."""
        for line in self.client.get("/metrics").body.decode().splitlines():
            if line.startswith("supersim_waiters "):
                return int(line.split()[1])
        raise AssertionError("no count of waiters")

    def begin(self, body, client=None, query=""):
        """A call that waits by now."""
        before = self.waiters()
        waiting = Waiting(client or self.client, body, query)
        self.addCleanup(waiting.close)
        wait_until(lambda: self.waiters() == before + 1, "the call to wait")
        return waiting


class RequestTest(WaitTestCase):
    """Requests of the journal."""

    def create(self, name, client=None):
        """A request, and its id."""
        answer = (client or self.client).post("/v1/NetworkAccessProfiles", {"UniqueName": name})
        return answer.header("Twilio-Request-Id")

    def meant(self, name, **how):
        """What waits for such a request."""
        return {"for": "request", "match": {"method": "POST", "form": {"UniqueName": name}}, **how}

    def test_one_that_comes(self):
        self.create("earlier")
        waiting = self.begin(self.meant("*"))
        self.client.get("/v1/NetworkAccessProfiles")
        request = self.create("now")
        answer = self.ok(waiting.answer())
        self.assertEqual(answer, {"matched": 1, "requests": [request]})

    def test_several(self):
        waiting = self.begin(self.meant("a*", count=3))
        requests = [self.create(name) for name in ("a1", "b", "a2", "a3")]
        answer = self.ok(waiting.answer())
        self.assertEqual(answer, {"matched": 3, "requests": [requests[0], *requests[2:]]})

    def test_those_that_came(self):
        requests = [self.create(f"p{i}") for i in range(5)]
        self.assertEqual(self.wait(self.meant("p*", past=True))["requests"], requests)
        answer = self.wait(self.meant("p*", since=requests[2]))
        self.assertEqual(answer, {"matched": 2, "requests": requests[3:]})
        answer = self.wait(self.meant("p*", since="2020-01-01T00:00:00Z"))
        self.assertEqual(answer["requests"], requests)
        self.in_vain(self.meant("p*", since="2999-01-01T00:00:00Z"))
        answer = self.in_vain(self.meant("p*"))
        self.assertEqual(answer["matched"], 0)
        self.assertRegex(answer["hint"], '^5 .*"past": true')

    def test_in_vain(self):
        self.create("a\u00a0b")
        nearest = self.in_vain(self.meant("a b", past=True))["nearest"]
        self.assertEqual(len(nearest), 1)
        self.assertEqual(nearest[0]["first_difference"],
                         {"at": "form.UniqueName", "expected": "a b", "was": "a\\u00a0b"})

    def test_what_was_not_applied(self):
        self.create("twice")
        twice = {"for": "request", "match": {"form": {"UniqueName": "twice"}}, "past": True}
        request = self.create("twice")
        self.assertEqual(self.wait(twice)["matched"], 1)
        self.in_vain({**twice, "count": 2})
        twice["match"]["applied"] = False
        self.assertEqual(self.wait(twice)["requests"], [request])
        twice["match"] = {"status": 409, "code": 20409, "applied": False}
        self.assertEqual(self.wait(twice)["requests"], [request])

    def test_looking_is_not_meant(self):
        waiting = self.begin({"for": "request", "match": {"path": "/v1/Fleets"}})
        self.ok(self.client.get("/_emulator/v1/Fleets"))
        other = self.new_client()
        self.ok(other.get("/v1/Fleets"))
        request = self.client.get("/v1/Fleets").header("Twilio-Request-Id")
        self.assertEqual(self.ok(waiting.answer())["requests"], [request])

    def test_of_one_that_is_refused(self):
        operator = self.new_client()
        operator.authorization = ""
        account = self.control("POST", "accounts", {}, 201, client=operator)
        waiting = self.begin({"for": "request", "match": {"status": 401}}, client=operator,
                             query="?account=" + account["sid"])
        refused = self.new_client(account["sid"], "wrong").get("/v1/Fleets")
        self.assertEqual(refused.status, 401)
        self.assertEqual(self.ok(waiting.answer())["requests"],
                         [refused.header("Twilio-Request-Id")])


class DeliveryTest(WaitTestCase):
    """Webhooks and what became of them."""

    options = ("--webhook-retries", "1h")

    def setUp(self):
        super().setUp()
        self.control("PUT", "sinks/hook", {"answers": [{"status": 500}, {"status": 200}]})
        url = "http://%s:%d/_emulator/sinks/hook/in" % self.client.address
        self.freeze()
        self.sim = self.active_sim(self.fleet(UniqueName="fleet", SmsCommandsUrl=url))

    def send(self):
        """A device's SMS; gives the Command's SID and its delivery's."""
        made = self.control("POST", f"sims/{self.sim['sid']}/sms-commands", {"payload": "x"}, 201)
        return made["sms_command"]["sid"], made["delivery"]

    def test_until_it_is_delivered(self):
        command, delivery = self.send()
        delivered = self.begin({"for": "delivery", "match": {"state": "delivered"}})
        pending = self.begin({"for": "delivery", "match": {"state": "pending"}})
        self.advance("1s")
        answer = self.wait({"for": "delivery", "past": True, "match": {
            "state": "pending", "event": "sms_command", "fleet": "fleet", "subject": command,
            "sid": delivery}})
        self.assertEqual([each["attempt_count"] for each in answer["deliveries"]], [1])
        self.advance("1h")
        answer = self.ok(delivered.answer())
        self.assertEqual((answer["matched"], answer["deliveries"][0]["sid"]), (1, delivery))
        self.assertEqual(self.waiters(), 1, "it was pending before")
        _, second = self.send()
        self.assertEqual(self.ok(pending.answer())["deliveries"][0]["sid"], second)

    def test_those_that_were_there(self):
        deliveries = [self.send()[1] for _ in range(3)]
        self.advance("2h")
        meant = {"for": "delivery", "match": {"state": "delivered"}}
        answer = self.wait({**meant, "past": True, "count": 3})
        self.assertEqual([each["sid"] for each in answer["deliveries"]], deliveries)
        answer = self.wait({**meant, "since": deliveries[0]})
        self.assertEqual([each["sid"] for each in answer["deliveries"]], deliveries[1:])
        now = self.control("GET", "clock")["now"]
        later = self.send()[1]
        for since, expected in ((now, [later]), ("2020-01-01T00:00:00Z", [*deliveries, later])):
            answer = self.wait({"for": "delivery", "since": since, "count": len(expected)})
            self.assertEqual([each["sid"] for each in answer["deliveries"]], expected)
        self.in_vain({"for": "delivery", "since": "2999-01-01T00:00:00Z"})
        answer = self.in_vain(meant)
        self.assertIn('"past": true', answer["hint"])
        self.refused(self.client.control("POST", "wait", {**meant, "since": "WD" + "0" * 32}), 400,
                     "since")

    def test_one_that_is_sent_again(self):
        _, delivery = self.send()
        self.advance("2h")
        waiting = self.begin({"for": "delivery", "match": {"state": "delivered"}})
        self.control("POST", f"deliveries/{delivery}/replay", status=202)
        self.advance("1s")
        self.assertEqual(self.ok(waiting.answer())["deliveries"][0]["sid"], delivery)

    def test_in_vain(self):
        command, delivery = self.send()
        answer = self.in_vain({"for": "delivery", "past": True,
                               "match": {"state": "delivered", "subject": command}})
        self.assertEqual(answer["deliveries"], [])
        self.assertEqual(answer["nearest"], [{"delivery": delivery, "first_difference": {
            "at": "state", "expected": "delivered", "was": "pending"}}])
        self.assertIn("frozen", answer["hint"])
        for fleet in ("none", "HF" + "0" * 32):
            answer = self.in_vain({"for": "delivery", "past": True, "match": {"fleet": fleet}})
            self.assertEqual(answer["nearest"][0]["first_difference"]["at"], "fleet")
            self.assertIn("no Fleet of this SID or name", answer["hint"])
            listed = self.client.get("/_emulator/deliveries?fleet=" + fleet)
            self.assertIn("no Fleet of this SID or name", self.refused(listed, 400, "fleet")["hint"])
        self.advance("2h")
        answer = self.in_vain({"for": "delivery", "match": {"event": "ip_command"}})
        self.assertNotIn("frozen", answer["hint"])


class RecordTest(WaitTestCase):
    """The status of a Sim, and of a Command."""

    def test_a_sim(self):
        fleet = self.fleet()
        sim = self.register()
        active = {"for": "sim_status", "match": {"sid": sim["sid"], "status": "active"}}
        waiting = self.begin(active)
        self.update_sim(sim, 202, UniqueName="tracker", Fleet=fleet["sid"], Status="active")
        answer = self.ok(waiting.answer())
        self.assertEqual(answer, {"matched": 1, "sim": self.fetch_sim(sim)})
        active["match"]["sid"] = "tracker"
        self.assertEqual(self.wait(active)["sim"]["sid"], sim["sid"])
        active["match"]["status"] = "inactive"
        answer = self.in_vain(active)
        self.assertEqual(answer["sim"]["status"], "active")
        self.assertIn("nothing falls due for it", answer["hint"])
        active["match"]["sid"] = "nobody"
        self.assertIsNone(self.in_vain(active)["sim"])

    def test_a_sim_that_comes_to_be(self):
        waiting = self.begin({"for": "sim_status", "match": {"sid": "later", "status": "new"}})
        sim = self.register()
        self.update_sim(sim, UniqueName="later")
        self.assertEqual(self.ok(waiting.answer())["sim"]["sid"], sim["sid"])

    def test_a_sim_of_another_account(self):
        """One that moves into the account, too."""
        waiting = self.begin({"for": "sim_status", "match": {"sid": "tracker", "status": "new"}})
        other = self.new_client()
        sim = self.register(client=other)
        self.update_sim(sim, UniqueName="tracker", client=other)
        self.assertEqual(self.waiters(), 1)
        self.update_sim(sim, client=other, AccountSid=self.account)
        self.assertEqual(self.ok(waiting.answer())["sim"]["account_sid"], self.account)

    def test_a_frozen_clock(self):
        self.freeze()
        fleet = self.fleet()
        sim = self.register()
        self.update_sim(sim, 202, Fleet=fleet["sid"], Status="active")
        active = {"for": "sim_status", "match": {"sid": sim["sid"], "status": "active"}}
        self.assertIn("frozen", self.in_vain(active)["hint"])
        waiting = self.begin(active)
        self.advance("1s")
        self.ok(waiting.answer())
        active["match"]["status"] = "inactive"
        self.assertNotIn("frozen", self.in_vain(active)["hint"])

    def test_commands(self):
        self.freeze()
        sim = self.active_sim(self.fleet())
        for path, form in (("SmsCommands", {}), ("IpCommands", {"DevicePort": "1"})):
            command = self.ok(self.client.post("/v1/" + path, {
                "Sim": sim["sid"], "Payload": "x", **form}), 201)
            sent = {"for": "command", "match": {"sid": command["sid"], "status": "sent"}}
            waiting = self.begin(sent)
            self.assertEqual(self.in_vain(sent)["command"]["status"], "queued")
            self.control("POST", "clock/advance", {"to": "next"})
            answer = self.ok(waiting.answer())
            self.assertEqual((answer["command"]["sid"], answer["command"]["status"]),
                             (command["sid"], "sent"))
        answer = self.in_vain({"for": "command", "match": {"sid": NOBODY, "status": "sent"}})
        self.assertIsNone(answer["command"])


class IdleTest(WaitTestCase):
    """Nothing is due, and nothing is under way."""

    def test_at_once(self):
        self.assertEqual(self.wait({"for": "idle"}), {"matched": 1, "due": []})

    def test_within(self):
        self.freeze()
        sim = self.register()
        self.update_sim(sim, 202, Fleet=self.fleet()["sid"], Status="active")
        answer = self.wait({"for": "idle"})
        self.assertEqual(answer["due"], [{"at": "2026-01-15T12:00:00.100Z", "kind": "sim_status",
                                          "sid": sim["sid"]}])
        self.assertIn('{"within": "1s"}', answer["hint"])
        answer = self.in_vain({"for": "idle", "within": "1s"})
        self.assertEqual((answer["matched"], len(answer["due"])), (0, 1))
        self.assertIn("frozen", answer["hint"])
        waiting = self.begin({"for": "idle", "within": "1s"})
        self.control("PUT", "clock", {"mode": "real"})
        self.assertEqual(self.ok(waiting.answer())["due"], [])

    def test_an_attempt_under_way(self):
        receiver = WaitingReceiver()
        self.addCleanup(receiver.close)
        fleet = self.fleet(SmsCommandsUrl=f"{receiver.url}/in#rt=15000&tt=15000")
        sim = self.register()
        self.update_sim(sim, 202, Fleet=fleet["sid"], Status="active")
        self.wait({"for": "sim_status", "match": {"sid": sim["sid"], "status": "active"}})
        self.control("POST", f"sims/{sim['sid']}/sms-commands", {"payload": "x"}, 201)
        waiting = self.begin({"for": "idle"})
        wait_until(lambda: receiver.requests, "the webhook")
        self.assertEqual(self.in_vain({"for": "idle"})["due"][0]["kind"], "webhook_attempt")
        self.assertEqual(self.waiters(), 1)
        receiver.may_answer.set()
        self.ok(waiting.answer())


class EndTest(WaitTestCase):
    """What ends the waiting."""

    body = {"for": "command", "match": {"sid": NOBODY, "status": "sent"}}

    def test_time(self):
        """Each gives up at its own time, whatever the order in which they came."""
        begun = time.monotonic()
        times = (900, 300, 600, 300)
        calls = [Waiting(self.client, {**self.body, "timeout_ms": ms}) for ms in times]
        ended = []

        def read(call, ms):
            self.assertEqual(call.answer().status, 408)
            ended.append((ms, time.monotonic() - begun))

        threads = [threading.Thread(target=read, args=pair) for pair in zip(calls, times)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for call in calls:
            call.close()
        for ms, seconds in ended:
            self.assertGreaterEqual(seconds, ms / 1000)
        self.assertEqual([ms for ms, _ in ended], sorted(times))

    def test_a_reset(self):
        waiting = self.begin(self.body)
        idle = self.begin({"for": "request"})
        other = self.begin(self.body, client=self.new_client())
        self.control("POST", "reset")
        for call in (waiting, idle):
            self.refused(call.answer(), 409)
        self.assertEqual(self.waiters(), 1)
        other.close()

    def test_a_reset_after_requests_that_were_not_meant(self):
        waiting = self.begin({"for": "request", "match": {"path": "/v1/Sims"}})
        for _ in range(5):
            self.ok(self.client.get("/v1/Fleets"))
        self.assertEqual(self.waiters(), 1)
        self.control("POST", "reset")
        self.client.get("/v1/Sims")
        self.refused(waiting.answer(), 409)

    def test_a_state_that_is_loaded(self):
        waiting = self.begin(self.body)
        self.control("PUT", "state", {"accounts": [{"sid": self.account}]})
        self.refused(waiting.answer(), 409)

    def test_the_end_of_the_account(self):
        self.fleet()
        waiting = self.begin(self.body)
        self.control("DELETE", "accounts/" + self.account, status=204)
        self.refused(waiting.answer(), 409)

    def test_clients_that_leave(self):
        calls = [self.begin(self.body) for _ in range(10)]
        for call in calls:
            call.close()
        wait_until(lambda: self.waiters() == 0, "all to be forgotten")

    def test_a_client_that_is_sent_on(self):
        """The connection serves its next request."""
        waiting = self.begin({"for": "request"})
        self.client.get("/v1/Fleets")
        self.ok(waiting.answer())
        waiting.connection.send(self.client.build("GET", "/v1/Fleets"))
        self.ok(waiting.connection.read_response())

    @unittest.skipUnless(slow_tests_wanted(), "waits for longer than half a minute")
    def test_it_may_take_longer_than_requests_may(self):
        self.wait({**self.body, "timeout_ms": 33000}, 408)


class StopTest(DirectoryTestCase):
    """A stop ends the waiting at once."""

    def test_a_stop(self):
        server = self.start("--grace", "60")
        client = server.client()
        calls = [Waiting(client, EndTest.body) for _ in range(10)]
        wait_until(lambda: "supersim_waiters 10\n" in client.get("/metrics").body.decode(),
                   "all to wait")
        begun = time.monotonic()
        server.terminate()
        for call in calls:
            answer = call.answer()
            self.assertEqual(answer.status, 503, answer)
            call.close()
        server.stop()
        self.assertLess(time.monotonic() - begun, 30)


class InputTest(WaitTestCase):
    """Bad input is refused, with what is wrong, and nobody waits."""

    def test_bad_input(self):
        sim = {"sid": "HS" + "0" * 32, "status": "active"}
        for body, field in (
                ({}, "for"), ({"for": "rain"}, "for"), ({"for": 1}, "for"),
                ({"for": "request", "within": "1s"}, "within"),
                ({"for": "request", "matches": {}}, "matches"),
                ({"for": "request", "match": []}, "match"),
                ({"for": "request", "match": {"verb": "GET"}}, "match.verb"),
                ({"for": "request", "match": {"form": {"a": 1}}}, "match.form.a"),
                ({"for": "request", "match": {"status": "201"}}, "match.status"),
                ({"for": "request", "count": 0}, "count"),
                ({"for": "request", "count": 1001}, "count"),
                ({"for": "request", "count": 1.5}, "count"),
                ({"for": "request", "timeout_ms": 600001}, "timeout_ms"),
                ({"for": "request", "timeout_ms": -1}, "timeout_ms"),
                ({"for": "request", "past": 1}, "past"),
                ({"for": "request", "past": True, "since": "RQ" + "0" * 32}, "past"),
                ({"for": "request", "since": "RQ" + "0" * 32}, "since"),
                ({"for": "delivery", "match": {"state": "gone"}}, "match.state"),
                ({"for": "delivery", "match": {"url": "x"}}, "match.url"),
                ({"for": "delivery", "match": {"sid": ""}}, "match.sid"),
                ({"for": "delivery", "since": "x"}, "since"),
                ({"for": "sim_status"}, "match.sid"),
                ({"for": "sim_status", "match": {"sid": "x"}}, "match.status"),
                ({"for": "sim_status", "match": {"sid": "x", "status": "on"}}, "match.status"),
                ({"for": "sim_status", "match": sim, "count": 1}, "count"),
                ({"for": "sim_status", "match": sim, "past": True}, "past"),
                ({"for": "command", "match": sim}, "match.sid"),
                ({"for": "command", "match": {"sid": NOBODY, "status": "active"}}, "match.status"),
                ({"for": "idle", "match": {}}, "match"),
                ({"for": "idle", "within": "soon"}, "within")):
            with self.subTest(body):
                self.refused(self.client.control("POST", "wait", body), 400, field)
        self.assertEqual(self.waiters(), 0)

    def test_hints(self):
        answer = self.client.control("POST", "wait", {"for": "sim_status", "match": {
            "sid": "x", "status": "activ"}})
        self.assertIn("active?", answer.json()["hint"])
        answer = self.client.control("POST", "wait", {"for": "request", "match": {"forms": {}}})
        self.assertIn("form?", answer.json()["hint"])

    def test_who_may(self):
        operator = self.new_client()
        operator.authorization = ""
        self.refused(operator.control("POST", "wait", {"for": "idle"}), 400, "account")
        self.wait({"for": "idle"}, client=operator, query="?account=" + self.account)
        self.assertEqual(self.client.get("/_emulator/wait").status, 405)


class WithoutJournalTest(WaitTestCase):
    """Without a journal nobody knows of requests; all else is as always."""

    options = ("--journal", "off")

    def test_requests(self):
        self.refused(self.client.control("POST", "wait", {"for": "request"}), 400, "for")
        self.wait({"for": "idle"})


if __name__ == "__main__":
    unittest.main()
