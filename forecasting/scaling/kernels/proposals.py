"""Proposals that need no replica count, so that they can be made for a whole trace at once."""

from __future__ import annotations

import numpy as np

from forecasting.scaling.kernels.jit import kernel


@kernel
def last_known(demand: np.ndarray) -> np.ndarray:
    """Return each value, or the last known one before it; NaN before the first. float64 of the same shape."""
    seen = np.empty(len(demand))
    last = np.nan
    for t in range(len(demand)):
        if not np.isnan(demand[t]):
            last = demand[t]
        seen[t] = last
    return seen


@kernel
def smoothed(demand: np.ndarray, alpha: float) -> np.ndarray:
    """Return the level after each step: level += alpha * (demand - level); unknown demand leaves it as it is."""
    levels = np.empty(len(demand))
    level = np.nan
    for t in range(len(demand)):
        if np.isnan(level):
            level = demand[t]
        elif not np.isnan(demand[t]):
            level += alpha * (demand[t] - level)
        levels[t] = level
    return levels


@kernel
def recent_max(demand: np.ndarray, steps: int) -> np.ndarray:
    """Return the highest known demand of the last `steps` steps, the current one included; NaN if all are unknown."""
    highest = np.empty(len(demand))
    for t in range(len(demand)):
        highest[t] = np.nan
        for s in range(max(t + 1 - steps, 0), t + 1):
            if not demand[s] <= highest[t] and not np.isnan(demand[s]):
                highest[t] = demand[s]
    return highest
