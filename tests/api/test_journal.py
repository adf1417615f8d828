# SPDX-License-Identifier: MIT
"""The journal: what came to /v1 and what was answered, as JSON, as calls of curl, as HAR."""
import json
import subprocess
import unittest

from fleet_case import FleetTestCase
from http_client import PATIENCE_SECONDS, Connection, new_account
from server import Server, clean_environment

ENTRY_KEYS = [
    "sid", "at", "received_at", "account_sid", "method", "path", "query", "form", "body",
    "body_cut", "headers", "user_agent", "operation", "status", "code", "answer", "answer_cut",
    "duration_us", "applied", "rejected_by", "fault", "warnings", "via",
]
# Of a response and of an entry of a HAR 1.2: what must be there, and its type.
HAR_ENTRY = {
    "startedDateTime": str, "time": (int, float), "cache": dict,
    "request": {"method": str, "url": str, "httpVersion": str, "cookies": list, "headers": list,
                "queryString": list, "headersSize": int, "bodySize": int},
    "response": {"status": int, "statusText": str, "httpVersion": str, "cookies": list,
                 "headers": list, "redirectURL": str, "headersSize": int, "bodySize": int,
                 "content": {"size": int, "mimeType": str, "text": str}},
    "timings": {"send": (int, float), "wait": (int, float), "receive": (int, float)},
}


class JournalTestCase(FleetTestCase):
    """Looks at a client's journal."""

    def entries(self, query="", client=None):
        """The entries of a list, newest first."""
        answer = (client or self.client).control("GET", "requests" + query)
        self.assertEqual(answer.status, 200, answer)
        return answer.json()["requests"]

    def entry_of(self, answer, client=None):
        """The entry of an answered request."""
        found = (client or self.client).control(
            "GET", "requests/" + answer.header("Twilio-Request-Id"))
        self.assertEqual(found.status, 200, found)
        self.assertEqual(list(found.json()), ENTRY_KEYS)
        return found.json()

    def statuses(self, query="", client=None):
        """What was answered, oldest first."""
        return [entry["status"] for entry in reversed(self.entries(query, client))]

    def operator(self, method, path, body=None):
        """A call of the operator's."""
        return self.client.control(method, path, body, authorization="")


