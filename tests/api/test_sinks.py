# SPDX-License-Identifier: MIT
"""Sinks, which take requests from anybody on the way to them: what they refuse, and what they keep."""
import base64
import sqlite3
import unittest

from device_case import DeviceTestCase
from server import DirectoryTestCase

KEPT, LARGEST, SHOWN = 1000, 64 * 1024, 4 * 1024


class SinkTestCase(DeviceTestCase):
    """A sink named hook."""

    def setUp(self):
        super().setUp()
        self.control("PUT", "sinks/hook")
        self.into = f"/_emulator/sinks/hook/in?account={self.account}"

    def send(self, body, **how):
        """A request into the sink, without credentials."""
        return self.client.request("POST", self.into, body, authorization="", **how)

    def received(self, name="hook"):
        """What the sink shows, oldest first."""
        return self.control("GET", f"sinks/{name}/received")["requests"]


class EntranceTest(SinkTestCase):
    """What is refused."""

    def test_large_bodies(self):
        self.assertEqual(self.send(b"x" * LARGEST).status, 200)
        self.refused(self.send(b"x" * (LARGEST + 1)), 413)
        chunk = b"%x\r\n%s\r\n" % (LARGEST, b"y" * LARGEST)
        headers = {"Transfer-Encoding": "chunked", "Content-Length": None}
        self.refused(self.send(chunk * 2 + b"0\r\n\r\n", headers=headers), 413)
        self.assertEqual(self.send(chunk + b"0\r\n\r\n", headers=headers).status, 200)
        self.assertEqual([one["body"][0] for one in self.received()], ["x", "y"])
        script = [{"body": "z" * LARGEST}] * 2
        self.control("PUT", "sinks/hook", {"answers": script})

    def test_pages_of_other_origins_and_rebound_names(self):
        for headers in ({"Origin": "http://evil.example"}, {"Origin": "null"},
                        {"Host": "evil.example"}, {"Host": "evil.example:7746"}):
            self.refused(self.send(b"x", headers=headers), 403)
        self.assertEqual(self.received(), [])
        self.assertEqual(self.send(b"x", headers={"Origin": self.server.url}).status, 200)


class OrderTest(SinkTestCase):
    """SIDs of what is history come in the order of real time; Twilio's own are random."""

    def test_beginnings_of_sids(self):
        self.freeze("2020-01-01T00:00:00Z")
        moments = []
        for _ in range(5):
            self.send(b"x")
            moments.append(self.received()[-1]["sid"][2:14])
        self.assertEqual(moments, sorted(moments))
        fleets = [self.fleet()["sid"][2:14] for _ in range(12)]
        self.assertNotEqual(fleets, sorted(fleets), fleets)


class MissingTest(SinkTestCase):
    """A webhook for a sink that its account does not have."""

    def sent(self, client):
        """The delivery of a device's SMS, once it was tried."""
        made = self.control("POST", "sims/tracker/sms-commands", {"payload": "x"}, 201, client)
        self.advance("1s", client)
        return "deliveries/" + made["delivery"]

    def test_a_copy_has_none(self):
        self.freeze()
        url = f"{self.server.url}/_emulator/sinks/hook/in#rc=0"
        self.active_sim(self.fleet(SmsCommandsUrl=url), UniqueName="tracker")
        made = self.control("POST", f"accounts/{self.account}/fork", {}, 201)
        copy = self.server.client(made["sid"], made["auth_token"])
        delivery = self.sent(copy)
        hint = self.control("GET", delivery, client=copy)["hint"]
        self.assertEqual(self.control("GET", "deliveries", client=copy)["deliveries"][0]["hint"], hint)
        for call in ("PUT /_emulator/sinks/hook ", f"POST /_emulator/{delivery}/replay "):
            self.assertIn(call, hint)
        self.control("PUT", "sinks/hook", client=copy)
        self.control("POST", delivery + "/replay", status=202, client=copy)
        self.advance("1s", copy)
        shown = self.control("GET", delivery, client=copy)
        self.assertEqual((shown["state"], shown["hint"]), ("delivered", None))

    def test_a_script_may_say_404_too(self):
        self.control("PUT", "sinks/hook", {"answers": [{"status": 404}]})
        self.freeze()
        url = f"{self.server.url}/_emulator/sinks/hook/in"
        self.active_sim(self.fleet(SmsCommandsUrl=url), UniqueName="tracker")
        shown = self.control("GET", self.sent(self.client))
        self.assertEqual((shown["state"], shown["hint"]), ("failed", None))


