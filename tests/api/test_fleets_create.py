# SPDX-License-Identifier: MIT
"""POST /v1/Fleets."""
import datetime
import unittest
import urllib.parse

from fleet_case import DATE, FLEET_KEYS, FleetTestCase

LONGEST_NAME = "n" * 64
LONGEST_NAME_IN_LETTERS = "é" * 64
BODY_LIMIT = 64 * 1024

# What is sent besides NetworkAccessProfile, and the properties that must differ from defaults.
ACCEPTED = [
    ("DataLimit=1", {"data_limit": 1}),
    ("DataLimit=2000000", {"data_limit": 2000000}),
    ("DataEnabled=false", {"data_enabled": False}),
    ("DataEnabled=true", {}),
    ("DataEnabled=False", {"data_enabled": False}),
    ("DataEnabled=TRUE", {}),
    ("SmsCommandsEnabled=false", {"sms_commands_enabled": False}),
    ("SmsCommandsUrl=https%3A%2F%2Fa.b%2Fc%3Fd%3De%26f%3Dg",
     {"sms_commands_url": "https://a.b/c?d=e&f=g"}),
    ("SmsCommandsUrl=http%3A%2F%2F127.0.0.1%3A9000%2Fhook",
     {"sms_commands_url": "http://127.0.0.1:9000/hook"}),
    ("SmsCommandsUrl=https%3A%2F%2Fuser%3Apass%40example.com%2F",
     {"sms_commands_url": "https://user:pass@example.com/"}),
    ("SmsCommandsMethod=GET", {"sms_commands_method": "GET"}),
    ("SmsCommandsMethod=POST", {}),
    ("IpCommandsUrl=https%3A%2F%2Fx.y%2F%23rc%3D3", {"ip_commands_url": "https://x.y/#rc=3"}),
    ("IpCommandsUrl=https://x.y/#rc=3", {"ip_commands_url": "https://x.y/#rc=3"}),
    ("IpCommandsMethod=GET", {"ip_commands_method": "GET"}),
    (f"UniqueName={LONGEST_NAME}", {"unique_name": LONGEST_NAME}),
    (f"UniqueName={urllib.parse.quote(LONGEST_NAME_IN_LETTERS)}",
     {"unique_name": LONGEST_NAME_IN_LETTERS}),
    ("UniqueName=%C3%A9%20%E6%97%A5%E6%9C%AC", {"unique_name": "é 日本"}),
    ("UniqueName=%F0%9F%9A%9A+one", {"unique_name": "🚚 one"}),
    ("UniqueName=%22%5C%0A%09%01%7F", {"unique_name": "\"\\\n\t\x01\x7f"}),
    ("UniqueName=tilde~%7E%2B%26%3D%25", {"unique_name": "tilde~~+&=%"}),
    ("UniqueName=", {}),
    ("UniqueName=", {}),
    ("uniquename=x", {}),
    ("datalimit=5", {}),
    ("Foo=bar", {}),
    ("Foo", {}),
    ("=bar", {}),
    ("&&", {}),
    ("DataMetering=quota", {}),
    ("Sid=HF00000000000000000000000000000000", {}),
    ("AccountSid=AC00000000000000000000000000000000", {}),
    ("DataLimit=0&DataLimit=7", {"data_limit": 7}),
]

