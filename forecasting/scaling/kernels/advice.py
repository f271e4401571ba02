"""The recommendation of a policy now, from the last bins and a number of replicas that did not change in them."""

from __future__ import annotations

import numpy as np

from forecasting.scaling.kernels.budget import band_at, level_at
from forecasting.scaling.kernels.change_limits import normalized, recall
from forecasting.scaling.kernels.inputs import BY_UNKNOWN, NO_BAND, NO_RECOMMENDATION, Known, Memory, Now, Policy, World
from forecasting.scaling.kernels.jit import kernel
from forecasting.scaling.kernels.loop import decides, held, remembered
from forecasting.scaling.kernels.rules import NEVER, proposal


@kernel
def advise(known: Known, world: World, policy: Policy) -> tuple[int, int, int]:
    """Return (proposed, desired, binding) at the end of the last step of `known`.

    The replicas that ran before are not known here: every step is evaluated as if `world.current_replicas` had been
    ready and nothing had changed, so that stabilization and alarms have their history.
    """
    _, demand, planned, needed, trusted, floor, levels = known
    steps = len(demand) * world.count_steps
    current = world.current_replicas
    proposed, unchanged = np.full(steps, NO_RECOMMENDATION, np.int32), np.zeros(steps, np.int32)
    first = np.arange(steps + 1)
    out, keep, targets, most, guard, most_charged, day_budget = levels
    budget = policy.budget
    memory = Memory(0, 0, NEVER)
    desired, binding = current, BY_UNKNOWN
    for t in range(steps):
        count, bin = t // world.count_steps, (t + 1) // world.bin_steps - 1
        if not decides(t, bin, demand[count], policy):
            continue
        b = max(bin, 0)
        band = NO_BAND
        if len(most_charged) > 0:
            band = band_at(b, level_at(budget.debt, day_budget[b], budget), out, keep, targets, most, guard)
        now = Now(demand[count], planned[b], needed[b], trusted[b], floor[b], current, 0, band)
        proposed[t], hold, reason, after = proposal(t, now, world, policy, memory)
        wanted, reason = held(proposed[t], current, hold, reason)
        memory = remembered(memory, after, False)
        recent = recall(t, first, proposed, unchanged, policy.behavior)
        desired, bound = normalized(current, wanted, recent, world, policy.behavior)
        binding = bound if bound >= 0 else reason
    return proposed[-1], desired, binding
