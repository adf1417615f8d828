# SPDX-License-Identifier: MIT
"""Webhooks as receivers see them: requests, signatures, retries, bad receivers, replay, history."""
import base64
import contextlib
import hashlib
import os
import random
import re
import sqlite3
import ssl
import subprocess
import tempfile
import time
import unittest
import urllib.parse

from twilio.request_validator import RequestValidator
from device_case import DeviceTestCase
from receiver import Receiver, unused_port
from server import DirectoryTestCase, Server, scaled, wait_until

# A label of a name has at most 63 letters: no resolver asks anybody for it.
NO_NAME = "x" * 64 + ".invalid"
DEFAULT_TIMEOUT_US = 15_000_000


class WebhookTestCase(DeviceTestCase):
    """A Fleet with one active Sim, whose device sends SMS."""

    def setUp(self):
        super().setUp()
        self.client.authorization = self.new_client(self.account, "the token").authorization
        self.validator = RequestValidator("the token")
        self.freeze()

    def receiver(self, behave=None):
        """A receiver for this test."""
        receiver = Receiver(behave)
        self.addCleanup(receiver.close)
        return receiver

    def sim_with(self, url, method="POST"):
        """An active Sim whose Fleet tells this URL."""
        return self.active_sim(self.fleet(SmsCommandsUrl=url, SmsCommandsMethod=method))

    def send(self, sim, payload="hi", client=None):
        """The device sends an SMS; gives the delivery's SID."""
        return self.control("POST", f"sims/{sim['sid']}/sms-commands", {"payload": payload},
                            201, client)["delivery"]

    def delivery(self, sid):
        """A delivery with its attempts, oldest first."""
        shown = self.control("GET", "deliveries/" + sid)
        shown["attempts"].reverse()
        return shown

    def deliver(self, url, method="POST", by="1s"):
        """One SMS to this URL; its delivery after some time."""
        sid = self.send(self.sim_with(url, method))
        self.advance(by)
        return self.delivery(sid)

    def assert_valid(self, request, url):
        """Twilio's own validator accepts it."""
        split = urllib.parse.urlsplit(request["target"])
        parameters = {}
        if request["method"] == "POST":
            pairs = urllib.parse.parse_qsl(request["body"], keep_blank_values=True,
                                           strict_parsing=True)
            parameters = dict(pairs)
        seen = url + (("?" + split.query) if split.query and request["method"] == "GET" else "")
        signature = request["headers"]["X-Twilio-Signature"]
        self.assertTrue(self.validator.validate(seen, parameters, signature), (seen, request))
        self.assertFalse(self.validator.validate(seen + "x", parameters, signature))


class RequestTest(WebhookTestCase):
    """What is sent."""

    def test_headers_and_body(self):
        receiver = self.receiver()
        shown = self.deliver(receiver.url + "/hook?fleet=pilot")
        [request] = receiver.requests
        self.assertEqual(request["target"], "/hook?fleet=pilot")
        headers = request["headers"]
        self.assertEqual(headers.pop("Content-Length"), str(len(request["body"])))
        self.assert_valid(request, receiver.url + "/hook?fleet=pilot")
        self.assertRegex(headers.pop("I-Twilio-Idempotency-Token"), r"^[0-9a-f-]{36}$")
        signature = headers.pop("X-Twilio-Signature")
        self.assertEqual(headers, {
            "Host": f"127.0.0.1:{receiver.port}", "User-Agent": "TwilioProxy/1.1", "Accept": "*/*",
            "Content-Type": "application/x-www-form-urlencoded", "X-Home-Region": "us1",
            "Connection": "close"})
        self.assertEqual((shown["state"], shown["attempt_count"], shown["error_code"]),
                         ("delivered", 1, 0))
        [attempt] = shown["attempts"]
        self.assertEqual(attempt["signature"], signature)
        self.assertEqual(attempt["request_body"], request["body"])
        self.assertTrue(attempt["signed_text"].startswith(attempt["request_url"] + "AccountSid"))
        self.assertEqual((attempt["status"], attempt["answer_body"], attempt["result"]),
                         (200, "ok", "delivered"))
        self.assertIn("HTTP/1.1 200", attempt["answer_headers"])
        self.assertGreater(attempt["total_us"], 0)
        self.assertEqual(attempt["peer"], f"127.0.0.1:{receiver.port}")

    def test_get(self):
        receiver = self.receiver()
        for path in ("/hook", "/hook?a=b", "/hook?"):
            shown = self.deliver(receiver.url + path, "GET")
            request = receiver.requests[-1]
            self.assertEqual((request["method"], request["body"]), ("GET", ""))
            self.assertNotIn("Content-Type", request["headers"])
            self.assertTrue(self.validator.validate(
                receiver.url + request["target"], {}, request["headers"]["X-Twilio-Signature"]))
            query = urllib.parse.parse_qs(request["target"].split("?", 1)[1])
            self.assertEqual(query["SimSid"], [self.control(
                "GET", "deliveries/" + shown["sid"])["form"].split("SimSid=")[1][:34]])

    def test_the_fragment_stays_here(self):
        receiver = self.receiver()
        self.deliver(receiver.url + "/hook#rc=3&rp=all")
        [request] = receiver.requests
        self.assertEqual(request["target"], "/hook")
        self.assert_valid(request, receiver.url + "/hook")

    def test_many_random_urls_and_parameters(self):
        """Twilio's validator accepts each of hundreds: ports, unicode, empty and repeated values."""
        chance = random.Random(20261124)
        receiver = self.receiver()
        unicode = " éß日本😀&=+%#?;\"'<>~*()!@"
        fleet = self.fleet()
        sim = self.active_sim(fleet)
        expected = []
        for number in range(scaled(400, 100)):
            path = "/" + "".join(chance.choice(("a", "b/", "%20", "%C3%A9", "é", "~", ";x", "@", "+"))
                                 for _ in range(chance.randrange(6)))
            query = "&".join(chance.choice(("a=1", "a=2", "a=", "b", "é=ü", "x=%2B+y", "=", "Z=z"))
                             for _ in range(chance.randrange(4)))
            url = f"{receiver.url}{path}{'?' + query if query or chance.random() < .2 else ''}"
            method = chance.choice(("GET", "POST"))
            self.ok(self.client.post("/v1/Fleets/" + fleet["sid"],
                                     {"SmsCommandsUrl": url, "SmsCommandsMethod": method}))
            payload = "".join(chance.choice(unicode) for _ in range(chance.randrange(1, 30)))
            self.send(sim, payload)
            expected.append((url, method, payload))
            if number % 50 == 49:
                self.advance("1s")
        self.advance("1s")
        self.assertEqual(len(receiver.requests), len(expected))
        for request, (url, method, payload) in zip(receiver.requests, expected):
            seen = receiver.url + request["target"]
            self.assertEqual(request["method"], method)
            form = request["body"] if method == "POST" else urllib.parse.urlsplit(seen).query
            parameters = dict(urllib.parse.parse_qsl(form, keep_blank_values=True))
            self.assertEqual(parameters["Payload"], payload)
            signed = parameters if method == "POST" else {}
            signature = request["headers"]["X-Twilio-Signature"]
            self.assertTrue(self.validator.validate(seen, signed, signature), (url, request))


