# SPDX-License-Identifier: MIT
"""Sinks, which take requests from anybody on the way to them: what they refuse, and what they keep."""
import base64
import os
import sqlite3
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from device_case import DeviceTestCase  # noqa: E402
from server import DirectoryTestCase  # noqa: E402

KEPT, LARGEST = 1000, 64 * 1024


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


class BytesTest(SinkTestCase):
    """Whatever came is shown."""

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

    def test_a_full_sink_can_be_read(self):
        """The newest, when all would be too much."""
        for number in range(400):
            body = (b"%03d" % number).ljust(LARGEST, b"\xff")
            self.assertEqual(self.send(body).status, 200)
        received = self.received()
        self.assertGreater(len(received), 10)
        self.assertEqual([one["body"][:3] for one in received],
                         ["%03d" % number for number in range(400 - len(received), 400)])


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
        count = KEPT + 250
        for number in range(count):
            self.assertEqual(self.send(b"%d" % number).status, 200)
        self.assertEqual([one["body"] for one in self.received()],
                         [str(number) for number in range(count - KEPT, count)])
        self.assertEqual([one["body"] for one in self.received("other")], ["kept"])
        self.assertLess(self.stored(), KEPT + 100)


if __name__ == "__main__":
    unittest.main()
