# SPDX-License-Identifier: MIT
"""Several servers behind nginx, and a copy of a database that is in use, as docs/scaling.md says.

The page's blocks are taken as they are printed, with nothing changed but addresses and the program's
name.
"""
import base64
import itertools
import json
import os
import re
import shlex
import subprocess
import tempfile
import threading
import unittest
import urllib.parse

from twilio.request_validator import RequestValidator
from twilio.rest import Client as TwilioClient

from device_case import ICCIDS
from event_stream import EventStream
from http_client import Client
from nginx import Nginx, nginx_binary
from receiver import Receiver
from server import PATIENCE_SECONDS, REPOSITORY, DirectoryTestCase, Server, scaled, wait_until

PORTS = ("7751", "7752", "7753")
PROXY = "127.0.0.1:7746"
ADMIN = {"authorization": "Bearer fortestsonly"}
KEY, KEYS_ACCOUNT = f"SK{1:032d}", f"AC{20:032d}"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NODE = """
import twilio from "twilio";
const [url, ...accounts] = process.argv.slice(1);
for (const account of accounts) {
  const client = twilio(account, "the token");
  client.supersim.baseUrl = url;
  const { fleets } = client.supersim.v1;
  const made = [];
  for (let i = 0; i < 5; i++) made.push((await fleets.create({ networkAccessProfile: "nap" })).sid);
  const found = (await fleets.list({ pageSize: 2 })).map((fleet) => fleet.sid);
  const { nextPageUrl } = await fleets.page({ pageSize: 2 });
  console.log(JSON.stringify({ made, found, nextPageUrl }));
}
"""


def blocks(language, beginning=""):
    """The page's blocks of a language that begin like this."""
    with open(os.path.join(REPOSITORY, "docs", "scaling.md"), encoding="utf-8") as file:
        return [text for found, text in BLOCK.findall(file.read())
                if found == language and text.startswith(beginning)]


def documented_options():
    """Of each server that the page starts: what stands between the program's name and the &."""
    [text] = blocks("sh", "supersimd")
    return [shlex.split(line)[1:-1] for line in text.splitlines()]


