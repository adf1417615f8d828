# SPDX-License-Identifier: MIT
"""Accounts over their lives: deleting, using again, credentials of the command line, API keys."""
import contextlib
import json
import os
import sqlite3
import time
import unittest

from twilio.request_validator import RequestValidator
from device_case import DeviceTestCase
from receiver import Receiver
from server import DirectoryTestCase, wait_until

OWN = "AC" + "a" * 32
KEY = "SK" + "b" * 32


class AccountTestCase(DirectoryTestCase, DeviceTestCase):
    """Each test starts its own server."""

    @classmethod
    def setUpClass(cls):
        """No server for the class."""

    def setUp(self):
        DirectoryTestCase.setUp(self)
        self.profile = None

    def begin(self, *options, **settings):
        """A server and a client of a fresh account."""
        self.server = self.start(*options, **settings)
        self.client = self.server.client()
        self.account = self.client.user
        self.operator = self.server.client()
        self.operator.authorization = ""

    def profiles(self, client=None):
        """The names of the profiles that an account sees."""
        listed = self.ok((client or self.client).get("/v1/NetworkAccessProfiles"))
        return sorted(one["unique_name"] for one in listed["network_access_profiles"])


class DeletedTest(AccountTestCase):
    """What becomes of an account's SID."""

    def rows(self, sql):
        """The one number that a query over the database gives."""
        database = sqlite3.connect(self.path("t.db"))
        try:
            return database.execute(sql).fetchone()[0]
        finally:
            database.close()

    def assert_works(self, name):
        """What is written is read."""
        self.make_profile(name)
        self.assertEqual(self.profiles(), [name])

    def delete(self):
        """Ends the account."""
        self.ok(self.client.control("DELETE", "accounts/" + self.account), 204)
        self.assertEqual(self.profiles(), [])

    def execute(self, sql):
        """Runs a statement in the server's database."""
        database = sqlite3.connect(self.path("t.db"), timeout=30)
        try:
            with database:
                database.execute(sql)
        finally:
            database.close()

    def listed(self):
        """The account as the operator sees it, or None."""
        accounts = self.control("GET", "accounts", client=self.operator)["accounts"]
        return next((one for one in accounts if one["sid"] == self.account), None)

    def idle(self):
        """Ends an account by its time to live: another one, which takes this one's place."""
        made = self.control("POST", "accounts", {"ttl_s": 1}, 201, client=self.operator)
        self.client = self.server.client(made["sid"], made["auth_token"])
        self.account = made["sid"]
        self.make_profile("before")
        wait_until(lambda: self.listed() is None, "the account's end")

    def put_state(self, state):
        """The operator puts a state into the account; gives the names of its profiles."""
        self.control("PUT", "state?account=" + self.account, state, client=self.operator)
        return ["before"]

    def reset(self, _):
        """The operator resets the account."""
        self.control("POST", "reset?account=" + self.account, {"to": "empty"}, client=self.operator)
        return []

    def test_is_used_again_when_swept(self):
        self.begin(database=self.path("t.db"))
        for number in range(3):
            self.assert_works(f"p{number}")
            self.delete()
            wait_until(lambda: self.rows("SELECT count(*) FROM accounts") == 0, "the row to go")
        self.assert_works("last")
        self.control("POST", "reset", {"to": "empty"})
        self.assert_works("after a reset")

    def test_is_used_again_at_once(self):
        self.begin(database=self.path("t.db"))
        for number in range(10):
            self.assert_works(f"p{number}")
            self.delete()
        self.assert_works("last")

    def test_keeps_its_row_until_all_is_swept(self):
        """A namespace that waits for the sweep must not become the account's own again."""
        self.begin(database=self.path("t.db"))
        for number in range(12):
            for _ in range(20):
                self.register()
            self.make_profile(f"p{number}")
            self.control("POST", "reset", {"to": "empty"})
        self.delete()
        self.assert_works("new")
        for _ in range(3):
            self.control("POST", "reset", {"to": "empty"})
            self.assert_works("newer")
        wait_until(lambda: self.rows("SELECT count(*) FROM ended_namespaces") == 0, "the sweep")
        self.assertEqual(self.profiles(), ["newer"])
        self.assertEqual(self.rows("SELECT count(*) FROM network_access_profiles"), 1)

    def test_is_brought_back_before_it_is_swept(self):
        """By what is put into it, or a reset: the sweep leaves that alone."""
        self.begin(database=self.path("t.db"))
        for end in (self.delete, self.idle):
            for bring_back in (self.put_state, self.reset):
                with self.subTest(end=end.__name__, by=bring_back.__name__):
                    self.client = self.new_client()
                    self.account = self.client.user
                    self.make_profile("before")
                    self.execute("CREATE TRIGGER unswept BEFORE DELETE ON network_access_profiles"
                                 " BEGIN SELECT RAISE(ABORT, 'not yet'); END")
                    state = self.control("GET", "state")
                    end()
                    names = bring_back(state)
                    created = self.listed()["date_created"]
                    self.execute("DROP TRIGGER unswept")
                    wait_until(lambda: self.rows("SELECT count(*) FROM ended_namespaces") == 0,
                               "the sweep")
                    self.assertEqual(self.profiles(), names)
                    self.assertEqual(self.listed()["date_created"], created)

    def test_by_its_time_to_live(self):
        self.begin(database=self.path("t.db"))
        made = self.control("POST", "accounts", {"ttl_s": 1}, 201, client=self.operator)
        self.client = self.server.client(made["sid"], made["auth_token"])
        self.assert_works("first")
        wait_until(lambda: self.rows("SELECT count(*) FROM accounts") == 0, "the account's end")
        self.assertEqual(self.client.get("/v1/Fleets").status, 401)
        again = self.control("POST", "accounts", {"sid": made["sid"]}, 201, client=self.operator)
        self.client = self.server.client(again["sid"], again["auth_token"])
        self.assert_works("second")


