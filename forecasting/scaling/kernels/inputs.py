"""What the kernels take: named tuples of numbers, every time in steps and every amount in requests a step.

Arrays travel beside the tuples, not in them: a tuple with arrays costs numba a count of references a call and array,
ten times what a step of the simulation takes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

NO_RECOMMENDATION = -1
"""In a history of recommendations: at that step there was none."""

LARGEST = 2**31 - 1
"""The most replicas a calculation may ask for: Kubernetes counts them in 32 bits."""

PLANNED, REACTIVE, FORECAST_DRIVEN, TARGET_TRACKING, THRESHOLD = range(5)
"""Kinds of policy."""

PODS, PERCENT = range(2)
"""Kinds of scaling policy in a behavior."""

SELECT_MAX, SELECT_MIN, SELECT_DISABLED = range(3)
"""How a behavior picks among its scaling policies."""

BINDINGS = (
    "plan",
    "reactive",
    "predictive",
    "floor",
    "tolerance",
    "break-even",
    "stabilization",
    "scale-up limit",
    "scale-down limit",
    "max replicas",
    "min replicas",
    "thresholds",
    "cooldown",
    "unknown demand",
)
"""What decided a step, by code: the names that people read."""

(
    BY_PLAN,
    BY_METRIC,
    BY_FORECAST,
    BY_FLOOR,
    BY_TOLERANCE,
    BY_BREAK_EVEN,
    BY_STABILIZATION,
    BY_SCALE_UP_LIMIT,
    BY_SCALE_DOWN_LIMIT,
    BY_MAX,
    BY_MIN,
    BY_THRESHOLDS,
    BY_COOLDOWN,
    BY_UNKNOWN,
) = range(len(BINDINGS))


class World(NamedTuple):
    """What no policy may change: requests a replica serves a step, steps of boot, limits, replicas at the start."""

    capacity: float
    boot_steps: int
    min_replicas: int
    max_replicas: int
    current_replicas: int


class Pods(NamedTuple):
    """A group of pods: how many, the sum of their usage and of their requests (same unit)."""

    count: int
    usage: float
    request: float


class Tolerance(NamedTuple):
    """How far the ratio of metric to target may lie from 1 without any change."""

    down: float
    up: float


MAX_SCALING_POLICIES = 4
"""Scaling policies a direction of a behavior may have; shorter lists are filled up with zeros."""

Four = tuple[int, int, int, int]


class Limits(NamedTuple):
    """One direction of a behavior: earlier steps to stabilise over, and `count` scaling policies with their steps."""

    window: int
    select: int
    count: int
    kinds: Four
    values: Four
    periods: Four


class Recent(NamedTuple):
    """What a behavior remembers: extreme recommendations of its windows, net replicas added in each policy's period."""

    lowest: int
    highest: int
    changed_up: Four
    changed_down: Four


class Memory(NamedTuple):
    """What target tracking and thresholds remember: steps above and below the target, the step of the last action."""

    above: int
    below: int
    last_action: int


class Behavior(NamedTuple):
    """How fast replicas may change. `legacy`: what Kubernetes does where an HPA has no behavior at all."""

    up: Limits
    down: Limits
    legacy: bool


class Hpa(NamedTuple):
    """Targets in whole percent of capacity: of the reactive rule, and of the looser guard beside an open forecast."""

    target_percent: int
    guard_percent: int
    guarded: bool
    tolerance: Tolerance


class Tracking(NamedTuple):
    """AWS-style target tracking: a target (0-1], steps above or below it until its alarms act, steps of cooldown."""

    target: float
    scale_in_ratio: float
    out_steps: int
    in_steps: int
    cooldown_steps: int


class Thresholds(NamedTuple):
    """Two utilisations, what is added above the upper and removed below the lower, steps between two actions."""

    upper: float
    lower: float
    add_replicas: int
    add_percent: int
    remove_replicas: int
    remove_percent: int
    cooldown_steps: int


class Known(NamedTuple):
    """What is known at the end of each step, arrays of shape (steps,) that all policies share one type of.

    `demand`: the last known one (NaN before the first); `planned`: replicas of a policy that needs no replica count,
    or of a forecast for the coming lead window; `needed`: the most needed until keeping an idle replica costs more
    than launching a new one; `trusted`: whether the gate is open; `floor`: replicas there must be anyway.
    """

    demand: np.ndarray
    planned: np.ndarray
    needed: np.ndarray
    trusted: np.ndarray
    floor: np.ndarray


class Now(NamedTuple):
    """One step of Known, with the replicas that served it and those that boot."""

    demand: float
    planned: int
    needed: int
    trusted: bool
    floor: int
    ready: int
    booting: int


class Policy(NamedTuple):
    """Any policy: its kind and the parameters of every kind, so that one compiled loop runs them all."""

    kind: int
    hpa: Hpa
    tracking: Tracking
    thresholds: Thresholds
    behavior: Behavior


class Run(NamedTuple):
    """What happened, one value a step: `proposed` before and `desired` after stabilisation and limits."""

    ready: np.ndarray
    booting: np.ndarray
    proposed: np.ndarray
    desired: np.ndarray
    binding: np.ndarray


SUMS = (
    "known_steps",
    "ready",
    "booting",
    "launches",
    "events",
    "under_steps",
    "over_steps",
    "requests",
    "unmet",
    "theta_u",
    "theta_o",
)
"""Columns of the sums of a day: steps and replicas times steps, then requests; the theta are sums of ratios."""
