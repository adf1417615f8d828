# SPDX-License-Identifier: MIT
"""The first write to a new database, which waits until the disk has the file, and a disk that fails it.

What was answered is there after a kill; the rest is a 500, and can be asked for again.
"""
import os
import sqlite3
import unittest
from contextlib import closing

from faults import DISK, FaultyServer

from http_client import new_account
from server import DirectoryTestCase, Server

CALLS = 8  # of the disk, for the first write: each fails once


class FirstWriteTest(DirectoryTestCase):
    """Each time with a new database."""

    def setUp(self):
        super().setUp()
        self.account = new_account()

    def make(self, server, name):
        """Asks for a profile; gives the status."""
        client = server.client(self.account)
        answer = client.post("/v1/NetworkAccessProfiles", {"UniqueName": name})
        client.close()
        self.assertIn(answer.status, (201, 500), answer)
        return answer.status

    def names(self):
        """What a server that starts after a kill has."""
        server = Server(database="test.db", directory=self.directory)
        client = server.client(self.account)
        listed = client.get("/v1/NetworkAccessProfiles").json()
        client.close()
        server.stop()
        with closing(sqlite3.connect(self.path("test.db"))) as database:
            self.assertEqual(database.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
        return sorted(profile["unique_name"] for profile in listed["network_access_profiles"])

    def remove_database(self):
        for name in os.listdir(self.directory):
            if name.startswith("test.db"):
                os.remove(self.path(name))

    def test_each_call_of_the_disk(self):
        statuses = []
        for number in range(1, CALLS + 1):
            with self.subTest(number):
                server = FaultyServer("--workers", "1", database="test.db", directory=self.directory)
                server.faults.arm(DISK, number)
                statuses.append(self.make(server, "first"))
                server.faults.disarm()
                self.assertEqual(self.make(server, "second"), 201)
                server.kill()
                server.process.stdout.close()
                kept = ["first"] if statuses[-1] == 201 else []
                self.assertEqual(self.names(), kept + ["second"])
                self.remove_database()
        self.assertEqual(statuses[0], 500, "the wait for the file")

    def test_what_was_lost_cannot_be_written_again_at_once(self):
        """The file is written again before anything is put into it."""
        server = FaultyServer("--workers", "1", database="test.db", directory=self.directory)
        with open(self.path("test.db"), "rb") as file:
            image = file.read()
        server.faults.arm(DISK, 1, 2)  # the wait, and the writing
        self.assertEqual(self.make(server, "first"), 500)
        os.truncate(self.path("test.db"), 0)  # as the system may have forgotten it
        server.faults.disarm()
        self.assertEqual(self.make(server, "second"), 201)
        with open(self.path("test.db"), "rb") as file:
            self.assertEqual(file.read(), image, "what is new is in the log")
        server.kill()
        server.process.stdout.close()
        self.assertEqual(self.names(), ["second"])


if __name__ == "__main__":
    unittest.main()
