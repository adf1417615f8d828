# SPDX-License-Identifier: MIT
"""Networks, and those of a Network Access Profile."""
import itertools
import unittest

from device_case import DeviceTestCase
from networks import ATT, ORANGE, T_MOBILE, TELEKOM

KEYS = ["friendly_name", "iso_country", "identifiers", "sid", "url"]
MEMBER_KEYS = ["sid", "network_access_profile_sid", "friendly_name", "iso_country", "identifiers",
               "url"]


class NetworkTest(DeviceTestCase):
    """The built-in list."""

    def listed(self, query=""):
        """All Networks that a query lists, over all pages."""
        networks, target = [], "/v1/Networks" + query
        while target is not None:
            page = self.ok(self.client.get(target))
            networks += page["networks"]
            target = page["meta"]["next_page_url"]
        return networks

    def test_a_useful_list(self):
        networks = self.listed("?PageSize=1000")
        self.assertGreaterEqual(len(networks), 100)
        self.assertGreaterEqual(len({one["iso_country"] for one in networks}), 30)
        self.assertEqual(self.listed("?PageSize=37"), networks)
        self.assertEqual(len({one["sid"] for one in networks}), len(networks))
        for network in networks:
            self.assertEqual(list(network), KEYS)
            self.assertRegex(network["sid"], "^HW[0-9a-f]{32}$")
            self.assertTrue(network["url"].endswith("/v1/Networks/" + network["sid"]))
            for identifier in network["identifiers"]:
                self.assertRegex(identifier["mcc"], r"^\d{3}$")
                self.assertRegex(identifier["mnc"], r"^\d{2,3}$")

    def test_fetch(self):
        network = self.ok(self.client.get("/v1/Networks/" + ATT))
        self.assertEqual((network["friendly_name"], network["iso_country"]), ("AT&T", "US"))
        self.assertEqual(network["identifiers"][0], {"mcc": "310", "mnc": "410"})
        for wrong in ("HW" + "0" * 32, "AT&T", ATT.lower(), ATT + "0"):
            self.assert_not_found(self.client.get("/v1/Networks/" + wrong), "/Networks/" + wrong)
        self.assertEqual(self.client.post("/v1/Networks", "").status, 405)

    def test_filters(self):
        for query, sids in (("IsoCountry=US&Mcc=310&Mnc=410", [ATT]), ("Mcc=310&Mnc=410", [ATT]),
                            ("IsoCountry=DE&Mnc=01", [TELEKOM]), ("IsoCountry=FR&Mcc=310", []),
                            ("Mcc=999", []), ("Mnc=1&Mcc=262", []), ("Mcc=31&Mnc=410", []),
                            ("Mcc=311&Mnc=410", []), ("IsoCountry=XX", [])):
            self.assertEqual([one["sid"] for one in self.listed("?" + query)], sids, query)
        in_germany = self.listed("?IsoCountry=de")
        self.assertEqual(in_germany, self.listed("?IsoCountry=DE"))
        self.assertEqual({one["iso_country"] for one in in_germany}, {"DE"})
        page = self.ok(self.client.get("/v1/Networks?Mcc=310&IsoCountry=US&PageSize=1"))
        self.assertIn("?IsoCountry=US&Mcc=310&PageSize=1&Page=0", page["meta"]["url"])
        for query in ("IsoCountry=USA", "IsoCountry=", "Mcc=3100", "Mnc=", "Mnc=4100"):
            self.assertEqual(self.client.get("/v1/Networks?" + query).status, 400, query)

    def test_pages_back_and_forth(self):
        first = self.ok(self.client.get("/v1/Networks?PageSize=3"))
        second = self.ok(self.client.get(first["meta"]["next_page_url"]))
        third = self.ok(self.client.get(second["meta"]["next_page_url"]))
        back = self.ok(self.client.get(third["meta"]["previous_page_url"]))
        self.assertEqual(back["networks"], second["networks"])
        again = self.ok(self.client.get(back["meta"]["previous_page_url"]))
        self.assertEqual(again["networks"], first["networks"])


