# SPDX-License-Identifier: MIT
"""Usage Records: what devices moved, by time and by one more dimension."""
import random
import unittest
from datetime import datetime, timedelta

from device_case import DeviceTestCase
from networks import ATT, ORANGE, TELEKOM, T_MOBILE

KEYS = ["period", "account_sid", "data_upload", "data_download", "data_total", "data_total_billed",
        "billed_unit", "sim_sid", "fleet_sid", "network_sid", "iso_country"]
COUNTRY = {ATT: "US", T_MOBILE: "US", TELEKOM: "DE", ORANGE: "FR"}
NOW = "2026-06-15T12:30:00Z"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def date(text):
    """A moment of the API as a datetime."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")


def text(moment):
    """And back."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class UsageTestCase(DeviceTestCase):
    """An account whose clock stands still in June 2026."""

    def setUp(self):
        super().setUp()
        self.freeze(NOW)

    def records(self, query=""):
        """All records of a query, over all pages; each page is read again from the next one."""
        records, target, before = [], "/v1/UsageRecords" + query, None
        while target is not None:
            page = self.ok(self.client.get(target))
            if before is not None:
                back = self.ok(self.client.get(page["meta"]["previous_page_url"]))
                self.assertEqual(back["usage_records"], before)
            before = page["usage_records"]
            records += before
            target = page["meta"]["next_page_url"]
        return records

    def totals(self, query, dimension):
        """The totals of a query by a dimension of its records."""
        return {one[dimension]: one["data_total"] for one in self.records(query)}

    def move(self, sim, upload, download=0, **where):
        """The Sim's device moves data."""
        body = {"data_upload": upload, "data_download": download, **where}
        return self.control("POST", f"sims/{sim['sid']}/usage", body)


