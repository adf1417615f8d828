# SPDX-License-Identifier: MIT
"""Measures supersimd beside a bare libmicrohttpd program, in one run on one machine.

Rounds are interleaved (A B A B …) and medians taken, since machines drift. The steadiest figure is
CPU-µs: the processor time that the server itself spent per request, from its own counters. With two
processors or more, the server and the load generator (wrk) each get one of their own.
"""

import argparse
import base64
import http.client
import json
import os
import re
import signal
import sqlite3
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ACCOUNT = "AC" + "0" * 31 + "b"
AUTHORIZATION = "Basic " + base64.b64encode(f"{ACCOUNT}:token".encode()).decode()
FORM = "application/x-www-form-urlencoded"
PINNED = (os.cpu_count() or 1) >= 2


class Server:
    """A running server: supersimd, or the bare program. Ended by its own pid."""

    def __init__(self, command, pinned=PINNED):
        prefix = ["taskset", "-c", "0"] if pinned else []
        self.started = time.monotonic()
        self.process = subprocess.Popen(prefix + command, stdout=subprocess.PIPE, text=True)
        self.ready = json.loads(self.process.stdout.readline())
        self.ready_after = time.monotonic() - self.started
        self.url = self.ready["url"]
        self.pid = self.ready["pid"]

    def stop(self):
        os.kill(self.pid, signal.SIGTERM)
        self.process.wait(10)

    def cpu_ns(self):
        """Processor time of all threads so far."""
        return time.clock_gettime_ns((~self.pid << 3) | 2)

    def memory_kib(self, name="Rss"):
        for line in Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1])
        raise RuntimeError(f"no {name} in smaps_rollup")

    def call(self, method, target, body=None):
        """One request; gives the decoded answer, which must be a success."""
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=30)
        headers = {"Authorization": AUTHORIZATION}
        if body is not None:
            headers["Content-Type"] = FORM
        connection.request(method, target, body, headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        assert answer.status < 300, (method, target, answer.status, text)
        return json.loads(text)

    def control(self, method, path, body):
        """A call of the control API."""
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=30)
        connection.request(method, "/_emulator/" + path, json.dumps(body),
                           {"Authorization": AUTHORIZATION})
        assert connection.getresponse().status == 200
        connection.close()


def supersimd(options, database, *extra):
    return [options.supersimd, "--listen", "127.0.0.1:0", "--db", str(database), *extra]


def wrk(url, connections, seconds, script=None, arguments=()):
    """Runs wrk; gives requests, requests per second and the 99th percentile in ms."""
    command = ["taskset", "-c", "1"] if PINNED else []
    command += ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
    command += ["-s", str(HERE / script)] if script else ["-H", f"Authorization: {AUTHORIZATION}"]
    command += [url] + (["--", *arguments] if arguments else [])
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    for problem in ("Non-2xx", "Socket errors"):
        assert problem not in text, text
    requests = int(re.search(r"(\d+) requests in", text).group(1))
    value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", text).groups()
    p99 = float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1))
    return requests, rate, p99


def measure(server, target, connections, seconds, script=None, arguments=()):
    """One round: (requests per second, CPU-µs per request, p99 in ms)."""
    before = server.cpu_ns()
    requests, rate, p99 = wrk(server.url + target, connections, seconds, script, arguments)
    return rate, (server.cpu_ns() - before) / 1000 / max(requests, 1), p99


def medians(rounds):
    return tuple(statistics.median(column) for column in zip(*rounds))


# ── what is measured ─────────────────────────────────────────────────────────────────────────


def fill(server, count):
    """A profile and Fleets; gives the profile's SID and one Fleet's."""
    profile = server.call("POST", "/v1/NetworkAccessProfiles", "UniqueName=nap")["sid"]
    for number in range(count):
        fleet = server.call(
            "POST", "/v1/Fleets", f"NetworkAccessProfile={profile}&UniqueName=fleet-{number}"
        )
    return profile, fleet["sid"]


