# SPDX-License-Identifier: MIT
"""What speed is aimed at, and how far it is reached in a run."""
from tables import Table, number

AT_LEAST, AT_MOST = "at least", "at most"
MANY = 32


def of_throughput(figures):
    """Aims beside the peers that are there: text, bound, what is aimed at, what was reached."""
    def one(kind, name="supersimd", clients=MANY):
        return figures[kind, name, clients]

    fetch, listed, create, alone = one("fetch"), one("list 50"), one("create"), one("create", clients=1)
    bare, plain_create = one("fetch", "bare"), one("create", "plain")
    plain_alone = one("create", "plain", 1)
    yield "fetch: share of bare, by CPU", AT_LEAST, 0.82, bare.cpu_us / fetch.cpu_us
    yield "fetch: p99, times bare's", AT_MOST, 2, fetch.p99_us / bare.p99_us
    yield "list 50: times plain's CPU", AT_MOST, 1.1, listed.cpu_us / one("list 50", "plain").cpu_us
    yield "updates a second, times plain's", AT_LEAST, 1, one("update").rate / one("update", "plain").rate
    yield "creates a second, times plain's", AT_LEAST, 1.2, create.rate / plain_create.rate
    yield "creates: p99, times plain's", AT_MOST, 1, create.p99_us / plain_create.p99_us
    yield "one client's create: p50, times plain's", AT_MOST, 1, alone.p50_us / plain_alone.p50_us
    yield "one client's create: p99, times plain's", AT_MOST, 1, alone.p99_us / plain_alone.p99_us
    if ("fetch", "Fastify", MANY) in figures:
        yield ("fetch: times faster than Fastify, by CPU", AT_LEAST, 3.2,
               one("fetch", "Fastify").cpu_us / fetch.cpu_us)
        yield ("list 50: times faster than Fastify, by CPU", AT_LEAST, 6.5,
               one("list 50", "Fastify").cpu_us / listed.cpu_us)
        yield ("updates a second, times Fastify's", AT_LEAST, 10,
               one("update").rate / one("update", "Fastify").rate)


def of_footprint(figures):
    """Aims of start and memory."""
    idle, busy = figures
    new = idle["supersimd, new database"]
    yield "start to first answer, times bare's", AT_MOST, 2, new[0] / idle["bare"][0]
    yield "idle RSS, MiB", AT_MOST, 10, new[1]
    for name, anonymous in busy.items():
        if name.endswith("updates"):
            yield f"anonymous memory after {name}, MiB", AT_MOST, 10, anonymous


def of_webhooks(figures):
    """How fast outcomes that are durable come."""
    yield "webhooks a second", AT_LEAST, 10_000, figures["supersimd"][0]


def table(figures):
    """The aims of the parts that were measured."""
    made = Table("Aims", ["aim", "wanted", "reached", ""], texts=1)
    for part, judge in (("throughput", of_throughput), ("footprint", of_footprint),
                        ("webhooks", of_webhooks)):
        for text, bound, aim, reached in judge(figures[part]) if part in figures else ():
            good = reached >= aim if bound == AT_LEAST else reached <= aim
            made.add(text, f"{bound} {number(aim)}", reached, "reached" if good else "**missed**")
    return made
