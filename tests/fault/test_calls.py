# SPDX-License-Identifier: MIT
"""Calls whose n-th allocation, or n-th call about a file or a descriptor, fails.

Each is answered with what it always answers, or with an error (500, 503), or not at all, and then
has done all or nothing, as it says. Once the fault is gone all works: the same call, too.
"""
import contextlib
import json
import os
import sqlite3
import sys
import time
import unittest

import faults
from calls import CALLS, FAULTS, MUCH, SIM_PATH, STATE, VERY_MUCH, read_json, shape, state_for
from faults import DESCRIPTOR, DISK, FOR_EVER, MEMORY, FaultyServer, chance_of_run

from http_client import Client, ConnectionClosed, new_account
from server import DirectoryTestCase, wait_until

CHOSEN = 3  # faults for each call and class, unless all are tried
# Here every single allocation is: a failed one has once split an account, or was answered wrongly.
WHOLE = {"reset to seed", "account delete", "settings update", "sink in", "info"}
TRIES = [(MEMORY, 1), (MEMORY, 20), (DISK, 1), (DISK, FOR_EVER), (DESCRIPTOR, 1)]
# These say something about the whole server, or of other requests, too: only what they tell of is compared.
UNLIKE = {"info", "accounts", "account", "requests deleted", "verify in vain", "verify a secret",
          "wait for a request in vain"}
# These are done in pieces, each all or nothing.
PIECEWISE = {"advance", "replay"}
IN_A_DRAFT = {"import in pieces", "fork in pieces"}  # all or nothing in several
PIECE, REPLAYED = 50, 60  # deliveries that are sent again: at once, and in all
FAULTY = (500, 503)


class Outcome:
    """What a call answered and left behind. `status` is None when it was not answered."""

    def __init__(self, status, body, state):
        self.status = status
        self.body = body
        self.state = state


