# SPDX-License-Identifier: MIT
"""How fast webhooks that wait are delivered to one fast receiver, beside libcurl alone.

Each round makes webhooks of one account while its clock stands still, lets it run, and waits until
every outcome is durable. The receiver and libcurl's own program are receiver.c and curl_ceiling.c.
"""
import contextlib
import json
import socket
import statistics
import subprocess
import time

import peers
from peers import AUTHORIZATION
from tables import Table

PIPELINED = 100


def make_sim(server, receiver):
    """A Sim whose Commands are told to a receiver; gives its SID."""
    profile = peers.make_profile(server)
    form = f"NetworkAccessProfile={profile}&SmsCommandsUrl={receiver.url}/sms"
    return peers.make_sims(server, server.call("POST", "/v1/Fleets", form)["sid"], 1)[0]


def send(server, sim, count):
    """A Sim's device sends so many SMS."""
    host = server.url.removeprefix("http://")
    body = '{"payload": "hello"}'
    request = (f"POST /_emulator/sims/{sim}/sms-commands HTTP/1.1\r\nHost: {host}\r\n"
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


def delivered(server):
    """Attempts that arrived, and whose outcome is durable."""
    return server.metric('supersim_webhook_attempts_total{result="delivered"}')


def deliver(server, sim, count):
    """One round; gives (webhooks a second, the server's CPU-µs for each)."""
    server.control("PUT", "clock", {"mode": "frozen"})
    send(server, sim, count)
    wanted, cpu_ns = delivered(server) + count, server.cpu_ns()
    server.control("PUT", "clock", {"mode": "real"})
    begin = time.monotonic()
    while delivered(server) < wanted:
        time.sleep(0.05)
    elapsed = time.monotonic() - begin
    return count / elapsed, (server.cpu_ns() - cpu_ns) / count / 1000


def ceiling(options, receiver, mode):
    """libcurl alone: (requests a second, its CPU-µs for each)."""
    command = [options.build / "tests/bench/curl_ceiling", receiver.url + "/sms",
               str(options.webhooks), mode]
    result = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return result["per_second"], result["cpu_us"]


def measure(options, directory):
    """Gives a table, and medians by sender: (a second, CPU-µs for each)."""
    taken = {"supersimd": [], "libcurl, a connection each": [], "libcurl, kept connections": []}
    with contextlib.ExitStack() as running:
        receiver = peers.Server([options.build / "tests/bench/receiver"], pinned=False)
        running.callback(receiver.stop)
        server = peers.supersimd(options, directory / "webhooks.db", pinned=False)
        running.callback(server.stop)
        sim = make_sim(server, receiver)
        for _ in range(options.rounds):
            taken["supersimd"].append(deliver(server, sim, options.webhooks))
            taken["libcurl, a connection each"].append(ceiling(options, receiver, "fresh"))
            taken["libcurl, kept connections"].append(ceiling(options, receiver, "kept"))
    figures = {name: tuple(statistics.median(column) for column in zip(*rounds))
               for name, rounds in taken.items()}
    made = Table(f"{options.webhooks:,} webhooks that wait, to one fast receiver, 8 at a time",
                 ["sender", "a second", "CPU-µs"])
    for name, one in figures.items():
        made.add(name, *one)
    return [made], figures
