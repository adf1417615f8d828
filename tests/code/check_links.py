# SPDX-License-Identifier: MIT
"""Links between the documents lead to a file that exists, and to a heading that it has."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
CODE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")


def anchors(text):
    """What links to the headings of a page end with, as GitHub makes it."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
            for heading in HEADING.findall(CODE.sub("", text))}


def complaints(page, text):
    """The links of a page that lead nowhere."""
    for link in LINK.findall(CODE.sub("", text)):
        path, _, anchor = link.partition("#")
        if path.startswith(("http://", "https://")):
            continue
        target = (page.parent / path).resolve() if path else page
        if not target.exists():
            yield f"{page.name}: {link}: no such file"
        elif anchor and anchor not in anchors(text if target == page else target.read_text()):
            yield f"{page.name}: {link}: no such heading"


def main():
    assert len(PAGES) > 5, "the check does not find the documents"
    readme = ROOT / "README.md"
    # What is planted must be found, or the check checks nothing.
    planted = "[a](nothing.md) [b](docs/control.md#nothing) [c](#nothing) [d](docs/control.md#clock)"
    assert len(list(complaints(readme, planted))) == 3
    found = [line for page in PAGES for line in complaints(page, page.read_text())]
    print("\n".join(found) if found else "documents: every link leads somewhere")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
