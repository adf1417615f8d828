# SPDX-License-Identifier: MIT
"""A server that stops while clocks are advanced: who waits is told, and what is due stays due."""
import contextlib
import json
import sqlite3
import unittest

from device_case import DeviceTestCase
from http_client import Connection
from receiver import Receiver
from server import DirectoryTestCase, wait_until, wait_until_refusing


class StopTest(DirectoryTestCase, DeviceTestCase):
    """One account with a frozen clock."""

    @classmethod
    def setUpClass(cls):
        """Each test starts its own server."""

    def setUp(self):
        DirectoryTestCase.setUp(self)
        self.profile = None
        self.account = None
        self.start_server()

    def start_server(self, grace="600"):
        """The server on this test's database, and a client of its account."""
        self.server = self.start("--grace", grace, database=self.path("t.db"))
        self.client = self.new_client(self.account)
        self.account = self.client.user

    def test_an_advance_that_comes_too_late(self):
        """Its request began before the stop, and is complete when no clock is advanced any more.
        The stop does not wait for the end of its grace."""
        body = json.dumps({"by": "1h"}).encode()
        head = self.client.build("POST", "/_emulator/clock/advance", b"", headers={
            "Content-Length": str(len(body)), "Expect": "100-continue"})
        connection = Connection(self.server.address)
        self.addCleanup(connection.close)
        connection.send(head)
        self.assertEqual(connection.read_response(interim=True).status, 100)
        self.server.terminate()
        wait_until_refusing(self.server.address)
        connection.send(body)
        self.assertEqual(connection.read_response().status, 503)
        self.server.stop()

    def test_an_advance_under_way(self):
        """It ends with the step that it is in; the next start lets the clock go."""
        def behave(handler):
            if len(receiver.requests) == 3:
                self.server.terminate()
                wait_until_refusing(self.server.address)
            handler.answer(200)
        receiver = Receiver(behave)
        self.addCleanup(receiver.close)
        self.freeze()
        sim = self.active_sim(self.fleet(SmsCommandsUrl=receiver.url))
        for _ in range(20):
            self.control("POST", f"sims/{sim['sid']}/sms-commands", {"payload": "x"}, 201)
        answer = self.client.control("POST", "clock/advance", {"by": "1h"})
        self.refused(answer, 503)
        self.server.stop()
        self.assertEqual(len(receiver.requests), 3)
        self.start_server()
        self.assertEqual(self.control("GET", "clock")["mode"], "frozen")
        ran = self.advance("1h")["ran"]
        self.assertEqual([one["result"] for one in ran], ["delivered"] * 17)
        self.assertEqual(len(set(receiver.tokens())), 20)

    def test_outcomes_that_wait(self):
        """All that came before the end of a stop is on disk: none is sent again."""
        def behave(handler):
            if len(receiver.requests) == 50:
                self.server.terminate()
            handler.answer(200)
        receiver = Receiver(behave)
        self.addCleanup(receiver.close)
        self.freeze()
        sim = self.active_sim(self.fleet(SmsCommandsUrl=receiver.url))
        for _ in range(200):
            self.control("POST", f"sims/{sim['sid']}/sms-commands", {"payload": "x"}, 201)
        self.client.control("PUT", "clock", {"mode": "real"})
        self.server.wait()
        self.assertIn(len(receiver.requests), range(50, 200))
        self.start_server()
        wait_until(lambda: self.control("GET", "info")["outbox"] == {"pending": 0}, "the others")
        self.assertEqual(len(receiver.requests), 200)
        self.assertEqual(len(set(receiver.tokens())), 200)

    def test_an_outcome_that_is_held_back(self):
        """It would be recorded together with the next one, which does not come. It is recorded
        all the same when the time of the stop is up."""
        def behave(handler):
            handler.answer(200)
            handler.connection.recv(1)  # its end: the sender has the answer
            self.server.terminate()
        hanging, receiver = Receiver(lambda handler: handler.hang()), Receiver(behave)
        self.addCleanup(hanging.close)
        self.addCleanup(receiver.close)
        self.server.stop()
        self.start_server("0")
        self.freeze()
        sims = [self.active_sim(self.fleet(SmsCommandsUrl=one.url)) for one in (hanging, receiver)]
        self.control("PUT", "clock", {"mode": "real"})
        for sim in sims:
            self.control("POST", f"sims/{sim['sid']}/sms-commands", {"payload": "x"}, 201)
            wait_until(lambda: hanging.hanging, "a receiver that hangs")
        self.server.wait()
        with contextlib.closing(sqlite3.connect(self.path("t.db"))) as file:
            states = dict(file.execute("SELECT url, state FROM deliveries"))
        self.assertEqual(states, {hanging.url: "pending", receiver.url: "delivered"})


if __name__ == "__main__":
    unittest.main()