class EndedTest(AccountTestCase):
    """An account that a call made, and that has ended, is refused until it is made again."""

    def begin_made(self, how="POST", **body):
        """A server, and an account that a call made in it."""
        self.begin(database=self.path("t.db"))
        path = "accounts" if how == "POST" else f"accounts/{self.account}/fork"
        self.make_profile("p")
        made = self.control("POST", path, body, 201, client=self.operator)
        self.client = self.server.client(made["sid"], made["auth_token"])
        self.account = made["sid"]
        self.make_profile("mine")

    def end(self, by="delete"):
        """Deletes the account, or waits for its end."""
        if by == "delete":
            self.ok(self.operator.control("DELETE", "accounts/" + self.account), 204)
        wait_until(lambda: self.account not in [one["sid"] for one in self.control(
            "GET", "accounts", client=self.operator)["accounts"]], "the account's end")

    def begin_again(self, *options):
        """Another start over the same database."""
        self.server.stop()
        user, authorization = self.client.user, self.client.authorization
        self.server = self.start(*options, database=self.path("t.db"))
        self.client = self.server.client(user)
        self.client.authorization = authorization
        self.operator = self.server.client("nobody")
        self.operator.authorization = ""

    def assert_ended(self):
        """Whoever calls for it, by whatever verb, is told that it has ended."""
        for answer in (self.client.get("/v1/Fleets"), self.client.get("/v1/Nothing"),
                       self.client.post("/v1/NetworkAccessProfiles", {"UniqueName": "late"}),
                       self.server.client(self.account).get("/v1/Sims")):
            self.assert_error(answer, 401)
            self.assertIn("has ended", answer.header("Emulator-Hint"))
        for method, path in (("GET", "clock"), ("POST", "reset"), ("GET", "state"), ("GET", "accounts"),
                             ("DELETE", "accounts/" + self.account)):
            self.assertIn("has ended", self.refused(self.client.control(method, path), 401)["hint"])
        for method, path, body in (("GET", "clock", None), ("PUT", "clock", {"mode": "frozen"}),
                                   ("POST", "clock/advance", {"by": "1s"}), ("GET", "state", None),
                                   ("GET", "deliveries", None)):
            answer = self.operator.control(method, f"{path}?account={self.account}", body)
            self.assertIn("has ended", self.refused(answer, 401)["hint"], path)
        self.refused(self.operator.control("POST", f"accounts/{self.account}/fork"), 404)

    def test_made_forked_deleted_idle_and_restarted(self):
        for how in ("POST", "fork"):
            for by, body in (("delete", {}), ("idle", {"ttl_s": 1})):
                with self.subTest(how=how, by=by):
                    self.begin_made(how, **body)
                    self.end(by)
                    self.assert_ended()
                    self.begin_again()
                    self.assert_ended()
                    self.server.stop()
                    os.remove(self.path("t.db"))

    def test_is_made_again(self):
        self.begin_made()
        state = self.control("GET", "state")
        for again in (("POST", "accounts", {"sid": self.account, "auth_token": "new"}),
                      ("PUT", "state?account=" + self.account, state),
                      ("POST", "reset?account=" + self.account, None)):
            for restarted in (False, True):
                self.end()
                if restarted:
                    self.begin_again()
                self.assert_ended()
                self.ok(self.operator.control(*again), 201 if again[1] == "accounts" else 200)
                self.client = self.server.client(self.account, "new")
                self.make_profile("after")
                self.begin_again()
                self.assertIn("after", self.profiles())

    def test_is_made_again_by_a_seed(self):
        self.begin_made()
        self.end()
        with open(self.path("seed.json"), "w", encoding="utf-8") as file:
            json.dump({"accounts": [{"sid": self.account,
                                     "network_access_profiles": [{"unique_name": "seeded"}]}]}, file)
        self.begin_again("--seed", self.path("seed.json"))
        self.assertEqual(self.profiles(), ["seeded"])
        self.begin_again()
        self.assertEqual(self.profiles(), ["seeded"])

    def test_the_command_line_makes_it_again(self):
        self.begin_made()
        self.end()
        self.begin_again("--account", self.account + ":given")
        self.client = self.server.client(self.account, "given")
        self.assertEqual(self.profiles(), [])
        self.make_profile("after")
        self.begin_again()
        self.assertEqual(self.profiles(), ["after"])

    def test_one_that_came_into_being_by_itself(self):
        self.begin(database=self.path("t.db"))
        self.make_profile("before")
        self.ok(self.client.control("DELETE", "accounts/" + self.account), 204)
        self.assertEqual(self.profiles(), [])
        self.make_profile("after")
        self.assertEqual(self.profiles(), ["after"])

    def test_the_newest_are_remembered(self):
        """Ten thousand of them, in the database and in memory."""
        self.begin_made()
        oldest = self.account
        self.end()
        wait_until(lambda: self.control("GET", "info", client=self.operator)["accounts"] == 1, "the sweep")
        self.server.stop()
        database = sqlite3.connect(self.path("t.db"))
        with contextlib.closing(database), database:
            database.executemany("INSERT INTO ended_accounts (sid, ended_at_ms) VALUES (?, 0)",
                                 (("AC" + f"{number:032x}",) for number in range(9999)))
        self.server = self.start(database=self.path("t.db"))
        self.operator = self.server.client("nobody")
        self.operator.authorization = ""
        def status(sid):
            return self.server.client(sid).get("/v1/Fleets").status
        newest = "AC" + f"{9998:032x}"
        self.assertEqual([status(oldest), status(newest)], [401, 401])
        made = self.control("POST", "accounts", {}, 201, client=self.operator)["sid"]
        self.account = made
        self.end()
        expected = [200, 401, 401]
        self.assertEqual([status(sid) for sid in (oldest, newest, made)], expected)
        self.server.stop()
        self.server = self.start(database=self.path("t.db"))
        self.assertEqual([status(sid) for sid in (oldest, newest, made)], expected)


