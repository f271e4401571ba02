"""A user's pattern over many lines at once, with one time limit for them all.

The expression looks at the lines where they lie in a block, so a match may run over a line end. Such matches, and the
lines they touch, are left to the search line by line; without them both ways give the same, for an expression without
lookarounds and anchors of the whole text.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import regex

from forecasting.readers.blocks.fast_lines import Text, Usual
from forecasting.readers.records import NAIVE
from forecasting.readers.times.times import Moment

CHUNK_LINES = 512
CHUNK_SECONDS = 0.5
"""CPU time for the lines of one chunk; slower ones are searched one by one, each with a limit of its own."""

_CONTEXT = regex.compile(r"\\[AZzGKbBRXmM]|\(\?(?!:|P<\w+>)|\(\*")
"""What looks beyond the text that it matches, or changes the rules: lookarounds, anchors, flags."""

MAX_MOMENTS = 50_000
ReadMoment = Callable[[bytes], Moment | None]
ReadStatus = Callable[[bytes | None], bool]


class PatternBlocks:
    """Reads the lines that a pattern matches within themselves."""

    def __init__(self, pattern: str, read_moment: ReadMoment, read_status: ReadStatus):
        self._usable = _CONTEXT.search(pattern) is None
        self._pattern = regex.compile(pattern.encode(), regex.MULTILINE)
        self._time = self._pattern.groupindex["time"]
        self._status = self._pattern.groupindex.get("status")
        self._moments, self._statuses = _Moments(read_moment), _Statuses(read_status)

    def __call__(self, text: Text) -> Usual | None:
        """Read a block; None if the pattern cannot be searched so, or takes too long."""
        if not self._usable or (text.data == 0).any() or (text.data == 13).any():
            return None
        count = len(text.ends)
        seconds, offsets = np.zeros(count, dtype=np.int64), np.full(count, NAIVE)
        ok, stated = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
        raw = text.data.tobytes()
        for first in range(0, count, CHUNK_LINES):
            last = min(count, first + CHUNK_LINES)
            self._moments.forget()
            begin, end = int(text.starts[first]), int(text.ends[last - 1])
            try:
                found = list(self._pattern.finditer(raw, begin, end, timeout=CHUNK_SECONDS))
            except TimeoutError:
                return None
            self._take(text, found, seconds, offsets, ok, stated)
        return Usual(seconds, offsets, ok, stated)

    def _take(
        self,
        text: Text,
        found: list[regex.Match[bytes]],
        seconds: np.ndarray,
        offsets: np.ndarray,
        ok: np.ndarray,
        stated: np.ndarray,
    ) -> None:
        count = len(found)
        starts = np.fromiter((match.start() for match in found), dtype=np.int64, count=count)
        stops = np.fromiter((match.end() for match in found), dtype=np.int64, count=count)
        lines, to = np.searchsorted(text.ends, starts), np.searchsorted(text.ends, stops)
        # Where a match ran over a line end, the line that it ran into may have had another.
        crossed = np.unique(to[lines != to])
        good = (np.diff(lines, prepend=-1) > 0) & (lines == to)
        if len(crossed):
            good &= ~np.isin(lines, crossed)
        times = [match[self._time] for match in found]
        moments = np.fromiter(map(self._moments.__getitem__, times), dtype=np.int64, count=count)
        good &= moments > 0
        seconds[lines[good]] = self._moments.seconds[moments[good]]
        offsets[lines[good]] = self._moments.offsets[moments[good]]
        ok[lines[good]] = True
        if self._status is not None:
            texts = [match[self._status] for match in found]
            has_status = np.fromiter(map(self._statuses.__getitem__, texts), dtype=bool, count=count)
            stated[lines[good]] = has_status[good]


class _Moments(dict[bytes | None, int]):
    """The place of each text's moment in two arrays, 0 if it has none; forgotten all at once when full."""

    def __init__(self, read: ReadMoment):
        super().__init__({None: 0, b"": 0})
        self._read = read
        self.seconds = np.zeros(MAX_MOMENTS + CHUNK_LINES, dtype=np.int64)
        self.offsets = np.full(MAX_MOMENTS + CHUNK_LINES, NAIVE)
        self._used = 1

    def forget(self) -> None:
        """Make room for the texts of one more chunk."""
        if self._used > MAX_MOMENTS:
            self.clear()
            self.update({None: 0, b"": 0})
            self._used = 1

    def __missing__(self, text: bytes | None) -> int:
        moment = self._read(text or b"")
        place = 0
        if moment is not None:
            place, self._used = self._used, self._used + 1
            self.seconds[place], self.offsets[place] = moment[0], NAIVE if moment[1] is None else moment[1]
        self[text] = place
        return place


class _Statuses(dict[bytes | None, bool]):
    """Whether a text is a status, forgotten all at once when there are too many."""

    def __init__(self, read: ReadStatus):
        super().__init__()
        self._read = read

    def __missing__(self, text: bytes | None) -> bool:
        if len(self) >= MAX_MOMENTS:
            self.clear()
        self[text] = self._read(text)
        return self[text]