class EntryTest(JournalTestCase):
    """What an entry says."""

    def test_a_write(self):
        answer = self.client.post("/v1/NetworkAccessProfiles?Debug=1",
                                  {"UniqueName": "a b"}, headers={"User-Agent": "test/1"})
        entry = self.entry_of(answer)
        self.assertEqual(entry["answer"], answer.json())
        self.assertGreater(entry.pop("duration_us"), 0)
        self.assertEqual({key: entry[key] for key in entry if key not in (
            "sid", "at", "received_at", "headers", "answer")}, {
                "account_sid": self.account, "method": "POST", "path": "/v1/NetworkAccessProfiles",
                "query": {"Debug": "1"}, "form": {"UniqueName": "a b"}, "body": None,
                "body_cut": False, "user_agent": "test/1",
                "operation": "CreateNetworkAccessProfile", "status": 201, "code": None,
                "answer_cut": False, "applied": True, "rejected_by": None, "fault": None,
                "warnings": [{"kind": "unknown_parameter", "name": "Debug",
                              "hint": "Debug is unknown, and ignored"}], "via": "api"})

    def test_whether_it_was_applied(self):
        profile = self.client.post("/v1/NetworkAccessProfiles", {"UniqueName": "a"})
        for answer, applied in (
                (profile, True),
                (self.client.post("/v1/NetworkAccessProfiles", {"UniqueName": "a"}), False),
                (self.client.post("/v1/Fleets"), False),
                (self.client.get("/v1/Fleets"), None),
                (self.client.get("/v1/Fleets/none"), None),
                (self.client.request("HEAD", "/v1/Fleets"), None),
                (self.client.request("DELETE", "/v1/Fleets"), False),
                (self.client.post("/v1/Nothing"), False)):
            self.assertIs(self.entry_of(answer)["applied"], applied, answer)

    def test_which_rule_refused_it(self):
        answer = self.client.post("/v1/Fleets", {"NetworkAccessProfile": "x", "DataLimit": "ten"})
        self.assertEqual(self.entry_of(answer)["rejected_by"], {
            "rule": "A parameter has a value that it does not take", "parameter": "DataLimit",
            "expected": answer.header("Emulator-Hint"), "basis": "observed",
            "page": answer.json()["more_info"]})
        taken = {"UniqueName": "taken"}
        self.client.post("/v1/NetworkAccessProfiles", taken)
        rejected = self.entry_of(self.client.post("/v1/NetworkAccessProfiles", taken))["rejected_by"]
        self.assertEqual((rejected["rule"], rejected["parameter"]),
                         ("The account has a record with this unique name", None))

    def test_secrets_are_not_kept(self):
        answer = self.client.post(
            "/v1/Sims?token=hidden1&PageToken=PT1", {"RegistrationCode": "hidden2", "Iccid": "1"},
            headers={"Cookie": "a=hidden3", "X-Auth-Token": "hidden4", "X-Plain": "shown"})
        entry = self.entry_of(answer)
        self.assertEqual(entry["query"], {"token": "***", "PageToken": "PT1"})
        self.assertEqual(entry["form"], {"RegistrationCode": "***", "Iccid": "1"})
        for name in ("Authorization", "Cookie", "X-Auth-Token"):
            self.assertEqual(entry["headers"][name], "***")
        self.assertEqual(entry["headers"]["X-Plain"], "shown")
        body = self.client.post("/v1/Fleets", b'{"auth_token": "hidden5"}')
        self.assertEqual(self.entry_of(body)["body"], "***")
        self.assert_nothing_hidden_is_shown()

    def assert_nothing_hidden_is_shown(self):
        """In no form."""
        for form in ("json", "curl", "har"):
            self.assertNotIn(b"hidden", self.client.control("GET", "requests?format=" + form).body)

    def test_secrets_within_urls_are_not_kept(self):
        profile = self.make_profile()["sid"]
        url = "https://user:{0}1@192.0.2.1/in?token={0}2&to=me"
        answer = self.client.post("/v1/Fleets", {
            "NetworkAccessProfile": profile, "SmsCommandsUrl": url.format("hidden")})
        fleet = answer.json()
        self.assertEqual(fleet["sms_commands_url"], url.format("hidden"))
        shown = "https://user:***@192.0.2.1/in?token=***&to=me"
        entry = self.entry_of(answer)
        self.assertEqual(entry["form"]["SmsCommandsUrl"], shown)
        self.assertEqual(entry["answer"], {**fleet, "sms_commands_url": shown})
        self.assertFalse(entry["answer_cut"])
        self.client.get("/v1/Fleets")
        self.client.post("/v1/Fleets", b'{"url": "https://user:hidden@192.0.2.1/"}')
        self.assert_nothing_hidden_is_shown()
        for expected in (shown, "https://user:*", "https://user:***@192.0.2.1/*"):
            found = self.client.control("POST", "requests/verify", {
                "form": {"SmsCommandsUrl": expected}, "times": 1})
            self.assertEqual(found.status, 200, found)

    def test_what_was_thrown_away(self):
        answer = self.client.post("/v1/Fleets", b"a=" + b"b" * 70000)
        self.assertEqual(answer.status, 413)
        entry = self.entry_of(answer)
        self.assertEqual((entry["form"], entry["body"], entry["body_cut"]), (None, None, True))
        script = self.client.control("GET", "requests?format=curl").body.decode()
        self.assertIn("its body cannot be shown whole", script)

    def test_parameters_as_they_were_given(self):
        for query, sent, form in (
                ("?A=1&B=%C3%BC&A=2&A", b"X=+&Y", {"X": " ", "Y": ""}),
                ("?A=1&B=%C3%BC&A=2&A", b"X=1&X=2&X=3", {"X": ["1", "2", "3"]})):
            entry = self.entry_of(self.client.post("/v1/Fleets" + query, sent))
            self.assertEqual(entry["query"], {"A": ["1", "2", ""], "B": "ü"})
            self.assertEqual((entry["form"], entry["body"]), (form, None))
        entry = self.entry_of(self.client.get("/v1/Fleets?A=%ZZ"))
        self.assertEqual((entry["query"], entry["status"]), (None, 400))

    def test_bodies_that_are_no_forms(self):
        for sent, shown in ((b'{"UniqueName": "a"}', '{"UniqueName": "a"}'), (b"A=%ZZ", "A=%ZZ"),
                            (b"A=\x00\xff'", "A=\ufffd\ufffd'"), (b"[1]", "[1]")):
            entry = self.entry_of(self.client.post("/v1/Fleets", sent))
            self.assertEqual((entry["form"], entry["body"]), (None, shown))
        typed = self.client.post("/v1/Fleets", b"A=1", headers={"Content-Type": "text/plain"})
        self.assertEqual(self.entry_of(typed)["body"], "A=1")
        entry = self.entry_of(self.client.get("/v1/Fleets"))
        self.assertEqual((entry["form"], entry["body"]), (None, None))

    def test_what_is_long_is_cut(self):
        entry = self.entry_of(self.client.post("/v1/Fleets", {"Note": "n" * 30000}))
        self.assertEqual((entry["form"], entry["body_cut"]), ({"Note": "n" * (16384 - 5)}, True))
        for i in range(12):
            self.make_profile(f"{i:03}" + "ü" * 60)
        answer = self.client.get("/v1/NetworkAccessProfiles")
        entry = self.entry_of(answer)
        self.assertTrue(entry["answer_cut"])
        self.assertTrue(answer.body.decode().startswith(entry["answer"]))
        self.assertIn(len(entry["answer"].encode()), range(4093, 4097))

    def test_it_has_the_accounts_time(self):
        before = self.entry_of(self.client.get("/v1/Fleets"))
        self.assertEqual(before["at"], before["received_at"])
        self.client.control("PUT", "clock", {"mode": "frozen", "now": "2030-01-02T03:04:05Z"})
        for answer in (self.client.get("/v1/Fleets"), self.client.get("/v1/Nothing"),
                       self.client.get("/v1/Networks"), self.client.post("/v1/Fleets"),
                       self.client.post("/v1/NetworkAccessProfiles")):
            self.assertEqual(self.entry_of(answer)["at"], "2030-01-02T03:04:05Z", answer)
        self.client.control("POST", "clock/advance", {"by": "1h"})
        after = self.client.get("/v1/Fleets")
        self.assertEqual(self.entry_of(after)["at"], "2030-01-02T04:04:05Z")
        self.assertEqual(self.entries("?limit=1")[0]["sid"], after.header("Twilio-Request-Id"))

    def test_the_method_as_sent(self):
        self.assertEqual(self.entry_of(self.client.request("HEAD", "/v1/Fleets"))["method"], "HEAD")


