"""Ridge regressions with forgetting, one for each step, solved again at every block's begin.

The normal equations are sums over all rows so far, each weighted by d per day of age. The weights stay near a start
that is sensible by itself: a service with an hour of history is forecast by the start, one with weeks by its past. As
the solution at a block's begin uses only rows whose target lies before it, a forecast does not depend on the range of
the backtest that it is part of.
"""

from __future__ import annotations

import numpy as np

HUBER = 3.0
HUBER_MEMORY = 0.3
FIXED_PENALTY = 0.6
"""The penalty on weights near the start, in rows of columns of size 1."""


class OnlineRidge:
    """One regression per step (h) on p columns; `weights` (h, p) are those in force."""

    def __init__(self, start: np.ndarray, steps: int, half_life_days: float, penalty: float) -> None:
        self._start, self._half_life, self._penalty = start, half_life_days, penalty
        self._products = np.zeros((steps, len(start), len(start)))
        self._right = np.zeros((steps, len(start)))
        self._usual_error = np.full(steps, np.nan)
        self.weights = np.repeat(start[None], steps, axis=0)

    def learn(
        self, columns: np.ndarray, actual: np.ndarray, weight: np.ndarray, error: np.ndarray, days: float
    ) -> None:
        """Add a block's rows and solve: columns (h, n, p), actual and weight and error (h, n), all over the scale.

        `error` is that of the forecasts made at the time; a row with weight 0 or an unknown actual does not count.
        """
        known = (weight > 0) & np.isfinite(actual) & np.isfinite(error)
        weight = np.where(known, weight * self._huber(np.where(known, np.abs(error), np.nan)), 0.0)
        decay = 0.5 ** (days / self._half_life)
        weighted = columns * weight[..., None]
        transposed = weighted.transpose(0, 2, 1)
        self._products = decay * self._products + transposed @ columns
        rest = np.where(known, actual, 0.0) - columns @ self._start
        self._right = decay * self._right + (transposed @ rest[..., None])[..., 0]
        size = len(self._start)
        penalty = self._penalty * np.trace(self._products, axis1=1, axis2=2) / size + FIXED_PENALTY
        system = self._products + penalty[:, None, None] * np.eye(size)
        self.weights = self._start + np.linalg.solve(system, self._right[..., None])[..., 0]

    def _huber(self, error: np.ndarray) -> np.ndarray:
        """Return the weight (h, n) of rows by the size of their error: 1 up to three usual errors, then falling."""
        some = np.isfinite(error).any(axis=1)
        median = np.full(len(error), np.nan)
        if some.any():
            median[some] = np.nanmedian(error[some], axis=1)
        smoothed = np.where(
            np.isnan(self._usual_error), median, (1 - HUBER_MEMORY) * self._usual_error + HUBER_MEMORY * median
        )
        self._usual_error = np.where(np.isnan(smoothed), self._usual_error, smoothed)
        limit = HUBER * np.fmax(median, self._usual_error)[:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where((error > limit) & (limit > 0), limit / error, 1.0)
