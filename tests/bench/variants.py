# SPDX-License-Identifier: MIT
"""What settings of supersimd cost: a fetch and an update by 32 clients, beside the same without."""
import subprocess

import peers
from load import in_turns, load
from peers import AUTHORIZATION
from tables import Table

CLIENTS = 32
# A rule that is asked on every request of the account, and hits none of these.
RULE = {"match": {"operation": "CreateFleet", "form": {"UniqueName": "none"}}, "then": {"status": 503}}


def has_tls(options):
    """Whether this supersimd speaks TLS."""
    text = subprocess.run([options.build / "supersimd", "--help"], check=True, capture_output=True,
                          text=True).stdout
    return "--tls " in text


def start(options, directory):
    """The servers by name, and the URL that each is called by."""
    settings = {"as it is": (), "--journal off": ("--journal", "off"), "a fault's rule": ()}
    if has_tls(options):
        settings["TLS"] = ("--tls", "auto", "--tls-listen", "127.0.0.1:0",
                           "--tls-dir", directory / "tls")
    found = {}
    for name, extra in settings.items():
        server = peers.supersimd(options, directory / f"variant-{len(found)}.db", *extra)
        if name == "a fault's rule":
            server.control("POST", "faults", RULE)
        found[name] = server
    return found


def measure(options, directory):
    """Gives the table, and CPU-µs by request and setting."""
    servers = start(options, directory)
    loads = {}
    for name, server in servers.items():
        fleet = "/v1/Fleets/" + peers.fill(server, peers.make_profile(server), 100)
        url = server.ready["tls_url"] if name == "TLS" else server.url
        loads["fetch", name] = lambda turn, server=server, fleet=fleet, url=url: load(
            server, fleet, CLIENTS, options.seconds, url=url)
        loads["update", name] = lambda turn, server=server, fleet=fleet, url=url: load(
            server, fleet, CLIENTS, options.seconds, "update.lua", (AUTHORIZATION,), url=url)
    figures = in_turns(options.rounds, loads)
    for server in servers.values():
        server.stop()
    made = Table(f"Settings, {CLIENTS} clients",
                 ["request", "setting", "a second", "CPU-µs", "p99 µs", "CPU beside as it is"], texts=2)
    for kind in ("fetch", "update"):
        for name in servers:
            one = figures[kind, name]
            change = one.cpu_us / figures[kind, "as it is"].cpu_us - 1
            made.add(kind, name, one.rate, one.cpu_us, one.p99_us, f"{change:+.1%}")
    return [made], {key: one.cpu_us for key, one in figures.items()}
