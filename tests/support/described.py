# SPDX-License-Identifier: MIT
"""Answers are as the server describes them (/_emulator/openapi.json and its sibling for /v1).

`Descriptions.check` looks at one answer of a server: its operation must have its status, and its
JSON must be of that one's schema, with all keys that are required and none that is not described.
What a successful call of the control API sent must be described, too.

The validator knows the keywords that the descriptions use, and complains of any other. Objects are
closed here, though the descriptions, to which things are added, do not say so.
"""
import json
import re
import urllib.parse

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int,
         "number": (int, float), "null": type(None)}
# They say nothing that can be wrong, or are looked at elsewhere.
REMARKS = {"description", "default", "format", "contentEncoding", "required", "minItems", "maxProperties"}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
SAMPLES = 100  # of one status of one operation, in one process
PASSED_ON = "/_emulator/v1/"  # the operator's way to /v1


class Undescribed(AssertionError):
    """An answer that is not as it is described."""


def is_of_type(value, names):
    """True when a value has one of JSON Schema's types. A boolean is no number."""
    names = [names] if isinstance(names, str) else names
    if isinstance(value, bool):
        return "boolean" in names
    return any(isinstance(value, TYPES[name]) for name in names)


class Schema:
    """What values may be; `document` is where its references lead."""

    def __init__(self, document):
        self.document = document

    def resolve(self, schema):
        """The schema that a reference means. What stands beside it is a remark."""
        while "$ref" in schema:
            found = self.document
            for part in schema["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            schema = found
        return schema

    def check(self, schema, value, where):
        """Raises for a value that is not as the schema says."""
        schema = self.resolve(schema)
        for keyword, wanted in schema.items():
            if keyword in REMARKS:
                continue
            check = getattr(self, "check_" + keyword, None)
            if check is None:
                raise Undescribed(f"{where}: the validator does not know {keyword}")
            if check(wanted, value, where) is False:
                raise Undescribed(f"{where}: {value!r} does not fit {keyword} {wanted!r}")
        if isinstance(value, dict):
            self.check_keys(schema, value, where)
        if isinstance(value, str) and schema.get("format") == "date-time" and not TIME.fullmatch(value):
            raise Undescribed(f"{where}: {value!r} is no time")

    def check_keys(self, schema, value, where):
        """All keys that there must be, and none that is not described."""
        for key in schema.get("required", ()):
            if key not in value:
                raise Undescribed(f"{where} lacks {key}")
        if "properties" in schema and "additionalProperties" not in schema:
            for key in value:
                if key not in schema["properties"]:
                    raise Undescribed(f"{where}.{key} is not described")

    def check_properties(self, wanted, value, where):
        """Each member of an object."""
        if isinstance(value, dict):
            for key, inner in wanted.items():
                if key in value:
                    self.check(inner, value[key], f"{where}.{key}")

    def check_additionalProperties(self, wanted, value, where):
        """Members whose names are free."""
        for key, inner in value.items() if isinstance(value, dict) else ():
            self.check(wanted, inner, f"{where}.{key}")

    def check_items(self, wanted, value, where):
        """Each element of an array."""
        for i, inner in enumerate(value if isinstance(value, list) else ()):
            self.check(wanted, inner, f"{where}[{i}]")

    def check_anyOf(self, wanted, value, where):
        """One of several; the last one's complaint is told."""
        for i, choice in enumerate(wanted):
            try:
                return self.check(choice, value, where)
            except Undescribed:
                if i == len(wanted) - 1:
                    raise
        return False

    check_type = staticmethod(lambda wanted, value, _: is_of_type(value, wanted))
    check_enum = staticmethod(lambda wanted, value, _: value in wanted)
    check_pattern = staticmethod(
        lambda wanted, value, _: not isinstance(value, str) or re.search(wanted, value) is not None)
    check_minimum = staticmethod(lambda wanted, value, _: not is_of_type(value, "number") or value >= wanted)
    check_maximum = staticmethod(lambda wanted, value, _: not is_of_type(value, "number") or value <= wanted)
    check_minLength = staticmethod(lambda wanted, value, _: not isinstance(value, str) or len(value) >= wanted)
    check_maxLength = staticmethod(lambda wanted, value, _: not isinstance(value, str) or len(value) <= wanted)


class Operation:
    """One method of one path."""

    def __init__(self, document, path, method, described):
        self.schema = Schema(document)
        self.path = path
        self.method = method
        self.described = described
        self.id = described.get("operationId", f"{method} {path}")
        parts = re.split(r"{\w+}", path)
        self.pattern = re.compile("[^/]+".join(re.escape(part) for part in parts))
        self.parameters = [self.schema.resolve(one) for one in described.get("parameters", ())]

    def names(self, place):
        """The names of the parameters of a query or a path."""
        return [one["name"] for one in self.parameters if one["in"] == place]

    def takes_anything(self):
        """True for what is made to be called in any way."""
        return self.path.endswith("/in") or self.path.startswith(PASSED_ON)

    def response(self, status):
        """How an answer is described; None: it is not."""
        responses = self.described["responses"]
        found = responses.get(str(status), responses.get("default"))
        return None if found is None else self.schema.resolve(found)

    def body(self):
        """The schema of a JSON body; an empty one: there is none."""
        content = self.described.get("requestBody", {}).get("content", {})
        return self.schema.resolve(content.get("application/json", {}).get("schema", {}))


class Descriptions:
    """What a server says of both of its APIs."""

    def __init__(self, control, supersim):
        self.documents = {"control": control, "supersim": supersim}
        self.operations = [Operation(document, path, method.upper(), described)
                           for document in (control, supersim)
                           for path, methods in document["paths"].items()
                           for method, described in methods.items()]
        self._seen = {}

    def find(self, method, path):
        """The operation that a request is for; None: there is none."""
        method = "GET" if method == "HEAD" else method
        found = [one for one in self.operations
                 if one.method == method and one.pattern.fullmatch(path)]
        # Of two, the one with fewer names in its path: deliveries/replay, deliveries/{Sid}.
        return min(found, key=lambda one: one.path.count("{"), default=None)

    def check(self, method, target, sent, answer):
        """Raises Undescribed for an answer that is not as it is described."""
        path, _, query = target.partition("?")
        if path.startswith(PASSED_ON):
            if answer.status >= 300:
                return  # an error of either API
            path = path.removeprefix("/_emulator")
        operation = self.find(method, path)
        key = (operation.id if operation else path.split("/")[1], answer.status)
        self._seen[key] = self._seen.get(key, 0) + 1
        if self._seen[key] > SAMPLES:
            return
        where = f"{method} {path} -> {answer.status}"
        if operation is None:
            self._check_refusal(path, answer, where)
            return
        self._check_answer(operation, answer, where)
        if answer.status < 300 and path.startswith("/_emulator/"):
            self._check_sent(operation, query, sent, where)

    def _check_refusal(self, path, answer, where):
        """Of what does not exist. The HTTP library answers some requests by itself, with a page."""
        is_control = path.split("/")[1] in ("_emulator", "console") and path != PASSED_ON.rstrip("/")
        document = self.documents["control" if is_control else "supersim"]
        if is_json(answer):
            error = {"$ref": "#/components/schemas/Error"}
            Schema(document).check(error, json.loads(answer.body), where)

    @staticmethod
    def _check_answer(operation, answer, where):
        response = operation.response(answer.status)
        if response is None:
            raise Undescribed(f"{where}: the status is not described")
        content = response.get("content", {})
        if not answer.body:
            return
        kind = answer.header("Content-Type", "").split(";")[0]
        if kind not in content:
            if answer.status >= 400 and not is_json(answer):
                return
            raise Undescribed(f"{where}: {kind} is not described")
        if is_json(answer):
            operation.schema.check(content[kind]["schema"], json.loads(answer.body), where)

    @staticmethod
    def _check_sent(operation, query, sent, where):
        """What a call that went well sent."""
        if operation.takes_anything():
            return
        for name, _ in urllib.parse.parse_qsl(query, keep_blank_values=True):
            if name not in operation.names("query"):
                raise Undescribed(f"{where}: {name} of the query is not described")
        if sent and operation.body() == {} and json.loads(sent) != {}:
            raise Undescribed(f"{where}: a body is not described")
        if sent:
            operation.schema.check(operation.body(), json.loads(sent), f"body of {where}")


def is_json(answer):
    """True for a body that says that it is JSON."""
    return bool(answer.body) and answer.header("Content-Type", "").startswith("application/json")
