# SPDX-License-Identifier: MIT
"""The official Python library (Debian's python3-twilio), unchanged but for its base URL; over TLS not
even that."""

import datetime
import itertools
import unittest


from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client

from client_server import ClientServer
from networks import ATT, TELEKOM

KEY = "SK" + "5" * 32
PINNED = "AC" + "9" * 32


class TwilioPython(unittest.TestCase):
    accounts = itertools.count(1)

    @classmethod
    def setUpClass(cls):
        cls.server = ClientServer("--account", f"{PINNED}:right", "--api-key", f"{KEY}:secret:{PINNED}")

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def connect(self, user, secret, account=None):
        return self.server.point(Client(user, secret, account))

    def setUp(self):
        self.api = self.connect(f"AC{next(self.accounts):032d}", "anytoken")
        self.profile = self.api.network_access_profiles.create(unique_name="nap one")

    def create(self, **parameters):
        return self.api.fleets.create(network_access_profile=self.profile.sid, **parameters)

    def assert_refused(self, status, code, call, *arguments, **parameters):
        with self.assertRaises(TwilioRestException) as caught:
            call(*arguments, **parameters)
        self.assertEqual((caught.exception.status, caught.exception.code), (status, code))
        return caught.exception

    def test_defaults(self):
        fleet = self.api.fleets.create(network_access_profile="nap one")
        self.assertRegex(fleet.sid, "^HF[0-9a-f]{32}$")
        self.assertEqual(fleet.network_access_profile_sid, self.profile.sid)
        self.assertEqual(fleet.data_limit, 1000)
        self.assertIs(fleet.data_enabled, True)
        self.assertIs(fleet.sms_commands_enabled, True)
        self.assertIsNone(fleet.unique_name)
        self.assertIsNone(fleet.sms_commands_url)
        self.assertEqual(fleet.sms_commands_method, "POST")
        self.assertIsInstance(fleet.date_created, datetime.datetime)
        self.assertEqual(fleet.date_created, fleet.date_updated)
        self.assertEqual(fleet.url, f"{self.server.origin}/v1/Fleets/{fleet.sid}")

    def test_every_parameter_arrives(self):
        given = {
            "unique_name": "Pilot Fleet é 日本 +&=%~",
            "data_enabled": False,
            "data_limit": 500,
            "sms_commands_enabled": False,
            "sms_commands_url": "https://a.b/c?d=e&f=g",
            "sms_commands_method": "GET",
            "ip_commands_url": "https://x.y/#rc=3",
            "ip_commands_method": "GET",
        }
        fleet = self.create(**given)
        for name, value in given.items():
            self.assertEqual(getattr(fleet, name), value, name)

    def test_fetch_by_sid_and_by_name(self):
        made = self.create(unique_name="My Fleet")
        self.assertEqual(self.api.fleets(made.sid).fetch().unique_name, "My Fleet")
        self.assertEqual(self.api.fleets("My%20Fleet").fetch().sid, made.sid)

    def test_updates(self):
        self.api.network_access_profiles.create(unique_name="nap-two")
        made = self.create(unique_name="changing", sms_commands_url="http://127.0.0.1:9/sms")
        same = self.api.fleets(made.sid).update()
        self.assertEqual(same.date_updated, made.date_updated)
        # Debian's version of the library is older than DataLimit on update.
        changed = self.api.fleets("changing").update(ip_commands_method="GET")
        self.assertEqual(changed.ip_commands_method, "GET")
        self.assertIsNone(self.api.fleets(made.sid).update(sms_commands_url="").sms_commands_url)
        moved = self.api.fleets(made.sid).update(network_access_profile="nap-two")
        self.assertNotEqual(moved.network_access_profile_sid, self.profile.sid)
        self.assertIsNone(self.api.fleets(made.sid).update(unique_name="").unique_name)
        self.assert_refused(404, 20404, self.api.fleets("changing").fetch)

    def test_lists(self):
        made = [self.create().sid for _ in range(7)][::-1]
        other = self.api.network_access_profiles.create(unique_name="nap & two")
        self.api.fleets.create(network_access_profile=other.sid)
        by_name = {"network_access_profile": "nap one", "page_size": 3}
        self.assertEqual([f.sid for f in self.api.fleets.list(**by_name)], made)
        self.assertEqual([f.sid for f in self.api.fleets.stream(**by_name)], made)
        self.assertEqual([f.sid for f in self.api.fleets.list(limit=4, **by_name)], made[:4])
        self.assertEqual(len(self.api.fleets.list(network_access_profile=other.sid)), 1)
        self.assertEqual(len(self.api.fleets.list()), 8)
        self.assertEqual(self.api.fleets.list(network_access_profile="unknown"), [])

    def test_network_access_profiles(self):
        networks = [ATT, TELEKOM]
        made = self.api.network_access_profiles.create(unique_name="with", networks=networks)
        self.assertEqual(made.links["networks"], made.url + "/Networks")
        renamed = self.api.network_access_profiles("with").update(unique_name="new name")
        self.assertEqual(renamed.sid, made.sid)
        names = [p.unique_name for p in self.api.network_access_profiles.list(page_size=1)]
        self.assertEqual(names, ["new name", "nap one"])

    def test_refusals(self):
        error = self.assert_refused(404, 20404, self.api.fleets("nobody").fetch)
        self.assertIn("The requested resource /Fleets/nobody was not found", error.msg)
        self.assert_refused(400, 20001, self.create, data_limit=0)
        self.create(unique_name="taken")
        self.assert_refused(409, 20409, self.create, unique_name="taken")
        self.assert_refused(401, 20003, self.connect(PINNED, "wrong").fleets("x").fetch)
        with self.assertRaisesRegex(TwilioException, "401"):
            self.connect(PINNED, "wrong").fleets.list()

    def test_api_keys_and_accounts(self):
        self.connect(PINNED, "right").network_access_profiles.create(unique_name="mine")
        [profile] = self.connect(KEY, "secret", PINNED).network_access_profiles.list()
        self.assertEqual((profile.unique_name, profile.account_sid), ("mine", PINNED))
        self.assert_refused(404, 20404, self.api.network_access_profiles(profile.sid).fetch)


if __name__ == "__main__":
    unittest.main()
