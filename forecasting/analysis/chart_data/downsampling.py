"""Downsampling for charts that keeps every peak and gap.

MinMaxLTTB (Van Der Donckt et al., 2023): first the minima and maxima of small blocks, then those that span the largest
triangles (Steinarsson, 2013).
"""

from __future__ import annotations

import numpy as np
from tsdownsample import MinMaxLTTBDownsampler

from forecasting.errors import InputError

MOST_POINTS = 2_000
LEAST_POINTS = 16
"""The least number of known points, however many gaps there are."""


def downsample(seconds: np.ndarray, values: np.ndarray, most: int = MOST_POINTS) -> np.ndarray:
    """Return the rising positions (k,) of the points to draw of values (n,) at rising whole `seconds` (n,).

    All positions if there are at most `most`. Otherwise they include the first and last known value, the first maximum
    and the first minimum, and one unknown point of every gap (run of NaN), so that a line through them breaks there.
    There are at most `most` of them; if there are nearly as many gaps, at most one per gap and 16 more.

    Raises InputError if the arrays do not match and if `most` is below 16.
    """
    if np.ndim(values) != 1 or np.shape(seconds) != np.shape(values):
        raise InputError(
            f"values and seconds must be one-dimensional and of equal length (got {np.shape(values)} and "
            f"{np.shape(seconds)})."
        )
    if most < LEAST_POINTS:
        raise InputError(f"most must be an integer of at least {LEAST_POINTS} (got {most}).", field="most")
    if len(values) <= most:
        return np.arange(len(values))
    unknown = np.isnan(values)
    gaps = np.flatnonzero(unknown & ~np.r_[False, unknown[:-1]])
    known = np.flatnonzero(~unknown)
    room = max(LEAST_POINTS, most - len(gaps))
    return np.union1d(gaps, known[_chosen(seconds[known], values[known], room)])


def _chosen(seconds: np.ndarray, values: np.ndarray, most: int) -> np.ndarray:
    """Return the positions to draw of known values, at most `most`."""
    if len(values) <= most:
        return np.arange(len(values))
    extremes = [0, len(values) - 1, int(values.argmin()), int(values.argmax())]
    chosen = MinMaxLTTBDownsampler().downsample(
        np.ascontiguousarray(seconds, dtype=np.int64),
        np.ascontiguousarray(values, dtype=np.float64),
        n_out=most - len(extremes),
    )
    return np.unique(np.r_[extremes, chosen.astype(np.int64)])
