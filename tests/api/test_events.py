# SPDX-License-Identifier: MIT
"""GET /_emulator/events: what is told, to whom, where a client goes on, and when it is cut off."""
import json
import subprocess
import time
import unittest

from device_case import DeviceTestCase
from event_stream import EventStream
from server import DirectoryTestCase, slow_tests_wanted, wait_until

STREAMS_MAXIMUM = 256
LONG = "/v1/" + "a" * 1000  # a path whose events are long


def make_long_events(client):
    """More than sockets hold, and a reader may be behind."""
    client.request_often(8000, "GET", LONG)


class EventsTestCase(DeviceTestCase):
    """Streams that are closed at the test's end."""

    def listen(self, query="", headers=(), client=None, **how):
        """A stream that has begun: it knows where it stands."""
        stream = EventStream(client or self.client, query, headers, **how)
        self.addCleanup(stream.close)
        self.assertEqual(stream.status, 200)
        return stream

    def listeners(self):
        """How many streams the server has."""
        for line in self.client.get("/metrics").body.decode().splitlines():
            if line.startswith("supersim_event_streams "):
                return int(line.split()[1])
        raise AssertionError("no count of streams")


class ToldTest(EventsTestCase):
    """What happens is told once it is durable, in its order."""

    def test_the_head(self):
        stream = self.listen()
        self.assertEqual(stream.headers["Content-Type"], "text/event-stream")
        self.assertEqual(stream.headers["Cache-Control"], "no-store")
        self.assertEqual(stream.headers["X-Accel-Buffering"], "no")
        self.assertRegex(stream.headers["Twilio-Request-Id"], "^RQ[0-9a-f]{32}$")
        self.assertNotIn("Access-Control-Allow-Origin", stream.headers)

    def test_records(self):
        stream = self.listen("?types=fleet.*,sim.*")
        fleet = self.fleet(UniqueName="f")
        self.ok(self.client.post("/v1/Fleets/f", {"DataLimit": "7"}))
        sim = self.register()
        self.freeze()
        self.update_sim(sim, 202, Fleet="f", Status="active")
        self.advance("1s")
        self.ok(self.client.post("/v1/Sims/" + sim["sid"], {"Status": "inactive"}), 202)
        self.advance("1s")
        self.ok(self.client.post("/v1/Sims/" + sim["sid"], {"Fleet": ""}))
        self.control("DELETE", "fleets/f", status=204)
        events = stream.take(13)
        self.assertEqual([event.name for event in events], [
            "fleet.created", "fleet.updated", "sim.created", "sim.updated", "sim.status",
            "sim.updated", "sim.status", "sim.updated", "sim.status", "sim.updated", "sim.status",
            "sim.updated", "fleet.deleted"])
        self.assertEqual([event.data["status"] for event in events if event.name == "sim.status"],
                         ["scheduled", "active", "scheduled", "inactive"])
        self.assertEqual(events[0].data["account_sid"], self.account)
        self.assertEqual(events[0].data["sid"], fleet["sid"])
        self.assertEqual(events[6].data["at"], "2026-01-15T12:00:00.100Z")
        self.assertEqual(events[6].data["fleet_sid"], fleet["sid"])
        ids = [event.id for event in events]
        self.assertEqual(ids, sorted(set(ids)))

    def test_commands_and_webhooks(self):
        self.control("PUT", "sinks/hook", {})
        self.freeze()
        fleet = self.fleet(SmsCommandsUrl="http://%s:%d/_emulator/sinks/hook/in" % self.client.address)
        sim = self.active_sim(fleet)
        stream = self.listen("?types=command,delivery,attempt,clock")
        made = self.control("POST", f"sims/{sim['sid']}/sms-commands", {"payload": "x"}, 201)
        self.advance("1s")
        command, pending, attempt, delivered, clock = stream.take(5)
        self.assertEqual([event.name for event in (command, pending, attempt, delivered, clock)],
                         ["command", "delivery", "attempt", "delivery", "clock"])
        self.assertEqual(command.data["sid"], made["sms_command"]["sid"])
        self.assertEqual((command.data["status"], command.data["direction"]), ("received", "from_sim"))
        self.assertEqual((pending.data["sid"], pending.data["state"]), (made["delivery"], "pending"))
        self.assertEqual(pending.data["subject_sid"], command.data["sid"])
        self.assertEqual((attempt.data["delivery_sid"], attempt.data["result"]),
                         (made["delivery"], "delivered"))
        self.assertEqual(delivered.data["state"], "delivered")
        self.assertEqual(clock.data["at"], "2026-01-15T12:00:02Z")

    def test_requests(self):
        stream = self.listen("?types=request")
        made = self.client.post("/v1/NetworkAccessProfiles", {"UniqueName": "a"})
        refused = self.client.post("/v1/NetworkAccessProfiles?x=y", {"UniqueName": "a"})
        self.client.get("/livez")
        self.control("GET", "clock")
        self.client.get("/_emulator/v1/Fleets")
        missing = self.client.get(LONG * 10)
        first, second, third = stream.take(3)
        self.assertEqual(first.data["sid"], made.header("Twilio-Request-Id"))
        self.assertEqual({key: first.data[key] for key in ("method", "path", "operation", "status",
                                                           "code", "applied")},
                         {"method": "POST", "path": "/v1/NetworkAccessProfiles",
                          "operation": "CreateNetworkAccessProfile", "status": 201, "code": None,
                          "applied": True})
        self.assertEqual(second.data["sid"], refused.header("Twilio-Request-Id"))
        self.assertEqual((second.data["status"], second.data["code"], second.data["applied"]),
                         (409, 20409, False))
        self.assertEqual(third.data["sid"], missing.header("Twilio-Request-Id"))
        self.assertEqual(third.data["path"], (LONG * 10)[:1024])
        self.assertIsNone(third.data["operation"])

    def test_what_is_refused_is_not_told(self):
        stream = self.listen("?types=fleet.*,reset")
        self.fleet(UniqueName="one")
        answer = self.client.post("/v1/Fleets", {"NetworkAccessProfile": self.profile["sid"],
                                                 "UniqueName": "one"})
        self.assertEqual(answer.status, 409)
        self.control("POST", "reset")
        self.assertEqual(stream.names(2), ["fleet.created", "reset"])

    def test_the_end_of_an_account(self):
        operator = self.new_client()
        operator.authorization = ""
        account = self.control("POST", "accounts", {}, 201, client=operator)
        stream = self.listen("?types=reset&account=" + account["sid"], client=operator)
        self.control("POST", "reset?account=" + account["sid"], client=operator)
        self.control("DELETE", "accounts/" + account["sid"], client=operator, status=204)
        first, second = stream.take(2)
        self.assertEqual((first.data["reason"], second.data["reason"]), ("reset", "ended"))

    def test_a_state_that_is_loaded_in_pieces(self):
        """Is told of when it is there, as a whole; one that is refused is not."""
        stream = self.listen("?types=network_access_profile.*,reset,clock")
        names = [f"p{i}" for i in range(500)]
        account = {"sid": self.account, "clock": {"mode": "frozen"},
                   "network_access_profiles": [{"unique_name": name} for name in [*names, "p0"]]}
        self.refused(self.client.control("PUT", "state", {"accounts": [account]}), 400)
        del account["network_access_profiles"][-1]
        self.control("PUT", "state", {"accounts": [account]})
        self.assertEqual(stream.names(len(names) + 2),
                         ["reset", "clock", *["network_access_profile.created"] * len(names)])

    def test_much_at_once(self):
        """A state with more records than are told one by one leaves a gap, and the stream goes on."""
        stream = self.listen("?types=network_access_profile.*,reset,clock")
        profiles = [{"unique_name": f"p{i}"} for i in range(5000)]
        self.control("PUT", "state", {"accounts": [
            {"sid": self.account, "network_access_profiles": profiles}]})
        names = []
        while "gap" not in names:
            names += stream.names(1)
        self.control("PUT", "clock", {"mode": "frozen"})
        self.assertEqual(stream.names(1), ["clock"])


