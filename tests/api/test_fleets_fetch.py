# SPDX-License-Identifier: MIT
"""GET /v1/Fleets/{Sid}."""
import unittest
from urllib.parse import quote

from fleet_case import FLEET_KEYS, FleetTestCase

# Names that need care in a path.
NAMES = [
    "Pilot Fleet", "a/b", "50%", "%2F", "a+b", "é 日本", "tilde~", "q?x=1", "hash#1", "semi;colon",
    "..", ".", "HF", "HF123", "Fleets", "\"quoted\"", "back\\slash", "x.json", "{Sid}",
]


class FetchTest(FleetTestCase):
    """By SID and by name, and what is not found."""

    def setUp(self):
        super().setUp()
        self.profile = self.make_profile("nap-one")["sid"]
        self.created = self.client.post(
            "/v1/Fleets", {"NetworkAccessProfile": self.profile, "UniqueName": "Pilot Fleet"})
        self.assertEqual(self.created.status, 201, self.created)
        self.fleet = self.created.json()
        self.path = "/v1/Fleets/" + self.fleet["sid"]

    def test_identical_to_the_create_answer(self):
        answer = self.client.get(self.path)
        self.assertEqual((answer.status, answer.body), (200, self.created.body))
        self.assertEqual(list(answer.json()), FLEET_KEYS)

    def test_by_name(self):
        for path in ("Pilot%20Fleet", "%50ilot%20%46leet"):
            with self.subTest(path=path):
                answer = self.client.get("/v1/Fleets/" + path)
                self.assertEqual((answer.status, answer.body), (200, self.created.body))

    def test_names_that_need_care(self):
        for name in NAMES:
            with self.subTest(name=name):
                fleet = self.fleet
                if name != fleet["unique_name"]:
                    fleet = self.make_fleet(self.profile, UniqueName=name)
                answer = self.client.get("/v1/Fleets/" + quote(name, safe=""))
                self.assertEqual((answer.status, answer.json()), (200, fleet))
                self.assertEqual(fleet["url"], f"{self.server.url}/v1/Fleets/{fleet['sid']}")

    def test_path_is_decoded_once_and_plus_is_no_space(self):
        self.make_fleet(self.profile, UniqueName="a/b")
        self.make_fleet(self.profile, UniqueName="50%")
        for path in ("Pilot+Fleet", "Pilot%2520Fleet", "a/b", "a%252Fb", "50%2525"):
            with self.subTest(path=path):
                answer = self.client.get("/v1/Fleets/" + path)
                self.assert_not_found(answer, "/Fleets/" + path)

    def test_not_found(self):
        sid = self.fleet["sid"]
        for path in [
                "/Fleets/HF" + "0" * 32,
                "/Fleets/nobody",
                "/Fleets/pilot%20fleet",
                f"/Fleets/{sid}.json",
                "/Fleets/HF" + sid[2:].upper(),
                "/Fleets/" + sid.lower(),
                "/Fleets/" + self.account,
                "/Fleets/" + self.profile,
                f"/fleets/{sid}",
                "/fleets"]:
            with self.subTest(path=path):
                self.assert_not_found(self.client.get("/v1" + path), path)

    def test_another_version(self):
        for target in (f"/v2/Fleets/{self.fleet['sid']}", f"/Fleets/{self.fleet['sid']}",
                       f"/2010-04-01/Fleets/{self.fleet['sid']}"):
            with self.subTest(target=target):
                self.assert_not_found(self.client.get(target), target)

    def test_another_account(self):
        other = self.new_client()
        for path in (f"/Fleets/{self.fleet['sid']}", "/Fleets/Pilot%20Fleet"):
            with self.subTest(path=path):
                self.assert_not_found(other.get("/v1" + path), path)

    def test_a_body_on_get_is_ignored(self):
        plain = {"Content-Type": "application/x-www-form-urlencoded"}
        for body, headers in [(None, plain), (b"", plain), (b"DataLimit=5&UniqueName=%ZZ", plain),
                              (b"{}", {"Content-Type": "application/json"})]:
            with self.subTest(body=body):
                answer = self.client.request("GET", self.path, body, headers=headers)
                self.assertEqual((answer.status, answer.body), (200, self.created.body))
        self.assertEqual(self.client.connections_opened, 1)

    def test_head(self):
        answer = self.client.request("HEAD", self.path)
        self.assertEqual((answer.status, answer.body), (200, b""))
        self.assertEqual(answer.header("Content-Length"), str(len(self.created.body)))
        self.assertEqual(self.client.get(self.path).body, self.created.body)
        self.assertEqual(self.client.connections_opened, 1)
        missing = self.client.request("HEAD", "/v1/Fleets/nobody")
        self.assertEqual(missing.status, 404)
        self.assertEqual(self.client.get(self.path).status, 200)

    def test_a_query_on_a_fetch_is_ignored(self):
        answer = self.client.get(self.path + "?PageSize=0&Foo=bar")
        self.assertEqual((answer.status, answer.body), (200, self.created.body))

    def test_malformed_paths_are_not_found(self):
        for path in ("%ZZ", "%", "%4", "a%00b", "%00", self.fleet["sid"] + "%00"):
            with self.subTest(path=path):
                self.assert_not_found(self.client.get("/v1/Fleets/" + path), "/Fleets/" + path)
        for path in ("%FF", "%C0%AF", "%ED%A0%80"):
            with self.subTest(path=path):
                answer = self.client.get("/v1/Fleets/" + path)
                self.assertIn(answer.status, (400, 404))
                self.assert_error(answer, answer.status)

    def test_paths_beside_the_fleet(self):
        sid = self.fleet["sid"]
        for path in ("/Fleets/", f"/Fleets/{sid}/", f"/Fleets/{sid}/Sims", f"/Fleets//{sid}",
                     "//Fleets", "/Fleets.json", "/Fleets%2F" + sid):
            with self.subTest(path=path):
                self.assert_not_found(self.client.get("/v1" + path), path)
        self.assert_not_found(self.client.get("//v1/Fleets"), "//v1/Fleets")


if __name__ == "__main__":
    unittest.main()
