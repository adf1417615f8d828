# SPDX-License-Identifier: MIT
"""Credentials, routes, verbs and the headers of every answer."""
import base64
import re
import unittest

from fleet_case import FleetTestCase
from http_client import basic, new_account

PINNED = "AC" + "a1" * 16
PINNED_TOKEN = "0123456789abcdef0123456789abcdef"
COLON_ACCOUNT = "AC" + "b2" * 16
COLON_TOKEN = "to:k:en"
KEY = "SK" + "c3" * 16
KEY_SECRET = "keysecret"
OTHER_KEY = "SK" + "d4" * 16
KEY_ACCOUNT = "AC" + "e5" * 16

NO_CREDENTIALS = "Authentication Error - No credentials provided"
UNKNOWN_USER = "Authentication Error - invalid username"
WRONG_SECRET = "Authenticate"
OPTIONS = (
    "--account", f"{PINNED}:{PINNED_TOKEN}",
    "--account", f"{COLON_ACCOUNT}:{COLON_TOKEN}",
    "--api-key", f"{KEY}:{KEY_SECRET}:{PINNED}",
    "--api-key", f"{OTHER_KEY}:other-secret:{KEY_ACCOUNT}",
)
MALFORMED_HEADERS = [
    "Basic", "Basic ", "Basic !!!!", "Basic " + base64.b64encode(b"no colon").decode(),
    "Basic " + base64.b64encode(PINNED.encode()).decode(),
    basic(PINNED, PINNED_TOKEN)[:-3], basic(PINNED, PINNED_TOKEN) + "AAAA",
    "Bearer " + PINNED_TOKEN, "Digest username=\"x\"", PINNED_TOKEN, "x" * 5000,
    "Basic " + base64.b64encode(b"AC\x00" + b"0" * 31 + b":x").decode(),
    "Basic " + base64.b64encode(b"\xff\xfe:x").decode(),
]
CORS_HEADERS = {
    "Access-Control-Allow-Origin": r"^\*$",
    "Access-Control-Allow-Headers": r"Authorization.*Content-Type",
    "Access-Control-Allow-Methods": r"^GET, POST, DELETE, OPTIONS$",
    "Access-Control-Expose-Headers": r"ETag",
    "Access-Control-Allow-Credentials": r"^true$",
}
HEALTH_PATHS = ("/livez", "/readyz", "/healthz")


class AuthTestCase(FleetTestCase):
    """What open and strict servers have in common."""

    def assert_unauthorized(self, answer, message=None):
        """401 with the realm, and without the header that only admitted requests get."""
        self.assert_error(answer, 401, message)
        self.assertEqual(answer.header("WWW-Authenticate"), 'Basic realm="Twilio API"')
        self.assertIsNone(answer.header("Twilio-Concurrent-Requests"))

    def assert_listed(self, answer):
        self.assertEqual((answer.status, answer.json()["meta"]["key"]), (200, "fleets"))


