# SPDX-License-Identifier: MIT
"""Sims: registration, the machine of their status, filters, callbacks, devices."""
import unittest

from device_case import DeviceTestCase
from networks import ATT

SIM_KEYS = ["sid", "account_sid", "unique_name", "status", "fleet_sid", "iccid", "date_created",
            "date_updated", "url", "links"]


class RegistrationTest(DeviceTestCase):
    """POST /v1/Sims."""

    def test_a_new_sim(self):
        iccid = "8988307000000000001"
        sim = self.register(iccid=iccid)
        self.assertEqual(list(sim), SIM_KEYS)
        self.assertRegex(sim["sid"], "^HS[0-9a-f]{32}$")
        self.assertEqual((sim["status"], sim["fleet_sid"], sim["iccid"], sim["unique_name"]),
                         ("new", None, iccid, None))
        self.assertEqual(sim["account_sid"], self.account)
        self.assertEqual(sim["url"], f"{self.server.url}/v1/Sims/{sim['sid']}")
        self.assertEqual(sim["links"], {
            "billing_periods": sim["url"] + "/BillingPeriods",
            "sim_ip_addresses": sim["url"] + "/IpAddresses"})
        self.assertEqual(self.fetch_sim(sim), sim)

    def test_refused_registrations(self):
        good = "89883070000123456789"
        for form, code, part in (
                ({}, 83001, "Iccid"),
                ({"Iccid": good}, 83001, "RegistrationCode"),
                ({"Iccid": "1" * 17, "RegistrationCode": "H3LL0W0RLD"}, 83002, ""),
                ({"Iccid": "1" * 23, "RegistrationCode": "H3LL0W0RLD"}, 83002, ""),
                ({"Iccid": "1" * 18 + "F", "RegistrationCode": "H3LL0W0RLD"}, 83002, ""),
                ({"Iccid": "", "RegistrationCode": "H3LL0W0RLD"}, 83002, ""),
                ({"Iccid": good, "RegistrationCode": "short"}, 83002, ""),
                ({"Iccid": good, "RegistrationCode": "elevenchars"}, 83002, "")):
            with self.subTest(form=form):
                answer = self.client.post("/v1/Sims", form)
                self.assert_error(answer, 400, code=code)
                self.assertIn(part, answer.json()["message"])
        self.assertEqual(self.ok(self.client.get("/v1/Sims"))["sims"], [])

    def test_lengths_of_iccids(self):
        for length in (18, 22):
            self.register(iccid="9" * length)

    def test_registered_twice(self):
        sim = self.register(iccid="89883070000123456789")
        answer = self.client.post("/v1/Sims", {"Iccid": sim["iccid"], "RegistrationCode": "0123456789"})
        self.assert_error(answer, 400, code=83003)
        self.assertIn(sim["sid"], answer.json()["message"])

    def test_other_accounts_may_use_the_same_iccid(self):
        for client in (self.client, self.new_client()):
            self.register(client, iccid="89883070000123456000")


