# SPDX-License-Identifier: MIT
"""POST /v1/Fleets/{Sid}."""
import unittest

from fleet_case import FLEET_KEYS, FleetTestCase
from server import wait_until

# The form, and the properties that change. Each starts from a new Fleet.
CHANGES = [
    ("UniqueName=GPS+Trackers+Fleet+5GB&DataLimit=5000",
     {"unique_name": "GPS Trackers Fleet 5GB", "data_limit": 5000}),
    ("", {}),
    ("DataEnabled=false", {}),
    ("DataEnabled=maybe", {}),
    ("SmsCommandsEnabled=false", {}),
    ("SmsCommandsUrl=", {"sms_commands_url": None}),
    ("IpCommandsUrl=", {"ip_commands_url": None}),
    ("SmsCommandsUrl=&IpCommandsUrl=https%3A%2F%2Fip.example%2F2",
     {"sms_commands_url": None, "ip_commands_url": "https://ip.example/2"}),
    ("UniqueName=", {"unique_name": None}),
    ("SmsCommandsMethod=GET", {"sms_commands_method": "GET"}),
    ("IpCommandsMethod=GET", {"ip_commands_method": "GET"}),
    ("AccountSid=AC00000000000000000000000000000000", {}),
    ("Sid=HF00000000000000000000000000000000", {}),
    ("DataMetering=quota", {}),
    ("DateCreated=2020-01-01T00:00:00Z&Url=http://x/&Foo=bar&datalimit=7", {}),
    ("DataLimit=1", {"data_limit": 1}),
    ("DataLimit=2000000", {"data_limit": 2000000}),
    ("DataLimit=1&DataLimit=2", {"data_limit": 2}),
]

# The form, the message of the 400. None of them may change anything.
REFUSED = [
    ("DataLimit=0", "Invalid DataLimit."),
    ("DataLimit=2000001", "Invalid DataLimit."),
    ("DataLimit=x", "Invalid DataLimit."),
    ("DataLimit=", "Invalid DataLimit."),
    ("NetworkAccessProfile=unknown", "Invalid NetworkAccessProfile."),
    ("NetworkAccessProfile=HA00000000000000000000000000000000",
     "Invalid NetworkAccessProfile."),
    ("NetworkAccessProfile=", "Invalid NetworkAccessProfile."),
    ("UniqueName=moved&NetworkAccessProfile=unknown", "Invalid NetworkAccessProfile."),
    ("NetworkAccessProfile=unknown&UniqueName=moved", "Invalid NetworkAccessProfile."),
    ("SmsCommandsMethod=PUT", "Invalid SmsCommandsMethod."),
    ("IpCommandsMethod=", "Invalid IpCommandsMethod."),
    ("SmsCommandsUrl=nonsense", "Invalid SmsCommandsUrl."),
    ("DataLimit=0&SmsCommandsMethod=PUT", None),
    ("UniqueName=moved&DataLimit=0", "Invalid DataLimit."),
    ("DataLimit=0&UniqueName=moved", "Invalid DataLimit."),
    ("UniqueName=HF00000000000000000000000000000000", "Invalid UniqueName."),
    ("UniqueName=moved&Foo=%ZZ", "Bad request"),
    ("UniqueName=moved&Foo=%00", "Bad request"),
]


