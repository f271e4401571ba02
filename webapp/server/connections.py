"""Connections of a worker: what a client may send, how slowly, and what the application gets of it.

waitress reads heads and bodies in one thread, whichever client sends them and however slowly, and hands a request to
the application when it is complete. Here are the bounds on top of that.
"""

from __future__ import annotations

import socket
import time
from contextlib import suppress

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.task import WSGITask
from waitress.utilities import Error

from webapp.server.lanes import Refusal

HEAD_SECONDS = 20
"""How long a client may take to send the head of a request."""

BODY_GRACE_SECONDS, LEAST_BODY_RATE = 20, 1_000
"""A body that has been arriving for longer must have arrived at this many bytes a second on average."""

LINGER_SECONDS = 2.0
"""How long a client that is still sending may do so after its refusal; closed at once, it would not see the answer."""

IGNORED_BYTES = 1 << 16

RECEIVED_AT = "dataflow.received_at"
"""The key in the WSGI environment of when the request was complete, on the monotonic clock."""

REASONS = {400: "Bad Request", 413: "Content Too Large", 431: "Request Header Fields Too Large", 501: "Not Implemented"}


class Limits(Adjustments):
    """waitress's settings, and the most bytes of a body that is not an upload."""

    max_plain_body = 0


class Parser(HTTPRequestParser):
    """Receives one request. A body that is too large is not received at all: the application refuses its length."""

    adj: Limits
    error: Error | None
    body_rcv: object

    def __init__(self, adj: Limits):
        super().__init__(adj)
        self.started_at = time.monotonic()
        self.received_at = 0.0

    def received(self, data: bytes) -> int:
        """Take bytes of the request and return how many belong to it."""
        consumed = super().received(data)
        limit = self._limit()
        if self.content_length > limit and self.body_rcv is not None:
            self._drop_body()
        if self.headers_finished and not self.completed and self.body_bytes_received > limit:
            self.refuse(413, f"The body must have at most {limit} bytes.")
        if self.error is not None and not isinstance(self.error, Refusal):
            self.refuse(self.error.code, f"The request could not be received: {self.error.body}.")
        if self.completed:
            self.received_at = time.monotonic()
        return consumed

    def refuse(self, code: int, message: str) -> None:
        """Receive no more, and let the client know why."""
        self.error, self.completed = Refusal(code, REASONS[code], message), True

    def too_slow(self, now: float) -> bool:
        """Return whether the client sends too slowly to be waited for."""
        age = now - self.started_at
        if not self.headers_finished:
            return age > HEAD_SECONDS
        return age > BODY_GRACE_SECONDS and self.body_bytes_received < LEAST_BODY_RATE * age

    def _limit(self) -> int:
        is_upload = self.headers.get("CONTENT_TYPE", "").lower().startswith("multipart/form-data")
        return self.adj.max_request_body_size - 1 if is_upload else self.adj.max_plain_body

    def _drop_body(self) -> None:
        self.body_rcv, self.error, self.completed, self.expect_continue = None, None, True, False
        self.headers["CONNECTION"] = "close"  # what follows on the connection is the body


class RequestTask(WSGITask):
    """Answers one request with the application."""

    def get_environment(self) -> dict[str, object]:
        """Return the WSGI environment, with the moment at which the request was complete."""
        environ = super().get_environment()
        environ[RECEIVED_AT] = self.request.received_at
        return environ


class Connection(HTTPChannel):
    """One connection of a client."""

    parser_class = Parser
    task_class = RequestTask

    request: Parser | None
    requests: list[Parser]
    _reading = _ended_early = False
    _lingers_until: float | None = None

    def readable(self) -> bool:
        """Return whether to receive more."""
        return self._lingers_until is not None or super().readable()

    def writable(self) -> bool:
        """Return whether to send or to close."""
        return self._lingers_until is None and super().writable()

    def handle_read(self) -> None:
        """Receive what has arrived; a client that ended in the middle of a request is told so."""
        if self._lingers_until is not None:
            self._discard()
            return
        self._reading = True
        super().handle_read()
        self._reading = False
        request = self.request
        if self._ended_early and request is not None:
            request.refuse(400, "The request ended before it was complete.")
            self._ended_early, self.connected = False, True
            self.request, self.requests = None, [request]
            self.server.add_task(self)

    def handle_close(self) -> None:
        """Close the connection, unless its client has not seen an answer yet that it may wait for."""
        request = self.request
        self._ended_early = bool(
            self._reading
            and request
            and not (self.requests or self.will_close)
            and (request.header_plus or request.headers_finished)
        )
        if self._ended_early:
            return
        if self.will_close and self.connected and self._lingers_until is None:
            with suppress(OSError):
                self.socket.shutdown(socket.SHUT_WR)
                self._lingers_until = time.monotonic() + LINGER_SECONDS
                return
        super().handle_close()

    def waited_enough(self, now: float) -> bool:
        """Return whether the client should have seen its answer by now."""
        return self._lingers_until is not None and now > self._lingers_until

    def _discard(self) -> None:
        try:
            over = not self.socket.recv(IGNORED_BYTES) or self.waited_enough(time.monotonic())
        except BlockingIOError:
            return
        except OSError:
            over = True
        if over:
            super().handle_close()


class Server(TcpWSGIServer):
    """Accepts and reads the connections of one listening socket."""

    channel_class = Connection

    def maintenance(self, now: float) -> None:
        """Close the connections of clients that send nothing, or too slowly."""
        super().maintenance(now)
        moment = time.monotonic()
        for connection in list(self.active_channels.values()):
            request = connection.request
            if connection.waited_enough(moment):
                connection.handle_close()
            elif request is not None and not connection.requests and request.too_slow(moment):
                connection.will_close = True
