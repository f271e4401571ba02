"""The cheapest plan in hindsight, one replica level after the other.

Every cost is convex in the number of replicas, so the dynamic programme over V_t(n) needs only its slopes: the value
at step t of the n-th replica being there. Prefix and suffix minima of a convex function are a clamp of its slope to
[-launch, 0] (launching costs `launch`, removing nothing), and the best number of replicas is the one before clamped
to where the slope leaves that band. Over a stretch of equal demand the slopes move one way until they meet an end of
the clamp: one step of many times the price is the same, and the best number changes at the first step only. That is
O(stretches * replicas) time and O(steps + replicas) memory.
"""

from __future__ import annotations

import numpy as np

from forecasting.scaling.kernels.inputs import World
from forecasting.scaling.kernels.jit import kernel, part


@kernel
def cheapest(demand: np.ndarray, world: World, run_price: float, launch_price: float, lost_price: float) -> np.ndarray:
    """Return int32 of shape (steps,): the ready replicas at each step of the cheapest plan.

    `demand` by count (NaN: nothing can be unmet), prices of a replica for a step, of a launch with its start-up time,
    of an unmet request. Step 0 has the current replicas, and none can join before `world.boot_steps` + 1.
    """
    first = stretches(len(demand) * world.count_steps, world)
    lower, upper = bands(demand, first, world, run_price, launch_price, lost_price)
    plan = np.empty(first[-1], np.int32)
    replicas = world.current_replicas
    for k in range(len(first) - 1):
        if k > 0:
            replicas = min(max(replicas, lower[k]), upper[k])
        plan[first[k] : first[k + 1]] = replicas
    return plan


@part
def stretches(steps: int, world: World) -> np.ndarray:
    """Return the first steps of stretches of equal demand and equal possibilities, and the end of the last one."""
    first = np.empty(steps // world.count_steps + 3, np.int64)
    n = t = 0
    while t < steps:
        first[n] = t
        end = t + world.count_steps - t % world.count_steps
        if t == 0:
            end = 1  # the current replicas, whatever the plan
        elif t <= world.boot_steps:
            end = min(end, world.boot_steps + 1)
        n, t = n + 1, end
    first[n] = steps
    return first[: n + 1]


@part
def bands(
    demand: np.ndarray, first: np.ndarray, world: World, run_price: float, launch_price: float, lost_price: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return (lower, upper), int32 by stretch: the best number in it is that of the one before clamped between them."""
    lowest, levels = world.min_replicas, world.max_replicas - world.min_replicas
    lower, upper = np.full(len(first) - 1, lowest, np.int32), np.full(len(first) - 1, lowest, np.int32)
    slopes = np.zeros(levels)
    for k in range(len(first) - 2, 0, -1):
        t, length = first[k], first[k + 1] - first[k]
        launch = launch_price if t > world.boot_steps else np.inf
        count = t // world.count_steps
        requests = 0.0 if np.isnan(demand[count]) else demand[count]
        running, lost = run_price * length, lost_price * length / world.count_steps
        worth_launching, worth_keeping = 0, 0
        for level in range(levels):
            spare = requests - world.capacity * (lowest + level)
            saved = min(max(spare, 0.0), world.capacity)
            slope = slopes[level] + running - lost * saved
            worth_launching += slope < -launch
            worth_keeping += slope <= 0.0
            slopes[level] = min(max(slope, -launch), 0.0)
        lower[k] += worth_launching
        upper[k] += worth_keeping
    return lower, upper
