# SPDX-License-Identifier: MIT
"""What the tests of Fleets share: keys in their documented order, makers, checks of answers."""
import re

from server import ServerTestCase

FLEET_KEYS = [
    "account_sid", "unique_name", "data_enabled", "data_limit", "data_metering", "date_created",
    "date_updated", "sms_commands_enabled", "sms_commands_method", "sms_commands_url",
    "ip_commands_method", "ip_commands_url", "network_access_profile_sid", "sid", "url",
]
META_KEYS = [
    "first_page_url", "key", "next_page_url", "page", "page_size", "previous_page_url", "url",
]
JSON_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
DATE = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
CODE_OF_STATUS = {400: 20001, 401: 20003, 404: 20404, 405: 20004, 409: 20409, 413: 20413}


class FleetTestCase(ServerTestCase):
    """A server with the makers and checks that most tests of the API need."""

    def make_profile(self, name=None, client=None):
        """A new Network Access Profile's representation."""
        form = {} if name is None else {"UniqueName": name}
        answer = (client or self.client).post("/v1/NetworkAccessProfiles", form)
        self.assertEqual(answer.status, 201, answer)
        return answer.json()

    def make_fleet(self, profile_sid, client=None, **parameters):
        """A new Fleet's representation."""
        form = {"NetworkAccessProfile": profile_sid, **parameters}
        answer = (client or self.client).post("/v1/Fleets", form)
        self.assertEqual(answer.status, 201, answer)
        return answer.json()

    def fetch(self, fleet):
        """A Fleet as it is now."""
        answer = self.client.get("/v1/Fleets/" + fleet["sid"])
        self.assertEqual(answer.status, 200, answer)
        return answer.json()

    def list_sids(self, query="", client=None):
        """The SIDs on one page of Fleets."""
        answer = (client or self.client).get("/v1/Fleets" + query)
        self.assertEqual(answer.status, 200, answer)
        return [fleet["sid"] for fleet in answer.json()["fleets"]]

    def assert_error(self, answer, status, message=None, code=None):
        """An error answer of the documented shape, compact, with its code in a header, too."""
        code = code or CODE_OF_STATUS[status]
        self.assertEqual(answer.status, status, answer)
        error = answer.json()
        self.assertEqual(list(error), ["code", "message", "more_info", "status"])
        self.assertEqual(error["code"], code, answer)
        self.assertEqual(error["status"], status)
        self.assertEqual(error["more_info"], f"https://www.twilio.com/docs/errors/{code}")
        self.assertEqual(answer.header("X-Twilio-Error-Code"), str(code))
        self.assertRegex(answer.header("Emulator-Hint", ""), r"^[^\x00-\x1f\x7f]{10,512}$")
        self.assertIsNone(answer.header("Emulator-Warning"))
        self.assertEqual(answer.header("Content-Type", "").split(";")[0], "application/json")
        self.assert_compact(answer)
        if message is not None:
            self.assertEqual(error["message"], message)

    def assert_compact(self, answer):
        """No blanks between JSON tokens."""
        tokens = JSON_STRING.sub("", answer.body.decode())
        self.assertNotRegex(tokens, r"\s")

    def assert_not_found(self, answer, path):
        """404 that names the path as it was sent, without its version."""
        self.assert_error(answer, 404, f"The requested resource {path} was not found")
