# SPDX-License-Identifier: MIT
"""When the process has no more of something: descriptors, room in a file, a reader of its log, or
its database file itself. It says so once, goes on as far as it can, and is well again afterwards."""
import os
import pty
import re
import resource
import socket
import time
import unittest

from http_client import Connection
from server import DirectoryTestCase, PATIENCE_SECONDS, read_available, scaled, wait_until

PROFILES = "/v1/NetworkAccessProfiles"
FULL = "no more connections can be taken now"
IO_ERROR = 74
LONG_GRACE = "60"
# More than any stop takes that need not wait, less than that grace.
SOON_SECONDS = 20


def processor_seconds(server):
    """What the server's threads have used of processors so far."""
    with open(f"/proc/{server.pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class OpenFilesTest(DirectoryTestCase):
    """No descriptor is left for another connection."""

    def fill(self, server, count):
        """Opens so many idle connections, more than the server can take, until it says so."""
        connections = [Connection(server.address) for _ in range(count)]
        for connection in connections:
            self.addCleanup(connection.close)
        wait_until(lambda: FULL in server.log(), "a line about it in the log")
        return connections

    def assert_idle(self, server):
        """That nobody spins: a loop that does uses all of a processor."""
        start, used = time.monotonic(), processor_seconds(server)
        time.sleep(1)
        share = (processor_seconds(server) - used) / (time.monotonic() - start)
        self.assertLess(share, 0.3)

    def test_served_again_when_idle_connections_end(self):
        for limit, workers in ((40, "1"), (27, "1"), (30, "1"), (40, "2"), (60, "4")):
            with self.subTest(limit=limit, workers=workers):
                server = self.start("--workers", workers, database=f"{limit}-{workers}.db",
                                    limits={resource.RLIMIT_NOFILE: (limit, limit)})
                idle = self.fill(server, limit)
                self.assert_idle(server)
                for connection in idle:
                    connection.close()
                clients = [server.client() for _ in range(8)]
                for client in clients:
                    self.assertEqual(client.get("/livez").status, 200)
                    self.assertEqual(client.post(PROFILES).status, 201)
                self.assertEqual(server.log().count(FULL), 1, server.log())
                server.stop()

    def test_one_that_waits_is_served_when_one_ends(self):
        """Those that are served go on meanwhile."""
        server = self.start("--workers", "1", limits={resource.RLIMIT_NOFILE: (40, 40)})
        served = server.client()
        self.assertEqual(served.get("/livez").status, 200)
        idle = self.fill(server, 40)
        waiting = Connection(server.address)
        self.addCleanup(waiting.close)
        waiting.send(served.build("GET", "/livez"))
        self.assertEqual(served.get("/livez").status, 200)
        self.assertFalse(waiting.is_at_end(seconds=0.5))
        for connection in idle:
            connection.close()
        waiting.socket.settimeout(PATIENCE_SECONDS)
        self.assertEqual(waiting.read_response().status, 200)
        self.assertEqual(served.connections_opened, 1)

    def test_a_stop_while_full(self):
        server = self.start("--workers", "2", "--grace", LONG_GRACE,
                            limits={resource.RLIMIT_NOFILE: (40, 40)})
        self.fill(server, 40)
        server.terminate()
        self.assertEqual(server.wait(SOON_SECONDS), (0, b""))


class FileSizeTest(DirectoryTestCase):
    """No file may grow beyond a limit: as on a full disk, writes fail, and reads go on."""

    def test_the_database_may_grow_no_more(self):
        unlimited = resource.RLIM_INFINITY
        server = self.start(database="test.db",
                            limits={resource.RLIMIT_FSIZE: (1 << 20, unlimited)})
        client = server.client()
        kept = []

        def refused():
            answer = client.post(PROFILES, {"UniqueName": f"{len(kept)}-" + "n" * 50})
            if answer.status == 201:
                kept.append(answer.json()["sid"])
                return None
            return answer

        answer = wait_until(refused, "the limit")
        self.assertEqual((answer.status, answer.json()["code"]), (500, 20500))
        self.assertIn("database:", server.log())
        self.assertEqual(client.get(f"{PROFILES}/{kept[-1]}").status, 200)
        self.assertEqual(client.get("/readyz").status, 200)
        self.assertEqual(refused().status, 500)
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (unlimited, unlimited))
        self.assertIsNone(refused())
        server.stop()
        again = self.start(database="test.db").client(client.user)
        for sid in kept:
            self.assertEqual(again.get(f"{PROFILES}/{sid}").status, 200)

    def test_a_log_that_may_grow_no_more(self):
        """Lines are lost, and nothing else."""
        server = self.start("--log-level", "debug",
                            limits={resource.RLIMIT_FSIZE: (4096, resource.RLIM_INFINITY)})
        client = server.client()
        for _ in range(200):
            self.assertEqual(client.get("/livez").status, 200)
        self.assertLessEqual(len(server.log()), 4096)
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE,
                         (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        self.assertEqual(client.get("/livez").status, 200)
        self.assertRegex(server.log(), r"warning \d+ lines of the log could not be written\n")


class LogTest(DirectoryTestCase):
    """Nobody reads the log, or there is none."""

    def ends(self):
        """What stderr may be: our end of it, and the server's."""
        yield "pipe", *os.pipe()
        yield "terminal", *pty.openpty()
        ours, theirs = socket.socketpair()
        yield "socket", ours.detach(), theirs.detach()

    def test_a_log_that_nobody_reads(self):
        for kind, ours, theirs in self.ends():
            for log_format in ("text", "json"):
                with self.subTest(kind=kind, log_format=log_format):
                    self.fill_log(os.dup(ours), os.dup(theirs), log_format)
            os.close(ours)
            os.close(theirs)

    def fill_log(self, ours, theirs, log_format):
        """More lines than fit, a stop, and what then came of them."""
        server = self.start("--log-level", "debug", "--log-format", log_format,
                            "--grace", LONG_GRACE, stderr=theirs)
        os.close(theirs)
        client = server.client()
        count = scaled(6000, 4000)
        self.assertEqual(client.request_often(count, "GET", "/livez"), {200})
        read_available(ours)
        self.assertEqual(client.get("/livez").status, 200)
        text = read_available(ours)
        lost = re.search(r"(\d+) lines of the log could not be written", text)
        self.assertIsNotNone(lost, text)
        self.assertGreater(int(lost[1]), 0)
        self.assertRegex(text[lost.end():], r"GET /livez 200\b")
        self.assertEqual(client.request_often(count, "GET", "/livez"), {200})
        server.terminate()
        self.assertEqual(server.wait(SOON_SECONDS), (0, b""))
        os.close(ours)

    def test_without_standard_files(self):
        """The database does not take their places: what is said does not go into it."""
        server = self.start(database="test.db")
        client = server.client()
        sid = client.post(PROFILES).json()["sid"]
        server.stop()
        result = self.run_to_exit("--listen", "127.0.0.1:0", "--db", "test.db", "--workers", "1",
                                  closed=[0, 1])
        self.assertEqual((result.returncode, result.stdout), (IO_ERROR, ""), result)
        self.assertIn("standard output", result.stderr)
        again = self.start(database="test.db", closed=[0, 2]).client(client.user)
        self.assertEqual(again.get(f"{PROFILES}/{sid}").status, 200)


class DatabaseGoneTest(DirectoryTestCase):
    """The database's files are taken away while they are open."""

    def start_with_profile(self):
        """A server, its client, and the SID of a profile that it has answered."""
        server = self.start(database="test.db")
        client = server.client()
        return server, client, client.post(PROFILES).json()["sid"]

    def assert_refuses(self, server, client):
        """Nothing is answered that would be lost, and it is said why, once."""
        self.assertEqual(client.get("/readyz").status, 503)
        self.assertEqual(client.post(PROFILES).status, 500)
        self.assertEqual(client.post(PROFILES).status, 500)
        self.assertEqual(client.get("/livez").status, 200)
        self.assertEqual(server.log().count("was deleted, moved or replaced"), 1, server.log())

    def test_a_file_is_deleted(self):
        for name in ("test.db", "test.db-wal"):
            with self.subTest(name=name):
                server, client, _ = self.start_with_profile()
                os.remove(self.path(name))
                self.assert_refuses(server, client)
                server.stop()

    def test_a_write_notices_it_alone(self):
        server, client, _ = self.start_with_profile()
        os.remove(self.path("test.db"))
        self.assertEqual(client.post(PROFILES).status, 500)
        self.assertIn("was deleted, moved or replaced", server.log())

    def test_another_file_takes_its_place(self):
        server, client, _ = self.start_with_profile()
        os.rename(self.path("test.db"), self.path("old.db"))
        with open(self.path("test.db"), "wb") as other:
            other.write(b"another's")
        self.assert_refuses(server, client)
        server.stop()
        with open(self.path("test.db"), "rb") as other:
            self.assertEqual(other.read(), b"another's")

    def test_moved_away_and_back(self):
        server, client, sid = self.start_with_profile()
        os.rename(self.path("test.db"), self.path("away.db"))
        self.assert_refuses(server, client)
        os.rename(self.path("away.db"), self.path("test.db"))
        self.assertEqual(client.get("/readyz").status, 200)
        second = client.post(PROFILES)
        self.assertEqual(second.status, 201)
        server.stop()
        again = self.start(database="test.db").client(client.user)
        for kept in (sid, second.json()["sid"]):
            self.assertEqual(again.get(f"{PROFILES}/{kept}").status, 200)

    def test_what_was_answered_before_the_log_was_deleted_is_kept(self):
        """The log is still open: the stop brings it into the file."""
        server, client, sid = self.start_with_profile()
        os.remove(self.path("test.db-wal"))
        self.assertEqual(client.post(PROFILES).status, 500)
        server.stop()
        again = self.start(database="test.db").client(client.user)
        self.assertEqual(again.get(f"{PROFILES}/{sid}").status, 200)


if __name__ == "__main__":
    unittest.main()
