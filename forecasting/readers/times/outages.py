"""Outages: spans in which a source recorded nothing, told from times when there was nothing to record.

The rule for runs of zeros. A run is masked as unknown if some day of it (or the whole run, if shorter) is far too
quiet for that time of the day and week:

1. It lasts at least an hour and two bins. Shorter silences stay: they are often true, and cost a forecast little.
2. It is cut into pieces of at most a day. A piece is compared with the same bins of other weeks, and with the same bins
   of other days of the same kind (Monday to Friday, or weekend). A comparison counts if there are at least three
   such stretches, wholly known and outside the run; all comparisons that count, at least one, must agree on 3 and 4.
3. The totals of the stretches have mean m and variance v. A negative binomial with that mean and
   k = m^2 / (v - m), never above 10 (no level is steadier than about 30 % from day to day), gives the probability
   (1 + m / k)^-k that there was truly nothing. It must be below 1e-6, for which at least 30 requests are missing.
4. The run is at least three times as long as the run of zeros that stretches like it usually (in the median) touch.

So a service that is quiet every night or weekend keeps its zeros, also if its mornings begin at different times
(4), as does one whose few requests come in clusters (k is small). An outage is unknown to the
comparisons, and the rule is applied again (`MAX_PASSES` times at most), because one outage can hide another.
"""

from __future__ import annotations

import numpy as np

from forecasting.errors import InputError
from forecasting.timeseries.clock import moment_of
from forecasting.timeseries.series import Series, Span
from forecasting.timeseries.timeframes import DAY, HOUR, WEEK

MIN_RUN_SECONDS = HOUR
MIN_RUN_BINS = 2
MIN_COMPARED = 3
MAX_SHAPE = 10.0
MAX_PROBABILITY = 1e-6
MIN_RATIO = 3
MIN_MISSING = MAX_SHAPE * (MAX_PROBABILITY ** (-1 / MAX_SHAPE) - 1)
MAX_PASSES = 4

_FIRST_SATURDAY = 2  # days after 1970-01-01, a Thursday


def declared_outages(texts: tuple[str, ...], time_zone: str | None) -> list[Span]:
    """Spans written `START/END` in wall time or with offsets; raises InputError for anything else."""
    spans = []
    for text in texts:
        start_text, slash, end_text = text.partition("/")
        if not slash:
            raise InputError(
                f"outage must be START/END such as 1995-08-01T14:53/1995-08-03T04:36 (got {text!r}).", field="outages"
            )
        start, end = (moment_of(part, time_zone, field="outages") for part in (start_text, end_text))
        if end <= start:
            raise InputError(f"outage must be START/END with the end later (got {text!r}).", field="outages")
        spans.append(Span(start, end))
    return spans


def zero_runs(series: Series) -> list[Span]:
    """The runs of zeros that are outages by the rule above, in order of time."""
    waiting = _runs_of_zeros(series)
    counts = series.requests_count.copy()
    outages: list[tuple[int, int]] = []
    for _ in range(MAX_PASSES):
        comparison = _Comparison(series, counts)
        found = [run for run in waiting if comparison.is_outage(*run)]
        if not found:
            break
        outages.extend(found)
        waiting = sorted(set(waiting) - set(found))
        for first, last in found:
            counts[first:last] = np.nan
    seconds = series.start + series.bin_seconds * np.array(sorted(outages), dtype=np.int64).reshape(-1, 2)
    return [Span(start, end) for start, end in seconds.tolist()]


