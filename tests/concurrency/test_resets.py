# SPDX-License-Identifier: MIT
"""Accounts that are reset and deleted by many at once: whoever was answered reads what he wrote."""
import unittest

from device_case import DeviceTestCase
from server import scaled
from threads import at_once

WRITERS = 4


class ResetTest(DeviceTestCase):
    """Namespaces that change under load."""

    options = ("--workers", "4")

    def setUp(self):
        super().setUp()
        self.clients = [self.new_client(self.account) for _ in range(WRITERS)]

    def reset(self, client):
        """A namespace of its own."""
        self.control("POST", "reset", {"to": "empty"}, client=client)

    def assert_reads_what_it_writes(self, client, name):
        """A profile that was made is found."""
        self.make_profile(name, client)
        self.assertEqual(client.get("/v1/NetworkAccessProfiles/" + name).status, 200, name)

    def test_after_resets_at_once(self):
        for number in range(scaled(200, 40)):
            at_once(*[lambda client=client: self.reset(client) for client in self.clients])
            self.assert_reads_what_it_writes(self.client, f"p{number}")

    def test_while_it_is_reset(self):
        """What is not found was reset away for good."""
        for number in range(scaled(100, 20)):
            missing = []

            def write_and_read():
                for part in range(6):
                    name = f"p{number}-{part}"
                    path = "/v1/NetworkAccessProfiles/" + name
                    self.make_profile(name)
                    if self.client.get(path).status == 404:
                        missing.append(path)
            at_once(write_and_read, lambda: self.reset(self.clients[0]))
            for path in missing:
                self.assertEqual(self.client.get(path).status, 404, path)

    def test_deleted_and_used_again(self):
        def delete(client):
            self.assertIn(client.control("DELETE", "accounts/" + self.account).status, (204, 404))
        for number in range(scaled(200, 40)):
            at_once(*[lambda client=client: delete(client) for client in self.clients[:2]],
                    *[lambda client=client: self.reset(client) for client in self.clients[2:]])
            self.assert_reads_what_it_writes(self.client, f"p{number}")


if __name__ == "__main__":
    unittest.main()
