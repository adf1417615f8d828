# SPDX-License-Identifier: MIT
"""Copies of accounts that are made in pieces: others write meanwhile, to what is copied, too."""
import select
import unittest

from draft_case import ANSWERS, DraftTestCase, fleet_sid, state
from server import scaled, wait_until

RECORDS = scaled(20000, 8000)


class ForkTest(DraftTestCase):
    """An account with many Fleets."""

    def setUp(self):
        super().setUp()
        self.load()

    def load(self):
        """Gives the account its Fleets: nobody has any others."""
        self.control("PUT", "state", state("old", RECORDS))
        self.assert_swept(RECORDS)

    def begin_fork(self, client=None):
        """Asks for a copy: until some of it is written, or all."""
        return self.begin_import(
            {}, client, method="POST", target=f"/_emulator/accounts/{self.account}/fork")

    def made(self, answer):
        """A client of the copy."""
        made = self.ok(answer, 201)
        return self.server.client(made["sid"], made["auth_token"])

    def copies(self):
        """How many accounts there are beside those of the test."""
        return self.rows("SELECT count(*) FROM accounts WHERE ended = 0"
                         f" AND sid NOT IN ('{self.account}', '{self.other.user}')")

    def drop(self, *sids):
        """Deletes accounts, where they are there."""
        for sid in sids:
            self.operator.control("DELETE", "accounts/" + sid)

    def act_meanwhile(self, act, is_noticed, client=None):
        """Does something to the source of a copy under way. `is_noticed` takes the answer, and a
        client of the copy that it is of, if any: was the answer given after what was done? Where it
        was not, and the copy may have been through before, again."""
        def acted_in_time():
            connection = self.begin_fork(client)
            act()
            may_be_late = self.copies() > 0
            answer = connection.read_response("POST")
            connection.close()
            copy = self.made(answer) if answer.status == 201 else None
            if is_noticed(answer, copy):
                return True
            self.assertTrue(may_be_late and copy, f"not noticed: {answer}")
            self.assertEqual(self.names(copy), ({"old"}, RECORDS))
            copy.close()
            self.drop(copy.user, self.account)
            self.load()
            return False
        wait_until(acted_in_time, "what is done while an account is copied")

    def fleets(self, client):
        """All that is known of the account's Fleets, but when they were changed."""
        [account] = self.control("GET", "state", client=client)["accounts"]
        return account["fleets"]

    def test_others_write(self):
        connection = self.begin_fork()
        answer, beside = self.write_beside(connection, "POST")
        copy = self.made(answer)
        self.assertGreater(beside, ANSWERS)
        self.assertEqual(self.fleets(copy), self.fleets(self.client))
        self.assert_swept(2 * RECORDS)

    def write_ends(self, connection):
        """Writes the first and the last Fleet in turns, until there is a copy: gives the numbers
        that it has of them, and the one before the first write."""
        ends = [f"/v1/Fleets/{fleet_sid(number)}" for number in (0, RECORDS - 1)]
        before = count = self.ok(self.client.get(ends[0]))["data_limit"]
        def written_until_it_is_there():
            nonlocal count
            if select.select([connection.socket], [], [], 0)[0]:
                return True
            count += 1
            for target in ends:
                self.ok(self.client.post(target, {"DataLimit": count}))
            return False
        wait_until(written_until_it_is_there, "the copy")
        copy = self.made(connection.read_response("POST"))
        self.assertEqual(len(self.fleets(copy)), RECORDS)
        first, last = [self.ok(copy.get(target))["data_limit"] for target in ends]
        connection.close()
        copy.close()
        self.drop(copy.user)
        self.assert_swept(RECORDS)
        return first, last, before

    def test_a_write_to_the_source_is_in_it_or_not(self):
        """The copy is of one moment: after some write, unless it was through before the first."""
        def written_in_time():
            first, last, before = self.write_ends(self.begin_fork())
            self.assertIn(first - last, (0, 1))
            return first > before
        wait_until(written_in_time, "a copy that is begun anew")

    def test_one_write_to_the_source(self):
        def write():
            self.ok(self.client.post("/v1/Fleets/" + fleet_sid(0), {"UniqueName": "written"}))
        def is_in_it(answer, copy):
            self.assertEqual(answer.status, 201, answer)
            found = copy.get("/v1/Fleets/written")
            if found.status == 404:
                return False
            self.assertEqual(self.ok(found)["sid"], fleet_sid(0))
            self.assertEqual(self.fleets(copy), self.fleets(self.client))
            return True
        self.act_meanwhile(write, is_in_it)
        self.assert_swept(2 * RECORDS)

    def test_a_reset_of_the_source(self):
        def is_empty(answer, copy):
            self.assertEqual(answer.status, 201, answer)
            return self.names(copy) == (set(), 0)
        self.act_meanwhile(lambda: self.control("POST", "reset", {"to": "empty"}), is_empty)
        self.assert_swept(0)

    def test_the_end_of_the_source(self):
        def end():
            self.control("DELETE", "accounts/" + self.account, status=204, client=self.operator)
        for client in (self.client, self.operator):
            self.act_meanwhile(end, lambda answer, copy: answer.status in (401, 404), client)
            self.assert_swept(0)
            self.load()

    def test_a_source_that_is_anothers_by_then(self):
        their = self.server.client(self.account)
        def take():
            self.control("PUT", "state", state("their", 1, auth_token="another"), client=their)
        def is_refused(answer, copy):
            if copy is None:
                self.refused(answer, 401)
            return copy is None
        self.act_meanwhile(take, is_refused)
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
