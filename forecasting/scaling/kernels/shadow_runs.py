"""Shadow runs: a policy with levels replayed at each of them, fixed."""

from __future__ import annotations

import numpy as np

from forecasting.scaling.kernels.inputs import Budget, Known, Policy, Run, World
from forecasting.scaling.kernels.jit import kernel, part
from forecasting.scaling.kernels.loop import simulate


@kernel
def shadow_runs(
    known: Known, world: World, policy: Policy, number: int, bill_booting: bool, launch: float
) -> np.ndarray:
    """Return float64 (number, 3) for the levels 0..number-1: cost in steps of a replica, what was missed, and of what.

    Requests (or time, by `policy.budget`) are cut at what may be charged of a bin, and unknown ones do not count.
    `launch` is the price of a launch in steps of a replica.
    """
    budget, arriving, most_charged = policy.budget, known.arriving, known.levels.most_charged
    sums = np.zeros((number, 3))
    for level in range(number):
        fixed = Budget(level, number - 1, 0.0, budget.aim, 0.0, budget.capacity, budget.of_requests)
        hpa, tracking, thresholds, behavior = policy.hpa, policy.tracking, policy.thresholds, policy.behavior
        at_level = Policy(policy.kind, hpa, tracking, thresholds, behavior, fixed, policy.period)
        run = simulate(known, world, at_level)
        cost = replica_steps(run, len(arriving) * world.count_steps, bill_booting, launch)
        missed, total = missed_and_total(run, arriving, most_charged, world, fixed)
        sums[level] = np.array((cost, missed, total))
    return sums


@part
def replica_steps(run: Run, steps: int, bill_booting: bool, launch: float) -> float:
    """Return what a run costs in steps of a replica, launches included."""
    cost = 0.0
    for k in range(len(run.first)):
        length = (run.first[k + 1] if k + 1 < len(run.first) else steps) - run.first[k]
        change = run.desired[k] - run.ready[k] - run.booting[k]
        cost += length * (run.ready[k] + (run.booting[k] if bill_booting else 0)) + launch * max(change, 0)
    return cost


@part
def missed_and_total(
    run: Run, arriving: np.ndarray, most_charged: np.ndarray, world: World, budget: Budget
) -> tuple[float, float]:
    """Return what was missed of how much, each bin cut at what may be charged of it."""
    missed = total = 0.0
    k, stretches, steps = 0, len(run.first), len(arriving) * world.count_steps
    for bin in range(len(most_charged)):
        requests = unmet = under = 0.0
        while k < stretches and run.first[k] < (bin + 1) * world.bin_steps:
            length = (run.first[k + 1] if k + 1 < stretches else steps) - run.first[k]
            count = run.first[k] // world.count_steps
            if not np.isnan(arriving[count]):
                lack = max(arriving[count] - budget.capacity * run.ready[k], 0.0)
                requests += length / world.count_steps * arriving[count]
                unmet += length / world.count_steps * lack
                under += length * (lack > 0.0) / world.bin_steps
            k += 1
        if not np.isnan(most_charged[bin]):
            missed += min(unmet, most_charged[bin]) if budget.of_requests else under
            total += min(requests, most_charged[bin]) if budget.of_requests else 1.0
    return missed, total
