# SPDX-License-Identifier: MIT
"""exec --tls auto: a command whose programs name no URL reaches the server as Twilio's."""
import json
import os
import unittest

from server import DirectoryTestCase

CHILD = """
import base64, json, os, urllib.request
user = os.environ["TWILIO_ACCOUNT_SID"] + ":" + os.environ["TWILIO_AUTH_TOKEN"]
request = urllib.request.Request(
    "https://supersim.twilio.com/v1/NetworkAccessProfiles", data=b"",
    headers={"Authorization": "Basic " + base64.b64encode(user.encode()).decode()})
print(urllib.request.urlopen(request).read().decode())
"""
PRINT_ENVIRONMENT = "import json, os; print(json.dumps(dict(os.environ)))"
REFUSED = """
import urllib.request
for url in ("https://example.com/", "http://example.com/"):
    try:
        urllib.request.urlopen(url)
    except OSError as error:
        print(error)
"""
READ_FILES = """
import os
for name in ("NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
             "TWILIO_CA_BUNDLE"):
    with open(os.environ[name]) as file:
        print(file.read().count("BEGIN CERTIFICATE"))
"""
OWN = "localhost,127.0.0.1,::1"


class ExecTest(DirectoryTestCase):
    def run_child(self, program, *options, environment=None, tls=("--tls", "auto")):
        """What a program of Python says."""
        result = self.run_to_exit("exec", *tls, *options, "--", "/usr/bin/python3", "-c", program,
                                  environment=environment)
        self.assertEqual(result.returncode, 0, result)
        return result.stdout

    def environment(self, *options, **how):
        """The variables that a child finds."""
        return json.loads(self.run_child(PRINT_ENVIRONMENT, *options, **how))

    def test_a_program_that_names_no_url_but_twilios(self):
        profile = json.loads(self.run_child(CHILD))
        self.assertEqual(profile["url"],
                         "https://supersim.twilio.com/v1/NetworkAccessProfiles/" + profile["sid"])

    def test_other_hosts_are_not_reached(self):
        self.assertEqual(self.run_child(REFUSED).count("403"), 2)

    def test_files_of_trust(self):
        """Variables that replace the system's authorities name them, too, where there are some."""
        counts = [int(line) for line in self.run_child(READ_FILES).split()]
        self.assertEqual(counts[0], 1)
        self.assertEqual(counts[1:], [counts[1]] * 4)
        self.assertGreaterEqual(counts[1], 1)

    def test_variables(self):
        found = self.environment()
        self.assertEqual(found["HTTPS_PROXY"], found["HTTP_PROXY"])
        self.assertEqual(found["NO_PROXY"], OWN)
        self.assertNotIn("JAVA_TOOL_OPTIONS", found)
        self.assertFalse(os.path.exists(found["SSL_CERT_FILE"]), "it ends with the server")
        self.assertEqual(os.listdir(self.directory), ["tmp"])
        self.assertEqual(os.listdir(self.path("tmp")), [])

    def test_variables_that_are_there_already(self):
        found = self.environment(environment={"NO_PROXY": "db.test", "https_proxy": "http://a:1",
                                              "http_proxy": "http://a:1", "no_proxy": "x.test"})
        self.assertEqual(found["https_proxy"], found["HTTPS_PROXY"])
        self.assertEqual(found["http_proxy"], found["HTTP_PROXY"])
        self.assertEqual(found["NO_PROXY"], OWN + ",db.test")
        self.assertTrue(found["no_proxy"].startswith(OWN))

    def test_java(self):
        found = self.environment("--java", environment={"JAVA_TOOL_OPTIONS": "-Dx=y"})
        options = found["JAVA_TOOL_OPTIONS"].split()
        self.assertEqual(options[0], "-Dx=y")
        self.assertIn("-Djavax.net.ssl.trustStorePassword=changeit", options)
        self.assertIn("-Dhttps.proxyPort=" + found["HTTPS_PROXY"].rsplit(":", 1)[1], options)

    def test_without_tls(self):
        found = self.environment(tls=())
        for name in ("HTTPS_PROXY", "HTTP_PROXY"):
            self.assertEqual(found.get(name), os.environ.get(name))

    def test_what_is_given_is_used(self):
        """A directory, so that the authority is the same each time."""
        program = "import os; print(open(os.environ['NODE_EXTRA_CA_CERTS']).read())"
        options = ("--tls-dir", self.path("tls"))
        self.assertEqual(self.run_child(program, *options), self.run_child(program, *options))


if __name__ == "__main__":
    unittest.main()