class RecordTest(UsageTestCase):
    """Single records."""

    def test_nothing_was_moved(self):
        [record] = self.records()
        self.assertEqual(list(record), KEYS)
        self.assertEqual(record["period"], {"start_time": "2026-05-15T12:00:00Z", "end_time": NOW})
        self.assertEqual([record[key] for key in KEYS[1:]],
                         [self.account, 0, 0, 0, 0, None, None, None, None, None])
        for query in ("?Granularity=day", "?Granularity=hour", "?Group=sim", "?Group=fleet",
                      "?Sim=nobody", "?Fleet=nobody", "?Network=HW" + "0" * 32):
            self.assertEqual(self.records(query), [], query)

    def test_what_was_moved(self):
        fleet = self.fleet(UniqueName="pilot")
        sim = self.active_sim(fleet)
        self.move(sim, 100_000, 200_000, network=TELEKOM)
        [record] = self.records()
        self.assertEqual([record[key] for key in KEYS[2:]],
                         [100_000, 200_000, 300_000, 0.03, "USD", None, None, None, None])
        [record] = self.records(f"?Sim={sim['sid']}&Fleet=pilot&Network={TELEKOM}&IsoCountry=DE")
        self.assertEqual([record[key] for key in KEYS[7:]],
                         [sim["sid"], fleet["sid"], TELEKOM, "DE"])
        [record] = self.records("?Granularity=hour")
        self.assertEqual(record["period"], {"start_time": "2026-06-15T12:00:00Z",
                                            "end_time": "2026-06-15T13:00:00Z"})
        [record] = self.records("?Granularity=day&Group=isoCountry")
        self.assertEqual((record["period"]["start_time"], record["iso_country"]),
                         ("2026-06-15T00:00:00Z", "DE"))
        for query in ("IsoCountry=FR", f"Network={ORANGE}", "IsoCountry=XX"):
            self.assertEqual(self.totals("?" + query, "sim_sid"), {None: 0}, query)

    def test_what_is_moved_at_a_full_hour_counts_at_once(self):
        self.freeze("2026-06-15T11:59:58Z")
        sim = self.active_sim(self.fleet())
        self.freeze("2026-06-15T12:00:00Z")
        self.move(sim, 7)
        for query in ("", "?Granularity=hour", "?Granularity=day", "?Group=sim",
                      "?StartTime=2026-06-15T12:00:00Z"):
            self.assertEqual([one["data_total"] for one in self.records(query)], [7], query)
        self.assertEqual(self.records()[0]["period"]["end_time"], "2026-06-15T12:00:00Z")
        [record] = self.records("?EndTime=2026-06-15T12:00:00Z")
        self.assertEqual(record["data_total"], 0)

    def test_hours_that_are_cut_count_as_a_whole(self):
        self.move(self.active_sim(self.fleet()), 1000)
        for start, end in (("12:20", "12:25"), ("12:00", "12:10"), ("12:50", "13:00"),
                           ("11:59", "12:01")):
            query = f"?StartTime=2026-06-15T{start}:00Z&EndTime=2026-06-15T{end}:00Z"
            [record] = self.records(query)
            self.assertEqual((record["data_total"], record["period"]), (1000, {
                "start_time": f"2026-06-15T{start}:00Z", "end_time": f"2026-06-15T{end}:00Z"}))
        for start, end in (("11:00", "12:00"), ("13:00", "13:01")):
            query = f"?StartTime=2026-06-15T{start}:00Z&EndTime=2026-06-15T{end}:00Z"
            self.assertEqual(self.records(query)[0]["data_total"], 0)

    def test_sums_overflow_nowhere(self):
        sim = self.active_sim(self.fleet())
        self.move(sim, 1)
        state = self.control("GET", "state")
        [row] = state["accounts"][0]["usage"]
        most = 1 << 59
        state["accounts"][0]["usage"] = [
            {**row, "hour": f"2026-06-14T{hour:02}:00:00Z", "data_upload": most,
             "data_download": most} for hour in range(24)]
        self.control("PUT", "state", state)
        for query in ("", "?Group=sim", "?Group=fleet", "?Granularity=day",
                      "?Sim=" + sim["sid"]):
            [record] = self.records(query)
            self.assertEqual(record["data_total"], (1 << 63) - 1, query)
        self.move(sim, 10 ** 12)
        state["accounts"][0]["usage"][0]["data_upload"] = most + 1
        answer = self.client.control("PUT", "state", state)
        self.assertEqual(answer.status, 400, answer)

    def test_little_data_costs_nothing_yet(self):
        self.move(self.active_sim(self.fleet()), 999)
        [record] = self.records()
        self.assertEqual((record["data_total"], record["data_total_billed"], record["billed_unit"]),
                         (999, 0, None))

    def test_the_network_that_a_device_is_in(self):
        home = self.active_sim(self.fleet())
        self.move(home, 1)
        self.assertEqual(self.totals("?Group=network", "network_sid"), {ATT: 1})
        self.control("POST", f"sims/{home['sid']}/attach", {"network": ORANGE})
        self.move(home, 2)
        nap = self.ok(self.client.post("/v1/NetworkAccessProfiles", {"Networks": TELEKOM}), 201)
        self.move(self.active_sim(self.make_fleet(nap["sid"])), 4)
        self.assertEqual(self.totals("?Group=network", "network_sid"),
                         {ATT: 1, ORANGE: 2, TELEKOM: 4})
        self.assertEqual(self.totals("?Group=isoCountry", "iso_country"),
                         {"US": 1, "FR": 2, "DE": 4})
        for query in ("?IsoCountry=fr", "?IsoCountry=Fr&Group=isoCountry", "?IsoCountry=FR"):
            self.assertEqual(self.totals(query, "iso_country"), {"FR": 2}, query)
        form = [("Networks", sid) for sid in (ORANGE, T_MOBILE, TELEKOM)]
        nap = self.ok(self.client.post("/v1/NetworkAccessProfiles", form), 201)
        [first, *_] = self.ok(self.client.get(nap["links"]["networks"]))["networks"]
        self.move(self.active_sim(self.make_fleet(nap["sid"])), 8)
        self.assertEqual(first["sid"], TELEKOM)
        self.assertEqual(self.totals("?Network=" + TELEKOM, "network_sid"), {TELEKOM: 12},
                         "the first that is listed")

    def test_usage_stays_with_the_fleet_of_its_time(self):
        one, two = self.fleet(), self.fleet()
        sim = self.active_sim(one)
        self.move(sim, 1)
        self.update_sim(sim, Fleet=two["sid"])
        self.move(sim, 2)
        self.assertEqual(self.totals("?Group=fleet", "fleet_sid"), {one["sid"]: 1, two["sid"]: 2})
        self.assertEqual(self.totals(f"?Fleet={one['sid']}", "fleet_sid"), {one["sid"]: 1})
        self.assertEqual(self.totals(f"?Sim={sim['sid']}&Group=fleet", "fleet_sid"),
                         {one["sid"]: 1, two["sid"]: 2})

    def test_a_deleted_fleet_takes_its_usage_along(self):
        one, two = self.fleet(), self.fleet()
        sim = self.active_sim(one)
        self.move(sim, 1)
        self.update_sim(sim, Fleet=two["sid"])
        self.move(sim, 2)
        self.control("DELETE", "fleets/" + one["sid"], status=204)
        self.assertEqual(self.totals("?Group=fleet", "fleet_sid"), {two["sid"]: 2})
        self.assertEqual(self.totals(f"?Sim={sim['sid']}", "fleet_sid"), {None: 2})

    def test_copies_and_states_hold_usage(self):
        sim = self.active_sim(self.fleet())
        self.move(sim, 5, network=ORANGE)
        copy = self.control("POST", f"accounts/{self.account}/fork", status=201)
        fork = self.new_client(copy["sid"], copy["auth_token"])
        state = self.control("GET", "state")
        self.control("PUT", "state", state)
        for client in (self.client, fork):
            [record] = self.ok(client.get("/v1/UsageRecords?Group=network"))["usage_records"]
            self.assertEqual((record["network_sid"], record["data_total"]), (ORANGE, 5))
            [record] = self.ok(client.get("/v1/UsageRecords?Sim=" + sim["sid"]))["usage_records"]
            self.assertEqual(record["data_total"], 5)
        self.control("POST", "reset", {"to": "empty"})
        self.freeze(NOW)
        self.assertEqual(self.records("?Group=network"), [])

    def test_others_do_not_see_it(self):
        sim = self.active_sim(self.fleet())
        self.move(sim, 5)
        other = self.new_client()
        [record] = self.ok(other.get("/v1/UsageRecords"))["usage_records"]
        self.assertEqual(record["data_total"], 0)
        self.assertEqual(self.ok(other.get("/v1/UsageRecords?Sim=" + sim["sid"]))["usage_records"], [])


