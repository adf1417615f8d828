# SPDX-License-Identifier: MIT
"""libcurl is opened when something is first to be called, and not before; without it all else goes on."""
import os
import unittest

from device_case import DeviceTestCase
from receiver import Receiver
from server import DirectoryTestCase


class LibraryTest(DirectoryTestCase, DeviceTestCase):
    """A server of its own for each test."""

    @classmethod
    def setUpClass(cls):
        """No server is shared."""

    def setUp(self):
        DirectoryTestCase.setUp(self)
        self.profile = None
        self.receiver = Receiver()
        self.addCleanup(self.receiver.close)

    def without_library(self):
        """The environment of a program that finds no libcurl, but a file of its name."""
        os.mkdir(self.path("lib"))
        with open(self.path("lib/libcurl.so.4"), "wb") as file:
            file.write(b"no library")
        return {"LD_LIBRARY_PATH": self.path("lib")}

    def serve(self, **settings):
        """A server and its first client."""
        self.server = self.start("--webhook-retries", "none", **settings)
        self.client = self.server.client()

    def send(self):
        """Has a webhook sent; gives its delivery's only attempt."""
        fleet = self.fleet(SmsCommandsUrl=self.receiver.url)
        sim = self.active_sim(fleet)
        made = self.control("POST", f"sims/{sim['sid']}/sms-commands", {"payload": "hi"}, 201)
        self.advance("1s")
        [attempt] = self.control("GET", "deliveries/" + made["delivery"])["attempts"]
        return attempt

    def libraries(self):
        """What the server has mapped."""
        with open(f"/proc/{self.server.pid}/maps", encoding="utf-8") as maps:
            return {os.path.basename(line.split()[-1]) for line in maps if ".so" in line}

    def test_it_is_opened_for_the_first_webhook(self):
        self.serve()
        before = self.libraries()
        self.assertTrue(any(name.startswith("libsqlite3.so") for name in before), before)
        self.assertFalse(any(name.startswith("libcurl.so") for name in before), before)
        self.assertEqual(self.send()["result"], "delivered")
        self.assertTrue(any(name.startswith("libcurl.so") for name in self.libraries()))

    def test_without_it_attempts_say_why(self):
        """The log says it once."""
        self.serve(environment=self.without_library())
        for _ in range(2):
            attempt = self.send()
            self.assertEqual(attempt["result"], "broken")
            self.assertIn("libcurl.so.4", attempt["error"])
        self.assertEqual(self.receiver.requests, [])
        self.assertEqual(self.server.log().count("no webhook can be sent: "), 1)
        self.assertEqual(self.client.get("/v1/Fleets").status, 200)

    def test_without_it_commands_say_why(self):
        self.serve()
        environment = self.without_library()
        for words in (("healthcheck",), ("reset", "--account", "AC" + "1" * 32)):
            result = self.run_to_exit(*words, "--url", self.server.url, environment=environment)
            self.assertNotEqual(result.returncode, 0)
            self.assertIn("libcurl.so.4", result.stderr)
        result = self.run_to_exit("--version", environment=environment)
        self.assertEqual((result.returncode, result.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
