"""The simulation: time, the replicas that start, and one policy."""

from __future__ import annotations

import numpy as np

from forecasting.scaling.kernels.budget import band_at, charged, level_at
from forecasting.scaling.kernels.change_limits import normalized, recall
from forecasting.scaling.kernels.inputs import (
    BY_BREAK_EVEN,
    BY_UNKNOWN,
    NO_BAND,
    NO_RECOMMENDATION,
    Known,
    Memory,
    Now,
    Policy,
    Run,
    World,
)
from forecasting.scaling.kernels.jit import kernel, part
from forecasting.scaling.kernels.rules import NEVER, proposal


@kernel
def simulate(known: Known, world: World, policy: Policy) -> Run:
    """Run a policy over what is known, one step after the other.

    A decision at the end of step t takes effect from step t + 1: removed replicas are gone, ordered ones start for
    `world.boot_steps` steps and are ready after them. Returns a Run of int32 arrays (`binding`: int8).
    """
    steps = len(known.demand)
    ready, booting = np.empty(steps, np.int32), np.empty(steps, np.int32)
    proposed, desired = np.empty(steps, np.int32), np.empty(steps, np.int32)
    binding = np.empty(steps, np.int8)
    changes = np.zeros(steps, np.int32)
    arriving = np.zeros(steps + world.boot_steps + 1, np.int32)
    demand, planned, needed, trusted, floor, levels = known
    out, keep, targets, most, guard, most_charged, day_budget = levels
    has_levels, budget = len(most_charged) > 0, policy.budget
    debts, debt = np.empty(len(most_charged)), budget.debt
    memory = Memory(0, 0, NEVER)
    serving, ordered = world.current_replicas, 0
    for t in range(steps):
        serving += arriving[t]
        ordered -= arriving[t]
        current = serving + ordered
        ready[t], booting[t] = serving, ordered
        if has_levels:
            debt = charged(debt, demand[t], serving, most_charged[t], day_budget[t], budget)
            debts[t] = debt
        if np.isnan(demand[t]):
            proposed[t], desired[t], binding[t] = NO_RECOMMENDATION, current, BY_UNKNOWN
            continue
        band = NO_BAND
        if has_levels:
            band = band_at(t, level_at(debt, day_budget[t], budget), out, keep, targets, most, guard)
        now = Now(demand[t], planned[t], needed[t], trusted[t], floor[t], serving, ordered, band)
        proposed[t], hold, binding[t], after = proposal(t, now, world, policy, memory)
        wanted, reason = held(proposed[t], current, hold, binding[t])
        desired[t], binding[t] = wanted, reason
        if wanted != current or policy.behavior.legacy:
            recent = recall(t, proposed, changes, policy.behavior)
            desired[t], bound = normalized(current, wanted, recent, world, policy.behavior)
            binding[t] = bound if bound >= 0 else reason
        memory = remembered(memory, after, desired[t] != current)
        changes[t] = desired[t] - current
        if changes[t] != 0:
            serving -= put_in(t, changes[t], arriving, world.boot_steps)
        ordered = desired[t] - serving
    return Run(ready, booting, proposed, desired, binding, debts)


@part
def held(proposed: int, current: int, hold: int, reason: int) -> tuple[int, int]:
    """Return (replicas, reason): scale in no further than what will be needed again before a relaunch would pay."""
    held_back = min(current, hold)
    return (held_back, BY_BREAK_EVEN) if held_back > proposed else (proposed, reason)


@part
def remembered(before: Memory, after: Memory, acted: bool) -> Memory:
    """Return the memory after a step: an action that stabilization or a limit prevented starts no cooldown."""
    return Memory(after.above, after.below, after.last_action if acted else before.last_action)


@part
def put_in(t: int, change: int, arriving: np.ndarray, boot_steps: int) -> int:
    """Order replicas, or remove them: starting ones first, the newest of them first. Return how many ready ones go."""
    if change > 0:
        if t + 1 + boot_steps < len(arriving):
            arriving[t + 1 + boot_steps] += change
        return 0
    surplus = -change
    for step in range(min(t + 1 + boot_steps, len(arriving) - 1), t, -1):
        if surplus == 0:
            break
        cancelled = min(surplus, arriving[step])
        arriving[step] -= cancelled
        surplus -= cancelled
    return surplus
