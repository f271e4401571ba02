"""The deadline of the current work: long loops ask whether to go on, so that a request that nobody waits for ends.

A caller that sets no deadline, such as the command line or a job, is never stopped.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass

from forecasting.errors import NotReady


class OutOfTime(NotReady):
    """The work took longer than it may; nothing was stored."""


@dataclass(frozen=True)
class Deadline:
    """A moment on the monotonic clock, and how many seconds there were until it."""

    at: float
    seconds: float

    @classmethod
    def after(cls, seconds: float, since: float | None = None) -> Deadline:
        """Return the deadline that many seconds after a moment, by default now."""
        return cls((time.monotonic() if since is None else since) + seconds, seconds)

    def check(self) -> None:
        """Raise OutOfTime if the moment has passed."""
        if time.monotonic() > self.at:
            raise OutOfTime(
                f"The work took longer than {self.seconds:g} s and was stopped. Ask for less (fewer days, a longer "
                "bin, quick=true), use a job, or let the operator raise DATAFLOW_REQUEST_SECONDS."
            )


_current: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


def current() -> Deadline | None:
    """Return the deadline of the current work, None if it has none. A new thread has none: pass it on."""
    return _current.get()


def check() -> None:
    """Raise OutOfTime if the deadline of the current work has passed."""
    deadline = _current.get()
    if deadline is not None:
        deadline.check()


def begin(deadline: Deadline | None) -> Token[Deadline | None]:
    """Set the deadline of the current work; pass the result to `end`."""
    return _current.set(deadline)


def end(token: Token[Deadline | None]) -> None:
    """Restore the deadline that was there before."""
    _current.reset(token)


@contextmanager
def until(deadline: Deadline | None) -> Iterator[None]:
    """Let the work within have this deadline."""
    token = begin(deadline)
    try:
        yield
    finally:
        end(token)
