# SPDX-License-Identifier: MIT
"""What the documents print works as it is printed, and is answered as they say.

A page's blocks are taken in order. Those that call the server, in `sh`, run in one shell, as if
pasted into one terminal; `js` and `python` each run by themselves. A block of `json` or `text` right
after one is its answer: the last value of JSON that it printed, or all that it printed. In answers,
… stands for what differs from time to time: a whole value (`"pid": …`, `{…}`) or a part of a text
(`"HS…"`). All else must be as it is documented, the keys in this order.
"""
import json
import os
import re
import subprocess
import unittest

from server import PATIENCE_SECONDS, REPOSITORY, DirectoryTestCase, clean_environment

PRINTED_ADDRESS = "127.0.0.1:7746"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = "=== the end of a block ==="
ANYTHING = "\ue000"
PIECE = re.compile(r'(?P<text>"(?:[^"\\]|\\.)*")|\{…\}|…')


class Example:
    """A block that is run, and what the page says of its answer (None: nothing)."""

    def __init__(self, language, text, answer_language, answer):
        self.language = language
        self.text = text
        self.answer_language = answer_language
        self.answer = answer


def read(document):
    """A document's text."""
    with open(os.path.join(REPOSITORY, document), encoding="utf-8") as file:
        return file.read()


def examples(document):
    """The blocks of a document that are run, in order."""
    blocks = BLOCK.findall(read(document))
    for (language, text), (after, answer) in zip(blocks, blocks[1:] + [("", "")]):
        if language in ("js", "python") or (language == "sh" and "curl" in text):
            answered = after in ("json", "text")
            yield Example(language, text, after if answered else None, answer if answered else None)


def documented_json(text):
    """A documented answer; a bare … or {…} becomes what `complaint` takes for any value."""
    return json.loads(PIECE.sub(lambda match: match["text"] or f'"{ANYTHING}"', text))


def complaint(documented, real, where="answer"):
    """What differs first between a documented answer and a real one; None: they are alike."""
    if documented == ANYTHING:
        return None
    if isinstance(documented, dict) and isinstance(real, dict):
        if list(documented) != list(real):
            return f"{where} has the keys {list(real)}"
        pairs = [(documented[key], real[key], f"{where}.{key}") for key in documented]
    elif isinstance(documented, list) and isinstance(real, list):
        if len(documented) != len(real):
            return f"{where} has {len(real)} entries: {real}"
        pairs = [(*pair, f"{where}[{i}]") for i, pair in enumerate(zip(documented, real))]
    elif isinstance(documented, str) and isinstance(real, str):
        return None if is_text_like(documented, real) else f"{where} is {real!r}"
    else:
        return None if (type(documented), documented) == (type(real), real) else f"{where} is {real!r}"
    return next((found for found in (complaint(*pair) for pair in pairs) if found), None)


def is_text_like(documented, real):
    """True when a text is as documented, where … stands for anything."""
    pattern = ".+".join(re.escape(part) for part in documented.split("…"))
    return re.fullmatch(pattern, real, re.DOTALL) is not None


def json_values(written):
    """The values of JSON that a block printed, one after the other."""
    decoder = json.JSONDecoder()
    values, position = [], 0
    while True:
        position = re.compile(r"\s*").match(written, position).end()
        if position == len(written):
            return values
        value, position = decoder.raw_decode(written, position)
        values.append(value)


def is_error(value):
    """True for an answer that refuses, of /v1 or of the control API."""
    return isinstance(value, dict) and ({"error", "field", "hint"} == set(value)
                                        or {"code", "more_info"} <= set(value))


class ComparisonTest(unittest.TestCase):
    """The comparison finds what differs."""

    def test_what_is_alike(self):
        for documented, real in (('{"a": 1, "b": "HS…"}', {"a": 1, "b": "HS12"}),
                                 ('{"a": …, "b": {…}}', {"a": [], "b": {"c": 1}}),
                                 ('["…", null, true]', ["x", None, True])):
            self.assertIsNone(complaint(documented_json(documented), real), documented)

    def test_what_is_not(self):
        for documented, real in (('{"a": 1}', {"a": 2}), ('{"a": 1}', {"a": True}), ('{"a": 1}', {}),
                                 ('{"a": 1}', {"a": 1, "b": 2}), ('{"a": …}', {"b": 1}),
                                 ('{"a": 1, "b": 2}', {"b": 2, "a": 1}), ('["HS…"]', ["HX1"]),
                                 ('[1]', [1, 2]), ('"a"', None), ('null', "a"), ('1', "1")):
            self.assertIsNotNone(complaint(documented_json(documented), real), documented)