class OpenTest(AuthTestCase):
    """--auth open, the default: any account may call, but those given must show their secret."""

    options = OPTIONS

    def get(self, authorization, target="/v1/Fleets", method="GET"):
        """A request with exactly this Authorization header; "" for none."""
        return self.client.request(method, target, authorization=authorization)

    def test_no_credentials(self):
        for method, target in [("GET", "/v1/Fleets"), ("POST", "/v1/Fleets"),
                               ("GET", "/v1/Fleets/x"), ("DELETE", "/v1/Fleets/x")]:
            with self.subTest(method=method, target=target):
                self.assert_unauthorized(self.get("", target, method), NO_CREDENTIALS)

    def test_wrong_secret(self):
        for user, secret in [(PINNED, "wrong"), (PINNED, ""), (PINNED, PINNED_TOKEN[:-1]),
                             (PINNED, PINNED_TOKEN + "x"), (PINNED, PINNED_TOKEN.upper()),
                             (KEY, "wrong"), (KEY, PINNED_TOKEN), (KEY, "other-secret"),
                             (COLON_ACCOUNT, "to")]:
            with self.subTest(user=user, secret=secret):
                self.assert_unauthorized(self.get(basic(user, secret)), WRONG_SECRET)

    def test_malformed(self):
        for authorization in MALFORMED_HEADERS:
            with self.subTest(authorization=authorization[:80]):
                self.assert_unauthorized(self.get(authorization))

    def test_unknown_users(self):
        for user in ("", "me", "AC", "AC123", "AC" + "0" * 31, "AC" + "0" * 33, "AC" + "g" * 32,
                     "ac" + "0" * 32, "HF" + "0" * 32, "SK" + "0" * 32, "SK" + "0" * 31,
                     "HA" + "0" * 32):
            with self.subTest(user=user):
                self.assert_unauthorized(self.get(basic(user, "token")), UNKNOWN_USER)

    def test_right_credentials(self):
        for user, secret in [(PINNED, PINNED_TOKEN), (COLON_ACCOUNT, COLON_TOKEN),
                             (new_account(), "anything"), (new_account(), "é:\u65e5"),
                             (KEY, KEY_SECRET), (OTHER_KEY, "other-secret")]:
            with self.subTest(user=user):
                self.assert_listed(self.get(basic(user, secret)))
        for scheme in ("basic", "BASIC"):
            with self.subTest("the scheme has no case", scheme=scheme):
                value = basic(PINNED, PINNED_TOKEN).replace("Basic", scheme)
                self.assert_listed(self.get(value))

    def test_a_key_acts_for_its_account(self):
        by_key = self.new_client(KEY, KEY_SECRET)
        by_token = self.new_client(PINNED, PINNED_TOKEN)
        profile = self.make_profile(client=by_key)
        fleet = self.make_fleet(profile["sid"], client=by_key)
        self.assertEqual(fleet["account_sid"], PINNED)
        self.assertEqual(by_token.get("/v1/Fleets/" + fleet["sid"]).json(), fleet)
        stranger = self.new_client(OTHER_KEY, "other-secret")
        self.assertEqual(stranger.get("/v1/Fleets/" + fleet["sid"]).status, 404)
        self.assertEqual(self.make_profile(client=stranger)["account_sid"], KEY_ACCOUNT)

    def test_credentials_come_before_route_verb_and_parameters(self):
        for method, target in [("GET", "/v1/Nonsense"), ("GET", "/v1/Fleets/nobody"),
                               ("DELETE", "/v1/Fleets/nobody"), ("GET", "/v1/Fleets?PageSize=0"),
                               ("POST", "/v1/Fleets"), ("GET", "/v1/Fleets/%ZZ")]:
            with self.subTest(method=method, target=target):
                self.assert_unauthorized(self.get(basic(PINNED, "wrong"), target, method),
                                    WRONG_SECRET)

    def test_a_refused_write_writes_nothing(self):
        profile = self.make_profile()
        body = f"NetworkAccessProfile={profile['sid']}"
        for authorization in ("", basic(PINNED, "wrong"), basic("me", "x")):
            answer = self.client.post("/v1/Fleets", body, authorization=authorization)
            self.assert_unauthorized(answer)
        self.assertEqual(self.list_sids(), [])
        self.assertEqual(self.client.connections_opened, 1)


class StrictTest(AuthTestCase):
    """--auth strict: only the accounts and keys given."""

    options = ("--auth", "strict", *OPTIONS)

    def test_only_those_given(self):
        for user, secret in [(PINNED, PINNED_TOKEN), (KEY, KEY_SECRET)]:
            with self.subTest(user=user):
                self.assert_listed(self.new_client(user, secret).get("/v1/Fleets"))
        self.assert_unauthorized(self.new_client(new_account()).get("/v1/Fleets"), UNKNOWN_USER)
        self.assert_unauthorized(self.new_client(PINNED, "x").get("/v1/Fleets"), WRONG_SECRET)

    def test_health_is_open(self):
        for path in HEALTH_PATHS:
            answer = self.client.request("GET", path, authorization="")
            self.assertEqual((answer.status, answer.body), (200, b'{"status":"ok"}'))


class RoutingTest(AuthTestCase):
    """Routes and verbs."""

    def setUp(self):
        super().setUp()
        self.fleet = self.make_fleet(self.make_profile("nap-one")["sid"])
        self.path = "/v1/Fleets/" + self.fleet["sid"]

    def test_unknown_paths(self):
        for target, path in [("//", "//"), ("/v1/", "/"), ("/v1/Nonsense", "/Nonsense"),
                             ("/v1/Nonsense?a=b", "/Nonsense"), ("/favicon.ico", "/favicon.ico"),
                             ("/v1/Fleets/a/b/c?x", "/Fleets/a/b/c"),
                             ("/v10/Fleets", "/v10/Fleets"), ("/v1Fleets", "/v1Fleets"),
                             ("/v1/Nonsense/%22%3C", "/Nonsense/%22%3C"),
                             ("/v1/" + "x" * 2000, "/" + "x" * 2000)]:
            for method in ("GET", "POST", "DELETE"):
                with self.subTest(method=method, target=target[:80]):
                    self.assert_not_found(self.client.request(method, target), path)

    def test_verbs(self):
        for method, target in [("DELETE", self.path), ("DELETE", "/v1/Fleets"),
                               ("PUT", self.path), ("PATCH", self.path),
                               ("PUT", "/v1/Fleets"), ("PATCH", "/v1/Fleets"),
                               ("BREW", self.path), ("get", self.path)]:
            for body in (None, b"DataLimit=5"):
                with self.subTest(method=method, target=target, body=body):
                    answer = self.client.request(method, target, body)
                    self.assert_error(answer, 405, "Method not allowed")
                    self.assertEqual(answer.header("Allow"), "GET, POST")
        self.assertEqual(self.fetch(self.fleet), self.fleet)

    def test_options(self):
        for target in ("/v1/Fleets", self.path, "/v1/NetworkAccessProfiles"):
            for authorization in ("", None):
                with self.subTest(target=target):
                    headers = {"Origin": "https://app.example",
                               "Access-Control-Request-Method": "POST"}
                    answer = self.client.request("OPTIONS", target, headers=headers,
                                                 authorization=authorization)
                    self.assertEqual((answer.status, answer.body), (204, b""))
                    self.assertIn("GET", answer.header("Allow"))
                    self.assertIn("POST", answer.header("Allow"))
                    for name, pattern in CORS_HEADERS.items():
                        self.assertRegex(answer.header(name, ""), pattern, name)
        self.assertEqual(self.client.connections_opened, 1)

    def test_health(self):
        for path in HEALTH_PATHS:
            with self.subTest(path=path):
                answer = self.client.request("GET", path, authorization="")
                self.assertEqual((answer.status, answer.body), (200, b'{"status":"ok"}'))
                head = self.client.request("HEAD", path, authorization="")
                self.assertEqual((head.status, head.header("Content-Length")), (200, "15"))