def digest_of(*parts):
    """What Digest computes of some texts, as RFC 7616 has it."""
    return hashlib.md5(":".join(parts).encode()).hexdigest()


class PathTest(WebhookTestCase):
    """A URL without a path is signed as it stands, and the delivery says what that means."""

    def test_without_a_path(self):
        receiver = self.receiver()
        for rest in ("", "?q=1", "#rc=1"):
            url = receiver.url + rest
            shown = self.deliver(url)
            request = receiver.requests[-1]
            self.assertTrue(request["target"].startswith("/"))
            self.assertIn("no path", shown["hint"], url)
            parameters = dict(urllib.parse.parse_qsl(request["body"], keep_blank_values=True))
            signature = request["headers"]["X-Twilio-Signature"]
            for seen, valid in ((url.split("#")[0], True), (receiver.url + request["target"], False)):
                self.assertEqual(self.validator.validate(seen, parameters, signature), valid, seen)
        listed = self.control("GET", "deliveries")["deliveries"]
        self.assertEqual([one["hint"] for one in listed], [shown["hint"]] * 3)

    def test_with_a_path(self):
        receiver = self.receiver()
        for rest in ("/", "/?q=1"):
            self.assertIsNone(self.deliver(receiver.url + rest)["hint"])


class FrozenClockTest(WebhookTestCase):
    """Nothing is sent while a clock stands, which is the usual reason why nothing comes."""

    def test_it_is_said(self):
        sim = self.sim_with(self.receiver().url + "/x")
        self.control("PUT", "clock", {"mode": "frozen"})
        shown = self.delivery(self.send(sim))
        self.assertEqual(shown["state"], "pending")
        self.assertIn("the account's clock is frozen", shown["hint"])
        self.control("POST", "clock/advance", {"to": "next"})
        shown = self.control("GET", "deliveries/" + shown["sid"])
        self.assertEqual((shown["state"], shown["hint"]), ("delivered", None))


