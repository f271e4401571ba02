"""The cheapest plan in hindsight, one replica level after the other.

Every cost is convex in the number of replicas, so the dynamic programme over V_t(n) needs only its slopes: the value
at step t of the n-th replica being there. Prefix and suffix minima of a convex function are a clamp of its slope to
[-launch, 0] (launching costs `launch`, removing nothing), and the best number of replicas is the one before clamped
to where the slope leaves that band. That is O(steps * replicas) time and O(steps + replicas) memory.
"""

from __future__ import annotations

import numpy as np

from forecasting.scaling.kernels.inputs import World
from forecasting.scaling.kernels.jit import kernel


@kernel
def cheapest(demand: np.ndarray, world: World, run_price: float, launch_price: float, lost_price: float) -> np.ndarray:
    """Return int32 of shape (steps,): the ready replicas at each step of the cheapest plan.

    `demand` in requests a step (NaN: nothing can be unmet), prices of a replica for a step, of a launch with its
    start-up time, of an unmet request. Step 0 has the current replicas, and none can join before
    `world.boot_steps` + 1.
    """
    lower, upper = bands(demand, world, run_price, launch_price, lost_price)
    plan = np.empty(len(demand), np.int32)
    replicas = world.current_replicas
    for t in range(len(demand)):
        if t > 0:
            replicas = min(max(replicas, lower[t]), upper[t])
        plan[t] = replicas
    return plan


@kernel
def bands(
    demand: np.ndarray, world: World, run_price: float, launch_price: float, lost_price: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return (lower, upper), int32 of shape (steps,): the best number at t is that at t - 1 clamped between them."""
    lowest, levels = world.min_replicas, world.max_replicas - world.min_replicas
    lower, upper = np.full(len(demand), lowest, np.int32), np.full(len(demand), lowest, np.int32)
    slopes = np.zeros(levels)
    for t in range(len(demand) - 1, 0, -1):
        launch = launch_price if t > world.boot_steps else np.inf
        requests = 0.0 if np.isnan(demand[t]) else demand[t]
        worth_launching, worth_keeping = 0, 0
        for level in range(levels):
            spare = requests - world.capacity * (lowest + level)
            saved = min(max(spare, 0.0), world.capacity)
            slope = slopes[level] + run_price - lost_price * saved
            worth_launching += slope < -launch
            worth_keeping += slope <= 0.0
            slopes[level] = min(max(slope, -launch), 0.0)
        lower[t] += worth_launching
        upper[t] += worth_keeping
    return lower, upper