@unittest.skipUnless(nginx_binary() or os.environ.get("TEST_EVERYTHING"), "there is no nginx")
class ProxyTest(unittest.TestCase):
    """The page's servers, on free ports and each in a directory of its own, and its nginx: what works as
    with one server, and what does not."""

    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory(prefix="supersimd-test-")
        cls.addClassCleanup(temporary.cleanup)
        cls.directory = temporary.name
        cls.nginx = Nginx(os.path.join(cls.directory, "nginx"))
        cls.addClassCleanup(cls.nginx.stop)
        cls.numbers = itertools.count(100)
        cls.servers = []
        for number in range(len(PORTS)):
            cls.servers.append(cls.start_server(number))
        cls.nginx.start(cls.with_addresses(blocks("nginx")[0]))

    @classmethod
    def start_server(cls, number, listen="127.0.0.1:0"):
        """One of the page's servers."""
        options = documented_options()[number]
        options[options.index("--listen") + 1] = listen
        directory = os.path.join(cls.directory, f"server-{number}")
        os.makedirs(directory, exist_ok=True)
        with open(os.path.join(directory, "common.json"), "w", encoding="utf-8") as file:
            file.write(cls.with_addresses(blocks("json")[0]))
        server = Server(*options, listen=None, database=None, directory=directory)
        cls.addClassCleanup(server.stop)
        return server

    @classmethod
    def with_addresses(cls, text):
        """A text with the real addresses in place of the printed ones."""
        text = text.replace(PROXY, f"127.0.0.1:{cls.nginx.port}")
        for printed, server in zip(PORTS, cls.servers):
            text = re.sub(rf"\b{printed}\b", str(server.address[1]), text)
        return text

    def through_nginx(self, user=None, secret="the token"):
        """A client that knows the proxy only; of a new account unless `user` is given."""
        client = Client(("127.0.0.1", self.nginx.port), user or f"AC{next(self.numbers):032d}", secret)
        self.addCleanup(client.close)
        return client

    def accounts(self, number):
        """Which accounts a server has."""
        answer = self.ok(self.servers[number].client().control("GET", "accounts", **ADMIN))
        return {account["sid"] for account in answer["accounts"]}

    def ok(self, answer, status=200):
        """The JSON of an answer that must have this status."""
        self.assertEqual(answer.status, status, answer)
        return answer.json() if answer.body else None

    def one_account_each(self):
        """A client for each server, whose account is there. As many accounts are made as it takes."""
        found = {}
        while len(found) < len(self.servers):
            client = self.through_nginx()
            self.ok(client.post("/v1/NetworkAccessProfiles", {"UniqueName": "nap"}), 201)
            homes = [n for n in range(len(self.servers)) if client.user in self.accounts(n)]
            self.assertEqual(len(homes), 1, f"{client.user} is at {homes}")
            found.setdefault(homes[0], client)
        return [found[number] for number in sorted(found)]

    def test_an_account_has_one_server(self):
        """Whatever its token is, and whoever names it."""
        for number, client in enumerate(self.one_account_each()):
            other = self.through_nginx(client.user, "another token")
            self.ok(other.get("/v1/NetworkAccessProfiles/nap"))
            operator = self.through_nginx()
            named = f"?account={client.user}"
            self.ok(operator.get("/_emulator/v1/NetworkAccessProfiles/nap" + named, **ADMIN))
            nobody = operator.get("/_emulator/clock" + named, authorization="")
            self.assertEqual(nobody.status, 401, "what comes from this machine is no operator")
            self.ok(operator.control("DELETE", "accounts/" + client.user, **ADMIN), 204)
            self.assertNotIn(client.user, self.accounts(number))
            self.ok(operator.control("POST", "accounts" + named, {"sid": client.user}, **ADMIN), 201)
            self.assertIn(client.user, self.accounts(number))

    def test_an_api_key_is_led_to_its_account(self):
        account = self.through_nginx(KEYS_ACCOUNT)
        self.ok(account.post("/v1/NetworkAccessProfiles", {"UniqueName": "nap"}), 201)
        key = self.through_nginx(KEY, "keysecret")
        self.assertEqual(self.ok(key.get("/v1/NetworkAccessProfiles/nap"))["account_sid"], KEYS_ACCOUNT)
        self.assertEqual(self.through_nginx(KEY, "wrong").get("/v1/Fleets").status, 401)

    def test_what_is_asked_of_each_server(self):
        """The operator's list is one server's; the page's loop resets all."""
        clients = self.one_account_each()
        seen = self.ok(self.through_nginx().control("GET", "accounts", **ADMIN))["accounts"]
        self.assertFalse({client.user for client in clients} <= {one["sid"] for one in seen})
        [loop] = blocks("sh", "for port")
        result = subprocess.run(["bash", "-euc", self.with_addresses(loop)], capture_output=True,
                                text=True, timeout=PATIENCE_SECONDS, check=True)
        self.assertEqual(result.stdout.count('"to":"seed"'), 3, result.stdout)
        for client in clients:
            self.assertEqual(client.get("/v1/NetworkAccessProfiles/nap").status, 404)

    def test_python_and_its_pages(self):
        for client in self.one_account_each():
            twilio = TwilioClient(client.user, "the token")
            twilio.supersim.base_url = self.nginx.url
            fleets = twilio.supersim.v1.fleets
            made = [fleets.create(network_access_profile="nap").sid for _ in range(5)]
            found = [fleet.sid for fleet in fleets.list(page_size=2)]
            self.check_pages(made, found, fleets.page(page_size=2).next_page_url)

    def test_node_and_its_pages(self):
        accounts = [client.user for client in self.one_account_each()]
        result = subprocess.run(
            ["node", "--input-type=module", "-e", NODE, self.nginx.url, *accounts],
            cwd=os.path.join(REPOSITORY, "tests"), capture_output=True, text=True,
            timeout=PATIENCE_SECONDS, check=False)
        self.assertEqual(result.returncode, 0, result.stderr)
        lines = result.stdout.splitlines()
        self.assertEqual(len(lines), len(accounts))
        for line in map(json.loads, lines):
            self.check_pages(line["made"], line["found"], line["nextPageUrl"])

    def check_pages(self, made, found, next_page_url):
        """All Fleets were found, by URLs that lead through the proxy."""
        self.assertEqual(len(set(made)), 5)
        self.assertEqual(sorted(found), sorted(made))
        self.assertTrue(next_page_url.startswith(self.nginx.url + "/v1/Fleets?"), next_page_url)

    def test_webhooks(self):
        """Each server's reach a receiver, and a sink that is behind the proxy itself; signed."""
        receiver = Receiver()
        self.addCleanup(receiver.close)
        clients = self.one_account_each()
        for client in clients:
            sink = self.ok(client.control("PUT", "sinks/hook"))["url"]
            self.assertTrue(sink.startswith(self.nginx.url + "/_emulator/sinks/"), sink)
            self.tell(client, f"{sink}?account={client.user}")
            self.tell(client, f"{receiver.url}/{client.user}")
            [arrived] = self.ok(client.control("GET", "sinks/hook/received"))["requests"]
            self.assertIs(arrived["signature_valid"], True, arrived)
        self.assertEqual([request["target"] for request in receiver.requests],
                         ["/" + client.user for client in clients])
        for request in receiver.requests:
            form = dict(urllib.parse.parse_qsl(request["body"], keep_blank_values=True))
            signature = request["headers"]["X-Twilio-Signature"]
            valid = RequestValidator("the token").validate(receiver.url + request["target"], form, signature)
            self.assertTrue(valid, request)

    def tell(self, client, url):
        """A webhook is sent to this URL: a Sim has become active."""
        self.ok(client.control("PUT", "clock", {"mode": "frozen", "now": "2026-01-15T12:00:00Z"}))
        fleet = self.ok(client.post("/v1/Fleets", {"NetworkAccessProfile": "nap"}), 201)
        registration = {"Iccid": str(next(ICCIDS)), "RegistrationCode": "H3LL0W0RLD"}
        sim = self.ok(client.post("/v1/Sims", registration), 201)
        self.ok(client.post("/v1/Sims/" + sim["sid"], {"Fleet": fleet["sid"], "Status": "active",
                                                       "CallbackUrl": url}), 202)
        self.ok(client.control("POST", "clock/advance", {"by": "1s"}))

    def test_events_come_as_they_happen(self):
        [client, *_] = self.one_account_each()
        stream = EventStream(client)
        self.addCleanup(stream.close)
        stream.next()
        client.post("/v1/NetworkAccessProfiles", {"UniqueName": "another"})
        self.assertNotEqual(stream.names(1), [])

    def test_a_server_that_is_started_again(self):
        """Nobody else takes its accounts meanwhile, and they are there again."""
        lost, *others = clients = self.one_account_each()
        before = lost.get("/v1/NetworkAccessProfiles/nap").body
        port = self.servers[0].address[1]
        self.servers[0].kill()
        for _ in range(5):
            self.assertEqual(lost.get("/v1/NetworkAccessProfiles/nap").status, 502)
            self.assertEqual(lost.post("/v1/NetworkAccessProfiles").status, 502)
            for client in others:
                self.ok(client.get("/v1/NetworkAccessProfiles/nap"))
        self.servers[0] = self.start_server(0, f"127.0.0.1:{port}")
        self.assertEqual(lost.get("/v1/NetworkAccessProfiles/nap").body, before)
        for number, client in enumerate(clients):
            homes = [n for n in range(len(self.servers)) if client.user in self.accounts(n)]
            self.assertEqual(homes, [number])