class MemberTest(DeviceTestCase):
    """The sub-collection of a profile."""

    def setUp(self):
        super().setUp()
        form = [("UniqueName", "nap one"), ("Networks", TELEKOM), ("Networks", ATT)]
        self.nap = self.ok(self.client.post("/v1/NetworkAccessProfiles", form), 201)
        self.target = f"/v1/NetworkAccessProfiles/{self.nap['sid']}/Networks"

    def members(self, target=None):
        """The SIDs of the members."""
        return [one["sid"] for one in self.ok(self.client.get(target or self.target))["networks"]]

    def test_list_and_fetch(self):
        page = self.ok(self.client.get(self.target))
        self.assertEqual(page["meta"]["key"], "networks")
        self.assertTrue(page["meta"]["url"].endswith(self.target + "?PageSize=50&Page=0"))
        self.assertEqual(sorted(self.members()), sorted([TELEKOM, ATT]))
        member = self.ok(self.client.get(f"{self.target}/{TELEKOM}"))
        self.assertEqual(list(member), MEMBER_KEYS)
        self.assertEqual((member["network_access_profile_sid"], member["iso_country"]),
                         (self.nap["sid"], "de"))
        self.assertTrue(member["url"].endswith(f"{self.target}/{TELEKOM}"))
        by_name = "/v1/NetworkAccessProfiles/nap%20one/Networks"
        self.assertEqual(self.members(by_name), self.members())
        self.assertEqual(self.ok(self.client.get(f"{by_name}/{TELEKOM}")), member)
        self.assertEqual(self.nap["links"]["networks"].split("/v1")[1], self.target[3:])

    def test_pages(self):
        first = self.ok(self.client.get(
            "/v1/NetworkAccessProfiles/nap%20one/Networks?PageSize=1"))
        second = self.ok(self.client.get(first["meta"]["next_page_url"]))
        self.assertIsNone(second["meta"]["next_page_url"])
        self.assertEqual([page["networks"][0]["sid"] for page in (first, second)], self.members())
        other = self.ok(self.client.post("/v1/NetworkAccessProfiles", {"Networks": ATT}), 201)
        token = first["meta"]["next_page_url"].split("?")[1]
        self.assert_error(self.client.get(
            f"/v1/NetworkAccessProfiles/{other['sid']}/Networks?{token}"), 400,
            "Invalid PageToken.")

    def test_pages_while_networks_come_and_go(self):
        """None of those that stay is left out or listed twice, whatever is added or removed."""
        every = [one["sid"] for one in
                 self.ok(self.client.get("/v1/Networks?PageSize=20"))["networks"]]
        for added, removed in itertools.product((0, 5, 11, 19), (2, 4, 6, 16)):
            with self.subTest(added=added, removed=removed):
                form = [("Networks", sid) for sid in every[2:18:2]]
                nap = self.ok(self.client.post("/v1/NetworkAccessProfiles", form), 201)
                target = f"/v1/NetworkAccessProfiles/{nap['sid']}/Networks"
                first = self.ok(self.client.get(target + "?PageSize=2"))
                second = self.ok(self.client.get(first["meta"]["next_page_url"]))
                third = self.ok(self.client.get(second["meta"]["next_page_url"]))
                self.ok(self.client.post(target, {"Network": every[added]}), 201)
                self.ok(self.client.request("DELETE", f"{target}/{every[removed]}"), 204)
                now = sorted({*every[2:18:2], every[added]} - {every[removed]}, key=every.index)
                self.assertEqual(self.members(target), now)
                for page in (first, second, third):
                    last = every.index(page["networks"][-1]["sid"])
                    self.assertEqual(self.members(page["meta"]["next_page_url"]),
                                     [sid for sid in now if every.index(sid) > last][:2])
                for page in (second, third):
                    before = every.index(page["networks"][0]["sid"])
                    self.assertEqual(self.members(page["meta"]["previous_page_url"]),
                                     [sid for sid in now if every.index(sid) < before][-2:])

    def test_add_and_remove(self):
        added = self.ok(self.client.post(self.target, {"Network": ORANGE}), 201)
        self.assertEqual(added, self.ok(self.client.get(f"{self.target}/{ORANGE}")))
        self.ok(self.client.post(self.target, {"Network": ORANGE}), 201)
        self.assertEqual(len(self.members()), 3)
        gone = self.client.request("DELETE", f"{self.target}/{TELEKOM}")
        self.assertEqual((gone.status, gone.body), (204, b""))
        self.assertEqual(sorted(self.members()), sorted([ATT, ORANGE]))
        path = f"{self.target[3:]}/{TELEKOM}"
        self.assert_not_found(self.client.request("DELETE", "/v1" + path), path)
        self.assert_not_found(self.client.get("/v1" + path), path)

    def test_refused(self):
        self.assert_error(self.client.post(self.target, ""), 400,
                          "Missing required parameter Network in the post body")
        for wrong in ("", "x", "HW" + "0" * 32, "AT&T"):
            self.assert_error(self.client.post(self.target, {"Network": wrong}), 400,
                              "Invalid Network.")
        nobody = "/NetworkAccessProfiles/nobody/Networks"
        for answer in (self.client.get("/v1" + nobody),
                       self.client.post("/v1" + nobody, {"Network": ATT})):
            self.assert_not_found(answer, nobody)
        self.assert_not_found(self.client.get(f"/v1{nobody}/{ATT}"), f"{nobody}/{ATT}")
        answer = self.client.request("PUT", f"{self.target}/{ATT}")
        self.assert_error(answer, 405)
        self.assertEqual(answer.header("Allow"), "GET, DELETE")

    def test_others_do_not_see_it(self):
        other = self.new_client()
        self.assertEqual(other.get(self.target).status, 404)
        self.assertEqual(other.post(self.target, {"Network": T_MOBILE}).status, 404)
        self.assertEqual(other.request("DELETE", f"{self.target}/{ATT}").status, 404)
        self.assertEqual(len(self.members()), 2)


if __name__ == "__main__":
    unittest.main()