class WhatIsInTest(JournalTestCase):
    """What is kept, for whom, and what is not."""

    def test_whatever_the_status(self):
        self.client.post("/v1/NetworkAccessProfiles", {"UniqueName": "a"})
        self.client.get("/v1/NetworkAccessProfiles/a")
        self.client.post("/v1/Fleets")
        self.client.get("/v1/Fleets/x")
        self.client.get("/other")
        self.client.request("PUT", "/v1/Fleets")
        self.client.post("/v1/NetworkAccessProfiles", {"UniqueName": "a"})
        self.client.post("/v1/Fleets", b"x" * 70000)
        self.assertEqual(self.statuses(), [201, 200, 400, 404, 404, 405, 409, 413])
        large = self.client.get("/v1/Fleets?" + "x" * 17000)
        self.assertEqual(large.status, 431)

    def test_heads_that_are_refused(self):
        """Nobody is asked who he is; only the operator sees them."""
        raw = Connection(self.server.address)
        self.addCleanup(raw.close)
        raw.send(b"GET /v1/Fleets?mark=" + self.account.encode() + b" HTTP/1.1\r\n\r\n")
        answer = raw.read_response()
        self.assertEqual(answer.status, 400)
        found = self.operator("GET", "requests?all=true&status=400").json()["requests"]
        self.assertIn(answer.header("Twilio-Request-Id"), [entry["sid"] for entry in found])

    def test_refused_callers(self):
        """They are shown to the account that they claim to be."""
        made = self.operator("POST", "accounts", {}).json()
        known = self.new_client(made["sid"], made["auth_token"])
        wrong = self.new_client(made["sid"], "wrong").get("/v1/Fleets")
        self.assertEqual(wrong.status, 401)
        entry = self.entry_of(wrong, known)
        self.assertEqual((entry["account_sid"], entry["status"], entry["code"]),
                         (made["sid"], 401, 20003))
        nobody = self.client.get("/v1/Fleets", authorization="")
        sid = nobody.header("Twilio-Request-Id")
        self.assertEqual(self.client.control("GET", "requests/" + sid).status, 404)
        shown = self.operator("GET", f"requests/{sid}?all=true").json()
        self.assertEqual((shown["account_sid"], shown["status"]), (None, 401))

    def test_what_is_not_in(self):
        for path in ("/livez", "/readyz", "/healthz", "/metrics", "/"):
            self.client.get(path)
        self.client.request("OPTIONS", "/v1/Fleets")
        self.client.control("GET", "clock")
        self.client.control("GET", "info")
        self.assertEqual(self.entries(), [])
        self.client.request("OPTIONS", "/v1/Nothing")
        self.assertEqual(self.statuses(), [404])

    def test_accounts_do_not_see_each_other(self):
        other = self.new_client()
        mine, theirs = self.client.get("/v1/Fleets"), other.get("/v1/Sims")
        self.assertEqual([entry["path"] for entry in self.entries()], ["/v1/Fleets"])
        self.assertEqual([entry["path"] for entry in self.entries(client=other)], ["/v1/Sims"])
        sid = theirs.header("Twilio-Request-Id")
        self.assertEqual(self.client.control("GET", "requests/" + sid).status, 404)
        self.assertEqual(self.client.control("GET", "requests?all=true").status, 403)
        both = self.operator("GET", "requests?all=true&limit=2").json()["requests"]
        self.assertEqual([entry["account_sid"] for entry in both], [other.user, self.account])
        named = self.operator("GET", f"requests?account={self.account}").json()["requests"]
        self.assertEqual([entry["sid"] for entry in named], [mine.header("Twilio-Request-Id")])
        self.assertEqual(self.operator("GET", "requests").status, 400)

    def test_it_can_be_emptied(self):
        other = self.new_client()
        other.get("/v1/Fleets")
        self.client.get("/v1/Fleets")
        self.client.get("/v1/Sims")
        self.assertEqual(self.client.control("DELETE", "requests").json(), {"deleted": 2})
        self.assertEqual(self.client.control("DELETE", "requests").json(), {"deleted": 0})
        self.assertEqual((self.entries(), len(self.entries(client=other))), ([], 1))

    def test_an_account_that_begins_anew_has_none(self):
        for call in (("POST", "reset"), ("PUT", "state")):
            self.client.get("/v1/Fleets")
            state = {"accounts": [{"sid": self.account}]} if call[1] == "state" else None
            self.assertEqual(self.client.control(*call, state).status, 200)
            self.assertEqual(self.entries(), [], call)
        refused = self.client.control("POST", "reset", {"to": "nowhere"})
        self.client.get("/v1/Fleets")
        self.assertEqual((refused.status, len(self.entries())), (400, 1))


