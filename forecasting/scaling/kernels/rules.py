"""The recommendation of each policy at the end of a step, from what is known then."""

from __future__ import annotations

from forecasting.scaling.kernels.hpa_calculator import resource_replicas, rounded_up
from forecasting.scaling.kernels.inputs import (
    ADAPTIVE_PLAN,
    BY_COOLDOWN,
    BY_EVIDENCE,
    BY_FLOOR,
    BY_FORECAST,
    BY_METRIC,
    BY_PLAN,
    BY_THRESHOLDS,
    BY_TOLERANCE,
    BY_WORTH,
    PLANNED,
    PRICED,
    REACTIVE,
    TARGET_TRACKING,
    THRESHOLD,
    Hpa,
    Memory,
    Now,
    Pods,
    Policy,
    Thresholds,
    Tolerance,
    Tracking,
    World,
)
from forecasting.scaling.kernels.jit import part

NEVER = -(2**62)


@part
def by_bins(policy: Policy) -> bool:
    """Return whether a policy knows something new only at the end of a bin."""
    return policy.kind != REACTIVE and not by_alarms(policy)


@part
def by_alarms(policy: Policy) -> bool:
    """Return whether a policy is evaluated once in its period only."""
    return policy.kind == TARGET_TRACKING or policy.kind == THRESHOLD


@part
def proposal(t: int, now: Now, world: World, policy: Policy, memory: Memory) -> tuple[int, int, int, Memory]:
    """Return (replicas, hold, binding, memory): the recommendation, what scale-in must not go below, the new memory."""
    if policy.kind == PLANNED:
        return now.planned, 0, BY_PLAN, memory
    if policy.kind == PRICED:
        replicas, binding = priced(now)
        return replicas, 0, binding, memory
    if policy.kind == ADAPTIVE_PLAN:
        return max(now.band.out, now.floor), 0, BY_PLAN, memory
    if policy.kind == TARGET_TRACKING:
        return tracked(t, now, utilisation(now, world), policy.tracking, memory)
    if policy.kind == THRESHOLD:
        return between_thresholds(t, now, utilisation(now, world), world, policy.thresholds, memory)
    if policy.kind == REACTIVE:
        target = now.band.target if now.band.target > 0 else policy.hpa.target_percent
        replicas = reactive(now, world, target, policy.hpa.tolerance)
        return replicas, 0, (BY_TOLERANCE if replicas == now.ready + now.booting else BY_METRIC), memory
    replicas, hold, binding = forecast_driven(now, world, policy.hpa)
    return replicas, hold, binding, memory


@part
def utilisation(now: Now, world: World) -> float:
    """Return demand over the capacity of the ready replicas."""
    return now.demand / (world.capacity * now.ready)


@part
def reactive(now: Now, world: World, target_percent: int, tolerance: Tolerance) -> int:
    """Run the HPA on utilisation: demand over the capacity of ready replicas; starting ones are unready pods."""
    serving = Pods(now.ready, now.demand, world.capacity * now.ready)
    starting = Pods(now.booting, 0.0, world.capacity * now.booting)
    return resource_replicas(now.ready + now.booting, serving, starting, Pods(0, 0.0, 0.0), target_percent, tolerance)


@part
def forecast_driven(now: Now, world: World, hpa: Hpa) -> tuple[int, int, int]:
    """Return max(forecast if it is trusted, guard, floor); without trust the HPA decides at its own target.

    A predictive policy (not guarded) follows a trusted forecast alone; a hybrid has a looser reactive guard too.
    """
    replicas, binding, hold = now.floor, BY_FLOOR, 0
    if now.trusted:
        hold = now.needed
        if now.planned >= replicas:
            replicas, binding = now.planned, BY_FORECAST
    if hpa.guarded or not now.trusted:
        target = hpa.guard_percent if now.trusted else hpa.target_percent
        guard = reactive(now, world, target, hpa.tolerance)
        if guard > replicas:
            replicas, binding = guard, (BY_TOLERANCE if guard == now.ready + now.booting else BY_METRIC)
    return replicas, hold, binding


@part
def priced(now: Now) -> tuple[int, int]:
    """Return (replicas, binding): no fewer than a launch pays for, no more than it pays to keep, else the present ones.

    The evidence bounds both; a floor of the calendar does not need evidence.
    """
    band, current = now.band, now.ready + now.booting
    out, keep = min(band.out, band.bound), min(band.keep, band.bound)
    low = max(out, now.floor)
    high = max(keep, low)
    binding = band.guard if band.guard > 0 else BY_WORTH
    if low > out and current <= low:
        return low, BY_FLOOR
    if current < low or (current == low and band.out > band.bound):
        return low, (BY_EVIDENCE if band.out > band.bound else binding)
    if current > high:
        return high, (BY_EVIDENCE if band.keep > band.bound else binding)
    return current, binding


@part
def tracked(t: int, now: Now, utilisation: float, rule: Tracking, memory: Memory) -> tuple[int, int, int, Memory]:
    """Run AWS-style target tracking; return (replicas, hold, binding, memory).

    Scale out as soon as the metric was above the target for its steps, never counting starting replicas twice; scale in
    only after it was well below for longer, while nothing starts and the cooldown of the last scale-in is over.
    """
    above = memory.above + 1 if utilisation > rule.target else 0
    below = memory.below + 1 if utilisation < rule.target * rule.scale_in_ratio else 0
    last_action = memory.last_action
    replicas = current = now.ready + now.booting
    needed = rounded_up(utilisation * now.ready / rule.target)
    binding = BY_TOLERANCE
    if above >= rule.out_periods and needed > current:
        replicas, binding, last_action = needed, BY_METRIC, NEVER
    elif below >= rule.in_periods and needed < current:
        if now.booting > 0 or t - last_action < rule.cooldown_steps:
            binding = BY_COOLDOWN
        else:
            replicas, binding, last_action = needed, BY_METRIC, t
    return replicas, 0, binding, Memory(above, below, last_action)


@part
def between_thresholds(
    t: int, now: Now, utilisation: float, world: World, rule: Thresholds, memory: Memory
) -> tuple[int, int, int, Memory]:
    """Run two thresholds with a dead band and a cooldown; return (replicas, hold, binding, memory)."""
    replicas = current = now.ready + now.booting
    if utilisation > rule.upper:
        replicas = current + max(rule.add_replicas, rounded_up(current * rule.add_percent / 100))
    elif utilisation < rule.lower:
        replicas = current - max(rule.remove_replicas, int(current * rule.remove_percent / 100))
    replicas = min(max(replicas, world.min_replicas), world.max_replicas)
    if replicas == current:
        return current, 0, BY_THRESHOLDS, memory
    if t - memory.last_action < rule.cooldown_steps:
        return current, 0, BY_COOLDOWN, memory
    return replicas, 0, BY_THRESHOLDS, Memory(0, 0, t)
