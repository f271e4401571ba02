"""Samples of residuals, compressed to a few weighted points with a Pareto tail.

The decision about the n-th replica needs the whole distribution of demand, for every bin and step. Forty points carry
it: means of quantile bins, dense in the upper part, and above the .98 quantile a generalised Pareto tail. Its scale
comes from the median excess, so one outlier has no weight; it goes on past the highest residual ever measured, so that
a high price of an unmet request still buys something.
"""

from __future__ import annotations

import numpy as np

THRESHOLD = 0.98
"""The quantile above which the Pareto tail stands."""

SHAPE = 0.2
"""Of the tail; .1 and .35 give the same within 2 %."""

FARTHEST = 1e-5
"""The probability at which the tail ends."""

_BODY = np.array([0.0, 0.02, 0.06, 0.12, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.955, 0.97, THRESHOLD])
_TAIL = np.geomspace(1.0 - THRESHOLD, FARTHEST, 19)
"""Probabilities of being exceeded, falling."""

WEIGHTS = np.concatenate([np.diff(_BODY), -np.diff(_TAIL), [FARTHEST]])
"""Of the points (P,); they add up to 1."""


def _tail_means() -> np.ndarray:
    """Return the mean excess over the threshold between the probabilities of the tail, of a scale of 1."""
    base, power = 1.0 - THRESHOLD, 1.0 - SHAPE
    integral = base**SHAPE * _TAIL**power / power
    inside = (integral[:-1] - integral[1:]) / (_TAIL[:-1] - _TAIL[1:])
    last = (FARTHEST / base) ** -SHAPE
    return (np.append(inside, last) - 1.0) / SHAPE


_MEANS = _tail_means()


def points_of(sample: np.ndarray) -> np.ndarray:
    """Return the points (P,) of a sorted sample without NaN, rising; `WEIGHTS` are theirs."""
    count = len(sample)
    sums = np.concatenate([[0.0], np.cumsum(sample)])
    edges = _BODY * count
    whole = np.minimum(edges.astype(np.int64), count - 1)
    # The integral of the sample's quantile function up to each edge: whole values, and a part of the next one.
    reached = sums[whole] + (edges - whole) * sample[whole]
    body = np.diff(reached) / np.diff(edges)
    threshold = float(np.quantile(sample, THRESHOLD))
    above = sample[np.searchsorted(sample, threshold, side="right") :]
    excess = float(np.median(above)) - threshold if len(above) else 0.0
    scale = excess * SHAPE / (2.0**SHAPE - 1.0)
    return np.concatenate([body, np.maximum(threshold, body[-1]) + scale * _MEANS])


def quantile_of_points(points: np.ndarray, share: float) -> np.ndarray:
    """Return the `share` quantile of points (..., P): the first that at least this share does not exceed."""
    place = int(np.searchsorted(np.cumsum(WEIGHTS), share - 1e-12))
    return points[..., min(place, len(WEIGHTS) - 1)]
