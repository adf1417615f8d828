# SPDX-License-Identifier: MIT
"""The first webhook of a server, which opens libcurl, while one of its allocations fails.

It arrives, by a retry when an attempt was in vain, and so does the next one. Where it was a first step
of OpenSSL, which that never tries again, attempts go on to fail, and say so.
"""
import unittest

from device_case import DeviceTestCase
from faults import FOR_EVER, MEMORY, TORTURE_SECONDS, FaultyServer, chance_of_run
from receiver import Receiver

from http_client import ConnectionClosed
from server import DirectoryTestCase, wait_until

CHOSEN = 15


class FirstWebhookTest(DirectoryTestCase, DeviceTestCase):
    """A new server for each allocation that fails."""

    @classmethod
    def setUpClass(cls):
        """No server is shared."""

    def setUp(self):
        DirectoryTestCase.setUp(self)
        self.receiver = Receiver()
        self.addCleanup(self.receiver.close)

    def serve(self):
        """A server that has sent nothing yet; gives a Sim whose messages are told."""
        self.server = FaultyServer("--workers", "1", "--webhook-retries", "1s,1s",
                                   directory=self.directory)
        self.client = self.server.client()
        self.profile = None
        sim = self.active_sim(self.fleet(SmsCommandsUrl=self.receiver.url))
        self.receiver.requests.clear()
        return sim

    def send(self, sim):
        """The device sends an SMS. False: it was not taken."""
        try:
            answer = self.client.control("POST", f"sims/{sim['sid']}/sms-commands", {"payload": "hi"})
            self.assertIn(answer.status, (201, 500, 503), answer)
            return answer.status == 201
        except (ConnectionClosed, ConnectionError):
            return False

    def comes_to_an_end(self):
        """The newest webhook: it has arrived, or each of its attempts says that it could not be made."""
        def newest():
            self.advance("1m")  # what was put off for want of memory is done now
            [shown] = self.control("GET", "deliveries?limit=1")["deliveries"]
            return shown if shown["state"] != "pending" else None

        ended = wait_until(newest, "the end of a delivery")
        if ended["state"] == "failed":
            attempts = self.control("GET", "deliveries/" + ended["sid"])["attempts"]
            self.assertEqual([each["error"] for each in attempts], ["the request could not be made"] * 3)
        else:
            wait_until(lambda: self.receiver.requests, "the webhook")
        self.receiver.requests.clear()

    def try_fault(self, number):
        """Gives how many allocations there were until the webhook came, or one had failed."""
        sim = self.serve()
        faults = self.server.faults
        faults.arm(MEMORY, number)
        sent = self.send(sim)
        wait_until(lambda: self.receiver.requests or faults.counted()[1], "a webhook or a fault")
        seen, _ = faults.disarm()
        if sent:
            self.comes_to_an_end()
        self.assertTrue(self.send(sim))
        self.comes_to_an_end()
        self.server.stop()
        return seen

    def test_each_allocation_fails(self):
        seen = self.try_fault(FOR_EVER)
        self.assertGreater(seen, 300, "libcurl was opened before")
        everything = range(1, seen + 1)
        for number in everything if TORTURE_SECONDS else chance_of_run().sample(everything, CHOSEN):
            with self.subTest(number):
                self.try_fault(number)


if __name__ == "__main__":
    unittest.main()
