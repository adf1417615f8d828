# SPDX-License-Identifier: MIT
"""SMS and IP Commands, to and from Sims, on a frozen clock; and devices under test over UDP."""
import base64
import socket
import unittest

from device_case import DeviceTestCase
from server import wait_until

SMS_KEYS = ["sid", "account_sid", "payload", "sim_sid", "status", "direction", "date_created",
            "date_updated", "url"]
IP_KEYS = ["sid", "account_sid", "sim_sid", "sim_iccid", "status", "direction", "device_ip",
           "device_port", "payload_type", "payload", "date_created", "date_updated", "url"]


class CommandTestCase(DeviceTestCase):
    """A frozen clock, a sink, and a Fleet that tells it what its devices send."""

    def setUp(self):
        super().setUp()
        self.freeze()
        self.control("PUT", "sinks/hook")
        self.hook = f"{self.server.url}/_emulator/sinks/hook/in"

    def received(self):
        """What the sink got, each signed."""
        requests = self.control("GET", "sinks/hook/received")["requests"]
        self.assertTrue(all(request["signature_valid"] for request in requests), requests)
        return requests

    def make(self, kind, sim, status=201, **form):
        """A Command to a Sim."""
        return self.ok(self.client.post("/v1/" + kind, {"Sim": sim["sid"], **form}), status)

    def statuses(self):
        """What the sink was told of statuses, with error codes."""
        return [(one["parameters"]["Status"], one["parameters"].get("ErrorCode"))
                for one in self.received()]


