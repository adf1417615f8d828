# SPDX-License-Identifier: MIT
"""TLS, the proxy and the forms of the authority while memory or descriptors run out: each gives what it
always gives, an error, or a connection that ends; and afterwards all is well.

But for the handshake itself: GnuTLS computes with libraries (GMP, libtasn1) that end the process when
there is no memory. That is theirs, and docs/architecture.md says so.
"""
import socket
import subprocess
import unittest

import faults
from faults import DESCRIPTOR, FOR_EVER, MEMORY, FaultyServer, chance_of_run

from http_client import Connection, ConnectionClosed
from tls_case import AUTO, FREE, HOST, TlsConnection, TlsTestCase, address_of

CHOSEN = {MEMORY: 30, DESCRIPTOR: 10}  # unless all are tried
GET = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"
ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
CONNECT = f"CONNECT {HOST}:443 HTTP/1.1\r\n\r\n".encode()
OTHER = b"CONNECT 127.0.0.1:%d HTTP/1.1\r\n\r\n"


class TlsFaultTest(TlsTestCase):
    def setUp(self):
        super().setUp()
        self.chance = chance_of_run()
        self.server = FaultyServer("--workers", "1", *AUTO, "--proxy", FREE, "--proxy-others",
                                   "tunnel", directory=self.directory)
        self.addCleanup(self.server.stop)
        self.tls_address = address_of(self.server.ready["tls_url"])
        self.proxy = address_of(self.server.ready["proxy_url"])
        self.pem = self.authority()
        self.context = self.context_of(self.pem)
        self.witness = self.server.client()

    def request(self, connection):
        """What one over TLS is answered, if its other end is still there."""
        connection.send(GET)
        return connection.read_response().status

    def over_tls(self, plain=None):
        """A handshake and a request."""
        connection = TlsConnection(self.tls_address, self.context, plain=plain)
        try:
            return self.request(connection)
        finally:
            connection.close()

    def beginning(self):
        """A connection that the server takes, whose handshake begins when nothing fails any more."""
        plain = socket.create_connection(self.tls_address)
        try:
            self.witness.get("/livez")  # of the only worker, which has taken the other one by then
            self.server.faults.pause()
            return self.over_tls(plain)
        finally:
            plain.close()

    def on_one_that_is_there(self):
        """A request after the handshake."""
        self.server.faults.pause()
        connection = TlsConnection(self.tls_address, self.context)
        self.server.faults.go_on()
        try:
            return self.request(connection)
        finally:
            connection.close()

    def by_proxy(self):
        """The way through the proxy, and the handshake when nothing fails any more."""
        way = Connection(self.proxy)
        try:
            way.send(CONNECT)
            if way.socket.recv(39) != ESTABLISHED:
                raise ConnectionClosed("no way")
            self.witness.get("/livez")
            self.server.faults.pause()
            return self.over_tls(way.socket)
        finally:
            way.close()

    def by_tunnel(self):
        """A request to the plain port, through a tunnel."""
        way = Connection(self.proxy)
        try:
            way.send(OTHER % self.server.address[1])
            told = way.socket.recv(39)
            if told.startswith(b"HTTP/1.1 502"):
                return 503
            if not told:
                raise ConnectionClosed("no tunnel")
            way.send(GET)
            return way.read_response().status
        finally:
            way.close()

    def authority_again(self):
        """The authority in every form; a good one is whole."""
        client = self.server.client()
        try:
            answers = [client.get("/_emulator/" + form) for form in
                       ("ca.pem", "ca-bundle.pem", "ca.p12")]
        finally:
            client.close()
        if answers[0].status == 200:
            self.assertEqual(answers[0].body.decode(), self.pem)
        if answers[1].status == 200:
            self.assertTrue(answers[1].body.decode().endswith(self.pem))
        if answers[2].status == 200:
            shown = subprocess.run(["openssl", "pkcs12", "-passin", "pass:changeit", "-nokeys"],
                                   input=answers[2].body, capture_output=True, check=True)
            self.assertIn(self.pem.strip(), shown.stdout.decode())
        return max(answer.status if answer.status != 404 else 200 for answer in answers)

    def try_fault(self, act, classes, first, count):
        """One time, with calls from the first on that fail; how many calls there were."""
        self.server.faults.arm(classes, first, count)
        try:
            status = act()
        except (ConnectionClosed, OSError):
            status = None
        seen, _ = self.server.faults.disarm()
        self.assertIn(status, (200, 500, 503, None), self.server.log())
        self.assertEqual(act(), 200, self.server.log())
        return seen

    def sweep(self, act):
        """Every class."""
        act()
        for classes, count in ((MEMORY, 1), (MEMORY, FOR_EVER), (DESCRIPTOR, 1)):
            seen = self.try_fault(act, classes, FOR_EVER, 1)
            self.assertTrue(seen > 0 or classes == DESCRIPTOR)
            places = range(1, seen + 1)
            if not faults.TORTURE_SECONDS and seen > CHOSEN[classes]:
                places = sorted(self.chance.sample(places, CHOSEN[classes]))
            for first in places:
                with self.subTest(classes=classes, first=first, count=count):
                    self.try_fault(act, classes, first, count)

    def test_beginnings(self):
        self.sweep(self.beginning)

    def test_requests(self):
        self.sweep(self.on_one_that_is_there)

    def test_the_proxy(self):
        self.sweep(self.by_proxy)

    def test_tunnels(self):
        self.sweep(self.by_tunnel)

    def test_forms_of_the_authority(self):
        self.sweep(self.authority_again)


if __name__ == "__main__":
    unittest.main()
