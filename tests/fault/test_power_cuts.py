# SPDX-License-Identifier: MIT
"""Power cuts: what an answer promised is there after any of them, and nothing else is half done.

A server runs a story while everything that it does to its files is recorded (see record.c). A power
cut may come at any place of the record. What was flushed before is there; of what was not, each
write, and each sector of each write, is there or lost, whatever the order, as the dice fall. From
such files a new server starts, and is compared with what clients were answered before the cut.
"""
import os
import random
import shutil
import sqlite3
import struct
import sys
import time
import unittest

import faults
from faults import SHIMS, chance_of_run

from http_client import new_account
from receiver import Receiver
from server import DirectoryTestCase, Server, wait_until

ENTRY = struct.Struct("=IIqQ")
WRITE, TRUNCATE, FLUSH, UNLINK = 1, 2, 3, 4
SECTOR = 512
CUTS = 30  # of each story, unless they go on for $TORTURE_SECONDS
CUTS_OF_THE_START = 50
WRITES = 60
ICCID, CODE = "89883070000123456781", "H3LL0W0RLD"


class Disk:
    """The files of a database as a power cut could leave them."""

    def __init__(self):
        self.durable = {}  # name: bytes that a flush has reached
        self.waiting = []  # (operation, name, place, bytes) since, in their order

    def apply(self, operation, name, place, data):
        """Takes note of what the server did."""
        if operation == FLUSH:
            self.flush(name)
        else:
            self.waiting.append((operation, name, place, data))

    def flush(self, name):
        """What waits becomes durable: of a file all, of the folder ("") what was done to names."""
        done, left = [], []
        for one in self.waiting:
            reached = one[0] == UNLINK if name == "" else one[1] == name
            (done if reached else left).append(one)
        self.waiting = left
        for one in done:
            perform(self.durable, *one)
        if name != "":
            self.durable.setdefault(name, bytearray())

    def cut(self, chance):
        """The files after a cut here."""
        files = {name: bytearray(data) for name, data in self.durable.items()}
        luck = chance.choice((0.0, 0.1, 0.5, 0.9, 1.0))
        for operation, name, place, data in self.waiting:
            if operation != WRITE:
                if chance.random() < luck:
                    perform(files, operation, name, place, data)
                continue
            torn = chance.random() < 0.3
            whole = chance.random() < luck
            for start in range(0, len(data), SECTOR):
                if chance.random() < 0.5 if torn else whole:
                    perform(files, WRITE, name, place + start, data[start:start + SECTOR])
        return files


def perform(files, operation, name, place, data):
    """Does one thing to files in memory."""
    if operation == UNLINK:
        files.pop(name, None)
        return
    content = files.setdefault(name, bytearray())
    if operation == TRUNCATE:
        del content[place:]
        content.extend(bytes(place - len(content)))
    else:
        content.extend(bytes(max(0, place - len(content))))
        content[place:place + len(data)] = data


def read_record(path):
    """Everything that was recorded, each with the place in the record where it ends."""
    with open(path, "rb") as record:
        content = record.read()
    at = 0
    while at < len(content):
        operation, name_length, place, length = ENTRY.unpack_from(content, at)
        at += ENTRY.size
        name = content[at:at + name_length].decode()
        at += name_length
        data = content[at:at + length] if operation == WRITE else b""
        at += length
        yield at, operation, name, place, data


class Story:
    """What was asked and answered, and how long the record was by then."""

    def __init__(self, record_path):
        self.record_path = record_path
        self.fleets = []    # (name, limit, begun, answered), newest last
        self.commands = []  # (SID, answered)
        self.arrived = {}   # a Command's SID: place in the record when its webhook came

    def now(self):
        """The place in the record."""
        return os.path.getsize(self.record_path)


