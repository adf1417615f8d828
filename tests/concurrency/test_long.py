# SPDX-License-Identifier: MIT
"""What takes long is done aside, or in pieces: the only worker, and the writer, go on serving others."""
import contextlib
import json
import select
import sqlite3
import unittest

from device_case import DeviceTestCase
from http_client import Connection, new_account
from receiver import unused_port
from server import DirectoryTestCase, Server, scaled, wait_until

RECORDS = scaled(20000, 4000)
# A worker that does it itself answers at most what it has read with the same events.
ANSWERS = 5


def count_beside(case, method, target, body, other, client=None):
    """An answer, and how often `other`, another request, was answered with 200 before it."""
    connection = Connection(case.server.address)
    case.addCleanup(connection.close)
    connection.send((client or case.client).build(method, target, body))
    count = 0
    while not select.select([connection.socket], [], [], 0)[0]:
        case.assertEqual(other().status, 200)
        count += 1
    return connection.read_response(method), count


class LongTest(DeviceTestCase):
    """An account's whole state, as it comes in and goes out."""

    options = ("--workers", "1")

    def state(self):
        """A state with many Fleets."""
        self.fleet()
        state = self.control("GET", "state")
        [account] = state["accounts"]
        [one] = account["fleets"]
        account["fleets"] = [{**one, "sid": f"HF{number:032x}", "unique_name": f"fleet-{number}"}
                             for number in range(RECORDS)]
        return state

    def beside(self, method, target, body=None):
        """An answer, and how many others were given before it."""
        other = self.new_client()
        other.get("/livez")
        return count_beside(self, method, target, body, lambda: other.get("/livez"))

    def test_state_goes_out(self):
        state = self.state()
        self.assertEqual(self.client.control("PUT", "state", state).status, 200)
        answer, beside = self.beside("GET", "/_emulator/state")
        self.assertEqual(len(answer.json()["accounts"][0]["fleets"]), RECORDS)
        self.assertGreater(beside, ANSWERS)

    def test_state_comes_in_and_is_refused(self):
        """The last of its records is found to be wrong."""
        state = self.state()
        state["accounts"][0]["fleets"][-1]["data_limit"] = -1
        answer, beside = self.beside("PUT", "/_emulator/state", json.dumps(state))
        self.assertEqual(answer.status, 400, answer)
        self.assertIn("data_limit", answer.json()["hint"])
        self.assertGreater(beside, ANSWERS)
        self.assertEqual(len(self.list_sids()), 1)

    def test_state_comes_in(self):
        answer, beside = self.beside("PUT", "/_emulator/state", json.dumps(self.state()))
        self.assertEqual((answer.status, answer.json()), (200, {"state": "replaced"}))
        self.assertGreater(beside, ANSWERS)
        self.assertEqual(self.list_sids("?PageSize=1"), [f"HF{RECORDS - 1:032x}"])

    def test_an_advance_that_did_much(self):
        """More than a worker tells of itself."""
        count = 2500
        self.freeze()
        sim = self.active_sim(self.fleet())
        connection = self.client.connect()
        for _ in range(count // 100):
            connection.send(100 * self.client.build(
                "POST", "/v1/SmsCommands", {"Sim": sim["sid"], "Payload": "hi"}))
            for _ in range(100):
                self.assertEqual(connection.read_response("POST").status, 201)
        ran = self.advance("1h")
        self.assertGreaterEqual(len(ran["ran"]), count)
        self.assertEqual({one["kind"] for one in ran["ran"]}, {"sms_command"})


class ReplayTest(DirectoryTestCase):
    """Many deliveries that failed, and are sent again, while the account's clock stands."""

    OPTIONS = ("--workers", "1", "--webhook-retries", "none", "--delivery-history", "100000")
    COPY = """
        INSERT INTO deliveries ({names})
        WITH RECURSIVE numbers (number) AS
            (SELECT 2 UNION ALL SELECT number + 1 FROM numbers WHERE number < {count})
        SELECT {values} FROM numbers, (SELECT * FROM deliveries)"""

    def setUp(self):
        super().setUp()
        self.user = new_account()
        self.begin()
        state = {
            "sid": self.user,
            "clock": {"mode": "frozen", "now": "2026-01-15T12:00:00Z"},
            "network_access_profiles": [{"sid": "HA" + "0" * 32}],
            "fleets": [{"sid": "HF" + "0" * 32, "network_access_profile_sid": "HA" + "0" * 32,
                        "sms_commands_url": f"http://127.0.0.1:{unused_port()}/"}],
            "sims": [{"sid": "HS" + "0" * 32, "iccid": "89883070000000000000", "status": "active",
                      "registration_code": "H3LL0W0RLD", "fleet_sid": "HF" + "0" * 32}],
        }
        self.control("PUT", "state", {"accounts": [state]})
        self.control("POST", f"sims/HS{'0' * 32}/sms-commands", {"payload": "hi"}, 201)
        self.control("POST", "clock/advance", {"by": "1h"})
        self.assertEqual(self.deliveries(), {"pending": 0, "delivered": 0, "failed": 1})
        self.server.stop()
        self.multiply()
        self.begin()

    def begin(self):
        """The server, and its client."""
        self.server = self.start(*self.OPTIONS, database="long.db")
        self.client = self.server.client(self.user)

    def control(self, method, path, body=None, status=200, client=None):
        """The JSON of a call of the control API that must have this status."""
        answer = (client or self.client).control(method, path, body)
        self.assertEqual(answer.status, status, answer)
        return answer.json() if answer.body else None

    def deliveries(self):
        """How many there are in each state."""
        return self.control("GET", "accounts/" + self.user)["deliveries"]

    def multiply(self):
        """Of the one delivery makes many, in the database that nobody uses."""
        with contextlib.closing(sqlite3.connect(self.path("long.db"))) as database, database:
            values = {row[1]: row[1] for row in database.execute("PRAGMA table_info (deliveries)")}
            del values["id"]
            values["sid"] = "printf('WD%032x', number)"
            database.execute(self.COPY.format(
                names=", ".join(values), values=", ".join(values.values()), count=RECORDS))

    def test_all_are_sent_again_and_others_write(self):
        other = self.server.client(new_account())
        self.assertEqual(other.post("/v1/NetworkAccessProfiles", {"UniqueName": "a"}).status, 201)
        answer, beside = count_beside(
            self, "POST", "/_emulator/deliveries/replay", '{"state": "failed"}',
            lambda: other.post("/v1/NetworkAccessProfiles/a", {"UniqueName": "a"}))
        self.assertEqual((answer.status, answer.json()), (202, {"replayed": RECORDS}))
        self.assertGreater(beside, ANSWERS)
        self.assertEqual(self.deliveries(), {"pending": RECORDS, "delivered": 0, "failed": 0})
        self.assertEqual(self.control("POST", "deliveries/replay", {"state": "failed"}, 202),
                         {"replayed": 0})
        self.server.stop()
        with contextlib.closing(sqlite3.connect(self.path("long.db"))) as database:
            planned = database.execute("SELECT subject_sid FROM due_work ORDER BY id").fetchall()
            made = database.execute("SELECT sid FROM deliveries ORDER BY id").fetchall()
        self.assertEqual(planned, made, "the oldest is sent first")

    def test_what_a_kill_leaves_is_sent_by_the_same_call(self):
        connection = Connection(self.server.address)
        self.addCleanup(connection.close)
        connection.send(self.client.build(
            "POST", "/_emulator/deliveries/replay", '{"state": "failed"}'))
        wait_until(lambda: self.deliveries()["pending"] > 0, "a piece of it")
        self.server.kill()
        self.begin()
        left = self.deliveries()
        self.assertEqual((left["pending"] + left["failed"], left["delivered"]), (RECORDS, 0))
        self.assertEqual(self.control("POST", "deliveries/replay", {"state": "failed"}, 202),
                         {"replayed": left["failed"]})
        self.assertEqual(self.deliveries(), {"pending": RECORDS, "delivered": 0, "failed": 0})

    def replay_beside(self, method, path, body, status):
        """Has the account's end come while its deliveries are sent again."""
        connection = Connection(self.server.address)
        self.addCleanup(connection.close)
        other = self.server.client(self.user)
        other.get("/livez")
        connection.send(self.client.build(
            "POST", "/_emulator/deliveries/replay", '{"state": "failed"}'))
        self.control(method, path, body, status, other)
        answer = connection.read_response("POST")
        self.assertEqual(answer.status, 202)
        self.assertLess(answer.json()["replayed"], RECORDS)

    def test_a_reset_ends_it(self):
        self.replay_beside("POST", "reset", {"to": "empty"}, 200)
        self.assertEqual(self.deliveries(), {"pending": 0, "delivered": 0, "failed": 0})

    def test_an_account_that_was_deleted_does_not_come_back(self):
        self.replay_beside("DELETE", "accounts/" + self.user, None, 204)
        self.assertEqual(self.control("GET", "accounts", client=self.server.client(new_account())),
                         {"accounts": []})


class ResetTest(DeviceTestCase):
    """Many accounts that are reset at once."""

    options = ("--workers", "1", "--admin-token", "admin")

    def test_others_write(self):
        operator = self.new_client("", "")
        operator.authorization = "Bearer admin"
        connection = operator.connect()
        for _ in range(RECORDS // 200):
            connection.send(100 * operator.build("POST", "/_emulator/accounts", "{}"))
            for _ in range(100):
                self.assertEqual(connection.read_response("POST").status, 201)
        users = [new_account() for _ in range(3)]
        for user in users:
            self.make_profile(client=self.new_client(user))
        other = self.new_client()
        other.control("PUT", "sinks/a", {})
        answer, beside = count_beside(
            self, "POST", "/_emulator/reset?all=true", '{"to": "empty"}',
            lambda: other.control("PUT", "sinks/a", {}), operator)
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(answer.json()["removed"]["network_access_profiles"], len(users))
        self.assertGreater(beside, ANSWERS)
        for user in users:
            left = self.ok(self.new_client(user).get("/v1/NetworkAccessProfiles"))
            self.assertEqual(left["network_access_profiles"], [])


class StopTest(DirectoryTestCase):
    """A server that stops."""

    def test_what_is_begun_is_finished(self):
        server = Server("--workers", "1", database=self.path("long.db"))
        self.addCleanup(server.stop)
        client = server.client()
        self.addCleanup(client.close)
        profile = {"sid": "HA" + "0" * 32}
        fleets = [{"unique_name": f"fleet-{number}", "network_access_profile_sid": profile["sid"]}
                  for number in range(RECORDS)]
        state = {"accounts": [{"sid": client.user, "network_access_profiles": [profile],
                               "fleets": fleets}]}
        connection = Connection(server.address)
        self.addCleanup(connection.close)
        request = client.build("PUT", "/_emulator/state", json.dumps(state))
        connection.send(request[:-1])
        wait_until(lambda: b'{kind="bodies"} 0' not in client.get("/metrics").body,
                   "the server to take the body")
        connection.send(request[-1:])
        server.stop()
        self.assertEqual(connection.read_response("PUT").status, 200)


if __name__ == "__main__":
    unittest.main()
