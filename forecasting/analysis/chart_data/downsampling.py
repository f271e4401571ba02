"""Fewer points for a chart, without losing a peak or a gap.

MinMaxLTTB (Van Der Donckt et al., 2023): the lows and highs of small blocks first, then of those the ones that span the
largest triangles (Steinarsson, 2013).
"""

from __future__ import annotations

import numpy as np
from tsdownsample import MinMaxLTTBDownsampler

from forecasting.errors import InputError

MOST_POINTS = 2_000
LEAST_POINTS = 16
"""Known points that are kept however many gaps there are."""


def downsample(seconds: np.ndarray, values: np.ndarray, most: int = MOST_POINTS) -> np.ndarray:
    """Positions (k,), rising, of the points to draw of values (n,) at rising whole `seconds` (n,).

    All where there are at most `most`. Otherwise the first and the last known value, the first of the highest and of
    the lowest are among them, and of every gap (run of NaN) one unknown point, so that a line drawn through them breaks
    where it did. There are at most `most` of them; where gaps alone are nearly as many, at most one a gap and 16 more.

    Raises InputError for arrays that do not match and for a `most` below 16.
    """
    if np.ndim(values) != 1 or np.shape(seconds) != np.shape(values):
        raise InputError(f"There are {np.shape(values)} values at {np.shape(seconds)} seconds; give as many.")
    if most < LEAST_POINTS:
        raise InputError(f"most is {most}; write at least {LEAST_POINTS}.", field="most")
    if len(values) <= most:
        return np.arange(len(values))
    unknown = np.isnan(values)
    gaps = np.flatnonzero(unknown & ~np.r_[False, unknown[:-1]])
    known = np.flatnonzero(~unknown)
    room = max(LEAST_POINTS, most - len(gaps))
    return np.union1d(gaps, known[_of_known(seconds[known], values[known], room)])


def _of_known(seconds: np.ndarray, values: np.ndarray, most: int) -> np.ndarray:
    """Positions to keep of known values, at most `most`."""
    if len(values) <= most:
        return np.arange(len(values))
    extremes = [0, len(values) - 1, int(values.argmin()), int(values.argmax())]
    chosen = MinMaxLTTBDownsampler().downsample(
        np.ascontiguousarray(seconds, dtype=np.int64),
        np.ascontiguousarray(values, dtype=np.float64),
        n_out=most - len(extremes),
    )
    return np.unique(np.r_[extremes, chosen.astype(np.int64)])