class SmsCommandTest(CommandTestCase):
    """/v1/SmsCommands."""

    def test_to_a_sim(self):
        sim = self.active_sim(self.fleet(), UniqueName="t")
        command = self.ok(self.client.post("/v1/SmsCommands", {
            "Sim": "t", "Payload": "hello", "CallbackUrl": self.hook}), 201)
        self.assertEqual(list(command), SMS_KEYS)
        self.assertRegex(command["sid"], "^HC[0-9a-f]{32}$")
        self.assertEqual((command["status"], command["direction"], command["sim_sid"]),
                         ("queued", "to_sim", sim["sid"]))
        ran = [(one["kind"], one["result"]) for one in self.advance("1m")["ran"]]
        self.assertEqual(ran, [("sms_command", "sent"), ("webhook_attempt", "delivered"),
                               ("sms_command", "delivered"), ("webhook_attempt", "delivered")])
        now = self.ok(self.client.get("/v1/SmsCommands/" + command["sid"]))
        self.assertEqual(now["status"], "delivered")
        self.assertEqual(self.statuses(), [("sent", None), ("delivered", None)])
        self.assertEqual(self.received()[0]["parameters"], {
            "Status": "sent", "ApiVersion": "v1", "Command": "hello", "SimUniqueName": "t",
            "Payload": "hello",
            "SimSid": sim["sid"], "Direction": "to_sim", "CommandSid": command["sid"],
            "AccountSid": self.account, "PayloadType": "text"})

    def test_limits(self):
        sim = self.active_sim(self.fleet())
        self.make("SmsCommands", sim, Payload="x" * 160)
        for payload in ("", "x" * 161, "é" * 81):
            answer = self.client.post("/v1/SmsCommands", {"Sim": sim["sid"], "Payload": payload})
            self.assert_error(answer, 400, "Invalid Payload.")
        self.assert_error(self.client.post("/v1/SmsCommands", {"Payload": "x"}), 400,
                          "Missing required parameter Sim in the post body")
        self.assert_error(self.client.post("/v1/SmsCommands", {"Sim": "nobody", "Payload": "x"}),
                          400, "Invalid Sim.")

    def test_failures(self):
        quiet = self.fleet(SmsCommandsEnabled="false")
        for sim in (self.register(), self.active_sim(quiet)):
            command = self.make("SmsCommands", sim, Payload="x", CallbackUrl=self.hook)
            self.advance("1m")
            now = self.ok(self.client.get("/v1/SmsCommands/" + command["sid"]))
            self.assertEqual(now["status"], "failed")
        self.assertEqual([status for status, _ in self.statuses()], ["failed", "failed"])

    def test_a_detached_device_gets_it_when_it_is_back(self):
        sim = self.active_sim(self.fleet())
        self.control("POST", f"sims/{sim['sid']}/detach")
        command = self.make("SmsCommands", sim, Payload="x", CallbackUrl=self.hook)
        path = "/v1/SmsCommands/" + command["sid"]
        self.advance("23h")
        self.assertEqual(self.ok(self.client.get(path))["status"], "sent")
        self.control("POST", f"sims/{sim['sid']}/attach")
        self.advance("1s")
        self.assertEqual(self.ok(self.client.get(path))["status"], "delivered")
        self.control("POST", f"sims/{sim['sid']}/detach")
        late = self.make("SmsCommands", sim, Payload="x")
        self.advance("25h")
        self.control("POST", f"sims/{sim['sid']}/attach")
        self.advance("1s")
        self.assertEqual(self.ok(self.client.get("/v1/SmsCommands/" + late["sid"]))["status"], "sent")

    def test_it_arrives_when_the_fleet_has_sms_again(self):
        fleet, quiet = self.fleet(), self.fleet(SmsCommandsEnabled="false")
        sim = self.active_sim(fleet)
        self.control("POST", f"sims/{sim['sid']}/detach")
        path = "/v1/SmsCommands/" + self.make("SmsCommands", sim, Payload="x")["sid"]
        self.advance("1s")
        self.update_sim(sim, Fleet=quiet["sid"])
        self.control("POST", f"sims/{sim['sid']}/attach")
        self.advance("1h")
        self.assertEqual(self.ok(self.client.get(path))["status"], "sent")
        self.update_sim(sim, Fleet=fleet["sid"])
        self.advance("1s")
        self.assertEqual(self.ok(self.client.get(path))["status"], "delivered")

    def test_from_a_sim(self):
        fleet = self.fleet(SmsCommandsUrl=self.hook + "?x=1")
        sim = self.active_sim(fleet)
        answer = self.control("POST", f"sims/{sim['sid']}/sms-commands",
                              {"payload": "Hello;1234 é+&="}, 201)
        command = answer["sms_command"]
        self.assertEqual((command["status"], command["direction"]), ("received", "from_sim"))
        self.assertRegex(answer["delivery"], "^WD[0-9a-f]{32}$")
        self.assertEqual(self.received(), [])
        self.advance("1s")
        [request] = self.received()
        self.assertEqual(list(request["parameters"]), [
            "Status", "ApiVersion", "Command", "SimUniqueName", "Payload", "SimSid",
            "Direction", "CommandSid", "AccountSid", "PayloadType"])
        self.assertEqual(request["parameters"]["Payload"], "Hello;1234 é+&=")
        self.assertEqual(request["parameters"]["Command"], "Hello;1234 é+&=")
        self.assertEqual(request["parameters"]["CommandSid"], command["sid"])
        self.assertIn("Payload=Hello%3B1234+%C3%A9%2B%26%3D&", request["body"])

    def test_refused_from_a_sim(self):
        path = f"sims/{self.active_sim(self.fleet())['sid']}/sms-commands"
        self.refused(self.client.control("POST", path, {}), 400, "payload")
        self.refused(self.client.control("POST", path, {"payload": ""}), 400, "payload")
        self.refused(self.client.control("POST", path, {"payload": "x" * 161}), 400, "payload")
        self.refused(self.client.control("POST", path, {"payload": "x", "y": 1}), 400, "y")
        self.refused(self.client.control("POST", path, ["x"]), 400)
        for sim in (self.register(), self.active_sim(self.fleet(SmsCommandsEnabled="false"))):
            self.refused(self.client.control(
                "POST", f"sims/{sim['sid']}/sms-commands", {"payload": "x"}), 409)
        answer = self.control("POST", path, {"payload": "x"}, 201)
        self.assertIsNone(answer["delivery"])

    def test_filters(self):
        fleet = self.fleet()
        sims = [self.active_sim(fleet, UniqueName="a"), self.active_sim(fleet)]
        sent = [self.make("SmsCommands", sim, Payload="x")["sid"] for sim in sims]
        self.control("POST", "sims/a/sms-commands", {"payload": "x"}, 201)
        def listed(query):
            page = self.ok(self.client.get("/v1/SmsCommands?" + query))
            return [one["sid"] for one in page["sms_commands"]]
        self.assertEqual(listed("Direction=to_sim"), list(reversed(sent)))
        self.assertEqual(len(listed("Sim=a")), 2)
        self.assertEqual(listed("Sim=a&Status=queued"), [sent[0]])
        self.assertEqual(len(listed("Status=received&Direction=from_sim")), 1)
        self.assert_error(self.client.get("/v1/SmsCommands?Direction=up"), 400, "Invalid Direction.")


