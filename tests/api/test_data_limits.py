# SPDX-License-Identifier: MIT
"""Data limits that bite, billing periods, and how ready Sims become active."""
import unittest

from device_case import DeviceTestCase

MB = 1_000_000
PERIOD_KEYS = ["sid", "account_sid", "sim_sid", "period_type", "start_time", "end_time",
               "date_created", "date_updated"]


class LimitTestCase(DeviceTestCase):
    """A frozen clock; what Sims' devices do."""

    def setUp(self):
        super().setUp()
        self.freeze("2026-01-31T12:00:00Z")

    def hidden(self, sim):
        """What the public API hides of a Sim."""
        return self.control("GET", "sims/" + sim["sid"])

    def move(self, sim, size, status=200):
        """The device downloads; the Sim's hidden state, or the refusal."""
        answer = self.client.control("POST", f"sims/{sim['sid']}/usage", {"data_download": size})
        self.assertEqual(answer.status, status, answer)
        return answer.json()

    def set_limit(self, fleet, megabytes):
        """Updates the Fleet."""
        updated = self.ok(self.client.post("/v1/Fleets/" + fleet["sid"], {"DataLimit": megabytes}))
        self.assertEqual(updated["data_limit"], megabytes)

    def ip_command(self, sim):
        """The status of an IP Command to the Sim after a second."""
        form = {"Sim": sim["sid"], "Payload": "x", "DevicePort": "1"}
        command = self.ok(self.client.post("/v1/IpCommands", form), 201)
        self.advance("1s")
        return self.ok(self.client.get("/v1/IpCommands/" + command["sid"]))["status"]

    def period(self, sim):
        """The Sim's billing period."""
        [period] = self.ok(self.client.get(f"/v1/Sims/{sim['sid']}/BillingPeriods"))["billing_periods"]
        return period


