# SPDX-License-Identifier: MIT
"""kill -9 at random moments under load: nothing answered is lost, nothing is half-written.

Clients note in a ledger, outside the server, what they asked and what was answered. After each
kill the same database is served again and compared with the ledger. $TEST_SEED repeats the moments
of a run; what the threads do in between remains theirs.
"""
import contextlib
import json
import os
import random
import shutil
import sqlite3
import sys
import threading
import time
import unittest

from http_client import ConnectionClosed, new_account
from server import DirectoryTestCase, launch, scaled, wait_until

CLIENTS = 6
LONGEST_RUN_SECONDS = 0.25
TORTURE_SECONDS = float(os.environ.get("TORTURE_SECONDS", "0"))
KILLED = (ConnectionClosed, ConnectionResetError, ConnectionRefusedError, BrokenPipeError)


def content(number):
    """The parameters of a write. All carry its number: a half-written one would disagree."""
    return {"DataLimit": str(number), "SmsCommandsUrl": f"http://sms/{number}",
            "IpCommandsUrl": f"http://ip/{number}"}


def number_in(fleet):
    """The number of the write that a Fleet shows, or None when its properties disagree."""
    number = fleet["data_limit"]
    if (fleet["sms_commands_url"], fleet["ip_commands_url"]) == (
            f"http://sms/{number}", f"http://ip/{number}"):
        return number
    return None


class Writer:
    """One client and its part of the ledger. Only its own thread writes to either."""

    def __init__(self, account, name):
        self.account = account
        self.name = name
        self.made = 0
        self.writes = 0
        self.answered = {}  # unique name: number of the last write that was answered
        self.asked = {}     # unique name: number of a later write whose answer never came
        self.failure = None

    def run(self, server, chance):
        """Writes until the server is gone."""
        client = server.client(self.account)
        try:
            while True:
                self.write(client, chance)
        except KILLED:
            pass
        except BaseException as failure:  # raised again in the test's own thread
            self.failure = failure
        finally:
            client.close()

    def write(self, client, chance):
        """One create or update, noted before it is asked and after it was answered."""
        self.writes += 1
        number = self.writes
        if not self.answered or chance.random() < 0.5:
            self.made += 1
            name = f"{self.name}-{self.made}"
            target, status = "/v1/Fleets", 201
            form = {"NetworkAccessProfile": "nap-one", "UniqueName": name, **content(number)}
        else:
            name = chance.choice(list(self.answered))
            target, status = "/v1/Fleets/" + name, 200
            form = content(number)
        self.asked[name] = number
        answer = client.post(target, form)
        if answer.status != status or number_in(answer.json()) != number:
            raise AssertionError(f"{target} {form}: {answer}")
        self.answered[name] = number
        del self.asked[name]

    def check(self, fleets):
        """Compares this writer's Fleets, by name, with the ledger, and brings it up to date."""
        for name, number in self.answered.items():
            if name not in fleets:
                raise AssertionError(f"{name} was answered and is lost")
            allowed = {number, self.asked.get(name, number)}
            if number_in(fleets[name]) not in allowed:
                raise AssertionError(f"{name} should hold one of {allowed}: {fleets[name]}")
        for name, fleet in fleets.items():
            if name not in self.answered and number_in(fleet) != self.asked.get(name):
                raise AssertionError(f"nobody asked for this: {fleet}")
        self.answered = {name: number_in(fleet) for name, fleet in fleets.items()}
        self.asked = {}


