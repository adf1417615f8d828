# SPDX-License-Identifier: MIT
"""Work that fails when its time has come: it is not lost, and holds up nobody else."""
import datetime
import os
import sqlite3
import threading
import time
import unittest

from device_case import DeviceTestCase
from receiver import Receiver
from server import DirectoryTestCase, scaled, wait_until


class IdleAccountTest(DeviceTestCase):
    """A server that has nothing to do."""

    def test_an_account_ends_though_nobody_writes(self):
        operator = self.server.client()
        operator.authorization = ""
        made = self.control("POST", "accounts", {"ttl_s": 1}, 201, client=operator)
        def gone():
            listed = self.control("GET", "accounts", client=operator)["accounts"]
            return made["sid"] not in [one["sid"] for one in listed]
        wait_until(gone, "the account's end")


class DatabaseTestCase(DirectoryTestCase, DeviceTestCase):
    """A server whose database the test changes from outside."""

    options = ("--webhook-retries", "none")

    @classmethod
    def setUpClass(cls):
        """Each test starts its own server."""

    def setUp(self):
        DirectoryTestCase.setUp(self)
        self.server = self.start(*self.options, database=self.path("t.db"))
        self.client = self.new_client()
        self.account = self.client.user
        self.profile = None

    def execute(self, *statements):
        """Runs statements in the server's database; gives the rows of the last one."""
        database = sqlite3.connect(self.path("t.db"), timeout=30)
        try:
            with database:
                for sql in statements:
                    rows = database.execute(sql).fetchall()
            return rows
        finally:
            database.close()


class FailingWorkTest(DatabaseTestCase):
    """Sims named "broken" cannot leave "scheduled": a trigger in the database forbids it."""

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

    def test_an_advance_goes_on(self):
        """It says what failed, and tries it once."""
        self.freeze()
        fleet = self.fleet()
        self.break_sims()
        sims = [self.scheduled_sim(fleet, name) for name in ("a", "broken", "b", "broken 2", "c")]
        results = [(one["sid"], one["result"]) for one in self.advance("10s")["ran"]]
        self.assertEqual(results, [(sim["sid"], "failed" if number in (1, 3) else "active")
                                   for number, sim in enumerate(sims)])
        again = self.advance("10s")
        self.assertEqual([one["result"] for one in again["ran"]], ["failed", "failed"])
        self.assertEqual((again["now"], again["ran_more"]), ("2026-01-15T12:00:20Z", 0))
        self.repair_sims()
        self.assertEqual([one["result"] for one in self.advance("1s")["ran"]], ["active"] * 2)

    def test_others_are_not_held_up(self):
        """On a clock that runs, it is put off, by itself."""
        self.break_sims()
        broken = self.scheduled_sim(self.fleet(), "broken")
        wait_until(lambda: "sim_status of " + broken["sid"] in self.server.log(), "the failure")
        for client in (self.client, self.new_client()):
            fleet = self.fleet(client)
            sim = self.scheduled_sim(fleet, "good", client)
            wait_until(lambda sim=sim, client=client:
                       self.fetch_sim(sim, client)["status"] == "active", "the Sim")
        self.assertEqual(self.server.log().count("failed; it will be tried again"), 1)
        self.assertEqual(self.fetch_sim(broken)["status"], "scheduled")
        self.repair_sims()
        self.freeze("2040-01-01T00:00:00Z")
        self.advance("1ms")
        self.assertEqual(self.fetch_sim(broken)["status"], "active")

    def break_attempts(self):
        """Attempts at URLs that end so cannot be noted. Gives two Sims, one with such a receiver."""
        self.execute("CREATE TRIGGER broken BEFORE INSERT ON delivery_attempts"
                     " WHEN new.request_url LIKE '%broken'"
                     " BEGIN SELECT RAISE(ABORT, 'this one is broken'); END")
        receiver = Receiver()
        self.addCleanup(receiver.close)
        broken, good = [self.scheduled_sim(self.fleet(SmsCommandsUrl=receiver.url + path), path)
                        for path in ("/broken", "/good")]
        for sim in (broken, good):
            wait_until(lambda sim=sim: self.fetch_sim(sim)["status"] == "active", "the Sim")
        return receiver, broken, good

    def send(self, sim):
        """An SMS from a Sim's device."""
        self.control("POST", f"sims/{sim['sid']}/sms-commands", {"payload": "x"}, 201)

    def test_outcomes_that_come_together(self):
        """One that cannot be noted is put off, and none of the others is sent again."""
        receiver, broken, good = self.break_attempts()
        self.freeze()
        for sim in (good, good, broken, good, good, good):
            self.send(sim)
        self.control("PUT", "clock", {"mode": "real"})
        wait_until(lambda: self.control("GET", "info")["outbox"] == {"pending": 1}, "the others")
        wait_until(lambda: "webhook_attempt of" in self.server.log(), "the failure")
        self.assertEqual(self.server.log().count("failed; it will be tried again"), 1)
        self.assertEqual(sorted(one["target"] for one in receiver.requests),
                         ["/broken"] + ["/good"] * 5)

    def test_a_webhook_that_cannot_be_noted(self):
        """The receiver is not called again and again, and others are."""
        receiver, broken, good = self.break_attempts()
        self.send(broken)
        wait_until(lambda: "webhook_attempt of" in self.server.log(), "the failure")
        for _ in range(5):
            self.send(good)
            wait_until(lambda: self.control("GET", "info")["outbox"] == {"pending": 1}, "the others")
        self.assertEqual([one["target"] for one in receiver.requests], ["/broken"] + ["/good"] * 5)
        self.freeze("2040-01-01T00:00:00Z")
        ran = self.advance("1ms")["ran"]
        self.assertEqual([one["result"] for one in ran], ["failed"])
        self.execute("DROP TRIGGER broken")
        self.advance("1ms")  # unless the clock, which runs again, has had it sent already
        self.assertEqual(self.control("GET", "info")["outbox"], {"pending": 0})