class CredentialsTest(WebhookTestCase):
    """A URL's user and password are sent when a receiver asks for them, and not before."""

    options = ("--webhook-retries", "none")
    user, password = "user", "p@ss:1"

    def asking(self, challenge, is_good):
        """A receiver that demands credentials: 401 with `challenge` unless `is_good` finds them so."""
        def behave(handler):
            given = handler.headers.get("Authorization")
            if given is not None and is_good(given, handler):
                handler.answer(200, b"welcome")
            else:
                handler.answer(401, b"who are you?", [("WWW-Authenticate", challenge)])
        return self.receiver(behave)

    def url_of(self, receiver, userinfo="user:p%40ss:1"):
        """The receiver's URL with credentials."""
        return f"http://{userinfo}@127.0.0.1:{receiver.port}/hook?a=b"

    def is_basic(self, given, _):
        """Whether Basic has our user and password."""
        return given == "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()

    def is_digest(self, given, handler):
        """Whether Digest proves that it knows our password, for this very request."""
        scheme, _, rest = given.partition(" ")
        said = {name: quoted or bare for name, quoted, bare
                in re.findall(r'(\w+)=(?:"([^"]*)"|([^,\s]+))', rest)}
        if scheme != "Digest" or said["uri"] != handler.path or said["nonce"] != "n0nce":
            return False
        expected = digest_of(digest_of(said["username"], "sims", self.password), said["nonce"],
                             said["nc"], said["cnonce"], said["qop"],
                             digest_of(handler.command, handler.path))
        return (said["username"], said["realm"], said["response"]) == (self.user, "sims", expected)

    def assert_asked(self, receiver, shown, url, scheme):
        """Two requests that differ in their credentials only, in one attempt, on record."""
        first, second = receiver.requests
        [attempt] = shown["attempts"]
        self.assertEqual((shown["state"], attempt["status"], attempt["answer_body"]),
                         ("delivered", 200, "welcome"))
        self.assertNotIn("Authorization", first["headers"])
        given = second["headers"].pop("Authorization")
        self.assertTrue(given.startswith(scheme + " "), given)
        for name in ("method", "target", "body", "headers"):
            self.assertEqual(first[name], second[name])
        self.assertIn("I-Twilio-Idempotency-Token", first["headers"])
        self.assertEqual(second["headers"]["X-Twilio-Signature"], attempt["signature"])
        if first["method"] == "POST":
            self.assert_valid(first, url)
        self.assertEqual(attempt["request_headers"].count("Authorization:"), 1)
        self.assertTrue(attempt["request_headers"].endswith(f"Authorization: {given}\r\n"), attempt)
        heads = [head.split(" ")[1] for head in attempt["answer_headers"].split("\r\n")
                 if head.startswith("HTTP/")]
        self.assertEqual(heads, ["401", "200"])

    def test_one_that_asks_for_basic(self):
        for method in ("POST", "GET"):
            receiver = self.asking('Basic realm="sims"', self.is_basic)
            url = self.url_of(receiver)
            self.assert_asked(receiver, self.deliver(url, method), url, "Basic")

    def test_one_that_asks_for_digest(self):
        for method in ("POST", "GET"):
            receiver = self.asking('Digest realm="sims", qop="auth", nonce="n0nce", algorithm=MD5',
                                   self.is_digest)
            url = self.url_of(receiver)
            self.assert_asked(receiver, self.deliver(url, method), url, "Digest")

    def test_one_that_never_asks(self):
        receiver = self.receiver()
        url = self.url_of(receiver)
        shown = self.deliver(url)
        [request] = receiver.requests
        self.assertNotIn("Authorization", request["headers"])
        self.assertNotIn("Authorization", shown["attempts"][0]["request_headers"])
        self.assert_valid(request, url)

    def test_one_that_does_not_like_them(self):
        """Asked once more, they would be the same: the attempt has failed."""
        for challenge, is_good in (('Basic realm="sims"', self.is_basic),
                                   ('Digest realm="sims", qop="auth", nonce="n0nce"', self.is_digest)):
            receiver = self.asking(challenge, is_good)
            shown = self.deliver(self.url_of(receiver, "user:wrong"))
            [attempt] = shown["attempts"]
            self.assertEqual((shown["state"], attempt["result"], attempt["status"]),
                             ("failed", "status", 401))
            self.assertEqual(len(receiver.requests), 2)

    def test_one_that_asks_for_what_nobody_speaks_or_has(self):
        for challenge, userinfo in (("Bearer", "user:pass@"), ('Basic realm="sims"', "")):
            receiver = self.asking(challenge, self.is_basic)
            shown = self.deliver(f"http://{userinfo}127.0.0.1:{receiver.port}/")
            self.assertEqual((shown["state"], shown["attempts"][0]["status"]), ("failed", 401))
            [request] = receiver.requests
            self.assertNotIn("Authorization", request["headers"])

    def test_nobody_gets_what_another_asked_for(self):
        """Each attempt begins without credentials, whatever the one before it was asked for."""
        asking = self.asking('Basic realm="sims"', self.is_basic)
        quiet = self.receiver()
        for _ in range(3):
            self.deliver(self.url_of(asking))
            self.deliver(self.url_of(quiet))
        self.assertEqual(["Authorization" in one["headers"] for one in asking.requests],
                         [False, True] * 3)
        self.assertEqual(["Authorization" in one["headers"] for one in quiet.requests], [False] * 3)