class BytesTest(SinkTestCase):
    """Whatever came is shown."""

    def test_the_list_of_an_account(self):
        self.assertEqual([sink["name"] for sink in self.control("GET", "sinks")["sinks"]], ["hook"])
        self.control("DELETE", "sinks/hook", status=204)
        for name in ("a", "b/c", "d"):
            self.control("PUT", "sinks/" + name.replace("/", "%2F"), {"answers": [{"status": 500}]})
        self.control("DELETE", "sinks/a", status=204)
        self.client.post("/_emulator/sinks/d/in", f"AccountSid={self.account}", authorization="")
        listed = self.control("GET", "sinks")["sinks"]
        self.assertEqual([(sink["name"], sink["received"]) for sink in listed], [("d", 1), ("b/c", 0)])
        self.assertEqual(listed[1]["url"], self.server.url + "/_emulator/sinks/b%2Fc/in")
        self.assertEqual(list(listed[0]), ["name", "url", "received", "date_created"])
        self.assertEqual(self.control("GET", "sinks", client=self.new_client()), {"sinks": []})
        self.refused(self.client.control("GET", "sinks?older=x"), 400, "older")

    def test_bodies_that_are_no_text(self):
        bodies = [b"\xff\xfe", b"a\0b", b"\0", b"caf\xc3\xa9\xc3", b"\xed\xa0\x80", bytes(range(256))]
        for body in bodies:
            self.assertEqual(self.send(body).status, 200)
        received = self.received()
        self.assertEqual([base64.b64decode(one["body_base64"]) for one in received], bodies)
        self.assertEqual([one["body"] for one in received[:4]],
                         ["\ufffd\ufffd", "a\ufffdb", "\ufffd", "caf\u00e9\ufffd"])

    def test_bodies_that_are(self):
        for body in (b"", b"a=b", "é 日 😀".encode(), b"line\r\n\t\x01"):
            self.assertEqual(self.send(body).status, 200)
        self.assertEqual([(one["body"], one["body_base64"]) for one in self.received()],
                         [("", None), ("a=b", None), ("é 日 😀", None), ("line\r\n\t\x01", None)])

    def test_other_parts_that_are_no_text(self):
        self.assertEqual(self.send(b"a=%FF&c=%C3%A9").status, 200)
        self.assertEqual(self.send(b"", headers={"X-Odd": "caf\xe9"}).status, 200)
        self.into = "/_emulator/sinks/hook/in?x=\xff"
        self.assertEqual(self.send({"AccountSid": self.account}).status, 200)
        form, header, url = self.received()
        self.assertEqual((form["body"], form["body_base64"], form["parameters"]),
                         ("a=%FF&c=%C3%A9", None, {}))
        self.assertEqual(header["headers"]["X-Odd"], "caf\ufffd")
        self.assertTrue(url["url"].endswith("?x=\ufffd"), url["url"])

    def test_bodies_are_cut(self):
        """Each can be had whole."""
        bodies = [b"a=" + b"1" * (LARGEST - 2), "é".encode() * (LARGEST // 2),
                  b"b=" + "é".encode() * SHOWN, b"\xff" * LARGEST, b"\0" * (SHOWN + 1),
                  b"c=" + b"2" * (SHOWN - 2)]
        for body in bodies:
            self.assertEqual(self.send(body).status, 200)
        received = self.received()
        self.assertEqual([one["body_bytes"] for one in received], [len(body) for body in bodies])
        for body, shown in zip(bodies[:-1], received):
            self.assertLessEqual(len(shown["body"].encode()), SHOWN)
            self.assertGreater(len(shown["body"].encode()), SHOWN - 4)
            self.assertIsNone(shown["parameters"])
            whole = self.control("GET", "sinks/hook/received/" + shown["sid"])
            self.assertEqual(list(whole), list(shown))
            self.assertEqual(whole["body"], body.decode(errors="replace").replace("\0", "\ufffd"))
            self.assertTrue(whole["body"].startswith(shown["body"]))
            if whole["body_base64"] is not None:
                part = base64.b64decode(shown["body_base64"])
                self.assertEqual(len(part), SHOWN // 3 * 3)
                self.assertEqual(base64.b64decode(whole["body_base64"]), body)
                self.assertTrue(body.startswith(part))
        self.assertEqual(received[-1]["parameters"], {"c": "2" * (SHOWN - 2)})
        self.assertEqual(received[-1],
                         self.control("GET", "sinks/hook/received/" + received[-1]["sid"]))
        whole = self.control("GET", "sinks/hook/received/" + received[0]["sid"])
        self.assertEqual(whole["parameters"], {"a": "1" * (LARGEST - 2)})

    def test_one_request_belongs_to_its_sink_and_account(self):
        self.assertEqual(self.send(b"x").status, 200)
        [request] = self.received()
        self.control("PUT", "sinks/other")
        for path in ("sinks/other/received/" + request["sid"], "sinks/none/received/" + request["sid"],
                     "sinks/hook/received/WR" + "0" * 32, "sinks/hook/received/x"):
            self.refused(self.client.control("GET", path), 404)
        self.refused(self.new_client().control("GET", "sinks/hook/received/" + request["sid"]), 404)

    def test_a_full_sink_can_be_read(self):
        """Part by part, the newest first, each part oldest first."""
        count = 400
        for number in range(count):
            body = (b"%03d" % number).ljust(LARGEST, b"\xff")
            self.assertEqual(self.send(body).status, 200)
        bodies, query = [], ""
        while query is not None:
            answer = self.client.control("GET", "sinks/hook/received" + query)
            self.assertLess(len(answer.body), 4 * 1024 * 1024)
            part = self.ok(answer)
            self.assertGreater(len(part["requests"]), 10)
            bodies = [one["body"][:3] for one in part["requests"]] + bodies
            query = "?older=" + part["older"] if part["older"] is not None else None
        self.assertEqual(bodies, ["%03d" % number for number in range(count)])

    def test_places_that_are_none(self):
        self.control("PUT", "sinks/other")
        for _ in range(300):
            self.assertEqual(self.send(b"x" * LARGEST).status, 200)
        older = self.control("GET", "sinks/hook/received")["older"]
        self.assertIsNotNone(older)
        for path in ("hook/received?older=", "hook/received?older=PT00", "other/received?older=" + older,
                     "hook/received?older=" + older[:-1] + ("0" if older[-1] != "0" else "1")):
            self.refused(self.client.control("GET", "sinks/" + path), 400, "older")


class HistoryTest(DirectoryTestCase, SinkTestCase):
    """What is kept."""

    @classmethod
    def setUpClass(cls):
        """Each test starts its own server."""

    def setUp(self):
        DirectoryTestCase.setUp(self)
        self.server = self.start(database=self.path("t.db"))
        SinkTestCase.setUp(self)

    def stored(self):
        """How many requests the database holds."""
        database = sqlite3.connect(self.path("t.db"))
        try:
            return database.execute("SELECT count(*) FROM sink_requests").fetchone()[0]
        finally:
            database.close()

    def test_the_newest_requests_of_each_sink(self):
        self.control("PUT", "sinks/other")
        answer = self.client.post(self.into.replace("hook", "other"), b"kept")
        self.assertEqual(answer.status, 200, answer)
        count = KEPT + 120
        for number in range(count):
            self.assertEqual(self.send(b"%d" % number).status, 200)
        self.assertEqual([one["body"] for one in self.received()],
                         [str(number) for number in range(count - KEPT, count)])
        self.assertEqual([one["body"] for one in self.received("other")], ["kept"])
        self.assertLess(self.stored(), KEPT + 100)


if __name__ == "__main__":
    unittest.main()