class InterruptedWebhookTest(DirectoryTestCase, DeviceTestCase):
    """A webhook that is under way when its account begins anew is nobody's any more."""

    @classmethod
    def setUpClass(cls):
        """Each test starts its own server."""

    def setUp(self):
        DirectoryTestCase.setUp(self)
        self.server = self.start("--webhook-retries", "none", database=self.path("t.db"))
        self.client = self.new_client()
        self.account = self.client.user
        self.profile = None

    def number(self, sql):
        """What a query over the server's database gives."""
        database = sqlite3.connect(self.path("t.db"), timeout=30)
        try:
            return database.execute(sql).fetchone()[0]
        finally:
            database.close()

    def hang(self, frozen=False):
        """A webhook that hangs, in real time or once an advance sends it. Gives its receiver."""
        receiver = Receiver(lambda handler: (handler.hang(), handler.answer(200)))
        self.addCleanup(receiver.close)
        self.send(self.client, receiver.url, frozen)
        if not frozen:
            wait_until(lambda: receiver.requests, "the webhook that hangs")
        return receiver

    def send(self, client, url, frozen=False):
        """A webhook from a new Sim, in real time; `frozen`: on a clock that stands still."""
        sim = self.register(client)
        fleet = self.fleet(client, SmsCommandsUrl=url)
        self.update_sim(sim, 202, client, Fleet=fleet["sid"], Status="active")
        wait_until(lambda: self.fetch_sim(sim, client)["status"] == "active", "the Sim")
        if frozen:
            self.freeze(client=client)
        self.control("POST", f"sims/{sim['sid']}/sms-commands", {"payload": "x"}, 201, client)

    def swept(self):
        """Waits until nothing is left of accounts and namespaces that ended."""
        wait_until(lambda: self.number("SELECT count(*) FROM ended_namespaces") == 0
                   and self.number("SELECT count(*) FROM accounts WHERE ended") == 0, "the sweep")

    def test_others_are_not_held_back(self):
        hanging = self.hang()
        self.control("POST", "reset", {"to": "empty"})
        self.swept()
        receiver = Receiver()
        self.addCleanup(receiver.close)
        self.send(self.new_client(), receiver.url)
        wait_until(lambda: receiver.requests, "another account's webhook")
        self.assertEqual(hanging.given_up, 0)

    def test_its_end_takes_nothing_along(self):
        """Neither of its own account nor of another one."""
        other = self.new_client()
        hanging = self.hang()
        self.control("POST", "reset", {"to": "empty"})
        self.swept()
        sims = []
        for client in (self.client, other):
            self.freeze(client=client)
            sim = self.register(client)
            sims.append(sim)
            self.update_sim(sim, 202, client, Fleet=self.fleet(client)["sid"], Status="active")
        before = self.jobs()
        hanging.let_go()
        wait_until(lambda: self.jobs() > before, "the note of its end")
        for client, sim in zip((self.client, other), sims):
            self.assertEqual([one["result"] for one in self.advance("1h", client)["ran"]], ["active"])
            self.assertEqual(self.fetch_sim(sim, client)["status"], "active")

    def delete(self):
        """Ends the account, and waits until nothing is known of it."""
        self.ok(self.client.control("DELETE", "accounts/" + self.account), 204)
        self.swept()

    def test_an_advance_leaves_a_new_account_alone(self):
        """One that has the SID of the account whose clock it advanced."""
        operator = self.new_client()
        operator.authorization = ""
        again = {"sid": self.account, "auth_token": "anytoken"}
        for create in (self.make_profile,
                       lambda: self.control("POST", "accounts", again, 201, client=operator)):
            receiver = self.hang(frozen=True)
            answers = []
            other = self.new_client(self.account)
            advance = threading.Thread(target=lambda other=other, answers=answers: answers.append(
                other.control("POST", "clock/advance", {"by": "72h"})))
            advance.start()
            wait_until(lambda receiver=receiver: receiver.requests, "the webhook that hangs")
            self.delete()
            create()
            clock = self.freeze("2031-01-01T00:00:00Z")
            receiver.let_go()
            advance.join()
            self.refused(answers[0], 409)
            self.assertEqual(self.control("GET", "clock"), clock)
            self.delete()

    def test_an_advance_of_a_new_account_does_not_wait(self):
        hanging = self.hang()
        self.delete()
        self.make_profile()
        self.advance("1h")
        self.assertEqual(hanging.given_up, 0)


