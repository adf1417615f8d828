# SPDX-License-Identifier: MIT
"""docs/architecture.md speaks of files and functions that exist.

Each `file.c:function` of the page must be a function that the file defines, and each path a file or
a directory.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "architecture.md"
STEP = re.compile(r"`((?:src|include)/[\w/.]+\.[ch]):(\w+)`")
PATH = re.compile(r"`((?:src|include|tests|docs|migrations|cmake|console)/[\w/.-]*)`")


def defines(text, function):
    """True when the source defines the function: its name begins a line, or ends a declarator there."""
    return re.search(rf"^(?:[a-z][\w \t*]*[ \t*])?{function}\([^;]*?\)\n\{{", text,
                     re.MULTILINE | re.DOTALL) is not None


def complaints(page):
    steps = STEP.findall(page)
    if len(steps) < 20:
        yield "the page no longer tells the ways of a request, a webhook and a megabyte"
    for path, function in steps:
        source = ROOT / path
        if not source.is_file():
            yield f"{path} does not exist"
        elif not defines(source.read_text(), function):
            yield f"{path} has no function {function}"
    for path in PATH.findall(page):
        if not (ROOT / path).exists():
            yield f"{path} does not exist"


def main():
    page = PAGE.read_text()
    # What is planted must be found, or the check checks nothing.
    planted = list(complaints(page + "`src/main.c:no_such_function` `src/nothing.c:main`"))
    found = list(complaints(page))
    assert len(planted) == len(found) + 2, planted
    print("\n".join(found) if found else "architecture: every file and function is there")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
