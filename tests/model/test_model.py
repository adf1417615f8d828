# SPDX-License-Identifier: MIT
"""One account, played at random against a model in memory, on a server that is started again and again.

The server ends in order or by SIGKILL between any two operations. The account's clock is frozen, so
nothing happens meanwhile: all that was answered must be there again, and all that was due must still
be due. $TEST_SEED repeats the operations of a run.
"""
import os
import random
import secrets
import sys
import time
import unittest

from http_client import new_account
from model import Model
from server import DirectoryTestCase, SANITIZER_MARKS, scaled

STEPS = scaled(1200, 100)
RESTARTS = scaled(16, 4)  # about so many


class ModelTest(DirectoryTestCase):
    """Everything that an account can do."""

    def setUp(self):
        super().setUp()
        self.seed = int(os.environ.get("TEST_SEED", time.time_ns() % 1_000_000))
        print(f"{self.id()}: TEST_SEED={self.seed}", file=sys.stderr)
        self.moments = random.Random(self.seed)
        self.account = new_account()
        # Webhooks go to this address, so it stays; nobody else takes a port of it meanwhile.
        self.listen = "127." + ".".join(str(byte % 200 + 20) for byte in secrets.token_bytes(3)) \
            + ":7746"

    def start_server(self):
        """The server on this test's database and address, and a client."""
        self.server = self.start(listen=self.listen, database="model.db")
        return self.server.client(self.account)

    def restart_now_and_then(self, model):
        """Between two operations: the server ends, one way or the other, and starts again."""
        if self.moments.random() >= RESTARTS / STEPS:
            return
        if self.moments.random() < 0.5:
            self.server.stop()
        else:
            self.server.kill()
            log = self.server.log()
            assert not any(mark in log for mark in SANITIZER_MARKS), log
        model.use(self.start_server())
        model.compare()

    def test_the_server_agrees_with_the_model(self):
        model = Model(self.start_server(), self.seed)
        model.play(STEPS, self.restart_now_and_then)
        self.server.stop()


if __name__ == "__main__":
    unittest.main()
