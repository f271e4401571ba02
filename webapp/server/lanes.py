"""Three queues for the requests of a worker, each with threads of its own.

Health checks and the polls of clusters never wait behind pages, and nothing waits behind a comparison. A full queue
refuses with 503 and Retry-After.
"""

from __future__ import annotations

import logging
import re

import orjson
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.task import ThreadedTaskDispatcher
from waitress.utilities import Error

RETRY_SECONDS = 5

RESERVED = re.compile(r"/(?:live|ready|health|scaling/recommendation/[^/]+)/?")
HEAVY = re.compile(
    r"/cost/compare/?|/scaling/simulate/?|/forecast/(?:backtest|predict/csv)/?|/datasets/?|/datasets/[^/]+/points/?"
)
"""Calls that may compute for seconds: comparisons, simulations and sweeps, backtests, imports."""

RESERVED_THREADS, COMMON_THREADS = 2, 4
MOST_WAITING = 1000
"""Requests that wait in a quick queue: about as many as there are connections."""


class Refusal(Error):
    """An answer of the server itself, before the application sees the request: the error body of the API."""

    def __init__(self, code: int, reason: str, message: str, headers: tuple[tuple[str, str], ...] = ()):
        super().__init__(message)
        self.code, self.reason, self._headers = code, reason, headers

    def to_response(self, ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
        """Return status, headers and body."""
        body = orjson.dumps({"success": False, "message": self.body, "errors": []})
        headers = [("Content-Type", "application/json"), ("X-Content-Type-Options", "nosniff"), *self._headers]
        return f"{self.code} {self.reason}", headers, body


def busy(message: str) -> Refusal:
    """Return the refusal of a request for which there is no room now."""
    return Refusal(503, "Service Unavailable", message, (("Retry-After", str(RETRY_SECONDS)),))


class Lane(ThreadedTaskDispatcher):
    """A queue of at most `most_waiting` requests, and the threads that work on it."""

    queue_logger = logging.getLogger(__name__)

    def __init__(self, threads: int, most_waiting: int):
        super().__init__()
        self._most_waiting = most_waiting
        self.queue_logger.setLevel(logging.ERROR)  # that requests wait is no news
        self.set_thread_count(threads)

    @property
    def full(self) -> bool:
        """Whether no further request may wait."""
        return len(self.queue) >= self._most_waiting


class Lanes:
    """Sends each request to its lane, by method and path. waitress calls this a task dispatcher."""

    def __init__(self, heavy_threads: int, heavy_waiting: int):
        self._reserved = Lane(RESERVED_THREADS, MOST_WAITING)
        self._common = Lane(COMMON_THREADS, MOST_WAITING)
        self._heavy = Lane(heavy_threads, heavy_waiting)

    def add_task(self, channel: HTTPChannel) -> None:
        """Queue the first request of a connection, or its refusal."""
        request = channel.requests[0]
        lane = self._lane_of(request)
        if lane.full:
            what = "heavy calls" if lane is self._heavy else "requests"
            request.error = busy(f"The server is busy: too many {what} are waiting. Try again in {RETRY_SECONDS} s.")
        if request.error:
            lane = self._reserved  # its answer is ready
        lane.add_task(channel)

    def shutdown(self, cancel_pending: bool = True, timeout: int = 5) -> bool:
        """End the threads; return whether all had ended in time."""
        ended = [lane.shutdown(cancel_pending, timeout) for lane in self._all]
        return all(ended)

    @property
    def _all(self) -> tuple[Lane, ...]:
        return self._reserved, self._common, self._heavy

    def _lane_of(self, request: HTTPRequestParser) -> Lane:
        command, path = getattr(request, "command", ""), getattr(request, "path", "")
        if command in ("GET", "HEAD") and RESERVED.fullmatch(path):
            return self._reserved
        return self._heavy if command == "POST" and HEAVY.fullmatch(path) else self._common
