# SPDX-License-Identifier: MIT
"""What clients see of receivers that hang: fetches while 64 of them keep webhooks waiting."""
import contextlib
import socket

import peers
from load import in_turns, load
from tables import Table

RECEIVERS = 64
CLIENTS = 32


def begin_hanging(server, fleet, running):
    """Each Sim's device sends an SMS; a receiver of its own is told, and does not answer."""
    for sim in peers.make_sims(server, fleet, RECEIVERS):
        # The system takes its connections; nobody reads.
        receiver = running.enter_context(socket.create_server(("127.0.0.1", 0)))
        port = receiver.getsockname()[1]
        url = f"http://127.0.0.1:{port}/sms%23rc=5%26rp=all"  # again and again, for a minute
        server.call("POST", f"/v1/Fleets/{fleet}", f"SmsCommandsUrl={url}")
        server.control("POST", f"sims/{sim}/sms-commands", {"payload": "hello"})
    server.control("PUT", "clock", {"mode": "real"})


def measure(options, directory):
    """Gives a table of fetches without and with such webhooks."""
    with contextlib.ExitStack() as running:
        servers = {}
        for name in ("no webhook", f"{RECEIVERS} that hang"):
            server = peers.supersimd(options, directory / f"hanging-{len(servers)}.db")
            running.callback(server.stop)
            profile = peers.make_profile(server)
            servers[name] = server, peers.fill(server, profile, 100)
        server, fleet = servers[f"{RECEIVERS} that hang"]
        begin_hanging(server, fleet, running)
        figures = in_turns(options.rounds, {
            name: lambda turn, server=server, fleet=fleet: load(
                server, f"/v1/Fleets/{fleet}", CLIENTS, options.seconds)
            for name, (server, fleet) in servers.items()})
        if server.metric("supersim_outbox_pending") != RECEIVERS:
            raise RuntimeError("a webhook that was to hang is through")
    made = Table(f"Fetches by {CLIENTS} clients, and receivers",
                 ["receivers", "a second", "CPU-µs", "p50 µs", "p99 µs"])
    for name, one in figures.items():
        made.add(name, one.rate, one.cpu_us, one.p50_us, one.p99_us)
    return [made], figures
