# SPDX-License-Identifier: MIT
"""NetworkAccessProfiles: create, fetch, update, list. They follow the same rules as Fleets."""
import sqlite3
import unittest
from urllib.parse import quote

from fleet_case import DATE, META_KEYS, FleetTestCase
from networks import ATT, TELEKOM
from server import DirectoryTestCase, wait_until

PROFILES = "/v1/NetworkAccessProfiles"
PROFILE_KEYS = [
    "unique_name", "sid", "account_sid", "date_created", "date_updated", "url", "links",
]
NETWORK_1 = ATT
NETWORK_2 = TELEKOM

ACCEPTED = [
    ("", None),
    ("UniqueName=", None),
    ("UniqueName=one", "one"),
    ("UniqueName=two+words", "two words"),
    ("UniqueName=%C3%A9%20%E6%97%A5%E6%9C%AC", "é 日本"),
    ("UniqueName=" + "n" * 64, "n" * 64),
    (f"Networks={NETWORK_1}", None),
    (f"Networks={NETWORK_1}&UniqueName=three&Networks={NETWORK_2}", "three"),
    ("uniquename=x&Foo=bar&Sid=HA00000000000000000000000000000000", None),
]
REFUSED = [
    ("UniqueName=" + "n" * 65, "Invalid UniqueName."),
    ("UniqueName=HA0123456789abcdef0123456789abcdef", "Invalid UniqueName."),
    ("Networks=", "Invalid Networks."),
    ("Networks=x", "Invalid Networks."),
    ("Networks=HW1", "Invalid Networks."),
    ("Networks=HF" + "1" * 32, "Invalid Networks."),
    ("Networks=hw" + "1" * 32, "Invalid Networks."),
    ("Networks=HW" + "g" * 32, "Invalid Networks."),
    ("Networks=HW" + "1" * 33, "Invalid Networks."),
    ("Networks=HW" + "1" * 32, "Invalid Networks."),
    (f"Networks={NETWORK_1}&Networks=x", "Invalid Networks."),
    (f"Networks=x&Networks={NETWORK_1}", "Invalid Networks."),
    (f"Networks={NETWORK_1}%2C{NETWORK_2}", "Invalid Networks."),
    ("UniqueName=%ZZ", "Bad request"),
    ("UniqueName=%00", "Bad request"),
]


