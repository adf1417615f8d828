# SPDX-License-Identifier: MIT
"""Warnings: what was probably not meant is served as Twilio would, told in a header, and counted; with
--strict it is refused."""
import json
import re
import threading
import unittest

from device_case import DeviceTestCase
from http_client import basic, new_account
from server import Server, scaled, wait_until

KINDS = ["unknown_parameter", "wrong_case", "deprecated_parameter", "repeated_parameter",
         "page_without_token", "http_callback", "json_body", "other_body"]
JSON = {"Content-Type": "application/json"}
TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"


class WarningTestCase(DeviceTestCase):
    """What was warned of."""

    def warnings(self, query="", client=None):
        """What is counted of the account."""
        return self.control("GET", "warnings" + query, client=client)["warnings"]

    def told(self):
        """The same in short: operation, kind, name and count."""
        return [(one["operation"], one["kind"], one["name"], one["count"]) for one in self.warnings()]

    def assert_warned(self, answer, *hints, status=200):
        """The header of an answer that served what was asked for."""
        self.assertEqual(answer.status, status, answer)
        self.assertEqual(answer.header("Emulator-Warning"), "; ".join(hints) or None)
        self.assertIsNone(answer.header("Emulator-Hint"))


class KindTest(WarningTestCase):
    """Each kind, where it comes about."""

    def create(self, **form):
        """A POST that makes a Fleet."""
        return self.client.post("/v1/Fleets", {"NetworkAccessProfile": "nap", **form})

    def setUp(self):
        super().setUp()
        self.make_profile("nap")

    def test_what_is_meant_is_not_warned_of(self):
        fleet = self.create(UniqueName="fleet", DataLimit="5",
                            SmsCommandsUrl="https://example.com/").json()
        for answer in (self.client.get("/v1/Fleets/fleet"),
                       self.client.post("/v1/Fleets/fleet", {"DataLimit": "6"}),
                       self.client.get("/v1/Fleets?NetworkAccessProfile=nap&PageSize=5&Page=0"),
                       self.client.post("/v1/Fleets/" + fleet["sid"], b"")):
            self.assert_warned(answer)
        self.assertEqual(self.warnings(), [])

    def test_unknown_parameter(self):
        self.assert_warned(self.create(colour="red", DataLimits="5"), "colour is unknown, and ignored",
                           "DataLimits is unknown: DataLimit?", status=201)
        self.assertEqual(self.told(), [("CreateFleet", "unknown_parameter", "DataLimits", 1),
                                       ("CreateFleet", "unknown_parameter", "colour", 1)])

    def test_a_parameter_of_another_operation(self):
        self.create(UniqueName="fleet")
        self.assert_warned(self.client.post("/v1/Fleets/fleet", {"DataEnabled": "false"}),
                           "DataEnabled is ignored: it is given with what makes the Fleet")
        self.assertEqual(self.told(), [("UpdateFleet", "unknown_parameter", "DataEnabled", 1)])

    def test_a_parameter_of_a_query(self):
        self.create(UniqueName="fleet")
        self.assert_warned(self.client.get("/v1/Fleets?UniqueName=fleet"),
                           "UniqueName is unknown, and ignored")
        self.assert_warned(self.client.get("/v1/Fleets/fleet?colour=red"),
                           "colour is unknown, and ignored")
        self.assert_warned(self.client.post("/v1/Fleets/fleet?DataLimit=7&datalimit=7"),
                           "DataLimit is ignored in the query: send it in the form",
                           "datalimit is unknown: DataLimit?")
        self.assertEqual(self.fetch({"sid": "fleet"})["data_limit"], 1000)
        self.assert_warned(self.client.get("/v1/Fleets/fleet?%zz&=&"))
        self.assertEqual(self.told(), [("FetchFleet", "unknown_parameter", "colour", 1),
                                       ("ListFleet", "unknown_parameter", "UniqueName", 1),
                                       ("UpdateFleet", "unknown_parameter", "DataLimit", 1),
                                       ("UpdateFleet", "wrong_case", "datalimit", 1)])

    def test_a_parameter_of_a_deletion(self):
        networks = "/v1/NetworkAccessProfiles/nap/Networks"
        network = self.ok(self.client.get("/v1/Networks?PageSize=1"))["networks"][0]["sid"]
        self.assert_warned(self.client.post(networks, {"Network": network}), status=201)
        self.assert_warned(self.client.request("DELETE", f"{networks}/{network}?Force=true"),
                           "Force is unknown, and ignored", status=204)

    def test_wrong_case(self):
        for name in ("dataLimit", "data_limit", "DATALIMIT"):
            self.assert_warned(self.create(**{name: "5"}), f"{name} is unknown: DataLimit?", status=201)
        self.assert_warned(self.client.get("/v1/Sims?status=active&page-size=1"),
                           "status is unknown: Status?", "page-size is unknown: PageSize?")
        self.assertEqual({(kind, count) for _, kind, _, count in self.told()}, {("wrong_case", 1)})
        self.assertEqual(len(self.told()), 5)

    def test_deprecated_parameter(self):
        """Those that Debian's python3-twilio still sends, and calls deprecated."""
        answer = self.create(CommandsEnabled="false", CommandsUrl="http://127.0.0.1/")
        self.assert_warned(answer, "CommandsEnabled is deprecated, and ignored: it is SmsCommandsEnabled now",
                           "CommandsUrl is deprecated, and ignored: it is SmsCommandsUrl now", status=201)
        fleet = answer.json()
        self.assertEqual((fleet["sms_commands_enabled"], fleet["sms_commands_url"]), (True, None))
        self.assert_warned(
            self.client.post("/v1/Fleets/" + fleet["sid"], {"CommandsMethod": "GET"}),
            "CommandsMethod is deprecated, and ignored: it is SmsCommandsMethod now")
        self.assertEqual([kind for _, kind, _, _ in self.told()], ["deprecated_parameter"] * 3)

    def test_repeated_parameter(self):
        answer = self.client.post("/v1/Fleets", "NetworkAccessProfile=nap&DataLimit=5&DataLimit=6")
        self.assert_warned(answer, "DataLimit is given more than once: the last one counts", status=201)
        self.assertEqual(answer.json()["data_limit"], 6)
        self.assert_warned(self.client.get("/v1/Sims?Status=new&PageSize=1&Status=active&PageSize=2"),
                           "Status is given more than once: the last one counts",
                           "PageSize is given more than once: the last one counts")

    def test_a_list_may_be_repeated(self):
        networks = self.ok(self.client.get("/v1/Networks?PageSize=2"))["networks"]
        form = "&".join("Networks=" + network["sid"] for network in networks)
        self.assert_warned(self.client.post("/v1/NetworkAccessProfiles", form), status=201)

    def test_bodies(self):
        self.create(UniqueName="fleet")
        json_hint = "a JSON body is not read: send a form (application/x-www-form-urlencoded)"
        for body, headers in ((b'{"DataLimit": 5}', JSON), (b'{"DataLimit": 5}', {}), (b"[]", JSON)):
            answer = self.client.post("/v1/Fleets/fleet", body, headers=headers)
            self.assert_warned(answer, json_hint)
            self.assertEqual(answer.json()["data_limit"], 1000)
        answer = self.client.post("/v1/Fleets/fleet", b"DataLimit=5", headers={"Content-Type": "text/plain"})
        self.assert_warned(answer, "a body of this Content-Type is not read: send a form "
                                   "(application/x-www-form-urlencoded)")
        self.assertEqual(self.told(), [("UpdateFleet", "json_body", "body", 3),
                                       ("UpdateFleet", "other_body", "body", 1)])

    def test_http_callback(self):
        hint = "SmsCommandsUrl is plain http: whoever is on the way can read and change what is " \
               "sent; https keeps it private"
        for url in ("http://example.com/hook", "HTTP://Example.COM:8080", "http://203.0.113.1/",
                    "http://[2001:db8:1::1]/", "http://user:word@example.com/", "http://10.0.0.1.com/"):
            with self.subTest(url):
                self.assert_warned(self.create(SmsCommandsUrl=url), hint, status=201)
        for url in ("https://example.com/", "http://localhost:1/", "http://127.0.0.1/", "http://[::1]/",
                    "http://192.168.1.1/", "http://receiver:8080/", "http://hooks.test/",
                    "http://host.docker.internal/", "http://a.localhost./", ""):
            with self.subTest(url):
                self.assert_warned(self.create(SmsCommandsUrl=url), status=201)
        self.assertEqual(self.told(), [("CreateFleet", "http_callback", "SmsCommandsUrl", 6)])

    def test_page_without_token(self):
        """It is an error already."""
        self.assert_error(self.client.get("/v1/Fleets?Page=1"), 400, code=70002)
        self.assertEqual(self.told(), [("ListFleet", "page_without_token", "Page", 1)])