class UpdateTest(DeviceTestCase):
    """POST /v1/Sims/{Sid}."""

    def setUp(self):
        super().setUp()
        self.freeze()

    def assert_refused(self, sim, code, status, **parameters):
        """An update that is refused and changes nothing."""
        before = self.fetch_sim(sim)
        answer = self.client.post("/v1/Sims/" + sim["sid"], parameters)
        self.assert_error(answer, status, code=code)
        self.assertEqual(self.fetch_sim(sim), before)

    def test_name_and_fleet(self):
        fleet = self.fleet(UniqueName="pilot")
        sim = self.register()
        updated = self.update_sim(sim, UniqueName="tracker 1", Fleet="pilot")
        self.assertEqual((updated["unique_name"], updated["fleet_sid"], updated["status"]),
                         ("tracker 1", fleet["sid"], "new"))
        self.assertEqual(self.ok(self.client.get("/v1/Sims/tracker%201")), updated)
        other = self.fleet()
        self.assertEqual(self.update_sim(sim, Fleet=other["sid"])["fleet_sid"], other["sid"])
        self.assertEqual(self.update_sim(sim, Fleet="")["fleet_sid"], None)
        self.assertEqual(self.update_sim(sim, UniqueName="")["unique_name"], None)
        self.assertEqual(self.update_sim(sim), self.fetch_sim(sim))

    def test_errors(self):
        sim = self.register()
        self.update_sim(self.register(), UniqueName="taken")
        self.assert_refused(sim, 83011, 409, UniqueName="taken")
        self.assert_refused(sim, 83006, 400, Fleet="nobody")
        self.assert_refused(sim, 83007, 400, Status="active")
        self.assert_refused(sim, 83007, 400, Status="ready")
        for status in ("new", "scheduled", "deactivated", ""):
            self.assert_refused(sim, 20001, 400, Status=status)
        self.assert_refused(sim, 20001, 400, CallbackMethod="PUT")
        self.assert_refused(sim, 20001, 400, CallbackUrl="ftp://x")
        unknown = "/v1/Sims/HS" + "0" * 32
        self.assert_error(self.client.post(unknown, {"UniqueName": "x"}), 404, code=83005)
        self.assert_error(self.client.get(unknown), 404, code=20404)

    def test_a_status_change_comes_later(self):
        fleet = self.fleet()
        sim = self.register()
        scheduled = self.update_sim(sim, 202, Status="ready", Fleet=fleet["sid"])
        self.assertEqual(scheduled["status"], "scheduled")
        self.assertEqual(scheduled["fleet_sid"], fleet["sid"])
        self.assert_refused(sim, 83009, 409, Status="active")
        self.assert_refused(sim, 83009, 409, Fleet=self.fleet()["sid"])
        self.update_sim(sim, UniqueName="named meanwhile")
        ran = self.advance("1s")["ran"]
        self.assertEqual([(one["kind"], one["sid"], one["result"]) for one in ran],
                         [("sim_status", sim["sid"], "ready")])
        self.assertEqual(self.fetch_sim(sim)["status"], "ready")

    def test_every_move_between_statuses(self):
        allowed = {("new", "ready"), ("new", "active"), ("new", "inactive"), ("ready", "active"),
                   ("ready", "inactive"), ("active", "inactive"), ("inactive", "active")}
        fleet = self.fleet()
        for start in ("new", "ready", "active", "inactive"):
            for target in ("ready", "active", "inactive"):
                with self.subTest(start=start, target=target):
                    sim = self.register()
                    self.update_sim(sim, Fleet=fleet["sid"])
                    if start != "new":
                        self.update_sim(sim, 202, Status=start)
                        self.advance("1s")
                    if start == target:
                        self.assertEqual(self.update_sim(sim, Status=target)["status"], start)
                    elif (start, target) in allowed:
                        self.update_sim(sim, 202, Status=target)
                        self.advance("1s")
                        self.assertEqual(self.fetch_sim(sim)["status"], target)
                    else:
                        self.assert_refused(sim, 83010, 400, Status=target)

    def test_an_active_sim_keeps_a_fleet(self):
        fleet = self.fleet()
        sim = self.active_sim(fleet)
        self.assert_refused(sim, 83008, 400, Fleet="")
        self.update_sim(sim, Fleet=self.fleet()["sid"])
        self.update_sim(sim, 202, Status="inactive")
        self.advance("1s")
        self.update_sim(sim, Fleet="")

    def test_the_callback_of_an_update(self):
        self.control("PUT", "sinks/calls")
        url = f"{self.server.url}/_emulator/sinks/calls/in"
        sim = self.register()
        self.update_sim(sim, 202, UniqueName="a b", Fleet=self.fleet()["sid"], Status="active",
                        CallbackUrl=url, CallbackMethod="GET")
        self.assertEqual(len(self.advance("1s")["ran"]), 2)
        self.update_sim(sim, 202, Status="inactive")
        self.advance("1s")
        calls = self.control("GET", "sinks/calls/received")["requests"]
        self.assertEqual([call["method"] for call in calls], ["GET"])
        self.assertTrue(calls[0]["signature_valid"])
        self.assertEqual(calls[0]["parameters"], {
            "SimSid": sim["sid"], "SimUniqueName": "a b", "SimStatus": "active", "ErrorCode": "",
            "AccountSid": self.account})

    def test_a_callback_without_a_status_change(self):
        self.control("PUT", "sinks/calls")
        url = f"{self.server.url}/_emulator/sinks/calls/in"
        self.update_sim(self.register(), Fleet=self.fleet()["sid"], CallbackUrl=url)
        self.advance("1s")
        calls = self.control("GET", "sinks/calls/received")["requests"]
        self.assertEqual([call["parameters"]["SimStatus"] for call in calls], ["new"])

    def test_move_to_another_account(self):
        other = self.new_client()
        fleet = self.fleet(other, UniqueName="theirs")
        sim = self.register()
        moved = self.update_sim(sim, AccountSid=other.user, Fleet="theirs")
        self.assertEqual((moved["account_sid"], moved["fleet_sid"]), (other.user, fleet["sid"]))
        self.assert_error(self.client.get("/v1/Sims/" + sim["sid"]), 404)
        self.assertEqual(self.fetch_sim(sim, other), moved)
        self.update_sim(self.register(), AccountSid=self.account)
        own = self.update_sim(self.register(), Fleet=self.fleet()["sid"])
        moved = self.update_sim(own, AccountSid=other.user)
        self.assertEqual((moved["account_sid"], moved["fleet_sid"]), (other.user, None),
                         "its Fleet stays behind")
        self.control("PUT", "state", {"accounts": [{"sid": other.user, "sim_cards": [
            {"iccid": "89883070000999999999", "registration_code": "AAAAAAAAAA"}]}]}, client=other)
        known = self.register(iccid="89883070000999999999", code="BBBBBBBBBB")
        self.assert_refused(known, 83002, 400, AccountSid=other.user)
        self.assert_refused(self.active_sim(self.fleet()), 83010, 400, AccountSid=other.user)

    def test_a_sim_with_a_past_stays(self):
        other = self.new_client()
        fleet = self.fleet()
        self.freeze("2026-06-15T12:00:00Z")

        def refused(sim):
            """It cannot move, and has not moved."""
            form = {"AccountSid": other.user}
            answer = self.client.post("/v1/Sims/" + sim["sid"], form)
            self.assertEqual((answer.status, answer.json()["code"]), (409, 20409), answer)
            self.assertIn("cannot move", answer.json()["message"])
            self.assertEqual(self.fetch_sim(sim)["account_sid"], self.account)

        moved_data = self.update_sim(self.register(), Fleet=fleet["sid"])
        self.control("POST", f"sims/{moved_data['sid']}/usage/generate",
                     {"start_time": "2026-06-14T00:00:00Z", "end_time": "2026-06-14T01:00:00Z",
                      "upload_per_hour": 1})
        refused(moved_data)
        with_settings = self.register()
        self.control("POST", f"sims/{with_settings['sid']}/settings-updates", {}, 201)
        refused(with_settings)
        command = self.register()
        self.ok(self.client.post("/v1/SmsCommands", {"Sim": command["sid"], "Payload": "x"}), 201)
        refused(command)

    def test_lists_and_filters(self):
        fleet = self.fleet(UniqueName="f")
        sims = [self.active_sim(fleet), self.register(), self.register()]
        def listed(query):
            return [sim["sid"] for sim in self.ok(self.client.get("/v1/Sims" + query))["sims"]]
        self.assertEqual(listed(""), [sim["sid"] for sim in reversed(sims)])
        self.assertEqual(listed("?Status=active"), [sims[0]["sid"]])
        self.assertEqual(listed("?Status=new"), [sims[2]["sid"], sims[1]["sid"]])
        self.assertEqual(listed("?Status=scheduled"), [])
        self.assertEqual(listed("?Fleet=f"), [sims[0]["sid"]])
        self.assertEqual(listed(f"?Fleet={fleet['sid']}&Status=new"), [])
        self.assertEqual(listed("?Fleet=nobody"), [])
        self.assertEqual(listed("?Iccid=" + sims[1]["iccid"]), [sims[1]["sid"]])
        self.assert_error(self.client.get("/v1/Sims?Status=asleep"), 400, "Invalid Status.")
        page = self.ok(self.client.get("/v1/Sims?Status=new&PageSize=1"))
        self.assertIn("Status=new&PageSize=1", page["meta"]["next_page_url"])
        last = self.ok(self.client.get(page["meta"]["next_page_url"]))
        self.assertEqual([sim["sid"] for sim in last["sims"]], [sims[1]["sid"]])
        self.assertIsNone(last["meta"]["next_page_url"])


