# SPDX-License-Identifier: MIT
"""Database files that are kept, refused or damaged, and what a seed file does."""
import contextlib
import datetime
import hashlib
import json
import os
import shutil
import sqlite3
import struct
import subprocess
import threading
import unittest

from fleet_case import FLEET_KEYS
from networks import ATT
from server import (
    PATIENCE_SECONDS, REPOSITORY, DirectoryTestCase, binary, clean_environment)

BAD_DATA = 65
CANNOT_CREATE = 73
INPUT_OUTPUT_ERROR = 74
ACCOUNT = "AC" + "1" * 32
OTHER_ACCOUNT = "AC" + "2" * 32
KEY = "SK" + "3" * 32
PROFILE_SID = "HA" + "4" * 32
FLEET_SID = "HF" + "5" * 32
NETWORK = ATT


class DatabaseTest(DirectoryTestCase):
    """The file given as --db."""

    def make_database(self, name="test.db"):
        """A database that a server made and used."""
        server = self.start(database=name)
        client = server.client(ACCOUNT)
        profile = client.post("/v1/NetworkAccessProfiles", "UniqueName=nap-one").json()["sid"]
        for number in range(60):
            client.post("/v1/Fleets", {"NetworkAccessProfile": profile,
                                       "UniqueName": f"Fleet {number}"})
        client.close()
        server.stop()
        return self.path(name)

    def assert_refused(self, path, codes=(CANNOT_CREATE,)):
        """The exit code, a reason on stderr, and not a byte changed. Returns the reason."""
        with open(path, "rb") as file:
            before = hashlib.sha256(file.read()).hexdigest()
        names = sorted(set(os.listdir(self.directory)) - {"tmp"})
        result = self.run_to_exit("--listen", "127.0.0.1:0", "--db", path)
        self.assertIn(result.returncode, codes, result)
        self.assertEqual(result.stdout, "")
        self.assertNotEqual(result.stderr, "")
        with open(path, "rb") as file:
            self.assertEqual(hashlib.sha256(file.read()).hexdigest(), before, "it was changed")
        self.assertEqual(sorted(set(os.listdir(self.directory)) - {"tmp"}), names)
        return result.stderr

    def new_image(self):
        """The bytes that a new database begins with."""
        self.start(database="test.db").stop()
        with open(self.path("test.db"), "rb") as file:
            return file.read()

    def write(self, name, content):
        """Makes a file; gives its path."""
        with open(self.path(name), "wb") as file:
            file.write(content)
        return self.path(name)

    def test_new_databases_are_alike(self):
        image = self.new_image()
        os.remove(self.path("test.db"))
        self.assertEqual(self.new_image(), image)
        database = sqlite3.connect(self.path("test.db"))
        self.addCleanup(database.close)
        for pragma, value in (("integrity_check", "ok"), ("journal_mode", "wal"),
                              ("freelist_count", 0), ("page_count", len(image) // 4096)):
            self.assertEqual(database.execute(f"PRAGMA {pragma}").fetchall(), [(value,)])

    def sound(self, name):
        """Whether SQLite finds nothing wrong with a database that has a log."""
        database = sqlite3.connect(self.path(name))
        with contextlib.closing(database):
            return (database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
                    and database.execute("PRAGMA journal_mode").fetchall() == [("wal",)])

    def test_power_cut_before_anything_was_written(self):
        """The disk has any part of it."""
        image = self.new_image()
        sectors = [image[at:at + 512] for at in range(0, len(image), 512)]
        for left in (bytes(512) + image[512:],
                     b"".join(sector if at % 3 else bytes(512) for at, sector in enumerate(sectors)),
                     b"".join(bytes(512) if at % 3 else sector for at, sector in enumerate(sectors)),
                     image[:200 * 1024], image[:512], bytes(4096), image):
            with self.subTest(len(left)):
                server = self.start(database=self.write("test.db", left))
                self.assertEqual("test.db is made anew" in server.log(), left != image)
                answer = server.client(ACCOUNT).post("/v1/NetworkAccessProfiles", "UniqueName=nap-one")
                self.assertEqual(answer.status, 201, answer)
                server.stop()
                self.assertTrue(self.sound("test.db"))

    def test_what_only_looks_like_it(self):
        image = self.new_image()
        for content in (bytes(512) + b"text" + image[516:],
                        bytes(511) + b"x" + image[512:],
                        bytes(512) + image[512:] + bytes(1),
                        bytes(len(image) + 4096)):
            with self.subTest(len(content)):
                path = self.write("test.db", content)
                self.assertIn("is not a database", self.assert_refused(path))

    def test_what_is_in_the_log_alone(self):
        """The file is as the build made it: what was written is found, also behind a link."""
        image = self.new_image()
        os.mkdir(self.path("elsewhere"))
        os.rename(self.path("test.db"), self.path("elsewhere/real.db"))
        os.symlink("elsewhere/real.db", self.path("test.db"))
        server = self.start(database="test.db")
        server.client(ACCOUNT).post("/v1/NetworkAccessProfiles", "UniqueName=nap-one")
        server.kill()
        server.process.stdout.close()
        with open(self.path("elsewhere/real.db"), "rb") as file:
            self.assertEqual(file.read(), image)
        for _ in range(2):
            server = self.start(database="test.db")
            answer = server.client(ACCOUNT).get("/v1/NetworkAccessProfiles/nap-one")
            self.assertEqual(answer.status, 200, answer)
            server.stop()
        self.assertTrue(self.sound("elsewhere/real.db"))

    def test_what_lies_beside_an_empty_file_is_not_of_it(self):
        """Somebody deleted a database, but not its log; or its journal."""
        server = self.start(database="test.db")
        server.client(ACCOUNT).post("/v1/NetworkAccessProfiles", "UniqueName=nap-one")
        server.kill()
        server.process.stdout.close()
        with open(self.path("test.db-wal"), "rb") as file:
            log = file.read()
        self.assertGreater(len(log), 0)
        journal = bytes.fromhex("d9d505f920a163d7") + struct.pack(">5I", 0, 7, 0, 512, 4096)
        for name, content in (("test.db-wal", log), ("test.db-journal", journal.ljust(512, b"\0"))):
            with self.subTest(name):
                self.write("test.db", b"")
                self.write(name, content)
                server = self.start(database="test.db")
                listed = server.client(ACCOUNT).get("/v1/NetworkAccessProfiles").json()
                self.assertEqual(listed["network_access_profiles"], [])
                server.stop()
                self.assertTrue(self.sound("test.db"))

    def test_restart_keeps_everything(self):
        path = self.make_database()
        server = self.start(database=path)
        host = {"Host": "same.example"}
        targets = ["/v1/Fleets?PageSize=1000", "/v1/NetworkAccessProfiles",
                   "/v1/Fleets/Fleet%201", "/v1/Fleets?NetworkAccessProfile=nap-one&PageSize=7"]
        client = server.client(ACCOUNT)
        before = [client.get(target, headers=host).body for target in targets]
        next_page = json.loads(before[3])["meta"]["next_page_url"].split(".example")[1]
        page = client.get(next_page, headers=host).body
        client.close()
        server.stop()
        server = self.start(database=path)
        client = server.client(ACCOUNT)
        self.assertEqual([client.get(target, headers=host).body for target in targets], before)
        self.assertEqual(len(json.loads(before[0])["fleets"]), 60)
        self.assertEqual(client.get(next_page, headers=host).body, page, "an old page token")
        client.close()

    def test_what_is_on_disk(self):
        """Another program can read it: text SIDs, milliseconds, a version."""
        database = sqlite3.connect(self.make_database())
        self.addCleanup(database.close)
        rows = database.execute("SELECT sid, namespace, date_created_ms, data_limit FROM fleets"
                                " WHERE unique_name = 'Fleet 3'").fetchall()
        self.assertEqual(len(rows), 1)
        self.assertRegex(rows[0][0], "^HF[0-9a-f]{32}$")
        self.assertEqual((rows[0][1], rows[0][3]), (ACCOUNT, 1000))
        self.assertGreater(rows[0][2], 1_600_000_000_000)
        self.assertGreaterEqual(database.execute("PRAGMA user_version").fetchone()[0], 1)
        self.assertEqual(database.execute("PRAGMA integrity_check").fetchall(), [("ok",)])

    def test_migrations_are_recorded(self):
        """By name. Their checksums decide: databases once recorded no names."""
        path = self.make_database()
        folder = os.path.join(REPOSITORY, "migrations")
        names = [name.removesuffix(".sql").split("_", 1)[1] for name in sorted(os.listdir(folder))
                 if name.endswith(".sql")]
        database = sqlite3.connect(path)
        self.addCleanup(database.close)
        rows = database.execute("SELECT name FROM migrations ORDER BY number").fetchall()
        self.assertEqual([name for name, in rows], names)
        with database:
            database.execute("UPDATE migrations SET name = ''")
        self.start(database=path).stop()
        with database:
            database.execute("UPDATE migrations SET checksum = 'x' WHERE number = 2")
        result = self.run_to_exit("--listen", "127.0.0.1:0", "--db", path)
        self.assertEqual(result.returncode, CANNOT_CREATE, result)
        self.assertIn(f"another migration 2 ({names[1]})", result.stderr)

    def test_the_log_does_not_grow(self):
        """It starts over once it has 16 MB, though the scheduler looked at its beginning: nothing
        that is written here is work for it."""
        path = self.path("log.db")
        server = self.start("--workers", "1", "--durability", "normal", database=path)
        url = "http://127.0.0.1/" + "x" * 400
        fleets = [{"network_access_profile_sid": "p", "sms_commands_url": url} for _ in range(100)]
        seed = {"accounts": [{"sid": ACCOUNT, "network_access_profiles": [{"unique_name": "p"}],
                              "fleets": fleets}]}
        client = server.client()
        client.authorization = ""
        for _ in range(200):
            answer = client.control("POST", "accounts", {"seed": seed})
            self.assertEqual(answer.status, 201, answer)
        self.assertLess(os.path.getsize(path + "-wal"), 40_000_000)

    def set_version(self, path, change):
        """Adds to a database's version, as a newer program's migration would."""
        database = sqlite3.connect(path)
        version = database.execute("PRAGMA user_version").fetchone()[0]
        database.execute(f"PRAGMA user_version = {version + change}")
        database.commit()
        database.close()

    def test_a_newer_database(self):
        path = self.make_database()
        for change in (1, 1000, 2_000_000_000):
            with self.subTest(change=change):
                self.set_version(path, change)
                self.assert_one_line(self.assert_refused(path), path)
                self.set_version(path, -change)
        self.start(database=path)

    def test_a_newer_database_left_by_a_crash(self):
        """Its version may stand in the write-ahead log only. What it holds stays as it is."""
        path = self.make_database()
        newer = sqlite3.connect(path)
        newer.execute("PRAGMA user_version = 1000")
        newer.execute("DELETE FROM fleets WHERE unique_name = 'Fleet 3'")
        newer.commit()
        for name in ("test.db", "test.db-wal"):
            shutil.copy(self.path(name), self.path("crashed" + name.removeprefix("test")))
        newer.close()
        result = self.run_to_exit("--listen", "127.0.0.1:0", "--db", "crashed.db")
        self.assertEqual((result.returncode, result.stdout), (CANNOT_CREATE, ""), result)
        crashed = sqlite3.connect(self.path("crashed.db"))
        self.addCleanup(crashed.close)
        self.assertEqual(crashed.execute("PRAGMA user_version").fetchone(), (1000,))
        self.assertEqual(crashed.execute("SELECT count(*) FROM fleets").fetchone(), (59,))

    def assert_one_line(self, text, *named):
        """One line that holds each of `named`."""
        self.assertEqual(text.count("\n"), 1, text)
        for name in named:
            self.assertIn(name, text)

    def test_a_database_of_another_program(self):
        for application in (0, 0x12345678):
            with self.subTest(application_id=application):
                path = self.path(f"foreign-{application}.db")
                database = sqlite3.connect(path)
                database.execute("CREATE TABLE fleets (sid TEXT)")
                database.execute("INSERT INTO fleets VALUES ('mine')")
                database.execute(f"PRAGMA application_id = {application}")
                database.commit()
                database.close()
                self.assert_one_line(self.assert_refused(path), path)

    def test_no_database_at_all(self):
        for name, content in [("text", b"dear diary\n" * 100), ("short", b"x"),
                              ("nul", b"\0" * 1048576), ("almost", b"SQLite format 3\0"),
                              ("header", b"SQLite format 3\0" + b"\xff" * 84)]:
            with self.subTest(name):
                with open(self.path(name), "wb") as file:
                    file.write(content)
                self.assert_one_line(self.assert_refused(self.path(name)), name)

    def test_an_empty_file_becomes_a_database(self):
        with open(self.path("empty.db"), "wb"):
            pass
        server = self.start(database="empty.db")
        self.assertEqual(server.client().get("/v1/Fleets").status, 200)

    def test_damaged_databases(self):
        good = self.make_database()
        with open(good, "rb") as file:
            content = file.read()
        self.assertGreater(len(content), 16384)
        damaged_schema = content[:100] + b"\xa5" * 3900 + content[4000:]
        for name, damaged, codes in [
                ("schema", damaged_schema, (CANNOT_CREATE, INPUT_OUTPUT_ERROR)),
                ("magic", b"X" + content[1:], (CANNOT_CREATE,)),
                ("truncated", content[:4096], (CANNOT_CREATE, INPUT_OUTPUT_ERROR))]:
            with self.subTest(name):
                path = self.path(name + ".db")
                with open(path, "wb") as file:
                    file.write(damaged)
                self.assert_refused(path, codes)

    def test_places_where_no_file_can_be(self):
        with open(self.path("file"), "wb") as file:
            file.write(b"x")
        os.mkdir(self.path("folder"))
        for path in (self.path("file/test.db"), self.path("missing/test.db"), self.path("folder"),
                     "/proc/test.db", ""):
            with self.subTest(path=path):
                result = self.run_to_exit("--listen", "127.0.0.1:0", "--db", path)
                expected = CANNOT_CREATE if path else 64
                self.assertEqual((result.returncode, result.stdout), (expected, ""), result)
                self.assert_one_line(result.stderr, path)


    def test_what_is_no_file(self):
        os.mkfifo(self.path("fifo"))
        for path in (self.path("fifo"), "/dev/null"):
            with self.subTest(path):
                result = self.run_to_exit("--listen", "127.0.0.1:0", "--db", path)
                self.assertEqual((result.returncode, result.stdout), (CANNOT_CREATE, ""), result)
                self.assert_one_line(result.stderr, path)

    def start_as_nobody(self, path):
        """A start by somebody for whom permissions count. Its exit code and its line."""
        def become_nobody():
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
        try:
            result = subprocess.run(
                [binary(), "--listen", "127.0.0.1:0", "--db", path], cwd="/", check=False,
                env=clean_environment(self.directory), stdin=subprocess.DEVNULL,
                capture_output=True, text=True, timeout=PATIENCE_SECONDS, preexec_fn=become_nobody)
        except PermissionError:
            self.skipTest("nobody may not run the program here")
        return result

    def test_a_folder_that_cannot_be_written(self):
        """The file can, but what SQLite puts beside it can not."""
        made = self.make_database()
        os.chmod(self.directory, 0o755)
        folder = self.path("folder")
        os.mkdir(folder)
        shutil.copy(made, os.path.join(folder, "made.db"))
        with open(os.path.join(folder, "empty.db"), "wb"):
            pass
        for name in ("made.db", "empty.db"):
            os.chmod(os.path.join(folder, name), 0o666)
        os.chmod(folder, 0o555)
        self.addCleanup(os.chmod, folder, 0o755)
        for name in ("made.db", "empty.db", "missing.db"):
            with self.subTest(name):
                result = self.start_as_nobody(os.path.join(folder, name))
                self.assertEqual((result.returncode, result.stdout), (CANNOT_CREATE, ""), result)
                self.assert_one_line(result.stderr, name)

    def test_a_backup_of_a_live_database(self):
        """As README.md says: SQLite's own backup has every commit; it needs no stop."""
        server = self.start(database="live.db")
        client = server.client(ACCOUNT)
        client.post("/v1/NetworkAccessProfiles", "UniqueName=nap-one")
        live, copy = sqlite3.connect(self.path("live.db")), sqlite3.connect(self.path("copy.db"))
        live.backup(copy)
        live.close()
        copy.close()
        after = client.post("/v1/NetworkAccessProfiles", "UniqueName=later")
        self.assertEqual(after.status, 201, "the server goes on")
        host = {"Host": "same.example"}
        before = client.get("/v1/NetworkAccessProfiles/nap-one", headers=host).body
        restored = self.start(database="copy.db").client(ACCOUNT)
        self.assertEqual(
            restored.get("/v1/NetworkAccessProfiles/nap-one", headers=host).body, before)
        self.assertEqual(restored.get("/v1/NetworkAccessProfiles/later").status, 404)


def checksum(text):
    """What the server records of a migration: see include/util/hash.h."""
    value, mask = 0xcbf29ce484222325, 2 ** 64 - 1
    for byte in text.encode() + b"\0":
        value = (value ^ byte) * 0x100000001b3 & mask
    for factor in (0xff51afd7ed558ccd, 0xc4ceb9fe1a85ec53):
        value = (value ^ value >> 33) * factor & mask
    return f"{value ^ value >> 33:016x}"


def milliseconds(text):
    """Since 1970."""
    return int(datetime.datetime.fromisoformat(text).timestamp()) * 1000


class MigrationTest(DirectoryTestCase):
    """Databases that released versions made, with what was under way in them."""

    NOW = "2026-01-15T12:00:00+00:00"

    def old_database(self):
        """A database of schema 2, which ended with the second migration."""
        database = sqlite3.connect(self.path("test.db"), isolation_level=None)
        self.addCleanup(database.close)
        database.executescript(
            "PRAGMA application_id = 0x53534d45;"
            "CREATE TABLE migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL,"
            " checksum TEXT NOT NULL, applied_ms INTEGER NOT NULL) STRICT;")
        for number, name in ((1, "fleets"), (2, "devices")):
            path = os.path.join(REPOSITORY, "migrations", f"{number:04}_{name}.sql")
            with open(path, encoding="utf-8") as file:
                text = file.read()
            database.executescript(text)
            database.execute("INSERT INTO migrations VALUES (?, ?, ?, 0)",
                             (number, name, checksum(text)))
            database.execute(f"PRAGMA user_version = {number}")
        return database

    def insert(self, database, table, **row):
        """One row."""
        database.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES"
                         f" ({', '.join('?' * len(row))})", tuple(row.values()))

    def add_account(self, database, sid, mode="frozen", rate=1.0, real=0, held=0):
        """An account whose clock showed NOW, with a Fleet."""
        self.insert(database, "accounts", sid=sid, namespace=sid, auth_token="t", token_checked=1,
                    ended=0, ttl_ms=0, date_created_ms=0, clock_mode=mode, clock_rate=rate,
                    clock_real_ms=real, clock_account_ms=milliseconds(self.NOW), clock_held=held)
        dates = {"date_created_ms": 1000, "date_updated_ms": 1000}
        self.insert(database, "network_access_profiles", namespace=sid, sid=PROFILE_SID, **dates)
        self.insert(database, "fleets", namespace=sid, sid=FLEET_SID, data_enabled=1,
                    data_limit=1000, sms_commands_enabled=1, sms_commands_method="POST",
                    ip_commands_method="POST", network_access_profile_sid=PROFILE_SID, **dates)

    def add_sim(self, database, account, name, status, anchor=None, start=None, pending=None,
                updated=NOW):
        """A Sim; one that is to change does so at NOW and a second."""
        number = database.execute("SELECT count(*) FROM sims").fetchone()[0]
        anchor_ms = milliseconds(anchor) if anchor else 0
        self.insert(database, "sims", namespace=account, sid=f"HS{number:032}", unique_name=name,
                    status=status, fleet_sid=FLEET_SID, iccid=f"8988307000000000{number:04}",
                    date_created_ms=1000, date_updated_ms=milliseconds(updated),
                    registration_code="H3LL0W0RLD", pending_status=pending, callback_method="POST",
                    attached=1, ip_address="100.64.1.2", date_activated_ms=anchor_ms,
                    period_start_ms=milliseconds(start) if start else anchor_ms,
                    period_data_total=0, blocked_since_ms=0)
        if pending is not None:
            self.insert(database, "due_work", namespace=account, kind="sim_status", lane="",
                        subject_sid=f"HS{number:032}", due_at_ms=milliseconds(self.NOW) + 1000)

    def test_ready_sims_become_active_in_time(self):
        """Three months after they became ready: the last day of a month that is shorter."""
        began, until = "2025-10-16T12:00:00+00:00", "2026-01-16T12:00:00Z"
        database = self.old_database()
        self.add_account(database, ACCOUNT)
        self.add_sim(database, ACCOUNT, "plain", "ready", began)
        self.add_sim(database, ACCOUNT, "rolled", "ready", began, start="2025-12-16T12:00:00+00:00")
        self.add_sim(database, ACCOUNT, "unknown", "ready", updated=began)
        self.add_sim(database, ACCOUNT, "shorter", "ready", "2025-11-30T10:00:00+00:00")
        self.add_sim(database, ACCOUNT, "over", "ready", "2025-01-01T00:00:00+00:00")
        self.add_sim(database, ACCOUNT, "active", "active", began)
        database.close()
        client = self.start(database="test.db").client(ACCOUNT, "t")

        def period(name):
            [one] = client.get(f"/v1/Sims/{name}/BillingPeriods").json()["billing_periods"]
            return one["period_type"], one["start_time"], one["end_time"]

        for name in ("plain", "rolled", "unknown"):
            self.assertEqual(period(name), ("ready", "2025-10-16T12:00:00Z", until), name)
        ran = client.control("POST", "clock/advance", {"by": "50d"}).json()["ran"]
        self.assertEqual([(one["kind"], one["result"]) for one in ran],
                         [("sim_ready_end", "active")] * 5)
        for name in ("plain", "rolled", "unknown"):
            self.assertEqual(period(name)[:2], ("active", "2026-02-16T12:00:00Z"), name)
        for name, moment in (("plain", until), ("rolled", until), ("unknown", until),
                             ("shorter", "2026-02-28T10:00:00Z"), ("over", "2026-01-15T12:00:00Z")):
            sim = client.get("/v1/Sims/" + name).json()
            self.assertEqual((sim["status"], sim["date_updated"]), ("active", moment), name)

    def test_active_sims_without_a_period_get_one(self):
        """Seeds could make them."""
        database = self.old_database()
        self.add_account(database, ACCOUNT)
        self.add_sim(database, ACCOUNT, "tracker", "active", updated="2026-01-02T00:00:00+00:00")
        database.execute("UPDATE sims SET blocked_since_ms = 1, period_data_total = 1 << 62")
        database.close()
        client = self.start(database="test.db").client(ACCOUNT, "t")
        seen = client.control("GET", "sims/tracker").json()
        self.assertEqual((seen["period"]["start_time"], seen["period"]["data_total"], seen["blocked"]),
                         ("2026-01-02T00:00:00Z", 1 << 59, True))
        state = client.control("GET", "state").json()
        self.assertEqual(client.control("PUT", "state", state).status, 200)
        client.control("POST", "clock/advance", {"by": "31d"})
        self.assertFalse(client.control("GET", "sims/tracker").json()["blocked"])

    def test_usage_that_is_too_much_to_be_summed(self):
        database = self.old_database()
        self.add_account(database, ACCOUNT)
        for name in ("one", "two"):
            self.add_sim(database, ACCOUNT, name, "active", "2026-01-01T00:00:00+00:00")
        for sid in (0, 1):
            self.insert(database, "usage_hours", namespace=ACCOUNT, sim_sid=f"HS{sid:032}",
                        hour_ms=milliseconds(self.NOW), fleet_sid=FLEET_SID, network_sid="",
                        data_upload=5 * 10 ** 18, data_download=1)
        database.close()
        client = self.start(database="test.db").client(ACCOUNT, "t")
        [record] = client.get("/v1/UsageRecords").json()["usage_records"]
        self.assertEqual((record["data_upload"], record["data_download"]), (1 << 59, 2))

    def test_due_work_wakes_as_the_clock_runs(self):
        """In real time; never while a clock stands still."""
        real = milliseconds("2099-01-01T00:00:00+00:00")
        due = milliseconds("2026-02-15T12:00:00+00:00")
        left = due - milliseconds(self.NOW)
        clocks = [("real", 1.0, 0, real + left), ("scaled", 2.0, 0, real + left // 2 + 1),
                  ("frozen", 1.0, 0, None), ("scaled", 2.0, 1, None)]
        database = self.old_database()
        for number, (mode, rate, held, _) in enumerate(clocks):
            account = f"AC{number:032}"
            self.add_account(database, account, mode, rate, real, held)
            self.add_sim(database, account, None, "ready", "2025-11-15T12:00:00+00:00")
        path = os.path.join(REPOSITORY, "migrations", "0003_usage_and_limits.sql")
        with open(path, encoding="utf-8") as file:
            database.executescript(file.read())
        rows = database.execute("SELECT namespace, kind, subject_sid, due_at_ms, lane, wake_at_ms"
                                " FROM due_work ORDER BY id").fetchall()
        self.assertEqual(rows, [
            (f"AC{number:032}", "sim_ready_end", f"HS{number:032}", due, "", wake)
            for number, (_, _, _, wake) in enumerate(clocks)])

    def test_new_and_migrated_databases_are_alike(self):
        """A new one is a copy of one that was made at build."""
        self.old_database().close()
        schemas = []
        for name in ("test.db", "new.db"):
            self.start(database=name).stop()
            database = sqlite3.connect(self.path(name))
            self.addCleanup(database.close)
            schemas.append(database.execute(
                "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name").fetchall())
            schemas.append(database.execute(
                "SELECT number, name, checksum FROM migrations ORDER BY number").fetchall())
        self.assertGreater(len(schemas[0]), 50)
        self.assertEqual(schemas[:2], schemas[2:])

    def test_the_header_of_a_migrated_file_is_right_at_once(self):
        """It is what an older program looks at, even when the server did not end by itself."""
        database = self.old_database()
        database.execute("PRAGMA journal_mode = WAL")
        database.close()
        self.start(database="test.db")
        with open(self.path("test.db"), "rb") as file:
            header = file.read(100)
        newest = max(int(name[:4]) for name in os.listdir(os.path.join(REPOSITORY, "migrations")))
        self.assertEqual(int.from_bytes(header[60:64], "big"), newest)

    def test_scheduled_sims_were_something_before(self):
        began = "2026-01-01T00:00:00+00:00"
        cases = [("inactive", began, "active"), ("inactive", None, "new"), ("ready", None, "new"),
                 ("active", began, "inactive"), ("active", None, "new")]
        database = self.old_database()
        self.add_account(database, ACCOUNT)
        for number, (pending, anchor, _) in enumerate(cases):
            self.add_sim(database, ACCOUNT, f"sim-{number}", "scheduled", anchor, pending=pending)
        database.close()
        client = self.start(database="test.db").client(ACCOUNT, "t")
        [state] = client.control("GET", "state").json()["accounts"]
        before = {sim["unique_name"]: sim["status_before"] for sim in state["sims"]}
        self.assertEqual(before, {f"sim-{i}": case[2] for i, case in enumerate(cases)})
        self.assertEqual(client.control("PUT", "state", {"accounts": [state]}).status, 200)
        client.control("POST", "clock/advance", {"by": "1h"})
        self.assertEqual([client.get(f"/v1/Sims/sim-{i}").json()["status"] for i in range(5)],
                         [pending for pending, _, _ in cases])


class SeedTest(DirectoryTestCase):
    """--seed FILE."""

    def write_seed(self, *accounts, text=None):
        """A seed file's path."""
        with open(self.path("seed.json"), "w", encoding="utf-8") as seed:
            seed.write(text if text is not None else json.dumps({"accounts": list(accounts)}))
        return self.path("seed.json")

    def full_account(self):
        """An account with one of everything."""
        return {
            "sid": ACCOUNT, "auth_token": "seeded-token",
            "api_keys": [{"sid": KEY, "secret": "seeded-secret"}],
            "network_access_profiles": [
                {"unique_name": "nap-one", "networks": [NETWORK]},
                {"unique_name": "nap-two", "sid": PROFILE_SID},
            ],
            "fleets": [
                {"unique_name": "Pilot Fleet", "network_access_profile_sid": "nap-one",
                 "data_limit": 500},
                {"sid": FLEET_SID, "network_access_profile_sid": PROFILE_SID,
                 "unique_name": "é 日本", "data_enabled": False, "sms_commands_enabled": False,
                 "sms_commands_url": "https://sms.example/", "sms_commands_method": "GET",
                 "ip_commands_url": "https://ip.example/", "ip_commands_method": "GET"},
            ],
        }

    def client(self, server, user=ACCOUNT, secret="seeded-token"):
        return server.client(user, secret)

    def test_records_and_credentials(self):
        server = self.start("--seed", self.write_seed(self.full_account()))
        client = self.client(server)
        pilot = client.get("/v1/Fleets/Pilot%20Fleet").json()
        self.assertEqual(list(pilot), FLEET_KEYS)
        self.assertEqual((pilot["data_limit"], pilot["data_enabled"], pilot["account_sid"]),
                         (500, True, ACCOUNT))
        second = client.get("/v1/Fleets/" + FLEET_SID).json()
        self.assertEqual((second["unique_name"], second["data_limit"], second["data_enabled"]),
                         ("é 日本", 1000, False))
        self.assertEqual((second["sms_commands_enabled"], second["sms_commands_method"],
                          second["ip_commands_url"]), (False, "GET", "https://ip.example/"))
        self.assertEqual(second["network_access_profile_sid"], PROFILE_SID)
        fleets = client.get("/v1/Fleets?NetworkAccessProfile=nap-two").json()["fleets"]
        self.assertEqual(fleets, [second])
        self.assertEqual(self.client(server, KEY, "seeded-secret").get(
            "/v1/Fleets/" + FLEET_SID).json(), second)
        self.assertEqual(self.client(server, ACCOUNT, "other").get("/v1/Fleets").status, 401)
        self.assertEqual(self.client(server, KEY, "other").get("/v1/Fleets").status, 401)

    def test_in_strict_mode_seeded_accounts_are_known(self):
        server = self.start("--auth", "strict", "--seed", self.write_seed(self.full_account()))
        self.assertEqual(self.client(server).get("/v1/Fleets").status, 200)
        self.assertEqual(self.client(server, OTHER_ACCOUNT).get("/v1/Fleets").status, 401)

    def test_restart_with_the_same_seed_is_harmless(self):
        seed = self.write_seed(self.full_account())
        server = self.start("--seed", seed, database="test.db")
        client = self.client(server)
        client.post("/v1/Fleets/" + FLEET_SID, "UniqueName=renamed&DataLimit=77")
        client.post("/v1/Fleets", "NetworkAccessProfile=nap-one&UniqueName=added")
        host = {"Host": "same.example"}
        before = client.get("/v1/Fleets", headers=host).body
        self.assertEqual(len(json.loads(before)["fleets"]), 3)
        server.stop()
        server = self.start("--seed", seed, database="test.db")
        self.assertEqual(self.client(server).get("/v1/Fleets", headers=host).body, before)
        server.stop()
        database = sqlite3.connect(self.path("test.db"))
        self.addCleanup(database.close)
        networks = database.execute("SELECT network_sid FROM network_access_profile_networks")
        self.assertEqual(networks.fetchall(), [(NETWORK,)])

    def test_an_account_added_to_the_seed_is_filled(self):
        first = self.full_account()
        second = {"sid": OTHER_ACCOUNT, "auth_token": "t",
                  "network_access_profiles": [{"unique_name": "nap-one"}]}
        self.start("--seed", self.write_seed(first), database="test.db").stop()
        server = self.start("--seed", self.write_seed(first, second), database="test.db")
        profiles = self.client(server, OTHER_ACCOUNT, "t").get("/v1/NetworkAccessProfiles").json()
        self.assertEqual(len(profiles["network_access_profiles"]), 1)
        self.assertEqual(len(self.client(server).get("/v1/Fleets").json()["fleets"]), 2)

    def test_empty_seeds(self):
        for text in ('{"accounts":[]}', '{"accounts":[{"sid":"%s","auth_token":"t"}]}' % ACCOUNT):
            with self.subTest(text):
                server = self.start("--seed", self.write_seed(text=text))
                self.assertEqual(self.client(server, secret="t").get("/v1/Fleets").status, 200)

    def with_fleet(self, **fleet):
        """An account with one profile and one Fleet of these properties."""
        profile = {"unique_name": "nap-one"}
        return {"sid": ACCOUNT, "auth_token": "t", "network_access_profiles": [profile],
                "fleets": [{"network_access_profile_sid": "nap-one", **fleet}]}

    def test_broken_seeds(self):
        """Each is refused with one line that names the place."""
        twins = self.with_fleet(unique_name="twin")
        twins["fleets"] *= 2
        for named, seed in [
                ([], {"text": ""}), ([], {"text": "{"}), ([], {"text": "[]"}),
                ([], {"text": '{"accounts":{}}'}),
                (["accounts"], {"text": '{"nonsense":1}'}),
                (["nonsense"], {"text": '{"accounts":[{"sid":"%s","nonsense":1}]}' % ACCOUNT}),
                (["fleets", "nonsense"], self.with_fleet(nonsense=1)),
                (["fleets", "DataLimit"], self.with_fleet(DataLimit=5)),
                (["fleets", "data_limit"], self.with_fleet(data_limit=0)),
                (["fleets", "data_limit"], self.with_fleet(data_limit="x")),
                (["fleets", "data_limit"], self.with_fleet(data_limit=1.5)),
                (["fleets", "data_enabled"], self.with_fleet(data_enabled=7)),
                (["fleets", "sms_commands_url"], self.with_fleet(sms_commands_url="x")),
                (["fleets", "sms_commands_method"], self.with_fleet(sms_commands_method="PUT")),
                (["fleets", "unique_name"], self.with_fleet(unique_name="n" * 65)),
                (["fleets", "sid"], self.with_fleet(sid="HF1")),
                (["fleets", "sid"], self.with_fleet(sid=PROFILE_SID)),
                (["fleets", "NetworkAccessProfile"],
                 self.with_fleet(network_access_profile_sid="nobody")),
                (["fleets", "network_access_profile_sid"],
                 self.with_fleet(network_access_profile_sid=None)),
                (["twin"], twins),
                (["sid"], {"sid": "AC1", "auth_token": "t"}),
                (["networks"], {"sid": ACCOUNT, "auth_token": "t", "network_access_profiles": [
                    {"unique_name": "x", "networks": ["HF" + "1" * 32]}]}),
                (["api_keys"], {"sid": ACCOUNT, "auth_token": "t",
                                "api_keys": [{"sid": "SK1", "secret": "x"}]})]:
            with self.subTest(seed=seed):
                path = self.write_seed(text=seed["text"]) if "text" in seed else \
                    self.write_seed(seed)
                result = self.run_to_exit("--listen", "127.0.0.1:0", "--db", ":memory:",
                                          "--seed", path)
                self.assertEqual((result.returncode, result.stdout), (BAD_DATA, ""), result)
                self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
                for text in [path] + named:
                    self.assertIn(text, result.stderr)

    def test_a_byte_order_mark_and_a_schema(self):
        """What editors add."""
        text = json.dumps({"$schema": "https://example.com/seed.schema.json",
                           "accounts": [self.with_fleet(unique_name="one")]})
        path = self.path("seed.json")
        with open(path, "w", encoding="utf-8-sig") as file:
            file.write(text)
        client = self.client(self.start("--seed", path), secret="t")
        self.assertEqual(client.get("/v1/Fleets/one").status, 200)
        loaded = client.request("PUT", "/_emulator/state", b"\xef\xbb\xbf" + text.encode())
        self.assertEqual(loaded.status, 200, loaded)
        for wrong in ('{"$schema": 1, "accounts": []}', '{"$schema": "x"}',
                      '{"$schema": "x", "accounts": [], "more": 1}', "\ufeff", "\ufeff\ufeff{}"):
            result = self.run_to_exit("--listen", "127.0.0.1:0", "--db", ":memory:",
                                      "--seed", self.write_seed(text=wrong))
            self.assertEqual(result.returncode, BAD_DATA, wrong)

    def test_a_seed_through_a_pipe(self):
        """As a shell's <(…) gives it: the writer may take his time."""
        os.mkfifo(self.path("pipe"))
        text = json.dumps({"accounts": [self.with_fleet(unique_name="one")]})

        def write():
            with open(self.path("pipe"), "w", encoding="utf-8") as pipe:  # waits for the reader
                pipe.write(text)

        reader = os.open(self.path("pipe"), os.O_RDONLY | os.O_NONBLOCK)
        writer = threading.Thread(target=write)
        writer.start()
        writer.join()
        server = self.start("--seed", self.path("pipe"))
        os.close(reader)
        self.assertEqual(self.client(server, secret="t").get("/v1/Fleets/one").status, 200)

    def test_messages_say_what_would_do(self):
        def clock(**members):
            return {"sid": ACCOUNT, "auth_token": "t", "clock": members}

        for message, account in [
                ("accounts[0].clock.now: must be a time from 2000 to 9999", clock(now="1999-01-01T00:00:00Z")),
                ("accounts[0].clock.rate: a scaled clock needs a rate from 0.001 to 86400000",
                 clock(mode="scaled")),
                ("accounts[0].clock.mode: must be real, frozen or scaled", clock(mode="slow")),
                ("accounts[0].clock.speed: no such property", clock(speed=1)),
                ("accounts[0].clock: must be an object",
                 {"sid": ACCOUNT, "auth_token": "t", "clock": []}),
                ("accounts[0].sid: must be AC and 32 hexadecimal digits", {"sid": "AC1"}),
                ("data_limit: must be a whole number from 1 to ", self.with_fleet(data_limit=0)),
                ("data_enabled: must be true or false", self.with_fleet(data_enabled=7)),
                ("sms_commands_method: must be GET or POST",
                 self.with_fleet(sms_commands_method="PUT")),
                ("sms_commands_url: must be a URL with http or https",
                 self.with_fleet(sms_commands_url="x")),
                ("unique_name: must be a text of at most 64 characters",
                 self.with_fleet(unique_name="n" * 65)),
                ("fleets[0].sid: must be HF and 32 hexadecimal digits", self.with_fleet(sid="HF1")),
                ("networks: each must be HW and 32 hexadecimal digits",
                 {"sid": ACCOUNT, "network_access_profiles": [{"networks": ["HF"]}]})]:
            with self.subTest(message):
                result = self.run_to_exit("--listen", "127.0.0.1:0", "--db", ":memory:",
                                          "--seed", self.write_seed(account))
                self.assertEqual((result.returncode, result.stdout), (BAD_DATA, ""), result)
                self.assertIn(message, result.stderr)
        result = self.run_to_exit("--seed", self.path("nowhere.json"))
        self.assertEqual(result.returncode, BAD_DATA)
        self.assertIn("nowhere.json: No such file or directory", result.stderr)

    NOW = "2026-03-10T12:00:00Z"

    def with_sim(self, **sim):
        """An account whose clock stands still, with one Sim under a limit of a megabyte."""
        account = self.with_fleet(unique_name="fleet", data_limit=1)
        account["clock"] = {"mode": "frozen", "now": self.NOW}
        account["sims"] = [{"unique_name": "tracker", "fleet_sid": "fleet",
                            "iccid": "89883070000123456789", "registration_code": "H3LL0W0RLD",
                            **sim}]
        return account

    def seeded_sim(self, *options, **sim):
        """What a server that was seeded with a Sim shows and hides of it, and its period."""
        server = self.start("--seed", self.write_seed(self.with_sim(**sim)), *options)
        client = self.client(server, secret="t")
        periods = client.get("/v1/Sims/tracker/BillingPeriods").json()["billing_periods"]
        hidden = client.control("GET", "sims/tracker").json()
        state = client.control("GET", "state").json()
        loaded = client.control("PUT", "state", state)
        self.assertEqual(loaded.status, 200, loaded)
        self.assertEqual(client.control("GET", "sims/tracker").json(), hidden)
        return hidden, periods[0] if periods else None, client

    def test_what_a_seed_leaves_out_of_a_sim_follows(self):
        for sim, start, end, kind, total, blocked in [
                ({}, None, None, None, 0, False),
                ({"status": "inactive"}, None, None, None, 0, False),
                ({"status": "active"}, self.NOW, "2026-04-10T12:00:00Z", "active", 0, False),
                ({"status": "ready"}, self.NOW, "2026-06-10T12:00:00Z", "ready", 0, False),
                ({"status": "active", "period_data_total": 900_000},
                 self.NOW, "2026-04-10T12:00:00Z", "active", 900_000, False),
                ({"status": "active", "period_data_total": 1_000_000},
                 self.NOW, "2026-04-10T12:00:00Z", "active", 1_000_000, True),
                ({"status": "active", "period_anchor": "2026-01-31T00:00:00Z"},
                 "2026-02-28T00:00:00Z", "2026-03-31T00:00:00Z", "active", 0, False),
                ({"status": "active", "period_start": "2026-03-01T00:00:00Z",
                  "period_data_total": 7}, "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z",
                 "active", 7, False),
                ({"status": "active", "period_anchor": "2026-09-30T00:00:00Z"},
                 "2026-02-28T00:00:00Z", "2026-03-30T00:00:00Z", "active", 0, False),
                ({"status": "ready", "period_anchor": "2026-03-01T00:00:00Z"},
                 "2026-03-01T00:00:00Z", "2026-06-01T00:00:00Z", "ready", 0, False),
                ({"status": "active", "blocked_since": self.NOW},
                 self.NOW, "2026-04-10T12:00:00Z", "active", 0, True),
                ({"status": "inactive", "period_start": "2026-01-01T00:00:00Z"},
                 "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", "active", 0, False),
                ({"status": "scheduled", "status_before": "active", "pending_status": "inactive"},
                 self.NOW, "2026-04-10T12:00:00Z", "active", 0, False),
                ({"status": "scheduled", "status_before": "ready", "pending_status": "active"},
                 self.NOW, "2026-06-10T12:00:00Z", "ready", 0, False),
                ({"status": "scheduled", "pending_status": "active"}, None, None, None, 0, False)]:
            with self.subTest(sim):
                hidden, period, _ = self.seeded_sim(**sim)
                shown = hidden["period"] or {"data_total": 0}
                self.assertEqual((shown["data_total"], hidden["blocked"]), (total, blocked))
                if start is None:
                    self.assertIsNone(period)
                else:
                    self.assertEqual(
                        (period["start_time"], period["end_time"], period["period_type"]),
                        (start, end, kind))

    def test_a_seeded_sim_goes_on(self):
        _, _, client = self.seeded_sim(status="active", period_start="2026-03-01T00:00:00Z",
                                       period_data_total=900_000)
        usage = client.control("POST", "sims/tracker/usage", {"data_upload": 100_000}).json()
        self.assertEqual((usage["period"]["data_total"], usage["blocked"]), (1_000_000, True))
        client.control("POST", "clock/advance", {"by": "22d"})
        later = client.control("GET", "sims/tracker").json()
        self.assertEqual((later["period"]["data_total"], later["blocked"]), (0, False))

    def test_a_seeded_sim_over_its_limit_is_checked_in_time(self):
        hidden, _, client = self.seeded_sim("--data-limit-check", "6m", status="active",
                                            period_data_total=2_000_000)
        self.assertFalse(hidden["blocked"])
        client.control("POST", "clock/advance", {"by": "6m"})
        self.assertTrue(client.control("GET", "sims/tracker").json()["blocked"])

    def test_periods_end_with_the_calendar(self):
        account = self.with_sim(status="active")
        account["clock"]["now"] = "9999-12-31T00:00:00Z"
        client = self.client(self.start("--seed", self.write_seed(account)), secret="t")
        [period] = client.get("/v1/Sims/tracker/BillingPeriods").json()["billing_periods"]
        self.assertEqual(period["end_time"], "9999-12-31T23:59:59Z")

    def test_sims_that_cannot_be(self):
        """Each is refused with one line that names what does not fit."""
        for field, sim in [
                ("pending_status", {"status": "scheduled"}),
                ("pending_status", {"status": "active", "pending_status": "inactive"}),
                ("status_before", {"status": "active", "status_before": "new"}),
                ("status_before", {"status": "scheduled", "status_before": "scheduled",
                                   "pending_status": "inactive"}),
                ("period_type", {"status": "active", "period_type": "ready"}),
                ("period_type", {"status": "scheduled", "status_before": "ready",
                                 "pending_status": "active", "period_type": "active"}),
                ("network_sid", {"network_sid": "HW" + "0" * 32}),
                ("ip_address", {"ip_address": "not-an-ip"}),
                ("Fleet", {"status": "active", "fleet_sid": None})]:
            with self.subTest(sim):
                result = self.run_to_exit("--listen", "127.0.0.1:0", "--db", ":memory:", "--seed",
                                          self.write_seed(self.with_sim(**sim)))
                self.assertEqual((result.returncode, result.stdout), (BAD_DATA, ""), result)
                self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
                self.assertIn(field, result.stderr)
                self.assertIn("accounts[0].sims[0]", result.stderr)

    def test_a_missing_seed(self):
        path = self.path("missing.json")
        result = self.run_to_exit("--listen", "127.0.0.1:0", "--db", ":memory:", "--seed", path)
        self.assertEqual((result.returncode, result.stdout), (BAD_DATA, ""), result)
        self.assertIn(path, result.stderr)

    def test_a_refused_seed_leaves_no_half_account(self):
        """Once mended, the same file is loaded as a whole."""
        broken = self.full_account()
        broken["fleets"][1]["data_limit"] = 0
        result = self.run_to_exit("--listen", "127.0.0.1:0", "--db", "test.db",
                                  "--seed", self.write_seed(broken))
        self.assertEqual(result.returncode, BAD_DATA, result)
        server = self.start("--seed", self.write_seed(self.full_account()), database="test.db")
        self.assertEqual(len(self.client(server).get("/v1/Fleets").json()["fleets"]), 2)


if __name__ == "__main__":
    unittest.main()
