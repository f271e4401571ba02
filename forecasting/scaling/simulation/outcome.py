"""Outcomes: the cost of a run and its unmet requests, in total and by day."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from forecasting.scaling.config.limits import STEP_SECONDS
from forecasting.scaling.config.scaled_service import ScaledService
from forecasting.scaling.kernels.inputs import SUMS, BinRun, Run
from forecasting.scaling.kernels.run_sums import by_bin, daily_sums, topped_up_steps
from forecasting.scaling.policies.trace import Trace
from forecasting.timeseries.timeframes import HOUR, MINUTE

DAILY = ("cost", "requests", "unmet", "known_steps", "under_steps")
"""Columns of `Outcome.daily`."""


@dataclass(frozen=True)
class Totals:
    """A run in numbers. Money in the price's currency, shares from 0 to 1, theta and tau in percent.

    - `cost`: the provider's money; `replica_hours` are billed ones (starting ones and topped-up minimum included),
      `mean_replicas` counts ready ones.
    - unmet: demand over the capacity of ready replicas. A minute is under-provisioned if fewer are ready than needed at
      the target utilisation. Both are summed over the steps with a known demand.
    - theta_u, theta_o, tau_u, tau_o: SPEC RG elasticity (Herbst, Kounev, Reussner 2013): how much and how often there
      were too few or too many replicas, relative to the needed ones.
    - `objective` = cost + price of an unmet request x unmet requests; `regret` is its excess over the optimum's, as a
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

    def with_objective(self, lost_request_price: float, optimum: float) -> Totals:
        """Return the totals with the objective at this price, and the regret against the optimum's objective."""
        objective = self.cost + lost_request_price * self.unmet_requests
        return replace(self, objective=objective, regret=objective / optimum - 1.0 if optimum > 0 else None)


@dataclass(frozen=True)
class Spending:
    """What a run's cost was paid for, in the price's currency: the parts add up to `Totals.cost`.

    - `serving`: the time of ready replicas that the served requests filled, at full capacity; `idle`: the rest of it,
      which is headroom, surplus, and all of it if demand is unknown.
    - `booting`: replicas that were not ready yet (0 if that is not billed); `minimum`: what is billed beyond lives
      that ended before their least time; `launches`: the price of each launch.
    """

    serving: float
    idle: float
    booting: float
    minimum: float
    launches: float


@dataclass(frozen=True, eq=False)
class Outcome:
    """Totals, the same by wall day (`daily`, (days, len(DAILY))), and what was paid for.

    `idle_hours` are replica-hours ready beyond what was needed, `short_hours` those needed and not ready.
    """

    totals: Totals
    daily: np.ndarray
    spending: Spending
    idle_hours: float
    short_hours: float


@dataclass(frozen=True, eq=False)
class RunOutcome(Outcome):
    """An outcome with the run that it scores, by bin."""

    run: BinRun


def outcome_of(trace: Trace, run: Run) -> RunOutcome:
    """Score a run of the simulator, and return it by bin."""
    changes = run.desired - run.ready - run.booting
    return _with_run(scored(trace, run), by_bin(trace.arriving, trace.needed_counts, run, changes, trace.world))


def scored(trace: Trace, run: Run) -> Outcome:
    """Score a run of the simulator."""
    return _outcome(trace, _sums(trace, run), _topped_up(trace, run))


def outcome_of_plan(trace: Trace, run: Run, launches: np.ndarray, changes: np.ndarray) -> RunOutcome:
    """Score a plan without a policy: `launches` (steps,) replicas are ordered at the end of each step, `changes`
    (stretches,) of the ready ones follow each stretch.

    No minimum time of billing is added.
    """
    sums = _sums(trace, run)
    sums["launches"] = np.add.reduceat(launches, trace.day_starts).astype(np.float64)
    sums["events"] = np.zeros(len(trace.day_starts))
    sums["events"][0] = np.count_nonzero(changes)
    return _with_run(_outcome(trace, sums, 0.0), by_bin(trace.arriving, trace.needed_counts, run, changes, trace.world))


def _with_run(outcome: Outcome, run: BinRun) -> RunOutcome:
    return RunOutcome(**vars(outcome), run=run)


def _sums(trace: Trace, run: Run) -> dict[str, np.ndarray]:
    columns = daily_sums(trace.arriving, trace.needed_counts, run, trace.world, trace.day_starts).T
    return dict(zip(SUMS, columns, strict=True))


def _outcome(trace: Trace, by_day: dict[str, np.ndarray], extra_steps: float) -> Outcome:
    """`extra_steps` is what is billed beyond lives (replicas x steps), shared out to days by their launches."""
    service, launches = trace.service, by_day["launches"]
    booting = by_day["booting"] if service.bill_booting else 0.0
    billed = by_day["ready"] + booting + extra_steps * launches / max(launches.sum(), 1.0)
    daily = {**by_day, "cost": service.price_per_step(STEP_SECONDS) * billed + service.launch_cost * launches}
    sums = {name: float(values.sum()) for name, values in daily.items()}
    count = max(sums["known_steps"], 1.0)
    totals = Totals(
        cost=sums["cost"],
        replica_hours=float(billed.sum() * STEP_SECONDS / HOUR),
        mean_replicas=sums["ready"] / trace.steps,
        requests=sums["requests"],
        unmet_requests=sums["unmet"],
        unmet_share=sums["unmet"] / sums["requests"] if sums["requests"] else 0.0,
        minutes_under=sums["under_steps"] * STEP_SECONDS / MINUTE,
        minutes_under_share=sums["under_steps"] / count,
        theta_u=100.0 * sums["theta_u"] / count,
        theta_o=100.0 * sums["theta_o"] / count,
        tau_u=100.0 * sums["under_steps"] / count,
        tau_o=100.0 * sums["over_steps"] / count,
        launches=round(sums["launches"]),
        scale_events=round(sums["events"]),
    )
    return Outcome(
        totals,
        np.column_stack([daily[name] for name in DAILY]),
        _spending(service, sums, extra_steps if sums["launches"] else 0.0),
        idle_hours=sums["idle"] * STEP_SECONDS / HOUR,
        short_hours=sums["short"] * STEP_SECONDS / HOUR,
    )


def _spending(service: ScaledService, sums: dict[str, float], extra_steps: float) -> Spending:
    price = service.price_per_step(STEP_SECONDS)
    serving = price * (sums["requests"] - sums["unmet"]) / service.capacity_per_step(STEP_SECONDS)
    return Spending(
        serving=serving,
        idle=price * sums["ready"] - serving,
        booting=price * sums["booting"] if service.bill_booting else 0.0,
        minimum=price * extra_steps,
        launches=service.launch_cost * sums["launches"],
    )


def _topped_up(trace: Trace, run: Run) -> float:
    service, minimum = trace.service, trace.service.minimum_billed_seconds / STEP_SECONDS
    if minimum <= 1.0:  # every life is a step long
        return 0.0
    return topped_up_steps(run, trace.world.boot_steps, minimum, service.bill_booting, trace.steps)
