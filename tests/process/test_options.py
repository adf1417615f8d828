# SPDX-License-Identifier: MIT
"""Options as flags, variables and keys of a configuration file; what is refused, and how."""
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from http_client import basic  # noqa: E402
from server import DirectoryTestCase  # noqa: E402

OPTION_NAMES = [
    "listen", "db", "account", "api-key", "auth", "public-url", "workers", "durability", "seed",
    "fleet-defaults", "log-level", "log-format", "port-file", "grace", "config", "version", "help",
]
ACCOUNT = "AC" + "1" * 32
OTHER_ACCOUNT = "AC" + "2" * 32
KEY = "SK" + "3" * 32
USAGE = 64
BAD_DATA = 65

# Option and a value that it must refuse.
BAD_VALUES = [
    ("listen", "nonsense"), ("listen", "127.0.0.1"), ("listen", "127.0.0.1:99999"),
    ("listen", "127.0.0.1:x"), ("listen", "127.0.0.1:-1"), ("listen", ""),
    ("workers", "x"), ("workers", "-1"), ("workers", "1.5"), ("workers", "99999999999999999999"),
    ("auth", "maybe"), ("auth", "OPEN"), ("durability", "none"), ("durability", ""),
    ("fleet-defaults", "500mb"), ("log-level", "loud"), ("log-format", "xml"),
    ("grace", "x"), ("grace", "-1"), ("grace", ""),
    ("transition-delay", "100"), ("transition-delay", "-1s"), ("data-limit-delay", "5 minutes"),
    ("public-url", "nonsense"), ("public-url", "ftp://x"), ("public-url", "http://"),
    ("public-url", "http://x/"), ("public-url", "http://x:0"), ("public-url", "http://[::1"),
    ("public-url", "http://bücher.example"), ("public-url", "http://x/%zz"),
    ("account", "nonsense"), ("account", ACCOUNT), ("account", "AC1:token"),
    ("account", f"{KEY}:token"), ("account", f"{ACCOUNT}:"),
    ("api-key", "nonsense"), ("api-key", KEY), ("api-key", f"{KEY}:secret"),
    ("api-key", f"{KEY}:secret:nobody"), ("api-key", f"{ACCOUNT}:secret:{ACCOUNT}"),
]


class RefusalTest(DirectoryTestCase):
    """What stops the start is named in one line on stderr, and nothing is left behind."""

    def assert_refused(self, code, named, *options, environment=None):
        """The exit code, one line on stderr that holds each of `named`, nothing on stdout."""
        before = sorted(os.listdir(self.directory))
        result = self.run_to_exit(*options, environment=environment)
        self.assertEqual(result.returncode, code, result)
        self.assertEqual(result.stdout, "")
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        for text in named:
            self.assertIn(text, result.stderr)
        self.assertEqual(sorted(set(os.listdir(self.directory)) - {"tmp"}),
                         sorted(set(before) - {"tmp"}))

    def test_unknown_options(self):
        for option in ("--nonsense", "--listn", "--nonsense=1", "-x", "--List", "stray",
                       "--", "--db2"):
            with self.subTest(option=option):
                self.assert_refused(USAGE, [option.split("=")[0]], option, "x")

    def test_abbreviations_are_no_options(self):
        """An abbreviation would change its meaning once another option is added."""
        self.assert_refused(USAGE, ["--work"], "--work", "1")

    def test_missing_values(self):
        for name in OPTION_NAMES[:-2]:
            with self.subTest(option=name):
                self.assert_refused(USAGE, ["--" + name], "--" + name)

    def test_bad_values_of_flags(self):
        for name, value in BAD_VALUES:
            with self.subTest(option=name, value=value):
                self.assert_refused(USAGE, [name], "--" + name, value)

    def test_bad_values_of_variables(self):
        for name, value in BAD_VALUES:
            if value:
                with self.subTest(option=name, value=value):
                    variable = "SUPERSIM_" + name.upper().replace("-", "_")
                    self.assert_refused(USAGE, [variable], "--db", ":memory:",
                                        environment={variable: value})

    def test_unknown_variables(self):
        for variable in ("SUPERSIM_NONSENSE", "SUPERSIM_", "SUPERSIM_listen", "SUPERSIM_LOGLEVEL"):
            with self.subTest(variable=variable):
                self.assert_refused(USAGE, [variable], "--db", ":memory:",
                                    environment={variable: "1"})

    def write_config(self, text):
        """A configuration file's path."""
        with open(self.path("config.json"), "w", encoding="utf-8") as config:
            config.write(text)
        return self.path("config.json")

    def test_bad_configuration_files(self):
        for text, named in [
                ("", []), ("{", []), ("[]", []), ('"listen"', []), ("{} {}", []),
                ('{"nonsense": 1}', ["nonsense"]), ('{"Listen": "127.0.0.1:0"}', ["Listen"]),
                ('{"--listen": "127.0.0.1:0"}', ["--listen"]),
                ('{"log_level": "info"}', ["log_level"]),
                ('{"workers": "x"}', ["workers"]), ('{"workers": {}}', ["workers"]),
                ('{"listen": ["127.0.0.1:0"]}', ["listen"]), ('{"listen": null}', ["listen"]),
                ('{"account": [1]}', ["account"]), ('{"account": ["nonsense"]}', ["account"]),
                ('{"auth": true}', ["auth"]), ('{"config": "other.json"}', ["config"]),
                ('{"listen": "127.0.0.1:0", "listen": "127.0.0.1:0"}', [])]:
            with self.subTest(config=text):
                path = self.write_config(text)
                self.assert_refused(BAD_DATA, named, "--config", path, "--db", ":memory:")

    def test_a_missing_configuration_file(self):
        path = self.path("missing.json")
        self.assert_refused(BAD_DATA, [path], "--config", path)

    def test_help_lists_each_option(self):
        result = self.run_to_exit("--help")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        for name in OPTION_NAMES:
            self.assertRegex(result.stdout, rf"(?m)^\s+--{name}\b", name)

    def test_help_is_set_in_lines(self):
        for line in self.run_to_exit("--help").stdout.splitlines():
            self.assertLessEqual(len(line), 80, line)
            if line.startswith(" " * 6):
                self.assertNotIn("  ", line.strip(), line)

    def test_version(self):
        result = self.run_to_exit("--version")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertRegex(result.stdout, r"\A\S+ \d+\.\d+\.\d+\S*\n\Z")