class EnvoyTest(unittest.TestCase):
    """What is printed for Envoy can be tried without it."""

    def test_the_pattern(self):
        """It takes the same from all credentials of an account, and another text from others'."""
        [pattern] = re.findall(r'regex: "(.*)"', blocks("yaml")[0])

        def taken(account, token):
            credentials = base64.b64encode(f"{account}:{token}".encode()).decode()
            return re.fullmatch(pattern, "Basic " + credentials)[1]

        accounts = [f"AC{number:032x}" for number in range(40)]
        for account in accounts:
            self.assertEqual(taken(account, "a"), taken(account, "\u00ff" * 40))
        self.assertEqual(len({taken(account, "a") for account in accounts}), len(accounts))


class BackupTest(DirectoryTestCase):
    """The page's backup, while clients write without a pause."""

    def setUp(self):
        super().setUp()
        self.server = self.start(database="one.db")
        self.stopping = threading.Event()
        self.answered = {}  # an account: how many of its profiles, which are named by their number
        self.failures = []

    def write(self, number):
        """Makes profiles until the test has seen enough."""
        client = self.server.client(f"AC{number:032d}")
        self.answered[client.user] = 0
        try:
            while not self.stopping.is_set():
                name = str(self.answered[client.user])
                if client.post("/v1/NetworkAccessProfiles", {"UniqueName": name}).status != 201:
                    raise AssertionError(f"profile {name} was refused")
                self.answered[client.user] += 1
        except BaseException as failure:  # told in the test's own thread
            self.failures.append(failure)

    def test_a_copy_has_all_that_was_answered(self):
        writers = [threading.Thread(target=self.write, args=(number,)) for number in range(3)]
        for writer in writers:
            writer.start()
        try:
            wait_until(lambda: self.failures or sum(self.answered.values()) > scaled(1000), "writes")
            before = dict(self.answered)
            self.run_backup()
            wait_until(lambda: self.failures or self.answered != before, "writes after the copy")
        finally:
            self.stopping.set()
            for writer in writers:
                writer.join()
        self.assertEqual(self.failures, [])
        copy = self.start(database="copy.db")
        for account, count in before.items():
            client = copy.client(account)
            for number in {0, count // 2, count - 1}:
                self.assertEqual(client.get(f"/v1/NetworkAccessProfiles/{number}").status, 200)
            self.assertEqual(client.post("/v1/NetworkAccessProfiles", {"UniqueName": "new"}).status, 201)

    def run_backup(self):
        """The page's command."""
        [command] = blocks("sh", "sqlite3")
        subprocess.run(["sh", "-euc", command], cwd=self.directory, stdout=subprocess.DEVNULL,
                       timeout=PATIENCE_SECONDS, check=True)


if __name__ == "__main__":
    unittest.main()
