"""From the recommendation of a metric to the decision: stabilization, rate limits, minimum and maximum of replicas.

After normalizeDesiredReplicasWithBehaviors in pkg/controller/podautoscaler/horizontal.go of kubernetes/kubernetes.
Histories have one value for each stretch of steps: stretch n begins at step `first[n]`, recommends `proposed[n]` at the
end of each of its steps, and one that changes the replicas (by `changes[n]`) is one step long. At the first step of
stretch n, the steps before it count.
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
def recall(n: int, first: np.ndarray, proposed: np.ndarray, changes: np.ndarray, behavior: Behavior) -> Recent:
    """Return what the histories before stretch n hold for a behavior."""
    up, down = behavior.up, behavior.down
    return Recent(
        lowest(n, first, proposed, up.window),
        highest(n, first, proposed, down.window),
        changed(n, first, changes, up.periods),
        changed(n, first, changes, down.periods),
    )


@part
def lowest(n: int, first: np.ndarray, proposed: np.ndarray, window: int) -> int:
    """Return the lowest recommendation of the `window` steps before stretch n; LARGEST if there is none."""
    least = LARGEST
    for k in range(n - 1, -1, -1):
        if first[k + 1] <= first[n] - window:
            break
        if proposed[k] != NO_RECOMMENDATION:
            least = min(least, proposed[k])
    return least


@part
def highest(n: int, first: np.ndarray, proposed: np.ndarray, window: int) -> int:
    """Return the highest recommendation of the `window` steps before stretch n; NO_RECOMMENDATION if there is none."""
    most = NO_RECOMMENDATION
    for k in range(n - 1, -1, -1):
        if first[k + 1] <= first[n] - window:
            break
        most = max(most, proposed[k])
    return most


@part
def kept_until(n: int, first: np.ndarray, proposed: np.ndarray, current: int, window: int) -> int:
    """Return the first step at which no recommendation of the `window` steps before it keeps the current replicas."""
    for k in range(n - 1, -1, -1):
        if first[k + 1] <= first[n] - window:
            break
        if proposed[k] >= current:
            return first[k + 1] + window
    return first[n]


@part
def changed(n: int, first: np.ndarray, changes: np.ndarray, periods: Four) -> Four:
    """Return replicas added less those removed in each of four periods of steps before stretch n."""
    one = two = three = four = 0
    longest = max(periods)
    for k in range(n - 1, -1, -1):
        ago = first[n] - first[k]
        if first[n] - first[k + 1] >= longest:
            break
        one += changes[k] if ago <= periods[0] else 0
        two += changes[k] if ago <= periods[1] else 0
        three += changes[k] if ago <= periods[2] else 0
        four += changes[k] if ago <= periods[3] else 0
    return one, two, three, four


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
