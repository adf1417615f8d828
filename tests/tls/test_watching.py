# SPDX-License-Identifier: MIT
"""Faults, streams of events, waiting and the journal work over TLS as they do over plain HTTP."""
import socket
import threading
import unittest

from http_client import new_account
from server import wait_until
from tls_case import TlsTestCase

PROFILES = "/v1/NetworkAccessProfiles"


class WatchingTest(TlsTestCase):
    def setUp(self):
        super().setUp()
        self.serve("--workers", "2")
        self.client = self.tls_client(new_account())
        self.client.post(PROFILES)

    def put(self, **rule):
        """The account's only fault."""
        answer = self.client.control("PUT", "faults", {"faults": [rule]})
        self.assertEqual(answer.status, 200, answer)

    def ask(self, method="GET"):
        """A connection that a request was sent on."""
        connection = self.connect()
        connection.send(self.client.build(method, PROFILES, None if method == "GET" else b""))
        return connection

    def read_to_end(self, connection):
        """What comes until the connection ends."""
        received = b""
        while piece := connection.socket.recv(65536):
            received += piece
        return received

    def test_close(self):
        self.put(then={"close": True})
        self.assertEqual(self.read_to_end(self.ask()), b"")

    def test_reset_after_commit(self):
        before = len(self.client.get(PROFILES).json()["network_access_profiles"])
        self.put(match={"method": "POST"}, when="after_commit", then={"reset": True})
        connection = self.ask("POST")
        with self.assertRaises(ConnectionResetError):
            # Python's TLS takes a reset for an end: below it stand tickets, and the truth.
            while socket.socket.recv(connection.socket, 4096):
                pass
        after = len(self.client.get(PROFILES).json()["network_access_profiles"])
        self.assertEqual(after, before + 1)

    def test_truncate(self):
        whole = self.client.get(PROFILES).body
        self.put(then={"truncate": 10})
        received = self.read_to_end(self.ask())
        head, body = received.split(b"\r\n\r\n", 1)
        self.assertIn(b"Content-Length: %d" % len(whole), head)
        self.assertEqual(body, whole[:10])

    def test_stall(self):
        whole = self.client.get(PROFILES)
        self.put(then={"stall_ms": 100})
        self.assertEqual(self.client.get(PROFILES).body, whole.body)

    def test_status_and_latency(self):
        self.put(then={"status": 503, "latency_ms": 20})
        self.assertEqual(self.client.get(PROFILES).status, 503)
        self.assertEqual(self.client.get(PROFILES).status, 200)

    def listen(self):
        """A stream of the account's events, at whose beginning it is."""
        stream = self.connect()
        stream.send(self.client.build("GET", "/_emulator/events"))
        self.read_until(stream, b"id: ")
        return stream

    def read_until(self, stream, mark):
        """What comes, up to a mark."""
        received = b""
        while mark not in received:
            piece = stream.socket.recv(65536)
            self.assertTrue(piece, received)
            received += piece
        return received

    def test_a_stream_of_events(self):
        stream = self.listen()
        self.client.post(PROFILES, {"UniqueName": "one"})
        self.read_until(stream, b"network_access_profile.created")

    def test_a_stream_ends_when_the_server_stops(self):
        stream = self.listen()
        self.server.terminate()
        while stream.socket.recv(65536):
            pass
        self.assertEqual(self.server.wait()[0], 0)

    def test_a_listener_that_leaves(self):
        for _ in range(20):
            self.listen().close()
        stream = self.listen()
        self.client.post(PROFILES, {"UniqueName": "one"})
        self.read_until(stream, b"network_access_profile.created")

    def test_waiting(self):
        answers = []

        def wait():
            body = {"for": "request", "match": {"path": PROFILES, "method": "POST"},
                    "timeout_ms": 60000}
            answers.append(self.tls_client(self.client.user).control("POST", "wait", body))

        waiting = threading.Thread(target=wait)
        waiting.start()
        wait_until(lambda: self.client.post(PROFILES) and not waiting.is_alive() or None,
                   "the wait to end")
        waiting.join()
        self.assertEqual(answers[0].status, 200, answers)

    def test_the_journal_names_urls_that_whoever_asks_can_use(self):
        found = self.client.control("GET", "requests?format=har").json()
        urls = [entry["request"]["url"] for entry in found["log"]["entries"]]
        self.assertEqual(urls, [self.server.ready["tls_url"] + PROFILES])


if __name__ == "__main__":
    unittest.main()
