# SPDX-License-Identifier: MIT
"""A server for clients that are libraries: over plain HTTP or, by tests/support/over-tls, over TLS."""
import os

from server import Server
from tls_case import AUTO, FREE, HOST


class ClientServer(Server):
    """`origin` is where clients reach its API. `point` has a library's client reach it."""

    def __init__(self, *options):
        directory = os.environ.get("TEST_TLS_DIR")
        if directory is not None:
            options = (*options, *AUTO, "--tls-dir", directory, "--proxy", FREE)
        super().__init__(*options)
        self.origin = self.url if directory is None else f"https://{HOST}"
        if directory is not None:
            os.environ["HTTPS_PROXY"] = self.ready["proxy_url"]
            os.environ["NO_PROXY"] = "127.0.0.1"

    def point(self, client):
        """Over TLS a client needs no pointing: what it has compiled in leads here."""
        if self.origin == self.url:
            client.supersim.base_url = self.url
        return client.supersim
