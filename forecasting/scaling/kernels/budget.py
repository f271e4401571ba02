"""The error budget in the loop: what is charged to it, and the level at which a policy acts.

Debt is kept in requests: after each known bin it grows by what was unmet and falls by `aim` times the demand. So

    unmet share of a run = aim + (debt at its end - debt at its beginning) / demand of the run

whatever the traffic does and however the level moved. Two things are excepted: what is charged of one bin is at most
its ceiling, and the debt is clipped (below), so that an accident of last month does not rule for ever. The objective is
kept if the debt is pulled back, and the level rises with the debt until it stands at its highest.
"""

from __future__ import annotations

import numpy as np

from forecasting.scaling.kernels.inputs import Band, Budget, World
from forecasting.scaling.kernels.jit import part

MOST_SHIFT = 5.0
"""Day budgets of debt, or of savings, beyond which the level moves no further."""

MOST_DEBT = 10.0
"""Day budgets of debt, or of savings, that are remembered."""


@part
def bin_sums(
    n: int, first: np.ndarray, ready: np.ndarray, arriving: np.ndarray, world: World, budget: Budget
) -> tuple[float, float]:
    """Return (requests, missed) of the known counts of the bin whose last step is stretch n.

    `missed` are unmet requests, or the share of the bin with too few replicas, as the budget counts.
    """
    requests = missed = 0.0
    end = first[n] + 1
    for k in range(n, -1, -1):
        if first[k] < first[n] + 1 - world.bin_steps:
            break
        count, length = first[k] // world.count_steps, end - first[k]
        if not np.isnan(arriving[count]):
            share = length / world.count_steps
            unmet = max(arriving[count] - budget.capacity * ready[k], 0.0)
            requests += share * arriving[count]
            missed += share * unmet if budget.of_requests else length * (unmet > 0.0) / world.bin_steps
        end = first[k]
    return requests, missed


@part
def charged(debt: float, requests: float, missed: float, most: float, day_budget: float, budget: Budget) -> float:
    """Return the debt after a bin with these requests, of which so much was missed; `most` NaN: it is unknown."""
    if np.isnan(most):
        return debt
    if budget.of_requests:
        debt += min(missed, most) - budget.aim * requests
    else:
        debt += missed - budget.aim
    if day_budget > 0.0:
        debt = min(max(debt, -MOST_DEBT * day_budget), MOST_DEBT * day_budget)
    return debt


@part
def level_at(debt: float, day_budget: float, budget: Budget) -> int:
    """Return the level for a debt: `gain` levels higher for each day budget of it, lower for what was saved."""
    level = float(budget.level)
    if budget.gain > 0.0 and day_budget > 0.0:
        level += budget.gain * min(max(debt / day_budget, -MOST_SHIFT), MOST_SHIFT)
    return int(min(max(np.floor(level + 0.5), 0.0), float(budget.highest)))


@part
def band_at(
    bin: int,
    level: int,
    out: np.ndarray,
    keep: np.ndarray,
    targets: np.ndarray,
    bound: np.ndarray,
    guard: np.ndarray,
) -> Band:
    """Return what a policy does after a bin at a level, from the arrays of `Levels`."""
    if len(targets) > 0:
        return Band(0, 0, 0, 0, targets[level])
    # The arrays have types of their own; added to 0, their numbers have the one that every Band has.
    return Band(0 + out[bin, level], 0 + keep[bin, level], 0 + bound[bin], 0 + guard[bin], 0)
