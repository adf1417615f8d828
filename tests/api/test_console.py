# SPDX-License-Identifier: MIT
"""How the console is served: its files, their headers, and who is led to it. What the page does is
tested in a browser, in tests/console."""
import gzip
import hashlib
import os
import pty
import re
import subprocess
import unittest
from pathlib import Path

from http_client import PATIENCE_SECONDS
from server import REPOSITORY, DirectoryTestCase, ServerTestCase, binary, clean_environment, wait_until

ROOT = Path(REPOSITORY, "console")
TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8",
         ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
# The page's own scripts are served as one, and like its style sheet without comments.
COMPACT = ("console.js", "console.css")
FILES = {str(path.relative_to(ROOT)): path.read_bytes() for path in sorted(ROOT.rglob("*"))
         if path.suffix in TYPES and (path.parent != ROOT or path.suffix != ".js" or path.name in COMPACT)}
RAW_MAXIMUM, GZIP_MAXIMUM = 90 * 1024, 30 * 1024
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
                               "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


class ConsoleTest(ServerTestCase):
    """The files, as anybody gets them: no credentials are asked for."""

    def get(self, name="", method="GET", **headers):
        """The answer for a file of the console."""
        given = {key.replace("_", "-"): value for key, value in headers.items()}
        return self.client.request(method, "/console/" + name, headers=given, authorization="")

    def test_every_file_as_it_is_and_compressed(self):
        self.assertGreater(len(FILES), 5)
        raw = packed = 0
        for name, content in FILES.items():
            with self.subTest(name):
                plain, small = self.get(name), self.get(name, Accept_Encoding="br, gzip")
                self.assertEqual((plain.status, small.status), (200, 200))
                self.assertEqual(gzip.decompress(small.body), plain.body)
                if name not in COMPACT:
                    self.assertEqual(plain.body, content)
                self.assertIsNone(plain.header("Content-Encoding"))
                self.assertEqual(small.header("Content-Encoding"), "gzip")
                for answer in (plain, small):
                    self.assertEqual(answer.header("Content-Type"), TYPES[Path(name).suffix])
                raw += len(plain.body)
                packed += len(small.body)
        self.assertLessEqual(raw, RAW_MAXIMUM)
        self.assertLessEqual(packed, GZIP_MAXIMUM)
        self.assertEqual(self.get("").body, FILES["index.html"])

    def test_scripts_are_one(self):
        script = self.get("console.js").body.decode()
        self.assertEqual(re.findall('from "([^"]*)"', script),
                         ["./vendor/lit-html.js", "./vendor/directives/repeat.js"])
        modules = sorted(path.name for path in ROOT.glob("*.js"))
        self.assertGreater(len(modules), 10)
        for module in modules:
            # Each is there: the longest of its texts, which no other step changes.
            text = max(re.findall(r'"([\w .,]+)"', Path(ROOT, module).read_text()), key=len, default="")
            self.assertIn(text, script, module)
            self.assertEqual(self.get(module).status, 200 if module == "console.js" else 404)
        self.assertNotIn("SPDX", script)

    def test_headers(self):
        for name in FILES:
            answer = self.get(name)
            for header, value in HEADERS.items():
                self.assertEqual(answer.header(header), value, name)
            self.assertIn(("Vary", "Accept-Encoding"), answer.headers)
            self.assertIsNone(answer.header("Access-Control-Allow-Origin"))

    def test_encodings(self):
        for accepted, expected in ((None, None), ("identity", None), ("gzip;q=0", None), ("gzip; q=0.0, br", None),
                                   ("x-gzip, gzipped", None), ("gzip", "gzip"), ("br,gzip;q=0.5", "gzip"),
                                   ("deflate, gzip, br", "gzip")):
            answer = self.get("console.js", Accept_Encoding=accepted)
            self.assertEqual(answer.header("Content-Encoding"), expected, accepted)

    def test_what_a_browser_has_is_not_sent_again(self):
        for encoding in (None, "gzip"):
            first = self.get("console.js", Accept_Encoding=encoding)
            tag = first.header("ETag")
            self.assertIn(hashlib.sha256(self.get("console.js").body).hexdigest(), tag)
            for known in (tag, "W/" + tag, '"other", ' + tag, "*"):
                again = self.get("console.js", Accept_Encoding=encoding, If_None_Match=known)
                self.assertEqual((again.status, again.body, again.header("ETag")), (304, b"", tag), known)
            self.assertEqual(self.get("console.js", If_None_Match='"other"').status, 200)
        plain, packed = (self.get("console.js", Accept_Encoding=e).header("ETag") for e in (None, "gzip"))
        self.assertNotEqual(plain, packed)

    def test_methods(self):
        head = self.get(method="HEAD")
        self.assertEqual((head.status, head.header("Content-Length")), (200, str(len(FILES["index.html"]))))
        for method in ("POST", "PUT", "DELETE", "OPTIONS"):
            answer = self.get(method=method)
            self.assertEqual((answer.status, answer.header("Allow")), (405, "GET"), method)

    def test_what_is_not_there(self):
        for name in ("nothing.js", "vendor/LICENSE", "vendor/README.md", "vendor/../console.js", "vendor/directives/"):
            answer = self.get(name)
            self.assertEqual((answer.status, answer.json()["field"]), (404, None), name)

    def test_ways_to_it(self):
        answer = self.client.get("/console", authorization="")
        self.assertEqual((answer.status, answer.header("Location")), (308, "/console/"))
        page = self.client.get("/", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}, authorization="")
        self.assertEqual((page.status, page.header("Location")), (302, "/console/"))
        self.assertIn(("Vary", "Accept"), page.headers)
        for path in ("/", "/_emulator/"):
            for accept in (None, "*/*", "application/json"):
                index = self.client.get(path, headers={"Accept": accept}, authorization="")
                self.assertEqual(index.json()["console"], self.server.url + "/console/")

    def test_a_rebound_name_sees_nothing(self):
        for host in ("evil.example", "evil.example:7746"):
            answer = self.client.get("/console/", headers={"Host": host})
            self.assertEqual(answer.status, 403, host)
        self.assertEqual(self.client.get("/console/", headers={"Host": "localhost"}).status, 200)


