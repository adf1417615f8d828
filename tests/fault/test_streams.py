# SPDX-License-Identifier: MIT
"""Streams of events whose n-th allocation fails, and writes that have no memory to be told.

A stream is refused, ends, or tells that there is a gap. What it tells is never wrong, and once the
fault is gone all is as before.
"""
import unittest

from event_stream import EventStream
from faults import MEMORY, FaultyServer

from http_client import ConnectionClosed
from server import DirectoryTestCase

FIRST = 40  # allocations that fail, one after the other


class StreamsTest(DirectoryTestCase):
    """One account's, on one worker."""

    def setUp(self):
        super().setUp()
        self.server = FaultyServer("--workers", "1", directory=self.directory)
        self.addCleanup(self.server.stop)
        self.client = self.server.client()
        self.set_clock()

    def set_clock(self, status=(200,)):
        """Something to be told; gives the answer's status."""
        answer = self.client.control("PUT", "clock", {"mode": "frozen"})
        self.assertIn(answer.status, status, answer)
        return answer.status

    def listen(self):
        """A stream, closed at the test's end."""
        stream = EventStream(self.client, "?types=clock")
        self.addCleanup(stream.close)
        return stream

    def check_works(self):
        """Once the fault is gone."""
        stream = self.listen()
        self.set_clock()
        self.assertEqual(stream.names(1), ["clock"])

    def test_streams_that_begin(self):
        for number in range(1, FIRST):
            self.server.faults.arm(MEMORY, number)
            try:
                stream = self.listen()
                if stream.status == 200:
                    first = stream.next()
                    self.assertTrue(first is None or first.id is not None, first)
                else:
                    self.assertIn(stream.status, (500, 503))
            except (ConnectionClosed, ConnectionError):
                pass
            self.server.faults.disarm()
            self.check_works()

    def test_writes_that_are_told(self):
        """Who has an answer that it was done is told so by the stream, or that something is missing, or
        the stream ends: then the listener comes back with the last id."""
        stream = self.listen()
        for number in range(1, FIRST):
            self.server.faults.arm(MEMORY, number)
            try:
                done = self.set_clock((200, 500, 503)) == 200
            except (ConnectionClosed, ConnectionError):
                done = False
            self.server.faults.disarm()
            self.set_clock()
            first = stream.next_named()
            told = [first.name] if first is not None else []
            if done and told == ["clock"]:
                second = stream.next_named()
                told += [second.name] if second is not None else []
            self.assertIn(told, ([], ["clock"], ["clock", "clock"], ["gap"], ["clock", "gap"]))
            stream.close()
            self.check_works()
            stream = self.listen()


if __name__ == "__main__":
    unittest.main()
