# SPDX-License-Identifier: MIT
"""Starts whose n-th allocation, or n-th call about a file, a descriptor or a thread, fails.

Each ends with an exit code and one line, or is ready and works; the next start, without a fault,
always does.
"""
import json
import os
import select
import shutil
import subprocess
import sys
import time
import unittest

import faults
from calls import state_for
from faults import DESCRIPTOR, DISK, FOR_EVER, MEMORY, Faults, chance_of_run

from http_client import Client, new_account
from server import PATIENCE_SECONDS, DirectoryTestCase, Server, binary, clean_environment

CHOSEN = {MEMORY: 20, DISK: 12, DESCRIPTOR: 1000}  # unless all are tried: of the last, all
SIGNALS = 128


class StartTest(DirectoryTestCase):
    """A new database with a seed, and one that was left by a kill."""

    def setUp(self):
        super().setUp()
        self.chance = chance_of_run()
        self.faults = Faults(self.directory)
        self.addCleanup(self.faults.close)
        self.account = new_account()
        with open(self.path("seed.json"), "w", encoding="utf-8") as seed:
            json.dump(state_for(self.account), seed)
        self.ended = self.ready = 0

    def start_once(self, options):
        """The process, and what it said when it was ready; an empty line when it ended."""
        with open(self.path("stderr.log"), "wb") as log:
            process = subprocess.Popen(
                [binary(), "--listen", "127.0.0.1:0", "--db", "test.db", "--workers", "2", *options],
                cwd=self.directory, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
                env=clean_environment(self.directory, self.faults.environment()))
        readable, _, _ = select.select([process.stdout], [], [], PATIENCE_SECONDS)
        self.assertTrue(readable, "neither ready nor ended")
        return process, process.stdout.readline()

    def log(self):
        """What the process said to its log."""
        with open(self.path("stderr.log"), encoding="utf-8", errors="replace") as log:
            return log.read()

    def check_works(self, line, where):
        """A server that says it is ready reads and writes."""
        host, port = json.loads(line)["url"].removeprefix("http://").rsplit(":", 1)
        client = Client((host, int(port)), self.account, "f" * 32)
        try:
            self.assertEqual(client.get("/readyz").status, 200, where)
            made = client.post("/v1/Fleets", {"NetworkAccessProfile": "profile"})
            self.assertEqual(made.status, 201, f"{where}: {made}; {self.log()}")
            shown = client.get("/v1/Fleets/" + made.json()["sid"])
            self.assertEqual(shown.json(), made.json(), where)
        finally:
            client.close()

    def try_fault(self, options, classes, first, count):
        """One start. Its fault is over once it is ready or has ended."""
        where = f"{classes}/{first}/{count}"
        self.faults.arm(classes, first, count)
        process, line = self.start_once(options)
        seen, failed = self.faults.disarm()
        try:
            if line:
                self.ready += 1
                self.check_works(line, where)
                process.terminate()
            code = process.wait(PATIENCE_SECONDS)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
        log = self.log()
        if line:
            self.assertEqual(code, 0, f"{where}: {log}")
        else:
            self.ended += 1
            self.assertTrue(0 < code < SIGNALS, f"{where}: exit code {code}: {log}")
            said = [each for each in log.splitlines() if each.startswith("supersimd: ")]
            self.assertEqual(len(said), 1, f"{where}: {log!r}")
        return seen, failed

    def places(self, classes, seen):
        """The numbers of the calls that are to fail."""
        everything = range(1, seen + 1)
        if faults.TORTURE_SECONDS or seen <= CHOSEN[classes]:
            return everything
        return sorted(self.chance.sample(everything, CHOSEN[classes]))

    def sweep(self, options, prepare):
        """Every class, from the same files each time."""
        until = time.monotonic() + faults.TORTURE_SECONDS if faults.TORTURE_SECONDS else None
        for classes, count in ((DESCRIPTOR, 1), (MEMORY, 1), (MEMORY, FOR_EVER), (DISK, 1)):
            prepare()
            seen, _ = self.try_fault(options, classes, FOR_EVER, 1)
            for first in self.places(classes, seen):
                if until is not None and time.monotonic() > until:
                    break
                with self.subTest(classes=classes, first=first, count=count):
                    prepare()
                    self.try_fault(options, classes, first, count)
                    self.check_next_start(options)
        print(f"{self.id()}: {self.ended} ended, {self.ready} were ready", file=sys.stderr)
        self.assertGreater(self.ended, 0, "nothing failed")

    def check_next_start(self, options):
        """Whatever a start left behind, the next one can use."""
        process, line = self.start_once(options)
        try:
            self.assertTrue(line, self.log())
            self.check_works(line, "the next start")
            process.terminate()
            self.assertEqual(process.wait(PATIENCE_SECONDS), 0, self.log())
        finally:
            process.kill()
            process.wait()
            process.stdout.close()

    def remove_database(self):
        """None is there."""
        for name in os.listdir(self.directory):
            if name == "test.db-tls":
                shutil.rmtree(self.path(name))
            elif name.startswith("test.db"):
                os.remove(self.path(name))

    def test_a_new_database(self):
        self.sweep(["--seed", "seed.json"], self.remove_database)

    def test_a_certificate_of_our_own_making(self):
        self.sweep(["--seed", "seed.json", "--tls", "auto", "--tls-listen", "127.0.0.1:0",
                    "--proxy", "127.0.0.1:0", "--proxy-others", "tunnel"], self.remove_database)

    def test_files_that_options_name(self):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "ca.key", "-out",
                        "ca.pem", "-subj", "/CN=test"],
                       cwd=self.directory, check=True, capture_output=True)
        with open(self.path("config.json"), "w", encoding="utf-8") as config:
            json.dump({"seed": "seed.json", "webhook-ca": "ca.pem",
                       "allow-host": ["one.example"]}, config)
        self.sweep(["--config", "config.json"], self.remove_database)

    def test_a_database_that_was_left_by_a_kill(self):
        server = Server("--seed", "seed.json", database="test.db", directory=self.directory)
        server.kill()
        server.process.stdout.close()
        os.mkdir(self.path("left"))
        for name in ("test.db", "test.db-wal"):
            shutil.copy(self.path(name), self.path("left"))

        def restore():
            self.remove_database()
            for name in os.listdir(self.path("left")):
                shutil.copy(os.path.join(self.path("left"), name), self.path(name))
        self.sweep([], restore)


if __name__ == "__main__":
    unittest.main()