class UpdateTest(FleetTestCase):
    """What changes, what does not, and what is refused."""

    def setUp(self):
        super().setUp()
        self.profile = self.make_profile("nap-one")["sid"]
        self.fleet = self.make_fleet(
            self.profile, UniqueName="Pilot Fleet",
            SmsCommandsUrl="https://sms.example/", IpCommandsUrl="https://ip.example/")
        self.path = "/v1/Fleets/" + self.fleet["sid"]

    def update(self, form, path=None):
        """200 and the Fleet as answered, which a fetch must confirm."""
        answer = self.client.post(path or self.path, form)
        self.assertEqual(answer.status, 200, answer)
        fleet = answer.json()
        self.assertEqual(list(fleet), FLEET_KEYS)
        self.assert_compact(answer)
        self.assertEqual(self.fetch(fleet), fleet)
        return fleet

    def assert_changed(self, after, before, **changes):
        """Exactly these properties changed, and perhaps date_updated, forwards."""
        expected = {**before, **changes, "date_updated": after["date_updated"]}
        self.assertEqual(after, expected)
        self.assertGreaterEqual(after["date_updated"], before["date_updated"])

    def test_changes(self):
        for form, changes in CHANGES:
            with self.subTest(form=form):
                before = self.make_fleet(
                    self.profile, UniqueName=f"before {form}"[:64],
                    SmsCommandsUrl="https://sms.example/", IpCommandsUrl="https://ip.example/")
                after = self.update(form, "/v1/Fleets/" + before["sid"])
                self.assert_changed(after, before, **changes)

    def test_refused_changes(self):
        for form, message in REFUSED:
            with self.subTest(form=form):
                self.assert_error(self.client.post(self.path, form), 400, message)
                self.assertEqual(self.fetch(self.fleet), self.fleet)

    def test_date_updated(self):
        """A change moves date_updated and only it; an update without changes leaves it alone."""
        idle = self.make_fleet(self.profile)
        limits = iter(range(1, 100000))

        def moved():
            fleet = self.update(f"DataLimit={next(limits)}")
            return fleet if fleet["date_updated"] > self.fleet["date_created"] else None

        fleet = wait_until(moved, "date_updated to move")
        self.assertEqual(fleet["date_created"], self.fleet["date_created"])
        self.assertEqual(self.update("", "/v1/Fleets/" + idle["sid"]), idle)
        answer = self.client.request("POST", self.path, None, headers={"Content-Length": "0"})
        self.assertEqual((answer.status, answer.json()), (200, fleet))

    def test_by_name(self):
        after = self.update("DataLimit=5", "/v1/Fleets/Pilot%20Fleet")
        self.assert_changed(after, self.fleet, data_limit=5)

    def test_unknown(self):
        other = self.new_client()
        for path in ("/Fleets/HF" + "0" * 32, "/Fleets/nobody"):
            with self.subTest(path=path):
                for form in ("DataLimit=5", "", "NetworkAccessProfile=nap-one"):
                    self.assert_not_found(self.client.post("/v1" + path, form), path)
        for path in ("/Fleets/" + self.fleet["sid"], "/Fleets/Pilot%20Fleet"):
            with self.subTest("another account", path=path):
                self.assert_not_found(other.post("/v1" + path, "DataLimit=5"), path)
        self.assertEqual(self.fetch(self.fleet), self.fleet)

    def test_a_cleared_url_can_be_set_again(self):
        self.update("SmsCommandsUrl=")
        after = self.update("SmsCommandsUrl=https%3A%2F%2Fsms.example%2Fagain")
        self.assertEqual(after["sms_commands_url"], "https://sms.example/again")

    def test_clearing_the_name(self):
        self.update("UniqueName=")
        self.assert_not_found(self.client.get("/v1/Fleets/Pilot%20Fleet"), "/Fleets/Pilot%20Fleet")
        second = self.make_fleet(self.profile, UniqueName="other")
        self.update("UniqueName=", "/v1/Fleets/" + second["sid"])
        self.make_fleet(self.profile, UniqueName="Pilot Fleet")

    def test_the_own_name(self):
        after = self.update("UniqueName=Pilot+Fleet&DataLimit=9")
        self.assert_changed(after, self.fleet, data_limit=9)

    def test_a_taken_name(self):
        taken = self.make_fleet(self.profile, UniqueName="taken")
        answer = self.client.post(self.path, "UniqueName=taken&DataLimit=5")
        self.assert_error(answer, 409)
        self.assertIn("taken", answer.json()["message"])
        self.assertEqual(self.fetch(self.fleet), self.fleet)
        self.assertEqual(self.fetch(taken), taken)

    def test_another_profile(self):
        second = self.make_profile("nap-two")["sid"]
        after = self.update("NetworkAccessProfile=nap-two")
        self.assert_changed(after, self.fleet, network_access_profile_sid=second)
        self.assertEqual(self.list_sids("?NetworkAccessProfile=nap-one"), [])
        self.assertEqual(self.list_sids("?NetworkAccessProfile=nap-two"), [self.fleet["sid"]])
        back = self.update(f"NetworkAccessProfile={self.profile}")
        self.assertEqual(back["network_access_profile_sid"], self.profile)
        self.assertEqual(self.list_sids("?NetworkAccessProfile=nap-one"), [self.fleet["sid"]])

    def test_a_profile_of_another_account(self):
        foreign = self.make_profile("nap-foreign", client=self.new_client())["sid"]
        for value in (foreign, "nap-foreign"):
            with self.subTest(profile=value):
                answer = self.client.post(self.path, {"NetworkAccessProfile": value})
                self.assert_error(answer, 400, "Invalid NetworkAccessProfile.")
        self.assertEqual(self.fetch(self.fleet), self.fleet)

    def test_rename(self):
        after = self.update("UniqueName=b%2Fc")
        self.assert_not_found(self.client.get("/v1/Fleets/Pilot%20Fleet"), "/Fleets/Pilot%20Fleet")
        self.assertEqual(self.client.get("/v1/Fleets/b%2Fc").json(), after)
        successor = self.make_fleet(self.profile, UniqueName="Pilot Fleet")
        self.assertNotEqual(successor["sid"], self.fleet["sid"])

    def test_query_and_media_type(self):
        """As on create: parameters count in a form body only."""
        for body, headers in [(b'{"DataLimit":5}', {"Content-Type": "application/json"}),
                              (b"", {})]:
            answer = self.client.post(self.path + "?DataLimit=5", body, headers=headers)
            self.assertEqual((answer.status, answer.json()), (200, self.fleet))


if __name__ == "__main__":
    unittest.main()
