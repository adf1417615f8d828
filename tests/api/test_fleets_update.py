# SPDX-License-Identifier: MIT
"""POST /v1/Fleets/{Sid}. Rows have numbers, so that reports can name them."""
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from fleet_case import FLEET_KEYS, FleetTestCase  # noqa: E402
from server import wait_until  # noqa: E402

# Row, form, the properties that change. Each starts from a new Fleet.
CHANGES = [
    (59, "UniqueName=GPS+Trackers+Fleet+5GB&DataLimit=5000",
     {"unique_name": "GPS Trackers Fleet 5GB", "data_limit": 5000}),
    (60, "", {}),
    (64, "DataEnabled=false", {}),
    (64, "DataEnabled=maybe", {}),
    (65, "SmsCommandsEnabled=false", {}),
    (66, "SmsCommandsUrl=", {"sms_commands_url": None}),
    (66, "IpCommandsUrl=", {"ip_commands_url": None}),
    (66, "SmsCommandsUrl=&IpCommandsUrl=https%3A%2F%2Fip.example%2F2",
     {"sms_commands_url": None, "ip_commands_url": "https://ip.example/2"}),
    (67, "UniqueName=", {"unique_name": None}),
    (72, "SmsCommandsMethod=GET", {"sms_commands_method": "GET"}),
    (72, "IpCommandsMethod=GET", {"ip_commands_method": "GET"}),
    (74, "AccountSid=AC00000000000000000000000000000000", {}),
    (74, "Sid=HF00000000000000000000000000000000", {}),
    (74, "DataMetering=quota", {}),
    (74, "DateCreated=2020-01-01T00:00:00Z&Url=http://x/&Foo=bar&datalimit=7", {}),
    (59, "DataLimit=1", {"data_limit": 1}),
    (59, "DataLimit=2000000", {"data_limit": 2000000}),
    (59, "DataLimit=1&DataLimit=2", {"data_limit": 2}),
]

# Row, form, the message of the 400. None of them may change anything.
REFUSED = [
    (63, "DataLimit=0", "Invalid DataLimit."),
    (63, "DataLimit=2000001", "Invalid DataLimit."),
    (63, "DataLimit=x", "Invalid DataLimit."),
    (63, "DataLimit=", "Invalid DataLimit."),
    (71, "NetworkAccessProfile=unknown", "Invalid NetworkAccessProfile."),
    (71, "NetworkAccessProfile=HA00000000000000000000000000000000",
     "Invalid NetworkAccessProfile."),
    (71, "NetworkAccessProfile=", "Invalid NetworkAccessProfile."),
    (71, "UniqueName=moved&NetworkAccessProfile=unknown", "Invalid NetworkAccessProfile."),
    (71, "NetworkAccessProfile=unknown&UniqueName=moved", "Invalid NetworkAccessProfile."),
    (72, "SmsCommandsMethod=PUT", "Invalid SmsCommandsMethod."),
    (72, "IpCommandsMethod=", "Invalid IpCommandsMethod."),
    (72, "SmsCommandsUrl=nonsense", "Invalid SmsCommandsUrl."),
    (73, "DataLimit=0&SmsCommandsMethod=PUT", None),
    (73, "UniqueName=moved&DataLimit=0", "Invalid DataLimit."),
    (73, "DataLimit=0&UniqueName=moved", "Invalid DataLimit."),
    (73, "UniqueName=HF00000000000000000000000000000000", "Invalid UniqueName."),
    (73, "UniqueName=moved&Foo=%ZZ", "Bad request"),
    (73, "UniqueName=moved&Foo=%00", "Bad request"),
]


