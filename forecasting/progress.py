"""Progress of long work: callbacks that receive the share done; an exception they raise cancels the work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Progress(Protocol):
    """Called with the share done, rising from 0 to 1, and the current stage if it has a name.

    An exception it raises cancels the work.
    """

    def __call__(self, share: float, stage: str = "", /) -> None: ...


ByteProgress = Callable[[int, int | None], None]
"""Called with the bytes done of the current file, and its total bytes, None if unknown."""


def silent(share: float, stage: str = "", /) -> None:
    """Ignore the progress."""


def within(progress: Progress, begin: float, end: float) -> Progress:
    """Return the Progress of a part of the work, which covers the shares from `begin` to `end` of the whole."""

    def part(share: float, stage: str = "", /) -> None:
        progress(begin + (end - begin) * share, stage)

    return part


def named(progress: Progress, name: str) -> Progress:
    """Return a Progress that calls `progress` with `name` as the stage."""

    def part(share: float, stage: str = "", /) -> None:
        progress(min(share, 1.0), name)

    return part
