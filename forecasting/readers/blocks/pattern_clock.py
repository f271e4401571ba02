"""The CPU time that the searches of a user's pattern may take: some expressions need years for one line."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import regex

from forecasting import deadline
from forecasting.errors import InputError

SECONDS_PER_MEGABYTE = 2.0
"""A pattern that needs more is refused, so a file of any size costs its bytes at most, and a small one 2 s."""

LINE_SECONDS = 0.5


class PatternClock:
    """Counts the time of the searches against the bytes that were given to search."""

    def __init__(self, pattern: str):
        self._pattern = pattern
        self._spent = 0.0
        self._bytes = 0
        self._lines = 0

    def add(self, count: int) -> None:
        """Count bytes that are about to be searched, once however they are."""
        self._bytes += count

    def limit(self, most: float) -> float:
        """Return how many seconds the next search may take. Raises InputError if none are left."""
        deadline.check()
        left = SECONDS_PER_MEGABYTE * max(1.0, self._bytes / 1e6) - self._spent
        if left <= 0:
            raise self._refusal(f"more than {SECONDS_PER_MEGABYTE:g} s for a megabyte")
        return min(most, left)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count the time of what runs within."""
        began = time.thread_time()
        try:
            yield
        finally:
            self._spent += time.thread_time() - began

    def search(self, pattern: regex.Pattern[bytes], text: bytes) -> regex.Match[bytes] | None:
        """Search one line. Raises InputError if it takes too long, or all lines together do."""
        self._lines += 1
        limit = self.limit(LINE_SECONDS)
        began = time.thread_time()
        try:
            return pattern.search(text, timeout=limit)
        except TimeoutError:
            raise self._refusal(f"at line {self._lines:,}") from None
        finally:
            self._spent += time.thread_time() - began

    def _refusal(self, reason: str) -> InputError:
        return InputError(
            f"pattern is {self._pattern!r}, which takes too long ({reason}); avoid repeats inside repeats "
            "such as (a+)+.",
            field="pattern",
        )
