"""Reading the usual lines of a format by whole blocks of bytes, and the others one by one.

A fast reader says of each line whether it understands it wholly; what it does not is left to the format's own parser,
so both together read what that parser reads alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from forecasting.readers.records import NAIVE, Fields, Parser, Records
from forecasting.readers.streams import NEWLINE
from forecasting.readers.times.times import CLF_WIDTH, ISO_WIDTH, clf_times, iso_times

MOST_LEFT = 64
"""More lines of a block than these that the fast reader leaves: the format's parser reads the whole block."""

ZERO = ord("0")


@dataclass(frozen=True, eq=False)
class Text:
    """A block as bytes, and where its lines start and end (n,)."""

    data: np.ndarray
    starts: np.ndarray
    ends: np.ndarray

    @classmethod
    def of(cls, block: memoryview | bytes) -> Text:
        """Find the lines of a block, whose last byte is a line end."""
        data = np.frombuffer(block, dtype=np.uint8)
        ends = np.flatnonzero(data == NEWLINE)
        return cls(data, np.concatenate([[0], ends[:-1] + 1]), ends)

    def at(self, places: np.ndarray) -> np.ndarray:
        """Return the bytes (n,) at places (n,), those beyond the end of the block as line ends."""
        return self.data[np.clip(places, 0, len(self.data) - 1)]

    def rows(self, places: np.ndarray, width: int) -> np.ndarray:
        """Return `width` bytes from each place on (n, width); places too near to the end are moved forward."""
        if len(self.data) < width:
            return np.zeros((len(places), width), dtype=np.uint8)
        windows = np.ndarray(len(self.data) - width + 1, dtype=f"V{width}", buffer=self.data, strides=(1,))
        return windows[np.clip(places, 0, len(windows) - 1)].view(np.uint8).reshape(-1, width)

    def have(self, places: np.ndarray, word: bytes) -> np.ndarray:
        """Return whether a word stands at each place (n,)."""
        width = len(word)
        if len(self.data) < width:
            return np.zeros(len(places), dtype=bool)
        # A comparison of texts ignores NULs at their end, and no word has one.
        windows = np.ndarray(len(self.data) - width + 1, dtype=f"S{width}", buffer=self.data, strides=(1,))
        same: np.ndarray = windows[np.clip(places, 0, len(windows) - 1)] == word
        return same

    def marks(self, mark: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the places of a byte, padded by some beyond the end, and the rank of the first in each line."""
        places = np.flatnonzero(self.data == mark)
        return np.concatenate([places, np.full(64, len(self.data))]), np.searchsorted(places, self.starts)


@dataclass(frozen=True, eq=False)
class Usual:
    """Seconds and offsets in minutes (n,) of the lines that are `ok` (n,).

    `has_status` (n,) if the reader looks; `is_none` (n,) are lines that are surely no record, if it knows any;
    `status` (n,) are their statuses if it can filter by them.
    """

    seconds: np.ndarray
    offsets: np.ndarray
    ok: np.ndarray
    has_status: np.ndarray | None = None
    is_none: np.ndarray | None = None
    status: np.ndarray | None = None


_FILTERS = frozenset(("status",))
FastReader = Callable[[Text], Usual | None]
"""Reads the usual lines of a block; None if it can say nothing of them."""


def with_fast(fast: FastReader, parse: Parser, *, most_left: float = 0.0) -> Parser:
    """Return a parser that reads usual lines by a fast reader, and the others one by one by `parse`.

    `parse` reads the whole block if a filter needs a field that the fast reader does not give, or if it leaves more
    than `MOST_LEFT` lines and a larger share than `most_left`.
    """

    def both(block: memoryview, wanted: frozenset[str]) -> Records:
        usual = fast(text := Text.of(block)) if len(block) and wanted <= _FILTERS else None
        if usual is None or (wanted and usual.status is None):
            return parse(block, wanted)
        if np.count_nonzero(_left(usual)) > max(MOST_LEFT, most_left * len(usual.ok)):
            return parse(block, wanted)
        return _joined(block, text, usual, parse, wanted)

    return both


def _left(usual: Usual) -> np.ndarray:
    """Which lines (n,) the fast reader leaves to the format's parser."""
    return ~usual.ok if usual.is_none is None else ~(usual.ok | usual.is_none)


def _unread(block: memoryview, text: Text, usual: Usual) -> tuple[int, list[bytes]]:
    """The number of blank lines, and the others, among those that are surely no record."""
    places = [] if usual.is_none is None else np.flatnonzero(usual.is_none).tolist()
    lines = [bytes(block[int(text.starts[i]) : int(text.ends[i])]) for i in places]
    malformed = [line for line in lines if line.strip(b" \t\r\0")]
    return len(lines) - len(malformed), malformed


def _joined(block: memoryview, text: Text, usual: Usual, parse: Parser, wanted: frozenset[str]) -> Records:
    """The records of the usual lines and of the others, in file order."""
    ok, seconds, offsets = usual.ok.copy(), usual.seconds, usual.offsets
    ignored, malformed = _unread(block, text, usual)
    without = 0 if usual.has_status is None else int(np.count_nonzero(ok & ~usual.has_status))
    weights: np.ndarray | None = None
    status = usual.status if wanted else None
    for i in np.flatnonzero(_left(usual)).tolist():
        one = parse(block[int(text.starts[i]) : int(text.ends[i]) + 1], wanted)
        ignored += one.ignored
        malformed += one.malformed
        without += one.without_status
        if len(one.seconds) == 1:
            ok[i], seconds[i], offsets[i] = True, one.seconds[0], one.offsets[0]
            if status is not None and one.fields is not None:
                status[i] = one.fields.status[0]
            if one.weights is not None:
                weights = np.ones(len(ok), dtype=np.int64) if weights is None else weights
                weights[i] = one.weights[0]
    return Records(
        lines=len(ok),
        seconds=seconds[ok],
        offsets=offsets[ok],
        ignored=ignored,
        malformed=malformed,
        fields=None if status is None else Fields(status=status[ok]),
        weights=None if weights is None else weights[ok],
        without_status=without,
    )


def iso_moments(text: Text, places: np.ndarray, ends: np.ndarray) -> Usual:
    """Times `2024-02-24T10:00:05.123Z` between places and ends (n,), with any fraction and zone, or none."""
    times = iso_times(text.rows(places, ISO_WIDTH))
    separator = text.at(places + 10)
    ok = times.ok & ((separator == ord("T")) | (separator == ord(" "))) & (ends - places >= ISO_WIDTH)
    tail = ends - places - ISO_WIDTH
    last = text.at(ends - 1)
    is_utc = (tail > 0) & (last == ord("Z"))
    sign_at = ends - np.where(text.at(ends - 3) == ord(":"), 6, 5)
    sign = text.at(sign_at)
    is_offset = (tail >= 5) & ((sign == ord("+")) | (sign == ord("-"))) & (sign_at >= places + ISO_WIDTH)
    digits = text.rows(sign_at + 1, 5) - ZERO
    minute_at = np.where(text.at(ends - 3) == ord(":"), 3, 2)
    rows = np.arange(len(places))
    units = digits[rows, minute_at].astype(np.int64), digits[rows, minute_at + 1].astype(np.int64)
    hours = 10 * digits[:, 0].astype(np.int64) + digits[:, 1]
    is_offset &= (digits[:, :2] < 10).all(axis=1) & (units[0] < 6) & (units[1] < 10) & (hours < 24)
    minutes = 60 * hours + 10 * units[0] + units[1]
    minutes = np.where(sign == ord("-"), -minutes, minutes)
    zone = np.where(is_utc, 1, np.where(is_offset, ends - sign_at, 0))
    fraction = tail - zone
    mark = text.at(places + ISO_WIDTH)
    ok &= (fraction == 0) | (((mark == ord(".")) | (mark == ord(","))) & (fraction >= 2) & (fraction <= 10))
    following = text.rows(places + ISO_WIDTH + 1, 9) - ZERO
    ok &= ((following < 10) | (np.arange(9) >= fraction[:, None] - 1)).all(axis=1)
    offsets = np.where(is_utc, 0, np.where(is_offset, minutes, NAIVE))
    seconds = times.seconds - np.where(is_offset, 60 * minutes, 0)
    return Usual(seconds, offsets.astype(np.int64), ok)


def clf_moments(text: Text, places: np.ndarray) -> Usual:
    """Times `24/Feb/2024:10:00:05 +0000` from places (n,) on."""
    times = clf_times(text.rows(places, CLF_WIDTH))
    offsets = np.full(len(places), NAIVE) if times.offsets is None else times.offsets
    return Usual(times.seconds, offsets, times.ok)