class CountTest(WarningTestCase):
    """What is counted, for whom, and until when."""

    def warn(self, client=None, path="/v1/Fleets?colour=red", times=1):
        """Requests with a warning."""
        for _ in range(times):
            self.assertEqual((client or self.client).get(path).status, 200)

    def test_an_entry(self):
        self.warn(times=3)
        one, = self.warnings()
        self.assertEqual(list(one), ["kind", "operation", "name", "hint", "count", "first", "last"])
        self.assertRegex(one["first"], TIME)
        self.assertRegex(one["last"], TIME)
        self.assertEqual((one["kind"], one["operation"], one["name"], one["hint"], one["count"]),
                         ("unknown_parameter", "ListFleet", "colour", "colour is unknown, and ignored", 3))

    def test_what_fails_is_counted_too(self):
        answer = self.client.post("/v1/Fleets", json.dumps({"NetworkAccessProfile": "x"}), headers=JSON)
        self.assert_error(answer, 400)
        answer = self.client.post("/v1/Fleets", {"networkAccessProfile": "x"})
        self.assert_error(answer, 400)
        self.assertEqual(answer.header("Emulator-Hint"),
                         "networkAccessProfile is unknown: NetworkAccessProfile?")
        self.assert_error(self.client.get("/v1/Fleets/nobody?colour=red"), 404)
        self.assertEqual(self.told(), [("CreateFleet", "json_body", "body", 1),
                                       ("CreateFleet", "wrong_case", "networkAccessProfile", 1),
                                       ("FetchFleet", "unknown_parameter", "colour", 1)])

    def test_what_is_refused_before_it_is_read_is_not(self):
        self.client.get("/v1/Fleets?colour=red", authorization="")
        self.client.get("/v1/Nothing?colour=red")
        self.client.request("PUT", "/v1/Fleets?colour=red")
        self.assertEqual(self.warnings(), [])

    def test_filters(self):
        self.warn()
        self.warn(path="/v1/Sims?status=new")
        self.assertEqual([one["name"] for one in self.warnings()], ["colour", "status"])
        for query, names in (("?kind=wrong_case", ["status"]), ("?kind=json_body", []),
                             ("?operation=ListFleet", ["colour"]),
                             ("?operation=ListFleet&kind=wrong_case", [])):
            self.assertEqual([one["name"] for one in self.warnings(query)], names)

    def test_bad_queries(self):
        for query, field, told in (("kind=case", "kind", "wrong_case"),
                                   ("kind=wrong_cases", "kind", "wrong_case?"),
                                   ("operation=listFleet", "operation", "CreateFleet"),
                                   ("name=colour", "name", "kind, operation")):
            with self.subTest(query):
                error = self.refused(self.client.control("GET", "warnings?" + query), 400, field)
                self.assertIn(told, error["hint"])
        self.refused(self.client.control("GET", "warnings?all=true"), 403, "all")
        self.refused(self.client.control("GET", "warnings", {"kind": "x"}), 400, "kind")
        self.refused(self.client.control("DELETE", "warnings?kind=json_body"), 400, "kind")

    def test_accounts_are_apart(self):
        other = self.new_client()
        self.warn()
        self.warn(other, times=2)
        self.assertEqual(self.warnings()[0]["count"], 1)
        self.assertEqual(self.warnings(client=other)[0]["count"], 2)
        shown = self.control("GET", "warnings?account=" + other.user, authorization="")["warnings"]
        self.assertEqual(shown[0]["count"], 2)
        everybody = self.control("GET", "warnings?all=true", authorization="")["warnings"]
        self.assertLessEqual({self.account, other.user}, {one["account_sid"] for one in everybody})
        self.control("DELETE", "warnings", status=204)
        self.assertEqual(self.warnings(), [])
        self.assertEqual(self.warnings(client=other)[0]["count"], 2)
        self.control("DELETE", "warnings?all=true", status=204, authorization="")
        self.assertEqual(self.warnings(client=other), [])
        self.refused(self.client.control("GET", "warnings", authorization=""), 400, "account")

    def test_an_account_that_begins_anew(self):
        account = {"accounts": [{"sid": self.account}]}
        for method, path, body, status in (("POST", "reset", None, 200), ("PUT", "state", account, 200),
                                           ("DELETE", "accounts/" + self.account, None, 204)):
            with self.subTest(path):
                self.warn()
                self.make_profile()
                self.assertEqual(len(self.warnings()), 1)
                self.control(method, path, body, status)
                self.assertEqual(self.warnings(), [])

    def test_an_account_whose_time_is_over(self):
        made = self.control("POST", "accounts", {"ttl_s": 1}, 201, authorization="")
        self.warn(self.new_client(made["sid"], made["auth_token"]))

        def is_forgotten():
            shown = self.control("GET", "warnings?all=true", authorization="")["warnings"]
            return made["sid"] not in {one["account_sid"] for one in shown}

        wait_until(is_forgotten, "the account's end")

    def test_metrics_and_info(self):
        def total(kind):
            metrics = self.client.get("/metrics").body.decode()
            return int(re.search(f'^supersim_warnings_total{{kind="{kind}"}} (\\d+)$', metrics,
                                 re.MULTILINE)[1])

        before = {kind: total(kind) for kind in KINDS}
        kept = self.control("GET", "info")["warnings"]
        self.warn(times=3)
        self.warn(path="/v1/Sims?status=new")
        self.control("DELETE", "warnings", status=204)
        self.warn()
        grown = {kind: total(kind) - before[kind] for kind in KINDS}
        self.assertEqual({kind: count for kind, count in grown.items() if count},
                         {"unknown_parameter": 4, "wrong_case": 1})
        self.assertEqual(self.control("GET", "info")["warnings"], kept + 1)

    def test_many_at_once(self):
        rounds = scaled(50, 10)

        def work():
            self.warn(self.server.client(self.account), times=rounds)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(self.warnings()[0]["count"], 4 * rounds)


