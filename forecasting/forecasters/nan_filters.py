"""NaN-aware filters over one array of counts; every value at bin t uses bins up to t only, unless said otherwise."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

RANGE_BITS = 200.0
"""Weights are followed down to 2**-200; after a longer silence nothing is known any more."""


KEPT_BINS = 4_096
"""Weights of so many bins are computed once a half-life: what is posted is short, and asked of time and again."""


def decayed_means(values: np.ndarray, half_lives: tuple[float, ...]) -> np.ndarray:
    """Exponentially weighted means of the known values up to each bin, weights halving every `half_life` bins.

    `values` is (n,) or (rows, n), the answer (rows, half-lives, n) without the rows where there was one. Unknown
    bins carry no weight but age the others; NaN before the first known value, and after a silence of 200 half-lives
    or more.
    """
    known = ~np.isnan(values)
    both = np.stack([np.where(known, values, 0.0), known])
    total, weight = _decayed_sums(both, half_lives)
    return np.divide(total, weight, out=np.full(total.shape, np.nan), where=weight > 0)


def _decayed_sums(values: np.ndarray, half_lives: tuple[float, ...]) -> np.ndarray:
    """s_t = v_t + d * s_(t-1) with d = 0.5**(1/half_life), along the last axis, without a loop over bins.

    Within a block of RANGE_BITS half-lives s_t = d^t * cumsum(v_k d^-k); of the blocks before only the last counts,
    the others having decayed to nothing. The half-lives (an axis before the last in the answer) whose first block
    holds every bin are taken together.
    """
    n = values.shape[-1]
    lengths = [max(1, int(RANGE_BITS * half_life)) for half_life in half_lives]
    together = [row for row, length in enumerate(lengths) if n <= min(length, KEPT_BINS)]
    if len(together) == len(lengths):
        return _scaled_sums(values[..., None, :], _kept_decays(half_lives)[:, :n])
    sums = np.empty((*values.shape[:-1], len(half_lives), n))
    if together:
        decays = _kept_decays(tuple(half_lives[row] for row in together))[:, :n]
        sums[..., together, :] = _scaled_sums(values[..., None, :], decays)
    for row in set(range(len(lengths))).difference(together):
        sums[..., row, :] = _blocks(values, half_lives[row], min(n, lengths[row]))
    return sums


def _scaled_sums(values: np.ndarray, decay: np.ndarray) -> np.ndarray:
    sums = values / decay
    np.cumsum(sums, axis=-1, out=sums)
    sums *= decay
    return sums


def _blocks(values: np.ndarray, half_life: float, length: int) -> np.ndarray:
    n = values.shape[-1]
    blocks = -(-n // length)
    padded = np.zeros((*values.shape[:-1], blocks * length))
    padded[..., :n] = values
    decay = _decays(half_life, length)
    sums = _scaled_sums(padded.reshape(*values.shape[:-1], blocks, length), decay)
    sums[..., 1:, :] += sums[..., :-1, -1:] * (decay * 0.5 ** (1 / half_life))
    return sums.reshape(*values.shape[:-1], -1)[..., :n]


def _decays(half_life: float, length: int) -> np.ndarray:
    return 0.5 ** (np.arange(length) / half_life)


@lru_cache(maxsize=64)
def _kept_decays(half_lives: tuple[float, ...]) -> np.ndarray:
    """d^t of each half-life (half-lives, KEPT_BINS)."""
    return np.stack([_decays(half_life, KEPT_BINS) for half_life in half_lives])


def last_known(values: np.ndarray) -> np.ndarray:
    """The latest known value up to each bin (n,); NaN before the first."""
    positions = np.where(np.isnan(values), 0, np.arange(len(values)))
    return values[np.maximum.accumulate(positions)]


def centred_mean(values: np.ndarray, half_width: int) -> np.ndarray:
    """Mean of the known values within `half_width` bins on *both* sides (n,): bin t sees up to t + half_width."""
    if half_width == 0:
        return values
    n = len(values)
    sums = np.zeros((2, n + 1))
    known = ~np.isnan(values)
    np.copyto(sums[0, 1:], values, where=known)
    sums[1, 1:] = known
    np.cumsum(sums, axis=1, out=sums)
    bins = np.arange(n)
    total, count = sums[:, np.minimum(bins + half_width + 1, n)] - sums[:, np.maximum(bins - half_width, 0)]
    with np.errstate(invalid="ignore", divide="ignore"):
        return total / count


def seasonal_mean(values: np.ndarray, season: int, forgetting: float) -> np.ndarray:
    """Mean over the same phase of this and earlier seasons (n,), the k-th season back weighing `forgetting`**k."""
    n = len(values)
    if n <= season:
        return values
    seasons = -(-n // season)
    both = np.zeros((2, seasons * season))
    known = ~np.isnan(values)
    np.copyto(both[0, :n], values, where=known)
    both[1, :n] = known
    both = both.reshape(2, seasons, season)
    for k in range(1, seasons):
        both[:, k] += forgetting * both[:, k - 1]
    total, weight = both.reshape(2, -1)[:, :n]
    with np.errstate(invalid="ignore", divide="ignore"):
        return total / weight


def coming(values: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """`values` at `positions` (any shape, from 0), NaN where a position lies past the last bin."""
    return np.where(positions < len(values), values[np.minimum(positions, len(values) - 1)], np.nan)


def delayed(values: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """`values` at `positions` (any shape), NaN where a position lies before the first bin."""
    return np.where(positions >= 0, values[np.maximum(positions, 0)], np.nan)
