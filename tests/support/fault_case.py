# SPDX-License-Identifier: MIT
"""What tests of faults share: setting them, and looking at bytes instead of answers."""
from device_case import DeviceTestCase
from http_client import Connection


class FaultTestCase(DeviceTestCase):
    """Faults of the test's account."""

    def put(self, *rules, client=None, **more):
        """Replaces the account's faults; gives them as they are shown."""
        return self.control("PUT", "faults", {"faults": list(rules), **more}, client=client)["faults"]

    def add(self, then, client=None, **rule):
        """Adds a fault; gives it as it is shown."""
        return self.control("POST", "faults", {"then": then, **rule}, 201, client)

    def faults(self, client=None):
        """The account's faults, by their ids."""
        shown = self.control("GET", "faults", client=client)["faults"]
        return {fault["id"]: fault for fault in shown}

    def profile_count(self):
        """How many Network Access Profiles the account has."""
        answer = self.ok(self.client.get("/v1/NetworkAccessProfiles"))
        return len(answer["network_access_profiles"])

    def network_added(self):
        """The path of a Network of a profile: to delete it is answered by a 204."""
        networks = self.make_profile()["links"]["networks"]
        path = networks[networks.index("/v1/"):]
        network = self.ok(self.client.get("/v1/Networks?PageSize=1"))["networks"][0]["sid"]
        self.ok(self.client.post(path, {"Network": network}), 201)
        return f"{path}/{network}"

    def connect(self, server=None):
        """A connection of its own."""
        connection = Connection((server or self.server).address)
        self.addCleanup(connection.close)
        return connection

    def send(self, method, target, form=None, connection=None):
        """Sends a request on a connection of its own, and gives the bare socket."""
        connection = connection or self.connect()
        connection.send(self.client.build(method, target, form))
        return connection.socket


def read_to_end(bare):
    """All bytes up to the end of a connection; a reset raises."""
    found = b""
    while piece := bare.recv(65536):
        found += piece
    return found


def read_some(bare, size):
    """So many bytes."""
    found = b""
    while len(found) < size:
        piece = bare.recv(size - len(found))
        assert piece, f"the connection ended after {found!r}"
        found += piece
    return found


def read_head(bare):
    """The head of an answer, byte by byte: nothing of its body is taken."""
    found = b""
    while not found.endswith(b"\r\n\r\n"):
        found += read_some(bare, 1)
    return found.decode()


def length_in(head):
    """The Content-Length that a head promises."""
    for line in head.lower().split("\r\n"):
        if line.startswith("content-length:"):
            return int(line.split(":")[1])
    raise AssertionError(f"no length in {head}")