class EffectTest(DirectoryTestCase):
    """Where a setting may come from, and which source wins."""

    def list_origin(self, server):
        """What URLs begin with, for this server."""
        return server.client().get("/v1/Fleets").json()["meta"]["url"].split("/v1/")[0]

    def write_config(self, **settings):
        """A configuration file's path."""
        with open(self.path("config.json"), "w", encoding="utf-8") as config:
            json.dump(settings, config)
        return self.path("config.json")

    def assert_admitted(self, server, status, user, secret):
        client = server.client(user, secret)
        self.assertEqual(client.get("/v1/Fleets").status, status, user)

    def assert_accounts(self, server):
        """Two accounts and a key, all checked."""
        self.assert_admitted(server, 200, ACCOUNT, "one")
        self.assert_admitted(server, 200, OTHER_ACCOUNT, "two")
        self.assert_admitted(server, 200, KEY, "secret")
        self.assert_admitted(server, 401, ACCOUNT, "two")
        self.assert_admitted(server, 401, "AC" + "9" * 32, "any")

    def test_times_are_shown_as_they_are_written(self):
        for given, shown in [("0s", "0s"), ("100ms", "100ms"), ("90s", "90s"), ("1m30s", "90s"),
                             ("300000ms", "5m"), ("24h", "1d"), ("1001ms", "1001ms")]:
            with self.subTest(given):
                server = self.start("--transition-delay", given)
                info = server.client().control("GET", "info").json()["configuration"]
                self.assertEqual((info["transition-delay"], info["data-limit-delay"],
                                  info["data-limit-check"]), (shown, "5m", "0s"))
                server.stop()

    def test_precedence(self):
        """Flags over variables over the file over the default."""
        path = self.write_config(**{"public-url": "http://file.example"})
        variable = {"SUPERSIM_PUBLIC_URL": "http://variable.example"}
        flag = ("--public-url", "http://flag.example")
        server = self.start("--config", path, *flag, environment=variable)
        self.assertEqual(self.list_origin(server), "http://flag.example")
        server = self.start("--config", path, environment=variable)
        self.assertEqual(self.list_origin(server), "http://variable.example")
        server = self.start("--config", path)
        self.assertEqual(self.list_origin(server), "http://file.example")
        server = self.start()
        self.assertEqual(self.list_origin(server), server.url)

    def test_everything_from_variables(self):
        server = self.start(listen=None, database=None, environment={
            "SUPERSIM_LISTEN": "127.0.0.1:0", "SUPERSIM_DB": "by-variable.db",
            "SUPERSIM_ACCOUNT": f"{ACCOUNT}:one,{OTHER_ACCOUNT}:two",
            "SUPERSIM_API_KEY": f"{KEY}:secret:{ACCOUNT}", "SUPERSIM_AUTH": "strict",
            "SUPERSIM_WORKERS": "1", "SUPERSIM_DURABILITY": "normal",
            "SUPERSIM_FLEET_DEFAULTS": "250mb-no-sms", "SUPERSIM_LOG_LEVEL": "debug",
            "SUPERSIM_LOG_FORMAT": "json", "SUPERSIM_GRACE": "2",
            "SUPERSIM_PORT_FILE": "by-variable.port"})
        self.assert_accounts(server)
        self.assertTrue(os.path.exists(self.path("by-variable.db")))
        self.assertTrue(os.path.exists(self.path("by-variable.port")))

    def test_everything_from_a_file(self):
        path = self.write_config(**{
            "listen": "127.0.0.1:0", "db": "by-file.db", "auth": "strict", "workers": 1,
            "account": [f"{ACCOUNT}:one", f"{OTHER_ACCOUNT}:two"],
            "api-key": [f"{KEY}:secret:{ACCOUNT}"], "durability": "normal",
            "fleet-defaults": "250mb-no-sms", "log-level": "error", "log-format": "json",
            "grace": 2, "port-file": "by-file.port"})
        server = self.start("--config", path, listen=None, database=None)
        self.assert_accounts(server)
        self.assertTrue(os.path.exists(self.path("by-file.db")))
        self.assertTrue(os.path.exists(self.path("by-file.port")))

    def test_a_configuration_file_named_by_a_variable(self):
        path = self.write_config(**{"public-url": "http://file.example"})
        server = self.start(environment={"SUPERSIM_CONFIG": path})
        self.assertEqual(self.list_origin(server), "http://file.example")

    def test_flags_with_an_equals_sign(self):
        server = self.start("--public-url=http://flag.example")
        self.assertEqual(self.list_origin(server), "http://flag.example")

    def test_public_url(self):
        """It is what each URL begins with, whatever Host the request names."""
        server = self.start("--public-url", "https://sims.example.test")
        client = server.client()
        profile = client.post("/v1/NetworkAccessProfiles").json()
        fleet = client.post("/v1/Fleets", {"NetworkAccessProfile": profile["sid"]},
                            headers={"Host": "elsewhere.example"}).json()
        base = "https://sims.example.test/v1"
        self.assertEqual(fleet["url"], f"{base}/Fleets/{fleet['sid']}")
        self.assertEqual(profile["links"]["networks"],
                         f"{base}/NetworkAccessProfiles/{profile['sid']}/Networks")

    def test_the_default_database(self):
        server = self.start(database=None)
        self.assertTrue(os.path.exists(self.path("supersim.db")))
        server.stop()
        self.assertTrue(os.path.exists(self.path("supersim.db")))

    def test_ipv4_wildcard(self):
        server = self.start(listen="0.0.0.0:0")
        server.address = ("127.0.0.1", server.address[1])
        self.assertEqual(server.client().get("/livez").status, 200)


