"""Shadow runs: a policy with levels replayed at each of them, fixed."""

from __future__ import annotations

import numpy as np

from forecasting.scaling.kernels.inputs import Budget, Known, Policy, World
from forecasting.scaling.kernels.jit import kernel
from forecasting.scaling.kernels.loop import simulate


@kernel
def shadow_runs(
    known: Known, world: World, policy: Policy, number: int, bill_booting: bool, launch: float
) -> np.ndarray:
    """Return float64 (number, 3) for the levels 0..number-1: cost in steps of a replica, what was missed, and of what.

    Requests (or steps, by `policy.budget`) are cut at what may be charged of a step, and unknown ones do not count.
    `launch` is the price of a launch.
    """
    most_charged, demand, budget = known.levels.most_charged, known.demand, policy.budget
    sums = np.zeros((number, 3))
    for level in range(number):
        fixed = Budget(level, number - 1, 0.0, budget.aim, 0.0, budget.capacity, budget.of_requests)
        run = simulate(
            known, world, Policy(policy.kind, policy.hpa, policy.tracking, policy.thresholds, policy.behavior, fixed)
        )
        cost, missed, total = 0.0, 0.0, 0.0
        for t in range(len(demand)):
            change = run.desired[t] - run.ready[t] - run.booting[t]
            cost += run.ready[t] + (run.booting[t] if bill_booting else 0) + launch * max(change, 0)
            if np.isnan(most_charged[t]):
                continue
            unmet = max(demand[t] - budget.capacity * run.ready[t], 0.0)
            if budget.of_requests:
                missed += min(unmet, most_charged[t])
                total += min(demand[t], most_charged[t])
            else:
                missed += 1.0 if unmet > 0.0 else 0.0
                total += 1.0
        sums[level] = np.array((cost, missed, total))
    return sums
