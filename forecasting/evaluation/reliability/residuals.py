"""One-step residuals of a model: over time, and their autocorrelation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.analysis.autocorrelation import BOUND_Z, pairwise_autocorrelation
from forecasting.backtests.backtest import Backtest
from forecasting.forecasters.base import QUANTILES
from forecasting.timeseries.timeframes import DAY, HOUR, MINUTE

MOST_BUCKETS = 240
BUCKETS = (*(m * MINUTE for m in (5, 15, 30)), *(h * HOUR for h in (1, 2, 3, 6, 12)), DAY, 2 * DAY, 7 * DAY, 28 * DAY)
"""Lengths of the buckets of residuals, in seconds."""

TENTH, NINE_TENTHS = QUANTILES.index(0.1), QUANTILES.index(0.9)


@dataclass(frozen=True, eq=False)
class Residuals:
    """Errors one step ahead as (actual - mean) / spread: 1 is the error that the model expects.

    They are summarised over buckets of `bucket_seconds`: left edges `seconds` (b,) in wall time, `mean`, `low` and
    `high` (10 % and 90 %) and how many are `known` (b,). `expected` are the 10 % and 90 % quantiles
    that the model's intervals assume.
    """

    bucket_seconds: int
    seconds: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    known: np.ndarray
    expected: tuple[float, float]


@dataclass(frozen=True, eq=False)
class ErrorAutocorrelation:
    """Correlation (lags,) of one-step errors with those `lag_seconds` (lags,) before, from the next bin to a day.

    `bound` (lags,): 95 % of the correlations of independent errors lie within it. NaN with too few pairs.
    """

    lag_seconds: np.ndarray
    correlation: np.ndarray
    bound: np.ndarray


def standardised(run: Backtest) -> np.ndarray:
    """Return (actual - mean) / the model's spread (n, h) of a backtest; NaN if unknown.

    The spread of a calibration is the one without adaptation to recent errors, so that changes over time stay visible.
    """
    spread = run.model.spread(run.series, run.origins, run.means, run.steps)
    return np.divide(run.actual - run.means, spread, out=np.full(run.means.shape, np.nan), where=spread > 0)


def residuals_over_time(run: Backtest) -> Residuals:
    """Return the residuals of the first step of a backtest, summarised over at most 240 buckets."""
    errors, wall = standardised(run)[:, 0], run.target_wall[:, 0]
    good = np.isfinite(errors)
    errors, wall = errors[good], wall[good]
    length = _bucket_length(wall, run.series.bin_seconds)
    edges, starts, known = np.unique(wall // length, return_index=True, return_counts=True)
    parts = np.split(errors, starts[1:]) if len(edges) else []
    low, mean, high = (np.array([f(part) for part in parts]) for f in (_tenth, np.mean, _nine_tenths))
    usual = run.model.usual_errors(run.series, run.origins, int(run.steps[0]))
    expected = float(usual[TENTH]), float(usual[NINE_TENTHS])
    return Residuals(length, edges * length, mean, low, high, known, expected)


def error_autocorrelation(run: Backtest) -> ErrorAutocorrelation:
    """Return the autocorrelation of the residuals of a backtest of every bin, up to a day or a quarter of its bins."""
    errors = standardised(run)[:, 0]
    most = min(run.series.bins_per_day, len(errors) // 4)
    correlation, pairs = pairwise_autocorrelation(errors, most)
    with np.errstate(divide="ignore"):
        bound = np.where(np.isnan(correlation), np.nan, BOUND_Z / np.sqrt(pairs))
    return ErrorAutocorrelation(run.series.bin_seconds * np.arange(1, most + 1), correlation[1:], bound[1:])


def _bucket_length(wall: np.ndarray, bin_seconds: int) -> int:
    span = int(wall[-1] - wall[0]) + bin_seconds if len(wall) else bin_seconds
    longer = (length for length in BUCKETS if length >= bin_seconds and span <= MOST_BUCKETS * length)
    return next(longer, BUCKETS[-1])


def _tenth(values: np.ndarray) -> float:
    return float(np.quantile(values, 0.1))


def _nine_tenths(values: np.ndarray) -> float:
    return float(np.quantile(values, 0.9))
