"""Replicas bought by their expected worth: the optimum's own algorithm on a distribution of the coming demand.

At the end of a bin, for each coming step k the n-th replica is expected to serve E_k(n), in units of its capacity. It
costs 1 a step, and an unmet request is worth `price` times what serving it at full capacity costs, so it loses
1 - price E_k(n) a step. The slopes of `marginal.bands` on these losses give two numbers: below `out` a launch now pays,
above `keep` a running replica does not. Both rise with the price, and each is found by walking up once for all prices.
"""

from __future__ import annotations

import numpy as np

from forecasting.scaling.kernels.inputs import Buying
from forecasting.scaling.kernels.jit import kernel, part


@kernel
def add_expected(
    worth: np.ndarray,
    share: float,
    mean: np.ndarray,
    scale: np.ndarray,
    points: np.ndarray,
    added: np.ndarray,
    mixed: float,
    knot_of: np.ndarray,
    weights: np.ndarray,
    buying: Buying,
) -> int:
    """Add `share` of E_k(n) to `worth` (steps, levels + 2), column n; return the highest n that is not 0.

    `mean` and `scale` (steps,); `points` and `added` (knots, P) of the origin's pool, `knot_of` (steps,) the knot whose
    points each step uses.
    """
    capacity, of_requests = buying.capacity, buying.of_requests
    levels = worth.shape[1] - 2
    ends = np.zeros(levels + 2)
    highest = 0
    for k in range(len(mean)):
        knot = knot_of[k]
        top = 0
        for j in range(2 * len(weights)):
            is_added = j >= len(weights)
            place = j - len(weights) if is_added else j
            weight = share * weights[place] * (mixed if is_added else 1.0 - mixed)
            if weight <= 0.0:
                continue
            offset = added[knot, place] if is_added else scale[k] * points[knot, place]
            needed = max(mean[k] + offset, 0.0) / capacity
            if not of_requests:
                needed = np.ceil(needed)
            whole = min(int(min(needed, 1e9)), levels)
            ends[whole] += weight
            if whole < levels:
                worth[k, whole + 1] += weight * (needed - whole)
                if needed > whole:
                    top = max(top, whole + 1)
            top = max(top, whole)
        tail = 0.0
        for n in range(top, 0, -1):
            tail += ends[n]
            ends[n] = 0.0
            worth[k, n] += tail
        highest = max(highest, top)
    return highest


@part
def slope_at(worth: np.ndarray, n: int, price: float, launch: float, lead: int, first: int) -> float:
    """Return what the n-th replica loses from step `first` on, before the clamp of that step; below 0 it earns."""
    later = 0.0
    value = 0.0
    for k in range(worth.shape[0], first - 1, -1):
        value = later + 1.0 - price * worth[k - 1, n]
        later = min(value, 0.0)
        if k >= lead:
            later = max(later, -launch)
    return value


@kernel
def worth_bands(
    worth: np.ndarray, top: int, prices: np.ndarray, launch: float, lead: int, out: np.ndarray, keep: np.ndarray
) -> None:
    """Fill out and keep (prices,) from E (steps, levels + 2), which is 0 above `top`; the prices rise.

    `lead` is the first step that an order of now serves, `launch` the price of a launch in steps of a replica.
    """
    bought, kept = 0, 0
    for i in range(len(prices)):
        while bought < top and slope_at(worth, bought + 1, prices[i], launch, lead, lead) < -launch:
            bought += 1
        while kept < top and slope_at(worth, kept + 1, prices[i], launch, lead, 1) <= 0.0:
            kept += 1
        out[i] = bought
        keep[i] = max(bought, kept)


@kernel
def bands_of_forecasts(
    mean: np.ndarray,
    scale: np.ndarray,
    pool_of: np.ndarray,
    points: np.ndarray,
    added: np.ndarray,
    mixed: np.ndarray,
    knot_of: np.ndarray,
    weights: np.ndarray,
    shares: np.ndarray,
    prices: np.ndarray,
    buying: Buying,
) -> tuple[np.ndarray, np.ndarray]:
    """Return (out, keep), int16 of shape (origins, prices), for the mean of the E of several forecasts.

    Every array up to `mixed` has a leading axis of forecasts, `shares` (forecasts,) are their weights. If a mean is
    unknown, `out` is 0 and `keep` is the highest level: nothing changes.
    """
    forecasts, origins, steps = mean.shape
    out = np.zeros((origins, len(prices)), np.int16)
    keep = np.full((origins, len(prices)), buying.levels, np.int16)
    worth = np.zeros((steps, buying.levels + 2))
    for t in range(origins):
        if np.isnan(mean[:, t]).any():
            continue
        top = 0
        for f in range(forecasts):
            pool = pool_of[f, t]
            own = mean[f, t], scale[f, t], points[f, pool], added[f, pool]
            top = max(top, add_expected(worth, shares[f], *own, mixed[f, pool], knot_of, weights, buying))
        worth_bands(worth, top, prices, buying.launch, buying.lead, out[t], keep[t])
        worth[:, : top + 1] = 0.0
    return out, keep