class LimitTest(LimitTestCase):
    """The limit of a Fleet."""

    def test_the_whole_story(self):
        """Used up, raised, unblocked five minutes later; next month starts at zero."""
        fleet = self.fleet(DataLimit=1)
        sim = self.active_sim(fleet)
        self.assertEqual(self.ip_command(sim), "sent")
        blocked = self.move(sim, 2 * MB)
        self.assertEqual((blocked["blocked"], blocked["blocked_since"]), (True, "2026-01-31T12:00:02Z"))
        self.move(sim, 1, 409)
        self.assertEqual(self.ip_command(sim), "failed")
        self.set_limit(fleet, 3)
        self.advance("4m59s")
        self.assertEqual((self.hidden(sim)["blocked"], self.hidden(sim)["data_limit"]), (True, 1))
        self.advance("1s")
        self.assertEqual((self.hidden(sim)["blocked"], self.hidden(sim)["data_limit"]), (False, 3))
        self.assertEqual(self.ip_command(sim), "sent")
        self.assertEqual(self.move(sim, MB)["blocked"], True)
        self.advance("28d")
        fresh = self.hidden(sim)
        self.assertEqual((fresh["blocked"], fresh["period"]["data_total"]), (False, 0))
        self.assertEqual(self.ip_command(sim), "sent")

    def test_up_and_down_count_together(self):
        sim = self.active_sim(self.fleet(DataLimit=1))
        body = {"data_upload": 500_000, "data_download": 499_999}
        self.assertFalse(self.control("POST", f"sims/{sim['sid']}/usage", body)["blocked"])
        self.assertTrue(self.move(sim, 1)["blocked"])

    def test_each_sim_has_its_own(self):
        fleet = self.fleet(DataLimit=1)
        one, two = self.active_sim(fleet), self.active_sim(fleet)
        self.assertTrue(self.move(one, MB)["blocked"])
        self.assertFalse(self.move(two, MB - 1)["blocked"])

    def test_a_lowered_limit_blocks(self):
        fleet = self.fleet(DataLimit=10)
        used, idle = self.active_sim(fleet), self.active_sim(fleet)
        self.move(used, 5 * MB)
        self.set_limit(fleet, 2)
        self.assertFalse(self.hidden(used)["blocked"])
        ran = self.advance("5m")["ran"]
        self.assertEqual([(one["kind"], one["sid"], one["result"]) for one in ran],
                         [("data_limit_change", fleet["sid"], "in_force")])
        self.assertEqual([self.hidden(sim)["blocked"] for sim in (used, idle)], [True, False])
        since = self.hidden(used)["blocked_since"]
        self.advance("1h")
        self.assertEqual(self.hidden(used)["blocked_since"], since)
        self.assertFalse(self.fetch_sim(used)["date_updated"] > since, "nobody updated the Sim")

    def test_the_last_change_counts(self):
        fleet = self.fleet(DataLimit=1)
        sim = self.active_sim(fleet)
        self.move(sim, 3 * MB)
        self.set_limit(fleet, 2)
        self.advance("2m")
        self.set_limit(fleet, 5)
        self.advance("5m")
        self.assertEqual((self.hidden(sim)["data_limit"], self.hidden(sim)["blocked"]), (5, False))

    def test_each_change_has_its_delay(self):
        fleet = self.fleet(DataLimit=10)
        sim = self.active_sim(fleet)
        self.move(sim, 2 * MB)
        self.set_limit(fleet, 5)
        self.advance("4m59s")
        self.set_limit(fleet, 1)
        ran = self.advance("1s")["ran"]
        self.assertEqual([one["result"] for one in ran], ["superseded"])
        self.assertEqual((self.hidden(sim)["data_limit"], self.hidden(sim)["blocked"]), (10, False))
        self.advance("4m59s")
        self.assertEqual((self.hidden(sim)["data_limit"], self.hidden(sim)["blocked"]), (1, True))

    def test_where_there_are_no_sims_it_holds_at_once(self):
        fleet = self.fleet(DataLimit=1)
        self.set_limit(fleet, 4)
        sim = self.active_sim(fleet)
        self.assertEqual(self.hidden(sim)["data_limit"], 4)
        self.assertFalse(self.move(sim, 3 * MB)["blocked"])
        self.assertEqual(self.advance("1h")["ran"], [])

    def test_the_last_sim_leaves_before_a_limit_comes(self):
        fleet, other = self.fleet(DataLimit=10), self.fleet()
        sim = self.active_sim(fleet)
        self.set_limit(fleet, 5)
        self.update_sim(sim, Fleet=other["sid"])
        self.set_limit(fleet, 3)
        self.assertEqual([one["result"] for one in self.advance("5m")["ran"]], ["in_force"])
        self.update_sim(sim, Fleet=fleet["sid"])
        self.assertEqual(self.hidden(sim)["data_limit"], 3)

    def test_no_change_plans_nothing(self):
        fleet = self.fleet(DataLimit=7)
        self.active_sim(fleet)
        self.set_limit(fleet, 7)
        self.ok(self.client.post("/v1/Fleets/" + fleet["sid"], {"UniqueName": "x"}))
        self.assertEqual(self.advance("1h")["ran"], [])

    def test_moving_to_another_fleet(self):
        small, large = self.fleet(DataLimit=1), self.fleet(DataLimit=5)
        sim = self.active_sim(small)
        self.assertTrue(self.move(sim, 2 * MB)["blocked"])
        self.update_sim(sim, Fleet=large["sid"])
        self.assertEqual((self.hidden(sim)["blocked"], self.hidden(sim)["data_limit"]), (False, 5))
        self.update_sim(sim, Fleet=small["sid"])
        self.assertTrue(self.hidden(sim)["blocked"])

    def test_it_survives_export_and_import(self):
        fleet = self.fleet(DataLimit=1)
        sim = self.active_sim(fleet)
        self.move(sim, 2 * MB)
        self.set_limit(fleet, 3)
        before = self.hidden(sim)
        self.control("PUT", "state", self.control("GET", "state"))
        self.assertEqual(self.hidden(sim), before)
        self.advance("5m")
        self.assertFalse(self.hidden(sim)["blocked"])


    def test_it_bites_on_a_clock_that_was_set_back(self):
        sim = self.active_sim(self.fleet(DataLimit=1))
        self.freeze("2025-06-01T00:00:00Z")
        moved = self.move(sim, 2 * MB)
        self.assertEqual((moved["period"]["data_total"], moved["blocked"]), (2 * MB, True))


class DelayTest(LimitTestCase):
    """--data-limit-delay 0s."""

    options = ("--data-limit-delay", "0s")

    def test_at_once(self):
        fleet = self.fleet(DataLimit=1)
        sim = self.active_sim(fleet)
        self.move(sim, 2 * MB)
        self.set_limit(fleet, 3)
        self.advance("1ms")
        self.assertFalse(self.hidden(sim)["blocked"])


