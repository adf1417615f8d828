# SPDX-License-Identifier: MIT
"""Datagrams that nobody asked for."""
import socket
import time
import unittest

from device_case import DeviceTestCase
from server import DirectoryTestCase, scaled, wait_until


class FloodTest(DeviceTestCase):
    """A server that takes datagrams."""

    options = ("--device-udp", "127.0.0.1:0")

    def device(self):
        """A socket that sends to the server."""
        host, port = self.control("GET", "info")["device_udp"].split(":")
        device = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(device.close)
        device.connect((host, int(port)))
        return device

    def received(self):
        """The payloads that devices of the account sent."""
        listed = self.ok(self.client.get("/v1/IpCommands?Direction=from_sim"))["ip_commands"]
        return [one["payload"] for one in listed]

    def test_of_unknown_devices(self):
        """They cost no write, and a line in the log now and then."""
        self.freeze()
        sim = self.active_sim(self.fleet())
        known, stranger = self.device(), self.device()
        address = "127.0.0.1:%d" % known.getsockname()[1]
        self.control("PUT", f"sims/{sim['sid']}/device", {"udp": address})
        before, begin = self.jobs(), time.monotonic()
        for _ in range(scaled(2000, 500)):
            stranger.send(b"x")
            time.sleep(0.0001)
        def arrived():
            known.send(b"x")
            return self.received()
        payloads = wait_until(arrived, "the known device's datagram")
        self.assertLess(self.jobs() - before, 100 + len(payloads))
        lines = self.server.log().count("datagrams lost")
        self.assertGreaterEqual(lines, 1)
        self.assertLessEqual(lines, 2 + time.monotonic() - begin)

    def test_of_a_device_that_cannot_send(self):
        """A known one whose Sim is not active."""
        self.freeze()
        sim, device = self.active_sim(self.fleet()), self.device()
        address = "127.0.0.1:%d" % device.getsockname()[1]
        self.control("PUT", f"sims/{sim['sid']}/device", {"udp": address})
        self.update_sim(sim, 202, Status="inactive")
        self.advance("1s")
        begin, lines = time.monotonic(), self.server.log().count("datagrams lost")
        for _ in range(scaled(2000, 500)):
            device.send(b"x")
            time.sleep(0.0001)
        def said():
            device.send(b"x")
            return self.server.log().count("datagrams lost") > lines
        wait_until(said, "a line")
        self.assertLessEqual(self.server.log().count("datagrams lost") - lines,
                             2 + time.monotonic() - begin)
        self.assertEqual(self.received(), [])


class EgressTest(DirectoryTestCase, DeviceTestCase):
    """Where datagrams may go is decided when they go."""

    @classmethod
    def setUpClass(cls):
        """Each start is the test's own."""

    def setUp(self):
        DirectoryTestCase.setUp(self)
        self.profile = None

    def serve(self, *options, account=None):
        """A server with the test's database."""
        self.server = self.start(*options, database=self.path("t.db"))
        self.client = self.new_client(account)

    def test_a_restart_takes_the_leave_back(self):
        """203.0.113.0/24 is public, and nobody's: RFC 5737."""
        self.serve("--allow-egress", "yes")
        self.freeze()
        sim = self.active_sim(self.fleet())
        self.control("PUT", f"sims/{sim['sid']}/device", {"udp": "203.0.113.1:9"})
        self.server.stop()
        self.serve(account=self.client.user)
        form = {"Sim": sim["sid"], "Payload": "AA==", "PayloadType": "binary", "DevicePort": "1"}
        self.ok(self.client.post("/v1/IpCommands", form), 201)
        self.advance("1s")
        self.assertIn("203.0.113.1:9 was lost: this address may not be sent to", self.server.log())


if __name__ == "__main__":
    unittest.main()
