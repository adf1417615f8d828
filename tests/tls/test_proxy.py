# SPDX-License-Identifier: MIT
"""The proxy that leads supersim.twilio.com to the server, and nothing else unless it is asked for."""
import socket
import ssl
import threading
import unittest

from http_client import PATIENCE_SECONDS, Connection, new_account
from server import scaled, slow_tests_wanted, wait_until
from tls_case import FREE, HOST, TlsConnection, TlsTestCase, address_of

ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
GET = b"GET /livez HTTP/1.1\r\nHost: " + HOST.encode() + b"\r\n\r\n"


def connect_head(authority=HOST + ":443", *lines):
    """What a client asks a proxy for."""
    return "\r\n".join([f"CONNECT {authority} HTTP/1.1", f"Host: {authority}", *lines, "", ""]).encode()


class ProxyTestCase(TlsTestCase):
    options = ()

    def setUp(self):
        super().setUp()
        self.serve("--proxy", FREE, *self.options)
        self.proxy = address_of(self.server.ready["proxy_url"])

    def enter(self, head=b""):
        """A connection to the proxy, closed with the test."""
        connection = Connection(self.proxy)
        self.addCleanup(connection.close)
        connection.send(head)
        return connection

    def established(self, head=connect_head()):
        """One that was let through."""
        connection = self.enter(head)
        told = b""
        while len(told) < len(ESTABLISHED):
            piece = connection.socket.recv(len(ESTABLISHED) - len(told))
            if not piece:
                break
            told += piece
        self.assertEqual(told, ESTABLISHED)
        return connection

    def refused(self, head, status):
        """The answer to one that was not, at whose end the connection is closed."""
        connection = self.enter(head)
        answer = connection.read_response()
        self.assertEqual(answer.status, status, answer)
        self.assertTrue(connection.is_at_end())
        return answer


