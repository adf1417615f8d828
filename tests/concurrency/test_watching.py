# SPDX-License-Identifier: MIT
"""Many who wait, and many who listen, while others write: nobody misses anything."""
import contextlib
import json
import threading
import unittest

from device_case import DeviceTestCase
from event_stream import EventStream
from http_client import Connection, ConnectionClosed
from server import DirectoryTestCase, scaled, wait_until
from threads import at_once

LONG_MS = 600000


def ask_to_wait(client, body):
    """A connection on which a call waits."""
    data = json.dumps({"timeout_ms": LONG_MS, **body}).encode()
    connection = Connection(client.address)
    connection.send(client.build("POST", "/_emulator/wait", data))
    return connection


def metric(client, name):
    """A number of the server's."""
    for line in client.get("/metrics").body.decode().splitlines():
        if line.startswith(name + " "):
            return int(line.split()[1])
    raise AssertionError(f"no {name}")


class WaitersTest(DeviceTestCase):
    """No wake-up is lost."""

    options = ("--workers", "4", "--transition-delay", "0ms")

    def wait(self, client, body):
        """The answer to a call that must not wait in vain."""
        return self.control("POST", "wait", {"timeout_ms": LONG_MS, **body}, client=client)

    def test_requests_that_race_with_who_waits_for_them(self):
        """The call comes at about the time of the request: before, meanwhile, or after."""
        rounds = scaled(200, 20)

        def race(number):
            waiting, asking = self.new_client(self.account), self.new_client(self.account)
            last = asking.get("/v1/Fleets").header("Twilio-Request-Id")
            for i in range(rounds):
                path = f"/v1/Fleets/race-{number}-{i}"
                call = threading.Thread(target=asking.get, args=(path,))
                call.start()
                found = self.wait(waiting, {"for": "request", "since": last,
                                            "match": {"path": path}})
                call.join()
                self.assertEqual(found["matched"], 1)
                last = found["requests"][0]

        at_once(*[lambda n=number: race(n) for number in range(6)])

    def test_statuses_that_race_with_who_waits_for_them(self):
        rounds = scaled(100, 10)
        fleet = self.fleet()["sid"]

        def race():
            client = self.new_client(self.account)
            sim = self.register(client)
            for _ in range(rounds):
                for status in ("active", "inactive"):
                    self.update_sim(sim, 202, client, Fleet=fleet, Status=status)
                    found = self.wait(client, {"for": "sim_status", "match": {
                        "sid": sim["sid"], "status": status}})
                    self.assertEqual(found["sim"]["status"], status)

        at_once(*[race] * 6)

    def test_deliveries_that_race_with_who_waits_for_them(self):
        rounds = scaled(60, 6)
        url = "http://%s:%d/_emulator/sinks/hook/in" % self.client.address
        self.control("PUT", "sinks/hook", {})
        fleet = self.fleet(SmsCommandsUrl=url)["sid"]

        def race():
            client = self.new_client(self.account)
            sim = self.register(client)
            self.update_sim(sim, 202, client, Fleet=fleet, Status="active")
            self.wait(client, {"for": "sim_status",
                               "match": {"sid": sim["sid"], "status": "active"}})
            for _ in range(rounds):
                made = self.control("POST", f"sims/{sim['sid']}/sms-commands", {"payload": "x"},
                                    201, client=client)
                self.wait(client, {"for": "delivery", "past": True, "match": {
                    "sid": made["delivery"], "state": "delivered"}})

        at_once(*[race] * 4)
        self.wait(self.client, {"for": "idle", "within": "1h"})

    def test_a_thousand_who_wait_for_one_request(self):
        count = scaled(1000, 100)
        connections = [ask_to_wait(self.client, {"for": "request", "match": {"path": "/v1/Fleets"}})
                       for _ in range(count)]
        for connection in connections:
            self.addCleanup(connection.close)
        wait_until(lambda: metric(self.client, "supersim_waiters") == count, "all to wait")
        request = self.client.get("/v1/Fleets").header("Twilio-Request-Id")
        for connection in connections:
            answer = self.ok(connection.read_response("POST"))
            self.assertEqual(answer, {"matched": 1, "requests": [request]})
        self.assertEqual(metric(self.client, "supersim_waiters"), 0)

    def test_clients_come_and_go_while_others_write(self):
        stop = threading.Event()

        def write():
            client = self.new_client(self.account)
            while not stop.is_set():
                self.make_profile(client=client)

        def come_and_go():
            client = self.new_client(self.account)
            for i in range(scaled(300, 30)):
                connection = ask_to_wait(client, {"for": "request", "match": {"status": 201 if i % 2
                                                                            else 599}})
                if i % 2:
                    self.ok(connection.read_response("POST"))
                connection.close()

        def run():
            try:
                at_once(*[come_and_go] * 4)
            finally:
                stop.set()

        at_once(run, write, write)
        wait_until(lambda: metric(self.client, "supersim_waiters") == 0, "all to be forgotten")

    def test_resets_while_others_wait(self):
        def wait_and_see():
            client = self.new_client(self.account)
            for _ in range(scaled(100, 10)):
                answer = client.control("POST", "wait", {
                    "for": "command", "match": {"sid": "HC" + "0" * 32, "status": "sent"},
                    "timeout_ms": LONG_MS})
                self.assertEqual(answer.status, 409, answer)

        done = threading.Event()

        def reset():
            client = self.new_client(self.account)
            while not done.is_set():
                self.control("POST", "reset", client=client)

        def run():
            try:
                at_once(*[wait_and_see] * 4)
            finally:
                done.set()

        at_once(run, reset)


