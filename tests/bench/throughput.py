# SPDX-License-Identifier: MIT
"""Fetch, list, update and create: supersimd and its peers in one run, with one client and with 32.

All that keep records keep them durably: what is answered is on the disk. Prism keeps none, and is
asked for what it makes up only.
"""
import peers
from load import in_turns, load
from peers import AUTHORIZATION
from tables import Table

FLEETS = 1000
CLIENTS = (1, 32)
KINDS = ("fetch", "list 50", "list 1000", "update", "create")


class Peer:
    """A server under load: what it can be asked for."""

    def __init__(self, name, server, kinds, profile=peers.ANY_PROFILE):
        self.name, self.server, self.kinds, self.profile = name, server, kinds, profile
        keeps = "create" in kinds
        self.fleet = peers.fill(server, profile, FLEETS) if keeps else "HF" + "0" * 32

    def load(self, kind, clients, seconds, turn):
        """One round of one kind of request."""
        fleet = f"/v1/Fleets/{self.fleet}"
        run = f"{clients}-{turn}"
        target, script, arguments = {
            "fetch": (fleet, None, ()),
            "list 50": ("/v1/Fleets?PageSize=50", None, ()),
            "list 1000": ("/v1/Fleets?PageSize=1000", None, ()),
            "update": (fleet, "update.lua", (AUTHORIZATION,)),
            "create": ("/v1/Fleets", "create.lua", (AUTHORIZATION, self.profile, run)),
        }[kind]
        return load(self.server, target, clients, seconds, script, arguments)


def start_peers(options, directory):
    """All that are there, with their first records. Those that are compared stand side by side, and
    what may still tidy up after its turn comes last."""
    four = ("fetch", "list 50", "update", "create")
    found = [
        Peer("bare, one answer for all", peers.bare(options, "prebuilt"), ("fetch",)),
        Peer("bare", peers.bare(options, "per-request"), ("fetch",)),
        Peer("plain", peers.plain(options, directory / "plain.db"), four),
    ]
    server = peers.supersimd(options, directory / "supersimd.db")
    found.append(Peer("supersimd", server, KINDS, peers.make_profile(server)))
    if peers.is_there("Fastify"):
        found.append(Peer("Fastify", peers.fastify(options, directory / "fastify.db"), four))
    if peers.is_there("Prism"):
        found.append(Peer("Prism", peers.prism(options, directory), ("fetch", "list 50")))
    return found


def measure(options, directory):
    """Gives the tables, and the figures by kind, peer's name and clients."""
    found = start_peers(options, directory)
    figures = {}
    for clients in CLIENTS:
        loads = {}
        for kind in KINDS:
            for peer in (one for one in found if kind in one.kinds):
                loads[kind, peer.name] = (
                    lambda turn, peer=peer, kind=kind:
                    peer.load(kind, clients, options.seconds, turn))
        for (kind, name), median in in_turns(options.rounds, loads).items():
            figures[kind, name, clients] = median
    for peer in found:
        peer.server.stop()
    return [table(figures, clients) for clients in CLIENTS], figures


def table(figures, clients):
    """One row for each kind and server. The last column says by processor time."""
    made = Table(f"{clients} client{'s' if clients > 1 else ''}, {FLEETS:,} Fleets",
                 ["request", "server", "a second", "CPU-µs", "p50 µs", "p99 µs", "CPU of supersimd's"],
                 texts=2)
    for kind in KINDS:
        own = figures[kind, "supersimd", clients]
        for (which, name, count), one in figures.items():
            if (which, count) == (kind, clients):
                made.add(kind, name, one.rate, one.cpu_us, one.p50_us, one.p99_us,
                         f"{one.cpu_us / own.cpu_us:.2f}×")
    return made
