# SPDX-License-Identifier: MIT
"""Runs supersimd for a test and makes sure that it ends as it should.

A server lives in a directory of its own, which is its working directory and holds its TMPDIR, its
database file (if any) and what it wrote to stderr. It is ended by its own process id only.
"""
import functools
import json
import os
import resource
import select
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from described import Descriptions
from http_client import PATIENCE_SECONDS, Client, Connection, ConnectionClosed, new_account

SANITIZER_MARKS = ("Sanitizer", "runtime error:")
REPOSITORY = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))


def binary():
    """The program under test: $SUPERSIMD, or the release build of this repository."""
    path = os.environ.get("SUPERSIMD", os.path.join("build", "release", "supersimd"))
    return os.path.abspath(os.path.join(REPOSITORY, path))


def scaled(count, minimum=1):
    """A number of repetitions, scaled by $TEST_SCALE: sanitizer builds run with a small one."""
    return max(minimum, int(count * float(os.environ.get("TEST_SCALE", "1.0"))))


def slow_tests_wanted():
    """True when tests that must wait for a time-out of half a minute are to run, too."""
    return os.environ.get("TEST_SLOW") == "1"


def wait_until(condition, what, seconds=PATIENCE_SECONDS):
    """Returns the first true value of `condition()`; fails with `what` when none comes."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s in vain for {what}")
        time.sleep(0.005)


def wait_until_refusing(address):
    """Until a server serves no new connection: it has begun to stop."""
    def refused():
        try:
            probe = Connection(address)
        except (ConnectionRefusedError, ConnectionResetError):
            return True
        try:
            probe.send(b"GET /livez HTTP/1.0\r\n\r\n")
            probe.read_response()
        except (ConnectionClosed, ConnectionResetError, BrokenPipeError):
            return True
        finally:
            probe.close()
        return False

    wait_until(refused, "the server to stop accepting")


def clean_environment(directory, additions=None):
    """The caller's environment without any setting for the server, with TMPDIR in `directory`."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("SUPERSIM_")
    }
    temporary = os.path.join(directory, "tmp")
    os.makedirs(temporary, exist_ok=True)
    environment["TMPDIR"] = temporary
    environment.update(additions or {})
    return environment


def restrict(limits, closed):
    """In the process to be: sets limits (resource's RLIMIT_…: soft and hard), closes descriptors."""
    for which, pair in limits.items():
        resource.setrlimit(which, pair)
    for descriptor in closed:
        os.close(descriptor)