class BoundTest(WarningTestCase):
    """What a request sent is in headers and lists: it stays a text, and does not fill memory."""

    def test_nothing_is_injected(self):
        answer = self.client.get("/v1/Fleets?colour%0d%0aX-Evil:+1=x&%22%5c%C3%A9=x")
        warning = answer.header("Emulator-Warning").encode("latin-1").decode()
        self.assertEqual(warning, 'colour%0D%0AX-Evil: 1 is unknown, and ignored; '
                                  '"\\é is unknown, and ignored')
        self.assertIsNone(answer.header("X-Evil"))
        self.assertEqual([one["name"] for one in self.warnings()], ['"\\é', "colour\r\nX-Evil: 1"])

    def test_long_and_many_ones(self):
        names = [f"{number:03}" + "x" * 200 for number in range(30)]
        answer = self.client.post("/v1/NetworkAccessProfiles", {name: "" for name in names})
        self.assertEqual(answer.status, 201)
        self.assertLessEqual(len(answer.header("Emulator-Warning")), 512)
        self.assertEqual([one["name"] for one in self.warnings()], [name[:64] for name in names[:8]])

    def test_one_name_many_times(self):
        answer = self.client.post("/v1/NetworkAccessProfiles", "UniqueName=&colour=&" * 3000)
        self.assert_warned(answer, "colour is unknown, and ignored",
                           "UniqueName is given more than once: the last one counts", status=201)
        self.assertEqual([one["count"] for one in self.warnings()], [1, 1])

    def test_an_account_keeps_the_newest(self):
        for number in range(210):
            self.assertEqual(self.client.get(f"/v1/Networks/x?n{number:03}=1").status, 404)
        self.assertEqual(len(self.warnings()), 200)
        self.assertEqual(self.warnings()[-1]["name"], "n209")


