# SPDX-License-Identifier: MIT
"""What is made in pieces in a draft: a server over a database that can be looked into."""
import contextlib
import json
import select
import sqlite3

from device_case import DeviceTestCase
from http_client import Connection, new_account
from server import DirectoryTestCase, wait_until

ANSWERS = 5  # what is written at once lets nobody write from its first row to its answer
PROFILE = "HA" + "0" * 32


def fleet_sid(number):
    """Of the Fleets of a state."""
    return f"HF{number:032x}"


def state(name, count, **more):
    """A state of many Fleets, whose names tell it from others."""
    return {"accounts": [{
        "sid": new_account(), "network_access_profiles": [{"sid": PROFILE}],
        "fleets": [{"sid": fleet_sid(number), "unique_name": f"{name}-{number}",
                    "network_access_profile_sid": PROFILE} for number in range(count)], **more}]}


class DraftTestCase(DirectoryTestCase, DeviceTestCase):
    """One account, over a database that can be looked into."""

    @classmethod
    def setUpClass(cls):
        """No server for the class."""

    def setUp(self):
        DirectoryTestCase.setUp(self)
        self.profile = None
        self.begin()
        self.client = self.server.client()
        self.account = self.client.user
        self.other = self.server.client()
        self.operator = self.server.client()
        self.operator.authorization = ""
        self.write()

    def begin(self, *options):
        """The server."""
        self.server = self.start("--workers", "2", *options, database="draft.db")

    def write(self):
        """What another account writes."""
        self.ok(self.other.control("PUT", "sinks/a", {}))

    def rows(self, sql="SELECT count(*) FROM fleets"):
        """The one number that a query over the database gives."""
        with contextlib.closing(sqlite3.connect(self.path("draft.db"))) as database:
            return database.execute(sql).fetchone()[0]

    def send(self, document, client=None, method="PUT", target="/_emulator/state"):
        """Asks for something on a connection of its own."""
        connection = Connection(self.server.address)
        self.addCleanup(connection.close)
        connection.send((client or self.client).build(method, target, json.dumps(document)))
        return connection

    def begin_import(self, document, client=None, **where):
        """The same, of what loads a state: until some of it is written."""
        before = self.rows()
        connection = self.send(document, client, **where)
        wait_until(lambda: self.rows() > before, "a piece of it")
        return connection

    def write_beside(self, connection, method="PUT"):
        """The answer, and how often somebody else wrote before it."""
        count = 0
        while not select.select([connection.socket], [], [], 0)[0]:
            self.write()
            count += 1
        return connection.read_response(method), count

    def names(self, client=None):
        """What distinguishes the account's Fleets: the beginnings of their names, and how many there
        are."""
        exported = self.control("GET", "state", client=client)["accounts"][0]["fleets"]
        return {fleet["unique_name"].split("-")[0] for fleet in exported}, len(exported)

    def assert_swept(self, left):
        """Of what nobody has, nothing stays."""
        self.write()
        wait_until(lambda: self.rows("SELECT count(*) FROM ended_namespaces") == 0, "the sweep")
        self.assertEqual(self.rows(), left)
