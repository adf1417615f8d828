# SPDX-License-Identifier: MIT
"""What one client may make the server hold, and that the others do not notice."""
import json
import os
import unittest

from device_case import DeviceTestCase
from http_client import Connection, basic
from server import wait_until

FORM, DOCUMENT, STATE = 64 * 1024, 1024 * 1024, 48 * 1024 * 1024
MEBIBYTE = 1024 * 1024


class BoundsTestCase(DeviceTestCase):
    """Raw connections, and the server's memory."""

    options = ("--admin-token", "the-operator")

    def head(self, method, target, length=None, **headers):
        """A request up to its body, which is sent in chunks unless its length is given."""
        fields = {"Content-Length": length, **headers}
        if length is None:
            fields["Transfer-Encoding"] = "chunked"
        return self.client.build(method, target, b"", headers=fields)

    def begin(self, *how, **headers):
        """A connection that has sent so much."""
        connection = Connection(self.server.address)
        self.addCleanup(connection.close)
        connection.send(self.head(*how, **headers))
        return connection

    def resident(self):
        """The server's memory, by the kernel's account."""
        with open(f"/proc/{self.server.pid}/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE")

    def held(self, kind):
        """What the server says that it holds for clients, in bytes."""
        name = f'supersim_held_bytes{{kind="{kind}"}} '
        text = self.client.get("/metrics").body.decode()
        return next(int(line.removeprefix(name)) for line in text.splitlines()
                    if line.startswith(name))


