# SPDX-License-Identifier: MIT
"""An account's clock: what is due next, how far an advance goes, and what it tells of what ran."""
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from device_case import DeviceTestCase  # noqa: E402
from receiver import Receiver  # noqa: E402


class ClockTestCase(DeviceTestCase):
    """A server that sends a webhook again after a minute and after an hour."""

    options = ("--webhook-retries", "1m,1h")

    def setUp(self):
        super().setUp()
        self.freeze()

    def advance(self, by=None, client=None, **how):
        """An advance by or to something; gives the whole answer."""
        return self.control("POST", "clock/advance", how or {"by": by}, client=client)

    def hear(self, sim, kind="sms-commands", **body):
        """The Sim's device sends something; gives the delivery."""
        path = f"sims/{sim['sid']}/{kind}"
        return self.control("POST", path, body or {"payload": "x"}, 201)["delivery"]

    def receiver(self, behave=None):
        """A receiver of webhooks."""
        receiver = Receiver(behave)
        self.addCleanup(receiver.close)
        return receiver


class ErrorCodeTest(ClockTestCase):
    """What ran has Twilio's error code, where there is one."""

    options = ("--webhook-retries", "none")

    def codes(self):
        """What runs within a minute: results with their codes."""
        return [(one["result"], one["error_code"]) for one in self.advance("1m")["ran"]]

    def test_commands(self):
        sim = self.active_sim(self.fleet())
        form = {"Sim": sim["sid"], "Payload": "x"}
        for prepare, codes in ((lambda: None, [("sent", None)]),
                               (lambda: self.control("POST", f"sims/{sim['sid']}/detach"),
                                [("failed", 83401)]),
                               (lambda: self.update_sim(sim, 202, Status="inactive"),
                                [("inactive", None), ("failed", 83400)])):
            prepare()
            self.ok(self.client.post("/v1/IpCommands", {**form, "DevicePort": "1"}), 201)
            self.assertEqual(self.codes(), codes)
        self.ok(self.client.post("/v1/SmsCommands", form), 201)
        self.assertEqual(self.codes(), [("failed", None)], "Twilio has no code for it")

    def test_webhooks(self):
        failing = self.receiver(lambda handler: handler.answer(500)).url
        sim = self.active_sim(self.fleet(SmsCommandsUrl=failing + "/sms", IpCommandsUrl=failing + "/ip"))
        self.hear(sim)
        self.hear(sim, "ip-commands", payload_text="x")
        self.assertEqual(self.codes(), [("status", 11200), ("status", 83402)])
        good = self.receiver().url
        for path, code in (("/sms", None), ("/sms#rp=7xx", 11243)):
            self.hear(self.active_sim(self.fleet(SmsCommandsUrl=good + path)))
            self.assertEqual(self.codes(), [("delivered", code)])


if __name__ == "__main__":
    unittest.main()
