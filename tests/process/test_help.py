# SPDX-License-Identifier: MIT
"""Help, manual, completions and documents say the same: all of them come from the two tables."""
import json
import os
import re
import shutil
import subprocess
import unittest

from http_client import PATIENCE_SECONDS
from server import REPOSITORY, DirectoryTestCase, binary

PLAIN = ["print-config", "print-fidelity", "print-errors", "print-options", "version", "help"]


def printed(*words):
    """What the program prints."""
    return subprocess.run([binary(), *words], capture_output=True, text=True, check=True,
                          timeout=PATIENCE_SECONDS).stdout


def settings(*command):
    """The names of all options that a command takes, in their order."""
    return list(json.loads(printed(*command, "--print-config")))


def commands():
    """The names of all commands, in their order."""
    listed = printed("--help").split("Commands", 1)[1].split("\n\n", 1)[0]
    return re.findall(r"(?m)^  (\w+) ", listed)


class TablesTest(DirectoryTestCase):
    """What each of them shows."""

    def test_there_are_some(self):
        self.assertEqual(commands(), ["exec", "ca", "wait", "healthcheck", "state", "reset", "advance",
                                      "completion", "man", "help"])
        self.assertIn("listen", settings())

    def test_help(self):
        shown = re.findall(r"(?m)^  --([\w-]+)", printed("--help"))
        self.assertEqual(shown, settings() + PLAIN)
        self.assertEqual(printed("help"), printed("--help"))
        for command in commands():
            with self.subTest(command):
                text = printed("help", command)
                self.assertEqual(printed(command, "--help"), text)
                self.assertTrue(text.startswith(f"Usage: supersimd {command}"), text)
                self.assertLessEqual(max(len(line) for line in text.splitlines()), 80)
                shown = set(re.findall(r"(?m)^  --([\w-]+)|(?<= )--([\w-]+)(?= |$)", text))
                shown = {name for pair in shown for name in pair if name}
                if command != "exec":
                    self.assertLessEqual(set(settings(command)), shown)
                else:
                    self.assertLessEqual(set(settings(command)) - set(settings()), shown)

    def test_info(self):
        server = self.start()
        shown = server.client().control("GET", "info").json()["configuration"]
        self.assertEqual(list(shown), settings())

    def test_the_reference(self):
        """docs/options.md is as it is printed."""
        with open(os.path.join(REPOSITORY, "docs", "options.md"), encoding="utf-8") as file:
            page = file.read()
        self.assertEqual(page, printed("--print-options"))
        sections = re.split(r"(?m)^##+ ", page)
        self.assertEqual([each.split("\n")[0] for each in sections[3:]], commands())
        self.assertEqual(re.findall(r"(?m)^\| `--([\w-]+) ", sections[1]), settings())

    def test_options_that_running_speaks_of(self):
        """Each exists, and stands there with the argument that help shows."""
        with open(os.path.join(REPOSITORY, "docs", "running.md"), encoding="utf-8") as file:
            page = file.read()
        known = dict(re.findall(r"(?m)^  --([\w-]+) (\S+)", "".join(
            printed("help", command) for command in commands()) + printed("--help")))
        documented = re.findall(r"(?m)^\| `--([\w-]+) ([^`]+)`", page)
        self.assertGreater(len(documented), 10)
        for name, argument in documented:
            self.assertIn(name, known)
            argument = argument.replace("\\|", "|")
            # A table may show one of the choices that matters there.
            self.assertTrue(argument == known[name] or argument in known[name].split("|"), name)

    def test_mistakes_of_the_manual(self):
        manual = printed("man")
        self.assertEqual(re.findall(r"(?m)^\.TP\n\\fB\\-\\-([\w\\-]+?)\\fR", manual.split(
            ".SH COMMANDS")[0].replace("\\-", "-").replace("\\fB--", "\\fB\\-\\-")), settings())
        self.assertEqual(re.findall(r"(?m)^\.SS (\w+)", manual), commands())
        with open(self.path("supersimd.1"), "w", encoding="utf-8") as file:
            file.write(manual)
        for checker in (["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", "supersimd.1"],
                        ["mandoc", "-Tlint", "-Wall", "supersimd.1"]):
            said = subprocess.run(checker, cwd=self.directory, capture_output=True, text=True,
                                  timeout=PATIENCE_SECONDS, check=False)
            complaints = said.stderr if checker[0] == "man" else said.stdout + said.stderr
            self.assertEqual((said.returncode, complaints), (0, ""))


