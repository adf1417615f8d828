# SPDX-License-Identifier: MIT
"""Servers whose calls of the system fail when a test wants it: see fail.c.

Those tests run the program of build/fault, which has no sanitizers: they would bring an allocator of
their own. $TORTURE_SECONDS makes them try everything for that long instead of a small choice.
"""
import mmap
import os
import random
import struct
import sys
import time

from server import Server, binary

os.environ.setdefault("SUPERSIMD", os.path.join("build", "fault", "supersimd"))

MEMORY, DISK, DESCRIPTOR, FLUSH = 1, 2, 4, 8
LAYOUT = struct.Struct("=qqqqqq")  # classes, first, count, seen, failed, error
FOR_EVER = 1 << 40
SHIMS = os.path.join(os.path.dirname(binary()), "tests", "fault")
TORTURE_SECONDS = float(os.environ.get("TORTURE_SECONDS", "0"))


def chance_of_run():
    """The dice of this run; $TEST_SEED repeats them."""
    seed = int(os.environ.get("TEST_SEED", time.time_ns() % 1_000_000))
    print(f"TEST_SEED={seed}", file=sys.stderr)
    return random.Random(seed)


class Faults:
    """The control file of one server, made before it starts."""

    def __init__(self, directory):
        self.path = os.path.join(directory, "faults")
        with open(self.path, "wb") as control:
            control.write(bytes(LAYOUT.size))
        with open(self.path, "r+b") as control:
            self.shared = mmap.mmap(control.fileno(), LAYOUT.size)

    def environment(self):
        """What makes a server obey."""
        return {"LD_PRELOAD": os.path.join(SHIMS, "fail.so"), "FAULT_CONTROL": self.path}

    def arm(self, classes, first, count=1, error=5):
        """From the call numbered `first` (from 1) on, `count` calls of the classes fail."""
        self.shared[:] = LAYOUT.pack(0, first, count, 0, 0, error)
        self.shared[:8] = struct.pack("=q", classes)

    def pause(self):
        """Nothing fails, and nothing is counted, until `go_on`."""
        self.classes = self.shared[:8]
        self.shared[:8] = bytes(8)

    def go_on(self):
        """With what `pause` interrupted."""
        self.shared[:8] = self.classes

    def counted(self):
        """How many calls there were, and how many failed."""
        _, _, _, seen, failed, _ = LAYOUT.unpack(self.shared[:])
        return seen, failed

    def disarm(self):
        """All is well again. Gives what was counted."""
        self.shared[:8] = bytes(8)
        return self.counted()

    def close(self):
        """Lets go of the file."""
        self.shared.close()


class FaultyServer(Server):
    """A server in `directory` whose calls can be made to fail: `faults`."""

    def __init__(self, *options, directory, **settings):
        self.faults = Faults(directory)
        super().__init__(*options, directory=directory, environment=self.faults.environment(),
                         **settings)
