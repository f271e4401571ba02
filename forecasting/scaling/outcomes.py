"""Outcomes: what a run cost and what it missed, in all and day by day."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from forecasting.scaling.kernels.inputs import Run
from forecasting.scaling.kernels.scoring import topped_up_steps
from forecasting.scaling.traces import Trace
from forecasting.timeframes import HOUR, MINUTE

DAILY = ("cost", "requests", "unmet", "known_steps", "under_steps")
"""Columns of `Outcome.daily`."""


@dataclass(frozen=True)
class Totals:
    """A run in numbers. Money in the price's currency, shares from 0 to 1, theta and tau in percent.

    - `cost`: the provider's money; `replica_hours` are billed ones (booting and topped-up minimum among them),
      `mean_replicas` counts ready ones.
    - unmet: demand over the capacity of ready replicas. A minute is under where fewer are ready than needed at the
      target utilisation. Both count steps with a known demand only.
    - theta_u, theta_o, tau_u, tau_o: SPEC RG elasticity (Herbst, Kounev, Reussner 2013): how much and how often there
      were too few or too many replicas, relative to the needed ones.
    - `objective` = cost + price of a lost request x unmet requests; `regret` is its excess over the optimum's, as a
      share of it. None until an optimum is known.
    """

    cost: float
    replica_hours: float
    mean_replicas: float
    requests: float
    unmet_requests: float
    unmet_share: float
    minutes_under: float
    minutes_under_share: float
    theta_u: float
    theta_o: float
    tau_u: float
    tau_o: float
    launches: int
    scale_events: int
    objective: float | None = None
    regret: float | None = None

    def judged(self, lost_request_price: float, optimum: float) -> Totals:
        """With the objective at this price, and the regret against the optimum's objective."""
        objective = self.cost + lost_request_price * self.unmet_requests
        return replace(self, objective=objective, regret=objective / optimum - 1.0 if optimum > 0 else None)


@dataclass(frozen=True, eq=False)
class Outcome:
    """Totals, the same by wall day (`daily`, (days, len(DAILY))), and the run step by step."""

    totals: Totals
    daily: np.ndarray
    run: Run


def outcome_of(trace: Trace, run: Run) -> Outcome:
    """Score a run of the simulator."""
    changes = run.desired.astype(np.int64) - run.ready - run.booting
    changes[-1] = 0  # what is decided at the end of the trace never happens
    extra = _topped_up(trace, run)
    return scored(trace, run, np.maximum(changes, 0), int(np.count_nonzero(changes)), extra)


def scored(trace: Trace, run: Run, launches: np.ndarray, events: int, extra_steps: float = 0.0) -> Outcome:
    """Score replicas against the trace's demand.

    `launches` (steps,) are replicas ordered at the end of each step, `extra_steps` what is billed beyond lives
    (replicas x steps).
    """
    service, known = trace.service, ~np.isnan(trace.demand)
    demand, needed = np.where(known, trace.demand, 0.0), np.where(known, trace.needed, 1.0)
    gap = np.where(known, needed - run.ready, 0.0)
    lost = np.maximum(demand - trace.capacity * run.ready, 0.0)
    billed = run.ready + run.booting.astype(np.float64) if service.bill_booting else run.ready.astype(np.float64)
    billed += extra_steps * launches / max(launches.sum(), 1)
    cost = trace.price * billed + service.launch_cost * launches
    steps = np.column_stack([cost, demand, lost, known, gap > 0]).astype(np.float64)
    daily = np.add.reduceat(steps, trace.day_starts, axis=0)
    paid, asked, unmet, count, under = daily.sum(axis=0)
    minutes = trace.step_seconds / MINUTE
    totals = Totals(
        cost=float(paid),
        replica_hours=float(billed.sum() * trace.step_seconds / HOUR),
        mean_replicas=float(run.ready.mean()),
        requests=float(asked),
        unmet_requests=float(unmet),
        unmet_share=float(unmet / asked) if asked else 0.0,
        minutes_under=float(under * minutes),
        minutes_under_share=float(under / count),
        theta_u=float(100.0 * (np.maximum(gap, 0.0) / needed).sum() / count),
        theta_o=float(100.0 * (np.maximum(-gap, 0.0) / needed).sum() / count),
        tau_u=float(100.0 * under / count),
        tau_o=float(100.0 * np.count_nonzero(gap < 0) / count),
        launches=int(launches.sum()),
        scale_events=events,
    )
    return Outcome(totals, daily, run)


def _topped_up(trace: Trace, run: Run) -> float:
    minimum = trace.service.minimum_billed_seconds / trace.step_seconds
    if minimum <= 1.0:  # every life is a step long
        return 0.0
    return topped_up_steps(run, trace.boot_steps, minimum, trace.service.bill_booting)