class TimeTest(UsageTestCase):
    """The rules about time."""

    def refused(self, query, code, message=None):
        """400 with a code of Super SIM's own."""
        self.assert_error(self.client.get("/v1/UsageRecords?" + query), 400, message, code)

    def test_bad_values(self):
        for query, name in (("Granularity=week", "Granularity"), ("Group=country", "Group"),
                            ("Group=", "Group"), ("StartTime=yesterday", "StartTime"),
                            ("EndTime=2026-02-30T00:00:00Z", "EndTime"), ("IsoCountry=USA", "IsoCountry"),
                            ("Sim=", "Sim"), ("StartTime=2026-06-15T12:30:00Z", "StartTime"),
                            ("StartTime=2026-06-02&EndTime=2026-06-01", "StartTime")):
            self.refused(query, 83600, f"Invalid {name}.")

    def test_boundaries(self):
        self.refused("Granularity=day&StartTime=2026-06-01T01:00:00Z", 83601)
        self.refused("Granularity=day&EndTime=2026-06-01T00:00:01Z", 83601)
        self.refused("Granularity=hour&StartTime=2026-06-01T01:00:01Z", 83602)
        self.refused("Granularity=hour&EndTime=2026-06-01T01:30:00Z", 83602)
        self.records("?Granularity=day&StartTime=2026-06-01T00:00:00Z&EndTime=2026-06-02T00:00:00Z")
        self.records("?Granularity=hour&StartTime=2026-06-01T01:00:00Z")
        self.records("?Granularity=all&StartTime=2026-06-01T01:02:03Z")

    def test_boundaries_with_offsets(self):
        """A boundary is one of UTC, in whatever zone it is written."""
        self.refused("Granularity=day&StartTime=2026-06-01T00:00:00%2B0200", 83601)
        self.refused("Granularity=day&StartTime=2026-06-01T00:00:00-08", 83601)
        self.refused("Granularity=hour&StartTime=2026-06-01T01:00:00%2B0530", 83602)
        self.refused("Granularity=hour&StartTime=2026-06-01T01:00:00.001", 83602)
        self.records("?Granularity=day&StartTime=2026-06-01T02:00:00%2B0200&EndTime=2026-06-01T16:00:00-08")
        self.records("?Granularity=hour&StartTime=2026-06-01T01:30:00%2B05:30")
        self.records("?Granularity=day&StartTime=2026-06-01T00:00:00&EndTime=2026-06-02T00:00:00.000")

    def test_lengths(self):
        self.refused("Group=sim&StartTime=2026-05-01&EndTime=2026-06-01T00:00:01Z", 83603)
        self.records("?Group=sim&StartTime=2026-05-01&EndTime=2026-06-01")
        self.refused("Granularity=hour&StartTime=2026-05-01&EndTime=2026-06-01T01:00:00Z", 83604)
        self.records("?Granularity=hour&StartTime=2026-05-01&EndTime=2026-06-01")
        self.refused("Granularity=day&StartTime=2026-02-28&EndTime=2026-06-01", 83604)
        self.records("?Granularity=day&StartTime=2026-03-01&EndTime=2026-06-01")
        self.refused("StartTime=2025-01-01&EndTime=2026-07-02", 83604)
        self.records("?StartTime=2024-12-15T12:30:00Z")
        self.refused("StartTime=2024-12-15T12:29:59Z", 83605)

    def test_other_forms_of_dates(self):
        self.move(self.active_sim(self.fleet()), 7, at="2026-06-01T10:00:00Z")
        for start, end in (("2026-06-01", "2026-06-02"), ("2026-06-01T10:00Z", "2026-06-01T11:00:00.5Z"),
                           ("2026-06-01T12:00:00%2B02:00", "2026-06-01T07:00:00-04:00"),
                           ("2026-06-01T10:00:00", "2026-06-01T11:00"),
                           ("2026-06-01T10:00:00.000Z", "2026-06-01T11:00:00.000"),
                           ("2026-06-01T12:00:00%2B0200", "2026-06-01T03:00:00.000-0800"),
                           ("2026-06-01T12:00:00%2B02", "2026-06-01T07:00:00-04")):
            self.assertEqual(self.totals(f"?StartTime={start}&EndTime={end}", "sim_sid"), {None: 7})
        self.assertEqual(self.totals("?StartTime=2026-06-01T11:00:00Z", "sim_sid"), {None: 0})
        self.assertEqual(self.totals("?EndTime=2026-06-01T10:00:00Z", "sim_sid"), {None: 0})


