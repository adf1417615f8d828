# SPDX-License-Identifier: MIT
"""The official Python library (Debian's python3-twilio): every resource of Super SIM that it has.

This version is from 2022: it knows neither Settings Updates nor IP addresses, and knows Commands,
which SMS Commands have replaced since.
"""

import base64
import datetime
import inspect
import itertools
import json
import unittest
import urllib.request


from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client

from client_server import ClientServer
from networks import ATT, TELEKOM, T_MOBILE

UTC = datetime.timezone.utc
NOW = datetime.datetime(2026, 1, 15, 14, 30, tzinfo=UTC)
CARDS = itertools.count(89883070000000000000)
DRIVEN = {"commands", "esim_profiles", "fleets", "ip_commands", "networks", "network_access_profiles",
          "sims", "sms_commands", "usage_records"}


def sids(records):
    """What the records are called."""
    return [record.sid for record in records]


def unknown(prefix):
    """A SID that nothing has."""
    return prefix + "0" * 32


def properties(record):
    """All that the library took of a record."""
    return vars(record)["_properties"]


class ResourceTestCase(unittest.TestCase):
    """A fresh account, whose clock stands still, with a Fleet."""

    accounts = itertools.count(1)

    @classmethod
    def setUpClass(cls):
        cls.server = ClientServer()
        cls.addClassCleanup(cls.server.stop)

    def setUp(self):
        self.account = f"AC{next(self.accounts):032d}"
        client = Client(self.account, "anytoken")
        self.addCleanup(client.http_client.session.close)
        self.api = self.server.point(client)
        self.control("PUT", "clock", {"mode": "frozen", "now": "2026-01-15T14:30:00Z"})
        self.profile = self.api.network_access_profiles.create(unique_name="nap")
        self.fleet = self.api.fleets.create(network_access_profile="nap", unique_name="fleet")

    def control(self, method, path, body=None):
        """A call of the control API."""
        credentials = base64.b64encode(f"{self.account}:anytoken".encode()).decode()
        request = urllib.request.Request(
            f"{self.server.url}/_emulator/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Basic {credentials}", "Content-Type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def advance(self, by="1m"):
        """Lets whatever is under way come to its end."""
        self.control("POST", "clock/advance", {"by": by})

    def register(self):
        """A new Sim."""
        return self.api.sims.create(iccid=str(next(CARDS)), registration_code="H3LL0W0RLD")

    def activate(self, name, status="active"):
        """A Sim that is on."""
        sim = self.register().update(unique_name=name, fleet="fleet", status=status)
        self.assertEqual(sim.status, "scheduled")
        self.advance()
        return self.api.sims(name).fetch()

    def assert_same(self, records, expected):
        """The same records, in the same order, with the same properties."""
        self.assertEqual([properties(one) for one in records], [properties(one) for one in expected])

    def read_every_way(self, collection, page_size=1, **parameters):
        """Reads a list in every way that the library has; all must give the same."""
        records = collection.list(**parameters)
        small = {**parameters, "page_size": page_size}
        self.assert_same(collection.list(**small), records)
        self.assert_same(collection.stream(**small), records)
        self.assert_same(collection.list(limit=1, **small), records[:1])
        first = page = collection.page(**small)
        pages = []
        while page is not None:
            pages.append(list(page))
            before = page.previous_page()
            if len(pages) > 1:
                self.assert_same(before, pages[-2])
            else:
                self.assertIsNone(before)
            page = page.next_page()
        self.assertEqual(len(pages), max(1, -(-len(records) // page_size)))
        self.assert_same(itertools.chain(*pages), records)
        if first.next_page_url:
            self.assert_same(collection.get_page(first.next_page_url), pages[1])
            token = first.next_page_url.split("PageToken=")[1]
            self.assert_same(
                collection.page(page_number=1, page_token=token, **small), pages[1])
        return records

    def fetch_every_way(self, context):
        """Fetches a record, and once more through what was fetched."""
        record = context.fetch()
        self.assert_same([record.fetch()], [record])
        return record

    def assert_refused(self, status, code, call, /, *arguments, **parameters):
        """The library must raise its exception."""
        with self.assertRaises(TwilioRestException) as caught:
            call(*arguments, **parameters)
        error = caught.exception
        self.assertEqual((error.status, error.code), (status, code), error.msg)

    def assert_list_refused(self, status, collection, /, **parameters):
        """Of a refused list this version's exception tells the status only."""
        with self.assertRaisesRegex(TwilioException, f"Unable to fetch page.*{status}"):
            collection.list(**parameters)


class ProvisioningTest(ResourceTestCase):
    """Fleets, Networks, profiles and Sims."""

    def test_no_resource_is_left_out(self):
        found = {name for name, kind in inspect.getmembers(type(self.api.v1))
                 if isinstance(kind, property) and name != "domain"}
        self.assertEqual(found, DRIVEN)

    def test_fleets(self):
        made = self.api.fleets.create(network_access_profile=self.profile.sid, unique_name="other")
        self.assertEqual(sids(self.read_every_way(self.api.fleets)), [made.sid, self.fleet.sid])
        self.assertEqual(self.api.fleets.list(network_access_profile="nobody's"), [])
        self.assertEqual(self.fetch_every_way(self.api.fleets("other")).data_limit, 1000)
        changed = made.update(ip_commands_url="https://a.b/c", ip_commands_method="GET")
        self.assertEqual((changed.ip_commands_url, changed.ip_commands_method), ("https://a.b/c", "GET"))
        self.assertEqual(made.data_metering, "payg")

    def test_networks(self):
        german = self.read_every_way(self.api.networks, iso_country="DE")
        self.assertGreaterEqual(len(german), 3)
        self.assertEqual({network.iso_country for network in german}, {"DE"})
        self.assertGreater(len(self.api.networks.list(page_size=100)), 100)
        self.assertEqual(sids(self.api.networks.list(mcc="310", mnc="410")), [ATT])
        network = self.fetch_every_way(self.api.networks(TELEKOM))
        self.assertEqual(network.identifiers[0], {"mcc": "262", "mnc": "01"})
        self.assert_refused(404, 20404, self.api.networks(unknown("HW")).fetch)

    def test_network_access_profiles(self):
        profiles = self.api.network_access_profiles
        made = profiles.create(unique_name="other", networks=[ATT])
        self.assertEqual(sids(self.read_every_way(profiles)), [made.sid, self.profile.sid])
        self.assertEqual(self.fetch_every_way(profiles("other")).sid, made.sid)
        self.assertEqual(profiles("other").update(unique_name="it").unique_name, "it")
        self.assertEqual(made.update(unique_name="other").unique_name, "other")
        self.assert_refused(409, 20409, made.update, unique_name="nap")

    def test_networks_of_a_profile(self):
        made = self.api.network_access_profiles.create(unique_name="other", networks=[ATT])
        members = self.api.network_access_profiles("other").networks
        added = members.create(network=TELEKOM)
        self.assertEqual((added.sid, added.network_access_profile_sid), (TELEKOM, made.sid))
        self.assertEqual(added.iso_country, "de")
        members.create(network=T_MOBILE)
        self.assertEqual(set(sids(self.read_every_way(members))), {ATT, TELEKOM, T_MOBILE})
        self.assertEqual(self.fetch_every_way(members(TELEKOM)).url, f"{made.url}/Networks/{TELEKOM}")
        self.assertTrue(members(TELEKOM).delete())
        self.assertTrue(members(T_MOBILE).fetch().delete())
        self.assertEqual(sids(made.networks.list()), [ATT])
        self.assert_refused(404, 20404, members(TELEKOM).fetch)
        self.assert_refused(404, 20404, members(TELEKOM).delete)
        self.assert_refused(400, 20001, members.create, network=unknown("HW"))

    def test_sims(self):
        one, two = self.register(), self.register()
        self.api.sims(one.sid).update(
            unique_name="one", fleet="fleet", status="active",
            callback_url="http://127.0.0.1:9/x", callback_method="GET")
        self.advance()
        self.assertEqual(sids(self.read_every_way(self.api.sims)), [two.sid, one.sid])
        self.assertEqual(sids(self.api.sims.list(fleet=self.fleet.sid, status="active")), [one.sid])
        self.assertEqual(sids(self.api.sims.list(iccid=two.iccid)), [two.sid])
        sim = self.fetch_every_way(self.api.sims("one"))
        self.assertEqual((sim.status, sim.fleet_sid), ("active", self.fleet.sid))
        self.assertEqual(sim.date_updated, NOW)
        self.assertEqual(two.update(account_sid=self.account).account_sid, self.account)

    def test_sims_that_are_refused(self):
        create = self.api.sims.create
        sim, fallow = self.activate("on"), self.register()
        self.assert_refused(400, 83002, create, iccid="123", registration_code="H3LL0W0RLD")
        self.assert_refused(400, 83003, create, iccid=sim.iccid, registration_code="H3LL0W0RLD")
        self.assert_refused(404, 20404, self.api.sims("nobody").fetch)
        self.assert_refused(404, 83005, self.api.sims("nobody").update, unique_name="x")
        self.assert_refused(400, 83006, fallow.update, fleet="nobody's")
        self.assert_refused(400, 83007, fallow.update, status="active")
        self.assert_refused(400, 83008, sim.update, fleet="")
        self.assert_refused(400, 83010, sim.update, status="ready")
        self.assert_refused(409, 83011, fallow.update, unique_name="on")
        self.assert_refused(400, 20001, fallow.update, callback_method="PUT")
        sim.update(status="inactive")
        self.assert_refused(409, 83009, sim.update, status="active")

    def test_billing_periods(self):
        sim = self.activate("tracker", "ready")
        [period] = self.read_every_way(self.api.sims("tracker").billing_periods)
        self.assertRegex(period.sid, "^HB[0-9a-f]{32}$")
        self.assertEqual((period.sim_sid, period.period_type), (sim.sid, "ready"))
        self.assertEqual(period.end_time - period.start_time, datetime.timedelta(days=90))
        self.assertEqual(sids(sim.billing_periods.list()), [period.sid])
        self.assertEqual(self.register().billing_periods.list(), [])
        self.assert_list_refused(404, self.api.sims("nobody").billing_periods)

    def test_esim_profiles(self):
        profiles = self.api.esim_profiles
        one = profiles.create(eid="one", callback_url="http://127.0.0.1:9/x", callback_method="GET")
        two = profiles.create(eid="two")
        self.assertEqual(one.status, "new")
        self.advance()
        self.assertEqual(sids(self.read_every_way(profiles)), [two.sid, one.sid])
        profile = self.fetch_every_way(profiles(one.sid))
        self.assertEqual(profile.status, "available")
        self.assertEqual(self.api.sims(profile.sim_sid).fetch().iccid, profile.iccid)
        self.assertTrue(profile.smdp_plus_address)
        self.control("POST", f"esim-profiles/{two.sid}/fail")
        self.assertEqual(sids(profiles.list(status="failed", eid="two")), [two.sid])
        self.assertEqual(sids(profiles.list(sim_sid=profile.sim_sid)), [one.sid])
        self.assertEqual(two.fetch().error_code, "83500")
        self.assert_refused(404, 20404, profiles(unknown("HP")).fetch)


class CommandTest(ResourceTestCase):
    """SMS Commands, IP Commands, and Commands, which are gone."""

    def test_sms_commands(self):
        commands, sim = self.api.sms_commands, self.activate("tracker")
        sent = commands.create(sim="tracker", payload="Grüße", callback_method="GET",
                               callback_url="http://127.0.0.1:9/x")
        self.control("POST", "sims/tracker/sms-commands", {"payload": "back"})
        self.advance()
        back, first = self.read_every_way(commands)
        self.assertEqual((back.payload, back.status, back.direction), ("back", "received", "from_sim"))
        self.assertEqual((first.payload, first.status, first.direction),
                         ("Grüße", "delivered", "to_sim"))
        found = commands.list(sim="tracker", status="delivered", direction="to_sim")
        self.assertEqual(sids(found), [sent.sid])
        self.assertEqual(self.fetch_every_way(commands(sent.sid)).sim_sid, sim.sid)
        self.assert_refused(404, 20404, commands(unknown("HC")).fetch)
        self.assert_refused(400, 20001, commands.create, sim="nobody", payload="x")
        self.assert_refused(400, 20001, commands.create, sim="tracker", payload="x" * 161)

    def test_ip_commands(self):
        commands, sim = self.api.ip_commands, self.activate("tracker")
        sent = commands.create(sim="tracker", payload="aGVsbG8=", payload_type="binary",
                               device_port=5, callback_url="http://127.0.0.1:9/x",
                               callback_method="POST")
        self.control("POST", "sims/tracker/ip-commands", {"payload_text": "back", "device_port": 6})
        self.advance()
        back, first = self.read_every_way(commands, sim_iccid=sim.iccid)
        self.assertEqual((back.status, back.device_port, back.payload_type), ("received", 6, "binary"))
        self.assertEqual(base64.b64decode(back.payload), b"back")
        self.assertRegex(first.device_ip, r"^100\.")
        found = commands.list(sim="tracker", status="sent", direction="to_sim")
        self.assertEqual(sids(found), [sent.sid])
        self.assertEqual(self.fetch_every_way(commands(sent.sid)).sim_iccid, sim.iccid)
        self.assert_refused(404, 20404, commands(unknown("HG")).fetch)
        self.assert_refused(
            400, 20001, commands.create, sim="tracker", payload="x", device_port=65536)

    def test_commands_are_gone(self):
        commands = self.api.commands
        self.assert_refused(404, 20404, commands.create, sim="tracker", command="x")
        self.assert_refused(404, 20404, commands(unknown("HC")).fetch)
        self.assert_list_refused(404, commands)


class UsageTest(ResourceTestCase):
    """Usage Records."""

    def setUp(self):
        super().setUp()
        self.sim = self.activate("tracker")
        for hour, network, size in ((9, ATT, 1000), (10, TELEKOM, 2000), (13, ATT, 4000)):
            self.control("POST", "sims/tracker/usage", {
                "at": f"2026-01-15T{hour:02}:00:00Z", "network": network, "data_upload": size})

    def totals(self, **parameters):
        """What each record says was moved."""
        records = self.read_every_way(self.api.usage_records, **parameters)
        return [record.data_total for record in records]

    @staticmethod
    def hour(number, day=15):
        """An hour of the month, as the library takes it."""
        return datetime.datetime(2026, 1, day, number, tzinfo=UTC)

    def test_a_record(self):
        [record] = self.read_every_way(self.api.usage_records, granularity="hour",
                                       start_time=self.hour(9), end_time=self.hour(10))
        self.assertEqual(record.account_sid, self.account)
        self.assertEqual((record.data_upload, record.data_download, record.data_total), (1000, 0, 1000))
        self.assertEqual(record.period, {
            "start_time": "2026-01-15T09:00:00Z", "end_time": "2026-01-15T10:00:00Z"})
        self.assertIsNone(record.sim_sid)

    def test_every_parameter(self):
        self.assertEqual(self.totals(), [7000])
        self.assertEqual(self.totals(granularity="hour"), [4000, 2000, 1000])
        self.assertEqual(self.totals(granularity="day", fleet="fleet"), [7000])
        self.assertEqual(self.totals(granularity="all", sim="tracker", network=TELEKOM), [2000])
        self.assertEqual(self.totals(granularity="hour", iso_country="US"), [4000, 1000])
        self.assertEqual(
            self.totals(start_time=self.hour(10), end_time=self.hour(13)), [2000])
        # The library writes days as days with a time, and texts as they are.
        self.assertEqual(self.totals(
            start_time=datetime.date(2026, 1, 15), end_time="2026-01-15T14:00:00+02:00"), [3000])

    def test_every_group(self):
        expected = {"sim": ("sim_sid", {self.sim.sid}), "fleet": ("fleet_sid", {self.fleet.sid}),
                    "network": ("network_sid", {ATT, TELEKOM}),
                    "isoCountry": ("iso_country", {"US", "DE"})}
        for group, (name, values) in expected.items():
            with self.subTest(group=group):
                records = self.read_every_way(self.api.usage_records, group=group)
                self.assertEqual({getattr(record, name) for record in records}, values)
                self.assertEqual(sum(record.data_total for record in records), 7000)

    def test_refused(self):
        for parameters in ({"group": "year"}, {"granularity": "day", "start_time": self.hour(1)}):
            self.assert_list_refused(400, self.api.usage_records, **parameters)


if __name__ == "__main__":
    unittest.main()
