"""The simulation: time, the replicas that start, and one policy.

Time passes in steps of 15 s, but only steps at which something may change are computed: while demand, what the policy
knows and the ready replicas stay as they are, a decision that changes nothing is the same at the next step.
"""

from __future__ import annotations

import numpy as np

from forecasting.scaling.kernels.budget import band_at, bin_sums, charged, level_at
from forecasting.scaling.kernels.change_limits import kept_until, normalized, recall
from forecasting.scaling.kernels.inputs import (
    BY_BREAK_EVEN,
    BY_MAX,
    BY_MIN,
    BY_STABILIZATION,
    BY_UNKNOWN,
    NO_BAND,
    NO_RECOMMENDATION,
    Behavior,
    Known,
    Memory,
    Now,
    Policy,
    Run,
    World,
)
from forecasting.scaling.kernels.jit import kernel, part
from forecasting.scaling.kernels.rules import NEVER, by_alarms, by_bins, proposal


@kernel
def simulate(known: Known, world: World, policy: Policy) -> Run:
    """Run a policy over what is known.

    A decision at the end of step t takes effect from step t + 1: removed replicas are gone, ordered ones start for
    `world.boot_steps` steps and are ready after them. What is known by bin holds from the last step of its bin until
    the next bin ends; before the first bin ended, a policy that decides by bin changes nothing. Returns a Run of int32
    arrays (`binding`: int8, `first`: int64, `debt`: float64).
    """
    arriving, demand, planned, needed, trusted, floor, levels = known
    out, keep, targets, bound, guard, most_charged, day_budget = levels
    has_levels, budget = len(most_charged) > 0, policy.budget
    debts, debt, level, band = np.empty(len(most_charged)), budget.debt, budget.level, NO_BAND
    steps = len(demand) * world.count_steps
    ready, booting = np.empty(steps, np.int32), np.empty(steps, np.int32)
    proposed, desired, changes = np.empty(steps, np.int32), np.empty(steps, np.int32), np.empty(steps, np.int32)
    binding, first = np.empty(steps, np.int8), np.empty(steps + 1, np.int64)
    due, orders, head, tail = np.empty(steps + 1, np.int64), np.empty(steps + 1, np.int32), 0, 0
    memory = Memory(0, 0, NEVER)
    serving, ordered = world.current_replicas, 0
    n, t, bin = 0, 0, -1
    while t < steps:
        while head < tail and due[head] <= t:
            serving, ordered, head = serving + orders[head], ordered - orders[head], head + 1
        current, count = serving + ordered, t // world.count_steps
        end = min(stretch_end(t, has_levels, world, policy), due[head] if head < tail else steps)
        first[n], ready[n], booting[n], changes[n] = t, serving, ordered, 0
        proposed[n], desired[n], binding[n] = NO_RECOMMENDATION, current, BY_UNKNOWN
        if (t + 1) % world.bin_steps == 0:
            bin += 1
            if has_levels:
                requests, missed = bin_sums(n, first, ready, arriving, world, budget)
                debt = charged(debt, requests, missed, most_charged[bin], day_budget[bin], budget)
                debts[bin], level = debt, level_at(debt, day_budget[bin], budget)
        if decides(t, bin, demand[count], policy):
            b = max(bin, 0)
            if has_levels:
                band = band_at(b, level, out, keep, targets, bound, guard)
            now = Now(demand[count], planned[b], needed[b], trusted[b], floor[b], serving, ordered, band)
            proposed[n], hold, reason, after = proposal(t, now, world, policy, memory)
            wanted, reason = held(proposed[n], current, hold, reason)
            desired[n], binding[n], end = decided(
                n, wanted, reason, current, end, first, proposed, changes, world, policy.behavior
            )
            memory = remembered(memory, after, desired[n] != current)
            if desired[n] != current:
                end, changes[n] = t + 1, desired[n] - current
                due[tail] = t + 1 + world.boot_steps
                tail, removed = placed(changes[n], orders, head, tail)
                serving -= removed
                ordered = desired[n] - serving
        elif by_alarms(policy) and n > 0:
            binding[n] = binding[n - 1]
        n, t = n + 1, end
    return Run(ready[:n], booting[:n], proposed[:n], desired[:n], binding[:n], first[:n], debts)