def scenarios(server, profile, fleet):
    """Name, target, script and its arguments (a function of the round's number)."""
    return [
        ("fetch", f"/v1/Fleets/{fleet}", None, None),
        ("list 50", "/v1/Fleets?PageSize=50", None, None),
        ("list 1000", "/v1/Fleets?PageSize=1000", None, None),
        ("update", f"/v1/Fleets/{fleet}", "update.lua", lambda run: [AUTHORIZATION]),
        ("create", "/v1/Fleets", "create.lua", lambda run: [AUTHORIZATION, profile, run]),
    ]


def throughput(options, directory):
    """The table of scenarios; gives {(name, connections): (rate, cpu, p99)}."""
    results = {}
    bare = {mode: Server([options.bare, mode]) for mode in ("prebuilt", "per-request")}
    server = Server(supersimd(options, directory / "bench.db", "--workers", "1"))
    profile, fleet = fill(server, 1000)
    print(f"{'':12}{'clients':>8}{'req/s':>10}{'CPU-µs':>9}{'p99 ms':>9}{'of bare, by CPU':>22}")
    for connections in (1, 32):
        ceiling = {}
        rounds = {mode: [] for mode in bare}
        own = {}
        for turn in range(options.rounds):
            for mode, process in bare.items():
                rounds[mode].append(measure(process, "/", connections, options.seconds))
            for name, target, script, arguments in scenarios(server, profile, fleet):
                given = arguments(f"{connections}-{turn}") if arguments else ()
                own.setdefault(name, []).append(
                    measure(server, target, connections, options.seconds, script, given)
                )
        for mode in bare:
            ceiling[mode] = medians(rounds[mode])
            results[mode, connections] = ceiling[mode]
            rate, cpu, p99 = ceiling[mode]
            print(f"{'bare ' + mode[:7]:12}{connections:8}{rate:10.0f}{cpu:9.2f}{p99:9.2f}")
        for name, measured in own.items():
            rate, cpu, p99 = results[name, connections] = medians(measured)
            shares = [ceiling[mode][1] / cpu for mode in ("prebuilt", "per-request")]
            print(
                f"{name:12}{connections:8}{rate:10.0f}{cpu:9.2f}{p99:9.2f}"
                f"{shares[0]:10.2f} prebuilt {shares[1]:.2f} each"
            )
    results["busy memory"] = server.memory_kib()
    for process in (server, *bare.values()):
        process.stop()
    return results


def first_answer_ms(options, database):
    """Milliseconds from starting the program to its first 200."""
    server = Server(supersimd(options, database), pinned=False)
    server.call("GET", "/livez")
    elapsed = time.monotonic() - server.started
    idle = server.memory_kib(), server.memory_kib("Pss")
    server.stop()
    return elapsed * 1000, idle


def start_up(options, directory):
    """Prints start-up time and idle memory; gives (ms for a new database, idle RSS in KiB)."""
    new, old, memory = [], [], []
    for number in range(options.starts):
        database = directory / f"start-{number}.db"
        new.append(first_answer_ms(options, database)[0])
        elapsed, idle = first_answer_ms(options, database)
        old.append(elapsed)
        memory.append(idle)
    rss, pss = medians(memory)
    print(
        f"first 200 after {statistics.median(new):.1f} ms with a new database, "
        f"{statistics.median(old):.1f} ms with an old one; "
        f"idle memory {rss / 1024:.1f} MiB RSS, {pss / 1024:.1f} MiB PSS"
    )
    return statistics.median(new), rss


# ── a million Fleets ─────────────────────────────────────────────────────────────────────────


def multiply(database, table, wanted, prefix, **copied):
    """Copies the one record of a table until there are `wanted`, with SIDs of their own; `copied`
    has the SQL of what else differs, by the number n."""
    connection = sqlite3.connect(database)
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    copied = {"id": "NULL", "sid": f"'{prefix}' || lower(hex(randomblob(16)))", **copied}
    values = ", ".join(copied.get(column, column) for column in columns)
    connection.execute(
        f"WITH RECURSIVE count(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count WHERE n < ?) "
        f"INSERT INTO {table} SELECT {values} FROM count, (SELECT * FROM {table} LIMIT 1)",
        (wanted - 1,),
    )
    connection.commit()
    connection.close()


