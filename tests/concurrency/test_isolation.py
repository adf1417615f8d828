# SPDX-License-Identifier: MIT
"""Test suites with account SIDs of their own run at once against one server without meeting.

Each plays random operations, with the same names and ICCIDs as the others, against a model in memory,
and compares everything that it can see. One does nothing: it must never see anything. $TEST_SEED
repeats the operations of a run.
"""
import os
import sys
import threading
import time
import unittest

from model import Model
from server import ServerTestCase, scaled

PLAYERS = 3
STEPS = scaled(400, 60)


class IsolationTest(ServerTestCase):
    """Several accounts at once."""

    def setUp(self):
        super().setUp()
        self.seed = int(os.environ.get("TEST_SEED", time.time_ns() % 1_000_000))
        print(f"{self.id()}: TEST_SEED={self.seed}", file=sys.stderr)
        self.failures = []

    def model(self, number):
        """A player with an account and chances of its own."""
        return Model(self.new_client(), self.seed + number, told=self.seed)

    def play(self, model):
        """In a thread of its own."""
        try:
            model.play(STEPS)
        except BaseException as failure:  # raised again in the test's own thread
            self.failures.append(failure)

    def test_accounts_do_not_meet(self):
        bystander = self.model(0)
        players = [self.model(1 + number) for number in range(PLAYERS)]
        threads = [threading.Thread(target=self.play, args=(model,)) for model in players]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            bystander.compare()
            time.sleep(0.1)
        for thread in threads:
            thread.join()
        if self.failures:
            raise self.failures[0]
        bystander.compare()


if __name__ == "__main__":
    unittest.main()
