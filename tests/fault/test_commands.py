# SPDX-License-Identifier: MIT
"""Commands whose n-th allocation, or n-th call for a descriptor, fails.

Each ends with an exit code, and says why when it did nothing. What it did is right.
"""
import os
import re
import shutil
import subprocess
import unittest

from faults import DESCRIPTOR, FOR_EVER, MEMORY, Faults, chance_of_run

from http_client import PATIENCE_SECONDS
from server import DirectoryTestCase, binary, clean_environment

CHOSEN = 25  # of all places
CRASHES = range(128 + 1, 128 + 32)


class CommandsTest(DirectoryTestCase):
    """A choice of places for each command."""

    def setUp(self):
        super().setUp()
        self.chance = chance_of_run()
        self.faults = Faults(self.directory)
        self.addCleanup(self.faults.close)

    def run_command(self, *words):
        """The finished command, some call of which fails."""
        return subprocess.run([binary(), *words], cwd=self.directory, stdin=subprocess.DEVNULL,
                              env=clean_environment(self.directory, self.faults.environment()),
                              capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)

    def sweep(self, classes, check, *words, chosen=CHOSEN, below=FOR_EVER, prepare=None):
        """Runs a command with a fault at each of some places. `prepare` is called before each run."""
        self.faults.arm(classes, FOR_EVER)
        check(self.run_command(*words))
        seen, _ = self.faults.disarm()
        places = range(1, min(seen + 1, below))
        failed = 0
        for first in self.chance.sample(places, min(chosen, len(places))):
            with self.subTest(words=words, classes=classes, first=first):
                if prepare is not None:
                    prepare()
                self.faults.arm(classes, first)
                result = self.run_command(*words)
                failed += self.faults.disarm()[1]
                self.assertGreaterEqual(result.returncode, 0, result)
                self.assertNotIn(result.returncode, CRASHES, result)
                if result.returncode == 0:
                    check(result)
                else:
                    self.assertNotEqual(result.stderr, "", result)
        self.assertGreater(failed, 0)

    def test_exec(self):
        """The child knows all that it has to know, or is not run. (It has faults as well.)"""
        def check(result):
            self.assertRegex(result.stdout,
                             r"\Ahttp://127\.0\.0\.1:\d+ AC[0-9a-f]{32} [0-9a-f]{32}\n\Z", result)

        line = "echo $SUPERSIM_URL $TWILIO_ACCOUNT_SID $TWILIO_AUTH_TOKEN"
        for classes in (MEMORY, DESCRIPTOR):
            self.sweep(classes, check, "exec", "--workers", "1", "--check", "webhooks", "--auth",
                       "strict", "--", "sh", "-c", line)

    def test_calls(self):
        server = self.start()
        client = server.client()
        client.post("/v1/NetworkAccessProfiles", {"UniqueName": "one"})
        whom = ("--account", client.user, "--url", server.url)

        def check_state(result):
            self.assertEqual(result.stdout.strip(), client.control("GET", "state").body.decode())

        self.sweep(MEMORY, check_state, "state", "export", "-", *whom)
        with open(self.path("state.json"), "wb") as file:
            file.write(client.control("GET", "state").body)

        def check_import(_):
            shown = client.get("/v1/NetworkAccessProfiles").json()["network_access_profiles"]
            self.assertEqual([each["unique_name"] for each in shown], ["one"])

        self.sweep(MEMORY, check_import, "state", "import", "state.json", *whom)
        self.sweep(MEMORY, lambda result: self.assertEqual(result.stdout, ""), "wait", "--url", server.url)
        self.sweep(MEMORY, lambda result: self.assertIn('"now"', result.stdout), "advance", "1h", *whom)

    def test_a_new_authority(self):
        """Early places are where OpenSSL is first used: it never crashes for want of memory."""
        def check(result):
            self.assertRegex(result.stdout, r"\A-----BEGIN CERTIFICATE-----[^-]+"
                                            r"-----END CERTIFICATE-----\n\Z", result)

        for below in (400, FOR_EVER):
            self.sweep(MEMORY, check, "ca", "--tls-dir", "tls", chosen=50, below=below,
                       prepare=lambda: shutil.rmtree(self.path("tls"), ignore_errors=True))

    def test_prints(self):
        """What is printed needs no memory worth speaking of; what does is whole, or refused."""
        whole = self.run_command("--print-config").stdout
        self.sweep(MEMORY, lambda result: self.assertEqual(result.stdout, whole), "--print-config")
        self.assertTrue(re.search(r'"source": "default"', whole))
        self.assertFalse(os.path.exists(self.path("supersim.db")))


if __name__ == "__main__":
    unittest.main()
