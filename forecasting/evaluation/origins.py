"""The possible origins of a forecast, and the counts around one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.errors import HistoryTooShort
from forecasting.timeseries.series import Series, Span
from forecasting.timeseries.spans import spans_of


@dataclass(frozen=True)
class Origins:
    """The positions `first` to `last` in a series from which a forecast can be made, within some range.

    `zone_offsets` are pairs of an absolute second and the UTC offset (seconds) from it on: they turn a position into
    wall time (`start` + position x `bin_seconds` + offset).
    """

    start: int
    bin_seconds: int
    first: int
    last: int
    end: int
    zone_offsets: tuple[tuple[int, int], ...]

    def share(self, second: int | None) -> float:
        """Return where an absolute second lies between `first` (0) and `last` (1); 0 for None."""
        if second is None or self.last == self.first:
            return 0.0
        return float(np.clip(((second - self.start) / self.bin_seconds - self.first) / (self.last - self.first), 0, 1))


@dataclass(frozen=True, eq=False)
class Surroundings:
    """Bins around an origin: left edges `ds` (n,) in absolute seconds, `counts` (n,), and spans of unknown bins."""

    time_zone: str | None
    ds: np.ndarray
    counts: np.ndarray
    unknown: tuple[Span, ...]


def origins_of(series: Series, start: int | None = None, end: int | None = None) -> Origins:
    """Return the origins in [start, end) (absolute seconds); raises HistoryTooShort if no bin before `end` is known."""
    known = np.flatnonzero(np.isfinite(series.requests_count))
    last = len(series) - 1 if end is None else min(len(series) - 1, series.position(end - 1))
    if not len(known) or known[0] > last:
        raise HistoryTooShort("This range has no known value to forecast from; choose a later range.")
    first = int(known[0]) if start is None else max(int(known[0]), series.position(start))
    return Origins(series.start, series.bin_seconds, min(first, last), last, len(series) - 1, _offsets(series))


def surroundings(series: Series, origin: int, before: int, after: int) -> Surroundings:
    """Return the `before` bins up to the one of `origin` (absolute seconds), and the `after` bins that follow."""
    position = series.position(origin)
    part = series.slice(max(0, position + 1 - before), min(len(series), position + 1 + after))
    unknown = spans_of(part, np.isnan(part.requests_count))
    return Surroundings(series.time_zone, part.seconds, part.requests_count, tuple(unknown))


def _offsets(series: Series) -> tuple[tuple[int, int], ...]:
    """Return every UTC offset of the series' zone, with the second of the first bin that has it."""
    seconds = series.seconds
    offsets = series.wall - seconds
    at = np.r_[0, 1 + np.flatnonzero(np.diff(offsets))]
    return tuple(zip(seconds[at].tolist(), offsets[at].tolist(), strict=True))