def run_to_exit(*options, directory, environment=None, closed=()):
    """Runs the program with exactly these options, expecting it to end by itself. It begins without
    the descriptors of `closed`."""
    return subprocess.run(
        [binary(), *options],
        cwd=directory,
        env=clean_environment(directory, environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
        preexec_fn=(lambda: restrict({}, closed)) if closed else None,
    )


def read_available(descriptor):
    """The text that can be read without waiting."""
    os.set_blocking(descriptor, False)
    text = b""
    try:
        while piece := os.read(descriptor, 65536):
            text += piece
    except BlockingIOError:
        pass
    return text.decode("utf-8", "replace")


def launch(*options, directory):
    """Starts the program and does not wait for anything. Its output is thrown away."""
    return subprocess.Popen(
        [binary(), *options],
        cwd=directory,
        env=clean_environment(directory),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


class Server:
    """One running supersimd, ready for requests once constructed.

    `listen` and `database` become options unless None; `directory`, when given, is kept at the end.
    `limits` are those of the process (resource.RLIMIT_…: soft and hard). `stderr`, a descriptor,
    takes the place of the file that `log` reads. `closed` are descriptors that it begins without.
    Whatever the machine, it has two workers, so that what one does to another shows; options and
    `environment` may say otherwise.
    """

    def __init__(self, *options, listen="127.0.0.1:0", database=":memory:", directory=None,
                 environment=None, limits=None, stderr=None, closed=()):
        self._own_directory = directory is None
        self._asked_to_stop = False
        self._clients = []
        self.directory = directory or tempfile.mkdtemp(prefix="supersimd-test-")
        command = [binary()]
        if listen is not None:
            command += ["--listen", listen]
        if database is not None:
            command += ["--db", database]
        command += options
        self._log_path = os.path.join(self.directory, "stderr.log")
        with open(self._log_path, "wb") as log_file:
            self.process = subprocess.Popen(
                command,
                cwd=self.directory,
                env=clean_environment(
                    self.directory, {"SUPERSIM_WORKERS": "2", **(environment or {})}),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log_file if stderr is None else stderr,
                preexec_fn=(lambda: restrict(limits or {}, closed)) if limits or closed else None,
            )
        try:
            self.ready = json.loads(self._read_ready_line())
            self.url = self.ready["url"]
            self.pid = self.ready["pid"]
            host, port = self.url.removeprefix("http://").rsplit(":", 1)
            self.address = (host.strip("[]"), int(port))
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise

    def _read_ready_line(self):
        line = b""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not line.endswith(b"\n"):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                raise AssertionError(f"no ready line within {PATIENCE_SECONDS} s; {self.log()}")
            piece = os.read(self.process.stdout.fileno(), 4096)
            if not piece:
                self.process.wait()
                raise AssertionError(
                    f"ended with {self.process.returncode} instead of becoming ready: {self.log()}"
                )
            line += piece
        return line

    def log(self, start=0):
        """What the server wrote to stderr so far, from its byte `start` on."""
        with open(self._log_path, encoding="utf-8", errors="replace") as log_file:
            log_file.seek(start)
            return log_file.read()

    def log_size(self):
        """How many bytes it wrote there."""
        return os.path.getsize(self._log_path)

    def client(self, user=None, secret="anytoken"):
        """A client of this server, closed with it; of a fresh account unless `user` is given. What
        it is answered must be as the server describes it."""
        client = Client(self.address, user or new_account(), secret)
        client.observe = descriptions().check
        self._clients.append(client)
        return client

    def terminate(self):
        """Asks for an orderly stop, once, without waiting for it."""
        if not self._asked_to_stop:
            self._asked_to_stop = True
            os.kill(self.pid, signal.SIGTERM)

    def wait(self, seconds=PATIENCE_SECONDS):
        """Waits for the end; returns the exit code and what else came on stdout."""
        rest, _ = self.process.communicate(timeout=seconds)
        return self.process.returncode, rest

    def stop(self):
        """Stops the server in order and checks that it ended well and said nothing more."""
        try:
            if self.process.returncode is None:
                self.terminate()
                code, rest = self.wait()
                log = self.log()
                if code != 0 or any(mark in log for mark in SANITIZER_MARKS):
                    raise AssertionError(f"exit code {code} after SIGTERM; stderr: {log}")
                if rest:
                    raise AssertionError(f"more than the ready line on stdout: {rest!r}")
        finally:
            self._clean_up()

    def kill(self):
        """Ends the server at once, as a crash would. Its directory stays."""
        os.kill(self.pid, signal.SIGKILL)
        self.process.communicate(timeout=PATIENCE_SECONDS)

    def _clean_up(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        for client in self._clients:
            client.close()
        if self._own_directory:
            shutil.rmtree(self.directory, ignore_errors=True)


@functools.cache
def descriptions():
    """What this program says of its APIs. A server of its own is asked: no test's log, numbers or
    connections have a trace of it."""
    server = Server()
    try:
        client = Client(server.address, new_account())
        answers = [client.get(f"/_emulator/{path}").json()
                   for path in ("openapi.json", "openapi/supersim_v1.json")]
        client.close()
    finally:
        server.stop()
    return Descriptions(*answers)


class ServerTestCase(unittest.TestCase):
    """One server for the class, one fresh account and client for each test."""

    options = ()

    @classmethod
    def setUpClass(cls):
        cls.server = Server(*cls.options)
        cls.addClassCleanup(cls.server.stop)

    def setUp(self):
        self.client = self.new_client()
        self.account = self.client.user

    def new_client(self, user=None, secret="anytoken"):
        """Another client, closed at the test's end; of another account unless `user` is given."""
        client = self.server.client(user, secret)
        self.addCleanup(client.close)
        return client


class DirectoryTestCase(unittest.TestCase):
    """A temporary directory for each test, for those that start servers themselves."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="supersimd-test-")
        self.addCleanup(temporary.cleanup)
        self.directory = temporary.name

    def path(self, name):
        """A path inside the test's directory."""
        return os.path.join(self.directory, name)

    def start(self, *options, **settings):
        """A server in the test's directory, ended with the test at the latest."""
        server = Server(*options, directory=self.directory, **settings)
        self.addCleanup(server.stop)
        return server

    def run_to_exit(self, *options, **settings):
        """The finished program, run in the test's directory."""
        return run_to_exit(*options, directory=self.directory, **settings)