class LogTest(DirectoryTestCase):
    """stderr: how much, in what form, and never a secret."""

    def use(self, server):
        """A few requests of different outcomes."""
        client = server.client(ACCOUNT, "top-secret-token")
        client.get("/v1/Fleets/\"quoted\"")
        client.request("GET", "/v1/Fleets", authorization=basic(ACCOUNT, "wrong-secret"))
        client.post("/v1/Fleets", "DataLimit=0")
        client.get("/livez")

    def test_error_says_nothing_when_all_is_well(self):
        server = self.start("--log-level", "error")
        self.use(server)
        server.stop()
        self.assertEqual(server.log(), "")

    def test_debug_shows_requests_but_no_secrets(self):
        server = self.start("--log-level", "debug", "--account", f"{ACCOUNT}:top-secret-token")
        self.use(server)
        server.stop()
        self.assertIn("/livez", server.log())
        self.assertNotIn("secret", server.log())
        encoded = basic(ACCOUNT, "top-secret-token").split()[1]
        self.assertNotIn(encoded, server.log())

    def test_json_lines(self):
        server = self.start("--log-level", "debug", "--log-format", "json")
        self.use(server)
        server.stop()
        lines = server.log().splitlines()
        self.assertGreater(len(lines), 3)
        for line in lines:
            self.assertIsInstance(json.loads(line), dict, line)


if __name__ == "__main__":
    unittest.main()
