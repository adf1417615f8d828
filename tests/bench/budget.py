# SPDX-License-Identifier: MIT
"""Counts the processor's instructions that a request costs, and compares them with those on record.

Times differ from run to run and from machine to machine; instructions hardly do. valgrind's
callgrind counts those of all threads of the server (not the kernel's), for one client, one worker
and a database in memory. What the start and the preparation cost is counted by itself, and taken
off. Two counts of one program differ by less than 0.1 %: SIDs are the same each time (steady.c),
and a request is sent when all that the last one set going has ended.

    tests/support/python tests/bench/budget.py build/bench [--record]

Fails when a kind of request costs over 1 % more than tests/bench/budget.json says. Other compilers
and libraries give other counts: when what the file names is not what is here, 10 % is let pass, and
said. `--record` writes what is counted into the file.
"""
import argparse
import json
import os
import platform
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from http_client import Client, ConnectionClosed

RECORD = Path(__file__).with_name("budget.json")
TOLERANCE, TOLERANCE_ELSEWHERE = 0.01, 0.10
ACCOUNT = "AC" + "1" * 32
FLEETS = 60
# One instruction may copy or clear any number of bytes, and is counted once for each of them: the
# library's loops are to be counted instead.
TUNABLES = "glibc.cpu.x86_rep_movsb_threshold=1073741824:glibc.cpu.x86_rep_stosb_threshold=1073741824"


def fetch(client, profile, fleets, number):
    return client.get("/v1/Fleets/" + fleets[number % FLEETS])


def list_50(client, profile, fleets, number):
    return client.get("/v1/Fleets?PageSize=50")


def create(client, profile, fleets, number):
    return client.post("/v1/Fleets", {"NetworkAccessProfile": profile, "UniqueName": f"g{number}"})


def update(client, profile, fleets, number):
    return client.post("/v1/Fleets/" + fleets[number % FLEETS], {"UniqueName": f"u{number}"})


# What is counted: its name, what sends one, and how many are sent.
REQUESTS = [
    ("fetch", fetch, 1000),
    ("list 50", list_50, 200),
    ("create", create, 500),
    ("update", update, 500),
]


def succeed(response):
    """The answer, which must be a success."""
    if response.status >= 300:
        raise SystemExit(f"answered {response.status}: {response.body[:300]!r}")
    return response


def wait_until_idle(process):
    """Until all threads of the server sleep: what it does after an answer is done then, and costs
    the same each time."""
    tasks = list(Path(f"/proc/{process.pid}/task").iterdir())
    while any(Path(task, "stat").read_text().rsplit(")", 1)[1].split()[0] != "S" for task in tasks):
        time.sleep(0.0005)


def prepare(client):
    """A profile and Fleets; gives their SIDs. The first call that reads has the worker read the
    schema."""
    profile = succeed(client.post("/v1/NetworkAccessProfiles", {"UniqueName": "nap"})).json()["sid"]
    fleets = []
    for number in range(FLEETS):
        form = {"NetworkAccessProfile": profile, "UniqueName": f"f{number}"}
        fleets.append(succeed(client.post("/v1/Fleets", form)).json()["sid"])
    succeed(fetch(client, profile, fleets, 0))
    return profile, fleets


def count(build, send=None, times=0):
    """Instructions of a server from start to end that is sent a kind of request so many times. Its
    journal is full before that, as it is in the long run."""
    with tempfile.TemporaryDirectory(prefix="supersim-budget-") as directory:
        counted = Path(directory, "callgrind.out")
        log = Path(directory, "log")
        command = ["valgrind", "--tool=callgrind", "--fair-sched=yes", f"--callgrind-out-file={counted}",
                   f"--log-file={log}", str(build / "supersimd"), "--listen", "127.0.0.1:0",
                   "--workers", "1", "--db", ":memory:", "--journal", str(FLEETS)]
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith("SUPERSIM_")}
        environment["GLIBC_TUNABLES"] = TUNABLES
        environment["LD_PRELOAD"] = str(build / "tests/bench/steady.so")
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              cwd=directory, env=environment, text=True) as process:
            try:
                host, port = json.loads(process.stdout.readline())["url"][7:].rsplit(":", 1)
                client = Client((host, int(port)), ACCOUNT)
                profile, fleets = prepare(client)
                for number in range(times):
                    wait_until_idle(process)
                    succeed(send(client, profile, fleets, number))
                client.close()
            except (ValueError, OSError, ConnectionClosed) as problem:
                raise SystemExit(f"{problem!r}; valgrind says: {log.read_text()}") from problem
            finally:
                process.send_signal(signal.SIGTERM)
        if process.returncode != 0:
            raise SystemExit(f"ended with {process.returncode}: {log.read_text()}")
        return int(re.search(r"^(?:summary|totals): (\d+)", counted.read_text(), re.M).group(1))


def first_line(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[0]


def surroundings(binary):
    """What else the counts depend on: whatever made the program, what it is run with, and where."""
    comment = subprocess.run(["readelf", "-p", ".comment", binary], check=True, capture_output=True,
                             text=True).stdout
    libraries = ["libmicrohttpd", "sqlite3", "jansson", "libcrypto"]
    flags = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").split()
    return {
        "compiler": sorted(set(re.findall(r"\]\s+(.*)", comment))),
        "libc": " ".join(platform.libc_ver()),
        "valgrind": first_line("valgrind", "--version"),
        "machine": platform.machine() + (" avx2" if "avx2" in flags else ""),
        **{name: first_line("pkg-config", "--modversion", name) for name in libraries},
    }


def compare(counts, here):
    """Prints the counts beside those on record; gives an exit code."""
    record = json.loads(RECORD.read_text())
    there = record["surroundings"]
    tolerance = TOLERANCE
    for name in sorted(there.keys() | here.keys()):
        if there.get(name) != here.get(name):
            tolerance = TOLERANCE_ELSEWHERE
            print(f"{name}: {here.get(name)} here, {there.get(name)} on record; "
                  f"so {tolerance:.0%} more may pass")
    failed = []
    for name, instructions in counts.items():
        recorded = record["instructions"][name]
        change = instructions / recorded - 1
        verdict = "over the budget" if change > tolerance else ""
        print(f"{name:8} {instructions:9,} instructions, {recorded:9,} on record, "
              f"{change:+7.2%} {verdict}".rstrip())
        failed += [name] if verdict else []
        if change < -tolerance and tolerance == TOLERANCE:
            print(f"{name} is better: keep it so with `make budget BUDGET_OPTIONS=--record`")
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=lambda path: Path(path).resolve(),
                        help="directory of a release build with SUPERSIM_BENCH")
    parser.add_argument("--record", action="store_true", help="write the counts into budget.json")
    options = parser.parse_args()
    before = count(options.build)
    counts = {name: round((count(options.build, send, times) - before) / times)
              for name, send, times in REQUESTS}
    here = surroundings(options.build / "supersimd")
    if not options.record:
        return compare(counts, here)
    record = {"surroundings": here, "instructions": counts}
    RECORD.write_text(json.dumps(record, indent="\t") + "\n")
    print(json.dumps(counts))
    return 0


if __name__ == "__main__":
    sys.exit(main())