@part
def decided(
    n: int,
    wanted: int,
    reason: int,
    current: int,
    end: int,
    first: np.ndarray,
    proposed: np.ndarray,
    changes: np.ndarray,
    world: World,
    behavior: Behavior,
) -> tuple[int, int, int]:
    """Return (replicas, reason, end): the decision of stretch n after stabilization and limits, and where it ends.

    `end` is the first step at which the decision may be another, at most the one given.
    """
    if wanted == current and not behavior.legacy:
        return wanted, reason, end
    recent = recall(n, first, proposed, changes, behavior)
    replicas, bound = normalized(current, wanted, recent, world, behavior)
    if not (replicas == current and stays(wanted, current, bound, behavior)):
        end = first[n] + 1
    elif bound == BY_STABILIZATION:
        end = min(end, kept_until(n, first, proposed, current, behavior.down.window))
    return replicas, (bound if bound >= 0 else reason), end


@part
def stretch_end(t: int, has_levels: bool, world: World, policy: Policy) -> int:
    """Return the first step after t at which demand or what the policy knows may be another.

    The last step of a bin stands alone for a policy by bins and one with levels, an evaluation of alarms for a policy
    with them.
    """
    end = t + world.count_steps - t % world.count_steps
    if has_levels or by_bins(policy):
        last = t + world.bin_steps - 1 - t % world.bin_steps
        end = min(end, last) if t < last else end
    if by_alarms(policy):
        evaluated = t + policy.period - 1 - t % policy.period
        end = min(end, evaluated) if t < evaluated else t + 1
    return end


@part
def decides(t: int, bin: int, demand: float, policy: Policy) -> bool:
    """Return whether the policy recommends anything at the end of step t, when `bin` is the last bin that ended."""
    if np.isnan(demand):
        return False
    if by_bins(policy):
        return bin >= 0
    return not by_alarms(policy) or (t + 1) % policy.period == 0


@part
def held(proposed: int, current: int, hold: int, reason: int) -> tuple[int, int]:
    """Return (replicas, reason): scale in no further than what will be needed again before a relaunch would pay."""
    held_back = min(current, hold)
    return (held_back, BY_BREAK_EVEN) if held_back > proposed else (proposed, reason)


@part
def stays(wanted: int, current: int, bound: int, behavior: Behavior) -> bool:
    """Return whether the current replicas are kept at the next step too, for the same reason, if nothing else changes.

    Of a stabilized scale-in that holds until the recommendations that keep it leave the window. A rate limit may be
    another one at the next step.
    """
    if behavior.legacy:
        return False
    if bound == BY_STABILIZATION:
        return wanted < current
    return behavior.up.window == 0 and bound in (BY_MAX, BY_MIN)


@part
def remembered(before: Memory, after: Memory, acted: bool) -> Memory:
    """Return the memory after a step: an action that stabilization or a limit prevented starts no cooldown."""
    return Memory(after.above, after.below, after.last_action if acted else before.last_action)


@part
def placed(change: int, orders: np.ndarray, head: int, tail: int) -> tuple[int, int]:
    """Place an order, or take replicas off the orders [head, tail), the newest first.

    Return (tail, ready replicas that go because no more are starting).
    """
    if change > 0:
        orders[tail] = change
        return tail + 1, 0
    surplus = -change
    while surplus > 0 and tail > head:
        taken = min(surplus, orders[tail - 1])
        orders[tail - 1] -= taken
        surplus -= taken
        tail -= orders[tail - 1] == 0
    return tail, surplus
