# SPDX-License-Identifier: MIT
"""States that are loaded in pieces: others write meanwhile, and yet nobody ever sees a half of one."""
import json
import select
import unittest

import draft_case
from draft_case import ANSWERS, DraftTestCase, fleet_sid
from http_client import new_account
from server import scaled, wait_until

PIECE = 200  # records
RECORDS = scaled(8000, 3000)
KEY = "SK" + "b" * 32


def state(name, count=RECORDS, **more):
    """A state of many Fleets."""
    return draft_case.state(name, count, **more)


class ImportTest(DraftTestCase):
    """One account."""

    def test_others_write(self):
        answer, beside = self.write_beside(self.begin_import(state("new")))
        self.assertEqual((answer.status, answer.json()), (200, {"state": "replaced"}))
        self.assertGreater(beside, ANSWERS)
        self.assertEqual(self.names(), ({"new"}, RECORDS))
        self.assert_swept(RECORDS)

    def test_others_write_while_an_account_is_made(self):
        connection = self.begin_import({"seed": state("new")}, self.operator,
                                       method="POST", target="/_emulator/accounts")
        answer, beside = self.write_beside(connection, "POST")
        made = self.ok(answer, 201)
        self.assertGreater(beside, ANSWERS)
        client = self.server.client(made["sid"], made["auth_token"])
        self.assertEqual(self.names(client), ({"new"}, RECORDS))

    def test_others_write_while_accounts_are_reset(self):
        """To what the seed gives two of them."""
        self.server.stop()
        accounts = [state(name)["accounts"][0] for name in ("one", "two")]
        with open(self.path("seed.json"), "w", encoding="ascii") as file:
            json.dump({"accounts": accounts}, file)
        self.begin("--seed", "seed.json")
        self.other = self.server.client(self.other.user)
        clients = [self.server.client(one["sid"]) for one in accounts]
        for client in clients:
            self.ok(client.post("/v1/Fleets/" + fleet_sid(0), {"DataLimit": 77}))
            self.ok(client.post("/v1/Fleets/" + fleet_sid(0), {"UniqueName": "changed"}))
        operator = self.server.client()
        operator.authorization = ""
        connection = self.begin_import(
            {}, operator, method="POST", target="/_emulator/reset?all=true")
        answer, beside = self.write_beside(connection, "POST")
        self.assertEqual(self.ok(answer)["removed"]["fleets"], 2 * RECORDS)
        self.assertGreater(beside, ANSWERS)
        for client, name in zip(clients, ("one", "two")):
            self.assertEqual(self.names(client), ({name}, RECORDS))
            answer = self.control("POST", "reset", {}, client=client)
            self.assertEqual(answer["removed"]["fleets"], RECORDS)

    def test_nobody_sees_a_half(self):
        """What is written meanwhile goes with the rest of what was there."""
        self.control("PUT", "state", state("old", 1))
        reader = self.server.client(self.account)
        connection = self.begin_import(state("new"))
        self.ok(self.client.post("/v1/Fleets/" + fleet_sid(0), {"UniqueName": "old-written"}))
        old = 0
        while not select.select([connection.socket], [], [], 0)[0]:
            found, count = self.names(reader)
            self.assertIn((found, count), (({"old"}, 1), ({"new"}, RECORDS)))
            old += found == {"old"}
        self.assertGreater(old, ANSWERS)
        self.ok(connection.read_response("PUT"))
        self.assertEqual(self.names(), ({"new"}, RECORDS))
        self.assert_swept(RECORDS)

    def test_what_is_refused_late_changes_nothing(self):
        """The last of its records refers to nothing, which is found when it is made."""
        self.control("PUT", "state", state("old", 1))
        new = state("new")
        new["accounts"][0]["fleets"][-1]["network_access_profile_sid"] = "nothing"
        answer = self.begin_import(new).read_response("PUT")
        self.assertIn(f"fleets[{RECORDS - 1}]", self.refused(answer, 400)["hint"])
        self.assertEqual(self.names(), ({"old"}, 1))
        self.assert_swept(1)

    def test_two_at_once(self):
        """The one whose last piece comes last."""
        connections = [self.send(state(name)) for name in ("one", "two")]
        for connection in connections:
            self.ok(connection.read_response("PUT"))
        self.assertIn(self.names(), (({"one"}, RECORDS), ({"two"}, RECORDS)))
        self.assert_swept(RECORDS)

    def incarnation(self):
        """What tells work that is under way whether the account is the one that it is about."""
        return self.rows(f"SELECT life FROM accounts WHERE sid = '{self.account}'")

    def test_reset_meanwhile(self):
        """Its namespaces are not those of what is loaded. They come again: as another's."""
        self.control("PUT", "state", state("old", 1))
        def reset_in_time():
            before = self.incarnation()
            connection = self.begin_import(state("new"))
            for _ in range(3):
                self.control("POST", "reset", {"to": "empty"})
                self.make_profile("meanwhile")
            in_time = self.incarnation() == before
            self.ok(connection.read_response("PUT"))
            if in_time:
                self.assertNotEqual(self.incarnation(), before)
                self.assertEqual(self.names(), ({"new"}, RECORDS))
            return in_time
        wait_until(reset_in_time, "three resets while a state is loaded")
        self.assert_swept(RECORDS)

    def made_account(self):
        """A client of an account that a call makes."""
        made = self.control("POST", "accounts", {}, 201, client=self.operator)
        return self.server.client(made["sid"], made["auth_token"])

    def check_stays_another(self, sid, connection):
        """Makes an account of that SID, which the state that comes must leave as it is."""
        self.control("POST", "accounts", {"sid": sid, "auth_token": "another"}, 201,
                     client=self.operator)
        self.refused(connection.read_response("PUT"), 401)
        self.assertEqual(self.names(self.server.client(sid, "another")), (set(), 0))
        self.assert_swept(0)

    def test_an_account_that_was_deleted_does_not_come_back(self):
        client = self.made_account()
        connection = self.begin_import(state("new"), client)
        self.control("DELETE", "accounts/" + client.user, status=204, client=self.operator)
        self.refused(connection.read_response("PUT"), 401)
        self.assertEqual(client.get("/v1/Fleets").status, 401)
        self.assert_swept(0)

    def test_nor_is_one_overwritten_that_was_made_anew(self):
        client = self.made_account()
        connection = self.begin_import(state("new"), client)
        self.control("DELETE", "accounts/" + client.user, status=204, client=self.operator)
        self.check_stays_another(client.user, connection)

    def test_nor_one_that_was_made_since(self):
        """Nobody had used it when the state began to come."""
        client = self.server.client(new_account())
        connection = self.begin_import(state("new"), client)
        self.check_stays_another(client.user, connection)

    def test_nor_one_whose_token_is_another_since(self):
        client = self.server.client(new_account())
        connection = self.begin_import(state("new"), client)
        their = state("their", 1, auth_token="another")
        self.control("PUT", "state", their, client=self.server.client(client.user))
        self.refused(connection.read_response("PUT"), 401)
        self.assertEqual(self.names(self.server.client(client.user, "another")), ({"their"}, 1))
        self.assert_swept(1)

    def test_by_an_api_key(self):
        """One that the account has, and one that the command line gave."""
        keys = [{"sid": KEY, "secret": "their"}]
        self.control("PUT", "state", state("old", 1, api_keys=keys))
        client = self.server.client(KEY, "their")
        self.ok(self.begin_import(state("new", api_keys=keys), client).read_response("PUT"))
        self.assertEqual(self.names(client), ({"new"}, RECORDS))
        self.server.stop()
        self.begin("--api-key", f"{KEY}:given:{self.account}")
        self.other = self.server.client(self.other.user)
        client = self.server.client(KEY, "given")
        self.ok(self.begin_import(state("newer"), client).read_response("PUT"))
        self.assertEqual(self.names(client), ({"newer"}, RECORDS))

    def test_by_an_api_key_of_an_account_that_was_deleted(self):
        owner = self.made_account()
        self.control("PUT", "state", state("old", 1, api_keys=[{"sid": KEY, "secret": "their"}]),
                     client=owner)
        connection = self.begin_import(state("new"), self.server.client(KEY, "their"))
        self.control("DELETE", "accounts/" + owner.user, status=204, client=self.operator)
        self.check_stays_another(owner.user, connection)

    def test_one_that_was_used_first_meanwhile(self):
        client = self.server.client(new_account())
        connection = self.begin_import(state("new"), client)
        self.make_profile("meanwhile", client=self.server.client(client.user))
        self.ok(connection.read_response("PUT"))
        self.assertEqual(self.names(client), ({"new"}, RECORDS))
        self.assert_swept(RECORDS)

    def test_the_operator_brings_one_back(self):
        client = self.made_account()
        connection = self.begin_import(
            state("new"), self.operator, target="/_emulator/state?account=" + client.user)
        self.control("DELETE", "accounts/" + client.user, status=204, client=self.operator)
        self.ok(connection.read_response("PUT"))
        self.assertEqual(self.names(self.server.client(client.user)), ({"new"}, RECORDS))

    def test_a_key_that_another_takes_meanwhile(self):
        key = {"sid": "SK" + "1" * 32, "secret": "secret"}
        connection = self.begin_import(state("new", api_keys=[key]))
        self.control("PUT", "state", state("their", 1, api_keys=[key]), client=self.other)
        self.refused(connection.read_response("PUT"), 409, "api_keys")
        self.assertEqual(self.names(), (set(), 0))
        self.assertEqual(self.server.client(key["sid"], key["secret"]).get("/v1/Fleets").json()
                         ["fleets"][0]["account_sid"], self.other.user)
        self.assert_swept(1)

    def test_an_account_that_is_made_by_another_meanwhile(self):
        sid = new_account()
        connection = self.begin_import({"sid": sid, "seed": state("new")}, self.operator,
                                       method="POST", target="/_emulator/accounts")
        self.control("POST", "accounts", {"sid": sid, "auth_token": "another"}, 201,
                     client=self.operator)
        self.refused(connection.read_response("POST"), 409)
        self.assertEqual(self.names(self.server.client(sid, "another")), (set(), 0))
        self.assert_swept(0)

    def test_nothing_of_it_happens_before_it_is_there(self):
        """Sims that change their status a moment after they are loaded, at the beginning of what is."""
        sims = [{"sid": f"HS{number:032x}", "iccid": str(89883070000000000000 + number),
                 "registration_code": "H3LL0W0RLD", "status": "scheduled", "status_before": "new",
                 "pending_status": "active", "fleet_sid": fleet_sid(0)} for number in range(PIECE)]
        usage = [{"sim_sid": sims[0]["sid"], "fleet_sid": fleet_sid(0), "hour": "2026-01-01T00:00:00Z",
                  "network_sid": None, "data_upload": 1, "data_download": 2}] * RECORDS
        self.server.stop()
        self.begin("--transition-delay", "1ms")
        self.client = self.server.client(self.account)
        connection = self.begin_import(state("new", 1, sims=sims, usage=usage))
        due = "SELECT count(*) FROM due_work WHERE wake_at_ms IS NULL"
        wait_until(lambda: self.rows(due) == PIECE, "what is due is written")
        while not select.select([connection.socket], [], [], 0)[0]:
            self.assertIn(self.rows(due), (PIECE, 0))
        self.ok(connection.read_response("PUT"))
        wait_until(lambda: self.rows("SELECT count(*) FROM due_work") == 0, "what was due")
        listed = self.ok(self.client.get("/v1/Sims?PageSize=1000"))["sims"]
        self.assertEqual([sim["status"] for sim in listed], PIECE * ["active"])
        exported = self.control("GET", "state")["accounts"][0]["usage"]
        self.assertEqual([(hour["data_upload"], hour["data_download"]) for hour in exported],
                         [(RECORDS, 2 * RECORDS)])


if __name__ == "__main__":
    unittest.main()
