"""NaN-aware filters over an array of counts; values at bin t use bins up to t only, unless stated otherwise."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

RANGE_BITS = 200.0
"""Weights are tracked down to 2**-200; after a longer gap the result is unknown."""


CACHED_BINS = 4_096
"""Weights for this many bins are cached per half-life: posted series are short and frequent."""


def decayed_means(values: np.ndarray, half_lives: tuple[float, ...]) -> np.ndarray:
    """Return exponentially weighted means of the known values up to each bin; weights halve every `half_life` bins.

    `values` is (n,) or (rows, n), the result (half-lives, n) or (rows, half-lives, n). Unknown bins have no weight but
    age the others. NaN before the first known value, and after a gap of 200 half-lives or more.
    """
    known = ~np.isnan(values)
    both = np.stack([np.where(known, values, 0.0), known])
    total, weight = decayed_sums(both, half_lives)
    return np.divide(total, weight, out=np.full(total.shape, np.nan), where=weight > 0)


def decayed_sums(values: np.ndarray, half_lives: tuple[float, ...]) -> np.ndarray:
    """Return s_t = v_t + d * s_(t-1) with d = 0.5**(1/half_life), along the last axis, without a loop over bins.

    Within a block of RANGE_BITS half-lives, s_t = d^t * cumsum(v_k d^-k). Of the earlier blocks only the last matters;
    the others have decayed to nothing. Half-lives (the last but one axis of the result) whose first block contains
    every bin are computed together.
    """
    n = values.shape[-1]
    lengths = [block_length(half_life) for half_life in half_lives]
    together = [row for row, length in enumerate(lengths) if n <= min(length, CACHED_BINS)]
    if len(together) == len(lengths):
        return _scaled_sums(values[..., None, :], _cached_decays(half_lives)[:, :n])
    sums = np.empty((*values.shape[:-1], len(half_lives), n))
    if together:
        decays = _cached_decays(tuple(half_lives[row] for row in together))[:, :n]
        sums[..., together, :] = _scaled_sums(values[..., None, :], decays)
    for row in set(range(len(lengths))).difference(together):
        sums[..., row, :] = _blocks(values, half_lives[row], min(n, lengths[row]))
    return sums


def block_length(half_life: float) -> int:
    """Return how many bins are summed without the loss of the first ones."""
    return max(1, int(RANGE_BITS * half_life))


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
def _cached_decays(half_lives: tuple[float, ...]) -> np.ndarray:
    """Return d^t of each half-life (half-lives, CACHED_BINS)."""
    return np.stack([_decays(half_life, CACHED_BINS) for half_life in half_lives])


def last_known(values: np.ndarray) -> np.ndarray:
    """Return the latest known value up to each bin (n,); NaN before the first."""
    positions = np.where(np.isnan(values), 0, np.arange(len(values)))
    return values[np.maximum.accumulate(positions)]


def centred_mean(values: np.ndarray, half_width: int) -> np.ndarray:
    """Return the mean (..., n) of known values within `half_width` bins on *both* sides: bin t uses t + half_width."""
    if half_width == 0:
        return values
    n = values.shape[-1]
    sums = np.zeros((2, *values.shape[:-1], n + 1))
    known = ~np.isnan(values)
    np.copyto(sums[0, ..., 1:], values, where=known)
    sums[1, ..., 1:] = known
    np.cumsum(sums, axis=-1, out=sums)
    bins = np.arange(n)
    total, count = sums[..., np.minimum(bins + half_width + 1, n)] - sums[..., np.maximum(bins - half_width, 0)]
    with np.errstate(invalid="ignore", divide="ignore"):
        return total / count


def seasonal_mean(values: np.ndarray, season: int, forgetting: float) -> np.ndarray:
    """Return the mean (n,) over the same phase of this and earlier seasons, weighted `forgetting`**k for season -k."""
    n = len(values)
    if n <= season:
        return values
    seasons = -(-n // season)
    both = np.zeros((2, seasons * season))
    known = ~np.isnan(values)
    np.copyto(both[0, :n], values, where=known)
    both[1, :n] = known
    phases = both.reshape(2, seasons, season)
    for k in range(1, seasons):
        phases[:, k] += forgetting * phases[:, k - 1]
    total, weight = both[:, :n]
    with np.errstate(invalid="ignore", divide="ignore"):
        return total / weight


def filled(values: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return `values` (any shape), the unknown ones replaced by those of `other`."""
    return np.where(np.isnan(values), other, values)


def coming(values: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Return `values` at `positions` (any shape, from 0); NaN past the last bin."""
    return np.where(positions < len(values), values[np.minimum(positions, len(values) - 1)], np.nan)


def delayed(values: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Return `values` at `positions` (any shape); NaN before the first bin."""
    return np.where(positions >= 0, values[np.maximum(positions, 0)], np.nan)
