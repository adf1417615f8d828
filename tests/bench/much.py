# SPDX-License-Identifier: MIT
"""supersimd with much in it: a million Fleets, ten thousand accounts."""
import sqlite3
import time

import peers
from load import in_turns, load
from tables import Table

CLIENTS = 32
FLEETS = 1_000_000
ACCOUNTS = 10_000


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


def walk(server, size):
    """Reads a whole list; gives the pages' targets and how many Fleets there were."""
    target = f"/v1/Fleets?PageSize={size}"
    pages, seen = [], 0
    while target:
        pages.append(target)
        page = server.call("GET", target)
        seen += len(page["fleets"])
        following = page["meta"]["next_page_url"]
        target = following and following.removeprefix(server.url)
    return pages, seen


def million(options, directory):
    """Reads a list of a million Fleets from its first page to its last; gives a table."""
    database = directory / "million.db"
    server = peers.supersimd(options, database)
    peers.fill(server, peers.make_profile(server), 1)
    server.stop()
    multiply(database, "fleets", FLEETS, "HF", unique_name="'f-' || n")
    server = peers.supersimd(options, database)
    before = server.memory_mib()
    pages, seen = walk(server, 1000)
    if seen != FLEETS:
        raise RuntimeError(f"the pages held {seen} Fleets")
    made = Table(f"A list of {FLEETS:,} Fleets: {before:.1f} MiB RSS before all was read, "
                 f"{server.memory_mib():.1f} MiB after",
                 ["page of 50", "a second", "CPU-µs", "p99 µs"])
    small = [page.replace("PageSize=1000", "PageSize=50") for page in pages]
    places = {"first": small[0], "middle": small[len(small) // 2], "last": small[-1]}
    figures = in_turns(options.rounds, {
        name: lambda turn, page=page: load(server, page, CLIENTS, options.seconds)
        for name, page in places.items()})
    server.stop()
    for name, one in figures.items():
        made.add(name, one.rate, one.cpu_us, one.p99_us)
    return [made], figures


def accounts(options, directory):
    """Fetches from one account and from ten thousand; gives a table."""
    server = peers.supersimd(options, directory / "accounts.db")
    made = Table("Fetches from many accounts", ["accounts", "RSS, MiB", "a second", "CPU-µs", "p99 µs"])
    lines, figures = [], {}
    for number in range(ACCOUNTS):
        caller = peers.authorization(peers.account(1000 + number))
        server.call("POST", "/v1/NetworkAccessProfiles", "UniqueName=nap", caller)
        fleet = server.call("POST", "/v1/Fleets", "NetworkAccessProfile=nap", caller)
        lines.append(f"{caller}\t/v1/Fleets/{fleet['sid']}\n")
        if number + 1 in (1, ACCOUNTS):
            file = directory / f"accounts-{number + 1}"
            file.write_text("".join(lines))
            one = in_turns(options.rounds, {"": lambda turn, file=file: load(
                server, "/", CLIENTS, options.seconds, "accounts.lua", (file,))})[""]
            figures[number + 1] = one
            made.add(f"{number + 1:,}", server.memory_mib(), one.rate, one.cpu_us, one.p99_us)
    server.stop()
    begun = time.monotonic()
    server = peers.supersimd(options, directory / "accounts.db")
    made.add(f"{ACCOUNTS:,}, started anew in {(time.monotonic() - begun) * 1000:.0f} ms",
             server.memory_mib(), None, None, None)
    server.stop()
    return [made], figures