class RetryTest(WebhookTestCase):
    """Twilio's overrides first, then our own schedule."""

    options = ("--webhook-retries", "5s,1m,1h,24h,46h")

    def results(self, url, by="72h"):
        """The results of all attempts, and the delivery."""
        shown = self.deliver(url, by=by)
        return [attempt["result"] for attempt in shown["attempts"]], shown

    def test_a_whole_schedule(self):
        """72 hours do not take hours."""
        url = f"http://127.0.0.1:{unused_port()}/"
        sid = self.send(self.sim_with(url))
        ran = self.advance("72h")["ran"]
        self.assertEqual([one["result"] for one in ran], ["connect"] * 7)
        self.assertEqual([one["at"] for one in ran], [
            "2026-01-15T12:00:01Z", "2026-01-15T12:00:01Z", "2026-01-15T12:00:06Z",
            "2026-01-15T12:01:06Z", "2026-01-15T13:01:06Z", "2026-01-16T13:01:06Z",
            "2026-01-18T11:01:06Z"])
        shown = self.delivery(sid)
        self.assertEqual((shown["state"], shown["error_code"], shown["next_attempt"]),
                         ("failed", 11200, None))
        self.assertEqual([one["number"] for one in shown["attempts"]], list(range(1, 8)))

    def test_a_receiver_that_recovers(self):
        answers = iter((500, 503, 200))
        receiver = self.receiver(lambda handler: handler.answer(next(answers)))
        results, shown = self.results(receiver.url)
        self.assertEqual(results, ["status", "status", "delivered"])
        self.assertEqual((shown["state"], shown["error_code"]), ("delivered", 0))
        self.assertEqual(len(set(receiver.tokens())), 1, "the same token on every attempt")

    def test_overrides(self):
        receiver = self.receiver(lambda handler: handler.answer(
            404 if handler.path.startswith("/4") else 500))
        for fragment, path, quick in (("", "/5", 0), ("#rc=2&rp=5xx", "/5", 2),
                                      ("#rc=2&rp=5xx", "/4", 0), ("#rc=5&rp=4xx", "/4", 5),
                                      ("#rc=3&rp=all", "/4", 3), ("#rc=0&rp=all", "/4", 0)):
            results, _ = self.results(receiver.url + path + fragment)
            self.assertEqual(results, ["status"] * (1 + quick + 5), fragment)
        refused = f"http://127.0.0.1:{unused_port()}/"
        self.assertEqual(len(self.results(refused + "#rc=0")[0]), 6)
        self.assertEqual(len(self.results(refused + "#rc=4&rp=ct")[0]), 10)
        self.assertEqual(len(self.results(refused + "#rc=4&rp=5xx")[0]), 6)

    def test_a_bad_override(self):
        receiver = self.receiver()
        results, shown = self.results(receiver.url + "/#rp=sometimes")
        self.assertEqual(results, ["delivered"])
        self.assertEqual((shown["state"], shown["attempts"][0]["error_code"]), ("delivered", 11243))

    def test_the_clock_alone_decides(self):
        """On a frozen clock nothing is sent by itself; on a fast one, soon."""
        receiver = self.receiver()
        sid = self.send(self.sim_with(receiver.url))
        self.assertEqual(self.delivery(sid)["state"], "pending")
        self.assertEqual(receiver.requests, [])
        self.control("PUT", "clock", {"mode": "scaled", "rate": 100000})
        wait_until(lambda: self.delivery(sid)["state"] == "delivered", "the delivery")
        down = self.send(self.sim_with(f"http://127.0.0.1:{unused_port()}/"))
        wait_until(lambda: self.delivery(down)["state"] == "failed", "72 hours in three seconds")

    def test_replay(self):
        receiver = self.receiver(lambda handler: handler.answer(500))
        _, shown = self.results(receiver.url)
        self.assertEqual(shown["state"], "failed")
        receiver.behave = lambda handler: handler.answer(204, b"")
        self.assertEqual(self.control("POST", f"deliveries/{shown['sid']}/replay", status=202),
                         {"replayed": 1})
        self.assertEqual(self.delivery(shown["sid"])["state"], "pending")
        self.advance("1s")
        again = self.delivery(shown["sid"])
        self.assertEqual((again["state"], again["attempts"][-1]["status"]), ("delivered", 204))
        self.assertEqual(len(set(receiver.tokens())), 1)
        replayed = self.control("POST", "deliveries/replay", {"state": "delivered"}, 202)
        self.assertEqual(replayed, {"replayed": 1})
        self.advance("1s")
        self.assertEqual(len(receiver.requests), 8)
        pending = self.send(self.sim_with(receiver.url))
        self.assertEqual(self.control("POST", f"deliveries/{pending}/replay", status=202),
                         {"replayed": 0}, "it is on its way anyhow")
        self.refused(self.client.control("POST", "deliveries/replay", {"state": "pending"}), 400, "state")
        self.refused(self.client.control("POST", "deliveries/replay"), 400, "state")
        self.refused(self.client.control("POST", "deliveries/WD" + "0" * 32 + "/replay"), 404)

    def test_lists(self):
        good, bad = self.receiver(), self.receiver(lambda handler: handler.answer(500))
        for url in (good.url, bad.url):
            self.results(url)
        fleets = [one["fleet_sid"] for one in self.control("GET", "deliveries")["deliveries"]]
        self.assertEqual(len(fleets), 2)
        for query, count in (("state=failed", 1), ("state=delivered", 1), ("state=pending", 0),
                             ("fleet=" + fleets[0], 1), ("limit=1", 1)):
            listed = self.control("GET", "deliveries?" + query)["deliveries"]
            self.assertEqual(len(listed), count, query)
        self.refused(self.client.control("GET", "deliveries?state=lost"), 400, "state")
        self.refused(self.client.control("GET", "deliveries?fleet=nobody"), 400, "fleet")
        self.refused(self.client.control("GET", "deliveries?limit=0"), 400, "limit")