class DeviceTest(DeviceTestCase):
    """What a SIM in the field does."""

    def setUp(self):
        super().setUp()
        self.freeze("2026-01-31T12:00:00Z")

    def test_the_hidden_state(self):
        sim = self.register()
        hidden = self.control("GET", "sims/" + sim["sid"])
        self.assertEqual((hidden["attached"], hidden["period"], hidden["data_limit"]),
                         (False, None, None))
        sim = self.active_sim(self.fleet(DataLimit=5))
        hidden = self.control("GET", "sims/" + sim["sid"])
        self.assertEqual((hidden["attached"], hidden["data_limit"], hidden["blocked"]),
                         (True, 5, False))
        self.assertRegex(hidden["ip_address"], r"^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.")
        self.assertEqual(hidden["period"]["end_time"], "2026-02-28T12:00:00Z")
        self.refused(self.client.control("GET", "sims/HS" + "0" * 32), 404)

    def test_data_that_uses_up_the_limit(self):
        sim = self.active_sim(self.fleet(DataLimit=1))
        path = f"sims/{sim['sid']}/usage"
        one = self.control("POST", path, {"data_upload": 400_000, "data_download": 599_999})
        self.assertEqual((one["blocked"], one["period"]["data_total"]), (False, 999_999))
        two = self.control("POST", path, {"data_upload": 1, "data_download": 5})
        self.assertEqual((two["blocked"], two["period"]["data_total"]), (True, 1_000_005))
        self.refused(self.client.control("POST", path, {"data_upload": 1}), 409)
        self.advance("30d")
        fresh = self.control("GET", "sims/" + sim["sid"])
        self.assertEqual((fresh["blocked"], fresh["period"]["data_total"]), (False, 0))
        self.control("POST", path, {"data_upload": 1})

    def test_data_that_cannot_be_moved(self):
        sim = self.active_sim(self.fleet())
        path = f"sims/{sim['sid']}/usage"
        for body, field in (({"data_upload": -1}, "data_upload"), ({"data_upload": "1"}, "data_upload"),
                            ({"upload": 1}, "upload"), ({"network": "x"}, "network"),
                            ({"at": "2027-01-01T00:00:00Z"}, "at"), ({"at": "soon"}, "at")):
            self.refused(self.client.control("POST", path, body), 400, field)
        self.control("POST", f"sims/{sim['sid']}/detach")
        self.refused(self.client.control("POST", path, {"data_upload": 1}), 409)
        self.control("POST", f"sims/{sim['sid']}/attach", {"network": ATT})
        self.assertEqual(self.control("POST", path, {"data_upload": 1})["network_sid"], ATT)
        offline = self.active_sim(self.fleet(DataEnabled="false"))
        self.refused(self.client.control("POST", f"sims/{offline['sid']}/usage", {}), 409)
        self.refused(self.client.control("POST", f"sims/{self.register()['sid']}/usage", {}), 409)


if __name__ == "__main__":
    unittest.main()