class BodyTest(BoundsTestCase):
    """Bodies of requests."""

    def test_what_the_headers_refuse_is_answered_from_them(self):
        """Before a byte of the body was sent."""
        wrong = {"Authorization": "Bearer wrong"}
        for status, method, path, headers in (
                (400, "PUT", "state", {"Host": "[127.0.0.1].evil"}),
                (403, "PUT", "state", {"Host": "evil.example"}),
                (403, "PUT", "state", {"Origin": "http://evil.example"}),
                (401, "PUT", "state", wrong),
                (401, "POST", "accounts", {"Authorization": basic("AC1", "x")}),
                (403, "POST", "accounts", {}),
                (403, "PUT", "state?account=AC" + "0" * 32, {}),
                (404, "PUT", "nothing", {}),
                (405, "POST", "state", {}),
                (413, "POST", "sinks/hook/in", {}),
                (413, "POST", "reset", {}),
                (413, "PUT", "state", {"Content-Length": str(STATE + 1)})):
            with self.subTest(method=method, path=path, headers=headers):
                connection = self.begin(method, "/_emulator/" + path, str(STATE), **headers)
                self.refused(connection.read_response(), status)
                self.assertTrue(connection.is_at_end())
        for status, path, headers in ((401, "/v1/Fleets", wrong), (404, "/v1/Nothing", {}),
                                      (405, "/v1/Networks", {}), (413, "/v1/Fleets", {})):
            with self.subTest(path=path, headers=headers):
                connection = self.begin("POST", path, str(STATE), **headers)
                self.assert_error(connection.read_response(), status)

    def test_chunks_that_the_headers_refuse_cost_no_memory(self):
        before = self.resident()
        chunk = b"%x\r\n%s\r\n" % (MEBIBYTE, b"x" * MEBIBYTE)
        connections = [self.begin("PUT", "/_emulator/state", Authorization="Bearer wrong")
                       for _ in range(4)]
        for connection in connections:
            for _ in range(16):
                connection.send(chunk)
        self.assertLess(self.resident() - before, 16 * MEBIBYTE)
        for connection in connections:
            connection.send(b"0\r\n\r\n")
            self.refused(connection.read_response(), 401)

    def test_small_bodies_of_refused_requests_keep_the_connection(self):
        for _ in range(3):
            answer = self.client.request("PUT", "/_emulator/state", b"x" * FORM,
                                         authorization="Bearer wrong")
            self.refused(answer, 401)
        self.assertEqual(self.client.connections_opened, 1)

    def test_documents_that_are_no_state(self):
        """A sink's script as large as can be, and one byte more."""
        script = json.dumps({"answers": [{"status": 201}]}).encode()
        answer = self.client.request("PUT", "/_emulator/sinks/a", script.ljust(DOCUMENT))
        self.assertEqual(answer.status, 200, answer)
        connection = self.begin("PUT", "/_emulator/sinks/a", str(DOCUMENT + 1))
        self.refused(connection.read_response(), 413)
        connection = self.begin("PUT", "/_emulator/sinks/a")
        try:
            connection.send(b"%x\r\n%s\r\n0\r\n\r\n" % (DOCUMENT + 1, b" " * (DOCUMENT + 1)))
        except (BrokenPipeError, ConnectionResetError):
            self.fail("chunks are taken to their end")
        self.refused(connection.read_response(), 413)

    def test_all_bodies_together(self):
        """Two states are on their way, be it byte by byte: a third one is asked to come later."""
        waiting = [self.begin("PUT", "/_emulator/state", str(STATE)),
                   self.begin("PUT", "/_emulator/state")]
        chunk = b"%x\r\n%s\r\n" % (2 * FORM, b" " * 2 * FORM)
        waiting[1].send(chunk)
        wait_until(lambda: self.held("bodies") == 2 * STATE, "both to be counted")

        def third():
            """An attempt to send a state that is not small."""
            connection = self.begin("PUT", "/_emulator/state", str(STATE), Expect="100-continue")
            answer = connection.read_response(interim=True)
            connection.close()
            return answer

        answer = third()
        self.refused(answer, 503)
        self.assertEqual(answer.header("Retry-After"), "1")
        self.assertIn("as many large bodies are read as may be", self.server.log())
        small = self.client.request("PUT", "/_emulator/sinks/a", b"{}".ljust(DOCUMENT))
        self.assertEqual(small.status, 200, "there is room for smaller ones")
        self.assertEqual(self.client.get("/v1/Fleets").status, 200)
        for connection in waiting:
            connection.close()
        wait_until(lambda: third().status == 100, "room")

    def test_bodies_that_are_through_make_room(self):
        """However they end."""
        for number in range(12):
            connection = self.begin("PUT", "/_emulator/state", str(STATE // 4))
            if number % 2:
                connection.close()
                continue
            connection.send(b" " * (STATE // 4))
            self.refused(connection.read_response(), 400)


class AnswerTest(BoundsTestCase):
    """Answers, until their clients have read them."""

    COUNT = 160  # each is held as the script's and as the answer's

    def test_all_answers_together(self):
        """Nobody needs credentials to make a sink answer: of large answers only so many wait."""
        script = [{"body": "x" * (DOCUMENT - 100), "delay_ms": 60000}]
        self.control("PUT", "sinks/slow", {"answers": script})
        self.control("PUT", "sinks/quick", {"answers": [{"body": "x" * (DOCUMENT - 100)}]})
        target = f"/_emulator/sinks/%s/in?account={self.account}"
        waiting = [self.begin("GET", target % "slow", "0") for _ in range(self.COUNT)]

        def refused():
            """The refusal, once all the room is taken. What this takes for a moment may be what one
            of those that wait was refused for: another one takes its place."""
            answer = self.client.get(target % "quick", authorization="")
            if answer.status != 200:
                return answer
            waiting.append(self.begin("GET", target % "slow", "0"))
            return None

        answer = wait_until(refused, "a refusal")
        self.refused(answer, 503)
        self.assertEqual((answer.header("Retry-After"), answer.header("Content-Type")),
                         ("1", "application/json"))
        self.assertIn("as many large answers wait for their clients as may be", self.server.log())
        self.assertEqual(self.client.get("/v1/Fleets").status, 200)
        for connection in waiting:
            connection.close()


class ListTest(BoundsTestCase):
    """Answers that are made of what others sent."""

    def test_what_a_sink_received(self):
        """Control characters, which are six bytes each in JSON."""
        body = b"\1" * FORM
        self.control("PUT", "sinks/hook")
        for _ in range(100):
            answer = self.client.post(f"/_emulator/sinks/hook/in?account={self.account}", body)
            self.assertEqual(answer.status, 200)
        answer = self.client.control("GET", "sinks/hook/received")
        self.assertLess(len(self.ok(answer)["requests"][0]["body"]), 8192)
        self.assertLess(len(answer.body), 8 * MEBIBYTE)


if __name__ == "__main__":
    unittest.main()