class StreamsTest(DeviceTestCase):
    """Every listener gets every event, in one order."""

    options = ("--workers", "4")

    def test_all_hear_the_same(self):
        streams = [EventStream(self.client, "?types=fleet.*") for _ in range(scaled(32, 8))]
        for stream in streams:
            self.addCleanup(stream.close)
        profile = self.make_profile()["sid"]
        count = scaled(200, 20)

        def write():
            client = self.new_client(self.account)
            for _ in range(count):
                self.make_fleet(profile, client=client)

        at_once(*[write] * 4)
        heard = []
        for stream in streams:
            heard.append([(event.id, event.data["sid"]) for event in stream.take(4 * count)])
        self.assertEqual(len(set(sid for _, sid in heard[0])), 4 * count)
        self.assertEqual(heard[0], sorted(heard[0]))
        for other in heard[1:]:
            self.assertEqual(other, heard[0])

    def test_listeners_come_and_go_while_others_write(self):
        """Each goes on where it was, on whatever connection, and misses nothing."""
        profile = self.make_profile()["sid"]
        count = scaled(100, 10)
        first = EventStream(self.client, "?types=fleet.*")
        place = first.next().id
        self.addCleanup(first.close)

        def write():
            client = self.new_client(self.account)
            for _ in range(count):
                self.make_fleet(profile, client=client)

        def listen():
            last, ids = place, []
            while len(ids) < 2 * count:
                stream = EventStream(self.client, f"?types=fleet.*&last_event_id={last}")
                events = stream.take(min(5, 2 * count - len(ids)))
                stream.close()
                ids += [event.id for event in events]
                last = ids[-1]
            return ids

        heard = []
        at_once(write, write, *[lambda: heard.append(listen())] * 3)
        self.assertEqual(heard[1:], heard[:-1])
        self.assertEqual(heard[0], [event.id for event in first.take(2 * count)])


class StopTest(DirectoryTestCase):
    """A stop finds clients in every state."""

    def test_stops(self):
        for _ in range(scaled(10, 3)):
            server = self.start("--workers", "4", "--grace", "60")
            stop = threading.Event()

            def come(path_of):
                while not stop.is_set():
                    try:
                        path_of(server.client())
                    except (OSError, ConnectionClosed):
                        return

            def wait(client):
                with contextlib.closing(ask_to_wait(client, {"for": "request"})) as connection:
                    connection.read_response("POST")

            def listen(client):
                with contextlib.closing(EventStream(client)) as stream:
                    while stream.next() is not None:
                        pass

            threads = [threading.Thread(target=come, args=(each,)) for each in [wait, listen] * 4]
            for thread in threads:
                thread.start()
            client = server.client()
            wait_until(lambda: metric(client, "supersim_waiters") > 0 and
                       metric(client, "supersim_event_streams") > 0, "clients")
            stop.set()
            server.stop()
            for thread in threads:
                thread.join()


if __name__ == "__main__":
    unittest.main()