class SumTest(UsageTestCase):
    """Many hours of many Sims against sums of one's own."""

    def setUp(self):
        super().setUp()
        self.chance = random.Random(20260615)
        self.fleets = [self.fleet(DataLimit=2000000) for _ in range(3)]
        self.sims = [self.active_sim(self.chance.choice(self.fleets)) for _ in range(7)]
        self.moved = []  # (hour, Sim's SID, Fleet's SID, Network, upload, download)
        for _ in range(120):
            sim = self.fetch_sim(self.chance.choice(self.sims))
            at = date(NOW) - timedelta(minutes=self.chance.randrange(60 * 24 * 40))
            network = self.chance.choice(list(COUNTRY))
            upload, download = self.chance.randrange(10_000), self.chance.randrange(10_000)
            self.move(sim, upload, download, network=network, at=text(at))
            self.moved.append((at.replace(minute=0, second=0), sim["sid"], sim["fleet_sid"], network,
                               upload, download))

    def expected(self, length, dimension, start, end, **filters):
        """The sums that the API should give, in its order of time: {(start, value): (up, down)}."""
        sums = {}
        for hour, sim, fleet, network, upload, download in self.moved:
            values = {"sim_sid": sim, "fleet_sid": fleet, "network_sid": network,
                      "iso_country": COUNTRY[network]}
            if not start <= hour < end or any(values[key] != value for key, value in filters.items()):
                continue
            since = start if length is None else hour - (hour - datetime(2000, 1, 1)) % length
            before = sums.get((since, values.get(dimension)), (0, 0))
            sums[since, values.get(dimension)] = (before[0] + upload, before[1] + download)
        return sums

    def compare(self, query, length, dimension, start, end, **filters):
        """One query against one's own sums."""
        query = f"?StartTime={text(start)}&EndTime={text(end)}" + query
        records = self.records(query)
        seen = {(date(one["period"]["start_time"]), one.get(dimension)):
                (one["data_upload"], one["data_download"]) for one in records}
        self.assertEqual(len(seen), len(records), "a record repeats")
        self.assertEqual(seen, self.expected(length, dimension, start, end, **filters), query)
        times = [one["period"]["start_time"] for one in records]
        self.assertEqual(times, sorted(times, reverse=True), "newest first")

    def test_every_combination(self):
        groups = ((None, None), ("sim", "sim_sid"), ("fleet", "fleet_sid"),
                  ("network", "network_sid"), ("isoCountry", "iso_country"))
        end = date("2026-06-15T00:00:00Z")
        filters = ({}, {"sim_sid": self.sims[0]["sid"]}, {"fleet_sid": self.fleets[0]["sid"]},
                   {"network_sid": TELEKOM}, {"iso_country": "US"},
                   {"fleet_sid": self.fleets[1]["sid"], "iso_country": "FR"})
        names = {"sim_sid": "Sim", "fleet_sid": "Fleet", "network_sid": "Network",
                 "iso_country": "IsoCountry"}
        for group, dimension in groups:
            for granularity, length in (("hour", HOUR), ("day", DAY), ("all", None)):
                for each in filters:
                    query = f"&Granularity={granularity}&PageSize={self.chance.choice((1, 3, 7, 50))}"
                    query += "".join(f"&{names[key]}={value}" for key, value in each.items())
                    query += f"&Group={group}" if group else ""
                    days = self.chance.choice((1, 10, 31))
                    if group is None and length is None:
                        continue  # it has a record even when nothing was moved
                    self.compare(query, length, dimension, end - days * DAY, end, **each)

    def test_a_page_token_is_of_its_list(self):
        page = self.ok(self.client.get("/v1/UsageRecords?Granularity=day&PageSize=1"))
        token = page["meta"]["next_page_url"].split("PageToken=")[1]
        self.assert_error(self.client.get(
            f"/v1/UsageRecords?Granularity=hour&PageSize=1&Page=1&PageToken={token}"), 400,
            "Invalid PageToken.")


