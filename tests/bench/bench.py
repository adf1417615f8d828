# SPDX-License-Identifier: MIT
"""Measures supersimd, side by side with other servers, in one run on one machine.

Beside it stand: `bare`, the least that a program on the same HTTP library can do; `plain`, the
plainest honest server on the same libraries (plain.c); Fastify with better-sqlite3, and Prism, when
they are installed (make bench-peers). docs/performance.md says what is measured, and has a run.
"""
import argparse
import os
import platform
import re
import tempfile
import time
from pathlib import Path

import aims
import footprint
import hanging
import much
import peers
import picture
import throughput
import usage
import variants
import webhooks
from peers import HERE, PINNED

DOCUMENTS = HERE.parents[1] / "docs"
PAGE, PICTURE = DOCUMENTS / "performance.md", DOCUMENTS / "images/performance.svg"
MARKS = "<!-- written by make bench -->", "<!-- until here -->"


# Each gives tables, and figures for the aims.
PARTS = {
    "throughput": throughput.measure,
    "settings": variants.measure,
    "footprint": footprint.measure,
    "webhooks": webhooks.measure,
    "hanging": hanging.measure,
    "accounts": much.accounts,
    "million": much.million,
    "usage": usage.measure,
}
QUICK = ("throughput", "settings", "footprint", "webhooks", "hanging")


def machine():
    """What this was measured on."""
    known = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text(errors="replace"))
    return (f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} processors"
            f"{' (' + known.group(1) + ')' if known else ''}, Linux {platform.release()}, "
            f"load before: {os.getloadavg()[0]:.1f}")


def read_options():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=lambda path: Path(path).resolve(), required=True,
                        help="directory of a release build with SUPERSIM_BENCH")
    parser.add_argument("--quick", action="store_true", help="the main parts, one short round each")
    parser.add_argument("--only", action="append", choices=PARTS, metavar="PART",
                        help=f"this part alone; repeatable: {', '.join(PARTS)}")
    parser.add_argument("--ten-million", action="store_true",
                        help="memory after ten million requests, too")
    parser.add_argument("--usage", type=int, default=0, metavar="HOURS",
                        help="ask about 10,000 Sims' usage, so many hours each day, 18 months")
    parser.add_argument("--write", action="store_true",
                        help="write the tables and the picture into docs/performance.md")
    options = parser.parse_args()
    quick = options.quick
    options.rounds, options.seconds, options.starts = (1, 1, 3) if quick else (3, 3, 20)
    options.writes = 20_000 if quick else 200_000
    options.webhooks = 5_000 if quick else 20_000
    options.millions = [] if quick else [1, 10] if options.ten_million else [1]
    options.parts = options.only or [
        name for name in PARTS if (name in QUICK or not quick) and (name != "usage" or options.usage)]
    options.usage = options.usage or 1
    return options


def write(texts, figures):
    """Puts the tables between the marks of the page, and the picture beside it."""
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(MARKS[0])
    after = rest.split(MARKS[1])[1]
    PAGE.write_text(before + MARKS[0] + "\n" + "\n".join(texts) + MARKS[1] + after, encoding="utf-8")
    if "throughput" in figures:
        PICTURE.write_text(picture.draw(figures["throughput"]), encoding="utf-8")


def main():
    options = read_options()
    where = "server and load on a processor each" if PINNED else "one processor for all"
    texts = [f"{machine()}; {options.rounds} rounds of {options.seconds} s, medians; {where}.\n"]
    print(texts[0], flush=True)
    figures = {}
    with tempfile.TemporaryDirectory(prefix="supersim-bench-") as name:
        try:
            for part in options.parts:
                tables, figures[part] = PARTS[part](options, Path(name))
                texts += map(str, tables)
                print("\n".join(map(str, tables)), flush=True)
        finally:
            peers.stop_all()
    if set(figures) & {"throughput", "footprint", "webhooks"}:
        texts.append(str(aims.table(figures)))
        print(texts[-1])
    if options.write:
        write(texts, figures)


if __name__ == "__main__":
    main()
