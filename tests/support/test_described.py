# SPDX-License-Identifier: MIT
"""What looks at answers finds what is wrong with them."""
import json
import unittest

from described import Descriptions, Schema, Undescribed
from http_client import Response

RECORD = {
    "type": "object",
    "properties": {
        "sid": {"type": "string", "pattern": "^HF[0-9a-f]{2}$"},
        "at": {"type": ["string", "null"], "format": "date-time"},
        "kind": {"type": "string", "enum": ["a", "b"]},
        "sizes": {"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 9}},
        "free": {"type": "object", "additionalProperties": {"type": "string", "minLength": 1}},
        "either": {"anyOf": [{"type": "boolean"}, {"$ref": "#/components/schemas/Error"}]},
    },
    "required": ["sid"],
}
ERROR = {"type": "object", "properties": {"error": {"type": "string", "maxLength": 5}}, "required": ["error"]}


def answer_of(schema):
    """An answer as OpenAPI describes it."""
    return {"description": "x", "content": {"application/json": {"schema": schema}}}


DOCUMENT = {
    "paths": {
        "/_emulator/things/{Sid}": {"post": {
            "operationId": "make",
            "parameters": [{"name": "Sid", "in": "path"}, {"$ref": "#/components/parameters/account"}],
            "requestBody": {"content": {"application/json": {"schema": {
                "type": "object", "properties": {"to": {"type": "string"}}}}}},
            "responses": {"201": answer_of(RECORD), "404": answer_of(ERROR)}}},
        "/_emulator/things/all": {"post": {"operationId": "all", "responses": {"204": {"description": "x"}}}},
    },
    "components": {"schemas": {"Error": ERROR}, "parameters": {"account": {"name": "account", "in": "query"}}},
}
WHOLE = {"sid": "HF12", "at": "2026-01-02T03:04:05Z", "kind": "b", "sizes": [1, 9], "free": {"x": "y"},
         "either": {"error": "no"}}


class SchemaTest(unittest.TestCase):
    """One value after the other."""

    def setUp(self):
        self.schema = Schema(DOCUMENT)

    def test_what_fits(self):
        for value in (WHOLE, {"sid": "HF12"}, {"sid": "HF12", "at": None, "either": True}):
            self.schema.check(RECORD, value, "answer")

    def test_what_does_not(self):
        for key, value in (("sid", None), ("sid", "HX12"), ("at", 5), ("at", "yesterday"), ("kind", "c"),
                           ("sizes", [0]), ("sizes", [10]), ("sizes", ["1"]), ("sizes", [True]), ("sizes", 1),
                           ("free", {"x": 1}), ("free", {"x": ""}), ("either", 1), ("either", {}),
                           ("either", {"error": "longer"}), ("more", 1)):
            with self.assertRaises(Undescribed, msg=(key, value)):
                self.schema.check(RECORD, {**WHOLE, key: value}, "answer")
        with self.assertRaises(Undescribed):
            self.schema.check(RECORD, {}, "answer")

    def test_a_keyword_that_is_not_known(self):
        with self.assertRaises(Undescribed):
            self.schema.check({"mulitpleOf": 2}, 4, "answer")


class AnswerTest(unittest.TestCase):
    """One answer after the other."""

    def check(self, status, body, method="POST", target="/_emulator/things/1", sent=b"",
              content_type="application/json"):
        """Looks at an answer as a client does."""
        text = b"" if body is None else json.dumps(body).encode()
        answer = Response(status, [("Content-Type", content_type)], text)
        Descriptions(DOCUMENT, DOCUMENT).check(method, target, sent, answer)

    def test_what_fits(self):
        self.check(201, WHOLE)
        self.check(201, WHOLE, target="/_emulator/things/1?account=AC", sent=b'{"to": "x"}')
        self.check(404, {"error": "no"}, target="/_emulator/things/1?more=1", sent=b"[")
        self.check(404, {"error": "no"}, target="/_emulator/nothing")
        self.check(204, None, target="/_emulator/things/all")

    def test_what_does_not(self):
        for case in ({"status": 200, "body": WHOLE}, {"status": 201, "body": {"sid": 1}},
                     {"status": 201, "body": WHOLE, "content_type": "text/plain"},
                     {"status": 201, "body": WHOLE, "target": "/_emulator/things/1?more=1"},
                     {"status": 201, "body": WHOLE, "sent": b'{"into": "x"}'},
                     {"status": 204, "body": {}, "target": "/_emulator/things/all"},
                     {"status": 404, "body": {}, "target": "/_emulator/nothing"},
                     {"status": 404, "body": {"code": 1}, "target": "/v1/nothing"}):
            with self.assertRaises(Undescribed, msg=case):
                self.check(**case)


if __name__ == "__main__":
    unittest.main()
