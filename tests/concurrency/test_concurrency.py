# SPDX-License-Identifier: MIT
"""Many clients at once: no race breaks a rule, nobody waits for ever, nobody sees another's data.

Most tests work in rounds: one request is sent on every connection, then every answer is read. So
all of a round's requests are with the server at the same time, and one thread can drive them.
"""
import collections
import threading
import unittest

from fleet_case import FleetTestCase
from http_client import Connection
from server import scaled
from threads import at_once


class ConcurrencyTestCase(FleetTestCase):
    """Rounds."""

    def connect(self, count):
        """Open connections to the server."""
        connections = [Connection(self.server.address) for _ in range(count)]
        for connection in connections:
            self.addCleanup(connection.close)
        return connections

    def round(self, connections, requests):
        """Sends one request on each connection, then returns the answers in the same order."""
        for connection, request in zip(connections, requests, strict=True):
            connection.send(request)
        return [connection.read_response() for connection in connections]


class RaceTest(ConcurrencyTestCase):
    """Uniqueness under fire. Rows 31 and 69 of tests/api, many times at once."""

    def setUp(self):
        super().setUp()
        self.profile = self.make_profile("nap-one")["sid"]

    def create(self, name):
        """A create's bytes."""
        return self.client.build("POST", "/v1/Fleets",
                                 {"NetworkAccessProfile": self.profile, "UniqueName": name})

    def test_thousands_of_creates_of_one_name(self):
        connections = self.connect(32)
        statuses = collections.Counter()
        total = scaled(3000, 320)
        while statuses.total() < total:
            answers = self.round(connections, [self.create("the one")] * len(connections))
            statuses.update(answer.status for answer in answers)
        self.assertEqual(statuses, {201: 1, 409: statuses.total() - 1})
        self.assertEqual(len(self.list_sids()), 1)

    def test_a_new_name_in_every_round(self):
        connections = self.connect(32)
        rounds = scaled(100, 10)
        for number in range(rounds):
            answers = self.round(connections, [self.create(f"name {number}")] * len(connections))
            statuses = collections.Counter(answer.status for answer in answers)
            self.assertEqual(statuses, {201: 1, 409: len(connections) - 1}, f"round {number}")
        self.assertEqual(len(self.list_sids("?PageSize=1000")), rounds)

    def test_renames_to_one_name(self):
        connections = self.connect(16)
        fleets = [self.make_fleet(self.profile)["sid"] for _ in connections]
        for number in range(scaled(50, 5)):
            form = {"UniqueName": f"rename {number}", "DataLimit": str(number + 1)}
            answers = self.round(connections, [
                self.client.build("POST", f"/v1/Fleets/{sid}", form) for sid in fleets])
            winners = [answer.json()["sid"] for answer in answers if answer.status == 200]
            self.assertEqual(len(winners), 1, f"round {number}")
            listed = self.client.get("/v1/Fleets?PageSize=1000").json()["fleets"]
            changed = [fleet["sid"] for fleet in listed if fleet["data_limit"] == number + 1]
            self.assertEqual(changed, winners, f"round {number}")

    def test_sims_renamed_to_one_name(self):
        """Who loses has planned its new status by then. What is run again asks for the same."""
        connections = self.connect(16)
        fleet = self.make_fleet(self.profile)["sid"]
        iccids = [f"89883070000000{number:05d}" for number in range(len(connections))]
        forms = [{"Iccid": iccid, "RegistrationCode": "H3LL0W0RLD"} for iccid in iccids]
        sims = [self.client.post("/v1/Sims", form).json()["sid"] for form in forms]
        for number in range(len(sims)):
            name = f"rename {number}"
            form = {"UniqueName": name, "Status": "active", "Fleet": fleet}
            answers = self.round(connections, [
                self.client.build("POST", f"/v1/Sims/{sid}", form) for sid in sims])
            winner = [answer.json()["sid"] for answer in answers if answer.status < 300]
            self.assertEqual(len(winner), 1, answers)
            found = {sim["sid"]: sim for sim in self.client.get("/v1/Sims").json()["sims"]}
            self.assertEqual([sid for sid in sims if found[sid]["unique_name"] == name], winner)
            for sid in sims:
                sim = found[sid]
                changed = sim["unique_name"] is not None
                self.assertEqual(sim["fleet_sid"], fleet if changed else None, sim)
                self.assertIn(sim["status"], ("scheduled", "active") if changed else ("new",), sim)
            connections.pop().close()
            sims.remove(winner[0])

    def test_creates_beside_what_is_refused(self):
        """A Sim whose name is taken has planned work by then, and a new account's first call has made
        the account: nothing of that stays, and of what succeeds nothing is there twice."""
        connections = self.connect(12)
        fleet = self.make_fleet(self.profile)["sid"]
        sims = [self.client.post("/v1/Sims", {
            "Iccid": f"898830700000001{number:04d}", "RegistrationCode": "H3LL0W0RLD"}).json()["sid"]
                for number in range(2)]
        self.client.post("/v1/Sims/" + sims[0], {"UniqueName": "taken"})
        form = {"UniqueName": "taken", "Status": "active", "Fleet": fleet}
        made = [fleet]
        for number in range(scaled(100, 10)):
            strangers = [self.server.client() for _ in range(2)]
            refused = [self.client.build("POST", "/v1/Sims/" + sims[1], form)] * 2
            refused += [stranger.build("POST", "/v1/Fleets", {"NetworkAccessProfile": "nothing"})
                        for stranger in strangers]
            creates = [self.create(f"{number}-{each}")
                       for each in range(len(connections) - len(refused))]
            answers = self.round(connections, creates[:4] + refused + creates[4:])
            self.assertEqual([answer.status for answer in answers[4:8]], [409, 409, 400, 400])
            made += [answer.json()["sid"] for answer in answers[:4] + answers[8:]]
        self.assertEqual(sorted(self.list_sids("?PageSize=1000")), sorted(made))
        sim = self.client.get("/v1/Sims/" + sims[1]).json()
        self.assertEqual((sim["status"], sim["unique_name"], sim["fleet_sid"]), ("new", None, None))
        operator = self.server.client()
        operator.authorization = ""
        accounts = operator.control("GET", "accounts").json()["accounts"]
        self.assertNotIn(strangers[0].user, [account["sid"] for account in accounts])

    def test_profiles_of_one_name(self):
        connections = self.connect(16)
        request = self.client.build("POST", "/v1/NetworkAccessProfiles", {"UniqueName": "raced"})
        answers = self.round(connections, [request] * len(connections))
        self.assertEqual(sorted(answer.status for answer in answers), [201] + [409] * 15)


