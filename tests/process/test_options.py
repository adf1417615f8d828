# SPDX-License-Identifier: MIT
"""Options as flags, variables and keys of a configuration file; what is refused, and how."""
import json
import os
import unittest

from http_client import basic
from server import DirectoryTestCase

OPTION_NAMES = [
    "listen", "db", "account", "api-key", "auth", "strict", "public-url", "allow-host",
    "workers", "durability", "seed", "webhook-ca", "access-log", "journal", "journal-bytes",
    "rng-seed", "console",
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
    ("auth", "maybe"), ("auth", "OPEN"), ("strict", "true"), ("durability", "none"), ("durability", ""),
    ("console", "maybe"), ("fleet-defaults", "500mb"), ("log-level", "loud"), ("log-format", "xml"),
    ("journal", "0"), ("journal", "-1"), ("journal", "on"), ("journal", "10000000"),
    ("journal-bytes", "65535"), ("journal-bytes", "64M"), ("journal-bytes", "off"),
    ("rng-seed", "x"), ("rng-seed", "-1"), ("grace", "x"), ("grace", "-1"), ("grace", ""),
    ("transition-delay", "100"), ("transition-delay", "-1s"), ("data-limit-delay", "5 minutes"),
    ("public-url", "nonsense"), ("public-url", "ftp://x"), ("public-url", "http://"),
    ("public-url", "http://x/v1"), ("public-url", "http://x//"), ("public-url", "http://u@x"),
    ("public-url", "/"), ("public-url", "http://x:0"), ("public-url", "http://[::1"),
    ("public-url", "http://bücher.example"), ("public-url", "http://x/%zz"),
    ("allow-host", "x:80"), ("allow-host", "http://x"), ("allow-host", "*"), ("allow-host", "a b"),
    ("allow-host", ""), ("webhook-ca", ""),
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
        return result.stderr

    def test_unknown_options(self):
        for option in ("--nonsense", "--listn", "--nonsense=1", "-x", "--List", "stray",
                       "--", "--db2"):
            with self.subTest(option=option):
                self.assert_refused(USAGE, [option.split("=")[0]], option, "x")

    def test_abbreviations_are_no_options(self):
        """An abbreviation would change its meaning once another option is added."""
        self.assert_refused(USAGE, ["--work"], "--work", "1")

    def test_how_large_a_number_may_be(self):
        self.assert_refused(USAGE, ["a number from 0 to 999999999999999"], "--rng-seed", "x")

    def test_missing_values(self):
        for name in OPTION_NAMES[:-2]:
            if name != "strict":  # which may stand alone
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

    def test_nearest_names(self):
        """Of flags and keys; nothing is said where none is near."""
        for given, meant in [("listn", "listen"), ("Listen", "listen"), ("log_level", "log-level"),
                             ("api-keys", "api-key"), ("allow-hosts", "allow-host"),
                             ("nonsense", None), ("x" * 300, None)]:
            with self.subTest(given):
                flag = self.assert_refused(USAGE, ["--" + given[:60]], "--" + given, "x")
                path = self.write_config(json.dumps({given: "x"}))
                key = self.assert_refused(BAD_DATA, [path, given], "--config", path)
                self.assertIn(f", did you mean --{meant} (" if meant else f"{given[-9:]} (see", flag)
                self.assertIn(f", did you mean {meant}\n" if meant else f"{given[-9:]}\n", key)

    def test_public_urls_with_a_path(self):
        self.assert_refused(USAGE, ["no path: /v1 is added to it"],
                            "--public-url", "http://h:1/v1")

    def test_what_is_refused_is_one_line_without_secrets(self):
        """Nor commands to a terminal."""
        config = self.write_config('{"admin-token" "hush"}')
        for arguments, code in ((["--listen", "a\nb\x1b[31m\x9b"], USAGE),
                                (["--public-url", "http://user:hush@h/"], USAGE),
                                (["--config", config], BAD_DATA), (["--seed", config], BAD_DATA)):
            with self.subTest(arguments):
                told = self.assert_refused(code, [], *arguments)
                self.assertNotIn("hush", told)
                self.assertTrue(told[:-1].isprintable(), told)

    def test_files_of_certificates_without_any(self):
        path = self.path("ca.pem")
        self.assert_refused(BAD_DATA, [path, "No such file"], "--webhook-ca", path)
        self.assert_refused(BAD_DATA, [self.directory], "--webhook-ca", self.directory)
        begin, end = ("-----%s CERTIFICATE-----\n" % word for word in ("BEGIN", "END"))
        for text in ("", "nonsense", begin, begin + "nonsense\n" + end, begin + "AAAA\n" + end):
            with self.subTest(text):
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
                self.assert_refused(BAD_DATA, [path, "PEM"], "--webhook-ca", path)

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
        self.assert_refused(BAD_DATA, [path, "cannot read", "No such file"], "--config", path)
        self.assert_refused(BAD_DATA, [self.directory, "cannot read"], "--config", self.directory)

    def test_a_fifo_that_nobody_writes_to(self):
        os.mkfifo(self.path("fifo"))
        for name in ("config", "seed", "webhook-ca"):
            with self.subTest(name):
                self.assert_refused(BAD_DATA, ["fifo"], "--" + name, self.path("fifo"))

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

    def test_public_url_with_a_slash(self):
        """A slash at its end goes, wherever it comes from."""
        url = "http://sims.example:8080"
        path = self.write_config(**{"public-url": url + "/"})
        for options, environment in [(("--public-url", url + "/"), {}), (("--config", path), {}),
                                     ((), {"SUPERSIM_PUBLIC_URL": url + "/"})]:
            with self.subTest(options=options):
                server = self.start(*options, environment=environment)
                self.assertEqual(self.list_origin(server), url)
                server.stop()

    def test_further_hosts(self):
        """By flags, a file's array, and a variable's commas."""
        path = self.write_config(**{"allow-host": ["one.example", "Two.example"]})
        for options, environment in [
                (("--allow-host", "one.example", "--allow-host", "Two.example"), {}),
                (("--config", path), {}),
                ((), {"SUPERSIM_ALLOW_HOST": "one.example,Two.example"})]:
            with self.subTest(options=options):
                server = self.start(*options, environment=environment)
                client = server.client()
                for host, status in [("one.example", 200), ("two.EXAMPLE:80", 200),
                                     ("three.example", 403), ("one.example.evil", 403)]:
                    answer = client.control("GET", "info", headers={"Host": host})
                    self.assertEqual(answer.status, status, host)
                shown = client.control("GET", "info").json()["configuration"]["allow-host"]
                self.assertEqual(shown, ["one.example", "Two.example"])
                server.stop()

    def test_unknown_variables(self):
        """Other programs have variables that begin like ours: a warning for each, no more."""
        for variable, meant in [("SUPERSIM_URLS", None), ("SUPERSIM_", None),
                                ("SUPERSIM_listen", "SUPERSIM_LISTEN"),
                                ("SUPERSIM_LOGLEVEL", "SUPERSIM_LOG_LEVEL"),
                                ("SUPERSIM_" + "X" * 300, None)]:
            with self.subTest(variable=variable):
                server = self.start(environment={variable: "secret"})
                server.stop()
                lines = [line for line in server.log().splitlines() if "unknown" in line]
                self.assertEqual(len(lines), 1, server.log())
                self.assertIn("warning the variable " + variable[:90], lines[0])
                self.assertNotIn("secret", lines[0])
                self.assertEqual("did you mean" in lines[0], meant is not None, lines[0])
                if meant:
                    self.assertTrue(lines[0].endswith(": did you mean " + meant), lines[0])

    def test_the_variable_of_tests(self):
        """docs/testing.md has it: it is nobody's mistake."""
        server = self.start(environment={"SUPERSIM_URL": "http://127.0.0.1:7746"})
        server.stop()
        self.assertNotIn("unknown", server.log())

    def test_a_byte_order_mark_before_the_configuration(self):
        with open(self.path("config.json"), "w", encoding="utf-8-sig") as config:
            json.dump({"public-url": "http://file.example"}, config)
        server = self.start("--config", self.path("config.json"))
        self.assertEqual(self.list_origin(server), "http://file.example")

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
