"""Cost at equal service level: a policy's cost against what the reference would have paid for the same service.

Two policies never miss exactly the same share, so two costs alone say little. The reference (the best reactive rule,
its parameters tuned on earlier days) is swept over its knob on the days judged, and the cost at which it misses just
what the other policy missed is read off that frontier: the lower left edge of its settings. So at every service level
the reference has the best knob that hindsight could have found, which favours it a little and overstates no saving. The
interval comes from drawing whole days with replacement, policy and frontier from the same draw.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.backtests.day_blocks import day_weights, interval_95
from forecasting.scaling.config.objective import MAX_UNMET_SHARE, Objective
from forecasting.scaling.simulation.outcome import DAILY, Outcome
from forecasting.scaling.simulation.sweep import Sweep

COST, REQUESTS, UNMET, KNOWN, UNDER = (
    DAILY.index(name) for name in ("cost", "requests", "unmet", "known_steps", "under_steps")
)


@dataclass(frozen=True)
class Saving:
    """A share of the reference's cost at equal service, with its 95 % interval (None where there are too few days).

    All None where the reference offers no such service level, or for nothing.
    """

    saving: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def clear(self) -> bool:
        """Whether the interval excludes 0."""
        return self.low is not None and self.low * self.high > 0


class Frontier:
    """Cost against the share missed, of one rule swept over its knob on the days judged, and of draws of its days."""

    def __init__(self, sweep: Sweep, slo: Objective, *, seed: int = 0):
        self._slo = slo
        daily = np.stack([outcome.daily for outcome in sweep.outcomes])
        self._weights = day_weights(daily.shape[1], seed=seed)
        costs, shares = self._measured(daily)
        self._edges = [lower_left(shares[:, k], costs[:, k]) for k in range(len(self._weights))]

    def saving(self, outcome: Outcome) -> Saving:
        """What a policy saved against the reference at the service that it gave."""
        cost, missed = self._measured(outcome.daily[None])
        equal = np.array([_at(share, *edge) for share, edge in zip(missed[0], self._edges, strict=True)])
        saved = 1.0 - np.divide(cost[0], equal, out=np.full_like(equal, np.nan), where=equal > 0)
        if not np.isfinite(saved[0]):
            return Saving()
        return Saving(float(saved[0]), *(interval_95(saved[1:], len(outcome.daily)) or (None, None)))

    def _measured(self, daily: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(cost, share missed), each (settings, draws), of daily figures (settings, days, DAILY)."""
        part, whole = (UNMET, REQUESTS) if self._slo.kind == MAX_UNMET_SHARE else (UNDER, KNOWN)
        cost, missed, all_of_it = (daily[:, :, column] @ self._weights.T for column in (COST, part, whole))
        return cost, missed / np.maximum(all_of_it, 1e-12)


def lower_left(shares: np.ndarray, costs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(shares, costs) of the settings that none beats in both, shares rising."""
    order = np.lexsort((costs, shares))
    cheapest = np.minimum.accumulate(costs[order])
    kept = np.append(True, np.diff(cheapest) < 0)
    return shares[order][kept], cheapest[kept]


def _at(share: float, shares: np.ndarray, costs: np.ndarray) -> float:
    """The cost of a share missed on that edge; NaN where it does not reach to both its sides."""
    if not shares[0] <= share <= shares[-1]:
        return np.nan
    return float(np.interp(share, shares, costs))
