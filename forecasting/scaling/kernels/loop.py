"""The simulation: time, the boot pipeline, and one policy."""

from __future__ import annotations

import numpy as np

from forecasting.scaling.kernels.behavior import normalized, recall
from forecasting.scaling.kernels.inputs import BY_BREAK_EVEN, BY_UNKNOWN, NO_RECOMMENDATION, Memory, Now, Run
from forecasting.scaling.kernels.jit import kernel, part
from forecasting.scaling.kernels.rules import NEVER, proposal


@kernel
def simulate(known, world, policy):
    """Run a policy over what is known, one step after the other.

    What a policy decides at the end of step t is in force from step t + 1: removed replicas are gone, ordered ones
    boot for `world.boot_steps` steps and serve after them. Returns a Run of int32 arrays (`binding`: int8).
    """
    steps = len(known.demand)
    ready, booting = np.empty(steps, np.int32), np.empty(steps, np.int32)
    proposed, desired = np.empty(steps, np.int32), np.empty(steps, np.int32)
    binding = np.empty(steps, np.int8)
    changes = np.zeros(steps, np.int32)
    arriving = np.zeros(steps + world.boot_steps + 1, np.int32)
    demand, planned, needed, trusted, floor = known
    memory = Memory(0, 0, NEVER)
    serving, ordered = world.current_replicas, 0
    for t in range(steps):
        serving += arriving[t]
        ordered -= arriving[t]
        current = serving + ordered
        ready[t], booting[t] = serving, ordered
        if np.isnan(demand[t]):
            proposed[t], desired[t], binding[t] = NO_RECOMMENDATION, current, BY_UNKNOWN
            continue
        now = Now(demand[t], planned[t], needed[t], trusted[t], floor[t], serving, ordered)
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
    return Run(ready, booting, proposed, desired, binding)


@part
def held(proposed, current, hold, reason):
    """(replicas, reason): scale-in goes no further than what will be needed again before a relaunch would pay."""
    kept = min(current, hold)
    return (kept, BY_BREAK_EVEN) if kept > proposed else (proposed, reason)


@part
def remembered(before, after, acted):
    """What a policy keeps from a step: an action that stabilization or a limit stopped starts no cooldown."""
    return Memory(after.above, after.below, after.last_action if acted else before.last_action)


@part
def put_in(t, change, arriving, boot_steps):
    """Order replicas, or remove them: those that boot first, the newest first. Returns how many stop serving."""
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
