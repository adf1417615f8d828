# SPDX-License-Identifier: MIT
"""Puts load on servers with wrk, and makes one figure of several rounds.

Rounds are interleaved (A B A B …) and medians taken, since machines drift. The steadiest figure is
CPU-µs: the processor time that the server itself spent per request, from its own counters.
"""
import re
import statistics
import subprocess
from typing import NamedTuple

from peers import AUTHORIZATION, HERE, on_processor

UNITS_US = {"us": 1, "ms": 1000, "s": 1_000_000}


class Figures(NamedTuple):
    """What a load came to."""
    rate: float  # requests a second
    cpu_us: float  # processor time of the server for each
    p50_us: float
    p99_us: float
    requests: float


def percentile(text, share):
    """A line of wrk's distribution, in µs."""
    value, unit = re.search(rf"\s{share}%\s+([\d.]+)(us|ms|s)", text).groups()
    return float(value) * UNITS_US[unit]


def load(server, target, clients, seconds, script=None, arguments=(), url=None):
    """One round of requests to one target, or of those that a script makes."""
    command = on_processor(1) + ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--latency",
                                 "--timeout", "60s"]
    command += ["-s", str(HERE / script)] if script else ["-H", f"Authorization: {AUTHORIZATION}"]
    command += [(url or server.url) + target]
    command += ["--", *map(str, arguments)] if arguments else []
    before = server.cpu_ns()
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    spent_us = (server.cpu_ns() - before) / 1000
    if "Non-2xx" in text or "Socket errors" in text:
        raise RuntimeError(f"{target}: {text}")
    requests = int(re.search(r"(\d+) requests in", text).group(1))
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1))
    return Figures(rate, spent_us / max(requests, 1), percentile(text, 50), percentile(text, 99),
                   requests)


def medians(rounds):
    """Of each figure the median."""
    return Figures(*(statistics.median(column) for column in zip(*rounds)))


def in_turns(rounds, loads):
    """Runs loads (by name, functions of the round's number) one after the other, round by round;
    gives the medians by name."""
    taken = {name: [] for name in loads}
    for turn in range(rounds):
        for name, run in loads.items():
            taken[name].append(run(turn))
    return {name: medians(figures) for name, figures in taken.items()}
