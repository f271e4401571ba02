"""Autocorrelation of a series with unknown bins, at every lag at once.

At each lag it is the Pearson correlation of the pairs of known bins at that distance, as in pandas' `autocorr`. A gap
only removes pairs, and a slow change of level counts less than with one common mean. The six sums needed are
correlations of the counts, their squares and their presence, computed with Fourier transforms.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.analysis.ranges import shown
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY, WEEK

MOST_SECONDS = 8 * DAY
MOST_SHARE = 1 / 4
"""The largest lag is eight days, or this share of the bins in range."""

MIN_PAIRS = 8
BOUND_Z = 1.96
_LEAST_VARIANCE = 1e-9
"""Below this share of the total variance, pairs count as constant: rounding of the transforms is larger."""


@dataclass(frozen=True, eq=False)
class Autocorrelation:
    """Correlation (lags,) with the bins `lag_seconds` (lags,) earlier, from lag 0 on; NaN if undefined.

    `bound` (lags,) is 1.96 / sqrt(pairs): 95 % of the correlations of pure noise lie within it. `at_day` and `at_week`
    are the values at 24 hours and at seven days, None beyond the last lag or if undefined.
    """

    lag_seconds: np.ndarray
    correlation: np.ndarray
    bound: np.ndarray
    at_day: float | None
    at_week: float | None


def autocorrelation(series: Series, first: int = 0, end: int | None = None) -> Autocorrelation:
    """Return the autocorrelation of the bins in range, up to eight days or a quarter of them."""
    counts = series.requests_count[shown(series, first, end)]
    most = min(MOST_SECONDS // series.bin_seconds, int(MOST_SHARE * len(counts)))
    correlation, pairs = pairwise_autocorrelation(counts, most)
    with np.errstate(divide="ignore"):
        bound = np.where(pairs >= MIN_PAIRS, BOUND_Z / np.sqrt(pairs), np.nan)

    def at(seconds: int) -> float | None:
        lag = seconds // series.bin_seconds
        return None if lag > most or np.isnan(correlation[lag]) else float(correlation[lag])

    return Autocorrelation(series.bin_seconds * np.arange(most + 1), correlation, bound, at(DAY), at(WEEK))


def pairwise_autocorrelation(values: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the correlation and number of pairs (most + 1,) at lags 0..most of values (n,), NaN if unknown."""
    known = ~np.isnan(values)
    spread = float(values[known].std()) if known.any() else 0.0
    if spread == 0 or np.ptp(values[known]) == 0:
        return np.full(most + 1, np.nan), _pairs(known, most)
    scaled = np.where(known, (values - values[known].mean()) / spread, 0.0)
    size = _fast_size(len(values) + most)
    here, one, square = np.fft.rfft(np.stack([scaled, known, scaled**2]), size)
    products = np.stack([one * one.conj(), one * here.conj(), here * one.conj()])
    seconds = np.stack([one * square.conj(), square * one.conj(), here * here.conj()])
    pairs, early, late = np.fft.irfft(products, size)[:, : most + 1]
    early_square, late_square, both = np.fft.irfft(seconds, size)[:, : most + 1]
    pairs = np.maximum(np.rint(pairs), 0)
    n, enough = np.maximum(pairs, 1), pairs >= MIN_PAIRS
    return _pearson(n, early, late, early_square, late_square, both, enough=enough), pairs


def _pearson(
    n: np.ndarray, x: np.ndarray, y: np.ndarray, xx: np.ndarray, yy: np.ndarray, xy: np.ndarray, *, enough: np.ndarray
) -> np.ndarray:
    """Return correlations from sums over pairs (lags,)."""
    spread_x, spread_y = xx / n - (x / n) ** 2, yy / n - (y / n) ** 2
    good = enough & (spread_x > _LEAST_VARIANCE) & (spread_y > _LEAST_VARIANCE)
    scale = np.sqrt(np.where(good, spread_x * spread_y, 1.0))
    return np.where(good, np.clip((xy / n - x * y / n**2) / scale, -1.0, 1.0), np.nan)


def _pairs(known: np.ndarray, most: int) -> np.ndarray:
    size = _fast_size(len(known) + most)
    one = np.fft.rfft(known.astype(float), size)
    return np.maximum(np.rint(np.fft.irfft(one * one.conj(), size)[: most + 1]), 0)


def _fast_size(least: int) -> int:
    """Return the smallest size >= `least` of the form 2^k times 1, 3, 5, 9 or 15, which transforms fast."""
    return min(odd << max(0, (-(-least // odd) - 1).bit_length()) for odd in (1, 3, 5, 9, 15))
