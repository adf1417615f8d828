# SPDX-License-Identifier: MIT
"""kill -9 over devices and webhooks: no answered write and no event is lost, whatever was under way.

Devices send while the server is killed again and again, for half of the time with nobody listening
at the Fleet's URL. What was answered is in a ledger outside; in the end every event of it must have
arrived, each with one token however often it came. $TEST_SEED repeats the moments of a run.
"""
import collections
import os
import random
import sys
import threading
import time
import unittest
import urllib.parse

from http_client import ConnectionClosed, new_account
from receiver import Receiver, unused_port
from server import DirectoryTestCase, scaled, wait_until
import test_crash

KILLED = (ConnectionClosed, ConnectionResetError, ConnectionRefusedError, BrokenPipeError)
RETRIES = ",".join(["2s"] * 200)
KILLS = 20
DEVICES = 4


class OutboxTest(DirectoryTestCase):
    """Events of one Fleet."""

    check_database = test_crash.CrashTest.check_database

    def setUp(self):
        super().setUp()
        self.account = new_account()
        self.port = unused_port()
        self.seed = int(os.environ.get("TEST_SEED", time.time_ns() % 1_000_000))
        print(f"{self.id()}: TEST_SEED={self.seed}", file=sys.stderr)
        self.ledger = {}  # SID of an answered SMS Command: its delivery
        self.renamed = {}  # SID of a Sim: the last name that was answered
        self.failures = []
        self.looked_at = 0  # how many of the receiver's requests are in `tokens` already
        self.tokens = collections.defaultdict(set)  # by SID of an SMS Command

    def start_server(self):
        """The server on the database of this test."""
        return self.start("--webhook-retries", RETRIES, "--delivery-history", "1000000",
                          "--transition-delay", "1ms", database="test.db")

    def make_sims(self, server):
        """Active Sims whose Fleet tells our port."""
        client = server.client(self.account)
        client.post("/v1/NetworkAccessProfiles", "UniqueName=nap")
        url = f"http://127.0.0.1:{self.port}/"
        answer = client.post("/v1/Fleets", {"NetworkAccessProfile": "nap", "UniqueName": "f",
                                            "SmsCommandsUrl": url})
        self.assertEqual(answer.status, 201, answer)
        sims = []
        for number in range(DEVICES):
            form = {"Iccid": str(89883070000000000000 + number), "RegistrationCode": "0123456789"}
            sim = client.post("/v1/Sims", form).json()["sid"]
            client.post("/v1/Sims/" + sim, {"Fleet": "f", "Status": "active"})
            wait_until(lambda sid=sim: client.get("/v1/Sims/" + sid).json()["status"] == "active",
                       "an active Sim")
            sims.append(sim)
        return sims

    def send(self, server, sim, count):
        """One device: sends until it has sent enough or the server is gone."""
        client = server.client(self.account)
        try:
            for number in range(count):
                name = f"{sim} {len(self.ledger)}"
                if number % 50 == 0:
                    answer = client.post("/v1/Sims/" + sim, {"UniqueName": name})
                    assert answer.status == 200, answer
                    self.renamed[sim] = name
                answer = client.control("POST", f"sims/{sim}/sms-commands", {"payload": str(number)})
                assert answer.status == 201, answer
                made = answer.json()
                self.ledger[made["sms_command"]["sid"]] = made["delivery"]
        except KILLED:
            pass
        except BaseException as failure:  # raised again in the test's own thread
            self.failures.append(failure)
        finally:
            client.close()

    def run_round(self, server, sims, count, moment):
        """Devices send; the server is killed a moment after the first answer, or (None) when all
        have sent."""
        before = len(self.ledger)
        threads = [threading.Thread(target=self.send, args=(server, sim, count)) for sim in sims]
        for thread in threads:
            thread.start()
        if moment is not None:
            wait_until(lambda: len(self.ledger) > before or self.failures, "an answer")
            time.sleep(moment)
            server.kill()
        for thread in threads:
            thread.join()
        if self.failures:
            raise self.failures[0]

    def arrived(self, receiver):
        """Tokens by SMS Command, of what the receiver got."""
        with receiver.lock:
            requests = receiver.requests[self.looked_at:]
        for request in requests:
            sid = urllib.parse.parse_qs(request["body"])["CommandSid"][0]
            self.tokens[sid].add(request["headers"]["I-Twilio-Idempotency-Token"])
        self.looked_at += len(requests)
        return self.tokens

    def test_nothing_is_lost(self):
        chance = random.Random(self.seed)
        server = self.start_server()
        sims = self.make_sims(server)
        wanted = scaled(1600, 400)
        self.run_round(server, sims, wanted // DEVICES, None)
        self.assertEqual(len(self.ledger), wanted // DEVICES * DEVICES)
        receiver = None
        for number in range(KILLS):
            if number == KILLS // 2:
                receiver = Receiver(port=self.port)
                self.addCleanup(receiver.close)
            self.run_round(server, sims, 10**9, chance.uniform(0, 0.1))
            server = self.start_server()
        # What comes is progress: it takes as long as this machine needs for so many.
        while missing := self.ledger.keys() - self.arrived(receiver).keys():
            wait_until(lambda: self.ledger.keys() - self.arrived(receiver).keys() != missing,
                       f"one of {len(missing)} events")
        for sid, tokens in self.arrived(receiver).items():
            self.assertEqual(len(tokens), 1, sid)
        client = server.client(self.account)
        for sim, name in self.renamed.items():
            now = client.get("/v1/Sims/" + sim).json()["unique_name"].split()
            self.assertEqual(now[0], sim)
            self.assertGreaterEqual(int(now[1]), int(name.split()[1]), "an answered name is lost")
        for sid in random.Random(1).sample(sorted(self.ledger), 50):
            self.assertEqual(client.get("/v1/SmsCommands/" + sid).status, 200, sid)
            delivery = client.control("GET", "deliveries/" + self.ledger[sid])
            self.assertEqual(delivery.status, 200, sid)
        wait_until(lambda: client.control("GET", "info").json()["outbox"] == {"pending": 0},
                   "an empty outbox")
        client.close()
        server.stop()
        self.check_database(self.path("test.db"))

    def test_killed_while_a_clock_is_advanced(self):
        """The clock runs again after the next start, and what is due is still due."""
        chance = random.Random(self.seed)
        server = self.start_server()
        sims = self.make_sims(server)
        client = server.client(self.account)
        client.control("PUT", "clock", {"mode": "frozen"})
        self.run_round(server, sims, 20, None)
        for _ in range(scaled(5, 3)):
            advancing = threading.Thread(target=self.advance, args=(server,))
            advancing.start()
            time.sleep(chance.uniform(0, 0.05))
            server.kill()
            advancing.join()
            server = self.start_server()
        receiver = Receiver(port=self.port)
        self.addCleanup(receiver.close)
        self.advance(server)
        self.assertLessEqual(set(self.ledger), set(self.arrived(receiver)))
        client = server.client(self.account)
        self.assertEqual(client.control("GET", "clock").json()["mode"], "frozen")
        client.close()
        server.stop()
        self.check_database(self.path("test.db"))

    def advance(self, server):
        """Advances the clock by far, if the server lives so long."""
        client = server.client(self.account)
        try:
            answer = client.control("POST", "clock/advance", {"by": "3s"})
            assert answer.status == 200, answer
        except KILLED:
            pass
        finally:
            client.close()


class InterruptedTest(DirectoryTestCase):
    """What a crash interrupts is sent again, also when nothing else ever is."""

    def test_an_attempt_under_way(self):
        """Without --webhook-retries: the default is none."""
        receiver = Receiver(lambda handler: handler.hang())
        self.addCleanup(receiver.close)
        account = new_account()
        server = self.start("--transition-delay", "1ms", database="test.db")
        client = server.client(account)
        client.post("/v1/NetworkAccessProfiles", "UniqueName=nap")
        client.post("/v1/Fleets", {"NetworkAccessProfile": "nap", "UniqueName": "f",
                                   "SmsCommandsUrl": receiver.url + "/#rc=0"})
        form = {"Iccid": "89883070000000000000", "RegistrationCode": "0123456789"}
        sim = client.post("/v1/Sims", form).json()["sid"]
        client.post("/v1/Sims/" + sim, {"Fleet": "f", "Status": "active"})
        wait_until(lambda: client.get("/v1/Sims/" + sim).json()["status"] == "active", "an active Sim")
        made = client.control("POST", f"sims/{sim}/sms-commands", {"payload": "x"}).json()
        wait_until(lambda: len(receiver.requests) == 1, "the first attempt")
        client.close()
        server.kill()
        receiver.behave = lambda handler: handler.answer(500)
        client = self.start(database="test.db").client(account)

        def delivery():
            return client.control("GET", "deliveries/" + made["delivery"]).json()

        wait_until(lambda: delivery()["state"] == "failed", "the attempt after the crash")
        self.assertEqual((delivery()["attempt_count"], delivery()["next_attempt"]), (1, None))
        self.assertEqual(len(receiver.requests), 2)
        self.assertEqual(len(set(receiver.tokens())), 1)


if __name__ == "__main__":
    unittest.main()
