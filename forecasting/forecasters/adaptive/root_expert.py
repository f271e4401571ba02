"""The expert on the square-root scale: one ridge regression per step, with a long memory."""

from __future__ import annotations

import numpy as np

from forecasting.forecasters.adaptive.ridge import OnlineRidge
from forecasting.forecasters.adaptive.root_columns import START, RootColumns

HALF_LIFE_DAYS = 60.0
PENALTY = 0.001
LIFT_DAYS = 14.0
"""Half-life of the sums from which the lift follows."""


class RootExpert:
    """The regression in force. `lift` (h,) is the mean count over the squared forecast of the root."""

    def __init__(self, knots: np.ndarray):
        self._knots = knots
        self._ridge = OnlineRidge(START, len(knots), HALF_LIFE_DAYS, PENALTY)
        self._sums = np.zeros((2, len(knots)))
        self.lift = np.ones(len(knots))

    @property
    def weights(self) -> tuple[np.ndarray, np.ndarray]:
        """The weights (h, p) and the lift (h,)."""
        return self._ridge.weights, self.lift

    def learn(self, all_columns: RootColumns, first: int, end: int, made: np.ndarray, made_from: int) -> None:
        """Add the targets of a block, given the means (h, n) forecast from the origins since bin `made_from`."""
        bank, step = all_columns.bank, np.arange(len(self._knots))[:, None]
        origins = np.arange(first, end) - self._knots[:, None]
        place = np.maximum(origins, 0)
        before = max(0, first - int(self._knots.max()))
        columns, unit = all_columns.rows(np.arange(before, end), self._knots)
        columns, unit = columns[step, np.maximum(origins - before, 0)], unit[np.maximum(origins - before, 0)]
        safe = np.where(unit > 0, unit, 1.0)
        actual = np.sqrt(bank.counts[first:end]) / safe
        forecast = np.sqrt(np.maximum(made[step, place - made_from] / self.lift[:, None], 0.0)) / safe
        weight = np.where((origins >= 0) & (unit > 0), 1.0, 0.0)
        days = (end - first) / bank.lengths.day
        self._ridge.learn(columns, actual, weight, actual - forecast, days)
        known = (weight > 0) & np.isfinite(actual)
        root = np.maximum((columns @ self._ridge.weights[..., None])[..., 0], 0.0)
        new = np.stack([np.where(known, actual**2, 0.0).sum(axis=1), np.where(known, root**2, 0.0).sum(axis=1)])
        self._sums = 0.5 ** (days / LIFT_DAYS) * self._sums + new
        with np.errstate(divide="ignore", invalid="ignore"):
            self.lift = np.where(self._sums[1] > 0, np.clip(self._sums[0] / self._sums[1], 0.5, 2.0), 1.0)


def root_means(
    columns: RootColumns, weights: tuple[np.ndarray, np.ndarray], origins: np.ndarray, steps: np.ndarray
) -> np.ndarray:
    """Return the means (h, n) from origins (n,) at steps (h,), by weights (h, p) and lift (h,)."""
    values, unit = columns.rows(origins, steps)
    regression, lift = weights
    root = np.maximum((values @ regression[..., None])[..., 0], 0.0) * unit
    return root**2 * lift[:, None]
