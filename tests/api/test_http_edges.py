# SPDX-License-Identifier: MIT
"""HTTP as it comes over the wire: limits, chunks, pipelines, broken and hostile peers.

Most tests end with an ordinary request: whatever happened before, the server must still serve.
"""
import os
import socket
import struct
import time
import unittest

from fleet_case import FleetTestCase
from http_client import Connection, ConnectionClosed
from server import scaled, slow_tests_wanted, wait_until

BODY_LIMIT = 64 * 1024
REQUEST_DEADLINE_SECONDS = 30
FAR_TOO_MUCH = 32 * 1024 * 1024


def chunked(data, size=4096):
    """A body in chunks, with its end."""
    pieces = [data[i:i + size] for i in range(0, len(data), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


class EdgeTestCase(FleetTestCase):
    """A profile to create Fleets with, raw connections, and the closing question."""

    def setUp(self):
        super().setUp()
        self.profile = self.make_profile("nap-one")["sid"]
        self.form = f"NetworkAccessProfile={self.profile}".encode()

    def tearDown(self):
        self.assertEqual(self.new_client().get("/v1/Fleets").status, 200, "no longer serving")

    def connect(self):
        """A raw connection."""
        connection = Connection(self.server.address)
        self.addCleanup(connection.close)
        return connection

    def head_of_post(self, **headers):
        """Everything of a POST but its body; names get dashes for underscores."""
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        fields.setdefault("Content-Length", None)
        return self.client.build("POST", "/v1/Fleets", b"", headers=fields)

    def answer_or_end(self, connection):
        """The answer, or None when the server closed instead of answering."""
        try:
            return connection.read_response()
        except ConnectionClosed:
            return None

    def assert_refused_or_closed(self, connection):
        """A 4xx, or no answer and a closed connection."""
        answer = self.answer_or_end(connection)
        if answer is not None:
            self.assertIn(answer.status, range(400, 500), answer)
        return answer


class BodyTest(EdgeTestCase):
    """Bodies of every length and none."""

    def test_too_large_by_content_length_alone(self):
        """Answered before a byte of the body was sent."""
        for length in (str(BODY_LIMIT + 1), "1000000", "9223372036854775807"):
            with self.subTest(length=length):
                connection = self.connect()
                connection.send(self.head_of_post(Content_Length=length))
                self.assert_error(connection.read_response(), 413)
        self.assertEqual(self.list_sids(), [])

    def test_impossible_content_lengths(self):
        for length in ("-1", "abc", "1 2", "99999999999999999999999", "0x10", "1e3"):
            with self.subTest(length=length):
                connection = self.connect()
                connection.send(self.head_of_post(Content_Length=length))
                connection.socket.shutdown(socket.SHUT_WR)
                self.assert_refused_or_closed(connection)
        self.assertEqual(self.list_sids(), [])

    def test_chunks(self):
        for size in (1, 7, 4096):
            with self.subTest(size=size):
                connection = self.connect()
                connection.send(self.head_of_post(Transfer_Encoding="chunked"))
                connection.send(chunked(self.form + b"&DataLimit=%d" % size, size))
                answer = connection.read_response()
                self.assertEqual((answer.status, answer.json()["data_limit"]), (201, size))
                connection.send(self.client.build("GET", "/v1/Fleets"))
                self.assertEqual(connection.read_response().status, 200)

    def test_chunks_over_the_limit(self):
        connection = self.connect()
        connection.send(self.head_of_post(Transfer_Encoding="chunked"))
        connection.send(chunked(self.form + b"&Padding=" + b"x" * BODY_LIMIT))
        self.assert_error(connection.read_response(), 413)
        self.assertEqual(self.list_sids(), [])

    def test_chunks_far_over_the_limit_cost_no_memory(self):
        before = self.resident_bytes()
        connection = self.connect()
        connection.send(self.head_of_post(Transfer_Encoding="chunked"))
        piece = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        try:
            for _ in range(FAR_TOO_MUCH // 0x10000):
                connection.send(piece)
            connection.send(b"0\r\n\r\n")
        except (BrokenPipeError, ConnectionResetError):
            pass
        answer = self.assert_refused_or_closed(connection)
        if answer is not None:
            self.assert_error(answer, 413)
        self.assertLess(self.resident_bytes() - before, FAR_TOO_MUCH // 2)

    def resident_bytes(self):
        """The server's memory, by the kernel's account."""
        with open(f"/proc/{self.server.pid}/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE")

    def test_malformed_chunks(self):
        for body in (b"zz\r\nabc\r\n0\r\n\r\n", b"-5\r\nabcde\r\n0\r\n\r\n",
                     b"fffffffffffffffffff\r\nabc\r\n"):
            with self.subTest(body=body):
                connection = self.connect()
                connection.send(self.head_of_post(Transfer_Encoding="chunked") + body)
                connection.socket.shutdown(socket.SHUT_WR)
                self.assert_refused_or_closed(connection)

    def test_a_body_in_single_bytes(self):
        connection = self.connect()
        connection.send(self.head_of_post(Content_Length=str(len(self.form))))
        for byte in self.form:
            connection.send(bytes([byte]))
        self.assertEqual(connection.read_response().status, 201)

    def test_a_request_in_single_bytes(self):
        connection = self.connect()
        for byte in self.client.build("POST", "/v1/Fleets", self.form):
            connection.send(bytes([byte]))
        self.assertEqual(connection.read_response().status, 201)

    def test_expect_100_continue(self):
        connection = self.connect()
        connection.send(self.head_of_post(Content_Length=str(len(self.form)),
                                          Expect="100-continue"))
        self.assertEqual(connection.read_response(interim=True).status, 100)
        connection.send(self.form)
        self.assertEqual(connection.read_response(interim=True).status, 201)

    def test_expect_100_continue_without_waiting(self):
        connection = self.connect()
        connection.send(self.client.build("POST", "/v1/Fleets", self.form,
                                          headers={"Expect": "100-continue"}))
        self.assertEqual(connection.read_response().status, 201)

    def test_expect_100_continue_for_too_much(self):
        """The final answer comes at once: nobody is invited to send what will be refused."""
        connection = self.connect()
        connection.send(self.head_of_post(Content_Length="1000000", Expect="100-continue"))
        self.assert_error(connection.read_response(interim=True), 413)

    def test_a_body_that_never_comes(self):
        """Invited to send its body, the client leaves: the server lets go of it, too."""
        connection = self.connect()
        connection.send(self.head_of_post(Content_Length=str(len(self.form)),
                                          Expect="100-continue"))
        self.assertEqual(connection.read_response(interim=True).status, 100)
        connection.socket.shutdown(socket.SHUT_WR)
        self.assert_refused_or_closed(connection)
        self.assertEqual(self.list_sids(), [])

    def test_a_body_cut_short_creates_nothing(self):
        """Even where what came would do for a Fleet."""
        for length in range(len(self.form) + 1):
            connection = Connection(self.server.address)
            connection.send(self.head_of_post(Content_Length=str(len(self.form) + 5))
                            + self.form[:length])
            connection.close()
        self.assertEqual(self.list_sids(), [])


class ConnectionTest(EdgeTestCase):
    """Keep-alive, pipelining, versions, HEAD."""

    def test_keep_alive_over_many_requests(self):
        """Neither success nor refusal costs the connection."""
        self.make_fleet(self.profile, UniqueName="taken")
        requests = [
            (200, "GET", "/v1/Fleets", None, None),
            (200, "HEAD", "/v1/Fleets/taken", None, None),
            (404, "GET", "/v1/Fleets/nobody", None, None),
            (400, "POST", "/v1/Fleets", b"DataLimit=0", None),
            (409, "POST", "/v1/Fleets", self.form + b"&UniqueName=taken", None),
            (405, "PUT", "/v1/Fleets/taken", b"DataLimit=5", None),
            (405, "DELETE", "/v1/Fleets/taken", None, None),
            (401, "POST", "/v1/Fleets", self.form, ""),
            (404, "POST", "/v1/Nonsense", self.form, None),
            (200, "POST", "/v1/Fleets/taken", b"DataLimit=5", None),
            (400, "GET", "/v1/Fleets?PageSize=0", None, None),
            (204, "OPTIONS", "/v1/Fleets", None, ""),
            (200, "POST", "/v1/Fleets/taken", b"", None),
        ]
        for _ in range(scaled(100)):
            for status, method, target, form, authorization in requests:
                answer = self.client.request(method, target, form, authorization=authorization)
                self.assertEqual(answer.status, status, (method, target, answer))
        self.assertEqual(self.client.connections_opened, 1)
        self.assertFalse(self.client.connection.has_unread_bytes())

    def test_answers_one_after_the_other(self):
        """Each has the headers that it has as the first of its connection, whatever came before:
        a longer one, a refusal, one without a body, another Host."""
        sids = [self.make_fleet(self.profile, UniqueName=name)["sid"] for name in ("a", "b", "longer")]
        requests = [("GET", "/v1/Fleets/" + sids[0], {}),
                    ("GET", "/v1/Fleets/" + sids[1], {}),  # as long as the one before
                    ("GET", "/v1/Fleets/" + sids[1], {"Host": "other.test:80"}),
                    ("GET", "/v1/Fleets/" + sids[2], {"Host": "other.test:80"}),
                    ("GET", "/v1/Fleets/" + sids[0], {}),
                    ("GET", "/v1/Fleets/none", {}),
                    ("GET", "/v1/Fleets/" + sids[0], {"Authorization": None}),
                    ("GET", "/v1/Fleets/" + sids[0], {}),
                    ("HEAD", "/v1/Fleets/" + sids[0], {}),
                    ("OPTIONS", "/v1/Fleets/" + sids[0], {}),
                    ("GET", "/v1/Fleets/" + sids[1] + "?Unknown=1", {}),
                    ("GET", "/v1/Fleets/" + sids[1], {}),
                    ("GET", "/_emulator/clock", {}),
                    ("GET", "/v1/Fleets/" + sids[1], {})]
        connection, ids = self.connect(), set()
        for number, (method, target, headers) in enumerate(requests):
            with self.subTest(number=number, method=method, target=target):
                first = self.connect()
                answers = []
                for each in (first, connection):
                    each.send(self.client.build(method, target, headers=headers))
                    answers.append(each.read_response(method))
                alone, among = answers
                self.assertEqual(among.body, alone.body)
                self.assertEqual(self.lasting(among), self.lasting(alone))
                ids |= {answer.header("Twilio-Request-Id") for answer in answers}
        self.assertEqual(len(ids), 2 * len(requests))

    def lasting(self, answer):
        """Names and values of an answer's headers, but for what two answers differ in."""
        own = {"Date", "Twilio-Request-Id", "Twilio-Request-Duration"}
        return sorted((name, value if name not in own else "") for name, value in answer.headers)

    def test_connection_close_is_honoured(self):
        connection = self.connect()
        connection.send(self.client.build("GET", "/v1/Fleets", headers={"Connection": "close"}))
        answer = connection.read_response()
        self.assertEqual((answer.status, answer.header("Connection").lower()), (200, "close"))
        self.assertTrue(connection.is_at_end())

    def test_http_1_0(self):
        """Without a Host the answer's URLs name the listener."""
        connection = self.connect()
        connection.send(self.client.build("GET", "/v1/Fleets", headers={"Host": None},
                                          version="1.0"))
        answer = connection.read_response()
        self.assertEqual(answer.status, 200)
        self.assertTrue(answer.json()["meta"]["url"].startswith(self.server.url + "/v1/Fleets?"))
        self.assertTrue(connection.is_at_end())

    def test_pipelined_reads_are_answered_in_order(self):
        count = scaled(100, 10)
        connection = self.connect()
        connection.send(b"".join(self.client.build("GET", f"/v1/Fleets/name-{i}")
                                 for i in range(count)))
        for i in range(count):
            self.assert_not_found(connection.read_response(), f"/Fleets/name-{i}")
        self.assertFalse(connection.has_unread_bytes())

    def test_pipelined_writes_and_reads(self):
        """Each request sees the ones before it on the same connection."""
        count = scaled(50, 5)
        connection = self.connect()
        data = b""
        for i in range(count):
            data += self.client.build("POST", "/v1/Fleets", self.form + b"&UniqueName=p%d" % i)
            data += self.client.build("GET", f"/v1/Fleets/p{i}")
            data += self.client.build("HEAD", f"/v1/Fleets/p{i}")
        connection.send(data)
        for i in range(count):
            created, fetched = connection.read_response(), connection.read_response()
            headed = connection.read_response("HEAD")
            self.assertEqual((created.status, fetched.status, headed.status), (201, 200, 200))
            self.assertEqual(created.json()["unique_name"], f"p{i}")
            self.assertEqual(fetched.body, created.body)

    def test_an_early_refusal_does_not_swallow_the_next_request(self):
        connection = self.connect()
        too_large = self.client.build("POST", "/v1/Fleets", b"x" * (BODY_LIMIT + 1))
        connection.send(too_large + self.client.build("GET", "/v1/Fleets"))
        self.assert_error(connection.read_response(), 413)
        answer = self.answer_or_end(connection)
        self.assertTrue(answer is None or answer.status == 200, answer)

    def test_idle_and_half_open_requests_hold_nobody_up(self):
        half_sent = self.client.build("POST", "/v1/Fleets", self.form)
        idle = [self.connect() for _ in range(scaled(60, 20))]
        for position, connection in enumerate(idle):
            connection.send(half_sent[:(position * 7) % len(half_sent)])
        for _ in range(scaled(50)):
            self.assertEqual(self.client.get("/v1/Fleets").status, 200)
        for position, connection in enumerate(idle):
            connection.send(half_sent[(position * 7) % len(half_sent):])
        statuses = [connection.read_response().status for connection in idle]
        self.assertEqual(statuses, [201] * len(idle))

    def test_clients_that_vanish_before_their_answer(self):
        """Their writes may count or not; nobody else notices."""
        reset = struct.pack("ii", 1, 0)
        count = scaled(100, 20)
        for i in range(count):
            connection = Connection(self.server.address)
            connection.send(self.client.build("POST", "/v1/Fleets", self.form))
            if i % 2:
                connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
            connection.close()
        self.make_fleet(self.profile, UniqueName="after")
        self.assertLessEqual(len(self.list_sids("?PageSize=1000")), count + 1)
        self.assertEqual(self.client.get("/v1/Fleets/after").status, 200)


class TargetTest(EdgeTestCase):
    """A whole URL as the target (RFC 9112, 3.2.2): what clients of a proxy send."""

    def ask(self, target, **headers):
        """The answer to a GET of this very target."""
        connection = self.connect()
        connection.send(self.client.build("GET", target, headers=headers))
        return connection.read_response()

    def test_its_host_replaces_that_of_the_header(self):
        for origin in ("http://supersim.twilio.com", "https://supersim.twilio.com",
                       "http://supersim.twilio.com:8080", "http://[::1]:7746"):
            with self.subTest(origin=origin):
                answer = self.ask(origin + "/v1/Fleets?PageSize=7", Host="another.example")
                self.assertEqual(answer.status, 200, answer)
                self.assertEqual(answer.json()["meta"]["url"],
                                 origin + "/v1/Fleets?PageSize=7&Page=0")
                self.assertEqual(answer.header("X-API-Domain"), origin.split("://")[1])
        self.assertEqual(self.ask("HTTP://x/v1/Fleets").status, 200)

    def test_a_write(self):
        connection = self.connect()
        connection.send(self.client.build("POST", "http://supersim.twilio.com/v1/Fleets",
                                          self.form))
        fleet = connection.read_response().json()
        self.assertEqual(fleet["url"], "http://supersim.twilio.com/v1/Fleets/" + fleet["sid"])

    def test_without_a_path(self):
        for target in ("http://x", "http://x?a=b", "http://x/"):
            with self.subTest(target=target):
                answer = self.ask(target)
                self.assertEqual((answer.status, answer.json()["api"]), (200, "http://x/v1"))

    def test_no_host_that_could_be_one(self):
        for target in ("http:///v1/Fleets", "http://a@b/v1/Fleets", "http://a b/v1/Fleets",
                       "http://" + "x" * 300 + "/v1/Fleets"):
            with self.subTest(target=target[:30]):
                self.assert_error(self.ask(target), 400)

    def test_the_control_api_believes_the_target(self):
        own = f"{self.server.address[0]}:{self.server.address[1]}"
        self.assertEqual(self.ask("http://evil.example/_emulator/clock", Host=own).status, 403)
        self.assertEqual(self.ask(f"http://{own}/_emulator/clock", Host="evil.example").status, 200)


class HeadTest(EdgeTestCase):
    """Heads that another server on the way could understand otherwise, and heads too large."""

    def ask(self, head, body=b""):
        """The answer to these lines, with credentials."""
        connection = self.connect()
        lines = [*head, "Authorization: " + self.client.authorization]
        connection.send(("\r\n".join(lines) + "\r\n\r\n").encode() + body)
        answer = connection.read_response()
        if answer.status == 400:
            self.assertTrue(connection.is_at_end(), "what follows cannot be told apart")
        return answer

    def test_hosts(self):
        for head, status in [
                (["GET /v1/Fleets HTTP/1.1"], 400),
                (["GET http://x/v1/Fleets HTTP/1.1"], 400),
                (["GET /v1/Fleets HTTP/1.1", "Host: a", "Host: a"], 400),
                (["GET /v1/Fleets HTTP/1.1", "Host: a", "host: b"], 400),
                (["GET /v1/Fleets HTTP/1.0", "Host: a", "Host: b"], 400),
                (["GET /v1/Fleets HTTP/1.1", "Host: a"], 200),
                (["GET /v1/Fleets HTTP/1.0"], 200)]:
            with self.subTest(head=head):
                answer = self.ask(head)
                self.assertEqual(answer.status, status, answer)
                if status == 400:
                    self.assert_error(answer, 400)

    def test_lengths(self):
        post = ["POST /v1/Fleets HTTP/1.1", "Host: a"]
        length = f"Content-Length: {len(self.form)}"
        form = "Content-Type: application/x-www-form-urlencoded"
        for fields, status in [
                ([length, "Content-Length: 1"], 400),
                (["Content-Length: 1", length], 400),
                ([length, "Transfer-Encoding: chunked"], 400),
                (["Transfer-Encoding: chunked", length], 400),
                (["Transfer-Encoding: gzip, chunked"], 400),
                (["Transfer-Encoding: identity"], 400),
                (["Content-Length : 5"], 400),
                (["X-Fold: a", " b", length], 201),
                ([length, length], 201)]:
            with self.subTest(fields=fields):
                answer = self.ask([*post, form, *fields], self.form if status == 201 else b"")
                self.assertEqual(answer.status, status, answer)
        self.assertEqual(len(self.list_sids()), 2)

    def test_the_control_api_says_it_in_its_own_form(self):
        answer = self.ask(["GET /_emulator/clock HTTP/1.1"])
        self.assertEqual((answer.status, list(answer.json())), (400, ["error", "field", "hint"]))

    def test_every_size_of_a_head_is_answered(self):
        """Below the limit as ever, above it by 431. (Of what is far above, the library decides.)"""
        def of_headers(size):
            return "/v1/Fleets", [f"X: {'y' * 8}"] * (size // 77)

        def of_one_header(size):
            return "/v1/Fleets", ["X: " + "y" * size]

        def of_a_query(size):
            return "/v1/Fleets?" + "a&" * (size // 66), []

        def of_cookies(size):
            return "/v1/Fleets", ["Cookie: " + "a=b; " * (size // 80)]

        for shape in (of_headers, of_one_header, of_a_query, of_cookies):
            statuses = set()
            for size in range(14000, 19000, 250):
                with self.subTest(shape=shape.__name__, size=size):
                    target, fields = shape(size)
                    answer = self.ask([f"GET {target} HTTP/1.1", "Host: a", *fields])
                    self.assertIn(answer.status, (200, 431), answer)
                    statuses.add(answer.status)
            self.assertIn(200, statuses)
            self.assertIn(431, statuses)


class HostileTest(EdgeTestCase):
    """What no proper client sends."""

    def test_huge_headers(self):
        host = f"Host: {self.server.address[0]}\r\n".encode()
        for name, head in [
                ("one long value", host + b"X-Long: " + b"x" * (1 << 20) + b"\r\n\r\n"),
                ("one long name", host + b"X" * (1 << 20) + b": x\r\n\r\n"),
                ("many", host + b"".join(b"X-%d: x\r\n" % i for i in range(20000)) + b"\r\n"),
                ("endless", host + b"X-Endless: " + b"x" * (1 << 20))]:
            with self.subTest(name):
                connection = self.connect()
                if connection.takes(b"GET /livez HTTP/1.1\r\n" + head):
                    self.assert_refused_or_closed(connection)

    def test_huge_request_lines(self):
        for target in ("/v1/Fleets/" + "x" * (1 << 20), "/v1/Fleets?Foo=" + "x" * (1 << 20),
                       "/v1/Fleets?" + "a&" * (1 << 19)):
            with self.subTest(target=target[:20]):
                connection = self.connect()
                if connection.takes(self.client.build("GET", target)):
                    self.assert_refused_or_closed(connection)

    def test_many_form_parameters(self):
        body = self.form + b"&a" * ((BODY_LIMIT - len(self.form)) // 2)
        self.assertEqual(self.client.post("/v1/Fleets", body).status, 201)
        repeated = self.form + b"&DataLimit=5" * ((BODY_LIMIT - len(self.form)) // 12)
        self.assertEqual(self.client.post("/v1/Fleets", repeated).json()["data_limit"], 5)

    def test_not_http(self):
        for data in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200,
                     b"\xff" * 1000, b"hello", b"GET", b"\r\n\r\nhello",
                     b"GET /v1/Fleets HTTP/9.9", b"GET /v1/Fleets",
                     b"PRI * HTTP/2.0\r\n\r\nSM", b" / HTTP/1.1"):
            with self.subTest(data=data[:30]):
                connection = self.connect()
                connection.send(data + b"\r\n\r\n")
                answer = self.answer_or_end(connection)
                if answer is not None:
                    self.assertGreaterEqual(answer.status, 400, answer)

    def test_raw_bytes_in_the_request_line(self):
        for path in ("\xff", "\x80abc", "caf\xe9", "a\tb", "\x01", "a\0b", "\"<>\\^`{|}"):
            with self.subTest(path=path):
                connection = self.connect()
                connection.send(self.client.build("GET", "/v1/Fleets/" + path))
                self.assert_refused_or_closed(connection)

    def test_raw_bytes_in_a_form(self):
        """A form need not escape letters beyond ASCII: UTF-8 passes, other bytes do not."""
        answer = self.client.post("/v1/Fleets", self.form + b"&UniqueName=\xc3\xa9")
        self.assertEqual((answer.status, answer.json()["unique_name"]), (201, "é"))
        for name in (b"\xff", b"\xc3", b"a\x00b", b"\xed\xa0\x80"):
            with self.subTest(name=name):
                answer = self.client.post("/v1/Fleets", self.form + b"&UniqueName=" + name)
                self.assert_error(answer, 400)

    def test_hosts_that_are_none(self):
        """Nothing is done for a Host that is no host and port, and the answer is JSON all the same."""
        for host in ('evil"host', "a\\b", "x" * 4000, "<script>", "a b", "", "h\xe9",
                     "[127.0.0.1].evil", "[::1].evil", "localhost/x", "localhost:80:80", ":80"):
            for path in ("/v1/Fleets", "/livez"):
                with self.subTest(host=host[:20], path=path):
                    connection = self.connect()
                    connection.send(self.client.build("GET", path, headers={"Host": host}))
                    answer = connection.read_response()
                    self.assert_error(answer, 400, "Bad request")
                    self.assertNotIn(host or "nothing", str(answer.headers))

    def test_hosts_that_are_some(self):
        for host in ("a.example", "A_b-c.example:1", "127.0.0.1", "[::1]:80", "localhost:"):
            answer = self.client.get("/v1/Fleets", headers={"Host": host})
            self.assertEqual(answer.status, 200, answer)
            self.assertIn(f'"http://{host}/v1/Fleets?', answer.body.decode())

    def test_escapes_and_nul_in_a_path(self):
        for path in ("%00", "a%00", "%", "%2", "%zz", "%2F", "%2f%2F", "%25%30%30"):
            with self.subTest(path=path):
                self.assert_not_found(self.client.get("/v1/Fleets/" + path), "/Fleets/" + path)

    def test_connections_that_say_nothing(self):
        for _ in range(scaled(200, 20)):
            Connection(self.server.address).close()


@unittest.skipUnless(slow_tests_wanted(), "waits for a time-out; TEST_SLOW=1 runs it")
class SlowTest(EdgeTestCase):
    """The absolute deadline of a request: dripping bytes do not extend it."""

    def drip(self, data):
        """Sends a byte now and then until the server closes; returns how long that took."""
        connection = self.connect()
        start = time.monotonic()
        rest = iter(data)

        def closed():
            return not connection.takes(bytes([next(rest)])) or connection.is_at_end(seconds=0.5)

        wait_until(closed, "the server to close", 2 * REQUEST_DEADLINE_SECONDS)
        return time.monotonic() - start

    def test_dripping_headers(self):
        seconds = self.drip(b"GET /livez HTTP/1.1\r\nX-Drip: " + b"x" * 1000)
        self.assertGreater(seconds, REQUEST_DEADLINE_SECONDS / 2)

    def test_dripping_body(self):
        head = self.head_of_post(Content_Length="1000")
        connection = self.connect()
        connection.send(head)
        start = time.monotonic()
        wait_until(lambda: not connection.takes(b"x") or self.drained(connection),
                   "the server to close", 2 * REQUEST_DEADLINE_SECONDS)
        self.assertGreater(time.monotonic() - start, REQUEST_DEADLINE_SECONDS / 2)

    def drained(self, connection):
        """True once the server has closed, be it after an answer."""
        connection.socket.settimeout(0.5)
        try:
            while connection.socket.recv(65536):
                pass
        except TimeoutError:
            return False
        except ConnectionResetError:
            pass
        return True


if __name__ == "__main__":
    unittest.main()