# What is sent besides NetworkAccessProfile, and the message of the 400.
REFUSED = [
    ("DataLimit=0", "Invalid DataLimit."),
    ("DataLimit=2000001", "Invalid DataLimit."),
    ("DataLimit=-5", "Invalid DataLimit."),
    ("DataLimit=abc", "Invalid DataLimit."),
    ("DataLimit=10MB", "Invalid DataLimit."),
    ("DataLimit=+10", "Invalid DataLimit."),
    ("DataLimit=0x10", "Invalid DataLimit."),
    ("DataLimit=1.5", "Invalid DataLimit."),
    ("DataLimit=1e3", "Invalid DataLimit."),
    ("DataLimit=", "Invalid DataLimit."),
    ("DataLimit=99999999999999999999", "Invalid DataLimit."),
    ("DataLimit=4294967297", "Invalid DataLimit."),
    ("DataLimit=18446744073709551617", "Invalid DataLimit."),
    ("DataEnabled=maybe", "Invalid DataEnabled."),
    ("DataEnabled=", "Invalid DataEnabled."),
    ("DataEnabled=1", "Invalid DataEnabled."),
    ("SmsCommandsEnabled=yes", "Invalid SmsCommandsEnabled."),
    ("SmsCommandsUrl=not a url", "Invalid SmsCommandsUrl."),
    ("SmsCommandsUrl=example.com", "Invalid SmsCommandsUrl."),
    ("SmsCommandsUrl=http%3A%2F%2F", "Invalid SmsCommandsUrl."),
    ("SmsCommandsUrl=https%3A%2F%2Fa.b%2Fc%20d", "Invalid SmsCommandsUrl."),
    ("SmsCommandsUrl=https%3A%2F%2Fa.b%2F%0D%0AX-Header%3A+x", "Invalid SmsCommandsUrl."),
    ("SmsCommandsUrl=javascript%3Aalert(1)", "Invalid SmsCommandsUrl."),
    ("SmsCommandsUrl=http%3A%2F%2Fa.b%2F%3Fq%3D100%25", "Invalid SmsCommandsUrl."),
    ("SmsCommandsUrl=http%3A%2F%2Fa.b%2F%25zz", "Invalid SmsCommandsUrl."),
    ("SmsCommandsUrl=http%3A%2F%2F%5B%3A%3A1%2F", "Invalid SmsCommandsUrl."),
    ("SmsCommandsUrl=http%3A%2F%2F127.0.0.1%3A99999%2F", "Invalid SmsCommandsUrl."),
    ("IpCommandsUrl=http%3A%2F%2F127.0.0.1%3A0%2F", "Invalid IpCommandsUrl."),
    ("IpCommandsUrl=http%3A%2F%2Fb%C3%BCcher.localhost%2Fx", "Invalid IpCommandsUrl."),
    ("IpCommandsUrl=http%3A%2F%2Fa.b%2Fc%5Bd%5D", "Invalid IpCommandsUrl."),
    ("SmsCommandsUrl=ftp://x/", "Invalid SmsCommandsUrl."),
    ("IpCommandsUrl=ftp://x/", "Invalid IpCommandsUrl."),
    ("SmsCommandsMethod=PUT", "Invalid SmsCommandsMethod."),
    ("IpCommandsMethod=DELETE", "Invalid IpCommandsMethod."),
    ("SmsCommandsMethod=", "Invalid SmsCommandsMethod."),
    ("SmsCommandsMethod=get", "Invalid SmsCommandsMethod."),
    ("UniqueName=HF0123456789abcdef0123456789abcdef", "Invalid UniqueName."),
    ("UniqueName=" + "n" * 65, "Invalid UniqueName."),
    ("UniqueName=" + "%C3%A9" * 65, "Invalid UniqueName."),
    ("NetworkAccessProfile=bad", "Invalid NetworkAccessProfile."),
    ("UniqueName=%ZZ", "Bad request"),
    ("UniqueName=%4", "Bad request"),
    ("UniqueName=%", "Bad request"),
    ("%GG=x", "Bad request"),
    ("UniqueName=a%00b", "Bad request"),
    ("Foo=%00", "Bad request"),
    ("UniqueName=%FF", None),
    ("UniqueName=%C0%AF", None),
    ("UniqueName=%ED%A0%80", None),
    ("UniqueName=%F4%90%80%80", None),
    ("UniqueName=%E6%97", None),
]