class OvershootTest(LimitTestCase):
    """--data-limit-check 6m: usage is evaluated now and then, as with the real one."""

    options = ("--data-limit-check", "6m")

    def test_overshoot(self):
        fleet = self.fleet(DataLimit=1)
        sim = self.active_sim(fleet)
        self.assertFalse(self.move(sim, MB)["blocked"])
        self.assertFalse(self.move(sim, 4 * MB)["blocked"])
        self.assertEqual(self.ip_command(sim), "sent")
        ran = self.advance("6m")["ran"]
        self.assertIn(("data_limit_check", sim["sid"], "2026-01-31T12:06:00Z", "blocked"),
                      [(one["kind"], one["sid"], one["at"], one["result"]) for one in ran])
        after = self.hidden(sim)
        self.assertEqual((after["blocked"], after["period"]["data_total"]), (True, 5 * MB))
        self.move(sim, 1, 409)

    def test_one_check_is_planned_at_a_time(self):
        sim = self.active_sim(self.fleet(DataLimit=1))
        for _ in range(20):
            self.move(sim, MB)
        checks = [one for one in self.advance("6m")["ran"] if one["kind"] == "data_limit_check"]
        self.assertEqual(len(checks), 1)
        self.assertTrue(self.hidden(sim)["blocked"])

    def test_a_check_is_planned_again_after_the_clock_was_set_back(self):
        fleet = self.fleet(DataLimit=1)
        sim = self.active_sim(fleet)
        self.move(sim, 2 * MB)
        self.advance("6m")
        self.set_limit(fleet, 3)
        self.advance("5m")
        self.assertFalse(self.hidden(sim)["blocked"])
        self.freeze("2026-01-31T12:00:30Z")
        self.move(sim, 2 * MB)
        self.advance("10m")
        self.assertTrue(self.hidden(sim)["blocked"])

    def test_a_check_is_planned_again_after_an_import(self):
        sim = self.active_sim(self.fleet(DataLimit=1))
        self.move(sim, MB)
        self.control("PUT", "state", self.control("GET", "state"))
        self.assertFalse(self.hidden(sim)["blocked"])
        self.advance("6m")
        self.assertTrue(self.hidden(sim)["blocked"])

    def test_within_the_limit_nothing_is_planned(self):
        sim = self.active_sim(self.fleet(DataLimit=1))
        self.move(sim, MB - 1)
        self.assertEqual(self.advance("1h")["ran"], [])


class PeriodTest(LimitTestCase):
    """Billing periods, and IP addresses."""

    def test_a_new_sim_has_none(self):
        sim = self.register()
        page = self.ok(self.client.get(f"/v1/Sims/{sim['sid']}/BillingPeriods"))
        self.assertEqual((page["billing_periods"], page["meta"]["key"]), ([], "billing_periods"))
        self.assertTrue(page["meta"]["url"].endswith(
            f"/v1/Sims/{sim['sid']}/BillingPeriods?PageSize=50&Page=0"))
        self.assert_not_found(self.client.get("/v1/Sims/nobody/BillingPeriods"),
                              "/Sims/nobody/BillingPeriods")
        self.assertEqual(self.client.post(f"/v1/Sims/{sim['sid']}/BillingPeriods", "").status, 405)

    def test_month_by_month(self):
        """The day stays the same wherever months have it."""
        sim = self.active_sim(self.fleet(), UniqueName="tracker")
        first = self.period(sim)
        self.assertEqual(list(first), PERIOD_KEYS)
        self.assertRegex(first["sid"], "^HB[0-9a-f]{32}$")
        self.assertEqual((first["account_sid"], first["sim_sid"], first["period_type"]),
                         (self.account, sim["sid"], "active"))
        self.assertEqual((first["start_time"], first["end_time"]),
                         ("2026-01-31T12:00:00Z", "2026-02-28T12:00:00Z"))
        by_name = self.ok(self.client.get("/v1/Sims/tracker/BillingPeriods"))
        self.assertEqual(by_name["billing_periods"], [first])
        self.assertIn(sim["sid"], by_name["meta"]["url"])
        for by, start, end in (("672h", "2026-02-28", "2026-03-31"), ("31d", "2026-03-31", "2026-04-30"),
                               ("30d", "2026-04-30", "2026-05-31"), ("365d", "2027-04-30", "2027-05-31")):
            self.advance(by)
            period = self.period(sim)
            self.assertEqual((period["start_time"][:10], period["end_time"][:10]), (start, end))
            self.assertNotEqual(period["sid"], first["sid"])

    def test_a_sim_that_is_off_keeps_its_last(self):
        sim = self.active_sim(self.fleet(DataLimit=1))
        first = self.period(sim)
        self.move(sim, MB)
        self.update_sim(sim, 202, Status="inactive")
        self.advance("10d")
        self.update_sim(sim, 202, Status="active")
        self.advance("1s")
        self.assertEqual(self.period(sim), first, "it goes on")
        self.assertTrue(self.hidden(sim)["blocked"])
        self.update_sim(sim, 202, Status="inactive")
        self.advance("100d")
        self.assertEqual(self.period(sim), first, "it is the latest one")
        self.update_sim(sim, 202, Status="active")
        self.advance("1s")
        self.assertEqual(self.period(sim)["start_time"], "2026-05-21T12:00:02Z")
        self.assertFalse(self.hidden(sim)["blocked"])

    def test_ip_addresses(self):
        sim = self.register()
        target = f"/v1/Sims/{sim['sid']}/IpAddresses"
        self.assertEqual(self.ok(self.client.get(target))["ip_addresses"], [])
        self.update_sim(sim, 202, Fleet=self.fleet()["sid"], Status="active")
        self.advance("1s")
        [address] = self.ok(self.client.get(target))["ip_addresses"]
        self.assertEqual(list(address), ["ip_address", "ip_address_version"])
        self.assertEqual(address, {"ip_address": self.hidden(sim)["ip_address"],
                                   "ip_address_version": "IPv4"})
        self.update_sim(sim, 202, Status="inactive")
        self.advance("1s")
        self.assertEqual(self.ok(self.client.get(target))["ip_addresses"], [])
        self.assert_not_found(self.client.get("/v1/Sims/nobody/IpAddresses"),
                              "/Sims/nobody/IpAddresses")


