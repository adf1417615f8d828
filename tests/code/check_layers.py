# SPDX-License-Identifier: MIT
"""Layers point one way: main → http → api → scheduler → service → store, webhook, device →
model, util.

Reads every #include of src/ and include/. A file may include headers of its own layer and of those
below it; each outside library is known to one layer.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LAYERS = ["util", "model", "device", "webhook", "store", "service", "scheduler", "api", "http", "main"]
# Beside each other: neither knows the other.
STRANGERS = {"device": {"model", "webhook"}, "webhook": {"model", "device"}, "store": {"device", "webhook"}}
LIBRARIES = {
    "microhttpd.h": {"http"},
    "sqlite3.h": {"store"},
    "curl/curl.h": {"webhook"},
    "openssl/evp.h": {"webhook"},
    "openssl/hmac.h": {"webhook"},
    # Seeds, the configuration, the control API. Answers of Twilio's API are written without it.
    "jansson.h": {"service", "api", "main"},
}
INCLUDE = re.compile(r'^\s*#\s*include\s+[<"]([^>"]+)[>"]', re.MULTILINE)


def layer_of(path):
    """The layer of a source or header; files right in src/ are the program itself."""
    parts = path.relative_to(ROOT).parts
    return parts[1] if len(parts) > 2 else "main"


def complaints():
    files = [p for top in ("src", "include") for p in sorted((ROOT / top).rglob("*.[ch]"))]
    assert len(files) > 30, "the check does not find the sources"
    for path in files:
        layer = layer_of(path)
        if layer not in LAYERS:
            yield f"{path}: {layer} is no layer"
            continue
        for header in INCLUDE.findall(path.read_text()):
            allowed = LIBRARIES.get(header)
            if allowed is not None and layer not in allowed:
                yield f"{path}: only {sorted(allowed)} may include {header}"
            target = header.split("/")[0]
            if "/" in header and target in STRANGERS.get(layer, ()):
                yield f"{path}: {layer} must not include {header}"
            if "/" in header and target in LAYERS and LAYERS.index(target) > LAYERS.index(layer):
                yield f"{path}: {layer} must not include {header}"


def main():
    found = list(complaints())
    print("\n".join(found) if found else "layers: every include points down")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
