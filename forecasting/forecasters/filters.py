"""NaN-aware filters over one array of counts; every value at bin t uses bins up to t only, unless said otherwise."""

from __future__ import annotations

import numpy as np
from scipy.signal import lfilter

VANISHED = 1e-200
"""Total weight under which nothing is known any more (half-lives of silence by the hundred)."""


def decayed_means(values: np.ndarray, half_lives: tuple[float, ...]) -> np.ndarray:
    """Exponentially weighted means of the known values up to each bin, weights halving every `half_life` bins.

    `values` is (n,) or (rows, n), the answer (rows, half-lives, n) without the rows where there was one. Unknown
    bins carry no weight but age the others; NaN before the first known value, and after a silence so long that
    every weight has vanished.
    """
    known = ~np.isnan(values)
    both = np.stack([np.where(known, values, 0.0), known])
    means = np.full((*values.shape[:-1], len(half_lives), values.shape[-1]), np.nan)
    for row, half_life in enumerate(half_lives):
        total, weight = lfilter([1.0], [1.0, -(0.5 ** (1.0 / half_life))], both, axis=-1)
        np.divide(total, weight, out=means[..., row, :], where=weight > VANISHED)
    return means


def last_known(values: np.ndarray) -> np.ndarray:
    """The latest known value up to each bin (n,); NaN before the first."""
    positions = np.where(np.isnan(values), 0, np.arange(len(values)))
    return values[np.maximum.accumulate(positions)]


def centred_mean(values: np.ndarray, half_width: int) -> np.ndarray:
    """Mean of the known values within `half_width` bins on *both* sides (n,): bin t sees up to t + half_width."""
    if half_width == 0:
        return values
    known = ~np.isnan(values)
    sums = np.cumsum(np.vstack([np.where(known, values, 0.0), known]), axis=1)
    sums = np.pad(sums, ((0, 0), (1, 0)))
    n = len(values)
    low = np.maximum(np.arange(n) - half_width, 0)
    high = np.minimum(np.arange(n) + half_width + 1, n)
    total, count = sums[:, high] - sums[:, low]
    with np.errstate(invalid="ignore", divide="ignore"):
        return total / count


def seasonal_mean(values: np.ndarray, season: int, forgetting: float) -> np.ndarray:
    """Mean over the same phase of this and earlier seasons (n,), the k-th season back weighing `forgetting`**k."""
    n = len(values)
    seasons = -(-n // season)
    padded = np.full(seasons * season, np.nan)
    padded[:n] = values
    known = ~np.isnan(padded)
    both = np.stack([np.where(known, padded, 0.0), known]).reshape(2, seasons, season)
    if seasons > 1:
        both = lfilter([1.0], [1.0, -forgetting], both, axis=1)
    total, weight = both.reshape(2, -1)[:, :n]
    with np.errstate(invalid="ignore", divide="ignore"):
        return total / weight


def delayed(values: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """`values` at `positions` (any shape), NaN where a position lies before the first bin."""
    return np.where(positions >= 0, values[np.maximum(positions, 0)], np.nan)