class TimeToLiveTest(AccountTestCase):
    """Accounts that end when they are idle."""

    def test_an_advance_is_use(self):
        receiver = Receiver(lambda handler: handler.hang())
        self.addCleanup(receiver.close)
        self.begin("--webhook-retries", "none")
        made = self.control("POST", "accounts", {"ttl_s": 2}, 201, client=self.operator)
        self.client = self.server.client(made["sid"], made["auth_token"])
        self.freeze()
        sim = self.active_sim(self.fleet(SmsCommandsUrl=receiver.url + "/#tt=3000&rc=0"))
        self.control("POST", f"sims/{sim['sid']}/sms-commands", {"payload": "x"}, 201)
        begin = time.monotonic()
        self.assertEqual([one["result"] for one in self.advance("1s")["ran"]], ["timeout"])
        self.assertGreater(time.monotonic() - begin, 2)
        time.sleep(0.5)
        self.assertEqual(self.fetch_sim(sim)["status"], "active", "its idle time begins afterwards")


class MovedSimTest(AccountTestCase):
    """A Sim goes into no account that others hold."""

    def move(self, account):
        """Moves a new Sim; gives the answer."""
        sim = self.register()
        return self.client.post("/v1/Sims/" + sim["sid"], {"AccountSid": account})

    def assert_refused(self, account):
        """It stays."""
        before = len(self.ok(self.client.get("/v1/Sims"))["sims"])
        self.assert_error(self.move(account), 400, "Invalid AccountSid.")
        self.assertEqual(len(self.ok(self.client.get("/v1/Sims"))["sims"]), before + 1)

    def test_into_accounts_whose_token_is_checked(self):
        self.begin("--account", OWN + ":token")
        made = self.control("POST", "accounts", {}, 201, client=self.operator)
        self.assert_refused(made["sid"])
        self.assert_refused(OWN)
        self.assertEqual(self.move(self.account).status, 200)
        other = self.server.client()
        self.assertEqual(self.move(other.user).status, 200)
        self.assertEqual(len(self.ok(other.get("/v1/Sims"))["sims"]), 1)
        self.client, self.account = self.server.client(OWN, "token"), OWN
        self.assertEqual(self.move(OWN).status, 200, "its own")
        self.assert_refused(made["sid"])
        self.ok(self.operator.control("DELETE", "accounts/" + made["sid"]), 204)
        self.assert_refused(made["sid"])

    def test_in_strict_mode(self):
        self.begin("--auth", "strict", "--account", OWN + ":token")
        self.client = self.server.client(OWN, "token")
        self.assert_refused(self.account)
        self.assertEqual(self.move(OWN).status, 200)