class WithoutConsoleTest(ServerTestCase):
    """--console no"""

    options = ("--console", "no")

    def test_it_is_gone(self):
        for path in ("/console", "/console/", "/console/console.js", "/console/nothing"):
            answer = self.client.get(path, authorization="")
            self.assertEqual(answer.status, 404, path)
            self.assertIn("--console", answer.json()["hint"])
        index = self.client.get("/", headers={"Accept": "text/html"})
        self.assertEqual(index.status, 200)
        self.assertIsNone(index.json()["console"])


class GreetingTest(DirectoryTestCase):
    """What a person sees who starts it in a terminal, and a program does not."""

    def test_a_program_sees_the_ready_line_only(self):
        server = self.start()
        self.assertNotIn("/console/", server.log())

    def test_a_terminal(self):
        controller, terminal = pty.openpty()
        self.addCleanup(os.close, controller)
        with open(self.path("errors"), "wb") as errors:
            process = subprocess.Popen(
                [binary(), "--listen", "127.0.0.1:0", "--db", ":memory:"], stdin=subprocess.DEVNULL,
                stdout=terminal, stderr=errors, env=clean_environment(self.directory))
        os.close(terminal)
        try:
            greeting = wait_until(lambda: re.search(r"/console/.*/v1/Sims\n", Path(self.path("errors")).read_text(),
                                                    re.DOTALL), "the greeting")
            self.assertIn("curl", greeting[0])
            self.assertIn(b'{"ready":true,', os.read(controller, 4096))
        finally:
            process.terminate()
            self.assertEqual(process.wait(PATIENCE_SECONDS), 0)


if __name__ == "__main__":
    unittest.main()
