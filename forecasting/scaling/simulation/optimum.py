"""The optimum: the cost with all demand known beforehand, to which every other result is compared.

It may change replicas at every step. It has no cooldown and no rate limit, for those belong to a policy, and pays no
minimum time of billing: it is a lower bound if that is longer than a step.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.scaling.config.limits import STEP_SECONDS
from forecasting.scaling.config.objective import Objective
from forecasting.scaling.kernels.inputs import Run
from forecasting.scaling.kernels.marginal import cheapest
from forecasting.scaling.policies.trace import Trace
from forecasting.scaling.simulation.outcome import Outcome, RunOutcome, outcome_of_plan

PRICE_TOLERANCE = 0.01
"""Relative tolerance of the price at which the optimum meets an objective."""

HIGHEST_PRICE = 1e6
"""The end of the search, in multiples of the price of serving a request at full capacity."""


@dataclass(frozen=True, eq=False)
class Optimum:
    """The cheapest plan at a price of an unmet request; `meets` is whether it keeps the objective."""

    outcome: RunOutcome
    lost_request_price: float
    objective: float
    meets: bool = True


def optimum_at(trace: Trace, lost_request_price: float) -> Optimum:
    """Return the plan with the smallest cost + price x unmet requests over the trace, from its current replicas.

    Start-up time is an order placed earlier, so it adds its own billing to the price of a launch.
    """
    service, world = trace.service, trace.world
    price = service.price_per_step(STEP_SECONDS)
    boot = world.boot_steps * price if service.bill_booting else 0.0
    ready = cheapest(trace.arriving, world, price, service.launch_cost + boot, lost_request_price)
    outcome = _outcome(trace, ready)
    totals = outcome.totals
    return Optimum(outcome, lost_request_price, totals.cost + lost_request_price * totals.unmet_requests)


def optimum_meeting(trace: Trace, slo: Objective) -> Optimum:
    """Return the optimum at the smallest price of an unmet request at which it meets the objective.

    `meets` is False if no price does: the first steps cannot be helped, or the target utilisation leaves capacity that
    no unmet request needs.
    """
    unit = max(trace.price, 1e-9) / trace.capacity
    low, high = unit, unit * HIGHEST_PRICE
    best = optimum_at(trace, high)
    if not meets(best.outcome, slo):
        return Optimum(best.outcome, best.lost_request_price, best.objective, meets=False)
    while high > low * (1.0 + PRICE_TOLERANCE):
        middle = float(np.sqrt(low * high))
        tried = optimum_at(trace, middle)
        if meets(tried.outcome, slo):
            high, best = middle, tried
        else:
            low = middle
    return best


def meets(outcome: Outcome, slo: Objective) -> bool:
    """Return whether an outcome keeps the objective."""
    return slo.is_met_by(outcome.totals)


def violation(outcome: Outcome, slo: Objective) -> float:
    """Return the share that the objective limits."""
    totals = outcome.totals
    return slo.of_totals(totals)


def _outcome(trace: Trace, ready: np.ndarray) -> RunOutcome:
    world = trace.world
    added = np.maximum(np.diff(ready), 0)
    serving_from = np.flatnonzero(added) + 1
    ordered_from = serving_from - world.boot_steps
    booting = np.zeros(len(ready) + 1, np.int32)
    np.add.at(booting, ordered_from, added[serving_from - 1])
    np.add.at(booting, serving_from, -added[serving_from - 1])
    booting = np.cumsum(booting[:-1], dtype=np.int32)
    launches = np.zeros(len(ready), np.int32)
    np.add.at(launches, ordered_from - 1, added[serving_from - 1])
    first = _stretches(world.count_steps, ready, booting)
    ready, booting = ready[first], booting[first]
    after = np.append(ready[1:], ready[-1:])
    run = Run(ready, booting, ready, after, np.zeros(len(first), np.int8), first, np.zeros(0))
    return outcome_of_plan(trace, run, launches, after - ready)


def _stretches(count_steps: int, *values: np.ndarray) -> np.ndarray:
    """Return the steps at which a count begins or one of the values (steps,) changes."""
    begins = np.arange(len(values[0])) % count_steps == 0
    for value in values:
        begins[1:] |= value[1:] != value[:-1]
    return np.flatnonzero(begins)
