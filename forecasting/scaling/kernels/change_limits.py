"""From the recommendation of a metric to the decision: stabilization, rate limits, minimum and maximum of replicas.

After normalizeDesiredReplicasWithBehaviors in pkg/controller/podautoscaler/horizontal.go of kubernetes/kubernetes.
Recommendations and changes are histories with one value a step; at step t, those before t count.
"""

from __future__ import annotations

import numpy as np

from forecasting.scaling.kernels.inputs import (
    BY_MAX,
    BY_MIN,
    BY_SCALE_DOWN_LIMIT,
    BY_SCALE_UP_LIMIT,
    BY_STABILIZATION,
    LARGEST,
    NO_RECOMMENDATION,
    PODS,
    SELECT_DISABLED,
    SELECT_MIN,
    Behavior,
    Four,
    Limits,
    Recent,
    World,
)
from forecasting.scaling.kernels.jit import part

LEGACY_SCALE_UP_FACTOR = 2
LEGACY_SCALE_UP_MINIMUM = 4


@part
def recall(t: int, recommendations: np.ndarray, changes: np.ndarray, behavior: Behavior) -> Recent:
    """Return what the histories before step t hold for a behavior."""
    up, down = behavior.up, behavior.down
    return Recent(
        lowest(t, recommendations, up.window),
        highest(t, recommendations, down.window),
        changed(t, changes, up.periods),
        changed(t, changes, down.periods),
    )


@part
def lowest(t: int, recommendations: np.ndarray, window: int) -> int:
    """Return the lowest recommendation of the `window` steps before t; LARGEST if there is none."""
    found = LARGEST
    for step in range(max(t - window, 0), t):
        if recommendations[step] != NO_RECOMMENDATION:
            found = min(found, recommendations[step])
    return found


@part
def highest(t: int, recommendations: np.ndarray, window: int) -> int:
    """Return the highest recommendation of the `window` steps before t; NO_RECOMMENDATION if there is none."""
    found = NO_RECOMMENDATION
    for step in range(max(t - window, 0), t):
        found = max(found, recommendations[step])
    return found


@part
def changed(t: int, changes: np.ndarray, periods: Four) -> Four:
    """Return replicas added less those removed in each of four periods of steps before t."""
    first = second = third = fourth = 0
    for step in range(max(t - max(periods), 0), t):
        ago = t - step
        first += changes[step] if ago <= periods[0] else 0
        second += changes[step] if ago <= periods[1] else 0
        third += changes[step] if ago <= periods[2] else 0
        fourth += changes[step] if ago <= periods[3] else 0
    return first, second, third, fourth


@part
def stabilized(current: int, desired: int, recent: Recent, legacy: bool) -> int:
    """Move the current number no further than every recommendation in the windows agrees with."""
    if legacy:
        return max(desired, recent.highest)
    if desired > current:
        return max(current, min(desired, recent.lowest))
    return min(current, max(desired, recent.highest))


@part
def raised(start: int, kind: int, value: int) -> int:
    """Return what a scaling policy lets a number grow to, rounded up (else a small one would not move)."""
    return start + value if kind == PODS else int(np.ceil(start * (1 + value / 100)))


@part
def lowered(start: int, kind: int, value: int) -> int:
    """Return what a scaling policy lets a number shrink to; cut to a whole number as Kubernetes does."""
    return start - value if kind == PODS else int(start * (1 - value / 100))


@part
def picked(first: int, second: int, smaller: bool) -> int:
    """Return the smaller of two numbers, or the larger."""
    return min(first, second) if smaller else max(first, second)


@part
def scale_up_limit(current: int, added: Four, limits: Limits) -> int:
    """Return the most replicas that the scaling policies allow; never below the current number."""
    if limits.select == SELECT_DISABLED:
        return current
    limit = current
    for i in range(limits.number):
        allowed = raised(current - added[i], limits.kinds[i], limits.values[i])
        limit = allowed if i == 0 else picked(limit, allowed, limits.select == SELECT_MIN)
    return max(limit, current)


@part
def scale_down_limit(current: int, added: Four, limits: Limits) -> int:
    """Return the fewest replicas that the scaling policies allow; never above the current number."""
    if limits.select == SELECT_DISABLED:
        return current
    limit = current
    for i in range(limits.number):
        allowed = lowered(current - added[i], limits.kinds[i], limits.values[i])
        limit = allowed if i == 0 else picked(limit, allowed, limits.select != SELECT_MIN)
    return min(limit, current)


@part
def limited(current: int, desired: int, recent: Recent, world: World, behavior: Behavior) -> tuple[int, int]:
    """Return (replicas, what bound them or -1) after rate limits, minimum and maximum."""
    if desired > current or behavior.legacy:
        if behavior.legacy:
            limit = max(LEGACY_SCALE_UP_FACTOR * current, LEGACY_SCALE_UP_MINIMUM)
        else:
            limit = scale_up_limit(current, recent.changed_up, behavior.up)
        if desired > min(limit, world.max_replicas):
            return min(limit, world.max_replicas), (BY_SCALE_UP_LIMIT if limit < world.max_replicas else BY_MAX)
    if desired < current or behavior.legacy:
        limit = -1 if behavior.legacy else scale_down_limit(current, recent.changed_down, behavior.down)
        if desired < max(limit, world.min_replicas):
            return max(limit, world.min_replicas), (BY_SCALE_DOWN_LIMIT if limit > world.min_replicas else BY_MIN)
    return desired, -1


@part
def normalized(current: int, desired: int, recent: Recent, world: World, behavior: Behavior) -> tuple[int, int]:
    """Return (replicas, what bound them or -1) of a desired number, given the histories."""
    stable = stabilized(current, desired, recent, behavior.legacy)
    replicas, binding = limited(current, stable, recent, world, behavior)
    if binding < 0 and stable != desired:
        binding = BY_STABILIZATION
    return replicas, binding
