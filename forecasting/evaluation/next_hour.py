"""The total requests of the next hour, with an interval of its own.

Errors of neighbouring bins are correlated, so the spread of their sum does not follow from the quantiles of the bins.
The interval is split conformal: the errors of the same model on totals of earlier hours, each divided by its expected
spread (the sum of the spreads of its bins), give the distribution of this error. Only hours that had
ended at the origin count, of the 14 days before it, and only out-of-sample forecasts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.hindcasts.lead_windows import POOL_DAYS, POOL_LEAST_DAYS, quantile_of_sorted
from forecasting.hindcasts.source import Source
from forecasting.timeseries.derived import Derived
from forecasting.timeseries.resampling import MIN_KNOWN_SHARE
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import HOUR

ORIGINS_AN_HOUR = 3
LEVELS = (0.1, 0.9)

RISING, FALLING, STEADY = "rising", "falling", "steady"
_STEADY_SHARE = 0.05

_ERRORS: Derived[np.ndarray] = Derived(most=256)


@dataclass(frozen=True)
class NextHour:
    """Requests of the hour after an origin: the mean, its central 80 % interval, the previous hour and the actual.

    `low` and `high` are None if there are too few out-of-sample forecasts; `before` and `actual` are None if too little
    of those hours is known.
    """

    mean: float
    low: float | None
    high: float | None
    before: float | None
    actual: float | None

    @property
    def direction(self) -> str | None:
        """`rising`, `falling` or, within 5 % of the previous hour, `steady`; None if that hour is not known."""
        if self.before is None:
            return None
        if abs(self.mean - self.before) <= _STEADY_SHARE * self.before:
            return STEADY
        return RISING if self.mean > self.before else FALLING


def bins_an_hour(series: Series) -> int | None:
    """Return the number of bins in an hour; None if an hour is not a whole number of bins."""
    return HOUR // series.bin_seconds if HOUR % series.bin_seconds == 0 else None


def next_hour(source: Source, origin: int, means: np.ndarray) -> NextHour:
    """Return the forecast of the hour after the bin at position `origin`, whose bins have the means `means` (h,)."""
    series, steps = source.series, np.arange(1, len(means) + 1)
    total = float(means.sum())
    spread = float(source.fitted.spread(series, np.array([origin]), means[None], steps).sum())
    pool = _errors_before(source, origin, len(steps))
    low, high = _interval(total, spread, pool) if len(pool) else (None, None)
    before, actual = _sums(series, np.array([origin - len(steps), origin]), len(steps)).tolist()
    return NextHour(total, low, high, None if np.isnan(before) else before, None if np.isnan(actual) else actual)


def _interval(total: float, spread: float, pool: np.ndarray) -> tuple[float, float]:
    """Return the central 80 % interval of a total; it contains the mean even after hours that were all too high."""
    low, high = (max(0.0, total + spread * quantile_of_sorted(pool, level)) for level in LEVELS)
    return min(low, total), max(high, total)


def _errors_before(source: Source, origin: int, length: int) -> np.ndarray:
    """Return the sorted standardised errors (n,) of the hours that had ended at an origin; empty if too few."""
    series, hop = source.series, max(1, length // ORIGINS_AN_HOUR)
    first = max(origin + 1 - POOL_DAYS * series.bins_per_day, source.first_origin, 0)
    origins = np.arange(-(-first // hop) * hop, origin - length + 1, hop)
    least = POOL_LEAST_DAYS * series.bins_per_day // hop
    if len(origins) < least:
        return np.empty(0)
    errors = _errors(source, origins, hop, length)
    known = errors[np.isfinite(errors)]
    return np.sort(known) if len(known) >= least else np.empty(0)


def _errors(source: Source, origins: np.ndarray, hop: int, length: int) -> np.ndarray:
    """Return the standardised errors (n,) of origins on a grid of every `hop` bins; cached by day of origins."""
    series = source.series
    per_block = -(-series.bins_per_day // hop)
    first, last = int(origins[0]) // hop, int(origins[-1]) // hop
    blocks = range(first // per_block, last // per_block + 1)
    parts = [_block(source, block, per_block, hop, length) for block in blocks]
    begin = blocks[0] * per_block
    return np.concatenate(parts)[first - begin : last + 1 - begin]


def _block(source: Source, block: int, size: int, hop: int, length: int) -> np.ndarray:
    """Return the errors of one block of origins (a day); cached."""

    def compute() -> np.ndarray:
        return _standardised(source, hop * np.arange(block * size, (block + 1) * size), length)

    return _ERRORS.of(source.series, compute, source.fitted, block, hop, length)


def _standardised(source: Source, grid: np.ndarray, length: int) -> np.ndarray:
    """Return (actual - mean) / spread of the hour after each origin of a grid (n,); NaN outside the series."""
    errors, series = np.full(len(grid), np.nan), source.series
    inside = (grid >= source.first_origin) & (grid + length < len(series))
    origins, steps = grid[inside], np.arange(1, length + 1)
    if len(origins):
        means, spreads = source.means_and_spread(origins, steps)
        spread = np.maximum(spreads.sum(axis=1), 1e-9)
        errors[inside] = (_sums(series, origins, length) - means.sum(axis=1)) / spread
    return errors


def _sums(series: Series, origins: np.ndarray, length: int) -> np.ndarray:
    """Return the total (n,) of the `length` bins after each origin, as `resample` has it; NaN if too few are known."""
    targets = origins[:, None] + np.arange(1, length + 1)
    inside = (targets >= 0) & (targets < len(series))
    counts = np.where(inside, series.requests_count[np.clip(targets, 0, len(series) - 1)], np.nan)
    share = np.isfinite(counts).mean(axis=1)
    return np.where(share >= MIN_KNOWN_SHARE, np.nansum(counts, axis=1) / np.maximum(share, MIN_KNOWN_SHARE), np.nan)
