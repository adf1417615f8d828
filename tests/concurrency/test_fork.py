# SPDX-License-Identifier: MIT
"""Copies of accounts that are made in pieces: others write meanwhile, to what is copied, too."""
import select
import unittest

from draft_case import ANSWERS, DraftTestCase, fleet_sid, state
from http_client import Connection
from server import scaled, wait_until

RECORDS = scaled(20000, 8000)


class ForkTest(DraftTestCase):
    """An account with many Fleets."""

    def setUp(self):
        super().setUp()
        self.control("PUT", "state", state("old", RECORDS))
        self.assert_swept(RECORDS)

    def begin_fork(self, client=None, body="{}"):
        """Asks for a copy: until some of it is written."""
        connection = Connection(self.server.address)
        self.addCleanup(connection.close)
        connection.send((client or self.client).build(
            "POST", f"/_emulator/accounts/{self.account}/fork", body))
        wait_until(lambda: self.rows("SELECT count(*) FROM ended_namespaces") > 0, "a piece of it")
        return connection

    def made(self, connection):
        """A client of the copy."""
        made = self.ok(connection.read_response("POST"), 201)
        return self.server.client(made["sid"], made["auth_token"])

    def fleets(self, client):
        """All that is known of the account's Fleets, but when they were changed."""
        [account] = self.control("GET", "state", client=client)["accounts"]
        return account["fleets"]

    def test_others_write(self):
        connection = self.begin_fork()
        answer, beside = self.write_beside(connection, "POST")
        made = self.ok(answer, 201)
        self.assertGreater(beside, ANSWERS)
        copy = self.server.client(made["sid"], made["auth_token"])
        self.assertEqual(self.fleets(copy), self.fleets(self.client))
        self.assert_swept(2 * RECORDS)

    def test_a_write_to_the_source_is_in_it_or_not(self):
        """The first and the last of the Fleets are written in turns: the copy is of one moment."""
        connection = self.begin_fork()
        ends = [fleet_sid(0), fleet_sid(RECORDS - 1)]
        count = 0
        while not select.select([connection.socket], [], [], 0)[0]:
            count += 1
            for sid in ends:
                self.ok(self.client.post("/v1/Fleets/" + sid, {"DataLimit": count}))
        copy = self.made(connection)
        first, last = [self.ok(copy.get("/v1/Fleets/" + sid))["data_limit"] for sid in ends]
        self.assertIn(first - last, (0, 1))
        self.assertGreater(first, 0, "it was begun anew")
        self.assertEqual(len(self.fleets(copy)), RECORDS)
        self.assert_swept(2 * RECORDS)

    def test_one_write_to_the_source(self):
        connection = self.begin_fork()
        self.ok(self.client.post("/v1/Fleets/" + fleet_sid(0), {"UniqueName": "written"}))
        copy = self.made(connection)
        self.assertEqual(self.fleets(copy), self.fleets(self.client))
        self.assertEqual(self.ok(copy.get("/v1/Fleets/written"))["sid"], fleet_sid(0))
        self.assert_swept(2 * RECORDS)

    def test_a_reset_of_the_source(self):
        connection = self.begin_fork()
        self.control("POST", "reset", {"to": "empty"})
        self.assertEqual(self.names(self.made(connection)), (set(), 0))
        self.assert_swept(0)

    def test_the_end_of_the_source(self):
        for client in (self.client, self.operator):
            connection = self.begin_fork(client)
            self.control("DELETE", "accounts/" + self.account, status=204, client=self.operator)
            self.assertIn(connection.read_response("POST").status, (401, 404))
            self.assert_swept(0)
            self.control("PUT", "state", state("old", RECORDS))

    def test_a_source_that_is_anothers_by_then(self):
        connection = self.begin_fork()
        self.control("PUT", "state", state("their", 1, auth_token="another"),
                     client=self.server.client(self.account))
        self.refused(connection.read_response("POST"), 401)
        self.assert_swept(1)

    def test_all_kinds_in_many_pieces(self):
        """Sims and their usage, Networks, and what is due."""
        network = self.ok(self.client.get("/v1/Networks"))["networks"][0]["sid"]
        count = 1500
        sims = [{"sid": f"HS{number:032x}", "iccid": str(89883070000000000000 + number),
                 "registration_code": "H3LL0W0RLD", "status": "scheduled", "status_before": "new",
                 "pending_status": "active", "fleet_sid": fleet_sid(number % 3)}
                for number in range(count)]
        usage = [{"sim_sid": sim["sid"], "fleet_sid": sim["fleet_sid"],
                  "hour": f"2026-01-01T{hour:02}:00:00Z", "network_sid": None,
                  "data_upload": number, "data_download": hour}
                 for number, sim in enumerate(sims[::2]) for hour in range(3)]
        document = state("new", 3, sims=sims, usage=usage,
                         clock={"mode": "frozen", "now": "2026-02-01T00:00:00Z"})
        [account] = document["accounts"]
        account["network_access_profiles"] = [
            {"sid": f"HA{number:032x}", "networks": [network]} for number in range(1200)]
        self.control("PUT", "state", document)
        made = self.control("POST", f"accounts/{self.account}/fork", {}, 201)
        copy = self.server.client(made["sid"], made["auth_token"])
        exported = [self.control("GET", "state", client=client)["accounts"][0]
                    for client in (self.client, copy)]
        for one in exported:
            one.pop("sid")
            one.pop("auth_token", None)
        self.assertEqual(len(exported[0]["usage"]), len(usage))
        self.assertEqual(*exported)
        per_hour = "/v1/UsageRecords?Granularity=hour&StartTime=2026-01-01T00:00:00Z" \
                   "&EndTime=2026-01-02T00:00:00Z"
        records = [[{**one, "account_sid": None} for one in
                    self.ok(client.get(per_hour))["usage_records"]] for client in (self.client, copy)]
        self.assertEqual(len(records[0]), 3)
        self.assertEqual(*records)
        ran = [self.control("POST", "clock/advance", {"by": "1h"}, client=client)["ran"]
               for client in (self.client, copy)]
        self.assertEqual(len(ran[0]), count)
        self.assertEqual(*ran)


if __name__ == "__main__":
    unittest.main()