class HeaderTest(AuthTestCase):
    """Row 104 and its neighbours: what every answer carries, and what none may hold."""

    options = OPTIONS

    def answers(self):
        """One answer of each kind, by name."""
        profile = self.make_profile("nap-one")["sid"]
        body = f"NetworkAccessProfile={profile}&UniqueName=x"
        client = self.client
        return {
            "created": client.post("/v1/Fleets", body),
            "duplicate": client.post("/v1/Fleets", body),
            "bad parameter": client.post("/v1/Fleets", body + "&DataLimit=0"),
            "undecodable": client.post("/v1/Fleets", "%ZZ"),
            "too large": client.post("/v1/Fleets", b"x" * 100000),
            "fetched": client.get("/v1/Fleets/x"),
            "updated": client.post("/v1/Fleets/x", "DataLimit=5"),
            "listed": client.get("/v1/Fleets"),
            "list refused": client.get("/v1/Fleets?PageSize=0"),
            "not found": client.get("/v1/Fleets/nobody"),
            "no such route": client.get("/nowhere"),
            "method": client.request("DELETE", "/v1/Fleets/x"),
            "no credentials": client.request("GET", "/v1/Fleets", authorization=""),
            "wrong secret": client.request("GET", "/v1/Fleets", authorization=basic(PINNED, "x")),
            "options": client.request("OPTIONS", "/v1/Fleets"),
            "health": client.request("GET", "/livez"),
            "head": client.request("HEAD", "/v1/Fleets"),
        }

    def test_request_ids_are_unique(self):
        answers = list(self.answers().values())
        answers += [self.client.get("/v1/Fleets") for _ in range(200)]
        ids = [answer.header("Twilio-Request-Id", "") for answer in answers]
        for request_id in ids:
            self.assertRegex(request_id, r"^RQ[0-9a-f]{32}$")
        self.assertEqual(len(set(ids)), len(ids))

    def test_headers_of_every_answer(self):
        for name, answer in self.answers().items():
            with self.subTest(name, status=answer.status):
                self.assertRegex(answer.header("Emulator-Version", ""), r"^\d+\.\d+")
                self.assertRegex(answer.header("Twilio-Request-Duration", ""), r"^\d+\.\d{3}$")
                for header in ("ETag", "Location", "Strict-Transport-Security", "Set-Cookie"):
                    self.assertIsNone(answer.header(header), header)
                names = [header.lower() for header, _ in answer.headers]
                self.assertEqual(len(set(names)), len(names), "a header came twice")
                if name != "health":
                    for header, pattern in CORS_HEADERS.items():
                        self.assertRegex(answer.header(header, ""), pattern, header)
                if answer.body:
                    media_type = answer.header("Content-Type", "").replace(" ", "").lower()
                    self.assertIn(media_type,
                                  ("application/json", "application/json;charset=utf-8"))
                if answer.status == 401:
                    self.assertIsNone(answer.header("Twilio-Concurrent-Requests"))
                else:
                    self.assertRegex(answer.header("Twilio-Concurrent-Requests", ""),
                                     r"^[1-9]\d*$")
                code = str(answer.json()["code"]) if answer.status >= 400 else None
                self.assertEqual(answer.header("X-Twilio-Error-Code"), code)

    def test_no_answer_names_the_real_host(self):
        for name, answer in self.answers().items():
            with self.subTest(name):
                text = answer.body.decode() + repr(answer.headers)
                text = re.sub(r'"more_info":"https://www\.twilio\.com/docs/errors/\d+"', "", text)
                self.assertNotIn("twilio.com", text.lower())


if __name__ == "__main__":
    unittest.main()