class CallsTest(DirectoryTestCase):
    """Where the database is may differ; what is promised does not."""

    def setUp(self):
        super().setUp()
        self.chance = chance_of_run()
        self.tried = 0
        self.told_apart = {"as always": 0, "error": 0, "no answer": 0, "in part": 0,
                           "started again": 0}

    def begin(self, database):
        """The server and the operator."""
        self.in_file = database != ":memory:"
        self.start_server(database)
        self.network = self.ask("GET", "/v1/Networks?PageSize=1", account="AC" + "0" * 32)[
            "networks"][0]["sid"]

    def start_server(self, database, port=0):
        """And a connection of the operator's."""
        self.server = FaultyServer(
            "--workers", "1", "--durability", "normal", "--transition-delay", "1h",
            "--webhook-retries", "none", directory=self.directory, database=database,
            listen=f"127.0.0.1:{port}")
        self.addCleanup(self.server.stop)
        self.operator = Client(self.server.address, "")
        self.operator.authorization = ""
        self.addCleanup(self.operator.close)

    def ask(self, method, path, body=None, account=None, status=(200, 201, 204)):
        """A call that must go well; gives its JSON."""
        answer = self.call(self.operator, method, path, body, account)
        self.check_status(answer, status, path)
        return json.loads(answer.body) if answer.body else None

    def check_status(self, answer, expected, path):
        """The log, which is long, is read only where it is to be shown."""
        if answer.status not in expected:
            self.fail(f"{path}: {answer}; {self.server.log()}")

    def call(self, client, method, path, body, account):
        """One call, for `account` or as the operator."""
        headers = {}
        if isinstance(body, dict) and not path.startswith("/v1"):
            body = json.dumps(body)
            headers = {"Content-Type": "application/json"}
        client.authorization = ""
        if account is not None:
            client.authorization = Client(None, account, "f" * 32).authorization
        if "/in?" in path:
            client.authorization = ""
        return client.request(method, path, body, headers=headers)

    def make_account(self, name=None):
        """An account with the state that every call finds, and what the call named so needs."""
        account = new_account()
        more = {"fleets": [*STATE["fleets"], *VERY_MUCH]} if name == "fork in pieces" else {}
        self.ask("POST", "/_emulator/accounts", {"sid": account, "seed": state_for(account, **more)})
        kept = '"kept"' + " " * 5000  # more than an arena has at hand
        self.ask("PUT", "/_emulator/sinks/sink", {"answers": [{"status": 201, "body": kept}]},
                 account)
        self.ask("POST", f"/_emulator/sinks/sink/in?account={account}", "first=1&second=2")
        self.ask("GET", "/v1/Sims?status=active", account=account)  # has a warning
        self.ask("GET", "/v1/Fleets/fleet?A=1", None, account)  # for the journal
        self.ask("PUT", "/_emulator/faults", {"faults": FAULTS}, account)
        if name == "replay":
            self.let_deliveries_fail(account)
        self.known = self.accounts()
        return account

    def let_deliveries_fail(self, account):
        """Nobody listens where the Fleet's webhooks go."""
        for _ in range(REPLAYED):
            self.ask("POST", SIM_PATH + "/sms-commands", {"payload": "hello"}, account)
        self.ask("POST", "/_emulator/clock/advance", {"by": "1s"}, account)
        shown = self.ask("GET", "/_emulator/accounts/" + account)
        self.assertEqual(shown["deliveries"]["failed"], REPLAYED)

    def accounts(self):
        """The SIDs of all that there are."""
        return {one["sid"] for one in self.ask("GET", "/_emulator/accounts")["accounts"]}

    def state_of(self, account):
        """Everything about the account that can be seen. None: it is gone."""
        known = self.accounts()
        if account not in known:
            return None
        state = [len(known - self.known)]  # a fork makes another
        for path in ("/_emulator/state", "/_emulator/deliveries?limit=100",
                     "/_emulator/sinks/sink/received", "/_emulator/sinks/other/received", "/v1/Fleets"):
            answer = self.call(self.operator, "GET", path, None, account)
            self.check_status(answer, (200, 404), path)
            state.append((path, answer.status, read_json(answer.body, account)))
        # A hit counts when it hits, whatever becomes of the request.
        shown = self.ask("GET", "/_emulator/faults", None, account)
        state.append((shown["seed"], [fault["id"] for fault in shown["faults"]]))
        state.append(self.ask("GET", "/_emulator/limits", None, account))
        return state

    def make_call(self, name, method, path, body, account, arm=None):
        """The outcome of a call on a connection of its own, during which calls of the system fail:
        once the server has accepted it, except for one call, and for descriptors, of which the
        connection needs the first."""
        def filled(text):
            return text.replace("{account}", account).replace("{network}", self.network)
        path = filled(path)
        if isinstance(body, dict) and path.startswith("/v1"):
            body = {key: filled(value) for key, value in body.items()}
        if name == "import":
            body = state_for(account)
        elif name == "import in pieces":
            body = state_for(account, fleets=[*STATE["fleets"], *MUCH])
        client = Client(self.server.address, account)
        if name != "live" and (arm is None or arm[0] != DESCRIPTOR):
            client.get("/livez")
        if arm is not None:
            self.server.faults.arm(*arm)
        try:
            answer = self.call(client, method, path, body, account)
        except (ConnectionClosed, ConnectionError):
            return Outcome(None, None, None)
        finally:
            client.close()
        plain = (answer.header("Content-Type") or "").startswith("text/") or \
            path.endswith("/in?account=" + account)
        if plain and answer.status not in FAULTY:
            types = [line for line in answer.body.splitlines() if line.startswith(b"# TYPE")]
            return Outcome(answer.status, types or answer.body, None)
        body = read_json(answer.body, account) if answer.body else None
        if name in UNLIKE and answer.status not in FAULTY:
            body = shape(body)
        return Outcome(answer.status, body, None)

    def observe(self, name, method, path, body, account, arm=None):
        """The outcome of a call during which calls of the system fail. Gives what of them, too."""
        outcome = self.make_call(name, method, path, body, account, arm)
        counts = self.server.faults.disarm()
        outcome.state = self.state_of(account)
        return outcome, counts

    def left_to_sweep(self):
        """How many namespaces are on record of which nobody may have anything."""
        with contextlib.closing(sqlite3.connect(self.path("test.db"))) as database:
            return database.execute("SELECT count(*) FROM ended_namespaces").fetchone()[0]

    def is_to_be_started_again(self):
        """Whether the disk failed a copy of the log (its own log, on the same disk, may not say so):
        then it is."""
        if self.call(self.operator, "GET", "/readyz", None, None).status != 503:
            return False
        self.told_apart["started again"] += 1
        self.server.stop()
        self.start_server("test.db", self.server.address[1])  # which stands in answers
        return True

    def check_works(self, where):
        """Once the fault is gone."""
        for path in ("/livez", "/readyz"):
            answer = self.call(self.operator, "GET", path, None, None)
            self.assertEqual(answer.status, 200, f"{where}: {path}: {answer}")
        made = self.ask("POST", "/v1/Fleets", {"NetworkAccessProfile": "profile"}, self.healthy)
        shown = self.ask("GET", "/v1/Fleets/" + made["sid"], None, self.healthy)
        self.assertEqual(made, shown)
        self.ask("GET", "/v1/Fleets?PageSize=5", None, self.healthy)

    def check_outcome(self, where, name, before, outcome, normal):
        """Against what it does when nothing fails."""
        if outcome.status is None:
            self.told_apart["no answer"] += 1
            if name not in PIECEWISE:
                self.assertIn(outcome.state, (before, normal.state), where)
        elif outcome.status in FAULTY and normal.status not in FAULTY:
            self.told_apart["error"] += 1
            self.assertTrue(outcome.body, where)
            if name not in PIECEWISE:
                self.assertEqual(outcome.state, before, where)
        else:
            self.told_apart["as always"] += 1
            self.assertEqual(outcome.status, normal.status, f"{where}: {outcome.body}")
            self.assertEqual(outcome.body, normal.body, where)
            self.assertEqual(outcome.state, normal.state, where)

    def try_fault(self, call, before, normal, classes, first, count):
        """One fault at one place of one call."""
        where = f"{call[0]}: {classes}/{first}/{count}"
        self.tried += 1
        account = self.make_account(call[0])
        log_size = self.server.log_size()
        outcome, _ = self.observe(*call, account, (classes, first, count))
        self.check_outcome(where, call[0], before, outcome, normal)
        if classes == MEMORY and outcome.status == 500:
            self.assertIn("out of memory", self.server.log(log_size), where)
        if classes == DISK and self.is_to_be_started_again():
            self.check_works(where)
            return
        self.check_works(where)
        if call[0] in IN_A_DRAFT and self.in_file:
            wait_until(lambda: self.left_to_sweep() == 0, where)
        if outcome.state == before and before != normal.state:
            again, _ = self.observe(*call, account)
            self.assertEqual((again.status, again.body), (normal.status, normal.body), where)
            self.assertEqual(again.state, normal.state, where)
        elif call[0] == "replay" and outcome.state != normal.state:
            self.finish_replay(where, call, account, normal)

    def finish_replay(self, where, call, account, normal):
        """Of one that did some pieces: the same call does the rest."""
        shown = self.ask("GET", "/_emulator/accounts/" + account)["deliveries"]
        self.assertEqual(shown["pending"], PIECE, where)
        self.told_apart["in part"] += 1
        again, _ = self.observe(*call, account)
        self.assertEqual((again.status, again.state), (normal.status, normal.state), where)

    def remove_accounts(self):
        """All but the healthy one. They are swept while nothing fails."""
        for account in self.accounts() - {self.healthy}:
            self.ask("DELETE", "/_emulator/accounts/" + account)

    def places(self, name, classes, count, seen):
        """The numbers of the calls that are to fail."""
        everything = range(1, seen + 1)
        whole = name in WHOLE and classes == MEMORY and self.in_file
        if faults.TORTURE_SECONDS or seen <= CHOSEN or whole:
            return everything
        return sorted(self.chance.sample(everything, CHOSEN))

    def try_call(self, call, until):
        """All faults that one call is to meet."""
        account = self.make_account(call[0])
        before = self.state_of(account)
        normal, _ = self.observe(*call, account)
        for classes, count in TRIES:
            _, (seen, _) = self.observe(*call, self.make_account(call[0]), (classes, FOR_EVER))
            for first in self.places(call[0], classes, count, seen):
                if until is not None and time.monotonic() > until:
                    return
                with self.subTest(call=call[0], classes=classes, first=first, count=count):
                    self.try_fault(call, before, normal, classes, first, count)
                if len(self.known) > 100:
                    self.remove_accounts()

    def run_calls(self, database):
        self.begin(database)
        self.healthy = self.make_account()
        until = None
        if faults.TORTURE_SECONDS:
            until = time.monotonic() + faults.TORTURE_SECONDS
        calls = [one for one in CALLS if os.environ.get("TEST_CALL", one[0]) == one[0]]
        for call in calls:
            self.try_call(call, until)
        print(f"{self.id()}: {self.tried} faults: {self.told_apart}", file=sys.stderr)
        self.assertGreater(self.told_apart["error"], 0, "nothing failed")

    def check_reason(self, log, request_id):
        """That it says why a call failed, under its id."""
        lines = [line for line in log.splitlines() if line.endswith(request_id)]
        self.assertTrue(any("out of memory" in line for line in lines), log)

    def test_first_calls_of_a_server(self):
        """What a connection to the database makes when it is first needed."""
        everything = range(1, 500)
        for first in everything if faults.TORTURE_SECONDS else (2, *everything[::50]):
            with self.subTest(first=first):
                server = FaultyServer("--workers", "1", directory=self.directory)
                client = server.client()
                client.get("/livez")
                server.faults.arm(MEMORY, first)
                for method, path, form in (
                        ("GET", "/v1/Fleets", None),
                        ("POST", "/v1/NetworkAccessProfiles", {"UniqueName": "one"}),
                        ("GET", "/v1/NetworkAccessProfiles", None)):
                    try:
                        answer = client.request(method, path, form)
                    except (ConnectionClosed, ConnectionError):
                        continue
                    if answer.status == 500:
                        self.check_reason(server.log(), answer.header("Twilio-Request-Id"))
                server.faults.disarm()
                for path in ("/livez", "/readyz", "/v1/Fleets", "/v1/NetworkAccessProfiles"):
                    answer = client.get(path)
                    self.assertEqual(answer.status, 200, f"{path}: {answer}; {server.log()}")
                answer = client.post("/v1/NetworkAccessProfiles", {"UniqueName": "two"})
                self.assertEqual(answer.status, 201, f"{answer}; {server.log()}")
                server.stop()

    def test_in_a_file(self):
        self.run_calls("test.db")

    def test_in_memory(self):
        self.run_calls(":memory:")


if __name__ == "__main__":
    unittest.main()