class WhoTest(EventsTestCase):
    """An account hears its own, the operator everybody's."""

    def test_accounts_and_the_operator(self):
        other = self.new_client()
        operator = self.new_client()
        operator.authorization = ""
        own = self.listen("?types=clock")
        everybody = self.listen("?types=clock", client=operator)
        one = self.listen("?types=clock&account=" + other.user, client=operator)
        self.control("PUT", "clock", {"mode": "frozen"}, client=other)
        self.control("PUT", "clock", {"mode": "frozen"})
        self.assertEqual([event.data["account_sid"] for event in everybody.take(2)],
                         [other.user, self.account])
        self.assertEqual(own.take(1)[0].data["account_sid"], self.account)
        self.assertEqual(one.take(1)[0].data["account_sid"], other.user)

    def test_bad_input(self):
        for query, field in (("types=", "types"), ("types=clock,", "types"), ("types=sim", "types"),
                             ("types=sim.stat", "types"), ("types=*", "types"),
                             ("last_event_id=x", "last_event_id"),
                             ("last_event_id=-1", "last_event_id"),
                             ("last_event_id=1234567890123456789", "last_event_id"),
                             ("type=clock", "type")):
            self.refused(self.client.get("/_emulator/events?" + query), 400, field)
        answer = self.client.get("/_emulator/events", headers=[("Last-Event-ID", "x")])
        self.refused(answer, 400, "Last-Event-ID")
        answer = self.client.get("/_emulator/events?types=fleet.create")
        self.assertIn("fleet.created", answer.json()["hint"])
        self.refused(self.client.get("/_emulator/events?account=" + self.new_client().user), 403)
        self.assertEqual(self.client.post("/_emulator/events").status, 405)
        self.assertEqual(self.listeners(), 0)

    def test_the_head_alone(self):
        answer = self.client.request("HEAD", "/_emulator/events")
        self.assertEqual((answer.status, answer.header("Content-Type")), (200, "text/event-stream"))
        wait_until(lambda: self.listeners() == 0, "the stream to be forgotten")