class CreateTest(FleetTestCase):
    """What is accepted, what is refused, and what comes of it."""

    def setUp(self):
        super().setUp()
        self.profile = self.make_profile("nap-one")["sid"]

    def create(self, extra="", **how):
        """Creates with a form that follows the profile, exactly as written."""
        form = f"NetworkAccessProfile={self.profile}"
        return self.client.post("/v1/Fleets", form + ("&" + extra if extra else ""), **how)

    def assert_fleet(self, answer, **different):
        """201, the documented keys in order, every property as given or at its default."""
        self.assertEqual(answer.status, 201, answer)
        fleet = answer.json()
        self.assertEqual(list(fleet), FLEET_KEYS)
        expected = {
            "account_sid": self.account,
            "unique_name": None,
            "data_enabled": True,
            "data_limit": 1000,
            "data_metering": "payg",
            "sms_commands_enabled": True,
            "sms_commands_method": "POST",
            "sms_commands_url": None,
            "ip_commands_method": "POST",
            "ip_commands_url": None,
            "network_access_profile_sid": self.profile,
            **different,
        }
        self.assertEqual({name: fleet[name] for name in expected}, expected)
        for name, value in expected.items():
            self.assertIs(type(fleet[name]), type(value), name)
        self.assertRegex(fleet["sid"], r"^HF[0-9a-f]{32}$")
        self.assertEqual(fleet["url"], f"{self.server.url}/v1/Fleets/{fleet['sid']}")
        self.assertRegex(fleet["date_created"], DATE)
        self.assertEqual(fleet["date_updated"], fleet["date_created"])
        self.assert_compact(answer)
        return fleet

    def test_accepted_parameters(self):
        for extra, different in ACCEPTED:
            with self.subTest(form=extra):
                fleet = self.assert_fleet(self.create(extra), **different)
                self.assertEqual(self.fetch(fleet), fleet)

    def test_refused_parameters(self):
        for extra, message in REFUSED:
            with self.subTest(form=extra):
                self.assert_error(self.create(extra), 400, message)
        self.assertEqual(self.list_sids(), [], "a refused create left a Fleet behind")

    def test_profile_by_sid_gives_the_defaults(self):
        fleet = self.assert_fleet(self.create())
        created = datetime.datetime.strptime(fleet["date_created"], "%Y-%m-%dT%H:%M:%SZ")
        now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
        self.assertLess(abs((now - created).total_seconds()), 60)

    def test_profile_by_name(self):
        self.assert_fleet(self.client.post("/v1/Fleets", "NetworkAccessProfile=nap-one"))

    def test_all_parameters(self):
        self.assert_fleet(
            self.create("UniqueName=Pilot&DataEnabled=false&DataLimit=500"
                        "&IpCommandsUrl=https://ip.example/&IpCommandsMethod=GET"
                        "&SmsCommandsEnabled=false&SmsCommandsUrl=http://sms.example/a"
                        "&SmsCommandsMethod=GET"),
            unique_name="Pilot", data_enabled=False, data_limit=500,
            ip_commands_url="https://ip.example/", ip_commands_method="GET",
            sms_commands_enabled=False, sms_commands_url="http://sms.example/a",
            sms_commands_method="GET")

    def test_a_name_is_taken_once(self):
        fleet = self.assert_fleet(self.create("UniqueName=Pilot%20Fleet"),
                                  unique_name="Pilot Fleet")
        for value in ("Pilot+Fleet", "Pilot%20Fleet", "Pil%6Ft+Fleet"):
            with self.subTest(value=value):
                answer = self.create("UniqueName=" + value)
                self.assert_error(answer, 409)
                self.assertIn("Pilot Fleet", answer.json()["message"])
        self.assertEqual(self.list_sids(), [fleet["sid"]])

    def test_names_differ_by_case_and_account(self):
        """Unique means: exactly this text, within this account, among Fleets."""
        self.make_fleet(self.profile, UniqueName="Tracker")
        self.assert_fleet(self.create("UniqueName=tracker"), unique_name="tracker")
        self.assert_fleet(self.create("UniqueName=nap-one"), unique_name="nap-one")
        other = self.new_client()
        other_profile = self.make_profile("nap-one", client=other)["sid"]
        twin = self.make_fleet(other_profile, client=other, UniqueName="Tracker")
        self.assertEqual(twin["account_sid"], other.user)

    def test_a_missing_profile(self):
        missing = "Missing required parameter NetworkAccessProfile in the post body"
        json_body = f'{{"NetworkAccessProfile":"{self.profile}"}}'.encode()
        multipart = ("--b\r\nContent-Disposition: form-data; name=\"NetworkAccessProfile\"\r\n\r\n"
                     f"{self.profile}\r\n--b--\r\n").encode()
        by_query = f"/v1/Fleets?NetworkAccessProfile={self.profile}"
        cases = [
            ("/v1/Fleets", b"", {}),
            ("/v1/Fleets", None, {"Content-Length": "0"}),
            ("/v1/Fleets", b"UniqueName=x", {}),
            ("/v1/Fleets", f"networkaccessprofile={self.profile}".encode(), {}),
            ("/v1/Fleets", json_body, {"Content-Type": "application/json"}),
            ("/v1/Fleets", multipart, {"Content-Type": "multipart/form-data; boundary=b"}),
            (by_query, b"", {}),
        ]
        for target, body, headers in cases:
            with self.subTest(body=body):
                answer = self.client.post(target, body, headers=headers)
                self.assert_error(answer, 400, missing)
        self.assertEqual(self.list_sids(), [])

    def test_an_unknown_profile(self):
        other_profile = self.make_profile("nap-other", client=self.new_client())["sid"]
        fleet = self.make_fleet(self.profile)["sid"]
        for value in ["HA" + "0" * 32, "no-such-name", "NAP-ONE",
                      other_profile, "nap-other", self.profile.upper(),
                      fleet]:
            with self.subTest(profile=value):
                answer = self.client.post("/v1/Fleets", {"NetworkAccessProfile": value})
                self.assert_error(answer, 400, "Invalid NetworkAccessProfile.")
        with self.subTest(profile=""):
            answer = self.client.post("/v1/Fleets", "NetworkAccessProfile=")
            self.assert_error(answer, 400)
            self.assertIn("NetworkAccessProfile", answer.json()["message"])
        self.assertEqual(self.list_sids(), [fleet])

    def test_media_types(self):
        for media_type in [
                None,
                "application/x-www-form-urlencoded; charset=UTF-8",
                "application/x-www-form-urlencoded;charset=utf-8",
                "APPLICATION/X-WWW-FORM-URLENCODED"]:
            with self.subTest(media_type=media_type):
                answer = self.create("DataLimit=5", headers={"Content-Type": media_type})
                self.assert_fleet(answer, data_limit=5)

    def test_the_query_of_a_post_is_ignored(self):
        form = f"NetworkAccessProfile={self.profile}"
        answer = self.client.post("/v1/Fleets?DataLimit=0&UniqueName=x", form)
        self.assert_fleet(answer)

    def test_body_limit(self):
        start = f"NetworkAccessProfile={self.profile}&Padding="
        largest = start + "x" * (BODY_LIMIT - len(start))
        self.assert_fleet(self.client.post("/v1/Fleets", largest))
        answer = self.client.post("/v1/Fleets", largest + "x")
        self.assert_error(answer, 413)
        self.assertEqual(len(self.list_sids()), 1)

    def test_empty_urls_mean_null(self):
        answer = self.create("SmsCommandsUrl=&IpCommandsUrl=")
        self.assert_fleet(answer)

    def test_urls_follow_the_host_header(self):
        host = f"localhost:{self.server.address[1]}"
        fleet = self.create(headers={"Host": host}).json()
        self.assertEqual(fleet["url"], f"http://{host}/v1/Fleets/{fleet['sid']}")


class OtherDefaultsTest(FleetTestCase):
    """The page's second reading: 250 MB and no SMS Commands unless asked for."""

    options = ("--fleet-defaults", "250mb-no-sms")

    def test_defaults(self):
        fleet = self.make_fleet(self.make_profile()["sid"])
        self.assertEqual((fleet["data_limit"], fleet["sms_commands_enabled"]), (250, False))
        self.assertEqual((fleet["data_enabled"], fleet["sms_commands_method"]), (True, "POST"))

    def test_given_values_win(self):
        fleet = self.make_fleet(self.make_profile()["sid"], DataLimit="1000",
                                SmsCommandsEnabled="true")
        self.assertEqual((fleet["data_limit"], fleet["sms_commands_enabled"]), (1000, True))


class NamedDefaultsTest(FleetTestCase):
    """The first reading, asked for by its name."""

    options = ("--fleet-defaults", "1000mb-sms")

    def test_defaults(self):
        fleet = self.make_fleet(self.make_profile()["sid"])
        self.assertEqual((fleet["data_limit"], fleet["sms_commands_enabled"]), (1000, True))


if __name__ == "__main__":
    unittest.main()
