"""Moving averages over the known bins, and the week before, in requests per minute on the bins in range."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.analysis.ranges import bin_minutes, days_earlier, shown
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY, HOUR, WEEK

MIN_KNOWN_SHARE = 0.5
"""The share of a window's bins that must be known; otherwise its mean is NaN."""


@dataclass(frozen=True, eq=False)
class RunningSums:
    """Cumulative sums and counts of the known values (n + 1,): the mean of any window in two look-ups."""

    totals: np.ndarray
    counts: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray) -> RunningSums:
        """Build from values (n,), NaN if unknown."""
        known = ~np.isnan(values)
        totals, counts = np.zeros(len(values) + 1), np.zeros(len(values) + 1, dtype=np.int64)
        np.cumsum(np.where(known, values, 0.0), out=totals[1:])
        np.cumsum(known, out=counts[1:])
        return cls(totals, counts)

    def trailing(self, positions: np.ndarray, window: int) -> np.ndarray:
        """Return the mean of the last `window` values at each position, NaN if fewer than half are known."""
        ends = positions + 1
        starts = np.maximum(ends - window, 0)
        known = self.counts[ends] - self.counts[starts]
        total = self.totals[ends] - self.totals[starts]
        return np.where(known >= MIN_KNOWN_SHARE * window, total / np.maximum(known, 1), np.nan)


@dataclass(frozen=True, eq=False)
class MovingAverages:
    """Trailing means in requests per minute (n,): each over the hour or the 24 hours that end with its bin.

    They look back only, also before the range, so they lag the traffic by half their window. NaN if fewer than half of
    the window's bins are known. None if the window is no longer than a bin.
    """

    hour_requests_per_minute: np.ndarray | None
    day_requests_per_minute: np.ndarray | None


def moving_averages(series: Series, first: int = 0, end: int | None = None) -> MovingAverages:
    """Return trailing means over one hour and over 24 hours at the bins in range."""
    bins = shown(series, first, end)
    sums = RunningSums.of(series.requests_count)
    positions = np.arange(bins.start, bins.stop)

    def over(seconds: int) -> np.ndarray | None:
        window = seconds // series.bin_seconds
        return None if window <= 1 else sums.trailing(positions, window) / bin_minutes(series)

    return MovingAverages(over(HOUR), over(DAY))


def week_before(series: Series, first: int = 0, end: int | None = None) -> np.ndarray:
    """Return requests per minute (n,) at the same wall time a week before each bin in range; NaN if unknown."""
    return days_earlier(series, shown(series, first, end), WEEK) / bin_minutes(series)
