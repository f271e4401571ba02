"""The sums of a run."""

from __future__ import annotations

import numpy as np

from forecasting.scaling.kernels.inputs import SUMS, Run
from forecasting.scaling.kernels.jit import kernel


@kernel
def daily_sums(demand: np.ndarray, needed: np.ndarray, run: Run, capacity: float, day_starts: np.ndarray) -> np.ndarray:
    """Return float64 (days, len(SUMS)): the sums of a run on each day; its columns are named by SUMS.

    Demand that is NaN is neither served nor scored; `needed` are the replicas that each step needed. Days begin at the
    steps `day_starts`.
    """
    sums = np.zeros((len(day_starts), len(SUMS)))
    for day in range(len(day_starts)):
        end = day_starts[day + 1] if day + 1 < len(day_starts) else len(demand)
        known, ready, booting, launches, events, under, over = 0, 0, 0, 0, 0, 0, 0
        requests, unmet, theta_u, theta_o = 0.0, 0.0, 0.0, 0.0
        for t in range(day_starts[day], end):
            ready += run.ready[t]
            booting += run.booting[t]
            change = run.desired[t] - run.ready[t] - run.booting[t]
            if t + 1 < len(demand):  # what is decided at the end of the trace never happens
                launches += max(change, 0)
                events += change != 0
            if np.isnan(demand[t]):
                continue
            known += 1
            requests += demand[t]
            unmet += max(0.0, demand[t] - capacity * run.ready[t])
            gap = (
                needed[t] - run.ready[t]
            )  # no branches: its sign is a coin toss, and a wrong branch prediction is expensive
            under += gap > 0
            over += gap < 0
            theta_u += max(gap, 0.0) / needed[t]
            theta_o += max(-gap, 0.0) / needed[t]
        sums[day, :7] = np.array((known, ready, booting, launches, events, under, over))
        sums[day, 7:] = np.array((requests, unmet, theta_u, theta_o))
    return sums


@kernel
def topped_up_steps(run: Run, boot_steps: int, minimum_steps: float, bill_booting: bool) -> float:
    """Return steps billed beyond the life of replicas that were removed before their minimum (float: maybe a fraction).

    Orders are a stack, for the newest are removed first. A life begins with the order, or with readiness if start-up is
    not billed; a replica removed before its life began costs nothing, and the first replicas are old enough.
    """
    born, alive = np.empty(len(run.desired), np.int64), np.empty(len(run.desired), np.int64)
    top = 0
    extra = 0.0
    for t in range(len(run.desired) - 1):
        change = run.desired[t] - run.ready[t] - run.booting[t]
        if change > 0:
            born[top], alive[top] = t + 1 + (0 if bill_booting else boot_steps), change
            top += 1
        surplus = -change
        while surplus > 0 and top > 0:
            removed = min(surplus, alive[top - 1])
            lived = t + 1 - born[top - 1]
            if lived > 0:
                extra += removed * max(0.0, minimum_steps - lived)
            surplus -= removed
            alive[top - 1] -= removed
            top -= alive[top - 1] == 0
    return extra
