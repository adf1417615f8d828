# SPDX-License-Identifier: MIT
"""What answers and docs/fidelity.md say about how faithful the emulator is."""
import os
import tempfile
import unittest

from fleet_case import FleetTestCase
from server import REPOSITORY, run_to_exit


class PageTest(unittest.TestCase):
    """docs/fidelity.md is what the program prints."""

    def test_the_page_is_up_to_date(self):
        with tempfile.TemporaryDirectory() as directory:
            printed = run_to_exit("--print-fidelity", directory=directory)
        self.assertEqual(printed.returncode, 0, printed.stderr)
        with open(os.path.join(REPOSITORY, "docs", "fidelity.md"), encoding="utf-8") as file:
            self.assertEqual(file.read(), printed.stdout,
                             "run: build/release/supersimd --print-fidelity > docs/fidelity.md")


class HeaderTest(FleetTestCase):
    """Answers say it when they are asked to."""

    options = ("--fidelity", "header")

    def fidelity(self, answer):
        """The header's value."""
        return answer.header("Emulator-Fidelity")

    def test_operations_and_errors(self):
        self.assertEqual(self.fidelity(self.client.get("/v1/Fleets")), "documented")
        self.assertEqual(self.fidelity(self.client.get("/v1/Fleets/nobody")), "observed")
        self.make_profile("taken")
        twice = self.client.post("/v1/NetworkAccessProfiles", "UniqueName=taken")
        self.assertEqual((twice.status, self.fidelity(twice)), (409, "assumed"))
        self.assertEqual(self.fidelity(self.client.post("/v1/Sims", "Iccid=1")), "documented")

    def test_the_control_api_is_ours(self):
        self.assertIsNone(self.fidelity(self.client.control("GET", "clock")))
        self.assertIsNone(self.fidelity(self.client.control("GET", "nothing")))


class QuietTest(FleetTestCase):
    """Nothing is said by default."""

    def test_no_header(self):
        self.assertIsNone(self.client.get("/v1/Fleets").header("Emulator-Fidelity"))


if __name__ == "__main__":
    unittest.main()
