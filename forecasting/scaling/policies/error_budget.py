"""The error budget of an objective: how much is charged of each bin, and where a policy with levels starts.

The price of an unmet request (or another knob) is not tuned once: it rises with what is overspent and falls with what
is saved, so that the objective is kept on days nobody has seen. `kernels.budget` has the identity behind it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.forecasters.nan_filters import decayed_means
from forecasting.hindcasts.evidence import evidence_of
from forecasting.scaling.config.limits import STEP_SECONDS
from forecasting.scaling.kernels.inputs import Budget, Known, Levels, Policy
from forecasting.scaling.kernels.shadow_runs import shadow_runs
from forecasting.scaling.policies.scenario import Scenario
from forecasting.timeseries.timeframes import DAY

AIM = 0.9
"""The share that is aimed at, of the share that the objective allows."""

GAIN = 2.0
"""Levels for each day budget of debt: 1.48 times the price, in steps of 1.217."""

SHADOW_DAYS = 28
"""Days before the first one that the level at no debt is chosen on."""

FEWEST_DAYS = 1.0
"""Known days below which nothing is chosen from shadow runs."""

LEAST_MARGIN, MARGIN = 0.3, 0.5
"""The level must have kept the objective times max(LEAST_MARGIN, 1 - MARGIN / sqrt(days)): few days are luck."""

MEAN_DAYS, RECENT_DAYS = 7.0, 1.0
"""Half-lives of the mean traffic that a day budget is a share of; the smaller mean counts.

After a fall of the traffic the debt from before weighs more, and must be paid back out of less.
"""


@dataclass(frozen=True)
class Shadow:
    """What fixed levels would have done on the days before: `cost` and `share` missed of each, and how many days."""

    cost: np.ndarray
    share: np.ndarray
    days: float

    def start(self, objective: float, highest: int) -> int:
        """Return the cheapest level up to `highest` that kept the objective with its margin; `highest` if none did."""
        margin = max(LEAST_MARGIN, 1.0 - MARGIN / np.sqrt(self.days))
        good = np.flatnonzero(self.share[: highest + 1] <= objective * margin)
        return int(good[np.argmin(self.cost[good])]) if len(good) else highest

    def cost_at(self, objective: float) -> float:
        """Return what keeping an objective costs between the levels; infinite if none does."""
        order = np.lexsort((self.cost, self.share))
        share, cost = self.share[order], np.minimum.accumulate(self.cost[order])
        if share[0] > objective:
            return float("inf")
        return float(np.interp(np.log(objective), np.log(np.maximum(share, 1e-9)), cost))


@dataclass(frozen=True, eq=False)
class Ladder:
    """A policy with levels, ready for the simulator: `values` are its knob at each level, `highest` the last usable."""

    values: np.ndarray
    kernel: Policy
    known: Known
    highest: int

    def level_of(self, value: float) -> int:
        """Return the level whose value is nearest, on a logarithmic scale."""
        return int(np.abs(np.log(np.maximum(self.values, 1e-12)) - np.log(max(value, 1e-12))).argmin())

    def shadow(self, scenario: Scenario) -> Shadow | None:
        """Return the shadow runs of every level on the ladder's scenario; None if too little of it is known."""
        return shadow_of(scenario, self.kernel, self.known)


def shadow_of(scenario: Scenario, kernel: Policy, known: Known) -> Shadow | None:
    """Return the shadow runs of a policy with levels on a scenario; None if too little of it is known."""
    trace, service = scenario.trace, scenario.trace.service
    days = float(np.isfinite(trace.demand).sum()) * trace.bin_seconds / DAY
    if days < FEWEST_DAYS:
        return None
    number = max(known.levels.out.shape[1], len(known.levels.targets))
    price = service.price_per_step(STEP_SECONDS)
    launch = service.launch_cost / price if price > 0 else 0.0
    sums = shadow_runs(known, trace.world, kernel, number, service.bill_booting, launch)
    return Shadow(sums[:, 0], sums[:, 1] / np.maximum(sums[:, 2], 1e-9), days)


def budget_of(scenario: Scenario, level: int, highest: int, *, adaptive: bool) -> Budget:
    """Return the budget of a scenario's objective, that starts at a level with the scenario's debt."""
    trace, slo = scenario.trace, scenario.slo
    of_a_count = trace.service.capacity_per_step if slo.limits_requests else trace.service.usable_per_step
    gain = GAIN if adaptive else 0.0
    capacity = of_a_count(trace.count_seconds)
    return Budget(level, highest, gain, AIM * slo.share, scenario.debt, capacity, slo.limits_requests)


def levels_of(
    scenario: Scenario,
    out: np.ndarray,
    keep: np.ndarray,
    *,
    targets: np.ndarray | None = None,
    bound: np.ndarray | None = None,
    guard: np.ndarray | None = None,
) -> Levels:
    """Return the levels of a scenario's steps with what may be charged; without `bound` and `guard` there are none."""
    trace = scenario.trace
    steps = len(trace)
    most, day_budget = charging(scenario)
    return Levels(
        np.ascontiguousarray(out),
        np.ascontiguousarray(keep),
        np.zeros(0, np.int64) if targets is None else targets,
        np.full(steps, 2**31 - 1, np.int32) if bound is None else bound,
        np.zeros(steps, np.int8) if guard is None else guard,
        most,
        day_budget,
    )


def charging(scenario: Scenario) -> tuple[np.ndarray, np.ndarray]:
    """Return (most_charged, day_budget), each (steps,): the ceiling of a bin and what the objective allows in a day."""
    trace, slo = scenario.trace, scenario.slo
    series, factor = trace.series, trace.service.demand_multiplier
    mine = slice(trace.first, trace.end)
    most = factor * evidence_of(series).ceiling[mine]
    most = np.where(np.isnan(trace.demand), np.nan, most)
    if slo.limits_requests:
        half_lives = MEAN_DAYS * series.bins_per_day, RECENT_DAYS * series.bins_per_day
        mean = decayed_means(series.requests_count[: trace.end], half_lives).min(axis=0)[mine]
        a_day = factor * np.nan_to_num(mean) * series.bins_per_day
    else:
        a_day = np.full(len(trace), float(series.bins_per_day))
    return np.ascontiguousarray(most), np.ascontiguousarray(AIM * slo.share * a_day)
