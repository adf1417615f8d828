# SPDX-License-Identifier: MIT
"""Start to first answer, and memory: idle, and after millions of requests."""
import statistics
import time

import peers
from load import load
from peers import AUTHORIZATION
from tables import Table

MILLION = 1_000_000
CLIENTS = 32


def first_answer_ms(start, path):
    """Milliseconds from starting a program to its first answer; and its memory (RSS, anonymous)."""
    server = start()
    try:
        server.request("GET", path)
        elapsed = (time.monotonic() - server.started) * 1000
        return elapsed, server.memory_mib(), server.memory_mib("Anonymous")
    finally:
        server.stop()


def starts(options, directory):
    """A table of starts, round by round; gives the medians by name."""
    counted = iter(range(1_000_000))
    kept = directory / "kept.db"

    def new(maker):
        return lambda: maker(options, directory / f"start-{next(counted)}.db", pinned=False)

    wanted = {
        "bare": (lambda: peers.bare(options, "per-request", pinned=False), "/"),
        "plain, new database": (new(peers.plain), "/livez"),
        "supersimd, new database": (new(peers.supersimd), "/livez"),
        "supersimd, old database": (lambda: peers.supersimd(options, kept, pinned=False), "/livez"),
        "supersimd, :memory:": (lambda: peers.supersimd(options, ":memory:", pinned=False), "/livez"),
    }
    if peers.is_there("Fastify"):
        wanted["Fastify, new database"] = (new(peers.fastify), "/livez")
    if peers.is_there("Prism"):
        peers.prism(options, directory).stop()  # its description is made once
        wanted["Prism"] = (lambda: peers.prism(options, directory, pinned=False),
                           "/v1/Fleets/HF" + "0" * 32)
    taken = {name: [] for name in wanted}
    for _ in range(options.starts):
        for name, (start, path) in wanted.items():
            taken[name].append(first_answer_ms(start, path))
    made = Table("Start, and idle memory",
                 ["program", "first answer, ms", "RSS, MiB", "anonymous, MiB"])
    medians = {}
    for name, figures in taken.items():
        medians[name] = [statistics.median(column) for column in zip(*figures)]
        made.add(name, *medians[name])
    return made, medians


def many(server, kind, fleet, wanted):
    """Sends so many requests, at least."""
    sent = 0
    while sent < wanted:
        if kind == "fetch":
            sent += load(server, fleet, CLIENTS, 3).requests
        else:
            sent += load(server, fleet, CLIENTS, 3, "update.lua", (AUTHORIZATION,)).requests
    return sent


def after_load(options, directory):
    """A table of supersimd's memory after requests; gives anonymous MiB by what was done."""
    server = peers.supersimd(options, directory / "memory.db")
    fleet = "/v1/Fleets/" + peers.fill(server, peers.make_profile(server), 1000)
    made = Table("supersimd's memory", ["after", "RSS, MiB", "anonymous, MiB"])
    figures = {}

    def note(name):
        figures[name] = server.memory_mib("Anonymous")
        made.add(name, server.memory_mib(), figures[name])

    note("1,000 Fleets")
    many(server, "update", fleet, options.writes)
    note(f"{options.writes:,} updates")
    fetched = 0
    for millions in options.millions:
        fetched += many(server, "fetch", fleet, millions * MILLION - fetched)
        note(f"{millions} million fetches")
    server.stop()
    return made, figures


def measure(options, directory):
    """Gives the tables; and start and idle memory by program, memory after requests."""
    first, idle = starts(options, directory)
    second, busy = after_load(options, directory)
    return [first, second], (idle, busy)
