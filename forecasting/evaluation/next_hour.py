"""How many requests the next hour brings in all, with an interval of its own.

The errors of neighbouring bins go together, so the spread of their sum does not follow from the bins' own quantiles.
It is taken conformally: the errors that the same model made about sums of earlier hours, each over the spread expected
of it (the sum of the calibration's spreads of its bins), are the distribution of the error of this one. Only hours
that were over at the origin enter, of the 14 days before it, and only forecasts made without having learnt from them.
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
    """Requests of the hour after an origin: the mean and its central 80 % interval, what the last one had, what came.

    `low` and `high` are None where too little of the past was forecast without having been learnt from; `before` and
    `actual` where too little of those hours is known.
    """

    mean: float
    low: float | None
    high: float | None
    before: float | None
    actual: float | None

    @property
    def direction(self) -> str | None:
        """`rising`, `falling` or, within 5 % of the last hour, `steady`; None where that hour is not known."""
        if self.before is None:
            return None
        if abs(self.mean - self.before) <= _STEADY_SHARE * self.before:
            return STEADY
        return RISING if self.mean > self.before else FALLING


def bins_an_hour(series: Series) -> int | None:
    """The bins that make an hour; None where they make none."""
    return HOUR // series.bin_seconds if HOUR % series.bin_seconds == 0 else None


def next_hour(source: Source, origin: int, means: np.ndarray) -> NextHour:
    """The hour after the bin at position `origin`, of which `means` (h,) forecast the bins."""
    series, steps = source.series, np.arange(1, len(means) + 1)
    phi = source.fitted.calibration.dispersion(series, np.array([origin]))
    total, spread = means.sum(), source.fitted.calibration.spread(means[None], phi, steps).sum()
    pool = _errors_before(source, origin, len(steps))
    low, high = (max(0.0, float(total + spread * quantile_of_sorted(pool, q))) if len(pool) else None for q in LEVELS)
    before, actual = _sums(series, np.array([origin - len(steps), origin]), len(steps)).tolist()
    return NextHour(float(total), low, high, None if np.isnan(before) else before, None if np.isnan(actual) else actual)


def _errors_before(source: Source, origin: int, length: int) -> np.ndarray:
    """The standardised errors (n,), sorted, of the hours that were over at an origin; empty where they are too few."""
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
    """The standardised errors (n,) of origins on the grid of every `hop` bins; computed once a day of origins."""
    series = source.series
    per_block = -(-series.bins_per_day // hop)
    first, last = int(origins[0]) // hop, int(origins[-1]) // hop
    blocks = range(first // per_block, last // per_block + 1)
    parts = [_block(source, block, per_block, hop, length) for block in blocks]
    begin = blocks[0] * per_block
    return np.concatenate(parts)[first - begin : last + 1 - begin]


def _block(source: Source, block: int, size: int, hop: int, length: int) -> np.ndarray:
    """The errors of one block of origins, a day."""

    def compute() -> np.ndarray:
        return _standardised(source, hop * np.arange(block * size, (block + 1) * size), length)

    return _ERRORS.of(source.series, compute, source.fitted, block, hop, length)


def _standardised(source: Source, grid: np.ndarray, length: int) -> np.ndarray:
    """(what came - mean) / spread of the hours after each origin of a grid (n,); NaN where there is none."""
    errors, series = np.full(len(grid), np.nan), source.series
    inside = (grid >= source.first_origin) & (grid + length < len(series))
    origins, steps = grid[inside], np.arange(1, length + 1)
    if len(origins):
        means = source.means(origins, steps)
        phi = source.fitted.calibration.dispersion(series, origins)
        spread = np.maximum(source.fitted.calibration.spread(means, phi, steps).sum(axis=1), 1e-9)
        errors[inside] = (_sums(series, origins, length) - means.sum(axis=1)) / spread
    return errors


def _sums(series: Series, origins: np.ndarray, length: int) -> np.ndarray:
    """Requests (n,) of the `length` bins after each origin, as `resample` would sum them; NaN where it would not."""
    targets = origins[:, None] + np.arange(1, length + 1)
    inside = (targets >= 0) & (targets < len(series))
    counts = np.where(inside, series.requests_count[np.clip(targets, 0, len(series) - 1)], np.nan)
    share = np.isfinite(counts).mean(axis=1)
    return np.where(share >= MIN_KNOWN_SHARE, np.nansum(counts, axis=1) / np.maximum(share, MIN_KNOWN_SHARE), np.nan)