class PowerCutTest(DirectoryTestCase):
    """With each durability. Only full durability promises that what was answered stays."""

    def setUp(self):
        super().setUp()
        self.chance = chance_of_run()
        self.account = new_account()
        self.receiver = Receiver(self.note_arrival)
        self.addCleanup(self.receiver.close)
        self.story = None

    def note_arrival(self, handler):
        """A webhook came: notes where the record is before the server can know."""
        with self.receiver.lock:
            for request in self.receiver.requests:
                request.setdefault("place", self.story.now() if self.story else None)
        handler.answer(200)

    def arrivals(self, sid):
        """Where the record was when webhooks of a Command came."""
        with self.receiver.lock:
            return [one["place"] for one in self.receiver.requests
                    if sid in one["body"] and "place" in one]

    # ── the story ──

    def options(self, durability):
        """Alike before and after the cut."""
        return ("--durability", durability, "--workers", "1", "--transition-delay", "1ms")

    def start_recorded(self, durability, record):
        """A server all of whose writes are recorded."""
        return Server(
            *self.options(durability), directory=self.directory, database="test.db",
            environment={"LD_PRELOAD": os.path.join(SHIMS, "record.so"), "FAULT_RECORD": record,
                         "FAULT_DATABASE": os.path.realpath(self.path("test.db"))})

    def tell(self, durability):
        """Runs the story on a server that is recorded; gives it."""
        record = self.path("record")
        open(record, "wb").close()
        story = self.story = Story(record)
        server = self.start_recorded(durability, record)
        try:
            client = server.client(self.account)
            self.prepare(client)
            for number in range(1, WRITES + 1):
                self.write(client, story, number)
            wait_until(lambda: all(self.arrivals(sid) for sid, _ in story.commands),
                       "the webhooks")
            story.arrived = {sid: min(self.arrivals(sid)) for sid, _ in story.commands}
        finally:
            server.kill()
            server.process.stdout.close()
            client.close()
        self.story = None
        return story

    def prepare(self, client):
        """A Fleet with a Sim whose Commands are reported to the receiver."""
        for path, form, status in (
                ("NetworkAccessProfiles", {"UniqueName": "profile"}, 201),
                ("Fleets", {"UniqueName": "fleet", "NetworkAccessProfile": "profile"}, 201),
                ("Sims", {"Iccid": ICCID, "RegistrationCode": CODE}, 201)):
            answer = client.post("/v1/" + path, form)
            self.assertEqual(answer.status, status, answer)
        self.sim = answer.json()["sid"]
        answer = client.post("/v1/Sims/" + self.sim, {"Fleet": "fleet", "Status": "active"})
        self.assertIn(answer.status, (200, 202), answer)
        wait_until(lambda: client.get("/v1/Sims/" + self.sim).json()["status"] == "active",
                   "an active Sim")

    def write(self, client, story, number):
        """One call, and what is to be found of it."""
        begun = story.now()
        kind = self.chance.random()
        if kind < 0.15:
            answer = client.post("/v1/SmsCommands", {
                "Sim": self.sim, "Payload": str(number), "CallbackUrl": self.receiver.url})
            story.commands.append((answer.json().get("sid"), story.now()))
        elif kind < 0.4 and story.fleets:
            name = self.chance.choice(story.fleets)[0]
            answer = client.post("/v1/Fleets/" + name, content(number))
            story.fleets.append((name, number, begun, story.now()))
        else:
            name = f"fleet-{number}"
            answer = client.post("/v1/Fleets", {
                "UniqueName": name, "NetworkAccessProfile": "profile", **content(number)})
            story.fleets.append((name, number, begun, story.now()))
        self.assertIn(answer.status, (200, 201), answer)

    # ── the cuts ──

    def check_cut(self, story, place, files, durability, where):
        """Starts from what a cut left; all must be as the clients know it."""
        folder = self.path("after")
        shutil.rmtree(folder, ignore_errors=True)
        os.mkdir(folder)
        for name, data in files.items():
            with open(os.path.join(folder, name), "wb") as file:
                file.write(data)
        wanted = {sid: len(self.arrivals(sid)) for sid, answered in story.commands
                  if answered <= place < story.arrived[sid] and durability == "full"}
        server = Server(*self.options(durability), directory=folder, database="test.db")
        try:
            client = server.client(self.account)
            self.check_fleets(story, place, client, durability, where)
            # Of a Command that was answered, the webhook came before the cut, or comes after it.
            wait_until(lambda: all(len(self.arrivals(sid)) > count
                                   for sid, count in wanted.items()), f"{where}: webhooks")
            again = client.post("/v1/NetworkAccessProfiles", "UniqueName=after")
            self.assertEqual(again.status, 201, f"{where}: {again}; {server.log()}")
        finally:
            server.stop()
        database = sqlite3.connect(os.path.join(folder, "test.db"))
        try:
            self.assertEqual(database.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
            self.assertEqual(database.execute("PRAGMA foreign_key_check").fetchall(), [])
        finally:
            database.close()

    def check_fleets(self, story, place, client, durability, where):
        """Each is as it was answered last, or as what was being asked would have it."""
        page = client.get("/v1/Fleets?PageSize=1000").json()["fleets"]
        fleets = {fleet["unique_name"]: fleet for fleet in page}
        for name in {one[0] for one in story.fleets}:
            writes = [one for one in story.fleets if one[0] == name and one[2] <= place]
            answered = [one[1] for one in writes if one[3] <= place]
            allowed = {one[1] for one in writes if durability != "full" or not answered or
                       one[1] >= answered[-1]}
            if durability != "full" or not answered:
                allowed.add(None)
            fleet = fleets.get(name)
            number = fleet and fleet["data_limit"]
            self.assertIn(number, allowed, f"{where}: {name}: {fleet}")
            if fleet is not None:
                self.assertEqual(fleet["sms_commands_url"], f"http://sms/{number}", where)
                self.assertEqual(fleet["ip_commands_url"], f"http://ip/{number}", where)

    def run_cuts(self, durability, cuts, until=None):
        """A story and some of its cuts. Gives how many."""
        story = self.tell(durability)
        entries = list(read_record(story.record_path))
        moments = sorted(self.chance.choices(range(len(entries)), k=cuts))
        seeds = [self.chance.random() for _ in moments]
        disk, done = Disk(), 0
        for number, (place, *entry) in enumerate(entries):
            while moments and moments[0] == number:
                moments.pop(0)
                seed = seeds.pop()
                where = f"cut before entry {number} of {len(entries)}, {seed}"
                with self.subTest(where):
                    self.check_cut(story, entries[number - 1][0] if number else 0,
                                   disk.cut(random.Random(seed)), durability, where)
                done += 1
                if until is not None and time.monotonic() > until:
                    return done
            disk.apply(*entry)
        return done

    def run_stories(self, durability):
        """One story, or as many as there is time for."""
        done, until = 0, None
        if faults.TORTURE_SECONDS:
            until = time.monotonic() + faults.TORTURE_SECONDS
        while True:
            for name in os.listdir(self.directory):
                if name.startswith("test.db"):
                    os.remove(self.path(name))
            done += self.run_cuts(durability, CUTS if until is None else 10 * CUTS, until)
            if until is None or time.monotonic() > until:
                break
        print(f"{self.id()}: {done} power cuts", file=sys.stderr)

    def test_full_durability(self):
        self.run_stories("full")

    def test_normal_durability(self):
        self.run_stories("normal")

    def test_the_first_write_waits_for_the_file(self):
        for durability in ("full", "normal"):
            with self.subTest(durability):
                record = self.path(f"record-{durability}")
                server = self.start_recorded(durability, record)
                client = server.client(self.account)
                answer = client.post("/v1/NetworkAccessProfiles", {"UniqueName": "profile"})
                client.close()
                self.assertEqual(answer.status, 201, answer)
                server.kill()
                server.process.stdout.close()
                done = [(operation, name) for _, operation, name, _, _ in read_record(record)]
                for name in ("test.db", "test.db-wal"):
                    os.remove(self.path(name))
                logged = done.index((WRITE, "test.db-wal"))
                self.assertIn((WRITE, "test.db"), done[:logged])
                self.assertEqual(done[logged - 1], (FLUSH, "test.db"))
                self.assertNotIn((WRITE, "test.db"), done[logged:])

    def test_while_the_database_is_made(self):
        """The first start: every moment of it."""
        record = self.path("record")
        server = self.start_recorded("full", record)
        server.kill()
        server.process.stdout.close()
        story = Story(record)
        entries = list(read_record(record))
        flushes = [name for _, operation, name, _, _ in entries if operation == FLUSH]
        self.assertEqual(flushes, [])
        cuts = 10 * len(entries) if faults.TORTURE_SECONDS else CUTS_OF_THE_START
        until = time.monotonic() + (faults.TORTURE_SECONDS or 3600)
        moments = sorted(self.chance.choices(range(len(entries) + 1), k=cuts))
        disk, done = Disk(), 0
        for number, entry in enumerate([*entries, None]):
            for _ in range(moments.count(number)):
                if time.monotonic() > until:
                    break
                seed = self.chance.random()
                where = f"cut before entry {number} of {len(entries)}, {seed}"
                with self.subTest(where):
                    self.check_cut(story, 0, disk.cut(random.Random(seed)), "full", where)
                done += 1
            if entry is not None:
                disk.apply(*entry[1:])
        print(f"{self.id()}: {done} power cuts", file=sys.stderr)


def content(number):
    """Parameters that all carry the write's number: a half-written one would disagree."""
    return {"DataLimit": str(number), "SmsCommandsUrl": f"http://sms/{number}",
            "IpCommandsUrl": f"http://ip/{number}"}


if __name__ == "__main__":
    unittest.main()