class CrashTest(DirectoryTestCase):
    """The same story with each durability."""

    def setUp(self):
        super().setUp()
        self.seed = int(os.environ.get("TEST_SEED", time.time_ns() % 1_000_000))
        self.account = new_account()
        print(f"{self.id()}: TEST_SEED={self.seed}", file=sys.stderr)

    def start_server(self, durability):
        """The server on the database of this test."""
        return self.start("--durability", durability, database="test.db")

    def read_fleets(self, server):
        """Every Fleet by its name."""
        client = server.client(self.account)
        fleets = {}
        target = "/v1/Fleets?PageSize=1000"
        while target is not None:
            page = client.get(target).json()
            for fleet in page["fleets"]:
                self.assertNotIn(fleet["unique_name"], fleets)
                fleets[fleet["unique_name"]] = fleet
            target = page["meta"]["next_page_url"]
        client.close()
        return fleets

    def count(self, table):
        """How many rows a table has."""
        with contextlib.closing(sqlite3.connect(self.path("test.db"))) as database:
            return database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]

    def check_copy(self):
        """The files as the kill left them are sound. A copy: looking would recover the original."""
        folder = self.path("copy")
        os.mkdir(folder)
        for name in ("test.db", "test.db-wal"):
            if os.path.exists(self.path(name)):
                shutil.copy(self.path(name), folder)
        self.check_database(os.path.join(folder, "test.db"))
        shutil.rmtree(folder)

    def check_database(self, path):
        """SQLite's own checks."""
        database = sqlite3.connect(path)
        try:
            self.assertEqual(database.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
            self.assertEqual(database.execute("PRAGMA foreign_key_check").fetchall(), [])
        finally:
            database.close()

    def write_and_kill(self, server, writers, chance):
        """Lets the writers loose for a random while, in which several writes are asked for."""
        # Seeds are drawn before the threads start: the kill's moment depends on the seed alone.
        chances = [random.Random(chance.random()) for _ in writers]
        threads = [threading.Thread(target=writer.run, args=(server, each))
                   for writer, each in zip(writers, chances)]
        moment = chance.uniform(0, LONGEST_RUN_SECONDS)
        before = sum(writer.writes for writer in writers)
        for thread in threads:
            thread.start()
        wait_until(lambda: sum(writer.writes for writer in writers) > before + 1
                   or any(writer.failure for writer in writers), "writes")
        time.sleep(moment)
        server.kill()
        for thread in threads:
            thread.join()
        for writer in writers:
            if writer.failure is not None:
                raise writer.failure

    def run_story(self, durability, kills):
        """That many kills or, in the torture, as many as there is time for."""
        until = time.monotonic() + TORTURE_SECONDS / 2
        done = 0
        chance = random.Random(self.seed)
        writers = [Writer(self.account, f"writer{i}") for i in range(CLIENTS)]
        server = self.start_server(durability)
        answer = server.client(self.account).post("/v1/NetworkAccessProfiles", "UniqueName=nap-one")
        self.assertEqual(answer.status, 201)
        while done < kills or time.monotonic() < until:
            done += 1
            self.write_and_kill(server, writers, chance)
            self.check_copy()
            server = self.start_server(durability)
            fleets = self.read_fleets(server)
            by_writer = {writer.name: {} for writer in writers}
            for name, fleet in fleets.items():
                by_writer[name.split("-")[0]][name] = fleet
            for writer in writers:
                writer.check(by_writer[writer.name])
        server.stop()
        self.check_database(self.path("test.db"))
        writes = sum(writer.writes for writer in writers)
        self.assertGreater(writes, done, "nothing was tested")
        print(f"{self.id()}: {done} kills, {writes} writes", file=sys.stderr)

    def test_full_durability(self):
        self.run_story("full", scaled(6, 3))

    def test_normal_durability(self):
        self.run_story("normal", scaled(5, 3))

    def test_killed_while_stopping(self):
        """SIGTERM and, before it is through, SIGKILL."""
        chance = random.Random(self.seed)
        writer = Writer(self.account, "writer0")
        server = self.start_server("full")
        client = server.client(self.account)
        client.post("/v1/NetworkAccessProfiles", "UniqueName=nap-one")
        for _ in range(scaled(5, 2)):
            for _ in range(20):
                writer.write(client, chance)
            server.terminate()
            time.sleep(chance.uniform(0, 0.01))
            server.kill()
            client.close()
            server = self.start_server("full")
            client = server.client(self.account)
            writer.check(self.read_fleets(server))
        client.close()
        server.stop()
        self.check_database(self.path("test.db"))

    def test_killed_while_a_state_is_loaded(self):
        """All that was there is there, and what was written of the new one is swept."""
        chance = random.Random(self.seed)
        profile = "HA" + "0" * 32
        fleets = [{"unique_name": f"new-{number}", "network_access_profile_sid": profile}
                  for number in range(scaled(10000, 2000))]
        state = {"accounts": [{"sid": self.account, "network_access_profiles": [{"sid": profile}],
                               "fleets": fleets}]}
        writer = Writer(self.account, "writer0")
        server = self.start_server("full")
        client = server.client(self.account)
        client.post("/v1/NetworkAccessProfiles", "UniqueName=nap-one")
        for _ in range(scaled(4, 2)):
            for _ in range(5):
                writer.write(client, chance)
            connection = client.connect()
            connection.send(client.build("PUT", "/_emulator/state", json.dumps(state)))
            wait_until(lambda: self.count("fleets") > writer.made, "a piece of it")
            time.sleep(chance.uniform(0, 0.01))
            server.kill()
            client.close()
            self.check_copy()
            server = self.start_server("full")
            client = server.client(self.account)
            writer.check(self.read_fleets(server))
            wait_until(lambda: self.count("ended_namespaces") == 0, "the sweep")
            self.assertEqual(self.count("fleets"), writer.made)
        client.close()
        server.stop()
        self.check_database(self.path("test.db"))

    def kill_while_copied(self, chance, count):
        """Whether the kill came before the copy of so many Fleets was there. Of one that is there
        nothing is missing: it is dropped."""
        server = self.start_server("full")
        client = server.client()
        client.authorization = ""
        connection = client.connect()
        connection.send(client.build("POST", f"/_emulator/accounts/{self.account}/fork", "{}"))
        wait_until(lambda: self.count("fleets") > count, "a piece of it")
        time.sleep(chance.uniform(0, 0.01))
        server.kill()
        client.close()
        self.check_copy()
        server = self.start_server("full")
        client = server.client()
        client.authorization = ""
        wait_until(lambda: self.count("ended_namespaces") == 0, "the sweep")
        accounts = [one["sid"] for one in client.control("GET", "accounts").json()["accounts"]]
        self.assertEqual(self.count("fleets"), len(accounts) * count)
        for sid in accounts:
            if sid != self.account:
                self.assertEqual(client.control("DELETE", "accounts/" + sid).status, 204)
        wait_until(lambda: self.count("fleets") == count, "the sweep of a copy")
        client.close()
        server.stop()
        return accounts == [self.account]

    def test_killed_while_an_account_is_copied(self):
        """Nothing of the copy is there, and what was written of it is swept."""
        chance = random.Random(self.seed)
        profile = "HA" + "0" * 32
        count = scaled(10000, 4000)
        fleets = [{"unique_name": f"fleet-{number}", "network_access_profile_sid": profile}
                  for number in range(count)]
        state = {"accounts": [{"sid": self.account, "network_access_profiles": [{"sid": profile}],
                               "fleets": fleets}]}
        server = self.start_server("full")
        client = server.client(self.account)
        self.assertEqual(client.control("PUT", "state", state).status, 200)
        wait_until(lambda: self.count("ended_namespaces") == 0, "the sweep")
        client.close()
        server.stop()
        for _ in range(scaled(4, 2)):
            wait_until(lambda: self.kill_while_copied(chance, count), "a kill in time")
        self.check_database(self.path("test.db"))

    def test_killed_while_starting(self):
        """Migration and recovery cut short leave a database that the next start can use."""
        chance = random.Random(self.seed)
        for _ in range(scaled(10, 3)):
            process = self.start_process()
            time.sleep(chance.uniform(0, 0.03))
            process.kill()
            process.wait()
        server = self.start_server("full")
        self.assertEqual(server.client().get("/v1/Fleets").status, 200)
        server.stop()
        self.check_database(self.path("test.db"))

    def start_process(self):
        """A server that nobody waits for."""
        return launch("--listen", "127.0.0.1:0", "--db", "test.db", directory=self.directory)


if __name__ == "__main__":
    unittest.main()
