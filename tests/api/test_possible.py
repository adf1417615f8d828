# SPDX-License-Identifier: MIT
"""What can never come is refused by whoever checks, waits, lists or breaks: with what was meant."""
import unittest

from device_case import DeviceTestCase

THEN = {"status": 503}
# A matcher, which of its keys is wrong, and what the hint says.
IMPOSSIBLE = (
    ({"operation": "CreateFleets"}, "operation", "CreateFleets is unknown: CreateFleet?"),
    ({"operation": "Nonsense"}, "operation", "there are ListFleet, "),
    ({"operation": "Foo*"}, "operation", "there are ListFleet, "),
    ({"method": "get"}, "method", "get is unknown: GET?"),
    ({"method": "BREW"}, "method", "there are GET, POST, "),
    ({"path": "v1/Fleets"}, "path", "/v1/Fleets"),
    ({"path": "/v1/Fleets?PageSize=5"}, "path", "?"),
    ({"operation": "CreateFleet", "method": "GET"}, "method", "CreateFleet is POST /v1/Fleets"),
    ({"operation": "Create*", "method": "DELETE"}, "method", " is POST /v1/"),
)
# What lists cannot be asked for.
OF_FORMS = (
    ({"path": "/Fleets"}, "path", "/v1/Fleets"),
    ({"path": "/_emulator/clock"}, "path", "/v1/Fleets"),
    ({"operation": "CreateFleet", "form": {"uniqueName": "a"}}, "form.uniqueName",
     "uniqueName is unknown: UniqueName?"),
    ({"operation": "UpdateFleet", "form": {"DataLimt": "5"}}, "form.DataLimt",
     "DataLimt is unknown: DataLimit?"),
    ({"operation": "ListFleet", "query": {"pagesize": "5"}}, "query.pagesize",
     "pagesize is unknown: PageSize?"),
)
OF_ANSWERS = (({"status": 99}, "status", "100 to 599"), ({"status": 600}, "status", "100 to 599"))
POSSIBLE = (
    {"operation": "*"}, {"operation": "Create*", "method": "POST"}, {"operation": "FetchSim", "method": "GET"},
    {"method": "P*"}, {"method": "DELETE"}, {"path": "*"}, {"path": "/*"}, {"path": "/*/Fleets"},
    {"path": "/v1*"}, {"path": "/v1/Nothing"},
    {"operation": "CreateFleet", "form": {"UniqueName": "a", "colour": "red", "CommandsUrl": "x"}},
    {"operation": "CreateFleet", "query": {"uniqueName": "a"}}, {"operation": "List*", "query": {"pagesize": "5"}},
    {"operation": "ListFleet", "query": {"Page": "0", "PageSize": "5", "NetworkAccessProfile": "x"}},
    {"form": {"uniqueName": "a"}},
)


class RequestTest(DeviceTestCase):
    """Matchers of requests."""

    def assert_refused(self, answer, field, told):
        """A 400 that names the key and says what would do."""
        error = self.refused(answer, 400, field)
        self.assertIn(told, error["hint"])

    def test_a_check(self):
        for matcher, key, told in IMPOSSIBLE + OF_FORMS + OF_ANSWERS:
            with self.subTest(matcher):
                call = "requests/verify"
                self.assert_refused(self.client.control("POST", call, matcher), key, told)
                order = {"order": [{"path": "/v1"}, matcher]}
                self.assert_refused(self.client.control("POST", call, order), f"order[1].{key}", told)
        for matcher in POSSIBLE:
            self.control("POST", "requests/verify", {**matcher, "times": 0})

    def test_a_wait(self):
        for matcher, key, told in IMPOSSIBLE + OF_FORMS + OF_ANSWERS:
            with self.subTest(matcher):
                answer = self.client.control("POST", "wait", {"for": "request", "match": matcher})
                self.assert_refused(answer, "match." + key, told)
        for matcher in POSSIBLE:
            self.control("POST", "wait", {"for": "request", "match": matcher, "timeout_ms": 0}, 408)

    def test_a_fault(self):
        for matcher, key, told in IMPOSSIBLE + OF_FORMS:
            with self.subTest(matcher):
                rule = {"match": matcher, "then": THEN}
                self.assert_refused(self.client.control("POST", "faults", rule), "match." + key, told)
                answer = self.client.control("PUT", "faults", [{"then": THEN}, rule])
                self.assert_refused(answer, "faults[1].match." + key, told)
        self.assertEqual(self.control("GET", "faults")["faults"], [])
        self.control("PUT", "faults", [{"match": matcher, "then": THEN} for matcher in POSSIBLE])

    def test_a_list(self):
        for matcher, key, told in IMPOSSIBLE[:-4] + IMPOSSIBLE[-2:] + OF_ANSWERS:
            with self.subTest(matcher):
                query = "&".join(f"{name}={value}" for name, value in matcher.items())
                self.assert_refused(self.client.get("/_emulator/requests?" + query), key, told)
        self.assert_refused(self.client.get("/_emulator/requests?fault=nope"), "fault",
                            "GET /_emulator/faults")
        self.client.get("/Fleets")
        listed = self.ok(self.client.get("/_emulator/requests?path=/Fleets"))
        self.assertEqual(len(listed["requests"]), 1)


    def test_a_fault_that_was_taken_out(self):
        """It is known as long as a request is that it hit."""
        listed = "/_emulator/requests?fault=mine"
        self.control("POST", "faults", {"id": "mine", "then": THEN}, 201)
        self.assertEqual(self.ok(self.client.get(listed))["requests"], [])
        self.client.get("/v1/Fleets")
        self.control("DELETE", "faults/mine", status=204)
        self.assertEqual(len(self.ok(self.client.get(listed))["requests"]), 1)
        self.control("DELETE", "requests")
        self.assert_refused(self.client.get(listed), "fault", "no such fault")


class WebhookTest(DeviceTestCase):
    """Events that none of our webhooks tells of."""

    def test_events(self):
        for event, told in (("sms_comand", "sms_comand is unknown: sms_command?"),
                            ("rain", "there are sms_command, ip_command, ")):
            for method, path, body, field in (
                    ("POST", "wait", {"for": "delivery", "match": {"event": event}}, "match.event"),
                    ("POST", "faults", {"side": "webhook", "match": {"event": event}, "then": THEN},
                     "match.event"),
                    ("PUT", "faults", [{"side": "webhook", "match": {"event": event}, "then": THEN}],
                     "faults[0].match.event")):
                with self.subTest(path=path, method=method, event=event):
                    error = self.refused(self.client.control(method, path, body), 400, field)
                    self.assertIn(told, error["hint"])
        for event in ("sms_command", "ip_command", "sms_command_status", "ip_command_status",
                      "sim_status", "esim_profile_status", "sms_*"):
            self.control("POST", "wait",
                         {"for": "delivery", "match": {"event": event}, "timeout_ms": 0}, 408)
            self.control("POST", "faults",
                         {"side": "webhook", "match": {"event": event}, "then": THEN}, 201)


if __name__ == "__main__":
    unittest.main()
