# SPDX-License-Identifier: MIT
"""Each kind of fault, byte by byte, on bare sockets."""
import os
import time
import unittest

from fault_case import FaultTestCase, length_in, read_head, read_some, read_to_end
from http_client import Connection, ConnectionClosed
from server import DirectoryTestCase, slow_tests_wanted, wait_until

PROFILES, FLEETS = "/v1/NetworkAccessProfiles", "/v1/Fleets"
LONG = 600000


class StatusTest(FaultTestCase):
    """Answers in Twilio's shape."""

    def test_words_and_codes(self):
        for then, code, message in (
                ({"status": 429}, 20429, "Too Many Requests"),
                ({"status": 500}, 20500, "Internal Server Error"),
                ({"status": 503}, 20503, "Service Unavailable"),
                ({"status": 502}, 20502, "Bad Gateway"),
                ({"status": 400}, 20001, "Bad request"),
                ({"status": 404}, 20404, "The requested resource /Fleets was not found"),
                ({"status": 405}, 20004, "Method not allowed"),
                ({"status": 409, "code": 83009},
                 83009, "The Super SIM cannot be changed while a status change is scheduled"),
                ({"status": 400, "code": 12345}, 12345, "Bad Request"),
                ({"status": 499}, 20499, "Request refused")):
            with self.subTest(then):
                self.put({"then": then})
                answer = self.client.get(FLEETS)
                self.assert_error(answer, then["status"], message, code)
                self.assertIsNone(answer.header("Retry-After"))
        self.assertEqual(self.client.connections_opened, 1)

    def test_retry_after(self):
        for seconds in (0, 30):
            self.put({"then": {"status": 503, "retry_after": seconds}})
            self.assertEqual(self.client.get(FLEETS).header("Retry-After"), str(seconds))

    def test_credentials(self):
        self.put({"then": {"status": 401}})
        answer = self.client.get(FLEETS)
        self.assert_error(answer, 401)
        self.assertIn("Basic", answer.header("WWW-Authenticate"))
        self.assertIsNone(answer.header("Twilio-Concurrent-Requests"))
        self.assertNotIn("credentials were refused", self.server.log())

    def test_before_does_nothing(self):
        self.put({"match": {"method": "POST"}, "then": {"status": 500}})
        self.assert_error(self.client.post(PROFILES), 500, code=20500)
        self.assertEqual(self.profile_count(), 0)
        self.assertNotIn("answered 500", self.server.log())

    def test_after_commit_does_it(self):
        self.put({"match": {"method": "POST"}, "when": "after_commit", "then": {"status": 500}})
        answer = self.client.post(PROFILES, {"UniqueName": "nap"})
        self.assert_error(answer, 500, code=20500)
        self.assertRegex(answer.header("Twilio-Request-Id"), "^RQ")
        self.assertEqual(self.client.get(PROFILES + "/nap").status, 200)

    def test_after_commit_makes_webhooks_due(self):
        self.freeze()
        sim = self.active_sim(self.fleet())
        self.put({"match": {"operation": "CreateSmsCommand"}, "when": "after_commit",
                  "then": {"status": 503}})
        form = {"Sim": sim["sid"], "Payload": "hi", "CallbackUrl": "http://127.0.0.1:9/"}
        self.assertEqual(self.client.post("/v1/SmsCommands", form).status, 503)
        [command] = self.ok(self.client.get("/v1/SmsCommands"))["sms_commands"]
        ran = self.advance("1h")["ran"]
        self.assertIn(command["sid"], [each["sid"] for each in ran])
        self.assertIn("webhook_attempt", [each["kind"] for each in ran])

    def test_what_was_refused_is_replaced_too(self):
        self.put({"when": "after_commit", "then": {"status": 503}})
        self.assertEqual(self.client.post(FLEETS, {"NetworkAccessProfile": "no"}).status, 503)


