# SPDX-License-Identifier: MIT
"""Clients of TLS and of the proxy, for tests that are about them."""
import os
import socket
import ssl
import urllib.parse

from http_client import PATIENCE_SECONDS, Client, Connection
from server import DirectoryTestCase, wait_until

HOST = "supersim.twilio.com"
FREE = "127.0.0.1:0"
AUTO = ("--tls", "auto", "--tls-listen", FREE)


def address_of(url):
    """Host and port of a URL."""
    parts = urllib.parse.urlsplit(url)
    return (parts.hostname, parts.port)


class TlsConnection(Connection):
    """One over TLS, to whoever is called `name` by the server's certificate."""

    def __init__(self, address, context, name=HOST, session=None, plain=None):
        self._buffer = bytearray()
        plain = plain or socket.create_connection(address, timeout=PATIENCE_SECONDS)
        try:
            self.socket = context.wrap_socket(plain, server_hostname=name, session=session)
        except BaseException:
            plain.close()
            raise


class TlsClient(Client):
    """An account's requests over TLS."""

    def __init__(self, address, context, user, secret="anytoken"):
        super().__init__(address, user, secret)
        self.context = context

    def connect(self):
        if self.connection is None:
            self.connection = TlsConnection(self.address, self.context)
            self.connections_opened += 1
        return self.connection


class TlsTestCase(DirectoryTestCase):
    """Servers with TLS, and what their clients need."""

    def serve(self, *options, **settings):
        """A server with a certificate of its own making, in `self.server`."""
        self.server = self.start(*AUTO, *options, **settings)
        self.tls_address = address_of(self.server.ready["tls_url"])
        self.context = self.context_of(self.authority())
        return self.server

    def authority(self):
        """What the server wants to be trusted by."""
        answer = self.server.client().get("/_emulator/ca.pem", authorization="")
        self.assertEqual(answer.status, 200, answer)
        return answer.body.decode()

    def context_of(self, authority, version=None):
        """A client's settings that trust this authority alone."""
        context = ssl.create_default_context(cadata=authority)
        if version:
            context.minimum_version = context.maximum_version = version
        return context

    def connect(self, **how):
        """A connection over TLS, closed with the test."""
        connection = TlsConnection(self.tls_address, how.pop("context", self.context), **how)
        self.addCleanup(connection.close)
        return connection

    def tls_client(self, user):
        """An account over TLS, closed with the test."""
        client = TlsClient(self.tls_address, self.context, user)
        self.addCleanup(client.close)
        return client

    def wait_for_log(self, *texts):
        """Until the log has a line with all of these."""
        return wait_until(lambda: [line for line in self.server.log().splitlines()
                                   if all(text in line for text in texts)], f"{texts} in the log")

    def write(self, name, text, mode=0o600):
        """A file in the test's directory; its path."""
        path = self.path(name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)
        return path
