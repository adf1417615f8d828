# SPDX-License-Identifier: MIT
"""Clients that leave while they wait: for an advance, or for an answer that a sink delays."""
import os
import unittest

from device_case import DeviceTestCase
from http_client import Connection
from receiver import WaitingReceiver
from server import wait_until

CLIENTS = 10
MINUTE_MS = 60000


class LeavingTest(DeviceTestCase):
    """Their descriptors are free at once; what they asked for is done all the same."""

    options = ("--webhook-retries", "none", "--workers", "1")

    def descriptors(self):
        """How many files the server has open."""
        return len(os.listdir(f"/proc/{self.server.pid}/fd"))

    def send(self, client, method, path, body):
        """Sends a call to the control API on a connection of its own, without waiting."""
        connection = Connection(self.server.address)
        self.addCleanup(connection.close)
        connection.send(client.build(method, "/_emulator/" + path, body))
        return connection

    def leave(self, connections, before):
        """All go, and nothing is left of them."""
        wait_until(lambda: self.descriptors() == before + len(connections), "all to be there")
        for connection in connections:
            connection.close()
        wait_until(lambda: self.descriptors() == before, "their descriptors to be free")

    def hanging_receiver(self):
        """A receiver that answers when it is told to."""
        receiver = WaitingReceiver()
        self.addCleanup(receiver.close)
        return receiver

    def test_an_advance_goes_on(self):
        """While its webhook hangs, further ones of the account wait for their turn."""
        receiver = self.hanging_receiver()
        self.freeze()
        sim = self.active_sim(self.fleet(SmsCommandsUrl=f"{receiver.url}/in#rt=15000&tt=15000"))
        self.control("POST", f"sims/{sim['sid']}/sms-commands", {"payload": "x"}, 201)
        first = self.send(self.client, "POST", "clock/advance", b'{"by": "1h"}')
        wait_until(lambda: receiver.requests, "the webhook")
        before = self.descriptors() - 1
        others = [self.send(self.client, "POST", "clock/advance", b'{"by": "1s"}')
                  for _ in range(CLIENTS - 1)]
        self.leave([first, *others], before)
        receiver.may_answer.set()
        wait_until(lambda: self.control("GET", "clock")["now"] == "2026-01-15T13:00:10Z",
                   "all advances to be done")
        self.assertEqual(self.client.get("/livez").status, 200)

    def test_a_stop_while_nobody_waits(self):
        """What an advance that nobody waits for holds is let go of."""
        receiver = self.hanging_receiver()
        server = type(self.server)(*self.options, "--grace", "1")
        self.addCleanup(server.stop)
        self.client = server.client()
        self.freeze()
        sim = self.active_sim(self.fleet(SmsCommandsUrl=f"{receiver.url}/in#rt=15000&tt=15000"))
        self.control("POST", f"sims/{sim['sid']}/sms-commands", {"payload": "x"}, 201)
        connection = Connection(server.address)
        connection.send(self.client.build("POST", "/_emulator/clock/advance", b'{"by": "1h"}'))
        wait_until(lambda: receiver.requests, "the webhook")
        connection.close()
        server.stop()

    def test_a_delayed_answer(self):
        """Those that stay get theirs, in the order of their times."""
        self.control("PUT", "sinks/slow", {"answers": [{"delay_ms": MINUTE_MS}] * CLIENTS})
        self.control("PUT", "sinks/quick", {"answers": [{"delay_ms": 1000, "status": 202}]})
        before = self.descriptors()
        query = f"?account={self.account}"
        leaving = [self.send(self.client, "POST", f"sinks/slow/in{query}", b"x")
                   for _ in range(CLIENTS)]
        staying = self.send(self.client, "POST", f"sinks/quick/in{query}", b"x")
        self.leave(leaving, before + 1)
        answer = staying.read_response()
        self.assertEqual(answer.status, 202, answer)


if __name__ == "__main__":
    unittest.main()
