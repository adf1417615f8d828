# SPDX-License-Identifier: MIT
"""What tests of Sims, Commands and webhooks share: makers of Fleets and Sims, and the control API."""
import itertools

from fleet_case import FleetTestCase

ICCIDS = itertools.count(89883070000000000000)


class DeviceTestCase(FleetTestCase):
    """An account with a profile; helpers answer with parsed JSON and fail on other statuses."""

    def setUp(self):
        super().setUp()
        self.profile = None

    def ok(self, answer, status=200):
        """The JSON of an answer that must have this status."""
        self.assertEqual(answer.status, status, answer)
        return answer.json() if answer.body else None

    def control(self, method, path, body=None, status=200, client=None, **how):
        """A call of the control API that must have this status."""
        return self.ok((client or self.client).control(method, path, body, **how), status)

    def jobs(self):
        """How many jobs the server's writer has begun."""
        for line in self.client.get("/metrics").body.decode().splitlines():
            if line.startswith("supersim_writer_jobs_total "):
                return int(line.split()[1])
        raise AssertionError("no count of jobs")

    def refused(self, answer, status, field=None):
        """An error of the control API, in its one shape."""
        self.assertEqual(answer.status, status, answer)
        error = answer.json()
        self.assertEqual(list(error), ["error", "field", "hint"], answer)
        self.assertTrue(error["error"])
        self.assertTrue(error["hint"], answer)
        if field is not None:
            self.assertEqual(error["field"], field, answer)
        return error

    def freeze(self, now="2026-01-15T12:00:00Z", client=None):
        """Stops the account's clock at a moment."""
        return self.control("PUT", "clock", {"mode": "frozen", "now": now}, client=client)

    def advance(self, by, client=None):
        """Advances the clock; gives what ran."""
        return self.control("POST", "clock/advance", {"by": by}, client=client)

    def fleet(self, client=None, **parameters):
        """A Fleet over the account's profile."""
        if client is not None:
            return self.make_fleet(self.make_profile(client=client)["sid"], client, **parameters)
        if self.profile is None:
            self.profile = self.make_profile()
        return self.make_fleet(self.profile["sid"], **parameters)

    def register(self, client=None, iccid=None, code="H3LL0W0RLD"):
        """A new Sim."""
        form = {"Iccid": iccid or str(next(ICCIDS)), "RegistrationCode": code}
        return self.ok((client or self.client).post("/v1/Sims", form), 201)

    def update_sim(self, sim, status=200, client=None, **parameters):
        """An update that must have this status."""
        return self.ok((client or self.client).post("/v1/Sims/" + sim["sid"], parameters), status)

    def fetch_sim(self, sim, client=None):
        """A Sim as it is now."""
        return self.ok((client or self.client).get("/v1/Sims/" + sim["sid"]))

    def active_sim(self, fleet, client=None, **parameters):
        """A Sim of the Fleet that is active; the clock moves a second for it."""
        sim = self.register(client)
        self.update_sim(sim, 202, client, Fleet=fleet["sid"], Status="active", **parameters)
        self.advance("1s", client)
        return self.fetch_sim(sim, client)