class EndTest(FaultTestCase):
    """Connections that end instead of an answer, or within it."""

    def test_close(self):
        for when, count in (("before", 0), ("after_commit", 1)):
            self.put({"match": {"method": "POST"}, "when": when, "then": {"close": True}})
            self.assertEqual(read_to_end(self.send("POST", PROFILES)), b"")
            self.assertEqual(self.profile_count(), count)

    def test_reset(self):
        for when, count in (("before", 0), ("after_commit", 1)):
            self.put({"match": {"method": "POST"}, "when": when, "then": {"reset": True}})
            with self.assertRaises(ConnectionResetError):
                self.send("POST", PROFILES).recv(1)
            self.assertEqual(self.profile_count(), count)

    def test_truncate(self):
        whole = self.client.get(FLEETS).body
        for size in (0, 1, 10, len(whole) - 1):
            self.put({"then": {"truncate": size}})
            bare = self.send("GET", FLEETS)
            head = read_head(bare)
            self.assertTrue(head.startswith("HTTP/1.1 200 "), head)
            self.assertEqual(length_in(head), len(whole))
            self.assertEqual(read_to_end(bare), whole[:size])

    def test_truncate_beyond_the_end(self):
        whole = self.client.get(FLEETS).body
        for size in (len(whole), len(whole) + 1):
            self.put({"then": {"truncate": size}})
            bare = self.send("GET", FLEETS)
            self.assertIn("\r\nConnection: close\r\n", read_head(bare))
            self.assertEqual(read_to_end(bare), whole)

    def test_truncate_of_an_answer_without_a_body(self):
        path = self.network_added()
        self.put({"when": "after_commit", "then": {"truncate": 10}})
        self.assertEqual(read_to_end(self.send("DELETE", path)), b"")
        self.assertEqual(self.client.get(path).status, 404)

    def test_truncate_of_large_answers(self):
        for number in range(60):
            self.make_profile(f"{number:060}")
        whole = self.client.get(PROFILES + "?PageSize=60").body
        self.assertGreater(len(whole), 20000)
        for size in (16383, 16385, 20000):
            self.put({"then": {"truncate": size}})
            bare = self.send("GET", PROFILES + "?PageSize=60")
            self.assertEqual(length_in(read_head(bare)), len(whole))
            self.assertEqual(read_to_end(bare), whole[:size])

    def test_truncated_writes(self):
        for when, status, count in (("before", 503, 0), ("after_commit", 201, 1)):
            self.put({"match": {"method": "POST"}, "when": when, "then": {"truncate": 5}})
            bare = self.send("POST", PROFILES)
            self.assertIn(f" {status} ", read_head(bare).split("\r\n")[0])
            self.assertEqual(len(read_to_end(bare)), 5)
            self.assertEqual(self.profile_count(), count)

    def test_others_are_unharmed(self):
        others = [self.new_client(self.account) for _ in range(4)]
        for other in others:
            self.assertEqual(other.get(FLEETS).status, 200)
        for then in ({"close": True}, {"reset": True}, {"truncate": 3}):
            self.put({"match": {"query": {"PageSize": "7"}}, "then": then})
            with self.assertRaises((ConnectionClosed, ConnectionResetError)):
                self.client.get(FLEETS + "?PageSize=7")
            for other in others:
                self.assertEqual(other.get(FLEETS).status, 200)
        self.assertEqual([other.connections_opened for other in others], [1] * 4)

    def test_on_a_connection_that_was_kept(self):
        self.put({"skip": 2, "then": {"reset": True}})
        connection = self.connect()
        for _ in range(2):
            self.send("GET", FLEETS, connection=connection)
            self.assertEqual(connection.read_response().status, 200)
        with self.assertRaises(ConnectionResetError):
            self.send("GET", FLEETS, connection=connection).recv(1)


