"""NaN-aware filters over one array of counts; every value at bin t uses bins up to t only, unless said otherwise."""

from __future__ import annotations

import numpy as np

RANGE_BITS = 200.0
"""Weights are followed down to 2**-200; after a longer silence nothing is known any more."""


def decayed_means(values: np.ndarray, half_lives: tuple[float, ...]) -> np.ndarray:
    """Exponentially weighted means of the known values up to each bin, weights halving every `half_life` bins.

    `values` is (n,) or (rows, n), the answer (rows, half-lives, n) without the rows where there was one. Unknown
    bins carry no weight but age the others; NaN before the first known value, and after a silence of 200 half-lives
    or more.
    """
    known = ~np.isnan(values)
    both = np.stack([np.where(known, values, 0.0), known])
    means = np.full((*values.shape[:-1], len(half_lives), values.shape[-1]), np.nan)
    for row, half_life in enumerate(half_lives):
        total, weight = _decayed_sums(both, half_life)
        np.divide(total, weight, out=means[..., row, :], where=weight > 0)
    return means


def _decayed_sums(values: np.ndarray, half_life: float) -> np.ndarray:
    """s_t = v_t + d * s_(t-1) with d = 0.5**(1/half_life), along the last axis, without a loop over bins.

    Within a block of RANGE_BITS half-lives s_t = d^t * cumsum(v_k d^-k); of the blocks before only the last counts,
    the others having decayed to nothing.
    """
    n = values.shape[-1]
    length = min(n, max(1, int(RANGE_BITS * half_life)))
    blocks = -(-n // length)
    padded = np.zeros((*values.shape[:-1], blocks * length))
    padded[..., :n] = values
    padded = padded.reshape(*values.shape[:-1], blocks, length)
    decay = 0.5 ** (np.arange(length) / half_life)
    sums = np.cumsum(padded / decay, axis=-1) * decay
    sums[..., 1:, :] += sums[..., :-1, -1:] * (decay * 0.5 ** (1 / half_life))
    return sums.reshape(*values.shape[:-1], -1)[..., :n]


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
    for k in range(1, seasons):
        both[:, k] += forgetting * both[:, k - 1]
    total, weight = both.reshape(2, -1)[:, :n]
    with np.errstate(invalid="ignore", divide="ignore"):
        return total / weight


def delayed(values: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """`values` at `positions` (any shape), NaN where a position lies before the first bin."""
    return np.where(positions >= 0, values[np.maximum(positions, 0)], np.nan)