class CompletionTest(DirectoryTestCase):
    """What shells offer for words under the cursor."""

    def setUp(self):
        super().setUp()
        with open(self.path("completion"), "w", encoding="utf-8") as file:
            file.write(printed("completion", "bash"))
        os.mkdir(self.path("files"))
        for name in ("files/a file", "files/b"):
            with open(self.path(name), "w", encoding="utf-8"):
                pass

    def complete(self, *words):
        """What is offered for the last of the words that follow the program's name."""
        script = ('. ./completion; COMP_WORDS=(supersimd "$@"); COMP_CWORD=$#; _supersimd; '
                  'printf "%s\\n" "${COMPREPLY[@]}"')
        out = subprocess.run(["bash", "--norc", "-c", script, "bash", *words], cwd=self.directory,
                             capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=True)
        self.assertEqual(out.stderr, "")
        return sorted(filter(None, out.stdout.splitlines()))

    def test_words(self):
        dashed = ["--" + name for name in settings() + PLAIN]
        for words, offered in (
                ([""], commands()), (["st"], ["state"]), (["--"], dashed), (["--log-l"], ["--log-level"]),
                (["--log-level", ""], ["error", "warning", "info", "debug"]),
                (["--log-level", "=", "d"], ["debug"]), (["--auth", "="], ["open", "strict"]),
                (["--listen", ""], []), (["--seed", "files/"], ["files/a file", "files/b"]),
                (["--db", "=", "files/b"], ["files/b"]),
                (["wait", "--"], ["--" + name for name in settings("wait")]),
                (["wait", "--port-file", "files/b"], ["files/b"]),
                (["exec", "--ch"], ["--check"]), (["exec", "--", "tru"], None),
                (["exec", "--", "ls", "files/b"], ["files/b"]),
                (["exec", "--auth", ""], ["open", "strict"]), (["reset", "--to", "e"], ["empty"]),
                (["state", ""], ["--" + n for n in settings("state")] + ["export", "import"]),
                (["state", "export", "files/b"], ["files/b"]),
                (["help", "ex"], ["exec"]), (["completion", "z"], ["zsh"]), (["advance", "n"], ["next"])):
            with self.subTest(words):
                found = self.complete(*words)
                if offered is None:
                    self.assertIn("true", found)
                else:
                    self.assertEqual(found, sorted(offered))

    def test_fish(self):
        script = printed("completion", "fish")
        for line, offered in (("supersimd st", ["state"]), ("supersimd --log-level ", [
                "debug", "error", "info", "warning"]), ("supersimd wait --ti", ["--timeout"]),
                              ("supersimd reset --to e", ["empty"]), ("supersimd state im", ["import"])):
            with self.subTest(line):
                said = subprocess.run(["fish", "--no-config", "-c", f"{script}\ncomplete -C '{line}'"],
                                      cwd=self.directory, capture_output=True, text=True,
                                      env={**os.environ, "HOME": self.directory},
                                      timeout=PATIENCE_SECONDS, check=True).stdout
                self.assertEqual([each.split("\t")[0] for each in said.splitlines()], offered)

    def test_scripts_of_all_shells_are_well_formed(self):
        for shell in ("bash", "zsh", "fish"):
            with self.subTest(shell):
                path = self.path("completion." + shell)
                script = printed("completion", shell)
                for name in settings() + ["check", "timeout"]:
                    self.assertIn(("-l " if shell == "fish" else "--") + name, script)
                with open(path, "w", encoding="utf-8") as file:
                    file.write(script)
                self.assertIsNotNone(shutil.which(shell), f"{shell} is not installed")
                checked = subprocess.run([shell, "-n", path], capture_output=True, text=True,
                                         timeout=PATIENCE_SECONDS, check=False)
                self.assertEqual((checked.returncode, checked.stdout + checked.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
