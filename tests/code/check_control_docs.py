# SPDX-License-Identifier: MIT
"""docs/control.md and the tables of routes have the same paths of the control API, health and metrics."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROUTES = [ROOT / "src" / room / "routes.c" for room in ("api", "control")]
DOCUMENT = ROOT / "docs" / "control.md"
ROW = re.compile(r'\{\s*"([A-Z*]+)",\s*"(/[^"]*)"')
# `GET /_emulator/clock`, with or without a query: wherever it stands in the text.
MENTION = re.compile(r"`([A-Z]+) (/[^`?\s]*)(?:\?[^`]*)?`")


def routes():
    """Method and path of every route that is not Twilio's; "ANY" for all methods."""
    rows = [row for path in ROUTES for row in ROW.findall(path.read_text())]
    assert len(rows) > 30, "the check does not find the routes"
    return {(method.replace("*", "ANY"), path) for method, path in rows
            if not path.startswith("/v1/")}


def mentions():
    """The same, as the document names them."""
    return set(MENTION.findall(DOCUMENT.read_text()))


def main():
    found = [f"{DOCUMENT.name} lacks {method} {path}" for method, path in routes() - mentions()]
    found += [f"the routes lack {method} {path}" for method, path in mentions() - routes()]
    print("\n".join(sorted(found)) if found else "control API: every path is described")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
