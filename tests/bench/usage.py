# SPDX-License-Identifier: MIT
"""Questions about the usage of 10,000 Sims over 18 months."""
import sqlite3
import statistics
import time

import peers
from much import multiply
from tables import Table

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


def measure(options, directory):
    """Times questions about much usage; gives a table."""
    database = directory / "usage.db"
    server = peers.supersimd(options, database)
    fleet = peers.fill(server, peers.make_profile(server), 1)
    sim = server.call("POST", "/v1/Sims", "Iccid=89883070000000000000&RegistrationCode=0123456789")
    server.control("PUT", "clock", {"mode": "frozen", "now": NOW})
    server.stop()
    multiply(database, "sims", SIMS, "HS", iccid="'8988307' || printf('%013d', n)",
             unique_name="'sim-' || n", fleet_sid=f"'{fleet}'")
    rows = add_usage(database, options.usage)
    server = peers.supersimd(options, database)
    size = database.stat().st_size
    made = Table(f"Usage of {SIMS:,} Sims over 18 months, {options.usage} hours a day: {rows:,} rows, "
                 f"{size / 2**20:,.0f} MiB", ["question", "ms"])
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
        made.add(name, statistics.median(took))
    server.stop()
    return [made], None
