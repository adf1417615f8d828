# SPDX-License-Identifier: MIT
"""Measures how fast webhooks that wait are delivered to one fast receiver, beside libcurl alone.

Each round makes webhooks of one account while its clock stands still, lets it run, and waits until
every outcome is durable. The receiver and libcurl's own program (receiver.c, curl_ceiling.c) are in
the same directory as each other. By itself: webhooks.py --supersimd … --programs …
"""

import argparse
import base64
import contextlib
import http.client
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

AUTHORIZATION = "Basic " + base64.b64encode(f"AC{'0' * 31}b:token".encode()).decode()
PIPELINED = 100


class Program:
    """A program that prints a line of JSON with its URL. Ended by its own pid."""

    def __init__(self, *command):
        self.process = subprocess.Popen([str(one) for one in command], stdout=subprocess.PIPE,
                                        text=True)
        self.ready = json.loads(self.process.stdout.readline())
        self.url = self.ready["url"]

    def stop(self):
        os.kill(self.ready["pid"], signal.SIGTERM)
        self.process.wait(30)

    def cpu_ns(self):
        """Processor time of all threads so far."""
        return time.clock_gettime_ns((~self.ready["pid"] << 3) | 2)


class Server(Program):
    """supersimd, with a Sim whose Commands are told to a receiver."""

    def __init__(self, supersimd, database, *extra):
        super().__init__(supersimd, "--listen", "127.0.0.1:0", "--db", database, *extra)
        self.connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=60)
        self.sim = None

    def prepare(self, receiver):
        self.form("/v1/NetworkAccessProfiles", "UniqueName=nap")
        fleet = self.form("/v1/Fleets", f"NetworkAccessProfile=nap&SmsCommandsUrl={receiver}/sms")
        self.sim = self.form("/v1/Sims", "Iccid=89883070000000000000&RegistrationCode=0123456789")
        self.control("PUT", "clock", {"mode": "frozen"})
        self.form(f"/v1/Sims/{self.sim['sid']}", f"Fleet={fleet['sid']}&Status=active")
        self.control("POST", "clock/advance", {"by": "1s"})

    def call(self, method, target, body=None, kind="application/json"):
        self.connection.request(method, target, body,
                                {"Authorization": AUTHORIZATION, "Content-Type": kind})
        answer = self.connection.getresponse()
        text = answer.read()
        assert answer.status < 300, (method, target, answer.status, text)
        return text.decode()

    def form(self, target, body):
        return json.loads(self.call("POST", target, body, "application/x-www-form-urlencoded"))

    def control(self, method, path, body):
        return json.loads(self.call(method, "/_emulator/" + path, json.dumps(body)))

    def send(self, count):
        """The Sim's device sends so many SMS."""
        host = self.url.removeprefix("http://")
        body = '{"payload": "hello"}'
        request = (f"POST /_emulator/sims/{self.sim['sid']}/sms-commands HTTP/1.1\r\nHost: {host}\r\n"
                   f"Authorization: {AUTHORIZATION}\r\nContent-Type: application/json\r\n"
                   f"Content-Length: {len(body)}\r\n\r\n{body}").encode()
        name, port = host.split(":")
        with socket.create_connection((name, int(port)), 60) as connection:
            for begin in range(0, count, PIPELINED):
                wanted = min(PIPELINED, count - begin)
                connection.sendall(request * wanted)
                text = b""
                while text.count(b"HTTP/1.1 ") < wanted or not text.endswith(b"}"):
                    text += connection.recv(1 << 20)
                assert text.count(b"HTTP/1.1 201") == wanted, text[:1000]

    def delivered(self):
        """Attempts that arrived, and whose outcome is durable."""
        pattern = r'supersim_webhook_attempts_total\{result="delivered"\} (\d+)'
        return int(re.search(pattern, self.call("GET", "/metrics")).group(1))


def deliver(server, count):
    """One round; gives (webhooks a second, the server's CPU-µs for each)."""
    server.control("PUT", "clock", {"mode": "frozen"})
    server.send(count)
    wanted, cpu_ns = server.delivered() + count, server.cpu_ns()
    server.control("PUT", "clock", {"mode": "real"})
    begin = time.monotonic()
    while server.delivered() < wanted:
        time.sleep(0.05)
    elapsed = time.monotonic() - begin
    return count / elapsed, (server.cpu_ns() - cpu_ns) / count / 1000


def ceiling(programs, receiver, count, mode):
    """libcurl alone: (requests a second, its CPU-µs for each)."""
    command = [Path(programs, "curl_ceiling"), receiver + "/sms", str(count), mode]
    result = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return result["per_second"], result["cpu_us"]


def measure(supersimd, programs, count, rounds, extra=()):
    """Interleaved rounds; gives {name: (a second, CPU-µs for each)}, medians."""
    results = {"supersimd": [], "libcurl, a connection each": [], "libcurl, kept connections": []}
    with contextlib.ExitStack() as running:
        directory = running.enter_context(tempfile.TemporaryDirectory(prefix="supersim-bench-"))
        receiver = Program(Path(programs, "receiver"))
        running.callback(receiver.stop)
        server = Server(supersimd, Path(directory, "webhooks.db"), *extra)
        running.callback(server.stop)
        server.prepare(receiver.url)
        for _ in range(rounds):
            results["supersimd"].append(deliver(server, count))
            results["libcurl, a connection each"].append(
                ceiling(programs, receiver.url, count, "fresh"))
            results["libcurl, kept connections"].append(
                ceiling(programs, receiver.url, count, "kept"))
    return {name: tuple(statistics.median(column) for column in zip(*measured))
            for name, measured in results.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--supersimd", required=True)
    parser.add_argument("--programs", required=True, help="where receiver and curl_ceiling are")
    parser.add_argument("--count", type=int, default=20000, help="webhooks of a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("options", nargs="*", help="more options of supersimd, after --")
    options = parser.parse_args()
    measured = measure(options.supersimd, options.programs, options.count, options.rounds,
                       options.options)
    print(f"{'':28}{'a second':>10}{'CPU-µs':>9}")
    for name, (rate, cpu) in measured.items():
        print(f"{name:28}{rate:10.0f}{cpu:9.1f}")


if __name__ == "__main__":
    main()
