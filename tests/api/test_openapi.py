# SPDX-License-Identifier: MIT
"""The control API's description lacks no route, no name of a query and no key of a body, and has none
too much. What answers look like, every test's client looks at (tests/support/described.py)."""
import json
import os
import re
import unittest

from described import Descriptions
from server import REPOSITORY, ServerTestCase

CONTROL, SUPERSIM = "/_emulator/openapi.json", "/_emulator/openapi/supersim_v1.json"
UNKNOWN = "~~~~"  # resembles no name, so the hint lists all that there are
KNOWN = re.compile(r"(?:.* is unknown; )?there are (.*)|no body is asked for")
# What was shown can be set again: taken in a body, and not looked at.
NOT_LOOKED_AT = {"PUT /_emulator/clock": {"next_due"},
                 "POST /_emulator/faults": {"hits", "last", "expires", "exhausted"}}
# Bodies that are no objects of keys: a state has a document of its own.
NO_KEYS = {"PUT /_emulator/state"}


def source():
    """src/control/descriptions.json."""
    with open(os.path.join(REPOSITORY, "src/control/descriptions.json"), encoding="utf-8") as file:
        return json.load(file)


class OpenapiTest(ServerTestCase):
    """Documents against the server, and against the file that they are made from."""

    def setUp(self):
        super().setUp()
        self.control = self.client.get(CONTROL).json()
        self.descriptions = Descriptions(self.control, {"paths": {}})

    def path_of(self, operation):
        """A path that the operation's pattern matches; accounts are the client's own."""
        path = re.sub("/accounts/{Sid}", f"/accounts/{self.account}", operation.path)
        return re.sub(r"{\w+}", "1", path)

    def documented(self):
        """What is described, as method and path."""
        return {f"{one.method} {one.path}" for one in self.descriptions.operations}

    def routes(self):
        """What the server itself says that it has; routes of any method as the five that are described."""
        verbs = self.client.get("/_emulator/").json()["verbs"]
        verbs += ["GET " + path for path in ("/", "/livez", "/readyz", "/healthz", "/metrics")]
        for verb in verbs:
            method, path = verb.split(" ")
            for each in ("GET", "POST", "PUT", "PATCH", "DELETE") if method == "*" else (method,):
                yield f"{each} {path}"

    def test_every_route_is_described_and_no_other(self):
        self.assertEqual(sorted(self.documented()), sorted(self.routes()))

    def test_every_part_has_its_words(self):
        for one in self.descriptions.operations:
            name = f"{one.method} {one.path}"
            for part in ("operationId", "summary", "description"):
                self.assertTrue(one.described.get(part), f"{name} has no {part} in descriptions.json")
            names = re.findall(r"{(\w+)}", one.path)
            self.assertEqual(one.names("path"), names, f"{name}: `collections` of descriptions.json")
            for key, schema in one.body().get("properties", {}).items():
                self.assertTrue(schema.get("description"), f"{name}: {key}")
            self.assertTrue(one.described["responses"].keys() - {"default"}
                            or one.takes_anything(), f"{name} has no answer")

    def test_the_file_has_nothing_that_is_not_used(self):
        written = source()
        used = {f"{'*' if one.takes_anything() else one.method} {one.path}"
                for one in self.descriptions.operations}
        self.assertEqual(set(written["operations"]) - used, set())
        for one in self.descriptions.operations:
            entry = written["operations"].get(f"{one.method} {one.path}", {})
            self.assertEqual(set(entry.get("query", ())) - set(one.names("query")), set(), one.path)
        collections = {part for one in self.descriptions.operations
                       for part in re.findall(r"(\w[\w-]*)/{", one.path)}
        self.assertEqual(set(written["collections"]), collections)
        text = json.dumps(self.control)
        for name in written["schemas"]:
            self.assertIn(f'"#/components/schemas/{name}"', text)

    def known_to(self, answer, name):
        """The names that a refusal lists."""
        self.assertEqual(answer.status, 400, f"{name}: {answer}")
        found = KNOWN.fullmatch(answer.json()["hint"])
        self.assertIsNotNone(found, f"{name}: {answer}")
        return set(re.split(", | and ", found[1])) if found[1] else set()

    def test_queries_are_described_as_they_are_read(self):
        for one in self.descriptions.operations:
            if not one.path.startswith("/_emulator") or one.takes_anything():
                continue
            name = f"{one.method} {one.path}"
            operator = {"authorization": ""} if one.described.get("security") else {}
            answer = self.client.request(one.method, f"{self.path_of(one)}?{UNKNOWN}=1", **operator)
            self.assertEqual(set(one.names("query")), self.known_to(answer, name), name)

    def test_bodies_are_described_as_they_are_read(self):
        for one in self.descriptions.operations:
            name = f"{one.method} {one.path}"
            if (not one.path.startswith("/_emulator/") or one.takes_anything()
                    or name in NO_KEYS or one.described.get("security") == []):
                continue
            operator = {"authorization": ""} if one.described.get("security") else {}
            answer = self.client.control(one.method, self.path_of(one)[11:], {UNKNOWN: 1}, **operator)
            described = set(one.body().get("properties", ())) - NOT_LOOKED_AT.get(name, set())
            self.assertEqual(described, self.known_to(answer, name), name)

    def test_keys_that_are_required_are(self):
        for one in self.descriptions.operations:
            required = one.body().get("required", ())
            if not required or f"{one.method} {one.path}" in NO_KEYS:
                continue
            answer = self.client.control(one.method, self.path_of(one)[11:], {})
            self.assertEqual((answer.status, answer.json()["error"]), (400, "Missing key"), one.path)
            self.assertIn(answer.json()["field"], required)

    def test_they_are_open_to_everybody_on_an_own_host(self):
        for path in (CONTROL, SUPERSIM):
            document = self.client.get(path, authorization="").json()
            self.assertEqual(document["servers"], [{"url": self.server.url}])
            answer = self.client.get(path, authorization="", headers={"Host": "evil.example"})
            self.assertEqual(answer.status, 403)
            self.assertEqual(self.client.post(path).status, 405)

    def test_the_server_is_the_one_that_was_asked(self):
        host = f"localhost:{self.server.address[1]}"
        document = self.client.get(SUPERSIM, headers={"Host": host}).json()
        self.assertEqual(document["servers"], [{"url": f"http://{host}"}])

    def test_the_index_names_them(self):
        for path in ("/", "/_emulator/"):
            named = self.client.get(path).json()["openapi"]
            self.assertEqual(named, [self.server.url + SUPERSIM, self.server.url + CONTROL])

    def test_credentials_do_not_matter(self):
        """What they say is no secret."""
        self.assertEqual(self.client.get(CONTROL, authorization="Bearer wrong").status, 200)


if __name__ == "__main__":
    unittest.main()