class VisibilityTest(ConcurrencyTestCase):
    """What has been answered is seen by everybody, on whatever connection."""

    options = ("--workers", "4")

    def setUp(self):
        super().setUp()
        self.profile = self.make_profile("nap-one")["sid"]
        self.fleet = self.make_fleet(self.profile, UniqueName="counter", DataLimit="1")
        self.path = "/v1/Fleets/" + self.fleet["sid"]

    def write_until(self, stop):
        """Background load: creates until told to stop."""
        client = self.new_client(self.account)
        while not stop.is_set():
            self.make_fleet(self.profile, client=client)

    def with_background_writers(self, work):
        """Runs `work` while others write."""
        stop = threading.Event()

        def until_done():
            try:
                work()
            finally:
                stop.set()

        at_once(until_done, *[lambda: self.write_until(stop)] * 3)

    def test_an_answered_update_is_seen_on_every_connection(self):
        readers = self.connect(8)
        by_sid = self.client.build("GET", self.path)
        by_name = self.client.build("GET", "/v1/Fleets/counter")

        def work():
            for limit in range(2, 2 + scaled(200, 20)):
                answer = self.client.post(self.path, f"DataLimit={limit}")
                self.assertEqual(answer.status, 200, answer)
                answers = self.round(readers, [by_sid, by_name] * (len(readers) // 2))
                seen = {answer.json()["data_limit"] for answer in answers}
                self.assertEqual(seen, {limit})

        self.with_background_writers(work)

    def test_an_answered_create_is_seen_on_every_connection(self):
        readers = self.connect(8)
        client = self.new_client()
        profile = self.make_profile("nap-two", client=client)["sid"]
        listing = client.build("GET", "/v1/Fleets?PageSize=1")

        def work():
            for number in range(scaled(200, 20)):
                fleet = self.make_fleet(profile, client=client, UniqueName=f"n{number}")
                requests = [client.build("GET", "/v1/Fleets/" + fleet["sid"]),
                            client.build("GET", f"/v1/Fleets/n{number}"), listing,
                            client.build("GET", "/v1/Fleets?NetworkAccessProfile=nap-two")]
                answers = self.round(readers, requests * 2)
                for one, by_name, newest, filtered in (answers[:4], answers[4:]):
                    self.assertEqual((one.json(), by_name.json()), (fleet, fleet))
                    self.assertEqual(newest.json()["fleets"], [fleet])
                    self.assertEqual(filtered.json()["fleets"][0], fleet)

        self.with_background_writers(work)

    def test_time_never_runs_backwards(self):
        """Readers that race the writer see at least what had been answered before they asked."""
        confirmed = [1]
        last = 1 + scaled(500, 50)

        def write():
            client = self.new_client(self.account)
            for limit in range(2, last + 1):
                self.assertEqual(client.post(self.path, f"DataLimit={limit}").status, 200)
                confirmed[0] = limit

        def read():
            client = self.new_client(self.account)
            while confirmed[0] < last:
                least = confirmed[0]
                self.assertGreaterEqual(client.get(self.path).json()["data_limit"], least)

        at_once(write, *[read] * 6)

    def test_an_update_is_seen_whole_or_not_at_all(self):
        last = 1 + scaled(300, 30)
        done = threading.Event()

        def write():
            client = self.new_client(self.account)
            try:
                for number in range(1, last):
                    client.post(self.path, {
                        "DataLimit": str(number), "SmsCommandsUrl": f"http://sms/{number}",
                        "IpCommandsUrl": f"http://ip/{number}"})
            finally:
                done.set()

        def read():
            client = self.new_client(self.account)
            while not done.is_set():
                fleet = client.get("/v1/Fleets/counter").json()
                number = fleet["data_limit"]
                if fleet["sms_commands_url"] is not None:
                    self.assertEqual((fleet["sms_commands_url"], fleet["ip_commands_url"]),
                                     (f"http://sms/{number}", f"http://ip/{number}"))

        at_once(write, *[read] * 4)


class PagingTest(ConcurrencyTestCase):
    """Row 91: pages stay in place while Fleets are made."""

    def test_paging_while_creating(self):
        profile = self.make_profile()["sid"]
        before = [self.make_fleet(profile)["sid"] for _ in range(60)][::-1]
        stop = threading.Event()

        def create():
            """Bounded: each new Fleet is one more page for the walks that follow."""
            client = self.new_client(self.account)
            for _ in range(scaled(400, 40)):
                if stop.is_set():
                    break
                self.make_fleet(profile, client=client)

        def page():
            client = self.new_client(self.account)
            try:
                for size in (1, 7, 20) * scaled(5):
                    seen = []
                    target = f"/v1/Fleets?PageSize={size}"
                    while target is not None and before[-1] not in seen:
                        answer = client.get(target).json()
                        seen += [fleet["sid"] for fleet in answer["fleets"]]
                        target = answer["meta"]["next_page_url"]
                    self.assertEqual(len(set(seen)), len(seen), "a record came twice")
                    self.assertEqual([sid for sid in seen if sid in before], before)
                    self.assertIsNone(target, "pages beyond the oldest record")
            finally:
                stop.set()

        at_once(page, create, create)


class IsolationTest(ConcurrencyTestCase):
    """Accounts under load at the same time, with the same names."""

    def test_accounts_do_not_mix(self):
        clients = [self.new_client() for _ in range(8)]
        connections = self.connect(len(clients))
        profiles = [self.make_profile("nap-one", client=client)["sid"] for client in clients]
        made = [[] for _ in clients]
        for number in range(scaled(60, 6)):
            form = [{"NetworkAccessProfile": "nap-one", "UniqueName": f"Fleet {number}"}] * 8
            answers = self.round(connections, [
                client.build("POST", "/v1/Fleets", fields)
                for client, fields in zip(clients, form)])
            for position, answer in enumerate(answers):
                self.assertEqual(answer.status, 201, answer)
                fleet = answer.json()
                self.assertEqual(fleet["account_sid"], clients[position].user)
                self.assertEqual(fleet["network_access_profile_sid"], profiles[position])
                made[position].append(fleet["sid"])
            strangers = [sids[-1] for sids in made[1:] + made[:1]]
            answers = self.round(connections, [
                client.build("GET", "/v1/Fleets/" + sid)
                for client, sid in zip(clients, strangers)])
            self.assertEqual([answer.status for answer in answers], [404] * len(clients))
        for client, sids in zip(clients, made):
            self.assertEqual(self.list_sids("?PageSize=1000", client), sids[::-1])


class CrowdTestCase(ConcurrencyTestCase):
    """Crowds of certain sizes: a wait for events that returns exactly 128 must not hang."""

    SIZES = (1, 100, 127, 128, 129, 256)

    def check_crowds(self):
        profile = self.make_profile()["sid"]
        fleet = self.make_fleet(profile, UniqueName="x")
        get = self.client.build("GET", "/v1/Fleets/x")
        for size in self.SIZES:
            with self.subTest(size=size):
                connections = self.connect(size)
                for _ in range(scaled(10, 3)):
                    answers = self.round(connections, [get] * size)
                    self.assertTrue(all(answer.json() == fleet for answer in answers))
                limits = range(1, size + 1)
                answers = self.round(connections, [
                    self.client.build("POST", "/v1/Fleets/x", f"DataLimit={limit}")
                    for limit in limits])
                self.assertEqual([answer.json()["data_limit"] for answer in answers],
                                 list(limits))
                fleet = self.fetch(fleet)
                for connection in connections:
                    connection.close()


class OneWorkerCrowdTest(CrowdTestCase):
    """All connections in one loop."""

    options = ("--workers", "1")

    def test_crowds(self):
        self.check_crowds()


class DefaultCrowdTest(CrowdTestCase):
    """As many loops as the server chooses."""

    def test_crowds(self):
        self.check_crowds()


class PipelineCrowdTest(ConcurrencyTestCase):
    """Many connections with several requests each under way."""

    def test_pipelines_side_by_side(self):
        profile = self.make_profile()["sid"]
        connections = self.connect(40)
        depth = scaled(10, 3)
        for position, connection in enumerate(connections):
            data = b""
            for number in range(depth):
                form = {"NetworkAccessProfile": profile, "UniqueName": f"p{position}-{number}"}
                data += self.client.build("POST", "/v1/Fleets", form)
                data += self.client.build("GET", f"/v1/Fleets/p{position}-{number}")
            connection.send(data)
        for position, connection in enumerate(connections):
            for number in range(depth):
                created, fetched = connection.read_response(), connection.read_response()
                self.assertEqual((created.status, fetched.status), (201, 200))
                self.assertEqual(fetched.json()["unique_name"], f"p{position}-{number}")
        total = 0
        target = "/v1/Fleets?PageSize=1000"
        while target is not None:
            page = self.client.get(target).json()
            total += len(page["fleets"])
            target = page["meta"]["next_page_url"]
        self.assertEqual(total, len(connections) * depth)


if __name__ == "__main__":
    unittest.main()