class FailedReadTest(DatabaseTestCase):
    """The scheduler cannot read a table for a while."""

    options = ("--webhook-retries", "1s")

    def rename(self, old, new):
        """Renames a table, and what refers to it goes on naming the old one."""
        self.execute("PRAGMA legacy_alter_table = ON", f"ALTER TABLE {old} RENAME TO {new}")

    def looks_again(self, table):
        """A second attempt that could not be begun in time is, though nothing else happens."""
        statuses = []
        receiver = Receiver(lambda handler: handler.answer(statuses.pop(0)))
        self.addCleanup(receiver.close)
        sim = self.active_sim(self.fleet(SmsCommandsUrl=receiver.url))
        def renamed_in_time():
            statuses[:] = [500, 200]
            sent = self.control("POST", f"sims/{sim['sid']}/sms-commands", {"payload": "x"}, 201)
            target = "deliveries/" + sent["delivery"]
            wait_until(lambda: self.control("GET", target)["attempt_count"] == 1, "the first attempt")
            self.rename(table, "aside")
            if statuses:
                return target
            self.rename("aside", table)  # the second one has begun already: once more
            wait_until(lambda: self.control("GET", target)["state"] == "delivered", "its note")
            return None
        target = wait_until(renamed_in_time, "a second attempt that is still to come")
        wait_until(lambda: "no such table: " + table in self.server.log(), "the failure")
        self.rename("aside", table)
        wait_until(lambda: not statuses, "the second attempt")
        wait_until(lambda: self.control("GET", target)["state"] == "delivered", "its note")

    def test_what_is_due(self):
        self.looks_again("due_work")

    def test_lanes(self):
        self.looks_again("due_lanes")

    def test_the_account(self):
        self.looks_again("accounts")

    def test_the_delivery(self):
        self.looks_again("deliveries")

    def test_ended_namespaces(self):
        self.rename("ended_namespaces", "aside")
        self.active_sim(self.fleet())
        wait_until(lambda: "no such table: ended_namespaces" in self.server.log(), "the failure")
        self.execute("INSERT INTO aside VALUES ('AC#9')")
        self.rename("aside", "ended_namespaces")
        wait_until(lambda: self.execute("SELECT * FROM ended_namespaces") == [],
                   "the sweep")


