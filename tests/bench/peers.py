# SPDX-License-Identifier: MIT
"""Starts supersimd and what it is measured beside, and asks the system what they use.

With two processors or more, servers get the first of them, and whatever loads them the second.
"""
import base64
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
MODULES = HERE / "node_modules"
FORM = "application/x-www-form-urlencoded"
PINNED = (os.cpu_count() or 1) >= 2
PATIENCE_SECONDS = 60


def account(number):
    """The SID of an account."""
    return f"AC{number:032x}"


def authorization(sid):
    """The header that says who calls."""
    return "Basic " + base64.b64encode(f"{sid}:token".encode()).decode()


AUTHORIZATION = authorization(account(11))


def on_processor(number):
    """What a command begins with that is to run on one processor."""
    return ["taskset", "-c", str(number)] if PINNED else []


running = []  # servers that were not stopped yet


class Server:
    """A running server, ended by its own pid. One without a ready line is given its URL."""

    def __init__(self, command, pinned=True, url=None):
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            (on_processor(0) if pinned else []) + [str(word) for word in command],
            stdout=subprocess.PIPE if url is None else subprocess.DEVNULL,
            stderr=subprocess.DEVNULL if url is not None else None, text=True)
        running.append(self)
        self.pid, self.url = self.process.pid, url
        self.connection = None
        if url is None:
            self.ready = json.loads(self.process.stdout.readline())
            self.pid, self.url = self.ready["pid"], self.ready["url"]
        else:
            self._wait_until_listening()

    def _wait_until_listening(self):
        deadline = self.started + PATIENCE_SECONDS
        host, port = self.url.removeprefix("http://").split(":")
        while True:
            try:
                socket.create_connection((host, int(port))).close()
                return
            except ConnectionRefusedError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def stop(self):
        running.remove(self)
        if self.connection is not None:
            self.connection.close()
        os.kill(self.pid, signal.SIGTERM)
        self.process.wait(PATIENCE_SECONDS)
        if self.process.stdout is not None:
            self.process.stdout.close()

    def cpu_ns(self):
        """Processor time of all threads so far."""
        return time.clock_gettime_ns((~self.pid << 3) | 2)

    def memory_mib(self, name="Rss"):
        """`Rss` or `Anonymous`, as in the kernel's smaps_rollup."""
        for line in Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1]) / 1024
        raise RuntimeError(f"no {name} in smaps_rollup")

    def request(self, method, target, body=None, headers=()):
        """One request on a connection that is kept; gives the answer's bytes, of a success."""
        if self.connection is None:
            address = self.url.removeprefix("http://")
            self.connection = http.client.HTTPConnection(address, timeout=PATIENCE_SECONDS)
        self.connection.request(method, target, body, {"Authorization": AUTHORIZATION, **dict(headers)})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {target} answered {answer.status}: {text[:300]!r}")
        return text

    def call(self, method, target, body=None, caller=AUTHORIZATION):
        """A call of /v1 with a form; gives the decoded answer."""
        headers = {"Authorization": caller, **({"Content-Type": FORM} if body is not None else {})}
        return json.loads(self.request(method, target, body, headers))

    def control(self, method, path, body=None):
        """A call of supersimd's control API."""
        text = self.request(method, "/_emulator/" + path, body and json.dumps(body))
        return json.loads(text) if text else None

    def metric(self, name):
        """The sum of a metric of supersimd over its labels, or the one with those that are given."""
        lines = self.request("GET", "/metrics").decode().splitlines()
        return sum(float(line.split()[-1]) for line in lines
                   if line.startswith((name + " ", name + "{")))


def stop_all():
    """Stops what a problem left running."""
    for server in list(running):
        server.stop()


def supersimd(options, database, *extra, pinned=True):
    """supersimd itself, with one worker unless `extra` says otherwise."""
    workers = () if "--workers" in extra else ("--workers", "1")
    return Server([options.build / "supersimd", "--listen", "127.0.0.1:0", "--db", database,
                   "--log-level", "error", *workers, *extra], pinned)


def bare(options, mode, pinned=True):
    """The least that a program on the same HTTP library can do."""
    return Server([options.build / "tests/bench/bare", mode], pinned)


def plain(options, database, pinned=True):
    """The plainest honest server on the same libraries."""
    return Server([options.build / "tests/bench/plain", database], pinned)


def fastify(options, database, pinned=True):
    """Fastify and better-sqlite3."""
    return Server([shutil.which("node"), HERE / "fastify.mjs", database], pinned)


def prism(options, directory, pinned=True):
    """Prism, which makes up answers from supersimd's own description of /v1."""
    description = directory / "supersim_v1.json"
    if not description.exists():
        server = supersimd(options, ":memory:")
        description.write_bytes(server.request("GET", "/_emulator/openapi/supersim_v1.json"))
        server.stop()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    return Server([shutil.which("node"), MODULES / "@stoplight/prism-cli/dist/index.js", "mock",
                   description, "-p", port, "-v", "silent"], pinned, f"http://127.0.0.1:{port}")


def is_there(name):
    """Whether a peer from npm is installed; says so when it is not."""
    wanted = {"Fastify": "better-sqlite3/build/Release/better_sqlite3.node",
              "Prism": "@stoplight/prism-cli/dist/index.js"}[name]
    found = shutil.which("node") is not None and (MODULES / wanted).exists()
    if not found:
        print(f"{name} is not measured: it is not installed (make bench-peers)")
    return found


ANY_PROFILE = "HA" + "0" * 32  # the peers take it as given


def make_profile(server):
    """A Network Access Profile of supersimd; gives its SID."""
    return server.call("POST", "/v1/NetworkAccessProfiles", "UniqueName=nap")["sid"]


def fill(server, profile, count):
    """Makes Fleets; gives the last one's SID."""
    for number in range(count):
        fleet = server.call("POST", "/v1/Fleets",
                            f"NetworkAccessProfile={profile}&UniqueName=fleet-{number}")
    return fleet["sid"]


def make_sims(server, fleet, count):
    """Sims of a Fleet, active while the account's clock stands still; gives their SIDs."""
    server.control("PUT", "clock", {"mode": "frozen"})
    sims = []
    for number in range(count):
        iccid = f"8988307{number:013}"
        sim = server.call("POST", "/v1/Sims", f"Iccid={iccid}&RegistrationCode=0123456789")["sid"]
        server.call("POST", f"/v1/Sims/{sim}", f"Fleet={fleet}&Status=active")
        sims.append(sim)
    server.control("POST", "clock/advance", {"by": "1s"})
    return sims