class KeyTest(AccountTestCase):
    """An API key belongs to one account."""

    def with_key(self, sid, secret="mine"):
        """A state that holds the key."""
        return {"accounts": [{"sid": sid, "api_keys": [{"sid": KEY, "secret": secret}]}]}

    def assert_owner(self, client):
        """The key, with its first secret, still opens the account that has it."""
        self.make_profile("owned", client)
        self.assertEqual(self.profiles(self.server.client(KEY, "first")), ["owned"])
        self.assertEqual(self.server.client(KEY, "mine").get("/v1/Fleets").status, 401)

    def assert_not_taken(self, owner):
        """Nobody else gets it."""
        for client, method, path, body in (
                (self.client, "PUT", "state", self.with_key(self.account)),
                (self.operator, "POST", "accounts", {"seed": self.with_key(self.account)}),
                (self.operator, "PUT", "state?account=" + self.account,
                 self.with_key(self.account))):
            self.refused(client.control(method, path, body), 409, "api_keys")
        self.assert_owner(owner)

    def test_of_another_account(self):
        self.begin()
        owner = self.server.client()
        self.control("PUT", "state", self.with_key(owner.user, "first"), client=owner)
        self.make_profile("mine")
        self.assert_not_taken(owner)
        self.assertEqual(self.profiles(), ["mine"], "a refused import changes nothing")
        self.control("PUT", "state", self.with_key(owner.user, "second"), client=owner)
        self.assertEqual(self.server.client(KEY, "second").get("/v1/Fleets").status, 200)

    def test_of_the_command_line(self):
        self.begin("--api-key", f"{KEY}:first:{OWN}")
        self.assert_not_taken(self.server.client(OWN))

    def test_is_free_once_its_account_ended(self):
        self.begin()
        owner = self.server.client()
        self.control("PUT", "state", self.with_key(owner.user), client=owner)
        self.ok(owner.control("DELETE", "accounts/" + owner.user), 204)
        self.control("PUT", "state", self.with_key(self.account))
        self.make_profile("p")
        self.assertEqual(self.profiles(self.server.client(KEY, "mine")), ["p"])

    def test_of_a_seed_comes_back_with_it(self):
        with open(self.path("seed.json"), "w", encoding="utf-8") as file:
            json.dump(self.with_key(OWN), file)
        self.begin("--seed", self.path("seed.json"))
        owner = self.server.client(OWN)
        self.ok(owner.control("DELETE", "accounts/" + OWN), 204)
        self.assertEqual(self.server.client(KEY, "mine").get("/v1/Fleets").status, 401)
        self.control("POST", "reset", client=owner)
        self.assertEqual(self.server.client(KEY, "mine").get("/v1/Fleets").status, 200)
        self.ok(owner.control("DELETE", "accounts/" + OWN), 204)
        self.control("PUT", "state", self.with_key(self.account))
        self.refused(owner.control("POST", "reset"), 409, "api_keys")

    def test_in_a_seed(self):
        path, others = self.path("seed.json"), "AC" + "c" * 32
        def refused(*options):
            result = self.run_to_exit("--listen", "127.0.0.1:0", "--db", self.path("t.db"),
                                      "--seed", path, *options)
            self.assertEqual((result.returncode, result.stdout), (65, ""), result)
            self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
            self.assertIn("api_keys", result.stderr)
        def write(*accounts):
            with open(path, "w", encoding="utf-8") as file:
                json.dump({"accounts": [self.with_key(sid)["accounts"][0] for sid in accounts]}, file)
        write(OWN, others)
        refused()
        write(others)
        refused("--api-key", f"{KEY}:first:{OWN}")
        self.start("--seed", path, "--api-key", f"{KEY}:first:{others}",
                   database=self.path("t.db")).stop()
        write(OWN)
        refused()
        write(others)
        self.start("--seed", path, database=self.path("t.db"))


