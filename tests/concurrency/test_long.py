# SPDX-License-Identifier: MIT
"""What takes long is done aside: the only worker goes on answering others."""
import json
import select
import unittest

from device_case import DeviceTestCase
from http_client import Connection
from server import DirectoryTestCase, Server, scaled, wait_until

RECORDS = scaled(20000, 4000)
# A worker that does it itself answers at most what it has read with the same events.
ANSWERS = 5


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
        connection = Connection(self.server.address)
        self.addCleanup(connection.close)
        connection.send(self.client.build(method, target, body))
        count = 0
        while not select.select([connection.socket], [], [], 0)[0]:
            self.assertEqual(other.get("/livez").status, 200)
            count += 1
        return connection.read_response(method), count

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
