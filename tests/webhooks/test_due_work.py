# SPDX-License-Identifier: MIT
"""Work that fails when its time has come: it is not lost, and holds up nobody else."""
import os
import sqlite3
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from device_case import DeviceTestCase  # noqa: E402
from receiver import Receiver  # noqa: E402
from server import DirectoryTestCase  # noqa: E402


class FailingWorkTest(DirectoryTestCase, DeviceTestCase):
    """Sims named "broken" cannot leave "scheduled": a trigger in the database forbids it."""

    @classmethod
    def setUpClass(cls):
        """Each test starts its own server."""

    def setUp(self):
        DirectoryTestCase.setUp(self)
        self.server = self.start("--webhook-retries", "none", database=self.path("t.db"))
        self.client = self.new_client()
        self.account = self.client.user
        self.profile = None

    def execute(self, sql):
        """Runs a statement in the server's database."""
        database = sqlite3.connect(self.path("t.db"), timeout=30)
        try:
            with database:
                database.execute(sql)
        finally:
            database.close()

    def break_sims(self):
        """From now on the work of Sims named so fails."""
        self.execute("CREATE TRIGGER broken BEFORE UPDATE OF status ON sims"
                     " WHEN old.status = 'scheduled' AND old.unique_name LIKE 'broken%'"
                     " BEGIN SELECT RAISE(ABORT, 'this Sim is broken'); END")

    def repair_sims(self):
        """The opposite."""
        self.execute("DROP TRIGGER broken")

    def scheduled_sim(self, fleet, name, client=None):
        """A Sim that is to become active."""
        sim = self.register(client)
        self.update_sim(sim, 202, client, Fleet=fleet["sid"], Status="active", UniqueName=name)
        return sim

    def test_work_after_a_webhook_is_not_lost(self):
        """What fails in the step that follows a webhook is undone as a whole."""
        receiver = Receiver()
        self.addCleanup(receiver.close)
        self.freeze()
        fleet = self.fleet(SmsCommandsUrl=receiver.url)
        sender = self.active_sim(fleet)
        self.control("POST", f"sims/{sender['sid']}/sms-commands", {"payload": "x"}, 201)
        broken = self.scheduled_sim(fleet, "broken")
        self.break_sims()
        self.client.control("POST", "clock/advance", {"by": "10s"})
        self.assertEqual(len(receiver.requests), 1)
        self.assertEqual(self.fetch_sim(broken)["status"], "scheduled")
        self.repair_sims()
        self.advance("10s")
        self.assertEqual(self.fetch_sim(broken)["status"], "active")
        self.assertEqual(len(receiver.requests), 1)


if __name__ == "__main__":
    unittest.main()