def million(options, directory):
    """Walks a list of a million Fleets from its first page to its last."""
    database = directory / "million.db"
    server = Server(supersimd(options, database))
    fill(server, 1)
    server.stop()
    multiply(database, "fleets", 1_000_000, "HF", unique_name="'f-' || n")
    server = Server(supersimd(options, database, "--workers", "1"))
    before = server.memory_kib()
    target = "/v1/Fleets?PageSize=1000"
    pages, seen = [], 0
    while target:
        pages.append(target)
        page = server.call("GET", target)
        seen += len(page["fleets"])
        following = page["meta"]["next_page_url"]
        target = following and following.removeprefix(server.url)
    after = server.memory_kib()
    assert seen == 1_000_000, seen
    small = [page.replace("PageSize=1000", "PageSize=50") for page in pages]
    rows = {"first": small[0], "middle": small[500], "last": small[-1]}
    print(f"1,000,000 Fleets: RSS {before / 1024:.1f} MiB before, {after / 1024:.1f} MiB after "
          f"reading all {len(pages)} pages")
    for name, page in rows.items():
        rate, cpu, p99 = medians([measure(server, page, 32, options.seconds) for _ in range(3)])
        print(f"  {name:6} page of 50: {rate:7.0f} req/s {cpu:7.2f} CPU-µs, p99 {p99:.2f} ms")
    server.stop()


# ── usage of 10,000 Sims over 18 months ──────────────────────────────────────────────────────

SIMS, DAYS = 10_000, 548
NOW = "2026-07-01T00:00:00Z"


def add_usage(database, hours):
    """Usage of every Sim in the first `hours` hours of each day, in three Networks. Gives the rows."""
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("CREATE TEMP TABLE moved (hour_ms INTEGER, network INTEGER)")
    connection.execute(
        "WITH RECURSIVE day(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM day WHERE n < ?),"
        " hour(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM hour WHERE n < ?)"
        " INSERT INTO moved SELECT 1000 * strftime('%s', ?) - day.n * 86400000 + hour.n * 3600000,"
        " CASE day.n % 3 WHEN 0 THEN 310410 WHEN 1 THEN 262001 ELSE 208001 END FROM day, hour"
        " ORDER BY 1", (DAYS, hours - 1, NOW))
    rows = connection.execute(
        "INSERT INTO usage_hours SELECT sims.id, hour_ms, network, fleets.id, 1000, 2000"
        " FROM sims, fleets, moved ORDER BY sims.id, hour_ms").rowcount
    connection.execute(
        "INSERT INTO usage_totals SELECT fleets.namespace, hour_ms, fleets.id, network, 1000 * ?,"
        " 2000 * ? FROM fleets, moved", (SIMS, SIMS))
    connection.commit()
    connection.close()
    return rows


def next_page(server, target, pages):
    """The target of a later page."""
    for _ in range(pages):
        target = server.call("GET", target)["meta"]["next_page_url"].removeprefix(server.url)
    return target