class UpdateTest(FleetTestCase):
    """Every row of the table's third part."""

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
        for row, form, changes in CHANGES:
            with self.subTest(f"row {row}", form=form):
                before = self.make_fleet(
                    self.profile, UniqueName=f"before {form}"[:64],
                    SmsCommandsUrl="https://sms.example/", IpCommandsUrl="https://ip.example/")
                after = self.update(form, "/v1/Fleets/" + before["sid"])
                self.assert_changed(after, before, **changes)

    def test_refused_changes(self):
        for row, form, message in REFUSED:
            with self.subTest(f"row {row}", form=form):
                self.assert_error(self.client.post(self.path, form), 400, message)
                self.assertEqual(self.fetch(self.fleet), self.fleet)

    def test_rows_59_and_60_date_updated(self):
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

    def test_row_61_by_name(self):
        after = self.update("DataLimit=5", "/v1/Fleets/Pilot%20Fleet")
        self.assert_changed(after, self.fleet, data_limit=5)

    def test_row_62_unknown(self):
        other = self.new_client()
        for path in ("/Fleets/HF" + "0" * 32, "/Fleets/nobody"):
            with self.subTest("row 62", path=path):
                for form in ("DataLimit=5", "", "NetworkAccessProfile=nap-one"):
                    self.assert_not_found(self.client.post("/v1" + path, form), path)
        for path in ("/Fleets/" + self.fleet["sid"], "/Fleets/Pilot%20Fleet"):
            with self.subTest("row 62, another account", path=path):
                self.assert_not_found(other.post("/v1" + path, "DataLimit=5"), path)
        self.assertEqual(self.fetch(self.fleet), self.fleet)

    def test_row_66_a_cleared_url_can_be_set_again(self):
        self.update("SmsCommandsUrl=")
        after = self.update("SmsCommandsUrl=https%3A%2F%2Fsms.example%2Fagain")
        self.assertEqual(after["sms_commands_url"], "https://sms.example/again")

    def test_row_67_clearing_the_name(self):
        self.update("UniqueName=")
        self.assert_not_found(self.client.get("/v1/Fleets/Pilot%20Fleet"), "/Fleets/Pilot%20Fleet")
        second = self.make_fleet(self.profile, UniqueName="other")
        self.update("UniqueName=", "/v1/Fleets/" + second["sid"])
        self.make_fleet(self.profile, UniqueName="Pilot Fleet")

    def test_row_68_the_own_name(self):
        after = self.update("UniqueName=Pilot+Fleet&DataLimit=9")
        self.assert_changed(after, self.fleet, data_limit=9)

    def test_row_69_a_taken_name(self):
        taken = self.make_fleet(self.profile, UniqueName="taken")
        answer = self.client.post(self.path, "UniqueName=taken&DataLimit=5")
        self.assert_error(answer, 409)
        self.assertIn("taken", answer.json()["message"])
        self.assertEqual(self.fetch(self.fleet), self.fleet)
        self.assertEqual(self.fetch(taken), taken)

    def test_row_70_another_profile(self):
        second = self.make_profile("nap-two")["sid"]
        after = self.update("NetworkAccessProfile=nap-two")
        self.assert_changed(after, self.fleet, network_access_profile_sid=second)
        self.assertEqual(self.list_sids("?NetworkAccessProfile=nap-one"), [])
        self.assertEqual(self.list_sids("?NetworkAccessProfile=nap-two"), [self.fleet["sid"]])
        back = self.update(f"NetworkAccessProfile={self.profile}")
        self.assertEqual(back["network_access_profile_sid"], self.profile)
        self.assertEqual(self.list_sids("?NetworkAccessProfile=nap-one"), [self.fleet["sid"]])

    def test_row_71_a_profile_of_another_account(self):
        foreign = self.make_profile("nap-foreign", client=self.new_client())["sid"]
        for value in (foreign, "nap-foreign"):
            with self.subTest("row 71", profile=value):
                answer = self.client.post(self.path, {"NetworkAccessProfile": value})
                self.assert_error(answer, 400, "Invalid NetworkAccessProfile.")
        self.assertEqual(self.fetch(self.fleet), self.fleet)

    def test_row_75_rename(self):
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
