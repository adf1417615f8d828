# SPDX-License-Identifier: MIT
"""docs/control.md and the tables of routes have the same paths of the control API, health and metrics.

The page describes each, and has an example that calls it. That examples do what they say, and are
answered so, tests/process/test_documents.py holds.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROUTES = [ROOT / "src" / room / "routes.c" for room in ("api", "control")]
PAGE = ROOT / "docs" / "control.md"
ROW = re.compile(r'\{\s*"([A-Z*]+)",\s*"(/[^"]*)"')
# A section that serves another one's routes below a path of its own.
MOUNT = re.compile(r'\.prefix = "([^"]*)",\s*\.mount =')
# `GET /_emulator/clock`, with or without a query: wherever it stands in the text.
MENTION = re.compile(r"`([A-Z]+) (/[^`?\s]*)(?:\?[^`]*)?`")
SHELL = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CALL = re.compile(r"\bcurl\b(.*)")
TARGET = re.compile(r'\$(API|CONTROL|SERVER)((?:/[^\s"?)]*)?)')
PREFIX = {"API": "/v1", "CONTROL": "/_emulator", "SERVER": ""}


def routes():
    """Method and path of every route that is not Twilio's; "ANY" for all methods."""
    rows = [row for path in ROUTES for row in ROW.findall(path.read_text())]
    rows += [("*", prefix + "/{rest}") for path in ROUTES
             for prefix in MOUNT.findall(path.read_text())]
    assert len(rows) > 30, "the check does not find the routes"
    return {(method.replace("*", "ANY"), path) for method, path in rows
            if not path.startswith("/v1/")}


def calls(page):
    """Method and path of each call in the examples. A call's options are on its first line."""
    for block in SHELL.findall(page):
        for options in CALL.findall(block.replace("\\\n", " ")):
            target = TARGET.search(options)
            method = re.search(r"-X ([A-Z]+)", options)
            if target:
                yield (method[1] if method else "POST" if " -d " in options else "GET",
                       PREFIX[target[1]] + target[2])


def is_call_of(call, route):
    """True when a call goes to a route."""
    pattern = "/".join(".+" if part == "{rest}" else "[^/]+" if part.startswith("{") else
                       re.escape(part) for part in route[1].split("/"))
    return route[0] in ("ANY", call[0]) and re.fullmatch(pattern, call[1]) is not None


def complaints(page):
    """What the page lacks, and what it has too much."""
    mentioned, called = set(MENTION.findall(page)), list(calls(page))
    for method, path in routes() - mentioned:
        yield f"{PAGE.name} lacks {method} {path}"
    for method, path in mentioned - routes():
        yield f"the routes lack {method} {path}"
    for route in routes():
        if not any(is_call_of(call, route) for call in called):
            yield f"{PAGE.name} has no example of {route[0]} {route[1]}"


def main():
    page = PAGE.read_text()
    # What is planted must be found, or the check checks nothing.
    planted = list(complaints(page.replace("clock/advance", "clock/no-such-verb")))
    found = list(complaints(page))
    assert len(planted) == len(found) + 3, planted
    print("\n".join(sorted(found)) if found else
          "control API: every path is described and has an example")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