class IpCommandTest(CommandTestCase):
    """/v1/IpCommands."""

    options = ("--device-udp", "127.0.0.1:0")

    def test_to_a_sim(self):
        sim = self.active_sim(self.fleet())
        command = self.make("IpCommands", sim, Payload="hello", DevicePort=5000,
                            CallbackUrl=self.hook)
        self.assertEqual(list(command), IP_KEYS)
        self.assertEqual((command["status"], command["payload_type"], command["device_ip"],
                          command["device_port"], command["sim_iccid"]),
                         ("queued", "text", None, 5000, sim["iccid"]))
        self.advance("1m")
        now = self.ok(self.client.get("/v1/IpCommands/" + command["sid"]))
        hidden = self.control("GET", "sims/" + sim["sid"])
        self.assertEqual((now["status"], now["device_ip"]), ("sent", hidden["ip_address"]))
        self.assertEqual(self.statuses(), [("sent", None)])

    def test_limits(self):
        sim = self.active_sim(self.fleet())
        self.make("IpCommands", sim, Payload="x" * 1300, DevicePort=1)
        full = base64.b64encode(b"\0" * 1300).decode()
        self.make("IpCommands", sim, Payload=full, PayloadType="binary", DevicePort=65535)
        over = base64.b64encode(b"\0" * 1301).decode()
        for parameters, name in (({"Payload": "x" * 1301}, "Payload"),
                                 ({"Payload": over, "PayloadType": "binary"}, "Payload"),
                                 ({"Payload": "no base64!", "PayloadType": "binary"}, "Payload"),
                                 ({"Payload": "x", "DevicePort": "65536"}, "DevicePort"),
                                 ({"Payload": "x", "PayloadType": "hex"}, "PayloadType")):
            form = {"Sim": sim["sid"], "DevicePort": "1", **parameters}
            self.assert_error(self.client.post("/v1/IpCommands", form), 400, f"Invalid {name}.")
        for missing in ("Sim", "Payload", "DevicePort"):
            form = {"Sim": sim["sid"], "DevicePort": "1", "Payload": "x"}
            del form[missing]
            self.assert_error(self.client.post("/v1/IpCommands", form), 400,
                              f"Missing required parameter {missing} in the post body")

    def test_failures(self):
        detached = self.active_sim(self.fleet())
        self.control("POST", f"sims/{detached['sid']}/detach")
        used_up = self.active_sim(self.fleet(DataLimit=1))
        self.control("POST", f"sims/{used_up['sid']}/usage", {"data_upload": 1_000_000})
        no_data = self.active_sim(self.fleet(DataEnabled="false"))
        for sim, code in ((self.register(), "83400"), (no_data, "83400"), (used_up, "83400"),
                          (detached, "83401")):
            command = self.make("IpCommands", sim, Payload="x", DevicePort=1,
                                CallbackUrl=self.hook)
            self.advance("1m")
            now = self.ok(self.client.get("/v1/IpCommands/" + command["sid"]))
            self.assertEqual((now["status"], now["device_ip"]), ("failed", None))
            self.assertEqual(self.statuses()[-1], ("failed", code))

    def test_from_a_sim(self):
        sim = self.active_sim(self.fleet(IpCommandsUrl=self.hook, IpCommandsMethod="GET"))
        path = f"sims/{sim['sid']}/ip-commands"
        payload = base64.b64encode(bytes(range(256))).decode()
        answer = self.control("POST", path, {"payload": payload, "device_port": 77}, 201)
        command = answer["ip_command"]
        self.assertEqual((command["status"], command["direction"], command["payload_type"],
                          command["payload"], command["device_port"]),
                         ("received", "from_sim", "binary", payload, 77))
        self.control("POST", path, {"payload_text": "text é"}, 201)
        self.advance("1s")
        requests = self.received()
        self.assertEqual([request["method"] for request in requests], ["GET", "GET"])
        self.assertEqual(requests[0]["parameters"]["Payload"], payload)
        self.assertEqual(requests[0]["parameters"]["SimIccid"], sim["iccid"])
        self.assertEqual(base64.b64decode(requests[1]["parameters"]["Payload"]).decode(), "text é")
        for body, field in (({}, "payload"), ({"payload": "a", "payload_text": "b"}, "payload"),
                            ({"payload": "???"}, "payload"), ({"payload_text": ""}, "payload"),
                            ({"payload_text": "x" * 1301}, "payload"),
                            ({"payload_text": "x", "device_port": 65536}, "device_port")):
            self.refused(self.client.control("POST", path, body), 400, field)

    def test_a_wrapped_payload_is_told_from_others(self):
        """`base64 file` breaks its lines, and a `+` that a form does not escape becomes a blank."""
        sim = self.active_sim(self.fleet())
        path = f"sims/{sim['sid']}/ip-commands"
        wrapped = base64.encodebytes(bytes(range(256))).decode()
        for payload, told in ((wrapped, True), (wrapped.replace("\n", "\r\n"), True),
                              ("QUJD\n", True), ("ab cd", True), ("no-base64!", False), ("QUJ", False)):
            form = {"Sim": sim["sid"], "Payload": payload, "PayloadType": "binary", "DevicePort": 1}
            answer = self.client.post("/v1/IpCommands", form)
            self.assert_error(answer, 400, "Invalid Payload.")
            self.assertEqual("base64 -w 0" in (answer.header("Emulator-Hint") or ""), told, payload)
            error = self.refused(self.client.control("POST", path, {"payload": payload}), 400, "payload")
            self.assertEqual("base64 -w 0" in error["hint"], told, payload)
        self.make("IpCommands", sim, Payload=wrapped.replace("\n", ""), PayloadType="binary",
                  DevicePort=1)
        too_long = {"Sim": sim["sid"], "Payload": "a b " * 1000, "DevicePort": 1}
        answer = self.client.post("/v1/IpCommands", too_long)
        self.assert_error(answer, 400, "Invalid Payload.")
        self.assertEqual(answer.header("Emulator-Hint"),
                         "Payload: 1 to 1300 bytes; in base64 with PayloadType=binary")

    def test_the_receiver_of_an_ip_command_fails(self):
        self.control("PUT", "sinks/hook", {"answers": [{"status": 500}]})
        sim = self.active_sim(self.fleet(IpCommandsUrl=self.hook))
        delivery = self.control("POST", f"sims/{sim['sid']}/ip-commands", {"payload_text": "x"},
                                201)["delivery"]
        self.advance("1s")
        shown = self.control("GET", "deliveries/" + delivery)
        self.assertEqual((shown["state"], shown["error_code"]), ("failed", 83402))
        self.assertEqual(shown["attempts"][0]["result"], "status")

    def device(self):
        """A UDP socket that plays the firmware, and its address."""
        device = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(device.close)
        device.bind(("127.0.0.1", 0))
        device.settimeout(30)
        return device, "127.0.0.1:%d" % device.getsockname()[1]

    def test_a_device_under_test(self):
        device, address = self.device()
        sim = self.active_sim(self.fleet(IpCommandsUrl=self.hook))
        path = f"sims/{sim['sid']}/device"
        self.assertEqual(self.control("PUT", path, {"udp": address})["device_udp"], address)
        self.make("IpCommands", sim, Payload="AAEC/w==", PayloadType="binary", DevicePort=1)
        self.advance("1s")
        data, gateway = device.recvfrom(2000)
        self.assertEqual(data, b"\x00\x01\x02\xff")
        device.sendto(b"\xffanswer", gateway)
        def answered():
            query = "/v1/IpCommands?Direction=from_sim"
            return self.ok(self.client.get(query))["ip_commands"]
        [command] = wait_until(answered, "the datagram to become an IP Command")
        self.assertEqual(base64.b64decode(command["payload"]), b"\xffanswer")
        self.assertEqual(command["device_port"], device.getsockname()[1])
        self.advance("1s")
        self.assertEqual(len(self.received()), 1)
        self.assertEqual(self.server_gateway(), "%s:%d" % gateway)

    def server_gateway(self):
        """Where datagrams of devices are taken."""
        return self.control("GET", "info")["device_udp"]

    def test_devices_that_cannot_be(self):
        sim, other = self.active_sim(self.fleet()), self.active_sim(self.fleet())
        path = f"sims/{sim['sid']}/device"
        for udp in ("127.0.0.1", "localhost:5", "127.0.0.1:0", "127.0.0.1:70000", "8.8.8.8:53",
                    "169.254.169.254:80", "", 5):
            self.refused(self.client.control("PUT", path, {"udp": udp}), 400, "udp")
        _, address = self.device()
        self.control("PUT", path, {"udp": address})
        self.control("PUT", path, {"udp": address})
        self.refused(self.client.control("PUT", f"sims/{other['sid']}/device", {"udp": address}), 409)
        self.assertIsNone(self.control("PUT", path, {"udp": None})["device_udp"])
        self.control("PUT", f"sims/{other['sid']}/device", {"udp": address})


if __name__ == "__main__":
    unittest.main()