class StrictTest(WarningTestCase):
    """With --strict what is warned of is refused, and nothing is done."""

    options = ("--strict", "yes")

    def setUp(self):
        super().setUp()
        self.make_profile("nap")

    def assert_strict(self, answer, name, hint):
        """Twilio's shape and code; the message says who refused it."""
        self.assert_error(answer, 400, f"Invalid {name} (refused by --strict: Twilio would let it pass)",
                          code=20001)
        self.assertIn(hint, answer.header("Emulator-Hint"))

    def test_each_kind(self):
        self.make_fleet("nap", UniqueName="fleet")
        profile = "NetworkAccessProfile=nap&"
        for form, name, hint in (
                ("colour=red", "colour", "colour is unknown"),
                ("dataLimit=5", "dataLimit", "DataLimit?"),
                ("CommandsUrl=http://a/", "CommandsUrl", "SmsCommandsUrl"),
                ("DataLimit=5&DataLimit=6", "DataLimit", "more than once"),
                ("SmsCommandsUrl=http://example.com/", "SmsCommandsUrl", "plain http")):
            with self.subTest(form):
                self.assert_strict(self.client.post("/v1/Fleets", profile + form), name, hint)
        for body, headers in ((b'{"DataLimit": 5}', JSON), (b"x", {"Content-Type": "text/plain"})):
            self.assert_strict(self.client.post("/v1/Fleets/fleet", body, headers=headers), "body",
                               "send a form")
        self.assert_strict(self.client.get("/v1/Sims?status=new"), "status", "Status?")
        self.assert_strict(self.client.get("/v1/Fleets/fleet?colour=red"), "colour", "colour")
        self.assertEqual(len(self.list_sids()), 1)
        self.assertEqual(self.fetch({"sid": "fleet"})["data_limit"], 1000)
        self.assertEqual({one["kind"] for one in self.warnings()}, set(KINDS) - {"page_without_token"})

    def test_an_account_does_not_spring_into_being(self):
        client = self.new_client(new_account())
        self.assertEqual(client.post("/v1/NetworkAccessProfiles", {"colour": "red"}).status, 400)
        known = self.control("GET", "accounts", authorization="")["accounts"]
        self.assertNotIn(client.user, [account["sid"] for account in known])

    def test_errors_of_twilio_come_first(self):
        self.assert_error(self.client.post("/v1/Fleets", {"networkAccessProfile": "nap"}), 400,
                          "Missing required parameter NetworkAccessProfile in the post body")
        self.assert_error(self.client.get("/v1/Fleets?Page=1&colour=red"), 400, code=70002)
        self.assert_error(self.client.get("/v1/Fleets?colour=red", authorization=basic("x", "y")), 401)

    def test_what_is_meant_is_served(self):
        sim = self.active_sim(self.fleet(SmsCommandsUrl="http://127.0.0.1:9/"))
        self.ok(self.client.post("/v1/SmsCommands", {"Sim": sim["sid"], "Payload": "x"}), 201)
        self.ok(self.client.get("/v1/Sims?Status=active&PageSize=1&Page=0"))
        self.assertEqual(self.warnings(), [])


class WorkersTest(unittest.TestCase):
    """All workers count into one place."""

    def test_four_workers(self):
        server = Server("--workers", "4")
        self.addCleanup(server.stop)
        account = new_account()
        for _ in range(8):
            client = server.client(account)
            self.assertEqual(client.get("/v1/Fleets?colour=red").status, 200)
        shown = server.client(account).control("GET", "warnings").json()["warnings"]
        self.assertEqual([one["count"] for one in shown], [8])


if __name__ == "__main__":
    unittest.main()