class LateTest(FaultTestCase):
    """Answers that come late. How late at most is nobody's promise."""

    def timed(self, method="GET", target=FLEETS):
        """An answer, and how many milliseconds it took."""
        begin = time.monotonic()
        answer = self.client.request(method, target, b"" if method == "POST" else None)
        return answer, (time.monotonic() - begin) * 1000

    def test_latency(self):
        for then, least in (({"latency_ms": 120}, 120), ({"latency": {"fixed_ms": 110}}, 110),
                            ({"latency": {"uniform_ms": [100, 130]}}, 100),
                            ({"status": 503, "latency_ms": 100}, 100)):
            self.put({"then": then})
            answer, took = self.timed()
            self.assertEqual(answer.status, then.get("status", 200))
            self.assertGreaterEqual(took, least)
            self.assertGreaterEqual(float(answer.header("Twilio-Request-Duration")) * 1000,
                                    least - 1)

    def test_lognormal(self):
        rule = {"then": {"latency": {"lognormal": {"median_ms": 50, "sigma": 0.1}}}}
        self.put(rule, seed=1)
        answer, took = self.timed()
        self.assertEqual(answer.status, 200)
        self.assertGreaterEqual(took, 25)  # seven standard deviations below

    def test_a_late_write_is_done_at_once(self):
        self.put({"match": {"method": "POST"}, "then": {"latency_ms": LONG}})
        self.send("POST", PROFILES, {"UniqueName": "nap"})
        wait_until(lambda: self.profile_count() == 1, "the write")

    def test_latency_comes_before_the_rest(self):
        self.put({"then": {"reset": True, "latency_ms": 100}})
        begin = time.monotonic()
        with self.assertRaises(ConnectionResetError):
            self.send("GET", FLEETS).recv(1)
        self.assertGreaterEqual(time.monotonic() - begin, 0.1)

    def test_stall(self):
        whole = self.client.get(FLEETS).body
        self.put({"then": {"stall_ms": 300}})
        begin = time.monotonic()
        bare = self.send("GET", FLEETS)
        self.assertEqual(length_in(read_head(bare)), len(whole))
        half = read_some(bare, len(whole) // 2)
        bare.setblocking(False)
        with self.assertRaises(BlockingIOError):
            bare.recv(1)
        bare.settimeout(None)
        rest = read_some(bare, len(whole) - len(half))
        self.assertGreaterEqual(time.monotonic() - begin, 0.3)
        self.assertEqual(half + rest, whole)

    def test_stall_of_an_answer_without_a_body(self):
        path = self.network_added()
        self.put({"when": "after_commit", "then": {"stall_ms": 300, "latency_ms": 100}})
        begin = time.monotonic()
        self.assertEqual(self.client.request("DELETE", path).status, 204)
        self.assertGreaterEqual(time.monotonic() - begin, 0.4)

    def test_a_connection_is_kept_after_a_stall(self):
        self.put({"then": {"stall_ms": 20}}, {"then": {"stall_ms": 20, "latency_ms": 20}})
        answers = [self.client.get(FLEETS) for _ in range(3)]
        self.assertEqual([answer.body for answer in answers], [answers[2].body] * 3)
        self.assertEqual(self.client.connections_opened, 1)


class LeavingTest(FaultTestCase, DirectoryTestCase):
    """Ends come through while an answer waits."""

    @classmethod
    def setUpClass(cls):
        """No server is shared."""

    def setUp(self):
        DirectoryTestCase.setUp(self)
        self.server = self.start("--grace", "3600")
        self.client = self.server.client()
        self.whole = self.client.get(FLEETS).body

    def stalled(self, **then):
        """A connection in the middle of an answer."""
        self.put({"then": {"stall_ms": LONG, **then}})
        bare = self.send("GET", FLEETS)
        length = length_in(read_head(bare))
        read_some(bare, length // 2)
        return bare

    def test_a_stop_sends_the_rest(self):
        bare = self.stalled()
        self.server.terminate()
        self.assertEqual(read_to_end(bare), self.whole[len(self.whole) // 2:])
        self.server.stop()

    def test_a_stop_sends_what_is_late(self):
        self.put({"then": {"latency_ms": LONG}})
        bare = self.send("GET", FLEETS)
        wait_until(lambda: self.faults() and list(self.faults().values())[0]["hits"], "the hit")
        self.server.terminate()
        self.assertTrue(read_to_end(bare).startswith(b"HTTP/1.1 200"))
        self.server.stop()

    def sockets(self):
        """How many descriptors the server has."""
        return len(os.listdir(f"/proc/{self.server.pid}/fd"))

    def test_a_client_that_leaves_is_forgotten(self):
        before = self.sockets()
        for leave in (lambda bare: bare.close(), lambda bare: bare.shutdown(1)):
            bare = self.stalled()
            self.assertEqual(self.sockets(), before + 1)
            leave(bare)
            wait_until(lambda: self.sockets() == before, "the end of the connection")
        self.assertEqual(self.client.get(FLEETS).status, 200)

    def test_what_was_done_for_one_that_leaves_is_seen(self):
        """Who gives up waiting, and tries again, makes two: a test must see both."""
        for then, status in (({"latency_ms": LONG}, 201), ({"latency_ms": LONG, "status": 503}, 503)):
            with self.subTest(then):
                self.put({"when": "before", "match": {"method": "POST"}, "then": then})
                bare = self.send("POST", PROFILES, {"UniqueName": f"left-{status}"})
                wait_until(lambda: list(self.faults().values())[0]["hits"], "the hit")
                bare.close()
                seen = self.control("POST", "wait", {
                    "for": "request", "past": True, "timeout_ms": 60000,
                    "match": {"form": {"UniqueName": f"left-{status}"}, "status": status,
                              "applied": status == 201}})
                self.assertEqual(seen["matched"], 1)

    @unittest.skipUnless(slow_tests_wanted(), "waits for the deadline of half a minute")
    def test_the_deadline_holds(self):
        bare = self.stalled()
        begin = time.monotonic()
        self.assertEqual(read_to_end(bare), b"")
        self.assertLess(time.monotonic() - begin, 300)

    def test_http_1_0_and_head(self):
        self.put({"count": None, "then": {"truncate": 4}})
        head = self.send("HEAD", FLEETS)
        self.assertEqual(length_in(read_head(head)), len(self.whole))
        self.assertEqual(read_to_end(head), b"")
        old = self.connect()
        old.send(self.client.build("GET", FLEETS, version="1.0"))
        read_head(old.socket)
        self.assertEqual(read_to_end(old.socket), self.whole[:4])


if __name__ == "__main__":
    unittest.main()