class ListTest(JournalTestCase):
    """Filters, order and pages."""

    def setUp(self):
        super().setUp()
        self.client.post("/v1/NetworkAccessProfiles", {"UniqueName": "a"})
        self.client.get("/v1/NetworkAccessProfiles/a")
        self.client.get("/v1/Fleets/x")
        self.client.get("/v1/Nothing")
        self.client.post("/v1/Fleets")

    def test_filters(self):
        for query, expected in (
                ("method=POST", [201, 400]), ("method=PUT", []),
                ("path=/v1/NetworkAccessProfiles", [201]), ("path=/v1/*", [201, 200, 404, 404, 400]),
                ("path=/v1/NetworkAccessProfiles*", [201, 200]), ("path=/v1/*/x", [404]),
                ("status=404", [404, 404]), ("code=20404&method=GET", [404, 404]),
                ("operation=FetchFleet", [404]), ("operation=Fetch*", [200, 404]),
                ("unmatched=true", [404]), ("unmatched=false", [201, 200, 404, 404, 400]),
                ("warnings=true", []), ("fault=true", []),
                ("via=control", []), ("via=any", [201, 200, 404, 404, 400])):
            self.assertEqual(self.statuses("?" + query), expected, query)

    def test_pages(self):
        whole, pages, cursor = self.entries(), [], ""
        while cursor is not None:
            page = self.client.control("GET", f"requests?limit=2{cursor and '&cursor=' + cursor}")
            pages += page.json()["requests"]
            cursor = page.json()["next_cursor"]
            self.client.get("/v1/Sims")  # what comes meanwhile moves nothing
        self.assertEqual(pages, whole)

    def test_since_and_until(self):
        whole = self.entries()
        sids = [entry["sid"] for entry in whole]
        for query, expected in ((f"since={sids[2]}", sids[:2]), (f"until={sids[2]}", sids[2:]),
                                (f"since={sids[3]}&until={sids[1]}", sids[1:3]),
                                (f"since={sids[0]}", []), ("since=2020-01-01", sids),
                                ("until=2020-01-01", []), ("since=2999-01-01T00:00:00Z", [])):
            self.assertEqual([entry["sid"] for entry in self.entries("?" + query)], expected, query)
        self.client.control("PUT", "clock", {"mode": "frozen", "now": "2999-01-01T00:00:00Z"})
        later = self.client.get("/v1/Fleets").header("Twilio-Request-Id")
        query = "?since=2999-01-01T00:00:00Z"
        self.assertEqual([entry["sid"] for entry in self.entries(query)], [later])
        self.assertEqual([entry["sid"] for entry in self.entries(query.replace("since", "until"))],
                         sids)

    def test_bad_queries(self):
        gone = "RQ" + "0" * 32
        for query, field in (
                ("limit=0", "limit"), ("limit=1001", "limit"), ("limit=x", "limit"),
                ("cursor=0", "cursor"), ("cursor=x", "cursor"), ("status=4xx", "status"),
                ("code=x", "code"), ("unmatched=yes", "unmatched"), ("warnings=1", "warnings"),
                ("via=all", "via"), ("format=xml", "format"), ("method=", "method"),
                ("since=soon", "since"), ("until=" + gone, "until"), ("since=" + gone, "since"),
                ("Path=/v1/Fleets", "Path"), ("path=%ZZ", None)):
            answer = self.client.control("GET", "requests?" + query)
            self.assertEqual((answer.status, answer.json()["field"]), (400, field), query)
            self.assertGreater(len(answer.json()["hint"]), 5, query)
        self.assertEqual(self.client.control("GET", "requests/" + gone).status, 404)
        self.assertEqual(self.client.control("GET", f"requests/{gone}?limit=1").status, 400)
        self.assertEqual(self.client.control("DELETE", "requests?path=/v1").status, 400)