class ResumeTest(EventsTestCase):
    """A client goes on where it was, or learns that it missed something."""

    def set_clock(self):
        """Something to be told."""
        self.control("PUT", "clock", {"mode": "frozen"})

    def test_from_the_last_event(self):
        stream = self.listen()
        self.set_clock()
        last = stream.take(1)[0].id
        stream.close()
        self.control("POST", "reset")
        self.set_clock()
        for how in ({"query": f"?last_event_id={last}"},
                    {"headers": [("Last-Event-ID", str(last))]},
                    {"query": f"?last_event_id={last}", "headers": [("Last-Event-ID", "1")]}):
            self.assertEqual(self.listen(**how).names(2), ["reset", "clock"], how)

    def test_from_the_very_beginning(self):
        """Where a stream begins is told, so that who saw no event yet misses none."""
        stream = self.listen()
        place = stream.next().id
        stream.close()
        self.set_clock()
        self.assertEqual(self.listen(f"?last_event_id={place}").names(1), ["clock"])

    def test_an_empty_header_is_none(self):
        stream = self.listen(headers=[("Last-Event-ID", "")])
        self.set_clock()
        self.assertEqual(stream.names(1), ["clock"])

    def test_what_is_not_kept(self):
        self.listen().next()
        self.set_clock()
        for last in (1, 999999999999999999):
            stream = self.listen(f"?last_event_id={last}")
            gap, clock = stream.take(2)
            self.assertEqual((gap.name, gap.id, gap.data), ("gap", None, {"reason": "missed"}))
            self.assertEqual(clock.name, "clock")


