"""Cost at equal service level: a policy's cost against what the reference would have paid for the same service.

Two policies never miss exactly the same share, so two costs alone say little. The reference (the best reactive rule,
its parameters tuned on earlier days) is swept over its knob on the days judged, and the cost at which it misses just
what the other policy missed is read off that frontier. Only the point of equal service is looked up there; nothing is
chosen by it. The interval comes from drawing whole days with replacement, policy and frontier from the same draw.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.scaling.outcomes import DAILY, Outcome
from forecasting.scaling.slo import MAX_UNMET_SHARE, Slo
from forecasting.scaling.sweeps import Sweep

DRAWS = 2_000
LEAST_DAYS = 4
"""Days below which a bootstrap of days says nothing: no interval is given."""

COST, REQUESTS, UNMET, KNOWN, UNDER = (
    DAILY.index(name) for name in ("cost", "requests", "unmet", "known_steps", "under_steps")
)


@dataclass(frozen=True)
class Saving:
    """A share of the reference's cost at equal service, with its 95 % interval (None where there are too few days).

    All None where the reference offers no such service level.
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

    def __init__(self, sweep: Sweep, slo: Slo, *, seed: int = 0):
        self._slo = slo
        self._daily = np.stack([outcome.daily for outcome in sweep.outcomes])
        days = self._daily.shape[1]
        rng = np.random.default_rng(seed)
        drawn = (
            rng.multinomial(days, np.full(days, 1.0 / days), size=DRAWS) if days >= LEAST_DAYS else np.empty((0, days))
        )
        self._weights = np.vstack([np.ones(days), drawn])

    def saving(self, outcome: Outcome) -> Saving:
        """What a policy saved against the reference at the service that it gave."""
        cost, missed = self._measured(outcome.daily[None])
        costs, shares = self._measured(self._daily)
        equal = np.array([_at(missed[0, k], shares[:, k], costs[:, k]) for k in range(len(self._weights))])
        saved = 1.0 - cost[0] / equal
        if not np.isfinite(saved[0]):
            return Saving()
        drawn = saved[1:][np.isfinite(saved[1:])]
        if len(drawn) < DRAWS // 2:
            return Saving(float(saved[0]))
        low, high = np.quantile(drawn, (0.025, 0.975))
        return Saving(float(saved[0]), float(low), float(high))

    def _measured(self, daily: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(cost, share missed), each (settings, draws), of daily figures (settings, days, DAILY)."""
        sums = np.einsum("wd,kdc->ckw", self._weights, daily)
        part, whole = (UNMET, REQUESTS) if self._slo.kind == MAX_UNMET_SHARE else (UNDER, KNOWN)
        return sums[COST], sums[part] / np.maximum(sums[whole], 1e-12)


def _at(share: float, shares: np.ndarray, costs: np.ndarray) -> float:
    """The cost of a share missed on the lower left edge of settings; NaN where they do not reach to both its sides."""
    order = np.lexsort((costs, shares))
    shares, cheapest = shares[order], np.minimum.accumulate(costs[order])
    kept = np.r_[True, np.diff(cheapest) < 0]
    shares, cheapest = shares[kept], cheapest[kept]
    if not shares[0] <= share <= shares[-1]:
        return np.nan
    return float(np.interp(share, shares, cheapest))
