# SPDX-License-Identifier: MIT
"""A stream of Server-Sent Events, read from a raw connection as it comes."""
import json
import socket

from http_client import Connection, ConnectionClosed


class Event:
    """One event: its id, its name (None: it only tells the place), and its data."""

    def __init__(self, block):
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        self.id = int(fields["id"]) if "id" in fields else None
        self.name = fields.get("event")
        self.data = json.loads(fields["data"]) if "data" in fields else None

    def __repr__(self):
        return f"<{self.id} {self.name} {self.data}>"


class EventStream(Connection):
    """A client that listens. Its first event tells where the stream begins."""

    def __init__(self, client, query="", headers=(), receive_bytes=None):
        super().__init__(client.address)
        if receive_bytes is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self._text = ""
        try:
            self.send(client.build("GET", "/_emulator/events" + query, headers=headers))
            head = self._read_until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        except (OSError, ConnectionClosed):
            self.close()
            raise
        self.status = int(head[0].split(" ")[1])
        self.headers = dict(line.split(": ", 1) for line in head[1:])

    def receive_more(self):
        """Takes the limit of its receive buffer away."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024 * 1024)

    def _read_piece(self):
        """The next chunk's text; empty at the end."""
        size = int(self._read_until(b"\r\n"), 16)
        text = self._read_exactly(size).decode()
        self._read_exactly(2)
        return text

    def next_block(self):
        """The next lines up to an empty one; None when the stream has ended."""
        while "\n\n" not in self._text:
            try:
                piece = self._read_piece()
            except ConnectionClosed:
                return None
            if not piece:
                return None
            self._text += piece
        block, self._text = self._text.split("\n\n", 1)
        return block

    def next(self):
        """The next event; None when the stream has ended. Comments are passed by."""
        while (block := self.next_block()) is not None and block.startswith(":"):
            pass
        return Event(block) if block is not None else None

    def next_named(self):
        """The next event that has a name; None when the stream has ended."""
        while (event := self.next()) is not None and event.name is None:
            pass
        return event

    def take(self, count):
        """So many events that have a name."""
        events = []
        while len(events) < count:
            event = self.next_named()
            if event is None:
                raise AssertionError(f"the stream has ended after {events}")
            events.append(event)
        return events

    def names(self, count):
        """The names of the next events."""
        return [event.name for event in self.take(count)]