def _runs_of_zeros(series: Series) -> list[tuple[int, int]]:
    """First and last + 1 of each run of zeros that is long enough, even at the busiest hour's rate, to be missed."""
    counts = series.requests_count
    if len(counts) == 0:
        return []
    edges = np.flatnonzero(np.diff(counts == 0, prepend=False, append=False)).reshape(-1, 2)
    lengths = edges[:, 1] - edges[:, 0]
    hour = max(1, HOUR // series.bin_seconds)
    busiest = np.add.reduceat(np.nan_to_num(counts), np.arange(0, len(counts), hour)).max()
    is_long = lengths >= max(MIN_RUN_BINS, -(-MIN_RUN_SECONDS // series.bin_seconds))
    return [tuple(edge) for edge in edges[is_long & ((lengths / hour + 2) * busiest >= MIN_MISSING)].tolist()]


class _Comparison:
    """Compares stretches of a series with the same stretches of other days, through running sums."""

    def __init__(self, series: Series, counts: np.ndarray):
        self._bins = len(counts)
        self._per_day = series.bins_per_day
        self._per_week = WEEK // series.bin_seconds
        self._days = (series.wall // DAY - _FIRST_SATURDAY) % 7
        self._totals = np.concatenate([[0.0], np.cumsum(np.nan_to_num(counts))])
        self._unknown = np.concatenate([[0], np.cumsum(np.isnan(counts))])
        edges = np.flatnonzero(np.diff(counts == 0, prepend=False, append=False)).reshape(-1, 2)
        self._zero_starts, self._zero_stops = edges.T
        self._zero_lengths = self._zero_stops - self._zero_starts

    def is_outage(self, first: int, last: int) -> bool:
        """Whether any piece of the run first..last-1 is far too quiet."""
        starts = range(first, last, self._per_day)
        return any(self._is_too_quiet(start, min(start + self._per_day, last), (first, last)) for start in starts)

    def _is_too_quiet(self, start: int, stop: int, run: tuple[int, int]) -> bool:
        length = stop - start
        weeks = np.arange(start % self._per_week, self._bins, self._per_week)
        days = np.arange(start % self._per_day, self._bins, self._per_day)
        days = days[self._is_weekend(days, length) == self._is_weekend(np.array([start]), length)]
        counting = [
            stretches
            for starts in (weeks, days)
            if len(stretches := self._comparable(starts, length, run)) >= MIN_COMPARED
        ]
        return bool(counting) and all(self._stands_out(stretches, length, run) for stretches in counting)

    def _is_weekend(self, starts: np.ndarray, length: int) -> np.ndarray:
        """Whether the middle of each stretch is on a Saturday or Sunday."""
        return self._days[np.minimum(starts + length // 2, self._bins - 1)] < 2

    def _comparable(self, starts: np.ndarray, length: int, run: tuple[int, int]) -> np.ndarray:
        """The starts of the stretches that lie inside the series, outside the run, and are wholly known."""
        stops = starts + length
        starts = starts[(stops <= self._bins) & ((stops <= run[0]) | (starts >= run[1]))]
        return starts[self._unknown[starts + length] == self._unknown[starts]]

    def _stands_out(self, starts: np.ndarray, length: int, run: tuple[int, int]) -> bool:
        totals = self._totals[starts + length] - self._totals[starts]
        if _probability_of_nothing(totals) >= MAX_PROBABILITY:
            return False
        usual = np.median(self._longest_touched(starts, length))
        return bool(run[1] - run[0] >= MIN_RATIO * usual)

    def _longest_touched(self, starts: np.ndarray, length: int) -> list[int]:
        """The length of the longest run of zeros that each stretch touches; 0 if it touches none."""
        first = np.searchsorted(self._zero_stops, starts, side="right")
        last = np.searchsorted(self._zero_starts, starts + length)
        return [int(self._zero_lengths[i:j].max(initial=0)) for i, j in zip(first, last, strict=True)]


def _probability_of_nothing(totals: np.ndarray) -> float:
    mean = float(totals.mean())
    if mean <= 0:
        return 1.0
    excess = float(totals.var(ddof=1)) - mean
    shape = MAX_SHAPE if excess <= 0 else min(MAX_SHAPE, mean * mean / excess)
    return (1.0 + mean / shape) ** -shape