class ProfileTest(FleetTestCase):
    """The public API of profiles."""

    def create(self, form):
        """201 and the representation, checked as a whole."""
        answer = self.client.post(PROFILES, form)
        self.assertEqual(answer.status, 201, answer)
        profile = answer.json()
        self.assertEqual(list(profile), PROFILE_KEYS)
        self.assertRegex(profile["sid"], r"^HA[0-9a-f]{32}$")
        self.assertEqual(profile["account_sid"], self.account)
        self.assertRegex(profile["date_created"], DATE)
        self.assertEqual(profile["date_updated"], profile["date_created"])
        self.assertEqual(profile["url"], f"{self.server.url}{PROFILES}/{profile['sid']}")
        self.assertEqual(profile["links"], {"networks": profile["url"] + "/Networks"})
        self.assert_compact(answer)
        return profile

    def list_profiles(self, query=""):
        """One page of profiles."""
        answer = self.client.get(PROFILES + query)
        self.assertEqual(answer.status, 200, answer)
        return answer.json()

    def test_create(self):
        for form, name in ACCEPTED:
            with self.subTest(form=form):
                profile = self.create(form)
                self.assertEqual(profile["unique_name"], name)
                answer = self.client.get(f"{PROFILES}/{profile['sid']}")
                self.assertEqual((answer.status, answer.json()), (200, profile))

    def test_create_refused(self):
        for form, message in REFUSED:
            with self.subTest(form=form):
                self.assert_error(self.client.post(PROFILES, form), 400, message)
        self.assertEqual(self.list_profiles()["network_access_profiles"], [])

    def test_a_network_given_twice_counts_once(self):
        answer = self.client.post(PROFILES, f"Networks={NETWORK_1}&Networks={NETWORK_1}")
        self.assertEqual(answer.status, 201, answer)

    def test_a_name_is_taken_once(self):
        profile = self.create("UniqueName=nap+one")
        answer = self.client.post(PROFILES, "UniqueName=nap%20one")
        self.assert_error(answer, 409)
        self.assertIn("nap one", answer.json()["message"])
        self.assertEqual(self.list_profiles()["network_access_profiles"], [profile])
        other = self.new_client().post(PROFILES, "UniqueName=nap+one")
        self.assertEqual(other.status, 201, other)

    def test_fetch_by_name(self):
        for name in ("nap one", "a/b", "é", "50%", "%2F"):
            with self.subTest(name=name):
                profile = self.create({"UniqueName": name})
                answer = self.client.get(f"{PROFILES}/{quote(name, safe='')}")
                self.assertEqual((answer.status, answer.json()), (200, profile))

    def test_not_found(self):
        profile = self.create("UniqueName=mine")
        fleet = self.make_fleet(profile["sid"])
        stranger = self.new_client()
        for client, name in [(self.client, "HA" + "0" * 32), (self.client, "nobody"),
                             (self.client, fleet["sid"]), (self.client, profile["sid"] + ".json"),
                             (stranger, profile["sid"]), (stranger, "mine")]:
            with self.subTest(name=name):
                path = "/NetworkAccessProfiles/" + name
                self.assert_not_found(client.get("/v1" + path), path)
                self.assert_not_found(client.post("/v1" + path, "UniqueName=x"), path)

    def test_update(self):
        profile = self.create(f"UniqueName=before&Networks={NETWORK_1}")
        for form, name in [("UniqueName=after", "after"), ("", "after"), ("Foo=bar", "after"),
                           ("UniqueName=after", "after"), ("UniqueName=", None)]:
            with self.subTest(form=form):
                answer = self.client.post(f"{PROFILES}/{profile['sid']}", form)
                self.assertEqual(answer.status, 200, answer)
                after = answer.json()
                expected = {**profile, "unique_name": name, "date_updated": after["date_updated"]}
                self.assertEqual(after, expected)
                self.assertEqual(list(after), PROFILE_KEYS)
        path = "/NetworkAccessProfiles/before"
        self.assert_not_found(self.client.get("/v1" + path), path)

    def test_update_refused(self):
        profile = self.create("UniqueName=mine")
        self.create("UniqueName=taken")
        path = f"{PROFILES}/{profile['sid']}"
        self.assert_error(self.client.post(path, "UniqueName=taken"), 409)
        self.assert_error(self.client.post(path, "UniqueName=" + "n" * 65), 400,
                          "Invalid UniqueName.")
        self.assertEqual(self.client.get(path).json(), profile)

    def test_update_moves_date_updated(self):
        profile = self.create("")
        names = iter(range(100000))

        def moved():
            form = {"UniqueName": f"name {next(names)}"}
            answer = self.client.post(f"{PROFILES}/{profile['sid']}", form)
            return answer.json()["date_updated"] > profile["date_created"]

        wait_until(moved, "date_updated to move")

    def test_a_renamed_profile_keeps_its_fleets(self):
        profile = self.create("UniqueName=before")
        fleet = self.make_fleet("before")
        self.client.post(f"{PROFILES}/before", "UniqueName=after")
        self.assertEqual(self.fetch(fleet)["network_access_profile_sid"], profile["sid"])
        self.assertEqual(self.list_sids("?NetworkAccessProfile=after"), [fleet["sid"]])
        self.assertEqual(self.list_sids("?NetworkAccessProfile=before"), [])

    def test_list(self):
        empty = self.list_profiles()
        url = f"{self.server.url}{PROFILES}?PageSize=50&Page=0"
        self.assertEqual(empty["network_access_profiles"], [])
        self.assertEqual(list(empty["meta"]), META_KEYS)
        self.assertEqual((empty["meta"]["key"], empty["meta"]["url"]),
                         ("network_access_profiles", url))
        profiles = [self.create(f"UniqueName=nap-{i}") for i in range(5)][::-1]
        self.assertEqual(self.list_profiles()["network_access_profiles"], profiles)
        found = []
        target = PROFILES + "?PageSize=2"
        while target is not None:
            page = self.client.get(target).json()
            self.assertIn(len(page["network_access_profiles"]), (1, 2))
            found += page["network_access_profiles"]
            target = page["meta"]["next_page_url"]
        self.assertEqual(found, profiles)

    def test_list_refusals(self):
        for query, message in [("?PageSize=0", "Invalid PageSize."), ("?Page=-1", "Invalid Page."),
                               ("?Page=1&PageToken=x", "Invalid PageToken.")]:
            with self.subTest(query=query):
                self.assert_error(self.client.get(PROFILES + query), 400, message)
        self.assert_error(self.client.get(PROFILES + "?PageSize=1001"), 400, code=20007)
        self.assert_error(self.client.get(PROFILES + "?Page=1"), 400,
                          "Paged requests must include a PageToken", 70002)

    def test_no_other_verb(self):
        profile = self.create("")
        for method in ("DELETE", "PUT", "PATCH"):
            for target in (PROFILES, f"{PROFILES}/{profile['sid']}"):
                with self.subTest(method=method, target=target):
                    answer = self.client.request(method, target)
                    self.assert_error(answer, 405, "Method not allowed")
                    self.assertEqual(answer.header("Allow"), "GET, POST")
        self.assertEqual(self.list_profiles()["network_access_profiles"], [profile])


class NetworksOnDiskTest(DirectoryTestCase):
    """What a profile's Networks become, read with another program than the server."""

    def test_networks_are_kept(self):
        server = self.start(database="test.db")
        client = server.client()
        form = f"Networks={NETWORK_2}&Networks={NETWORK_1}&Networks={NETWORK_1}"
        profile = client.post(PROFILES, form).json()
        client.post(PROFILES, "UniqueName=without")
        client.post(f"{PROFILES}/{profile['sid']}", f"UniqueName=x&Networks=HW{'3' * 32}")
        client.close()
        server.stop()
        database = sqlite3.connect(self.path("test.db"))
        self.addCleanup(database.close)
        rows = database.execute("SELECT network_access_profile_sid, network_sid"
                                " FROM network_access_profile_networks ORDER BY network_sid")
        sid = profile["sid"]
        self.assertEqual(rows.fetchall(), [(sid, network) for network in sorted((NETWORK_1, NETWORK_2))])


if __name__ == "__main__":
    unittest.main()