class CurlTest(JournalTestCase):
    """What is shown as a call of curl does the same again."""

    # Method, path, body, headers: what a shell could take for something else.
    REQUESTS = [
        ("POST", "/v1/Fleets", b"UniqueName=it%27s", {}),
        ("POST", "/v1/Fleets", b"a='b'&c=\"$HOME\"`date`\\n!&d=%0A\nnew line\r\n", {}),
        ("POST", "/v1/Fleets", b"@file&\xff\xfe=\x01", {}),
        ("POST", "/v1/Fleets", b'{"a": "\'"}', {"Content-Type": "application/json"}),
        ("POST", "/v1/Fleets", b"a=1", {"Content-Type": None}),
        ("POST", "/v1/Fleets", None, {}),
        ("GET", "/v1/Fleets/it's?a[]={1,2}&b=%20%27&c='", None, {}),
        ("GET", "/v1/../v1/./Fleets", None, {}),
        ("DELETE", "/v1/Fleets/x", None, {}),
        ("PUT", "/v1/Fleets/x", b"a=1", {}),
        ("HEAD", "/v1/Fleets", None, {}),
    ]
    SAME = ("method", "path", "query", "form", "body", "status", "code", "applied", "operation")

    def run_shell(self, script):
        """Runs a script as a user would."""
        environment = clean_environment(self.server.directory, {
            "TWILIO_ACCOUNT_SID": self.account, "TWILIO_AUTH_TOKEN": "anytoken"})
        result = subprocess.run(["sh", "-eu"], input=script, env=environment, capture_output=True,
                                cwd=self.server.directory, timeout=PATIENCE_SECONDS, check=False)
        self.assertEqual((result.returncode, result.stderr), (0, b""))
        return result.stdout

    def test_each_does_the_same(self):
        for method, path, body, headers in self.REQUESTS:
            answer = self.client.request(method, path, body, headers=headers)
            sid = answer.header("Twilio-Request-Id")
            shown = self.client.control("GET", f"requests/{sid}?format=curl")
            self.assertEqual(shown.header("Content-Type"), "text/plain; charset=utf-8")
            first = self.entry_of(answer)
            self.run_shell(shown.body)
            again = self.entries("?limit=1")[0]
            self.assertNotEqual(first["sid"], again["sid"])
            for key in self.SAME:
                self.assertEqual(again[key], first[key], (method, path, body))
            types = [entry["headers"].get("Content-Type") for entry in (first, again)]
            self.assertEqual(types[0], types[1], (method, path, body))

    def test_many_in_the_order_in_which_they_came(self):
        self.client.post("/v1/NetworkAccessProfiles", {"UniqueName": "first"})
        self.client.post("/v1/NetworkAccessProfiles/first", {"UniqueName": "second"})
        self.client.get("/v1/NetworkAccessProfiles/second")
        script = self.client.control("GET", "requests?format=curl").body
        self.client.control("POST", "reset")
        self.run_shell(script)
        self.assertEqual(self.statuses(), [201, 200, 200])
        page = self.client.control("GET", "requests?format=curl&limit=1").body.decode()
        self.assertRegex(page, r"\A# older ones: cursor=\"\d+\"\n# RQ")

    def test_a_body_that_no_command_can_hold(self):
        for body in (b"a=\x00", b"a=" + b"b" * 20000):
            answer = self.client.post("/v1/Fleets", body)
            shown = self.client.control(
                "GET", f"requests/{answer.header('Twilio-Request-Id')}?format=curl").body.decode()
            self.assertIn("its body cannot be shown whole", shown)
            self.assertRegex(shown, r"\A# RQ[^\n]+\n# curl [^\n]+\n\Z")

    def test_a_secret_of_three_letters_has_to_be_put_in(self):
        for path, form in (("/v1/Sims", {"RegistrationCode": "abc"}), ("/v1/Fleets?key=abc", {})):
            answer = self.client.post(path, form)
            script = self.client.control(
                "GET", f"requests/{answer.header('Twilio-Request-Id')}?format=curl").body.decode()
            self.assertIn("put in what stands as *** before it runs", script)

    def test_a_secret_has_to_be_put_in(self):
        self.client.post("/v1/Sims", {"Iccid": "1" * 19, "RegistrationCode": "H3LL0W0RLD"})
        script = self.client.control("GET", "requests?format=curl").body.decode()
        self.assertIn("put in what stands as *** before it runs", script)
        self.assertIn(f"--data-raw 'Iccid={'1' * 19}&RegistrationCode=***'", script)
        self.run_shell(script.replace("***", "H3LL0W0RLD").encode())
        entries = self.client.control("GET", "requests").json()["requests"]
        self.assertEqual([entry["operation"] for entry in entries], ["CreateSim"] * 2)