def usage(options, directory):
    """Times questions about much usage."""
    database = directory / "usage.db"
    server = Server(supersimd(options, database))
    _, fleet = fill(server, 1)
    sim = server.call("POST", "/v1/Sims", "Iccid=89883070000000000000&RegistrationCode=0123456789")
    server.control("PUT", "clock", {"mode": "frozen", "now": NOW})
    server.stop()
    multiply(database, "sims", SIMS, "HS", iccid="'8988307' || printf('%013d', n)",
             unique_name="'sim-' || n", fleet_sid=f"'{fleet}'")
    rows = add_usage(database, options.usage)
    server = Server(supersimd(options, database, "--workers", "1"))
    size = database.stat().st_size
    print(f"\nusage of {SIMS:,} Sims over 18 months, {options.usage} hours a day: {rows:,} rows, "
          f"{size / 2**20:,.0f} MiB, {size / max(rows, 1):.0f} bytes each")
    month = "StartTime=2026-05-31T00:00:00Z&EndTime=2026-07-01T00:00:00Z"
    quarter = "StartTime=2026-04-01T00:00:00Z&EndTime=2026-07-01T00:00:00Z"
    whole = "StartTime=2025-01-01T00:00:00Z&EndTime=2026-07-01T00:00:00Z"
    by_sim = f"/v1/UsageRecords?Group=sim&{month}"
    questions = [
        ("the account, 18 months", f"/v1/UsageRecords?{whole}"),
        ("by Network, 18 months", f"/v1/UsageRecords?Group=network&{whole}"),
        ("by country and day, 3 months", f"/v1/UsageRecords?Group=isoCountry&Granularity=day&{quarter}"),
        ("the account by hour, 31 days", f"/v1/UsageRecords?Granularity=hour&PageSize=1000&{month}"),
        ("one Sim, 18 months", f"/v1/UsageRecords?Sim={sim['sid']}&{whole}"),
        ("one Sim by hour, 31 days", f"/v1/UsageRecords?Sim={sim['sid']}&Granularity=hour&{month}"),
        ("by Sim, 31 days, page of 50", by_sim),
        ("the same, page 150", next_page(server, by_sim, 149)),
        ("by Sim and hour, page of 50", by_sim + "&Granularity=hour"),
        ("by Sim and hour, page of 1000", by_sim + "&Granularity=hour&PageSize=1000"),
    ]
    for name, target in questions:
        took = []
        for _ in range(7):
            begin = time.monotonic()
            server.call("GET", target)
            took.append((time.monotonic() - begin) * 1000)
        print(f"  {name:32}{statistics.median(took):9.1f} ms")
    server.stop()


# ── the report ───────────────────────────────────────────────────────────────────────────────


def print_aims(results, first_ms, idle_kib):
    share = results["prebuilt", 32][1] / results["fetch", 32][1]
    share_each = results["per-request", 32][1] / results["fetch", 32][1]
    aims = [
        ("fetch, share of bare by CPU", share, 0.80, ">"),
        ("fetch, share of bare that builds each answer", share_each, 0.80, ">"),
        ("list 50, CPU-µs", results["list 50", 32][1], 36, "<"),
        ("durable updates a second", results["update", 32][0], 33000, ">"),
        ("durable creates a second", results["create", 32][0], 20000, ">"),
        ("first 200, ms", first_ms, 15, "<"),
        ("idle memory, MiB", idle_kib / 1024, 12, "<"),
    ]
    print("\naims (32 clients)")
    for name, reached, aim, direction in aims:
        good = reached >= aim if direction == ">" else reached <= aim
        print(f"  {name:46}{aim:>9} aimed{reached:11.2f} {'reached' if good else 'missed'}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--supersimd", required=True)
    parser.add_argument("--bare", required=True)
    parser.add_argument("--quick", action="store_true", help="one short round of each")
    parser.add_argument("--million", action="store_true", help="also page through a million Fleets")
    parser.add_argument("--usage", type=int, default=0, metavar="HOURS",
                        help="also ask about 10,000 Sims' usage, so many hours each day, 18 months")
    options = parser.parse_args()
    options.rounds, options.seconds, options.starts = (1, 1, 3) if options.quick else (3, 3, 20)
    where = "server and load on a processor each" if PINNED else "one processor for all"
    print(f"{options.rounds} rounds of {options.seconds} s, medians; {where}\n")
    with tempfile.TemporaryDirectory(prefix="supersim-bench-") as name:
        directory = Path(name)
        results = throughput(options, directory)
        print(f"\nmemory after the load: {results['busy memory'] / 1024:.1f} MiB RSS")
        first_ms, idle_kib = start_up(options, directory)
        if options.million:
            million(options, directory)
        if options.usage:
            usage(options, directory)
        print_aims(results, first_ms, idle_kib)


if __name__ == "__main__":
    main()
