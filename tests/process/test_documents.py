# SPDX-License-Identifier: MIT
"""The README's sessions, and the recipes of docs/clients.md, work as they are printed."""
import os
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from server import PATIENCE_SECONDS, REPOSITORY, DirectoryTestCase, clean_environment  # noqa: E402

PRINTED_ADDRESS = "127.0.0.1:7746"


def blocks(heading, document):
    """The code blocks of a section, by language."""
    with open(os.path.join(REPOSITORY, document), encoding="utf-8") as file:
        sections = re.split(r"^###? ", file.read(), flags=re.MULTILINE)
    [section] = [one for one in sections if one.startswith(heading + "\n")]
    return dict(re.findall(r"^```(\w+)\n(.*?)^```$", section, re.MULTILINE | re.DOTALL))


class ReadmeTest(DirectoryTestCase):
    """Each block, with nothing changed but the port."""

    def setUp(self):
        super().setUp()
        self.server = self.start()
        os.symlink(os.path.join(REPOSITORY, "tests", "node_modules"), self.path("node_modules"))

    def run_block(self, heading, language, document="README.md"):
        """What a block writes to stdout."""
        text = blocks(heading, document)[language]
        self.assertIn(PRINTED_ADDRESS, text)
        text = text.replace(PRINTED_ADDRESS, "%s:%d" % self.server.address)
        name = self.path("block." + {"sh": "sh", "js": "mjs", "python": "py"}[language])
        with open(name, "w", encoding="utf-8") as file:
            file.write(text)
        command = {"sh": ["bash", "-eu", "-o", "pipefail"], "js": ["node"],
                   "python": ["/usr/bin/python3"]}[language] + [name]
        result = subprocess.run(command, cwd=self.directory, env=clean_environment(self.directory),
                                stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                timeout=PATIENCE_SECONDS, check=False)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return result.stdout

    def test_a_session_with_curl(self):
        for _ in range(2):  # the second time, it begins anew
            written = self.run_block("A session with curl", "sh")
            self.assertEqual(written.count('"unique_name":"Pilot Fleet"'), 3, written)
            self.assertTrue(written.endswith('"status":404}'), written)

    def test_a_session_with_twilio_node(self):
        written = self.run_block("A session with twilio-node", "js")
        self.assertRegex(written, r"^(HF[0-9a-f]{32} \w+ \d+ 1000 MB\n){3}$")

    def test_a_device_speaks_to_a_sink(self):
        for _ in range(2):  # the second time, it begins anew
            written = self.run_block("A device speaks", "sh")
            last = written[written.rindex('{"requests":'):]
            self.assertEqual(last.count('"signature_valid":true'), 1, written)
            self.assertEqual(last.count('"Payload":"23.5 C"'), 1, written)

    def test_a_data_limit_bites(self):
        for _ in range(2):
            written = self.run_block("A data limit bites", "sh")
            blocked = re.findall(r'"data_total":(\d+)},"data_limit":(\d+),"blocked":(\w+)', written)
            self.assertEqual(blocked, [("2000000", "1", "true"), ("2000000", "5", "false"),
                                       ("0", "5", "false")], written)
            self.assertEqual(written.count('"data_total":2000000,'), 1, "in Usage Records")

    def test_a_device_speaks_to_node(self):
        for _ in range(2):
            self.assertEqual(self.run_block("A device speaks", "js"), "23.5 C true\n")

    def test_recipes_of_clients(self):
        for heading, language in (("Python", "python"), ("Node", "js")):
            self.assertEqual(self.run_block(heading, language, "docs/clients.md"), "1000\n", heading)

    def test_tokens_are_those_that_every_library_takes(self):
        """twilio-go takes letters and digits only."""
        for document in ("README.md", "docs/clients.md"):
            with open(os.path.join(REPOSITORY, document), encoding="utf-8") as file:
                text = file.read()
            tokens = re.findall(r"AC\d{32}(?::|[\"'], [\"'])([^\"'\s]+)", text)
            tokens += re.findall(r'"(?:secret|auth_token)": "([^"]+)"', text)
            self.assertGreater(len(tokens), 3, document)
            self.assertEqual([token for token in tokens if not token.isalnum()], [], document)


if __name__ == "__main__":
    unittest.main()
