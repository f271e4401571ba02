"""Cost at equal service level: a policy's cost against what the reference would have paid for the same service.

Two policies never miss exactly the same share, so two costs alone say little. The reference (the best reactive policy,
tuned on earlier days) is swept over its knob on the evaluation days, and the cost at which it misses just what the
other policy missed is read off that frontier: the lower left edge of its settings. So at every service level
the reference has the best knob that hindsight could have found, which favours it a little and overstates no saving. The
interval comes from drawing whole days with replacement, policy and frontier from the same draw.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.backtests.day_blocks import day_weights, interval_95
from forecasting.scaling.config.objective import Objective
from forecasting.scaling.simulation.outcome import DAILY, Outcome
from forecasting.scaling.simulation.sweep import Sweep

COST, REQUESTS, UNMET, KNOWN, UNDER = (
    DAILY.index(name) for name in ("cost", "requests", "unmet", "known_steps", "under_steps")
)


@dataclass(frozen=True)
class Saving:
    """A share of the reference's cost at equal service, with its 95 % interval (None if there are too few days).

    All None if the reference offers no such service level, or offers it at no cost.
    """

    saving: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def clear(self) -> bool:
        """Whether the interval excludes 0."""
        return self.interval is not None and self.interval[0] * self.interval[1] > 0

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval, or None."""
        return None if self.low is None or self.high is None else (self.low, self.high)

    @property
    def opposite(self) -> Saving:
        """The same with the other sign: what is saved as what it costs more."""
        if self.saving is None:
            return self
        low, high = self.interval or (None, None)
        return Saving(-self.saving, high and -high, low and -low)


class Frontier:
    """Cost against the share missed: one policy swept over its knob on the evaluation days, and draws of those days."""

    def __init__(self, sweep: Sweep, slo: Objective, *, seed: int = 0):
        self._slo = slo
        daily = np.stack([outcome.daily for outcome in sweep.outcomes])
        self._weights = day_weights(daily.shape[1], seed=seed)
        costs, shares = self._measured(daily)
        self._edges = [lower_left(shares[:, k], costs[:, k]) for k in range(len(self._weights))]

    def saving(self, outcome: Outcome) -> Saving:
        """Return what a policy saved against the reference at its own service level."""
        cost, missed = self._measured(outcome.daily[None])
        equal = np.array([_at(share, *edge) for share, edge in zip(missed[0], self._edges, strict=True)])
        saved = 1.0 - np.divide(cost[0], equal, out=np.full_like(equal, np.nan), where=equal > 0)
        if not np.isfinite(saved[0]):
            return Saving()
        return Saving(float(saved[0]), *(interval_95(saved[1:], len(outcome.daily)) or (None, None)))

    def _measured(self, daily: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(cost, share missed), each (settings, draws), of daily figures (settings, days, DAILY)."""
        part, whole = self._slo.either((UNMET, REQUESTS), (UNDER, KNOWN))
        cost, missed, all_of_it = (daily[:, :, column] @ self._weights.T for column in (COST, part, whole))
        return cost, missed / np.maximum(all_of_it, 1e-12)


def lower_left(shares: np.ndarray, costs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (shares, costs) of the settings that no other beats in both, shares rising."""
    order = np.lexsort((costs, shares))
    cheapest = np.minimum.accumulate(costs[order])
    lower = np.append(True, np.diff(cheapest) < 0)
    return shares[order][lower], cheapest[lower]


def _at(share: float, shares: np.ndarray, costs: np.ndarray) -> float:
    """Return the cost of a share missed on that edge; NaN if the edge does not reach it."""
    if not shares[0] <= share <= shares[-1]:
        return np.nan
    return float(np.interp(share, shares, costs))