class PauseTest(DatabaseTestCase):
    """After a failure the scheduler waits."""

    options = ("--transition-delay", "2s")

    def processor_seconds(self):
        """What the server has used so far."""
        with open(f"/proc/{self.server.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def test_an_account_that_cannot_end(self):
        self.execute("CREATE TRIGGER broken BEFORE INSERT ON ended_namespaces"
                     " BEGIN SELECT RAISE(ABORT, 'no end'); END")
        operator = self.server.client()
        operator.authorization = ""
        made = self.control("POST", "accounts", {"ttl_s": 1}, 201, client=operator)
        def failures():
            return [datetime.datetime.fromisoformat(line.split()[0])
                    for line in self.server.log().splitlines() if "no end" in line]
        wait_until(lambda: len(failures()) >= 2, "the second failure")
        first, second = failures()[:2]
        self.assertGreater((second - first).total_seconds(), 0.5)
        self.execute("DROP TRIGGER broken")
        def gone():
            listed = self.control("GET", "accounts", client=operator)["accounts"]
            return made["sid"] not in [one["sid"] for one in listed]
        wait_until(gone, "the account's end")

    def test_work_that_falls_due_meanwhile(self):
        """It is no reason to turn round and round until the pause ends."""
        sim = self.active_sim(self.fleet())
        self.execute("CREATE TRIGGER broken BEFORE UPDATE OF status ON sms_commands"
                     " BEGIN SELECT RAISE(ABORT, 'broken'); END",
                     "CREATE TRIGGER for_good BEFORE UPDATE OF wake_at_ms ON due_work"
                     " BEGIN SELECT RAISE(ABORT, 'broken'); END")
        form = {"Sim": sim["sid"], "Payload": "x"}
        for _ in range(12):
            self.ok(self.client.post("/v1/SmsCommands", form), 201)
            time.sleep(0.15)
        wait_until(lambda: "due work could not be done" in self.server.log(), "the failure")
        before = self.processor_seconds()
        time.sleep(2)
        self.assertLess(self.processor_seconds() - before, 0.5)
        self.execute("DROP TRIGGER broken", "DROP TRIGGER for_good")
        def all_done():
            page = self.ok(self.client.get("/v1/SmsCommands"))["sms_commands"]
            return {one["status"] for one in page} == {"delivered"}
        wait_until(all_done, "the SMS Commands")


class WakeTest(DeviceTestCase):
    """Whatever is planned wakes the scheduler, at whatever moment of its work that is."""

    options = ("--transition-delay", "0s")

    def test_nothing_is_overslept(self):
        sim = self.active_sim(self.fleet())
        for number in range(scaled(150, 50)):
            form = {"Sim": sim["sid"], "Payload": str(number)}
            target = "/v1/SmsCommands/" + self.ok(self.client.post("/v1/SmsCommands", form), 201)["sid"]
            wait_until(lambda target=target: self.ok(self.client.get(target))["status"] == "delivered",
                       f"SMS Command {number}")


if __name__ == "__main__":
    unittest.main()
