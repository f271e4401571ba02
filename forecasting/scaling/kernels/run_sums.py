"""The sums of a run, by day and by bin."""

from __future__ import annotations

import numpy as np

from forecasting.scaling.kernels.inputs import SUMS, BinRun, Run, World
from forecasting.scaling.kernels.jit import kernel


@kernel
def daily_sums(arriving: np.ndarray, needed: np.ndarray, run: Run, world: World, day_starts: np.ndarray) -> np.ndarray:
    """Return float64 (days, len(SUMS)): the sums of a run on each day; its columns are named by SUMS.

    `arriving` requests that are NaN are neither served nor scored; `needed` are the replicas that each count needed.
    Days begin at the steps `day_starts`, which begin counts.
    """
    sums = np.zeros((len(day_starts), len(SUMS)))
    steps, stretches = len(arriving) * world.count_steps, len(run.first)
    k = 0
    for day in range(len(day_starts)):
        day_end = day_starts[day + 1] if day + 1 < len(day_starts) else steps
        known, ready, booting, launches, events, under, over, short, idle = 0, 0, 0, 0, 0, 0, 0, 0.0, 0.0
        requests, unmet, theta_u, theta_o = 0.0, 0.0, 0.0, 0.0
        while k < stretches and run.first[k] < day_end:
            t = run.first[k]
            length = (run.first[k + 1] if k + 1 < stretches else steps) - t
            ready += length * run.ready[k]
            booting += length * run.booting[k]
            change = run.desired[k] - run.ready[k] - run.booting[k]
            if t + 1 < steps:  # what is decided at the end of the trace never happens
                launches += max(change, 0)
                events += change != 0
            count = t // world.count_steps
            if not np.isnan(arriving[count]):
                share = length / world.count_steps
                known += length
                requests += share * arriving[count]
                unmet += share * max(0.0, arriving[count] - world.capacity * run.ready[k])
                gap = needed[count] - run.ready[k]  # its sign is a coin toss: branches would be mispredicted
                under += length * (gap > 0)
                over += length * (gap < 0)
                short += length * max(gap, 0.0)
                idle += length * max(-gap, 0.0)
                theta_u += length * max(gap, 0.0) / needed[count]
                theta_o += length * max(-gap, 0.0) / needed[count]
            k += 1
        sums[day, :7] = np.array((known, ready, booting, launches, events, under, over))
        sums[day, 7:] = np.array((requests, unmet, theta_u, theta_o, short, idle))
    return sums


@kernel
def by_bin(arriving: np.ndarray, needed: np.ndarray, run: Run, changes: np.ndarray, world: World) -> BinRun:
    """Return a run by bin. `changes` (stretches,) is what was decided at the end of each, 0 if nothing."""
    steps, stretches = len(arriving) * world.count_steps, len(run.first)
    bins = steps // world.bin_steps
    ready, booting, unmet, under = np.zeros(bins), np.zeros(bins), np.zeros(bins), np.zeros(bins)
    proposed, desired, moves = np.empty(bins, np.int32), np.empty(bins, np.int32), np.zeros(bins, np.int32)
    binding, last_count = np.empty(bins, np.int8), np.empty(bins, np.int32)
    for k in range(stretches):
        t = run.first[k]
        length = (run.first[k + 1] if k + 1 < stretches else steps) - t
        count, bin = t // world.count_steps, t // world.bin_steps
        ready[bin] += length * run.ready[k]
        booting[bin] += length * run.booting[k]
        if not np.isnan(arriving[count]):
            unmet[bin] += length / world.count_steps * max(0.0, arriving[count] - world.capacity * run.ready[k])
            under[bin] += length * (needed[count] > run.ready[k])
        if changes[k] != 0 or moves[bin] == 0:
            proposed[bin], binding[bin], last_count[bin] = run.proposed[k], run.binding[k], count
        desired[bin] = run.desired[k]
        moves[bin] += changes[k] != 0
    whole = world.bin_steps
    shown = proposed, desired, binding, last_count, moves, unmet, under / whole, run.debt
    return BinRun(ready / whole, booting / whole, *shown)


@kernel
def topped_up_steps(run: Run, boot_steps: int, minimum_steps: float, bill_booting: bool, steps: int) -> float:
    """Return steps billed beyond the life of replicas that were removed before their minimum (float: maybe a fraction).

    Orders are a stack, for the newest are removed first. A life begins with the order, or with readiness if start-up is
    not billed; a replica removed before its life began costs nothing, and the first replicas are old enough.
    """
    born, alive = np.empty(len(run.desired), np.int64), np.empty(len(run.desired), np.int64)
    top = 0
    extra = 0.0
    for k in range(len(run.desired)):
        change, t = run.desired[k] - run.ready[k] - run.booting[k], run.first[k]
        if t + 1 == steps:  # what is decided at the end of the trace never happens
            break
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
