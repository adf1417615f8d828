# SPDX-License-Identifier: MIT
"""The life of the process: ready line, signals, ports, the port file, what it leaves behind."""
import json
import os
import re
import signal
import socket
import time
import unittest

from http_client import Connection, ConnectionClosed
from server import DirectoryTestCase, scaled, wait_until, wait_until_refusing

ADDRESS_IN_USE = 69
CANNOT_CREATE = 73
# More than any stop takes that need not wait, less than the grace that tests grant.
SOON_SECONDS = 20
LONG_GRACE = "600"


class ProcessTestCase(DirectoryTestCase):
    """Ways to hold a request in flight."""

    def hold_request(self, server):
        """A create that the server has begun to serve and whose body is still to come."""
        client = server.client()
        profile = client.post("/v1/NetworkAccessProfiles").json()["sid"]
        body = f"NetworkAccessProfile={profile}".encode()
        connection = Connection(server.address, timeout=SOON_SECONDS)
        self.addCleanup(connection.close)
        connection.send(client.build("POST", "/v1/Fleets", b"", headers={
            "Content-Length": str(len(body)), "Expect": "100-continue"}))
        self.assertEqual(connection.read_response(interim=True).status, 100)
        return connection, body


class ReadyTest(ProcessTestCase):
    """The ready line and the port."""

    def test_ready_line(self):
        server = self.start()
        self.assertEqual(set(server.ready), {"ready", "url", "pid"})
        self.assertIs(server.ready["ready"], True)
        self.assertRegex(server.url, r"^http://127\.0\.0\.1:[1-9]\d*$")
        self.assertEqual(server.pid, server.process.pid)
        self.assertEqual(server.client().get("/readyz").status, 200)

    def test_a_given_port(self):
        """The port of a server that has ended, unless another program takes it in between."""
        def serve_a_port_again():
            first = self.start()
            first.stop()
            try:
                again = self.start(listen=f"127.0.0.1:{first.address[1]}")
            except AssertionError as failure:
                self.assertIn(f"ended with {ADDRESS_IN_USE}", str(failure))
                return False
            self.assertEqual(again.url, first.url)
            return True

        wait_until(serve_a_port_again, "a port that stays free", SOON_SECONDS)

    def test_a_port_in_use(self):
        holder = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(holder.close)
        self.assert_busy(holder.getsockname()[1])

    def test_a_port_in_use_by_another_supersimd(self):
        for workers in ("1", "4"):
            with self.subTest(workers=workers):
                server = self.start("--workers", workers)
                self.assert_busy(server.address[1], "--workers", workers)
                self.assertEqual(server.client().get("/livez").status, 200)

    def assert_busy(self, port, *options):
        """Exit 69 that names the address, without a database left behind."""
        result = self.run_to_exit("--listen", f"127.0.0.1:{port}", "--db", "busy.db", *options)
        self.assertEqual((result.returncode, result.stdout), (ADDRESS_IN_USE, ""), result)
        self.assertIn(f"127.0.0.1:{port}", result.stderr)

    def test_workers_are_by_the_number_of_processors(self):
        """One for every two of them, at least one, at most four."""
        def threads(workers):
            server = self.start(environment={"SUPERSIM_WORKERS": workers})
            return len(os.listdir(f"/proc/{server.pid}/task"))

        expected = min(max(os.cpu_count() // 2, 1), 4)
        self.assertEqual(threads("0"), threads(str(expected)))
        self.assertEqual(threads("5"), threads("1") + 4)

    def test_port_file(self):
        path = self.path("port")
        server = self.start("--port-file", path)
        with open(path, encoding="ascii") as port_file:
            self.assertEqual(port_file.read().strip(), str(server.address[1]))
        self.assertEqual(self.leftovers(), ["port"])
        server.stop()
        self.assertEqual(self.leftovers(), [])

    def test_port_file_replaces_an_old_one(self):
        with open(self.path("port"), "w", encoding="ascii") as port_file:
            port_file.write("1\n")
        server = self.start("--port-file", "port")
        with open(self.path("port"), encoding="ascii") as port_file:
            self.assertEqual(port_file.read().strip(), str(server.address[1]))

    def test_port_file_that_cannot_be_made(self):
        path = self.path("missing/port")
        result = self.run_to_exit("--listen", "127.0.0.1:0", "--db", ":memory:",
                                  "--port-file", path)
        self.assertEqual((result.returncode, result.stdout), (CANNOT_CREATE, ""), result)
        self.assertIn(path, result.stderr)

    def leftovers(self):
        """What the test's directory holds, but for what the test itself keeps there."""
        return sorted(set(os.listdir(self.directory)) - {"tmp", "stderr.log"})


class StopTest(ProcessTestCase):
    """SIGTERM and SIGINT."""

    def test_idle_connections_do_not_delay_the_stop(self):
        server = self.start("--grace", LONG_GRACE)
        silent = [Connection(server.address) for _ in range(20)]
        used = [server.client() for _ in range(20)]
        for client in used:
            self.assertEqual(client.get("/livez").status, 200)
        start = time.monotonic()
        server.stop()
        self.assertLess(time.monotonic() - start, SOON_SECONDS)
        for connection in silent + used:
            connection.close()

    def test_sigint(self):
        server = self.start()
        os.kill(server.pid, signal.SIGINT)
        self.assertEqual(server.wait(), (0, b""))

    def test_a_request_in_flight_is_answered(self):
        for stop_signal in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=stop_signal):
                server = self.start("--grace", LONG_GRACE)
                connection, body = self.hold_request(server)
                os.kill(server.pid, stop_signal)
                wait_until_refusing(server.address)
                connection.send(body)
                answer = connection.read_response()
                self.assertEqual(answer.status, 201, answer)
                self.assertEqual(answer.header("Connection", "").lower(), "close")
                self.assertEqual(server.wait(SOON_SECONDS), (0, b""))

    def test_reads_at_the_moment_of_the_stop_block_no_write(self):
        """A worker may end right after a read. What it held for that read must not stay held."""
        for _ in range(scaled(12, 6)):
            server = self.start("--grace", LONG_GRACE, "--workers", "4")
            connection, body = self.hold_request(server)
            readers = [server.client() for _ in range(16)]
            for reader in readers:
                self.assertEqual(reader.get("/v1/Fleets").status, 200)
            server.terminate()
            for reader in readers:
                try:
                    reader.connect().send(reader.build("GET", "/v1/Fleets"))
                except (BrokenPipeError, ConnectionResetError):
                    pass
            connection.send(body)
            self.assertEqual(connection.read_response().status, 201)
            self.assertEqual(server.wait(SOON_SECONDS), (0, b""))
            for reader in readers:
                reader.close()

    def test_an_answer_given_while_stopping_is_kept(self):
        server = self.start("--grace", LONG_GRACE, database="test.db")
        connection, body = self.hold_request(server)
        server.terminate()
        wait_until_refusing(server.address)
        connection.send(body)
        fleet = connection.read_response().json()
        self.assertEqual(server.wait(SOON_SECONDS), (0, b""))
        server = self.start(database="test.db")
        again = server.client(fleet["account_sid"]).get("/v1/Fleets/" + fleet["sid"]).json()
        self.assertEqual({**again, "url": ""}, {**fleet, "url": ""})

    def test_a_client_that_left_does_not_delay_the_stop(self):
        """Its last bytes and its end arrive together: nobody must wait for the rest."""
        server = self.start("--grace", LONG_GRACE, "--workers", "1")
        client = server.client()
        self.addCleanup(client.close)
        leaving = Connection(server.address, timeout=SOON_SECONDS)
        leaving.send(client.build("POST", "/v1/Fleets", b"", headers={"Content-Length": "100"}) + b"abc")
        leaving.close()
        self.assertEqual(client.get("/v1/Fleets").status, 200)
        server.terminate()
        self.assertEqual(server.wait(SOON_SECONDS), (0, b""))

    def test_grace_is_the_limit(self):
        server = self.start("--grace", "1")
        connection, _ = self.hold_request(server)
        start = time.monotonic()
        server.stop()
        self.assertLess(time.monotonic() - start, SOON_SECONDS)
        self.assertTrue(connection.is_at_end())

    def test_an_import_is_broken_off(self):
        """It takes longer than the grace: nothing of it is kept."""
        server = self.start("--grace", "0", "--workers", "1", database="test.db")
        client = server.client()
        profile = client.post("/v1/NetworkAccessProfiles", {"UniqueName": "before"}).json()
        fleet = {"network_access_profile_sid": "nap"}
        state = {"accounts": [{"sid": client.user,
                               "network_access_profiles": [{"unique_name": "nap"}],
                               "fleets": [fleet] * 50000}]}
        importing = Connection(server.address)
        self.addCleanup(importing.close)
        importing.send(client.build("PUT", "/_emulator/state", json.dumps(state).encode()))
        # The one worker answers when it has read the state and the writer has it.
        wait_until(lambda: self.queued(client), "the writer to have it")
        server.terminate()
        self.assertEqual(importing.read_response().status, 503)
        self.assertEqual(server.wait(), (0, b""))
        again = self.start(database="test.db").client(client.user)
        self.assertEqual(again.get("/v1/NetworkAccessProfiles/before").json()["sid"],
                         profile["sid"])
        self.assertEqual(again.get("/v1/Fleets").json()["fleets"], [])

    def queued(self, client):
        """Whether the writer was given something since the first profile was made."""
        jobs = re.search(r"supersim_writer_jobs_total (\d+)", client.get("/metrics").body.decode())
        return int(jobs[1]) > 1

    def test_a_second_signal_ends_at_once(self):
        for second in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(second=second):
                server = self.start("--grace", LONG_GRACE)
                self.hold_request(server)
                server.terminate()
                wait_until_refusing(server.address)
                os.kill(server.pid, second)
                code, _ = server.wait(SOON_SECONDS)
                self.assertTrue(code >= 0 or code in (-signal.SIGTERM, -signal.SIGINT), code)

    def test_a_signal_under_load(self):
        """Whoever has been answered has been served; the others see a closed connection."""
        server = self.start(database="test.db")
        clients = [server.client("AC" + "7" * 32) for _ in range(8)]
        profile = clients[0].post("/v1/NetworkAccessProfiles").json()["sid"]
        answered = []
        for number in range(scaled(50, 5)):
            for client in clients:
                client.connect().send(client.build("POST", "/v1/Fleets", {
                    "NetworkAccessProfile": profile, "DataLimit": str(number + 1)}))
            if number == scaled(50, 5) - 1:
                server.terminate()
            for client in clients:
                try:
                    answer = client.connection.read_response()
                    self.assertEqual(answer.status, 201, answer)
                    answered.append(answer.json()["sid"])
                except ConnectionClosed:
                    pass
        self.assertEqual(server.wait(), (0, b""))
        server = self.start(database="test.db")
        kept = set()
        target = "/v1/Fleets?PageSize=1000"
        while target is not None:
            page = server.client("AC" + "7" * 32).get(target).json()
            kept |= {fleet["sid"] for fleet in page["fleets"]}
            target = page["meta"]["next_page_url"]
        self.assertLessEqual(set(answered), kept)


class TracesTest(ProcessTestCase):
    """What is on disk afterwards."""

    def files(self):
        """Every file below the test's directory but the captured log."""
        found = [os.path.relpath(os.path.join(folder, name), self.directory)
                 for folder, _, names in os.walk(self.directory) for name in names]
        return sorted(set(found) - {"stderr.log"})

    def write_much(self, server):
        """Enough for a database to want a temporary file, if it were to use any."""
        client = server.client()
        profile = client.post("/v1/NetworkAccessProfiles").json()["sid"]
        for _ in range(scaled(500, 50)):
            answer = client.post("/v1/Fleets", {
                "NetworkAccessProfile": profile, "SmsCommandsUrl": "http://x/" + "y" * 2000})
            self.assertEqual(answer.status, 201)

    def test_memory_leaves_nothing_even_when_killed(self):
        for workers in ("1", "4"):
            with self.subTest(workers=workers):
                server = self.start("--workers", workers)
                self.write_much(server)
                self.assertEqual(self.files(), [])
                server.kill()
                self.assertEqual(self.files(), [])

    def test_two_memory_databases_are_two(self):
        first, second = self.start(), self.start()
        account = "AC" + "8" * 32
        profile = first.client(account).post("/v1/NetworkAccessProfiles").json()["sid"]
        self.assertEqual(
            second.client(account).get("/v1/NetworkAccessProfiles/" + profile).status, 404)

    def test_an_orderly_stop_leaves_the_database_alone(self):
        server = self.start(database="test.db")
        self.write_much(server)
        server.stop()
        self.assertEqual(self.files(), ["test.db"])


if __name__ == "__main__":
    unittest.main()
