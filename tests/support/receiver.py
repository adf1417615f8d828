# SPDX-License-Identifier: MIT
"""A receiver of webhooks that behaves as badly as one wishes. Each request runs in its own thread."""
import socket
import socketserver
import threading
import time
from http.server import BaseHTTPRequestHandler


class Receiver:
    """Listens on a free port of this machine until closed, and remembers what came. With `tls`, an
    ssl.SSLContext, it speaks https."""

    def __init__(self, behave=None, port=0, tls=None):
        self.requests = []
        self.lock = threading.Lock()
        self.hanging = set()  # connections that are kept waiting
        self.given_up = 0     # how many senders did not wait any longer
        self.released = False
        self.behave = behave or (lambda handler: handler.answer(200))
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            """One connection."""

            protocol_version = "HTTP/1.1"

            def handle_any(self):
                """Remembers the request, then behaves."""
                length = int(self.headers.get("Content-Length", 0))
                body = self.rfile.read(length).decode()
                request = {"method": self.command, "target": self.path, "body": body,
                           "headers": dict(self.headers.items()), "at": time.monotonic()}
                with receiver.lock:
                    receiver.requests.append(request)
                receiver.behave(self)

            do_GET = do_POST = handle_any

            def answer(self, status, body=b"ok", headers=()):
                """A proper answer."""
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def hang(self):
                """Says nothing until the sender gives up, or the receiver lets go."""
                self.close_connection = True
                with receiver.lock:
                    if receiver.released:
                        return
                    receiver.hanging.add(self.connection)
                try:
                    self.connection.recv(1)
                except OSError:
                    pass  # a reset is an end, too
                with receiver.lock:
                    receiver.hanging.discard(self.connection)
                    receiver.given_up += not receiver.released

            def reset(self):
                """Ends the connection with a reset."""
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                           b"\x01\0\0\0\0\0\0\0")
                self.connection.close()

            def log_message(self, *_):
                """Says nothing."""

        class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
            """Many at once."""

            daemon_threads = True
            allow_reuse_address = True
            request_queue_size = 128

            def handle_error(self, request, client_address):
                """A sender that has had enough is no error here."""

        self.server = Server(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        if tls is not None:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
            self.url = self.url.replace("http:", "https:")
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    def tokens(self):
        """The idempotency tokens that came, one for each request."""
        with self.lock:
            return [one["headers"].get("I-Twilio-Idempotency-Token") for one in self.requests]

    def let_go(self):
        """Nothing hangs any longer."""
        with self.lock:
            self.released = True
            for connection in self.hanging:
                connection.shutdown(socket.SHUT_RD)  # what waits for the sender's end sees one

    def close(self):
        """Ends it and everybody who hangs in it."""
        self.let_go()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class WaitingReceiver(Receiver):
    """Answers when `may_answer` is set, or it is closed."""

    def __init__(self):
        self.may_answer = threading.Event()
        super().__init__(self.wait_and_answer)

    def wait_and_answer(self, handler):
        """As late as one wishes."""
        self.may_answer.wait()
        handler.answer(200)

    def close(self):
        self.may_answer.set()
        super().close()


def unused_port():
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
