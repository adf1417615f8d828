# SPDX-License-Identifier: MIT
"""The tests' own HTTP client, against answers that are written down here."""
import socket
import threading
import time
import unittest

from http_client import Connection, ConnectionClosed

# What a slow machine needs for a linear amount of work a hundred times over, and a quadratic one
# exceeds a hundredfold. Of this thread's processor, so that nobody else's work counts.
MOST_PROCESSOR_SECONDS = 30


class Pieces:
    """A socket of which no more than so many bytes are read at once."""

    def __init__(self, inner, most):
        self.inner = inner
        self.most = most
        self.begin = time.thread_time()

    def recv_into(self, buffer):
        """As a socket's."""
        view = memoryview(buffer)[:self.most]
        if time.thread_time() - self.begin > MOST_PROCESSOR_SECONDS:
            raise AssertionError("the client works more than in proportion to what comes")
        return self.inner.recv_into(view)

    def recv(self, size):
        """As a socket's."""
        view = bytearray(min(size, self.most))
        return bytes(view[:self.recv_into(view)])

    def close(self):
        """As a socket's."""
        self.inner.close()


class ConnectionTest(unittest.TestCase):
    """What a connection makes of bytes."""

    def connection(self, data, most=65536):
        """One whose server sends `data` and closes."""
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)

        def serve():
            peer, _ = listener.accept()
            with peer:
                try:
                    peer.sendall(data)
                except OSError:
                    pass  # the test has had enough

        server = threading.Thread(target=serve)
        server.start()
        self.addCleanup(server.join)
        connection = Connection(listener.getsockname())
        connection.socket = Pieces(connection.socket, most)
        self.addCleanup(connection.close)
        return connection

    def head(self, *fields):
        """The head of an answer."""
        return "\r\n".join(("HTTP/1.1 200 OK", *fields, "", "")).encode()

    def test_many_small_pieces(self):
        """However its end is told. Work that grows with the square of the size has no end here."""
        body = bytes(range(256)) * (32 << 12)
        chunks = b"".join(b"8000;x=y\r\n" + body[at:at + 0x8000] + b"\r\n"
                          for at in range(0, len(body), 0x8000)) + b"0\r\n\r\n"
        for name, data in (("length", self.head(f"Content-Length: {len(body)}") + body),
                           ("chunks", self.head("Transfer-Encoding: chunked") + chunks),
                           ("end", self.head() + body),
                           ("head", self.head("X: " + "x" * len(body), "Content-Length: 0"))):
            with self.subTest(name):
                answer = self.connection(data, 512).read_response()
                self.assertEqual(answer.status, 200)
                if name == "head":
                    self.assertEqual(len(answer.header("X")), len(body))
                else:
                    self.assertTrue(answer.body == body)

    def test_pieces_of_every_size(self):
        """Answers that follow each other come out the same, wherever they are cut."""
        data = (b"HTTP/1.1 100 Continue\r\n\r\n" + self.head("Content-Length: 5") + b"first"
                + self.head("Transfer-Encoding: chunked") + b"3\r\nsec\r\n3;a\r\nond\r\n0\r\n\r\n"
                + b"HTTP/1.1 204 No Content\r\n\r\n" + self.head("content-length:0")
                + self.head("Content-Length: 7")  # of a HEAD
                + self.head("Connection: close") + b"\r\n\r\nlast")
        for most in range(1, len(data) + 1):
            connection = self.connection(data, most)
            answers = [connection.read_response(method)
                       for method in ("GET", "GET", "GET", "GET", "HEAD", "GET")]
            self.assertEqual([(answer.status, answer.body) for answer in answers], [
                (200, b"first"), (200, b"second"), (204, b""), (200, b""), (200, b""),
                (200, b"\r\n\r\nlast")], most)
            self.assertFalse(connection.has_unread_bytes())

    def test_interim_answers(self):
        connection = self.connection(b"HTTP/1.1 100 Continue\r\n\r\n" + self.head("Content-Length: 0"))
        self.assertEqual(connection.read_response(interim=True).status, 100)
        self.assertEqual(connection.read_response(interim=True).status, 200)

    def test_an_answer_too_many(self):
        connection = self.connection(self.head("Content-Length: 1") * 2)
        self.assertEqual(connection.read_response().body, b"H")
        self.assertTrue(connection.has_unread_bytes())

    def test_an_end_in_the_middle(self):
        for data in (b"", b"HTTP/1.1 200 OK\r\n", self.head("Content-Length: 5") + b"four",
                     self.head("Transfer-Encoding: chunked") + b"5\r\nfour",
                     self.head("Transfer-Encoding: chunked") + b"4\r\nfour\r\n"):
            with self.subTest(data=data):
                with self.assertRaises(ConnectionClosed):
                    self.connection(data).read_response()


if __name__ == "__main__":
    unittest.main()