class BadReceiverTest(WebhookTestCase):
    """Receivers that misbehave."""

    options = ("--webhook-retries", "none")

    def one(self, behave, fragment=""):
        """The only attempt at a receiver that behaves so."""
        receiver = self.receiver(behave)
        shown = self.deliver(receiver.url + "/" + fragment)
        self.assertEqual(len(shown["attempts"]), 1, shown)
        return shown["attempts"][0]

    def test_no_receiver(self):
        shown = self.deliver(f"http://127.0.0.1:{unused_port()}/#rc=0")
        self.assertEqual(shown["attempts"][0]["result"], "connect")
        self.assertTrue(shown["attempts"][0]["error"])
        shown = self.deliver(f"http://{NO_NAME}/#rc=0")
        self.assertEqual(shown["attempts"][0]["result"], "dns")

    @staticmethod
    def drip(handler):
        """Behaviour: an answer without end, a byte at a time."""
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(b"x")
                time.sleep(0.02)
        except OSError:
            pass  # the sender has had enough

    def test_one_that_hangs(self):
        """Less time than it would have without what the URL says."""
        for fragment in ("#rt=200", "#tt=200"):
            attempt = self.one(lambda handler: handler.hang(), fragment)
            self.assertEqual((attempt["result"], attempt["status"]), ("timeout", 0))
            self.assertLess(attempt["total_us"], DEFAULT_TIMEOUT_US)

    def test_one_that_drips(self):
        """A busy machine needs more time to begin its answer."""
        for milliseconds in (200, 1000, 5000, 15000):
            attempt = self.one(self.drip, f"#rt={milliseconds}")
            self.assertEqual(attempt["result"], "timeout")
            if attempt["status"] != 0:
                break
        self.assertEqual(attempt["status"], 200)

    def test_one_that_drips_is_one_that_is_too_slow(self):
        """What is retried is the time-out, whatever status came first."""
        receiver = self.receiver(self.drip)
        for policy, count in (("rt", 3), ("ct", 1), ("5xx", 1)):
            shown = self.deliver(f"{receiver.url}/#rt=200&rc=2&rp={policy}")
            results = [attempt["result"] for attempt in shown["attempts"]]
            self.assertEqual(results, ["timeout"] * count, policy)

    def test_one_that_resets(self):
        attempt = self.one(lambda handler: handler.reset())
        self.assertEqual(attempt["result"], "broken")

    def test_one_that_talks_no_http(self):
        attempt = self.one(lambda handler: handler.wfile.write(b"hello, who is there?\r\n"))
        self.assertEqual(attempt["result"], "broken")

    def test_one_that_redirects(self):
        target = self.receiver()
        attempt = self.one(lambda handler: handler.answer(
            302, b"", [("Location", target.url + "/elsewhere")]))
        self.assertEqual((attempt["result"], attempt["status"]), ("status", 302))
        self.assertEqual(target.requests, [])

    def test_one_that_answers_100_megabytes(self):
        def flood(handler):
            size = 100 * 1024 * 1024
            handler.send_response(200)
            handler.send_header("Content-Length", str(size))
            handler.end_headers()
            piece = b"x" * 65536
            try:
                for _ in range(size // len(piece)):
                    handler.wfile.write(piece)
            except OSError:
                pass
        attempt = self.one(flood)
        self.assertEqual((attempt["result"], attempt["status"]), ("delivered", 200))
        self.assertTrue(attempt["answer_cut"])
        self.assertEqual(attempt["answer_bytes"], 65536)

    def test_bytes_that_are_no_text(self):
        attempt = self.one(lambda handler: handler.answer(200, b"\xff\xfe"))
        self.assertEqual(attempt["answer_body"], "\ufffd\ufffd")

    def test_the_proxy_of_the_environment_is_not_used(self):
        proxy = f"http://127.0.0.1:{unused_port()}"
        server = Server("--webhook-retries", "none", environment={"http_proxy": proxy,
                                                                  "all_proxy": proxy})
        self.addCleanup(server.stop)
        self.client = server.client()
        self.freeze()
        self.assertEqual(self.one(lambda handler: handler.answer(200))["result"], "delivered")


class SlowReceiverTest(WebhookTestCase):
    """A receiver that hangs delays nobody else."""

    options = ("--webhook-retries", "none")

    def test_others_are_not_delayed(self):
        self.control("PUT", "clock", {"mode": "real"})
        slow = self.receiver(lambda handler: handler.hang())
        fast = self.receiver()
        stuck = self.sim_with(slow.url + "/#rt=15000")
        quick = self.sim_in_real_time(fast.url)
        for _ in range(12):
            self.send(stuck)
        for number in range(8):
            self.send(quick, str(number))
            self.ok(self.client.get("/v1/Fleets"))
        wait_until(lambda: len(fast.requests) == 8, "the quick receiver's 8")
        self.assertEqual(slow.given_up, 0, "nobody waited for the slow one")
        self.assertLessEqual(len(slow.requests), 8, "few at a time to one receiver")

    def test_an_advance_waits_for_its_own_namespace_only(self):
        """Not for a webhook from before a reset."""
        self.control("PUT", "clock", {"mode": "real"})
        slow = self.receiver(lambda handler: handler.hang())
        self.send(self.sim_in_real_time(slow.url))
        wait_until(lambda: slow.requests, "the webhook that hangs")
        self.control("POST", "reset", {"to": "empty"})
        self.advance("1h")
        self.assertEqual(slow.given_up, 0)

    def active_sim(self, fleet, client=None, **parameters):
        sim = self.register(client)
        self.update_sim(sim, 202, client, Fleet=fleet["sid"], Status="active", **parameters)
        return wait_until(lambda: (one := self.fetch_sim(sim))["status"] == "active" and one,
                          "the Sim to become active")

    def sim_in_real_time(self, url):
        """An active Sim, without touching the clock: an advance would wait for the slow one."""
        return self.active_sim(self.fleet(SmsCommandsUrl=url))


class FairnessTest(WebhookTestCase):
    """Many receivers that hang, of one account, whose addresses sort before all others.

    Clocks stand still until all is prepared, so that no time-out ends while things are made.
    """

    options = ("--webhook-retries", "none", "--grace", "1")

    def setUp(self):
        super().setUp()
        self.slow = [self.receiver(lambda handler: handler.hang()) for _ in range(8)]

    def slow_sims(self, milliseconds):
        """A Sim for each of the receivers that never answer in that time."""
        return [self.sim_with(f"{one.url}/#rc=0&tt={milliseconds}") for one in self.slow]

    def hanging(self):
        """How many requests they got so far."""
        return sum(len(one.requests) for one in self.slow)

    def given_up(self):
        """How many of these are waited for no more."""
        return sum(one.given_up for one in self.slow)

    def good(self, client, behave=None):
        """A receiver and a Sim of this client, which tells it."""
        receiver = self.receiver(behave)
        url = f"http://localhost:{receiver.port}/"
        return receiver, self.active_sim(self.fleet(client, SmsCommandsUrl=url), client)

    def run_clock(self, client=None):
        """From now on what is due is sent."""
        self.control("PUT", "clock", {"mode": "real"}, client=client)

    def test_other_accounts_are_not_delayed(self):
        other = self.new_client()
        self.freeze(client=other)
        good, sim = self.good(other)
        for slow in self.slow_sims(15000) * 6:
            self.send(slow)
        self.send(sim, client=other)
        self.run_clock()
        wait_until(lambda: self.hanging() >= 32, "half of all places")
        self.run_clock(other)
        wait_until(lambda: good.requests, "the good receiver's request")
        self.assertEqual((self.hanging(), self.given_up()), (32, 0),
                         "an account has half of all places")

    def test_each_receiver_has_its_turn(self):
        """The good one's comes long before all those have ended that were sent earlier."""
        before = []
        def note(handler):
            before.append(self.hanging())
            handler.answer(200)
        _, sim = self.good(self.client, note)
        for slow in self.slow_sims(1000) * 30:
            self.send(slow)
        self.send(sim)
        self.run_clock()
        wait_until(lambda: before, "the good receiver's request")
        self.assertLessEqual(before[0], 8 * 30 // 2)

    def test_one_receiver_however_it_is_spelled(self):
        slow = self.slow[0]
        good, sim = self.good(self.client)
        sims = [self.sim_with(f"http://{host}:{slow.port}/{host}")
                for host in ("localhost", "LocalHost", "u:p@localhost", "LOCALHOST")]
        for one in sims * 4:
            self.send(one)
        self.send(sim)
        self.run_clock()
        wait_until(lambda: len(slow.requests) >= 8 and good.requests, "eight at a time")
        self.assertEqual((len(slow.requests), slow.given_up), (8, 0))


class PolicyTest(WebhookTestCase):
    """Addresses that may not be called are not called, however they are spelled."""

    options = ("--webhook-retries", "none")

    def test_hostile_urls(self):
        receiver = self.receiver()
        port = receiver.port
        literals = [
            "8.8.8.8", "1.1.1.1", "134744072", "0x08080808", "010.8.8.8", "8.8.2056",
            "0x8.0x8.0x8.0x8", "[::ffff:8.8.8.8]", "[::ffff:808:808]", "[2001:4860:4860::8888]",
            "[64:ff9b::8.8.8.8]", "[2002:808:808::1]", "169.254.169.254", "2852039166",
            "0xA9FEA9FE", "0251.0376.0251.0376", "169.254.43518", "[::ffff:169.254.169.254]",
            "[::ffff:a9fe:a9fe]", "[fe80::1]", "[fe80::1%25lo]", "[fd00:ec2::254]",
            "[64:ff9b::169.254.169.254]", "100.100.100.200", "168.63.129.16", "192.0.0.192",
            "0.0.0.0", "0", "[::]", "224.0.0.1", "255.255.255.255", "240.0.0.1",
            "user@8.8.8.8", "127.0.0.1@8.8.8.8", "127.0.0.1:80@169.254.169.254",
            "127.0.0.1%40@169.254.169.254", "[::169.254.169.254]"]
        # Spellings that are an address to some and a name to others: the resolver may refuse them.
        doubtful = ["169.254.169.254.", "\u2460\u2461\u2466.0.0.1"]
        names = [NO_NAME]
        expected = {**dict.fromkeys(literals, ("policy",)),
                    **dict.fromkeys(doubtful, ("policy", "dns")), **dict.fromkeys(names, ("dns",))}
        fleet = self.fleet()
        sim = self.active_sim(fleet)
        tried = 0
        for host, results in expected.items():
            for path in ("/", "/latest/meta-data/", "/?u=http://127.0.0.1/"):
                url = f"http://{host}:{port}{path}"
                answer = self.client.post("/v1/Fleets/" + fleet["sid"],
                                          {"SmsCommandsUrl": url + "#ct=10000&tt=15000&rc=0"})
                if answer.status == 400:
                    continue
                sid = self.send(sim)
                self.advance("1s")
                [attempt] = self.delivery(sid)["attempts"]
                self.assertIn(attempt["result"], results, url)
                self.assertIsNone(attempt["peer"], url)
                tried += 1
        self.assertGreater(tried, 60)
        self.assertEqual(receiver.requests, [])

    def test_schemes(self):
        fleet = self.fleet()
        for url in ("file:///etc/passwd", "gopher://127.0.0.1:70/_x", "ftp://127.0.0.1/", "dict://x",
                    "javascript:alert(1)", "//127.0.0.1/", "http:///x", "http://", "HTTP://",
                    "http://a b/", "http://127.0.0.1/\r\nHost: x", "http://:80/"):
            answer = self.client.post("/v1/Fleets/" + fleet["sid"], {"SmsCommandsUrl": url})
            self.assert_error(answer, 400, "Invalid SmsCommandsUrl.")

    def test_spellings_of_this_machine_are_this_machine(self):
        receiver = self.receiver()
        for host in ("127.0.0.1", "2130706433", "0x7f.1", "localhost", "[::ffff:127.0.0.1]"):
            shown = self.deliver(f"http://{host}:{receiver.port}/#rc=0")
            self.assertEqual(shown["attempts"][0]["result"], "delivered", host)

    def test_a_redirect_to_a_forbidden_address_is_not_followed(self):
        receiver = self.receiver(lambda handler: handler.answer(
            307, b"", [("Location", "http://169.254.169.254/")]))
        self.assertEqual(self.deliver(receiver.url)["attempts"][0]["status"], 307)
        self.assertEqual(len(receiver.requests), 1)


class CertificatesTest(WebhookTestCase):
    """Receivers of https whose certificates an authority of our own has signed."""

    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory(prefix="supersimd-test-")
        cls.addClassCleanup(temporary.cleanup)
        cls.directory = temporary.name
        new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        with open(cls.path("extensions"), "w", encoding="utf-8") as file:
            file.write("subjectAltName=IP:127.0.0.1\n")
        cls.openssl("req", "-x509", *new_key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2",
                    "-subj", "/CN=authority of a test")
        cls.openssl("req", *new_key, "-keyout", "host.key", "-out", "host.csr", "-subj", "/CN=host")
        cls.openssl("x509", "-req", "-in", "host.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                    "-CAcreateserial", "-extfile", "extensions", "-out", "host.pem", "-days", "2")
        cls.server = Server("--webhook-ca", cls.path("ca.pem"))
        cls.addClassCleanup(cls.server.stop)
        os.remove(cls.path("ca.pem"))  # it was read at the start

    @classmethod
    def path(cls, name):
        """A path inside the class's directory."""
        return os.path.join(cls.directory, name)

    @classmethod
    def openssl(cls, *arguments):
        """Runs the command line tool."""
        subprocess.run(["openssl", *arguments], cwd=cls.directory, check=True, capture_output=True)

    def secure_receiver(self):
        """One that speaks https."""
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(self.path("host.pem"), self.path("host.key"))
        receiver = Receiver(tls=tls)
        self.addCleanup(receiver.close)
        return receiver

    def result(self, url):
        """Of the one attempt."""
        [attempt] = self.deliver(url + "#rc=0")["attempts"]
        return attempt["result"]

    def test_a_receiver_of_the_authority(self):
        receiver = self.secure_receiver()
        for _ in range(2):  # the second time with a handle that was kept
            self.assertEqual(self.result(receiver.url + "/hook"), "delivered")
        self.assertEqual(len(receiver.requests), 2)
        self.assert_valid(receiver.requests[0], receiver.url + "/hook")
        self.assertEqual(self.result(receiver.url.replace("127.0.0.1", "localhost")), "tls",
                         "the certificate is another host's")

    def test_without_the_option_it_is_not_trusted(self):
        receiver = self.secure_receiver()
        other = Server()
        self.addCleanup(other.stop)
        self.client = other.client(self.account)
        self.freeze()
        self.assertEqual(self.result(receiver.url), "tls")
        self.assertEqual(receiver.requests, [])


class LargeAnswerTest(WebhookTestCase):
    """Answers whose bytes are six each in JSON."""

    options = ("--webhook-retries", ",".join(["1s"] * 9))
    KEPT, SHOWN = 65536, 4096

    def attempt(self, sid, number):
        """One attempt, whole."""
        return self.control("GET", f"deliveries/{sid}/attempts/{number}")

    def test_many_large_answers(self):
        receiver = self.receiver(lambda handler: handler.answer(500, b"\1" * 70000))
        sim = self.sim_with(receiver.url + "/#rc=5&rp=all")
        sids = [self.send(sim) for _ in range(4)]
        self.assertEqual(len(self.advance("1h")["ran"]), 4 * 15)
        listed = self.control("GET", "deliveries")["deliveries"]
        self.assertEqual([one["sid"] for one in listed], sids[::-1])
        self.assertEqual(len(listed[0]["attempts"]), 15)
        self.assertFalse(listed[0]["attempts_more"])
        self.assertEqual(list(listed[0]["attempts"][0]), [
            "sid", "number", "date_created", "result", "error_code", "status", "total_us", "error",
            "fault"])
        shown = self.control("GET", "deliveries/" + sids[0])
        self.assertFalse(shown["attempts_more"])
        self.assertEqual({(one["answer_body"], one["answer_bytes"], one["answer_cut"])
                          for one in shown["attempts"]}, {("\1" * self.SHOWN, self.KEPT, True)})
        newest = self.control("GET", "deliveries/" + sids[-1])["attempts"][0]
        for name, value in listed[0]["attempts"][0].items():
            self.assertEqual(value, newest[name], name)
        self.assertEqual(self.attempt(sids[-1], 15), {**newest, "answer_body": "\1" * self.KEPT})

    def test_replays_without_end(self):
        """The newest 100 attempts of a delivery are kept, the newest 20 of them shown."""
        receiver = self.receiver(lambda handler: handler.answer(200, b"\1" * 70000))
        sid = self.send(self.sim_with(receiver.url))
        self.advance("1s")
        for count in range(2, 121):
            self.control("POST", f"deliveries/{sid}/replay", status=202)
            self.advance("1s")
            if count == 20:
                self.assertFalse(self.control("GET", "deliveries/" + sid)["attempts_more"])
        shown = self.control("GET", "deliveries/" + sid)
        self.assertEqual([one["number"] for one in shown["attempts"]], list(range(120, 100, -1)))
        self.assertEqual((shown["attempt_count"], shown["attempts_more"]), (120, True))
        answer = self.client.control("GET", "deliveries/" + sid)
        self.assertLess(len(answer.body), 20 * (6 * self.SHOWN + 8192))
        [listed] = self.control("GET", "deliveries")["deliveries"]
        self.assertEqual([one["sid"] for one in listed["attempts"]],
                         [one["sid"] for one in shown["attempts"]])
        self.assertTrue(listed["attempts_more"])
        for number in (21, 100, 120):
            whole = self.attempt(sid, number)
            self.assertEqual((whole["number"], whole["answer_body"]), (number, "\1" * self.KEPT))
        self.assertEqual(whole["sid"], shown["attempts"][0]["sid"])
        for number in (0, 20, 121, "", "x", "-1", "1e2", "9" * 15, "9" * 30):
            answer = self.client.control("GET", f"deliveries/{sid}/attempts/{number}")
            self.refused(answer, 404)

    def test_an_attempt_belongs_to_its_delivery_and_account(self):
        receiver = self.receiver()
        first, second = self.send(self.sim_with(receiver.url)), self.send(self.sim_with(receiver.url))
        self.advance("1s")
        self.assertNotEqual(self.attempt(first, 1)["sid"], self.attempt(second, 1)["sid"])
        other = self.new_client()
        self.refused(other.control("GET", f"deliveries/{first}/attempts/1"), 404)
        self.refused(self.client.control("GET", "deliveries/WD" + "0" * 32 + "/attempts/1"), 404)
        self.refused(self.client.control("DELETE", f"deliveries/{first}/attempts/1"), 405)

    def test_answers_are_cut_between_characters(self):
        body = b"a" + "\u00e9".encode() * self.SHOWN
        receiver = self.receiver(lambda handler: handler.answer(200, body))
        sid = self.send(self.sim_with(receiver.url))
        self.advance("1s")
        [shown] = self.control("GET", "deliveries/" + sid)["attempts"]
        self.assertEqual(shown["answer_body"], "a" + "\u00e9" * (self.SHOWN // 2 - 1))
        self.assertEqual((shown["answer_bytes"], shown["answer_cut"]), (len(body), False))
        self.assertEqual(self.attempt(sid, 1)["answer_body"], body.decode())

    def test_a_list_looks_at_so_much_only(self):
        """Of deliveries beyond it, it says that there were attempts."""
        receiver = self.receiver(lambda handler: handler.answer(500, b"\1" * 70000))
        sim = self.sim_with(receiver.url + "/#rc=5&rp=all")
        sids = [self.send(sim) for _ in range(20)]
        self.advance("1h")
        listed = self.control("GET", "deliveries")["deliveries"]
        self.assertEqual([one["sid"] for one in listed], sids[::-1])
        self.assertEqual((len(listed[0]["attempts"]), listed[0]["attempts_more"]), (15, False))
        self.assertEqual((listed[-1]["attempts"], listed[-1]["attempts_more"]), ([], True))


class HistoryTest(WebhookTestCase):
    """What is kept is bounded."""

    options = ("--delivery-history", "20", "--webhook-retries", "none")

    def test_old_deliveries_go(self):
        receiver = self.receiver()
        sim = self.sim_with(receiver.url)
        for _ in range(60):
            self.send(sim)
        self.advance("1s")
        self.assertEqual(len(receiver.requests), 60)
        kept = self.control("GET", "deliveries?limit=500")["deliveries"]
        self.assertEqual(len(kept), 20)
        self.assertEqual({self.delivery(one["sid"])["attempt_count"] for one in kept}, {1})

    def test_each_account_and_state_by_itself(self):
        """However they take turns."""
        good, bad = self.receiver(), self.receiver(lambda handler: handler.answer(500))
        first, second = self.client, self.new_client()
        self.freeze(client=second)
        fleets = [(client, self.fleet(client, SmsCommandsUrl=receiver.url))
                  for client in (first, second) for receiver in (good, bad)]
        sims = [(client, self.active_sim(fleet, client)) for client, fleet in fleets]
        for _ in range(30):
            for client, sim in sims:
                self.control("POST", f"sims/{sim['sid']}/sms-commands", {"payload": "x"}, 201,
                             client)
                self.advance("1s", client)
        for client in (first, second):
            for state in ("delivered", "failed"):
                kept = self.control("GET", f"deliveries?limit=500&state={state}", client=client)
                self.assertEqual(len(kept["deliveries"]), 20, state)
        self.control("POST", "deliveries/replay", {"state": "failed"}, 202)
        self.advance("1s")
        kept = self.control("GET", "deliveries?limit=500")["deliveries"]
        self.assertEqual(len(kept), 40, "those that were sent again are counted once")


class StoredUrlTest(DirectoryTestCase, WebhookTestCase):
    """What an older version took for a URL is tried once, and the result says that it is none."""

    @classmethod
    def setUpClass(cls):
        """Each start is the test's own."""

    def setUp(self):
        DirectoryTestCase.setUp(self)
        self.profile = None

    def test_urls_that_are_refused_today(self):
        database = self.path("t.db")
        self.server = self.start(database=database)
        self.client = self.new_client()
        self.freeze()
        sims = [self.sim_with("http://127.0.0.1:1/") for _ in range(2)]
        deliveries = [self.send(sim) for sim in sims]
        self.server.stop()
        with contextlib.closing(sqlite3.connect(database)) as file, file:
            for sid, url in zip(deliveries, ("http://127.0.0.1:99999/", "http://b\u00fccher.localhost/x")):
                file.execute("UPDATE deliveries SET url = ? WHERE sid = ?", (url + "#rc=5&rp=all", sid))
        self.server = self.start("--webhook-retries", "1s", database=database)
        self.client = self.new_client(self.client.user)
        self.advance("10s")
        shown = self.delivery(deliveries[0])
        self.assertEqual((shown["state"], [one["result"] for one in shown["attempts"]]), ("failed", ["url"]))
        shown = self.delivery(deliveries[1])
        self.assertNotIn("policy", [one["result"] for one in shown["attempts"]])


class RestartedHistoryTest(DirectoryTestCase, WebhookTestCase):
    """What is kept is bounded over restarts, too."""

    @classmethod
    def setUpClass(cls):
        """Each start is the test's own."""

    def setUp(self):
        DirectoryTestCase.setUp(self)
        self.profile = None

    def test_restarts(self):
        receiver = self.receiver()
        sim = account = None
        for history in (50, 5, 5, 5):
            self.server = self.start("--delivery-history", str(history), database=self.path("t.db"))
            self.client = self.new_client(account)
            account = self.client.user
            if sim is None:
                self.freeze()
                sim = self.sim_with(receiver.url)
            for _ in range(8):
                self.send(sim)
            self.advance("1s")
            kept = self.control("GET", "deliveries?limit=500")["deliveries"]
            self.assertEqual(len(kept), min(8, history) if history > 5 else 5)
            self.server.stop()


if __name__ == "__main__":
    unittest.main()