class HarTest(JournalTestCase):
    """HAR 1.2, as the page of its authors describes it."""

    def check(self, shape, value, where):
        """Every key of the shape, with its type."""
        for key, kind in shape.items():
            self.assertIn(key, value, where)
            if isinstance(kind, dict):
                self.check(kind, value[key], f"{where}.{key}")
            else:
                self.assertIsInstance(value[key], kind, f"{where}.{key}")

    def test_shape(self):
        self.client.post("/v1/NetworkAccessProfiles?x=1", {"UniqueName": "a \u00fc"})
        self.client.get("/v1/NetworkAccessProfiles")
        self.client.post("/v1/Fleets", b'{"a": 1}', headers={"Content-Type": "application/json"})
        log = self.client.control("GET", "requests?format=har").json()["log"]
        self.assertEqual((log["version"], log["creator"]["name"]), ("1.2", "supersim-emulator"))
        self.assertRegex(log["creator"]["version"], r"^\d")
        for entry in log["entries"]:
            self.check(HAR_ENTRY, entry, "entry")
            self.assertRegex(entry["startedDateTime"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$")
            for pairs in (entry["request"]["headers"], entry["request"]["queryString"],
                          entry["response"]["headers"]):
                for pair in pairs:
                    self.assertEqual(list(pair), ["name", "value"])
            self.assertEqual(sum(entry["timings"].values()), entry["time"])
        made, listed, refused = log["entries"]
        self.assertEqual(made["request"]["url"], self.server.url + "/v1/NetworkAccessProfiles?x=1")
        self.assertEqual(made["request"]["queryString"], [{"name": "x", "value": "1"}])
        self.assertEqual(made["request"]["postData"], {
            "mimeType": "application/x-www-form-urlencoded", "text": "UniqueName=a+%C3%BC",
            "params": [{"name": "UniqueName", "value": "a ü"}]})
        self.assertNotIn("postData", listed["request"])
        self.assertEqual(refused["request"]["postData"]["params"], [])
        self.assertEqual(json.loads(made["response"]["content"]["text"])["unique_name"], "a ü")

    def test_part_of_it(self):
        for _ in range(3):
            answer = self.client.get("/v1/Fleets")
        page = self.client.control("GET", "requests?format=har&limit=2").json()["log"]
        self.assertEqual(len(page["entries"]), 2)
        older = self.client.control(
            "GET", "requests?format=har&cursor=" + page["_next_cursor"]).json()["log"]
        self.assertEqual((len(older["entries"]), "_next_cursor" in older), (1, False))
        sid = answer.header("Twilio-Request-Id")
        [one] = self.client.control("GET", f"requests/{sid}?format=har").json()["log"]["entries"]
        self.assertEqual(one["comment"], sid)


class OperatorTest(JournalTestCase):
    """/_emulator/v1: the very /v1, for whoever the control API lets in."""

    def v1(self, method, path, form=None, **how):
        """A call of the operator's."""
        how.setdefault("authorization", "")
        return self.client.request(method, "/_emulator/v1" + path, form, **how)

    def test_an_account_whose_token_is_checked(self):
        made = self.operator("POST", "accounts", {}).json()
        known = self.new_client(made["sid"], made["auth_token"])
        profile = self.make_profile("a", known)
        account = "account=" + made["sid"]
        shown = self.v1("GET", f"/NetworkAccessProfiles/a?{account}")
        self.assertEqual((shown.status, shown.json()), (200, profile))
        created = self.v1("POST", f"/Fleets?{account}", {"NetworkAccessProfile": "a"})
        self.assertEqual(created.status, 201)
        self.assertEqual(created.json()["url"],
                         f"{self.server.url}/v1/Fleets/{created.json()['sid']}")
        self.assertEqual(known.get(created.json()["url"]).json(), created.json())

    def test_lists_and_their_queries(self):
        for name in ("a", "b", "c"):
            self.make_profile(name)
        for query in (f"account={self.account}&PageSize=2", f"PageSize=2&account={self.account}"):
            page = self.v1("GET", "/NetworkAccessProfiles?" + query).json()
            direct = self.client.get("/v1/NetworkAccessProfiles?PageSize=2").json()
            self.assertEqual(page, direct)
            following = page["meta"]["next_page_url"].removeprefix(self.server.url + "/v1")
            rest = self.v1("GET", f"{following}&account={self.account}").json()
            self.assertEqual(rest, self.client.get(page["meta"]["next_page_url"]).json())
        for query in ("", "&pagesize=1"):
            mine = self.client.get("/v1/NetworkAccessProfiles?PageSize=3" + query)
            theirs = self.v1("GET", f"/NetworkAccessProfiles?account={self.account}&PageSize=3{query}")
            for header in ("Emulator-Hint", "Emulator-Warning"):
                self.assertEqual(theirs.header(header), mine.header(header))

    def test_errors_are_those_of_v1(self):
        query = "?account=" + self.account
        for method, path, form in (("GET", "/Fleets/x", None), ("GET", "/Nothing", None),
                                   ("POST", "/Fleets", b""), ("DELETE", "/Fleets", None),
                                   ("GET", "", None), ("POST", "/Fleets", b"x" * 70000)):
            shown = self.v1(method, path + query, form)
            direct = self.client.request(method, "/v1" + path, form)
            self.assertEqual((shown.status, shown.body), (direct.status, direct.body), path)
            self.assert_error(shown, direct.status)
            self.assertEqual(shown.header("Allow"), direct.header("Allow"))

    def test_who_is_let_in(self):
        query = "/Fleets?account=" + self.account
        foreign = {"Host": "evil.example"}
        for how, status in ((dict(headers=foreign), 403),
                            (dict(headers={"Origin": "http://evil.example"}), 403),
                            (dict(headers={"Origin": self.server.url}), 200),
                            (dict(authorization=None), 200),
                            (dict(authorization="Bearer wrong"), 401),
                            (dict(headers={"X-Twilio-Signature": "x"}), 401)):
            answer = self.v1("GET", query, **how)
            self.assertEqual(answer.status, status, how)
            self.assertIsNone(answer.header("Access-Control-Allow-Origin"), how)
            if status != 200:
                self.assertEqual(list(answer.json()), ["error", "field", "hint"], how)
        self.assertEqual(self.v1("GET", "/Fleets", authorization=None).status, 200)
        other = self.v1("GET", "/Fleets?account=" + new_account(), authorization=None)
        self.assertEqual((other.status, other.json()["field"]), (403, "account"))
        for query in ("", "?account=AC1", "?all=true"):
            answer = self.v1("GET", "/Fleets" + query)
            self.assertEqual((answer.status, answer.json()["field"]), (400, "account"), query)
        self.assertEqual(self.v1("OPTIONS", "/Fleets").status, 400)

    def test_an_account_that_has_ended(self):
        made = self.operator("POST", "accounts", {}).json()
        self.operator("DELETE", "accounts/" + made["sid"])
        self.assertEqual(self.v1("GET", "/Fleets?account=" + made["sid"]).status, 401)

    def test_looking_is_not_testing(self):
        self.client.get("/v1/Fleets")
        looked = self.v1("GET", f"/Fleets?PageSize=2&account={self.account}&x=1")
        self.assertEqual([entry["via"] for entry in self.entries()], ["api"])
        [entry] = self.entries("?via=control")
        self.assertEqual((entry["sid"], entry["path"], entry["query"], entry["operation"]),
                         (looked.header("Twilio-Request-Id"), "/v1/Fleets",
                          {"PageSize": "2", "x": "1"}, "ListFleet"))
        self.assertEqual(len(self.entries("?via=any")), 2)
        found = self.client.control("POST", "requests/verify", {"path": "/v1/Fleets", "times": 1})
        self.assertEqual(found.status, 200)

    def test_its_requests_are_counted_once(self):
        def count():
            lines = self.client.get("/metrics").body.decode().splitlines()
            return [line for line in lines if 'route="/v1/SettingsUpdates"' in line]

        self.v1("GET", "/SettingsUpdates?account=" + self.account)
        self.assertEqual(count(), ['supersim_requests_total{method="GET",'
                                   'route="/v1/SettingsUpdates",status="2xx"} 1'])


class BoundsTest(unittest.TestCase):
    """--journal and --journal-bytes."""

    def start(self, *options):
        server = Server(*options)
        self.addCleanup(server.stop)
        return server, server.client()

    def test_entries_of_an_account(self):
        server, client = self.start("--journal", "3", "--workers", "2")
        other = server.client()
        other.get("/v1/Sims")
        for i in range(10):
            client.get(f"/v1/Fleets/{i}")
        found = client.control("GET", "requests").json()["requests"]
        self.assertEqual([entry["path"][-1] for entry in found], ["9", "8", "7"])
        self.assertEqual(len(other.control("GET", "requests").json()["requests"]), 1)
        info = client.control("GET", "info").json()
        self.assertEqual({key: info["journal"][key] for key in ("entries", "evicted", "lost")},
                         {"entries": 4, "evicted": 7, "lost": 0})
        self.assertEqual(info["configuration"]["journal"], "3")
        metrics = client.get("/metrics").body.decode()
        self.assertIn("\nsupersim_journal_entries 4\n", metrics)
        self.assertIn("\nsupersim_journal_evicted_total 7\n", metrics)

    def test_bytes_of_all(self):
        server, busy = self.start("--journal-bytes", "65536")
        small = server.client()
        small.get("/v1/Sims")
        for _ in range(100):
            busy.post("/v1/Fleets", b"x" * 8000)
        self.assertEqual(len(small.control("GET", "requests").json()["requests"]), 1)
        self.assertIn(len(busy.control("GET", "requests").json()["requests"]), range(3, 9))
        self.assertLess(busy.control("GET", "info").json()["journal"]["bytes"], 65537)

    def test_off(self):
        _, client = self.start("--journal", "off")
        client.get("/v1/Fleets")
        for call in (("GET", "requests"), ("GET", "requests/RQ" + "0" * 32), ("DELETE", "requests"),
                     ("POST", "requests/verify", {"path": "/v1/Fleets"})):
            answer = client.control(*call)
            self.assertEqual((answer.status, answer.json()["error"]), (400, "No journal of requests is kept"))
            self.assertIn("--journal", answer.json()["hint"])
        self.assertIsNone(client.control("GET", "info").json()["journal"])
        self.assertNotIn(b"supersim_journal", client.get("/metrics").body)

    def test_a_list_is_bounded_by_bytes(self):
        """Whatever the limit: what is left is behind the cursor."""
        server, client = self.start("--journal", "5000")
        for _ in range(560):
            client.post("/v1/Fleets", b"\x01" * 16384)
        page = client.control("GET", "requests?limit=1000").json()
        self.assertIn(len(page["requests"]), range(400, 560))
        rest = client.control("GET", "requests?limit=1000&cursor=" + page["next_cursor"]).json()
        self.assertEqual(len(page["requests"]) + len(rest["requests"]), 560)


if __name__ == "__main__":
    unittest.main()
