# SPDX-License-Identifier: MIT
"""The journal while several workers write it, others read it, and it has to let go of what is old."""
import unittest

from server import ServerTestCase, scaled
from threads import at_once

KEPT = 40
ROUNDS = scaled(200, 30)


class JournalTest(ServerTestCase):
    """Every answer is in the journal by the time that it comes, whichever worker is asked."""

    options = ("--workers", "4", "--journal", str(KEPT), "--journal-bytes", "1000000")

    def call(self, client, number):
        """One request; gives its answer."""
        if number % 3:
            return client.get(f"/v1/Fleets/{number}")
        return client.post("/v1/NetworkAccessProfiles", {"UniqueName": f"n{number}"})

    def watch_own(self, client):
        """In an account of its own: what was answered is found, and counted exactly."""
        watcher = self.new_client(client.user)
        sids = []
        for number in range(ROUNDS):
            sids.append(self.call(client, number).header("Twilio-Request-Id"))
            entry = watcher.control("GET", "requests/" + sids[-1])
            self.assertEqual(entry.status, 200, entry)
            found = watcher.control(
                "POST", "requests/verify", {"path": f"/v1/Fleets/{number}", "times": int(number % 3 > 0)})
            self.assertEqual(found.status, 200, found)
        listed = watcher.control("GET", f"requests?limit={KEPT}").json()["requests"]
        self.assertEqual([entry["sid"] for entry in listed], sids[:-KEPT - 1:-1])

    def crowd(self, client):
        """In one account with others: it has as many as it may have, newest first."""
        for number in range(ROUNDS):
            self.call(client, number)
            if number % 10 == 0:
                page = client.control("GET", "requests?limit=1000&format=har").json()
                self.assertLessEqual(len(page["log"]["entries"]), KEPT)

    def look(self, client):
        """As the operator, at everybody's, page by page."""
        for _ in range(ROUNDS // 10):
            cursor, seen = "", []
            while cursor is not None and len(seen) < 10 * KEPT:
                page = client.control("GET", f"requests?all=true&limit=7{cursor}", authorization="")
                self.assertEqual(page.status, 200, page)
                seen += [entry["sid"] for entry in page.json()["requests"]]
                cursor = page.json()["next_cursor"] and "&cursor=" + page.json()["next_cursor"]
            self.assertEqual(len(set(seen)), len(seen))

    def test_all_at_once(self):
        crowded = self.account
        at_once(*[lambda c=self.new_client(): self.watch_own(c) for _ in range(3)],
                *[lambda c=self.new_client(crowded): self.crowd(c) for _ in range(3)],
                lambda: self.look(self.new_client()))
        journal = self.client.control("GET", "info").json()["journal"]
        self.assertEqual((journal["entries"], journal["lost"]), (3 * min(KEPT, ROUNDS) + KEPT, 0))


if __name__ == "__main__":
    unittest.main()