class ConfiguredTest(AccountTestCase):
    """--account and --api-key."""

    def begin_configured(self, *options, **settings):
        """A server with an account and a key; the client uses the key alone."""
        self.begin("--account", OWN + ":token", "--api-key", f"{KEY}:secret:{OWN}", *options,
                   **settings)
        self.client = self.server.client(KEY, "secret")

    def status(self, user, secret):
        """What a call with these credentials answers."""
        return self.server.client(user, secret).get("/v1/Fleets").status

    def assert_held(self):
        """Both credentials are good, others are not."""
        self.assertEqual([self.status(OWN, "token"), self.status(KEY, "secret"),
                          self.status(OWN, "wrong"), self.status(KEY, "wrong")],
                         [200, 200, 401, 401])

    def assert_signed(self):
        """A webhook that only the key caused carries the signature of the account's token."""
        self.profile = None
        self.freeze()
        hook = self.control("PUT", "sinks/hook")["url"]
        sim = self.active_sim(self.fleet(SmsCommandsUrl=hook))
        self.control("POST", f"sims/{sim['sid']}/sms-commands", {"payload": "x"}, 201)
        self.advance("1s")
        [received] = self.control("GET", "sinks/hook/received")["requests"]
        self.assertTrue(received["signature_valid"])
        signature = received["headers"]["X-Twilio-Signature"]
        self.assertTrue(RequestValidator("token").validate(received["url"], received["parameters"],
                                                           signature))

    def test_whose_token_is_checked(self):
        for options, others in (((), False), (("--auth", "strict"), True)):
            with self.subTest(options):
                self.begin_configured(*options, database=self.path("checked.db"))
                self.make_profile("nap")
                if not options:
                    self.make_profile("nap", self.server.client("AC" + "9" * 32))
                listed = self.control("GET", "accounts", client=self.operator)["accounts"]
                self.assertEqual({one["sid"]: one["token_checked"] for one in listed},
                                 {OWN: True, "AC" + "9" * 32: others})
                self.control("POST", "reset", {"to": "empty"})
                self.server.stop()

    def test_webhooks_of_calls_by_key(self):
        self.begin_configured()
        self.assert_signed()

    def test_outlive_the_account(self):
        for options in ((), ("--auth", "strict")):
            with self.subTest(options):
                self.begin_configured(*options)
                self.assert_held()
                self.assert_signed()
                self.control("POST", "reset", {"to": "empty"})
                self.assert_held()
                self.assert_signed()
                self.ok(self.client.control("DELETE", "accounts/" + OWN), 204)
                self.assert_held()
                self.assert_signed()

    def test_outlive_what_is_loaded(self):
        self.begin_configured()
        state = {"accounts": [{"sid": OWN, "auth_token": "other",
                               "api_keys": [{"sid": KEY, "secret": "other"}]}]}
        self.control("PUT", "state", state)
        self.assert_held()
        self.assert_signed()

    def test_outlive_a_time_to_live(self):
        self.begin("--api-key", f"{KEY}:secret:{OWN}")
        self.control("POST", "accounts", {"sid": OWN, "ttl_s": 1}, 201, client=self.operator)
        def gone():
            listed = self.control("GET", "accounts", client=self.operator)["accounts"]
            return OWN not in [one["sid"] for one in listed]
        wait_until(gone, "the account's end")
        self.assertEqual(self.status(KEY, "secret"), 401, "the account has to be made again")
        self.control("POST", "accounts", {"sid": OWN}, 201, client=self.operator)
        self.assertEqual(self.status(KEY, "secret"), 200)

    def test_cannot_be_made_again(self):
        self.begin_configured()
        body = {"sid": OWN, "auth_token": "other"}
        self.refused(self.operator.control("POST", "accounts", body), 409)


if __name__ == "__main__":
    unittest.main()
