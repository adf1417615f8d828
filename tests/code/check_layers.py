# SPDX-License-Identifier: MIT
"""Layers point one way, and no files form a circle.

Reads every #include and every forward declaration of src/ and include/, and, from the compiled
objects, which file calls a function of which other one. (Tables refer to each other as what they
describe does: that is no call.) A .c file and the header of its name are one file here.

  check_layers.py OBJECTS    OBJECTS: where the build keeps the objects of src/ (…/src/room/file.c.o)
  check_layers.py --planted  shows that planted faults are found
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# From the bottom up. A room uses those before it only.
LAYERS = ["util", "tls", "model", "watch", "device", "webhook", "store", "engine", "outbox", "service", "seed",
          "scheduler", "request", "api", "control", "http", "program", "command", "main"]
# Beside each other: neither knows the other.
STRANGERS = {"device": {"model", "watch", "webhook"}, "webhook": {"model", "watch", "device"},
             "store": {"device", "watch", "webhook"}, "control": {"api"}, "http": {"api", "control"}}
# Where each outside library is known.
LIBRARIES = {
    "microhttpd.h": {"src/http"},
    "sqlite3.h": {"src/store/sqlite"},
    "curl/curl.h": {"include/webhook"},
    "openssl/crypto.h": {"src/tls", "src/webhook"},
    "openssl/err.h": {"src/tls", "src/webhook"},
    "openssl/evp.h": {"src/tls", "src/webhook"},
    "openssl/hmac.h": {"src/webhook"},
    "openssl/pem.h": {"src/tls", "src/webhook"},
    "openssl/pkcs12.h": {"src/tls"},
    "openssl/x509.h": {"src/tls"},
    "openssl/x509v3.h": {"src/tls"},
    "gnutls/abstract.h": {"src/http"},
    # Seeds, the configuration, the control API. Answers of Twilio's API are written without it.
    "jansson.h": {"include/seed", "src/seed", "include/request", "src/control", "src/outbox",
                  "src/service", "include/watch", "src/watch", "include/util", "src/util", "src/command",
                  "src/options_read.c", "src/options_show.c"},
}
INCLUDE = re.compile(r'^\s*#\s*include\s+[<"]([^>"]+)[>"]', re.MULTILINE)
FORWARD = re.compile(r"^struct (\w+);", re.MULTILINE)
DEFINITION = re.compile(r"^struct (\w+) \{", re.MULTILINE)


def layer_of(name):
    """The layer of "room/file"; what is right in src/ is the program as a whole, but for main."""
    if "/" in name:
        return name.split("/")[0]
    return "main" if name == "main" else "program"


def name_of(path):
    """What a source or a header is called here: "room/file", without src/, include/ and ending."""
    return path.split("/", 1)[1].rsplit(".", 1)[0]


def read_sources():
    """The text of each file, by its path."""
    paths = [p for top in ("src", "include") for p in sorted((ROOT / top).rglob("*.[ch]"))]
    assert len(paths) > 100, "the check does not find the sources"
    return {str(p.relative_to(ROOT)): p.read_text() for p in paths}


def read_symbols(objects):
    """Of each file: the functions that it defines, and the symbols that it uses."""
    found = {}
    for path in sorted((Path(objects) / "src").rglob("*.c.o")):
        name = name_of("src/" + str(path.relative_to(Path(objects) / "src")).removesuffix(".o"))
        if not (ROOT / "src" / f"{name}.c").is_file():
            continue  # an object of a file that is gone
        lines = subprocess.run(["nm", "-P", "-g", str(path)], check=True, capture_output=True,
                               text=True).stdout.splitlines()
        symbols = [line.split()[:2] for line in lines]
        found[name] = ({s for s, kind in symbols if kind == "T"},
                       {s for s, kind in symbols if kind == "U"})
    assert len(found) > 50, f"no objects below {objects}: build first"
    return found


def uses(sources, symbols):
    """Which file uses which others, and why."""
    edges = {}
    for path, text in sources.items():
        for header in INCLUDE.findall(text):
            if f"include/{header}" in sources or f"src/{header}" in sources:
                edges.setdefault(name_of(path), {})[name_of("x/" + header)] = f"{path} includes it"
    defines = {symbol: name for name, (defined, _) in symbols.items() for symbol in defined}
    for name, (_, used) in symbols.items():
        for symbol in used & defines.keys():
            edges.setdefault(name, {}).setdefault(defines[symbol], f"{name} uses {symbol}")
    return edges


def upward(edges):
    """Uses of a layer above, or of one that is to be unknown."""
    for name, targets in edges.items():
        layer = layer_of(name)
        if layer not in LAYERS:
            yield f"{name}: {layer} is no layer"
            continue
        for target, why in targets.items():
            above = layer_of(target)
            if above in LAYERS and (LAYERS.index(above) > LAYERS.index(layer) or
                                    above in STRANGERS.get(layer, ())):
                yield f"{layer} must not use {target}: {why}"


def libraries(sources):
    """Outside libraries where they are not to be known."""
    for path, text in sources.items():
        for header in INCLUDE.findall(text):
            allowed = LIBRARIES.get(header)
            if allowed is not None and not any(path == a or path.startswith(a + "/") for a in allowed):
                yield f"{path}: only {sorted(allowed)} may include {header}"


def forward_declarations(sources):
    """Types of a layer above that a header names without including it."""
    homes = {}
    for path, text in sources.items():
        for struct in DEFINITION.findall(text):
            homes.setdefault(struct, []).append(layer_of(name_of(path)))
    for path, text in sources.items():
        layer = layer_of(name_of(path))
        for struct in FORWARD.findall(text):
            layers = homes.get(struct, [])
            if layers and all(LAYERS.index(home) > LAYERS.index(layer) for home in layers):
                yield f"{path}: struct {struct} is of {layers[0]}, above {layer}"


def circles(edges):
    """Groups of files that use each other, directly or through others (Tarjan's algorithm)."""
    index, low, stack, found = {}, {}, [], []

    def visit(name):
        index[name] = low[name] = len(index)
        stack.append(name)
        for target in edges.get(name, {}):
            if target not in index:
                visit(target)
            if target in stack:
                low[name] = min(low[name], low[target])
        if low[name] == index[name]:
            group = stack[stack.index(name):]
            del stack[stack.index(name):]
            if len(group) > 1:
                found.append(sorted(group))

    sys.setrecursionlimit(10000)
    for name in sorted(edges):
        if name not in index:
            visit(name)
    for group in found:
        yield "a circle of files: " + ", ".join(group) + "".join(
            f"\n    {why}" for name in group for target, why in edges[name].items()
            if target in group and target != name)


def complaints(sources, symbols):
    edges = uses(sources, symbols)
    for name, targets in edges.items():
        targets.pop(name, None)
    yield from upward(edges)
    yield from libraries(sources)
    yield from forward_declarations(sources)
    yield from circles(edges)


def planted():
    """A house with one fault of each kind; each must be found, and nothing else."""
    sources = {
        "include/util/a.h": '#include "model/b.h"\n',
        "include/model/b.h": "struct context;\nstruct b {\n};\n",
        "include/engine/c.h": "struct context {\n};\n",
        "src/service/d.c": '#include <curl/curl.h>\n#include "engine/c.h"\n',
    }
    symbols = {"engine/c": ({"c"}, {"e"}), "engine/e": ({"e"}, {"c"}), "service/d": ({"d"}, {"c"})}
    found = list(complaints(sources, symbols))
    expected = ["util must not use model/b", "src/service/d.c: only", "struct context is of engine",
                "a circle of files: engine/c, engine/e"]
    assert len(found) == len(expected), found
    assert all(any(part in line for line in found) for part in expected), found
    print("layers: every planted fault is found")


def main():
    if sys.argv[1] == "--planted":
        planted()
        return 0
    found = list(complaints(read_sources(), read_symbols(sys.argv[1])))
    print("\n".join(found) if found else "layers: everything points down, no files form a circle")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
