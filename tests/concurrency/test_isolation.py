# SPDX-License-Identifier: MIT
"""Test suites with account SIDs of their own run at once against one server without meeting.

Each plays random operations, with the same names and ICCIDs as the others, against a model in memory,
and compares everything that it can see after each. $TEST_SEED repeats the operations of a run.
"""
import os
import random
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from device_case import DeviceTestCase  # noqa: E402
from http_client import new_account  # noqa: E402
from server import scaled  # noqa: E402

NAMES = ["alpha", "beta", "gamma", "delta"]
ICCIDS = [str(89883070000000000000 + number) for number in range(6)]
MOVES = {("new", "ready"), ("new", "active"), ("new", "inactive"), ("ready", "active"),
         ("ready", "inactive"), ("active", "inactive"), ("inactive", "active")}


class Suite:
    """One account: its client, its model, its chances."""

    def __init__(self, case, seed):
        self.case = case
        self.chance = random.Random(seed)
        self.client = case.server.client(new_account())
        self.failure = None
        self.begin()

    def begin(self):
        """Nothing exists; the clock stands still; a sink listens."""
        self.profile = None
        self.fleets = {}    # name: data limit
        self.sims = {}      # ICCID: {"sid", "status", "fleet"}
        self.commands = []  # [ICCID, direction, status], oldest first
        self.heard = []     # payloads that the sink got
        self.due = []       # payloads that it will get
        self.control("PUT", "clock", {"mode": "frozen", "now": "2026-01-01T00:00:00Z"})
        self.control("PUT", "sinks/hook")

    def control(self, method, path, body=None, status=200):
        """A call of the control API."""
        answer = self.client.control(method, path, body)
        assert answer.status == status, (answer, path, body)
        return answer.json() if answer.body else None

    def post(self, target, form, status):
        """A call of Twilio's API that must have this status."""
        answer = self.client.post("/v1/" + target, form)
        assert answer.status == status, (answer, target, form)
        return answer.json()

    def some_sim(self):
        """The ICCID of a Sim, if there is one."""
        return self.chance.choice(sorted(self.sims)) if self.sims else None

    def make_fleet(self):
        """A Fleet, or the refusal of a second one with its name."""
        if self.profile is None:
            self.profile = self.post("NetworkAccessProfiles", {"UniqueName": "nap"}, 201)["sid"]
        name, limit = self.chance.choice(NAMES), self.chance.randrange(1, 1000)
        form = {"NetworkAccessProfile": "nap", "UniqueName": name, "DataLimit": str(limit),
                "SmsCommandsUrl": self.case.server.url + "/_emulator/sinks/hook/in"}
        self.post("Fleets", form, 409 if name in self.fleets else 201)
        self.fleets.setdefault(name, limit)

    def change_fleet(self):
        """Another limit."""
        name, limit = self.chance.choice(NAMES), self.chance.randrange(1, 1000)
        self.post("Fleets/" + name, {"DataLimit": str(limit)}, 200 if name in self.fleets else 404)
        if name in self.fleets:
            self.fleets[name] = limit

    def register(self):
        """A Sim, or the refusal of its second registration."""
        iccid = self.chance.choice(ICCIDS)
        known = iccid in self.sims
        made = self.post("Sims", {"Iccid": iccid, "RegistrationCode": "0123456789"},
                         400 if known else 201)
        if not known:
            self.sims[iccid] = {"sid": made["sid"], "status": "new", "fleet": None}

    def change_sim(self):
        """A Sim's Fleet and status."""
        iccid = self.some_sim()
        if iccid is None:
            return
        sim = self.sims[iccid]
        fleet, status = self.chance.choice(NAMES), self.chance.choice(["ready", "active", "inactive"])
        form = {"Fleet": fleet, "Status": status}
        if fleet not in self.fleets:
            expected = 400
        elif sim["status"] == status:
            expected = 200
        else:
            expected = 202 if (sim["status"], status) in MOVES else 400
        self.post("Sims/" + sim["sid"], form, expected)
        if expected in (200, 202):
            sim["fleet"] = fleet
        if expected == 202:
            for command in self.commands:
                if command[0] == iccid and command[2] == "queued":
                    command[2] = "failed"  # they fall due while it is scheduled
            sim["status"] = status
            self.advance()

    def command(self):
        """An SMS Command to a Sim."""
        iccid = self.some_sim()
        if iccid is None:
            return
        self.post("SmsCommands", {"Sim": self.sims[iccid]["sid"], "Payload": "x"}, 201)
        self.commands.append([iccid, "to_sim", "queued"])

    def hear(self):
        """An SMS from a Sim's device."""
        iccid = self.some_sim()
        if iccid is None:
            return
        on = self.sims[iccid]["status"] in ("ready", "active")
        payload = f"{self.client.user} {len(self.commands)}"
        self.control("POST", f"sims/{self.sims[iccid]['sid']}/sms-commands", {"payload": payload},
                     201 if on else 409)
        if on:
            self.commands.append([iccid, "from_sim", "received"])
            self.due.append(payload)

    def advance(self):
        """A minute passes: all that is pending happens."""
        self.control("POST", "clock/advance", {"by": "1m"})
        self.heard += self.due
        self.due = []
        for command in self.commands:
            if command[2] == "queued":
                on = self.sims[command[0]]["status"] in ("ready", "active")
                command[2] = "delivered" if on else "failed"

    def reset(self):
        """All goes."""
        if self.chance.random() < 0.2:
            self.control("POST", "reset", {"to": "empty"})
            self.begin()

    def listed(self, kind, key):
        """A whole list, oldest first."""
        target, records = f"/v1/{kind}?PageSize=20", []
        while target is not None:
            page = self.client.get(target).json()
            records += page[key]
            target = page["meta"]["next_page_url"]
        assert all(record["account_sid"] == self.client.user for record in records)
        return list(reversed(records))

    def compare(self):
        """All that can be seen is what the model says."""
        fleets = {one["sid"]: one for one in self.listed("Fleets", "fleets")}
        seen = {one["unique_name"]: one["data_limit"] for one in fleets.values()}
        assert seen == self.fleets, (seen, self.fleets)
        sims = {one["iccid"]: {"sid": one["sid"], "status": one["status"],
                               "fleet": fleets[one["fleet_sid"]]["unique_name"]
                               if one["fleet_sid"] else None}
                for one in self.listed("Sims", "sims")}
        assert sims == self.sims, (sims, self.sims)
        by_sid = {sim["sid"]: iccid for iccid, sim in sims.items()}
        commands = [[by_sid[one["sim_sid"]], one["direction"], one["status"]]
                    for one in self.listed("SmsCommands", "sms_commands")]
        assert commands == self.commands, (commands, self.commands)
        heard = self.control("GET", "sinks/hook/received")["requests"]
        assert [one["parameters"]["Payload"] for one in heard] == self.heard, (heard, self.heard)
        assert all(one["signature_valid"] for one in heard)

    def run(self, steps):
        """Plays."""
        operations = [self.make_fleet, self.change_fleet, self.register, self.change_sim,
                      self.change_sim, self.command, self.hear, self.advance, self.reset]
        try:
            for step in range(steps):
                self.chance.choice(operations)()
                if step % 5 == 0:
                    self.compare()
            self.compare()
        except BaseException as failure:  # raised again in the test's own thread
            self.failure = failure
        finally:
            self.client.close()


class IsolationTest(DeviceTestCase):
    """Several suites at once."""

    def test_suites_do_not_meet(self):
        seed = int(os.environ.get("TEST_SEED", time.time_ns() % 1_000_000))
        print(f"{self.id()}: TEST_SEED={seed}", file=sys.stderr)
        suites = [Suite(self, seed + number) for number in range(3)]
        threads = [threading.Thread(target=suite.run, args=(scaled(500, 60),)) for suite in suites]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for suite in suites:
            if suite.failure is not None:
                raise suite.failure


if __name__ == "__main__":
    unittest.main()
