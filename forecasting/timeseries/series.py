"""Series: the value that every part of the product works on."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from forecasting.errors import InputError
from forecasting.timeseries.clock import wall_seconds, wall_texts
from forecasting.timeseries.derived import DerivedValues
from forecasting.timeseries.known_events import KnownEvent
from forecasting.timeseries.timeframes import DAY, timeframe_of

MIN_DISTINCT_COUNTS = 8
"""A day with fewer distinct counts is too uniform to identify a series."""


@dataclass(frozen=True)
class Span:
    """A span of absolute time in seconds, end excluded."""

    start: int
    end: int


@dataclass(frozen=True, eq=False)
class Series:
    """Requests per bin of one service, on a regular grid of absolute time.

    `requests_count` is float64 of shape (bins,): NaN is unknown, 0 is no requests. `start` is the left edge of
    the first bin in absolute seconds (UTC; wall time if `time_zone` is None, that is, unknown). `is_burst` and
    `is_event` are bool of the same shape, or None if the source had no such column. `events` are known events, which
    its forecasts take into account. `derived` caches values that other modules derive from this very series (see
    `timeseries.derived`); a Series never changes.
    """

    name: str
    bin_seconds: int
    start: int
    requests_count: np.ndarray
    time_zone: str | None = None
    is_burst: np.ndarray | None = None
    is_event: np.ndarray | None = None
    synthetic: bool = False
    events: tuple[KnownEvent, ...] = ()
    derived: DerivedValues = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        counts = np.ascontiguousarray(self.requests_count, dtype=np.float64).view()
        counts.flags.writeable = False
        object.__setattr__(self, "requests_count", counts)
        for flag in ("is_burst", "is_event"):
            values = getattr(self, flag)
            if values is not None and len(values) != len(counts):
                raise InputError(f"{flag} must have one value per bin: {len(counts)} (got {len(values)}).", field=flag)

    def __len__(self) -> int:
        return len(self.requests_count)

    @property
    def timeframe(self) -> str:
        """The bin's name, such as `5m`."""
        return timeframe_of(self.bin_seconds)

    @property
    def end(self) -> int:
        """The absolute second at which the last bin ends."""
        return self.start + len(self) * self.bin_seconds

    @property
    def bins_per_day(self) -> int:
        """Bins in 24 hours: the season m of MASE."""
        return DAY // self.bin_seconds

    @property
    def seconds(self) -> np.ndarray:
        """The left edge of every bin in absolute seconds (int64)."""
        return self.start + self.bin_seconds * np.arange(len(self), dtype=np.int64)

    @cached_property
    def wall(self) -> np.ndarray:
        """The left edge of every bin in wall seconds (int64); computed once."""
        return wall_seconds(self.seconds, self.time_zone)

    @property
    def ds(self) -> list[str]:
        """The left edge of every bin as `YYYY-MM-DD HH:MM:SS` in wall time."""
        return wall_texts(self.seconds, self.time_zone)

    def position(self, second: int) -> int:
        """Return the position of the bin that contains an absolute second; it may be negative or past the last bin."""
        return (second - self.start) // self.bin_seconds

    def first_from(self, second: int) -> int:
        """Return the position of the first bin that starts at or after an absolute second, inside the series or not."""
        return -((self.start - second) // self.bin_seconds)

    def between(self, start: int | None = None, end: int | None = None) -> Series:
        """Return the bins whose left edge lies in [start, end), in absolute seconds."""
        first = 0 if start is None else max(0, self.first_from(start))
        last = len(self) if end is None else min(len(self), self.first_from(end))
        return self.slice(first, max(first, last))

    def slice(self, first: int, last: int) -> Series:
        """Return bins first..last-1 by position; the series itself, with its cache, if that is all of them."""
        if first == 0 and last == len(self):
            return self
        part = replace(
            self,
            start=self.start + first * self.bin_seconds,
            requests_count=self.requests_count[first:last],
            is_burst=None if self.is_burst is None else self.is_burst[first:last],
            is_event=None if self.is_event is None else self.is_event[first:last],
        )
        if "wall" in vars(self):
            vars(part)["wall"] = self.wall[first:last]
        return part

    def with_counts(self, counts: np.ndarray) -> Series:
        """The same bins with other counts (bins,)."""
        return self._replaced(requests_count=counts)

    def _replaced(self, **fields: Any) -> Series:
        """The same bins, and so the same wall time, with other fields."""
        series = replace(self, **fields)
        if "wall" in vars(self):
            vars(series)["wall"] = self.wall
        return series

    def with_events(self, events: Iterable[KnownEvent]) -> Series:
        """The same bins with other known events; the series itself, with its cache, if it has these."""
        events = tuple(events)
        return self if events == self.events else self._replaced(events=events)

    def masked(self, spans: Iterable[Span]) -> Series:
        """Return the series with every bin that overlaps a span set to unknown (NaN)."""
        counts = self.requests_count.copy()
        for span in spans:
            first = max(0, self.position(span.start))
            last = max(first, self.position(span.end - 1) + 1)
            counts[first:last] = np.nan
        return self.with_counts(counts)

    def frame(self) -> pd.DataFrame:
        """Return a pandas frame (ds in naive wall time, requests_count, any flags) for notebooks and exports."""
        columns: dict[str, object] = {
            "ds": pd.DatetimeIndex(self.wall.astype("datetime64[s]")),
            "requests_count": self.requests_count,
        }
        for flag in ("is_burst", "is_event"):
            if getattr(self, flag) is not None:
                columns[flag] = getattr(self, flag)
        return pd.DataFrame(columns)

    def day_hashes(self) -> dict[str, str]:
        """Return a short hash of every complete local day with at least `MIN_DISTINCT_COUNTS` distinct counts.

        These hashes are the fingerprint of the series: two series that share such a day count as the same traffic
        whatever their names, so that in-sample targets are recognised after a rename, a new import or a cut. Keyed by
        `YYYY-MM-DD`; computed once.
        """
        return self._day_hashes

    @cached_property
    def _day_hashes(self) -> dict[str, str]:
        if len(self) < self.bins_per_day:
            return {}
        days = self.wall // DAY
        hashes = {}
        for first, last in _runs(days):
            counts = self.requests_count[first:last]
            if last - first != self.bins_per_day or not _is_varied(counts):
                continue
            digest = hashlib.blake2b(np.nan_to_num(counts, nan=-1.0).astype("<f4").tobytes(), digest_size=6)
            hashes[str(days[first].astype("datetime64[D]"))] = digest.hexdigest()
        return hashes


def _is_varied(counts: np.ndarray) -> bool:
    """Return whether a day has enough distinct known counts; the first bins suffice on most days."""
    parts = (counts[: 4 * MIN_DISTINCT_COUNTS], counts)
    return any(len(set(part[~np.isnan(part)].tolist())) >= MIN_DISTINCT_COUNTS for part in parts)


def _runs(values: np.ndarray) -> Iterable[tuple[int, int]]:
    if len(values) == 0:
        return ()
    edges = [0, *(np.flatnonzero(values[1:] != values[:-1]) + 1).tolist(), len(values)]
    return itertools.pairwise(edges)
