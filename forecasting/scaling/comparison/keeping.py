"""The keep test: whether a policy can be relied on to keep an objective, not only where it happened to.

A setting that is frozen must keep it on the tuning days, with a margin that shrinks as there are more of them, and on
the evaluation days. A policy with an error budget gives back what it left unspent and makes up for what it overspent,
so only the evaluation days count for it, and it may end a tenth above the objective.

The tuning days are cut at a ceiling (`simulation/demand_height.py`): one odd bin does not decide.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.scaling.comparison.frontier import KNOWN, REQUESTS, UNDER, UNMET
from forecasting.scaling.config.objective import Objective
from forecasting.scaling.simulation.optimum import violation
from forecasting.scaling.simulation.outcome import Outcome
from forecasting.scaling.simulation.sweep import Sweep

FEW_DAYS_MARGIN, LEAST_MARGIN = 0.5, 0.3
STANDARD_ERRORS = 0.5
BUDGET_ROOM = 1.1
"""How many times the objective a policy with an error budget may miss: what it overspends it pays back later."""


@dataclass(frozen=True)
class Keeping:
    """How a row of the comparison stands to the objective.

    `share_before` is its share on the tuning days (None for yardsticks), `before` the same with half a standard error,
    and `allowed_before` the most that the latter may be; `share` is that on the evaluation days. `has_budget`: it
    steers by an error budget, so the tuning days do not count.
    """

    share_before: float | None
    before: float | None
    allowed_before: float
    share: float
    objective: float
    has_budget: bool = False

    @property
    def allowed(self) -> float:
        """The most that it may miss on the evaluation days."""
        return self.objective * (BUDGET_ROOM if self.has_budget else 1.0)

    @property
    def before_too(self) -> bool:
        """Whether it kept the objective on the tuning days, or need not have."""
        return self.has_budget or (self.before is not None and self.before <= self.allowed_before)

    @property
    def before_at_all(self) -> bool:
        """Whether it kept the objective on the tuning days, if only without a margin, or need not have."""
        return self.has_budget or (self.share_before is not None and self.share_before <= self.objective)

    @property
    def here(self) -> bool:
        """Whether it keeps the objective on the evaluation days."""
        return self.share <= self.allowed

    @property
    def holds(self) -> bool:
        """Whether it passes the keep test."""
        return self.here and self.before_too

    @property
    def words(self) -> str:
        """Whether it keeps the objective, as a table says it."""
        if not self.here:
            return "missed"
        if self.before_too:
            return "met" if self.share <= self.objective else "within a tenth"
        return "met, by no margin" if self.before_at_all else "met here only"

    @property
    def miss(self) -> float:
        """How many times more than is allowed it misses, on the worse of both spans; at most 1 if it passes."""
        here = self.share / self.allowed
        return here if self.has_budget or self.before is None else max(here, self.before / self.allowed_before)


def keeping_of(
    before: Outcome | None, after: Outcome, objective: Objective, days: float, *, has_budget: bool = False
) -> Keeping:
    """Return the keep test of a policy from its outcomes on the tuning days (`days` long) and the evaluation days."""
    return Keeping(
        None if before is None else violation(before, objective),
        None if before is None else cautious_share(before, objective),
        allowed_on(days, objective),
        violation(after, objective),
        objective.share,
        has_budget,
    )


def allowed_on(days: float, objective: Objective) -> float:
    """Return the share that a setting may miss on that many tuning days."""
    return objective.share * max(LEAST_MARGIN, 1.0 - FEW_DAYS_MARGIN / max(days, 1e-9) ** 0.5)


def cautious_share(outcome: Outcome, objective: Objective) -> float:
    """Return the share that an outcome misses, and half a standard error of it over its days."""
    part, whole = objective.either((UNMET, REQUESTS), (UNDER, KNOWN))
    missed, of_all = outcome.daily[:, part], outcome.daily[:, whole]
    total, days = float(of_all.sum()), len(missed)
    if total <= 0:
        return 0.0
    share = float(missed.sum()) / total
    spread = float(((missed - share * of_all) ** 2).sum())
    error = (spread * days / (days - 1)) ** 0.5 / total if days > 1 else 0.0
    return share + STANDARD_ERRORS * error


def best_kept(swept: Sweep, objective: Objective, days: float) -> int:
    """Return the position of the cheapest setting that passes the keep test on the tuning days.

    If none does, of the one that misses it least.
    """
    shares = np.array([cautious_share(outcome, objective) for outcome in swept.outcomes])
    good = shares <= allowed_on(days, objective)
    return int(np.argmin(np.where(good, swept.column("cost"), np.inf) if good.any() else shares))
