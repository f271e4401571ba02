"""How far a piece of work is: functions that are called with it, and whose exceptions end the work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Progress(Protocol):
    """Called with the share done, rising from 0 to 1, and with what is being done if there is anything to name.

    Whatever it raises ends the work.
    """

    def __call__(self, share: float, doing: str = "", /) -> None: ...


ByteProgress = Callable[[int, int | None], None]
"""Called with the bytes of the current file that are done, and with their sum, None if unknown."""


def silent(share: float, doing: str = "", /) -> None:
    """Ignore the progress."""


def within(progress: Progress, begin: float, end: float) -> Progress:
    """Return the Progress of a part of the work, which covers the shares from `begin` to `end` of the whole."""

    def part(share: float, doing: str = "", /) -> None:
        progress(begin + (end - begin) * share, doing)

    return part


def named(progress: Progress, name: str) -> Progress:
    """Return a Progress that calls `progress` with `name` as what is being done."""

    def part(share: float, doing: str = "", /) -> None:
        progress(min(share, 1.0), name)

    return part