class LimitsTest(EventsTestCase):
    """Slow clients, many clients, and clients that leave."""

    options = ("--workers", "2")

    def test_a_reader_that_is_too_slow(self):
        """It learns that it was, and its stream ends; it can come back to where it was."""
        slow = self.listen("?types=request", receive_bytes=4096)
        make_long_events(self.client)
        slow.receive_more()  # what came until then is read at once
        events = []
        while (event := slow.next()) is not None:
            events.append(event)
        self.assertEqual((events[-1].name, events[-1].data), ("gap", {"reason": "too slow"}))
        wait_until(lambda: self.listeners() == 0, "the stream to be forgotten")
        last = events[-2].id
        first = self.listen(f"?last_event_id={last}").take(1)[0]
        self.assertTrue(first.name == "gap" or first.id == last + 1, first)

    def test_as_many_as_may_be(self):
        streams = [self.listen() for _ in range(STREAMS_MAXIMUM)]
        self.assertEqual(self.listeners(), STREAMS_MAXIMUM)
        answer = self.client.get("/_emulator/events")
        self.refused(answer, 503)
        self.assertIsNotNone(answer.header("Retry-After"))
        self.control("PUT", "clock", {"mode": "frozen"})
        for stream in streams:
            self.assertEqual(stream.names(1), ["clock"])
        streams[0].close()
        wait_until(lambda: self.listeners() < STREAMS_MAXIMUM, "the first to be forgotten")
        self.listen()

    def test_clients_that_leave(self):
        streams = [self.listen() for _ in range(20)]
        for stream in streams:
            stream.close()
        wait_until(lambda: self.listeners() == 0, "all to be forgotten")

    @unittest.skipUnless(slow_tests_wanted(), "waits for a quarter of a minute")
    def test_signs_of_life(self):
        stream = self.listen()
        stream.next()
        begun = time.monotonic()
        self.assertEqual(stream.next_block(), ":")
        self.assertEqual(stream.next_block(), ":")
        self.assertGreater(time.monotonic() - begun, 25)

    @unittest.skipUnless(slow_tests_wanted(), "waits for half a minute")
    def test_a_reader_that_takes_nothing(self):
        self.listen("?types=request", receive_bytes=4096)
        make_long_events(self.client)
        wait_until(lambda: self.listeners() == 0, "it to be cut off")


class WithoutJournalTest(EventsTestCase):
    """Without a journal requests are not told; all else is as always."""

    options = ("--journal", "off")

    def test_a_fault(self):
        now = self.freeze()["now"]
        stream = self.listen("?types=request,fault")
        self.control("POST", "faults", {"id": "late", "then": {"status": 503}}, 201)
        answer = self.client.get("/v1/Fleets")
        [event] = stream.take(1)
        self.assertEqual((event.name, event.data["fault"], event.data["sid"]),
                         ("fault", "late", answer.header("Twilio-Request-Id")))
        self.assertEqual(event.data["at"], now)


class StopTest(DirectoryTestCase):
    """A stop ends streams at once, whatever their clients do."""

    def test_streams_end(self):
        server = self.start("--grace", "60")
        client = server.client()
        quiet = [EventStream(client) for _ in range(5)]
        blocked = EventStream(client, "?types=request", receive_bytes=4096)
        for stream in [*quiet, blocked]:
            self.addCleanup(stream.close)
        make_long_events(client)
        begun = time.monotonic()
        server.stop()
        self.assertLess(time.monotonic() - begun, 30)
        for stream in quiet:
            while stream.next() is not None:
                pass


class CurlTest(EventsTestCase):
    """The real curl shows each event as it comes."""

    def test_curl(self):
        process = subprocess.Popen(
            ["curl", "-sN", "-u", f"{self.account}:anytoken",
             "http://%s:%d/_emulator/events?types=clock" % self.client.address],
            stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.assertRegex(process.stdout.readline(), r"^id: \d+$")
        self.assertEqual(process.stdout.readline(), "\n")
        for mode in ("frozen", "real"):
            self.control("PUT", "clock", {"mode": mode})
            lines = [process.stdout.readline() for _ in range(4)]
            self.assertEqual(lines[1], "event: clock\n")
            self.assertEqual(json.loads(lines[2].removeprefix("data: "))["account_sid"], self.account)


if __name__ == "__main__":
    unittest.main()