class SuperSimTest(ProxyTestCase):
    def test_the_way_to_super_sim(self):
        way = self.established()
        client = TlsConnection(None, self.context, plain=way.socket)
        self.addCleanup(client.close)
        for _ in range(3):
            client.send(GET)
            self.assertEqual(client.read_response().status, 200)

    def test_urls_are_those_that_were_asked_for(self):
        client = self.tls_client(new_account())
        client.connection = TlsConnection(None, self.context, plain=self.established().socket)
        answer = client.post("/v1/NetworkAccessProfiles", headers={"Host": HOST}).json()
        self.assertTrue(answer["url"].startswith(f"https://{HOST}/v1/"), answer)

    def test_edges_and_regions(self):
        for host in ("supersim.sydney.twilio.com", "supersim.sydney.au1.twilio.com",
                     "SuperSim.Twilio.Com"):
            self.established(connect_head(host + ":443"))

    def test_heads_in_pieces(self):
        connection = self.enter()
        for byte in connect_head():
            connection.send(bytes([byte]))
        self.assertEqual(connection.socket.recv(4096), ESTABLISHED)

    def test_what_follows_a_head_at_once(self):
        """A client that does not wait for the answer: its handshake must not be lost."""
        incoming, outgoing = ssl_pair(self.context)
        connection = self.enter(connect_head() + outgoing.read())
        told = connection.socket.recv(65536)
        self.assertTrue(told.startswith(ESTABLISHED))
        told = told[len(ESTABLISHED):] or connection.socket.recv(65536)
        self.assertEqual(told[:1], b"\x16", "the server's part of the handshake")
        del incoming

    def test_further_headers(self):
        self.established(connect_head(HOST + ":443", "Proxy-Connection: keep-alive",
                                      "User-Agent: " + "x" * 4000))

    def test_plain_requests_for_super_sim(self):
        connection = self.enter(f"GET http://{HOST}/livez HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        self.assertEqual(connection.read_response().status, 200)

    def test_many_at_once(self):
        ways = [self.established() for _ in range(scaled(100, 20))]
        clients = [TlsConnection(None, self.context, plain=way.socket) for way in ways]
        for client in clients:
            client.send(GET)
        for client in clients:
            self.assertEqual(client.read_response().status, 200)
            client.close()

    def test_a_stop_waits_for_no_visitor(self):
        self.enter(b"CONNECT ")
        self.established()
        self.server.terminate()
        self.assertEqual(self.server.wait()[0], 0)


def ssl_pair(context):
    """A handshake that has begun in memory: where it reads from, and what it would send."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    handshake = context.wrap_bio(incoming, outgoing, server_hostname=HOST)
    try:
        handshake.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return incoming, outgoing


class RefusedTest(ProxyTestCase):
    def test_other_hosts(self):
        for authority in ("api.twilio.com:443", "example.com:443", "supersim.twilio.com.evil:443",
                          "evilsupersim.twilio.com:443", "supersim.a.b.c.twilio.com:443",
                          "supersim..twilio.com:443", "supersimtwilio.com:443", "127.0.0.1:22",
                          "[::1]:443", HOST + ":80"):
            with self.subTest(authority):
                answer = self.refused(connect_head(authority), 403)
                self.assertIn("--proxy-others tunnel", answer.body.decode())
                self.assertIn("NO_PROXY", answer.body.decode())
                self.assertEqual(answer.header("Content-Type"), "text/plain")
        self.wait_for_log("the proxy refused api.twilio.com:443")

    def test_plain_requests_for_other_hosts(self):
        for url in ("http://example.com/", "http://127.0.0.1:9/x", f"http://{HOST}:81/",
                    "http://example.com"):
            with self.subTest(url):
                self.refused(f"POST {url} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
                             .encode(), 403)

    def test_what_is_no_request_to_a_proxy(self):
        for head in ("GET / HTTP/1.1", "CONNECT HTTP/1.1", "CONNECT :443 HTTP/1.1", "CONNECT",
                     f"CONNECT {HOST} HTTP/1.1", f"CONNECT {HOST}:0x HTTP/1.1", "",
                     f"CONNECT {HOST}:99999 HTTP/1.1", f"CONNECT a@{HOST}:443 HTTP/1.1",
                     "CONNECT " + "x" * 300 + ":443 HTTP/1.1", "GET https://x/ HTTP/1.1",
                     "GET ftp://x/ HTTP/1.1", "GET http:///x HTTP/1.1"):
            with self.subTest(head):
                answer = self.refused(f"{head}\r\nHost: x\r\n\r\n".encode(), 400)
                self.assertIn("HTTPS_PROXY", answer.body.decode())

    def test_bytes_that_are_no_head(self):
        for data in (b"\x16\x03\x01\x00\x05hello", b"\0" * 100, b"x" * 20000):
            connection = self.enter()
            try:
                connection.send(data)
                connection.socket.shutdown(socket.SHUT_WR)
            except (BrokenPipeError, ConnectionResetError, OSError):
                pass
            self.assertTrue(connection.is_at_end())
        self.established()

    @unittest.skipUnless(slow_tests_wanted(), "waits for a time-out")
    def test_silent_visitors_end(self):
        silent, dripping = self.enter(), self.enter(b"CONNECT ")
        wait_until(lambda: not dripping.takes(b"x"), "a dripping head to be cut off")
        self.assertTrue(silent.is_at_end())


class Echo:
    """A server that sends back what it gets, in capitals, until its client has ended."""

    def __init__(self):
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        while True:
            try:
                accepted, _ = self.listening.accept()
            except OSError:
                return
            threading.Thread(target=self._echo, args=(accepted,), daemon=True).start()

    @staticmethod
    def _echo(accepted):
        with accepted:
            try:
                while data := accepted.recv(65536):
                    accepted.sendall(data.upper())
            except OSError:
                pass

    def close(self):
        """Takes no more connections."""
        self.listening.close()


class TunnelTest(ProxyTestCase):
    options = ("--proxy-others", "tunnel")

    def setUp(self):
        super().setUp()
        self.echo = Echo()
        self.addCleanup(self.echo.close)

    def tunnel(self):
        return self.established(connect_head(f"127.0.0.1:{self.echo.port}"))

    def test_both_directions(self):
        tunnel = self.tunnel()
        tunnel.send(b"hello")
        self.assertEqual(tunnel.socket.recv(100), b"HELLO")
        tunnel.socket.shutdown(socket.SHUT_WR)
        self.assertTrue(tunnel.is_at_end())

    def test_much(self):
        tunnel = self.tunnel()
        data = b"x" * 3_000_000
        sender = threading.Thread(target=tunnel.send, args=(data,))
        sender.start()
        received = 0
        while received < len(data):
            piece = tunnel.socket.recv(65536)
            self.assertTrue(piece)
            received += len(piece)
        sender.join(PATIENCE_SECONDS)
        self.assertEqual(received, len(data))

    def test_what_cannot_be_reached(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.refused(connect_head(f"127.0.0.1:{port}"), 502)
        self.refused(connect_head("nobody.invalid:443"), 502)

    def test_super_sim_is_led_here_all_the_same(self):
        client = TlsConnection(None, self.context, plain=self.established().socket)
        self.addCleanup(client.close)
        client.send(GET)
        self.assertEqual(client.read_response().status, 200)

    def test_plain_requests_are_refused_all_the_same(self):
        """They would have to be rewritten."""
        self.refused(f"GET http://127.0.0.1:{self.echo.port}/ HTTP/1.1\r\n\r\n".encode(), 403)

    def test_more_than_there_may_be(self):
        tunnels = [self.tunnel() for _ in range(64)]
        more = self.enter(connect_head(f"127.0.0.1:{self.echo.port}"))
        self.assertTrue(more.is_at_end())
        self.wait_for_log("as many tunnels as may be")
        tunnels[0].close()
        wait_until(self.is_let_through, "a place to come free")

    def is_let_through(self):
        connection = self.enter(connect_head(f"127.0.0.1:{self.echo.port}"))
        return connection.socket.recv(100) == ESTABLISHED

    def test_a_stop_ends_them(self):
        tunnels = [self.tunnel() for _ in range(5)]
        self.server.terminate()
        self.assertEqual(self.server.wait()[0], 0)
        for tunnel in tunnels:
            self.assertTrue(tunnel.is_at_end())


if __name__ == "__main__":
    unittest.main()
