# SPDX-License-Identifier: MIT
"""A small HTTP client that hides nothing: keep-alive, pipelining and raw bytes are in plain sight.

`Connection` is one socket; `Client` speaks for one account over one connection at a time and
counts how many it needed, so that a test can tell whether the server kept it open.
"""
import base64
import json
import secrets
import socket
import urllib.parse

# Long enough for a server built with sanitizers on a slow and busy machine; a healthy one needs a
# hundredth. No test takes longer for it but one that fails.
PATIENCE_SECONDS = 120
FORM_TYPE = "application/x-www-form-urlencoded"
TOGETHER = 500  # requests sent before their answers are read


def new_account():
    """An account SID that no other test uses."""
    return "AC" + secrets.token_hex(16)


def basic(user, secret):
    """The value of an Authorization header."""
    return "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()


def encode_form(form):
    """Form bytes from a dict or pairs; str and bytes are sent as they are."""
    if form is None or isinstance(form, bytes):
        return form
    if isinstance(form, str):
        return form.encode()
    return urllib.parse.urlencode(form).encode()


class ConnectionClosed(Exception):
    """The server closed the connection where an answer was due."""


class Response:
    """An answer: status, headers as pairs in their order, and the body's bytes."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def header(self, name, default=None):
        """The value of the first header of this name, whatever its case."""
        for candidate, value in self.headers:
            if candidate.lower() == name.lower():
                return value
        return default

    def json(self):
        """The parsed body; objects keep the order of their keys."""
        return json.loads(self.body)

    def __repr__(self):
        return f"<Response {self.status} {self.body[:300]!r}>"


class Connection:
    """One TCP connection with the answers read from it, one after the other."""

    def __init__(self, address, timeout=PATIENCE_SECONDS):
        self.socket = socket.create_connection(address, timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = bytearray()  # what came and was not asked for yet

    def send(self, data):
        """Sends bytes as they are."""
        self.socket.sendall(data)

    def takes(self, data):
        """Sends bytes. False: the server has closed the connection."""
        try:
            self.send(data)
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def _receive_into(self, view):
        """How many bytes came, at least one; written where `view` begins."""
        try:
            count = self.socket.recv_into(view)
        except ConnectionResetError:
            count = 0
        if count == 0:
            raise ConnectionClosed("the server closed the connection")
        return count

    def _receive(self):
        """Adds to the buffer what comes next."""
        piece = bytearray(65536)
        count = self._receive_into(piece)
        self._buffer += memoryview(piece)[:count]

    def _take(self, size):
        """The buffer's first bytes, which leave it."""
        found = bytes(self._buffer[:size])
        del self._buffer[:size]
        return found

    def _read_until(self, mark):
        searched = 0
        while (position := self._buffer.find(mark, searched)) < 0:
            searched = max(0, len(self._buffer) - len(mark) + 1)
            self._receive()
        return self._take(position + len(mark))[:position]

    def _read_exactly(self, size):
        """Each byte is copied a fixed number of times, in however many pieces it comes."""
        found = bytearray(size)
        begun = self._take(size)
        found[:len(begun)] = begun
        rest = memoryview(found)[len(begun):]
        while rest:
            rest = rest[self._receive_into(rest):]
        return bytes(found)

    def _read_chunks(self):
        chunks = []
        while True:
            size = int(self._read_until(b"\r\n").split(b";")[0], 16)
            chunks.append(self._read_exactly(size))
            self._read_exactly(2)
            if size == 0:
                return b"".join(chunks)

    def _read_to_end(self):
        try:
            while True:
                self._receive()
        except ConnectionClosed:
            return self._take(len(self._buffer))

    def read_response(self, method="GET", interim=False):
        """The next answer to a request of this method; 1xx ones only with `interim`."""
        while True:
            lines = self._read_until(b"\r\n\r\n").decode("latin-1").split("\r\n")
            status = int(lines[0].split(" ", 2)[1])
            if status >= 200 or interim:
                break
        headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:]]
        response = Response(status, headers, b"")
        if method == "HEAD" or status < 200 or status in (204, 304):
            return response
        length = response.header("Content-Length")
        if (response.header("Transfer-Encoding") or "").lower() == "chunked":
            response.body = self._read_chunks()
        elif length is not None:
            response.body = self._read_exactly(int(length))
        else:
            response.body = self._read_to_end()
        return response

    def has_unread_bytes(self):
        """True when more came than the answers read so far."""
        return bool(self._buffer)

    def is_at_end(self, seconds=PATIENCE_SECONDS):
        """Waits for the server to close; false when it sends something or stays silent instead."""
        if self._buffer:
            return False
        self.socket.settimeout(seconds)
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False

    def close(self):
        """Closes the socket."""
        self.socket.close()


class Client:
    """An account's requests, over a connection that is kept open as long as the server allows."""

    def __init__(self, address, user, secret="anytoken"):
        self.address = address
        self.user = user
        self.authorization = basic(user, secret)
        self.connection = None
        self.connections_opened = 0
        self.observe = None  # called with method, target, body and answer of each request

    def build(self, method, target, form=None, headers=(), authorization=None, version="1.1"):
        """A request's bytes. `authorization` replaces the client's own; "" leaves it out.

        A header given as None leaves out the one that would be sent; others replace it.
        """
        body = encode_form(form)
        fields = {"Host": f"{self.address[0]}:{self.address[1]}"}
        if authorization is None:
            authorization = self.authorization
        if authorization:
            fields["Authorization"] = authorization
        if body is not None:
            fields["Content-Type"] = FORM_TYPE
            fields["Content-Length"] = str(len(body))
        fields.update(dict(headers))
        lines = [f"{method} {target} HTTP/{version}"]
        lines += [f"{name}: {value}" for name, value in fields.items() if value is not None]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + (body or b"")

    def connect(self):
        """The open connection, made if there is none."""
        if self.connection is None:
            self.connection = Connection(self.address)
            self.connections_opened += 1
        return self.connection

    def request_often(self, count, method, target):
        """Sends the same request so often, many at once, and returns the answers' statuses."""
        request = self.build(method, target)
        connection = self.connect()
        statuses = set()
        for begun in range(0, count, TOGETHER):
            together = min(TOGETHER, count - begun)
            connection.send(request * together)
            statuses.update(connection.read_response().status for _ in range(together))
        return statuses

    def request(self, method, target, form=None, **how):
        """Sends one request and returns its answer. See `build` for `how`."""
        data = self.build(method, target, form, **how)
        connection = self.connect()
        try:
            connection.send(data)
            response = connection.read_response(method)
        except (ConnectionClosed, BrokenPipeError, ConnectionResetError):
            self.close()
            raise
        if (response.header("Connection") or "").lower() == "close":
            self.close()
        if self.observe is not None:
            self.observe(method, target, encode_form(form), response)
        return response

    def get(self, target, **how):
        """GET of a path, or of an absolute URL that an earlier answer held."""
        if target.startswith("http://"):
            target = "/" + target.split("/", 3)[3]
        return self.request("GET", target, **how)

    def post(self, target, form=b"", **how):
        """POST of a form; of an empty one unless given."""
        return self.request("POST", target, form, **how)

    def control(self, method, path, body=None, **how):
        """A call to the control API with a JSON body."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} if data is not None else {}
        headers.update(how.pop("headers", {}))
        return self.request(method, "/_emulator/" + path, data, headers=headers, **how)

    def close(self):
        """Closes the connection; the next request opens another."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None
