# SPDX-License-Identifier: MIT
"""GET /v1/Fleets."""
import re
import unittest
from urllib.parse import parse_qsl, quote, urlsplit

from fleet_case import FLEET_KEYS, META_KEYS, FleetTestCase

PAGE_LIMIT = 200


def query_names(url):
    """The names of a URL's query parameters, in their order."""
    return [name for name, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True)]


def token_of(url):
    """The page token in a meta URL, as it stands there."""
    return re.search(r"[?&]PageToken=([^&]+)", url).group(1)


class ListTest(FleetTestCase):
    """Pages, filters and tokens."""

    def setUp(self):
        super().setUp()
        self.profile = self.make_profile("nap-one")["sid"]
        self.list_url = self.server.url + "/v1/Fleets"

    def page(self, target="/v1/Fleets", client=None):
        """One page, checked for the documented shape."""
        answer = (client or self.client).get(target)
        self.assertEqual(answer.status, 200, answer)
        page = answer.json()
        self.assertEqual(set(page), {"meta", "fleets"})
        self.assertEqual(list(page["meta"]), META_KEYS)
        self.assertEqual(page["meta"]["key"], "fleets")
        self.assertLessEqual(len(page["fleets"]), page["meta"]["page_size"])
        self.assert_compact(answer)
        return page

    def walk(self, target, direction="next_page_url"):
        """All pages from `target` on, following the URLs of the answers verbatim."""
        pages = [self.page(target)]
        while pages[-1]["meta"][direction] is not None:
            self.assertLess(len(pages), PAGE_LIMIT, "paging does not end")
            pages.append(self.page(pages[-1]["meta"][direction]))
        return pages

    def make_fleets(self, count, profile=None):
        """New Fleets, newest first, as a list shows them."""
        fleets = [self.make_fleet(profile or self.profile, DataLimit=i + 1) for i in range(count)]
        return fleets[::-1]

    def assert_refused(self, query, message, code=None):
        answer = self.client.get("/v1/Fleets" + query)
        self.assert_error(answer, 400, message, code)

    def test_none_exist(self):
        first = self.list_url + "?PageSize=50&Page=0"
        self.assertEqual(self.page(), {
            "fleets": [],
            "meta": {"first_page_url": first, "key": "fleets", "next_page_url": None, "page": 0,
                     "page_size": 50, "previous_page_url": None, "url": first},
        })

    def test_records_look_as_fetched_and_come_newest_first(self):
        fleets = self.make_fleets(3)
        page = self.page()
        self.assertEqual(page["fleets"], fleets)
        self.assertEqual(list(page["fleets"][0]), FLEET_KEYS)
        self.client.post("/v1/Fleets/" + fleets[2]["sid"], "DataLimit=77")
        self.assertEqual(self.list_sids(), [fleet["sid"] for fleet in fleets])

    def test_filter(self):
        name = "nap two/é&+"
        second = self.make_profile(name)["sid"]
        first_fleets = self.make_fleets(2)
        second_fleets = self.make_fleets(2, second)
        for given, fleets in [(self.profile, first_fleets), (second, second_fleets),
                              ("nap-one", first_fleets), (name, second_fleets)]:
            with self.subTest(profile=given):
                page = self.page("/v1/Fleets?NetworkAccessProfile=" + quote(given, safe=""))
                self.assertEqual(page["fleets"], fleets)
                for member in ("url", "first_page_url"):
                    url = page["meta"][member]
                    self.assertEqual(query_names(url), ["NetworkAccessProfile", "PageSize", "Page"])
                    self.assertEqual(parse_qsl(urlsplit(url).query)[0][1], given)
                    self.assertRegex(url, r"^[!-~]+$")
                    self.assertEqual(self.page(url)["fleets"], fleets)

    def test_a_filter_without_matches(self):
        self.make_fleets(1)
        foreign = self.make_profile("nap-foreign", client=self.new_client())["sid"]
        for value in ("unknown", "HA" + "0" * 32, foreign, "nap-foreign", "NAP-ONE"):
            with self.subTest(profile=value):
                page = self.page("/v1/Fleets?NetworkAccessProfile=" + value)
                self.assertEqual(page["fleets"], [])

    def test_two_pages(self):
        fleets = self.make_fleets(3)
        first_url = self.list_url + "?PageSize=2&Page=0"
        with self.subTest("the first"):
            first = self.page("/v1/Fleets?PageSize=2")
            self.assertEqual(first["fleets"], fleets[:2])
            meta = first["meta"]
            self.assertEqual((meta["page"], meta["page_size"]), (0, 2))
            self.assertEqual((meta["url"], meta["first_page_url"]), (first_url, first_url))
            self.assertIsNone(meta["previous_page_url"])
            self.assertRegex(meta["next_page_url"],
                             "^" + re.escape(self.list_url)
                             + r"\?PageSize=2&Page=1&PageToken=[A-Za-z0-9._~-]+$")
        with self.subTest("the second"):
            second = self.page(meta["next_page_url"])
            self.assertEqual(second["fleets"], fleets[2:])
            self.assertEqual((second["meta"]["page"], second["meta"]["page_size"]), (1, 2))
            self.assertIsNone(second["meta"]["next_page_url"])
            self.assertEqual(second["meta"]["url"], meta["next_page_url"])
            self.assertEqual(second["meta"]["first_page_url"], first_url)
            self.assertRegex(second["meta"]["previous_page_url"],
                             r"\?PageSize=2&Page=0(&PageToken=[^&]+)?$")
            back = self.page(second["meta"]["previous_page_url"])
            self.assertEqual((back["fleets"], back["meta"]["page"]), (fleets[:2], 0))
        with self.subTest("repeating a page gives it again"):
            self.assertEqual(self.page(meta["next_page_url"]), second)

    def test_the_filter_is_kept(self):
        self.make_fleets(2, self.make_profile("nap-two")["sid"])
        fleets = self.make_fleets(3)
        pages = self.walk("/v1/Fleets?PageSize=2&NetworkAccessProfile=nap-one")
        self.assertEqual([page["fleets"] for page in pages], [fleets[:2], fleets[2:]])
        self.assertEqual(query_names(pages[0]["meta"]["next_page_url"]),
                         ["NetworkAccessProfile", "PageSize", "Page", "PageToken"])
        self.assertEqual(query_names(pages[1]["meta"]["previous_page_url"])[:3],
                         ["NetworkAccessProfile", "PageSize", "Page"])

    def test_no_empty_last_page(self):
        fleets = self.make_fleets(4)
        self.assertIsNone(self.page("/v1/Fleets?PageSize=4")["meta"]["next_page_url"])
        pages = self.walk("/v1/Fleets?PageSize=2")
        self.assertEqual([page["fleets"] for page in pages], [fleets[:2], fleets[2:]])

    def test_parameters(self):
        fleets = self.make_fleets(2)
        for query, page_size in [("?PageSize=1000", 1000), ("?PageSize=1", 1),
                                 ("?PageSize=2&PageSize=2", 2),
                                 ("?PageSize=0&PageSize=2", 2), ("?Page=0", 50),
                                 ("?Page=0&PageSize=3", 3), ("?Foo=bar&PageSize=5", 5),
                                 ("?pagesize=0&page=x", 50), ("?", 50),
                                 ("?UniqueName=nobody", 50)]:
            with self.subTest(query=query):
                page = self.page("/v1/Fleets" + query)
                self.assertEqual(page["fleets"], fleets[:page_size])
                self.assertEqual((page["meta"]["page"], page["meta"]["page_size"]), (0, page_size))
                self.assertEqual(page["meta"]["url"],
                                 f"{self.list_url}?PageSize={page_size}&Page=0")

    def test_refusals(self):
        self.make_fleets(3)
        self.assert_refused("?PageSize=1001", None, code=20007)
        for query in ("?Page=1", "?Page=1&PageSize=2"):
            with self.subTest(query=query):
                self.assert_refused(query, "Paged requests must include a PageToken", code=70002)
        for query, message in [
                ("?PageSize=0", "Invalid PageSize."),
                ("?PageSize=-1", "Invalid PageSize."),
                ("?PageSize=abc", "Invalid PageSize."),
                ("?PageSize=2x", "Invalid PageSize."),
                ("?PageSize=1.5", "Invalid PageSize."),
                ("?Page=-1", "Invalid Page."),
                ("?Page=abc", "Invalid Page."),
                ("?PageToken=garbage", "Invalid PageToken."),
                ("?PageSize=2&Page=1&PageToken=garbage", "Invalid PageToken."),
                ("?PageSize=2&Page=1&PageToken=PT" + "0" * 32, "Invalid PageToken."),
                ("?PageSize=2&Page=1&PageToken=" + "A" * 4000, "Invalid PageToken."),
                ("?PageSize=2&Page=1&PageToken=%C3%A9", "Invalid PageToken."),
                ("?PageSize=%ZZ", "Bad request"),
                ("?Foo=%00", "Bad request"),
                ("?Foo=%FF", None)]:
            with self.subTest(query=query):
                self.assert_refused(query, message)
        for size in ("99999999999999999999", "4294967298", "18446744073709551618"):
            with self.subTest("no overflow", size=size):
                answer = self.client.get("/v1/Fleets?PageSize=" + size)
                self.assertEqual(answer.status, 400, answer)

    def test_tokens_are_bound_and_checked(self):
        """A token serves the list and filter that it was made for, and nobody else's."""
        self.make_fleets(3)
        self.make_profile("nap-two")
        token = token_of(self.page("/v1/Fleets?PageSize=2")["meta"]["next_page_url"])
        filtered = "NetworkAccessProfile=nap-one&"
        filtered_token = token_of(
            self.page(f"/v1/Fleets?{filtered}PageSize=2")["meta"]["next_page_url"])
        rest = "PageSize=2&Page=1&PageToken="
        self.assert_refused(f"?{filtered}{rest}{token}", "Invalid PageToken.")
        self.assert_refused(f"?{rest}{filtered_token}", "Invalid PageToken.")
        self.assert_refused(f"?NetworkAccessProfile=nap-two&{rest}{filtered_token}",
                            "Invalid PageToken.")
        stranger = self.new_client().get(f"/v1/Fleets?{rest}{token}")
        self.assert_error(stranger, 400, "Invalid PageToken.")
        profiles = self.client.get(f"/v1/NetworkAccessProfiles?{rest}{token}")
        self.assert_error(profiles, 400, "Invalid PageToken.")
        for position in range(len(token)):
            changed = "B" if token[position] != "B" else "C"
            forged = token[:position] + changed + token[position + 1:]
            with self.subTest("one character changed", position=position):
                self.assert_refused(f"?{rest}{forged}", "Invalid PageToken.")
        for forged in (token[:-1], token + "A", token[1:], token.swapcase()):
            with self.subTest("cut, lengthened or swapped", token=forged):
                self.assert_refused(f"?{rest}{forged}", "Invalid PageToken.")

    def test_records_made_meanwhile(self):
        """Pages keep their place: what existed before comes exactly once, whatever is added."""
        before = [fleet["sid"] for fleet in self.make_fleets(7)]
        seen = []
        target = "/v1/Fleets?PageSize=2"
        while target is not None:
            page = self.page(target)
            seen += [fleet["sid"] for fleet in page["fleets"]]
            self.make_fleets(3)
            target = page["meta"]["next_page_url"]
        self.assertEqual(seen, before)

    def test_a_record_that_leaves_the_filter(self):
        """The Fleet that a token points at moves to another profile: its neighbours stay."""
        self.make_profile("nap-two")
        fleets = self.make_fleets(6)
        first = self.page("/v1/Fleets?NetworkAccessProfile=nap-one&PageSize=2")
        for fleet in fleets[1:3]:
            moved = self.client.post("/v1/Fleets/" + fleet["sid"], "NetworkAccessProfile=nap-two")
            self.assertEqual(moved.status, 200)
        pages = self.walk(first["meta"]["next_page_url"])
        self.assertEqual([fleet["sid"] for page in pages for fleet in page["fleets"]],
                         [fleet["sid"] for fleet in fleets[3:]])

    def test_all_pages_forth_and_back(self):
        fleets = self.make_fleets(25)
        for size in (1, 2, 3, 7, 24, 25, 26, 1000):
            with self.subTest(page_size=size):
                pages = self.walk(f"/v1/Fleets?PageSize={size}")
                self.assertEqual([fleet for page in pages for fleet in page["fleets"]], fleets)
                self.assertEqual([page["meta"]["page"] for page in pages], list(range(len(pages))))
                self.assertTrue(all(page["fleets"] for page in pages))
                back = self.walk(pages[-1]["meta"]["url"], "previous_page_url")
                self.assertEqual([page["fleets"] for page in back],
                                 [page["fleets"] for page in pages[::-1]])

    def test_lists_are_by_account(self):
        self.make_fleets(2)
        other = self.new_client()
        self.assertEqual(self.page(client=other)["fleets"], [])

    def test_urls_follow_the_host_header(self):
        self.make_fleets(2)
        host = f"localhost:{self.server.address[1]}"
        answer = self.client.get("/v1/Fleets?PageSize=1", headers={"Host": host})
        meta = answer.json()["meta"]
        for member in ("url", "first_page_url", "next_page_url"):
            self.assertTrue(meta[member].startswith(f"http://{host}/v1/Fleets?"), meta[member])

    def test_head(self):
        self.make_fleets(2)
        length = str(len(self.client.get("/v1/Fleets").body))
        answer = self.client.request("HEAD", "/v1/Fleets")
        self.assertEqual((answer.status, answer.header("Content-Length")), (200, length))


if __name__ == "__main__":
    unittest.main()