class ReadyTest(LimitTestCase):
    """A ready Sim becomes active by itself."""

    def ready_sim(self, **fleet):
        """A Sim that is ready."""
        sim = self.register()
        self.update_sim(sim, 202, Fleet=self.fleet(**fleet)["sid"], Status="ready")
        self.advance("1s")
        return self.fetch_sim(sim)

    def status(self, sim):
        """Its status now."""
        return self.fetch_sim(sim)["status"]

    def test_after_250_kilobytes(self):
        sim = self.ready_sim()
        self.assertEqual(self.period(sim)["period_type"], "ready")
        self.move(sim, 249_999)
        self.assertEqual(self.status(sim), "ready")
        self.advance("1h")
        self.move(sim, 1)
        self.assertEqual(self.status(sim), "active")
        self.assertEqual((self.period(sim)["period_type"], self.period(sim)["start_time"]),
                         ("active", "2026-01-31T13:00:01Z"))

    def test_data_counts_for_the_limit_at_once(self):
        sim = self.ready_sim(DataLimit=1)
        self.assertTrue(self.move(sim, 2 * MB)["blocked"])
        self.assertEqual(self.status(sim), "active")

    def test_after_five_sms_commands(self):
        sim = self.ready_sim()
        for number in range(5):
            self.assertEqual(self.status(sim), "ready", number)
            if number % 2:
                self.control("POST", f"sims/{sim['sid']}/sms-commands", {"payload": "up"}, 201)
            else:
                form = {"Sim": sim["sid"], "Payload": "down"}
                self.ok(self.client.post("/v1/SmsCommands", form), 201)
                self.advance("1s")
        self.assertEqual(self.status(sim), "active")

    def test_after_three_months(self):
        sim = self.ready_sim()
        self.advance("31d")
        self.assertEqual((self.status(sim), self.period(sim)["period_type"]), ("ready", "ready"))
        self.advance("57d")
        self.assertEqual(self.status(sim), "ready")
        ran = self.advance("25h")["ran"]
        self.assertEqual([(one["kind"], one["at"], one["result"]) for one in ran],
                         [("sim_ready_end", "2026-04-30T12:00:00Z", "active")])
        self.assertEqual((self.status(sim), self.period(sim)["start_time"]),
                         ("active", "2026-04-30T12:00:00Z"))

    def test_its_period_is_these_three_months(self):
        sim = self.ready_sim()
        first = self.period(sim)
        self.assertEqual((first["start_time"], first["end_time"]),
                         ("2026-01-31T12:00:00Z", "2026-04-30T12:00:00Z"))
        self.move(sim, 200_000)
        self.advance("40d")
        self.assertEqual((self.status(sim), self.period(sim)), ("ready", first))
        self.move(sim, 50_000)
        self.assertEqual(self.status(sim), "active", "all of its data counts")

    def test_not_when_it_changed_before(self):
        sim = self.ready_sim()
        self.update_sim(sim, 202, Status="inactive")
        self.advance("200d")
        self.assertEqual(self.status(sim), "inactive")


if __name__ == "__main__":
    unittest.main()