class DocumentTest(DirectoryTestCase):
    """Each block, with nothing changed but the port."""

    def setUp(self):
        super().setUp()
        self.server = self.start()
        os.symlink(os.path.join(REPOSITORY, "tests", "node_modules"), self.path("node_modules"))

    def with_address(self, text):
        """A text with this server's address in place of the printed one."""
        return text.replace(PRINTED_ADDRESS, "%s:%d" % self.server.address)

    def run_program(self, command, name, text):
        """What a program writes to stdout."""
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(self.with_address(text))
        result = subprocess.run([*command, name], cwd=self.directory,
                                env=clean_environment(self.directory), stdin=subprocess.DEVNULL,
                                capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return result.stdout

    def run_example(self, example):
        """What a block of JavaScript or Python writes."""
        if 'from "vitest"' in example.text:
            runner = os.path.join(REPOSITORY, "tests", "node_modules", ".bin", "vitest")
            return self.run_program([runner, "run"], "block.test.mjs", example.text)
        if "import unittest" in example.text:
            self.run_program(["/usr/bin/python3", "-m", "pytest", "-p", "no:cacheprovider"],
                             "test_block.py", example.text)
        if example.language == "js":
            return self.run_program(["node"], "block.mjs", example.text)
        return self.run_program(["/usr/bin/python3"], "block.py", example.text)

    def check_text(self, example, written):
        """All that a block wrote is as documented."""
        documented = self.with_address(example.answer).strip()
        self.assertTrue(is_text_like(documented, written.strip()),
                        f"\n{example.text}\nprinted\n{written}\ninstead of\n{documented}")

    def check_json(self, example, written):
        """Nothing that a block printed refuses; the last is as documented, if it is."""
        values = json_values(written)
        if example.answer is not None:
            self.assertNotEqual(values, [], example.text)
            documented = documented_json(self.with_address(example.answer))
            found = complaint(documented, values.pop())
            self.assertIsNone(found, f"\n{example.text}\n{found}\nbut not in\n{example.answer}")
        self.assertEqual([value for value in values if is_error(value)], [], example.text)

    def check_page(self, document):
        """Runs a page from its top to its end, and once more: the second time, it begins anew."""
        found = list(examples(document))
        shell = [example for example in found if example.language == "sh"]
        script = "".join(f"{example.text}\nprintf '\\n{MARK}\\n'\n" for example in shell)
        for _ in range(2):
            outputs = self.run_program(["bash", "-eu", "-o", "pipefail"], "page.sh", script)
            outputs = outputs.split(f"\n{MARK}\n")
            self.assertEqual(len(outputs), len(shell) + 1)
            for example, written in zip(shell, outputs):
                if example.answer_language == "text":
                    self.check_text(example, written)
                else:
                    self.check_json(example, written)
            for example in found:
                if example.language != "sh":
                    written = self.run_example(example)
                    if example.answer is not None:
                        self.check_text(example, written)
        return len(found)

    def test_readme(self):
        self.assertGreater(self.check_page("README.md"), 1)

    def test_sessions(self):
        self.assertGreater(self.check_page("docs/sessions.md"), 8)

    def test_testing(self):
        self.assertGreater(self.check_page("docs/testing.md"), 8)

    def test_no_example_sleeps_or_asks_again_and_again(self):
        for document in ("README.md", "docs/clients.md", "docs/control.md", "docs/sessions.md",
                         "docs/testing.md"):
            for example in examples(document):
                self.assertNotRegex(example.text, r"\b(sleep|setTimeout|setInterval|while|until)\b",
                                    document)

    def test_control_api(self):
        self.server = self.start("--tls", "auto", "--tls-listen", "127.0.0.1:0")
        self.assertGreater(self.check_page("docs/control.md"), 35)

    def test_recipes_of_clients(self):
        found = list(examples("docs/clients.md"))
        self.assertEqual([example.language for example in found], ["python", "js"])
        for example in found:
            self.assertEqual(self.run_example(example), "1000\n", example.language)

    def test_pages_without_sessions(self):
        """Every other page has none, or it would be run, too."""
        pages = sorted(os.listdir(os.path.join(REPOSITORY, "docs")))
        for page in pages:
            if page.endswith(".md") and page not in ("clients.md", "control.md", "scaling.md",
                                                     "sessions.md", "testing.md"):
                self.assertEqual(list(examples(f"docs/{page}")), [], page)

    def test_the_ready_line(self):
        [documented] = [text for _, text in BLOCK.findall(read("docs/running.md"))
                        if text.startswith('{"ready"')]
        documented = documented_json(self.with_address(documented))
        self.assertIsNone(complaint(documented, self.server.ready))

    def test_the_summary(self):
        [documented] = [text for _, text in BLOCK.findall(read("docs/running.md"))
                        if text.startswith('{"exit_code"')]
        self.run_to_exit("exec", "--summary", "summary.json", "--", "true")
        with open(self.path("summary.json"), encoding="utf-8") as file:
            self.assertIsNone(complaint(documented_json(documented), json.load(file)))

    def test_the_seed(self):
        [seed] = [text for _, text in BLOCK.findall(read("docs/running.md"))
                  if text.startswith('{"accounts"')]
        with open(self.path("seed.json"), "w", encoding="utf-8") as file:
            file.write(seed)
        [account] = json.loads(seed)["accounts"]
        key = account["api_keys"][0]
        server = self.start("--seed", self.path("seed.json"))
        for user, secret in ((account["sid"], account["auth_token"]), (key["sid"], key["secret"])):
            fleet = server.client(user, secret).get("/v1/Fleets/Pilot%20Fleet")
            self.assertEqual(fleet.json()["data_limit"], 500, user)

    def test_tokens_are_those_that_every_library_takes(self):
        """twilio-go takes letters and digits only."""
        for document in ("README.md", "docs/clients.md", "docs/control.md", "docs/running.md",
                         "docs/sessions.md"):
            text = read(document)
            tokens = re.findall(r"AC\d{32}:([^\s\"']+)", text)
            tokens += re.findall(r"AC\d{32}[\"'], [\"']([^\"']+)[\"'](?!:)", text)
            tokens += re.findall(r'"(?:secret|auth_token)": "([^"…]+)"', text)
            self.assertGreater(len(tokens), 0, document)
            self.assertEqual([token for token in tokens if not token.isalnum()], [], document)


if __name__ == "__main__":
    unittest.main()