class GenerateTest(UsageTestCase):
    def test_the_hour_in_which_the_period_began_counts(self):
        sim = self.active_sim(self.fleet(DataLimit=1))
        self.freeze("2026-06-15T14:00:00Z")
        path = f"sims/{sim['sid']}/usage/generate"
        span = {"start_time": "2026-06-15T11:00:00Z", "end_time": "2026-06-15T13:00:00Z"}
        seen = self.control("POST", path, {**span, "upload_per_hour": 600_000})
        self.assertEqual((seen["period"]["data_total"], seen["blocked"]), (600_000, False))
        seen = self.control("POST", path, {**span, "upload_per_hour": 600_000})
        self.assertEqual((seen["period"]["data_total"], seen["blocked"]), (1_200_000, True))

    """A history that is made up."""

    def test_a_year(self):
        sim = self.active_sim(self.fleet(DataLimit=1000))
        body = {"start_time": "2025-06-01T00:00:00Z", "end_time": "2026-06-01T00:00:00Z",
                "upload_per_hour": 10, "download_per_hour": 90, "network": TELEKOM}
        after = self.control("POST", f"sims/{sim['sid']}/usage/generate", body)
        self.assertEqual(after["period"]["data_total"], 0, "the period began later")
        self.assertEqual(self.totals("?StartTime=2025-06-01&EndTime=2026-06-01", "sim_sid"),
                         {None: 365 * 24 * 100})
        day = self.records("?Granularity=day&StartTime=2026-05-01&EndTime=2026-06-01")
        self.assertEqual([one["data_total"] for one in day], [2400] * 31)
        self.control("POST", f"sims/{sim['sid']}/usage/generate", body)
        [record] = self.records("?StartTime=2025-06-01&EndTime=2026-06-01&IsoCountry=DE")
        self.assertEqual(record["data_upload"], 2 * 365 * 24 * 10)

    def test_what_lies_in_the_period_counts(self):
        sim = self.active_sim(self.fleet(DataLimit=1))
        self.advance("10h")
        body = {"start_time": "2026-06-15T13:00:00Z", "end_time": "2026-06-15T22:00:00Z",
                "download_per_hour": 111_112}
        after = self.control("POST", f"sims/{sim['sid']}/usage/generate", body)
        self.assertEqual((after["period"]["data_total"], after["blocked"]), (1_000_008, True))

    def test_refused(self):
        sim = self.active_sim(self.fleet())
        path = f"sims/{sim['sid']}/usage/generate"
        good = {"start_time": "2026-06-01T00:00:00Z", "end_time": "2026-06-02T00:00:00Z"}
        for change, field in (({"start_time": None}, "start_time"), ({"end_time": "x"}, "end_time"),
                              ({"end_time": "2026-05-01T00:00:00Z"}, "end_time"),
                              ({"end_time": "2026-07-01T00:00:00Z"}, "end_time"),
                              ({"start_time": "2024-01-01T00:00:00Z"}, "end_time"),
                              ({"upload_per_hour": -1}, "upload_per_hour"),
                              ({"download_per_hour": 10**13}, "download_per_hour"),
                              ({"network": "HW" + "1" * 32}, "network"), ({"rate": 1}, "rate")):
            self.assertEqual(self.client.control("POST", path, {**good, **change}).status, 400, change)
            error = self.client.control("POST", path, {**good, **change}).json()
            self.assertEqual(error["field"], field, error)
        path = f"sims/{self.register()['sid']}/usage/generate"
        self.assertEqual(self.client.control("POST", path, good).status, 409)


if __name__ == "__main__":
    unittest.main()
