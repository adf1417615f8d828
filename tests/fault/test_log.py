# SPDX-License-Identifier: MIT
"""The write-ahead log under clients that never pause: it begins anew, whoever copies it.

That is a thread beside the writer (store/sqlite/copying.c), or the writer itself where no handle can
be opened or no thread be started. What a failing disk may have lost of a copy, the log still has.
"""
import shutil
import sqlite3
import threading
import unittest
from contextlib import closing

from faults import DESCRIPTOR, FLUSH, FOR_EVER, FaultyServer

from http_client import new_account
from server import DirectoryTestCase, Server

CLIENTS, FLEETS_OF_EACH = 3, 800  # 60 MB of log, which is copied when it has 16
NO_HANDLE, NO_THREAD = "(copying the log)", "cannot start a thread"
LOST = "what was copied may be lost"
ROUNDS = 10  # one of which has a copy that is overtaken by a write, and so waits for the disk itself


class LogTest(DirectoryTestCase):
    """One server, which goes from one round to the next without a stop."""

    def setUp(self):
        super().setUp()
        self.server = FaultyServer("--workers", "1", "--durability", "normal",
                                   database=self.path("log.db"), directory=self.directory)
        self.addCleanup(self.server.stop)
        account = new_account()
        self.clients = [self.server.client(account) for _ in range(CLIENTS)]
        answer = self.clients[0].post("/v1/NetworkAccessProfiles", {"UniqueName": "nap-one"})
        self.assertEqual(answer.status, 201, answer)
        for client in self.clients:  # each has its connection from here on
            client.get("/v1/Fleets")
        self.statuses = []

    def write(self, client, name):
        """What one client does in a round, or until it is refused."""
        for number in range(FLEETS_OF_EACH):
            form = {"NetworkAccessProfile": "nap-one", "UniqueName": f"{name}-{number}",
                    "SmsCommandsUrl": "http://sms/" + "x" * 1000}
            self.statuses.append(client.post("/v1/Fleets", form).status)
            if self.statuses[-1] != 201:
                break

    def write_all(self, name):
        """A round of all clients at once. Gives what the server logged, and how many calls for a
        descriptor or a thread it made, and how many failed."""
        start = self.server.log_size()
        threads = [threading.Thread(target=self.write, args=(client, f"{name}-{number}"))
                   for number, client in enumerate(self.clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return self.server.log(start), *self.server.faults.disarm()

    def beginnings(self):
        """How often the log began anew: a number in its header ("WAL File Format")."""
        with open(self.path("log.db-wal"), "rb") as log:
            return int.from_bytes(log.read(16)[12:], "big")

    def test_it_begins_anew(self):
        rounds = [("no-handle", True, NO_HANDLE), ("well", False, None), ("no-thread", True, NO_THREAD)]
        for name, fails, line in rounds:
            with self.subTest(name):
                before = self.beginnings()
                self.server.faults.arm(DESCRIPTOR, 1, FOR_EVER if fails else 0)
                log, seen, failed = self.write_all(name)
                self.assertGreater(seen, 1, "no copy was begun")
                self.assertEqual(failed, seen if fails else 0)
                self.assertEqual([each for each in (NO_HANDLE, NO_THREAD) if each in log],
                                 [line] if line else [])
                self.assertGreater(self.beginnings(), before)
        self.assertEqual(self.statuses, [201] * len(rounds) * CLIENTS * FLEETS_OF_EACH)
        self.server.kill()
        self.check_all_is_there()

    def check_all_is_there(self):
        """What was made is in the database, which no server has open."""
        expected = self.statuses.count(201)
        with closing(sqlite3.connect(self.path("log.db"))) as database:
            self.assertEqual(database.execute("SELECT count(*) FROM fleets").fetchone()[0], expected)
            self.assertEqual(database.execute("PRAGMA integrity_check").fetchone()[0], "ok")

    def test_it_stays_when_a_copy_may_be_lost(self):
        """Nothing is written until the next start, which copies all of it once more."""
        shutil.copy(self.path("log.db"), self.path("before"))
        rounds = 0
        while rounds < ROUNDS and LOST not in self.server.log(0):
            rounds += 1
            self.server.faults.arm(FLUSH, 1, FOR_EVER)
            self.write_all(f"lost-{rounds}")  # disarms
        self.assertEqual(self.server.log(0).count(LOST), 1)
        with open(self.path("before"), "rb") as before, open(self.path("log.db"), "r+b") as file:
            file.write(before.read())  # what the disk lost
        made = self.statuses.count(201)
        self.write_all("later")
        self.assertEqual(self.statuses.count(201), made)
        self.assertEqual(self.clients[0].get("/readyz").status, 503)
        self.server.faults.arm(DESCRIPTOR, 1, FOR_EVER)  # a connection that cannot be opened
        self.assertIn(self.clients[0].control("GET", "state").status, (200, 500, 503))
        self.server.faults.disarm()
        self.server.stop()
        Server(database="log.db", directory=self.directory).stop()
        self.check_all_is_there()


if __name__ == "__main__":
    unittest.main()
